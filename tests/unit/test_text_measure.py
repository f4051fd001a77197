"""Lengths as X, Telegram and readers count them."""

from __future__ import annotations

import timeit
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.graphemes import graphemes
from distributor.text.measure import V2, V3, utf16_length, weighted_length

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
PIECES = st.lists(
    st.sampled_from(
        [
            *"aZ й…—€ \r\n",
            "e\u0301",
            "한",
            "\u1112\u1161\u11ab",
            "क्षि",
            FAMILY,
            "🇧🇾",
            "🇧",
            "1️⃣",
            "❤️\u200d🔥",
            "👍🏽",
            "\u200d",
            "\u0301",
            "t.co/a",
            "https://example.com/x ",
            "中",
        ]
    )
).map("".join)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", 0),
        ("plain words", 11),
        ("Міністр сказаў: «так»", 21),
        ("a “quote” – and a dash —", 24),
        ("cut…", 5),
        ("№ 5", 4),
        ("5 €", 4),
        ("中文", 4),
        ("e\u0301", 1),
        ("see https://belta.by/a/very/long/address/that/counts/the/same", 27),
        ("BelTA.by reports", 23 + 8),
        ("https://a.com/ and https://b.com/", 23 + 5 + 23),
        ("👍", 2),
        ("👍🏽", 2),
        (FAMILY, 2),
        ("🇧🇾", 2),
        ("1️⃣", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
        ("🏳️\u200d🌈", 2),
        ("©", 1),
        ("©️", 2),
    ],
)
def test_a_text_weighs_what_it_weighs_on_x(text: str, units: int) -> None:
    assert weighted_length(text) == units


def test_an_emoji_newer_than_the_tables_of_x_counts_in_pieces_and_never_less() -> None:
    assert weighted_length("❤️\u200d🔥") == 5


def test_configuration_two_counts_the_parts_of_an_emoji() -> None:
    assert weighted_length(FAMILY, V2) == 11
    assert weighted_length(FAMILY, V3) == 2


def test_two_letters_of_a_flag_that_is_none_count_each() -> None:
    assert weighted_length("🇧🇧🇧") == 2 + 2
    assert weighted_length("🇦🇦") == 4


def test_telegram_counts_utf16_units() -> None:
    assert utf16_length("abc") == 3
    assert utf16_length("é中") == 2
    assert utf16_length("a😀b") == 4


@settings(max_examples=150, deadline=None)
@given(PIECES)
def test_utf16_length_is_half_the_bytes(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


@settings(max_examples=150, deadline=None)
@given(PIECES)
def test_weight_is_at_least_one_unit_for_each_character_seen(text: str) -> None:
    text = text.replace("https://example.com/x", "").replace("t.co/a", "")
    assert weighted_length(text) >= len(graphemes(unicodedata.normalize("NFC", text).replace("\r\n", "\r")))


def test_a_long_post_is_measured_in_well_under_a_millisecond() -> None:
    post = "Партнёрство “CSTO” – 3,5 bn… " * 9 + "https://eng.belta.by/politics/view/go-ahead-107348-2017/?utm_id=abc"
    weighted_length(post)
    best = min(timeit.repeat(lambda: weighted_length(post), number=50, repeat=5)) / 50
    assert best < 0.0005  # the goal is 50 microseconds; a busy machine may be slower


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("a\r\nb", 3),
        ("é\r\n", 2),
        ("é\n\r", 3),
        ("e\u0301a", 2),
        (FAMILY + "x", 2),
        ("🇧🇾🇵🇱🇷", 3),
        ("🇧🇾a", 2),
        ("1️⃣2", 2),
        ("각각", 2),
        ("\uac00\u11a8", 1),
        ("\u1100\u1161\u11a8", 1),
        ("\u1100\uac01", 1),
        ("\uac01\u1161", 2),
        ("क्षि", 1),
        ("क\u094d\u200dष", 1),
        ("कष", 2),
        ("\u0600١", 1),
        ("กำ", 1),
        ("நி", 1),
        ("\u1004\u102c", 2),
        ("❤️\u200d🔥", 1),
        ("☺\u0301\u200d☺", 1),
        ("☺\u094d\u200d☺", 1),
        ("☺\u200d\u200d☺", 2),
        ("a\u200d☺", 2),
        ("👍🏽", 1),
        ("中文", 2),
        ("a\u0007é", 3),
        ("e\u20dd", 1),
    ],
)
def test_readers_see_one_character_for_each_cluster(text: str, count: int) -> None:
    assert len(graphemes(text)) == count


@settings(max_examples=200, deadline=None)
@given(st.one_of(PIECES, st.text()))
def test_clusters_joined_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text
    assert all(graphemes(text))
