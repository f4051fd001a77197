"""The stop button, on the real database: nothing new leaves, what piles up is held, and resumed by one decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.model import State
from distributor.rules.queue.stopping import Resumption
from distributor.store.desk.acts import By
from tests.flow.desk import Desk, url
from tests.support import NOON, article, intent

READERS = 300


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    found = Desk(tmp_path, **getattr(request, "param", {}))
    yield found
    found.app.close()


def subscribe(desk: Desk, count: int) -> None:
    for number in range(count):
        desk.app.store.subscribers.subscribe(f"reader{number}@example.org", ["morning"], now=NOON, source="test")


def open_issue(desk: Desk) -> None:
    """The morning's issue is written; none of it has left."""
    desk.clock.at = NOON + timedelta(hours=1)
    assert desk.app.digesters["morning"].run_due(desk.clock.now())


def test_a_stop_of_everything_lets_nothing_leave_and_holds_what_waits_and_what_comes(desk: Desk) -> None:
    desk.publish(1, 2)
    found = desk.call("stop", everything=True, reason="the front page is wrong")
    assert (found["stop"]["held"], found["leaving"]) == (4, 0)
    assert (found["stop"]["channel"], found["stop"]["category"], found["stop"]["until"]) == (None, None, None)
    desk.publish(3, urgency=1)
    desk.drain()
    assert not desk.x.parcels
    assert not desk.y.parcels
    assert desk.held("x") == [("stop", "stopped by Ann: the front page is wrong")] * 3
    assert desk.call("stops")["stops"][0]["held"] == 6
    assert desk.events("stopped") == [
        ("stopped", "Ann", "stop 1: everything: the front page is wrong (through command line)")
    ]


def test_in_the_midst_of_a_digest_nothing_more_begins_once_the_stop_is_committed(desk: Desk) -> None:
    subscribe(desk, READERS)
    desk.publish(1)
    open_issue(desk)
    for _ in range(5):
        desk.app.deliverers["mail"].run_once()
    assert len(desk.mail.parcels) == 15
    found = desk.call("stop", everything=True, reason="a wrong name", who="the night editor")
    assert found["stop"]["held"] == READERS - 15 + 2
    desk.drain()
    assert len(desk.mail.parcels) == 15
    assert desk.fates("mail") == {State.SENT: 15, State.HELD: READERS - 15}
    (issue,) = [one for one in desk.call("stops")["waiting"] if one["issue"]]
    assert (issue["count"], issue["ids"], issue["issue"]) == (READERS - 15, [], "morning 2026-11-24T13:00[UTC]")
    assert desk.call("resume", decision="send")["sent"] == READERS - 15 + 2
    desk.drain()
    assert len({parcel.recipient.address for parcel in desk.mail.parcels}) == READERS
    assert len(desk.mail.parcels) == READERS
    mails = [detail for _, _, detail in desk.events("released") if "mails" in detail]
    assert mails == [f"{READERS - 15} mails: it was held by stop (through command line)"]
    assert desk.app.store.issues.close_done(desk.clock.now())


def test_what_was_claimed_before_a_stop_does_not_start_after_it(desk: Desk) -> None:
    desk.publish(1)
    ledger = desk.app.store.deliveries
    claimed = ledger.claim_due("x", now=desk.clock.now(), limit=10, lease=timedelta(hours=1))
    desk.app.store.stops.begin(
        channel="", category="", reason="stop", until=None, by=By(who="Ann", through="command line", at=NOON)
    )
    typeset = desk.app.deliverers["x"]._rendered(claimed, {})
    assert not ledger.start([rendered for _, rendered in typeset], now=desk.clock.now(), lease=timedelta(hours=1))
    assert desk.held("x") == [("stop", "stopped by Ann: stop")]


def test_what_comes_under_a_stop_of_everything_is_put_aside_by_the_first_claim_as_a_whole(desk: Desk) -> None:
    desk.call("stop", everything=True, reason="a wrong name")
    desk.publish(*range(1, 31))
    ledger = desk.app.store.deliveries
    assert not ledger.claim_due("x", now=desk.clock.now(), limit=10, lease=timedelta(hours=1))
    assert desk.held("x") == [("stop", "stopped by Ann: a wrong name")] * 30


def test_another_channel_goes_on(desk: Desk) -> None:
    desk.publish(1)
    desk.call("stop", channel="x", reason="a wrong account")
    desk.drain()
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (0, 1)


@pytest.mark.parametrize("desk", [{}, {"x": 'gap = "1m"'}], indirect=True)
def test_a_sections_stop_holds_its_stories_and_the_issues_that_carry_one(desk: Desk) -> None:
    subscribe(desk, 2)
    desk.tell(
        article(1, categories=("World", "Sport"), published=NOON),
        article(2, categories=("World",), published=NOON),
    )
    open_issue(desk)
    found = desk.call("stop", category="SPORT", reason="scores are wrong")
    assert found["stop"]["held"] == 2 + 2
    desk.tell(article(3, categories=("Sport",), published=NOON))
    desk.drain()
    assert [parcel.message.link.partition("?")[0] for parcel in desk.x.parcels] == [url(2)]
    assert not desk.mail.parcels
    assert len(desk.held("x")) == 2
    assert desk.fates("mail") == {State.HELD: 2}
    assert desk.call("stops")["stops"][0]["held"] == 2 * 2 + 2


def test_an_issue_of_that_time_goes_without_what_is_stopped_and_the_next_one_carries_it(desk: Desk) -> None:
    subscribe(desk, 1)
    desk.tell(article(1, categories=("Sport",), published=NOON), article(2, categories=("World",), published=NOON))
    desk.call("stop", category="Sport", reason="scores are wrong", until="2026-11-25T06:00:00Z")
    open_issue(desk)
    desk.drain()
    desk.clock.advance(86400)
    desk.drain()
    desk.publish(3)
    desk.app.digesters["morning"].run_due(desk.clock.now())
    desk.drain()
    texts = [parcel.message.text for parcel in desk.mail.parcels]
    assert [("story-1" in text, "story-2" in text) for text in texts] == [(False, True), (True, False)]


def test_a_section_on_one_channel(desk: Desk) -> None:
    desk.tell(article(1, categories=("Sport",), published=NOON))
    desk.call("stop", category="Sport", channel="x", reason="scores are wrong")
    desk.drain()
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (0, 1)


def test_a_stop_with_an_end_lets_go_by_itself(desk: Desk) -> None:
    desk.publish(1)
    desk.call("stop", everything=True, reason="half an hour", until="2026-11-24T12:30:00Z")
    desk.drain()
    assert {one["held_until"] for one in desk.call("held")["held"]} == {"2026-11-24T12:30:00Z"}
    desk.clock.advance(1799)
    desk.drain()
    assert not desk.x.parcels
    desk.clock.advance(1)
    assert desk.call("stops")["stops"] == []
    desk.drain()
    assert len(desk.x.parcels) == 1


def test_a_stop_outlives_a_restart(desk: Desk) -> None:
    desk.publish(1)
    desk.call("stop", everything=True, reason="through the night", until="2026-11-25T06:00:00Z")
    desk.restart()
    desk.publish(2)
    desk.drain()
    assert not desk.x.parcels
    assert desk.fates() == {State.HELD: 2}
    assert desk.call("stops")["stops"][0]["reason"] == "through the night"


def test_alerts_and_deletions_pass_a_stop(desk: Desk) -> None:
    from distributor.model import Act

    desk.publish(1)
    desk.drain("x")
    desk.call("stop", everything=True, reason="all of it")
    store = desk.app.store
    store.alerts.tell([("x", 0)])
    store.alerts.raise_alert("disk", "it is full", now=desk.clock.now())
    story = store.stories.latest(1)[0].id
    from distributor.store.ledger.deliveries import add_intents

    work = [intent("x", act=Act.DELETE, revision=1), intent("x", act=Act.EDIT, revision=1)]
    store.stories._writer.call(lambda c: add_intents(c, story, work, desk.clock.now()))
    claimed = store.deliveries.claim_due("x", now=desk.clock.now(), limit=10, lease=timedelta(hours=1))
    assert {row.act for row in claimed} == {Act.ALERT, Act.DELETE}
    assert [row["held_by"] for row in desk.rows(State.HELD, "x")] == ["stop"]


@pytest.mark.parametrize(
    ("decision", "keep", "x_posts"),
    [("send", False, 4), ("fold", False, 1), ("fold", True, 2), ("drop", False, 0), ("drop", True, 1)],
)
def test_what_piled_up_is_sent_folded_or_dropped_by_one_decision_and_by_story(
    desk: Desk, decision: str, keep: bool, x_posts: int
) -> None:
    subscribe(desk, 3)
    desk.call("stop", everything=True, reason="wait")
    desk.publish(1, 2, 3, 4)
    open_issue(desk)
    desk.drain()
    waiting = desk.call("stops")["waiting"]
    assert len(waiting) == 4 * 2 + 1
    kept = [number for one in waiting for number in one["ids"] if one["story"] == url(2)] if keep else []
    found = desk.call("resume", decision=decision, keep=kept)
    mails = 0 if decision == "drop" else 3
    sums = {"send": (8 + 3, 0, 0), "fold": (3, 8, 0), "drop": (0, 0, 8 + 3)}[decision]
    if keep:
        sums = (sums[0] + 2, sums[1] and sums[1] - 2, sums[2] and sums[2] - 2)
    assert (found["sent"], found["folded"], found["dropped"]) == sums
    desk.drain()
    assert (len(desk.x.parcels), len(desk.mail.parcels)) == (x_posts, mails)
    if decision == "fold":
        brief = desk.x.parcels[-1].message.text
        assert [f"Headline number {number}" in brief for number in (1, 2, 3, 4)] == [True, not keep, True, True]
    assert State.HELD not in desk.fates("x")
    assert desk.events("lifted") == [("lifted", "Ann", f"stop 1: {decision} (through command line)")]


def test_what_left_once_is_not_folded(desk: Desk) -> None:
    desk.publish(1)
    desk.app.store.stories._writer.call(lambda c: c.run("UPDATE deliveries SET doubts = 1 WHERE state = 0"))
    desk.call("stop", everything=True, reason="wait")
    found = desk.call("resume", decision="fold")
    assert (found["sent"], found["folded"]) == (2, 0)


def test_of_two_stops_the_other_still_holds(desk: Desk) -> None:
    desk.tell(article(1, categories=("Sport",), published=NOON), article(2, categories=("World",), published=NOON))
    first = desk.call("stop", everything=True, reason="all", until="2026-11-24T14:00:00Z")["stop"]["id"]
    second = desk.call("stop", category="sport", reason="scores")["stop"]["id"]
    # the one without an end decides
    assert [(one["id"], one["held"]) for one in desk.call("stops")["stops"]] == [(first, 2), (second, 2)]
    found = desk.call("resume", decision="send", stop=first)
    assert (found["lifted"], found["sent"]) == ([first], 2)
    assert [one["id"] for one in found["stops"]] == [second]
    desk.drain()
    assert len(desk.x.parcels) == 1
    assert desk.call("resume", decision="send")["sent"] == 2
    desk.drain()
    assert len(desk.x.parcels) == 2


def test_a_resume_that_was_cut_short_is_finished_at_the_next_start(desk: Desk) -> None:
    desk.publish(1)
    number = desk.call("stop", everything=True, reason="wait")["stop"]["id"]
    desk.app.store.stops.lift([number], Resumption.DROP, By(who="Ann", through="command line", at=NOON))
    desk.drain()
    assert desk.fates() == {State.HELD: 1}
    from distributor.calls.delivery.stopping import finish_stops

    finish_stops(desk.app)
    assert [row["reason"] for row in desk.rows(State.SKIPPED, "x")] == ["dropped by Ann when the stop ended"]
    finish_stops(desk.app)


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("stop", {"reason": "x"}, "nothing_named"),
        ("stop", {"reason": "x", "channel": "x", "everything": True}, "nothing_named"),
        ("stop", {"reason": " ", "everything": True}, "no_reason"),
        ("stop", {"reason": "x", "everything": True, "who": " "}, "no_name"),
        ("stop", {"reason": "x", "channel": "z"}, "unknown_channel"),
        ("stop", {"reason": "x", "category": ""}, "nothing_named"),
        ("stop", {"reason": "x", "everything": True, "until": "2026-11-24T12:00:00Z"}, "bad_instant"),
        ("resume", {"decision": "send"}, "nothing_stopped"),
        ("resume", {"decision": "send", "stop": 7}, "unknown_stop"),
        ("resume", {"decision": "perhaps"}, "unknown_decision"),
    ],
)
def test_what_is_not_clear_is_refused(desk: Desk, name: str, args: dict[str, object], code: str) -> None:
    assert desk.refusal(name, **args)[0] == code
    found = desk.call("stops")
    assert (found["stops"], found["waiting"], found["piled_up"]) == ([], [], 0)


def test_an_end_of_a_stop_falls_on_more_than_one_part_and_on_nothing_that_somebody_holds_since(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("stopping", "stops"):
        monkeypatch.setattr(f"distributor.store.desk.{module}.SLICE", 3)
    subscribe(desk, 8)
    desk.tell(*(article(number, categories=("Sport",), published=NOON) for number in range(1, 6)))
    open_issue(desk)
    desk.call("stop", category="sport", reason="wait")
    desk.call("stop", channel="mail", reason="wait")
    assert desk.fates("mail") == {State.HELD: 8}
    assert desk.fates("x") == {State.HELD: 5}
    desk.call("hold", url=url(1), reason="a call first")
    found = desk.call("resume", decision="drop")
    assert found["dropped"] == 8 + 2 * 4
    assert {row["story_url"] for row in desk.rows(State.HELD)} == {url(1)}
    assert desk.events("skipped")[-1][2].endswith("it was held by stop (through command line)")


def test_a_queue_of_which_everything_is_stopped_is_empty(tmp_path: Path) -> None:
    desk = Desk(tmp_path, x='gap = "1m"')
    desk.tell(article(1, categories=("Sport",), published=NOON))
    desk.app.store.stops.begin(
        channel="x", category="sport", reason="wait", until=None, by=By(who="Ann", through="chat", at=NOON)
    )
    assert desk.app.deliverers["x"].run_once() == 0
    assert desk.held("x") == [("stop", "stopped by Ann: wait")]
    desk.app.close()
