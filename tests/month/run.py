"""Lives a month and judges it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.month.house import House
from tests.month.oracle import Oracle
from tests.month.world import World, apply


@dataclass(slots=True)
class Judged:
    """What was found."""

    problems: list[str]
    figures: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def lines(self) -> Sequence[str]:
        """For people."""
        told = [f"{name}: {count}" for name, count in sorted(self.figures.items())]
        return [*told, f"{self.seconds:.0f} s", f"problems: {len(self.problems)}", *self.problems]


def live(world: World, *, most_problems: int = 50) -> Judged:
    """Live it to its end, or until too much is wrong."""
    started = time.monotonic()
    people = {person.number: deepcopy(person) for person in world.people}
    # what a power cut would do to it is the matter of tests/power
    fast = Path("/dev/shm")
    with TemporaryDirectory(prefix="month-", dir=fast if fast.is_dir() else None) as folder:
        house = House(Path(folder), world)
        oracle = Oracle(world, people)
        problems: list[str] = []
        for now in world.ticks():
            events = world.events.get(now, ())
            for event in events:
                apply(event, people, now)
            oracle.tick(now, events, house.tick(now, people))
            if not now.minute:
                problems += house.broken_sums()
            if len(problems) + len(oracle.problems) >= most_problems:
                break
        figures = {**oracle.figures, **{f"rows {name}": count for name, count in house.states().items()}}
        house.close()
    figures |= {"readers": len(people), "zones": len({person.zone for person in people.values()})}
    kinds = [type(event).__name__.lower() for events in world.events.values() for event in events]
    figures |= {f"events {kind}": kinds.count(kind) for kind in set(kinds)}
    return Judged([*problems, *oracle.problems], figures, time.monotonic() - started)
