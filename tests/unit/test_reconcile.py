"""A day's stories beside what a channel carried: each gap has its reason, and says whether somebody decided it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import State
from distributor.rules.fate.reconcile import MOST_NAMED, TOO_LONG, Fate, balance, sentence, undecided

NOW = datetime(2026, 11, 26, 0, 10, tzinfo=UTC)


def fate(state=State.SENT, reason="", *, due_at=NOW, held_until=None, folded="", url="https://n.test/1"):
    return Fate(url=url, state=state, reason=reason, due_at=due_at, held_until=held_until, folded=folded)


def test_a_day_is_told_in_one_sentence():
    fates = [fate()] * 38
    fates += [fate(State.SKIPPED, "withdrawn by its source")]
    fates += [fate(State.SKIPPED, "no news any more", folded="the round-up of 14:05")]
    day = balance("telegram", fates, NOW)
    assert sentence(day) == (
        "site published 40, telegram got 38: 1 folded into the round-up of 14:05, 1 withdrawn by its source"
    )
    assert (day.published, day.sent, day.carried) == (40, 38, 39)
    assert not undecided(day)


def test_a_great_gap_counts_all_of_its_stories_and_names_a_few():
    fates = [fate(State.SKIPPED, "no route chose it", url=f"https://n.test/{n}") for n in range(MOST_NAMED + 2)]
    (gap,) = balance("x", fates, NOW).gaps
    assert (gap.count, len(gap.urls)) == (MOST_NAMED + 2, MOST_NAMED)


def test_a_day_without_a_gap_says_no_more():
    assert sentence(balance("x", [fate(), fate()], NOW)) == "site published 2, x got 2"
    assert sentence(balance("x", [], NOW)) == "site published 0, x got 0"


@pytest.mark.parametrize(
    ("one", "reason", "decided"),
    [
        (fate(None), "never planned there", True),
        (fate(State.SKIPPED, "no route chose it"), "no route chose it", True),
        (fate(State.FAILED, "too long"), "failed: too long", False),
        (fate(State.UNKNOWN, "no answer"), "unknown: no answer", False),
        (fate(State.HELD, "surge"), "held: surge", False),
        (fate(State.HELD, "quiet hours", held_until=NOW + TOO_LONG), "held: quiet hours", True),
        (fate(State.HELD, "budget", held_until=NOW - 2 * TOO_LONG), "left behind: budget", False),
        (fate(State.DUE, "refused", due_at=NOW - timedelta(minutes=5)), "waits: refused", True),
        (fate(State.DUE, "refused", due_at=NOW - 2 * TOO_LONG), "left behind: refused", False),
        (fate(State.PLANNED, "route all", due_at=NOW + TOO_LONG), "waits: route all", True),
        (fate(State.SENDING, "route all", due_at=None), "waits: route all", True),
    ],
)
def test_each_gap_has_its_reason_and_says_whether_it_was_decided(one, reason, decided):
    day = balance("x", [one], NOW)
    (gap,) = day.gaps
    assert (gap.reason, gap.decided, gap.count, gap.urls) == (reason, decided, 1, (one.url,))
    assert bool(undecided(day)) is not decided


FATES = st.lists(
    st.builds(
        fate,
        st.sampled_from([None, *State]),
        st.sampled_from(["a", "b"]),
        folded=st.sampled_from(["", "morning"]),
        url=st.text("abc", max_size=3),
    ),
    max_size=60,
)


@given(FATES)
def test_every_story_is_either_sent_or_in_exactly_one_gap(fates):
    day = balance("x", fates, NOW)
    assert day.published == len(fates) == day.sent + sum(gap.count for gap in day.gaps)
    assert day.sent <= day.carried <= day.published
    assert all(0 < len(gap.urls) <= min(gap.count, MOST_NAMED) for gap in day.gaps)
    assert len({(gap.reason, gap.decided) for gap in day.gaps}) == len(day.gaps)
