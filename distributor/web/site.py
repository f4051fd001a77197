"""Everything that the server answers, put together. Contains no page of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

#: Nothing here is a page that may load anything, be framed, guessed at or kept.
HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def make_site(routes: Sequence[BaseRoute]) -> Starlette:
    """One application of all routes; ``/healthz`` says that the server answers."""
    return Starlette(
        routes=[Route("/healthz", _health, methods=["GET"]), *routes],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_guarded)],
        exception_handlers={HTTPException: _refused},
    )


async def _health(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _guarded(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    told = {"error": {"code": str(error.status_code), "message": error.detail, "hint": ""}}
    return JSONResponse(told, status_code=error.status_code, headers=error.headers)
