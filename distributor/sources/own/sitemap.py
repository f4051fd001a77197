"""Google's news sitemaps as a source: one sitemap, or an index of several. Must not parse in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from distributor.errors import FetchError
from distributor.interfaces import Fetched, Validators
from distributor.model import Article
from distributor.net.caching import fresh_for
from distributor.sources import Opening, SourceKind
from distributor.sources.own.asking import (
    Memory,
    conditions,
    fetched_of,
    parsed_many,
    parsed_one,
    told,
    validators_of,
)
from distributor.sources.own.options import ADDRESS, require_address, require_between
from distributor.sources.parsed import Lead

_ACCEPT: Final = "application/xml, text/xml;q=0.9, */*;q=0.5"
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class SitemapSource:
    """A news sitemap; of an index those sitemaps that changed last.

    ::

        index -> sitemaps, newest first -> "anything new?" each -> those that changed -> articles
    """

    def __init__(self, opening: Opening, url: str, *, most: int) -> None:
        """Keep what is needed; nothing is contacted. ``most`` sitemaps of an index are read."""
        self.name = opening.name
        #: what was left out or looked wrong at the last reading
        self.warnings: tuple[str, ...] = ()
        #: how long the server said that the first document stays as it is
        self.rest = timedelta(0)
        self._opening = replace(opening, reading=replace(opening.reading, kind="sitemap"))
        self._url = url
        self._most = most
        self._memory = Memory()

    def fetch(self, validators: Validators) -> Fetched | None:
        """The sitemap, or what changed of an index; None when nothing did. Raises FetchError, ParseError."""
        self.rest = timedelta(0)
        answer = self._opening.fetcher.get(self._url, headers=conditions(validators, _ACCEPT))
        self.rest = fresh_for(answer.headers)
        found = validators_of(answer)
        if answer.status == 304 or found.body_hash == validators.body_hash:
            return None
        document = fetched_of(answer, found)
        listing = self._opening.guard.leads(document.body, document.url, document.content_type, self._opening.reading)
        if listing.kind != "sitemap index":
            return document
        self.rest = timedelta(0)  # the index may rest while its sitemaps do not
        return self._changed(document, chosen(listing.leads, self._most), validators)

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles, in the order of the sitemaps. Raises ParseError."""
        guard, reading = self._opening.guard, self._opening.reading
        if fetched.parts:
            parsed = parsed_many(guard, fetched.parts, lambda _: reading)
        else:
            parsed = parsed_one(guard, fetched, reading)
        self.warnings = parsed.warnings
        return told(self.name, parsed)

    def _changed(self, index: Fetched, leads: Sequence[Lead], validators: Validators) -> Fetched | None:
        """The sitemaps of an index that changed since they were read. Raises FetchError where none can be had."""
        memory = self._memory.recall(validators)
        parts, failures = [], []
        for lead in leads:
            etag, _, rest = memory.get(lead.url, "\t\t").partition("\t")
            modified, _, body_hash = rest.partition("\t")
            known = Validators(etag=etag, modified=modified, body_hash=body_hash)
            try:
                answer = self._opening.fetcher.get(lead.url, headers=conditions(known, _ACCEPT))
            except FetchError as error:
                failures.append(error)
                continue
            found = validators_of(answer)
            if answer.status != 304 and found.body_hash != body_hash:
                memory[lead.url] = f"{found.etag}\t{found.modified}\t{found.body_hash}"
                parts.append(fetched_of(answer, found))
        if failures and len(failures) == len(leads):
            raise failures[0]
        if not parts:
            return None
        return replace(index, body=b"", validators=self._memory.propose(memory), parts=tuple(parts))


def chosen(leads: Sequence[Lead], most: int) -> Sequence[Lead]:
    """Of an index's sitemaps those most likely to hold today's news: named for news first, then changed last."""
    ranked = sorted(
        leads, key=lambda lead: ("news" in urlsplit(lead.url).path.lower(), lead.changed or _LONG_AGO), reverse=True
    )
    return ranked[:most]


@dataclass(frozen=True, kw_only=True)
class SitemapOptions:
    """The keys of a news sitemap."""

    #: of the sitemap or of an index; may hold a password
    url: str = field(repr=False, metadata=ADDRESS)
    #: most sitemaps of an index that are read
    most: int = 3

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        require_address(self.url)
        require_between(self.most, "most", 1, 50)


def _open(opening: Opening, options: SitemapOptions) -> SitemapSource:
    return SitemapSource(opening, options.url, most=options.most)


SITEMAP: Final = SourceKind(options=SitemapOptions, open=_open)
