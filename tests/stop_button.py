"""The stop button under load, on the loopback platforms: ``python -m tests.stop_button --readers 5000``.

A digest is on its way to its readers and three channels are busy; somebody stops everything, three times, and resumes
with each of the three decisions. The stop is the second of two taps in the operations chat (``--by press``), heard by
the one reader of the bot's updates, or a command (``--by call``). 0 when nothing began to leave after a stop, the last
byte came at most a second after the press, and nothing was seen twice.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from distributor.app import open_app
from distributor.clock import SystemClock
from distributor.config import load
from distributor.drills.names import is_public
from distributor.sandbox.client import start
from tests.operations import Group, buttons
from tests.platforms import NAMES, Daemon, Loop, until

#: Every act by which a post or a mail shows in a journal.
SEEN = ("post", "hook", "mail")
WHO = {"who": "the night editor", "through": "command line"}
DECISIONS = ("send", "fold", "drop")
#: The longest time from the press to the last byte on any wire, and how long it is looked for more (seconds).
MOST, QUIET = 1.0, 3.0


@dataclass(frozen=True, kw_only=True)
class Press:
    """One stop, and its resume."""

    #: rows that had left or were leaving when the stop was in force, and all that had left when it was quiet
    left: int
    left_in_the_end: int
    #: rows that it held
    held: int
    #: when it was asked for, how long until it was in force (seconds), and when the last line came to any journal
    asked: datetime
    took: float
    last: datetime
    #: what ``resume`` answered
    resumed: dict[str, Any]


def fill(loop: Loop, *, readers: int, stories: int) -> None:
    """A store with stories for three channels and an issue to so many readers; nothing has left."""
    loop.publish(*(f"Story number {number}" for number in range(stories)))
    with closing(open_app(load(loop.config, environ={}, cwd=loop.folder), clock=SystemClock(), threaded=False)) as app:
        now = app.clock.now()
        for number in range(readers):
            app.store.subscribers.subscribe(f"reader{number}@example.org", ["daily"], now=now, source="test")
        for ingester in app.ingesters.values():
            assert not ingester.run_once(now).error
        assert app.digesters["daily"].run_slot(now, now)


def lines(loop: Loop, platform: str) -> list[dict[str, Any]]:
    """What a platform shows, by its own journal."""
    return [line for line in loop.platforms.journal(platform) if line["act"] in SEEN and is_public(line)]


def leaving(daemon: Daemon) -> int:
    """How many rows have left or are leaving."""
    counts = daemon.call("status")["counts"].values()
    return sum(one.get(state, 0) for one in counts for state in ("sending", "sent", "unknown", "failed"))


def is_busy(loop: Loop, before: dict[str, int], names: tuple[str, ...] = NAMES) -> bool:
    """Whether every platform has shown more than it did."""
    return all(len(lines(loop, name)) > before[name] + 2 for name in names)


def call_stop(daemon: Daemon) -> None:
    """Stop everything by the call that the command makes."""
    daemon.call("stop", reason="a wrong name", everything=True, **WHO)


def first_tap(group: Group) -> dict[str, Any]:
    """The question what is to be stopped, which a tap on any card brings; the second tap is made on it."""
    asked = group.say("/stop")

    def newest() -> list[dict[str, Any]]:
        found = (one for one in group.messages() if one["message_id"] > asked)
        return [one for one in found if "Stop everything" in (button["text"] for button in buttons(one))]

    return until(newest)[-1]


def second_tap(group: Group, daemon: Daemon, halt: dict[str, Any]) -> None:
    """Press, and see the stop in force."""
    group.press(halt, "Stop everything")
    until(lambda: daemon.call("stops")["stops"])


def press(loop: Loop, daemon: Daemon, decision: str, stop: Callable[[], None], *, rest: float) -> Press:
    """Stop everything, look that nothing follows, resume."""
    asked = datetime.now(UTC)
    stop()
    took, left = (datetime.now(UTC) - asked).total_seconds(), leaving(daemon)
    until(lambda: not any(one.get("sending") for one in daemon.call("status")["counts"].values()))
    time.sleep(rest)
    last = max((line["at"] for name in NAMES for line in lines(loop, name)), default=asked.isoformat())
    held, in_the_end = daemon.call("stops")["stops"][0]["held"], leaving(daemon)
    return Press(
        left=left,
        left_in_the_end=in_the_end,
        held=held,
        asked=asked,
        took=took,
        last=datetime.fromisoformat(last),
        resumed=daemon.call("resume", decision=decision, **WHO),
    )


def doubles(loop: Loop) -> list[str]:
    """What stands twice: a story on a platform, but for round-ups, which tell several; a mail of one reader."""
    found = []
    for name in ("x", "telegram", "hooks"):
        found += [f"{story} on {name}" for story, n in loop.shown(name).items() if n > 1 and story]
    to = Counter(str(line["account"]) + str(line.get("to", "")) for line in lines(loop, "smtp"))
    return found + [f"a mail to {reader}" for reader, n in to.items() if n > 1]


def _is_open(daemon: Daemon) -> bool:
    return any(one.get("due") or one.get("sending") for one in daemon.call("status")["counts"].values())


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=5000)
    parser.add_argument("--stories", type=int, default=400)
    parser.add_argument("--by", choices=("press", "call"), default="press")
    asked = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="d-") as name, start(Path(name) / "platforms") as platforms:
        loop = Loop(Path(name), platforms)
        loop.clean()
        group = Group(loop)
        group.configure()
        fill(loop, readers=asked.readers, stories=asked.stories)
        with loop.daemon() as daemon:
            for decision in DECISIONS:
                before = {name: len(lines(loop, name)) for name in NAMES}
                # once folded, the posts of the three channels are one; the mails go on
                busy = NAMES if decision != "drop" else ("smtp",)
                stop = partial(call_stop, daemon)
                if asked.by == "press":
                    stop = partial(second_tap, group, daemon, first_tap(group))
                until(lambda before=before, busy=busy: is_busy(loop, before, busy))  # type: ignore[misc]
                done = press(loop, daemon, decision, stop, rest=QUIET)
                late = (done.last - done.asked).total_seconds()
                sums = {key: done.resumed[key] for key in ("sent", "folded", "dropped")}
                told = f"{done.left} had left, {done.held} held; the last byte {late:+.3f} s after the {asked.by}"
                print(f"{decision}: {told}, in force after {done.took:.3f} s; {sums}", flush=True)
                if late > MOST:
                    wrong.append(f"{decision}: the last byte came {late:.3f} s after the {asked.by}")
                if done.left_in_the_end > done.left:
                    wrong.append(f"{decision}: {done.left_in_the_end - done.left} began to leave after the stop")
            until(
                lambda: (
                    not any(one.get("due") or one.get("sending") for one in daemon.call("status")["counts"].values())
                )
            )
            print(daemon.call("status")["counts"])
        wrong += [f"twice: {one}" for one in doubles(loop)]
    print("\n".join(wrong) or "ok")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
