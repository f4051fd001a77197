"""``/r/go/TOKEN``: counts that a link of an issue was followed, by whoever it was, and leads there: nowhere that we
have not signed. Keeps nothing of who asked.
"""

from __future__ import annotations

import logging
from typing import Protocol

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from distributor.errors import StoreError
from distributor.rules.mail.follow import Followed, followed
from distributor.web.readers.frame import Frame

log = logging.getLogger(__name__)


class ClickBook(Protocol):
    """Where it is counted."""

    def count(self, issue: int, story: int) -> bool:
        """Count that somebody followed the link of a story in an issue."""
        ...


class FollowingDoor:
    """The links that are counted."""

    def __init__(self, book: ClickBook, key: bytes, frame: Frame) -> None:
        """``key`` is the store's own."""
        self._book = book
        self._key = key
        self._frame = frame
        self.routes = [Route("/r/go/{token}", self.go)]

    async def go(self, request: Request) -> Response:
        """302 to where the link leads; 404 for one that we have not signed. A look (HEAD) is not counted."""
        link = followed(self._key, request.path_params["token"])
        if link is None:
            return self._frame.lost(request)
        # who wants to read waits for no figure: it is counted when they have been led on
        counting = BackgroundTask(self._count, link) if request.method == "GET" else None
        fields = {"x-robots-tag": "noindex"}
        return RedirectResponse(link.target, status_code=302, headers=fields, background=counting)

    def _count(self, link: Followed) -> None:
        try:
            self._book.count(link.issue, link.story)
        except StoreError as error:  # a reader who wants to read is worth more than a figure
            log.warning("a link that was followed could not be counted: %s", error)
