"""Everything that the server answers, put together. Contains no page of its own.

What every answer carries is added on the way out, without a task or a queue of its own for a request: readers' pages
are asked for by many at once while mail leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Nothing here is a page that may load anything, be framed, guessed at or kept.
HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_FIELDS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

#: Whether what a request asks for stands on the host that it asks.
Stands = Callable[[Request], bool]


def make_site(routes: Sequence[BaseRoute], stands: Stands = lambda _: True) -> Starlette:
    """One application of all routes; ``/healthz`` says that the server answers.

    What does not stand on the host that is asked is answered as if it were nowhere.
    """
    return Starlette(
        routes=[Route("/healthz", _health, methods=["GET"]), *routes],
        middleware=[Middleware(_Guarded, stands=stands)],
        exception_handlers={HTTPException: _refused},
    )


class _Guarded:
    """Gives every answer what it has not said itself, and keeps hosts apart."""

    def __init__(self, app: ASGIApp, stands: Stands) -> None:
        self._app = app
        self._stands = stands

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in _FIELDS if one[0] not in said)]
            await send(message)

        if scope["type"] == "http" and not self._stands(request := Request(scope)):
            answer = await _refused(request, HTTPException(404))
            return await answer(scope, receive, guarded)
        return await self._app(scope, receive, guarded)


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    told = {"error": {"code": str(error.status_code), "message": error.detail, "hint": ""}}
    return JSONResponse(told, status_code=error.status_code, headers=error.headers)
