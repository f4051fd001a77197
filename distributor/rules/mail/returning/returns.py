"""What a mail that came back is, and what follows for each reader: the one classifier, for mailboxes, hooks and relays.

::

    bytes -> letter -> report of delivery (RFC 3464)  -> bounce | delayed | other
                    -> complaint (RFC 5965)           -> complaint | other
                    -> a mail server's letter         -> bounce | delayed
                    -> an answer by itself (RFC 3834) -> autoreply
                    -> a wish to leave                -> unsubscribe
                    -> whatever else                  -> other

Pure, and it never raises, whatever the bytes are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distributor.model.returns import Cause, Effect, Judged, Kind, Proof, Return, Told
from distributor.rules.mail.returning.causes import Refusal, cause
from distributor.text.mail import addresses, replies, reports
from distributor.text.mail.letter import Letter, read
from distributor.text.mail.plain import is_from_machine, notice

#: complaints that end all mail; ``not-spam`` and ``virus`` end none (RFC 5965 section 7.3)
_COMPLAINTS = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
_EFFECTS = {
    Cause.DEAD: Effect.SUPPRESS,
    Cause.SOFT: Effect.SCORE,
    Cause.SENDER_FAULT: Effect.PAUSE_LANE,
    Cause.OTHER: Effect.SCORE,
}
#: fields in which the name of a mail of ours may stand: an address of ours, then what it quotes
_OUR_ADDRESSES = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")
_QUOTED = ("message-id", "return-path", "list-unsubscribe", "list-id", "feedback-id")
_ANSWERED = ("x-original-message-id", "in-reply-to", "references")


def classify(raw: bytes) -> Return:
    """What these bytes are."""
    letter = read(raw)
    found = _reported(letter) or _complained(letter) or _noticed(letter) or _other(letter)
    kind, recipients, names = found
    return Return(
        kind=kind,
        recipients=tuple(recipients),
        names=(*_addressed(letter), *names, *_mentioned(letter)),
        subject=letter.first("subject"),
        sender=letter.first("from"),
    )


def judge(told: Told) -> Judged:
    """One recipient of a report; an action that is not told is taken from the status (RFC 3464 section 2.3.3)."""
    action = _action(told)
    if action not in ("failed", "delayed"):
        return _judged(told, Cause.OTHER, Effect.NONE, told.said)
    said, found = told.said, cause(Refusal(status=told.status, said=told.said))
    if found is Cause.OTHER and told.words:  # the server's words tell nothing: those for people may
        said = f"{told.said} {told.words}".strip()
        found = cause(Refusal(status=told.status, said=said))
    effect = _EFFECTS[found]
    if action == "delayed":
        found = Cause.SOFT if found is not Cause.SENDER_FAULT else found
        effect = effect if effect is Effect.PAUSE_LANE else Effect.NONE
    return _judged(told, found, effect, said)


def _judged(told: Told, found: Cause, effect: Effect, said: str) -> Judged:
    status = Refusal(status=told.status, said=told.said).told or reports.status_in(told.words)
    return Judged(
        address=told.address or None,
        cause=found,
        status=status or None,
        effect=effect,
        reason=" ".join(said.split())[:300],
    )


def _action(told: Told) -> str:
    for action in ("failed", "delayed", "delivered", "relayed", "expanded"):
        if told.action.startswith(action[:5]):
            return action
    family = Refusal(status=told.status, said=told.said).family
    return {"5": "failed", "4": "delayed"}.get(family, "")


_Found = tuple[Kind, Sequence[Judged], Sequence[tuple[Proof, str]]]


def _reported(letter: Letter) -> _Found | None:
    found = reports.delivery(letter)
    if found is None or not found[0]:
        return None
    told, envid = found
    return _kind(told), [judge(one) for one in told], [(Proof.ENVID, envid)] if envid else []


def _kind(told: Sequence[Told]) -> Kind:
    actions = {_action(one) for one in told}
    return Kind.BOUNCE if "failed" in actions else Kind.DELAYED if "delayed" in actions else Kind.OTHER


def _complained(letter: Letter) -> _Found | None:
    found = reports.feedback(letter)
    if found is None:
        return None
    ends = found.type in _COMPLAINTS
    effect, kind = (Effect.SUPPRESS, Kind.COMPLAINT) if ends else (Effect.NONE, Kind.OTHER)
    readers: Sequence[str | None] = found.addresses or (None,)
    reason = f"complaint: {found.type}"
    told = [Judged(address=one, cause=Cause.OTHER, status=None, effect=effect, reason=reason) for one in readers]
    return kind, told, [(Proof.VERP, one) for one in found.names]


def _noticed(letter: Letter) -> _Found | None:
    if replies.says_away(letter):
        return None
    told = notice(letter)
    if told is None:
        return None
    return (_kind(told) if told else Kind.BOUNCE), [judge(one) for one in told], ()


def _other(letter: Letter) -> _Found:
    if replies.is_by_machine(letter):
        return Kind.AUTOREPLY, (), ()
    if is_from_machine(letter) or not replies.wants_to_leave(letter):
        return Kind.OTHER, (), ()
    sender = addresses.clean(letter.first("from")) or None
    who = Judged(
        address=sender, cause=Cause.OTHER, status=None, effect=Effect.NONE, reason="asked to be mailed no more"
    )
    names = [(Proof.VERP, letter.first("subject"))]
    return Kind.UNSUBSCRIBE, [who], names


def _addressed(letter: Letter) -> Iterator[tuple[Proof, str]]:
    """The addresses that it came to: the return path of one mail of ours (VERP)."""
    yield from ((Proof.VERP, value) for value in letter.all(*_OUR_ADDRESSES))


def _mentioned(letter: Letter) -> Iterator[tuple[Proof, str]]:
    """What it quotes of the mail that it is about."""
    original = letter.original
    yield from ((Proof.MESSAGE_ID, value) for name in _QUOTED for value in original.get(name, ()))
    yield from ((Proof.MESSAGE_ID, value) for value in letter.all(*_ANSWERED))
