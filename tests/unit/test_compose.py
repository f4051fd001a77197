from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.model import Digest, PubStatus, Story
from distributor.rules.queue.compose import WAITS_AT_MOST, select, why_out
from tests.support import NOON, article


def digest(**fields):
    told = {"name": "morning", "title": "Morning", "channel": "mail", "slots": ("@daily",), "zone": "UTC"}
    return Digest(**{**told, **fields})


def story(number, **fields):
    return Story(id=number, article=article(number, **fields), first_seen_at=NOON - timedelta(minutes=number))


def test_the_newest_stories_come_first_and_no_more_than_most():
    candidates = [story(number, published=NOON - timedelta(hours=number)) for number in (3, 1, 2, 4)]
    assert [one.id for one in select(digest(most=3), candidates, NOON).stories] == [1, 2, 3]


def test_a_story_without_a_date_stands_where_it_was_first_seen():
    dated = story(5, published=NOON - timedelta(seconds=30))
    assert [one.id for one in select(digest(), [story(1, published=None), dated], NOON).stories] == [5, 1]


@pytest.mark.parametrize(("order", "expected"), [("oldest", [2, 1]), ("urgency", [2, 1]), ("newest", [1, 2])])
def test_the_order_is_the_digests_own(order, expected):
    first = story(1, published=NOON, urgency=5)
    second = story(2, published=NOON - timedelta(hours=1), urgency=2)
    assert [one.id for one in select(digest(order=order), [first, second], NOON).stories] == expected


def test_too_few_stories_are_no_issue_and_the_reason_is_said():
    selection = select(digest(least=3), [story(1), story(2)], NOON)
    assert not selection.stories
    assert selection.reason == "not worth an issue: 2 of at least 3 stories"


def test_nothing_new_is_no_issue():
    assert select(digest(least=0), [], NOON).reason == "not worth an issue: 0 of at least 1 stories"


def test_what_may_not_be_shown_stays_out():
    hidden = [story(1, pubstatus=PubStatus.CANCELED), story(2, embargoed=NOON + timedelta(hours=1))]
    assert [why_out(digest(), one, NOON) for one in hidden] == ["its status is canceled", "it is under embargo"]
    assert [one.id for one in select(digest(), [*hidden, story(3)], NOON).stories] == [3]


def test_what_may_be_shown_later_is_left_for_the_next_issue_as_long_as_it_is_news():
    waiting = [
        story(1, embargoed=NOON + timedelta(hours=1)),
        story(2, pubstatus=PubStatus.WITHHELD),
        story(3),
    ]
    gone = [
        story(4, pubstatus=PubStatus.CANCELED),
        story(5, categories=("Sport",), embargoed=NOON + timedelta(hours=1)),
        replace(story(6), first_seen_at=NOON - WAITS_AT_MOST - timedelta(minutes=1)),
    ]
    found = select(digest(categories=("Politics",)), [*waiting, *gone, story(7)], NOON, held={3, 4, 6})
    assert [one.id for one in found.stories] == [7]
    assert [one.id for one in found.left] == [1, 2, 3]


def test_a_digest_takes_only_its_sections():
    assert why_out(digest(categories=("Sport",)), story(1), NOON) == "category Politics is not among Sport"
    assert not why_out(digest(categories=("politics",), feeds=("politics",), languages=("en",)), story(1), NOON)
