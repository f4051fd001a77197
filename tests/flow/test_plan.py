"""``distributor plan``: what would leave, and that it is what leaves."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.app import App
from distributor.calls import dispatch
from distributor.calls.ahead.planning import coming_days, past_days
from distributor.cli.desk import planning
from distributor.cli.root import cli
from distributor.errors import CallError
from distributor.model import Article
from distributor.model.forecast import Days
from distributor.outlets import make_rulebook
from distributor.rules.forecast.difference import foresee, in_order
from tests.apps import told_app
from tests.support import HandClock, ToldChannel, ToldSource, article

#: A Tuesday, three in the afternoon in Minsk.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CONFIG = """\
[store]
folder = "state"

[desk]
zone = "Europe/Minsk"

[feeds.politics]
url = "https://news.example.org/rss"
first_run = "publish"
surge = 0

[channels.x]
type = "console"
gap = "20m"
most_per_hour = 2
quiet = "23:00-06:00"
price = 0.015
price_with_link = 0.2
links = "top"
budget_per_day = 1.0

[channels.y]
type = "console"
slots = ["every day at 08:00, 12:00, 16:00, 20:00"]
stale = "fold"
fold_above = 6

[channels.z]
type = "console"

[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"

[routes.all]
channels = ["x", "z"]
shelf_life = "0s"

[routes.slow]
channels = ["y"]
shelf_life = "4h"
delay = "3m"
undo = "5m"

[digests.morning]
channel = "mail"
slots = ["every day at 07:30, 18:00"]
categories = ["Politics", "Economy"]
least = 2
most = 5
"""


def stories(days: float, count: int) -> Sequence[tuple[datetime, Article]]:
    """When each story comes; some are flashes, some under embargo."""
    chance = random.Random(7)
    found = []
    for number in range(count):
        at = NOON + timedelta(minutes=chance.randrange(1, int(days * 1440)), seconds=chance.randrange(60))
        embargoed = at + timedelta(hours=5) if chance.random() < 0.05 else None
        told = article(
            number,
            headline=f"{number} {' '.join(chance.choices(WORDS, k=6))}",
            published=at - timedelta(minutes=2),
            urgency=1 if chance.random() < 0.05 else chance.choice([2, 3, 5, 5, 7]),
            categories=(chance.choice(["Politics", "Economy", "Sport"]),),
            embargoed=embargoed,
        )
        found.append((at, told))
    return sorted(found, key=lambda one: one[0])


POSTING = ("x", "y", "z")
WORDS = "market river council school bridge match vote storm budget court road union film harvest clinic train".split()  # noqa: SIM905


def live(app: App, source: ToldSource, coming: Sequence[tuple[datetime, Article]], end: datetime) -> None:
    """Days as the engine lives them, from instant to instant: what comes is read, slots are kept, lanes send."""
    clock, left = app.clock, list(coming)
    assert isinstance(clock, HandClock)
    while clock.now() < end:
        due = [at for name in POSTING if (at := app.store.deliveries.next_due(name)) is not None]
        slots = [at for one in app.digesters.values() if (at := one.next_slot(clock.now())) is not None]
        clock.at = max(clock.at, min([*due, *slots, end, *(at for at, _ in left[:1])]))
        now = [told for at, told in left if at <= clock.at]
        left = [one for one in left if one[0] > clock.at]
        if now:
            source.documents = [now]
            assert not app.ingesters["politics"].run_once(clock.at).error
        for digester in app.digesters.values():
            digester.run_due(clock.at)
        for name in POSTING:
            while app.deliverers[name].run_once():
                pass


def really(app: App) -> list[tuple[str, str, str, str, int]]:
    """What left, as the ledger has it: channel, act, what, when, and how many stories were told."""
    sql = """SELECT c.name AS channel, d.act, coalesce(s.headline, i.slot) AS what, d.started_at AS at,
                    max(1, (SELECT count(*) FROM issue_stories k WHERE k.issue_id = d.subject_id)) AS tells
             FROM deliveries d JOIN channels c ON c.id = d.channel_id
             LEFT JOIN stories s ON s.id = d.subject_id LEFT JOIN issues i ON i.id = d.subject_id WHERE d.state = 4"""
    acts = {0: "post", 4: "roundup"}
    return sorted(
        (row["channel"], acts[row["act"]], row["what"], _spoken(row["at"]), row["tells"])
        for row in app.store._readers.query(sql)
    )


def issues(app: App) -> list[tuple[str, str, list[int]]]:
    """The issues that were opened, with their stories."""
    sql = """SELECT i.slot, i.state, (SELECT json_group_array(story_id) FROM (
                SELECT story_id FROM issue_stories k WHERE k.issue_id = i.id ORDER BY position)) AS stories
             FROM issues i WHERE i.digest = 'morning' ORDER BY i.slot"""
    return [
        (row["slot"], "skipped" if row["state"] == "skipped" else "leaves", json.loads(row["stories"]))
        for row in app.store._readers.query(sql)
    ]


def _spoken(ms: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)).isoformat()


def foretold(app: App, days: Days) -> tuple[list[tuple[str, str, str, str, int]], list[tuple[str, str, list[int]]]]:
    """The same as the forecast has it."""
    parts = foresee(make_rulebook(app.settings, app.channels, app.renderer), days)
    posts = sorted(
        (one.channel, one.what, one.slot or one.headline, one.at.isoformat(), one.tells)
        for one in in_order(parts)
        if one.what != "issue" and one.at is not None
    )
    sent = [one for part in parts.values() for one in part if one.what == "issue"]
    return posts, sorted((one.slot, one.fate.value, list(one.stories)) for one in sent)


def test_what_was_foretold_is_what_leaves(tmp_path: Path) -> None:
    source, coming, clock = ToldSource([]), stories(1.5, 48), HandClock(NOON)
    channels = {"z": ToldChannel("z")}
    with closing(told_app(tmp_path, channels=channels, source=source, clock=clock, config=CONFIG)) as app:
        app.store.subscribers.subscribe("reader@example.org", ["morning"], now=NOON)
        app.ingesters["politics"].run_once(clock.at)
        live(app, source, coming, NOON + timedelta(days=2))
        begin = dispatch(app, "plan", {"replay": 2})["replay"]
        days = past_days(app, clock.at, 2)
        posts, sent = foretold(app, days)
        assert posts == really(app)
        assert sent == issues(app)
        assert len(begin["leaves"]) == len(posts) + sum(state == "leaves" for _, state, _ in sent)
        kinds = {one[:2] for one in posts}
        assert kinds == {("x", "post"), ("y", "post"), ("y", "roundup"), ("z", "post")}


def test_what_waited_when_the_days_began_is_foretold_though_it_was_folded_since(tmp_path: Path) -> None:
    source, coming, clock = ToldSource([]), stories(1.9, 80), HandClock(NOON)
    channels = {"z": ToldChannel("z")}
    with closing(told_app(tmp_path, channels=channels, source=source, clock=clock, config=CONFIG)) as app:
        app.ingesters["politics"].run_once(clock.at)
        live(app, source, coming, NOON + timedelta(days=2))
        days = past_days(app, clock.at, 1)
        waited = {one.subject for one in days.before["y"].queue}
        sql = "SELECT subject_id FROM deliveries WHERE state = 7 AND planned_at <= ? AND ended_at > ?"
        begin = int(days.begin.timestamp() * 1000)
        assert waited & {row["subject_id"] for row in app.store._readers.query(sql, (begin, begin))}
        posts, _ = foretold(app, days)
        assert posts == [one for one in really(app) if one[3] > days.begin.isoformat()]


def test_what_is_foretold_of_the_days_to_come_is_what_leaves(tmp_path: Path) -> None:
    """A week's stories come once more, and what waits at the beginning is part of it."""
    source, coming, clock = ToldSource([]), stories(1.0, 30), HandClock(NOON)
    channels = {"z": ToldChannel("z")}
    with closing(told_app(tmp_path, channels=channels, source=source, clock=clock, config=CONFIG)) as app:
        app.store.subscribers.subscribe("reader@example.org", ["morning"], now=NOON)
        app.ingesters["politics"].run_once(clock.at)
        live(app, source, coming, NOON + timedelta(days=1))
        now, already = clock.at, set(really(app))
        days = coming_days(app, now, 7)
        assert any(one.queue for one in days.before.values())
        posts, sent = foretold(app, days)
        opened = len(issues(app))
        again = [
            (one.first_seen_at, replace(one.article, guid=f"{one.id}", url=f"{one.article.url}{one.id}/"))
            for one in days.stories
            if one.first_seen_at > now
        ]
        other = {f"{told.headline} once more": told.headline for _, told in again}
        live(app, source, [(at, replace(told, headline=f"{told.headline} once more")) for at, told in again], days.end)
        left = [one for one in really(app) if one not in already]
        assert sorted((one[0], one[1], other.get(one[2], one[2]), *one[3:]) for one in left) == posts
        assert [one[:2] for one in issues(app)[opened:]] == [one[:2] for one in sent]


def test_other_rules_are_shown_as_a_difference(tmp_path: Path) -> None:
    source, clock = ToldSource([]), HandClock(NOON)
    channels = {"z": ToldChannel("z")}
    operators, _, editors = CONFIG.partition("[routes.all]")
    (tmp_path / "editorial.toml").write_text(f"[routes.all]{editors}", "utf-8")
    with closing(told_app(tmp_path, channels=channels, source=source, clock=clock, config=operators)) as app:
        app.ingesters["politics"].run_once(clock.at)
        for number in range(4):
            clock.advance(60)
            source.documents = [
                [article(number, headline=f"{WORDS[number]} {WORDS[-number]} {number}", published=clock.at)]
            ]
            app.ingesters["politics"].run_once(clock.at)
        rules = f"[routes.all]{editors}".replace('channels = ["x", "z"]', 'channels = ["x"]')
        rules += '[channels.x]\ngap = "5m"\nmost_per_hour = 0\n'
        found = dispatch(app, "plan", {"replay": 1, "forecast": 8, "rules": rules})
        assert [one["way"] for one in found["replay"]["difference"]["changes"]] == ["dropped"] * 4
        sums = {(one["channel"], one["day"]): one for one in found["forecast"]["difference"]["days"]}
        assert sums["z", "2026-12-01"]["dropped"] == 4
        assert sums["x", "2026-12-01"]["moved"] == 3
        assert {one["what"] for one in found["forecast"]["leaves"] if not one["assumed"]} == {"post", "roundup"}
        assert any(one["assumed"] for one in found["forecast"]["leaves"])
        same = dispatch(app, "plan", {"forecast": 1, "rules": f"[routes.all]{editors}"})
        assert same["replay"] is None
        assert same["forecast"]["difference"]["changes"] == []


#: The rules of ``CONFIG`` without what makes posts of x wait.
FREE = CONFIG.replace('gap = "20m"\nmost_per_hour = 2\nquiet = "23:00-06:00"\n', "")


def planned(folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, old: str, new: str) -> tuple[Any, list[Any]]:
    """What ``distributor plan`` says of the last day if one thing in the rules were otherwise: as JSON, and x's days as
    they are printed. Three stories came a while ago.
    """
    operators, _, editors = FREE.partition("[routes.all]")
    source, clock, rules = ToldSource([]), HandClock(NOON), f"[routes.all]{editors}[channels.x]\nfold_above = 0\n"
    (folder / "editorial.toml").write_text(rules, "utf-8")
    (folder / "other.toml").write_text(rules.replace(old, new), "utf-8")
    with closing(told_app(folder, source=source, clock=clock, config=operators)) as app:
        app.ingesters["politics"].run_once(clock.at)
        clock.advance(60)
        source.documents = [[article(number, published=clock.at) for number in (1, 2, 3)]]
        app.ingesters["politics"].run_once(clock.at)
        clock.advance(seconds)
        monkeypatch.setattr(planning, "act", lambda _, name, args, **__: dispatch(app, name, args))
        asked = f"--config {folder}/config.toml plan --replay 1 --forecast 0 --with {folder}/other.toml".split()
        said, found = (CliRunner().invoke(cli, [*asked, *more]).output for more in ([], ["--json"]))
    lines = [line.split() for line in said.splitlines() if " x " in line]
    return json.loads(found)["replay"]["difference"], [line[:-1] for line in lines if line[1] == "x"]


@pytest.mark.parametrize(
    ("old", "new", "line", "change"),
    [
        ("fold_above = 0", 'quiet = "14:00-17:00"', "+0 0 3 -0", ("waits", "2026-11-24T14:00:00Z")),
        ('channels = ["x", "z"]', 'channels = ["z"]', "+0 0 0 -3", ("dropped", "2026-11-24T12:01:00Z")),
    ],
)
def test_what_still_waits_when_the_days_are_over_is_told_as_that_and_not_as_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, line: str, change: tuple[str, str]
) -> None:
    found, lines = planned(tmp_path, monkeypatch, 3600, old, new)
    assert lines == [["2026-11-24", "x", *line.split()]]
    assert [(one["way"], one["at"]) for one in found["changes"] if one["channel"] == "x"] == [change] * 3
    assert {(one["from"], one["to"]) for one in found["changes"]} == {("2026-11-24T12:01:00Z", None)}


def test_a_move_from_one_day_to_another_stands_in_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, lines = planned(tmp_path, monkeypatch, 86_000, "fold_above = 0", 'quiet = "14:00-09:00"')
    assert [line[2:] for line in lines] == [["+0", "0", "0", "-0"], ["+0", "3", "0", "-0"]]
    shown = [(one["before"], one["after"]) for one in found["days"] if one["differs"]]
    assert shown == [(3, 0), (0, 3)]
    assert all(one["differs"] is (one["channel"] == "x") for one in found["days"])


@pytest.mark.parametrize(
    ("args", "code"),
    [({"replay": 32}, "bad_days"), ({"replay": 1, "rules": "[routes.all]\nchannels = 3"}, "bad_rules")],
)
def test_what_cannot_be_planned_is_refused(tmp_path: Path, args: dict[str, Any], code: str) -> None:
    with closing(told_app(tmp_path)) as app, pytest.raises(CallError) as refused:
        dispatch(app, "plan", args)
    assert refused.value.code == code
