"""One issue under control: taken back in time, stopped at the wire, watched, sent to the rest, and summed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.calls.mail.issuing import issue_receipt
from distributor.engine.round import run_round
from distributor.errors import CallError, Rejected, Unavailable
from distributor.model import Receipt, State
from tests.flow.test_readers_issues import HOUR, READERS, Kiosk

MINUTE = timedelta(minutes=1)
ANN = {"who": "Ann", "through": "test"}
UNDO = READERS.replace("most = 5", 'most = 5\nundo = "2m"')
CANARY = READERS.replace("most = 5", 'most = 5\ncanary = "20%"\ncanary_wait = "20m"')
USERS = Rejected("the relay answered 550 to RCPT TO: 5.1.1 no such user here")


class Desk(Kiosk):
    """The same, with somebody who controls its one issue."""

    def opened(self, readers: int = 10) -> int:
        """An issue for so many readers, its slot come; its id."""
        for number in range(readers):
            self.reader(f"r{number}")
        self.publish(1, 2)
        self.clock.at += HOUR
        self.sent = self.round()
        return self.app.store.issues.list()[0].id

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        return dispatch(self.app, name, {**arguments, **({} if name in LOOKS else ANN)})

    def receipt(self, issue: int) -> dict[str, Any]:
        found = self.call("issue_receipt", issue=issue)
        assert found["whole"], found
        return found

    def later(self, wait: timedelta) -> dict[str, str]:
        self.clock.at += wait
        return self.round()


LOOKS = ("issue_list", "issue_show", "issue_receipt")


@pytest.fixture
def desk(tmp_path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    found = Desk(tmp_path, getattr(request, "param", READERS))
    yield found
    found.app.close()


@pytest.mark.parametrize("desk", [UNDO], indirect=True)
def test_a_stop_in_the_undo_window_ends_an_issue_with_nothing_sent(desk):
    issue = desk.opened(3)
    assert desk.sent == {}
    found = desk.call("issue_stop", issue=issue, reason="the lead is wrong")
    assert (found["phase"], found["why"], found["deliveries"]) == ("ended", "the lead is wrong", {"skipped": 3})
    assert desk.later(2 * MINUTE) == {}
    assert desk.receipt(issue)["why"] == {"excluded": {"stopped": 3}}
    assert desk.call("issue_show", issue=issue)["state"] == "closed"
    with pytest.raises(CallError, match="is closed"):
        desk.call("issue_resume", issue=issue)


@pytest.mark.parametrize("desk", [UNDO], indirect=True)
def test_when_the_undo_window_is_over_everybody_gets_the_issue(desk):
    issue = desk.opened(3)
    assert desk.call("issue_show", issue=issue)["begins"] == "2026-11-24T13:02:00Z"
    assert desk.later(2 * MINUTE - timedelta(seconds=1)) == {}
    assert len(desk.later(timedelta(seconds=1))) == 3


def test_a_stop_in_mid_run_lets_no_further_batch_leave(desk, monkeypatch):
    send = desk.relay.send

    def stopping(parcel: Any) -> Any:
        if len(desk.relay.parcels) == 3:
            issue = desk.app.store.issues.list()[0].id
            assert desk.call("issue_stop", issue=issue, reason="wrong")["leaving"] == 3
        return send(parcel)

    monkeypatch.setattr(desk.relay, "send", stopping)
    issue = desk.opened(10)
    assert len(desk.sent) == 6  # the second batch was at the wire
    assert desk.call("issue_show", issue=issue)["deliveries"] == {"sent": 6, "held": 4}
    assert desk.later(HOUR) == {}
    monkeypatch.undo()
    desk.call("issue_resume", issue=issue)
    assert len(desk.later(MINUTE)) == 4
    assert desk.receipt(issue)["accepted"] == 10


def test_what_was_claimed_when_the_stop_came_does_not_leave(desk, monkeypatch):
    rows = desk.app.deliverers["mail"]._courtesy
    serve = rows.serve

    def stopping(*given: Any) -> Any:
        served = serve(*given)
        desk.call("issue_stop", issue=desk.app.store.issues.list()[0].id, reason="wrong")
        return served

    monkeypatch.setattr(rows, "serve", stopping)
    issue = desk.opened(3)
    assert desk.sent == {}
    assert desk.receipt(issue)["why"] == {"retrying": {"held by issue": 3}}
    monkeypatch.undo()
    with pytest.raises(CallError, match="stopped by Ann already"):
        desk.call("issue_stop", issue=issue, reason="wrong")
    events = [row for row in desk.app.store._readers.query("SELECT * FROM events") if row["kind"].startswith("issue")]
    assert [(one["kind"], one["actor"], one["detail"]) for one in events] == [
        ("issue stopped", "Ann", "wrong (through test)")
    ]


def test_another_digests_mail_passes_while_one_issue_is_stopped(desk):
    desk.relay.answers = [Unavailable("down")] * 3
    issue = desk.opened(3)
    desk.call("issue_stop", issue=issue, reason="wrong")
    desk.publish(3)
    desk.clock.at += 24 * HOUR
    assert set(desk.round().values()) == {"3"}
    assert desk.call("issue_show", issue=issue)["deliveries"] == {"held": 3}


@pytest.mark.parametrize("desk", [CANARY], indirect=True)
def test_a_canary_leaves_first_and_the_others_when_all_is_well(desk):
    issue = desk.opened(10)
    assert len(desk.sent) == 2
    assert desk.receipt(issue)["why"]["retrying"] == {"held by canary": 8}
    shown = desk.call("issue_show", issue=issue)
    assert (shown["phase"], shown["canary"]["mails"], shown["canary"]["until"]) == ("canary", 2, "2026-11-24T13:20:00Z")
    assert desk.later(19 * MINUTE) == {}
    found = desk.later(MINUTE)
    assert len(found) == 8
    assert not set(found) & set(desk.sent)
    assert desk.receipt(issue)["accepted"] == 10


@pytest.mark.parametrize("desk", [CANARY], indirect=True)
def test_a_spike_among_the_first_halts_the_issue_and_somebody_is_told(desk):
    desk.relay.answers = [USERS] * 3
    issue = desk.opened(15)
    desk.later(MINUTE)
    shown = desk.call("issue_show", issue=issue)
    assert shown["phase"] == "halted"
    assert "3 dead addresses among 3 answers" in shown["why"]
    (alert,) = desk.app.store.alerts.open_alerts()
    assert f"distributor issue resume {issue}" in alert.hint
    assert desk.later(HOUR) == {}
    desk.call("issue_resume", issue=issue)
    assert desk.app.store.alerts.open_alerts() == []
    assert len(desk.later(MINUTE)) == 12
    found = desk.receipt(issue)
    assert (found["accepted"], found["bounced"], found["why"]["bounced"]) == (12, 3, {"dead": 3})


@pytest.mark.parametrize("desk", [CANARY], indirect=True)
def test_what_comes_back_later_counts_for_the_canary_and_in_the_receipt(desk):
    issue = desk.opened(15)
    assert len(desk.sent) == 3
    first = [row["delivery_id"] for row in desk.app.store._readers.query("SELECT delivery_id FROM issue_canaries")]
    columns = "(remote_id, at, source, kind, class, action, delivery_id)"
    report = f"INSERT INTO returns {columns} VALUES (?, 0, 'test', ?, ?, 'none', ?)"
    told = [("bounce", "dead"), ("complaint", "other"), ("complaint", "other")]
    rows = [(f"{number}", *one, number) for number, one in zip(first, told, strict=True)]
    desk.app.store._writer.call(lambda connection: connection.run_many(report, rows))
    desk.later(MINUTE)
    assert "2 complaints among 3 answers" in desk.call("issue_show", issue=issue)["why"]
    found = desk.receipt(issue)
    assert (found["accepted"], found["bounced"], found["retrying"]) == (2, 1, 12)
    assert found["why"]["accepted"] == {"complained": 2}
    assert found["why"]["bounced"] == {"dead": 1}


@pytest.mark.parametrize("desk", [CANARY], indirect=True)
def test_after_a_halt_a_stop_ends_the_issue_and_its_rest_can_be_sent_later_once(desk):
    desk.relay.answers = [USERS] * 3
    issue = desk.opened(15)
    desk.later(MINUTE)
    assert desk.call("issue_stop", issue=issue, reason="an old list")["phase"] == "ended"
    desk.later(MINUTE)
    assert desk.receipt(issue)["why"]["excluded"] == {"stopped": 12}
    rest = desk.call("issue_rest", issue=issue)
    assert (rest["rest_of"], rest["deliveries"]) == (issue, {"planned": 12})
    assert len(desk.later(MINUTE)) == 12
    assert desk.receipt(rest["issue"])["accepted"] == 12
    with pytest.raises(CallError, match="its rest was sent"):
        desk.call("issue_rest", issue=issue)
    assert desk.call("issue_show", issue=issue)["rest"] == rest["issue"]


@pytest.mark.parametrize("desk", [READERS.replace('13 * * *"', '13 * * *", "0 18 * * *"')], indirect=True)
def test_whoever_was_left_out_gets_what_is_still_true_and_nothing_twice(desk):
    desk.relay.answers = [Unavailable("down")] * 2
    issue = desk.opened(2)
    desk.call("issue_stop", issue=issue, reason="wrong", ends=True)
    desk.publish(3)
    desk.clock.at += 5 * HOUR
    assert set(desk.round().values()) == {"1 2 3"}
    rest = desk.call("issue_rest", issue=issue)["issue"]
    assert desk.later(MINUTE) == {}
    assert desk.receipt(rest)["why"] == {"excluded": {"nothing new": 2}}


@pytest.mark.parametrize("desk", [CANARY], indirect=True)
def test_a_stopped_canary_is_watched_on_when_it_is_resumed(desk):
    desk.relay.answers = [Unavailable("down")] * 2
    issue = desk.opened(10)
    desk.call("issue_stop", issue=issue, reason="a look")
    assert desk.receipt(issue)["why"] == {"retrying": {"held by issue": 2, "held by canary": 8}}
    assert desk.later(HOUR) == {}
    assert desk.call("issue_resume", issue=issue)["phase"] == "canary"
    assert len(desk.later(MINUTE)) == 2
    assert len(desk.later(MINUTE)) == 8  # its time was over long ago, and the first two have been answered


def test_the_sums_hold_at_every_instant(desk, monkeypatch):
    """Asked at each change of the ledger, through refusals, retries, a stop, a reader who leaves and an end."""
    seen: set[str] = set()
    writer = desk.app.store._writer
    call = writer.call

    def asking(work: Any, **told: Any) -> Any:
        answer = call(work, **told)
        for one in desk.app.store.issues.list():
            found = issue_receipt(desk.app, issue=one.id)
            fates = ("accepted", "bounced", "retrying", "unknown", "excluded")
            assert found["whole"]
            assert sum(found[fate] for fate in fates) == found["recipients"]
            assert sum(part["recipients"] for part in found["segments"]) == found["recipients"]
            seen.update(fate for fate in fates if found[fate])
        return answer

    monkeypatch.setattr(writer, "call", asking)
    desk.relay.answers = [USERS, Receipt(remote_id="1"), Unavailable("down")]
    issue = desk.opened(7)
    desk.relay.answers = [Receipt(remote_id="2"), *[Unavailable("down")] * 3]
    desk.app.store.subscribers.leave("r5@example.org", None, desk.clock.now())
    desk.later(MINUTE)
    desk.call("issue_stop", issue=issue, reason="enough", ends=True)
    desk.later(HOUR)
    assert seen == {"accepted", "bounced", "retrying", "excluded"}


def test_a_receipt_tells_segments_and_the_texts_that_readers_have(desk):
    desk.reader("sport", sections=["Sport"])
    desk.publish(9, categories=("Sport",))
    issue = desk.opened(2)
    found = desk.receipt(issue)
    assert {one["choice"]: one["accepted"] for one in found["segments"]} == {
        "the newsletter's own": 2,
        '["Sport"]': 1,
    }
    assert {(one["headline"].split()[-1], one["mails"]) for one in found["revisions"]} == {("1", 2), ("2", 2), ("9", 3)}
    assert {one["revision"] for one in found["revisions"]} == {0}


def test_what_is_no_issue_and_nobodys_hold_is_refused_in_words(desk):
    issue = desk.opened(2)
    with pytest.raises(CallError, match="there is no issue 999"):
        desk.call("issue_show", issue=999)
    with pytest.raises(CallError, match="is closed"):
        desk.call("issue_stop", issue=issue, reason="late")
    with pytest.raises(CallError, match="nothing says why"):
        desk.call("issue_stop", issue=issue, reason=" ")
    with pytest.raises(CallError, match="was not ended"):
        desk.call("issue_rest", issue=issue)
    with pytest.raises(CallError, match="no digest 'weekly'"):
        desk.call("issue_list", digest="weekly")
    assert [one["issue"] for one in desk.call("issue_list", digest="morning")["issues"]] == [issue]


def test_a_rest_that_was_cut_short_is_carried_on(desk, monkeypatch):
    desk.relay.answers = [Unavailable("down")] * 3
    issue = desk.opened(3)
    desk.call("issue_stop", issue=issue, reason="wrong", ends=True)
    desk.later(MINUTE)
    monkeypatch.setattr("distributor.store.desk.control.SLICE", 2)
    monkeypatch.setattr(desk.app.store.control, "write_rest", lambda *_: None)
    rest = desk.call("issue_rest", issue=issue)
    assert rest["state"] == "freezing"
    monkeypatch.undo()
    run_round(desk.app)
    assert desk.receipt(rest["issue"])["accepted"] == 3
    assert desk.app.store.deliveries.list(state=State.DUE) == []


@pytest.mark.parametrize("desk", [READERS, CANARY], indirect=True)
def test_an_issue_can_be_stopped_while_its_rows_are_still_written(desk, monkeypatch):
    monkeypatch.setattr(desk.app.store.issues, "freeze", lambda *_, **__: 0)
    issue = desk.opened(3)
    assert desk.call("issue_stop", issue=issue, reason="wrong")["state"] == "freezing"
    monkeypatch.undo()
    assert desk.later(MINUTE) == {}
    monkeypatch.setattr(desk.app.store.issues, "freeze", lambda *_, **__: 0)
    desk.call("issue_resume", issue=issue)
    monkeypatch.undo()
    sent = dict(desk.later(MINUTE))
    for _ in range(3):
        sent |= desk.later(10 * MINUTE)
    assert len(sent) == 3


def test_a_stop_and_a_resume_before_any_row_is_written_change_nothing_for_the_readers(desk, monkeypatch):
    monkeypatch.setattr(desk.app.store.issues, "freeze", lambda *_, **__: 0)
    issue = desk.opened(3)
    desk.call("issue_stop", issue=issue, reason="wrong")
    assert desk.call("issue_resume", issue=issue)["phase"] == "free"
    with pytest.raises(CallError, match=f"nothing holds issue {issue}"):
        desk.call("issue_resume", issue=issue)
    assert desk.call("issue_receipt", issue=issue)["frozen"] is None
    monkeypatch.undo()
    assert len(desk.later(MINUTE)) == 3


@pytest.mark.parametrize("desk", [CANARY], indirect=True)
def test_a_canary_is_not_drawn_before_every_row_is_written(desk, monkeypatch):
    monkeypatch.setattr(desk.app.store.issues, "freeze", lambda *_, **__: 0)
    issue = desk.opened(10)
    assert desk.call("issue_show", issue=issue)["canary"]["drawn"] is None
    monkeypatch.undo()
    assert len(desk.later(MINUTE)) == 2


def test_the_rest_waits_until_the_issue_is_closed_and_nobody_overtakes_another(desk, monkeypatch):
    desk.relay.answers = [Unavailable("down")] * 2
    issue = desk.opened(2)
    before = desk.app.store.control.get(issue)
    desk.call("issue_stop", issue=issue, reason="wrong", ends=True)
    with pytest.raises(CallError, match="still being ended"):
        desk.call("issue_rest", issue=issue)
    monkeypatch.setattr(desk.app.store.control, "get", lambda _: before)
    with pytest.raises(CallError, match="has changed meanwhile"):
        desk.call("issue_stop", issue=issue, reason="wrong")
