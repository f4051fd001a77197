"""The crash drill: the real daemon is killed again and again, and the platforms' journals judge what readers saw.

::

    platforms (a process of their own, answers delayed, faults scripted)
    K times: publish a batch, correct a story in the feed -> start the daemon -> withdraw one by its own call
             -> SIGKILL at a drawn instant -> read the ledger as the kill left it
    a clean run without faults -> a last round a little ahead in time -> journals and ledger -> verdict

Must never switch a platform's limits off, nor ask the ledger what readers saw.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from distributor.app import open_app
from distributor.calls import dispatch
from distributor.config import Settings, load
from distributor.control import ask
from distributor.drills.demo import SHOWN, ShiftedClock, prepare
from distributor.drills.ledger import Ledger, Moment
from distributor.drills.loopback import write_config
from distributor.drills.outcome import Result
from distributor.drills.process import Daemon
from distributor.drills.trouble import doubts, fired, script, sums
from distributor.drills.verdict import Evidence, judge
from distributor.engine.round import run_round
from distributor.errors import CallError, DistributorError
from distributor.sandbox.client import Running, SandboxError, start
from distributor.store.codes import to_ms

#: Who gets the digest (RFC 2606), and nothing else, so that their mails tell apart from those of single stories.
DIGEST_READERS = ("digest.one@example.org", "digest.two@example.org")
#: Channels that get each story once: X, Telegram, the webhook. Each reader gets it as a mail, too.
ONCE = 3
#: Fewest and most readers of single stories, and for how many deliveries there is one more: who got ten thousand mails
#: within days is nobody's reader, and what each had is asked before each mail.
FEWEST, MOST, ONE_MORE = 2, 50, 2_000
#: Sends that can be in flight by kind of channel: two lanes each, and for mail ``connections`` (4) of each lane.
IN_FLIGHT = {"twitter": 2, "telegram": 2, "webhook": 2, "email": 8}
#: Kinds of channels whose platform can be asked what became of a post, or tells a repetition from a new one.
ASKED = frozenset({"twitter", "telegram", "webhook"})
#: Added to every answer of the platforms, in seconds: most of a delivery's life is at the wire.
DELAY = 0.01
#: Part of the kills that are aimed at the wire; the others come at any instant, the start included.
AIMED = 0.8
#: An aimed kill waits for its moment no longer than this while nothing moves (seconds).
AIM = 1.0
#: Least and most stories in the newsroom's feed; never more are published before the daemon has read them. A feed is
#: read every ten seconds and at each start, so a long drill with few kills needs a long feed.
ITEMS = (120, 500)
#: Money on the account at X (dollars): every post with a link costs.
CREDIT = 1_000_000.0
#: Every so many stories one is a flash.
FLASH_EVERY = 8
#: What stands only in the text of a corrected story.
AMENDED = "as amended"
#: Among so many of the newest stories one is chosen to be corrected or withdrawn: they stand in the feed.
LATEST = 40
#: The wait between two looks at the ledger while a kill is aimed, and while the last deliveries leave (seconds).
GLANCE, LOOK = 0.005, 0.1
#: The section of the digest, and how many stories the drill publishes in it: no mailbox shows a mail of hundreds.
SECTION, DIGESTED = "society", 90
#: How far ahead the last rounds are: over the next digest's minute and the minute's wait after a refusal that names
#: no time; then over a relay's half hour. A webhook's time may differ by five minutes at most, so it goes first.
AHEAD = (timedelta(minutes=3), timedelta(minutes=40))

#: Looks at the platforms in each of them, and the pause between two.
LOOKS, PAUSE = 5, timedelta(seconds=20)

#: Called with the kills done and what happens now; the command line draws it.
Show = Callable[[int, str], None]


def run_kill(*, deliveries: int, kills: int, seed: int, show: Show | None = None) -> Result:
    """One crash drill with about so many deliveries over all channels and readers.

    Raises DistributorError where the loopback platforms or the daemon do not start, or a clean run does not end.
    """
    began = time.monotonic()
    try:
        with (
            TemporaryDirectory(prefix="d-kill-") as folder,
            start(Path(folder) / "platforms", delay=DELAY) as platforms,
        ):
            drill = _Drill(Path(folder), platforms, deliveries=deliveries, kills=kills, random=Random(seed))  # noqa: S311
            moments = drill.run(show or (lambda *_: None))
            evidence = drill.evidence(moments)
            counts = drill.faults
    except SandboxError as error:
        raise DistributorError(str(error)) from error
    return Result(
        deliveries=len(evidence.rows),
        stories=len(evidence.published),
        flashes=len(evidence.published) // FLASH_EVERY,
        kills=moments,
        verdict=judge(evidence),
        faults=sums(counts),
        seed=seed,
        seconds=time.monotonic() - began,
        corrected=len(evidence.corrected),
        withdrawn=len(evidence.withdrawn),
    )


def readers(deliveries: int) -> Sequence[str]:
    """The addresses of those who get every story as a mail, for about so many deliveries in all."""
    return [f"reader.{number}@example.org" for number in range(max(FEWEST, min(MOST, deliveries // ONE_MORE)))]


class _Drill:
    """One drill in its folder, from the first story to the evidence."""

    def __init__(self, folder: Path, platforms: Running, *, deliveries: int, kills: int, random: Random) -> None:
        self._random = random
        self._platforms = platforms
        self._kills = kills
        self._readers = readers(deliveries)
        self._each = ONCE + len(self._readers)
        self._stories = max(1, (deliveries - 2 * len(DIGEST_READERS)) // self._each)
        #: what is there before the first kill, so that every life has something to send at once
        self._items = min(ITEMS[1], max(ITEMS[0], 3 * self._stories // kills))
        self._first = min(self._items, -(-self._stories // 2))
        self._published: list[str] = []
        #: numbers of the stories in the newsroom's site that were corrected, and addresses of those withdrawn
        self._corrected: dict[str, str] = {}
        self._withdrawn: list[str] = []
        prepare(platforms)
        platforms.control("site", "config", {"items": self._items})
        platforms.control("x", "config", {"balance": CREDIT})
        self._config = write_config(
            folder,
            platforms,
            {"news": "/rss.xml"},
            slot="* * * * *",
            most=DIGESTED,
            routed=("x", "telegram", "hook", "mail"),
            digested=(SECTION.capitalize(),),
        )
        self._settings: Settings = load(self._config, environ={}, cwd=folder)
        self._state = self._settings.store_folder
        self._log = folder / "daemon.log"
        #: runs of the program that were killed
        self._dead: frozenset[int] = frozenset()
        #: how often each fault came true, by kind of channel
        self.faults: Mapping[str, Mapping[str, int]] = {}

    def run(self, show: Show) -> Sequence[Moment]:
        """Kill, and kill again, then finish; what each kill met."""
        self._prepare()
        moments = []
        for number in range(self._kills):
            show(number, f"{len(self._published)} stories published")
            moments.append(self._life(1 / (self._kills - number)))
        self.faults = fired(self._platforms)
        for name in SHOWN:
            self._platforms.clear_faults(name)
        show(self._kills, "a clean run sends what is left")
        self._clean_run()
        for ahead in AHEAD:
            self._last_round(ahead)
        return moments

    def evidence(self, kills: Sequence[Moment]) -> Evidence:
        """Everything that is held against each other."""
        with closing(Ledger(self._state)) as ledger:
            rows = ledger.rows()
        return Evidence(
            published=self._published,
            journals={name: self._platforms.journal(name) for name in SHOWN},
            rows=rows,
            readers=self._readers,
            digest_readers=DIGEST_READERS,
            kills=[moment.at_the_wire for moment in kills],
            faults=doubts(self.faults),
            in_flight=IN_FLIGHT,
            asked=ASKED,
            digested=[url for url in self._published if f"/{SECTION}/" in url],
            corrected=self._corrected,
            withdrawn=self._withdrawn,
        )

    def _prepare(self) -> None:
        """Readers, a first batch that is read already, and a digest whose first slot comes with the daemon's start."""
        mails = self._stories * len(self._readers)
        script(
            self._platforms,
            self._random,
            {"x": self._stories, "telegram": self._stories, "hooks": self._stories, "smtp": mails},
        )
        self._publish(self._first)
        clock = ShiftedClock()
        clock.ahead = -timedelta(minutes=1)
        with closing(open_app(self._settings, clock=clock, threaded=False)) as app:
            for reader in self._readers:
                dispatch(app, "subscribe", {"address": reader, "topics": ["mail"]})
            for reader in DIGEST_READERS:
                dispatch(app, "subscribe", {"address": reader, "topics": ["daily"]})
            for ingester in app.ingesters.values():
                ingester.run_once(clock.now())

    @property
    def _batch(self) -> int:
        """Stories of one batch: two for every life of the daemon, of those that it does not find there."""
        return -(-(self._stories - self._first) // (2 * self._kills))

    def _publish(self, count: int) -> None:
        """Let so many stories appear at once."""
        first = len(self._published) + 1
        last = min(self._stories, len(self._published) + count)
        stories = [_story(number, self._random) for number in range(first, last + 1)]
        if stories:
            self._published += [str(one["url"]) for one in self._platforms.control("site", "publish", stories)]

    def _life(self, share: float) -> Moment:
        """One life of the daemon, from its start to its kill; what the kill met."""
        self._publish_unread(self._batch)
        self._correct()
        daemon = Daemon(self._config, self._log)
        try:
            if self._random.random() < AIMED:
                daemon.ready()
                self._publish_unread(self._batch)
                self._withdraw()
                self._aim(share)
            else:
                time.sleep(self._random.uniform(0, 1.2))
        finally:
            daemon.kill()
        with closing(Ledger(self._state)) as ledger:
            met = ledger.moment(self._dead)
        self._dead |= met.owners
        return met

    def _publish_unread(self, count: int) -> None:
        """Publish, unless the daemon has so much unread that a story could leave the feed unseen."""
        with closing(Ledger(self._state)) as ledger:
            read = ledger.stories()
        self._publish(min(count, self._items - len(self._published) + read))

    def _correct(self) -> None:
        """Let the newsroom correct one of its newest stories; the feed says so before the headline."""
        url = self._chosen()
        if url:
            number = re.search(r"-(\d+)-\d{4}/$", url)
            assert number is not None
            words = f"Decision {number[1]} {AMENDED}."
            told = {"id": number[1], "headline": f"CORRECTED: Decision {number[1]} {AMENDED}", "summary": words}
            self._platforms.control("site", "correct", {**told, "paragraphs": [words]})
            self._corrected[url] = AMENDED

    def _withdraw(self) -> None:
        """Let the desk take one back, by the call that a person's command makes; one that is not read yet stays."""
        url = self._chosen()
        told = {"who": "the drill", "through": "command line", "url": url, "reason": "a drill"}
        try:
            if url and ask(self._state, "withdraw", told) is not None:
                self._withdrawn.append(url)
        except CallError:
            return

    def _chosen(self) -> str:
        """One of the newest stories of which nothing was said yet; empty where there is none."""
        free = [url for url in self._published[-LATEST:] if url not in self._corrected and url not in self._withdrawn]
        return self._random.choice(free) if free else ""

    def _aim(self, share: float) -> None:
        """Return a moment after a delivery was seen at the wire, when a drawn part of a fair share has ended.

        ``share`` is this life's part of all that is left.
        """
        with closing(Ledger(self._state)) as ledger:
            told = ledger.events()
            waiting = ledger.ready(to_ms(datetime.now(UTC)))
            goal = told + self._random.uniform(
                0, min(waiting, 2 * share * (self._stories * self._each - ledger.ended()))
            )
            end = time.monotonic() + AIM
            while time.monotonic() < end:
                if (now := ledger.events()) != told:
                    told, end = now, time.monotonic() + AIM
                if told >= goal and ledger.moment(self._dead).at_the_wire:
                    break
                time.sleep(GLANCE)
        time.sleep(self._random.uniform(0, DELAY / 4))  # the kill itself takes its time, too

    def _clean_run(self) -> None:
        """Publish what is left and send all that may leave; then stop as a service manager would."""
        self._publish_unread(self._items)
        daemon = Daemon(self._config, self._log)
        try:
            daemon.ready()
            daemon.wait_for(self._is_done, "send everything", seconds=120 + self._stories, pause=LOOK)
            daemon.stop()
        finally:
            daemon.kill()

    def _is_done(self) -> bool:
        """Whether everything is published and read, and nothing could leave now."""
        self._publish_unread(self._items)
        with closing(Ledger(self._state)) as ledger:
            read = ledger.stories() == len(self._published) == self._stories
            return read and not ledger.ready(to_ms(datetime.now(UTC)))

    def _last_round(self, ahead: timedelta) -> None:
        """A little later: what a refusal made wait is sent, the digest with the last stories, and doubts are settled.

        A platform is asked a few times, with a pause between, before a post counts as not there.
        """
        clock = ShiftedClock()
        clock.ahead = ahead
        with closing(open_app(self._settings, clock=clock, threaded=False)) as app, closing(Ledger(self._state)) as own:
            for _ in range(LOOKS):
                while any(run_round(app).handled.values()):
                    continue
                if not own.doubtful():
                    break
                clock.ahead += PAUSE


def _story(number: int, random: Random) -> dict[str, Any]:
    """A story with a headline that no other has."""
    subject = random.choice(("bridge", "budget", "harvest", "railway", "school", "library", "river", "theatre"))
    return {
        "section": SECTION if number <= DIGESTED else "economy",
        "headline": f"Council votes on the {subject}: decision {number}",
        "urgency": 1 if number % FLASH_EVERY == 0 else 5,
        "dateline": "MINSK, 24 November (Demo News) –",
        "paragraphs": [f"The council has voted on the {subject} for the {number}. time. The minutes are public."],
        "language": "en",
    }
