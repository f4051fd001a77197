"""What each reader must get, worked out anew from the world alone: it imports nothing of the product, keeps no ledger,
and counts local time in its own way. It takes the mails of each quarter of an hour and says what is wrong with them,
and which are missing.

A local time comes once on a local day: at the first quarter of an hour whose wall clock shows it or more. An issue is
worth sending to a choice if anything new fits it since its last one that was; then each reader gets what is news for
them still.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from tests.month.house import Mail
from tests.month.world import (
    DAY,
    DIGESTS,
    EVENING,
    MORNING,
    SINGLE,
    TICK,
    ZONES,
    Correct,
    Event,
    Person,
    Publish,
    Wants,
    Withdraw,
    World,
)

#: A choice that no slot came for in so long, beside its reach, begins anew.
ASLEEP = 2 * DAY
#: How long after the relay is back the last mail may take: the longest wait between two tries, and one tick.
LATE = 3 * TICK


@dataclass(slots=True)
class Tale:
    """A story as readers may have it."""

    number: int
    came: datetime
    published: datetime
    sections: frozenset[str]
    urgency: int
    embargo: datetime | None
    revision: int = 0
    is_there: bool = True
    #: by digest, when an issue last had to leave it
    waited: dict[str, datetime] = field(default_factory=dict)

    def is_free(self, now: datetime) -> bool:
        return self.is_there and (self.embargo is None or self.embargo <= now)


@dataclass(frozen=True, slots=True)
class Choice:
    """What decides about an issue for its readers."""

    rhythm: str | None
    hour: str | None
    weekday: int | None
    zone: str
    sections: tuple[str, ...]


@dataclass(slots=True)
class Row:
    """A mail that must leave, or be left out, for one reader."""

    topic: str
    #: of an issue
    slot: str = ""
    order: int = 0
    rhythm: str | None = None
    looked_at: Mapping[int, datetime | None] = field(default_factory=dict)
    since: datetime | None = None
    #: of a story by itself
    tale: int = 0
    not_before: datetime | None = None
    #: whether it may have been left out: while the relay was away, or for a newer issue that was refused then
    may_be_gone: bool = False
    #: whether it was looked at while the relay was away, when nobody else may have looked
    is_unseen: bool = False


class Oracle:
    """Judges a month."""

    def __init__(self, world: World, people: Mapping[int, Person]) -> None:
        """``people`` are as they are at each moment."""
        self.problems: list[str] = []
        self.figures: dict[str, int] = defaultdict(int)
        self._world = world
        self._people = people
        self._by_address = {person.address: person for person in people.values()}
        self._tales: dict[int, Tale] = {}
        self._had: dict[int, set[int]] = defaultdict(set)
        self._mailed_at: dict[int, list[datetime]] = defaultdict(list)
        self._rows: dict[int, list[Row]] = defaultdict(list)
        self._written: set[tuple[int, int]] = set()
        self._undecided: dict[str, set[int]] = {name: set() for name in DIGESTS}
        #: by digest and choice: what is new since, and when a slot last came
        self._served: dict[tuple[str, Choice], tuple[datetime, datetime]] = {}
        self._zones = {name: ZoneInfo(name) for name in {*ZONES, *(one.zone for one in DIGESTS.values())}}
        self._wall = Wall(self._zones, world.start)
        self._issues = 0

    def tick(self, now: datetime, events: Sequence[Event], mails: Sequence[Mail]) -> None:
        """One quarter of an hour: what happened, and what readers got."""
        self._wall.move(now)
        self._news(now, events)
        for digest in DIGESTS:
            self._at_once(digest, now)
        for digest in DIGESTS:
            self._slots(digest, now)
        for mail in mails:
            self._take(mail, now)
        self._settle(now)

    # what there is to send

    def _news(self, now: datetime, events: Sequence[Event]) -> None:
        changed: set[int] = set()
        for event in events:
            match event:
                case Publish():
                    tale = Tale(
                        event.number,
                        now,
                        now - event.age,
                        frozenset(event.categories),
                        event.urgency,
                        event.embargo,
                    )
                    self._tales[event.number] = tale
                    self._single(tale)
                    for name in DIGESTS:
                        self._undecided[name].add(event.number)
                case Correct(number=number):
                    changed.add(number)
                case Withdraw(number=number):
                    changed.add(number)
                    self._tales[number].is_there = False
        for number in changed:
            self._tales[number].revision += 1

    def _single(self, tale: Tale) -> None:
        for person in self._readers(SINGLE):
            self._row(person, Row(topic=SINGLE, tale=tale.number, not_before=tale.embargo))

    def _at_once(self, digest: str, now: datetime) -> None:
        for number in sorted(self._undecided[digest]):
            tale = self._tales[number]
            if tale.is_there and not tale.is_free(now) and _fits(digest, tale):
                continue  # it waits
            self._undecided[digest].discard(number)
            for person in self._readers(digest) if tale.is_free(now) and _fits(digest, tale) else ():
                wants = person.topics[digest]
                is_wanted = wants.rhythm == "at-once" or (wants.rhythm == "flash" and tale.urgency == 1)
                if is_wanted and _in_sections(tale, wants.sections):
                    self._row(person, Row(topic=digest, tale=number))

    def _row(self, person: Person, row: Row) -> None:
        """A story has one mail for a reader, whichever of their topics it is for."""
        if row.tale and (person.number, row.tale) in self._written:
            return
        self._written.add((person.number, row.tale))
        self._rows[person.number].append(row)

    def _slots(self, digest: str, now: datetime) -> None:
        """The issues of a digest at this moment, one for each slot."""
        readers: dict[Choice, list[Person]] = defaultdict(list)
        readers[Choice(None, None, None, "", ())] = []
        for person in self._people.values():
            if person.has_joined and digest in person.topics and digest not in person.left:
                wants = person.topics[digest]
                kept = tuple(sorted(wants.sections))
                readers[Choice(wants.rhythm, wants.hour, wants.weekday, person.zone, kept)].append(person)
        slots: dict[str, list[Choice]] = defaultdict(list)
        for choice in readers:
            if self._is_slot(digest, choice, now):
                slots[choice.zone or DIGESTS[digest].zone].append(choice)
        for zone in sorted(slots):
            self._issue(digest, zone, {choice: readers[choice] for choice in slots[zone]}, now)
        if slots:
            for tale in self._tales.values():
                if tale.is_there and not tale.is_free(now) and _fits(digest, tale):
                    tale.waited[digest] = now

    def _issue(self, digest: str, zone: str, readers: Mapping[Choice, Sequence[Person]], now: datetime) -> None:
        self._issues += 1
        slot = self._wall.name(zone)
        looked_at: dict[int, datetime | None] = {}
        worth: list[tuple[Choice, datetime]] = []
        for choice in readers:
            since, fresh = self._reach(digest, choice, now)
            served = self._served.get((digest, choice))
            if served is not None and served[1] >= since - ASLEEP:
                fresh = served[0]
            begin = min(since, fresh)
            own = [
                t
                for t in self._fitting(digest, now)
                if _in_sections(t, choice.sections) and _is_since(t, digest, begin)
            ]
            new = [t for t in own if _is_since(t, digest, fresh)]
            self._served[digest, choice] = (now if new else fresh, now)
            if new:
                worth.append((choice, begin))
                looked_at |= {t.number: t.waited.get(digest) for t in own}
        for choice, begin in worth:
            for person in readers[choice]:
                if not person.is_suppressed:
                    row = Row(digest, slot, self._issues, choice.rhythm, looked_at, begin)
                    self._rows[person.number].append(row)

    def _fitting(self, digest: str, now: datetime) -> Iterable[Tale]:
        return [tale for tale in self._tales.values() if tale.is_free(now) and _fits(digest, tale)]

    def _reach(self, digest: str, choice: Choice, now: datetime) -> tuple[datetime, datetime]:
        """Since when a story is news, and since when it is new to who has just made this choice."""
        since = now - DAY
        if choice.rhythm == "weekly":
            since = now - 7 * DAY
        elif choice.rhythm is None:
            before = self._wall.own_before(digest, choice.zone or DIGESTS[digest].zone)
            since = min(since, before) if before is not None else since
        began = self._world.start
        return since, min(since, began - DAY) if began >= since - ASLEEP else since

    def _is_slot(self, digest: str, choice: Choice, now: datetime) -> bool:
        own = DIGESTS[digest]
        zone = choice.zone or own.zone
        match choice.rhythm:
            case None:
                return self._wall.shows(zone, own.hour, own.days)
            case "hourly":
                return self._wall.is_new_hour(zone)
            case "morning":
                return self._wall.shows(zone, MORNING)
            case "evening":
                return self._wall.shows(zone, EVENING)
            case "daily":
                return self._wall.shows(zone, choice.hour or MORNING)
            case "weekly":
                return self._wall.shows(zone, choice.hour or MORNING, frozenset((choice.weekday or 1,)))
        return False

    # what was sent

    def _take(self, mail: Mail, now: datetime) -> None:
        """One mail, in the order in which they left."""
        person = self._by_address[mail.address]
        self.figures["mails"] += 1
        self.figures["issues' mails" if mail.digest else "single stories"] += 1
        row = next((row for row in self._rows[person.number] if _is_of(row, mail)), None)
        if self._world.is_down(now):
            self._wrong(person, now, mail, "it left while the relay was away")
        if row is None:
            self._wrong(person, now, mail, "nothing of the kind was due")
            return
        verdict = self._verdict(person, row, now)
        if verdict == "wait" and row.is_unseen:  # it was looked at only when the reader had other dials
            row.not_before = None
            verdict = self._verdict(person, row, now)
        told = [number for number, _ in mail.stories]
        if verdict != told:
            self._wrong(person, now, mail, f"expected {verdict}")
        if any(self._tales[number].revision != revision for number, revision in mail.stories):
            self._wrong(person, now, mail, "an old text")
        if set(told) & self._had[person.number]:
            self._wrong(person, now, mail, "a story twice")
        if mail.has_html is person.text_only:
            self._wrong(person, now, mail, "the wrong form")
        self._rows[person.number].remove(row)
        self._give_way(person, row, set(told), now)
        if mail.is_refused:
            self.figures["refused"] += 1
            return
        self._had[person.number] |= set(told)
        self._mailed_at[person.number].append(now)

    def _give_way(self, person: Person, newer: Row, told: set[int], now: datetime) -> None:
        """Older issues whose turn it is and all of whose stories a mail tells give way to it before it leaves: they are
        gone if it fails, and also where they would have room for others now that the reader has those.
        """
        zone = newer.slot.partition("[")[2]
        for row in self._rows[person.number] if newer.order else ():
            is_older = row.topic == newer.topic and row.order < newer.order and row.slot.partition("[")[2] == zone
            if is_older and (row.not_before is None or row.not_before <= now):
                row.may_be_gone |= set(self._content(person, row, person.topics[row.topic], now)) <= told

    def _settle(self, now: datetime) -> None:
        """What is due and has not come."""
        is_late = self._is_late(now)
        for number, rows in self._rows.items():
            if rows:
                person, kept = self._people[number], []
                for row in rows:
                    verdict = self._verdict(person, row, now)
                    if verdict == "wait":
                        kept.append(row)
                    elif isinstance(verdict, str):
                        row.may_be_gone = True
                        if is_late:
                            kept.append(row)
                        else:
                            self.figures[f"left out: {verdict}"] += 1
                    elif is_late:
                        kept.append(row)
                    elif not row.may_be_gone:
                        self._wrong(person, now, None, f"missing: {row.topic} {row.slot} {verdict}")
                self._rows[number] = kept

    def _is_late(self, now: datetime) -> bool:
        return any(begin <= now < end + LATE for begin, end in self._world.outages)

    def _verdict(self, person: Person, row: Row, now: datetime) -> list[int] | str:
        """The stories of a mail, or why there is none; ``wait`` where it has to."""
        if row.topic in person.left or person.is_suppressed:
            return "left"
        if row.not_before is not None and now < row.not_before:
            # whoever takes a story back ends what waits of it
            return "taken back" if row.tale and not self._tales[row.tale].is_there else "wait"
        wants = person.topics[row.topic]
        reason = self._unwanted(row, wants)
        if reason:
            return reason
        if person.paused_until is not None and now < person.paused_until:
            return "pause"
        zone = person.zone or (DIGESTS[row.topic].zone if row.topic in DIGESTS else "UTC")
        wakes = row.tale and wants.rhythm == "flash" and self._tales[row.tale].urgency == 1
        end = self._wall.quiet_ends(zone, person.quiet, now)
        if end is not None and not wakes:
            row.not_before = end
            row.is_unseen = self._is_late(now)
            return "wait"
        if person.cap is not None and self._today(person, zone) >= person.cap:
            return "enough for today"
        told = self._content(person, row, wants, now)
        if not told:
            return "nothing new"
        if row.order and self._is_told_later(person, row, wants, told, now):
            return "told later"
        return told

    def _today(self, person: Person, zone: str) -> int:
        return sum(self._wall.is_today(zone, at) for at in self._mailed_at[person.number][-20:])

    def _unwanted(self, row: Row, wants: Wants) -> str:
        if not row.tale:
            return "another rhythm" if wants.rhythm != row.rhythm else ""
        tale = self._tales[row.tale]
        if not tale.is_there:
            return "taken back"
        if row.topic != SINGLE and wants.rhythm not in ("at-once", "flash"):
            return "another rhythm"
        if wants.rhythm == "flash" and tale.urgency != 1:
            return "no flash"
        return "" if _in_sections(tale, wants.sections) else "another section"

    def _content(self, person: Person, row: Row, wants: Wants, now: datetime) -> list[int]:
        if row.tale:
            return [] if row.tale in self._had[person.number] else [row.tale]
        assert row.since is not None
        found = [
            tale
            for number, waited in row.looked_at.items()
            if (tale := self._tales[number]).is_free(now)
            and (tale.came > row.since or (waited is not None and waited >= row.since))
            and _in_sections(tale, wants.sections)
            and number not in self._had[person.number]
        ]
        found.sort(key=lambda tale: tale.published, reverse=True)
        return [tale.number for tale in found[: DIGESTS[row.topic].most]]

    def _is_told_later(self, person: Person, row: Row, wants: Wants, told: Sequence[int], now: datetime) -> bool:
        zone = row.slot.partition("[")[2]
        newer = [one for one in self._rows[person.number] if one.topic == row.topic and one.order > row.order]
        newer = [one for one in newer if one.slot.partition("[")[2] == zone]
        if not newer:
            return False
        return set(told) <= set(self._content(person, max(newer, key=lambda one: one.order), wants, now))

    def _readers(self, topic: str) -> Iterable[Person]:
        for person in self._people.values():
            if person.has_joined and topic in person.topics and topic not in person.left and not person.is_suppressed:
                yield person

    def _wrong(self, person: Person, now: datetime, mail: Mail | None, why: str) -> None:
        self.problems.append(f"{now:%m-%d %H:%M} {person} got {mail}: {why}")


class Wall:
    """The wall clocks of all zones, moved a quarter of an hour at a time."""

    def __init__(self, zones: Mapping[str, ZoneInfo], start: datetime) -> None:
        self._zones = zones
        self._local: dict[str, datetime] = {}
        self._before: dict[str, datetime] = {}
        self._shown: dict[tuple[str, str], date] = {}
        self._now: dict[tuple[str, str], bool] = {}
        self._own: dict[tuple[str, str], datetime] = {}
        at = start - 9 * DAY
        while at < start:
            self.move(at)
            at += TICK
        self.move(start)

    def move(self, now: datetime) -> None:
        """It is later now."""
        for (digest, zone), at in self._due_own.items() if self._local else ():
            self._own[digest, zone] = at
        self._before = self._local
        self._local = {name: now.astimezone(zone) for name, zone in self._zones.items()}
        self._now.clear()
        self._due_own: dict[tuple[str, str], datetime] = {}
        for digest, own in DIGESTS.items():
            for zone in self._zones:
                if self.shows(zone, own.hour, own.days):
                    self._due_own[digest, zone] = now

    def shows(self, zone: str, hour: str, days: frozenset[int] = frozenset(range(1, 8))) -> bool:
        """Whether this is the moment of a local time, on one of some days of the week."""
        key = (zone, hour)
        if key not in self._now:
            local, before = self._local[zone], self._before.get(zone)
            is_past = f"{local:%H:%M}" >= hour
            if before is None or (before.date() == local.date() and self._passed(key, before, hour)):
                self._now[key] = False
            else:
                self._now[key] = is_past and self._shown.get(key) != local.date()
            if is_past:
                self._shown[key] = local.date()
        return self._now[key] and self._local[zone].isoweekday() in days

    def _passed(self, key: tuple[str, str], before: datetime, hour: str) -> bool:
        """Whether the clock had shown it today already; on a long night it may show less again."""
        if f"{before:%H:%M}" >= hour:
            return True
        return self._shown.get(key) == before.date()

    def is_new_hour(self, zone: str) -> bool:
        """Whether an hour of the wall begins, or begins again."""
        local, before = self._local[zone], self._before[zone]
        return local.minute == 0 or (local.date(), local.hour) != (before.date(), before.hour)

    def name(self, zone: str) -> str:
        """The local minute with its zone; the second pass of an hour with its offset."""
        local = self._local[zone]
        offset = f"{local:%z}" if local.fold else ""
        return f"{local:%Y-%m-%dT%H:%M}{offset[:3]}{':' if offset else ''}{offset[3:]}[{zone}]"

    def own_before(self, digest: str, zone: str) -> datetime | None:
        """The digest's own slot before this one."""
        return self._own.get((digest, zone))

    def is_today(self, zone: str, at: datetime) -> bool:
        """Whether an instant is of the present local day."""
        return at.astimezone(self._zone(zone)).date() == self._local_of(zone).date()

    def quiet_ends(self, zone: str, quiet: tuple[str, str] | None, now: datetime) -> datetime | None:
        """When the quiet hours end in which this moment lies."""
        if quiet is None or not self._is_quiet(self._local_of(zone), quiet):
            return None
        at = now
        while self._is_quiet(at.astimezone(self._zone(zone)), quiet):
            at += TICK
        return at

    def _is_quiet(self, local: datetime, quiet: tuple[str, str]) -> bool:
        at = local
        while at.fold:  # what the wall shows again begins and ends nothing: all stays as it was before
            at = (at.astimezone(UTC) - TICK).astimezone(local.tzinfo)
        return self._shows_quiet(at, quiet)

    def _shows_quiet(self, local: datetime, quiet: tuple[str, str]) -> bool:
        begin, end = quiet
        shown = f"{local:%H:%M}"
        return begin <= shown < end if begin < end else shown >= begin or shown < end

    def _zone(self, zone: str) -> ZoneInfo:
        return self._zones.get(zone) or ZoneInfo(zone)

    def _local_of(self, zone: str) -> datetime:
        return self._local[zone] if zone in self._local else next(iter(self._local.values())).astimezone(ZoneInfo(zone))


def _fits(digest: str, tale: Tale) -> bool:
    wanted = DIGESTS[digest].sections
    return not wanted or bool(tale.sections & wanted)


def _in_sections(tale: Tale, sections: Sequence[str]) -> bool:
    return not sections or bool(tale.sections & set(sections))


def _is_since(tale: Tale, digest: str, since: datetime) -> bool:
    waited = tale.waited.get(digest)
    return tale.came > since or (waited is not None and waited >= since)


def _is_of(row: Row, mail: Mail) -> bool:
    if mail.digest:
        return row.topic == mail.digest and row.slot == mail.slot
    return row.tale == mail.stories[0][0]
