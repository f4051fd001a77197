"""What many schedules have shown, and the running of them. Knows no rule."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from distributor.model import State
from distributor.rules.fate.lifecycle import MOVES
from tests.simulation.life import Life
from tests.simulation.scene import FAULTS, ground

#: Moves that one schedule in ten thousand makes, each with what makes it: a run need not meet them.
SELDOM: dict[tuple[State, State], str] = {
    (State.PLANNED, State.HELD): "a correction that brings an embargo holds what is planned; else a person does",
}

#: Broken schedules after which a run need not go on.
ENOUGH = 2
#: Schedules between two collections of garbage.
TIDIED = 50


@dataclass(slots=True, kw_only=True)
class Figures:
    """The sums."""

    schedules: int = 0
    steps: int = 0
    contacts: int = 0
    edges: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    #: (seed, what was broken, its steps)
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, other: Figures) -> None:
        """Take another worker's figures in."""
        self.schedules += other.schedules
        self.steps += other.steps
        self.contacts += other.contacts
        self.edges.update(other.edges)
        self.faults.update(other.faults)
        self.problems += other.problems

    def missing(self, *, but: Collection[str] = ()) -> list[str]:
        """Moves of the law and kinds of fault (``but`` some) that never came."""
        edges = {(was, now) for was, after in MOVES.items() for now in after} - set(SELDOM)
        never = [f"{was} -> {now}" for was, now in sorted(edges) if not self.edges[was, now]]
        return never + [name for name in FAULTS if not self.faults[name] and name not in but]

    def lines(self) -> Iterator[str]:
        """The figures as a person reads them."""
        rate = self.schedules / self.seconds if self.seconds else 0.0
        yield (
            f"{self.schedules} schedules in {self.seconds:.1f} s ({rate:.0f}/s), {self.steps} steps, "
            f"{self.contacts} wire contacts, {len(self.problems)} broken"
        )
        yield "moves:"
        for was, after in MOVES.items():
            yield from (f"  {was} -> {now}: {self.edges[was, now]}" for now in sorted(after))
        yield from (f"  ({was} -> {now}: {why})" for (was, now), why in SELDOM.items())
        yield "faults and events:"
        yield from (f"  {name}: {count}" for name, count in sorted(self.faults.items()))
        for seed, words, steps in self.problems[:5]:
            yield f"BROKEN, seed {seed}: {words}"
            yield steps
        if len(self.problems) > 5:
            yield f"and {len(self.problems) - 5} more: {', '.join(seed for seed, _, _ in self.problems[5:40])}"


@contextmanager
def _tidied() -> Iterator[Callable[[], object]]:
    """Garbage is collected only when the block says so: looking for it a thousand times a second finds nothing."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.enable()
        gc.unfreeze()


def play(seeds: Sequence[str]) -> Figures:
    """One schedule for each seed, in this process."""
    with _tidied() as tidy:
        return _play(seeds, tidy)


def _play(seeds: Sequence[str], tidy: Callable[[], object]) -> Figures:
    figures, start, place = Figures(), time.monotonic(), ground()
    for number, seed in enumerate(seeds):
        if number % TIDIED == 0:
            tidy()
        life = Life(seed, place)
        life.live()
        figures.schedules += 1
        figures.steps += life.steps
        figures.contacts += life.world.contacts
        figures.edges.update(life.watch.edges)
        figures.faults.update(life.hits)
        if life.broken:
            figures.problems.append((seed, life.broken, life.told()))
            place = ground()
            if len(figures.problems) == ENOUGH:
                break
    figures.seconds = time.monotonic() - start
    return figures


def run(schedules: int, seed: int, *, first: int = 0, workers: int = 1) -> Figures:
    """So many schedules from a seed on; each schedule's own seed is ``SEED-NUMBER``."""
    seeds = [f"{seed}-{number}" for number in range(first, first + schedules)]
    if workers == 1:
        return play(seeds)
    start, figures = time.monotonic(), Figures()
    size = max(1, min(1000, schedules // (4 * workers)))
    blocks = [seeds[place : place + size] for place in range(0, schedules, size)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for found in pool.map(play, blocks):
            figures.add(found)
    figures.seconds = time.monotonic() - start
    return figures
