"""``/r/leave/TOKEN`` and ``/r/undo/TOKEN``: leave by one click, and come back. A look changes nothing; only POST does.

RFC 8058: a mail program POSTs ``List-Unsubscribe=One-Click`` without asking anybody, and gets its answer at once, with
no redirect, no cookie and no question. Whoever follows the link sees a button that POSTs the same.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.flows.leave import LINK, MAIL_PROGRAM, Leaver, Leaving
from distributor.web.readers.forms import first, network, read_form
from distributor.web.readers.frame import Frame


class LeavingDoor:
    """The pages of leaving."""

    def __init__(self, leaving: Leaving, frame: Frame) -> None:
        """``leaving`` knows the links."""
        self._leaving = leaving
        self._frame = frame
        self.routes = [
            Route("/r/leave/{token}", self.look, methods=["GET"]),
            Route("/r/leave/{token}", self.leave, methods=["POST"]),
            Route("/r/undo/{token}", self.look_back, methods=["GET"]),
            Route("/r/undo/{token}", self.come_back, methods=["POST"]),
        ]

    async def look(self, request: Request) -> Response:
        """A page with a button; 404 for a link that is none of ours."""
        found = await run_in_threadpool(self._leaving.look, request.path_params["token"])
        return self._page(request, "reader-leave", found)

    async def leave(self, request: Request) -> Response:
        """End it: 200 also where it had ended; 400 for a body that does not say so, 404 for a link that is none."""
        form = await read_form(request)
        if first(form, "List-Unsubscribe") != "One-Click":
            return self._frame.lost(request, status=400)
        source = LINK if "by" in form else MAIL_PROGRAM
        found = await run_in_threadpool(
            self._leaving.leave, request.path_params["token"], source=source, network=self._from(request)
        )
        self._frame.wake()
        return self._page(request, "reader-leave", found)

    async def look_back(self, request: Request) -> Response:
        """A page with a button; 410 for a link that is none of ours or is over."""
        found = await run_in_threadpool(self._leaving.look_back, request.path_params["token"])
        return self._page(request, "reader-undo", found)

    async def come_back(self, request: Request) -> Response:
        """Take it back: 200 also where that had been done; 410 for a link that is none of ours or is over."""
        found = await run_in_threadpool(
            self._leaving.come_back, request.path_params["token"], network=self._from(request)
        )
        return self._page(request, "reader-undo", found)

    def _from(self, request: Request) -> str:
        return network(request, self._frame.house.proxies)

    def _page(self, request: Request, name: str, found: Leaver | None) -> Response:
        if found is None:
            return self._frame.lost(request, status=410 if name == "reader-undo" else 404)
        topics, gone = self._frame.titled(found.topics), self._frame.titled(found.gone)
        return self._frame.page(
            request,
            name,
            reader=found.language,
            topics=topics,
            gone=gone,
            undo=found.undo,
            dials=found.dials,
            change=found.is_change,
        )
