"""What each kind of document says, and what of it is believed."""

from __future__ import annotations

import gzip
import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.errors import ParseError
from distributor.model import Article, Dateline, Image, PubStatus, RevisionClass, Stage, Story
from distributor.rules.change.revisions import classify
from distributor.rules.change.takes import continued, stage
from distributor.sources import extracting, readers
from distributor.sources.dates import moment
from distributor.sources.drafting import Copytaster, Draft, first_words, tidy
from distributor.sources.folderparse import from_markdown, split_front
from distributor.sources.guard import Guard
from distributor.sources.parsed import (
    Listing,
    Parsed,
    Reading,
    from_json,
    listing_from_json,
    listing_to_json,
    to_json,
)
from distributor.text.cleaning import cleaned

BASE = "https://news.example/"
NOON = datetime(2026, 10, 2, 8, 54, tzinfo=UTC)
NO_TIME = "says no time; it counts from when it is first seen"


def parse(body: bytes | str, kind: str = "auto", url: str = BASE, **reading: Any) -> Parsed:
    raw = body.encode() if isinstance(body, str) else body
    return readers.parse(raw, url, "", Reading(feed="f", kind=kind, **reading))


def one(body: bytes | str, kind: str = "auto", url: str = BASE, **reading: Any) -> Article:
    (article,) = parse(body, kind, url, **reading).articles
    return article


# -- what all readers share


@pytest.mark.parametrize(
    ("text", "zone", "found"),
    [
        ("2026-10-02T11:54:00+03:00", "", NOON),
        ("2026-10-02T11:54", "Europe/Minsk", NOON),
        ("2026-10-02 11:54:00,1234567", "Europe/Minsk", NOON.replace(microsecond=123456)),
        ("02 October 2026, 11:54", "Europe/Minsk", NOON),
        ("2 октября 2026, 11:54", "Europe/Minsk", NOON),
        ("11:54, 02.10.2026", "Europe/Minsk", NOON),
        ("02 October 2026, 08:54 GMT", "", NOON),
        ("02 October 2026, 11:54", "", None),
        ("2026-10-02T11:54", "", None),
        ("02 October 2026", "Europe/Minsk", None),
        ("2026-10-02", "Europe/Minsk", None),
        ("2026-99-02T11:54", "Europe/Minsk", None),
        ("02 October, 11:54", "Europe/Minsk", None),
        ("today, 11:54", "Europe/Minsk", None),
        ("1 January 1970, 00:00", "Europe/Minsk", None),
        ("2026-10-02T11:54+03:00", "Asia/Tokyo", NOON),
        ("", "Europe/Minsk", None),
    ],
)
def test_a_time_without_a_zone_is_none_unless_the_site_has_one(text: str, zone: str, found: datetime | None) -> None:
    assert moment(text, zone) == found


def test_a_draft_is_believed_only_as_far_as_it_can_be() -> None:
    taster = Copytaster(Reading(feed="f", category="World", language="be"), BASE)
    article = taster.article(
        1,
        Draft(
            url="/a b",
            headline="Bridge <b>opens</b><script>x</script>",
            body="<p>MINSK, 2 October (BelTA) – One.</p><iframe>Two</iframe><p onclick=x>Three &lt;x&gt;</p>",
            published=("yesterday", "2026-10-02T08:54Z"),
            updated=("someday",),
            categories=("world", "Sport"),
            urgency=12,
            image=Image(url="javascript:x"),
            translations=("/ru", "/a b", "mailto:x"),
        ),
    )
    assert article is not None
    assert (article.url, article.guid) == ("https://news.example/a%20b", "https://news.example/a%20b")
    assert (article.headline, article.body) == ("Bridge opens", "One.\n\nThree <x>")
    assert article.dateline == Dateline(place="MINSK", date="2 October", agency="BelTA")
    assert (article.published, article.updated, article.urgency) == (NOON, None, 5)
    assert (article.categories, article.image, article.language) == (("World", "Sport"), None, "be")
    assert article.translations == ("https://news.example/ru",)
    assert taster.warnings == ["item 1: the date 'someday' gives no instant and is not used"]


def test_what_is_no_story_is_left_out_with_its_reason() -> None:
    taster = Copytaster(Reading(), BASE, word="post")
    assert taster.article(1, Draft(headline="No address")) is None
    assert taster.article(2, Draft(url="/x", guid="g2")) is None
    assert taster.article(3, Draft(url="/x", headline="\ufffd\ufffd")) is None
    assert taster.warnings == [
        "post 1 (No address) has no link and is left out",
        "post 2 (g2) has neither headline nor text and is left out",
        "post 3 has unreadable characters and is left out",
    ]


def test_a_story_without_a_headline_opens_with_its_first_words_and_one_without_a_time_says_so() -> None:
    taster = Copytaster(Reading(), BASE)
    article = taster.article(1, Draft(url="/x", body="It is\nopen & <wide>. More.", is_text=True))
    assert article is not None
    assert (article.headline, article.body) == ("It is open & <wide>.", "It is\nopen & <wide>. More.")
    assert taster.warnings == ["item 1 has no headline; its first words stand in", f"item 1 {NO_TIME}"]
    assert first_words("word " * 100, "").endswith("word…")
    assert tidy("a\r\n\r\nb\nc") == "a\n\nb\nc"
    assert tidy(" ") == ""


@pytest.mark.parametrize(
    ("told", "embargo", "found"),
    [
        ("", "", PubStatus.USABLE),
        ("stat:canceled", "", PubStatus.CANCELED),
        ("Cancelled", "never mind", PubStatus.CANCELED),
        ("withheld", "", PubStatus.WITHHELD),
        ("embargoed?", "", PubStatus.WITHHELD),
        ("usable", "soon", PubStatus.WITHHELD),
        ("usable", "2026-10-02T08:54Z", PubStatus.USABLE),
    ],
)
def test_what_may_not_be_published_yet_is_withheld_rather_than_guessed(
    told: str, embargo: str, found: PubStatus
) -> None:
    taster = Copytaster(Reading(), BASE)
    article = taster.article(1, Draft(url="/x", headline="x", pubstatus=told, embargoed=embargo, published=("1",)))
    assert article is not None
    assert article.pubstatus is found
    assert article.embargoed == (NOON if embargo.startswith("2026") else None)
    assert len(taster.warnings) == 1 + (found is PubStatus.WITHHELD and told != "withheld")


@given(st.text(alphabet="<>/ab=\"'!-[]CDATA&;scriptmg on", max_size=120))
@settings(max_examples=200, deadline=None)
def test_cleaned_markup_holds_nothing_that_runs(markup: str) -> None:
    found = cleaned(markup).lower()
    if "<" in markup:
        assert "<script" not in found
        assert "<img" not in found or "onerror" not in found
        assert cleaned(cleaned(markup)) == cleaned(markup)
    assert cleaned("<![CDATA[<p onclick=x>a</p>]]>") == "<p>a</p>"


# -- JSON Feed


def test_a_json_feed_fills_every_field() -> None:
    item = {
        "id": 7,
        "url": "/bridge",
        "title": "Bridge & river",
        "content_html": "<p>It is open.</p>",
        "content_text": "not this",
        "summary": "Short.",
        "image": "/b.jpg",
        "date_published": "2026-10-02T11:54:00+03:00",
        "date_modified": "2026-10-02T09:00:00Z",
        "authors": [{"name": "Ann"}, {"name": "Bob"}],
        "tags": ["Society", 3, "society"],
        "language": "be",
    }
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "n", "items": [item]}
    parsed = parse(json.dumps(feed))
    assert (parsed.kind, parsed.warnings) == ("JSON Feed 1.1", ())
    (article,) = parsed.articles
    assert (article.guid, article.url, article.headline) == ("7", "https://news.example/bridge", "Bridge & river")
    assert (article.summary, article.body, article.byline) == ("Short.", "It is open.", "Ann, Bob")
    assert (article.published, article.updated) == (NOON, datetime(2026, 10, 2, 9, tzinfo=UTC))
    assert (article.categories, article.language) == (("Society",), "be")
    assert article.image == Image(url="https://news.example/b.jpg")


def test_a_json_feed_of_the_first_version_has_one_author_and_pictures_attached() -> None:
    attached = [{"mime_type": "audio/mpeg"}, {"url": "/a.png", "mime_type": "image/png", "width": 9, "height": "x"}]
    item = {"id": "1", "external_url": "https://o.example/1", "content_text": "5 < 6 & more.", "attachments": attached}
    feed = {"version": "https://jsonfeed.org/version/1", "author": {"name": "Ann"}, "items": [item]}
    article = one(json.dumps(feed), "jsonfeed")
    assert (article.url, article.byline, article.body) == ("https://o.example/1", "Ann", "5 < 6 & more.")
    assert article.image == Image(url="https://news.example/a.png", mime="image/png", width=9)
    assert parse('{"feed_url": "x", "items": []}', "auto").warnings == ("the feed holds no items",)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', r"damaged or breaks off \(line 1\)"),
        (b'{"a": 1}', "a JSON document of another kind, not a feed of the kind JSON Feed"),
        (b"<html>", "an HTML page, not a feed of the kind JSON Feed"),
        (b"<rss/>", "an XML document, not a feed of the kind JSON Feed"),
        (b"[" * 100_000, "nested too deep"),
        (("{" + "я" * 100).encode("cp1251"), "not in UTF-8"),
    ],
)
def test_what_is_no_json_feed_is_said_to_be_what_it_is(body: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse(body, "jsonfeed")


def test_json_in_utf_16_and_numbers_without_end_are_read() -> None:
    text = '{"version": "https://jsonfeed.org/version/1", "items": [{"id": %s, "url": "/a", "title": "A"}]}'
    assert one((text % 1).encode("utf-16")).headline == "A"
    assert one(text % ("9" * 5000)).guid == "inf"
    assert one(text % "true").guid == "https://news.example/a"


# -- sitemaps

SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<!-- any prefix --><s:urlset xmlns:s="http://www.sitemaps.org/schemas/sitemap/0.9"
  xmlns:nw="http://www.google.com/schemas/sitemap-news/0.9">
<s:url><s:loc>https://news.example/bridge</s:loc><s:lastmod>2026-10-02T09:00:00Z</s:lastmod>
<nw:news><nw:publication><nw:name>News</nw:name><nw:language>be</nw:language></nw:publication>
<nw:publication_date>2026-10-02T11:54:00+03:00</nw:publication_date><nw:title>Bridge &amp; river &mdash; open</nw:title>
<nw:keywords>Society, Minsk; roads</nw:keywords></nw:news>
<i:image><i:loc>/b.jpg</i:loc><i:title>A bridge</i:title><i:license>https://l.example</i:license></i:image>
<x:link rel="alternate" hreflang="ru" href="https://news.example/ru/bridge"/></s:url>
<s:url><s:loc>https://news.example/about</s:loc></s:url></s:urlset>"""


def test_a_news_sitemap_is_read_whatever_its_prefixes_declared_or_not() -> None:
    parsed = parse(SITEMAP)
    assert (parsed.kind, parsed.warnings) == ("news sitemap", ("1 addresses say nothing of news and are left out",))
    (article,) = parsed.articles
    assert (article.guid, article.headline) == ("https://news.example/bridge", "Bridge & river — open")
    assert (article.published, article.updated, article.language) == (NOON, datetime(2026, 10, 2, 9, tzinfo=UTC), "be")
    assert article.categories == ("Society", "Minsk", "roads")
    assert article.image == Image(url="https://news.example/b.jpg", alt="A bridge", rights="https://l.example")
    assert article.translations == ("https://news.example/ru/bridge",)
    assert parse(gzip.compress(SITEMAP.encode())) == parsed
    assert one(SITEMAP.replace("UTF-8", "windows-1251").replace("Bridge", "Мост").encode("cp1251"), "sitemap").headline


def test_a_damaged_sitemap_is_read_as_far_as_it_goes() -> None:
    parsed = parse(SITEMAP[:-60])
    assert [article.guid for article in parsed.articles] == ["https://news.example/bridge"]
    assert parsed.warnings[0].startswith("the XML is not well-formed (")
    assert parse("<urlset></urlset>").warnings == ("the sitemap holds no addresses",)


def test_an_index_leads_to_its_sitemaps() -> None:
    index = """<sitemapindex><sitemap><loc>/a.xml</loc><lastmod>2026-10-02T08:54:00Z</lastmod></sitemap>
    <sitemap><loc>ftp://b</loc></sitemap></sitemapindex>"""
    assert parse(index).kind == "sitemap index"
    assert parse(index).warnings == ("an index of 2 sitemaps, which are read one by one",)
    listing = readers.leads(index.encode(), BASE, "", Reading())
    assert listing.kind == "sitemap index"
    assert [(lead.url, lead.changed) for lead in listing.leads] == [("https://news.example/a.xml", NOON)]
    assert listing_from_json(json.loads(json.dumps(listing_to_json(listing)))) == listing
    assert readers.leads(SITEMAP.encode(), BASE, "", Reading()).kind == "sitemap"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<rss><channel/></rss>", r"an XML document \(<rss>\), not a feed of the kind sitemap"),
        (b"no sitemap", "plain text, not a feed of the kind sitemap"),
        (gzip.compress(SITEMAP.encode())[:50], "ends too early"),
        (gzip.compress(b"\0" * (70 << 20)), "larger than 64 MiB"),
    ],
)
def test_what_is_no_sitemap_is_said_to_be_what_it_is(body: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse(body, "sitemap")


# -- WordPress


def post(**changes: Any) -> dict[str, Any]:
    return {
        "id": 5,
        "date": "2026-10-02T11:54:00",
        "date_gmt": "2026-10-02T08:54:00",
        "modified_gmt": "2026-10-02T09:00:00",
        "guid": {"rendered": "https://blog.example/?p=5"},
        "link": "https://blog.example/bridge/",
        "status": "publish",
        "title": {"rendered": "Bridge &#8211; open"},
        "content": {"rendered": "<p>It is open.</p>", "protected": False},
        "excerpt": {"rendered": '<p>Short [&hellip;]</p><a class="more-link" href="x">Read</a>'},
        "_embedded": {
            "author": [{"name": "Ann"}],
            "wp:featuredmedia": [
                {
                    "source_url": "/b.jpg",
                    "alt_text": "",
                    "caption": {"rendered": "<p>A bridge</p>"},
                    "mime_type": "image/jpeg",
                    "media_details": {"width": 800, "height": 600},
                }
            ],
            "wp:term": [[{"taxonomy": "category", "name": "Society"}], [{"taxonomy": "post_tag", "name": "Minsk"}], 3],
        },
    } | changes


def test_a_post_of_wordpress_fills_every_field() -> None:
    article = one(json.dumps([post()]))
    assert (article.guid, article.url) == ("https://blog.example/?p=5", "https://blog.example/bridge/")
    assert (article.headline, article.summary, article.body) == ("Bridge – open", "Short…", "It is open.")
    assert (article.published, article.updated) == (NOON, datetime(2026, 10, 2, 9, tzinfo=UTC))
    assert (article.byline, article.categories) == ("Ann", ("Society", "Minsk"))
    assert article.image == Image(
        url="https://news.example/b.jpg", alt="A bridge", mime="image/jpeg", width=800, height=600
    )


def test_posts_that_nobody_may_see_are_left_out() -> None:
    hidden = [post(status="draft"), post(content={"rendered": "", "protected": True}), post(_embedded=None)]
    parsed = parse(json.dumps(hidden), "wordpress")
    assert [article.image for article in parsed.articles] == [None]
    assert parsed.warnings == (
        "post 1 (Bridge &#8211; open) has the status 'draft' and is left out",
        "post 2 (Bridge &#8211; open) is protected by a password and is left out",
    )
    assert parse("[]", "wordpress") == Parsed(kind="WordPress")


def test_the_sites_own_clock_counts_only_with_its_zone() -> None:
    unset = json.dumps([post(date_gmt="0000-00-00T00:00:00")])
    assert one(unset).published is None
    assert one(unset, zone="Europe/Minsk").published == NOON


def test_an_error_of_wordpress_is_told_in_its_own_words() -> None:
    with pytest.raises(ParseError, match="WordPress answers 'No route'"):
        parse('{"code": "rest_no_route", "message": "No route"}', "wordpress")
    with pytest.raises(ParseError, match="of another kind, not a feed of the kind WordPress"):
        parse('{"a": 1}', "wordpress")


# -- ninjs


def test_ninjs_of_version_1_fills_every_field() -> None:
    story = {
        "uri": "https://wire.example/2026/bridge-1",
        "type": "text",
        "pubstatus": "usable",
        "urgency": 2,
        "evolvedfrom": "https://wire.example/2026/bridge-0",
        "ednote": "CORRECTS the name",
        "correction": "An earlier version had another name.",
        "embargoed": "2026-10-02T08:54:00Z",
        "firstcreated": "2026-10-02T11:54:00+03:00",
        "versioncreated": "2026-10-02T09:00:00Z",
        "headline_main": "Bridge opens",
        "description_text": "Short & <plain>.",
        "body_text": "not this",
        "body_html": "<p>MINSK (BelTA) – It is open.</p>",
        "byline": "Ann",
        "language": "be",
        "usageterms": "no social media",
        "subject": [{"name": "Society"}, {"code": "4"}],
        "associations": {
            "clip": {"type": "video"},
            "main": {
                "type": "picture",
                "creditline": "Photo House",
                "description_text": "A bridge",
                "renditions": {
                    "small": {"href": "/s.jpg", "mimetype": "image/jpeg", "width": 100, "height": 80},
                    "wide": {"href": "/w.jpg", "mimetype": "image/jpeg", "width": 1600, "height": 900},
                    "huge": {"href": "/h.jpg", "mimetype": "image/jpeg", "width": 9000, "height": 6000},
                    "clip": {"href": "/v.mp4", "mimetype": "video/mp4"},
                },
            },
        },
    }
    parsed = parse(json.dumps(story))
    assert (parsed.kind, parsed.warnings) == ("ninjs", ())
    (article,) = parsed.articles
    assert article.guid == article.url == "https://wire.example/2026/bridge-1"
    assert (article.urgency, article.evolved_from) == (2, "https://wire.example/2026/bridge-0")
    assert (article.ednote, article.correction) == ("CORRECTS the name", "An earlier version had another name.")
    assert (article.published, article.embargoed, article.byline) == (NOON, NOON, "Ann")
    assert (article.headline, article.summary, article.body) == ("Bridge opens", "Short & <plain>.", "It is open.")
    assert (article.categories, article.language) == (("Society", "4"), "be")
    assert article.image == Image(
        url="https://news.example/w.jpg",
        alt="A bridge",
        credit="Photo House",
        width=1600,
        height=900,
        mime="image/jpeg",
        rights="no social media",
    )


def test_ninjs_of_version_3_is_read_by_its_roles_in_camel_case() -> None:
    story = {
        "uri": "urn:newsml:wire.example:20261002:bridge",
        "standard": {"name": "ninjs", "version": "3.0"},
        "pubStatus": "canceled",
        "versionCreated": "2026-10-02T11:54:00+03:00",
        "headlines": [{"role": "print", "value": "No"}, {"role": "main", "value": "Bridge opens"}],
        "bodies": [
            {"role": "nitf", "contentType": "application/xml", "value": "<x/>"},
            {"role": "main", "contentType": "text/plain", "value": "One < two.\nThree."},
        ],
        "by": "Ann",
        "subjects": [{"name": "Society"}],
        "keywords": ["Minsk", 4],
        "altIds": [{"role": "web", "value": "https://wire.example/bridge"}],
        "edNote": ["KILL", {"value": "the whole story"}],
        "renditions": [{"name": "x", "href": "/x.jpg"}],
    }
    parsed = parse(json.dumps({"items": [story]}))
    (article,) = parsed.articles
    assert parsed.kind == "ninjs 3.0"
    assert (article.guid, article.url) == ("urn:newsml:wire.example:20261002:bridge", "https://wire.example/bridge")
    assert (article.pubstatus, article.ednote) == (PubStatus.CANCELED, "KILL\nthe whole story")
    assert (article.headline, article.body) == ("Bridge opens", "One < two.\n\nThree.")
    assert (article.published, article.categories, article.byline) == (NOON, ("Society", "Minsk"), "Ann")
    assert article.image == Image(url="https://news.example/x.jpg")


def test_a_story_of_ninjs_without_an_address_gets_the_one_that_the_configuration_makes() -> None:
    story: dict[str, Any] = {"uri": "urn:x:77", "headline": "A", "versioncreated": "x", "altids": {"a": "b"}}
    story["bylines"] = [{"byline": "B"}]
    story["people"] = [{"name": "C", "rel": "author"}, {"name": "D"}]
    body = json.dumps([story])
    found = one(body, "ninjs", options={"link": "https://o.example/{id}/"})
    assert (found.url, found.byline) == ("https://o.example/77/", "B, C")
    assert parse(body, "ninjs").warnings == ("story 1 (A) has no link and is left out",)
    story["altids"] = {"web": "https://w.example/1"}
    assert one(json.dumps(story), "ninjs").url == "https://w.example/1"


def test_what_is_no_text_of_ninjs_is_left_out_and_what_is_no_ninjs_refused() -> None:
    picture = {"uri": "urn:p", "type": "picture", "headline": "P", "versioncreated": "x"}
    assert parse(json.dumps([picture])).warnings == ("story 1 (P) is of the type 'picture', no text and is left out",)
    assert parse("[]", "ninjs").warnings == ("the document holds no stories",)
    with pytest.raises(ParseError, match="of another kind, not a feed of the kind ninjs"):
        parse('[{"uri": "x"}]', "ninjs")


# -- pages

PAGE = """<!doctype html><html lang="en"><head><title>Bridge opens | News</title>
<link rel="canonical" href="https://news.example/society/view/bridge-1-2026/">
<link rel="alternate" hreflang="ru" href="https://news.example/ru/1">
<meta property="og:site_name" content="News"><meta property="og:title" content="Bridge opens | News">
<meta property="og:description" content="Short."><meta property="og:image" content="/b.jpg">
<meta property="og:image:alt" content="A bridge"><meta property="og:image:width" content="800">
<meta property="article:section" content="Society"><meta name="keywords" content="Minsk, roads">
<meta name="author" content="Ann"><meta name="mediator_published_time" content="2026-10-02T11:54:00+03:00">
</head><body><nav><a href="/x">No</a></nav><h1>Bridge <i>opens</i></h1>
<div class="date_full">02 October 2026, 11:54</div><div class="js-mediator-article">
<p>MINSK, 2 October (BelTA) – It is open.</p><div class="ad">Buy</div><p>More.</p></div>
<div class="side"><p>Subscribe to us</p></div></body></html>"""
URL = "https://news.example/society/view/bridge-1-2026/"


def test_a_page_is_read_by_what_it_says_of_itself() -> None:
    parsed = parse(PAGE, url=URL, agencies=("BelTA",))
    (article,) = parsed.articles
    assert (parsed.kind, parsed.warnings) == ("article page", ())
    assert article.guid == article.url == URL
    assert (article.headline, article.summary, article.byline) == ("Bridge opens", "Short.", "Ann")
    assert (article.published, article.language) == (NOON, "en")
    assert article.dateline == Dateline(place="MINSK", date="2 October", agency="BelTA")
    assert article.body == "It is open.\n\nBuy\n\nMore."
    assert article.categories == ("Society", "Minsk", "roads")
    assert article.image == Image(url="https://news.example/b.jpg", alt="A bridge", width=800)
    assert article.translations == ("https://news.example/ru/1",)


def test_a_sites_own_selectors_are_believed_first() -> None:
    options = {
        "headline": ".side p",
        "lead": ".js-mediator-article p",
        "body": ".js-mediator-article",
        "remove": ".ad",
        "time": ".date_full",
        "section": "h1 i",
        "byline": "nav a",
        "image": ".picture",
        "address": "https://news.example/known",
    }
    body = PAGE.replace("</h1>", "</h1><p class=picture><img data-src=p.png alt=P></p>")
    article = one(body, "page", URL, zone="Europe/Warsaw", options=options)
    assert (article.headline, article.summary) == ("Subscribe to us", "It is open.")
    assert article.body == "It is open.\n\nMore."
    assert article.published == datetime(2026, 10, 2, 9, 54, tzinfo=UTC)
    assert (article.categories[0], article.byline, article.guid) == ("opens", "No", "https://news.example/known")
    assert article.image == Image(url=URL + "p.png", alt="P")
    nothing = one(body, "page", URL, options={"body": ".none", "image": "h1"})
    assert (nothing.body, nothing.image and nothing.image.alt) == ("", "A bridge")


def test_linked_data_comes_before_the_elements_of_a_page() -> None:
    data = {
        "@type": "NewsArticle",
        "headline": "Bridge opens at last",
        "description": "Told.",
        "articleBody": "Whole & text.",
        "articleSection": ["Society", "Cities"],
        "keywords": "roads",
        "datePublished": "2026-10-02T08:54:00Z",
        "dateModified": "2026-10-02T09:00:00Z",
        "author": [{"@type": "Person", "name": "Ann"}, {"@id": "https://a.example"}],
        "inLanguage": "be",
        "image": {"url": "/c.jpg", "width": 640, "caption": "C", "creditText": "House", "license": "free"},
        "correction": {"@type": "CorrectionComment", "text": "The name was wrong."},
    }
    page = f'<html><head><title>T</title><script type="application/ld+json">{json.dumps(data)}</script></head></html>'
    article = one(page, "page", URL)
    assert (article.headline, article.summary, article.body) == ("Bridge opens at last", "Told.", "Whole & text.")
    assert (article.published, article.updated) == (NOON, datetime(2026, 10, 2, 9, tzinfo=UTC))
    assert (article.categories, article.byline) == (("Society", "Cities", "roads"), "Ann")
    assert (article.language, article.correction) == ("be", "The name was wrong.")
    assert article.image == Image(url="https://news.example/c.jpg", alt="C", width=640, credit="House", rights="free")


@pytest.mark.parametrize(
    ("head", "headline", "address"),
    [
        ('<title>Bridge - News</title><meta property="og:site_name" content="news">', "Bridge", URL),
        ("<title>Bridge - News</title>", "Bridge - News", URL),
        ('<title>x</title><link rel=canonical href="https://other.example/a">', "x", URL),
        ('<title>x</title><link rel=canonical href="/">', "x", URL),
        (
            '<title>x</title><meta property=og:url content="https://www.news.example/b">',
            "x",
            "https://www.news.example/b",
        ),
    ],
)
def test_a_page_says_little_and_is_read_all_the_same(head: str, headline: str, address: str) -> None:
    parsed = parse(f"<html><head>{head}</head><body><time datetime=2026-10-02>", "page", URL)
    assert [(one.headline, one.url) for one in parsed.articles] == [(headline, address)]
    assert parsed.articles[0].image is None


def test_a_page_without_an_address_of_its_own_has_the_one_it_names() -> None:
    article = one(PAGE, "page", "saved.html")
    assert article.url == article.guid == URL


def test_a_time_that_cannot_be_believed_is_said_so() -> None:
    page = "<html><head><title>x</title></head><body><main><time datetime='2026-10-02 11:54'>today</time></main>"
    assert parse(page, "page", URL).warnings == (
        "the page: the date '2026-10-02 11:54' gives no instant and is not used; "
        "the story counts from when it is first seen",
    )
    assert parse(page, "page", URL, zone="Europe/Minsk").articles[0].published == NOON


def test_a_page_that_cannot_be_read_is_refused() -> None:
    for act in (readers.parse, readers.leads):
        with pytest.raises(ParseError, match="the page is nested more than"):
            act(b"<html>" + b"<div>" * 9_000, URL, "", Reading(kind="page"))


def test_the_extra_finds_a_text_and_its_absence_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "<p>" + "The new bridge over the river was opened to traffic in the morning. " * 8 + "</p>"
    page = f"<html><head><title>Bridge</title></head><body><article><h1>Bridge</h1>{text * 3}</article></body></html>"
    assert one(page, "page", URL).body == ""
    assert one(page, "page", URL, options={"extract": True}).body.count("The new bridge") >= 8
    # its library is loaded at the first page that asks, under the limits that hold by then: a quarter of them is enough
    with closing(Guard(memory=64 << 20)) as guard:
        reading = Reading(kind="page", options={"extract": True})
        assert guard.parse(page.encode(), URL, "", reading).articles[0].body.count("The new bridge") >= 8
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(ParseError, match="extract = true needs the extra"):
        extracting.load()


# -- listings


def listing(body: str, url: str = BASE, **options: Any) -> Listing:
    return readers.leads(body.encode(), url, "text/html", Reading(kind="page", options=options))


STORIES = "".join(
    f'<li><a href="/{section}/view/{slug}-{n}-2026/">{slug} is the headline of story {n}</a></li>'
    for n, (section, slug) in enumerate([("politics", "talks-begin"), ("sport", "мост"), ("culture", "film-wins")], 10)
)
FRONT = f"""<html><body><nav><a href="/politics/">All that is politics today</a>
<a href="/sport/">Sport and more of it</a><a href="/about-our-company-and-us/">About our company and us</a></nav>
<a href="/politics/">Politics of every day here</a>
<a href="/society/">Society and its many sides</a><a href="/culture/">Culture and all of the arts</a><ul>{STORIES}</ul>
<a href="/politics/view/talks-begin-10-2026/#comments"></a>
<a href="https://other.example/politics/view/x-1-2026/">A story of others</a>
<a href="mailto:desk@news.example">Write to the desk now</a></body></html>"""


def test_a_listing_is_found_by_the_shape_of_its_addresses() -> None:
    found = listing(FRONT)
    assert [lead.url for lead in found.leads] == [
        "https://news.example/politics/view/talks-begin-10-2026/",
        "https://news.example/sport/view/мост-11-2026/",
        "https://news.example/culture/view/film-wins-12-2026/",
    ]
    assert found.leads[0].text == "talks-begin is the headline of story 10"
    assert found.pattern == r"/[^/]+/view/[^/]*\d[^/]*/?$"
    assert listing(FRONT, pattern=found.pattern).leads == found.leads


def test_a_listing_is_read_by_selector_and_pattern() -> None:
    assert len(listing(FRONT, links="li").leads) == 3
    assert len(listing(FRONT, links="ul a").leads) == 3
    assert [lead.url for lead in listing(FRONT, links="nav a", pattern="/sport/$").leads] == [
        "https://news.example/sport/"
    ]


@pytest.mark.parametrize(
    "path", ["{n}", "story-of-the-day-number-{n}", "news/{n}/story.html", "article.php?id={n}", "a{n}.html"]
)
def test_addresses_of_other_shapes_are_found_too(path: str) -> None:
    links = "".join(f'<a href="/{path.format(n=n)}">The headline of story number {n}</a>' for n in (1001, 1002, 1003))
    found = listing(f"<html><body>{links}<a href='/about'>About us and them</a></body></html>")
    assert len(found.leads) == 3
    assert listing(f"<html>{links}</html>", pattern=found.pattern).leads == found.leads


def test_a_page_that_lists_nothing_has_no_leads() -> None:
    two = "<html><a href=/a-1-2>One headline and more</a><a href=/b-1-2>Two of them and more</a></html>"
    assert listing(two) == Listing(kind="listing page")
    assert listing("<p><a href='/x'>x</a>") == Listing(kind="listing page")


# -- files

FILE = """---
title: "Bridge: it \\"opens\\""
date: 2026-10-02T11:54+03:00
section: Society
tags: [Minsk, 'roads']
authors:
  - Ann
  - Bob   # not here
summary: >
  Short
  and more.
image: https://news.example/b.jpg
image_alt: A bridge
url: https://news.example/bridge
urgency: 2
# a note
---
# Not the headline

MINSK, 2 October (BelTA) – It is **open**, _wide_ and [long](https://x.example "t").

- one
- two

***

> Quoted `code` ![p](x.png)
"""


def test_a_file_with_front_matter_fills_every_field() -> None:
    parsed = parse(FILE, url="file://2026/bridge.md", agencies=("BelTA",))
    assert (parsed.kind, parsed.warnings) == ("Markdown file", ())
    (article,) = parsed.articles
    assert (article.headline, article.guid) == ('Bridge: it "opens"', "bridge.md")
    assert (article.published, article.urgency, article.byline) == (NOON, 2, "Ann, Bob")
    assert (article.summary, article.categories) == ("Short and more.", ("Society", "Minsk", "roads"))
    assert article.body.split("\n\n") == [
        "Not the headline",
        "MINSK, 2 October (BelTA) – It is open, wide and long.",
        "- one\n- two",
        "Quoted code",
    ]
    assert article.image == Image(url="https://news.example/b.jpg", alt="A bridge")


def test_a_file_of_toml_has_dates_of_its_own_and_an_address_by_its_name() -> None:
    body = '+++\ndate = 2026-10-02T08:54:00Z\ntags = ["a", 3]\ndraft = true\n+++\n\n# Bridge opens\n\nIt is open.\n'
    options = {"link": "https://n.example/{slug}/", "address": "x/bridge.md"}
    article = one(body, "folder", "file://bridge.md", options=options)
    assert (article.url, article.guid) == ("https://n.example/bridge/", "x/bridge.md")
    assert (article.headline, article.body, article.published) == ("Bridge opens", "It is open.", NOON)
    assert (article.pubstatus, article.categories) == (PubStatus.WITHHELD, ("a", "3"))


def test_html_and_plain_text_are_files_too() -> None:
    page = parse(PAGE, "folder", "file://a.html", options={"link": "https://news.example/{slug}"})
    assert (page.kind, page.articles[0].url) == ("HTML file", URL)
    front = one(
        "---\ntitle: A\nurl: /a\ndraft: false\n---\n<p>One</p><script>x</script>", "folder", "https://n.example/a.htm"
    )
    assert (front.headline, front.body, front.pubstatus) == ("A", "One", PubStatus.USABLE)
    text = one("---\ntitle: A <x>\nurl: https://n.example/a\n---\n# 5 < 6\n", "folder", "file://a.txt")
    assert (text.headline, text.body) == ("A <x>", "# 5 < 6")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"---\ntitle: A\nno key\n---\n", r"a line that is no \"key: value\" \('no key'\)"),
        (b"+++\na = \n+++\n", "not valid TOML"),
        ("---\ntitle: é\n---\n".encode("latin-1"), "not a text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(body: bytes, says: str) -> None:
    with pytest.raises(ParseError, match=says):
        parse(body, "folder", "file://a.md")


def test_front_matter_and_markdown_in_odd_shapes() -> None:
    assert split_front("no front\n---\n") == ({}, "no front\n---\n")
    assert split_front("---\na:\n- x\nb: 'it''s'\n\n---\nrest") == ({"a": ["x"], "b": "it's"}, "rest")
    assert from_markdown("```\ncode\n```\n\n1. a\n2. b\n\n![x](y)") == "<p>1. a<br>2. b</p>"


# -- which reader


@pytest.mark.parametrize(
    ("body", "url", "kind"),
    [
        (b"<rss/>", "", "feed"),
        (b"\xef\xbb\xbf <!-- x --><urlset/>", "", "sitemap"),
        (b"<!DOCTYPE html><x/>", "", "page"),
        (b"---\na: b\n---\n", "", "folder"),
        (b"text", "x/a.MD", "folder"),
        (b'{"jsonfeed.org": ', "", "jsonfeed"),
        (b'{"a": ', "", "feed"),
        (b"[]", "", "feed"),
        ("{}".encode("utf-16"), "", "feed"),
        (b"", "", "feed"),
    ],
)
def test_a_documents_kind_is_detected(body: bytes, url: str, kind: str) -> None:
    assert readers.detected(body, url) == kind


def broken(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    raise KeyError(f"{url}{content_type}{reading.feed}{len(body)}")


def test_a_third_partys_reader_runs_with_the_same_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParseError, match=r"damaged beyond reading \(KeyError\)"):
        parse(b"x", f"{__name__}:broken")
    monkeypatch.setitem(readers.LISTINGS, "page", f"{__name__}:broken")
    with pytest.raises(ParseError, match=r"damaged beyond reading \(KeyError\)"):
        readers.leads(b"x", BASE, "", Reading())


# -- what the rules make of it


def wire(**changes: Any) -> Article:
    story = {"uri": "urn:x:1", "url": "https://w.example/1", "headline": "Bridge opens", "body_text": "It is open."}
    return one(json.dumps(story | {"pubstatus": "usable"} | changes), "ninjs")


def told(correction: str) -> Article:
    data = {"@type": "NewsArticle", "headline": "Bridge opens", "articleBody": f"It is {correction or 'open'}."}
    data |= {"correction": correction} if correction else {}
    page = f'<html><head><script type="application/ld+json">{json.dumps(data)}</script></head></html>'
    return one(page, "page", URL)


def test_what_a_source_says_of_a_new_version_reaches_the_rules() -> None:
    found = classify(told(""), told("not the longest"))
    assert (found.meaning, found.note) == (RevisionClass.CORRECTION, "not the longest")
    corrected = wire(ednote="CORRECTS the name in paragraph 2", body_text="It is shut.")
    assert classify(wire(), corrected).meaning is RevisionClass.CORRECTION
    assert classify(wire(), wire(pubstatus="canceled")).meaning is RevisionClass.WITHDRAWAL
    assert classify(wire(), wire(body_text="It is open. Buses go there.")).meaning is RevisionClass.UPDATE


def test_urgency_and_the_story_that_it_evolved_from_make_the_takes() -> None:
    flash = wire(urgency=1, headline="BRIDGE OPENS", body_text="")
    full = wire(uri="urn:x:2", url="https://w.example/2", evolvedfrom="urn:x:1", body_text="It is open. " * 90)
    assert (stage(flash), stage(full), full.evolved_from) == (Stage.FLASH, Stage.FULL, flash.guid)
    earlier = Story(id=1, article=flash, first_seen_at=NOON)
    found = continued(full, earlier, (), NOON)
    assert found is not None
    assert (found.earlier, found.is_take) == (earlier, True)


RSS_HEAD = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>News</title>{links}</channel></rss>'
)
HUB = '<atom:link rel="hub" href="https://hub.example.org/"/>'
SELF = '<atom:link rel="self" href="/politics.xml"/>'


@pytest.mark.parametrize(
    ("body", "hub", "topic"),
    [
        (RSS_HEAD.format(links=HUB + SELF), "https://hub.example.org/", "https://news.example.org/politics.xml"),
        (RSS_HEAD.format(links=HUB), "https://hub.example.org/", "https://news.example.org/feed"),
        (RSS_HEAD.format(links=SELF), "", ""),
        (RSS_HEAD.format(links='<atom:link rel="hub" href="javascript:1"/>'), "", ""),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="//hub.example.org/"/></feed>',
            "https://hub.example.org/",
            "https://news.example.org/feed",
        ),
        (
            '{"version": "https://jsonfeed.org/version/1.1", "feed_url": "/f.json", "items": [],'
            ' "hubs": [{"type": "rssCloud", "url": "https://c.org/"}, {"type": "WebSub", "url": "https://h.example.org/"}]}',
            "https://h.example.org/",
            "https://news.example.org/f.json",
        ),
        ('{"version": "https://jsonfeed.org/version/1.1", "items": [], "hubs": 5}', "", ""),
    ],
)
def test_the_hub_that_a_feed_names_is_known_with_the_address_that_the_hub_knows(
    body: str, hub: str, topic: str
) -> None:
    found = readers.parse(body.encode(), "https://news.example.org/feed", "", Reading(kind="auto"))
    assert (found.hub, found.topic) == (hub, topic)
    assert from_json(to_json(found)) == found
