"""What a reader has chosen, as its rows have it. Asks and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from distributor.model import Choice, Dials, Rhythm, SubscriptionState
from distributor.rules.mail import sections
from distributor.store.codes import from_ms


def dials_of(row: Mapping[str, Any]) -> Dials:
    """A reader's dials for all topics, from the columns of ``subscribers``."""
    quiet = f"{row['quiet_from']}-{row['quiet_to']}" if row["quiet_from"] and row["quiet_to"] else ""
    return Dials(
        language=row["language"],
        zone=row["zone"],
        quiet=quiet,
        most_per_day=row["most_per_day"],
        text_only=bool(row["text_only"]),
        paused_until=from_ms(row["paused_until"]),
    )


def choice_of(row: Mapping[str, Any]) -> Choice:
    """A reader's choice for one topic, from the columns of ``subscriptions``."""
    return Choice(
        topic=row["topic"],
        state=SubscriptionState(row["state"]),
        sections=sections.chosen(row["sections"]),
        rhythm=Rhythm(row["rhythm"]) if row["rhythm"] else None,
        hour=row["hour"],
        weekday=row["weekday"],
    )
