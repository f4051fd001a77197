"""What comes back by mail, held against a corpus that was written before anything that reads it."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model.returns import Cause, Effect, Kind, Proof, Told
from distributor.rules.mail.returning.causes import Refusal, cause
from distributor.rules.mail.returning.returns import classify, judge
from distributor.text.mail import addresses
from distributor.text.mail.letter import bare, headers, plain, read
from tests import bounces


@cache
def corpus() -> dict[str, bytes]:
    return {name: (bounces.CORPUS / name).read_bytes() for name in bounces.expected()}


def test_every_file_of_the_corpus_is_judged_by_somebody_and_there_are_enough():
    files = {path.name for path in bounces.CORPUS.glob("*.eml")}
    assert files == set(bounces.expected())
    assert len(files) >= 150


def test_at_least_98_percent_of_the_corpus_are_taken_for_what_they_are():
    assert bounces.share(bounces.kinds()) >= 0.98
    assert bounces.share(bounces.classes()) >= 0.98
    for name in ("dead", "soft", "sender_fault"):  # and none of them hides behind the others
        of_class = {pair: count for pair, count in bounces.classes().items() if pair[0] == name}
        assert of_class[name, name] >= 0.98 * sum(of_class.values())


def test_nothing_soft_and_no_fault_of_ours_is_taken_for_a_dead_address():
    assert [pair for pair in bounces.classes() if pair[0] in bounces.SPARED and pair[1] == "dead"] == []


def test_status_and_action_of_the_corpus_are_those_that_somebody_read_in_it():
    wrong = {
        file: told["recipients"]
        for file, wanted in bounces.expected().items()
        if (told := bounces.told(file))["recipients"] != wanted["recipients"]
    }
    assert len(wrong) <= 0.02 * len(bounces.expected()), wrong


def test_the_script_prints_both_tables_and_is_content(capsys):
    assert bounces.main() == 0
    said = capsys.readouterr().out
    assert "taken for dead: 0" in said
    assert said.count("right: ") == 2


@pytest.mark.parametrize(
    ("status", "said", "wanted"),
    [
        # mail.md A2: each of these is ours, in either family
        ("4.7.27", "421-4.7.27 rate limited because SPF didn't pass", Cause.SENDER_FAULT),
        ("5.7.27", "550-5.7.27 SPF didn't pass", Cause.SENDER_FAULT),
        ("4.7.30", "421-4.7.30 DKIM", Cause.SENDER_FAULT),
        ("5.7.30", "550-5.7.30 DKIM", Cause.SENDER_FAULT),
        ("4.7.32", "421-4.7.32 From: header isn't aligned", Cause.SENDER_FAULT),
        ("4.7.23", "421-4.7.23 no PTR record", Cause.SENDER_FAULT),
        ("4.7.29", "421-4.7.29 not TLS", Cause.SENDER_FAULT),
        ("5.7.29", "550-5.7.29 not TLS", Cause.SENDER_FAULT),
        ("5.7.26", "550-5.7.26 unauthenticated", Cause.SENDER_FAULT),
        ("4.7.28", "421-4.7.28 unusual rate of mail", Cause.SENDER_FAULT),
        ("5.7.515", "550 5.7.515 Access denied", Cause.SENDER_FAULT),
        ("5.7.1", "550 5.7.1 user unknown", Cause.SENDER_FAULT),
        ("5.3.4", "552 5.3.4 message too big", Cause.SENDER_FAULT),
        ("5.1.8", "553 5.1.8 domain of sender does not exist", Cause.SENDER_FAULT),
        ("", "550 sorry, that message size exceeds my databytes limit", Cause.SENDER_FAULT),
        ("5.2.1", "550 5.2.1 mailbox unavailable, 192.0.2.1 is blacklisted", Cause.SENDER_FAULT),
        ("5.0.0", "550 Blocked", Cause.SENDER_FAULT),
        # D3
        ("5.1.1", "550 5.1.1 user unknown", Cause.DEAD),
        ("5.1.2", "550 5.1.2 bad destination system", Cause.DEAD),
        ("5.1.3", "553 5.1.3 bad address syntax", Cause.DEAD),
        ("5.1.10", "550 5.1.10 recipient not found", Cause.DEAD),
        ("5.2.1", "550 5.2.1 mailbox disabled", Cause.DEAD),
        ("", "550 no such user", Cause.DEAD),
        ("5.0.0", "550 Benutzer unbekannt", Cause.DEAD),
        ("5.1.1", "550 5.1.1 does not exist, please check it and try again", Cause.DEAD),
        ("", "550 mailbox unavailable (in reply to RCPT TO command)", Cause.DEAD),
        ("", "550 the user's account is blocked", Cause.OTHER),
        ("5.2.2", "552 5.2.2 over quota", Cause.SOFT),
        ("5.1.1", "550 5.1.1 mailbox full", Cause.SOFT),
        ("5.1.1", "450 4.1.1 user unknown", Cause.SOFT),
        ("4.1.1", "450 4.1.1 user unknown", Cause.SOFT),
        ("5.2.1", "550 5.2.1 receiving mail at a rate that prevents more", Cause.SOFT),
        ("5.2.1", "550 5.2.1 temporarily locked", Cause.SOFT),
        ("5.1.2", "550 5.1.2 host not found, try again", Cause.SOFT),
        ("5.4.14", "554 5.4.14 hop count exceeded", Cause.SOFT),
        ("4.7.0", "421 4.7.0 try again, closing connection", Cause.SOFT),
        ("5.5.0", "550 5.5.0 mailbox unavailable", Cause.OTHER),
        ("5.6.0", "554 5.6.0 no such user", Cause.OTHER),
        ("5.1.0", "550 5.1.0 address rejected", Cause.OTHER),
        ("", "", Cause.OTHER),
    ],
)
def test_whose_fault_a_refusal_is(status: str, said: str, wanted: Cause):
    assert cause(Refusal(status=status, said=said)) is wanted


def test_a_name_in_an_address_is_nothing_that_a_server_said():
    said = "550 5.1.1 <spam-dmarc@policy.example.org>: user unknown"
    assert cause(Refusal(status="5.1.1", said=said)) is Cause.DEAD


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["5.7.1", "4.2.2", "5.2.2", "4.7.28", "5.3.4", "4.4.1", "5.7.509"]))
def test_whatever_words_stand_beside_it_no_soft_status_and_none_of_ours_is_dead(words: str, status: str):
    assert cause(Refusal(status=status, said=words)) is not Cause.DEAD
    assert cause(Refusal(status=status, said=f"550 user unknown {words}")) is not Cause.DEAD


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_mail_never_stops_the_reader(data: st.DataObject):
    raw = bytearray(data.draw(st.sampled_from(sorted(corpus().values()))))
    for _ in range(data.draw(st.integers(0, 6))):
        at = data.draw(st.integers(0, max(0, len(raw) - 1)))
        length = data.draw(st.integers(0, 400))
        raw[at : at + length] = data.draw(st.one_of(st.just(b""), st.binary(max_size=20), st.just(bytes(raw[:60]))))
    found = classify(bytes(raw))
    assert all(
        one.effect is not Effect.SUPPRESS or found.kind in (Kind.BOUNCE, Kind.COMPLAINT) for one in found.recipients
    )


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_nobodys_bounce(raw: bytes):
    assert all(one.effect is Effect.NONE for one in classify(raw).recipients)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(bounces.expected())), st.booleans())
def test_line_ends_and_a_line_of_an_mbox_change_nothing(name: str, mbox: bool):
    raw = corpus()[name].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    found = classify((b"From somebody Tue Nov 24 04:00:09 2026\r\n" if mbox else b"") + raw)
    assert found == classify(corpus()[name])


def test_what_names_our_mail_comes_in_the_order_of_its_proof():
    names = classify(corpus()["postfix-envid.eml"]).names
    order = [Proof.VERP, Proof.ENVID, Proof.MESSAGE_ID]
    found = [proof for proof, _ in names]
    assert set(found) == set(order)
    assert all(order.index(one) <= order.index(other) for one, other in pairwise(found))
    assert "6f-abcdefgh234567ab" in names[0][1]


def test_a_redacted_complaint_still_names_our_mail():
    found = classify(corpus()["arf-redacted-recipient.eml"])
    assert found.recipients[0].address is None
    assert any("6f-abcdefgh234567ab" in value for _, value in found.names)


def test_a_forwarded_mail_is_about_whom_we_wrote_to():
    raw = corpus()["postfix-user-unknown.eml"].replace(
        b"Final-Recipient: rfc822; reader1@", b"Final-Recipient: rfc822; cousin@"
    )
    assert [one.address for one in classify(raw).recipients] == ["reader1@example.com"]


def test_a_report_without_any_recipient_names_nobody():
    raw = corpus()["postfix-user-unknown.eml"]
    raw = re.sub(rb"(?m)^(Final|Original)-Recipient: .*\n", b"", raw)
    (one,) = classify(raw).recipients
    assert (one.address, one.cause) == (None, Cause.DEAD)


def test_what_nobody_can_read_is_judged_by_its_words():
    judged = judge(Told(address="", action="", status="", said="something odd"))
    assert (judged.effect, judged.cause, judged.status, judged.address) == (Effect.NONE, Cause.OTHER, None, None)
    assert judge(Told(address="", said="250 2.1.5 fine")).effect is Effect.NONE


def test_words_for_people_are_heeded_where_the_servers_own_tell_nothing():
    told = Told(address="a@example.org", action="failed", status="5.0.0", said="smtp; 554 failed", words="user unknown")
    assert judge(told).cause is Cause.DEAD


def test_flufl_bounce_tells_who_but_not_what_it_means():
    raw = (
        b"From: MAILER-DAEMON@example.net\nTo: bounce@example.org\nSubject: Returned mail\n\n"
        b"This is the Postfix program\n\nYour message could not be delivered.\n\n"
        b"<bounce@example.org>: temporarily out of order\n"
    )
    found = classify(raw)
    assert found.kind is Kind.BOUNCE
    assert all(one.effect is not Effect.SUPPRESS for one in found.recipients)


def test_a_letter_that_breaks_flufl_bounce_names_nobody(monkeypatch):
    def broken(message: object) -> object:
        raise IndexError

    monkeypatch.setattr("flufl.bounce.all_failures", broken)
    found = classify(b"From: postmaster@example.net\nSubject: Undeliverable mail\n\nNobody is named here.\n")
    assert (found.kind, found.recipients) == (Kind.BOUNCE, ())


def test_a_servers_letter_about_something_else_is_no_bounce():
    assert classify(b"From: postmaster@example.net\nSubject: Maintenance\n\nOn Sunday.\n").kind is Kind.OTHER
    assert classify(b"From: a@example.net\nSubject: complaint about message from a friend\n\nHi.\n").kind is Kind.OTHER


def test_headers_are_read_where_they_are_and_never_believed_further():
    fields, rest = headers("A: one\n  two\nno header here\nB: three\n")
    assert fields == {"a": ["one two"]}
    assert rest.startswith("no header here")
    assert headers("A: one")[1] == ""
    assert plain("=?utf-8?B?a?=") == "=?utf-8?B?a?="
    assert plain("=?nonsense?Q?caf=C3=A9?=") == "café"
    assert plain("=?utf-8?Q?caf=E9?=") == "café"


def test_parts_are_found_whatever_their_boundaries_are():
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(12))
    assert len(read(deep.encode()).parts) == 1
    assert read(b"Content-Type: multipart/mixed\n\nno part at all\n").words == "no part at all\n"
    assert read(b"Content-Type: nonsense\n\nhello").parts[0].type == "text/plain"
    assert read(b"Content-Transfer-Encoding: base64\n\naGVsbG8=trash!!").words.startswith("hello")
    assert read(b"Content-Transfer-Encoding: base64\n\naGVsbG").words == "hell"


def test_a_page_is_read_as_its_words():
    assert bare("<style>b</style><p>one</p><p>t&amp;wo<br>three</p>").split() == ["one", "t&wo", "three"]
    html = b"From: mailer-daemon@example.net\nSubject: Undeliverable\nContent-Type: text/html\n\n"
    (one,) = classify(html + b"<p>&lt;a@example.org&gt;: user unknown</p>").recipients
    assert (one.address, one.cause) == ("a@example.org", Cause.DEAD)


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("rfc822; <reader@example.org>", "reader@example.org"),
        ("utf-8; \\x{447}\\x{110000}@example.org", "ч@example.org"),
        ("reader@example.org", "reader@example.org"),
        ("rfc822;redacted@example.org", ""),
        ("X400; c=US; a=telco", ""),
    ],
)
def test_an_address_is_read_out_of_a_field(field: str, wanted: str):
    assert addresses.clean(field) == wanted
