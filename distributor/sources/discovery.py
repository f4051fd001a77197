"""What a site offers to read: its documents are looked at, each through the guard. Must not guess: what is proposed was
read once and held stories.

::

    the address itself -> a document? -> that
                       -> a page -> link rel=alternate, WordPress' link, sitemaps of robots.txt, common paths
                                 -> the page's own listing
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from distributor.errors import FetchError, ParseError, SourceError
from distributor.net import Answer, Fetcher
from distributor.sources.guard import Guard
from distributor.sources.parsed import Parsed, Reading
from distributor.sources.sniff import is_page
from distributor.text.meta import Meta

#: Media types of links that lead to what can be read, and how it is.
_TYPES: Final = {
    "application/rss+xml": "feed",
    "application/atom+xml": "feed",
    "application/rdf+xml": "feed",
    "application/feed+json": "jsonfeed",
    "application/json": "jsonfeed",
}
#: Where feeds stand on sites that do not say so.
_COMMON: Final = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json", "/news-sitemap.xml")
#: How a kind that is detected is configured.
_KINDS: Final = (
    *(("RSS", "feed"), ("Atom", "feed"), ("CDF", "feed"), ("a feed", "feed"), ("JSON Feed", "jsonfeed")),
    *(("news sitemap", "sitemap"), ("sitemap index", "sitemap"), ("WordPress", "wordpress"), ("ninjs", "ninjs")),
)
#: Addresses of one site that are tried.
MOST: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that can be read."""

    #: the value of ``type``
    type: str
    url: str
    #: how it was found, in words
    how: str
    #: what it is, in words: ``RSS 2.0``
    kind: str
    #: how many stories it held
    stories: int
    #: of a listing: what the addresses of its stories fit
    pattern: str = ""
    #: the first headline, for people
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """Everything that was found at an address."""

    #: in the order in which it should be preferred
    findings: tuple[Finding, ...] = ()
    #: the document itself, where the address leads to one that is no page
    document: Parsed | None = None
    #: what was tried and came to nothing, one plain line each
    tried: tuple[str, ...] = ()
    #: the page of the first story of a listing, as it is read without any selector
    story: Parsed | None = None
    #: what that page lacks, and how it may be given, one plain line each
    hints: tuple[str, ...] = ()

    @property
    def best(self) -> Finding | None:
        """What should be configured; None where nothing was found."""
        return self.findings[0] if self.findings else None


def discover(url: str, fetcher: Fetcher, guard: Guard, *, quick: bool = False) -> Discovery:
    """What can be read at an address; ``quick`` ends at the first finding.

    Raises FetchError where the address itself cannot be fetched, ParseError where its document cannot be read.
    """
    answer = fetcher.get(url, headers={"accept": "*/*"})
    if not is_page(answer.body):
        parsed = guard.parse(answer.body, answer.url, _kind(answer), Reading(kind="auto"))
        return Discovery(findings=tuple(_of_document(answer.url, parsed, "the address itself")), document=parsed)
    look = _Look(fetcher, guard)
    page = guard.look(answer.body, answer.url, _kind(answer))
    found: list[Finding] = []
    for address, how in _candidates(answer, page, look):
        found += look.at(address, how)
        if quick and found:
            break
    listed = [] if quick and found else list(look.listing(answer))
    story, hints = (None, ()) if quick or not listed else look.story()
    return Discovery(findings=(*found, *listed), story=story, tried=tuple(look.tried), hints=hints)


class _Look:
    """Tries addresses, each once."""

    def __init__(self, fetcher: Fetcher, guard: Guard) -> None:
        self.tried: list[str] = []
        self._fetcher = fetcher
        self._guard = guard
        self._seen: set[str] = set()
        self._same: set[bytes] = set()
        self._first = ""

    def at(self, url: str, how: str) -> Sequence[Finding]:
        """What stands at an address; nothing where it was tried already."""
        if url in self._seen or len(self._seen) >= MOST:
            return ()
        self._seen.add(url)
        try:
            answer = self._fetcher.get(url, headers={"accept": "*/*"})
            if answer.body in self._same:  # many addresses lead to one feed
                return ()
            if is_page(answer.body):
                raise ParseError("a page, no feed")
            self._same.add(answer.body)
            return list(_of_document(url, self._guard.parse(answer.body, answer.url, _kind(answer), _AUTO), how))
        except SourceError as error:
            self.tried.append(f"{url}: {error}")
            return ()

    def text(self, url: str) -> str:
        """A small text such as robots.txt; empty where there is none."""
        try:
            return self._fetcher.get(url).body[:100_000].decode("utf-8", "replace")
        except FetchError as error:
            self.tried.append(f"{url}: {error}")
            return ""

    def listing(self, answer: Answer) -> Sequence[Finding]:
        """The page itself, where it lists stories."""
        try:
            found = self._guard.leads(answer.body, answer.url, _kind(answer), Reading(kind="page"))
        except ParseError as error:
            self.tried.append(f"{answer.url}: {error}")
            return ()
        if not found.leads:
            self.tried.append(f"{answer.url}: no links that read as headlines")
            return ()
        self._first = found.leads[0].url
        count = len(found.leads)
        how = "links of one shape that read as headlines"
        page = Finding(
            type="page",
            url=answer.url,
            how=how,
            kind="listing page",
            stories=count,
            pattern=found.pattern,
            example=found.leads[0].text,
        )
        return [page]

    def story(self) -> tuple[Parsed | None, tuple[str, ...]]:
        """The first story that the page lists, and what its own page does not say by itself."""
        try:
            answer = self._fetcher.get(self._first)
            found = self._guard.parse(answer.body, answer.url, _kind(answer), Reading(kind="page"))
        except SourceError as error:
            self.tried.append(f"{self._first}: {error}")
            return None, ()
        return found, tuple(_hints(found, self._guard.look(answer.body, answer.url, _kind(answer))))


def _hints(found: Parsed, page: Meta) -> Iterator[str]:
    """What an article's page lacks."""
    if any("article" in str(node.get("@type", "")).lower() for node in page.linked):
        yield "its stories tell of themselves by JSON-LD"
    article = next(iter(found.articles), None)
    if article is None or article.published is None:
        yield 'no time with a zone was found: zone = "Europe/Minsk" is that of the site, time = "..." a CSS selector'
    if article is None or not article.body:
        yield 'the text was not found: body = "..." is a CSS selector, or extract = true'


_AUTO: Final = Reading(kind="auto")


def _candidates(answer: Answer, page: Meta, look: _Look) -> Iterator[tuple[str, str]]:
    """Addresses that may hold stories, the most promising first."""
    for link in page.links:
        if (
            "alternate" in link.rel
            and link.type in _TYPES
            and "oembed" not in link.href
            and "/wp-json/" not in link.href
        ):
            yield link.href, 'link rel="alternate"'
    api = next((link.href for link in page.links if "https://api.w.org/" in link.rel), "") or _api(answer)
    if api:
        yield f"{api.rstrip('/')}/wp/v2/posts?_embed=1", "the link to WordPress' API"
    root = "{0.scheme}://{0.netloc}".format(urlsplit(answer.url))
    for line in look.text(f"{root}/robots.txt").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "sitemap":
            yield urljoin(root, value.strip()), "robots.txt"
    for path in _COMMON:
        yield f"{root}{path}", "a common path"


def _api(answer: Answer) -> str:
    """The address of WordPress' API as the answer's own Link field names it (RFC 8288)."""
    for part in answer.headers.get("link", "").split(","):
        if "api.w.org" in part and "<" in part:
            return urljoin(answer.url, part[part.index("<") + 1 :].partition(">")[0])
    return ""


def _of_document(url: str, parsed: Parsed, how: str) -> Iterator[Finding]:
    """A document as something to configure."""
    kind = next((own for name, own in _KINDS if parsed.kind.startswith(name)), "")
    if not kind or not (parsed.articles or parsed.kind == "sitemap index" or how == "the address itself"):
        return
    first = parsed.articles[0].headline if parsed.articles else ""
    count = len(parsed.articles)
    # WordPress' posts are asked for anew by its source, with what belongs to them
    address = url.partition("/wp/v2/")[0].removesuffix("/wp-json") + "/" if kind == "wordpress" else url
    yield Finding(type=kind, url=address, how=how, kind=parsed.kind, stories=count, example=first)


def _kind(answer: Answer) -> str:
    return answer.headers.get("content-type", "")
