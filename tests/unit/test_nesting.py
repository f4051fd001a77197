"""Documents nested like no document is: told before anything reads them that would take minutes over it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.errors import ParseError
from distributor.sources import readers
from distributor.sources.parsed import Reading
from distributor.sources.sniff import not_a_feed, root_of
from distributor.text.cleaning import cleaned
from distributor.text.nesting import DEEPEST, is_deep_html, is_deep_xml

RSS = '<rss version="2.0"><channel><item><title>Bridge</title><link>/1</link>{}</item></channel></rss>'


@pytest.mark.parametrize(
    "nest",
    ["<a>" * DEEPEST + "</a>" * DEEPEST, "<description>" * DEEPEST, "<n:a x='y'><b/>" * DEEPEST, "</z><a>" * DEEPEST],
)
def test_a_feed_nested_like_no_feed_is_refused_before_it_is_read(nest: str) -> None:
    with pytest.raises(ParseError, match="the feed is nested more than 2000 elements deep"):
        readers.parse(RSS.format(nest).encode(), "https://n.example/", "", Reading())


@pytest.mark.parametrize(
    "flat",
    [
        "<a><b/></a>" * DEEPEST,
        "<a>" * (DEEPEST - 4) + "</a>" * (DEEPEST - 4),
        # an element ends what was left open in it, and what is no markup counts for nothing
        "<description>one<br>two<p>three</description>" * DEEPEST,
        f"<description><![CDATA[{'<br>' * DEEPEST}]]></description>",
        f"<!--{'<a>' * DEEPEST}-->",
    ],
)
def test_a_long_feed_is_not_taken_for_a_deep_one(flat: str) -> None:
    (story,) = readers.parse(RSS.format(flat).encode(), "https://n.example/", "", Reading()).articles
    assert story.headline == "Bridge"


def test_of_a_text_nested_too_deep_the_words_stay_and_nothing_that_runs() -> None:
    deep = "<div>" * (DEEPEST + 1) + "a &lt;1&gt; &amp; c<script>bad()</script></div>"
    assert cleaned(deep) == "a &lt;1&gt; &amp; c"
    assert cleaned(cleaned(deep)) == cleaned(deep)


def test_what_ends_by_itself_is_not_nested() -> None:
    assert not is_deep_html("<li>one<p>two<br>" * DEEPEST)
    assert not is_deep_html("<div></div></div>" * DEEPEST)
    assert is_deep_html("<div>" * (DEEPEST + 1))


@given(st.lists(st.sampled_from(["<a>", "</a>", "<b>", "</b>", "<c/>", "x"]), max_size=40))
@settings(max_examples=100, deadline=None)
def test_a_closed_nest_costs_nothing_to_what_follows(pieces: list[str]) -> None:
    closed = f"<x>{''.join(pieces)}</x>"
    assert not is_deep_xml(closed * (DEEPEST // 40 * 3))


@pytest.mark.parametrize("piece", ["<!doctype x ", "<!--", "<?", "<!doctype x [", "<!doctype x [] ", "<title"])
def test_a_beginning_that_is_never_ended_has_no_first_element(piece: str) -> None:
    hostile = (piece * 20_000).encode()
    assert root_of(hostile) == ("title" if piece.startswith("<title") else "")
    assert "title:" not in not_a_feed(hostile)


def test_whatever_stands_before_the_first_element_is_passed_over() -> None:
    head = b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- <a> --><!DOCTYPE rss [<!ENTITY x '<b>'>] >\n<?x <c>?>"
    assert root_of(head + b"<n:RSS a='b'>") == "rss"
    assert root_of(b"words " * 50 + b"<rss>") == ""
