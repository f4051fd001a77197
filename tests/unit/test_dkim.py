"""Signatures of mail: dkimpy finds them good, and finds every change that a reader could see."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import dkim as oracle  # type: ignore[import-untyped]
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.dkim import OVERSIGNED, SIGNED, Signer, chosen, relaxed_body, relaxed_field, signed
from distributor.keys import make_key, read_key
from distributor.mime import compose
from distributor.model import Message, Recipient

#: past, because the oracle refuses what is signed ahead of its own clock
AT = datetime(2025, 11, 30, 4, 0, tzinfo=UTC)
RSA = Signer(domain="example.org", selector="s2026a", key=read_key(make_key("rsa-sha256")))
ED = Signer(domain="example.org", selector="e2026a", key=read_key(make_key("ed25519-sha256")))
RECORDS = {f"{one.selector}._domainkey.example.org.": one.key.record.encode() for one in (RSA, ED)}
MAIL = compose(
    Message(text="Текст  с  пробелами \t\n\n.\n\n", html="<p>Текст</p>", subject="Тема дня", language="ru"),
    sender="Новости <news@example.org>",
    recipient=Recipient(address="anna@example.com", name="Анна"),
    key="abcdefghijklmnop",
    date=AT,
    domain="example.org",
    list_id="News <news.example.org>",
    unsubscribe=("https://news.example.org/r/leave/TOKEN", "mailto:leave@example.org"),
)


class Nacl:
    """Of the library that the oracle wants for Ed25519, the one act it needs; all else of a mail it reads itself."""

    class VerifyKey:
        def __init__(self, key: bytes, encoder: object) -> None:
            self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

        def verify(self, message: bytes, signature: bytes) -> None:
            self._key.verify(signature, message)

    signing = SimpleNamespace(VerifyKey=VerifyKey)
    encoding = SimpleNamespace(Base64Encoder=None)
    exceptions = SimpleNamespace(ValueError=ValueError, BadSignatureError=InvalidSignature)


@pytest.fixture(autouse=True, scope="module")
def whole_oracle() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oracle, "nacl", Nacl, raising=False)
        yield


def dns(name: bytes, timeout: float = 5) -> bytes | None:
    return RECORDS.get(name.decode())


def good(mail: bytes, place: int = 0) -> bool:
    """Whether the signature at a place (from the top) verifies."""
    try:
        return bool(oracle.DKIM(mail, minkey=2048).verify(place, dnsfunc=dns))
    except oracle.DKIMException:
        return False


def tags(mail: bytes, place: int = 0) -> dict[str, str]:
    fields = re.findall(rb"(?ms)^DKIM-Signature: (.*?)\r\n(?![ \t])", mail)
    text = re.sub(r"\s+", "", fields[place].decode())
    return dict(part.split("=", 1) for part in text.split(";"))


def test_both_signatures_are_good_rsa_first() -> None:
    mail = signed(MAIL, [RSA, ED], AT)
    assert [tags(mail, place)["a"] for place in (0, 1)] == ["rsa-sha256", "ed25519-sha256"]
    assert good(mail, 0)
    assert good(mail, 1)


def test_the_signature_names_what_it_must_and_no_length() -> None:
    found = tags(signed(MAIL, [RSA], AT))
    names = found["h"].split(":")
    assert names.count("from") == 2
    wanted = {"to", "subject", "date", "message-id", "mime-version", "content-type", "list-id", "list-unsubscribe"}
    assert wanted | {"list-unsubscribe-post"} <= set(names)
    assert set(found) == {"v", "a", "c", "d", "s", "t", "h", "bh", "b"}
    assert (found["c"], found["t"]) == ("relaxed/relaxed", str(int(AT.timestamp())))
    assert set(SIGNED) >= OVERSIGNED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject:", b"Subject: Win\r\nX-Old:"),
        (b"\r\nDate:", b"\r\nFrom: <evil@example.net>\r\nDate:"),
        (b"\r\nDate:", b"\r\nSubject: Win\r\nDate:"),
        # above all others, where a verifier that counts from below does not look unless the name is signed once more
        (b"DKIM-Signature: v=1; a=rsa", b"From: <evil@example.net>\r\nDKIM-Signature: v=1; a=rsa"),
        (b"DKIM-Signature: v=1; a=rsa", b"Subject: Win\r\nDKIM-Signature: v=1; a=rsa"),
        (b"DKIM-Signature: v=1; a=rsa", b"List-Unsubscribe: <https://e.net>\r\nDKIM-Signature: v=1; a=rsa"),
        (b"leave/TOKEN", b"leave/OTHER"),
        (b"List-Unsubscribe-Post: List", b"List-Unsubscribe-Post: X"),
        (b"anna@example.com", b"boris@example.com"),
        (b"--\r\n", b"--\r\nmore\r\n"),
        (b"text/html", b"text/plain"),
    ],
)
def test_what_a_reader_could_see_cannot_be_changed(old: bytes, new: bytes) -> None:
    mail = signed(MAIL, [RSA, ED], AT)
    changed = mail.replace(old, new)
    assert changed != mail
    assert not good(changed, 0)
    assert not good(changed, 1)


def test_a_relay_may_fold_lines_and_add_its_own() -> None:
    mail = signed(MAIL, [RSA, ED], AT)
    touched = b"Received: from a\r\n by b\r\n" + mail.replace(b"Precedence: bulk", b"Precedence:\r\n   bulk")
    assert good(touched, 0)
    assert good(touched.replace(b"Message-ID: ", b"Message-Id:"), 1)


def test_a_retry_is_signed_alike() -> None:
    assert signed(MAIL, [RSA, ED], AT) == signed(MAIL, [RSA, ED], AT)
    assert signed(MAIL, [], AT) == MAIL


def test_the_lines_of_a_signature_are_short() -> None:
    mail = signed(MAIL, [RSA, ED], AT)
    head = mail[: -len(MAIL)]
    assert max(len(line) for line in head.split(b"\r\n")) <= 78
    assert len(head) < 1700


def test_the_newest_begun_key_of_each_kind_signs() -> None:
    later = replace(RSA, selector="s2026b", since=AT)
    latest = replace(RSA, selector="s2027a", since=AT + timedelta(days=30))

    def who(signers: Sequence[Signer], date: datetime) -> list[str]:
        return [one.selector for one in chosen(signers, date)]

    every = [latest, ED, later, RSA]
    assert who(every, AT - timedelta(seconds=1)) == ["s2026a", "e2026a"]
    assert who(every, AT) == ["s2026b", "e2026a"]
    assert who(every, AT + timedelta(days=30)) == ["s2027a", "e2026a"]
    assert who([latest, later], AT - timedelta(days=1)) == ["s2026b"]
    assert who([], AT) == []


@settings(max_examples=60, deadline=None)
@given(
    subject=st.text(max_size=60),
    name=st.text(max_size=30),
    text=st.text(st.one_of(st.characters(), st.sampled_from(" \t\n.")), max_size=120),
)
def test_any_mail_of_ours_verifies(subject: str, name: str, text: str) -> None:
    message = Message(text=text, subject=subject)
    recipient = Recipient(address="a@b.org", name=name)
    raw = compose(message, sender="n@example.org", recipient=recipient, key="k", date=AT, domain="example.org")
    assert good(signed(raw, [ED], AT))


@pytest.mark.parametrize(
    ("body", "relaxed"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \r\n \t\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
        (b"a", b"a\r\n"),
        (b"a \r\n ", b"a\r\n"),
    ],
)
def test_bodies_in_relaxed_form(body: bytes, relaxed: bytes) -> None:
    assert relaxed_body(body) == relaxed


def test_fields_in_relaxed_form() -> None:
    # RFC 6376 section 3.4.5
    assert relaxed_field(b"A: X") == ("a", b"a:X")
    assert relaxed_field(b"B : Y\t\r\n\tZ  ") == ("b", b"b:Y Z")
