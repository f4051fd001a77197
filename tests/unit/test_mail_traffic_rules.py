"""What paces mail, decided by pure rules: quotas, warm-up, relays in turn, lanes of providers, whom a 4yz is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model.mail import MailTerms, ProviderTerms, RelayTerms
from distributor.rules.mail import lanes
from distributor.rules.mail.groups import provider_of
from distributor.rules.mail.lanes import Slowed, admitted, opened, recovered, slowed
from distributor.rules.mail.pressure import About, about
from distributor.rules.mail.quotas import minute_of, room
from distributor.rules.mail.relaying import rest, ways
from distributor.rules.mail.warmup import DAYS, SCHEDULE, allowance

NOW = datetime(2026, 11, 30, 7, 0, 30, tzinfo=UTC)
MINUTE = minute_of(NOW)


def at(minutes: int) -> datetime:
    """The beginning of a clock minute from that of NOW on."""
    return datetime.fromtimestamp((MINUTE + minutes) * 60, tz=UTC)


# ------------------------------------------------------------------ quotas


def test_a_relay_without_quotas_takes_everything() -> None:
    assert room(RelayTerms(name="a"), [(MINUTE, 10**6)], NOW).left is None


def test_the_smallest_room_counts_and_the_last_opening() -> None:
    terms = RelayTerms(name="a", per_minute=10, per_hour=100, per_day=1000)
    assert room(terms, [], NOW).left == 10
    assert room(terms, [(MINUTE - 5, 95)], NOW).left == 5
    full = room(terms, [(MINUTE - 30, 90), (MINUTE, 10)], NOW)
    # the minute opens at once, the hour when the ninety are past it
    assert (full.left, full.opens, full.reason) == (0, at(31), "100 an hour")
    assert room(terms, [(MINUTE, 10)], NOW).opens == at(1)


def test_a_day_opens_when_enough_of_it_is_past() -> None:
    terms = RelayTerms(name="a", per_day=10)
    found = room(terms, [(MINUTE - 1440, 1), (MINUTE - 1000, 4), (MINUTE - 10, 8)], NOW)
    assert found.opens == at(441)
    assert room(terms, [(MINUTE - 1441, 99)], NOW).left == 10


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(-2000, 0), st.integers(1, 30)), max_size=12),
    st.integers(0, 20),
    st.integers(0, 40),
    st.integers(0, 60),
)
def test_at_its_opening_a_relay_has_room_and_before_it_none(
    counted: list[tuple[int, int]], per_minute: int, per_hour: int, per_day: int
) -> None:
    terms = RelayTerms(name="a", per_minute=per_minute, per_hour=per_hour, per_day=per_day)
    uses = sorted((MINUTE + minute, n) for minute, n in counted)
    found = room(terms, uses, NOW)
    if found.opens is None:
        assert found.left is None or found.left > 0
        return
    assert found.opens > NOW
    assert room(terms, uses, found.opens).left != 0
    assert room(terms, uses, found.opens - timedelta(seconds=1)).left == 0


# ------------------------------------------------------------------ warm-up


def test_a_new_relay_takes_ever_more_for_four_weeks_and_then_everything() -> None:
    early = room(RelayTerms(name="a", warmup_from=NOW + timedelta(hours=1)), [], NOW)
    assert (early.left, early.opens) == (0, NOW + timedelta(hours=1))
    found = [allowance(NOW, NOW + timedelta(days=day)) for day in range(DAYS + 1)]
    assert found[0] == 50
    assert found[7] == 400
    assert found[14] == 6_400
    assert found[27] == 409_600
    assert found[28] is None
    assert list(SCHEDULE) == sorted(SCHEDULE)


def test_what_is_above_the_days_allowance_goes_by_the_old_relay_or_waits() -> None:
    new = RelayTerms(name="new", priority=1, warmup_from=NOW - timedelta(hours=1))
    old = RelayTerms(name="old", priority=2)
    assert ways([old, new], {}, {}, NOW).relays == ("new", "old")
    used = {"new": [(MINUTE, 50)]}
    assert ways([old, new], used, {}, NOW).relays == ("old",)
    alone = ways([new], used, {}, NOW)
    assert alone.relays == ()
    assert alone.until == at(1441)
    assert alone.reason == "relay new: 50 a day while it is new"


# ------------------------------------------------------------------ relays in turn


def test_relays_are_taken_by_priority_and_one_that_is_left_alone_is_not() -> None:
    a, b = RelayTerms(name="a", priority=2), RelayTerms(name="b", priority=1, per_hour=5)
    assert (ways([a, b], {}, {}, NOW).relays, ways([a, b], {}, {}, NOW).left) == (("b", "a"), 5)
    rests = {"b": NOW + timedelta(minutes=3)}
    assert ways([a, b], {}, rests, NOW).relays == ("a",)
    assert ways([a, b], {}, {"b": NOW}, NOW).relays == ("b", "a")
    none = ways([b], {}, rests, NOW)
    assert (none.relays, none.until, none.reason) == ((), rests["b"], "relay b is left alone")


def test_a_relay_is_left_alone_ever_longer_or_as_long_as_it_asks() -> None:
    found = [rest(count, None) for count in range(1, 8)]
    assert found == [timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15, 15, 15)]
    assert rest(1, timedelta(minutes=30)) == timedelta(minutes=30)


# ------------------------------------------------------------------ lanes


def test_without_a_limit_everything_leaves() -> None:
    lane = opened(0, NOW)
    for _ in range(100):
        lane, until = admitted(lane, NOW)
        assert until is None


def test_with_a_limit_each_that_waits_gets_a_later_instant() -> None:
    lane = opened(60, NOW)
    for _ in range(10):
        lane, first = admitted(lane, NOW)
        assert first is None
    waits = []
    for _ in range(3):
        lane, until = admitted(lane, NOW)
        waits.append(until)
    assert waits == [NOW + timedelta(seconds=n) for n in (1, 2, 3)]


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 600), st.lists(st.integers(0, 5000), min_size=1, max_size=200))
def test_no_minute_gets_more_than_the_rate_and_a_short_burst(per_minute: int, gaps: list[int]) -> None:
    lane, now, left = opened(per_minute, NOW), NOW, []
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        lane, until = admitted(lane, now)
        if until is None:
            left.append(now)
        else:
            assert until > now
    for start in left:
        within = [one for one in left if start <= one < start + timedelta(minutes=1)]
        assert len(within) <= per_minute + max(1, per_minute / 6) + 1


def test_too_fast_halves_a_lane_once_a_minute_and_never_below_one() -> None:
    lane = slowed(opened(100, NOW), NOW)
    assert lane.rate == 50
    assert slowed(lane, NOW + timedelta(seconds=59)) is lane
    for minutes in range(1, 12):
        lane = slowed(lane, NOW + timedelta(minutes=minutes))
    assert lane.rate == lanes.LEAST


def test_a_lane_without_a_limit_is_halved_from_what_was_sent() -> None:
    lane = opened(0, NOW)
    for _ in range(40):
        lane, _ = admitted(lane, NOW)
    lane, _ = admitted(lane, NOW + timedelta(minutes=1))
    assert slowed(lane, NOW + timedelta(minutes=1)).rate == 20
    late, _ = admitted(lane, NOW + timedelta(minutes=5))
    assert slowed(late, NOW + timedelta(minutes=5)).rate == lanes.LEAST


@pytest.mark.parametrize(("seconds", "rate"), [(30, 100), (50, 60), (3, 300), (60, 25)])
def test_a_lane_younger_than_a_minute_is_halved_from_what_a_minute_would_have_been(seconds: int, rate: int) -> None:
    begin = NOW + timedelta(seconds=30)
    lane = opened(0, begin)
    for number in range(100):
        lane, _ = admitted(lane, begin + timedelta(seconds=seconds * number / 100))
    told = slowed(lane, begin + timedelta(seconds=seconds)).rate
    assert told == (rate if seconds < 60 else max(lane.sent, lane.before) / 2)


def test_a_slowed_lane_comes_back_slowly_and_only_in_quiet_times() -> None:
    lane = slowed(opened(100, NOW), NOW)
    assert recovered(lane, NOW + timedelta(minutes=9)).rate == 50
    after = recovered(lane, NOW + timedelta(minutes=25))
    assert (after.rate, after.is_slowed) == (70, True)
    assert slowed(after, NOW + timedelta(minutes=26)).rate == 35
    full = recovered(lane, NOW + timedelta(minutes=50))
    assert (full.rate, full.is_slowed) == (100, False)


def test_a_lane_without_a_limit_is_free_again_when_it_is_fast_enough() -> None:
    before = Slowed(rate=500.0, changed_at=NOW, reason="too fast")
    lane = opened(0, NOW, before=before)
    assert lane.is_slowed
    assert recovered(lane, NOW + timedelta(minutes=10)).rate == pytest.approx(550)
    free = recovered(lane, NOW + timedelta(minutes=80))
    assert (free.rate, free.is_slowed) == (None, False)


# ------------------------------------------------------------------ providers


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "gmail"),
        ("GoogleMail.com.", "gmail"),
        ("hotmail.co.uk", "microsoft"),
        ("live.com", "microsoft"),
        ("yahoo.fr", "yahoo"),
        ("bk.ru", "mail.ru"),
        ("ya.ru", "yandex"),
        ("yandex.by", "yandex"),
        ("protonmail.ch", "proton"),
        ("example.org", "example.org"),
        ("notgmail.com", "notgmail.com"),
        ("", ""),
    ],
)
def test_a_domain_belongs_to_its_provider(domain: str, provider: str) -> None:
    assert provider_of(domain) == provider
    assert provider_of(provider) == provider


def test_terms_hold_for_one_provider_or_all_others() -> None:
    terms = MailTerms(relays=(), providers={"gmail": ProviderTerms(per_minute=5)}, others=ProviderTerms(connections=2))
    assert terms.provider("gmail").per_minute == 5
    assert terms.provider("example.org").connections == 2


@pytest.mark.parametrize(
    ("code", "where", "text", "whom"),
    [
        (421, "RCPT", "4.7.0 Too many connections", About.RELAY),
        (450, "MAIL", "4.2.1 busy", About.RELAY),
        (451, "DATA", "4.7.28 rate", About.RELAY),
        (450, "RCPT", "4.2.0 Greylisted, see https://postgrey.example", About.READER),
        (451, "RCPT", "4.7.1 Greylisting in action, too many of you", About.READER),
        (452, "RCPT", "4.2.2 Mailbox full", About.READER),
        (450, "RCPT", "4.1.1 <a@b.org>: unverified address", About.READER),
        (450, "RCPT", "4.2.1 The user is receiving mail at a rate that prevents additional messages", About.PROVIDER),
        (451, "the message", "4.7.28 Our system has detected an unusual rate of mail", About.PROVIDER),
        (451, "the message", "4.7.650 The mail server has been temporarily rate limited", About.PROVIDER),
        (451, "RCPT", "4.7.0 [TSS04] Messages temporarily deferred due to user complaints", About.PROVIDER),
        (451, "RCPT", "4.7.1 not now", About.READER),
        (451, "RCPT", "4.4.1 no route to the corporate network", About.READER),
        (452, "RCPT", "4.3.1 Insufficient system storage", About.RELAY),
        (452, "RCPT", "4.5.3 Too many recipients", About.RELAY),
        (454, "the message", "Throttling failure: Maximum sending rate exceeded", About.RELAY),
        (450, "RCPT", "try again later", About.READER),
        (451, "RCPT", "14.2.1.1 local error", About.RELAY),
    ],
)
def test_whom_a_passing_refusal_is_about(code: int, where: str, text: str, whom: About) -> None:
    assert about(code, where, text) is whom
