"""The REST API of a WordPress as a source: the posts of the last days, whole pages of them. Must not parse here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from distributor.interfaces import Fetched, Validators
from distributor.model import Article
from distributor.net import Answer
from distributor.net.caching import fresh_for
from distributor.sources import Opening, SourceKind
from distributor.sources.own.asking import conditions, digest, fetched_of, parsed_many, told, validators_of
from distributor.sources.own.options import ADDRESS, require, require_address

#: The API's own limit of posts in one answer.
PER_PAGE: Final = 100
#: Answers of one reading: five hundred posts in the window are more than any newsroom makes.
MOST_PAGES: Final = 5
_ACCEPT: Final = "application/json, */*;q=0.5"


class WordPressSource:
    """The posts of a WordPress, by ``after`` and with what belongs to them (``_embed``)."""

    def __init__(self, opening: Opening, url: str, *, window: timedelta) -> None:
        """``url`` is the site's or the API's; posts of the last ``window`` are asked for, so that edits are seen."""
        self.name = opening.name
        #: what was left out or looked wrong at the last reading
        self.warnings: tuple[str, ...] = ()
        #: how long the server said that the first answer stays as it is
        self.rest = timedelta(0)
        self._opening = replace(opening, reading=replace(opening.reading, kind="wordpress"))
        self._url = posts_address(url)
        self._window = window

    def fetch(self, validators: Validators) -> Fetched | None:
        """All posts of the window, newest first, or None when they are as they were. Raises FetchError."""
        self.rest = timedelta(0)
        # the full hour, so that one address is asked for an hour and can be vouched for
        after = (self._opening.clock.now() - self._window).replace(minute=0, second=0, microsecond=0)
        first = self._opening.fetcher.get(self._page(after.isoformat(), 1), headers=conditions(validators, _ACCEPT))
        self.rest = fresh_for(first.headers)
        if first.status == 304:
            return None
        pages = [first]
        for number in range(2, min(_whole(first.headers, "x-wp-totalpages"), MOST_PAGES) + 1):
            headers = {"accept": _ACCEPT}
            pages.append(self._opening.fetcher.get(self._page(after.isoformat(), number), headers=headers))
        found = _validators(pages)
        if found.body_hash == validators.body_hash:
            return None
        parts = tuple(fetched_of(page) for page in pages)
        return replace(parts[0], body=b"" if len(parts) > 1 else parts[0].body, validators=found, parts=parts)

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles, newest first. Raises ParseError."""
        parsed = parsed_many(self._opening.guard, fetched.parts or (fetched,), lambda _: self._opening.reading)
        self.warnings = parsed.warnings
        return told(self.name, parsed)

    def _page(self, after: str, number: int) -> str:
        """The address of one answer."""
        asked = {"after": after, "orderby": "date", "order": "desc", "per_page": str(PER_PAGE), "_embed": "1"}
        return _with(self._url, asked | ({"page": str(number)} if number > 1 else {}))


def _validators(pages: Sequence[Answer]) -> Validators:
    """Those of one answer; several are told by what they hold alone."""
    found = validators_of(pages[0])
    return found if len(pages) == 1 else Validators(body_hash=digest(page.body for page in pages))


def _whole(headers: Mapping[str, str], name: str) -> int:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def posts_address(url: str) -> str:
    """Where a site's posts are: ``https://site/`` becomes ``https://site/wp-json/wp/v2/posts``."""
    parts = urlsplit(url)
    if "rest_route=" in parts.query or "/wp/v2/" in parts.path:
        return url
    path = parts.path.rstrip("/").removesuffix("/wp-json")
    return urlunsplit(parts._replace(path=f"{path}/wp-json/wp/v2/posts"))


def _with(url: str, asked: Mapping[str, str]) -> str:
    """The address with these parameters, beside its own (``?categories=5``)."""
    parts = urlsplit(url)
    own = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in asked]
    return urlunsplit(parts._replace(query=urlencode([*own, *asked.items()])))


@dataclass(frozen=True, kw_only=True)
class WordPressOptions:
    """The keys of a WordPress."""

    #: of the site, or of its posts (``.../wp-json/wp/v2/posts?categories=5``); may hold a password
    url: str = field(repr=False, metadata=ADDRESS)
    #: posts of the last so many hours are read again and again, so that their edits are seen
    hours: int = 48

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        require_address(self.url)
        require(holds=1 <= self.hours <= 720, sentence="hours: expected a number from 1 to 720")


def _open(opening: Opening, options: WordPressOptions) -> WordPressSource:
    return WordPressSource(opening, options.url, window=timedelta(hours=options.hours))


WORDPRESS: Final = SourceKind(options=WordPressOptions, open=_open)
