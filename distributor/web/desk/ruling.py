"""``/desk/schedules/routes/NAME`` and its like: one editorial rule in fields, on the same road as the file's text.

::

    fields -> the editors' file with this rule changed (``rule_change``; a piece of the page while they are filled in)
           -> "Look at it": what it would change (``editorial_check``) -> "Save" (``editorial_save``), in the history

Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.calls.ahead.standing import STYLE
from distributor.errors import DistributorError
from distributor.model.people import Caller
from distributor.phrases import Phrase
from distributor.web.desk.acts import Acts
from distributor.web.desk.drawn import OPEN, drawn
from distributor.web.desk.filled import UNITS, values_of
from distributor.web.desk.frame import Frame, since
from distributor.web.desk.refusals import told_of
from distributor.web.desk.schedules import DAYS, SCHEDULES
from distributor.web.readers.forms import Form, first


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What one form asks for."""

    table: str
    name: str
    way: str
    values: Mapping[str, Any]
    based_on: str
    reason: str


class RuleDoor:
    """The pages of single rules."""

    def __init__(self, frame: Frame, acts: Acts) -> None:
        """``acts`` runs calls in somebody's name."""
        self._frame = frame
        self._acts = acts
        ends = {table: ("",) if table == STYLE else ("/{name}", "") for table in OPEN}
        places = [f"{SCHEDULES}/{table}{end}" for table, some in ends.items() for end in some]
        self.routes = [
            *(Route(place, self.rule, methods=["GET"]) for place in places),
            *(Route(place, self.step, methods=["POST"]) for place in places),
        ]

    async def rule(self, request: Request) -> Response:
        """One rule as it stands; without a name, the form for a new one."""
        return await self._frame.known(request, self._shown)

    async def step(self, request: Request) -> Response:
        """By its step: the look at the effects, the saving, or (none) whether it could stand: a piece of the page."""
        return await self._frame.formed(request, self._stepped)

    def _shown(self, request: Request, caller: Caller) -> Response:
        try:
            return self._page(request, caller, self._told(request, caller))
        except DistributorError as error:
            return self._frame.not_done(request, caller, error, SCHEDULES)

    def _stepped(self, request: Request, caller: Caller, form: Form) -> Response:
        try:
            told = self._told(request, caller)
        except DistributorError as error:
            return self._frame.not_done(request, caller, error, SCHEDULES)
        asked = _asked(told, form)
        try:
            made = self._made(caller, asked)
        except DistributorError as error:
            return self._refused(request, caller, told, asked, error)
        step = first(form, "step")
        if not step:
            return self._piece(request, caller, told, asked, made)
        if made["problem"] or made["problems"]:
            return self._page(request, caller, told, asked, status=422, **_faults(made))
        try:
            if step != "save" or first(form, "looked") != made["digest"]:
                return self._looked(request, caller, told, asked, made)
            if not asked.reason:
                return self._looked(request, caller, told, asked, made, is_unexplained=True)
            return self._saved(request, caller, asked, made)
        except DistributorError as error:
            return self._refused(request, caller, told, asked, error, made["rule"])

    def _told(self, request: Request, caller: Caller) -> Mapping[str, Any]:
        table = request.url.path.removeprefix(f"{SCHEDULES}/").partition("/")[0]
        args = {"table": table, "name": request.path_params.get("name")}
        return self._acts.run(caller, "rule", args)

    def _made(self, caller: Caller, asked: _Asked) -> Mapping[str, Any]:
        args = {"table": asked.table, "name": asked.name, "way": asked.way, "based_on": asked.based_on}
        return self._acts.run(caller, "rule_change", {**args, "values": dict(asked.values)})

    def _looked(
        self,
        request: Request,
        caller: Caller,
        told: Mapping[str, Any],
        asked: _Asked,
        made: Mapping[str, Any],
        *,
        is_unexplained: bool = False,
    ) -> Response:
        """What it would change, and the way to save it; once more where nobody has said why."""
        if made["digest"] == asked.based_on:
            return self._page(request, caller, told, asked, is_same=True, sentence=made["rule"])
        args = {"text": made["text"], "replay": DAYS, "forecast": DAYS}
        plan = self._acts.run(caller, "editorial_check", args)["plan"]
        more = {"plan": plan, "made": made, "sentence": made["rule"], "is_unexplained": is_unexplained}
        return self._page(request, caller, told, asked, status=422 if is_unexplained else 200, **more)

    def _saved(self, request: Request, caller: Caller, asked: _Asked, made: Mapping[str, Any]) -> Response:
        args = {"text": made["text"], "based_on": asked.based_on, "reason": asked.reason}
        self._acts.run(caller, "editorial_save", args)
        return self._frame.go(request, f"{SCHEDULES}?did=editorial_save")

    def _piece(
        self, request: Request, caller: Caller, told: Mapping[str, Any], asked: _Asked, made: Mapping[str, Any]
    ) -> Response:
        context = self._context(told, asked, **_faults(made), sentence=made["rule"], is_piece=True)
        return self._frame.page(request, "rule-told", caller, **context)

    def _refused(
        self,
        request: Request,
        caller: Caller,
        told: Mapping[str, Any],
        asked: _Asked,
        error: DistributorError,
        sentence: Mapping[str, Any] | None = None,
    ) -> Response:
        """What was filled in, with the sentence that it makes, if any, and why it was refused."""
        refused = told_of(error)
        if refused.status == 403:
            return self._frame.refused(request, caller, "role")
        faults = {"name": refused.said} if refused.code in ("bad_name", "not_new") else {}
        more = {"faults": faults, "problem": "" if faults else refused.said, "sentence": sentence}
        return self._page(request, caller, told, asked, status=refused.status, **more)

    def _page(
        self,
        request: Request,
        caller: Caller,
        told: Mapping[str, Any],
        asked: _Asked | None = None,
        *,
        status: int = 200,
        **more: Any,
    ) -> Response:
        return self._frame.page(request, "rule", caller, status=status, **self._context(told, asked, **more))

    def _context(self, told: Mapping[str, Any], asked: _Asked | None, **more: Any) -> dict[str, Any]:
        table, name = told["table"], told["name"]
        return {
            "told": told,
            "table": table,
            "name": name or (asked.name if asked else ""),
            "is_new": not name and table != STYLE,
            "way": asked.way if asked else "",
            "action": f"{SCHEDULES}/{table}/{quote(name, safe='')}" if name else f"{SCHEDULES}/{table}",
            **drawn(table, told["fields"], asked.values if asked else {}),
            "based_on": asked.based_on if asked else told["digest"],
            "has_changed": asked is not None and asked.based_on != told["digest"],
            "reason": asked.reason if asked else "",
            "units": list(UNITS),
            "sentence": told["rule"],
            "faults": {},
            "problem": "",
            "plan": None,
            "made": None,
            "is_same": False,
            "is_unexplained": False,
            "is_piece": False,
            "days": DAYS,
            "at": since,
            **more,
        }


def _asked(told: Mapping[str, Any], form: Form) -> _Asked:
    is_gone = first(form, "way") == "remove" and told["name"] is not None
    return _Asked(
        table=told["table"],
        name=told["name"] or ("" if told["table"] == STYLE else first(form, "name")),
        way="remove" if is_gone else "change" if told["name"] or told["table"] == STYLE else "add",
        values={} if is_gone else values_of(told["fields"], form),
        based_on=first(form, "based_on"),
        reason=first(form, "reason"),
    )


def _faults(made: Mapping[str, Any]) -> dict[str, Any]:
    """What is wrong, field by field, and with anything else."""
    found: dict[str, list[str]] = {}
    for one in made["problems"]:
        found.setdefault(one["key"], []).append(Phrase.joined(": ", (one["found"], one["hint"])))
    faults = {key: Phrase.joined("; ", all_of) for key, all_of in found.items()}
    return {"faults": faults, "problem": made["problem"] or ""}
