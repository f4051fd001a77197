"""``/desk/login/openid`` and back: a login by the house's own provider. Must not show what the provider said.

Both are plain links, so that they need no script and no form; the way there changes nothing but a cookie, and the way
back counts only in the browser that has it. What comes back stands in no page: every answer leads on elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from distributor.flows.vouch import Return, Vouched
from distributor.rules.people.tickets import LASTS
from distributor.vouching import BACK, BEGIN
from distributor.web.desk.frame import HOME, LOGIN, Frame, own_path

#: What the browser holds meanwhile, as the session's own cookie is named.
_COOKIE, _SECURE_COOKIE = "distributor-login", "__Host-distributor-login"
#: All that is read of a provider's answer (RFC 6749, section 4.1.2; RFC 9207).
_READ = ("code", "state", "iss", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The button of the login page."""

    #: what the provider is called
    label: str
    #: where the world reaches the desk
    public: str

    def leads_to(self, onward: str) -> str:
        """Where it leads: to the address that the provider knows, whichever was asked; the cookie must stand there."""
        query = "" if onward == HOME else f"?{urlencode({'next': onward})}"
        return f"{self.public}{BEGIN}{query}"


class OpenIdDoor:
    """The way to the provider and back."""

    def __init__(self, frame: Frame, vouched: Vouched) -> None:
        """``vouched`` knows the provider."""
        self._frame = frame
        self._gate = frame.gate
        self._vouched = vouched
        self.routes = [Route(BEGIN, self.begin, methods=["GET"]), Route(BACK, self.back, methods=["GET"])]

    async def begin(self, request: Request) -> Response:
        """Lead to the provider; back to the form with the reason where that cannot be."""
        onward = own_path(request.query_params.get("next", ""))
        leave = await run_in_threadpool(self._vouched.begin, onward)
        if not leave.url:
            return self._failed(request, Return(onward=onward, why=leave.why))
        response = self._frame.guarded(request, RedirectResponse(leave.url, status_code=303))
        self._hold(request, response, leave.ticket)
        return response

    async def back(self, request: Request) -> Response:
        """Let in whom the provider vouches for, and lead on; back to the form with the reason for anybody else; 503
        while the store fails.
        """
        return await self._frame.sheltered(request, self._came_back(request))

    async def _came_back(self, request: Request) -> Response:
        ticket = request.cookies.get(self._cookie(request), "")
        network = self._gate.origin.network(request)
        found = await run_in_threadpool(self._vouched.finish, ticket, _answer(request), network)
        if not found.session:
            response = self._failed(request, found)
        else:
            await run_in_threadpool(self._gate.entering.leave, self._gate.session(request))
            response = self._frame.go(request, found.onward)
            self._gate.keep(request, response, found.session)
        self._hold(request, response, "")
        return response

    def _failed(self, request: Request, found: Return) -> Response:
        told = {"failed": str(found.why), "next": found.onward, "minutes": str(-(-found.wait // timedelta(minutes=1)))}
        query = urlencode({name: value for name, value in told.items() if value not in ("", "0", HOME)})
        return self._frame.go(request, f"{LOGIN}?{query}")

    def _hold(self, request: Request, response: Response, ticket: str) -> None:
        """Have the browser hold a ticket for as long as it counts; without one, nothing any more."""
        response.set_cookie(
            self._cookie(request),
            ticket,
            max_age=int(LASTS.total_seconds()) if ticket else 0,
            path="/",
            secure=self._gate.origin.is_secure(request),
            httponly=True,
            # "strict" would not come along when the provider leads back
            samesite="lax",
        )

    def _cookie(self, request: Request) -> str:
        return _SECURE_COOKIE if self._gate.origin.is_secure(request) else _COOKIE


def _answer(request: Request) -> Mapping[str, str]:
    """The provider's answer; what stands there twice counts for nothing (RFC 6749, section 3.1)."""
    query = request.query_params
    return {name: values[0] for name in _READ if len(values := query.getlist(name)) == 1}
