"""Who may do what: every call by the least role that may have it. Must not know how anybody is recognised.

One table, and nothing beside it: a call that stands in no class is refused, and so is an argument that needs more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from distributor.model.people import Role, Scope

#: The calls by the least role; each role has those of the ones before.
BY_ROLE: Mapping[Role, frozenset[str]] = {
    Role.VIEWER: frozenset(
        """
        alerts calendar channels corrections decide deliveries digest_clicks digest_preview digests draft
        editorial_check editorial_history editorial_show feeds handover held hooks issue_list issue_receipt issue_show
        now plan planned preview prove receipt receipt_link schedules
        reconcile rule rule_change shadow status stopped stops stories story upcoming where why
        """.split()  # noqa: SIM905 - readable
    ),
    Role.EDITOR: frozenset(
        """
        approve correct hold issue_stop move poll post publish refile release resend reword send_now skip stop
        update withdraw
        """.split()  # noqa: SIM905
    ),
    Role.CHIEF: frozenset(
        """
        ask_reader bounces bounces_seen digest_carry digest_foresee digest_test editorial_return editorial_save
        export_readers import_readers issue_rest issue_resume reader reader_erase reader_export reader_number readers
        readers_growth resume resume_channel resume_provider settle subscribe subscribers suppress test_post
        unsubscribe unsuppress
        """.split()  # noqa: SIM905 - readable
    ),
    Role.OPERATOR: frozenset("alert_test backup hook_resume hook_test".split()),  # noqa: SIM905
}
#: What is done on the machine alone: who could do it from outside could give themselves everything.
ON_THE_MACHINE = frozenset(
    """
    take_over token_add token_remove tokens user_add user_password user_remove user_role users
    """.split()  # noqa: SIM905 - readable
)
#: Arguments that need more than their call; None: they are for the machine alone, for they name its files or run there.
BY_ARGUMENT: Mapping[tuple[str, str], Role | None] = {
    ("backup", "to"): None,
    ("preview", "source"): None,
    ("preview", "template"): Role.EDITOR,
    ("preview", "pictures"): Role.EDITOR,
}
#: The largest number that an argument of a name takes from outside: what it asks for is held in memory at once.
MOST: Mapping[str, int] = {"limit": 1000, "last": 50}
#: Arguments that say who acts: never taken from outside, for whoever asks is known.
WHO = frozenset({"who", "by"})
THROUGH = "through"

_OF_SCOPE: Mapping[Scope, Role] = {Scope.READ: Role.VIEWER, Scope.ACT: Role.EDITOR, Scope.OPERATE: Role.OPERATOR}


def role_of(scope: Scope) -> Role:
    """The role that a token's scope stands for."""
    return _OF_SCOPE[scope]


def least(call: str) -> Role | None:
    """The least role that may have a call from outside; None: nobody."""
    return next((role for role, calls in BY_ROLE.items() if call in calls), None)


def least_for(call: str, argument: str) -> Role | None:
    """The least role that may give a call an argument; None: nobody from outside."""
    return BY_ARGUMENT.get((call, argument), least(call))


def refusal(role: Role, call: str, arguments: Collection[str]) -> str:
    """Why somebody of a role may not have a call with these arguments; empty: they may."""
    told = [(f"the call {call}", least(call)), *((f"{call} with {one}", least_for(call, one)) for one in arguments)]
    for what, needed in told:
        if needed is None:
            return f"{what} is for the machine's own command line"
        if role.rank < needed.rank:
            return f"{what} needs the role {needed.value}, and this is {role.value}"
    return ""


def is_look(call: str) -> bool:
    """Whether a call changes nothing."""
    return call in BY_ROLE[Role.VIEWER]
