"""The loopback platforms, started once for all tests of a worker, and a clean newsroom on them for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from distributor.sandbox.client import Running, start
from tests.platforms import Loop


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose name is short enough for a socket's address in it (108 bytes on Linux)."""
    with TemporaryDirectory(prefix="d-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def platforms() -> Iterator[Running]:
    with TemporaryDirectory(prefix="p-") as folder, start(Path(folder)) as running:
        yield running


@pytest.fixture
def loop(short: Path, platforms: Running) -> Loop:
    found = Loop(short, platforms)
    found.clean()
    return found
