"""Looks at a story's page before its link is posted, once for all channels. Must not post, nor judge what is there.

::

    the page's address -> looked at already? -> look (page, picture, robots.txt) -> rules: go, wait, held
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from distributor.errors import ChannelError
from distributor.interfaces import Clock
from distributor.model import (
    Act,
    ChannelPolicy,
    Delivery,
    Image,
    Looked,
    PageFacts,
    Parcel,
    Receipt,
    Rendered,
    SubjectKind,
)
from distributor.rules.queue.holds import Wait
from distributor.rules.queue.preflight import is_fresh, missing, verdict, waits_for_nothing, was_let_go
from distributor.text.links import canonical

log = logging.getLogger(__name__)

#: Stories whose pages are looked at side by side.
_SIDES = 8


class Crawler(Protocol):
    """What looks at a page as a platform's crawler would (``sources.crawler.Crawler``)."""

    def look(self, url: str) -> PageFacts:
        """What the page shows; a failure is one of the facts."""
        ...


class PageBook(Protocol):
    """Where is kept what pages showed, and what waits for them (``store.ledger.preflights.Preflights``)."""

    def address(self, story: int) -> str:
        """The address of a story's page; empty where there is none."""
        ...

    def find(self, story: int, url: str) -> Looked | None:
        """What is known of a story's page at an address."""
        ...

    def keep(self, story: int, url: str, facts: PageFacts, now: datetime) -> Looked:
        """Write one more look."""
        ...

    def waited(self, delivery: int) -> tuple[datetime | None] | None:
        """Until when a post was to wait for its page; None: it never was."""
        ...

    def note(self, entry: Delivery, lacks: str, wait: Wait | None, now: datetime) -> None:
        """Write what a post's page lacks, and until when it waits for that, if it does."""
        ...


class Surveyor:
    """Looks at pages, each once for all channels that want to know."""

    def __init__(self, crawler: Crawler, book: PageBook) -> None:
        """Contacts nobody yet."""
        self._crawler = crawler
        self._book = book
        self._locks = tuple(threading.Lock() for _ in range(_SIDES))

    def look(self, story: int, url: str, clock: Clock) -> Looked:
        """What is known of a story's page, looked at again where that is old."""
        with self._locks[story % _SIDES]:
            known = self._book.find(story, url)
            if known is not None and is_fresh(known, url, clock.now()):
                return known
            return self._book.keep(story, url, self._crawler.look(url), clock.now())


class Preflight:
    """Lets the posts of one channel wait until their pages are ready."""

    def __init__(
        self, surveyor: Surveyor, book: PageBook, *, policy: ChannelPolicy, crawler: str, clock: Clock
    ) -> None:
        """``crawler`` is the name under which the platform's own comes to pages; may be empty."""
        self._surveyor = surveyor
        self._book = book
        self._policy = policy
        self._crawler = crawler
        self._clock = clock

    def ready(self, entry: Delivery, rendered: Rendered) -> Rendered | Wait:
        """The post, or what it waits for."""
        is_post = entry.act is Act.POST and entry.subject_kind is SubjectKind.STORY and rendered.message.link
        if not is_post or waits_for_nothing(entry) or not (url := self._book.address(entry.subject_id)):
            return rendered
        waited = self._book.waited(entry.id)
        if waited is not None and was_let_go(waited[0], self._clock.now()):
            return rendered
        known = self._surveyor.look(entry.subject_id, url, self._clock)
        image = rendered.message.image
        lacks = missing(known.facts, url, crawler=self._crawler, shows_picture=image is not None)
        wait = verdict(lacks, known, self._policy, self._clock.now())
        if lacks or waited is not None:
            self._book.note(entry, "; ".join(lacks), wait, self._clock.now())
        if lacks and wait is None:
            log.warning("channel %s: delivery %d: %s", entry.channel, entry.id, "; ".join(lacks))
        return wait or _described(rendered, image, known.facts)

    def answered(self, entry: Delivery, parcel: Parcel, answer: Receipt | ChannelError) -> None:
        """A post's answer says nothing of its page."""


def _described(rendered: Rendered, image: Image | None, facts: PageFacts) -> Rendered:
    """The post with the page's own words for its picture, where the feed has none for it."""
    if image is None or image.alt or not facts.image_alt or canonical(facts.image) != canonical(image.url):
        return rendered
    return replace(rendered, message=replace(rendered.message, image=replace(image, alt=facts.image_alt)))
