"""Who gets a letter when somebody types an address: one a day, within limits, and nobody learns who is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from distributor.model import LetterKind
from distributor.rules.mail.readers.asking import (
    AT_MOST,
    PER_DOMAIN,
    PER_NETWORK,
    PER_PROVIDER,
    Filled,
    Lately,
    Standing,
    Wish,
    filled,
    letter_for,
)

WISH = Wish(address="reader@example.org", topics=("morning", "evening"), source="page", network="203.0.113.0/24")


def test_a_stranger_is_asked_and_who_has_it_all_gets_a_link():
    assert letter_for(WISH, Standing(), Lately()) is LetterKind.CONFIRM
    half = Standing(topics={"morning": "confirmed", "evening": "unsubscribed"})
    assert letter_for(WISH, half, Lately()) is LetterKind.CONFIRM
    whole = Standing(topics=dict.fromkeys(WISH.topics, "confirmed"))
    assert letter_for(WISH, whole, Lately()) is LetterKind.FRESH


def test_who_must_not_be_mailed_is_not():
    assert letter_for(WISH, Standing(is_suppressed=True), Lately()) is None


@pytest.mark.parametrize(
    ("most", "one_less"),
    [
        (Lately(address=1), Lately(address=0)),
        (Lately(domain=PER_DOMAIN), Lately(domain=PER_DOMAIN - 1)),
        (Lately(network=PER_NETWORK), Lately(network=PER_NETWORK - 1)),
        (Lately(all=AT_MOST), Lately(all=AT_MOST - 1)),
    ],
)
def test_a_limit_that_is_reached_writes_no_letter(most, one_less):
    assert letter_for(WISH, Standing(), most) is None
    assert letter_for(WISH, Standing(), one_less) is LetterKind.CONFIRM


def test_a_domain_that_many_readers_share_may_ask_more_often():
    shared = Wish(address="reader@gmail.com", topics=("morning",), source="page")
    assert letter_for(shared, Standing(), Lately(domain=PER_PROVIDER - 1)) is LetterKind.CONFIRM
    assert letter_for(shared, Standing(), Lately(domain=PER_PROVIDER)) is None


def test_the_operators_word_comes_from_no_network():
    own = Wish(address="reader@example.org", topics=("morning",), source="operator")
    assert letter_for(own, Standing(), Lately(network=10 * PER_NETWORK)) is LetterKind.CONFIRM


@pytest.mark.parametrize(
    ("bait", "age", "who"),
    [
        ("", timedelta(seconds=2), Filled.PERSON),
        ("", timedelta(days=1), Filled.PERSON),
        ("", timedelta(seconds=1), Filled.AGAIN),
        ("", timedelta(days=1, seconds=1), Filled.AGAIN),
        ("", timedelta(seconds=-5), Filled.AGAIN),
        ("", None, Filled.AGAIN),
        ("http://example.org", timedelta(seconds=9), Filled.ROBOT),
    ],
)
def test_a_person_takes_some_time_and_does_not_see_the_bait(bait, age, who):
    assert filled(bait=bait, age=age) is who
