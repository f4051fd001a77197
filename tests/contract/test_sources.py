"""What every source promises, whatever it reads: one suite, run by each of them against a loopback server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from distributor.errors import FetchError, FetchRefused, ParseError, SourceError
from distributor.interfaces import Fetched, Source, Validators
from distributor.net import Fetcher
from distributor.sources.feed import FeedSource
from distributor.sources.guard import Guard


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
    """One kind of source: how to open it, a document it reads, and one that it must refuse."""

    open: Callable[[str, Fetcher, Guard], Source]
    good: bytes
    content_type: str
    other: bytes


def open_feed(url: str, fetcher: Fetcher, guard: Guard) -> Source:
    return FeedSource("world", url, fetcher=fetcher, guard=guard, category="World", language="en", agencies=("BelTA",))


RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><item><title>Bridge opens</title><link>/bridge</link>
<guid>n1</guid><pubDate>Mon, 30 Nov 2026 10:00:00 +0300</pubDate><description>It is long.</description></item>
<item><title>Second</title><link>/second</link></item></channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>n1</id><title>Bridge opens</title><link href="/bridge"/>
<published>2026-11-30T07:00:00Z</published></entry>
<entry><id>n2</id><title>Second</title><link href="/second"/></entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel/><item><title>Bridge opens</title><link>/bridge</link></item>
<item><title>Second</title><link>/second</link></item></rdf:RDF>"""
KINDS = {
    "rss": Kind(open_feed, RSS, "application/rss+xml", b"<html><title>Not here</title></html>"),
    "atom": Kind(open_feed, ATOM, "application/atom+xml", b'{"version": 1}'),
    "rdf": Kind(open_feed, RDF, "text/xml", b""),
}


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
    return kind.open(newsroom.url, fetcher, guard)


def fetched(source: Source, validators: Validators | None = None) -> Fetched:
    found = source.fetch(validators or Validators())
    assert found is not None
    return found


def test_a_document_comes_as_it_is_with_what_to_ask_the_next_time(
    source: Source, kind: Kind, newsroom: Newsroom
) -> None:
    newsroom.fields |= {"ETag": '"1"', "Last-Modified": "Mon, 30 Nov 2026 07:00:00 GMT"}
    found = fetched(source)
    assert (found.body, found.url, found.content_type) == (kind.good, newsroom.url, kind.content_type)
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


def test_the_guard_stands_before_every_source(kind: Kind, newsroom: Newsroom, guard: Guard) -> None:
    with pytest.raises(FetchRefused):
        kind.open(newsroom.url, Fetcher(user_agent="test"), guard).fetch(Validators())
    assert newsroom.asked == []


def test_articles_come_in_the_documents_order_and_complete(source: Source, newsroom: Newsroom) -> None:
    articles = source.parse(fetched(source))
    base = newsroom.url.removesuffix("/news")
    assert [article.headline for article in articles] == ["Bridge opens", "Second"]
    assert [article.url for article in articles] == [f"{base}/bridge", f"{base}/second"]
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
    with pytest.raises(ParseError, match="not a feed") as caught:
        source.parse(fetched(source))
    assert isinstance(caught.value, SourceError)
    assert "\n" not in str(caught.value)
