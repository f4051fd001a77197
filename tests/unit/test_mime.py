"""Mail bytes: parsed back by the standard library's two parsers, they say what was put in, whatever was put in."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.mime import ADDRESS, LEAVE, LIST, SENDER, TOKEN, bare_list_id, compose, mailbox
from distributor.model import Message, Recipient

AT = datetime(2026, 11, 30, 7, 0, 5, tzinfo=timezone(timedelta(hours=3)))
MAIL = Message(
    text=f"Главное\n\nСтрока. . .\n.dot\n\nLeave: {LEAVE}\n",
    html=f'<!doctype html><p>Главное <a href="{LEAVE}">out</a> for {ADDRESS}</p>',
    subject="Главное за день",
    headers=(("List-Id", f"Утро <morning.{LIST}>"),),
    language="ru",
)
LEAVE_URI = "mailto:leave@example.org?subject=unsubscribe%20abcdefghijklmnop"


def made(message: Message = MAIL, **changes: object) -> bytes:
    values: dict[str, object] = {
        "sender": "Новости <news@example.org>",
        "recipient": Recipient(address="anna@example.com", name="Анна"),
        "key": "abcdefghijklmnop",
        "date": AT,
        "domain": "example.org",
        "unsubscribe": (LEAVE_URI,),
    }
    return compose(message, **{**values, **changes})  # type: ignore[arg-type]


def parsed(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    content = body.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def test_a_mail_has_every_header_once_and_both_parts_text_first() -> None:
    mail = parsed(made())
    assert mail["From"] == "Новости <news@example.org>"
    assert mail["To"] == "Анна <anna@example.com>"
    assert mail["Subject"] == "Главное за день"
    assert mail["Date"] == "Mon, 30 Nov 2026 04:00:05 +0000"
    assert mail["Message-ID"] == "<abcdefghijklmnop@example.org>"
    assert mail["List-Id"] == "Утро <morning.example.org>"
    assert mail["List-Unsubscribe"] == f"<{LEAVE_URI}>"
    assert "List-Unsubscribe-Post" not in mail
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Precedence"] == "bulk"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Content-Language"] == "ru"
    assert len(mail.keys()) == len(set(mail.keys()))
    assert [piece.get_content_type() for piece in mail.iter_parts()] == ["text/plain", "text/html"]


def test_a_readers_values_take_the_place_of_the_tokens() -> None:
    mail = parsed(made(recipient=Recipient(address="o'hara+a&b@example.com"), unsubscribe=("https://e.org/?a=1&b=2",)))
    assert part(mail, "plain") == "Главное\n\nСтрока. . .\n.dot\n\nLeave: https://e.org/?a=1&b=2\n"
    assert '<a href="https://e.org/?a=1&amp;b=2">out</a> for o&#x27;hara+a&amp;b@example.com' in part(mail, "html")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_unsubscribe_address_is_never_folded_or_encoded() -> None:
    long = "https://news.example.org/leave/" + "a" * 300
    raw = made(unsubscribe=(long, LEAVE_URI))
    assert f"List-Unsubscribe: <{long}>,\r\n <{LEAVE_URI}>\r\n".encode() in raw


def test_the_same_input_gives_the_same_bytes_and_the_boundary_is_shared_by_readers() -> None:
    assert made() == made()
    other = made(recipient=Recipient(address="boris@example.com"), key="qrstuvwxyz234567")
    pattern = rb'boundary="([^"]+)"'
    first, second = re.search(pattern, made()), re.search(pattern, other)
    assert first is not None
    assert second is not None
    assert first[1] == second[1]


def test_every_line_ends_with_crlf_is_short_and_seven_bit() -> None:
    raw = made(Message(text="я" * 5000, html="<p>" + "x" * 5000 + "</p>", subject="я" * 500))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    lines = [line for line in raw.split(b"\r\n") if not line.startswith(b"List-Unsubscribe")]
    assert max(len(line) for line in lines) <= 78
    assert raw.isascii()


def test_what_a_channel_says_of_its_list_stands_where_the_message_says_nothing() -> None:
    usual = (("List-Help", "<https://e.org/help>"), ("List-Post", "NO"), ("Feedback-ID", "a:b:c:sender"))
    message = Message(text="x", subject="x", headers=(("Feedback-ID", f"i:t:e:{SENDER}"),))
    mail = parsed(made(message, usual=usual, sender_id="newsroom"))
    assert mail["List-Help"] == "<https://e.org/help>"
    assert mail["List-Post"] == "NO"
    assert mail.get_all("Feedback-ID") == ["i:t:e:newsroom"]


def test_a_list_id_is_at_most_255_octets_whatever_the_title() -> None:
    for title in ("Ж" * 200, "😀" * 200, "a b " * 100):
        raw = made(list_id=f"{title} <{'news.' * 20}example.org>")
        (field,) = re.findall(rb"(?s)\r\nList-Id: (.*?)\r\n(?![ ])", raw)
        assert len(field) <= 255


def test_a_message_without_html_is_one_plain_part() -> None:
    mail = parsed(made(Message(text="Only text", subject="x")))
    assert mail.get_content_type() == "text/plain"
    assert part(mail, "plain") == "Only text\n"


def test_a_correction_threads_under_its_original() -> None:
    ids = "<a@example.org> <" + "b" * 70 + "@example.org>"
    raw = made(Message(text="x", subject="x", headers=(("References", ids), ("In-Reply-To", "<a@example.org>"))))
    with pytest.raises(ValueError, match="not one ASCII word"):
        made(Message(text="x", subject="x", headers=(("References", "<ä@example.org>"),)))
    assert b"References: <a@example.org>\r\n <bbbb" in raw


@pytest.mark.parametrize(
    "name", ["Subject", "to", "Content-Type", "X Y", "X:Y", "", "List-Unsubscribe", "Bcc", "X\r\nY"]
)
def test_a_message_cannot_set_a_header_that_is_not_its_own(name: str) -> None:
    with pytest.raises(ValueError, match="must not set"):
        made(Message(text="x", headers=((name, "v"),)))


def test_a_header_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="must not set"):
        made(Message(text="x", headers=(("X-A", "1"), ("x-a", "2"))))


def test_a_channels_list_id_stands_where_the_message_has_none() -> None:
    plain = Message(text="x", subject="x")
    assert parsed(made(plain, list_id="news.example.org"))["List-Id"] == "<news.example.org>"
    assert parsed(made(plain, list_id="News <news.example.org>"))["List-Id"] == '"News" <news.example.org>'
    assert parsed(made(list_id="News <news.example.org>"))["List-Id"] == "Утро <morning.news.example.org>"
    assert "List-Id" not in parsed(made(plain))
    assert bare_list_id("") == ""


def test_an_international_domain_becomes_a_labels_and_a_local_part_stays() -> None:
    box = mailbox("Редактор <почта@пример.бел>")
    assert (box.name, box.address, box.needs_utf8) == ("Редактор", "почта@xn--e1afmkfd.xn--90ais", True)
    raw = made(recipient=Recipient(address="почта@пример.бел"))
    assert "To: <почта@xn--e1afmkfd.xn--90ais>\r\n".encode() in raw


@pytest.mark.parametrize(
    "text",
    ["", "a", "@b.org", "a@", "a b@c.org", "a@b..org", ".a@b.org", "a..b@c.org", "a.@b.org", "a@-b.org", "a@b.org>",
     "a\r\nRCPT TO:<x@y.org>@b.org", "a\u2028b@c.org", "a\u200fb@c.org", "x" * 65 + "@b.org", "a@" + "b" * 64 + ".org",
     "a@" + "b." * 130 + "org", '"a b"@c.org', "a@[127.0.0.1]", "a@b@c.org", "a,b@c.org", "a@b.org, c@d.org"],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        mailbox(text)


def test_a_display_name_with_specials_is_quoted_and_a_lying_one_is_encoded() -> None:
    quoted = parsed(made(recipient=Recipient(address="a@b.org", name='O"Hara, \\Ann')))
    assert quoted["To"].addresses[0].display_name == 'O"Hara, \\Ann'
    lying = parsed(made(recipient=Recipient(address="a@b.org", name="=?utf-8?q?x?=")))
    assert lying["To"].addresses[0].display_name == "=?utf-8?q?x?="


def test_an_unknown_token_or_language_does_no_harm() -> None:
    raw = made(Message(text="TOKEN7Q4OTHER00000000000 end", subject="x", language="en US\r\nBcc: x@y.org"))
    mail = parsed(raw)
    assert part(mail, "plain") == "TOKEN7Q4OTHER00000000000 end\n"
    assert "Content-Language" not in mail
    assert "Bcc" not in mail


def second_parser(raw: bytes) -> dict[str, str]:
    """The header read without the standard library's email: RFC 5322 section 2.2.3 and RFC 2047, nothing more."""
    found: dict[str, str] = {}
    for field in re.split(rb"\r\n(?![ \t])", raw.partition(b"\r\n\r\n")[0]):
        name, _, value = field.partition(b":")
        text = re.sub(r"\r\n", "", value.decode()).strip()
        text = re.sub(r"(?<=\?=)\s+(?==\?)", "", text)
        assert name.decode() not in found
        found[name.decode()] = ENCODED.sub(decoded, text)
    return found


ENCODED = re.compile(r"=\?utf-8\?([bq])\?([!-~]*?)\?=")


def decoded(match: re.Match[str]) -> str:
    if match[1] == "b":
        return b64decode(match[2]).decode()
    octets = re.sub(r"=([0-9A-F]{2})", lambda two: chr(int(two[1], 16)), match[2].replace("_", " "))
    return octets.encode("latin-1").decode()


ODD = '\r\n\u2028\u2029\x85\x0b\x0c\x1c\0=?_<>@",;:\\ \tЖ😀\u200d'
NASTY = st.text(st.one_of(st.characters(), st.sampled_from(ODD)), max_size=120)


def same(text: str) -> str:
    """What a reader can tell apart: white space and characters that no header may hold do not count."""
    kept = (" " if re.match(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]", char) else char for char in text)
    return " ".join("".join(kept).split())


@settings(max_examples=150, deadline=None)
@given(subject=NASTY, name=NASTY, title=NASTY)
def test_no_text_can_inject_a_header_and_two_parsers_read_the_same(subject: str, name: str, title: str) -> None:
    headers = (("X-Title", title),) if title else ()
    raw = made(Message(text="x", subject=subject, headers=headers), recipient=Recipient(address="a@b.org", name=name))
    expected = {"From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "Auto-Submitted", "Precedence"}
    expected |= {"X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    modern, old = message_from_bytes(raw, policy=policy.default), message_from_bytes(raw, policy=policy.compat32)
    second = second_parser(raw)
    assert set(second) == set(modern.keys())
    assert same(second["Subject"]) == same(modern["Subject"])
    assert same(second.get("X-Title", "")) == same(str(modern.get("X-Title", "")))
    assert set(modern.keys()) == set(old.keys()) == expected | {name for name, _ in headers}
    assert same(str(make_header(decode_header(old["Subject"])))) == same(subject)
    assert same(str(modern["Subject"])) == same(subject)
    assert modern["To"].addresses[0].addr_spec == "a@b.org"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=150, max_size=600), st.sampled_from("Ж😀가"))
def test_the_header_stays_under_four_kilobytes_with_both_signatures(text: str, wide: str) -> None:
    long = (text + wide * 400)[:600]
    message = Message(text="x", subject=long, headers=(("List-Id", f"{long} <{'a' * 60}.{LIST}>"),), language="ru")
    site = f"https://{'n' * 30}.example.org/r/"
    links = (f"{site}leave/{'t' * 100}", f"mailto:u+{'t' * 30}@{'b' * 30}.example.org")
    usual = [(f"List-{name}", f"<{site}{name}>") for name in ("Help", "Subscribe", "Archive")]
    raw = made(
        message,
        sender=re.sub(r"[<>\r\n]", "", long) + " <news@example.org>",
        recipient=Recipient(address="anna@" + "e" * 60 + ".org", name=long),
        unsubscribe=links,
        usual=(*usual, ("List-Owner", "<mailto:desk@example.org>"), ("List-Post", "NO"), ("Feedback-ID", "a" * 140)),
        answers="abcdefghijklmnop",
    )
    head = raw.partition(b"\r\n\r\n")[0]
    # an RSA signature of 2,048 bits and one of Ed25519 (test_dkim)
    assert len(head) + 1_700 < 4_096
    assert f"<{links[0]}>".encode() in head


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400), value=st.from_regex(r"https://e\.org/[a-z&=?/]{0,120}", fullmatch=True))
def test_any_body_comes_back_with_its_values(text: str, value: str) -> None:
    text = re.sub(r"[\ud800-\udfff]", "", TOKEN.sub("", text))
    body = text[: len(text) // 2] + LEAVE + text[len(text) // 2 :] + LEAVE
    mail = parsed(made(Message(text=body, html=body, subject="x"), unsubscribe=(value,)))
    plain = mail.get_body(("plain",))
    assert plain is not None
    payload = plain.get_payload(decode=True)
    assert isinstance(payload, bytes)
    wanted = re.sub(r"\r\n?", "\n", body.replace(LEAVE, value)).rstrip("\n")
    assert payload.decode().replace("\r\n", "\n").rstrip("\n") == wanted


@settings(max_examples=200, deadline=None)
@given(text=NASTY)
def test_an_address_that_is_accepted_can_end_no_command(text: str) -> None:
    try:
        box = mailbox(text)
    except ValueError:
        return
    assert re.fullmatch(r"[^\s<>\x00-\x1f\x7f]+@[a-z0-9_.-]+", box.address)
    assert box.address.isprintable()


def test_a_date_is_written_in_utc() -> None:
    assert parsed(made(date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))["Date"] == "Fri, 02 Jan 2026 03:04:05 +0000"
