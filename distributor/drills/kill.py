"""The crash drill: the real daemon is killed again and again, and the platforms' journals judge what readers saw.

::

    platforms (a process of their own, answers delayed, faults scripted)
    K times: publish a batch, correct a story in the feed -> start the daemon -> withdraw one by its own call
             -> wait for this life's share of the deliveries -> SIGKILL -> read the ledger as the kill left it
    a clean run without faults -> a last round a little ahead in time -> journals and ledger -> verdict

Must never switch a platform's limits off, nor ask the ledger what readers saw.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from distributor.app import open_app
from distributor.calls import dispatch
from distributor.config import Settings, load
from distributor.drills.demo import SHOWN, ShiftedClock, prepare
from distributor.drills.ledger import Ledger, Moment
from distributor.drills.loopback import write_config
from distributor.drills.newsroom import DIGESTED, FLASH_EVERY, SECTION, Newsroom
from distributor.drills.outcome import Result
from distributor.drills.process import Daemon
from distributor.drills.trouble import doubts, fired, script, sums
from distributor.drills.verdict import Evidence, judge
from distributor.engine.round import run_round
from distributor.errors import DistributorError
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
#: An aimed kill waits for its moment no longer than this while nothing moves, and while there are stories that the
#: daemon has not read: its parser is a process that must start first (seconds).
AIM, READING = 1.0, 15.0
#: Shares of the deliveries that always wait to be sent, a share being what one life of the daemon is to send: a life
#: that finds nothing to send meets its kill away from the wire.
AHEAD = 3
#: Money on the account at X (dollars): every post with a link costs.
CREDIT = 1_000_000.0
#: The wait between two looks at the ledger while a kill is aimed, and while the last deliveries leave (seconds).
GLANCE, LOOK = 0.005, 0.1
#: The clean run ends as failed when nothing has happened for so long (seconds).
STILL = 120.0
#: How far ahead the last rounds are: over the next digest's minute and the minute's wait after a refusal that names
#: no time; then over a relay's half hour. A webhook's time may differ by five minutes at most, so it goes first.
LATER = (timedelta(minutes=3), timedelta(minutes=40))

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
        #: what one life is to send is one of so many parts of it all
        self._shares = kills + AHEAD + 1
        prepare(platforms)
        self._newsroom = Newsroom(platforms, random, stories=self._stories, at_once=2 * self._stories // self._shares)
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
            show(number, f"{len(self._newsroom.published)} stories published")
            moments.append(self._life(number))
        self.faults = fired(self._platforms)
        for name in SHOWN:
            self._platforms.clear_faults(name)
        show(self._kills, "a clean run sends what is left")
        self._clean_run()
        for ahead in LATER:
            self._last_round(ahead)
        return moments

    def evidence(self, kills: Sequence[Moment]) -> Evidence:
        """Everything that is held against each other."""
        with closing(Ledger(self._state)) as ledger:
            rows = ledger.rows()
        return Evidence(
            published=self._newsroom.published,
            journals={name: self._platforms.journal(name) for name in SHOWN},
            rows=rows,
            readers=self._readers,
            digest_readers=DIGEST_READERS,
            kills=[moment.at_the_wire for moment in kills],
            faults=doubts(self.faults),
            in_flight=IN_FLIGHT,
            asked=ASKED,
            digested=self._newsroom.digested(),
            corrected=self._newsroom.corrected,
            withdrawn=self._newsroom.withdrawn,
        )

    def _prepare(self) -> None:
        """Readers, a first batch that is read already, and a digest whose first slot comes with the daemon's start."""
        mails = self._stories * len(self._readers)
        script(
            self._platforms,
            self._random,
            {"x": self._stories, "telegram": self._stories, "hooks": self._stories, "smtp": mails},
        )
        self._publish(AHEAD, read=0)
        clock = ShiftedClock()
        clock.ahead = -timedelta(minutes=1)
        with closing(open_app(self._settings, clock=clock, threaded=False)) as app:
            for reader in self._readers:
                dispatch(app, "subscribe", {"address": reader, "topics": ["mail"]})
            for reader in DIGEST_READERS:
                dispatch(app, "subscribe", {"address": reader, "topics": ["daily"]})
            for ingester in app.ingesters.values():
                ingester.run_once(clock.now())

    def _publish(self, shares: int, read: int | None = None) -> None:
        """Publish so many shares of all stories, those that were published before among them."""
        self._newsroom.publish(-(-shares * self._stories // self._shares), self._read() if read is None else read)

    def _read(self) -> int:
        """Stories that the daemon has read so far."""
        with closing(Ledger(self._state)) as ledger:
            return ledger.stories()

    def _life(self, number: int) -> Moment:
        """One life of the daemon, from its start to its kill; what the kill met."""
        self._publish(number + AHEAD)
        self._newsroom.correct(self._read())
        daemon = Daemon(self._config, self._log)
        try:
            if self._random.random() < AIMED:
                daemon.ready()
                self._publish(number + AHEAD + 1)
                self._newsroom.withdraw(self._read(), self._state)
                self._aim(number + self._random.uniform(0, 2))
            else:
                time.sleep(self._random.uniform(0, 1.2))
        finally:
            daemon.kill()
        with closing(Ledger(self._state)) as ledger:
            met = ledger.moment(self._dead)
        self._dead |= met.owners
        return met

    def _aim(self, shares: float) -> None:
        """Return a moment after a delivery was seen at the wire, when so many shares of all deliveries have ended.

        Where nothing moves any more the life ends short of it, and a later one makes up for it.
        """
        with closing(Ledger(self._state)) as ledger:
            goal = int(shares * self._stories * self._each / self._shares)
            while (missing := goal - ledger.ended()) > 0 and self._passed(ledger, ledger.events() + missing):
                continue
            self._passed(ledger, 0)
        time.sleep(self._random.uniform(0, DELAY / 4))  # the kill itself takes its time, too

    def _passed(self, ledger: Ledger, mark: int) -> bool:
        """Wait for so many events and something at the wire; False when nothing moves any more."""
        told, since = -1, 0.0
        while (now := ledger.events()) != told or time.monotonic() - since < self._patience(ledger):
            if now != told:
                told, since = now, time.monotonic()
            if now >= mark and ledger.moment(self._dead).at_the_wire:
                return True
            time.sleep(GLANCE)
        return False

    def _patience(self, ledger: Ledger) -> float:
        """How long it may be still (seconds)."""
        return AIM if ledger.stories() == len(self._newsroom.published) else READING

    def _clean_run(self) -> None:
        """Publish what is left and send all that may leave; then stop as a service manager would."""
        self._publish(self._shares)
        daemon = Daemon(self._config, self._log)
        try:
            daemon.ready()
            daemon.wait_for(self._is_done, "send everything", seconds=STILL, pause=LOOK, moved=self._told)
            daemon.stop()
        finally:
            daemon.kill()

    def _told(self) -> int:
        """How many events there are."""
        with closing(Ledger(self._state)) as ledger:
            return ledger.events()

    def _is_done(self) -> bool:
        """Whether everything is published and read, and nothing could leave now."""
        self._publish(self._shares)
        with closing(Ledger(self._state)) as ledger:
            return ledger.stories() == self._stories and not ledger.ready(to_ms(datetime.now(UTC)))

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
