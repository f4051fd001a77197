"""Looks at the pages of published stories again, and withdraws a story whose page is gone. Must not follow a redirect,
nor believe a single answer.

::

    pages of stories that readers have -> due? -> fetch -> not 404, 410       -> it stands
                                                        -> gone once          -> looked at again
                                                        -> gone twice         -> do others stand? -> withdrawn
                                                                                                  -> an alert
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from distributor.errors import FetchError
from distributor.interfaces import Clock
from distributor.model import Change, DeliveryIntent
from distributor.rules.change.amending import withdrawn
from distributor.rules.change.background import Background
from distributor.rules.change.following import Outlet
from distributor.rules.change.planning import taken_back
from distributor.rules.story.pages import GONE, Page, is_due, is_gone_for_good, is_site_in_trouble, probes

#: Most pages that one run looks at; the others are looked at by the next.
MOST = 20
#: Who took a story back whose page is gone.
BY_PAGE = "a look at its page"

log = logging.getLogger(__name__)


class PageBook(Protocol):
    """Where published stories and the looks at their pages stand."""

    def pages(self, feed: str, since: datetime) -> Sequence[Page]:
        """The pages of a feed's stories that readers have, those looked at longest ago first."""
        ...

    def looked(self, page: Page, *, gone: bool, now: datetime) -> None:
        """Remember a look."""
        ...

    def revise(
        self,
        reviser: Callable[[Background], tuple[Change, Sequence[DeliveryIntent]] | None],
        *,
        through: str,
        now: datetime,
    ) -> Change | None:
        """Write a revision."""
        ...


class Bell(Protocol):
    """Whoever tells somebody."""

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know."""
        ...

    def recover(self, key: str, text: str, *, now: datetime) -> bool:
        """It is over."""
        ...

    def announce(self, key: str, text: str, *, hint: str, now: datetime) -> bool:
        """Tell something that is no trouble."""
        ...


class Rechecker:
    """Looks at one feed's pages."""

    def __init__(
        self,
        feed: str,
        look: Callable[[str], object],
        book: PageBook,
        bell: Bell,
        *,
        lasts: timedelta,
        outlets: Mapping[str, Outlet],
        clock: Clock,
    ) -> None:
        """``look`` fetches an address without following redirects (raises FetchError); ``lasts``: for how long."""
        self.feed = feed
        self._look = look
        self._book = book
        self._bell = bell
        self._lasts = lasts
        self._outlets = outlets
        self._clock = clock

    def run_once(self) -> int:
        """Look at the pages whose time has come; how many stories were withdrawn."""
        now = self._clock.now()
        pages = self._book.pages(self.feed, now - self._lasts)
        due = [page for page in pages if is_due(page, now)][:MOST]
        looks = [(page, self._is_gone(page.url)) for page in due]
        for page, is_gone in looks:
            self._book.looked(page, gone=is_gone, now=self._clock.now())
        gone = [page for page, is_gone in looks if is_gone and is_gone_for_good(page, now)]
        if gone and is_site_in_trouble(gone, [self._is_gone(url) for url in probes(gone, pages)]):
            self._complain(gone, now)
            return 0
        if len(gone) < len(looks):
            self._bell.recover(self._key, f"pages of the feed {self.feed} can be read", now=now)
        return sum(self._withdrawn(page, now) for page in gone)

    @property
    def _key(self) -> str:
        return f"pages:{self.feed}"

    def _complain(self, gone: Sequence[Page], now: datetime) -> None:
        text = f"pages of the feed {self.feed} are not found any more ({gone[0].url}, {len(gone)} in all)"
        hint = "does the site stand? distributor withdraw URL takes a story back"
        self._bell.raise_alert(self._key, f"{text}; no story is withdrawn for it", hint=hint, now=now)

    def _is_gone(self, url: str) -> bool:
        try:
            self._look(url)
        except FetchError as error:
            return error.status in GONE
        return False

    def _withdrawn(self, page: Page, now: datetime) -> bool:
        words = []

        def reviser(past: Background) -> tuple[Change, Sequence[DeliveryIntent]] | None:
            reason = "its page is gone: it answered 404 or 410, twice"
            made = withdrawn(past, page.story_id, self._outlets, who=BY_PAGE, reason=reason, now=now)
            if made is not None:
                words.append(taken_back(*made, past.mailed(page.story_id)))
            return made

        self._book.revise(reviser, through="page check", now=now)
        for word in words:
            log.warning("%s", word.text)
            self._bell.announce(word.key, word.text, hint=word.hint, now=now)
        return bool(words)
