from datetime import timedelta

import pytest

from distributor.model import Approval, PubStatus, Route, State
from distributor.rules.queue.routing import BASELINE, mismatch, plan
from tests.support import NOON, article

ALL = Route(name="all", channels=("x", "tg"))


def test_a_route_without_conditions_takes_every_story_to_every_channel():
    intents = plan(article(), [ALL], {}, NOON)
    assert [(one.channel, one.state, one.recipient, one.due_at) for one in intents] == [
        ("x", State.PLANNED, 0, NOON),
        ("tg", State.PLANNED, 0, NOON),
    ]
    assert {one.reason for one in intents} == {"route all"}


def test_the_first_route_that_accepts_decides_for_a_channel():
    urgent = Route(name="urgent", channels=("x",), urgency=2, template="flash")
    rest = Route(name="rest", channels=("x",), delay=60, template="calm")
    (flash,) = plan(article(urgency=1), [urgent, rest], {}, NOON)
    assert (flash.template, flash.due_at, flash.priority) == ("flash", NOON, 1)
    (calm,) = plan(article(urgency=4), [urgent, rest], {}, NOON)
    assert (calm.template, calm.due_at) == ("calm", NOON + timedelta(seconds=60))


def test_a_story_that_no_route_takes_is_skipped_with_every_reason():
    sport = Route(name="sport", channels=("x",), categories=("Sport", "Ice hockey"))
    german = Route(name="german", channels=("x",), languages=("de",))
    (skip,) = plan(article(), [sport, german], {}, NOON)
    assert skip.state is State.SKIPPED
    assert skip.reason == (
        "route sport: category Politics is not among Sport, Ice hockey; route german: language en is not among de"
    )


def test_what_a_new_feed_already_held_is_skipped_as_baseline():
    intents = plan(article(), [ALL], {}, NOON, baseline=True)
    assert {(one.state, one.reason) for one in intents} == {(State.SKIPPED, BASELINE)}


@pytest.mark.parametrize("status", [PubStatus.WITHHELD, PubStatus.CANCELED])
def test_a_story_that_is_not_usable_is_skipped(status):
    (first, _) = plan(article(pubstatus=status), [ALL], {}, NOON)
    assert first.reason == f"its status is {status.value}"


def test_an_embargo_holds_a_delivery_to_its_end():
    end = NOON + timedelta(hours=3)
    (first, _) = plan(article(embargoed=end), [ALL], {}, NOON)
    assert (first.state, first.held_by, first.held_until, first.due_at) == (State.HELD, "embargo", end, end)
    assert first.reason == "route all; it is under embargo"


@pytest.mark.parametrize(
    ("fields", "internal", "held_by"),
    [
        ({}, "", ""),
        ({"undo": timedelta(minutes=1)}, "", "undo"),
        ({"approval": Approval.ONE, "undo": timedelta(minutes=1)}, "", "approval"),
        ({"approval": Approval.TWO}, "its headline is marked PREP", "internal"),
    ],
)
def test_a_route_asks_for_what_its_stories_must_pass(fields, internal, held_by):
    (found,) = plan(article(), [Route(name="all", channels=("x",), **fields)], {}, NOON, internal=internal)
    assert found.held_by == held_by
    assert (found.conditions is None) is (not held_by)
    if found.conditions is not None:
        asked = {Approval.ONE: 1, Approval.TWO: 2}.get(fields.get("approval"), 0)
        assert (found.conditions.approvals, found.conditions.internal) == (asked, internal)


def test_an_embargo_that_has_passed_delays_nothing():
    (first, _) = plan(article(embargoed=NOON - timedelta(hours=1)), [ALL], {}, NOON)
    assert (first.due_at, first.reason) == (NOON, "route all")


def test_every_subscriber_of_a_mail_channel_gets_a_row_of_their_own():
    intents = plan(article(), [Route(name="alerts", channels=("mail",))], {"mail": (4, 9)}, NOON)
    assert [one.recipient for one in intents] == [4, 9]


def test_a_mail_channel_without_subscribers_says_so():
    (skip,) = plan(article(), [Route(name="alerts", channels=("mail",))], {"mail": ()}, NOON)
    assert (skip.state, skip.reason) == (State.SKIPPED, "nobody is subscribed")


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        (Route(name="r", channels=(), feeds=("economy",)), "feed politics is not among economy"),
        (Route(name="r", channels=(), categories=("Sport",)), "category Politics is not among Sport"),
        (Route(name="r", channels=(), languages=("ru", "be")), "language en is not among ru, be"),
        (Route(name="r", channels=(), keywords=("hockey",)), "mentions none of hockey"),
        (Route(name="r", channels=(), urgency=3), "urgency 5 is below 3"),
        (Route(name="r", channels=(), categories=("politics",), languages=("EN",), keywords=("STORY 1",)), ""),
    ],
)
def test_a_route_says_in_words_why_it_does_not_accept(route, reason):
    assert mismatch(article(), route) == reason


def test_a_story_of_unknown_language_or_category_is_named_as_such():
    assert mismatch(article(language=""), Route(name="r", channels=(), languages=("en",))) == (
        "language unknown is not among en"
    )
    assert mismatch(article(categories=()), Route(name="r", channels=(), categories=("Sport",))) == (
        "category (none) is not among Sport"
    )


def test_a_language_takes_its_regional_forms():
    assert not mismatch(article(language="en-GB"), Route(name="r", channels=(), languages=("en",)))
    assert mismatch(article(language="eno"), Route(name="r", channels=(), languages=("en",)))


def test_a_keyword_is_a_whole_word():
    route = Route(name="r", channels=(), keywords=("art",))
    assert mismatch(article(headline="The party starts"), route)
    assert not mismatch(article(headline="Modern art on show"), route)
