"""How the loopback X measures, shortens and compares texts."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.sandbox.x.emoji import emoji_end
from distributor.sandbox.x.text import cashtags, duplicate_key, is_well_formed, mentions, shown, weight
from distributor.sandbox.x.urls import LONGEST_URL, links, top_level_domains


def _urls(text: str) -> list[str]:
    return [link.url for link in links(text)]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", 0),
        ("Minsk", 5),
        ("Мінск ў", 7),
        ("– — “ ” ‘ ’", 11),
        ("…", 2),
        ("№ € ₽ − →", 14),
        ("新聞", 4),
        ("e\u0301", 1),
        ("😀", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("👩🏽‍🚀", 2),
        ("❤️‍🔥", 5),
        ("🇧🇾", 2),
        ("🇽🇽", 4),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("1️⃣", 2),
        ("©", 1),
        ("©️", 2),
        ("https://example.com/" + "a" * 500, 23),
        ("see BelTA.by now", 4 + 23 + 4),
        ("a\r\nb", 4),
    ],
)
def test_each_sign_weighs_what_x_says(text: str, units: int) -> None:
    assert weight(text) == units


def test_the_older_configuration_counts_an_emoji_by_its_signs() -> None:
    assert weight("👨‍👩‍👧‍👦", emoji=False) == 4 * 2 + 3
    assert emoji_end("a", 0) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Booking.com and Wildberries.ru", ["Booking.com", "Wildberries.ru"]),
        ("The text.Next sentence", ["text.Next"]),
        ("t.me/x, say.So", ["t.me/x", "say.So"]),
        ("U.S. No.5 v3.0.1 10.11.2026 World.Cup", []),
        ("news@example.com #a.com @a.com $a.com", []),
        ("(https://en.example.org/wiki/A_(b)) end", ["https://en.example.org/wiki/A_(b)"]),
        ("https://example.com/path?q=1&b=2.", ["https://example.com/path?q=1&b=2"]),
        ("http://сайт.рф/путь и бел: http://пример.бел", ["http://сайт.рф/путь", "http://пример.бел"]),
        ("пример.бел", []),  # without a scheme only Latin hosts count
        ("example.comとnews.jp", ["example.com", "news.jp"]),
        ("https://xn--e1afmkfd.xn--90ais/", ["https://xn--e1afmkfd.xn--90ais/"]),
        ("https://xn--прим.com", []),
        ("https://" + "a" * 64 + ".com", []),
        ("https://example.com/" + "a" * LONGEST_URL, []),
        ("https://example.com:8080?x=1", ["https://example.com:8080?x=1"]),
        ("https://t.co/" + "a" * 41, []),
        ("https://t.co/abc-def", ["https://t.co/abc"]),
        ("http:// example.com", ["example.com"]),
        ("-example.com _a.com /b.com", []),
        ("https://example.notld https://", []),
        ("a..com ..", []),
        ("example.com.あ.みんな", ["example.com"]),
        ("http://ＡＢＣ.com", ["http://ＡＢＣ.com"]),
    ],
)
def test_links_are_found_as_x_finds_them(text: str, found: list[str]) -> None:
    assert _urls(text) == found


def test_a_link_without_a_scheme_leads_to_http() -> None:
    assert [link.expanded for link in links("BelTA.by/a HTTPS://X.com")] == ["http://BelTA.by/a", "HTTPS://X.com"]


def test_the_list_of_domains_is_clean_and_knows_the_countries() -> None:
    known = top_level_domains()
    assert {"by", "com", "news", "рф", "бел", "москва", "みんな", "한국", "museum"} <= known
    assert all(word == word.lower() and word == unicodedata.normalize("NFC", word) for word in known)
    assert sum(len(word) == 2 and word.isascii() for word in known) >= 245
    assert len(known) > 1400


def test_shown_text_is_escaped_and_its_entities_point_into_it() -> None:
    picture = ("3_77", "https://x.com/newsroom/status/5/photo/1")
    given = shown("A & B: https://www.example.com/a/very/long/path?x=<1 #News $AAPL @desk", "5", (picture,))
    assert "&amp;" in given.text
    assert "&lt;" in given.text
    for kind, sign in (("urls", "https://t.co/"), ("hashtags", "#"), ("cashtags", "$"), ("mentions", "@")):
        for entity in given.entities[kind]:
            assert given.text[entity["start"] : entity["end"]].startswith(sign)
    first, second = given.entities["urls"]
    assert first["expanded_url"] == "https://www.example.com/a/very/long/path?x="
    assert first["display_url"] == "example.com/a/very/long/pa…"
    assert second["media_key"] == "3_77"
    alone = shown("", "5", (picture,))
    assert alone.text == alone.entities["urls"][0]["url"]
    assert shown("plain", "5").entities == {}


def test_tags_are_told_apart() -> None:
    assert cashtags("$AAPL, $BRK.B costs $5 and US$X $TOOLONGX") == ["AAPL", "BRK.B"]
    assert mentions("Ask @desk, a@b.com @@x @newsroom's") == ["desk", "newsroom"]
    assert "hashtags" not in shown("#1 a#b", "5").entities
    assert "hashtags" not in shown("https://example.com/#part", "5").entities


def test_duplicates_share_their_normal_text() -> None:
    assert duplicate_key(" e\u0301\n\ta ") == duplicate_key("\u00e9 a")
    assert duplicate_key("a") != duplicate_key("A")


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_measuring_and_showing_any_text_is_consistent(text: str) -> None:
    assert is_well_formed(text) == (not set(text) & {"\ufffe", "\uffff", "\ufeff"})
    assert weight(text) == weight(unicodedata.normalize("NFC", text))
    given = shown(text, "1")
    plain = html.unescape(given.text) if "&" not in text else None
    for link in reversed(given.entities.get("urls", [])):
        assert given.text[link["start"] : link["end"]] == link["url"]
    if plain is not None and not links(text):
        assert plain == text


_NEWS = st.text(alphabet=st.sampled_from("ab. /:-_@#$()?&=😀新é,\u202a"), max_size=40)


@given(st.lists(_NEWS | st.sampled_from(["https://", "example.com", "t.co/", ".ru", "xn--", "みんな"]), max_size=6))
@settings(max_examples=300, deadline=None)
def test_links_never_overlap_and_stand_where_they_say(pieces: list[str]) -> None:
    text = "".join(pieces)
    last = 0
    for link in links(text):
        assert last <= link.start < link.end <= len(text)
        assert text[link.start : link.end] == link.url
        last = link.end


@given(_NEWS)
@settings(max_examples=200, deadline=None)
def test_a_link_between_blanks_weighs_23_wherever_it_stands(text: str) -> None:
    assert weight(f"{text} https://example.com/story ") == weight(f"{text}  ") + 23


def test_half_a_surrogate_pair_is_not_well_formed() -> None:
    assert not is_well_formed("a\ud800")
    assert is_well_formed("a😀")


def test_a_long_text_of_dots_is_measured_in_time() -> None:
    assert weight("a." * 2000) == 4000
