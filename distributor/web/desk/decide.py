"""``/desk/decide``: what waits for somebody, the most urgent first; and ``/desk/handover``, what a shift leaves."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.errors import CallError
from distributor.model.people import Caller
from distributor.render.gallery import drawn
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer

#: The shifts that a sheet is offered for, in hours.
SHIFTS = (4, 8, 12, 24, 72)


class DecideDoor:
    """The page of decisions, and the hand-over sheet."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [
            Route(f"{HOME}/decide", self.decide, methods=["GET"]),
            Route(f"{HOME}/handover", self.handover, methods=["GET"]),
        ]

    async def decide(self, request: Request) -> Response:
        """Approvals and held stories, doubts, and stories that changed after they left."""
        return await self._frame.known(request, self._decide)

    async def handover(self, request: Request) -> Response:
        """The sheet of the last hours (``hours``), made to be printed; 422 for hours that no sheet has."""
        return await self._frame.known(request, self._handover)

    def _decide(self, request: Request, caller: Caller) -> Response:
        asked = request.query_params.get("page", "")
        page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
        found = self._answer("decide", {"page": page})
        waiting = [
            {**one, "shown": {face["channel"]: drawn(face) for face in one["shown"]}} for one in found["waiting"]
        ]
        return self._frame.page(request, "decide", caller, found={**found, "waiting": waiting}, at=since)

    def _handover(self, request: Request, caller: Caller) -> Response:
        asked = request.query_params.get("hours", "")
        hours = int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 else 0
        try:
            sheet = self._answer("handover", {"hours": hours} if hours else {})
        except CallError as error:
            return self._frame.not_done(request, caller, error, f"{HOME}/handover")
        return self._frame.page(request, "handover", caller, sheet=sheet, hours=hours, shifts=SHIFTS, at=since)
