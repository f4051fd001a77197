"""What one reader would get at any moment and why; and the mail of a digest as a test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.errors import CallError, Rejected
from distributor.model import PubStatus
from distributor.rules.mail.tokens import Purpose, read
from distributor.store.desk.acts import By
from distributor.store.desk.holds import Scope
from tests.flow.test_readers_issues import HOUR, READERS, Kiosk
from tests.support import NOON, article

ANN = {"who": "Ann", "through": "test"}
PUBLIC = READERS + '[web]\nlisten = "127.0.0.1:0"\npublic = "https://news.example.org"\n'


@pytest.fixture
def kiosk(tmp_path, request: pytest.FixtureRequest) -> Iterator[Kiosk]:
    found = Kiosk(tmp_path, getattr(request, "param", READERS))
    yield found
    found.app.close()


def foresee(kiosk: Kiosk, name: str, **asked: Any) -> dict[str, Any]:
    return dispatch(kiosk.app, "digest_foresee", {"name": "morning", "reader": f"{name}@example.org", **asked})


def reasons(found: dict[str, Any]) -> dict[str, str | None]:
    """By the number of a story, why it is out."""
    return {one["headline"].split()[-1]: one["why"] for one in found["reader"]["weighed"]}


def test_each_story_is_in_or_out_with_its_reason_and_the_mail_that_brought_it(kiosk):
    kiosk.reader("ann", sections=["Politics"])
    kiosk.publish(1, categories=("Politics",))
    kiosk.clock.at = NOON + HOUR
    kiosk.round()
    kiosk.tells(
        article(2, categories=("Politics",), published=kiosk.clock.at),
        article(3, categories=("Sport",), published=kiosk.clock.at),
        article(4, categories=("Politics",), published=kiosk.clock.at, embargoed=NOON + 48 * HOUR),
        article(5, categories=("Politics",), published=kiosk.clock.at, pubstatus=PubStatus.WITHHELD),
    )
    found = foresee(kiosk, "ann", at="2026-11-25T13:00+00:00")
    assert reasons(found) == {
        "2": None,
        "3": "its section Sport is not among those chosen: Politics",
        "4": "it is under embargo",
        "5": "its status is withheld",
    }
    near = foresee(kiosk, "ann", at="2026-11-24T14:00+00:00")
    assert reasons(near)["1"] == "this reader has been mailed it"
    (mailed,) = next(one["mailed"] for one in near["reader"]["weighed"] if one["headline"].endswith(" 1"))
    assert (mailed["came_by"], mailed["at"]) == ("morning 2026-11-24T13:00[UTC]", "2026-11-24T13:00:00Z")
    assert (near["reader"]["is_slot"], near["reader"]["next_slot"]) == (False, "2026-11-25T13:00:00Z")
    after = foresee(kiosk, "ann", at="2026-11-26T13:00+00:00")
    assert reasons(after)["4"] is None


def test_what_is_foreseen_is_what_leaves(kiosk):
    kiosk.reader("all")
    kiosk.reader("sport", sections=["Sport"], text_only=1)
    kiosk.publish(*range(1, 8))
    kiosk.publish(8, categories=("Sport",))
    told = {name: foresee(kiosk, name) for name in ("all", "sport")}
    kiosk.clock.at = NOON + HOUR
    kiosk.round()
    left = {one.recipient.address.partition("@")[0]: one.message for one in kiosk.relay.parcels}
    assert {name: one["subject"] for name, one in told.items()} == {name: one.subject for name, one in left.items()}
    assert [one["headline"] for one in told["sport"]["stories"]] == [article(8).headline]
    assert (told["sport"]["html"], bool(told["all"]["html"])) == (None, True)
    assert list(reasons(told["all"]).values()).count("it is beyond the 5 stories of one issue") == 3


def test_a_moment_is_local_to_the_zone_that_is_named_or_to_the_readers(kiosk):
    kiosk.reader("york", rhythm="daily", hour="07:00", zone="America/New_York")
    kiosk.publish(1)
    own = foresee(kiosk, "york", at="2026-11-25T07:00")
    assert (own["at"], own["slot"]) == ("2026-11-25T12:00:00Z", "2026-11-25T07:00[America/New_York]")
    assert own["reader"]["is_slot"]
    named = foresee(kiosk, "york", at="2026-11-25T07:00", zone="Europe/Minsk")
    assert (named["at"], named["reader"]["is_slot"]) == ("2026-11-25T04:00:00Z", False)
    assert foresee(kiosk, "york")["at"] == "2026-11-25T12:00:00Z"


@pytest.mark.parametrize(
    ("dials", "why"),
    [
        ({}, None),
        ({"paused_until": 1_900_000_000_000}, "the reader pauses"),
        ({"quiet_from": "12:00", "quiet_to": "15:00"}, "the reader's quiet hours 12:00-15:00 (UTC)"),
        ({"rhythm": "at-once"}, "the reader gets stories by themselves (at-once)"),
        ({"sections": '["Chess"]'}, "not worth an issue: 0 of at least 1 stories"),
    ],
)
def test_whether_the_mail_leaves_at_all_is_told(kiosk, dials, why):
    number = kiosk.reader("ann")
    kiosk.publish(1)
    for key, value in dials.items():
        kiosk.turn(number, key, value)
    found = foresee(kiosk, "ann", at="2026-11-24T13:00+00:00")
    assert found["reason"] == why
    assert found["reader"]["until"] == ("2026-11-24T15:00:00Z" if "quiet_from" in dials else None)


def test_who_has_had_their_mails_of_the_day_gets_no_more(kiosk):
    kiosk.reader("ann", most_per_day=1)
    kiosk.publish(1)
    kiosk.clock.at = NOON + HOUR
    kiosk.round()
    kiosk.publish(2)
    told = {at: foresee(kiosk, "ann", at=f"2026-11-{at}:00+00:00")["reason"] for at in ("24T23", "25T13")}
    assert told == {"24T23": "the reader has had 1 mails today, and wants no more", "25T13": None}


def test_who_is_not_subscribed_suppressed_or_rests_gets_nothing(kiosk):
    kiosk.reader("single", topic="mail")
    kiosk.reader("gone")
    kiosk.app.store.subscribers.leave("gone@example.org", None, NOON)
    kiosk.reader("dead")
    kiosk.app.store.subscribers.suppress("dead@example.org", kind="bounce", reason="no such user", now=NOON)
    kiosk.publish(1)
    told = {name: foresee(kiosk, name)["reason"] for name in ("single", "gone", "dead")}
    assert told == {
        "single": "the reader is not subscribed",
        "gone": "the reader is unsubscribed",
        "dead": "the address is suppressed",
    }


def test_what_nobody_can_mean_is_refused_in_words(kiosk):
    kiosk.reader("ann")
    for asked, code in (
        ({"name": "weekly"}, "unknown_digest"),
        ({"reader": "nobody@example.org"}, "unknown_reader"),
        ({"zone": "Europe/Nowhere"}, "bad_zone"),
        ({"at": "on Tuesday"}, "bad_instant"),
    ):
        with pytest.raises(CallError) as refused:
            dispatch(kiosk.app, "digest_foresee", {"name": "morning", "reader": "ann@example.org", **asked})
        assert refused.value.code == code


def rows(kiosk: Kiosk) -> tuple[int, list[tuple[str, str, str]]]:
    """How many deliveries there are, and the acts on record."""
    query = kiosk.app.store._readers.query
    events = query("SELECT kind, actor, detail FROM events WHERE kind LIKE 'test%'")
    found = [(one["kind"], one["actor"], one["detail"]) for one in events]
    return query("SELECT count(*) AS n FROM deliveries")[0]["n"], found


@pytest.mark.parametrize("kiosk", [PUBLIC], indirect=True)
def test_a_test_is_the_real_mail_with_a_mark_and_stands_in_no_readers_ledger(kiosk):
    kiosk.reader("ann", sections=["Sport"])
    kiosk.publish(1)
    kiosk.publish(2, categories=("Sport",))
    kiosk.relay.parcels.clear()
    before, _ = rows(kiosk)
    sent = dispatch(
        kiosk.app, "digest_test", {"name": "morning", "to": "desk@example.org", "reader": "ann@example.org", **ANN}
    )
    (parcel,) = kiosk.relay.parcels
    assert parcel.message.subject == sent["subject"] == f"[Test] {foresee(kiosk, 'ann')['subject']}"
    assert (parcel.recipient.address, sent["stories"]) == ("desk@example.org", 1)
    after, acts = rows(kiosk)
    assert (after, acts) == (
        before,
        [("test sent", "Ann", f"morning to desk@example.org: {sent['subject']} (through test)")],
    )
    kiosk.clock.at = NOON + HOUR
    assert kiosk.round() == {"ann": "2"}  # the test did not use it up


@pytest.mark.parametrize("kiosk", [PUBLIC], indirect=True)
def test_the_links_of_a_test_change_nothing_for_anybody(kiosk):
    kiosk.reader("ann")
    kiosk.publish(1)
    dispatch(kiosk.app, "digest_test", {"name": "morning", "to": "ann@example.org", **ANN})
    link = kiosk.relay.parcels[-1].recipient.links.leave
    token = link.rpartition("/")[2]
    ticket = read(kiosk.app.store.key, Purpose.LEAVE, token)
    assert ticket is not None
    assert not kiosk.app.store.subscribers.end(ticket.subscriber, ticket.topics, source="test", now=kiosk.clock.now())
    kiosk.app.reception.leaving.leave(token, source="test", network="")
    kiosk.clock.at = NOON + timedelta(hours=1)
    assert kiosk.round() == {"ann": "1"}


def test_a_test_that_cannot_be_sent_says_why(kiosk):
    def refused(**asked: Any) -> str:
        with pytest.raises(CallError) as error:
            dispatch(kiosk.app, "digest_test", {"name": "morning", "to": "desk@example.org", **ANN, **asked})
        return error.value.code

    assert refused() == "nothing_to_send"
    kiosk.publish(1)
    kiosk.app.store.subscribers.suppress("dead@example.org", kind="bounce", reason="no such user", now=NOON)
    assert refused(to="dead@example.org") == "suppressed"
    assert refused(to="nobody") == "bad_address"
    assert refused(reader="nobody@example.org") == "unknown_reader"
    kiosk.relay.answers = [Rejected("the relay answered 550")]
    assert refused() == "test_refused"
    assert rows(kiosk)[1] == []


def test_in_shadow_no_test_leaves(tmp_path):
    kiosk = Kiosk(tmp_path, f'mode = "shadow"\n{READERS}')
    kiosk.publish(1)
    with pytest.raises(CallError, match="nothing is sent in shadow"):
        dispatch(kiosk.app, "digest_test", {"name": "morning", "to": "desk@example.org", **ANN})
    kiosk.app.close()


def test_what_is_held_or_may_have_been_mailed_before_a_restore_is_told_as_such(kiosk):
    kiosk.reader("ann")
    kiosk.publish(1, 2)
    held = kiosk.app.store.stories.latest(1)[0]
    kiosk.app.store.holds.hold(
        Scope(subject=held.id), By(who="Ann", through="test", at=NOON), reason="a look", until=None
    )
    told = reasons(foresee(kiosk, "ann"))
    assert sorted(told.values(), key=str) == [None, "somebody holds it"]
    fence = "UPDATE digests SET fence_subject = 1000000"
    kiosk.app.store._writer.call(lambda connection: connection.run(fence))
    why = "it may have been mailed by the store that a restore replaced"
    assert set(reasons(foresee(kiosk, "ann")).values()) == {why}
