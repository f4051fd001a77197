"""What happens in a month, drawn from a seed: readers with dials, stories, corrections, withdrawals, readers who change
their minds, leave, bounce and complain, and a relay that is away twice. Imports nothing of the product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

TICK = timedelta(minutes=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

#: Twenty zones: whole, half and quarter hours, both hemispheres, a clock change of half an hour, both sides of a day.
ZONES = (
    "Europe/Minsk",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Lisbon",
    "Europe/Athens",
    "Africa/Cairo",
    "Africa/Lagos",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Apia",
)
SECTIONS = ("Politics", "Economy", "Sport", "Culture")


@dataclass(frozen=True, slots=True)
class Newsletter:
    """A digest's definition."""

    #: of its own slots: days of the week (Monday is 1) and local time
    days: frozenset[int]
    hour: str
    zone: str
    #: those that it takes; none: all
    sections: frozenset[str]
    most: int


DIGESTS: Mapping[str, Newsletter] = {
    "front": Newsletter(frozenset(range(1, 6)), "07:30", "Europe/Minsk", frozenset(), 12),
    "games": Newsletter(frozenset((1, 4)), "18:00", "Europe/Berlin", frozenset({"Sport", "Culture"}), 20),
}
MORNING, EVENING = "07:00", "18:15"
#: The topic of single stories: the channel itself.
SINGLE = "mail"
RHYTHMS = (None, "at-once", "flash", "hourly", "morning", "evening", "daily", "weekly")
#: How many of a hundred readers choose each.
_WEIGHTS = (25, 6, 6, 6, 17, 12, 18, 10)
_WORDS = (
    "river",
    "budget",
    "minister",
    "bridge",
    "school",
    "harbour",
    "winter",
    "league",
    "orchard",
    "senate",
    "museum",
)
_NAMES = (
    "Anders",
    "Bruna",
    "Celik",
    "Dorota",
    "Emeka",
    "Farid",
    "Greta",
    "Hilda",
    "Ivanka",
    "Jorge",
    "Kaisa",
    "Mirela",
)


@dataclass(slots=True)
class Wants:
    """What a reader chose for one topic."""

    rhythm: str | None = None
    hour: str | None = None
    weekday: int | None = None
    sections: tuple[str, ...] = ()


@dataclass(slots=True)
class Person:
    """A reader; changes as the month goes on."""

    number: int
    zone: str
    topics: dict[str, Wants]
    quiet: tuple[str, str] | None = None
    cap: int | None = None
    text_only: bool = False
    paused_until: datetime | None = None
    is_suppressed: bool = False
    has_joined: bool = False
    left: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"reader{self.number}@example.org"


@dataclass(frozen=True, slots=True)
class Publish:
    """A story comes out."""

    number: int
    headline: str
    body: str
    categories: tuple[str, ...]
    urgency: int
    embargo: datetime | None
    #: how long before it was read it was published
    age: timedelta


@dataclass(frozen=True, slots=True)
class Correct:
    """A story has a new text."""

    number: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A story is taken back."""

    number: int


@dataclass(frozen=True, slots=True)
class Join:
    """Somebody subscribes."""

    number: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A reader turns one dial; ``topic`` is empty for the dials of all topics."""

    number: int
    topic: str
    dial: str
    value: object


@dataclass(frozen=True, slots=True)
class Leave:
    """A reader leaves one topic."""

    number: int
    topic: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """An address is dead, or its owner has complained."""

    number: int
    kind: str


Event = Publish | Correct | Withdraw | Join | Turn | Leave | Suppress


@dataclass(slots=True)
class World:
    """All of it."""

    start: datetime
    end: datetime
    people: Sequence[Person]
    events: Mapping[datetime, Sequence[Event]]
    outages: Sequence[tuple[datetime, datetime]]
    seed: int
    figures: dict[str, int] = field(default_factory=dict)

    def is_down(self, at: datetime) -> bool:
        """Whether the relay is away."""
        return any(begin <= at < end for begin, end in self.outages)

    def ticks(self) -> Sequence[datetime]:
        """Every quarter of an hour."""
        return [self.start + TICK * step for step in range(1, int((self.end - self.start) / TICK) + 1)]


def apply(event: Event, people: Mapping[int, Person], now: datetime) -> None:
    """What an event makes of a reader."""
    match event:
        case Join(number=number):
            people[number].has_joined = True
        case Leave(number=number, topic=topic):
            if people[number].has_joined:
                people[number].left.add(topic)
        case Suppress(number=number):
            people[number].is_suppressed = True
        case Turn(number=number, topic=topic, dial=dial, value=value):
            person: Any = people[number]
            if dial == "wants":
                person.topics[topic] = value
            elif dial == "sections":
                person.topics[topic].sections = value
            elif dial == "pause":
                person.paused_until = now + value  # type: ignore[operator]
            else:
                setattr(person, dial, value)


def draw(start: datetime, days: int, readers: int, seed: int, *, stories_a_day: int = 30) -> World:
    """A month, or less."""
    random = Random(seed)
    end = start + days * DAY
    people = [_person(random, number) for number in range(1, readers + 1)]
    events: dict[datetime, list[Event]] = defaultdict(list)

    def at(low: datetime = start, high: datetime = end) -> datetime:
        span = max(1, int((high - low) / TICK))
        return low + TICK * random.randint(1, span)

    for person in people:
        events[start + TICK if random.random() < 0.9 else at()].append(Join(person.number))
    for number in range(1, days * stories_a_day + 1):
        came = at()
        embargo = at(came, came + 30 * HOUR) + TICK if random.random() < 0.04 else None
        events[came].append(_story(random, number, embargo))
        for _ in range(random.choice((0, 0, 0, 1, 1, 2))):
            events[at(came, came + 20 * HOUR) + TICK].append(Correct(number))
        if random.random() < 0.06:
            events[at(came, came + 12 * HOUR) + 2 * TICK].append(Withdraw(number))
    for _ in range(readers * days // 12):
        events[at()].append(_turn(random, random.choice(people)))
    for person in random.sample(people, readers // 8):
        events[at()].append(Leave(person.number, random.choice(sorted(person.topics))))
    for person in random.sample(people, readers // 12):
        events[at()].append(Suppress(person.number, random.choice(("bounce", "complaint"))))
    middle = start + (end - start) / 2
    begins = (at(start, middle), at(middle, end - 12 * HOUR))
    outages = [(begin, begin + random.choice((2, 5, 7)) * HOUR) for begin in begins]
    return World(start=start, end=end, people=people, events=dict(events), outages=outages, seed=seed)


def _person(random: Random, number: int) -> Person:
    names = [name for name in DIGESTS if random.random() < 0.7] + [SINGLE] * (random.random() < 0.12)
    spans = (("22:00", "07:00"), ("23:30", "06:15"), ("13:00", "14:00"))
    return Person(
        number=number,
        zone=random.choice((*ZONES, "")),
        topics={name: _wants(random) for name in names or ["front"]},
        quiet=random.choice(spans) if random.random() < 0.3 else None,
        cap=random.choice((1, 2, 4, 8)) if random.random() < 0.25 else None,
        text_only=random.random() < 0.1,
    )


def _wants(random: Random) -> Wants:
    (rhythm,) = random.choices(RHYTHMS, _WEIGHTS)
    hour = f"{random.randrange(24):02}:{random.choice((0, 0, 30)):02}" if rhythm in ("daily", "weekly") else None
    return Wants(
        rhythm=rhythm,
        hour=hour if random.random() < 0.9 else None,
        weekday=random.randint(1, 7) if rhythm == "weekly" and random.random() < 0.8 else None,
        sections=_sections(random) if random.random() < 0.3 else (),
    )


def _sections(random: Random) -> tuple[str, ...]:
    return tuple(sorted(random.sample(SECTIONS, random.choice((1, 2)))))


def _story(random: Random, number: int, embargo: datetime | None) -> Publish:
    """No two of them have words in common that would make one of the other's takes."""
    told = [f"{random.choice(_NAMES)}{random.choice(_NAMES).lower()}{number}", *random.sample(_WORDS, 4)]
    body = " ".join(f"{random.choice(_NAMES)}{random.choice(_WORDS)}{random.randrange(10**6)}" for _ in range(40))
    return Publish(
        number=number,
        headline=" ".join(told).capitalize(),
        body=f"{body}.",
        categories=tuple(random.sample(SECTIONS, random.choice((1, 1, 2)))),
        urgency=1 if random.random() < 0.05 else random.choice((3, 4, 5)),
        embargo=embargo,
        age=timedelta(seconds=number % 800),
    )


def _turn(random: Random, person: Person) -> Event:
    topic = random.choice(sorted(person.topics))
    match random.randrange(8):
        case 0 | 1:
            wants = _wants(random)
            return Turn(person.number, topic, "wants", wants)
        case 2:
            return Turn(person.number, topic, "sections", _sections(random) if random.random() < 0.7 else ())
        case 3 | 4:
            return Turn(person.number, "", "zone", random.choice(ZONES))
        case 5:
            return Turn(person.number, "", "quiet", random.choice((None, ("21:00", "08:00"))))
        case 6:
            return Turn(person.number, "", "cap", random.choice((None, 1, 3)))
    return Turn(person.number, "", "pause", timedelta(hours=random.choice((6, 30, 80))))


def utc(*numbers: int) -> datetime:
    """An instant in UTC."""
    year, month, day = numbers
    return datetime(year, month, day, tzinfo=UTC)
