"""``POST /api/v1/calls/NAME``: every call by HTTP, for programs with a token and pages with a session. Decides nothing.

Who acts is never an argument here: it is whoever asks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.calls.registry import CALLS
from distributor.errors import CallError, DistributorError
from distributor.model.people import Caller
from distributor.web.desk.acts import Acts
from distributor.web.desk.gate import Gate
from distributor.web.desk.openapi import document
from distributor.web.desk.refusals import told_of
from distributor.web.reading import read_body

log = logging.getLogger(__name__)

#: The longest body, as on the control socket.
LONGEST = 1 << 20


class Api:
    """The calls as HTTP has them."""

    def __init__(self, gate: Gate, acts: Acts) -> None:
        """``acts`` runs a call in somebody's name."""
        self._gate = gate
        self._acts = acts
        self._described: bytes | None = None
        self.routes = [
            Route("/api/v1/calls/{name}", self.take, methods=["POST"]),
            Route("/api/v1/receipt", self.receipt, methods=["GET"]),
            Route("/api/v1/openapi.json", self.describe, methods=["GET"]),
        ]

    async def describe(self, request: Request) -> Response:
        """The OpenAPI document, for whoever is known."""
        if await run_in_threadpool(self._gate.caller, request) is None:
            return _refused(_unknown())
        return Response(await run_in_threadpool(self._document), media_type="application/json")

    async def receipt(self, request: Request) -> Response:
        """What became of the story at ``url``; the same refusals."""
        caller = await run_in_threadpool(self._gate.caller, request)
        if caller is None:
            return _refused(_unknown())
        args = json.dumps({"url": request.query_params.get("url", "")}).encode()
        return await run_in_threadpool(self._taken, caller, "receipt", args)

    async def take(self, request: Request) -> Response:
        """200 with the result; the refusals of :data:`_STATUS`, and 503 for a store that cannot be written or read."""
        caller = await run_in_threadpool(self._gate.caller, request)
        if caller is None:
            return _refused(_unknown())
        if not self._gate.may_change(request):
            return _refused(CallError("other_site", "another site's page asked for this", hint="ask from our own"))
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return _refused(CallError("not_json", "the body is not application/json", hint="say so in Content-Type"))
        try:
            body = await read_body(request, LONGEST)
        except HTTPException as error:
            return _refused(_not_taken(error))
        return await run_in_threadpool(self._taken, caller, request.path_params["name"], body)

    def _document(self) -> bytes:
        """The OpenAPI document, made when somebody first asks for it: it takes a while, and most never do."""
        if self._described is None:
            self._described = json.dumps(document(CALLS), ensure_ascii=False, separators=(",", ":")).encode()
        return self._described

    def _taken(self, caller: Caller, name: str, body: bytes) -> Response:
        try:
            return _json(200, {"ok": True, "result": self._acts.run(caller, name, _read(body))})
        except DistributorError as error:
            return _refused(error)


def _read(body: bytes) -> Mapping[str, Any]:
    """The arguments. Raises CallError."""
    try:
        args = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise CallError("bad_request", "the body is no JSON in UTF-8", hint="{}") from error
    if not isinstance(args, dict):
        raise CallError("bad_request", "the body is no object of arguments", hint="{}")
    return args


def _not_taken(error: HTTPException) -> CallError:
    if error.status_code == 413:
        return CallError("body_too_long", f"the body has {error.detail}", hint="less in one call")
    return CallError("body_too_late", error.detail, hint="send it at once")


def _unknown() -> CallError:
    return CallError("not_known", "nobody is known by this", hint="Authorization: Bearer TOKEN, or log in at /desk")


def _refused(error: DistributorError) -> Response:
    told = told_of(error)
    if told.is_broken:
        log.error("a call by HTTP met the store: %s", error)
    fields = {"code": told.code, "message": told.why, "hint": told.hint}
    response = _json(told.status, {"ok": False, "error": fields})
    if told.status == 401:
        response.headers["www-authenticate"] = "Bearer"  # RFC 9110, section 11.6.1
    return response


def _json(status: int, told: Mapping[str, Any]) -> Response:
    """JSON as the control socket writes it; half a surrogate pair becomes an escape, which JSON can carry."""
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(text, status_code=status, media_type="application/json")
