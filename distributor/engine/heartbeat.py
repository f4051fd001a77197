"""The sign of life for those who watch from outside: a file that is touched, an address that is asked, while all is
well. It says nothing at all when the store cannot be written: silence is the alarm that needs no store.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from distributor.errors import SourceError, StoreError
from distributor.net import Fetcher
from distributor.secret import Secret
from distributor.store.file.whole import write_whole

log = logging.getLogger(__name__)


class Heartbeat:
    """Beats while all is well."""

    def __init__(
        self,
        *,
        file: Path | None,
        url: str | None,
        fetcher: Fetcher,
        is_well: Callable[[], bool],
        fence: Callable[[], str] = lambda: "",
        summary: Callable[[], dict[str, object]],
    ) -> None:
        """``is_well`` proves that the store can be written and every lane moves; ``url`` may hold a key.

        ``fence`` says why nothing is sent although it should be; empty: it is.
        """
        self._file = file
        self._url = url
        self._fetcher = fetcher
        self._is_well = is_well
        self._fence = fence
        self._summary = summary
        self._silent = ""
        Secret(url or "")  # it may hold a key, which no library's line may show

    def beat(self, now: datetime) -> bool:
        """Give a sign of life, or say in the log why there is none (once, until it is over)."""
        trouble, told = self._judged()
        if trouble:
            if not self._silent:
                log.critical("no sign of life is given any more: %s", trouble)
            self._silent = trouble
            return False
        if self._silent:
            log.warning("signs of life are given again")
        self._silent = ""
        self._touch({"at": f"{now:%Y-%m-%dT%H:%M:%SZ}", **told})
        self._ask()
        return True

    def _judged(self) -> tuple[str, dict[str, object]]:
        try:
            if fence := self._fence():
                return f"nothing is sent: {fence}", {}
            return ("", self._summary()) if self._is_well() else ("a lane does not move", {})
        except (StoreError, sqlite3.Error) as error:
            return str(error), {}

    def _touch(self, told: dict[str, object]) -> None:
        if self._file is None:
            return
        try:
            write_whole(self._file, json.dumps(told) + "\n")
        except OSError as error:
            log.critical("the heartbeat's file cannot be written: %s", error.strerror)

    def _ask(self) -> None:
        if self._url is None:
            return
        try:
            self._fetcher.get(self._url)
        except SourceError as error:
            log.warning("the heartbeat's address did not answer: %s", error)
