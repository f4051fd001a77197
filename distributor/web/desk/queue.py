"""``/desk/queue``: days and weeks of what waits and what went; one post and what can be done. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.errors import CallError
from distributor.model.people import Caller
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer


class QueueDoor:
    """The queue and its posts."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [
            Route(f"{HOME}/queue", self.queue, methods=["GET"]),
            Route(f"{HOME}/queue/{{id:int}}", self.post, methods=["GET"]),
        ]

    async def queue(self, request: Request) -> Response:
        """``?day=2026-11-30`` or ``?week=2026-W49``, with ``channel`` and ``page``; 404 for what is none."""
        return await self._frame.known(request, self._queue)

    async def post(self, request: Request) -> Response:
        """One post; 404 for a number that none has."""
        return await self._frame.known(request, self._post)

    def _queue(self, request: Request, caller: Caller) -> Response:
        try:
            found = self._answer("calendar", _asked(request.query_params))
        except CallError:
            return self._frame.refused(request, caller, "lost", status=404)
        only = request.query_params.get("channel", "")
        return self._frame.page(request, "queue", caller, found=found, at=since, only=only)

    def _post(self, request: Request, caller: Caller) -> Response:
        try:
            found = self._answer("planned", {"id": request.path_params["id"]})
        except CallError:
            return self._frame.refused(request, caller, "lost", status=404)
        local = datetime.fromisoformat(found["post"]["at"]).astimezone(ZoneInfo(found["zone"]))
        day, wall = local.date().isoformat(), f"{local:%Y-%m-%dT%H:%M}"
        return self._frame.page(
            request, "queued", caller, found=found, post=found["post"], at=since, day=day, local=wall
        )


def _asked(params: Mapping[str, str]) -> Mapping[str, Any]:
    """The call's arguments from an address; what is empty is none."""
    told: dict[str, Any] = {name: params[name] for name in ("day", "week", "channel") if params.get(name)}
    page = params.get("page", "")
    return told | ({"page": int(page)} if page.isascii() and page.isdigit() and len(page) < 6 else {})
