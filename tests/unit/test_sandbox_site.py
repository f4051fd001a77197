"""The loopback newsroom site, read as a feed reader and as a browser would."""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.sandbox.client import Running, SandboxError, start
from distributor.sandbox.site.images import gradient
from distributor.sandbox.site.stories import from_json, moment, published, slugify, to_json

STORY = {
    "section": "economics",
    "headline": "Trade </script> & <growth>",
    "summary": "Exports rose.",
    "paragraphs": ["Exports rose by 5%.", "More follows."],
    "dateline": "MINSK, 2 October (BelTA) -",
    "byline": "Press desk",
    "keywords": ["trade", "exports"],
    "image": {"generated": "harbour", "alt": "Cranes", "credit": "Photo desk"},
    "published": "2026-10-02T11:54:00+03:00",
}
MEDIA = "{http://search.yahoo.com/mrss/}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("site"), only=["site"]) as running:
        yield running


@pytest.fixture
def site(server: Running) -> Running:
    server.reset("site")
    return server


class Answer:
    def __init__(self, response: HTTPResponse, body: bytes) -> None:
        self.status, self.body = response.status, body
        self.headers = {name.lower(): value for name, value in response.getheaders()}


def get(running: Running, path: str, method: str = "GET", **headers: str) -> Answer:
    connection = HTTPConnection(running.urls["site"].removeprefix("http://"), timeout=5)
    try:
        connection.request(method, path, headers={key.replace("_", "-"): value for key, value in headers.items()})
        response = connection.getresponse()
        return Answer(response, response.read())
    finally:
        connection.close()


def publish(running: Running, **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = running.control("site", "publish", STORY | changes)
    return answer


def path_of(running: Running, url: str) -> str:
    return url.removeprefix(running.urls["site"])


def items(running: Running, path: str = "/rss.xml") -> list[ET.Element]:
    return list(ET.fromstring(get(running, path).body).iter("item"))


def titles(running: Running, path: str = "/rss.xml") -> list[str | None]:
    return [item.findtext("title") for item in items(running, path)]


def test_a_published_story_stands_in_both_feeds_and_on_its_page(site: Running) -> None:
    receipt = publish(site)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/economics/view/trade-script-growth-\d+-2026/", receipt["url"])
    assert titles(site) == titles(site, "/economics/rss.xml") == ["Trade </script> & <growth>"]
    assert titles(site, "/sport/rss.xml") == []
    (line,) = site.journal("site")
    assert (line["act"], line["account"], line["urls"]) == ("post", "economics", [receipt["url"]])
    assert get(site, path_of(site, receipt["url"])).status == 200
    assert b"Trade" in get(site, "/").body
    assert b"Trade" in get(site, "/economics/").body


def test_a_feed_item_carries_all_its_parts(site: Running) -> None:
    site.control("site", "config", {"full_text": True})
    receipt = publish(site)
    (item,) = items(site)
    assert item.findtext("link") == item.findtext("guid") == receipt["url"]
    assert item.findtext("pubDate") == "Fri, 02 Oct 2026 11:54:00 +0300"
    assert item.findtext("description") == "Exports rose."
    assert [category.text for category in item.iter("category")] == ["Economics", "trade", "exports"]
    assert item.findtext("{http://purl.org/dc/elements/1.1/}creator") == "Press desk"
    assert item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded") == (
        "<p>MINSK, 2 October (BelTA) - Exports rose by 5%.</p><p>More follows.</p>"
    )
    media = item.find(MEDIA + "content")
    assert media is not None
    assert media.attrib["url"] == site.urls["site"] + "/img/harbour.png"
    assert (media.attrib["width"], media.attrib["height"], media.attrib["type"]) == ("1200", "630", "image/png")
    assert media.findtext(MEDIA + "credit") == "Photo desk"


def test_an_article_page_has_real_metadata(site: Running) -> None:
    older = publish(
        site, headline="Older news", published="2026-10-01T08:00:00Z", image={"url": "https://img.example/a"}
    )
    receipt = publish(site)
    page = get(site, path_of(site, receipt["url"])).body.decode()
    assert f'<link rel="canonical" href="{receipt["url"]}">' in page
    assert '<meta property="og:title" content="Trade &lt;/script&gt; &amp; &lt;growth&gt;">' in page
    assert '<meta name="mediator_published_time" content="2026-10-02T11:54:00+03:00">' in page
    assert '<div class="date_full">02 October 2026, 11:54</div>' in page
    linked = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert linked is not None
    data = json.loads(linked[1])
    assert (data["@type"], data["headline"]) == ("NewsArticle", "Trade </script> & <growth>")
    parts = [
        page.index(part)
        for part in ("main_menu", "js-mediator-article", "Subscribe to us", "Recent news", older["url"])
    ]
    assert parts == sorted(parts)


def test_a_story_of_a_headline_alone_is_published_too(site: Running) -> None:
    receipt = site.control(
        "site", "publish", {"headline": "Флэш: bare\x0bnews", "section": "hi-tech", "language": "ru"}
    )
    (item,) = items(site, "/hi-tech/rss.xml")
    assert (item.findtext("title"), item.findtext("description")) == ("Флэш: barenews", "")
    assert item.find(MEDIA + "content") is None
    page = get(site, path_of(site, receipt["url"])).body.decode()
    assert '<html lang="ru">' in page
    assert "og:image" not in page
    assert "og:description" not in page


def test_a_correction_changes_the_story_and_keeps_its_place(site: Running) -> None:
    receipt = publish(site)
    again = site.control("site", "correct", {"id": receipt["id"], "headline": "Trade falls", "section": "economics"})
    assert (again["url"], again["revision"]) == (receipt["url"], 1)
    assert titles(site) == ["Trade falls"]
    moved = site.control("site", "correct", {"id": receipt["id"], "slug": "trade-falls"})
    old = get(site, path_of(site, receipt["url"]))
    assert (old.status, old.headers["location"]) == (301, moved["url"])
    assert [line["act"] for line in site.journal("site")] == ["post", "edit", "edit"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_withdrawn_story_is_gone_from_everywhere(site: Running, status: int) -> None:
    receipt = publish(site)
    site.control("site", "withdraw", {"id": receipt["id"], "status": status})
    assert get(site, path_of(site, receipt["url"])).status == status
    assert titles(site) == []
    assert site.journal("site")[-1]["act"] == "delete"
    state = site.control("site", "state")
    assert (len(state["stories"]), state["visible"]) == (1, 0)


def test_an_embargoed_story_appears_when_its_instant_has_come(site: Running) -> None:
    later = datetime.now(UTC).timestamp() + site.control("site", "clock")["offset"] + 3600
    embargo = datetime.fromtimestamp(later, UTC).isoformat()
    receipt = publish(site, embargoed=embargo)
    before = get(site, "/rss.xml")
    assert get(site, path_of(site, receipt["url"])).status == 404
    assert titles(site) == []
    site.advance(3601)
    assert get(site, path_of(site, receipt["url"])).status == 200
    assert get(site, "/rss.xml", If_Modified_Since=before.headers["last-modified"]).status == 200
    assert len(titles(site)) == 1


def test_nothing_new_is_answered_304(site: Running) -> None:
    publish(site)
    first = get(site, "/rss.xml")
    assert get(site, "/rss.xml", If_None_Match=first.headers["etag"]).status == 304
    assert get(site, "/rss.xml", If_None_Match='"x", W/' + first.headers["etag"]).status == 304
    assert get(site, "/rss.xml", If_None_Match='"x"', If_Modified_Since=first.headers["last-modified"]).status == 200
    answer = get(site, "/rss.xml", If_Modified_Since=first.headers["last-modified"])
    assert (answer.status, answer.body) == (304, b"")
    assert get(site, "/rss.xml", If_Modified_Since="yesterday").status == 200
    publish(site, headline="Another")
    assert get(site, "/rss.xml", If_None_Match=first.headers["etag"]).status == 200
    site.control("site", "config", {"validators": False})
    assert "etag" not in get(site, "/rss.xml").headers


def test_the_feed_can_be_shuffled_shortened_renamed_and_moved(site: Running) -> None:
    urls = [publish(site, headline=f"Story {n}", published=f"2026-10-02T{n:02}:00:00Z")["url"] for n in range(8)]
    newest = [f"Story {n}" for n in range(7, -1, -1)]
    assert titles(site) == newest
    site.control("site", "config", {"shuffle": 3})
    assert titles(site) != newest
    assert sorted(str(title) for title in titles(site)) == sorted(newest)
    site.control("site", "config", {"shuffle": None, "items": 2, "guid": "new-"})
    assert titles(site) == newest[:2]
    assert str(items(site)[0].findtext("guid")).startswith("new-")
    site.control("site", "config", {"slug_suffix": "-moved", "guid": "id"})
    assert "-moved-" in str(items(site)[0].findtext("link"))
    assert get(site, path_of(site, urls[0])).status == 301


def test_answers_are_compressed_for_those_who_accept_it(site: Running) -> None:
    publish(site)
    plain = get(site, "/rss.xml").body
    site.control("site", "config", {"gzip": True})
    answer = get(site, "/rss.xml", Accept_Encoding="gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == plain
    assert get(site, "/rss.xml").body == plain


def test_raw_documents_are_served_as_they_are(site: Running) -> None:
    bomb = gzip.compress(b"0" * 100_000)
    site.control(
        "site",
        "config",
        {
            "raw": {
                "/broken.xml": {"body": "<rss><channel>", "content_type": "text/xml", "status": 203},
                "/bomb.xml": {"body_base64": base64.b64encode(bomb).decode(), "headers": {"Content-Encoding": "gzip"}},
                "/huge.xml": {"body": "x" * 1000, "repeat": 2000},
                "/slow.xml": {"body": "abc", "chunk_size": 1, "chunk_delay": 0.005},
                "/kept.xml": {"body": "abc", "validators": True},
            }
        },
    )
    broken = get(site, "/broken.xml")
    assert (broken.status, broken.body, broken.headers["content-type"]) == (203, b"<rss><channel>", "text/xml")
    assert get(site, "/bomb.xml").body == bomb
    assert len(get(site, "/huge.xml").body) == 2_000_000
    assert get(site, "/slow.xml").body == b"abc"
    assert get(site, "/kept.xml", If_None_Match=get(site, "/kept.xml").headers["etag"]).status == 304
    for wrong in ({"colour": 1}, {"body_base64": "!"}):
        with pytest.raises(SandboxError, match="400"):
            site.control("site", "config", {"raw": {"/x": wrong}})


def test_pictures_are_real_png_files(site: Running) -> None:
    answer = get(site, "/img/harbour.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.body[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", answer.body[16:24]) == (1200, 630)
    length = struct.unpack(">I", answer.body[33:37])[0]
    assert len(zlib.decompress(answer.body[41 : 41 + length])) == 630 * (1 + 1200 * 3)
    assert gradient("other") != answer.body


def test_unknown_paths_methods_and_knobs_are_refused(site: Running) -> None:
    assert get(site, "/healthz").status == 200
    assert get(site, "/nowhere/rss.xml").status == 404
    assert get(site, "/society/view/x-1-2026/").status == 404
    assert get(site, "/a/b/c").status == 404
    assert get(site, "/rss.xml", "POST").status == 405
    assert get(site, "/rss.xml", "HEAD").body == b""
    for verb, payload in (
        ("publish", {}),
        ("publish", {"headline": "x", "colour": 1}),
        ("publish", {"headline": "x", "published": "2026-10-02T11:54:00"}),
        ("correct", {"id": "none"}),
        ("withdraw", {}),
        ("config", {"colour": 1}),
        ("config", {"zone": "Moon/Base"}),
    ):
        with pytest.raises(SandboxError, match="400"):
            site.control("site", verb, payload)
    publish(site, id="a")
    with pytest.raises(SandboxError, match="published already"):
        publish(site, id="a")
    with pytest.raises(SandboxError, match="404 or 410"):
        site.control("site", "withdraw", {"id": "a", "status": 500})
    with pytest.raises(SandboxError, match="404"):
        site.control("site", "sing", {})


def test_a_list_is_published_whole_or_not_at_all(site: Running) -> None:
    receipts = site.control("site", "publish", [STORY, STORY])
    assert len({receipt["url"] for receipt in receipts}) == 2
    with pytest.raises(SandboxError, match="400"):
        site.control("site", "publish", [STORY, {"headline": ""}])
    assert len(site.journal("site")) == len(items(site)) == 2


def test_the_stories_survive_a_restart(tmp_path: Path) -> None:
    with start(tmp_path, only=["site"]) as running:
        port = int(running.urls["site"].rpartition(":")[2])
        first, second = publish(running), publish(running, headline="Second", embargoed="2020-01-01T00:00:00Z")
        running.control("site", "correct", {"id": first["id"], "headline": "Corrected"})
        running.control("site", "withdraw", {"id": second["id"]})
        before = running.control("site", "state")
    with start(tmp_path, only=["site"], site_port=port) as running:
        assert running.control("site", "state") == before
        assert publish(running)["number"] == second["number"] + 1


@given(st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_a_slug_is_plain_for_any_headline(headline: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slugify(headline))


@given(st.text(min_size=1), st.lists(st.text()), st.datetimes(timezones=st.just(UTC)))
@settings(max_examples=100, deadline=None)
def test_a_story_survives_the_journal(headline: str, paragraphs: list[str], now: datetime) -> None:
    story = published({"headline": headline, "paragraphs": paragraphs, "image": {"generated": "x"}}, 7, now)
    if now.year >= 1000:
        assert from_json(json.loads(json.dumps(to_json(story)))) == story
        assert moment(now.isoformat()) == now
