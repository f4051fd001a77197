"""What pages say of themselves: heads as they are written, encodings, and JSON-LD that is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.errors import ParseError
from distributor.sources.guard import Guard
from distributor.text.head import page_meta
from distributor.text.linked import MOST, article, objects, rows, text, texts, types
from distributor.text.links import absolute
from distributor.text.nesting import DEEPEST
from distributor.text.tree import Tree, UnreadableError, decoded, is_selector, markup_of

URL = "https://news.example/society/view/bridge-1-2026/"
PAGE = """<!doctype html><html lang="be"><head><title> Bridge
 opens | News </title><base href="https://cdn.example/a/">
<meta property="og:title" content="Bridge &amp; river"><meta name="og:image" content="b.jpg">
<meta property="og:image:alt" itemprop="alt" content="A bridge"><meta name="twitter:card" content="summary_large_image">
<meta property="og:image" content="c.jpg"><meta content="nameless"><meta name="empty">
<link rel="Canonical" href="/bridge">
<link rel="alternate" type="application/rss+xml; charset=utf-8" title="All" href="f">
<link rel="alternate" hreflang="ru" href="https://news.example/ru/bridge"><link rel="icon" href="data:,x">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Bridge"}</script></head><body></body></html>"""


def test_a_head_is_read_with_addresses_made_absolute() -> None:
    meta = page_meta(PAGE.encode(), URL)
    assert (meta.title, meta.language, meta.canonical) == ("Bridge opens | News", "be", "https://cdn.example/bridge")
    assert meta.first("twitter:title", "og:title") == "Bridge & river"
    assert meta.all("og:image") == ["https://cdn.example/a/b.jpg", "https://cdn.example/a/c.jpg"]
    assert meta.first("alt") == meta.first("og:image:alt") == "A bridge"
    assert meta.first("empty", "absent") == ""
    assert [(link.rel, link.href, link.type, link.title, link.hreflang) for link in meta.links][1:] == [
        (("alternate",), "https://cdn.example/a/f", "application/rss+xml", "All", ""),
        (("alternate",), "https://news.example/ru/bridge", "", "", "ru"),
    ]
    assert meta.linked == ({"@type": "NewsArticle", "headline": "Bridge"},)


def test_the_guarded_child_reads_the_same_head_and_refuses_what_is_none() -> None:
    guard = Guard(seconds=5)
    try:
        assert guard.look(PAGE.encode(), URL) == page_meta(PAGE.encode(), URL)
        with pytest.raises(ParseError, match="the page is nested more than"):
            guard.look(b"<div>" * (DEEPEST + 1), URL)
    finally:
        guard.close()


def test_an_empty_document_has_an_empty_head() -> None:
    meta = page_meta(b"", URL)
    assert (meta.title, meta.language, meta.canonical, meta.links, meta.linked) == ("", "", "", (), ())


@pytest.mark.parametrize(
    ("body", "content_type", "shown"),
    [
        ("мост".encode(), "", "мост"),
        ("мост".encode("cp1251"), "text/html; charset=windows-1251", "мост"),
        (b'<meta charset="windows-1251">' + "мост".encode("cp1251"), "", '<meta charset="windows-1251">мост'),
        (b"\xef\xbb\xbf" + "мост".encode(), "text/html; charset=koi8-r", "мост"),
        (b"\xff\xfe" + "мост".encode("utf-16-le"), "", "мост"),
        ("“é”".encode("cp1252"), "text/html; charset=ISO-8859-1", "“é”"),
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_declares(body: bytes, content_type: str, shown: str) -> None:
    assert decoded(body, content_type) == shown


@pytest.mark.parametrize("name", ["rot13", "x-no-such", "zlib"])
def test_an_encoding_that_is_none_is_said_so(name: str) -> None:
    with pytest.raises(UnreadableError, match=f"unknown encoding .{name}"):
        decoded(b"abc", f"text/html; charset={name}")


def test_a_page_in_another_encoding_than_it_declares_is_not_guessed() -> None:
    with pytest.raises(UnreadableError, match=r"not in the encoding it declares .utf-8"):
        decoded("мост открыт".encode("cp1251"))


def test_deep_nesting_is_refused_before_it_costs_anything() -> None:
    with pytest.raises(UnreadableError, match="nested"):
        Tree("<div></x>" * 100_000)
    assert len(Tree("<li><p>x" * 5_000).all("li")) == 5_000
    assert len(Tree("<b>x</b>" * 5_000).all("b")) == 5_000


def test_a_selector_is_known_from_what_is_none() -> None:
    assert is_selector("main .news a[href*='/view/']")
    assert not is_selector("a[")
    with pytest.raises(ValueError, match=r"no CSS selector: \.\."):
        Tree("").first("..")
    (node,) = Tree("<p>a<b>c</b></p>").all("p")
    assert markup_of(node) == "a<b>c</b>"


def test_a_base_that_leads_nowhere_is_no_base() -> None:
    assert Tree("<base href='mailto:a@b.c'>", URL).base == URL


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("/a b", "https://news.example/a%20b"),
        ("javascript:alert(1)", ""),
        ("https://", URL),
        ("http://[", ""),
        ("https://a\n.example/x", "https://a.example/x"),
        ("", ""),
    ],
)
def test_a_link_becomes_absolute_or_nothing(link: str, found: str) -> None:
    assert absolute(link, URL) == found


@pytest.mark.parametrize(
    "script",
    [
        '{"@type": "NewsArticle", "headline": "Br\nidge"}',
        '<!-- {"@type": "NewsArticle", "headline": "Bridge",} -->',
        '//<![CDATA[\n{"@type": ["Thing", "https://schema.org/NewsArticle"], "headline": "Bridge"}\n//]]>',
        '/*<![CDATA[*/ [{"@graph": [{"@type": "NewsArticle", "headline": "Bridge"}]}] /*]]>*/',
        '{"@type": "NewsArticle", "headline": "Bridge"};',
    ],
)
def test_linked_data_is_read_as_pages_write_it(script: str) -> None:
    found = article(objects([script]))
    assert found is not None
    assert text(found, "name", "headline").replace("\n", "") == "Bridge"


def test_what_is_no_linked_data_is_left_out() -> None:
    deep: Any = {"@type": "NewsArticle"}
    for _ in range(10):
        deep = {"x": deep}
    assert objects(["", "{", "[" * 100_000, json.dumps(deep), "3"]) == []
    assert len(objects([json.dumps([{"@type": "Person"}] * (MOST + 9))])) == MOST
    assert article(objects(['{"@type": "Person"}'])) is None


def test_of_several_stories_the_pages_own_is_taken() -> None:
    nodes = objects(
        [
            '{"@type": "NewsArticle", "url": "https://news.example/other"}',
            f'{{"@type": "NewsArticle", "mainEntityOfPage": {{"@id": "{URL}"}}, "headline": "Bridge"}}',
        ]
    )
    found = article(nodes, URL)
    assert found is not None
    assert found["headline"] == "Bridge"
    assert article(nodes) == nodes[0]


def test_values_are_text_whatever_shape_they_have() -> None:
    values = ["a &amp; b", 3, True, None, ["nested"], b"", {"@type": "Person", "name": "Ann"}, {"@id": 4}]
    assert list(texts(values)) == ["a & b", "3", "Ann", ""]
    assert rows({"a": 1}) == [{"a": 1}]
    assert rows([1, {"a": 1}]) == [{"a": 1}]
    assert types({"@type": 3}) == []


@given(st.text(alphabet="<>/=\"'{}[],:@ abmetlinkscr\n\0&#x;", max_size=200), st.binary(max_size=40))
@settings(max_examples=150, deadline=None)
def test_whatever_a_page_holds_its_head_is_read_or_refused(markup: str, rest: bytes) -> None:
    body = b'<meta property="og:title" content="x"><script type="application/ld+json">' + markup.encode() + rest
    try:
        meta = page_meta(body, URL)
    except UnreadableError:
        return
    assert meta.first("og:title") == "x"
