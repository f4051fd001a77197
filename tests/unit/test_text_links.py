"""Addresses in text and their identity."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text import links
from distributor.text.links import canonical, display, top_level_domains, urls, with_query

ODD = st.text(alphabet="abz.:/?#&=%-_@[]() éж中0912\n\u200e…", max_size=60)


def found(text: str) -> list[str]:
    return [span.url for span in urls(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no address here. None", []),
        ("see https://belta.by/a.", ["https://belta.by/a"]),
        ("Booking.com and Wildberries.ru, BelTA.by.", ["Booking.com", "Wildberries.ru", "BelTA.by"]),
        ("U.S. No.5 v3.0.1 10.11.2026 World.Cup", []),
        ("(https://en.wikipedia.org/wiki/Minsk_(region))", ["https://en.wikipedia.org/wiki/Minsk_(region)"]),
        ("mail desk@belta.by now", []),
        ("שלוםwww.bbc.co.uk/news и שלום www.bbc.co.uk/news", ["www.bbc.co.uk/news"]),
        ("https://президент.рф/новости", ["https://президент.рф/новости"]),
        ("читайте на belta.by/a и tut.by", ["belta.by/a", "tut.by"]),
        ("これはexample.comです", ["example.com"]),
        ("http://t.co/abc!", ["http://t.co/abc"]),
        ("http://t.co/" + "a" * 41, []),
        ("http://" + "a" * 64 + ".com", []),
        ("http://" + "й" * 64 + ".com", []),
        ("a" * 64 + ".com", []),
        ("http://xn--é.com", []),
        ("http://a.com http://b.org", ["http://a.com", "http://b.org"]),
        ("-a.com _b.com", []),
        ("...", []),
    ],
)
def test_what_x_would_turn_into_a_link(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_a_bare_domain_is_told_from_a_full_address() -> None:
    assert [span.has_scheme for span in urls("https://a.com b.com")] == [True, False]


def test_the_list_of_domains_knows_countries_generic_and_other_scripts() -> None:
    assert {"by", "com", "news", "рф", "бел", "中国"} <= top_level_domains()
    assert len(top_level_domains()) > 1400


PIECES = (
    *(
        "https://",
        "http://",
        "a.org",
        "t.co/abc",
        "t.co",
        "news.example.org",
        "www.",
        "tut.by",
        "text.Next",
        ".com",
        "co.uk",
    ),
    *(
        "-",
        "_",
        ".",
        "/",
        "//",
        "?a=b",
        "#x",
        ":80",
        " ",
        "\n",
        "\u00a0",
        "(",
        ")",
        "é",
        "президент.рф",
        "x" * 64,
        "@",
        "$",
    ),
)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_the_short_way_to_an_address_finds_what_the_long_one_does(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "_plain", lambda text, position, end: None)
        long = urls(text)
    assert urls(text) == long


def test_no_top_level_domain_begins_as_no_address_could() -> None:
    assert all(name[0].isalpha() for name in top_level_domains())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a.com", "http://", " ", "b.org/x", "中", ".", "-", "t.co/a", "(", "ё.рф"])).map("".join)
)
def test_spans_stand_in_order_and_hold_their_text(text: str) -> None:
    spans = urls(text)
    assert all(text[span.start : span.end] == span.url for span in spans)
    assert all(first.end <= second.start for first, second in pairwise(spans))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.by/x", "https://a.by/x?utm_id=k"),
        ("https://a.by/x?", "https://a.by/x?utm_id=k"),
        ("https://a.by/x?b=1", "https://a.by/x?b=1&utm_id=k"),
        ("https://a.by/x?b=1&", "https://a.by/x?b=1&utm_id=k"),
        ("https://a.by/x?b=%20+%d0%bc#top?x", "https://a.by/x?b=%20+%d0%bc&utm_id=k#top?x"),
        ("https://a.by/#!/x", "https://a.by/?utm_id=k#!/x"),
        ("https://a.by/x?utm_id=k", "https://a.by/x?utm_id=k"),
        ("https://a.by/x?utm_id=other", "https://a.by/x?utm_id=other&utm_id=k"),
    ],
)
def test_a_parameter_is_added_and_nothing_else_touched(url: str, expected: str) -> None:
    assert with_query(url, utm_id="k") == expected


def test_added_values_are_encoded() -> None:
    assert with_query("https://a.by", q="да & нет") == "https://a.by?q=%D0%B4%D0%B0+%26+%D0%BD%D0%B5%D1%82"


@settings(max_examples=100, deadline=None)
@given(ODD)
def test_adding_the_same_parameter_twice_adds_it_once(url: str) -> None:
    once = with_query(url, utm_id="k")
    assert with_query(once, utm_id="k") == once
    assert once.replace("utm_id=k", "").replace("?", "").replace("&", "") == url.replace("?", "").replace("&", "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://Example.COM:80/a/", "https://example.com/a"),
        ("https://example.com.", "https://example.com/"),
        ("https://example.com:443/a#top", "https://example.com/a"),
        ("https://example.com/a?utm_source=rss&id=5&fbclid=x", "https://example.com/a?id=5"),
        ("https://www.bbc.com/news/1?at_medium=RSS&at_campaign=rss", "https://www.bbc.com/news/1"),
        ("https://example.com/%d0%bd", "https://example.com/н"),
        ("https://президент.рф/а", "https://xn--d1abbgf6aiiy.xn--p1ai/%D0%B0"),
        ("https://[::1]:443/a", "https://[::1]/a"),
    ],
)
def test_two_spellings_of_one_page_are_one(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/a", "https://www.example.com/a"),
        ("https://example.com/a", "https://example.com/A"),
        ("https://example.com/?id=1", "https://example.com/?id=2"),
        ("https://example.com:8080/", "https://example.com/"),
        ("https://example.com/a//", "https://example.com/a"),
    ],
)
def test_two_pages_stay_two(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "odd", ["urn:uuid:12-34", "tag:site,2026:5", "not an address", "http://[broken", "https://a:port/"]
)
def test_a_name_that_is_no_address_is_itself(odd: str) -> None:
    assert canonical(odd).replace("%20", " ") == odd


def test_a_host_that_cannot_be_encoded_stays_readable() -> None:
    assert canonical("https://" + "й" * 70 + ".by/") == "https://" + "й" * 70 + ".by/"


@settings(max_examples=300, deadline=None)
@given(st.one_of(ODD, ODD.map("https://".__add__), ODD.map("http://a.by/".__add__)))
def test_the_canonical_address_is_its_own_canonical_address(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.belta.by/politics/?utm_id=x#top", "belta.by/politics"),
        ("https://xn--d1abbgf6aiiy.xn--p1ai/%D0%B0", "президент.рф/а"),
        ("https://a.by/" + "x" * 60, "a.by/" + "x" * 34 + "…"),
        ("https://президент.рф/", "президент.рф"),
        ("nonsense", "nonsense"),
        ("http://[broken", "http://[broken"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_ornament(url: str, shown: str) -> None:
    assert display(url) == shown
