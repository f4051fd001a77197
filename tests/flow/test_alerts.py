"""The desk is told: once for each trouble, with its end, by the roads that are left; and no alert can plan a post."""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.app import READERS_FILE
from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.engine import troubles as troubles_module
from distributor.engine.engine import Engine
from distributor.engine.round import run_round
from distributor.errors import CallError, ConfigError, FetchError, Unauthorized, UnknownOutcome
from distributor.model import Act, Decision, State, SubjectKind
from distributor.store.opening import FILE
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

OPS = CONFIG + '\n[channels.ops]\ntype = "console"\n\n[alerts]\nchannels = ["ops", "mail"]\nfeed_failures = 2\n'
DESK = "desk@example.org"


@pytest.fixture
def opened(short):
    apps = []

    def make(*, config=OPS, channels=None, **options):
        told = {"ops": ToldChannel("ops"), "mail": ToldBulk("mail")} | (channels or {})
        apps.append(told_app(short, config=config, channels=told, **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


def run(app, name, /, **args):
    return json.loads(json.dumps(dispatch(app, name, args)))


def drain(app):
    for deliverer in app.deliverers.values():
        while deliverer.run_once():
            continue


def without_lanes(app):
    """An engine that is not started; its lanes do not move, which is not what is looked at."""
    engine = Engine(app)
    engine.troubles._lanes = []
    return engine


def heard(app, channel):
    return [parcel.message.text for parcel in app.channels[channel].parcels]


def test_a_feed_that_fails_again_and_again_is_told_once_and_so_is_its_end(opened):
    source = ToldSource(FetchError("answered 503"))
    app = opened(source=source)
    run(app, "subscribe", address=DESK, topics=["alerts"])
    engine = Engine(app)
    for _ in range(4):
        engine.read(app.ingesters["politics"])
        drain(app)
    assert [text.splitlines()[0] for text in heard(app, "ops")] == [
        "Alert: the feed politics could not be read 2 times in a row: answered 503"
    ]
    (mail,) = app.channels["mail"].parcels
    assert (mail.recipient.address, mail.message.subject[:28]) == (DESK, "Alert: the feed politics cou")
    (alert,) = run(app, "alerts")["alerts"]
    assert (alert["key"], alert["since"]) == ("feed:politics", "2026-11-24T12:00:00Z")
    assert {(one["channel"], one["state"]) for one in alert["told"]} == {("ops", "sent"), ("mail", "sent")}
    source.documents = [[article()]]
    engine.read(app.ingesters["politics"])
    drain(app)
    assert heard(app, "ops")[-1].splitlines()[1] == "the feed politics can be read again"
    assert app.channels["mail"].parcels[-1].message.subject.startswith("Over: the feed politics")
    assert run(app, "alerts")["alerts"] == []
    assert run(app, "prove")["ok"]


def test_that_all_is_well_with_a_feed_writes_nothing(opened):
    engine = Engine(opened())
    commits: list[object] = []
    writer: Any = engine._app.store.alerts._writer
    writer.witness = commits.append
    assert not engine.troubles.tell("feed:politics", "", over="the feed politics can be read again")
    assert commits == []


def test_one_failure_is_nobodys_business(opened):
    app = opened(source=ToldSource(FetchError("answered 503")))
    Engine(app).read(app.ingesters["politics"])
    assert run(app, "alerts")["alerts"] == []


def test_a_feed_that_falls_silent_is_told_and_recovers_with_its_next_story(opened):
    clock = HandClock(NOON)
    source = ToldSource([article(1)])
    app = opened(source=source, clock=clock)
    for number in range(3 * 7 * 24):  # three weeks, a story every hour
        source.documents = [[article(number)]]
        app.ingesters["politics"].run_once(clock.now())
        clock.advance(3600)
    engine = without_lanes(app)
    engine.read(app.ingesters["politics"])
    engine.troubles.look()
    assert run(app, "alerts")["alerts"] == []
    clock.advance(3 * 3600)
    engine.troubles.look()
    (alert,) = run(app, "alerts")["alerts"]
    assert alert["key"] == "silent:politics"
    assert "nothing new for 4.0 hours" in alert["text"]
    assert "its longest gap was 60 minutes" in alert["text"]
    source.documents = [[article(9999)]]
    engine.read(app.ingesters["politics"])
    engine.troubles.look()
    assert run(app, "alerts")["alerts"] == []


@pytest.mark.parametrize("a_day", [1, 2, 10])
def test_a_silence_that_goes_on_is_one_alert_until_the_feed_brings_a_story(opened, a_day):
    """Its rhythm of four weeks fades away meanwhile, and then there is nothing any more to compare with."""
    clock, source = HandClock(NOON), ToldSource([article(1)])
    app = opened(source=source, clock=clock)
    for number in range(30 * a_day):
        source.documents = [[article(number)]]
        app.ingesters["politics"].run_once(clock.now())
        clock.advance(24 * 3600 // a_day)
    engine = without_lanes(app)
    keys = set()
    for _ in range(35 * 4):  # five weeks
        clock.advance(6 * 3600)
        engine.read(app.ingesters["politics"])
        engine.troubles.look()
        keys.add(tuple(one["key"] for one in run(app, "alerts")["alerts"]))
    assert keys <= {(), ("silent:politics",)}
    assert ("silent:politics",) in keys
    assert [row["kind"] for row in app.store.deliveries.events(1000)].count("alert") == 1
    assert not [row for row in app.store.deliveries.events(1000) if row["kind"] == "recovered"]
    source.documents = [[article(9999)]]
    engine.read(app.ingesters["politics"])
    engine.troubles.look()
    assert run(app, "alerts")["alerts"] == []


def silent(app, at):
    """An open alert about the feed's silence."""
    app.store.alerts.raise_alert("silent:politics", "silent", now=at)
    return without_lanes(app)


def test_a_story_that_was_being_read_when_the_silence_was_told_ends_it(opened):
    """It bears the instant at which the reading began."""
    app = opened()
    engine = silent(app, NOON + timedelta(minutes=1))
    engine.troubles.look()
    assert len(run(app, "alerts")["alerts"]) == 1
    app.ingesters["politics"].run_once(NOON)
    engine.troubles.look()
    assert run(app, "alerts")["alerts"] == []


def test_a_silence_that_was_told_ends_with_a_story_though_nobody_wants_to_know_any_more(opened):
    app = opened(config=OPS.replace('first_run = "publish"', 'first_run = "publish"\nalert_silence = false'))
    engine = silent(app, NOON)
    engine.read(app.ingesters["politics"])
    engine.troubles.look()
    assert run(app, "alerts")["alerts"] == []


def test_a_feed_whose_silence_nobody_wants_to_know_of_is_left_alone(opened):
    config = OPS.replace('first_run = "publish"', 'first_run = "publish"\nalert_silence = false')
    app = opened(config=config)
    app.store.stories.came_since = None  # would raise, were it asked
    engine = Engine(app)
    engine.read(app.ingesters["politics"])
    engine.troubles.look()


def test_a_disk_that_fills_and_a_log_that_grows_are_told_and_recover(opened, monkeypatch):
    app = opened()
    engine = without_lanes(app)
    real = os.statvfs(app.store.folder)
    full = os.statvfs_result((*real[:3], 1, 1, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    engine.troubles.look()
    assert [one["key"] for one in run(app, "alerts")["alerts"]] == ["disk"]
    monkeypatch.setattr(troubles_module, "short_of_room", lambda **_: "")
    engine.troubles.look()
    assert run(app, "alerts")["alerts"] == []
    monkeypatch.setattr("distributor.rules.fate.space.LARGEST_WAL", 0)
    engine.troubles.look()
    assert [one["key"] for one in run(app, "alerts")["alerts"]] == ["wal"]


def test_a_lane_that_stands_is_told_past_its_own_channel(opened):
    clock = HandClock()
    app = opened(clock=clock)
    engine = Engine(app)
    engine.troubles.look()
    keys = [one["key"] for one in run(app, "alerts")["alerts"]]
    assert keys == ["lane:mail", "lane:ops", "lane:x", "lane:y"]
    told = {one["key"]: [to["channel"] for to in one["told"]] for one in run(app, "alerts")["alerts"]}
    assert told["lane:ops"] == []
    assert told["lane:x"] == ["ops"]


def test_a_paused_alert_channel_is_not_told_of_itself(opened):
    app = opened()
    app.store.alerts.raise_alert("paused:ops", "ops is paused", now=NOON)
    app.store.alerts.raise_alert("paused:x", "x is paused", now=NOON)
    told = [[one["channel"] for one in alert["told"]] for alert in run(app, "alerts")["alerts"]]
    assert told == [[], ["ops"]]


@pytest.mark.parametrize("failure", [Unauthorized("bad token"), UnknownOutcome("no answer")])
def test_an_alert_channel_that_fails_makes_no_loop(opened, failure):
    app = opened(channels={"ops": ToldChannel("ops", *([failure] * 50))})
    app.store.alerts.raise_alert("disk", "full", now=NOON)
    for _ in range(20):
        drain(app)
    assert len(app.channels["ops"].parcels) == 1
    assert len(app.store.deliveries.list(channel="ops")) == 1


def test_alerts_go_past_every_gate_and_count_as_no_post(opened):
    class Shut:
        """Lets nothing through, and remembers what it was asked."""

        in_shadow = False

        def __init__(self):
            self.seen = []

        def since(self, now):
            return now, now

        def is_silent(self, priority, now):
            return False

        def decide(self, waiting, history, now):
            self.seen.append(([one.act for one in waiting], history.started))
            return Decision()

    app = opened(config=OPS.replace('channels = ["x", "y"]', 'channels = ["ops"]'))
    gate = app.deliverers["ops"]._gate = Shut()
    app.store.alerts.raise_alert("disk", "full", now=NOON)
    run_round(app)
    app.deliverers["ops"].run_once()
    assert [text.splitlines()[0] for text in heard(app, "ops")] == ["Alert: full"]
    assert gate.seen
    assert all(acts == [Act.POST] and started == () for acts, started in gate.seen)


def test_whatever_becomes_of_an_alert_it_can_never_plan_a_post(opened):
    """Nothing that can happen after a post was accepted may re-enter the code that posts."""
    app = opened(source=ToldSource([]), channels={"ops": ToldChannel("ops", UnknownOutcome("no answer"))})
    for number in range(5):
        app.store.alerts.raise_alert(f"key:{number}", "a trouble", now=NOON)
        app.store.alerts.recover(f"key:{number}", "over", now=NOON)
        run_round(app)
    rows = app.store.deliveries.list(limit=1000)
    assert rows
    assert {row["subject_kind"] for row in rows} == {SubjectKind.ALERT}
    assert {row["channel"] for row in rows} == {"ops"}
    assert app.channels["x"].parcels == app.channels["y"].parcels == []
    acts = {one.act for row in rows for one in app.store.deliveries.of_subject(row["subject_id"])}
    assert acts == {Act.ALERT}
    assert not app.store.stories.latest(10)


def test_an_alert_stands_in_the_ledger_by_its_words(opened):
    app = opened()
    app.store.alerts.raise_alert("disk", "the disk is full", now=NOON)
    (row,) = run(app, "deliveries")["deliveries"]
    assert (row["headline"], row["story"], row["issue"], row["act"]) == ("the disk is full", None, None, "alert")


def test_an_alert_that_is_not_there_any_more_is_skipped_with_that_reason(opened, monkeypatch):
    app = opened()
    app.store.alerts.raise_alert("disk", "full", now=NOON)
    monkeypatch.setattr(type(app.store.alerts), "get", lambda *_: None)
    drain(app)
    assert [row["reason"] for row in app.store.deliveries.list()] == ["there is no such alert"]


def test_who_gets_alerts_by_mail_comes_and_goes(opened):
    app = opened()
    path = app.store.folder / READERS_FILE
    run(app, "subscribe", address=DESK, topics=["alerts"])
    assert path.read_text("utf-8") == f"{DESK}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    app.store.alerts.raise_alert("a", "a", now=NOON)
    run(app, "unsubscribe", address=DESK, topic="alerts")
    app.store.alerts.raise_alert("b", "b", now=NOON)
    drain(app)
    assert path.read_text("utf-8") == ""
    (mail,) = app.store.deliveries.list(channel="mail")
    assert (mail["subject_id"], mail["reason"]) == (1, "the reader has left")
    assert app.store.deliveries.of_subject(1)[0].state is State.SKIPPED


def test_readers_that_cannot_be_put_down_end_nothing(opened, monkeypatch, caplog):
    app = opened()

    def full(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("distributor.app.write_whole", full)
    assert run(app, "subscribe", address=DESK, topics=["alerts"])["topics"] == ["alerts"]
    assert "No space left on device" in caplog.text


def test_a_test_alert_says_what_came_of_it_on_every_channel(opened):
    app = opened()
    found = run(app, "alert_test")
    assert not found["ok"]
    assert {(one["channel"], one["state"]) for one in found["told"]} == {("ops", "sent"), ("mail", "skipped")}
    run(app, "subscribe", address=DESK, topics=["alerts"])
    assert run(app, "alert_test")["ok"]
    assert run(app, "alerts")["alerts"] == []
    assert heard(app, "ops")[0].startswith("Alert: this is a test")
    assert len(heard(app, "ops")) == 2


def test_a_test_alert_that_waits_is_told_as_it_stands(opened):
    app = opened(channels={"ops": ToldChannel("ops", Unauthorized("bad token"))})
    found = run(app, "alert_test")
    assert {"channel": "ops", "recipient": 0, "state": "due", "detail": "bad token"} in found["told"]


def test_without_alert_channels_there_is_nothing_to_test(opened):
    app = opened(config=CONFIG)
    with pytest.raises(CallError, match="nobody is told of alerts"):
        dispatch(app, "alert_test", {})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            OPS.replace('[channels.ops]\ntype = "console"', X := "[channels.ops]\n" + 'type = "twitter"\n' + "KEYS"),
            'channel "ops" is of type "twitter", which the public reads',
        ),
        (CONFIG.replace("[digests.morning]", "[digests.alerts]"), 'digests.alerts: is named "alerts"'),
        (OPS.replace('["ops", "mail"]', '["opps"]'), 'did you mean "ops"?'),
    ],
)
def test_a_configuration_that_would_tell_the_public_is_refused(opened, config, said):
    keys = "\n".join(f'{key} = "secret-{key}"' for key in ("api_key", "api_secret", "access_token", "access_secret"))
    with pytest.raises(ConfigError) as caught:
        opened(config=config.replace("KEYS", keys))
    assert said in str(caught.value)


# -- the commands


def invoke(app, *arguments):
    return CliRunner().invoke(cli, ["--config", str(app.settings.file), *arguments])


def test_the_list_is_for_people_too(opened):
    app = opened()
    app.store.alerts.raise_alert("disk", "the disk is full", hint="make room", now=NOON)
    app.close()
    result = invoke(app, "alerts")
    assert result.exit_code == 0, result.output
    assert "the disk is full" in result.output
    assert "  make room\n  ops: " in result.output


def test_nothing_open_is_said(opened):
    app = opened()
    app.close()
    assert invoke(app, "alerts", "list").output.endswith("nothing needs anybody\n")


def test_a_notice_is_sent_past_a_store_that_is_locked(opened):
    """The app still owns the store; the mail relay of the configuration is not there."""
    app = opened()
    run(app, "subscribe", address=DESK, topics=["alerts"])
    result = invoke(app, "alerts", "send", "distributor has stopped", "--hint", "look", "--json")
    assert result.exit_code == 1
    assert "Alert: distributor has stopped" in result.output
    found = json.loads(result.output[result.output.index("\n{") :])
    assert [(one["channel"], one["to"], one["ok"]) for one in found["told"]] == [
        ("mail", DESK, False),
        ("ops", None, True),
    ]


def test_a_notice_reaches_people_though_the_database_is_rubbish(opened):
    app = opened(config=OPS.replace('["ops", "mail"]', '["ops"]'))
    app.close()
    (app.store.folder / FILE).write_bytes(b"rubbish" * 1000)
    result = invoke(app, "alerts", "send", "distributor has stopped")
    assert result.exit_code == 0, result.output
    assert "Alert: distributor has stopped" in result.output


def test_a_notice_that_nobody_can_get_says_so(opened):
    app = opened(config=CONFIG)
    app.close()
    none = invoke(app, "alerts", "send", "stopped")
    assert none.exit_code == 1
    assert "nobody is told" in none.output
    text = app.settings.file.read_text("utf-8") + '\n[alerts]\nchannels = ["mail"]\n'
    app.settings.file.write_text(text, "utf-8")
    nobody = invoke(app, "alerts", "send", "stopped")
    assert nobody.exit_code == 1
    assert "nobody is known to" in nobody.output


def test_the_test_command_ends_with_what_came_of_it(opened):
    app = opened(config=OPS.replace('["ops", "mail"]', '["ops"]'))
    app.close()
    result = invoke(app, "alerts", "test")
    assert result.exit_code == 0, result.output
    assert "this is a test" in result.output
    assert "sent" in result.output
    assert json.loads(invoke(app, "alerts", "list", "--json").output) == {"alerts": []}


# -- the day before


def test_the_day_before_is_reconciled_put_on_record_and_its_open_ends_are_told(opened):
    clock = HandClock()
    app = opened(
        source=ToldSource([article(1), article(2)]),
        clock=clock,
        channels={"x": ToldChannel("x", UnknownOutcome("no answer"))},
    )
    run_round(app)
    clock.advance(timedelta(hours=12, minutes=10).total_seconds())
    engine = Engine(app)
    day = run(app, "reconcile")
    assert (day["day"], day["zone"], day["ok"]) == ("2026-11-24", "UTC", False)
    words = {one["channel"]: one["words"] for one in day["channels"]}
    assert words["x"] == "site published 2, x got 1: 1 unknown: no answer"
    assert words["y"] == "site published 2, y got 2"
    assert words["mail"].startswith("site published 2, mail got 0: 2 ")
    engine._daybook.reconcile()
    (alert,) = run(app, "alerts")["alerts"]
    assert alert["key"] == "reconcile"
    assert alert["text"] == "2026-11-24: site published 2, x got 1: 1 unknown: no answer"
    (event,) = [row for row in app.store.deliveries.events() if row["kind"] == "reconciled"]
    assert json.loads(event["detail"])["day"] == "2026-11-24"
    clock.advance(24 * 3600)
    engine._daybook.reconcile()
    assert run(app, "alerts")["alerts"] == []
    assert run(app, "prove")["ok"]


def test_a_story_that_stood_in_an_issue_was_carried(opened):
    clock = HandClock()
    app = opened(clock=clock)
    run(app, "subscribe", address=DESK, topics=["morning"])
    run_round(app)
    clock.advance(3600 + 60)
    run_round(app)
    clock.advance(24 * 3600)
    mail = next(one for one in run(app, "reconcile")["channels"] if one["channel"] == "mail")
    assert (mail["published"], mail["sent"], mail["carried"]) == (1, 0, 1)
    assert mail["words"] == "site published 1, mail got 0: 1 folded into morning 2026-11-24T13:00[UTC]"


def test_a_day_is_the_desks_own(opened):
    config = OPS + '\n[desk]\nzone = "Asia/Tokyo"\n'
    clock = HandClock(NOON.replace(hour=16))  # the 25th in Tokyo
    app = opened(clock=clock, config=config)
    run_round(app)
    assert [one["published"] for one in run(app, "reconcile", day="2026-11-24")["channels"]] == [0] * 4
    assert [one["published"] for one in run(app, "reconcile", day="2026-11-25")["channels"]] == [1] * 4
    with pytest.raises(CallError, match="'Monday' is not a day"):
        dispatch(app, "reconcile", {"day": "Monday"})


def test_what_a_feed_held_before_we_came_was_not_published_that_day(opened):
    app = opened(config=OPS.replace('first_run = "publish"', 'first_run = "seen"'))
    run_round(app)
    assert {one["published"] for one in run(app, "reconcile", day="2026-11-24")["channels"]} == {0}


def test_the_days_command_is_for_people_too(opened):
    app = opened(channels={"x": ToldChannel("x", UnknownOutcome("no answer"))})
    run_round(app)
    app.close()
    result = invoke(app, "reconcile", "--day", "2026-11-24")
    assert result.exit_code == 1
    assert "site published 1, x got 0: 1 unknown: no answer" in result.output
    assert "nobody decided: 1 unknown: no answer\n    https://news.example.org/" in result.output


def test_a_damaged_file_is_told_by_the_daily_look(opened, monkeypatch):
    app = opened()
    engine = Engine(app)
    monkeypatch.setattr(type(app.store.alerts), "sanity", lambda _: "row 3 missing from index")
    engine._daybook.reconcile()
    assert [one["key"] for one in run(app, "alerts")["alerts"]] == ["sanity"]


def test_a_sound_file_has_nothing_to_tell(opened):
    with closing(opened()) as app:
        assert app.store.alerts.sanity() == ""
