"""Who asks, and whether this request may change anything in their name. Must not know what is asked for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from distributor.flows.enter import LONGEST, Entering
from distributor.model.people import Caller
from distributor.web.desk.origin import Origin

#: What a browser holds while somebody is logged in. ``__Host-`` (RFC 6265bis): by https, of this host alone.
COOKIE, SECURE_COOKIE = "distributor", "__Host-distributor"
_BEARER = "bearer "


class Gate:
    """Recognises people by their session and programs by their token."""

    def __init__(self, entering: Entering, origin: Origin) -> None:
        """``entering`` knows sessions and tokens."""
        self.entering = entering
        self.origin = origin

    def caller(self, request: Request) -> Caller | None:
        """Who asks; None: nobody that is known. A request with a token has no session beside it."""
        credentials = request.headers.get("authorization")
        if credentials is not None:
            token = credentials[len(_BEARER) :].strip() if credentials.lower().startswith(_BEARER) else ""
            return self.entering.of_token(token) if token else None
        session = self.session(request)
        return self.entering.of_session(session) if session else None

    def session(self, request: Request) -> str:
        """What the browser holds; empty for nothing."""
        return request.cookies.get(self._cookie(request), "")

    def may_change(self, request: Request) -> bool:
        """Whether a request that changes something comes from our own pages, or from a program with a token.

        A browser adds a session by itself wherever a request comes from, but never a token.
        """
        return "authorization" in request.headers or self.origin.is_own(request)

    def keep(self, request: Request, response: Response, session: str) -> None:
        """Have the browser hold a session; without one, nothing any more."""
        response.set_cookie(
            self._cookie(request),
            session,
            max_age=int(LONGEST.total_seconds()) if session else 0,
            path="/",
            secure=self.origin.is_secure(request),
            httponly=True,
            samesite="lax",
        )

    def _cookie(self, request: Request) -> str:
        return SECURE_COOKIE if self.origin.is_secure(request) else COOKIE
