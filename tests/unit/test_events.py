"""The chain of events as a chain: each holds the one before."""

from __future__ import annotations

from typing import Any

from distributor.store.ledger.events import START, link, verify

NAMES = ("at", "kind", "subject_id", "delivery_id", "actor", "detail", "remote_id")


def chain(*details: str) -> list[dict[str, Any]]:
    """A whole chain, one event for each word."""
    rows: list[dict[str, Any]] = []
    before = START
    for number, detail in enumerate(details, 1):
        facts = (1000 + number, "sent", 1, number, "lane", detail, None)
        before = link(before, number, facts)
        rows.append({"id": number, "hash": before, **dict(zip(NAMES, facts, strict=True))})
    return rows


def test_a_whole_chain_is_whole():
    assert verify(chain("one", "two", "three")) is None


def test_an_event_that_was_changed_breaks_at_its_place():
    rows = chain("one", "two", "three")
    rows[1]["detail"] = "else"
    assert verify(rows) == 2


def test_an_event_that_was_forged_with_its_own_hash_breaks_the_next_one():
    rows = chain("one", "two", "three")
    forged = {**rows[1], "detail": "else"}
    forged["hash"] = link(rows[0]["hash"], 2, [forged[name] for name in NAMES])
    assert verify([rows[0], forged, rows[2]]) == 3


def test_an_event_that_was_taken_out_is_missed():
    rows = chain("one", "two", "three")
    assert verify([rows[0], rows[2]]) == 2
