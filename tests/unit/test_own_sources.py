"""How each kind of source asks the world: little, politely, and never twice for what it has; and what a site offers."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor import sources
from distributor.errors import FetchError, ParseError
from distributor.fetching import proposal
from distributor.interfaces import Fetched, Source, Validators
from distributor.net import Answer
from distributor.secret import Secret
from distributor.sources import Opening, SourceKind, readers
from distributor.sources.discovery import discover
from distributor.sources.own.asking import Memory
from distributor.sources.own.documents import DocumentOptions
from distributor.sources.own.folder import FolderOptions, NinjsOptions
from distributor.sources.own.page import PageOptions
from distributor.sources.own.sitemap import SitemapOptions, chosen
from distributor.sources.own.wordpress import WordPressOptions, posts_address
from distributor.sources.parsed import Lead, Listing, Parsed, Reading
from distributor.text.head import page_meta
from distributor.text.meta import Meta
from distributor.text.tree import UnreadableError
from tests.unit.test_readers import PAGE, SITEMAP, post

SITE = "https://news.example"
START = datetime(2026, 10, 2, 9, 0, 30, tzinfo=UTC)


class InProcess:
    """The readers without their walls."""

    def parse(self, body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
        return readers.parse(body, url, content_type, reading)

    def leads(self, body: bytes, url: str, content_type: str, reading: Reading) -> Listing:
        return readers.leads(body, url, content_type, reading)

    def look(self, body: bytes, url: str, content_type: str = "") -> Meta:
        try:
            return page_meta(body, url, content_type)
        except UnreadableError as error:
            raise ParseError(str(error)) from None


@dataclass
class Web:
    """Documents by address, as a fetcher gives them: an ETag each, and 304 to whoever has it."""

    pages: dict[str, bytes | int] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        self.asked.append(url)
        self.headers.append(headers or {})
        found = self.pages.get(url, 404)
        if isinstance(found, int):
            raise FetchError(f"answered {found}", status=found)
        etag = f'"{hash(found)}"'
        if headers and headers.get("if-none-match") == etag:
            return Answer(status=304, url=url, headers={"etag": etag})
        return Answer(status=200, url=url, headers={"etag": etag, **self.fields.get(url, {})}, body=found)

    def take(self) -> list[str]:
        found, self.asked = self.asked, []
        return [url.removeprefix(SITE) for url in found]


@dataclass
class Clock:
    """Time that stands until it is moved."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Open = Callable[..., Source]


@pytest.fixture
def opened(web: Web, clock: Clock) -> Open:
    def make(kind: str, **keys: Any) -> Source:
        fetcher: Any = web
        guard: Any = InProcess()
        opening = Opening(
            name="f", fetcher=fetcher, guard=guard, clock=clock, reading=Reading(feed="f", category="c"), most_bytes=500
        )
        shape = sources.kinds()[kind]
        return shape.open(opening, shape.options(**keys))

    return make


class Desk:
    """Reads a source as the flow does: its validators stand only once its stories are kept."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.validators = Validators()

    def read(self, *, keeps: bool = True) -> list[str] | None:
        """The headlines of one reading; None when nothing changed."""
        fetched = self.source.fetch(self.validators)
        if fetched is None:
            return None
        headlines = [article.headline for article in self.source.parse(fetched)]
        if keeps:
            self.validators = fetched.validators
        return headlines


# -- a listing page


def article(number: int, headline: str = "", body: str = "It is so.") -> bytes:
    title = headline or f"Story number {number} of today"
    return (
        f"<html><head><title>{title}</title></head><body><div itemprop=articleBody>{body}</div></body></html>".encode()
    )


def listed(*numbers: int) -> bytes:
    links = "".join(f'<a href="/news/story-{n}">Story number {n} of today</a>' for n in numbers)
    return f"<html><body>{links}</body></html>".encode()


@pytest.fixture
def newsroom(web: Web) -> Web:
    web.pages = {f"{SITE}/news/story-{n}": article(n) for n in range(100, 120)}
    web.pages[f"{SITE}/"] = listed(103, 102, 101)
    return web


def stories(*numbers: int) -> list[str]:
    return [f"Story number {n} of today" for n in numbers]


def test_each_new_page_of_a_listing_is_read_once(newsroom: Web, opened: Open) -> None:
    desk = Desk(opened("page", url=f"{SITE}/"))
    assert desk.read() == stories(103, 102, 101)
    assert newsroom.take() == ["/", "/news/story-103", "/news/story-102", "/news/story-101"]
    assert desk.read() is None
    assert newsroom.take() == ["/"]
    newsroom.pages[f"{SITE}/"] = listed(104, 103, 102)
    assert desk.read() == stories(104)
    assert newsroom.take() == ["/", "/news/story-104"]
    newsroom.pages[f"{SITE}/"] = listed(104, 101)
    with pytest.raises(FetchError, match="lists no stories"):
        desk.read()  # two links are no listing


def test_what_was_not_kept_is_read_again_and_after_a_start_everything_once(newsroom: Web, opened: Open) -> None:
    desk = Desk(opened("page", url=f"{SITE}/"))
    desk.read()
    newsroom.pages[f"{SITE}/"] = listed(104, 103, 102)
    assert desk.read(keeps=False) == stories(104)
    assert desk.read() == stories(104)
    again = Desk(opened("page", url=f"{SITE}/"))
    again.validators = desk.validators
    assert again.read() == stories(104, 103, 102)
    assert again.read() is None


def test_a_page_that_failed_at_the_first_reading_is_no_news_later(newsroom: Web, opened: Open) -> None:
    newsroom.pages[f"{SITE}/news/story-102"] = 503
    source = opened("page", url=f"{SITE}/", most=2)
    fetched = source.fetch(Validators())
    assert fetched is not None
    found = {one.guid: one for one in source.parse(fetched)}
    assert [one.headline for one in found.values()] == stories(103, 102, 101)
    assert found[f"{SITE}/news/story-102"].body == ""
    assert found[f"{SITE}/news/story-102"].categories == ("c",)
    newsroom.pages[f"{SITE}/news/story-102"] = article(102)
    later = source.fetch(fetched.validators)
    assert later is not None
    (known,) = source.parse(later)
    assert (known.guid, known.body) == (f"{SITE}/news/story-102", "It is so.")
    newsroom.pages[f"{SITE}/"] = listed(101, 103, 102)  # behind the first two when it was first seen: never read
    newsroom.take()
    assert source.fetch(later.validators) is None
    assert newsroom.take() == ["/"]


def test_a_young_page_is_looked_at_again_and_an_edit_comes_in(newsroom: Web, opened: Open, clock: Clock) -> None:
    desk = Desk(opened("page", url=f"{SITE}/", reread=2))
    desk.read()
    newsroom.take()
    clock.sleep(601)
    assert desk.read() is None
    assert len(newsroom.take()) == 4
    assert desk.read() is None
    assert newsroom.take() == ["/"]
    clock.sleep(601)
    newsroom.pages[f"{SITE}/news/story-102"] = article(102, body="It is not so.")
    assert desk.read() == stories(102)
    clock.sleep(7200)
    newsroom.take()
    assert desk.read() is None
    assert newsroom.take() == ["/"]


def test_pages_that_all_fail_are_a_failure_and_are_given_up_in_the_end(newsroom: Web, opened: Open) -> None:
    desk = Desk(opened("page", url=f"{SITE}/"))
    desk.read()
    newsroom.pages[f"{SITE}/"] = listed(109, 108, 107)
    for n in (107, 108, 109):
        newsroom.pages[f"{SITE}/news/story-{n}"] = 500
    for _ in range(5):
        with pytest.raises(FetchError, match="answered 500"):
            desk.read()
    newsroom.take()
    assert desk.read() is None
    assert newsroom.take() == ["/"]


def test_a_slow_site_holds_up_one_reading_only_so_long(newsroom: Web, opened: Open, clock: Clock) -> None:
    desk, get = Desk(opened("page", url=f"{SITE}/")), newsroom.get

    def slow(url: str, *, headers: Mapping[str, str] | None = None) -> Answer:
        clock.sleep(40)
        return get(url, headers=headers)

    newsroom.get = slow  # type: ignore[method-assign]
    assert desk.read() == stories(103, 102, 101)
    assert newsroom.take() == ["/", "/news/story-103", "/news/story-102"]  # the third is known from the listing
    assert desk.read() == stories(101)


def test_what_has_no_words_on_the_listing_is_known_by_its_page_alone(newsroom: Web, opened: Open) -> None:
    links = "".join(f'<a href="/news/story-{n}"><img src=x></a>' for n in (103, 102, 101))
    newsroom.pages[f"{SITE}/"] = f"<html>{links}</html>".encode()
    newsroom.pages[f"{SITE}/news/story-102"] = 404
    assert Desk(opened("page", url=f"{SITE}/", pattern="/story-")).read() == stories(103, 101)


def test_memory_is_kept_with_the_validators_that_carry_it() -> None:
    memory = Memory()
    first = memory.propose({"a": "1"})
    assert memory.recall(first) == {"a": "1"}
    memory.note("b", "2")
    assert memory.recall(first) == {"a": "1", "b": "2"}
    memory.propose({"c": "3"})
    assert memory.recall(first) == {"a": "1", "b": "2"}
    assert memory.recall(Validators(body_hash="another")) == {}


# -- sitemaps


def test_of_an_index_only_what_changed_is_read(web: Web, opened: Open) -> None:
    def index(lastmod: str = "01") -> bytes:
        return (
            f"<sitemapindex><sitemap><loc>/old.xml</loc></sitemap><sitemap><loc>/a.xml</loc><lastmod>2026-10-{lastmod}"
            "T00:00:00Z</lastmod></sitemap><sitemap><loc>/news.xml</loc></sitemap></sitemapindex>"
        ).encode()

    web.pages = {
        f"{SITE}/map.xml": index(),
        f"{SITE}/a.xml": SITEMAP.encode(),
        f"{SITE}/news.xml": SITEMAP.replace("Bridge", "Tunnel").encode(),
    }
    desk = Desk(opened("sitemap", url=f"{SITE}/map.xml", most=2))
    assert desk.read() == ["Tunnel & river — open", "Bridge & river — open"]
    assert web.take() == ["/map.xml", "/news.xml", "/a.xml"]
    assert desk.read() is None
    web.pages[f"{SITE}/a.xml"] = SITEMAP.replace("Bridge", "Ferry").encode()
    assert desk.read() == ["Ferry & river — open"]
    assert desk.source.warnings == (f"{SITE}/a.xml: 1 addresses say nothing of news and are left out",)  # type: ignore[attr-defined]
    del web.pages[f"{SITE}/a.xml"]
    assert desk.read() is None
    del web.pages[f"{SITE}/news.xml"]
    with pytest.raises(FetchError, match="answered 404"):
        desk.read()
    newest = [Lead(url="a", changed=START), Lead(url="b"), Lead(url="c", changed=START + timedelta(1))]
    assert [lead.url for lead in chosen(newest, 2)] == ["c", "a"]


def test_a_single_sitemap_is_one_document(web: Web, opened: Open) -> None:
    web.pages[f"{SITE}/map.xml"] = SITEMAP.encode()
    desk = Desk(opened("sitemap", url=f"{SITE}/map.xml"))
    assert desk.read() == ["Bridge & river — open"]
    assert desk.read() is None


# -- WordPress


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("https://b.example/", "https://b.example/wp-json/wp/v2/posts"),
        ("https://b.example/blog/wp-json/", "https://b.example/blog/wp-json/wp/v2/posts"),
        ("https://b.example/wp-json/wp/v2/posts?categories=5", "https://b.example/wp-json/wp/v2/posts?categories=5"),
        ("https://b.example/?rest_route=/wp/v2/posts", "https://b.example/?rest_route=/wp/v2/posts"),
    ],
)
def test_the_posts_of_a_site_are_found_from_its_address(given: str, found: str) -> None:
    assert posts_address(given) == found


def test_posts_are_asked_for_by_the_hour_and_page_by_page(web: Web, opened: Open, clock: Clock) -> None:
    def page(after: str, number: int = 1) -> str:
        first = f"{SITE}/wp-json/wp/v2/posts?categories=5&after={after}&orderby=date&order=desc&per_page=100&_embed=1"
        return first + (f"&page={number}" if number > 1 else "")

    asked = "2026-09-30T09%3A00%3A00%2B00%3A00"
    web.pages = {
        page(asked): json.dumps([post()]).encode(),
        page(asked, 2): json.dumps([post(title={"rendered": "B"})]).encode(),
    }
    web.fields[page(asked)] = {"x-wp-totalpages": "2"}
    desk = Desk(opened("wordpress", url=f"{SITE}/wp-json/wp/v2/posts?categories=5"))
    assert desk.read() == ["Bridge – open", "B"]
    assert desk.read() is None
    web.fields.clear()
    clock.sleep(600)
    assert desk.read() == ["Bridge – open"]
    assert desk.read() is None
    clock.sleep(3600)
    web.pages[page("2026-09-30T10%3A00%3A00%2B00%3A00")] = web.pages[page(asked)]
    assert desk.read() is None


# -- folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "stories"
    (found / "deep" / "2" / "3" / "4" / "5").mkdir(parents=True)
    return found


def write(path: Path, title: str, *, ago: float = 10, **more: str) -> None:
    front = "".join(f"{key}: {value}\n" for key, value in more.items())
    path.write_text(f"---\ntitle: {title}\nurl: https://n.example/{title}\n{front}---\n", encoding="utf-8")
    at = START.timestamp() - ago
    os.utime(path, (at, at))


def test_a_folders_files_are_read_when_they_are_new_or_changed(folder: Path, opened: Open, clock: Clock) -> None:
    desk = Desk(opened("folder", folder=str(folder)))
    assert desk.read() == []
    assert desk.read() is None
    write(folder / "b.md", "B", ago=20)
    write(folder / "deep" / "2" / "a.txt", "A", ago=30)
    write(folder / "half.md", "Half", ago=0.5)
    write(folder / "deep" / "2" / "3" / "4" / "5" / "far.md", "Far")
    write(folder / ".hidden.md", "Hidden")
    write(folder / "c.json", "C")
    assert desk.read() == ["A", "B"]
    assert desk.read() is None
    clock.sleep(5)
    assert desk.read() == ["Half"]
    write(folder / "b.md", "B2", ago=1)
    assert desk.read(keeps=False) == ["B2"]
    assert desk.read() == ["B2"]
    (folder / "b.md").unlink()
    assert desk.read() is None


def test_a_folder_is_never_left_and_nothing_in_it_can_hold_us_up(
    folder: Path, opened: Open, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = folder.parent / "secret.md"
    write(outside, "Secret")
    (folder / "link.md").symlink_to(outside)
    (folder / "dir").symlink_to(folder.parent, target_is_directory=True)
    os.mkfifo(folder / "pipe.md")
    write(folder / "large.md", "Large", note="x" * 600)
    write(folder / "bad.md", "Bad", note="x\nno key")
    write(folder / "good.md", "Good")
    desk = Desk(opened("folder", folder=str(folder)))
    assert desk.read() == ["Good"]
    assert "large.md is too large" in caplog.text
    assert any("bad.md: the front matter has a line" in line for line in desk.source.warnings)  # type: ignore[attr-defined]
    # what was a file when it was looked at, and is another thing when it is opened
    monkeypatch.setattr("distributor.sources.own.folder._facts", lambda path: outside.stat())
    Desk(opened("folder", folder=str(folder))).read()
    assert "link.md cannot be read" in caplog.text
    assert "pipe.md is no plain file" in caplog.text


def test_a_relative_folder_starts_at_the_configurations_file(folder: Path) -> None:
    write(folder / "a.md", "A")
    nobody: Any = None
    guard: Any = InProcess()
    opening = Opening(
        name="f", fetcher=nobody, guard=guard, clock=Clock(), reading=Reading(feed="f"), base=folder.parent
    )
    shape = sources.kinds()["folder"]
    assert Desk(shape.open(opening, shape.options(folder="stories"))).read() == ["A"]


def test_a_folder_that_is_not_there_is_a_failure_with_its_reason(folder: Path, opened: Open) -> None:
    with pytest.raises(FetchError, match=r"the folder cannot be read \(no such file or directory\)"):
        opened("folder", folder=str(folder / "none")).fetch(Validators())


def test_a_file_that_is_gone_between_two_looks_is_none(
    folder: Path, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder / "a.md", "A")

    def gone(path: Path) -> os.stat_result:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "lstat", gone)
    assert Desk(opened("folder", folder=str(folder))).read() == []


def test_ninjs_comes_from_a_folder_or_with_a_token_over_http(folder: Path, web: Web, opened: Open) -> None:
    story = {"uri": "urn:x:1", "headline": "A", "pubstatus": "usable"}
    (folder / "a.json").write_text(json.dumps(story))
    os.utime(folder / "a.json", (START.timestamp() - 9,) * 2)
    desk = Desk(opened("ninjs", folder=str(folder), link="https://n.example/{id}"))
    assert desk.read() == ["A"]
    web.pages[f"{SITE}/wire"] = json.dumps([story]).encode()
    desk = Desk(opened("ninjs", url=f"{SITE}/wire", token=Secret("t0k3n"), link="https://n.example/{id}"))
    assert desk.read() == ["A"]
    assert web.headers[-1]["authorization"] == "Bearer t0k3n"


# -- what stands at an address

RSS = b"<rss><channel><item><title>Bridge opens</title><link>/b</link></item></channel></rss>"


@pytest.fixture
def site(web: Web) -> Web:
    home = (
        b'<html><head><link rel="alternate" type="application/rss+xml" href="/gone.xml"><link rel="alternate" '
        b'type="application/json" href="/wp-json/wp/v2/pages/1"><link rel="alternate" type="text/html" href="/m">'
    )
    web.pages = {
        f"{SITE}/": home + listed(103, 102, 101),
        f"{SITE}/robots.txt": b"User-agent: *\nSitemap: /map.xml\nsitemap: https://news.example/map.xml\n",
        f"{SITE}/map.xml": SITEMAP.encode(),
        f"{SITE}/rss.xml": RSS,
        f"{SITE}/feed.xml": RSS,
        f"{SITE}/wp-json/wp/v2/posts?_embed=1": json.dumps([post()]).encode(),
        f"{SITE}/feed": b"<html><title>A page</title></html>",
        f"{SITE}/news/story-103": article(103, body=""),
    }
    web.fields[f"{SITE}/"] = {"link": '<https://news.example/wp-json/>; rel="https://api.w.org/"'}
    return web


def looked(web: Web, url: str = f"{SITE}/", *, quick: bool = False) -> Any:
    fetcher: Any = web
    guard: Any = InProcess()
    return discover(url, fetcher, guard, quick=quick)


def test_a_site_tells_everything_it_offers_the_best_first(site: Web) -> None:
    found = looked(site)
    assert [(one.type, one.url, one.how, one.stories) for one in found.findings] == [
        ("wordpress", f"{SITE}/", "the link to WordPress' API", 1),
        ("sitemap", f"{SITE}/map.xml", "robots.txt", 1),
        ("feed", f"{SITE}/rss.xml", "a common path", 1),
        ("page", f"{SITE}/", "links of one shape that read as headlines", 3),
    ]
    assert f"{SITE}/gone.xml: answered 404" in found.tried
    assert f"{SITE}/feed: a page, no feed" in found.tried
    assert found.findings[-1].pattern == r"/news/[^/]*\d[^/]*$"
    assert found.story.articles[0].headline == "Story number 103 of today"
    assert len(found.hints) == 2
    text = proposal(found)
    assert text is not None
    assert text.startswith(
        '[feeds.news-example]\n# WordPress, 1 stories; found by the link to WordPress\' API\ntype = "wordpress"'
    )
    assert '\n#type = "page"\n' in text
    assert "# # the text was not found" in text.replace("## ", "# # ")


def test_a_site_that_offers_nothing_says_what_was_tried(web: Web) -> None:
    web.pages = {f"{SITE}/": b"<html><title>x</title></html>"}
    found = looked(web)
    assert found.best is None
    assert proposal(found) is None
    assert f"{SITE}/: no links that read as headlines" in found.tried
    web.pages = {f"{SITE}/": listed(103, 102, 101) + b"<p>" + b"<div>" * 9_000}
    with pytest.raises(ParseError, match="nested"):
        looked(web)


def test_the_first_story_of_a_listing_may_fail(web: Web) -> None:
    web.pages = {f"{SITE}/": listed(103, 102, 101)}
    found = looked(web)
    assert [one.type for one in found.findings] == ["page"]
    assert (found.story, found.hints) == (None, ())
    page = '<html><script type="application/ld+json">{"@type": "NewsArticle"}</script><title>x</title>'
    web.pages[f"{SITE}/news/story-103"] = page.encode()
    assert looked(web).hints[0] == "its stories tell of themselves by JSON-LD"


def test_a_document_is_itself(web: Web) -> None:
    web.pages = {f"{SITE}/x": RSS, f"{SITE}/empty": b"<rss><channel/></rss>"}
    found = looked(web, f"{SITE}/x")
    assert (found.best.type, found.document.kind) == ("feed", "RSS")
    assert looked(web, f"{SITE}/empty").best is not None


def test_a_source_whose_kind_is_found_is_looked_at_anew_when_it_is_another(site: Web, opened: Open) -> None:
    source = opened("auto", url=f"{SITE}/")
    assert (source.warnings, source.rest) == ((), timedelta(0))  # type: ignore[attr-defined]
    asked = "2026-09-30T09%3A00%3A00%2B00%3A00"
    posts = f"{SITE}/wp-json/wp/v2/posts?after={asked}&orderby=date&order=desc&per_page=100&_embed=1"
    site.pages[posts] = json.dumps([post()]).encode()
    desk = Desk(source)
    assert desk.read() == ["Bridge – open"]
    assert source.rest == timedelta(0)  # type: ignore[attr-defined]
    site.pages[posts] = b'{"code": "gone", "message": "No route"}'
    with pytest.raises(ParseError, match="No route"):
        desk.read()
    del site.pages[f"{SITE}/wp-json/wp/v2/posts?_embed=1"]
    assert desk.read() == ["Bridge & river — open"]
    site.pages = {f"{SITE}/": b"<html></html>"}
    with pytest.raises(ParseError, match="nothing at this address"):
        opened("auto", url=f"{SITE}/").fetch(Validators())


# -- keys


@pytest.mark.parametrize(
    ("shape", "keys", "says"),
    [
        (DocumentOptions, {"url": "ftp://x"}, "url: expected an absolute address"),
        (DocumentOptions, {"url": "http://["}, "url: expected an absolute address"),
        (SitemapOptions, {"url": SITE, "most": 0}, "most: expected a number from 1 to 50"),
        (WordPressOptions, {"url": SITE, "hours": 0}, "hours: expected a number from 1 to 720"),
        (PageOptions, {"url": SITE, "pattern": "("}, "pattern: expected a regular expression"),
        (PageOptions, {"url": SITE, "body": "p["}, "body: expected a CSS selector"),
        (PageOptions, {"url": SITE, "reread": 999}, "reread: expected a number from 0 to 168"),
        (FolderOptions, {"folder": " "}, "folder: expected the path of a folder"),
        (FolderOptions, {"folder": "x", "link": "https://x.example/"}, "link: expected a place for the story"),
        (FolderOptions, {"folder": "x", "link": "{slug}"}, "link: expected an absolute address"),
        (NinjsOptions, {}, "url: expected an address, or a folder"),
        (NinjsOptions, {"url": SITE, "folder": "x"}, "folder: expected either url or folder, not both"),
    ],
)
def test_a_key_that_does_not_fit_is_named(shape: type, keys: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        shape(**keys)


def test_a_third_partys_kind_is_found_and_never_in_the_place_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = SourceKind(options=DocumentOptions, open=lambda opening, options: pytest.fail(f"{opening}{options}"))

    @dataclass
    class Point:
        name: str

        def load(self) -> SourceKind:
            return theirs

    def points(group: str) -> Iterator[Point]:
        assert group == "distributor.sources"
        return iter([Point("gopher"), Point("feed")])

    monkeypatch.setattr(sources, "entry_points", points)
    sources.kinds.cache_clear()
    try:
        found = sources.kinds()
        assert found["gopher"] is theirs
        assert found["feed"] is not theirs
        assert list(found) == sorted(found)
    finally:
        sources.kinds.cache_clear()


def test_documents_that_belong_together_stay_so() -> None:
    one = Fetched(body=b"a", url=SITE, content_type="", validators=Validators())
    assert replace(one, parts=(one,)).parts == (one,)
    assert "news.example" in PAGE
