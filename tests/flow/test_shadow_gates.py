"""Shadow does everything but the wire: what would have left takes its turn and costs its price, as if it had."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from distributor.calls import dispatch
from distributor.calls.delivery.shadowing import shadow_report
from distributor.model import State
from distributor.store.connection import open_writer
from distributor.store.migrations import NAMES, migrate
from distributor.store.opening import FILE, open_store
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldSource, article

PRICES = "price = 0.015\nprice_with_link = 0.2\n"
WOULD = "shadow: it would have been sent now"


def config(mode, more="", route=""):
    text = CONFIG.replace('[channels.x]\ntype = "console"\n', f'[channels.x]\ntype = "console"\n{more}')
    text = text.replace('channels = ["x", "y"]', f'channels = ["x"]\n{route}')
    return f'mode = "{mode}"\n{text}'


class Newsroom:
    """One store that is opened in this mode and that, with a clock of its own."""

    def __init__(self, folder, *stories):
        self.folder = folder
        self.stories = stories
        self.clock = HandClock()

    def opened(self, mode, more="", **how):
        return closing(
            told_app(
                self.folder,
                source=ToldSource(list(self.stories)),
                clock=self.clock,
                config=config(mode, more, **how),
            )
        )


def drain(app):
    return sum(iter(app.deliverers["x"].run_once, 0))


def read(app):
    app.ingesters["politics"].run_once(app.clock.now())


def gone(app):
    """How many have left, or would have."""
    return len([row for row in app.store.deliveries.list(channel="x") if row["state"] == 4 or row["reason"] == WOULD])


def held(app):
    return sorted(row["held_by"] for row in app.store.deliveries.list(state=State.HELD, channel="x"))


@pytest.mark.parametrize("mode", ["live", "shadow"])
def test_a_gap_holds_in_shadow_as_it_holds_live_and_through_a_restart(short, mode):
    room = Newsroom(short, article(1), article(2), article(3))
    with room.opened(mode, 'gap = "10m"\n') as app:
        read(app)
        drain(app)
        assert (gone(app), held(app)) == (1, ["pacing", "pacing"])
        room.clock.advance(540)
        drain(app)
        assert gone(app) == 1
    room.clock.advance(60)
    with room.opened(mode, 'gap = "10m"\n') as app:
        drain(app)
        assert (gone(app), held(app)) == (2, ["pacing"])


@pytest.mark.parametrize("mode", ["live", "shadow"])
def test_money_that_would_have_been_spent_is_not_there_in_shadow(short, mode):
    room = Newsroom(short, *(article(number) for number in range(1, 5)))
    with room.opened(mode, f"{PRICES}budget_per_day = 0.5\n") as app:
        read(app)
        drain(app)
        assert (gone(app), held(app)) == (2, ["budget", "budget"])
        (told,) = [one for one in dispatch(app, "channels", {})["channels"] if one["name"] == "x"]
        assert (told["spent_today"], told["left_today"]) == (0.4, 0.1)
    room.clock.advance(86_400)
    with room.opened(mode, f"{PRICES}budget_per_day = 0.5\n") as app:
        drain(app)
        assert (gone(app), held(app)) == (4, [])


def test_money_that_the_other_lane_would_have_spent_meanwhile_is_waited_for(short):
    room = Newsroom(short, article(1), article(2))
    with room.opened("shadow", f"{PRICES}budget_per_day = 0.3\n") as app:
        read(app)
        ledger, lane = app.store.deliveries, app.deliverers["x"]
        first, second = ledger.claim_due("x", now=NOON, limit=2, lease=timedelta(minutes=5))
        for entry in (first, second):  # claimed together, past the gates
            ((_, rendered),) = lane.typesetter.set([entry])
            ledger.shadow(entry, rendered, reason=WOULD, now=NOON, purse=lane._purse)
        assert (gone(app), held(app)) == (1, ["budget"])


def test_when_it_goes_live_nothing_that_only_would_have_left_counts(short):
    room, more = Newsroom(short, article(1)), f'{PRICES}budget_per_day = 0.3\ngap = "10m"\n'
    with room.opened("shadow", more) as app:
        read(app)
        drain(app)
        assert gone(app) == 1
    room.stories = (article(1), article(2))
    with room.opened("live", more) as app:
        read(app)
        drain(app)
        assert {row["reason"]: row["state"] for row in app.store.deliveries.list(channel="x")} == {
            WOULD: 7,
            "route all": 4,
        }
        (told,) = [one for one in dispatch(app, "channels", {})["channels"] if one["name"] == "x"]
        assert told["spent_today"] == 0.2
    with room.opened("shadow", more) as app:  # what was spent indeed counts there, too
        (told,) = [one for one in dispatch(app, "channels", {})["channels"] if one["name"] == "x"]
        assert told["spent_today"] == 0.4


def test_what_still_waits_behind_gates_of_shadow_is_not_sent_later_and_what_people_hold_waits_on(short):
    room, more = Newsroom(short, article(1), article(2), article(3), article(4)), 'gap = "10m"\n'
    with room.opened("shadow", more) as app:
        read(app)
        dispatch(
            app, "hold", {"who": "anna", "through": "chat", "url": room.stories[3].url, "reason": "a lawyer reads it"}
        )
        drain(app)
        assert held(app) == ["desk", "pacing", "pacing"]
    room.clock.advance(600)
    with room.opened("shadow", more) as app:
        app.store.deliveries.claim_due("x", now=room.clock.now(), limit=1, lease=timedelta(minutes=5))
    with room.opened("live", more) as app:
        drain(app)
        reasons = {row["reason"] for row in app.store.deliveries.list(channel="x") if row["state"] == 7}
        assert reasons == {WOULD, "shadow: it still waited when shadow mode ended"}
        assert (held(app), app.store.deliveries.list(state=State.SENT)) == (["desk"], [])


def export(path, stories):
    """What the newsroom's own channel carried, an hour later."""
    at = int((NOON + timedelta(hours=1)).timestamp())
    posts = [
        {"id": number, "type": "message", "date_unixtime": str(at), "text": [{"type": "link", "text": one.url}]}
        for number, one in enumerate(stories)
    ]
    path.write_text(json.dumps({"messages": posts}), "utf-8")
    return path


def report(app, path):
    found = dispatch(app, "shadow", {})
    kinds = {"telegram": found["kinds"].get("console", [])}
    (told,) = shadow_report({"kinds": kinds}, telegram=path, x=None, since=None, zone=ZoneInfo("UTC"))["channels"]
    return told


def test_what_lint_would_have_held_is_not_reported_as_sent_and_takes_nobodys_turn(short):
    loud = article(2, headline="MINISTER RESIGNS AFTER LONG NIGHT OF TALKS IN THE CAPITAL")
    room = Newsroom(short, article(1), loud, article(3))
    with room.opened("shadow", 'gap = "10m"\n', route='lint = ["all-capitals block"]') as app:
        read(app)
        for _ in range(3):
            drain(app)
            room.clock.advance(600)
        reasons = sorted(row["reason"].split(": ")[1] for row in app.store.deliveries.list(channel="x"))
        assert reasons == ["it would have been sent now"] * 2 + ["lint would have held it"]
        told = report(app, export(short / "result.json", room.stories))
        assert (told["matched"], [one["url"] for one in told["only_theirs"]]) == (2, [loud.url])


def test_stories_of_a_round_up_are_carried_by_it(short):
    room = Newsroom(short, *(article(number) for number in range(1, 7)))
    with room.opened("shadow", "fold_above = 2\n") as app:
        read(app)
        drain(app)
        told = report(app, export(short / "result.json", room.stories))
        assert (told["matched"], told["only_theirs"], told["only_ours"]) == (6, [], [])


def test_a_store_of_before_knows_what_would_have_left(short):
    room = Newsroom(short, article(1))
    with room.opened("shadow") as app:
        read(app)
        drain(app)
    with closing(open_writer(short / "state" / FILE)) as writer:
        writer.run("DROP TABLE shadowed")
        writer.run("DELETE FROM _sqlite_migrations WHERE name = '0034_shadowed'")
        migrate(writer.raw)
    with closing(open_store(short / "state", threaded=False)) as store:
        assert len(store.deliveries.shadowed()) == 1
    assert "0034_shadowed" in NAMES


def test_the_desk_expects_what_waits_in_shadow_when_its_turn_would_come(short):
    room = Newsroom(short, article(1), article(2))
    with room.opened("shadow", 'gap = "10m"\n') as app:
        read(app)
        drain(app)
        (x,) = dispatch(app, "calendar", {"day": "2026-11-24", "channel": "x"})["channels"]
        (waiting,) = x["days"][0]["posts"]
        assert (waiting["expected"], waiting["expected_at"]) == ("leaves", "2026-11-24T12:10:00Z")
