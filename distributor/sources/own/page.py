"""A listing page without any feed as a source: its links, then the page of each new story. Must not parse here.

::

    listing -> links (pattern, selector, or found) -> not read yet? -> page -> article
                                                   -> young and due? -> "anything new?" -> article
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from distributor.errors import FetchError
from distributor.interfaces import Fetched, Validators
from distributor.model import Article
from distributor.net.caching import fresh_for
from distributor.rules.story.pages import Page, is_due
from distributor.sources import Opening, SourceKind
from distributor.sources.own.asking import Memory, conditions, fetched_of, parsed_many, told, validators_of
from distributor.sources.own.options import ADDRESS, require, require_address, require_between, require_expression
from distributor.sources.parsed import Lead, Listing, Parsed, Reading
from distributor.text.links import canonical

_log = logging.getLogger(__name__)
_ACCEPT: Final = "text/html, application/xhtml+xml, */*;q=0.5"
#: A page that could not be read so often is not asked for any more until the next start.
_MOST_FAILURES: Final = 5
#: One reading fetches pages for no longer; what is left is read the next time.
LONGEST: Final = timedelta(minutes=1)
#: Pages that left the listing and are remembered still: one that comes back is nothing new.
_MOST_GONE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is remembered of a page that was read."""

    first_at: datetime
    last_at: datetime
    validators: Validators

    def line(self) -> str:
        parts = (self.first_at.isoformat(), self.last_at.isoformat())
        return "\t".join((*parts, self.validators.etag, self.validators.modified, self.validators.body_hash))

    @classmethod
    def of(cls, line: str) -> _Look:
        first, last, etag, modified, body_hash = line.split("\t")
        found = Validators(etag=etag, modified=modified, body_hash=body_hash)
        return cls(first_at=datetime.fromisoformat(first), last_at=datetime.fromisoformat(last), validators=found)


class PageSource:
    """A page that lists stories."""

    def __init__(self, opening: Opening, url: str, *, most: int, reread: timedelta, options: Mapping[str, Any]) -> None:
        """The first ``most`` links count; a page is looked at again for ``reread`` after it was first read.

        ``options`` are what the readers of the listing and of the pages are told.
        """
        self.name = opening.name
        #: what was left out or looked wrong at the last reading
        self.warnings: tuple[str, ...] = ()
        #: how long the server said that the listing stays as it is
        self.rest = timedelta(0)
        self._opening = replace(opening, reading=replace(opening.reading, kind="page", options=dict(options)))
        self._url = url
        self._most = most
        self._reread = reread
        self._memory = Memory()
        self._listing: Listing | None = None
        self._listed = Validators()
        self._body = b""
        self._failures: dict[str, int] = {}

    def fetch(self, validators: Validators) -> Fetched | None:
        """The pages that are new or changed; None when none is. Raises FetchError, ParseError.

        At a feed's first reading the listing itself comes, too, so that stories whose pages cannot be read then are
        known all the same, and are no news later.
        """
        listing = self._look()
        seen = self._memory.recall(validators)
        is_first = validators == Validators()
        leads = {canonical(lead.url): lead for lead in listing.leads}
        for name in list(leads)[self._most :]:
            if name not in seen:  # behind the first ones when it was first seen: never read
                seen[name] = ""
                self._memory.note(name, "")
        parts = self._read(leads, seen)
        if not parts and not is_first:
            return None
        body = self._body if is_first else b""
        gone = [name for name in seen if name not in leads][:-_MOST_GONE]
        found = self._memory.propose({name: line for name, line in seen.items() if name not in gone})
        return Fetched(body=body, url=self._url, content_type="text/html", validators=found, parts=tuple(parts))

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles, in the order of the listing. Raises ParseError."""
        guard, reading = self._opening.guard, self._opening.reading
        parsed = Parsed(kind="listing page")
        if fetched.parts:
            parsed = parsed_many(guard, fetched.parts, lambda part: _for_page(reading, part))
        articles = parsed.articles
        if fetched.body:
            listing = guard.leads(fetched.body, fetched.url, fetched.content_type, reading)
            read = {article.guid for article in articles}
            bare = (self._bare(lead) for lead in listing.leads)
            articles = (*articles, *(one for one in bare if one is not None and one.guid not in read))
        self.warnings = parsed.warnings
        return told(self.name, replace(parsed, articles=articles))

    def _look(self) -> Listing:
        """The listing as it is now. Raises FetchError, ParseError."""
        self.rest = timedelta(0)
        known = self._listed if self._listing is not None else Validators()
        answer = self._opening.fetcher.get(self._url, headers=conditions(known, _ACCEPT))
        self.rest = fresh_for(answer.headers)
        found = validators_of(answer)
        if self._listing is None or (answer.status != 304 and found.body_hash != known.body_hash):
            kind = answer.headers.get("content-type", "")
            self._listing = self._opening.guard.leads(answer.body, answer.url, kind, self._opening.reading)
            self._listed, self._body = found, answer.body
            if not self._listing.leads:
                raise FetchError("the page lists no stories that could be found; give links or pattern")
        return self._listing

    def _read(self, leads: Mapping[str, Lead], seen: dict[str, str]) -> list[Fetched]:
        """The pages that are new or changed, written down in ``seen``. Raises FetchError where all failed."""
        parts: list[Fetched] = []
        failures: list[FetchError] = []
        now = self._opening.clock.now()
        for name, lead in leads.items():
            if self._opening.clock.now() - now > LONGEST:
                break
            look = _Look.of(seen[name]) if seen.get(name) else None
            if name in seen and (look is None or not self._is_due(lead, look, now)):
                continue
            if self._failures.get(name, 0) >= _MOST_FAILURES:
                continue
            try:
                part = self._page(lead, look.validators if look else Validators())
            except FetchError as error:
                failures.append(error)
                self._failures[name] = self._failures.get(name, 0) + 1
                _log.warning("feed %s: %s: %s", self.name, lead.url, error)
                continue
            self._failures.pop(name, None)
            kept = part.validators if part else look.validators if look else Validators()
            seen[name] = _Look(first_at=look.first_at if look else now, last_at=now, validators=kept).line()
            if part is not None:
                parts.append(part)
            else:
                self._memory.note(name, seen[name])
        if failures and not parts and len(failures) > len(leads) // 2:
            raise failures[0]
        return parts

    def _is_due(self, lead: Lead, look: _Look, now: datetime) -> bool:
        """Whether a page that was read is looked at again: young ones more often."""
        page = Page(story_id=0, url=lead.url, first_seen_at=look.first_at, looked_at=look.last_at)
        return now - look.first_at < self._reread and is_due(page, now)

    def _page(self, lead: Lead, known: Validators) -> Fetched | None:
        """A story's page under the address that led to it; None when it is as it was. Raises FetchError."""
        answer = self._opening.fetcher.get(lead.url, headers=conditions(known, _ACCEPT))
        found = validators_of(answer)
        if answer.status == 304 or found.body_hash == known.body_hash:
            return None
        document = fetched_of(answer, found)
        # what the listing calls it stays its name, wherever the page says that it stands
        return replace(document, parts=(replace(document, body=b"", url=lead.url),))

    def _bare(self, lead: Lead) -> Article | None:
        """A story of which only the listing tells."""
        reading = self._opening.reading
        if not lead.text:
            return None
        categories = (reading.category,) if reading.category else ()
        name = canonical(lead.url)
        return Article(
            feed=reading.feed,
            guid=name,
            url=lead.url,
            headline=lead.text,
            categories=categories,
            language=reading.language,
        )


def _for_page(reading: Reading, part: Fetched) -> Reading:
    """How one page is read: its story is known by the address that led to it."""
    return replace(reading, options={**reading.options, "address": canonical(part.parts[0].url)})


@dataclass(frozen=True, kw_only=True)
class PageOptions:
    """The keys of a listing page: how its links are found, then what stands where on an article's page."""

    #: of the listing; may hold a password
    url: str = field(repr=False, metadata=ADDRESS)
    #: CSS selector of the links, or of what holds them; empty: found automatically
    links: str = ""
    #: regular expression that the address of a story fits; empty: any
    pattern: str = ""
    #: links of the listing that count
    most: int = 40
    #: for how many hours after it was first read a page is looked at again
    reread: int = 6
    #: CSS selectors on the article's page; empty: what the page says of itself
    headline: str = ""
    lead: str = ""
    body: str = ""
    #: inside of the body, what does not belong to it
    remove: str = ""
    time: str = ""
    section: str = ""
    byline: str = ""
    image: str = ""
    #: find the text without a selector (extra "extract")
    extract: bool = False

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        require_address(self.url)
        require_expression(self.pattern, "pattern")
        require_between(self.most, "most", 1, 200)
        require_between(self.reread, "reread", 0, 168)
        for key in ("links", *SELECTORS):
            if text := getattr(self, key):
                require(holds=_is_selector(text), sentence=f'{key}: expected a CSS selector such as ".news a"')


#: The keys that are selectors on an article's page.
SELECTORS: Final = ("headline", "lead", "body", "remove", "time", "section", "byline", "image")


def _is_selector(text: str) -> bool:
    from distributor.text.tree import is_selector

    return is_selector(text)


def _open(opening: Opening, options: PageOptions) -> PageSource:
    keys = ("links", "pattern", "extract", *SELECTORS)
    return PageSource(
        opening,
        options.url,
        most=options.most,
        reread=timedelta(hours=options.reread),
        options={key: getattr(options, key) for key in keys},
    )


PAGE: Final = SourceKind(options=PageOptions, open=_open)
