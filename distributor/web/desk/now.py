"""``/desk``: what went out, what will go out, what needs somebody; and the lists that its numbers lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from distributor.model.people import Caller
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer

#: The lists, and the call that each is made of.
LISTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "unknown": ("handover", {"hours": 24}),
    "failed": ("handover", {"hours": 24}),
    "held": ("handover", {"hours": 24}),
    "alerts": ("alerts", {}),
}


class NowDoor:
    """The first page and its lists."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [
            Route(HOME, self.now, methods=["GET"]),
            Route(f"{HOME}/", self.home, methods=["GET"]),
            Route(f"{HOME}/list/{{name}}", self.list, methods=["GET"]),
        ]

    async def home(self, _: Request) -> Response:
        """The same page under its one name."""
        return RedirectResponse(HOME, status_code=308)

    async def now(self, request: Request) -> Response:
        """The first page."""
        return await self._frame.known(request, self._now)

    async def list(self, request: Request) -> Response:
        """What is behind one of its numbers; 404 for a list that there is not."""
        return await self._frame.known(request, self._list)

    def _now(self, request: Request, caller: Caller) -> Response:
        return self._frame.page(request, "now", caller, now=self._answer("now", {}), at=since)

    def _list(self, request: Request, caller: Caller) -> Response:
        name = request.path_params["name"]
        if name not in LISTS:
            return self._frame.refused(request, caller, "lost", status=404)
        call, args = LISTS[name]
        found = self._answer(call, args)
        rows = found[name]
        if name == "held":  # what the clock lets go needs nobody, and is not in the number
            rows = [one for one in (*rows, *found["embargoes"]) if one["held_until"] is None]
        return self._frame.page(request, "list", caller, list=name, rows=rows, at=since)
