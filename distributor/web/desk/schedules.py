"""``/desk/schedules``: the editorial rules in sentences, changed in two steps, with every version. Decides nothing.

::

    rules in words -> the editors' file in a form -> "Look at it": what it would change in the last and the next days
                                                  -> "Save": in force a few seconds later, with who, when and why
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.calls.ahead.editing import digest
from distributor.errors import DistributorError
from distributor.model.people import Caller
from distributor.web.desk.acts import Acts
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.desk.refusals import told_of
from distributor.web.readers.forms import Form, first

SCHEDULES = f"{HOME}/schedules"
#: Days that a look goes back and forward.
DAYS = 7
#: The largest form: the longest text of the file, encoded as a browser does at worst (three characters for a byte).
_MOST = 2_000_000


class SchedulesDoor:
    """The pages of the editorial rules."""

    def __init__(self, frame: Frame, acts: Acts) -> None:
        """``acts`` runs calls in somebody's name."""
        self._frame = frame
        self._acts = acts
        self.routes = [
            Route(SCHEDULES, self.rules, methods=["GET"]),
            Route(SCHEDULES, self.step, methods=["POST"]),
            Route(f"{SCHEDULES}/valid", self.valid, methods=["POST"]),
            Route(f"{SCHEDULES}/history", self.history, methods=["GET"]),
        ]

    async def rules(self, request: Request) -> Response:
        """What is in force, and the form."""
        return await self._frame.known(request, self._page)

    async def history(self, request: Request) -> Response:
        """Every version, newest first."""
        return await self._frame.known(request, self._history)

    async def step(self, request: Request) -> Response:
        """The look at a text's effects, or with ``step=save`` the saving: 303; 403, 409, 422, the text kept."""
        return await self._frame.formed(request, self._stepped, _MOST)

    async def valid(self, request: Request) -> Response:
        """Of a text that is being written, whether it could stand: a piece of the page."""
        return await self._frame.formed(request, self._validated, _MOST)

    def _stepped(self, request: Request, caller: Caller, form: Form) -> Response:
        step = self._saved if first(form, "step") == "save" else self._looked
        return step(request, caller, form)

    def _validated(self, request: Request, caller: Caller, form: Form) -> Response:
        try:
            problem = self._acts.run(caller, "editorial_check", {"text": _text(form)})["problem"]
        except DistributorError as error:
            problem = told_of(error).said
        return self._frame.page(request, "rules-valid", caller, problem=problem, is_told=True)

    def _looked(self, request: Request, caller: Caller, form: Form, *, is_unexplained: bool = False) -> Response:
        args = {"text": _text(form), "replay": DAYS, "forecast": DAYS}
        try:
            told = self._acts.run(caller, "editorial_check", args)
        except DistributorError as error:
            return self._refused(request, caller, form, error)
        if told["problem"]:
            return self._page(request, caller, form, status=422, problem=told["problem"])
        status = 422 if is_unexplained else 200
        return self._page(request, caller, form, status=status, plan=told["plan"], is_unexplained=is_unexplained)

    def _saved(self, request: Request, caller: Caller, form: Form) -> Response:
        if first(form, "looked") != digest(_text(form)):  # written on after the look: what it changes is shown first
            return self._looked(request, caller, form)
        if not first(form, "reason"):
            return self._looked(request, caller, form, is_unexplained=True)
        args = {"text": _text(form), "based_on": first(form, "based_on"), "reason": first(form, "reason")}
        try:
            self._acts.run(caller, "editorial_save", args)
        except DistributorError as error:
            return self._refused(request, caller, form, error)
        return self._frame.go(request, f"{SCHEDULES}?did=editorial_save")

    def _refused(self, request: Request, caller: Caller, form: Form, error: DistributorError) -> Response:
        told = told_of(error)
        if told.status == 403:
            return self._frame.refused(request, caller, "role")
        return self._page(request, caller, form, status=told.status, problem=told.said)

    def _history(self, request: Request, caller: Caller) -> Response:
        told = self._acts.run(caller, "editorial_history", {"limit": 50})
        standing = self._acts.run(caller, "editorial_show", {})
        return self._frame.page(
            request, "rules-history", caller, versions=told["versions"], based_on=standing["digest"], at=since
        )

    def _page(
        self, request: Request, caller: Caller, form: Form | None = None, *, status: int = 200, **more: Any
    ) -> Response:
        rules, standing = self._acts.run(caller, "schedules", {}), self._acts.run(caller, "editorial_show", {})
        kept = {"text": standing["text"], "based_on": standing["digest"], "reason": ""}
        if form is not None:
            kept = {"text": _text(form), "based_on": first(form, "based_on"), "reason": first(form, "reason")}
        has_changed = kept["based_on"] != standing["digest"]
        told = {"problem": "", "plan": None, "is_unexplained": False, "is_told": form is not None, **more}
        return self._frame.page(
            request,
            "schedules",
            caller,
            status=status,
            rules=rules,
            standing=standing,
            has_changed=has_changed,
            looked=digest(kept["text"]),
            days=DAYS,
            at=since,
            **kept,
            **told,
        )


def _text(form: Form) -> str:
    """The text as it was written; browsers send other ends of lines (HTML, "normalize newlines")."""
    return next(iter(form.get("text", ())), "").replace("\r\n", "\n")
