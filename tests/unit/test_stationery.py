"""A mail's addresses and headers as mailbox providers want them: one-click, List-*, return path, Feedback-ID."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from distributor.channels.email.options import KeyOptions, Options, signers
from distributor.channels.email.stationery import Stationery
from distributor.errors import Rejected
from distributor.keys import make_key
from distributor.model import Message, Parcel, ReaderLinks, Recipient
from distributor.secret import Secret

AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
LEAVE = "https://news.example.org/r/leave/" + "t" * 90
LETTER = Message(text="Please confirm", html="<p>Please confirm</p>", subject="Confirm", language="en")
PARCEL = Parcel(
    message=LETTER,
    recipient=Recipient(address="anna@example.com", links=ReaderLinks(leave=LEAVE)),
    key="abcdefgh234567ab",
    token="6f-abcdefgh234567ab",
    first_sent_at=AT,
)
RSA, ED = Secret(make_key("rsa-sha256")), Secret(make_key("ed25519-sha256"))


def options(**changes: Any) -> Options:
    made = Options(host="localhost", sender="News <news@example.org>", tls="none")
    return replace(made, **changes)


def headers(parcel: Parcel = PARCEL, **changes: Any) -> EmailMessage:
    mail = message_from_bytes(Stationery("mail", options(**changes)).envelope(parcel).content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_any_letter_has_one_https_way_out_whole_on_its_line_and_a_letter_that_names_the_mail() -> None:
    raw = Stationery("mail", options(bounce_domain="bounce.example.org")).envelope(PARCEL).content
    assert f"\r\nList-Unsubscribe: <{LEAVE}>,\r\n <mailto:u+6f-abcdefgh234567ab@bounce".encode() in raw
    mail = headers(bounce_domain="bounce.example.org")
    uris = re.findall("<(.*?)>", mail["List-Unsubscribe"])
    assert [uri.partition(":")[0] for uri in uris] == ["https", "mailto"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_a_domain_for_it_the_subject_of_the_letter_names_the_mail() -> None:
    assert "<mailto:news@example.org?subject=unsubscribe%206f-abcdefgh234567ab>" in headers()["List-Unsubscribe"]
    out = headers(unsubscribe="out@example.org", bounce_domain="bounce.example.org")["List-Unsubscribe"]
    assert "<mailto:out@example.org?subject=unsubscribe%206f-" in out


def test_without_public_pages_nothing_claims_one_click() -> None:
    mail = headers(replace(PARCEL, recipient=Recipient(address="anna@example.com")))
    assert "List-Unsubscribe-Post" not in mail
    assert "List-Subscribe" not in mail
    assert "List-Archive" not in mail
    assert mail["List-Unsubscribe"].startswith("<mailto:")


def test_the_list_says_where_help_archive_and_owner_are_and_takes_no_posts() -> None:
    mail = headers(reply_to="Desk <desk@example.org>")
    assert mail["List-Help"] == "<mailto:desk@example.org?subject=help>"
    assert mail["List-Owner"] == "<mailto:desk@example.org>"
    assert mail["List-Subscribe"] == "<https://news.example.org/r/subscribe>"
    assert mail["List-Archive"] == "<https://news.example.org/r/news>"
    assert mail["List-Post"] == "NO"
    own = headers(list_help="https://e.org/help", list_subscribe="mailto:in@e.org", list_owner="boss@e.org")
    assert (own["List-Help"], own["List-Subscribe"]) == ("<https://e.org/help>", "<mailto:in@e.org>")
    assert own["List-Owner"] == "<mailto:boss@e.org>"


def test_complaints_are_counted_by_day_list_language_and_sender() -> None:
    assert headers()["Feedback-ID"] == "20261130:mail:en:exampleorg"
    named = headers(sender_id="vestnik", list_id="Morning <morning.example.org>")
    assert named["Feedback-ID"] == "20261130:morning:en:vestnik"
    issue = replace(PARCEL, message=replace(LETTER, headers=(("Feedback-ID", "1:m:ru:own12"),)))
    assert headers(issue).get_all("Feedback-ID") == ["1:m:ru:own12"]


def test_nothing_of_ours_is_answered_by_a_machine_and_every_header_stands_once() -> None:
    mail = headers(replace(PARCEL, target="zzzz"), dkim={"s1": KeyOptions(key=RSA)})
    assert mail["Auto-Submitted"] == "auto-generated"
    assert (mail["Precedence"], mail["X-Auto-Response-Suppress"]) == ("bulk", "All")
    assert mail["References"] == mail["In-Reply-To"] == "<zzzz@example.org>"
    assert len(mail.keys()) == len(set(mail.keys()))


def test_the_return_path_names_the_mail_where_there_is_a_domain_for_it() -> None:
    assert Stationery("mail", options()).envelope(PARCEL).sender.address == "news@example.org"
    found = Stationery("mail", options(bounce_domain="Bounce.Пример.бел")).envelope(PARCEL)
    assert found.sender.address == "b+6f-abcdefgh234567ab@bounce.xn--e1afmkfd.xn--90ais"
    assert found.name == "6f-abcdefgh234567ab"


def test_a_mail_is_signed_by_both_keys_and_a_retry_is_the_same() -> None:
    keys = {"s1": KeyOptions(key=RSA), "e1": KeyOptions(key=ED), "s2": KeyOptions(key=RSA, since="2026-12-01")}
    writer = Stationery("mail", options(dkim=keys))
    first = writer.envelope(PARCEL)
    assert first == writer.envelope(PARCEL)
    assert re.findall(rb"d=example.org; s=(\w+);", first.content) == [b"s1", b"e1"]
    later = writer.envelope(replace(PARCEL, first_sent_at=datetime(2026, 12, 1, tzinfo=UTC)))
    assert re.findall(rb"d=example.org; s=(\w+);", later.content) == [b"s2", b"e1"]


def test_a_key_may_belong_to_the_organisations_domain() -> None:
    given = options(sender="n@news.example.org", dkim={"s1": KeyOptions(key=RSA, domain="Example.org")})
    assert [one.domain for one in signers(given)] == ["example.org"]


def test_an_address_no_mail_can_reach_is_refused() -> None:
    with pytest.raises(Rejected):
        Stationery("mail", options()).envelope(replace(PARCEL, recipient=Recipient(address="nobody")))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bounce_domain": "two words"}, "bounce_domain: "),
        ({"list_owner": "nobody"}, "list_owner: "),
        ({"list_help": "http://example.org"}, "list_help: "),
        ({"list_archive": "https://e.org/<x>"}, "list_archive: "),
        ({"sender_id": "news"}, "sender_id 'news': 5 to 15"),
        ({"dkim": {"e1": KeyOptions(key=ED)}}, "dkim: an RSA key is needed"),
        ({"dkim": {"s_1": KeyOptions(key=RSA)}}, "dkim: 's_1' cannot be a selector"),
        ({"dkim": {"s1": KeyOptions(key=RSA, domain="example.net")}}, "dkim: the key s1 is of example.net"),
    ],
)
def test_what_no_mailbox_would_take_is_refused_with_its_key(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        options(**changes)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({"key": Secret("hello")}, "key: this is no private key"), ({"key": RSA, "since": "soon"}, "since: ")],
)
def test_a_key_that_cannot_sign_is_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        KeyOptions(**given)
