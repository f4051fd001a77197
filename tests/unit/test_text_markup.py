"""Markup of feeds and pages becomes plain text, whatever comes."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.markup import images, plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish &amp;amp; chips &amp;#8217;s", "Fish & chips ’s"),
        ("AT&T &copy 2026", "AT&T © 2026"),
        ("a < b and c > d", "a < b and c > d"),
        ("<p>One</p><p>Two <b>bold</b><br>line</p>", "One\n\nTwo bold\nline"),
        ("<p>One<br/><br/>Two</p>", "One\n\nTwo"),
        ("<p>folded\n   text</p>\n\n\n<div>x</div>", "folded text\n\nx"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n\n3"),
        ("a<script>var x = '<p>';</script>b<style>p{}</style>c", "a\n\nb\n\nc"),
        ("<figure><img src=a.jpg><figcaption>Who <b>made</b> it</figcaption></figure>Story", "Story"),
        ("<aside>a<aside>b</aside>c</aside>d", "d"),
        ("<aside><p>x</p><br/></aside>d<iframe/>e", "d\n\ne"),
        ("x <![CDATA[ <p>hi</p> ]]> y", "x\n\nhi\n\ny"),
        ("a<![if foo]>b<!DOCTYPE html>c<!-- no -->d<?php x ?>e<!--open", "abcde"),
        ("&lt;p&gt;Hello &amp;amp; bye&lt;/p&gt;", "Hello & bye"),
        ('T <a href="x', "T"),
        ("a\u200bb\u00ad\ufeff c\x07\u202ad\u200e", "ab cd"),
        ("Latin \u200cjunk", "Latin junk"),
        ("می\u200cخواهم\u200f", "می\u200cخواهم\u200f"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("cafe\u0301", "café"),
        ("one&nbsp;&nbsp;two", "one two"),
        ("a\ud800b", "ab"),
        ("</aside>x</p>", "x"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain(markup) == text


def test_a_headline_is_one_line() -> None:
    assert plain("<h1>One<br>two</h1>\n three", paragraphs=False) == "One two three"


PIECES = st.lists(
    st.sampled_from(
        [
            "<",
            "</",
            ">",
            "<p",
            "<!",
            "<![",
            "<!--",
            "-->",
            "]]>",
            "<script>",
            "</script>",
            "&",
            "&#",
            "&#x",
            "amp;",
            "\x00",
            "\ud800",
            "<a href='",
            "'",
            '"',
            " ",
            "x",
            "=",
            "<?",
            "<img src=",
            "[CDATA[",
            "<aside>",
            "<textarea>",
            "<title>",
            "&#1114112;",
            "e\u0301",
            "/",
            "\r",
            "\n",
            "\u2028",
            "\u200d",
        ]
    ),
    max_size=25,
).map("".join)


@settings(max_examples=600, deadline=None)
@given(st.one_of(PIECES, st.text()))
def test_nothing_makes_it_raise_and_the_text_is_tidy(markup: str) -> None:
    text = plain(markup)
    assert text == text.strip()
    assert "  " not in text
    assert "\n\n\n" not in text
    assert unicodedata.is_normalized("NFC", text)
    assert not any(0xD800 <= ord(char) < 0xE000 for char in text)
    assert "\n" not in plain(markup, paragraphs=False)
    images(markup)


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("no picture", None),
        ('<p><img src="a.jpg" alt="A &amp; B"></p><img src="b.jpg">', ("a.jpg", "A & B")),
        ("<IMG SRC=a.jpg />", ("a.jpg", "")),
        ('<img width="1" height="1" src="pixel.gif"><img src="a.jpg">', ("a.jpg", "")),
        ('<img src="data:image/gif;base64,x" data-src="a.jpg">', ("a.jpg", "")),
        ('<img src="data:image/gif;base64,x">', None),
        ("<img alt='none' src>", None),
        ('&lt;img src="a.jpg"&gt;', ("a.jpg", "")),
        ("<p>text</p>", None),
        (
            "<figure><img src=a.jpg><figcaption>A <b>bridge</b>\n at dawn</figcaption></figure>",
            ("a.jpg", "A bridge at dawn"),
        ),
        ('<figure><img src=a.jpg alt="Its own"><figcaption>A bridge</figcaption></figure>', ("a.jpg", "Its own")),
        ("<img src=a.jpg><figure><img src=b.jpg><figcaption>B</figcaption></figure>", ("a.jpg", "")),
        ("<figure><figcaption>Before</figcaption><img src=a.jpg></figure>", ("a.jpg", "")),
        ("<figure><img src=a.jpg></figure><figure><figcaption>B</figcaption></figure>", ("a.jpg", "")),
    ],
)
def test_the_first_picture_that_a_reader_sees(markup: str, found: tuple[str, str] | None) -> None:
    assert images(markup) == found
