"""One schedule: what happens, drawn from its seed, until the faults end and all is quiet. Judges through ``watch`` and
``fate``.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from distributor.errors import StoreError
from distributor.flows.deliver import HELD_BY_TEMPLATE
from distributor.model import (
    FLASH,
    Doubt,
    Doubtful,
    Drop,
    Found,
    Parcel,
    PubStatus,
    Route,
    Seen,
    SendAgain,
    Settlement,
    State,
)
from distributor.rules.queue.budget import Budget
from distributor.rules.queue.gates import Gates
from distributor.rules.queue.surge import HELD_BY_SURGE
from distributor.store.codes import STATES, from_ms
from distributor.store.desk.acts import By
from distributor.store.desk.holds import Scope
from distributor.store.file.fence import Fence
from tests.simulation.fate import judge
from tests.simulation.ground import Crash, Ground
from tests.simulation.machine import Script
from tests.simulation.program import FEED, Printer, Program, Site
from tests.simulation.scene import KINDS, READERS, policy
from tests.simulation.watch import Watch
from tests.simulation.world import (
    HOUR,
    MINUTE,
    SECOND,
    Broken,
    MailLike,
    Platform,
    World,
)
from tests.support import NOON, article

#: Rounds after the faults have ended until all must be quiet.
PATIENCE = 1000
#: Rounds of one lane in a row; more than the rows of a schedule.
MOST_ROUNDS = 200
#: Share of the webhooks that never answer believably: a hundred tries need a long schedule.
DOOMED = 0.006

#: The deliveries behind their names outside, as far as any was named.
_IDS: dict[str, int] = {}


@cache
def _mark(number: int) -> str:
    """The name of a delivery outside, made as ``Store.mark`` makes it."""
    mark = base64.b32encode(hashlib.sha256(str(number).encode()).digest()[:10]).decode().lower()
    _IDS[mark] = number
    return mark


log = logging.getLogger("distributor")


class _Bugs(logging.Handler):
    """Unexpected errors that the program's own loops have caught and logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.found.append(record.exc_info[1])


class Life:
    """One schedule."""

    def __init__(self, seed: str, place: Ground) -> None:
        """The same seed lives the same life."""
        self.seed, self._ground = seed, place
        self.random = random = Random(seed)
        self.hits: Counter[str] = Counter()
        self.world = World(random, self.hits, NOON + random.randrange(24) * HOUR)
        self.clock = self.world.clock
        self.connection = place.fresh()
        self.watch = Watch(place, self.world, _IDS)
        self.script = Script(random, self.hits)
        names = random.sample(sorted(KINDS), random.choice((1, 1, 2, 2, 3)))
        self.platforms = {name: KINDS[name](name, self.world) for name in names}
        self.policies = {name: policy(random) for name in names}
        #: what follows from each policy; pure, so all programs of a schedule share it
        self.rules = {name: (own, Gates(own), Budget(own)) for name, own in self.policies.items()}
        shelf_life = random.choice((timedelta(0), HOUR, HOUR))
        delay = random.choice((0, 0, 0, 90))
        self.routes = (Route(name="all", channels=tuple(names), delay=delay, shelf_life=shelf_life),)
        self.site, self.printer = Site(), Printer()
        #: so many times the feed's usual volume is held as a whole; 0: never
        self.surge = random.choice((0.0, 0.0, 0.0, 0.0, 1.0))
        self.steps, self.broken = 0, ""
        #: readers who were about to leave, and those of whom the store has said that they have left
        self.leaving: set[str] = set()
        self.left: set[str] = set()
        self._told: list[tuple[datetime, str]] = []
        self._owners, self._disturbances, self._depth = 0, 0, 0
        #: whose code is running now, what had happened when it began, and the number of the act
        self._acting: list[tuple[Program, int, int]] = []
        self._slots, self.has_jumped, self._is_restored = 0, False, False
        self._introduce()

    def live(self) -> None:
        """All of it; ``broken`` says what did not hold."""
        bugs, propagates = _Bugs(), log.propagate
        log.addHandler(bugs)
        log.propagate = False
        try:
            self._live(bugs)
        except Broken as broken:
            self.broken = str(broken)
        except Exception as error:  # noqa: BLE001 (a bug of the program is a broken schedule)
            self.broken = f"{type(error).__name__}: {error}"
        finally:
            log.removeHandler(bugs)
            log.propagate = propagates

    def told(self) -> str:
        """The steps, one a line."""
        return "\n".join(f"  {at:%d %H:%M:%S} {step}" for at, step in self._told)

    def tell(self, step: str) -> None:
        """Put a step on record."""
        self._told.append((self.clock.true, step))

    def mark(self, number: int) -> str:
        """The delivery's name outside."""
        return _mark(number)

    def number(self, mark: str) -> int:
        """The delivery behind a name."""
        return _IDS[mark]

    # the schedule

    def _live(self, bugs: _Bugs) -> None:
        self._restart()
        for _ in range(self.random.choice((1, 1, 2, 3))):
            self._publish()
        self._step(self._read)
        acts, weights = zip(*self._choices(), strict=True)
        for _ in range(self.random.randint(8, 26)):
            self._step(self.random.choices(acts, weights)[0])
            if bugs.found:
                raise Broken(f"a bug: {bugs.found[0]!r}")
        self._quieten()
        for _ in range(PATIENCE):
            for act in self._daily():
                self._step(act)
            if self._settled():
                break
        else:
            raise Broken(f"not quiet: {self._open()}")
        if bugs.found:
            raise Broken(f"a bug: {bugs.found[0]!r}")
        self.watch.all_is_whole()
        self._prove()
        judge(self, self._ground)

    def _prove(self) -> None:
        """What the shipped proof says of the store."""
        proof = self.program.proof
        broken_at = proof.chain().broken_at
        if broken_at is not None:
            raise Broken(f"the chain of events is broken at {broken_at}")
        told = [said for found in (proof.rows(), proof.messages(), proof.issues()) for _, said in found if said]
        told += [*proof.orphans(), *proof.emptied(), *(f"{one}" for one in proof.sums() if not one.is_conserved)]
        if told:
            raise Broken(told[0])

    def _daily(self) -> Iterator[Callable[[], None]]:
        """What a desk without troubles comes to, in an order in which nothing that is due is left."""
        raw = self._ground.raw
        if not self._is_read():
            yield self._read
        if raw.execute("SELECT 1 FROM channels WHERE paused_at IS NOT NULL").fetchone():
            yield self._ask_paused
        states = {STATES[row["state"]] for row in raw.execute("SELECT DISTINCT state FROM deliveries")}
        if State.UNKNOWN in states:
            yield from (self._verify_all, self._decide)
        if State.HELD in states:
            yield self._release
        yield from (self._rounds, self._chores)

    def _choices(self) -> list[tuple[Callable[[], None], int]]:
        return [
            (self._publish, 4),
            (self._correct, 2),
            (self._withdraw, 1),
            (self._read, 8),
            (self._round, 22),
            (self._chores, 4),
            (self._ask_paused, 3),
            (self._verify, 8),
            (self._decide, 2),
            (self._others_post, 2),
            (self._mend, 2),
            (self._wait, 12),
            (self._jump, 1),
            (self._kill, 1),
            (self._take_over, 1),
            (self._template, 1),
            (self._release, 1),
            (self._skip_surge, 1),
            (self._restore, 1),
            (self._feed_down, 1),
            (self._issue, 1),
            (self._leave, 1),
        ]

    def _step(self, act: Callable[[], None]) -> None:
        """One act of the present program; if its process dies, another one begins."""
        self.steps += 1
        self.world.step = self.steps
        program = self.program
        self._acting.append((program, self._disturbances, self.steps))
        try:
            act()
        except StoreError as error:
            self._disturbances += 1
            self.tell(f"  the store says: {error}")
        except Crash as crash:
            self._disturbances += 1
            if any(crash.run is outer for outer, *_ in self._acting[:-1]):
                raise
            self.tell("  the process is gone")
            if crash.run is self.program:
                self._restart()
        finally:
            self._acting.pop()

    @property
    def crashes(self) -> int:
        """How often the program was ended or replaced; the most marks of one row that no request followed."""
        return self._owners - 1

    def _restart(self) -> None:
        """A new process; one that cannot start is tried again."""
        while True:
            self._owners += 1
            self._disturbances += 1
            self.program = Program(self, self._owners)
            self.tell(f"program {self._owners} begins")
            self._depth += 2  # nobody comes between
            try:
                self.program.begin()
            except (StoreError, Crash):
                self.clock.advance(5 * SECOND)
            else:
                return
            finally:
                self._depth -= 2

    def between(self) -> None:
        """Others act in the midst of an act: another thread, another process, or time goes on."""
        if self._depth >= 2 or not self._acting:
            return
        self._depth += 1
        try:
            acts = (self._round, self._chores, self._read, self._wait_briefly, self._take_over, self._verify)
            self._step(self.random.choice(acts))
        finally:
            self._depth -= 1

    # what may happen

    def _publish(self) -> None:
        number = len(self.site.articles) + 1
        if number > 4:
            return
        now = self.clock.now()
        embargoed = now + self.random.choice((MINUTE, HOUR)) if self.random.random() < 0.15 else None
        status = PubStatus.WITHHELD if self.random.random() < 0.05 else PubStatus.USABLE
        urgency = self.random.choice((1, 3, 5, 5, 5))
        self.tell(f"story {number} is published, urgency {urgency}, {status.value}, embargo {embargoed}")
        self.site.put(article(number, feed=FEED, published=now, urgency=urgency, embargoed=embargoed, pubstatus=status))

    def _correct(self) -> None:
        if self.site.articles:
            told = self.random.choice(list(self.site.articles.values()))
            self.tell(f"story {told.guid} is corrected")
            self.hits["story corrected"] += 1
            self.site.put(replace(told, headline=f"{told.headline}!"))

    def _withdraw(self) -> None:
        if self.site.articles:
            told = self.random.choice(list(self.site.articles.values()))
            self.tell(f"story {told.guid} is withdrawn")
            self.hits["story withdrawn"] += 1
            self.site.put(replace(told, pubstatus=PubStatus.CANCELED))

    def _read(self) -> None:
        self.tell("the feed is read")
        self.program.read()
        self.site.is_down = False

    def _round(self) -> None:
        name, urgent = self.random.choice(list(self.platforms)), self.random.random() < 0.3
        lane = self.program.lane(name, urgent=urgent)
        self.tell(f"{lane.title} makes a round")
        for _ in range(self.random.choice((1, 1, 3))):
            lane.one()

    def _rounds(self) -> None:
        for name in self.platforms:
            for _ in range(MOST_ROUNDS):
                if self.program.lane(name).one():
                    break
            else:
                raise Broken(f"{name} is never done")

    def _chores(self) -> None:
        self.tell("chores")
        self.program.chores()

    def _ask_paused(self) -> None:
        self.tell("paused channels are asked")
        self.program.ask_paused()

    def _verify(self) -> None:
        name = self.random.choice(list(self.platforms))
        self.tell(f"doubts on {name} are looked at")
        self.program.verify(name)

    def _verify_all(self) -> None:
        for name in self.platforms:
            self.program.verify(name)

    def _decide(self) -> None:
        """A person looks at each post that waits for one, and knows whether it is there."""
        sql = "SELECT id FROM deliveries WHERE state = 6 AND look_at IS NULL"
        numbers = [row["id"] for row in self._ground.raw.execute(sql).fetchall()]
        if numbers and not self.world.is_underway:
            doubts = self.program.doubts
            said = [(doubt, self._said(doubt)) for doubt in doubts.unknown(numbers)]
            doubts.settle(said, now=self.clock.now(), actor="editor")

    def _said(self, doubt: Doubtful) -> Settlement:
        number = doubt.delivery.id
        copies = self.world.facts[_mark(number)].copies
        if copies:
            verdict: Settlement = Found(post=Seen(remote_id=copies[0].remote_id, url="", at=copies[0].at, text=""))
            word = "sent"
        elif self.random.random() < 0.7 and not doubt.is_withdrawn:  # the call would refuse it
            verdict, word = SendAgain(at=self.clock.now(), reason="an editor lets it go out again"), "resend"
        else:
            verdict, word = Drop(reason="an editor dropped it"), "drop"
        self.hits[f"a person says: {word}"] += 1
        self.tell(f"a person says of delivery {number}: {word}")
        return verdict

    def _others_post(self) -> None:
        """Somebody posts on our account with the same page and a marker that is almost one of ours."""
        rows = self._ground.raw.execute("SELECT id, channel_id FROM deliveries WHERE state IN (3, 6)").fetchall()
        names = [name for name in self.platforms if name in ("x", "tg")]
        if rows and names:
            self.hits["others post with a like marker"] += 1
            mark = _mark(self.random.choice(rows)["id"])
            like = self.random.choice((mark[:-1], mark + "a", mark[:8]))
            page = self.random.choice(list(self.site.articles.values())).url
            self.platforms[self.random.choice(names)].post_by_hand("seen elsewhere", f"{page}?utm_id={like}")

    def _mend(self) -> None:
        for platform in self.platforms.values():
            if platform.trouble:
                self.tell(f"{platform.name} is mended")
                platform.mend()

    def _wait(self) -> None:
        by = self.random.choice((5 * SECOND, 20 * SECOND, 2 * MINUTE, 20 * MINUTE, 2 * HOUR))
        self.tell(f"{by} pass")
        self.clock.advance(by)

    def _wait_briefly(self) -> None:
        self.clock.advance(self.random.choice((SECOND, 10 * SECOND)))

    def _jump(self) -> None:
        self.has_jumped = True
        self._disturbances += 1
        if self.clock.wrong_by and self.random.random() < 0.5:
            self.clock.wrong_by, word = timedelta(0), "clock put right"
        elif self.random.random() < 0.5:
            self.clock.wrong_by, word = self.clock.wrong_by - HOUR, "clock back an hour"
        else:
            self.clock.wrong_by, word = self.clock.wrong_by + 24 * HOUR, "clock forward a day"
        self.hits[word] += 1
        self.tell(word)

    def _kill(self) -> None:
        self.tell("the process is killed between two acts")
        self._restart()

    def _take_over(self) -> None:
        """A second process on the same store; what the first is in the midst of goes on."""
        self.hits["second owner"] += len(self._acting) > 1
        self.tell("a second process takes the store")
        self._restart()

    def _template(self) -> None:
        self.printer.is_broken = not self.printer.is_broken
        self.hits["template broken"] += self.printer.is_broken
        self.tell(f"templates are {'broken' if self.printer.is_broken else 'whole'}")

    def _release(self) -> None:
        """A person lets go what a template or a surge held."""
        self.tell("what a template or a surge held is released")
        for reason in (HELD_BY_TEMPLATE, HELD_BY_SURGE):
            self.program.holds.release(Scope(held_by=reason), self._editor())

    def _skip_surge(self) -> None:
        """A person ends what a surge held."""
        skipped = self.program.holds.skip(Scope(held_by=HELD_BY_SURGE), self._editor())
        self.tell(f"a person skips {skipped} that a surge held")
        self.hits["a surge is skipped"] += bool(skipped)

    def _editor(self) -> By:
        return By(who="an editor", through="command line", at=self.clock.now())

    def _restore(self) -> None:
        """The store is put in the place of another whose last steps are not in it: what waits may have been sent."""
        if self._is_restored or self.random.random() < 0.7:
            return
        self._is_restored = True
        self.hits["restored"] += 1
        self.tell("the store is restored")
        fence = Fence(
            feeds=[FEED],
            digests=[],
            askable=sorted({"x", "tg"} & set(self.platforms)),
            repeatable=sorted({"hook"} & set(self.platforms)),
        )
        self.program.restore(fence, self.clock.now())
        self._restart()

    def _feed_down(self) -> None:
        self.hits["feed down"] += 1
        self.tell("the feed is down")
        self.site.is_down = True

    def _issue(self) -> None:
        stories = [row["id"] for row in self._ground.raw.execute("SELECT id FROM stories WHERE pubstatus = 'usable'")]
        if "mail" in self.platforms and stories:
            self._slots += 1
            self.hits["issue opened"] += 1
            self.tell(f"issue {self._slots} is opened")
            self.program.issue(f"slot {self._slots}", (0, stories[-1]), stories)

    def _leave(self) -> None:
        address = f"reader{self.random.randrange(READERS)}@example.org"
        self.hits["reader leaves"] += 1
        self.tell(f"{address} leaves")
        self.leaving.add(address)
        self.program.subscribers.leave(address, None, self.clock.now())
        self.left.add(address)

    # the platforms' side

    def _introduce(self) -> None:
        self.watch.stands = self._stands
        self.world.disturbances = lambda: self._disturbances + self.script.troubles
        self.world.is_fresh = lambda step: len(self._acting) == 1 and self._acting[0][2] > step
        for platform in self.platforms.values():
            platform.touched = self._touched
            platform.unknowns = lambda key: self.watch.unknowns[_IDS[key]]
            platform.crash = self._crash_at_the_wire
            platform.hang = self._hang
            platform.accepts = self.policies[platform.name].unknown is Doubt.ACCEPT
            platform.accepts_doubles = platform.accepts and platform.is_protected
            platform.is_doomed = platform.name == "hook" and self.random.random() < DOOMED
            self.hits["never a believable answer"] += platform.is_doomed

    def _stands(self, number: int) -> bool:
        """Whether a post about a restored row's story was found, that this store never sent."""
        sql = """SELECT d.started_at, d.remote_id, c.name, s.url FROM deliveries d
            JOIN channels c ON c.id = d.channel_id JOIN stories s ON s.id = d.subject_id WHERE d.id = ?"""
        row = self._ground.raw.execute(sql, (number,)).fetchone()
        posts = {post.remote_id: post.link for post in self.platforms[row["name"]].posts} if row else {}
        is_ours = row is None or row["started_at"] is not None
        return not is_ours and posts.get(row["remote_id"], "").startswith(row["url"])

    def _touched(self, platform: Platform, parcel: Parcel) -> None:
        program, since, _ = self._acting[-1]
        disturbed = since != self._disturbances
        if not disturbed and parcel.recipient.address in self.left:
            raise Broken(f"{parcel.recipient.address} has left and is mailed")
        self.watch.at_the_wire(platform, parcel, program.owner, disturbed=disturbed)
        self._keeps_its_distance(platform, parcel)
        self._keeps_its_budget(platform, parcel)
        if self._is_lost_to_the_clock(parcel) and not isinstance(platform, MailLike):
            platform.accepts_doubles = platform.is_protected = True

    def _keeps_its_distance(self, platform: Platform, parcel: Parcel) -> None:
        """A post that waits its turn comes no sooner after the last one than the operator wants, nor in quiet hours.

        Asked only where nothing came between the claim and the wire, under a clock that was never wrong.
        """
        policy, now = self.policies[platform.name], self.clock.true
        is_alone = len(self._acting) == 1 and self._acting[0][2] == self.world.step
        first = self.world.facts[parcel.key].contacts == 0
        if (
            not is_alone
            or self.has_jumped
            or not first
            or isinstance(platform, MailLike)
            or self._waits_for_nothing(parcel)
        ):
            return
        last = platform.reached_at
        if last is not None and now - last < policy.gap:
            raise Broken(f"{platform.name} posts {now - last} after its last post, not {policy.gap}")
        if policy.quiet and not policy.quiet_silent and (now.hour >= 23 or now.hour < 6):
            raise Broken(f"{platform.name} posts in its quiet hours")

    def _is_lost_to_the_clock(self, parcel: Parcel) -> bool:
        """Whether nothing but a clock that was wrong could tell a post: no link, and no post before it was known."""
        sql = "SELECT after_id FROM deliveries WHERE id = ?"
        first = not self._ground.raw.execute(sql, (_IDS[parcel.key],)).fetchone()["after_id"]
        return first and self.has_jumped and not parcel.message.link

    def _keeps_its_budget(self, platform: Platform, parcel: Parcel) -> None:
        """What may have been posted since a day or month began, with this one, costs no more than the budget."""
        policy, now, facts = self.policies[platform.name], self.clock.now(), self.world.facts
        if self.has_jumped:
            return
        others = [
            key
            for key in platform.keys
            if key != parcel.key and facts[key].left_at is not None and not self._is_given_back(key)
        ]
        # a row that was marked and died before the wire is paid for since then, when the call is made at last
        paid = facts[parcel.key].left_at or (NOON if self.watch.unknowns[_IDS[parcel.key]] else now)
        costs = [(self._paid_at(one), facts[one].has_link) for one in others] + [(paid, bool(parcel.message.link))]
        for budget, span in ((policy.budget_per_day, 10), (policy.budget_per_month, 7)):
            period = [linked for at, linked in costs if at.isoformat()[:span] == now.isoformat()[:span]]
            cost = sum(policy.price_with_link if linked else policy.price for linked in period)
            if budget is not None and cost > budget:
                raise Broken(f"{platform.name} spends {cost} of {budget}")

    def _paid_at(self, key: str) -> datetime:
        """A post is paid for when it is marked: a mail may leave hours later, and on another day, behind slow ones."""
        left_at = self.world.facts[key].left_at or self.clock.now()
        marked = self._ground.raw.execute("SELECT started_at FROM deliveries WHERE id = ?", (_IDS[key],)).fetchone()
        instant = marked["started_at"]
        return left_at if instant is None else min(left_at, datetime.fromtimestamp(instant / 1000, UTC))

    def _is_given_back(self, key: str) -> bool:
        """Whether a post was looked for, was not to be found, and pays when it leaves once more.

        It may stand there all the same: a timeline may be late to show it (docs/guarantees.md).
        """
        sql = "SELECT sum(micros) AS micros, sum(what = 'not there') AS looks FROM charges WHERE delivery_id = ?"
        found = self._ground.raw.execute(sql, (_IDS[key],)).fetchone()
        return not found["micros"] and (not self.world.facts[key].copies or bool(found["looks"]))

    def _waits_for_nothing(self, parcel: Parcel) -> bool:
        """Whether the gates of pacing let a row pass at once: a flash, or what may stand there already."""
        sql = "SELECT priority, doubts FROM deliveries WHERE id = ?"
        row = self._ground.raw.execute(sql, (_IDS[parcel.key],)).fetchone()
        return bool(row["priority"] <= FLASH or row["doubts"])

    def _crash_at_the_wire(self) -> None:
        self.script.die(self._acting[-1][0], "at the wire")

    def _hang(self, by: timedelta) -> None:
        if by >= HOUR:
            self._disturbances += 1
        self.tell(f"  the platform answers after {by}")
        self.clock.advance(by / 2)
        if not self.script.is_calm:
            self.between()
            self.clock.advance(by / 2)
            self.between()

    # the end

    def _quieten(self) -> None:
        """No more faults, and everybody is back at work."""
        self.tell("-- the faults end")
        self.script.rest()
        self.world.calm = True
        self.printer.is_broken = self.site.is_down = False
        for platform in self.platforms.values():
            platform.mend()
        self._restart()
        for row in self._ground.raw.execute("SELECT id FROM issues WHERE state = 'freezing'").fetchall():
            self.program.freeze(row["id"])

    def _open(self) -> list[tuple[Any, ...]]:
        sql = "SELECT id, state, reason, due_at, lease_until FROM deliveries WHERE state IN (0, 1, 2, 3, 6)"
        return [tuple(row) for row in self._ground.raw.execute(sql)]

    def _settled(self) -> bool:
        """Whether nothing is open any more; otherwise time goes on to the next instant at which something may move."""
        raw = self._ground.raw
        if self._is_read() and not self._open():
            return True
        sql = """SELECT min(at) AS at FROM (
            SELECT due_at AS at FROM deliveries WHERE state IN (0, 1) AND lease_until IS NULL
            UNION ALL SELECT lease_until FROM deliveries WHERE state IN (1, 3)
            UNION ALL SELECT held_until FROM deliveries WHERE state = 2
            UNION ALL SELECT look_at FROM deliveries WHERE state = 6
            UNION ALL SELECT not_before FROM channels) WHERE at > ?"""
        now = self.clock.now()
        row = raw.execute(sql, ((now - from_ms(0)) // timedelta(milliseconds=1),)).fetchone()
        if raw.execute("SELECT 1 FROM channels WHERE paused_at IS NOT NULL").fetchone():
            self.clock.advance(5 * MINUTE)
        elif row["at"] is not None and self._is_read():
            self.clock.advance(from_ms(row["at"]) - now)
        elif self.world.is_underway:  # a person decides about what cannot arrive any more
            self.clock.advance(MINUTE)
        return False

    def _is_read(self) -> bool:
        """Whether the feed has been read as it stands."""
        row = self._ground.raw.execute("SELECT etag FROM feeds").fetchone()
        return not self.site.articles or (row is not None and row["etag"] == self.site.version)
