"""When stories leave: embargoes and dates ahead, wrong zones, the first reading, a feed that was away for a day."""

from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.errors import FetchError
from distributor.model import ChangeKind, Route, State
from distributor.store.codes import STATES
from tests.flow.test_flows import Newsroom
from tests.flow.test_gates import Desk, heads
from tests.support import NOON, article

HOUR = timedelta(hours=1)


@pytest.fixture
def room(tmp_path):
    found = Newsroom(tmp_path)
    found.store.alerts.tell([("x", 0)])
    yield found
    found.store.close()


def states(room):
    return [STATES[one["state"]] for one in room.store.deliveries.list() if one["act"] == 0]


def told(room):
    return [alert.key for alert in room.store.alerts.open_alerts()]


def test_a_story_dated_ahead_is_held_until_then_told_once_and_leaves_with_no_revision(room):
    ahead = article(published=NOON + 2 * HOUR)
    room.read([ahead])
    assert states(room) == [State.HELD]
    assert room.read([ahead]).changes == []
    room.clock.advance(7201)
    assert room.read([ahead]).changes == []
    room.drain()
    assert states(room) == [State.SENT]


def test_a_date_that_is_put_right_lets_its_story_go_at_once(room):
    room.read([article(published=NOON + 2 * HOUR)])
    (change,) = room.read([article(published=NOON)]).changes
    assert change.kind is ChangeKind.UPDATED
    room.drain()
    assert states(room) == [State.SENT]


def test_an_embargo_is_looked_at_again_when_its_feed_moves_it(room):
    room.read([article(embargoed=NOON + HOUR)])
    room.read([article(embargoed=NOON + 3 * HOUR)])
    room.clock.advance(3601)
    room.drain()
    assert states(room) == [State.HELD]
    room.read([article()])
    room.drain()
    assert states(room) == [State.SENT]


def test_a_feed_three_hours_ahead_is_reported_once_its_stories_leave_and_it_is_over_when_dates_are_right(room):
    ahead = [article(number, published=NOON + (3 - number / 4) * HOUR) for number in (1, 2, 3, 4)]
    room.read(ahead)
    assert states(room).count(State.HELD) == 0
    assert told(room) == ["clock:politics"]
    room.read([*ahead, article(5, published=NOON + 2.9 * HOUR)])
    assert told(room) == ["clock:politics"]
    first = room.store.stories.find(["guid:politics:guid-1"])
    assert first.article.published is None
    assert first.first_seen_at == NOON
    room.clock.advance(24 * 3600)
    room.read([article(6, published=room.clock.now())])
    assert told(room) == []


def test_a_story_without_a_date_is_news_from_when_it_was_first_seen(tmp_path):
    room = Newsroom(tmp_path, routes=(Route(name="all", channels=("x",), shelf_life=2 * HOUR),))
    room.read([article(published=None)])
    assert room.store.stories.latest(1)[0].article.published is None
    assert room.store.stories.latest(1)[0].first_seen_at == NOON
    room.clock.advance(3600)
    room.drain()
    assert states(room) == [State.SENT]
    room.store.close()


def test_a_feed_that_was_away_for_a_day_catches_up_with_what_is_still_news(tmp_path):
    desk = Desk(tmp_path, x='stale = "skip"')
    desk.publish(1)
    desk.drain()
    for _ in range(3):
        desk.clock.advance(8 * 3600)
        desk.source.documents = [FetchError("answered 503")]
        desk.app.ingesters["politics"].run_once(desk.clock.now())
    now = desk.clock.now()
    desk.source.documents = [[article(number, published=now - number * HOUR) for number in (20, 10, 5, 2)]]
    assert len(desk.app.ingesters["politics"].run_once(now).changes) == 4
    desk.drain()
    assert heads(desk.x) == [f"Headline number {number}" for number in (1, 5, 2)]
    assert desk.fates() == {State.SENT: 3, State.SKIPPED: 2}
    assert len(desk.y.parcels) == 5
    desk.app.close()


def test_the_first_reading_holds_nothing_and_reports_no_story_for_its_date(room):
    room.read([replace(article(), published=NOON + HOUR)], publish_first=False)
    assert states(room) == [State.SKIPPED]
    assert told(room) == []
