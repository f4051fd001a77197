"""What the process expects of a platform. Protocols only; must not import one that implements them.

A module ``distributor.sandbox.NAME`` offers ``create(state_dir, clock, journal) -> Platform``. At creation the platform
rebuilds its state from ``journal.lines()``, so that a restarted process continues where the old one stopped. The paths
under ``/_emu/`` never reach a platform, save those that an :class:`Operated` one asks for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from distributor.sandbox.clock import Clock
from distributor.sandbox.http import Request, Response
from distributor.sandbox.journal import Journal


class Platform(Protocol):
    """One loopback platform behind HTTP."""

    async def handle(self, request: Request) -> Response:
        """Answer one request; a visible change is in the journal before this returns."""
        ...

    def state(self) -> dict[str, Any]:
        """Everything that stands now, as JSON, for tests and people."""
        ...

    def configure(self, options: Mapping[str, Any]) -> None:
        """Change the platform's own knobs. Raises ValueError for one it does not have."""
        ...

    def reset(self) -> None:
        """Forget everything but the accounts; the server writes the journal's ``reset`` line after it."""
        ...


class Create(Protocol):
    """The function ``create`` of a platform's module."""

    def __call__(self, state_dir: Path, clock: Clock, journal: Journal) -> Platform:
        """A platform with the state that the journal tells of."""
        ...


@runtime_checkable
class Limited(Protocol):
    """A platform with its own way to say "too many requests"; used by the fault ``rate_limit``."""

    def rate_limit_answer(self, request: Request, seconds: float | None) -> Response:
        """The 429 answer; None seconds: the platform does not say how long to wait."""
        ...


@runtime_checkable
class Addressed(Protocol):
    """A platform that shows its own address; told once, when it listens and before the first request."""

    def listens_at(self, url: str) -> None:
        """Learn ``http://127.0.0.1:PORT``."""
        ...


@runtime_checkable
class Operated(Protocol):
    """A platform with control commands of its own, ``POST /_emu/VERB``, beside the common ones."""

    def operate(self, verb: str, payload: Any) -> Any:
        """Run a command and give its JSON answer. Raises KeyError for an unknown verb, ValueError for a bad payload."""
        ...
