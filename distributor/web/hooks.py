"""``POST /hooks/articles``: a newsroom's system tells of a story as soon as it is out. Must not read the story."""

from __future__ import annotations

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
from distributor.web.reading import read_body

log = logging.getLogger(__name__)

#: The largest document that is taken; a story of a book's length has less.
MOST = 1 << 20
#: What a refused call is in HTTP, where it is not simply a bad document.
_STATUS = {"unknown_feed": 404, "no_feed": 404, "failed": 503}

#: Runs a call by name.
Answer = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


class PushHook:
    """Takes signed stories for the feeds of type ``push``."""

    def __init__(self, keys: Mapping[str, Sequence[bytes]], answer: Answer, now: Callable[[], datetime]) -> None:
        """``keys`` are the secrets by feed, ``answer`` runs a call."""
        self._keys = keys
        self._answer = answer
        self._now = now
        self.routes = [
            Route("/hooks/articles", self.take, methods=["POST"]),
            Route("/hooks/articles/{feed}", self.take, methods=["POST"]),
        ]

    async def take(self, request: Request) -> JSONResponse:
        """200 with what became of it; 401 unsigned, 404 no such feed, 413 too long, 422 no story, 503 try again."""
        body = await read_body(request, MOST)
        return await run_in_threadpool(self._taken, request.path_params.get("feed", ""), dict(request.headers), body)

    def _taken(self, feed: str, fields: Mapping[str, str], body: bytes) -> JSONResponse:
        try:
            feed, key = self._signed(feed, fields, body)
            document = body.decode("utf-8")
            args = {"who": feed, "through": "push", "feed": feed, "document": document, "key": key}
            return JSONResponse(self._answer("publish", args))
        except Unsigned as error:
            log.warning("a pushed story was refused: %s", error)
            return refusal(401, "unsigned", str(error), "Standard Webhooks: sign id.timestamp.body with HMAC-SHA256")
        except UnicodeDecodeError:
            return refusal(422, "not_read", "the document is not UTF-8", "send UTF-8")
        except CallError as error:
            return refusal(_STATUS.get(error.code, 422), error.code, str(error), error.hint)
        except DistributorError as error:
            log.error("a pushed story could not be taken: %s", error)
            return refusal(503, "failed", "the story could not be taken now", "send it again, with the same id")

    def _signed(self, feed: str, fields: Mapping[str, str], body: bytes) -> tuple[str, str]:
        """The feed that a message is for, and its id. Raises Unsigned, CallError."""
        if feed and feed not in self._keys:
            raise Unsigned("nobody may push here")
        names = [feed] if feed else list(self._keys)
        problem: Unsigned | None = None
        for name in names:
            try:
                return name, verify(fields, body, self._keys[name], self._now())
            except Unsigned as error:
                problem = error
        raise problem or CallError("no_feed", "no feed takes pushed stories", hint='[feeds.cms] type = "push"')


def refusal(status: int, code: str, message: str, hint: str) -> JSONResponse:
    """The answer to what is not taken."""
    return JSONResponse({"error": {"code": code, "message": message, "hint": hint}}, status_code=status)
