"""How far a story is told, and which one it continues."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from distributor.model import Article, PubStatus, Stage, Story
from distributor.rules.change.takes import Continuation, continued, may_continue, says_the_same, stage, told
from distributor.text.marks import MarkKind
from tests.support import NOON, article

SNAP = article(1, headline="FLASH - MINISTER RESIGNS OVER BRIDGE SCANDAL", summary="", body="", urgency=1)
LONG = "The minister resigned over the bridge scandal on Tuesday. " * 20
FULL = article(2, headline="Minister resigns over bridge scandal", summary="", body=LONG)


def story(told: Article, number: int = 1, *, ago: timedelta = timedelta(minutes=10)) -> Story:
    return Story(id=number, article=told, first_seen_at=NOON - ago)


def found(new: Article, *earlier: Story, named: Story | None = None, **own: Any) -> Continuation | None:
    return continued(new, named, [told(one) for one in earlier], NOON, own.get("own"))


@pytest.mark.parametrize(
    ("fields", "reached"),
    [
        ({"headline": "FLASH - MINISTER RESIGNS", "summary": "", "body": ""}, Stage.FLASH),
        ({"headline": "MINISTER RESIGNS", "summary": "", "body": ""}, Stage.FLASH),
        ({"headline": "Minister resigns", "summary": "", "body": "He resigned.", "urgency": 1}, Stage.FLASH),
        ({"headline": "[速報]大臣が辞任", "summary": "", "body": ""}, Stage.FLASH),
        ({"headline": "FLASH - MINISTER RESIGNS", "body": "He resigned. " * 30}, Stage.URGENT),
        ({"headline": "URGENT: Minister resigns", "body": "He resigned."}, Stage.URGENT),
        ({"headline": "Minister resigns", "body": "He resigned.", "urgency": 2}, Stage.URGENT),
        ({"headline": "Breaking: Minister resigns", "body": LONG}, Stage.FULL),
        ({"headline": "Minister resigns", "summary": "", "body": ""}, Stage.FULL),
        ({"headline": "MINISTER RESIGNS", "body": "He resigned."}, Stage.FULL),
        ({"headline": "WRAPUP 2-Minister resigns", "body": "He resigned."}, Stage.WRAP_UP),
    ],
)
def test_a_stage_is_read_from_marks_urgency_and_length(fields: dict[str, Any], reached: Stage) -> None:
    assert stage(article(**fields)) is reached


def test_a_snap_and_what_is_withdrawn_continue_nothing() -> None:
    assert not may_continue(SNAP)
    assert not may_continue(replace(FULL, pubstatus=PubStatus.CANCELED))
    assert may_continue(FULL)


def test_a_full_story_continues_the_snap_that_told_the_same() -> None:
    assert found(FULL, story(SNAP)) == Continuation(earlier=story(SNAP), is_take=True)


@pytest.mark.parametrize(
    "earlier",
    [
        story(SNAP, ago=timedelta(hours=13)),
        story(replace(SNAP, headline="FLASH - STORM LEAVES TEN THOUSAND WITHOUT POWER")),
        story(replace(SNAP, pubstatus=PubStatus.CANCELED)),
        story(replace(SNAP, language="ru")),
        story(replace(FULL, guid="other")),
    ],
    ids=["too long ago", "another story", "withdrawn", "another language", "as far as this one"],
)
def test_in_doubt_two_stories_are_two_stories(earlier: Story) -> None:
    assert found(FULL, earlier) is None


def test_a_story_without_a_language_may_continue_any() -> None:
    assert found(FULL, story(replace(SNAP, language=""))) is not None


def test_of_several_takes_the_last_is_continued() -> None:
    urgent = replace(SNAP, headline="URGENT: Minister resigns over bridge scandal", body="He resigned. " * 20)
    later = found(FULL, story(SNAP, 1), story(urgent, 2), story(SNAP, 3))
    assert later is not None
    assert later.earlier.id == 2


@pytest.mark.parametrize("mark", ["UPDATE 1-", "CORRECTED-", "REFILE-"])
def test_the_same_stage_told_again_is_a_revision(mark: str) -> None:
    again = replace(FULL, headline=f"{mark}{FULL.headline}", guid="again")
    assert found(again, story(FULL)) == Continuation(earlier=story(FULL), is_take=False)


def test_a_correction_of_a_snap_is_a_revision_however_long_it_is() -> None:
    again = replace(FULL, headline=f"CORRECTED-{FULL.headline}")
    assert found(again, story(SNAP)) == Continuation(earlier=story(SNAP), is_take=False)


def test_a_wrap_up_continues_a_full_story_and_the_next_wrap_up_is_a_revision_of_it() -> None:
    first = replace(FULL, headline="WRAPUP 1-Minister resigns over bridge scandal", guid="w1")
    second = replace(FULL, headline="WRAPUP 2-Minister resigns over bridge scandal", guid="w2")
    assert found(first, story(FULL)) == Continuation(earlier=story(FULL), is_take=True)
    assert found(second, story(first)) is None
    assert found(second, named=story(first)) == Continuation(earlier=story(first), is_take=False)


def test_what_its_source_names_is_believed_and_a_withdrawn_story_is_followed_by_one_of_its_own() -> None:
    other = replace(FULL, headline="Quite another headline")
    assert found(other, named=story(SNAP)) == Continuation(earlier=story(SNAP), is_take=True)
    gone = story(replace(FULL, pubstatus=PubStatus.CANCELED))
    assert found(replace(FULL, guid="again"), named=gone) == Continuation(earlier=gone, is_take=True)


def test_a_feed_s_own_marks_count() -> None:
    own = {MarkKind.UPDATE: ("Свежее",)}
    again = replace(FULL, headline=f"Свежее: {FULL.headline}", guid="again")
    assert found(again, story(FULL)) is None
    assert found(again, story(FULL), own=own) == Continuation(earlier=story(FULL), is_take=False)


def test_headlines_of_nothing_but_marks_say_nothing() -> None:
    empty = replace(FULL, headline="UPDATE")
    assert not says_the_same(story(replace(empty, guid="x")), empty)
