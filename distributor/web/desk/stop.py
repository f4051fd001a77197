"""``/desk/stop``: the stop button, two presses from every page; what is stopped, and how it ends. Decides nothing."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.model.people import Caller
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer

#: Of what has piled up, so much is shown one by one.
SHOWN = 40
#: The ends that are offered, in minutes.
ENDS = (15, 60, 240)


class StopDoor:
    """The page of the stop button."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [Route(f"{HOME}/stop", self.stop, methods=["GET"])]

    async def stop(self, request: Request) -> Response:
        """What can be stopped, what is, and what has piled up."""
        return await self._frame.known(request, self._stop)

    def _stop(self, request: Request, caller: Caller) -> Response:
        found = self._answer("stops", {"limit": SHOWN})
        return self._frame.page(request, "stop", caller, found=found, ends=ENDS, at=since)
