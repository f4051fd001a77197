"""The crash drill itself: the daemon is really killed, and the verdict is that of the journals."""

from __future__ import annotations

import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from distributor.cli import drilling
from distributor.cli.output import ProgressBar
from distributor.cli.root import cli
from distributor.drills import kill, trouble
from distributor.drills.kill import run_kill
from distributor.drills.ledger import Ledger, Moment
from distributor.drills.newsroom import Newsroom
from distributor.drills.outcome import Result
from distributor.drills.process import Daemon
from distributor.drills.trouble import doubts, fired, script, sums
from distributor.drills.verdict import Verdict
from distributor.errors import DistributorError
from distributor.sandbox.client import SandboxError
from distributor.store.opening import FILE
from tests.api.fitting import misfits
from tests.platforms import clean_environment, until
from tests.test_docs import shape

SENDING = Moment(at_the_wire={1: "twitter"}, claimed=0)
CLAIMED = Moment(at_the_wire={}, claimed=2)
NONE = Moment(at_the_wire={}, claimed=0)


def verdict(**changes):
    sums = dict.fromkeys(("lost", "false_sent", "doubled", "doubled_mail", "strange", "given_up", "beyond"), 0)
    return Verdict(**{**sums, "unknown": {"kill": {"twitter": 1}, "fault": {}}, **changes})


def result(*moments, **changes):
    judged = verdict(**changes)
    return Result(
        deliveries=40,
        stories=16,
        flashes=2,
        kills=moments,
        verdict=judged,
        faults={"hang_after": 1},
        seed=7,
        seconds=1.25,
    )


# -- the whole drill


@pytest.mark.no_cover
def test_twenty_kills_lose_and_double_nothing():
    said = CliRunner().invoke(cli, ["drill", "kill", "--deliveries", "400", "--kills", "20", "--seed", "7", "--json"])
    found = json.loads(said.stdout)
    assert (said.exit_code, found["findings"]) == (0, [])
    assert misfits(found, shape("distributor drill kill")) == []
    wrong = ("lost", "false_sent", "doubled", "strange", "given_up", "unheeded", "unexplained")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert (found["kills"], sum(found["kills_by_phase"].values()), found["seed"]) == (20, 20, 7)
    assert found["kills_at_the_wire"] >= 10
    assert (found["doubled_mail"], found["flashes"]) == (len(found["mailed_again"]), found["stories"] // 8)
    # a mail that was in doubt twice waits for a person; everything else was settled by asking
    assert {kind for kinds in found["unknown_by_cause"].values() for kind in kinds} <= {"email"}
    assert min(found["corrected"], found["withdrawn"], found["followed"]) >= 5
    assert 380 <= found["deliveries"] <= 640


def test_a_daemon_that_forgets_what_was_at_the_wire_is_found_out(monkeypatch):
    """After the kill somebody makes due what was at the wire, as a careless program would."""
    hanging = {"telegram": "/sendMessage", "smtp": "dot"}
    real = kill._Drill._life

    def script(platforms, *_):
        for name, path in hanging.items():
            platforms.fault(name, action="hang_after", path=path, seconds=60)

    def aim(self, share):
        until(lambda: all(self._platforms.journal(name) for name in hanging))

    def life(self, share):
        met = real(self, share)
        with closing(sqlite3.connect(self._state / FILE)) as store:
            store.execute("UPDATE deliveries SET state = 1, lease_owner = NULL, lease_until = NULL WHERE state = 3")
            store.commit()
        return met

    for name, fake in (("AIMED", 1.0), ("script", script)):
        monkeypatch.setattr(kill, name, fake)
    for change in ("correct", "withdraw"):  # what is taken back is not seen twice
        monkeypatch.setattr(Newsroom, change, lambda *_: None)
    monkeypatch.setattr(kill._Drill, "_aim", aim)
    monkeypatch.setattr(kill._Drill, "_life", life)
    found = run_kill(deliveries=30, kills=1, seed=3)
    assert not found.ok
    assert found.verdict.doubled >= 1
    assert found.verdict.doubled_mail >= 1
    assert any(text.startswith("seen twice: ") and text.endswith(" on telegram") for text in found.verdict.findings)
    assert found.verdict.mailed_again


@pytest.mark.no_cover
def test_a_drill_that_is_told_to_end_ends_what_it_has_started(tmp_path):
    def started():
        return {one for one in processes() if str(tmp_path) in told_of(one) and one != process.pid}

    environment = clean_environment(TMPDIR=str(tmp_path))
    process = subprocess.Popen(
        [sys.executable, "-m", "distributor", "drill", "kill", "--kills", "1000"],
        env=environment,
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    until(lambda: len(started()) >= 2)  # the platforms and a daemon
    process.terminate()
    assert process.wait(60) == 143
    until(lambda: not started())
    assert list(tmp_path.iterdir()) == []


def processes():
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def told_of(number):
    """How a process was called; nothing of one that has ended."""
    try:
        return Path(f"/proc/{number}/cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""


# -- what counts as proof


@pytest.mark.parametrize(
    ("found", "ok", "phases"),
    [
        (result(SENDING, CLAIMED), True, {"sending": 1, "claimed": 1, "none": 0}),
        (result(SENDING, CLAIMED, NONE), False, {"sending": 1, "claimed": 1, "none": 1}),
        (result(SENDING, lost=1, findings=("lost: one",)), False, {"sending": 1, "claimed": 0, "none": 0}),
    ],
)
def test_at_least_half_of_the_kills_must_meet_a_delivery_at_the_wire(found, ok, phases):
    assert (found.ok, found.phases) == (ok, phases)
    assert found.json()["kills_at_the_wire"] == phases["sending"]
    assert misfits(found.json(), shape("distributor drill kill")) == []


def test_people_are_told_the_sums_and_every_finding(monkeypatch):
    drawn = []

    def run(**told):
        drawn.append(told)
        return result(SENDING, NONE, NONE, lost=1, findings=("lost: a story on twitter",))

    monkeypatch.setattr(kill, "run_kill", run)
    said = CliRunner().invoke(cli, ["drill", "kill", "--deliveries", "40", "--kills", "3"])
    assert said.exit_code == 1
    assert (drawn[0]["deliveries"], drawn[0]["kills"]) == (40, 3)
    assert 0 <= drawn[0]["seed"] < 1 << 31
    assert "16 stories (2 flashes), 40 deliveries, 3 kills in 1 s (seed 7)" in said.stdout
    assert "unknown by a kill on twitter: 1" in said.stdout
    assert "multiplied by 1000" in said.stdout
    assert "lost: a story on twitter" in said.stdout
    assert "the drill proves too little" in said.stdout
    assert said.stdout.endswith("the drill FAILED\n")
    assert "no kill lost or doubled anything" in drilling._words(result(SENDING).json())


def test_platforms_that_do_not_start_are_a_plain_error(monkeypatch):
    def refuse(state, **options):
        raise SandboxError("the loopback platforms did not start: no port is free")

    monkeypatch.setattr(kill, "start", refuse)
    with pytest.raises(DistributorError, match="no port is free"):
        run_kill(deliveries=40, kills=1, seed=1)


# -- the daemon as a process


def test_a_daemon_that_does_not_start_is_named_with_its_own_words(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("nonsense", "utf-8")
    daemon = Daemon(config, tmp_path / "log")
    try:
        with pytest.raises(DistributorError, match=r"did not answer: .*config\.toml"):
            daemon.ready()
        with pytest.raises(DistributorError, match="stopped with code 2"):
            daemon.stop()
    finally:
        daemon.kill()


def test_as_long_as_something_moves_it_is_waited_for(loop):
    daemon = Daemon(loop.config, loop.folder / "log")
    try:
        daemon.ready()
        looks = iter(range(1000))
        daemon.wait_for(lambda: next(looks) > 20, "move", seconds=0.3, pause=0.03, moved=time.monotonic)
        with pytest.raises(DistributorError, match="did not move"):
            daemon.wait_for(lambda: False, "move", seconds=0.3, pause=0.03, moved=lambda: "still")
    finally:
        daemon.kill()


# -- the faults


def test_every_platform_has_its_faults_and_only_doubts_excuse_an_unknown(loop):
    names = tuple(trouble.WIRES)
    script(loop.platforms, Random(1), dict.fromkeys(names, 10))
    rules = {name: loop.platforms.control(name, "faults") for name in names}
    for name in names:
        assert {"hang_after", "reset_before", "lost_response", "bad_json_200"} <= {one["action"] for one in rules[name]}
        assert {one["probability"] for one in rules[name] if one["action"] == "lost_response"} == {trouble.LOST}
    limits = [one for told in rules.values() for one in told if one["action"] == "rate_limit"]
    assert {one["seconds"] for one in limits} == {None, float(trouble.WAIT)} or {one["seconds"] for one in limits} == {
        None,
        1,
    }
    assert set(fired(loop.platforms)) == {kind for kind, _ in trouble.WIRES.values()}
    counts = {"email": {"hang_after": 2, "rate_limit": 3}, "twitter": {"html_502": 1, "hang_after": 0}}
    assert doubts(counts) == {"email": 2, "twitter": 1}
    assert sums(counts) == {"hang_after": 2, "html_502": 1, "rate_limit": 3}


# -- the ledger, read straight from its file


def test_what_an_earlier_kill_left_is_not_counted_again(loop):
    loop.publish("One story")
    loop.platforms.fault("x", action="hang_before", method="POST", path="/2/tweets", seconds=60)
    with loop.daemon() as daemon, closing(Ledger(loop.state)) as ledger:
        while not any(kind == "twitter" for kind in ledger.moment(frozenset()).at_the_wire.values()):
            assert daemon.alive()
        daemon.kill()
        first = ledger.moment(frozenset())
        assert first.phase == "sending"
        assert ledger.moment(first.owners) == NONE


# -- progress


def test_progress_is_drawn_on_a_terminal_and_nowhere_else(monkeypatch, capsys):
    with ProgressBar("kills", 3) as bar:
        bar.show(1, "one story published")
    assert capsys.readouterr() == ("", "")
    parent, child = pty.openpty()
    with os.fdopen(child, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with ProgressBar("kills", 3) as bar:
            bar.show(1, "one story published")
        drawn = b""
        while select.select([parent], [], [], 0.2)[0]:
            drawn += os.read(parent, 65536)
    os.close(parent)
    assert "kills: one story published" in drawn.decode()


@pytest.mark.parametrize(("deliveries", "count"), [(1, 2), (5_999, 2), (10_000, 5), (100_000, 50), (10**6, 50)])
def test_a_longer_drill_has_more_readers(deliveries, count):
    found = kill.readers(deliveries)
    assert len(set(found)) == count
    assert not set(found) & set(kill.DIGEST_READERS)
