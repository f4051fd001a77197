"""Subscriptions at WebSub hubs: when to ask, and which answer to believe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from distributor.rules.reading.leases import (
    LEASE,
    LONGEST,
    LONGEST_PAUSE,
    PATIENCE,
    PAUSE,
    SHORTEST,
    Standing,
    Subscription,
    is_due,
    lease,
    may_confirm,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HUB, TOPIC = "https://hub.example.org/", "https://news.example.org/feed"
ASKED = Subscription(feed="news", hub=HUB, topic=TOPIC, standing=Standing.ASKED, asked_at=NOW)
ACTIVE = replace(ASKED, standing=Standing.ACTIVE, until=NOW + timedelta(days=10))
FAILED = replace(ASKED, standing=Standing.FAILED, failures=1)


def due(known: Subscription | None, after: timedelta) -> bool:
    return is_due(known, HUB, TOPIC, NOW + after)


def test_a_hub_is_asked_for_the_first_time_and_when_the_feed_moves():
    assert due(None, timedelta(0))
    assert is_due(ACTIVE, "https://other.example.org/", TOPIC, NOW)
    assert is_due(ACTIVE, HUB, TOPIC + "2", NOW)


def test_a_lease_is_renewed_after_four_fifths_of_it():
    assert not due(ACTIVE, timedelta(days=7, hours=23))
    assert due(ACTIVE, timedelta(days=8))


def test_a_hub_that_never_verifies_is_asked_again():
    assert not due(ASKED, PATIENCE - timedelta(seconds=1))
    assert due(ASKED, PATIENCE)


@pytest.mark.parametrize(
    ("failures", "pause"), [(1, 2 * PAUSE), (3, 8 * PAUSE), (9, LONGEST_PAUSE), (400, LONGEST_PAUSE)]
)
def test_a_hub_that_refuses_is_asked_more_and_more_seldom(failures: int, pause: timedelta):
    known = replace(FAILED, failures=failures)
    assert not due(known, pause - timedelta(seconds=1))
    assert due(known, pause)


def test_a_clock_that_was_set_back_delays_nothing():
    assert due(ACTIVE, -timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("864000", timedelta(days=10)),
        ("1", SHORTEST),
        ("99999999", LONGEST),
        ("", LEASE),
        ("-5", LEASE),
        ("ten days", LEASE),
        ("9" * 40, LEASE),
    ],
)
def test_the_lease_is_the_hubs_within_reason(text: str, found: timedelta):
    assert lease(text) == found


@pytest.mark.parametrize(
    ("known", "mode", "topic", "fits"),
    [
        (ASKED, "subscribe", TOPIC, True),
        (ACTIVE, "subscribe", TOPIC, True),
        (FAILED, "subscribe", TOPIC, False),
        (None, "subscribe", TOPIC, False),
        (ASKED, "unsubscribe", TOPIC, False),
        (ASKED, "denied", TOPIC, False),
        (ASKED, "subscribe", "https://evil.example.org/feed", False),
    ],
)
def test_only_what_was_asked_for_is_confirmed(known: Subscription | None, mode: str, topic: str, fits: bool):
    assert may_confirm(known, mode, topic) is fits
