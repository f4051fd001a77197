"""A page looked at as the crawler of a platform would: its head, the picture of its card, the site's robots.txt.
Must not judge what is missing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from distributor.errors import FetchError, ParseError
from distributor.model import PageFacts
from distributor.net import Answer
from distributor.text.meta import Meta

#: seconds for a page, its picture and its site's rules, each
PATIENCE: Final = 8.0
#: how long a site's rules are believed, seconds
_RULES_LAST: Final = 3600.0
#: bytes of a site's rules that are read (RFC 9309 section 2.5 asks for 500 KiB at least)
_MOST_RULES: Final = 512 << 10


class Fetching(Protocol):
    """What fetches a document; the shipped one is ``net.Fetcher.get``."""

    def __call__(self, url: str, *, headers: Mapping[str, str], deadline: float) -> Answer:
        """The document. Raises FetchError."""
        ...


class Reader(Protocol):
    """What reads a page behind a wall; the shipped one is ``guard.Guard``."""

    def look(self, body: bytes, url: str, content_type: str = "") -> Meta:
        """What a page says of itself. Raises ParseError."""
        ...


class Crawler:
    """Looks at pages; safe to share between threads."""

    def __init__(
        self,
        fetch: Fetching,
        reader: Reader,
        measures: Callable[[str], tuple[int, int]] | None,
        *,
        names: Sequence[str] = (),
    ) -> None:
        """``measures`` gives a picture's; without it only is known whether it can be had. ``names`` are of crawlers."""
        self._fetch = fetch
        self._reader = reader
        self._measures = measures
        self._names = tuple(dict.fromkeys(name for name in names if name))
        self._lock = threading.Lock()
        self._rules: dict[str, tuple[float, RobotFileParser]] = {}

    def look(self, url: str) -> PageFacts:
        """What the page shows; a failure is one of the facts."""
        try:
            answer = self._fetch(url, headers={"accept": "text/html, */*;q=0.1"}, deadline=PATIENCE)
            meta = self._reader.look(answer.body, answer.url, answer.headers.get("content-type", ""))
        except (FetchError, ParseError) as error:
            return PageFacts(problem=str(error))
        image = meta.first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
        facts = PageFacts(
            title=meta.first("og:title", "twitter:title") or meta.title,
            card=meta.first("twitter:card"),
            canonical=meta.canonical or meta.first("og:url"),
            image=image,
            image_alt=meta.first("og:image:alt", "twitter:image:alt"),
            forbidden=tuple(name for name in self._names if not self._may(name, answer.url)),
        )
        return self._with_picture(facts) if image else facts

    def _with_picture(self, facts: PageFacts) -> PageFacts:
        try:
            if self._measures is not None:
                width, height = self._measures(facts.image)
                return replace(facts, width=width, height=height)
            self._fetch(facts.image, headers={"accept": "image/*"}, deadline=PATIENCE)
        except (FetchError, ParseError) as error:
            return replace(facts, image_problem=str(error))
        return facts

    def _may(self, name: str, url: str) -> bool:
        """Whether a crawler may look at a page; a site without rules forbids nothing (RFC 9309 section 2.3.1.3)."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}/"
        with self._lock:
            known = self._rules.get(site)
            if known is None or time.monotonic() - known[0] > _RULES_LAST:
                known = self._rules[site] = time.monotonic(), self._read_rules(site)
        return known[1].can_fetch(name, url)

    def _read_rules(self, site: str) -> RobotFileParser:
        rules = RobotFileParser()
        try:
            body = self._fetch(urljoin(site, "robots.txt"), headers={"accept": "text/plain"}, deadline=PATIENCE).body
        except FetchError:
            body = b""
        rules.parse(body[:_MOST_RULES].decode("utf-8", "replace").splitlines())
        return rules
