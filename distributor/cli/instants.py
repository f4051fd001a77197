"""Instants for people: in the desk's zone, with its name. JSON keeps UTC."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Instants:
    """How one command shows instants."""

    zone: ZoneInfo

    def cell(self, at: str | None) -> str:
        """In a table, whose column names the zone; empty for none."""
        return f"{datetime.fromisoformat(at).astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if at else ""

    def said(self, at: str | None) -> str:
        """In a sentence; empty for none."""
        return f"{self.cell(at)} ({self.zone.key})" if at else ""

    def column(self, name: str) -> str:
        """The head of a column of instants."""
        return f"{name} ({self.zone.key})"


def desk_instants(config: Path | None) -> Instants:
    """In the zone of the desk, by a look at the configuration alone. Raises ConfigError when there is none."""
    from distributor.config import desk_zone

    return Instants(zone=ZoneInfo(desk_zone(config, environ=os.environ, cwd=Path.cwd())))
