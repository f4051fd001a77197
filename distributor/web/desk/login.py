"""``/desk/login`` and ``/desk/logout``. Whatever name is typed, the answer is the same."""

from __future__ import annotations

import re
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.web.desk.frame import HOME, LOGIN, Frame, own_path
from distributor.web.desk.openid import Offer
from distributor.web.readers.forms import first, read_form

_MINUTES = re.compile(r"[0-9]{1,2}", re.ASCII)


class LoginDoor:
    """The pages of coming and going."""

    def __init__(self, frame: Frame, offer: Offer | None = None) -> None:
        """``frame`` knows who is who; ``offer`` is the button of a provider, None: there is none."""
        self._frame = frame
        self._offer = offer
        self._gate = frame.gate
        self.routes = [
            Route(LOGIN, self.form, methods=["GET"]),
            Route(LOGIN, self.enter, methods=["POST"]),
            Route("/desk/logout", self.leave, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """The empty form; who is in already is led on; 503 while the store fails."""
        return await self._frame.sheltered(request, self._asked(request))

    async def enter(self, request: Request) -> Response:
        """Log in: 303 onward; 401 for a wrong name or password, 429 too often, 403 from another site's page; 503 while
        the store fails.
        """
        return await self._frame.sheltered(request, self._entered(request))

    async def leave(self, request: Request) -> Response:
        """Log out, and lead to the form; 503 while the store fails."""
        return await self._frame.sheltered(request, self._left(request))

    async def _asked(self, request: Request) -> Response:
        onward = own_path(request.query_params.get("next", ""))
        if await run_in_threadpool(self._gate.caller, request) is not None:
            return self._frame.go(request, onward)
        failed, minutes = request.query_params.get("failed", ""), request.query_params.get("minutes", "")
        wait = timedelta(minutes=int(minutes)) if _MINUTES.fullmatch(minutes) else timedelta(0)
        return self._form(request, onward, failed=failed if self._offer else "", wait=wait)

    async def _entered(self, request: Request) -> Response:
        if not self._gate.origin.is_own(request):
            return self._frame.refused(request, None, "origin")
        form = await read_form(request)
        name, onward = first(form, "name"), own_path(first(form, "next"))
        password = next(iter(form.get("password", ())), "")
        network = self._gate.origin.network(request)
        entry = await run_in_threadpool(self._gate.entering.enter, name, password, network)
        if not entry.session:
            return self._form(request, onward, name=name, wait=entry.wait, is_wrong=True)
        await run_in_threadpool(self._gate.entering.leave, self._gate.session(request))
        response = self._frame.go(request, onward)
        self._gate.keep(request, response, entry.session)
        return response

    async def _left(self, request: Request) -> Response:
        if not self._gate.origin.is_own(request):
            return self._frame.refused(request, None, "origin")
        await run_in_threadpool(self._gate.entering.leave, self._gate.session(request))
        response = self._frame.go(request, LOGIN)
        self._gate.keep(request, response, "")
        return response

    def _form(
        self,
        request: Request,
        onward: str = HOME,
        *,
        name: str = "",
        wait: timedelta = timedelta(0),
        is_wrong: bool = False,
        failed: str = "",
    ) -> Response:
        minutes = -(-wait // timedelta(minutes=1))
        status = 429 if wait else 401 if is_wrong else 200
        page = self._frame.page(
            request,
            "login",
            status=status,
            name=name[:64],
            onward=onward,
            minutes=minutes,
            is_wrong=is_wrong,
            failed=failed,
            label=self._offer.label if self._offer else "",
            begin=self._offer.leads_to(onward) if self._offer else "",
        )
        if wait:
            page.headers["retry-after"] = str(-(-wait // timedelta(seconds=1)))
        return page
