"""What every source promises, whatever it reads: one suite, run by each of them against a loopback server."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from distributor.clock import SystemClock
from distributor.errors import FetchError, FetchRefused, ParseError, SourceError
from distributor.interfaces import Fetched, Source, Validators
from distributor.model import Article
from distributor.net import Fetcher
from distributor.sources import Opening, kinds
from distributor.sources.guard import Guard
from distributor.sources.parsed import Reading


@dataclass
class Newsroom:
    """A server whose next answer the test decides."""

    port: int = 0
    status: int = 200
    body: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/news"


@dataclass(frozen=True)
class Kind:
    """One kind of source: its type, a document it reads, and one that it must refuse."""

    type: str
    good: bytes
    content_type: str
    other: bytes
    #: what it says of the other one
    says: str = "not a feed"


RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><item><title>Bridge opens</title><link>/bridge</link>
<guid>n1</guid><pubDate>Mon, 30 Nov 2026 10:00:00 +0300</pubDate><description>It is long.</description></item>
<item><title>Second</title><link>/second</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>n1</id><title>Bridge opens</title><link href="/bridge"/>
<published>2026-11-30T07:00:00Z</published></entry>
<entry><id>n2</id><title>Second</title><link href="/second"/></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel/><item><title>Bridge opens</title><link>/bridge</link></item>
<item><title>Second</title><link>/second</link></item></rdf:RDF>"""
JSON_FEED = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [
{"id": "n1", "url": "/bridge", "title": "Bridge opens", "content_text": "It is long."},
{"id": "n2", "url": "/second", "title": "Second", "content_html": "<p>x</p>"}]}"""
SITEMAP = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>/bridge</loc><n:news><n:title>Bridge opens</n:title></n:news></url>
<url><loc>/second</loc><n:news><n:title>Second</n:title></n:news></url></urlset>"""
WORDPRESS = b"""[
{"id": 1, "link": "/bridge", "title": {"rendered": "Bridge opens"}, "content": {"rendered": "<p>x</p>"}},
{"id": 2, "link": "/second", "title": {"rendered": "Second"}, "content": {"rendered": "<p>x</p>"}}]"""
NINJS = b"""{"items": [
{"uri": "urn:n:1", "url": "http://127.0.0.1/bridge", "headline": "Bridge opens", "pubstatus": "usable"},
{"uri": "urn:n:2", "url": "http://127.0.0.1/second", "headline": "Second", "pubstatus": "usable"}]}"""
HTML = b"<html><title>Not here</title></html>"
KINDS = {
    "rss": Kind("feed", RSS, "application/rss+xml", HTML),
    "atom": Kind("feed", ATOM, "application/atom+xml", b'{"version": 1}'),
    "rdf": Kind("feed", RDF, "text/xml", b""),
    "jsonfeed": Kind("jsonfeed", JSON_FEED, "application/feed+json", HTML),
    "sitemap": Kind("sitemap", SITEMAP, "application/xml", b"<rss><channel/></rss>"),
    "wordpress": Kind("wordpress", WORDPRESS, "application/json", b'{"version": 1}'),
    "ninjs": Kind("ninjs", NINJS, "application/json", b'[{"a": 1}]'),
    "auto": Kind("auto", RSS, "application/rss+xml", b"%PDF-1.7"),
}
#: What an attacker, a broken disk or a tired system sends, whatever was asked for.
BAD = {
    "empty": b"",
    "spaces": b" \n ",
    "binary": bytes(range(256)) * 40,
    "a ZIP": b"PK\x03\x04" + b"\0" * 100,
    "gzip that breaks off": gzip.compress(RSS)[:40],
    "a bomb": gzip.compress(b"\0" * (80 << 20)),
    "deep XML": b"<a>" * 3_000,
    "deep JSON": b"[" * 200_000,
    "deep HTML": b"<!doctype html>" + b"<div>" * 50_000,
    "entities": b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1) if n else b"&a;") * 10) for n in range(9))
    + b"]><rss><channel><item><title>&a8;</title></item></channel></rss>",
    "a file of ours": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>',
    "wrong encoding": "\u043c\u043e\u0441\u0442 ".encode("cp1251") * 200,
    "halves": '["\ud800"]'.encode("utf-8", "surrogatepass"),
    "numbers": b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": ' + b"9" * 10_000 + b', "url": 3}]}',
    "wrong shapes": b'{"version": "https://jsonfeed.org/version/1", "items": [null, 1, [], {"url": {}, "tags": 1}]}',
}


def open_source(kind: Kind, url: str, fetcher: Fetcher, guard: Guard) -> Source:
    """A source as a configuration opens it."""
    shape = kinds()[kind.type]
    reading = Reading(feed="world", category="World", language="en", agencies=("BelTA",))
    opening = Opening(name="world", fetcher=fetcher, guard=guard, clock=SystemClock(), reading=reading)
    return shape.open(opening, shape.options(url=url))


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    found = Guard(seconds=5)
    yield found
    found.close()


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    room = Newsroom()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            room.asked.append({name.lower(): value for name, value in self.headers.items()})
            asked = room.asked[-1]
            etag, modified = room.fields.get("ETag"), room.fields.get("Last-Modified")
            same = (etag and asked.get("if-none-match") == etag) or (
                modified and not etag and asked.get("if-modified-since") == modified
            )
            self.send_response(304 if same else room.status)
            for name, value in room.fields.items():
                self.send_header(name, value)
            self.end_headers()
            if not same:
                self.wfile.write(room.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    room.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield room
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest, newsroom: Newsroom) -> Kind:
    found = KINDS[request.param]
    newsroom.body, newsroom.fields = found.good, {"Content-Type": found.content_type}
    return found


@pytest.fixture
def source(kind: Kind, newsroom: Newsroom, guard: Guard) -> Source:
    fetcher = Fetcher(user_agent="test", allow=(f"127.0.0.1:{newsroom.port}",), timeout=5)
    return open_source(kind, newsroom.url, fetcher, guard)


def fetched(source: Source, validators: Validators | None = None) -> Fetched:
    found = source.fetch(validators or Validators())
    assert found is not None
    return found


def test_a_document_comes_as_it_is_with_what_to_ask_the_next_time(
    source: Source, kind: Kind, newsroom: Newsroom
) -> None:
    newsroom.fields |= {"ETag": '"1"', "Last-Modified": "Mon, 30 Nov 2026 07:00:00 GMT"}
    found = fetched(source)
    assert (found.body, found.content_type) == (kind.good, kind.content_type)
    assert found.url.startswith(newsroom.url)  # WordPress asks below the site's address
    assert (found.validators.etag, found.validators.modified) == ('"1"', "Mon, 30 Nov 2026 07:00:00 GMT")


@pytest.mark.parametrize("fields", [{"ETag": '"1"'}, {"Last-Modified": "Mon, 30 Nov 2026 07:00:00 GMT"}, {}])
def test_nothing_new_is_none_whatever_the_server_can_vouch_for(
    source: Source, newsroom: Newsroom, fields: dict[str, str]
) -> None:
    newsroom.fields |= fields
    first = fetched(source)
    assert source.fetch(first.validators) is None
    newsroom.body += b"\n"
    newsroom.fields = {name: value.replace("1", "2").replace("07", "08") for name, value in newsroom.fields.items()}
    assert fetched(source, first.validators).body == newsroom.body


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503])
def test_an_error_of_the_server_is_a_fetch_error_with_its_status(
    source: Source, newsroom: Newsroom, status: int
) -> None:
    newsroom.status = status
    newsroom.fields["Retry-After"] = "90"
    with pytest.raises(FetchError, match=f"answered {status}") as caught:
        source.fetch(Validators())
    assert caught.value.status == status
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 90


@pytest.mark.parametrize("name", sorted(BAD))
def test_whatever_comes_is_read_or_refused_in_one_plain_line(source: Source, newsroom: Newsroom, name: str) -> None:
    newsroom.body = BAD[name]
    try:
        found = source.fetch(Validators())
        articles: Sequence[Article] = source.parse(found) if found is not None else ()
    except SourceError as error:
        told, articles = str(error), ()
    else:
        told = ""
    assert "\n" not in told
    assert all(article.url.startswith("http") and article.headline for article in articles)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
def test_what_breaks_off_is_read_as_far_as_it_is_whole(
    source: Source, kind: Kind, newsroom: Newsroom, part: float
) -> None:
    newsroom.body = kind.good[: int(len(kind.good) * part)]
    try:
        articles = source.parse(fetched(source))
    except SourceError:
        return
    assert [article.headline for article in articles] in ([], ["Bridge opens"], ["Bridge opens", "Second"])


def test_the_guard_stands_before_every_source(kind: Kind, newsroom: Newsroom, guard: Guard) -> None:
    with pytest.raises(FetchRefused):
        open_source(kind, newsroom.url, Fetcher(user_agent="test"), guard).fetch(Validators())
    assert newsroom.asked == []


def test_articles_come_in_the_documents_order_and_complete(source: Source, newsroom: Newsroom) -> None:
    articles = source.parse(fetched(source))
    base = newsroom.url.removesuffix("/news")
    assert [article.headline for article in articles] == ["Bridge opens", "Second"]
    bases = {base, base.rpartition(":")[0]}  # ninjs has no relative addresses
    assert [article.url for article in articles] in [[f"{one}/bridge", f"{one}/second"] for one in bases]
    for article in articles:
        assert article.feed == "world"
        assert article.guid
        assert article.categories == ("World",)
        assert article.language == "en"
        assert all(instant is None or instant.tzinfo is UTC for instant in (article.published, article.updated))
        assert (article.fingerprint, article.revision) == ("", 0)  # set by the rules, never by a source


def test_parsing_the_same_document_twice_gives_the_same_articles(source: Source) -> None:
    found = fetched(source)
    assert source.parse(found) == source.parse(found)


def test_another_document_than_promised_is_a_parse_error_that_says_what_came(
    source: Source, kind: Kind, newsroom: Newsroom
) -> None:
    newsroom.body = kind.other
    with pytest.raises(ParseError, match=kind.says) as caught:
        source.parse(fetched(source))
    assert isinstance(caught.value, SourceError)
    assert "\n" not in str(caught.value)
