"""Telegram's HTML subset becomes text and entities, or a plain error."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Entity
from distributor.text.entities import parse_html
from distributor.text.telegram import address, entity_json, read_html


def parsed(markup: str) -> tuple[str, list[tuple[str, int, int]]]:
    text, entities = parse_html(markup)
    return text, [(entity.type, entity.offset, entity.length) for entity in entities]


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("", "", []),
        ("plain &amp; &lt;b&gt; &#39;q&#39; &#x22; &quot;", "plain & <b> 'q' \" \"", []),
        ("&nosuch; &nbsp;&#1114112; &#0; &lt&copy & x", "&nosuch; \u00a0&#1114112; &#0; <&copy & x", []),
        ("<b>a</b> <strong>b</strong>", "a b", [("bold", 0, 1), ("bold", 2, 1)]),
        (
            "<i>a</i><u>b</u><s>c</s><em>d</em><ins>e</ins><del>f</del><strike>g</strike>",
            "abcdefg",
            [
                ("italic", 0, 1),
                ("underline", 1, 1),
                ("strikethrough", 2, 1),
                ("italic", 3, 1),
                ("underline", 4, 1),
                ("strikethrough", 5, 2),
            ],
        ),
        ("😀<b>é</b>", "😀é", [("bold", 2, 1)]),
        ("<b>😀</b>!", "😀!", [("bold", 0, 2)]),
        ("  \n<b> Head </b>\n", "Head", [("bold", 0, 4)]),
        ("<b> </b>x<i></i>", "x", []),
        ("<b>a<b>b</b></b>", "ab", [("bold", 0, 2)]),
        ("<b>a</b><b>b</b>", "ab", [("bold", 0, 2)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<b>a <code>x</code> c</b>", "a x c", [("bold", 0, 2), ("code", 2, 1), ("bold", 3, 2)]),
        ("<b><code>x</code></b>", "x", [("code", 0, 1)]),
        ("<code>a<b>b</b></code>", "ab", [("code", 0, 2)]),
        ("<pre><code>x</code></pre>", "x", [("pre", 0, 1)]),
        ("<code>a</code><b>b</b><pre>c</pre>", "abc", [("code", 0, 1), ("bold", 1, 1), ("pre", 2, 1)]),
        ("<blockquote>a <code>b</code></blockquote>", "a b", [("blockquote", 0, 3), ("code", 2, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ("<blockquote>a</blockquote><blockquote>b</blockquote>", "ab", [("blockquote", 0, 1), ("blockquote", 1, 1)]),
        ('<tg-spoiler>a</tg-spoiler> <span class="tg-spoiler">b</span>', "a b", [("spoiler", 0, 1), ("spoiler", 2, 1)]),
        ("<B>a</B><i>b</>", "ab", [("bold", 0, 1), ("italic", 1, 1)]),
        ("<a href=''>x</a><a>y</a>", "xy", []),
    ],
)
def test_markup_becomes_text_and_entities(markup: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    assert parsed(markup) == (text, entities)


def test_a_link_keeps_its_address_to_the_letter() -> None:
    text, entities = parse_html("<a href='https://x.com/?a=1&amp;b=2&copy=3'>link</a><a href=\"https://y.com\">!</a>")
    assert text == "link!"
    assert entities == (
        Entity(type="text_link", offset=0, length=4, url="https://x.com/?a=1&b=2&copy=3"),
        Entity(type="text_link", offset=4, length=1, url="https://y.com"),
    )


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        ("<b>open", "<b> is never closed"),
        ("<b><i>x</b></i>", "</i> is expected"),
        ("x</b>", "unexpected end tag </b>"),
        ("<p>x</p>", 'unsupported tag "<p>"'),
        ("<>", 'stray "<"'),
        ("<span>x</span>", "tg-spoiler"),
        ("1 < 2", 'stray "<" at character 3'),
        ("<b", 'stray "<"'),
        ("<b x", "<b> at character 1 does not end"),
        ('<a href="x', "<a> at character 1 does not end"),
        ("<b =x>y</b>", "an attribute without a name"),
        ("<a href=https://x.com>y</a>", "needs quotation marks"),
        ("<b>x</b", "</b> at character 5 does not end"),
        ("&#xD83D;", "half a character"),
        ('<tg-emoji emoji-id="5">x</tg-emoji>', "a custom emoji cannot stand in a template"),
        ('<tg-emoji emoji-id="x">x</tg-emoji>', "needs its number as emoji-id, not 'x'"),
        ('<tg-time unix="60">x</tg-time>', "a time cannot stand in a template"),
        ('<tg-time unix="-60">x</tg-time>', "needs its Unix time"),
        ('<tg-time unix="60" format="rt">x</tg-time>', "'rt' is no format of a time"),
        ('<a href="tg://user?id=7">x</a>', "a mention of a user cannot stand"),
    ],
)
def test_a_broken_fragment_is_refused_with_a_plain_reason(markup: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".*") as caught:
        parse_html(markup)
    assert reason in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    assert parsed(f"<b>{escape(text)}</b>x")[0].removesuffix("x") == f"{text}x".strip(
        " \u00a0\u2028\u2029\u3000\ufeff\u200b"
    ).removesuffix("x")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("example.org", "http://example.org/"),
        ("HTTPS://Example.ORG/Path?q=http://x#f", "https://example.org/Path?q=http://x#f"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("localhost", ""),
        ("ftp://example.org", ""),
        ("http://example.org:port/", ""),
        ("http://[::1/", ""),
        ("two words.org", ""),
    ],
)
def test_an_address_is_kept_as_telegram_keeps_it(written: str, kept: str) -> None:
    assert address(written) == kept


def test_what_people_and_bots_may_send_is_read_as_telegram_reads_it() -> None:
    markup = (
        '<tg-emoji emoji-id="5">😀</tg-emoji><tg-time unix="60" format="tD">t</tg-time>'
        '<tg-time unix="9" format="r">r</tg-time>'
        '<a href="tg://user?id=7">m</a>'
        '<a href="x.org">l</a><pre><code class="language-py">c</code></pre><b> s </b>'
    )
    text, found = read_html(markup)
    assert text == "😀trmlc s "
    assert [entity_json(text, one) for one in found] == [
        {"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "5"},
        {"type": "date_time", "offset": 2, "length": 1, "unix_time": 60, "date_flags": 18},
        {"type": "date_time", "offset": 3, "length": 1, "unix_time": 9, "date_flags": 1},
        {"type": "text_mention", "offset": 4, "length": 1, "user_id": 7},
        {"type": "text_link", "offset": 5, "length": 1, "url": "http://x.org/"},
        {"type": "pre", "offset": 6, "length": 1, "language": "py"},
        {"type": "bold", "offset": 7, "length": 3},
    ]


TAGS = [
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<code>",
    "</code>",
    "<pre>",
    "</pre>",
    "<blockquote>",
    "</blockquote>",
    "<a href=x>",
    "</a>",
    " ",
    "😀",
    "a",
    "\n",
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(TAGS), max_size=14).map("".join))
def test_entities_lie_inside_the_text_and_never_cross(markup: str) -> None:
    try:
        text, entities = parse_html(markup)
    except ValueError:
        return
    units = len(text.encode("utf-16-le")) // 2
    places = [(entity.offset, entity.offset + entity.length) for entity in entities]
    assert all(0 <= start < end <= units for start, end in places)
    assert places == sorted(places, key=lambda place: (place[0], -place[1]))
    assert not any(a < c < b < d for a, b in places for c, d in places)
