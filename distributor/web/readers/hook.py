"""``POST /hooks/subscribers``: a newsroom's own system brings readers, signed (Standard Webhooks). Decides nothing.

Without a word about consent the reader is asked by a letter, as by the page; a system that has asked already says so
with ``"confirmed": true`` and what the reader agreed to.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from distributor.errors import CallError, DistributorError, Unsigned
from distributor.net.signed import verify
from distributor.web.hooks import Answer, refusal
from distributor.web.reading import read_body

log = logging.getLogger(__name__)

#: The largest document that is taken.
MOST = 1 << 16
#: what a document may hold, and of which type; the first two are needed
_KEYS: Mapping[str, type] = {
    "address": str,
    "topics": list,
    "name": str,
    "language": str,
    "confirmed": bool,
    "form": str,
    "version": str,
}


class SubscriberHook:
    """Takes signed wishes for newsletters."""

    def __init__(self, keys: Sequence[bytes], answer: Answer, now: Callable[[], datetime]) -> None:
        """``keys`` are the secrets that count, ``answer`` runs a call."""
        self._keys = keys
        self._answer = answer
        self._now = now
        self.routes = [Route("/hooks/subscribers", self.take, methods=["POST"])]

    async def take(self, request: Request) -> JSONResponse:
        """200 with what became of it; 401 unsigned, 413 too long, 422 not to be read, 503 try again."""
        body = await read_body(request, MOST)
        return await run_in_threadpool(self._taken, dict(request.headers), body)

    def _taken(self, fields: Mapping[str, str], body: bytes) -> JSONResponse:
        try:
            verify(fields, body, self._keys, self._now())
            told = _read(body)
            is_confirmed = told.pop("confirmed", False)
            return JSONResponse(self._answer("subscribe" if is_confirmed else "ask_reader", told | {"source": "api"}))
        except Unsigned as error:
            log.warning("a pushed reader was refused: %s", error)
            return refusal(401, "unsigned", str(error), "Standard Webhooks: sign id.timestamp.body with HMAC-SHA256")
        except CallError as error:
            return refusal(422, error.code, str(error), error.hint)
        except DistributorError as error:
            log.error("a pushed reader could not be taken: %s", error)
            return refusal(503, "failed", "the reader could not be taken now", "send it again")


def _read(body: bytes) -> dict[str, Any]:
    """The document. Raises CallError."""
    hint = '{"address": "reader@example.org", "topics": ["morning"]}'
    try:
        told = json.loads(body)
    except ValueError as error:
        raise CallError("not_read", "the document is no JSON in UTF-8", hint=hint) from error
    if not isinstance(told, dict) or not {"address", "topics"} <= told.keys():
        raise CallError("not_read", "the document needs address and topics", hint=hint)
    odd = [key for key, value in told.items() if key not in _KEYS or not isinstance(value, _KEYS[key])]
    if odd or not all(isinstance(topic, str) for topic in told["topics"]):
        raise CallError("not_read", f"cannot be read: {', '.join(odd) or 'topics'}"[:200], hint=hint)
    return told
