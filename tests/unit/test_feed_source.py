"""What feeds really look like: damaged, foreign, hostile; and what the desk may still believe of them."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.clock import SystemClock
from distributor.errors import FetchError, ParseError
from distributor.interfaces import Validators
from distributor.model import Article, Dateline, Image
from distributor.net import Answer, Fetcher
from distributor.sources import Opening, child, guard
from distributor.sources.dates import instant
from distributor.sources.feedparse import parse_document
from distributor.sources.frames import frame, read_frame, unframe
from distributor.sources.guard import Guard
from distributor.sources.own.documents import DocumentSource
from distributor.sources.parsed import Parsed, Reading, from_json, to_json
from distributor.sources.pictures import absolute

BASE = "https://news.example/rss/world.xml"
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)
ITEM = "<item><title>Bridge opens</title><link>https://news.example/bridge</link></item>"


def rss(*items: str, channel: str = "") -> bytes:
    inner = f"<channel>{channel}{''.join(items)}</channel>"
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}>{inner}</rss>'.encode()


def item(inner: str, title: str = "Bridge opens", link: str = "https://news.example/bridge") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{inner}</item>"


def read(body: bytes, content_type: str = "application/rss+xml", **reading: Any) -> Parsed:
    return parse_document(body, BASE, content_type, Reading(feed="world", **reading))


def one(inner: str, channel: str = "", **kwargs: Any) -> Article:
    (article,) = read(rss(item(inner), channel=channel), **kwargs).articles
    return article


def headline(title: str) -> str:
    (article,) = read(rss(item("", title=title))).articles
    return article.headline


def test_a_full_item_fills_every_field() -> None:
    body = rss(
        """<item>
          <title>Bridge opens</title>
          <link>https://news.example/bridge</link>
          <guid isPermaLink="false">news-17</guid>
          <pubDate>Mon, 30 Nov 2026 10:00:00 +0300</pubDate>
          <atom:updated>2026-11-30T08:30:00Z</atom:updated>
          <dc:creator>Ann Writer</dc:creator>
          <category>Society</category><category>Minsk</category><category>society</category>
          <description>The new bridge is open.</description>
          <content:encoded><![CDATA[<p>MINSK, 30 November (BelTA) – The new bridge is open.</p>
          <p>It is long.</p>]]></content:encoded>
          <media:content url="/img/bridge.jpg" type="image/jpeg" width="800" height="600">
            <media:title>Not the headline</media:title>
            <media:description>A bridge &amp; a river</media:description><media:credit>Photo House</media:credit>
          </media:content>
        </item>""",
        channel="<language>en-us</language>",
    )
    parsed = read(body, category="World", agencies=("BelTA",))
    assert parsed.kind == "RSS 2.0"
    assert parsed.warnings == ()
    assert parsed.articles == (
        Article(
            feed="world",
            guid="news-17",
            url="https://news.example/bridge",
            headline="Bridge opens",
            summary="The new bridge is open.",
            body="The new bridge is open.\n\nIt is long.",
            dateline=Dateline(place="MINSK", date="30 November", agency="BelTA"),
            byline="Ann Writer",
            published=datetime(2026, 11, 30, 7, tzinfo=UTC),
            updated=datetime(2026, 11, 30, 8, 30, tzinfo=UTC),
            categories=("World", "Society", "Minsk"),
            image=Image(
                url="https://news.example/img/bridge.jpg",
                alt="A bridge & a river",
                credit="Photo House",
                width=800,
                height=600,
                mime="image/jpeg",
            ),
            language="en-US",
        ),
    )


def test_an_atom_feed_is_read_with_its_own_words() -> None:
    body = b"""<?xml version="1.0" encoding="utf-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://news.example/a/">
      <title>News</title><id>tag:news.example,2026:f</id><updated>2026-11-30T07:00:00Z</updated>
      <entry><id>tag:news.example,2026:1</id><title type="html">Stra&amp;szlig;e &amp;lt;frei&amp;gt;</title>
        <link rel="self" href="entry.xml"/><link rel="alternate" type="application/json" href="story.json"/>
        <link rel="alternate" type="text/html" href="story.html"/>
        <link rel="enclosure" type="image/png" href="p.png"/>
        <author><name>A. Mensch</name></author><author><name>B. Mensch</name></author>
        <category term="verkehr" label="Verkehr"/>
        <published>2026-11-30T07:00:00+01:00</published><updated>2026-11-30T08:00:00+01:00</updated>
        <summary>Kurz.</summary>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Lang.</p><p>Noch.</p></div></content></entry>
      <entry><id>urn:2</id><title>Zwei</title><link href="zwei"/><updated>2026-11-30T09:00:00Z</updated></entry>
    </feed>"""
    parsed = read(body, "application/atom+xml")
    first, second = parsed.articles
    assert parsed.kind == "Atom 1.0"
    assert (first.guid, first.url) == ("tag:news.example,2026:1", "https://news.example/a/story.html")
    assert first.headline == "Straße <frei>"
    assert first.byline == "A. Mensch, B. Mensch"
    assert first.categories == ("Verkehr",)
    assert (first.summary, first.body, first.language) == ("Kurz.", "Lang.\n\nNoch.", "de")
    assert first.published == datetime(2026, 11, 30, 6, tzinfo=UTC)
    assert first.updated == datetime(2026, 11, 30, 7, tzinfo=UTC)
    assert first.image == Image(url="https://news.example/a/p.png", mime="image/png")
    assert (second.url, second.published) == ("https://news.example/a/zwei", None)
    assert second.updated == datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_an_rdf_feed_has_its_date_and_language_from_dublin_core() -> None:
    body = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
      xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>c</title></channel>
      <item rdf:about="https://news.example/1"><title>One</title><link>https://news.example/1</link>
      <dc:date>2026-11-30T07:00:00Z</dc:date><dc:language>ru</dc:language><dc:subject>Politik</dc:subject></item></rdf:RDF>"""
    parsed = read(body)
    (article,) = parsed.articles
    assert parsed.kind == "RSS 1.0 (RDF)"
    assert (article.guid, article.language, article.categories) == ("https://news.example/1", "ru", ("Politik",))
    assert article.published == datetime(2026, 11, 30, 7, tzinfo=UTC)
    assert article.updated is None


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Trade &amp; industry", "Trade & industry"),
        ("<![CDATA[Trade & <b>industry</b> grow]]>", "Trade & industry grow"),
        ("Merck &amp;amp; Co.", "Merck & Co."),
        ("&lt;i&gt;Titanic&lt;/i&gt; sinks", "Titanic sinks"),
        ("2 &lt; 3", "2 < 3"),
        ("  Two\n  lines ", "Two lines"),
        ("Caf\u00e9 \u2014 \u041c\u0438\u043d\u0441\u043a", "Caf\u00e9 \u2014 \u041c\u0438\u043d\u0441\u043a"),
    ],
)
def test_a_headline_is_plain_text(title: str, plain: str) -> None:
    assert headline(title) == plain


@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("Minsk &mdash; Berlin talks", "Minsk — Berlin talks"),
        ("Caf&eacute; opens", "Café opens"),
        ("Trade & industry grow", "Trade & industry grow"),
    ],
)
def test_xml_that_is_not_well_formed_keeps_its_headlines_and_links(title: str, plain: str) -> None:
    parsed = read(rss(item("", title=title, link="https://news.example/a?a=1&b=2")))
    (article,) = parsed.articles
    assert article.headline == plain
    assert article.url == "https://news.example/a?a=1&b=2"
    assert parsed.warnings == () or parsed.warnings == ("the XML is not well-formed; read as far as it goes",)


@pytest.mark.parametrize(
    ("declared", "codec", "content_type"),
    [
        ("windows-1251", "cp1251", "text/xml"),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "utf-8", ""),
        ("utf-8", "utf-8-sig", "application/rss+xml; charset=utf-8"),
        ("utf-16", "utf-16", "application/xml"),
        ("", "cp1251", "text/xml; charset=windows-1251"),
    ],
)
def test_the_encodings_of_real_newsrooms_are_read(declared: str, codec: str, content_type: str) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = (
        rss(item("", title="Мост открыт в Минске сегодня утром")).decode().replace('<?xml version="1.0"?>', declaration)
    )
    (article,) = read(body.encode(codec), content_type).articles
    assert article.headline == "Мост открыт в Минске сегодня утром"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Fun &#55357;&#56832; here", "Fun 😀 here"),
        ("Fun &#xD83D;&#xde00; here", "Fun 😀 here"),
        ("Half &#55357; here", "Half here"),
        ("Two &#55357;&#55357;&#56832; here", "Two here"),
        ("Nothing&#0;&#x1F;&#xFFFF;&#1114112;&#99999999999; here", "Nothing here"),
        ("Legal &#8212;&#x1F600; here", "Legal —😀 here"),
        ("Twice &#8212;&#8212; here", "Twice —— here"),
        ("Odd &#aaaa;&#bbbb; here", "Odd &#aaaa;&#bbbb; here"),
    ],
)
def test_an_impossible_character_costs_itself_and_not_the_feed(written: str, read_as: str) -> None:
    body = rss(item("", title=written), ITEM)
    assert [article.headline for article in read(body).articles] == [read_as, "Bridge opens"]


def test_a_feed_in_another_encoding_than_it_says_is_refused_and_never_guessed() -> None:
    body = rss(item("", title="Мост открыт в Минске сегодня утром")).replace(b"?>", b' encoding="utf-8"?>', 1)
    with pytest.raises(ParseError, match=r"^the feed is not in the encoding it declares \(utf-8\)$"):
        read(body.decode().encode("cp1251"))
    with pytest.raises(ParseError, match=r"^the feed is in an unknown encoding \(x-none\)$"):
        read(body.decode().encode("cp1251"), "text/xml; charset=x-none")


def test_one_unreadable_byte_costs_one_item_and_not_the_feed() -> None:
    body = rss(item("", title="Café SPOILT open"), item("", title="Мост открыт"))
    parsed = read(body.replace(b"SPOILT", b"\xff"))
    assert [article.headline for article in parsed.articles] == ["Мост открыт"]
    assert parsed.warnings[-1].endswith("has unreadable characters and is left out")


def test_windows_1252_is_read_where_it_is_declared() -> None:
    body = rss(item("", title="Café “open”")).replace(b"?>", b' encoding="windows-1252"?>', 1)
    assert read(body.decode().encode("cp1252")).articles[0].headline == "Café “open”"


def test_an_unknown_encoding_is_no_crash() -> None:
    body = rss(ITEM).replace(b'version="1.0"', b'version="1.0" encoding="x-nonsense"', 1)
    assert read(body).articles[0].headline == "Bridge opens"


def test_a_missing_guid_is_replaced_by_the_link_and_a_guid_can_be_the_link() -> None:
    assert one("").guid == "https://news.example/bridge"
    body = rss('<item><title>T</title><guid isPermaLink="true">https://news.example/g</guid></item>')
    assert [(each.guid, each.url) for each in read(body).articles] == [("https://news.example/g",) * 2]
    body = rss(
        "<item><guid>https://news.example/other</guid><title>T</title><link>https://news.example/l</link></item>"
    )
    assert [(each.guid, each.url) for each in read(body).articles] == [
        ("https://news.example/other", "https://news.example/l")
    ]


def test_a_guid_that_is_only_a_number_stays_one() -> None:
    assert one("<guid>12345</guid>").guid == "12345"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a/b", "https://news.example/a/b"),
        ("c", "https://news.example/rss/c"),
        ("//cdn.example/x", "https://cdn.example/x"),
        (" https://news.example/a b ", "https://news.example/a%20b"),
        ("https://news.example/a\n   b", "https://news.example/ab"),
        ("javascript:alert(1)", ""),
        ("mailto:a@news.example", ""),
        ("http://[broken", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_links_become_absolute_web_addresses_or_nothing(link: str, url: str) -> None:
    assert absolute(link, BASE) == url


def test_a_relative_link_is_resolved_against_the_feed() -> None:
    (article,) = read(rss(item("", link="../story"))).articles
    assert article.url == "https://news.example/story"


def test_other_languages_and_the_version_before_are_known_by_their_links() -> None:
    found = one(
        '<atom:link rel="alternate" hreflang="ru" href="/ru/most"/>'
        '<atom:link rel="alternate" hreflang="en" href="/bridge"/>'
        '<atom:link rel="alternate" hreflang="fr" href="mailto:x@news.example"/>'
        '<atom:link rel="predecessor-version" href="urn:wire:bridge-1"/>'
        "<dc:language>en</dc:language>"
    )
    assert found.url == "https://news.example/bridge"
    assert found.translations == ("https://news.example/ru/most",)
    assert found.evolved_from == "urn:wire:bridge-1"
    assert (one("").translations, one("").evolved_from) == ((), "")


def test_feedburners_original_link_is_preferred() -> None:
    article = one("<feedburner:origLink>https://news.example/original</feedburner:origLink>")
    assert article.url == "https://news.example/original"


def test_items_without_a_link_or_without_words_are_left_out_and_named() -> None:
    parsed = read(
        rss(
            "<item><title>No link</title></item>",
            "<item><link>https://news.example/silent</link></item>",
            ITEM,
            "<item><guid isPermaLink='false'>only-a-guid</guid></item>",
        )
    )
    assert [article.headline for article in parsed.articles] == ["Bridge opens"]
    assert parsed.warnings == (
        "item 1 (No link) has no link and is left out",
        "item 2 has neither headline nor text and is left out",
        "item 4 (only-a-guid) has no link and is left out",
    )


def test_an_item_with_words_but_no_headline_borrows_its_first_sentence() -> None:
    parsed = read(rss(item("<description>It rains. It pours.</description>", title="")))
    assert parsed.articles[0].headline == "It rains."
    assert parsed.warnings == ("item 1 has no headline; its first words stand in",)
    long = read(rss(item(f"<description>{'word ' * 100}</description>", title=""))).articles[0].headline
    assert len(long) <= 200
    assert long.endswith("word…")


def test_a_description_as_long_as_a_story_is_the_body() -> None:
    story = "<p>One sentence. </p>" * 60
    article = one(f"<description><![CDATA[{story}]]></description>")
    assert article.summary == ""
    assert article.body.startswith("One sentence.\n\nOne sentence.")


def test_the_dateline_is_taken_off_the_summary_where_there_is_no_body() -> None:
    article = one("<description>MINSK, 30 November (BelTA) – The bridge is open.</description>")
    assert article.summary == "The bridge is open."
    assert article.dateline == Dateline(place="MINSK", date="30 November", agency="BelTA")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 30 Nov 2026 10:00:00 +0300", "2026-11-30T07:00"),
        ("Mon, 30 Nov 2026 07:00:00 GMT", "2026-11-30T07:00"),
        ("30 November 2026 07:00 Z", "2026-11-30T07:00"),
        ("Mon, 30 Nov 2026 02:00:00 EST", "2026-11-30T07:00"),
        ("Mon, 30 Nov 2026 08:00:00 CET", "2026-11-30T07:00"),
        ("Mon, 30 Nov 2026 10:00:00 +0300 (MSK)", "2026-11-30T07:00"),
        ("Mon, 30 Nov 2026 07:00:00 -0000", "2026-11-30T07:00"),
        ("2026-11-30T07:00:00Z", "2026-11-30T07:00"),
        ("2026-11-30T10:00:00.123456789+03:00", "2026-11-30T07:00"),
        ("2026-11-30 10:00:00 +0300", "2026-11-30T07:00"),
        ("2026-11-30 07:00:00 UTC", "2026-11-30T07:00"),
        ("2026-11-30T07:00:00-00:00", "2026-11-30T07:00"),
        ("20261130T070000Z", "2026-11-30T07:00"),
        ("Mon, 30 Nov 2026 10:00:00", None),
        ("Mon, 30 Nov 2026 10:00:00 BST", None),
        ("2026-11-30T10:00:00", None),
        ("2026-11-30 10:00:00 IST", None),
        ("2026-11-30", None),
        ("2026-13-30T10:00:00Z", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0000-00-00 00:00:00", None),
        ("99999999999", None),
        ("yesterday", None),
        ("GMT", None),
        ("", None),
    ],
)
def test_a_date_is_an_instant_only_with_its_zone(text: str, expected: str | None) -> None:
    found = instant(text)
    assert (found and f"{found:%Y-%m-%dT%H:%M}") == expected
    assert found is None or found.tzinfo is UTC


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("0123456789-:TZ+. GMTMonNov,", max_size=40)))
def test_any_text_is_an_instant_or_none(text: str) -> None:
    found = instant(text)
    assert found is None or found.tzinfo is UTC


def test_a_date_without_a_zone_is_not_used_and_said_so() -> None:
    parsed = read(rss(item("<pubDate>Mon, 30 Nov 2026 10:00:00</pubDate>")))
    assert parsed.articles[0].published is None
    assert parsed.warnings == ("item 1: the date 'Mon, 30 Nov 2026 10:00:00' gives no instant and is not used",)


@pytest.mark.parametrize(
    ("inner", "image"),
    [
        ('<media:content url="a.mp4" type="video/mp4"/><media:content url="b.jpg" medium="image"/>', "b.jpg"),
        ('<media:content url="s.jpg" width="100"/><media:content url="l.jpg" width="900"/>', "l.jpg"),
        ('<media:content url="clip"/><media:thumbnail url="t.jpg" width="x"/>', "t.jpg"),
        ('<media:group><media:content url="g.webp" medium="image"/></media:group>', "g.webp"),
        ('<enclosure url="p.mp3" type="audio/mpeg"/><enclosure url="e.jpg" type="image/jpeg"/>', "e.jpg"),
        ('<enclosure url="e.png?size=1"/>', "e.png?size=1"),
        ("<description>&lt;img src='i.png'&gt;</description>", "i.png"),
        ("<content:encoded>&lt;img src='/rss-pixel.png'&gt;&lt;img src='r.png'&gt;</content:encoded>", "r.png"),
        ("<content:encoded>&lt;img src='undefined'&gt;</content:encoded>", None),
        ('<media:content url="javascript:x" medium="image"/>', None),
        ("", None),
    ],
)
def test_the_picture_is_the_best_of_what_the_item_offers(inner: str, image: str | None) -> None:
    found = one(inner).image
    assert (found and found.url) == (image and f"https://news.example/rss/{image}")


def test_an_enclosure_borrows_the_words_of_the_same_picture_in_the_text() -> None:
    found = one(
        '<enclosure url="/p.jpg" type="image/jpeg"/><description>&lt;img src="/q.jpg" alt="Other"&gt;'
        '&lt;img src="/p.jpg" alt="A bridge"&gt;</description>'
    ).image
    assert found == Image(url="https://news.example/p.jpg", alt="A bridge", mime="image/jpeg")


def test_words_about_a_picture_never_become_the_story() -> None:
    article = one(
        "<media:title>Picture title</media:title><media:description>Caption</media:description>"
        "<media:credit>Agency</media:credit><description>The story.</description>"
        '<media:thumbnail url="t.jpg"/>'
    )
    assert (article.headline, article.summary, article.body) == ("Bridge opens", "The story.", "")
    assert article.image is not None
    assert (article.image.alt, article.image.credit) == ("Caption", "Agency")


@pytest.mark.parametrize(
    ("inner", "byline"),
    [
        ("<author>a@news.example (Ann Writer)</author>", "Ann Writer"),
        ("<author>a@news.example</author>", ""),
        ("<author>Ann Writer (Reuters)</author>", "Ann Writer (Reuters)"),
        ("<author>Ann Writer &lt;a@news.online&gt;</author>", "Ann Writer"),
        ("<author>a@b.online (Ann)</author><author>c@b.de (Bob)</author><author>d@b.agency</author>", "Ann, Bob"),
        ("<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><dc:creator>Ann</dc:creator>", "Ann, Bob"),
        ("<dc:creator><![CDATA[ Ann &amp; Bob ]]></dc:creator>", "Ann & Bob"),
        ("", ""),
    ],
)
def test_a_byline_is_a_name_and_never_a_mail_address(inner: str, byline: str) -> None:
    assert one(inner).byline == byline


@pytest.mark.parametrize(
    ("term", "urgency"), [("1", 1), (" 9 ", 9), ("0", 5), ("10", 5), ("12", 5), ("urgent", 5), ("١", 5)]
)
def test_a_category_of_the_iptc_tells_the_urgency_and_is_no_section(term: str, urgency: int) -> None:
    said = f'<category domain="http://cv.iptc.org/newscodes/urgency/">{term}</category><category>Politics</category>'
    article = one(said)
    assert (article.urgency, article.categories) == (urgency, ("Politics",))
    assert one('<category domain="http://example.org/mood">1</category>').urgency == 5


def test_categories_in_one_element_are_parted_when_the_whole_feed_does_so() -> None:
    many = item("<category>Politics, Economy, Minsk</category>"), item("<category>Arts, Culture</category>")
    assert [each.categories for each in read(rss(*many)).articles] == [
        ("Politics", "Economy", "Minsk"),
        ("Arts", "Culture"),
    ]
    kept = item("<category>Economy, Business, and Finance</category><category>Kenya</category>")
    assert read(rss(kept)).articles[0].categories == ("Economy, Business, and Finance", "Kenya")


@pytest.mark.parametrize(
    ("inner", "channel", "configured", "language"),
    [
        ("<dc:language>be</dc:language>", "<language>ru</language>", "en", "be"),
        ("", "<language>en-Us</language>", "be", "en-US"),
        ("", "", "be", "be"),
        ("", "<language>en_gb</language>", "", "en-GB"),
        ("", "<language>English, please</language>", "en", "en"),
        ("", "", "", ""),
    ],
)
def test_the_language_is_the_items_else_the_feeds_else_the_configured(
    inner: str, channel: str, configured: str, language: str
) -> None:
    assert one(inner, channel=channel, language=configured).language == language


def test_an_empty_feed_is_a_feed_with_a_warning() -> None:
    parsed = read(rss())
    assert (parsed.articles, parsed.warnings) == ((), ("the feed holds no items",))


def test_a_feed_that_breaks_off_loses_its_last_item_and_no_other() -> None:
    body = rss(ITEM, item("<description>A sentence that is cut</description>", title="Second"))
    parsed = read(body[: body.index(b"that is cut")])
    assert [article.headline for article in parsed.articles] == ["Bridge opens"]
    assert parsed.warnings[-1] == "the document breaks off inside its last item, which is left out"
    whole = read(body[: body.index(b"</channel>")])
    assert len(whole.articles) == 2
    assert whole.warnings == ("the XML is not well-formed; read as far as it goes",)
    nothing = read(rss(ITEM)[:-50])
    assert nothing.articles == ()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "an empty document, not a feed"),
        (b" \n ", "an empty document, not a feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "a JSON document, not a feed"),
        (b"\xef\xbb\xbf[1]", "a JSON document, not a feed"),
        (b"<!DOCTYPE html><html><head><title>News &amp; more</title>", "an HTML page (title: News & more), not a feed"),
        (b"<!doctype HTML>\n<p>hello", "an HTML page, not a feed"),
        (b"<!-- x --><HTML lang='de'><body>", "an HTML page, not a feed"),
        (b"<head><title>Oops</title></head>", "a piece of HTML (title: Oops), not a feed"),
        ("<html><title>Привет</title>".encode("utf-16"), "an HTML page (title: Привет), not a feed"),
        (b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "b">]><html xmlns="x"/>', "an HTML page, not a feed"),
        (b"%PDF-1.7 ...", "a PDF document, not a feed"),
        (b"\x1f\x8b\x08 gzip", "gzip data, not a feed"),
        (b"\x89PNG\r\n", "a PNG image, not a feed"),
        (random.Random(7).randbytes(5000), "binary data, not a feed"),
        (b"Not found.", "plain text (text/plain), not a feed"),
        (b'<urlset xmlns="x"><url/></urlset>', "a sitemap, not a feed"),
        (b"<?xml version='1.0'?><error code='5'/>", "an XML document (<error>), not a feed"),
        ("<opml/>".encode("utf-16"), "an XML document (<opml>), not a feed"),
        ("<?xml version='1.0'?><opml/>".encode("utf-16-le"), "an XML document (<opml>), not a feed"),
        ("<?xml version='1.0'?><opml/>".encode("utf-16-be"), "an XML document (<opml>), not a feed"),
        (b"<>", "a document of an unknown kind, not a feed"),
        (b"<?xml version='1.0'?>" + b"\x8f\xff" * 9000, "binary data, not a feed"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(body, "text/plain; charset=utf-8")
    assert str(caught.value) == reason


def test_plain_text_without_a_type_is_plain_text() -> None:
    with pytest.raises(ParseError, match=r"^plain text, not a feed$"):
        read(b"hello", "")


def test_external_entities_are_never_read() -> None:
    body = rss(item("", title="A &secret; b")).replace(
        b'<?xml version="1.0"?>',
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/hostname">]>',
    )
    with open("/etc/hostname") as file:  # noqa: PTH123
        secret = file.read().strip()
    assert secret not in read(body).articles[0].headline


DATE = "<pubDate>Mon, 30 Nov 2026 10:00:00 +0300</pubDate>"
FEEDS = [
    rss(item(f"<description>&lt;p&gt;Text &amp;amp; more&lt;/p&gt;</description>{DATE}"), ITEM),
    rss(item('<guid>a</guid><media:content url="a.jpg"><media:credit>c</media:credit></media:content>')),
    b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="xhtml"><div>T</div></title><id>1</id>
    <link href="a"/>
    <content type="html">&lt;b&gt;x&lt;/b&gt;</content><updated>2026-11-30T07:00:00Z</updated></entry></feed>""",
]
WORDS = [b"<", b">", b"&", b"&#0;", b"&#x110000;", b"]]>", b"<![CDATA[", b"<!--", b"</item>", b"<entry>", b"\0"]
WORDS += [b"<!DOCTYPE x [", b'encoding="utf-7"', b"<link>", b"</link>", b"<atom:link/>", b"&amp", b"<title>", b"\xd0"]
WORDS += [b"\xff", b"'"]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_mutated_feed_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(FEEDS)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body)))
        cut = data.draw(st.integers(0, 12))
        body[at : at + cut] = data.draw(st.one_of(st.sampled_from(WORDS), st.binary(max_size=4)))
    try:
        parsed = read(bytes(body))
    except ParseError:
        return
    for article in parsed.articles:
        assert article.headline
        assert article.guid
        assert article.url.startswith(("http://", "https://"))
    assert from_json(json.loads(json.dumps(to_json(parsed)))) == parsed


def test_a_fault_inside_the_library_is_a_parse_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("links")

    monkeypatch.setattr("feedparser.parse", broken)
    with pytest.raises(ParseError, match=r"damaged beyond reading \(KeyError\)"):
        read(rss(ITEM))


def test_running_out_of_memory_is_left_to_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr("feedparser.parse", hungry)
    with pytest.raises(MemoryError):
        read(rss(ITEM))
    asked = {"reading": {"feed": "", "category": "", "language": "", "agencies": []}, "url": BASE, "content_type": ""}
    answer, _ = child.answer(asked, rss(ITEM))
    assert answer["last"]
    source = io.BytesIO(frame(asked | {"seconds": 5.0}, rss(ITEM)) * 2)
    sink = io.BytesIO()
    child.serve(source, sink)
    assert len(answers(sink)) == 2  # ready, and one reason: it does not go on


def answers(sink: io.BytesIO) -> list[dict[str, Any]]:
    sink.seek(0)
    found = []
    while (message := read_frame(sink.read)) is not None:
        found.append(message[0])
    return found


def test_the_child_answers_each_document_and_ends_with_its_input() -> None:
    asked = {
        "reading": {"feed": "f", "category": "", "language": "", "agencies": ["BelTA"]},
        "url": BASE,
        "content_type": "",
        "seconds": 5.0,
    }
    source = io.BytesIO(frame(asked, rss(ITEM)) + frame(asked, b"") + frame(asked, b"cut")[:-1])
    sink = io.BytesIO()
    child.serve(source, sink)
    ready, good, bad = answers(sink)
    assert ready == {"ready": True}
    assert from_json(good["parsed"]).articles[0].headline == "Bridge opens"
    assert bad == {"error": "an empty document, not a feed"}
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_message_is_an_object() -> None:
    with pytest.raises(ValueError, match="object"):
        unframe(b"[1]")


@pytest.fixture(scope="module")
def wall() -> Any:
    found = Guard(seconds=5)
    yield found
    found.close()


def test_the_guard_gives_what_the_parser_gives(wall: Guard) -> None:
    reading = Reading(feed="f", category="c", language="en", agencies=("BelTA",))
    body = rss(item("<pubDate>Mon, 30 Nov 2026 10:00:00 +0300</pubDate>"), ITEM, channel="<language>be</language>")
    assert wall.parse(body, BASE, "", reading) == parse_document(body, BASE, "", reading)
    with pytest.raises(ParseError, match="an HTML page"):
        wall.parse(b"<html>", BASE, "", reading)


def test_a_text_with_half_a_character_pair_survives_the_pipe() -> None:
    values = {"text": "\ud83d half"}
    assert read_frame(io.BytesIO(frame(values)).read) == (values, b"")


def test_threads_take_turns(wall: Guard) -> None:
    found: dict[int, str] = {}

    def work(number: int) -> None:
        parsed = wall.parse(rss(item("", title=f"Story {number}")), BASE, "", Reading())
        found[number] = parsed.articles[0].headline

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"Story {number}" for number in range(8)}


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (letter + 1, b"&%c;" % letter * 10) for letter in range(97, 106))
    + b']><rss version="2.0"><channel><item><title>&j;</title><link>https://a.example</link></item></channel></rss>'
)


def test_a_bomb_is_stopped_in_time_and_the_next_document_is_read() -> None:
    patient = Guard(seconds=0.1)
    try:
        with pytest.raises(ParseError, match=r"parsing took longer than 0\.\d+ s and was stopped"):
            patient.parse(rss(item("<description>" + "&lt;a " * 300_000 + "</description>")), BASE, "", Reading())
        patient._seconds = 5
        assert patient.parse(rss(ITEM), BASE, "", Reading()).articles
    finally:
        patient.close()


def test_a_billion_laughs_is_stopped_or_read_without_them() -> None:
    patient = Guard(seconds=1)
    try:
        parsed = patient.parse(LAUGHS, BASE, "", Reading())
    except ParseError as error:
        assert "longer than 1 s" in str(error) or "memory" in str(error)  # noqa: PT017  either ending is right
    else:
        assert len(parsed.articles[0].headline) < 100_000
    finally:
        patient.close()


def test_a_document_that_needs_too_much_memory_is_refused_and_the_next_one_read() -> None:
    poor = Guard(seconds=5, memory=16 * guard.MIB)
    try:
        with pytest.raises(ParseError, match=r"more memory than reading it may take|crashed"):
            poor.parse(rss(item("<description>" + "x" * (8 * guard.MIB) + "</description>")), BASE, "", Reading())
        assert poor.parse(rss(ITEM), BASE, "", Reading()).articles
    finally:
        poor.close()


def test_a_child_that_dies_is_replaced(wall: Guard) -> None:
    wall.parse(rss(ITEM), BASE, "", Reading())
    assert wall._child is not None
    os.kill(wall._child.pid, signal.SIGKILL)
    wall._child.wait()
    assert wall.parse(rss(ITEM), BASE, "", Reading()).articles


def test_a_child_that_stands_still_is_stopped_and_replaced() -> None:
    patient = Guard(seconds=5)
    try:
        assert patient.parse(rss(ITEM), BASE, "", Reading()).articles
        assert patient._child is not None
        os.kill(patient._child.pid, signal.SIGSTOP)
        patient._seconds = 0.02
        with pytest.raises(ParseError, match=r"parsing took longer than 0\.2 s and was stopped"):
            patient.parse(rss(ITEM), BASE, "", Reading())
        patient._seconds = 5
        assert patient.parse(rss(ITEM), BASE, "", Reading()).articles
    finally:
        patient.close()


def test_a_child_that_dies_on_a_document_is_said_so(wall: Guard) -> None:
    wall.parse(rss(ITEM), BASE, "", Reading())
    assert wall._child is not None
    os.kill(wall._child.pid, signal.SIGSTOP)
    pid = wall._child.pid
    timer = threading.Timer(0.05, os.kill, (pid, signal.SIGKILL))
    timer.start()
    with pytest.raises(ParseError, match="the parser crashed on this document"):
        wall.parse(rss(ITEM), BASE, "", Reading())
    timer.join()
    assert wall.parse(rss(ITEM), BASE, "", Reading()).articles


def test_a_child_that_does_not_start_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(ParseError, match="the parser process could not be started"):
        Guard().parse(rss(ITEM), BASE, "", Reading())


def test_an_interrupt_leaves_no_half_read_answer_behind(wall: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    wall.parse(rss(ITEM), BASE, "", Reading())

    def interrupted(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(guard, "_receive", interrupted)
        with pytest.raises(KeyboardInterrupt):
            wall.parse(rss(ITEM), BASE, "", Reading())
    assert wall._child is None
    assert wall.parse(rss(ITEM), BASE, "", Reading()).articles


def test_closing_twice_is_harmless() -> None:
    idle = Guard()
    idle.close()
    idle.parse(rss(ITEM), BASE, "", Reading())
    idle.close()
    idle.close()
    assert idle._child is None


def test_the_child_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTRIBUTOR_CHANNELS__X__TOKEN", "do-not-tell")
    fresh = Guard()
    try:
        fresh.parse(rss(ITEM), BASE, "", Reading())
        assert fresh._child is not None
        with open(f"/proc/{fresh._child.pid}/environ", "rb") as file:  # noqa: PTH123
            assert b"do-not-tell" not in file.read()
    finally:
        fresh.close()


class Scripted:
    """A fetcher that answers from a list and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []

    def get(self, url: str, *, headers: dict[str, str], deadline: float | None = None) -> Answer:
        assert url == BASE
        self.asked.append(headers)
        return self.answers.pop(0)


class InProcess:
    """The parser without its wall."""

    def parse(self, body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
        return parse_document(body, url, content_type, reading)


def source(fetcher: Any, url: str = BASE) -> DocumentSource:
    reading = Reading(feed="world")
    guarded: Any = InProcess()
    return DocumentSource(
        Opening(name="world", fetcher=fetcher, guard=guarded, clock=SystemClock(), reading=reading), url
    )


def test_the_validators_of_one_answer_are_the_question_of_the_next() -> None:
    fields = {"etag": 'W/"1"', "last-modified": "Mon, 30 Nov 2026 07:00:00 GMT", "content-type": "text/xml"}
    scripted = Scripted(Answer(status=200, url=BASE, headers=fields, body=rss(ITEM)), Answer(status=304, url=BASE))
    feed = source(scripted)
    first = feed.fetch(Validators())
    assert first is not None
    assert (first.content_type, first.url) == ("text/xml", BASE)
    assert feed.fetch(first.validators) is None
    assert set(scripted.asked[0]) == {"accept"}
    assert scripted.asked[1]["if-none-match"] == 'W/"1"'
    assert scripted.asked[1]["if-modified-since"] == "Mon, 30 Nov 2026 07:00:00 GMT"


def test_the_same_body_again_is_no_news_whatever_the_server_says() -> None:
    scripted = Scripted(*(Answer(status=200, url=BASE, headers={}, body=body) for body in (b"a", b"a", b"b")))
    feed = source(scripted)
    first = feed.fetch(Validators())
    assert first is not None
    assert feed.fetch(first.validators) is None
    assert feed.fetch(first.validators) is not None


def test_warnings_are_kept_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    feed = source(Scripted(Answer(status=200, url=BASE, headers={}, body=rss("<item><title>T</title></item>"))))
    fetched = feed.fetch(Validators())
    assert fetched is not None
    with caplog.at_level("WARNING"):
        assert feed.parse(fetched) == ()
    assert feed.warnings == ("item 1 (T) has no link and is left out",)
    assert "feed world: item 1 (T) has no link and is left out" in caplog.text


def test_a_gzip_bomb_is_refused_by_the_source(serve_bytes: Callable[[bytes, str], str]) -> None:
    bomb = gzip.compress(b"<rss>" + b" " * (512 * guard.MIB >> 3), 9)
    assert len(bomb) < guard.MIB
    url = serve_bytes(bomb, "gzip")
    fetcher = Fetcher(user_agent="test", allow=(url.split("/")[2],))
    with pytest.raises(FetchError, match=r"larger than 10 MiB|compression bomb"):
        source(fetcher, url).fetch(Validators())


@pytest.fixture
def serve_bytes() -> Any:
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def begin(body: bytes, coding: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Encoding", coding)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield begin
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()
