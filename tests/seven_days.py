"""Replay equals reality: days that were foretold are lived on the loopback platforms: ``python -m tests.seven_days``.

::

    stories of some days -> lived with the real channels -> a forecast of the days to come: the same stories once more
    the same stories once more -> lived likewise -> what readers saw == forecast == replay

What readers saw is told by the platforms' journals: which story on which channel at which minute, every round-up with
its stories, and every issue with its stories in their order and its readers. Time is the hand's, on all clocks.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from distributor.app import App, open_app
from distributor.calls import dispatch
from distributor.calls.ahead.planning import coming_days, past_days
from distributor.config import load
from distributor.drills.demo import prepare
from distributor.drills.loopback import READERS, write_config
from distributor.drills.names import is_public
from distributor.model.forecast import Days, Fate
from distributor.outlets import make_rulebook
from distributor.rules.forecast.difference import foresee
from distributor.sandbox.client import Running, start
from tests.support import HandClock

#: A Tuesday, three in the afternoon in Minsk; no clock changes near it.
BEGIN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
SECTIONS = ("politics", "economy", "sport")
WORDS = "market river council school bridge match vote storm budget court road union film harvest clinic train".split()  # noqa: SIM905
#: The platforms by the channels that post there.
CHANNELS = {"x": "x", "telegram": "telegram", "hook": "hooks", "mail": "smtp"}
_POSTS = frozenset({"post", "hook", "mail"})
#: What the drills' configuration says, and what is tried here instead: every rule that decides when something leaves.
_UNPACED = 'most_per_hour = 0\nfold_above = 0\nstale = "send"\n'
_X = """gap = "20m"
most_per_hour = 2
quiet = "23:00-06:00"
price = 0.015
price_with_link = 0.2
links = "top"
budget_per_day = 1.0
"""
_TELEGRAM = 'slots = ["every day at 08:00, 12:00, 16:00, 20:00"]\nstale = "fold"\nfold_above = 6\n'
_SLOW = """
[routes.slow]
channels = ["telegram"]
shelf_life = "4h"
delay = "3m"
undo = "5m"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """A story before it comes."""

    at: datetime
    headline: str
    section: str
    urgency: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Seen:
    """Something that readers see: a post, a round-up, or one issue."""

    channel: str
    what: str
    #: numbers of stories, of an issue in its order; of a round-up they are compared apart
    stories: tuple[int, ...]
    at: datetime
    tells: int = 1
    #: of an issue
    readers: int = 0

    def is_as(self, other: Seen) -> bool:
        """Whether it is the same to the minute: a round takes its seconds, and what leaves in it has them."""
        late = self.at - other.at
        return timedelta(0) <= late < timedelta(minutes=1) and replace(self, at=other.at) == other


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was compared."""

    stories: int
    posts: int
    roundups: int
    issues: int
    rounds: int
    #: what differs, in words; nothing may
    faults: tuple[str, ...]


def stories(seed: int, days: int, each: int) -> Sequence[Coming]:
    """The stories of some days in their order; some are flashes."""
    chance = Random(seed)
    found = []
    for number in range(days * each):
        at = BEGIN + timedelta(seconds=chance.randrange(60, days * 86_400 - 60))
        headline = f"{' '.join(chance.sample(WORDS, 6)).capitalize()} N{number:04}"
        urgency = 1 if chance.random() < 0.05 else chance.choice([2, 3, 5, 5, 7])
        found.append(Coming(at=at, headline=headline, section=chance.choice(SECTIONS), urgency=urgency))
    return sorted(found, key=lambda one: one.at)


class House:
    """A newsroom with real channels whose clock, like the platforms', goes as it is told."""

    def __init__(self, folder: Path, platforms: Running) -> None:
        self.platforms, self.clock, self.rounds = platforms, HandClock(BEGIN), 0
        self._ahead = timedelta(0)
        self._follow()
        settings = load(_configured(folder, platforms), environ={}, cwd=folder)
        self.app: App = open_app(settings, clock=self.clock, threaded=False)
        for reader in READERS:
            dispatch(self.app, "subscribe", {"address": reader, "topics": ["daily"]})

    def live(self, coming: Sequence[Coming], end: datetime) -> None:
        """From instant to instant: stories are published and read, slots are kept, channels send."""
        left = list(coming)
        while self.clock.at < end:
            self.clock.at = max(self.clock.at, min([end, *self._due(), *(one.at for one in left[:1])]))
            self._follow()
            now = [one for one in left if one.at <= self.clock.at]
            left = left[len(now) :]
            if now:
                self.platforms.control("site", "publish", [_published(one) for one in now])
            self.round()

    def round(self) -> None:
        """What the engine's threads do at such an instant, one after another; no more: only a start asks for all that
        waits to be looked at anew.
        """
        app, now = self.app, self.clock.at
        for ingester in app.ingesters.values():
            ingester.run_once(now)
        for digester in app.digesters.values():
            digester.run_due(now)
        while app.store.mailings.write(now):
            continue
        for deliverer in app.deliverers.values():
            while deliverer.run_once():
                continue
        app.store.issues.close_done(now)
        self.rounds += 1

    def seen(self, begin: datetime, end: datetime) -> tuple[Sequence[Seen], set[int]]:
        """What readers saw between two instants, by the platforms' journals alone; what was told in round-ups."""
        found, folded = list[Seen](), set[int]()
        for channel, platform in CHANNELS.items():
            lines = [line for line in self.platforms.journal(platform) if line["act"] in _POSTS and is_public(line)]
            lines = [line for line in lines if begin <= datetime.fromisoformat(line["at"]) < end]
            folded |= {one for line in lines if len(told := _numbers(line)) > 1 and channel != "mail" for one in told}
            found += _issues(lines) if channel == "mail" else [_post(channel, line) for line in lines]
        return sorted(found), folded

    def close(self) -> None:
        """The app ends, and the platforms have the machine's time again."""
        self.app.close()
        self.platforms.advance(-self._ahead.total_seconds())

    def _due(self) -> Sequence[datetime]:
        due = [self.app.store.deliveries.next_due(name) for name in self.app.deliverers]
        slots = [one.next_slot(self.clock.at) for one in self.app.digesters.values()]
        return [at for at in (*due, *slots) if at is not None]

    def _follow(self) -> None:
        """The platforms' clock, which goes on by itself between two rounds, is set to ours."""
        ahead = self.clock.at - datetime.now(UTC)
        self.platforms.advance((ahead - self._ahead).total_seconds())
        self._ahead = ahead


def _configured(folder: Path, platforms: Running) -> Path:
    """The drills' configuration with rules for every channel."""
    feeds = {section: f"/{section}/rss.xml" for section in SECTIONS}
    slot, digested = "every day at 07:30, 18:00", ("Politics", "Economy")
    path = write_config(
        folder, platforms, feeds, slot=slot, zone="Europe/Minsk", most=5, routed=("x", "hook"), digested=digested
    )
    text = path.read_text("utf-8")
    for rules in (_X, _TELEGRAM):
        assert _UNPACED in text
        text = text.replace(_UNPACED, rules, 1)
    path.write_text(text.replace("\n[digests.daily]\n", f"{_SLOW}\n[digests.daily]\nleast = 2\n"), "utf-8")
    return path


def _published(one: Coming) -> dict[str, Any]:
    """A story as the newsroom's site takes it; its number stands in every text of it."""
    text = f"{one.headline}. It is told in a second sentence what that means for everybody else."
    return {"headline": one.headline, "section": one.section, "urgency": one.urgency, "paragraphs": [text]}


def _numbers(line: dict[str, Any]) -> tuple[int, ...]:
    """The stories that a line of a journal tells, in their order: a mail by its links, a post by its words."""
    told = re.findall(r"N(\d{4})", line["text"])
    linked = re.findall(r"-n(\d{4})-", " ".join(line["urls"]))
    return tuple(dict.fromkeys(int(one) for one in (linked if line["act"] == "mail" else told)))


def _post(channel: str, line: dict[str, Any]) -> Seen:
    numbers, at = _numbers(line), datetime.fromisoformat(line["at"])
    if len(numbers) > 1:
        more = sum(int(one) for one in re.findall(r"and (\d+) more", line["text"]))  # what one post has no room for
        return Seen(channel=channel, what="roundup", stories=(), tells=len(numbers) + more, at=at)
    return Seen(channel=channel, what="post", stories=numbers, at=at)


def _issues(lines: Sequence[dict[str, Any]]) -> Sequence[Seen]:
    """The mails of one issue, which tell the same, as one."""
    found: dict[tuple[int, ...], Seen] = {}
    for line in lines:
        told, at = _numbers(line), datetime.fromisoformat(line["at"])
        one = Seen(channel="mail", what="issue", stories=told, tells=len(told), at=at)
        found[told] = replace(found.get(told, one), readers=found.get(told, one).readers + 1)
    return list(found.values())


def foretold(app: App, days: Days) -> tuple[Sequence[Seen], set[int]]:
    """The same as the forecast has it."""
    # what waited when the days began had come before them
    known = [*app.store.weeks.came(BEGIN - WEEK, days.end), *days.stories]
    numbers = {one.id: int(re.findall(r"N(\d{4})", one.article.headline)[0]) for one in known}
    found, folded = [], set[int]()
    for part in foresee(make_rulebook(app.settings, app.channels, app.renderer), days).values():
        for one in part:
            if one.fate is Fate.FOLDED:
                folded.add(numbers[one.story])
            if one.fate is not Fate.LEAVES or one.at is None:
                continue
            # of an issue more stories are kept than one mail tells: for readers who chose sections
            told = [numbers[story] for story in one.stories[: one.tells]]
            if one.what == "post":
                told = [numbers[one.story]]
            found.append(
                Seen(
                    channel=one.channel,
                    at=one.at,
                    what=one.what,
                    stories=tuple(told),
                    tells=one.tells,
                    readers=one.readers,
                )
            )
    return sorted(found), folded


def compared(name: str, foreseen: tuple[Sequence[Seen], set[int]], real: tuple[Sequence[Seen], set[int]]) -> list[str]:
    """What differs between a forecast and what readers saw, in words."""
    (before, folded), (after, told) = foreseen, real
    faults = [f"{name}: {one} and {other}" for one, other in zip(before, after, strict=False) if not other.is_as(one)]
    if len(before) != len(after):
        faults.append(f"{name}: {len(before)} were foretold, {len(after)} were seen")
    # a round-up that waits at the end has its stories in the forecast alone; how many each tells is compared above
    return faults if told <= folded else [*faults, f"{name}: round-ups tell {sorted(told - folded)}"]


def run(folder: Path, platforms: Running, *, days: int, each: int, seed: int) -> Figures:
    """Live some days, foretell those a week later, live them, and compare; ``each`` stories come in a day."""
    prepare(platforms)
    platforms.control("site", "config", {"items": 60})
    length, first = timedelta(days=days), stories(seed, days, each)
    with closing(House(folder, platforms)) as house:
        house.round()  # what stood in the feeds before is not news
        house.live(first, BEGIN + length)
        real = house.seen(BEGIN, BEGIN + length)
        faults = compared("the days lived first", foretold(house.app, past_days(house.app, house.clock.at, days)), real)
        house.live((), BEGIN + WEEK)
        ahead = coming_days(house.app, house.clock.at, days)
        expected = foretold(house.app, ahead)
        known = {one.headline: one for one in first}
        again = [
            replace(known[one.article.headline], at=one.first_seen_at, headline=f"{one.article.headline} once more")
            for one in ahead.stories
            if house.clock.at < one.first_seen_at <= ahead.end
        ]
        house.live(again, ahead.end)
        real = house.seen(ahead.begin, ahead.end)
        faults += compared("foretold", expected, real)
        faults += compared("replayed", foretold(house.app, past_days(house.app, house.clock.at, days)), real)
        counts = {what: sum(one.what == what for one in real[0]) for what in ("post", "roundup", "issue")}
        return Figures(
            stories=len(again),
            posts=counts["post"],
            roundups=counts["roundup"],
            issues=counts["issue"],
            rounds=house.rounds,
            faults=tuple(faults),
        )


def main() -> int:
    """Run once; 0 when everything was as foretold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=7, choices=range(1, 8))
    parser.add_argument("--stories", type=int, default=40, help="of one day")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory(prefix="d-") as name, start(Path(name) / "platforms") as platforms:
        found = run(Path(name), platforms, days=asked.days, each=asked.stories, seed=asked.seed)
    for fault in found.faults[:20]:
        print(fault)
    print(
        f"{asked.days} days foretold and lived, seed {asked.seed}: {found.stories} stories, {found.posts} posts,",
        end=" ",
    )
    print(
        f"{found.roundups} round-ups, {found.issues} issues; {found.rounds} rounds; {len(found.faults)} differ;",
        end=" ",
    )
    print(f"{time.monotonic() - began[0]:.0f} s, {time.process_time() - began[1]:.0f} s of CPU beside the platforms'")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
