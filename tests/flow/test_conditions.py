"""What a story must pass before it leaves at all: somebody's look, approvals, its embargo, the undo window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.calls.delivery.holding import watch_holds
from distributor.model import Act, Image, State
from distributor.store.ledger.deliveries import add_intents
from tests.apps import told_app
from tests.flow.desk import CONFIG, Desk, url
from tests.support import NOON, ToldSource, article, intent


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    found = Desk(tmp_path, **getattr(request, "param", {}))
    yield found
    found.app.close()


def route(*lines: str) -> pytest.MarkDecorator:
    """The keys of the route."""
    return pytest.mark.parametrize("desk", [{"route": "\n".join(lines)}], indirect=True)


def alerts(desk: Desk) -> list[tuple[str, str]]:
    return [(one.key, one.text) for one in desk.app.store.alerts.open_alerts()]


# ---------------------------------------------------------------- embargo


def test_an_embargo_holds_until_its_instant_and_not_a_second_longer(desk: Desk) -> None:
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1)))
    assert desk.held("x") == [("embargo", "route all; it is under embargo")]
    (row, _) = desk.call("held")["held"]
    assert (row["held_until"], row["released_by"]) == (
        "2026-11-24T13:00:00Z",
        "the clock, or distributor release --held-by embargo",
    )
    desk.clock.advance(3599)
    desk.drain()
    assert not desk.x.parcels
    desk.clock.advance(1)
    desk.drain()
    assert len(desk.x.parcels) == len(desk.y.parcels) == 1


def test_an_embargo_in_the_text_holds_and_is_not_in_the_post(desk: Desk) -> None:
    desk.tell(article(1, headline="EMBARGOED UNTIL 13:00 GMT: Bank raises its rate"))
    assert desk.held("x")[0][0] == "embargo"
    desk.clock.advance(3600)
    desk.drain()
    assert desk.x.parcels[0].message.text.startswith("Bank raises its rate")


def test_an_embargo_that_cannot_be_read_waits_for_somebody(desk: Desk) -> None:
    desk.tell(article(1, body="EMBARGOED UNTIL DELIVERY\nThe minister says."))
    ((held_by, reason), _) = desk.held()
    assert held_by == "internal"
    assert reason.endswith('its embargo cannot be read: "EMBARGOED UNTIL DELIVERY"')


def test_nothing_but_a_release_by_its_name_goes_past_an_embargo(desk: Desk) -> None:
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1)))
    assert desk.refusal("send_now", url=url(1))[:2] == ("held", "the story is held by embargo")
    assert desk.refusal("release", url=url(1))[0] == "nothing_held"
    assert desk.refusal("release", everything=True)[0] == "nothing_held"
    desk.restart()
    desk.drain()
    assert not desk.x.parcels
    assert desk.call("release", url=url(1), channel="x", held_by="embargo")["released"] == 1
    desk.drain()
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (1, 0)


def test_an_embargo_that_is_moved_moves_what_waits(desk: Desk) -> None:
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1)))
    desk.tell(article(1, embargoed=NOON + timedelta(hours=2), headline="Another"))
    assert desk.call("held")["held"][0]["held_until"] == "2026-11-24T14:00:00Z"
    desk.tell(article(1, headline="And another"))
    desk.drain()
    assert [parcel.message.text.splitlines()[0] for parcel in desk.x.parcels] == ["And another"]


@pytest.mark.parametrize("desk", [{"x": 'gap = "1h"'}], indirect=True)
def test_an_embargo_that_comes_late_holds_what_is_due_and_what_a_gate_holds(desk: Desk) -> None:
    desk.publish(8)
    desk.publish(9)
    desk.drain()
    assert [one[0] for one in desk.held("x")] == ["pacing"]
    desk.publish(1, headline="As it was")
    desk.tell(article(9, headline="New", embargoed=NOON + timedelta(hours=3), published=NOON))
    desk.tell(article(1, headline="New", embargoed=NOON + timedelta(hours=3), published=NOON))
    assert [one[0] for one in desk.held("x")] == ["embargo", "embargo"]
    desk.clock.advance(2 * 3600)
    desk.drain()
    assert len(desk.x.parcels) == 1
    desk.clock.advance(3 * 3600)
    desk.drain()
    assert len(desk.x.parcels) == 2


# ---------------------------------------------------------------- internal material


@pytest.mark.parametrize("desk", [{}], indirect=True)
def test_internal_material_is_held_until_somebody_has_looked(desk: Desk) -> None:
    desk.tell(article(1, headline="PREP: Former president dies"), article(2))
    assert desk.held("x") == [
        ("internal", "route all; it looks like internal material: its headline is marked PREP"),
    ]
    text = 'feed politics: "PREP: Former president dies" looks like internal material; held until somebody has looked'
    assert alerts(desk) == [("internal:politics", text)]
    desk.drain()
    assert len(desk.x.parcels) == 1
    assert desk.call("release", url=url(1))["released"] == 2
    assert alerts(desk) == []
    desk.drain()
    assert len(desk.x.parcels) == 2
    # somebody has looked: an update under the same mark is not held again
    assert desk.events("released")[0][1] == "Ann"


def test_a_hundred_prepared_stories_are_held_as_a_whole_with_one_alert(desk: Desk) -> None:
    desk.tell(*(article(number, headline=f"PREP: Obituary {number}") for number in range(100)))
    desk.tell(*(article(number, headline=f"PREP: Obituary {number}") for number in range(100, 120)))
    desk.drain()
    assert not desk.x.parcels
    assert desk.fates() == {State.HELD: 120}
    ((key, text),) = alerts(desk)
    assert key == "internal:politics"
    assert text.startswith('feed politics: 100 stories, the first of them "PREP: Obituary ')
    assert desk.call("skip", held_by="internal")["skipped"] == 240
    assert alerts(desk) == []


def test_a_surge_of_prepared_stories_is_one_alert_and_its_release_leads_to_the_next_hold(tmp_path: Path) -> None:
    config = CONFIG.replace("surge = 0", "surge = 1\nsurge_least = 20")
    desk = Desk(tmp_path, config=config)
    desk.publish(999)
    desk.drain()
    desk.clock.advance(60)
    old = {"published": NOON - timedelta(days=900)}
    desk.tell(*(article(number, headline=f"PREP: Obituary {number}", **old) for number in range(100)))
    assert [key for key, _ in alerts(desk)] == ["surge:politics"]
    found = desk.call("release", held_by="surge", feed="politics")
    assert (found["released"], found["still_held"]) == (200, 200)
    assert {one[0] for one in desk.held()} == {"internal"}
    desk.app.close()


def test_a_story_whose_mark_is_gone_goes_on_by_itself_and_one_that_gets_a_mark_is_held(desk: Desk) -> None:
    desk.tell(article(1, headline="HOLD: Minister to resign"), article(2))
    desk.tell(article(1, headline="Minister resigns"), article(2, headline="HOLD: Bank to fail"))
    assert {row["story_url"]: row["held_by"] for row in desk.rows(channel="x")} == {url(1): "", url(2): "internal"}
    watch_holds(desk.app)
    assert len(alerts(desk)) == 1
    desk.tell(article(2, headline="Bank fails"))
    watch_holds(desk.app)
    assert alerts(desk) == []
    desk.drain()
    assert len(desk.x.parcels) == 2


def test_what_somebody_let_go_is_not_held_again_for_the_same(desk: Desk) -> None:
    desk.tell(article(1, headline="TEST: the new car"))
    desk.call("release", url=url(1))
    desk.tell(article(1, headline="TEST: the new car, seen again"))
    desk.drain()
    assert len(desk.x.parcels) == 1


def test_a_sites_own_marks_count(tmp_path: Path) -> None:
    desk = Desk(tmp_path, config=CONFIG.replace("surge = 0", 'surge = 0\ninternal_marks = ["Spike"]'))
    desk.tell(article(1, headline="Spike: what he may say"))
    assert desk.held("x")[0][0] == "internal"
    desk.app.close()


def test_no_issue_carries_internal_material_also_where_nothing_but_a_digest_would_have_it(tmp_path: Path) -> None:
    config = CONFIG.replace('[routes.all]\nchannels = ["x", "y"]\n{route}\n', "")
    desk = Desk(tmp_path, config=config)
    desk.app.store.subscribers.subscribe("reader@example.org", ["morning"], now=NOON, source="test")
    desk.tell(article(1, headline="PREP: Former president dies"), article(2))
    desk.clock.advance(3600)
    desk.app.digesters["morning"].run_due(desk.clock.now())
    desk.drain("mail")
    (mail,) = desk.mail.parcels
    assert ("story-1" in mail.message.text, "story-2" in mail.message.text) == (False, True)
    desk.app.close()


# ---------------------------------------------------------------- approval


@route('approval = "one"')
def test_one_person_says_yes_and_the_story_leaves(desk: Desk) -> None:
    desk.publish(1)
    desk.drain()
    assert not desk.x.parcels
    assert desk.held("x") == [("approval", "route all; it waits for 1 of 1 approval")]
    found = desk.call("approve", url=url(1))
    assert [(one["channel"], one["approved_by"], one["released"]) for one in found["channels"]] == [
        ("x", ["Ann"], 1),
        ("y", ["Ann"], 1),
    ]
    desk.drain()
    assert len(desk.x.parcels) == len(desk.y.parcels) == 1
    assert desk.events("approved")[0] == ("approved", "Ann", "x: 1 of 1 (through command line)")
    assert desk.refusal("approve", url=url(1))[0] == "nothing_to_approve"


@route('approval = "two"')
def test_two_people_are_two_and_the_same_person_twice_is_one(desk: Desk) -> None:
    desk.publish(1)
    first = desk.call("approve", url=url(1), channel="x")["channels"][0]
    assert (first["counted"], first["still_held"], first["needed"]) == (True, 1, 2)
    assert desk.held("x") == [("approval", "it waits for 1 of 2 approvals (Ann said yes)")]
    for name in ("Ann", " ann", "ANN  "):
        again = desk.call("approve", url=url(1), channel="x", who=name)["channels"][0]
        assert (again["counted"], again["approved_by"]) == (False, ["Ann"])
    desk.drain()
    assert not desk.x.parcels
    last = desk.call("approve", url=url(1), channel="x", who="Ben", through="operations chat")["channels"][0]
    assert (last["approved_by"], last["released"]) == (["Ann", "Ben"], 1)
    desk.drain()
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (1, 0)
    assert [one[1:] for one in desk.events("approved")] == [
        ("Ann", "x: 1 of 2 (through command line)"),
        ("Ben", "x: 2 of 2 (through operations chat)"),
    ]


def test_two_people_who_say_yes_at_the_same_instant_are_one_outcome(tmp_path: Path) -> None:
    config = CONFIG.format(x="", route='approval = "two"')
    app = told_app(tmp_path, config=config, source=ToldSource([article(1)]), threaded=True)
    app.ingesters["politics"].run_once(NOON)
    ready, answers = threading.Barrier(4), list[Any]()

    def say_yes(who: str) -> None:
        ready.wait()
        answers.append(dispatch(app, "approve", {"who": who, "through": "chat", "url": url(1), "channel": "x"}))

    people = [threading.Thread(target=say_yes, args=(name,)) for name in ("Ann", "Ben", "Ann", "Ben")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    told = [one["channels"][0] for one in answers if one["channels"]]
    assert sum(one["counted"] for one in told) == 2
    assert sum(one["released"] for one in told) == 1
    events = [row for row in app.store.deliveries.events(100) if row["kind"] == "approved"]
    assert sorted(row["actor"] for row in events) == ["Ann", "Ben"]
    app.close()


@route('approval = "one"', 'undo = "1m"')
def test_approval_then_embargo_then_the_undo_window(desk: Desk) -> None:
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1), headline="HOLD: Bank to fail"))
    assert [one[0] for one in desk.held("x")] == ["internal"]
    early = desk.call("approve", url=url(1), channel="x")["channels"][0]
    assert (early["counted"], early["released"], early["still_held"]) == (True, 0, 0)
    desk.call("release", url=url(1))
    assert desk.held("x") == [("embargo", "it is under embargo")]
    assert desk.held("y") == [("approval", "it waits for 1 of 1 approval")]
    desk.clock.advance(3570)
    assert desk.call("approve", url=url(1), who="Ben")["channels"][1]["still_held"] == 1
    assert desk.held("y") == [("undo", "it can still be taken back for 60 s")]
    desk.clock.advance(30)
    desk.drain()
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (1, 0)
    desk.clock.advance(30)
    desk.drain()
    assert len(desk.y.parcels) == 1


@route('approval = "one"', 'silence = "send"', 'silence_after = "10m"', 'undo = "1m"')
def test_where_silence_means_yes_it_is_sent_after_its_time_and_the_undo_window(desk: Desk) -> None:
    desk.publish(1)
    assert desk.held("x")[0][1].endswith("if nobody answers it is sent")
    desk.restart()
    desk.clock.advance(600)
    desk.drain()
    assert [one[0] for one in desk.held("x")] == ["undo"]
    desk.clock.advance(60)
    desk.drain()
    assert len(desk.x.parcels) == 1
    assert desk.events("released")[0] == ("released", "clock", "nobody answered in time")


@route('approval = "two"', 'silence = "skip"', 'silence_after = "10m"')
def test_where_silence_means_no_it_is_skipped_and_one_yes_does_not_lengthen_the_time(desk: Desk) -> None:
    desk.publish(1)
    desk.clock.advance(300)
    desk.call("approve", url=url(1))
    assert desk.call("held")["held"][0]["held_until"] == "2026-11-24T12:10:00Z"
    desk.clock.advance(300)
    desk.drain()
    assert [row["reason"] for row in desk.rows(State.SKIPPED, "x")] == ["nobody approved it in time"]
    assert not desk.x.parcels


@route('approval = "one"', 'silence_after = "10m"')
def test_where_silence_means_nothing_somebody_is_reminded_once(desk: Desk) -> None:
    desk.publish(1)
    watch_holds(desk.app)
    assert alerts(desk) == []
    desk.clock.advance(601)
    desk.drain()
    for _ in range(2):
        watch_holds(desk.app)
        text = "1 stories wait for an approval longer than their routes have patience"
        assert alerts(desk) == [("approval", text)]
    desk.call("approve", url=url(1))
    watch_holds(desk.app)
    assert alerts(desk) == []


@route('approval = "one"')
def test_another_text_wants_another_yes_also_after_it_was_given(desk: Desk) -> None:
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1)))
    desk.call("approve", url=url(1))
    assert [one[0] for one in desk.held("x")] == ["embargo"]
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1), headline="Quite another story"))
    assert [one[0] for one in desk.held("x")] == ["approval"]
    assert desk.events("voided")[0][2] == "its text has changed: approvals are asked anew"
    desk.clock.advance(7200)
    desk.drain()
    assert not desk.x.parcels
    desk.call("approve", url=url(1))
    desk.drain()
    assert len(desk.x.parcels) == 1


@route('approval = "two"')
def test_other_words_of_an_editor_want_another_yes_there_also_after_it_was_given(desk: Desk) -> None:
    desk.publish(1)
    desk.call("approve", url=url(1))
    desk.call("reword", url=url(1), channel="x", text="Words that Ann has never seen", who="Ben")
    told = desk.call("approve", url=url(1), who="Ben")["channels"]
    assert [(one["channel"], one["approved_by"], one["released"]) for one in told] == [
        ("x", ["Ben"], 0),
        ("y", ["Ann", "Ben"], 1),
    ]
    desk.drain()
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (0, 1)
    desk.call("approve", url=url(1))
    desk.call("reword", url=url(1), channel="x", text="Words that nobody has seen", who="Ben")
    desk.drain()
    assert not desk.x.parcels
    assert [one[0] for one in desk.held("x")] == ["approval"]
    assert [one[2] for one in desk.events("voided")] == [
        "an editor has other words for it: approvals are asked anew"
    ] * 2
    for name in ("Ann", "Ben"):
        desk.call("approve", url=url(1), who=name)
    desk.drain()
    assert desk.x.parcels[0].message.text.startswith("Words that nobody has seen")


@route('approval = "one"')
def test_a_refile_keeps_the_yes(desk: Desk) -> None:
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1)))
    desk.call("approve", url=url(1))
    desk.tell(article(1, embargoed=NOON + timedelta(hours=1), headline="REFILE: Headline number 1"))
    assert [one[0] for one in desk.held("x")] == ["embargo"]


# ---------------------------------------------------------------- undo window


@route('undo = "30s"')
def test_a_story_can_be_taken_back_within_its_undo_window(desk: Desk) -> None:
    desk.publish(1, 2)
    desk.drain()
    assert not desk.x.parcels
    found = desk.call("skip", url=url(1))
    assert (found["skipped"], found["leaving"]) == (2, 0)
    desk.clock.advance(30)
    desk.drain()
    assert len(desk.x.parcels) == 1
    assert desk.refusal("skip", url=url(2))[0] == "nothing_held"


@route('undo = "30s"')
def test_a_flash_passes_the_undo_window_and_send_now_does(desk: Desk) -> None:
    desk.publish(1, urgency=1)
    desk.publish(2)
    desk.drain("x")
    assert len(desk.x.parcels) == 1
    found = desk.call("send_now", url=url(2), channel="x")
    assert (found["sent_now"], found["still_held"]) == (1, [])
    desk.drain("x", "y")
    assert (len(desk.x.parcels), len(desk.y.parcels)) == (2, 1)


# ---------------------------------------------------------------- hold, release, skip, send now


@pytest.mark.parametrize("desk", [{"x": 'gap = "1h"\nquiet = "20:00-06:00"', "route": 'delay = "5m"'}], indirect=True)
def test_send_now_goes_past_delay_distance_and_quiet_hours_and_never_past_the_desks_hold(desk: Desk) -> None:
    desk.publish(1, 2, 3)
    assert desk.call("send_now", url=url(1))["sent_now"] == 2
    desk.drain("x")
    desk.clock.advance(300)
    desk.drain("x")
    assert len(desk.x.parcels) == 1
    desk.clock.advance(8 * 3600)
    desk.drain("x")
    assert {one[0] for one in desk.held("x")} == {"quiet hours"}
    assert desk.call("send_now", url=url(2), channel="x")["sent_now"] == 1
    desk.drain("x")
    assert len(desk.x.parcels) == 2
    assert ("hurried", "Ann", "at once (through command line)") in desk.events("hurried")
    desk.call("hold", url=url(3), reason="a call first")
    assert desk.refusal("send_now", url=url(3)) == (
        "held",
        "the story is held by desk",
        "desk: distributor release",
    )


def test_the_money_still_holds_what_is_sent_now(tmp_path: Path) -> None:
    desk = Desk(tmp_path, x="price = 1.0\nbudget_per_day = 1.0")
    desk.publish(1)
    desk.publish(2)
    desk.drain("x")
    assert [one[0] for one in desk.held("x")] == ["budget"]
    assert desk.refusal("send_now", url=url(2), channel="x")[:2] == ("held", "the story is held by budget")
    desk.app.close()


def test_a_hold_takes_what_waits_even_from_the_hand_that_claimed_it(desk: Desk) -> None:
    desk.publish(1)
    claimed = desk.app.store.deliveries.claim_due("x", now=NOON, limit=1, lease=timedelta(hours=1))
    found = desk.call("hold", url=url(1), reason="a call to the ministry", until="2026-11-24T12:30:00Z")
    assert (found["held"], found["leaving"], found["until"]) == (2, 0, "2026-11-24T12:30:00Z")
    typeset = desk.app.deliverers["x"]._rendered(claimed, {})
    assert not desk.app.store.deliveries.start([one for _, one in typeset], now=NOON, lease=timedelta(hours=1))
    desk.clock.advance(1799)
    desk.restart()
    desk.drain()
    assert not desk.x.parcels
    assert desk.held("x") == [("desk", "held by Ann: a call to the ministry")]
    desk.clock.advance(1)
    desk.drain()
    assert len(desk.x.parcels) == 1


@route('approval = "one"')
def test_what_the_desk_holds_is_asked_for_its_approval_when_it_is_let_go(desk: Desk) -> None:
    desk.publish(1)
    desk.call("hold", url=url(1), reason="wait")
    assert desk.call("release", url=url(1))["still_held"] == 2
    assert [one[0] for one in desk.held("x")] == ["approval"]


def test_holds_by_section_by_channel_of_all_and_by_number(desk: Desk) -> None:
    desk.tell(article(1, categories=("Sport",)), article(2, categories=("World",)))
    assert desk.call("hold", category="sport", channel="x", reason="wait")["held"] == 1
    assert desk.call("hold", channel="y", reason="wait")["held"] == 2
    assert desk.call("hold", everything=True, reason="wait")["held"] == 4
    (number,) = [row["id"] for row in desk.rows(State.HELD, "x") if row["story_url"] == url(1)]
    assert desk.call("release", ids=[number])["released"] == 1
    assert desk.call("skip", category="World")["skipped"] == 2
    assert desk.call("release", everything=True)["released"] == 1


@pytest.mark.parametrize("desk", [{"x": 'gap = "10m"', "route": ""}], indirect=True)
def test_what_leaves_next_is_told_in_its_order(desk: Desk) -> None:
    for number in range(3):
        desk.app.store.subscribers.subscribe(f"reader{number}@example.org", ["morning"], now=NOON, source="test")
    desk.publish(1)
    desk.publish(2)
    desk.drain("x")
    desk.tell(article(3, embargoed=NOON + timedelta(minutes=5)), article(4, headline="PREP: Former president dies"))
    desk.clock.advance(3600)
    desk.app.digesters["morning"].run_due(desk.clock.now())
    desk.clock.at = NOON + timedelta(minutes=1)
    found = [
        (one["channel"], one["headline"] or one["issue"], one["at"][11:16], one["count"])
        for one in desk.call("upcoming")["upcoming"]
    ]
    assert found == [
        ("y", "Headline number 1", "12:01", 1),
        ("y", "Headline number 2", "12:01", 1),
        ("x", "Headline number 3", "12:05", 1),
        ("y", "Headline number 3", "12:05", 1),
        ("x", "Headline number 2", "12:10", 1),
        ("mail", "morning 2026-11-24T13:00[UTC]", "13:00", 3),
    ]
    assert len(desk.call("upcoming", limit=2)["upcoming"]) == 2


def test_a_deletion_is_held_by_nobody_and_skipped_only_by_its_number(desk: Desk) -> None:
    desk.publish(1)
    desk.drain()
    story, writer = desk.app.store.stories.latest(1)[0].id, desk.app.store.stories._writer
    rows = [intent("x", act=act, revision=1, due_at=NOON + timedelta(hours=1)) for act in (Act.DELETE, Act.EDIT)]
    writer.call(lambda c: add_intents(c, story, rows, NOON))
    deletion, edit = [row["id"] for row in desk.rows(State.PLANNED, "x")]
    assert desk.call("hold", url=url(1), reason="wait")["held"] == 1
    assert desk.call("skip", url=url(1))["skipped"] == 1
    assert [row["id"] for row in desk.rows(State.SKIPPED)] == [edit]
    assert desk.refusal("skip", url=url(1))[0] == "nothing_held"
    assert desk.call("skip", ids=[deletion])["skipped"] == 1


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("hold", {"reason": "x"}, "nothing_named"),
        ("hold", {"reason": "x", "everything": True, "channel": "x"}, "nothing_named"),
        ("hold", {"reason": "", "everything": True}, "no_reason"),
        ("hold", {"reason": "x", "everything": True}, "nothing_waits"),
        ("hold", {"reason": "x", "everything": True, "until": "2026-11-24T11:00:00Z"}, "bad_instant"),
        ("hold", {"reason": "x", "url": url(7)}, "unknown_story"),
        ("hold", {"reason": "x", "everything": True, "through": ""}, "no_name"),
        ("release", {"channel": "z"}, "unknown_channel"),
        ("release", {"url": url(1)}, "nothing_held"),
        ("skip", {"url": url(1)}, "nothing_held"),
        ("send_now", {"url": url(1)}, "nothing_waits"),
        ("approve", {"url": url(1)}, "nothing_to_approve"),
        ("approve", {"url": url(1), "channel": "z"}, "unknown_channel"),
    ],
)
def test_what_cannot_be_done_is_refused(desk: Desk, name: str, args: dict[str, Any], code: str) -> None:
    desk.publish(1)
    desk.drain()
    assert desk.refusal(name, **args)[0] == code


# ---------------------------------------------------------------- pictures


def test_a_picture_that_may_not_be_shown_is_left_out_and_the_reason_stays(tmp_path: Path) -> None:
    desk = Desk(tmp_path, config=CONFIG.replace("surge = 0", 'surge = 0\nimage_rights = "required"'))
    image = Image(url="https://news.example.org/1.jpg", credit="Agency")
    pictures = {1: image, 2: replace(image, rights="No social use"), 3: replace(image, credit="")}
    desk.tell(*(article(number, image=one) for number, one in pictures.items()))
    kept = {one.article.url: one.article.image for one in desk.app.store.stories.latest(3)}
    assert {number: kept[url(number)].refused for number in pictures} == {  # type: ignore[union-attr]
        1: "",
        2: 'its owner says "No social use"',
        3: "nothing says whose it is",
    }
    shown = []
    for story in sorted(desk.app.store.stories.latest(3), key=lambda one: one.article.url):
        shown.append(desk.app.renderer.story("webhook", desk.x.limits, story, link="").text)
    assert [".jpg" in text for text in shown] == [True, False, False]
    assert '"credit": "Agency"' in shown[0]
    desk.app.close()


@route('undo = "1m"')
def test_a_plain_update_changes_nothing_of_what_is_asked(desk: Desk) -> None:
    desk.tell(article(1), article(2, categories=("World",)))
    desk.tell(article(1, headline="Another headline"))
    assert [one[0] for one in desk.held("x")] == ["undo", "undo"]
    assert desk.refusal("release", url=url(1), feed="sport")[0] == "unknown_feed"
    store = desk.app.store
    story = next(one for one in store.stories.latest(2) if one.article.url == url(1))
    number = next(row["id"] for row in store.deliveries.channels() if row["name"] == "x")
    assert store.approvals.people(story.id, number) == []


def test_a_plain_update_of_a_plain_story_writes_no_conditions(desk: Desk) -> None:
    desk.publish(1)
    desk.tell(article(1, headline="Another headline"))
    assert not desk.app.store.stories._readers.query("SELECT * FROM conditions")
