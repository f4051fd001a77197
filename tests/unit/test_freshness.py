"""What is news no more and what is too much: each story is kept, folded or skipped, and never two of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import Act, ChannelPolicy, Skipped, Stale, Story
from distributor.rules.queue.freshness import in_round_up, triage
from tests.support import NOON, article
from tests.unit.test_pacing import MINUTE, row

SLOT = "2026-11-24T12:00[UTC]"
STALE = {"stale_at": NOON}


def test_stale_stories_are_folded_skipped_or_sent_as_the_channel_says() -> None:
    rows = [row(1, **STALE), row(2, stale_at=NOON + MINUTE), row(3)]
    told = "it was no news any more when its turn came"
    found = {stale: triage(rows, ChannelPolicy(stale=stale), NOON, slot=SLOT) for stale in Stale}
    assert found[Stale.FOLD].skipped == [Skipped(ids=(1,), reason=told, folded=True, slot=SLOT)]
    assert found[Stale.SKIP].skipped == [Skipped(ids=(1,), reason=told)]
    assert found[Stale.SEND].skipped == []
    assert [[one.id for one in found[stale].kept] for stale in Stale] == [[2, 3], [2, 3], [1, 2, 3]]


def test_of_too_many_the_least_urgent_and_oldest_are_folded_and_a_flash_never_is() -> None:
    rows = [
        row(1, priority=1),
        row(2, priority=1),
        row(3, priority=6),
        row(4, due_at=NOON - MINUTE),
        row(5),
        row(6, priority=2, due_at=NOON - 9 * MINUTE),
    ]
    found = triage(rows, ChannelPolicy(fold_above=2), NOON, slot=SLOT)
    assert [one.id for one in found.kept] == [1, 2, 5, 6]
    assert found.skipped == [Skipped(ids=(4, 3), reason="more than 2 stories waited", folded=True, slot=SLOT)]


def test_a_stale_flash_is_no_news_either() -> None:
    found = triage([row(1, priority=1, **STALE)], ChannelPolicy(stale=Stale.FOLD), NOON, slot=SLOT)
    assert not found.kept


@pytest.mark.parametrize("fields", [{"act": Act.ROUNDUP}, {"act": Act.ALERT}, {"act": Act.EDIT}, {"doubts": 1}])
def test_only_posts_that_have_never_left_are_judged(fields: dict[str, object]) -> None:
    rows = [row(number, **STALE, **fields) for number in range(5)]
    assert triage(rows, ChannelPolicy(stale=Stale.SKIP, fold_above=1), NOON, slot=SLOT).skipped == []


def test_a_round_up_tells_the_most_urgent_first_then_the_newest() -> None:
    stories = [
        Story(id=number, article=article(number, urgency=urgency, published=published), first_seen_at=NOON)
        for number, urgency, published in [(1, 5, NOON - MINUTE), (2, 5, None), (3, 2, NOON - timedelta(days=1))]
    ]
    assert [one.id for one in in_round_up(stories)] == [3, 2, 1]


@given(
    rows=st.lists(st.tuples(st.integers(1, 9), st.integers(-60, 60), st.sampled_from(Act), st.integers(0, 1))),
    stale=st.sampled_from(Stale),
    most=st.integers(0, 5),
)
def test_every_story_is_kept_or_skipped_exactly_once(
    rows: list[tuple[int, int, Act, int]], stale: Stale, most: int
) -> None:
    waiting = [
        row(number, priority=priority, stale_at=NOON + minutes * MINUTE, act=act, doubts=doubts)
        for number, (priority, minutes, act, doubts) in enumerate(rows)
    ]
    found = triage(waiting, ChannelPolicy(stale=stale, fold_above=most), NOON, slot=SLOT)
    ids = [one.id for one in found.kept] + [number for skipped in found.skipped for number in skipped.ids]
    assert sorted(ids) == list(range(len(rows)))
    routine = [one for one in found.kept if one.act is Act.POST and one.priority > 1 and not one.doubts]
    assert not most or len(routine) <= most
