"""``/hub/TOKEN``: where a WebSub hub verifies what we asked for, and tells that a feed has news. Reads no news here."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from distributor.flows.hubs import HubBook, answer_hub
from distributor.net.signed import hub_signature_fits
from distributor.rules.reading.leases import Subscription
from distributor.web.reading import read_body

log = logging.getLogger(__name__)

#: The largest push that is listened to; what it holds is read nowhere.
MOST = 4 << 20


class Callbacks(HubBook, Protocol):
    """Where callbacks are known."""

    def by_token(self, token: str) -> Subscription | None:
        """The subscription of a callback."""
        ...


class HubDoor:
    """The callbacks of all subscriptions."""

    def __init__(self, book: Callbacks, poke: Callable[[str], None], now: Callable[[], datetime]) -> None:
        """``poke`` has a feed read now."""
        self._book = book
        self._poke = poke
        self._now = now
        self.routes = [
            Route("/hub/{token}", self.verify, methods=["GET"]),
            Route("/hub/{token}", self.push, methods=["POST"]),
        ]

    async def verify(self, request: Request) -> Response:
        """A hub's question whether we asked: its challenge back, or 404."""
        fields = dict(request.query_params.items())
        return await run_in_threadpool(self._verified, request.path_params["token"], fields)

    async def push(self, request: Request) -> Response:
        """News at a hub: the feed is read now where the hub signed it (section 7.1), and nothing happens where not."""
        body = await read_body(request, MOST)
        signature = request.headers.get("x-hub-signature", "")
        return await run_in_threadpool(self._pushed, request.path_params["token"], signature, body)

    def _verified(self, token: str, fields: dict[str, str]) -> Response:
        answer = answer_hub(self._book, self._book.by_token(token), fields, self._now())
        # as text: a challenge is a stranger's, and no browser may take it for a page
        return Response(status_code=404) if answer is None else PlainTextResponse(answer)

    def _pushed(self, token: str, signature: str, body: bytes) -> Response:
        known = self._book.by_token(token)
        if known is None:
            return Response(status_code=404)
        if hub_signature_fits(signature, body, self._book.secret(known.feed).encode()):
            self._poke(known.feed)
        else:
            log.warning("feed %s: a push without its hub's signature is not heeded", known.feed)
        return Response(status_code=202)
