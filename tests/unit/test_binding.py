"""Which store is the live one: the verdict at an opening, case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import State
from distributor.rules.fate.binding import Heights, Place, Standing, judge
from distributor.rules.queue.fence import in_doubt
from tests.support import NOON, intent

HERE = Place(machine="m1", folder="/var/lib/news", config="/etc/news.toml")
MARK = Heights(store="s1", epoch=2, event=7, event_hash="aa", delivery=90, subject=60)


CLOSED = replace(MARK, closed=True)


def verdict(bound=HERE, store=MARK, marker: Heights | None = MARK, there="aa", here=HERE, left=None):
    return judge(here, bound, store, marker, there, left)


def test_the_store_that_ran_here_last_is_ours_also_when_its_marker_lags_behind():
    assert verdict().standing is Standing.OURS
    ahead = replace(MARK, event=9, delivery=95)
    assert verdict(store=ahead).standing is Standing.OURS
    assert verdict().is_live
    assert not verdict().is_outdated


def test_a_store_that_never_ran_live_is_nobodys():
    assert verdict(bound=None, marker=None).standing is Standing.FIRST
    assert verdict(bound=None).standing is Standing.FIRST
    assert verdict(bound=None).is_live


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (replace(HERE, machine="m2"), "bound to another machine"),
        (replace(HERE, folder="/home/copy"), "bound to the folder /home/copy"),
        (replace(HERE, config="/tmp/c.toml"), "bound to the configuration /tmp/c.toml"),
        (replace(HERE, machine="m2", folder="/x"), "bound to another machine and the folder /x"),
    ],
)
def test_another_machine_folder_or_configuration_is_named(bound, words):
    found = verdict(bound=bound, marker=CLOSED)
    assert found.standing is Standing.MOVED
    assert words in found.reason
    assert not found.is_live
    assert not found.is_outdated


def test_a_copy_of_a_store_that_had_not_ended_in_order_may_be_outdated():
    found = verdict(bound=replace(HERE, machine="m2"))
    assert (found.standing, found.is_outdated) == (Standing.MOVED, True)
    assert "had not ended in order" in found.reason


def test_another_configuration_of_the_same_folder_makes_no_store_older():
    assert not verdict(bound=replace(HERE, config="/tmp/c.toml")).is_outdated


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (replace(CLOSED, event=8, delivery=91), "has gone on"),
        (replace(MARK, event=8), "has gone on"),
        (MARK, "runs there"),
        (CLOSED, ""),
        (replace(CLOSED, store="s2", event=8), ""),
        (None, ""),
    ],
)
def test_a_copy_is_outdated_when_the_one_that_was_copied_runs_or_has_gone_on(left, words):
    found = verdict(bound=replace(HERE, folder="/home/copy"), marker=CLOSED, left=left)
    assert found.is_outdated is bool(words)
    assert words in found.reason


def test_a_copy_that_came_without_its_marker_may_be_outdated():
    found = verdict(bound=replace(HERE, machine="m2"), marker=None)
    assert (found.standing, found.is_outdated) == (Standing.MOVED, True)
    assert "marker" in found.reason


def test_a_bound_store_without_its_marker_is_not_trusted():
    found = verdict(marker=None)
    assert (found.standing, found.is_outdated, found.is_live) == (Standing.UNMARKED, True, False)


@pytest.mark.parametrize(
    ("store", "there", "words"),
    [
        (replace(MARK, event=6), "", "older copy"),
        (replace(MARK, delivery=89), "aa", "older copy"),
        (replace(MARK, epoch=1, event=100, delivery=100), "aa", "older copy"),
        (replace(MARK, event=9), "bb", "went its own way"),
        (replace(MARK, store="s2"), "aa", "not the one that ran here last"),
    ],
)
def test_an_older_or_other_file_is_recognised(store, there, words):
    found = verdict(store=store, there=there)
    assert (found.standing, found.is_outdated, found.is_live) == (Standing.OLDER, True, False)
    assert words in found.reason
    assert verdict(store=store, there=there, bound=None).standing is Standing.OLDER


def test_a_higher_epoch_was_written_by_a_restore_that_was_cut_off_before_its_marker():
    assert verdict(store=replace(MARK, epoch=3, event=2, delivery=3), there="").standing is Standing.OURS


heights = st.builds(
    Heights,
    store=st.just("s1"),
    epoch=st.integers(1, 4),
    event=st.integers(0, 5),
    event_hash=st.sampled_from(["", "aa", "bb"]),
    delivery=st.integers(0, 5),
    subject=st.integers(0, 5),
)


@given(store=heights, marker=heights, there=st.sampled_from(["", "aa", "bb"]))
def test_a_database_that_lacks_what_its_marker_saw_is_never_live(store, marker, there):
    found = judge(HERE, HERE, store, marker, there)
    lacks = store.event < marker.event or store.delivery < marker.delivery or there != marker.event_hash
    assert found.is_live == (store.epoch > marker.epoch or (store.epoch == marker.epoch and not lacks))
    assert found.is_live == (not found.reason)


def test_behind_a_fence_all_that_would_leave_is_in_doubt_and_only_platforms_that_answer_are_asked():
    plans = [
        intent("x"),
        intent("mail", recipient=3),
        intent("x", state=State.HELD, held_by="surge", reason="too many at once"),
        intent("x", state=State.SKIPPED, reason="baseline"),
    ]
    posted, mailed, held, skipped = in_doubt(plans, {"x"})
    assert {one.state for one in (posted, mailed, held)} == {State.UNKNOWN}
    assert (posted.look_at, mailed.look_at, held.look_at) == (NOON, None, None)
    assert "held by surge: too many at once" in held.reason
    assert held.held_by == ""
    assert skipped == plans[3]
