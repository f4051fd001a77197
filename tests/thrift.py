"""What keeps the suite cheap and takes nothing from what it proves. Must not know any single test.

Nearly every test opens an app, as the program does once in its life. What an opening makes anew each time, although
it comes out the same (shipped templates rendered with samples, a new store brought through all migrations),
is made once for each of the suite's workers. So are the guarded children in which strangers' documents are read: who
closes one gives it to the next who would start its like. Children that a test starts pay in full.

What keeps a test cheap, in the order of what it saves:

- a pure test costs a millisecond, an app in this process fifty, a daemon as a process 1,500: take the first of them
  that can prove it;
- a test whose evidence is in its numbers (schedules, kills, cuts) carries ``pytest.mark.no_cover``: it runs unmeasured,
  and so do the children that it starts, which halves its cost, and it is dealt out first. Its lines must be covered
  by other tests (``--cov-context=test`` says which lines only one test meets);
- a command as a process (``Loop.command``) is unmeasured, too: take one only where the process is the point (its exit
  code, its terminal, its pipe); what a command says is asked through ``CliRunner``;
- time is moved (``HandClock``, ``platforms.advance``), never waited for; what only a real wait can prove waits for the
  fact (``until``), not for a number of seconds, and a platform that is slow is let go (``clear_faults`` ends a
  delay), not raced;
- the loopback platforms are started once for each worker (fixture ``loop``) and cleaned, not started again;
- a property test takes no more than 200 examples of small input.
"""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import ClassVar

import certifi
import pytest
from _pytest.assertion import rewrite

from distributor import fetching, inlets, outlets, trying
from distributor.calls.stories import weighing
from distributor.render.environment import shipped_folder
from distributor.render.renderer import Renderer
from distributor.sources.guard import Guard
from distributor.store import opening

#: for tests of the migrations themselves
REAL_PREPARE = opening.prepare


def rewrite_own_share(config: pytest.Config) -> None:
    """Of the test files that pytest has to rewrite for its telling asserts, each worker rewrites its share first.

    What one has rewritten the others only read; without this, each of them rewrites every file of a clean checkout.
    """
    given = getattr(config, "workerinput", None)
    if given is None or sys.dont_write_bytecode:
        return
    number, count = int(given["workerid"].removeprefix("gw")), given["workercount"]
    wanted = [config.rootpath / argument.partition("::")[0] for argument in config.args]
    files = {path for one in wanted for path in (one.rglob("test_*.py") if one.is_dir() else (one,))}
    for path in sorted(files)[number::count]:
        folder = rewrite.get_cache_dir(path)
        kept = folder / f"{path.stem}{rewrite.PYC_TAIL}"
        if rewrite.try_makedirs(folder) and rewrite._read_pyc(path, kept) is None:
            source, code = rewrite._rewrite_test(path, config)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, source, kept)


def deal(items: list[pytest.Item]) -> None:
    """Long tests first and each alone, then file by file: what a file's tests share is made by one worker only."""
    items.sort(key=lambda item: not item.get_closest_marker("no_cover"))
    for item in items:
        if not item.get_closest_marker("no_cover"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


def prove_shipped_templates_once() -> None:
    """What rendered the samples once renders them again: the shipped files do not change.

    With an operator's own templates in front, all are tried each time.
    """
    proved, prove = set(), Renderer.compile_all

    def compile_all(
        self: Renderer,
        wanted: Iterable[tuple[str, str]] = (),
        lined: Sequence[str] = (),
        *,
        kinds: Collection[str] | None = None,
    ) -> None:
        asked = (self._desk, frozenset(wanted), frozenset(lined), None if kinds is None else frozenset(kinds))
        if asked in proved and self._templates.folders == (shipped_folder(),):
            return
        prove(self, asked[1], lined, kinds=kinds)
        proved.add(asked)

    Renderer.compile_all = compile_all  # type: ignore[method-assign]


def migrate_new_stores_once(folder: Path) -> None:
    """A new store begins as a copy of one, made here, that went through all migrations; the key is drawn anew.

    A file that is there already is brought up to date by the program itself.
    """
    plain = folder / opening.FILE
    REAL_PREPARE(plain)
    with closing(sqlite3.connect(plain)) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'key'")

    def prepare(path: Path) -> bytes:
        if not path.exists():
            with suppress(OSError):  # the program itself says what is wrong
                shutil.copyfile(plain, path)
        return REAL_PREPARE(path)

    opening.prepare = prepare


class _Lent(Guard):
    """A guard whose child outlives it."""

    #: those that nobody has, by what makes them alike
    idle: ClassVar[dict[object, list[subprocess.Popen[bytes]]]] = {}

    def _alike(self) -> object:
        is_measured = "COVERAGE_PROCESS_CONFIG" in os.environ
        return self._memory, self._work, is_measured

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None and (kept := self.idle.get(self._alike())):
            self._child = kept.pop()
        return super()._running()

    def close(self) -> None:
        with self._lock:
            if self._child is not None and self._child.poll() is None:
                self.idle.setdefault(self._alike(), []).append(self._child)
                self._child = None
        super().close()


def lend_guarded_children() -> Iterator[None]:
    """What opens an app or reads a document in this process takes a child that another has given back.

    The guard's own tests make guards of their own, and what a broken limit ends is ended.
    """
    for module in (fetching, inlets, outlets, trying, weighing):
        module.Guard = _Lent  # type: ignore[attr-defined]
    yield
    for child in itertools.chain.from_iterable(_Lent.idle.values()):
        with child:
            assert child.stdin is not None
            child.stdin.close()


def read_public_certificates_once() -> None:
    """One context for all who trust the same hundred public authorities; nobody changes that one afterwards."""
    make = ssl.create_default_context

    @cache
    def public(purpose: ssl.Purpose) -> ssl.SSLContext:
        return make(purpose, cafile=certifi.where())

    def create(
        purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH,
        *,
        cafile: str | None = None,
        capath: str | None = None,
        cadata: str | bytes | None = None,
    ) -> ssl.SSLContext:
        if cafile == certifi.where() and not capath and not cadata:
            return public(purpose)
        return make(purpose, cafile=cafile, capath=capath, cadata=cadata)

    ssl.create_default_context = create  # type: ignore[assignment]
