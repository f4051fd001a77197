"""Who does what is due: one thread as long as all goes well, another as soon as something is slow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.engine import rota as rota_module
from distributor.engine.clock import AT_ONCE
from distributor.engine.rota import TICK, Rota, tick
from tests.platforms import until

HOUR = timedelta(hours=1)
LONG = 20


@pytest.fixture
def let_go() -> threading.Event:
    """Ends what hangs."""
    return threading.Event()


@pytest.fixture
def opened(let_go: threading.Event) -> Iterator[Callable[..., Rota]]:
    """A rota that runs, with everybody at rest, as somebody else has something to do in an hour."""
    found: list[Rota] = []

    def start(threads: int = 3) -> Rota:
        rota = Rota(threads)
        found.append(rota)
        for number in range(threads):
            rota.add(f"another {number}", datetime.now, first=datetime.now(UTC) + HOUR, after=HOUR)
        rota.start()
        until(lambda: all(post.until is not None for post in rota._posts))
        return rota

    yield start
    let_go.set()
    for rota in found:
        rota.stop()


def put(rota: Rota, name: str, work: Callable[[], object], *, within: timedelta = timedelta(0)) -> None:
    """Have something done, and again an hour later."""

    def run() -> datetime:
        work()
        return datetime.now(UTC) + HOUR

    rota.add(f"feed {name}", run, first=datetime.now(UTC) + within, after=HOUR)


def test_feeds_that_are_due_together_are_read_by_one_thread_as_long_as_none_is_slow(opened, monkeypatch):
    monkeypatch.setattr(rota_module, "GRACE", 600.0)  # so that a busy machine is no slow server
    rota, readers = opened(), []
    for number in range(20):
        put(rota, str(number), lambda: readers.append(threading.get_ident()))
    until(lambda: len(readers) == 20)
    assert len(set(readers)) == 1


def test_a_slow_feed_delays_no_other_of_its_turn(opened, let_go):
    rota, read = opened(), list[str]()
    put(rota, "slow", lambda: let_go.wait(LONG), within=timedelta(seconds=TICK))
    for name in ("a", "b", "c"):
        put(rota, name, partial(read.append, name), within=timedelta(seconds=TICK))
    until(lambda: len(read) == 3)
    assert not let_go.is_set()


def test_slow_feeds_one_after_the_other_take_one_thread_each_and_no_more(opened, let_go):
    rota, begun, read = opened(AT_ONCE), [], threading.Event()

    def hang() -> None:
        begun.append(1)
        let_go.wait(LONG)

    for number in range(AT_ONCE - 1):
        put(rota, f"slow {number}", hang)
    put(rota, "quick", read.set)
    assert read.wait(LONG)
    for number in range(3):
        put(rota, f"slow again {number}", hang)
    until(lambda: len(begun) == AT_ONCE)
    stopping = threading.Thread(target=rota.stop)
    stopping.start()
    until(lambda: rota._is_over)
    let_go.set()
    stopping.join(LONG)
    assert len(begun) == AT_ONCE  # what waited for a thread is not begun after the stop


def test_whoever_rests_until_a_far_instant_is_there_when_something_nearer_comes_and_the_first_is_kept(opened, let_go):
    rota, read, is_kept = opened(2), threading.Event(), threading.Event()

    def hang() -> None:
        is_kept.set()
        let_go.wait(LONG)

    put(rota, "slow", hang)
    assert is_kept.wait(LONG)
    put(rota, "quick", read.set)
    assert read.wait(LONG)


def test_a_feed_that_is_rung_for_waits_for_no_turn(opened):
    rota, read = opened(), threading.Event()
    put(rota, "news", read.set, within=HOUR)
    rota.at_once("feed news")
    rota.at_once("feed news")
    assert read.wait(LONG)


def test_where_the_clock_was_set_back_everything_begins_anew(opened):
    rota, read = opened(), []
    for number in range(3):
        put(rota, str(number), lambda: read.append(1), within=HOUR)
    rota.anew()
    until(lambda: len(read) >= 3)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2090, 1, 1)))  # noqa: DTZ001
def test_nothing_comes_early_and_nothing_waits_longer_than_one_turn(found):
    instant = found.replace(tzinfo=UTC).timestamp()
    assert instant <= tick(instant) < instant + TICK
    assert tick(tick(instant)) == tick(instant)
