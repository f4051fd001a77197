"""RSS, RDF and Atom feeds as a source of articles. Must not parse in this process and must not remember what it saw."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Protocol

from distributor.interfaces import Fetched, Validators
from distributor.model import Article
from distributor.net import Answer, Fetcher
from distributor.net.caching import fresh_for
from distributor.sources.parsed import Parsed, Reading

_log = logging.getLogger(__name__)
#: what a feed may be served as; anything is taken in the end
_ACCEPT: Final = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


class Parser(Protocol):
    """What reads a document; the shipped one is ``guard.Guard``."""

    def parse(self, body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
        """The document's articles. Raises ParseError."""
        ...


class FeedSource:
    """One feed, asked politely: nothing is transferred twice that the server can vouch for (RFC 9110 section 13)."""

    def __init__(
        self,
        name: str,
        url: str,
        *,
        fetcher: Fetcher,
        guard: Parser,
        category: str = "",
        language: str = "",
        agencies: tuple[str, ...] = (),
    ) -> None:
        """Keep what is needed; nothing is contacted. ``name`` is the key of ``[feeds.NAME]``."""
        self.name = name
        #: what was left out or looked wrong in the document that was parsed last
        self.warnings: tuple[str, ...] = ()
        #: how long the server said at the last fetch that the document stays as it is
        self.rest = timedelta(0)
        self._url = url
        self._fetcher = fetcher
        self._guard = guard
        self._reading = Reading(feed=name, category=category, language=language, agencies=agencies)

    def fetch(self, validators: Validators) -> Fetched | None:
        """The document, or None when the server or the body's hash says that nothing changed. Raises FetchError."""
        self.rest = timedelta(0)
        answer = self._fetcher.get(self._url, headers=_conditions(validators))
        self.rest = fresh_for(answer.headers)
        if answer.status == 304:
            return None
        found = _validators(answer)
        if found.body_hash == validators.body_hash:
            return None
        kind = answer.headers.get("content-type", "")
        return Fetched(body=answer.body, url=answer.url, content_type=kind, validators=found)

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles, in the feed's order; ``warnings`` and the log say what was left out. Raises ParseError."""
        parsed = self._guard.parse(fetched.body, fetched.url, fetched.content_type, self._reading)
        self.warnings = parsed.warnings
        for warning in parsed.warnings:
            _log.warning("feed %s: %s", self.name, warning)
        return parsed.articles


def _conditions(validators: Validators) -> dict[str, str]:
    """The request fields that ask "anything new?"."""
    fields = {"accept": _ACCEPT}
    if validators.etag:
        fields["if-none-match"] = validators.etag
    if validators.modified:
        fields["if-modified-since"] = validators.modified
    return fields


def _validators(answer: Answer) -> Validators:
    """What to ask with the next time."""
    return Validators(
        etag=answer.headers.get("etag", ""),
        modified=answer.headers.get("last-modified", ""),
        body_hash=hashlib.sha256(answer.body).hexdigest(),
    )
