"""What came back of mails, on the real store: suppressed, scored, paused and left, once for each report."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from distributor.calls import dispatch
from distributor.engine.clock import Timekeeper
from distributor.engine.mailroom import MailboxReading
from distributor.engine.round import run_round
from distributor.engine.troubles import Troubles
from distributor.errors import CallError, Deferred, RateLimited, Rejected
from distributor.model import State
from distributor.model.returns import Arrival, Effect, Filed, Kind, Return
from distributor.returns.maildir import ASIDE
from distributor.rules.mail.returning.returns import classify
from distributor.rules.mail.verp import Purpose, address, token
from tests.apps import CONFIG, told_app
from tests.bounces import CORPUS
from tests.support import NOON, HandClock, ToldBulk

DAY = 86_400
DSN = """\
Return-Path: <>
From: MAILER-DAEMON@relay.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@relay.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b0"

--b0
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.org

Final-Recipient: rfc822; {who}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--b0
Content-Type: text/rfc822-headers

Message-ID: <{message_id}>

--b0--
"""


def report(who="reader@example.com", status="5.1.1", said="550 5.1.1 user unknown", *, number=1, **fields):
    """A bounce of Postfix's kind."""
    told = {"to": "bounce@example.org", "action": "failed", "message_id": "x@example.org"} | fields
    return DSN.format(who=who, status=status, said=said, number=number, **told).encode()


class Desk:
    """An app with two readers of a newsletter, one at example.com and one at example.net, and a Maildir."""

    def __init__(self, folder, **more):
        self.clock = HandClock()
        self.mail = ToldBulk("mail")
        self.box = folder / "bounces"
        for part in ("new", "cur", "tmp"):
            (self.box / part).mkdir(parents=True)
        strict = "strict = true" if more.get("strict") else ""
        config = f'{CONFIG}\n[mailboxes.back]\ntype = "maildir"\nfolder = "{self.box}"\n{strict}\n'
        self.app = told_app(folder, clock=self.clock, config=config, channels={"mail": self.mail})
        self.store = self.app.store
        for one in ("reader@example.com", "other@example.net"):
            self.store.subscribers.subscribe(one, ("morning",), now=NOON, source="operator")
        ((self.collector, _),) = self.app.mailroom.collectors

    def issue(self):
        """Open an issue with a fresh story, an hour later."""
        self.app.ingesters["politics"].run_once(self.clock.now())
        self.clock.advance(3600)
        self.app.digesters["morning"].run_due(self.clock.now())

    def deliveries(self):
        """The issue's deliveries, by their readers' numbers."""
        return {
            one.recipient: one
            for number in range(1, 30)
            for one in self.store.deliveries.of_subject(number)
            if one.channel == "mail" and one.recipient
        }

    def send(self):
        while self.app.deliverers["mail"].run_once():
            pass
        return [one.recipient.address for one in self.mail.parcels]

    def drop(self, raw, name="1.a"):
        (self.box / "new" / name).write_bytes(raw)

    def collect(self):
        return self.collector.run_once()

    def left(self):
        return sorted(path.name for part in ("new", "cur") for path in (self.box / part).iterdir())

    def aside(self):
        return sorted(path.name for path in (self.box / ASIDE / "new").glob("*"))

    def refusals(self):
        return {row["address"]: row["reason"] for row in self.store.bounces.suppressed(10)}

    def token(self, reader=1):
        number = self.deliveries()[reader].id
        return token(number, self.store.mark(number))


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path)
    yield found
    found.app.close()


def test_a_dead_address_is_suppressed_after_one_report_and_the_mail_is_gone(desk):
    desk.drop(report())
    done = desk.collect()
    assert (done.read, done.known, done.unknown, done.error) == (1, 0, 0, "")
    assert desk.left() == []
    assert desk.refusals() == {"reader@example.com": "smtp; 550 5.1.1 user unknown"}
    desk.issue()
    assert desk.send() == ["other@example.net"]


def test_a_report_names_a_mail_of_ours_by_its_return_path_whatever_it_says_of_the_address(desk):
    desk.issue()
    desk.send()
    desk.drop(report("forwarded@elsewhere.example.net", to=address(Purpose.BOUNCE, desk.token(), "bounce.example.org")))
    desk.collect()
    (row,) = desk.store.bounces.list(limit=5)
    assert (row["address"], row["proof"], row["delivery_id"]) == ("reader@example.com", "verp", desk.deliveries()[1].id)
    assert list(desk.refusals()) == ["reader@example.com"]


def test_a_report_names_a_mail_of_ours_by_its_envelope_id_or_its_message_id(desk):
    desk.issue()
    desk.send()
    envid = report(status="5.2.2", said="552 full", number=2).replace(
        b"Reporting-MTA", f"Original-Envelope-Id: {desk.token()}\nReporting-MTA".encode()
    )
    desk.drop(envid)
    mark = desk.store.mark(desk.deliveries()[1].id)
    desk.drop(report(status="5.2.2", said="552 full", number=3, message_id=f"{mark}@example.org"), "2.b")
    desk.drop(report(status="5.2.2", said="552 full", number=4), "3.c")
    desk.collect()
    assert [row["proof"] for row in desk.store.bounces.list(limit=5)] == ["address", "message-id", "envid"]


def test_a_token_that_somebody_made_up_proves_nothing(desk):
    desk.issue()
    forged = desk.token()[:-4] + "aaaa"
    desk.drop(report("nobody@example.com", to=address(Purpose.BOUNCE, forged, "bounce.example.org")))
    assert desk.collect().unknown == 1
    assert desk.refusals() == {}


def test_where_proof_is_asked_for_a_bare_address_is_only_scored(tmp_path):
    desk = Desk(tmp_path, strict=True)
    desk.drop(report())
    desk.collect()
    assert desk.refusals() == {}
    ((who, score),) = desk.store.bounces.scores(5)
    assert (who, score.points) == ("reader@example.com", 1)
    desk.app.close()


def test_the_same_report_read_twice_counts_once(desk):
    desk.drop(report(status="5.2.2", said="552 full"))
    desk.collect()
    desk.clock.advance(DAY)
    desk.drop(report(status="5.2.2", said="552 full"), "2.b")
    done = desk.collect()
    assert (done.read, done.known) == (1, 1)
    assert desk.store.bounces.scores(5)[0][1].points == 1


class KilledError(BaseException):
    """A kill: nothing that would tidy up runs."""


@pytest.mark.parametrize("raw", [report(status="5.2.2", said="552 full"), b"Subject: hello\n\nwho are you?\n"])
def test_a_kill_between_commit_and_removal_counts_nothing_twice(desk, monkeypatch, raw):
    def killed(key):
        raise KilledError

    desk.drop(raw)
    with monkeypatch.context() as patched:
        patched.setattr(desk.collector._inbox, "remove", killed)
        patched.setattr(desk.collector._inbox, "set_aside", killed)
        with pytest.raises(KilledError):
            desk.collect()
    assert desk.left() == ["1.a"]
    before = [dict(row) for row in desk.store.bounces.list(limit=9)]
    assert len(before) == 1
    done = desk.collect()
    assert (done.known, desk.left()) == (1, [])
    assert [dict(row) for row in desk.store.bounces.list(limit=9)] == before
    assert desk.aside() == (["1.a"] if before[0]["unknown"] else [])


def test_a_kill_before_the_commit_leaves_the_mail_and_nothing_of_its_effect(desk, monkeypatch):
    def killed(*_, **__):
        raise KilledError

    desk.drop(report())
    with monkeypatch.context() as patched:
        patched.setattr(desk.store.bounces, "_follow", killed)
        with pytest.raises(KilledError):
            desk.collect()
    assert (desk.left(), desk.refusals(), desk.store.bounces.list(limit=5)) == (["1.a"], {}, [])
    desk.collect()
    assert list(desk.refusals()) == ["reader@example.com"]


def test_what_nobody_understands_is_kept_aside_and_shown_until_somebody_has_looked(desk):
    desk.drop((CORPUS / "spam-ordinary.eml").read_bytes())
    desk.drop((CORPUS / "autoreply-russian.eml").read_bytes(), "2.b")
    desk.drop(report("stranger@example.net", number=3), "3.c")
    assert desk.collect().unknown == 2
    assert (desk.left(), desk.aside()) == ([], ["1.a", "3.c"])
    reading = MailboxReading(desk.app, Troubles(desk.app, (), lambda: None), lambda: None)
    reading.look()
    assert [one.key for one in desk.store.alerts.open_alerts()] == ["bounces"]
    assert len(dispatch(desk.app, "bounces", {"unknown": True})["returns"]) == 2
    assert dispatch(desk.app, "bounces_seen", {}) == {"seen": 2}
    reading.look()
    assert desk.store.alerts.open_alerts() == []


def test_soft_failures_rest_an_address_and_end_it_after_three_rests(desk):
    def fail():
        found = classify(report(status="5.2.2", said="552 5.2.2 mailbox full"))
        arrival = Arrival(remote_id=f"mail:{desk.clock.now()}", source="mailbox back")
        return desk.app.mailroom.clerk.take(arrival, found, desk.clock.now())

    for _ in range(5):
        fail()
        desk.clock.advance(DAY)
    assert list(desk.store.bounces.resting(desk.clock.now())) == ["reader@example.com"]
    desk.issue()
    assert desk.send() == ["other@example.net"]
    assert "rests until" in desk.deliveries()[1].reason
    for _ in range(3):
        desk.clock.advance(8 * DAY)
        assert desk.refusals() == {}
        fail()
    assert list(desk.refusals()) == ["reader@example.com"]
    assert "after 3 rests" in desk.refusals()["reader@example.com"]
    assert desk.store.bounces.scores(5) == []


def test_a_complaint_ends_all_topics_at_once(desk):
    desk.issue()
    raw = (CORPUS / "arf-redacted-recipient.eml").read_bytes()
    desk.drop(raw.replace(b"6f-abcdefgh234567ab", desk.token().encode()))
    desk.collect()
    (row,) = desk.store.bounces.suppressed(5)
    assert (row["address"], row["kind"]) == ("reader@example.com", "complaint")
    assert desk.send() == ["other@example.net"]


def test_an_auto_reply_is_ignored_and_removed(desk):
    desk.issue()
    raw = (CORPUS / "autoreply-to-unsubscribe-address.eml").read_bytes()
    desk.drop(raw.replace(b"6f-abcdefgh234567ab", desk.token().encode()))
    assert desk.collect().unknown == 0
    assert (desk.left(), desk.refusals()) == ([], {})
    assert desk.store.subscribers.standing(1, ()) == {"morning": "confirmed"}


@pytest.mark.parametrize("file", ["unsubscribe-gmail-button.eml", "unsubscribe-token-in-subject.eml"])
def test_a_mail_with_our_name_for_a_mail_ends_that_subscription(desk, file):
    desk.issue()
    desk.drop((CORPUS / file).read_bytes().replace(b"6f-abcdefgh234567ab", desk.token().encode()))
    assert desk.collect().unknown == 0
    assert desk.store.subscribers.standing(1, ()) == {"morning": "unsubscribed"}
    (row,) = desk.store.bounces.list(limit=5)
    assert (row["action"], row["address"]) == ("unsubscribe", "reader@example.com")
    assert "reader@example.com" not in [one.recipient.address for one in desk.mail.parcels]


def test_a_wish_to_leave_that_names_no_mail_ends_nothing_and_is_shown(desk):
    raw = b"From: reader@example.com\nTo: news@example.org\nSubject: unsubscribe\n\n"
    desk.drop(raw)
    assert desk.collect().unknown == 1
    assert desk.store.subscribers.standing(1, ()) == {"morning": "confirmed"}


def test_our_own_fault_rests_the_providers_mail_tells_the_desk_and_suppresses_nobody(desk):
    desk.issue()
    desk.drop(report(status="5.7.26", said="550-5.7.26 unauthenticated"))
    desk.collect()
    assert desk.refusals() == {}
    (alert,) = desk.store.alerts.open_alerts()
    assert (alert.key, "example.com" in alert.hint) == ("provider:example.com", True)
    assert desk.send() == ["other@example.net"]
    waiting = desk.deliveries()[1]
    assert (waiting.state, waiting.held_by) == (State.HELD, "provider")
    assert desk.deliveries()[2].state is State.SENT


def test_mail_to_a_provider_goes_on_by_itself_after_its_rest_and_at_once_when_somebody_says_so(desk):
    desk.drop(report(status="5.7.26", said="550-5.7.26 unauthenticated"))
    desk.collect()
    desk.clock.advance(DAY)
    desk.drop(report(status="5.7.26", said="550-5.7.26 again", number=2), "2.b")
    desk.collect()
    desk.issue()
    desk.send()
    assert desk.deliveries()[1].state is State.HELD
    found = dispatch(desk.app, "bounces", {})
    assert [(one["domain"], one["status"]) for one in found["providers"]] == [("example.com", "5.7.26")]
    dispatch(desk.app, "resume_provider", {"domain": "example.com"})
    assert desk.store.alerts.open_alerts() == []
    desk.clock.advance(2)
    assert "reader@example.com" in desk.send()
    with pytest.raises(CallError, match="does not rest"):
        dispatch(desk.app, "resume_provider", {"domain": "example.com"})


def test_the_end_of_a_providers_rest_ends_its_alert(desk):
    desk.drop(report(status="5.7.26", said="550-5.7.26 unauthenticated"))
    desk.collect()
    woken = []
    reading = MailboxReading(desk.app, Troubles(desk.app, (), lambda: None), lambda: woken.append(1))
    reading.look()
    assert (len(desk.store.alerts.open_alerts()), woken) == (1, [])
    desk.clock.advance(3700)
    reading.look()
    assert (desk.store.alerts.open_alerts(), woken) == ([], [1])


def test_a_relay_that_says_at_once_that_nobody_is_there_suppresses_the_address(desk):
    desk.mail.answers = [Rejected("the relay answered 550 to RCPT: 5.1.1 User unknown")]
    desk.issue()
    desk.send()
    assert len(desk.refusals()) == 1
    (row,) = desk.store.bounces.list(limit=5)
    assert (row["source"], row["kind"], row["delivery_id"] is not None) == ("relay mail", "bounce", True)


def test_a_relay_that_refuses_us_at_once_rests_the_provider_and_a_full_mailbox_counts_for_nothing(desk):
    desk.mail.answers = [
        RateLimited("the relay answered 452 to RCPT: 4.2.2 full", retry_after=timedelta(minutes=30)),
        Rejected("the relay answered 550 to the message: 5.7.1 spam message rejected"),
    ]
    desk.issue()
    desk.app.deliverers["mail"].run_once()
    assert desk.refusals() == {}
    assert [one.domain for one in desk.store.bounces.pauses(desk.clock.now())] == ["example.net"]
    assert desk.store.bounces.scores(5) == []


def test_who_asks_to_be_forgotten_is_forgotten_here_too(desk):
    desk.drop(report(status="5.2.2", said="552 <reader@example.com> mailbox full"))
    desk.drop(report(status="5.7.26", said="550 <reader@example.com> unauthenticated", number=2), "2.b")
    desk.collect()
    desk.store.dials.erase(1, NOON)
    assert desk.store.bounces.scores(5) == []
    assert "reader@example.com" not in str([dict(row) for row in desk.store.bounces.list(limit=9)])
    assert "reader@example.com" not in str(desk.store.bounces.pauses(NOON))
    assert "reader@example.com" not in str(desk.store.alerts.open_alerts())


def test_a_refusal_for_the_pace_is_the_paces_matter_alone(desk):
    said = "the relay answered 450 to RCPT: 4.7.28 unusual rate of mail"
    desk.mail.answers = [Deferred(said, retry_after=timedelta(minutes=30), is_pace=True)]
    desk.issue()
    desk.app.deliverers["mail"].run_once()
    assert desk.store.bounces.list(limit=5) == []


def test_an_operator_suppresses_and_lets_go_an_address_and_both_are_on_record(desk):
    told = {"address": "reader@example.com", "reason": "by telephone", "who": "Ann", "through": "command line"}
    dispatch(desk.app, "suppress", told)
    desk.issue()
    assert desk.send() == ["other@example.net"]
    with pytest.raises(CallError, match="already"):
        dispatch(desk.app, "suppress", told)
    dispatch(desk.app, "unsuppress", told)
    with pytest.raises(CallError, match="neither"):
        dispatch(desk.app, "unsuppress", told)
    with pytest.raises(CallError, match="why"):
        dispatch(desk.app, "suppress", told | {"reason": " "})
    with pytest.raises(CallError, match="not a mail address"):
        dispatch(desk.app, "suppress", told | {"address": "nobody"})
    assert desk.refusals() == {}


def test_a_round_reads_the_mailboxes_and_a_shadow_leaves_them_alone(tmp_path):
    desk = Desk(tmp_path)
    desk.drop(report())
    run_round(desk.app)
    assert list(desk.refusals()) == ["reader@example.com"]
    desk.app.close()
    other = tmp_path / "shadow"
    other.mkdir()
    shadow = Desk(other)
    object.__setattr__(shadow.app.settings, "mode", "shadow")
    shadow.drop(report())
    run_round(shadow.app)
    MailboxReading(shadow.app, Troubles(shadow.app, (), lambda: None), lambda: None).read(shadow.collector)
    assert shadow.left() == ["1.a"]
    shadow.app.close()


def test_the_clock_reads_each_mailbox_at_its_own_pace(desk):
    given = {}

    class Recorder(Timekeeper):
        def every(self, name, interval, work, *, first, pool="default"):
            given[name] = (interval, work, first, pool)

    MailboxReading(desk.app, Troubles(desk.app, (), lambda: None), lambda: None).lay_out(Recorder())
    interval, work, first, pool = given["mailbox back"]
    assert (interval, first, pool) == (timedelta(minutes=1), NOON, "feeds")
    desk.drop(report())
    work()
    assert desk.left() == []
    assert set(given) == {"mailbox back", "what came back"}


def test_a_mailbox_that_is_gone_is_told_and_recovers(desk, caplog):
    reading = MailboxReading(desk.app, Troubles(desk.app, (), lambda: None), lambda: None)
    shutil.move(desk.box, desk.box.with_name("away"))
    reading.read(desk.collector)
    (alert,) = desk.store.alerts.open_alerts()
    assert (alert.key, "no Maildir" in alert.text) == ("mailbox:back", True)
    run_round(desk.app)
    assert "no Maildir" in caplog.text
    shutil.move(desk.box.with_name("away"), desk.box)
    desk.drop(report())
    reading.read(desk.collector)
    assert desk.store.alerts.open_alerts() == []


def test_a_report_of_several_readers_follows_each(desk):
    raw = report().replace(
        b"user unknown\n\n--b0",
        b"user unknown\n\nFinal-Recipient: rfc822; other@example.net\nAction: failed\nStatus: 5.2.2\n\n--b0",
        1,
    )
    filed = desk.app.mailroom.clerk.take(Arrival(remote_id="a", source="s"), classify(raw), NOON)
    assert filed == Filed(
        effects=(("reader@example.com", Effect.SUPPRESS), ("other@example.net", Effect.SCORE)),
    )
    assert desk.app.mailroom.clerk.take(Arrival(remote_id="a", source="s"), classify(raw), NOON).is_known


def test_two_at_once_file_a_report_once(desk):
    found, arrival = classify(report()), Arrival(remote_id="same", source="s")
    assert not desk.store.bounces.file(arrival, found, NOON).is_known
    assert desk.store.bounces.file(arrival, found, NOON).is_known
    assert desk.store.bounces.file(Arrival(remote_id="n", source="s"), Return(kind=Kind.OTHER), NOON).is_unknown
