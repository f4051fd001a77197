"""Every act that somebody at the desk may do: by a program's call, or by a button of a page. Decides nothing.

Who acts is never an argument here: it is whoever asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from inspect import signature
from types import UnionType
from typing import Any, Protocol, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from distributor.calls.registry import CALLS
from distributor.errors import CallError
from distributor.model.people import Caller
from distributor.rules.people.access import MOST, THROUGH, WHO, is_look, refusal
from distributor.store.desk.acts import By
from distributor.web.desk.arguments import arguments
from distributor.web.hooks import Answer

#: Arguments that are instants, and how a form's field writes one.
INSTANTS = frozenset({"at", "until"})
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)


class Record(Protocol):
    """Where acts are put on record."""

    def note(self, kind: str, detail: str, by: By) -> None:
        """What somebody did that leaves no other trace."""
        ...


class Acts:
    """Runs calls in somebody's name."""

    def __init__(self, answer: Answer, record: Record, now: Callable[[], datetime]) -> None:
        """``answer`` runs a call, ``now`` is the clock's."""
        self._answer = answer
        self._record = record
        self._now = now

    def run(self, caller: Caller, name: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of a call in somebody's name; one that leaves no trace is put on record. Raises CallError."""
        given = _named(caller, name, args)
        found = self._answer(name, given)
        if not is_look(name) and not WHO & given.keys():
            self._record.note("called", name, By(who=caller.name, through=caller.through, at=self._now()))
        return found


def typed(name: str, form: Mapping[str, Sequence[str]]) -> Mapping[str, Any]:
    """The arguments of a call from the fields of a form, each as its call has it; an empty field is none.

    Raises CallError for a number that is none. What the call does not know is left to :meth:`Acts.run`.
    """
    kinds = get_type_hints(CALLS[name].run) if name in CALLS else {}
    given = {field: [one for one in values if one] for field, values in form.items()}
    return {field: _typed(name, field, values, kinds.get(field, str)) for field, values in given.items() if values}


def local(args: Mapping[str, Any], zone: str) -> Mapping[str, Any]:
    """The same, where what a browser's clock says without a zone (``datetime-local``) is the desk's time."""
    told = {key: value for key, value in args.items() if key in INSTANTS and _LOCAL.fullmatch(str(value))}
    try:
        at = {key: datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(zone)) for key, value in told.items()}
    except ValueError as error:
        raise CallError("bad_instant", f"{next(iter(told.values()))!r:.80} is not an instant") from error
    return {**args, **{key: value.isoformat() for key, value in at.items()}}


def _typed(name: str, field: str, values: Sequence[str], kind: Any) -> Any:
    if get_origin(kind) is UnionType:
        kind = next(one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is Sequence:
        return [_typed(name, field, [one], get_args(kind)[0]) for one in values]
    if kind is bool:
        return values[0] in ("1", "on", "true", "yes")
    if kind is not int:
        return values[0]
    try:
        return int(values[0])
    except ValueError as error:
        raise CallError("bad_arguments", f"{name}: {field} cannot be {values[0]!r:.80}", hint="a number") from error


def _named(caller: Caller, name: str, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments with who asks. Raises CallError for what is not theirs to ask."""
    if name not in CALLS:
        raise CallError("unknown_call", f"there is no call {name!r:.80}", hint="GET /api/v1/openapi.json")
    if why := refusal(caller.role, name, list(args)):
        raise CallError("not_allowed", why)
    known = arguments(CALLS[name])
    if odd := sorted(args.keys() - known.keys()):
        taken = ", ".join(known) or "none"
        raise CallError("bad_arguments", f"{name} takes no {odd[0]!r:.80} here", hint=f"its arguments: {taken}")
    if huge := [key for key, most in MOST.items() if isinstance(args.get(key), int) and args[key] > most]:
        raise CallError("bad_arguments", f"{name}: {huge[0]} is at most {MOST[huge[0]]}")
    who = dict.fromkeys(WHO, caller.name) | {THROUGH: caller.through}
    wanted = signature(CALLS[name].run).parameters
    return {**args, **{key: value for key, value in who.items() if key in wanted}}
