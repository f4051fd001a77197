"""Dates that lie ahead: a clock that is wrong, or a story that waits for its own date."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Article
from distributor.rules.story.clocks import DRIFT, held_until_dated, reckoned
from distributor.rules.story.identity import Known, keys
from tests.support import NOON, article

HOUR = timedelta(hours=1)


def dated(*ahead: float, **fields) -> list[Article]:
    """Articles so many hours ahead of noon (behind it, where negative)."""
    return [article(number, published=NOON + hours * HOUR, **fields) for number, hours in enumerate(ahead, 1)]


def test_a_feed_three_hours_ahead_is_recognised_and_none_of_its_wrong_dates_is_used() -> None:
    told = dated(2.9, 2.2, 1.5, 0.5, -1, -4)
    found = reckoned(told, NOON)
    assert found.wrong == "4 of 6 stories are dated up to 2 h 54 min ahead, as by a zone that is 3 h wrong"
    assert [one.published for one in found.articles] == [None] * 4 + [one.published for one in told[4:]]
    assert not found.ahead


@pytest.mark.parametrize(("hours", "said"), [(3.1, "3 h wrong"), (5.5, "5.5 h wrong"), (0.4, "0.5 h wrong")])
def test_the_zone_that_would_explain_it_is_named(hours: float, said: str) -> None:
    assert reckoned(dated(hours, 0.3, 0.2), NOON).wrong.endswith(said)


def test_one_or_two_stories_ahead_wait_for_their_own_date() -> None:
    told = dated(5, 30, -1)
    found = reckoned(told, NOON)
    assert not found.wrong
    assert found.ahead == {"guid-1", "guid-2"}
    held = held_until_dated(found.articles, found.ahead, {})
    assert [one.embargoed for one in held] == [told[0].published, told[1].published, None]


def test_clocks_that_differ_by_minutes_mean_nothing() -> None:
    told = dated(0.1, 0.15, 0.16, -1)
    assert reckoned(told, NOON) == reckoned(told, NOON + HOUR)
    assert reckoned(told, NOON).articles == told


@pytest.mark.parametrize(
    "fields",
    [
        {"embargoed": NOON + HOUR},
        {"updated": NOON - HOUR},
    ],
)
def test_what_was_meant_for_later_makes_no_wrong_clock_however_many_there_are(fields) -> None:
    found = reckoned(dated(2, 3, 4, 5, **fields), NOON)
    assert not found.wrong
    assert len(found.ahead) == 4
    held = held_until_dated(found.articles, found.ahead, {})
    assert [one.embargoed for one in held] == [one.published for one in held]


def test_what_lies_further_ahead_than_any_zone_is_held_beside_a_wrong_clock() -> None:
    found = reckoned(dated(2.9, 2.5, 2.1, 48), NOON)
    assert found.wrong
    assert found.ahead == {"guid-4"}
    assert found.articles[3].published == NOON + 48 * HOUR


def test_a_later_embargo_outlasts_the_date() -> None:
    told = dated(2, embargoed=NOON + 5 * HOUR)
    assert held_until_dated(told, frozenset({"guid-1"}), {})[0].embargoed == NOON + 5 * HOUR


@pytest.mark.parametrize("is_embargoed", [True, False])
def test_a_date_that_moves_ahead_under_a_known_story_takes_nothing_back(is_embargoed: bool) -> None:
    (one,) = dated(2)
    known = Known(story_id=1, fingerprint="", revision=0, is_embargoed=is_embargoed)
    (found,) = held_until_dated([one], frozenset({one.guid}), dict.fromkeys(keys(one), known))
    assert (found.embargoed is not None) is is_embargoed


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-40, 40)), max_size=12))
def test_no_date_is_ever_invented_and_none_of_the_past_is_touched(hours: list[float | None]) -> None:
    told = [article(number, published=None if one is None else NOON + one * HOUR) for number, one in enumerate(hours)]
    found = reckoned(told, NOON)
    for before, after in zip(told, found.articles, strict=True):
        assert after.published in (before.published, None)
        if before.published is None or before.published - NOON <= DRIFT:
            assert after == before
    held = held_until_dated(found.articles, found.ahead, {})
    assert [replace(one, embargoed=None) for one in held] == list(found.articles)
