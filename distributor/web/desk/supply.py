"""``/desk/channels`` (with the receivers of webhooks) and ``/desk/feeds``: how each is, and what can be done about it.
Decides nothing.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.calls.desk.outside import COUNTED
from distributor.model.people import Caller
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer


class SupplyDoor:
    """Where stories come from, and where they go."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [
            Route(f"{HOME}/channels", self.channels, methods=["GET"]),
            Route(f"{HOME}/feeds", self.feeds, methods=["GET"]),
        ]

    async def channels(self, request: Request) -> Response:
        """Every channel, and every receiver of webhooks."""
        return await self._frame.known(request, self._channels)

    async def feeds(self, request: Request) -> Response:
        """Every feed."""
        return await self._frame.known(request, self._feeds)

    def _channels(self, request: Request, caller: Caller) -> Response:
        found, hooks = self._answer("channels", {}), self._answer("hooks", {})["hooks"]
        return self._frame.page(request, "channels", caller, found=found, hooks=hooks, counted=COUNTED, at=since)

    def _feeds(self, request: Request, caller: Caller) -> Response:
        return self._frame.page(request, "feeds", caller, feeds=self._answer("feeds", {})["feeds"], at=since)
