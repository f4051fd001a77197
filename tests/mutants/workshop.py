"""Copies of the tree in which bugs are planted, and tests run there. The tree itself is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.planted import Mutant

ROOT = Path(__file__).parents[2]
#: What a copy needs: the program, its tests and what they read.
_PARTS = ("distributor", "tests", "templates", "docs", "systemd", "pyproject.toml", "config.example.toml", "README.md")
#: A bug that makes the program wait for ever is found too.
LONGEST = 180.0
#: Exit codes of pytest: all passed, and some failed; anything else is a test that was not there or did not run.
PASSED, FAILED = 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a run of tests in a copy said."""

    code: int
    seconds: float
    output: str


class Workshop:
    """One copy of the tree."""

    def __init__(self, folder: Path) -> None:
        """Copy what is needed."""
        self._folder = folder
        ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")
        for part in _PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=ignored)
            elif source.exists():
                shutil.copy2(source, folder / part)

    def run(self, tests: Sequence[str]) -> Finding:
        """Run these tests, up to the first that fails."""
        command = [sys.executable, "-B", "-m", "pytest", "-x", "-n", "0", "--no-cov", *tests]
        started = time.monotonic()
        with tempfile.TemporaryFile("w+") as output:
            # a test whose bug makes it hang leaves children behind: they end with its session
            child = subprocess.Popen(
                command,
                cwd=self._folder,
                env={**os.environ, "PYTHONPATH": str(self._folder), "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                code = child.wait(LONGEST)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, 9)
                child.wait()
                code = FAILED
            output.seek(0)
            return Finding(code=code, seconds=time.monotonic() - started, output=output.read())

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[None]:
        """The bug is in the copy for this long."""
        path = self._folder / mutant.file
        sound = path.read_text("utf-8")
        path.write_text(mutant.planted_in(sound), "utf-8")
        try:
            yield
        finally:
            path.write_text(sound, "utf-8")
