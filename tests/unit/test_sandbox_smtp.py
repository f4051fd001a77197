"""The loopback mail server, driven by the standard library's client and by raw sockets."""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.sandbox.accounts import SMTP_PASSWORD, SMTP_USER
from distributor.sandbox.client import Running, SandboxError, start
from distributor.sandbox.smtp.reading import links, seen_by_reader
from distributor.sandbox.smtp.syntax import RefusedError, content_problem, notify, parse_path, xtext


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("smtp"), only=["smtp"]) as running:
        yield running


@pytest.fixture
def mail(server: Running) -> Running:
    server.reset("smtp")
    return server


def connect(running: Running, **options: Any) -> smtplib.SMTP:
    host, _, port = running.urls["smtp"].partition(":")
    return smtplib.SMTP(host, int(port), timeout=5, **options)


def logged_in(running: Running) -> smtplib.SMTP:
    client = connect(running)
    try:
        client.login(SMTP_USER, SMTP_PASSWORD)
    except smtplib.SMTPException:
        client.close()
        raise
    return client


class Raw:
    """A client that says exactly what it is told."""

    def __init__(self, running: Running, *, login: bool = True) -> None:
        host, _, port = running.urls["smtp"].partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=5)
        self.file = self.socket.makefile("rb")
        assert self.reply()[0] == 220
        if login:
            assert self.say("EHLO me")[0] == 250
            assert self.say("AUTH PLAIN " + plain(SMTP_USER, SMTP_PASSWORD))[0] == 235

    def reply(self) -> tuple[int, list[str]]:
        lines = []
        while True:
            line = self.file.readline().decode()
            assert line.endswith("\r\n"), line
            lines.append(line[4:-2])
            if line[3] == " ":
                return int(line[:3]), lines

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def say(self, line: str) -> tuple[int, list[str]]:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def codes(self, count: int) -> list[int]:
        return [self.reply()[0] for _ in range(count)]

    def ended(self) -> bool:
        return self.file.read(1) == b""

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()


def plain(user: str, password: str) -> str:
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def letter(**headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "desk@news.example"
    message["To"] = "reader@home.example"
    message["Subject"] = "Рассылка: morning"
    message["Message-ID"] = "<one@news.example>"
    message["Date"] = "Fri, 02 Oct 2026 11:54:00 +0300"
    for name, value in headers.items():
        message[name] = value
    message.set_content("First story\nhttps://news.example/a?utm_id=abc.\n.dotted line\n")
    message.add_alternative('<p>First <a href="https://news.example/a?x=1&amp;y=2">story</a></p>', subtype="html")
    return message


def test_a_message_is_filed_and_journalled_as_the_reader_sees_it(mail: Running) -> None:
    with logged_in(mail) as client:
        assert client.send_message(letter(), mail_options=["RET=HDRS", "ENVID=issue+2D7"]) == {}
    (line,) = mail.journal("smtp")
    assert line["act"] == "mail"
    assert line["id"] == "<one@news.example>"
    assert line["subject"] == "Рассылка: morning"
    assert (line["from"], line["to"], line["account"]) == ("desk@news.example", ["reader@home.example"], "newsroom")
    assert line["urls"] == ["https://news.example/a?utm_id=abc", "https://news.example/a?x=1&y=2"]
    assert line["date"] == "Fri, 02 Oct 2026 11:54:00 +0300"
    assert line["parameters"] == {"ret": "HDRS", "envid": "issue+2D7"}
    assert b"\r\n.dotted line\r\n" in (mail.state / line["path"]).read_bytes()
    assert mail.control("smtp", "state")["messages"] == 1


def test_ehlo_offers_the_extensions_and_can_be_told_not_to(mail: Running) -> None:
    with connect(mail) as client:
        client.ehlo()
        offered = {"pipelining", "size", "8bitmime", "smtputf8", "chunking", "dsn", "enhancedstatuscodes", "auth"}
        assert set(client.esmtp_features) == offered
    mail.control("smtp", "config", {"disable": ["PIPELINING", "CHUNKING", "DSN"]})
    with connect(mail) as client:
        client.ehlo()
        assert set(client.esmtp_features) == offered - {"pipelining", "chunking", "dsn"}
        client.login(SMTP_USER, SMTP_PASSWORD)
        assert client.docmd("MAIL", "FROM:<a@b.example> RET=HDRS")[0] == 555


def test_mail_needs_a_login_and_a_wrong_one_is_refused(mail: Running) -> None:
    with connect(mail) as client:
        client.ehlo()
        assert client.mail("a@b.example")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
            client.login(SMTP_USER, "wrong")
        assert refusal.value.smtp_code == 535
    mail.control("smtp", "config", {"require_auth": False})
    with connect(mail) as client:
        client.ehlo()
        assert client.mail("a@b.example")[0] == 250


def test_both_ways_to_log_in_work_with_and_without_an_initial_response(mail: Running) -> None:
    for attempt in ("PLAIN", "LOGIN", "LOGIN initial"):
        with Raw(mail, login=False) as raw:
            raw.say("EHLO me")
            if attempt == "PLAIN":
                assert raw.say("AUTH PLAIN") == (334, [""])
                assert raw.say(plain(SMTP_USER, SMTP_PASSWORD))[0] == 235
                continue
            first = base64.b64encode(SMTP_USER.encode()).decode()
            if attempt == "LOGIN":
                assert raw.say("AUTH LOGIN") == (334, ["VXNlcm5hbWU6"])
                assert raw.say(first) == (334, ["UGFzc3dvcmQ6"])
            else:
                assert raw.say(f"AUTH LOGIN {first}")[0] == 334
            assert raw.say(base64.b64encode(SMTP_PASSWORD.encode()).decode())[0] == 235
            assert raw.say("AUTH PLAIN x")[0] == 503


@pytest.mark.parametrize(
    ("line", "code"),
    [("AUTH CRAM-MD5", 504), ("AUTH PLAIN ???", 501), ("AUTH PLAIN =", 501), ("AUTH PLAIN /w==", 501)],
)
def test_a_broken_login_is_told_what_is_wrong(mail: Running, line: str, code: int) -> None:
    with Raw(mail, login=False) as raw:
        assert raw.say(line)[0] == 503
        raw.say("EHLO me")
        assert raw.say(line)[0] == code
        assert raw.say("AUTH LOGIN")[0] == 334
        assert raw.say("*")[0] == 501


def test_a_whole_pipelined_group_is_answered_in_order(mail: Running) -> None:
    group = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\nDATA\r\n"
    body = b"Subject: one\r\n\r\n..two dots\r\n.\r\n"
    with Raw(mail) as raw:
        raw.send(group)
        assert raw.codes(3) == [250, 250, 354]
        raw.send(body + group)
        assert raw.codes(4) == [250, 250, 250, 354]
        raw.send(body + b"QUIT\r\n")
        assert raw.codes(2) == [250, 221]
        assert raw.ended()
    assert len(mail.journal("smtp")) == 2
    assert (mail.state / mail.journal("smtp")[0]["path"]).read_bytes() == b"Subject: one\r\n\r\n.two dots\r\n"


def test_a_client_that_does_not_wait_after_data_is_cut_off(mail: Running) -> None:
    with Raw(mail) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\nDATA\r\nSubject: early\r\n\r\n.\r\n")
        assert raw.codes(3) == [250, 250, 554]
        assert raw.ended()
    assert mail.journal("smtp") == []


def test_pipelining_where_it_was_not_offered_is_cut_off(mail: Running) -> None:
    mail.control("smtp", "config", {"disable": ["PIPELINING"]})
    with Raw(mail) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\n")
        assert raw.codes(1) == [554]
        assert raw.ended()


def test_chunks_arrive_without_dot_stuffing(mail: Running) -> None:
    with Raw(mail) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\n")
        raw.send(b"BDAT 9\r\nSubject: BDAT 14 LAST\r\n x\r\n\r\n.dot\r\n..")
        assert raw.codes(4) == [250, 250, 250, 250]
    (line,) = mail.journal("smtp")
    assert (mail.state / line["path"]).read_bytes() == b"Subject:  x\r\n\r\n.dot\r\n.."


def test_chunking_follows_the_order_of_commands(mail: Running) -> None:
    with Raw(mail) as raw:
        raw.send(b"BDAT 2 LAST\r\nhi")
        assert raw.codes(1) == [503]
        raw.send(b"MAIL FROM:<a@b.example>\r\nBDAT 2 LAST\r\nhi")
        assert raw.codes(2) == [250, 554]
        raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\nBDAT 2\r\nhi")
        assert raw.codes(3) == [250, 250, 250]
        assert raw.say("DATA")[0] == 503
        assert raw.say("BDAT 999999999999")[0] == 552
    with Raw(mail) as raw:
        assert raw.say("BDAT x")[0] == 501


def test_commands_out_of_order_and_unknown_ones_are_refused(mail: Running) -> None:
    with Raw(mail, login=False) as raw:
        assert raw.say("MAIL FROM:<a@b.example>")[0] == 503
        assert raw.say("EHLO")[0] == 501
        assert raw.say("HELO me") == (250, ["sandbox.test greets me"])
        assert raw.say("RCPT TO:<a@b.example>")[0] == 503
        assert raw.say("DATA")[0] == 503
        assert raw.say("STARTTLS")[0] == 502
        assert raw.say("STARTTLS now")[0] == 501
        assert raw.say("NONSENSE")[0] == 500
        assert raw.say("VRFY someone")[0] == 252
        assert raw.say("NOOP")[0] == 250
        raw.send(b"NOOP\n")
        assert raw.codes(1) == [500]
        raw.send(b"\xff\r\n")
        assert raw.codes(1) == [500]
        raw.send(b"NOOP " + b"x" * 5000 + b"\r\n")
        assert raw.codes(1) == [500]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("MAIL FROM:<>", 250),
        ("MAIL FROM:<a@b.example> SIZE=10 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x+2By", 250),
        ("MAIL FROM:<a@b.example> SIZE=99999999999", 552),
        ("MAIL FROM:<a@b.example> SIZE=much", 501),
        ("MAIL FROM:<a@b.example> BODY=BINARYMIME", 501),
        ("MAIL FROM:<a@b.example> RET=SOME", 501),
        ("MAIL FROM:<a@b.example> ENVID=x+2", 501),
        ("MAIL FROM:<a@b.example> COLOUR=RED", 555),
        ("MAIL FROM:<a@b.example> SIZE=1 SIZE=2", 501),
        ("MAIL FROM:<почта@пример.example>", 553),
        ("MAIL FROM:<почта@пример.example> SMTPUTF8", 250),
        ("MAIL FROM:a@b.example", 501),
        ("MAIL TO:<a@b.example>", 501),
        (f"MAIL FROM:<{'x' * 65}@b.example>", 501),
    ],
)
def test_the_parameters_of_mail_are_checked(mail: Running, line: str, code: int) -> None:
    with Raw(mail) as raw:
        assert raw.say(line)[0] == code
        assert raw.say("RSET")[0] == 250


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("RCPT TO:<r@c.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;r@c.example", 250),
        ("RCPT TO:<Postmaster>", 250),
        ('RCPT TO:<"odd one"@c.example>', 250),
        ("RCPT TO:<>", 501),
        ("RCPT TO:<r@c.example> NOTIFY=NEVER,DELAY", 501),
        ("RCPT TO:<r@c.example> SIZE=1", 555),
        ("RCPT TO:<почта@c.example>", 553),
        ("RCPT TO:<gone@c.example>", 550),
    ],
)
def test_the_parameters_of_rcpt_are_checked(mail: Running, line: str, code: int) -> None:
    mail.control("smtp", "config", {"addresses": {"Gone@c.example": [550, "5.1.1 No such user"]}})
    with Raw(mail) as raw:
        raw.say("MAIL FROM:<a@b.example>")
        assert raw.say(line)[0] == code


def test_more_than_a_hundred_recipients_are_put_off(mail: Running) -> None:
    with Raw(mail) as raw:
        raw.say("MAIL FROM:<a@b.example>")
        raw.send(b"".join(b"RCPT TO:<r%d@c.example>\r\n" % n for n in range(101)))
        assert raw.codes(101) == [250] * 100 + [452]


def test_data_without_a_recipient_follows_the_servers_manners(mail: Running) -> None:
    with Raw(mail) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nDATA\r\n")
        assert raw.codes(2) == [250, 554]
    mail.control("smtp", "config", {"lenient_data": True})
    with Raw(mail) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nDATA\r\n")
        assert raw.codes(2) == [250, 354]
        raw.send(b".\r\n")
        assert raw.codes(1) == [554]
    assert mail.journal("smtp") == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"Subject: x\r\n\r\n" + b"y" * 998 + b"\r\n", 250),
        (b"Subject: x\r\n\r\n" + b"y" * 999 + b"\r\n", 550),
        (b"Subject: x\r\n\r\nbare\nline\r\n", 550),
        (b"Subject: x\r\n\r\nbare\rline\r\n", 550),
        (b"Subject: x\r\n\r\n" + b"long\r\n" * 400, 552),
    ],
)
def test_content_is_checked_before_it_is_taken(mail: Running, content: bytes, code: int) -> None:
    mail.control("smtp", "config", {"size": 2000})
    with Raw(mail) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\nDATA\r\n")
        assert raw.codes(3) == [250, 250, 354]
        raw.send(content + b".\r\nNOOP\r\n")
        assert raw.codes(2) == [code, 250]
    assert len(mail.journal("smtp")) == (code == 250)


def test_unannounced_octets_are_taken_with_a_warning(mail: Running) -> None:
    with Raw(mail) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\nDATA\r\n")
        assert raw.codes(3) == [250, 250, 354]
        raw.send("Subject: Привет\r\n\r\nмир\r\n.\r\n".encode())
        assert raw.codes(1) == [250]
    (line,) = mail.journal("smtp")
    assert line["warnings"] == ["8-bit content without BODY=8BITMIME", "8-bit header without SMTPUTF8"]


def test_a_client_that_dies_in_the_middle_leaves_no_mail(mail: Running) -> None:
    for part in (b"DATA\r\nSubject: x\r\n\r\nhalf", b"BDAT 100 LAST\r\nhalf", b"DA"):
        with Raw(mail) as raw:
            raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\n")
            assert raw.codes(2) == [250, 250]
            raw.send(part)
    with Raw(mail) as raw:
        assert raw.say("NOOP")[0] == 250
    assert mail.journal("smtp") == []


def test_content_may_come_in_any_pieces(mail: Running) -> None:
    mail.control("smtp", "config", {"size": 100_000})
    with Raw(mail) as raw:
        for size, code in ((99_980, 250), (300_000, 552)):
            raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\nDATA\r\n")
            assert raw.codes(3) == [250, 250, 354]
            for piece in (b"Subject: x\r\n", b"\r\n", b"y\r\n" * (size // 3), b".", b"\r", b"\n"):
                raw.send(piece)
            assert raw.codes(1) == [code]
    (line,) = mail.journal("smtp")
    assert line["size"] == len(b"Subject: x\r\n\r\n") + 3 * (99_980 // 3)


def test_connections_and_messages_can_be_limited(mail: Running) -> None:
    mail.control("smtp", "config", {"messages_per_connection": 1})
    with logged_in(mail) as client:
        client.send_message(letter())
        with pytest.raises(smtplib.SMTPResponseException) as refusal:
            client.send_message(letter())
        assert refusal.value.smtp_code == 421
    mail.control("smtp", "config", {"connections": 0})
    with pytest.raises(smtplib.SMTPConnectError) as greeting:
        connect(mail)
    assert greeting.value.smtp_code == 421


def test_unknown_knobs_are_refused(mail: Running) -> None:
    with pytest.raises(SandboxError, match="400"):
        mail.control("smtp", "config", {"colour": "red"})
    with pytest.raises(SandboxError, match="400"):
        mail.control("smtp", "config", {"disable": ["EVERYTHING"]})
    with pytest.raises(SandboxError, match="404"):
        mail.control("smtp", "publish", {})


POSITIONS = ["connect", "ehlo", "auth", "mail", "rcpt", "data", "dot"]


@pytest.mark.parametrize("position", POSITIONS)
def test_every_position_can_answer_with_a_scripted_code(mail: Running, position: str) -> None:
    mail.fault("smtp", action="status", path=position, status=451, body="4.3.0 scripted", times=2)
    with pytest.raises(smtplib.SMTPException):
        _send_once(mail)
    mail.clear_faults("smtp")
    assert mail.journal("smtp") == []
    _send_once(mail)
    assert len(mail.journal("smtp")) == 1


@pytest.mark.parametrize("action", ["reset_before", "hang_before", "html_502", "rate_limit"])
def test_a_fault_before_the_final_dot_leaves_no_mail(mail: Running, action: str) -> None:
    mail.fault("smtp", action=action, path="dot", seconds=0.01)
    with pytest.raises((OSError, smtplib.SMTPException)):
        _send_once(mail)
    assert mail.journal("smtp") == []


@pytest.mark.parametrize("action", ["reset_after", "hang_after", "lost_response", "truncate_body", "bad_json_200"])
def test_a_fault_after_the_final_dot_leaves_one_mail(mail: Running, action: str) -> None:
    mail.fault("smtp", action=action, path="dot", seconds=0.01)
    with pytest.raises((OSError, smtplib.SMTPException)):
        _send_once(mail)
    assert len(mail.journal("smtp")) == 1
    (entry,) = [entry for entry in mail.log("smtp") if entry["path"].startswith("dot")]
    assert (entry["fault"], entry["committed"], entry["status"]) == (action, True, None)


@pytest.mark.parametrize("action", ["delay_before", "delay_after", "slow_body", "drop_keepalive"])
def test_a_slow_server_still_takes_the_mail(mail: Running, action: str) -> None:
    mail.fault("smtp", action=action, path="dot", seconds=0.01)
    _send_once(mail)
    assert len(mail.journal("smtp")) == 1


def test_an_accepted_mail_can_be_answered_with_an_error(mail: Running) -> None:
    mail.fault("smtp", action="status_after", path="dot", status=451, body="4.3.0 after all")
    with pytest.raises(smtplib.SMTPDataError):
        _send_once(mail)
    assert len(mail.journal("smtp")) == 1


def test_a_fault_for_one_address_leaves_the_others(mail: Running) -> None:
    mail.fault("smtp", action="status", path="rcpt", contains="<bad@c.example>", status=550, times=None)
    with logged_in(mail) as client:
        refused = client.sendmail("a@b.example", ["bad@c.example", "good@c.example"], "Subject: x\r\n\r\ny\r\n")
    assert set(refused) == {"bad@c.example"}
    assert mail.journal("smtp")[0]["to"] == ["good@c.example"]


def test_the_log_holds_no_password(mail: Running) -> None:
    _send_once(mail)
    shown = repr(mail.log("smtp"))
    assert SMTP_PASSWORD not in shown
    assert plain(SMTP_USER, SMTP_PASSWORD) not in shown


def test_numbering_goes_on_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with start(tmp_path, only=["smtp"], smtp_auth=False) as running, connect(running) as client:
            client.send_message(letter())
    lines = running.journal("smtp")
    assert [line["path"] for line in lines] == ["mail/1.eml", "mail/2.eml"]
    assert [line["n"] for line in lines] == [1, 2]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "cert.pem", append=True)
    return authority, {"smtp_cert": folder / "cert.pem", "smtp_key": folder / "key.pem"}


def test_starttls_comes_before_login_and_mail(tmp_path: Path, certificate: tuple[trustme.CA, dict[str, Any]]) -> None:
    authority, options = certificate
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with start(tmp_path, only=["smtp"], **options) as running:
        with connect(running) as client:
            client.ehlo()
            assert client.has_extn("starttls")
            assert not client.has_extn("auth")
            assert client.docmd("AUTH", "PLAIN x")[0] == 538
            assert client.mail("a@b.example")[0] == 530
            client.starttls(context=context)
            client.login(SMTP_USER, SMTP_PASSWORD)
            assert not client.has_extn("starttls")
            client.send_message(letter())
        with Raw(running, login=False) as raw:
            raw.say("EHLO me")
            assert raw.say("STARTTLS")[0] == 220
            raw.send(b"this is no handshake\r\n")
            raw.file.read()
        assert len(running.journal("smtp")) == 1


def test_tls_from_the_first_byte(tmp_path: Path, certificate: tuple[trustme.CA, dict[str, Any]]) -> None:
    authority, options = certificate
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with start(tmp_path, only=["smtp"], smtp_tls=True, **options) as running:
        host, _, port = running.urls["smtp"].partition(":")
        with smtplib.SMTP_SSL(host, int(port), timeout=5, context=context) as client:
            client.login(SMTP_USER, SMTP_PASSWORD)
            client.send_message(letter())
        assert len(running.journal("smtp")) == 1


def test_a_delay_is_one_round_trip_for_a_whole_group(tmp_path: Path) -> None:
    with start(tmp_path, only=["smtp"], delay=0.02) as running, Raw(running) as raw:
        raw.send(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<r@c.example>\r\nDATA\r\n")
        assert raw.codes(3) == [250, 250, 354]
        raw.send(b"Subject: x\r\n\r\n.\r\n")
        assert raw.codes(1) == [250]
        assert raw.say("QUIT")[0] == 221


def _send_once(running: Running) -> None:
    with logged_in(running) as client:
        client.send_message(letter())


def test_a_brief_journal_holds_the_header_alone(mail: Running) -> None:
    mail.control("smtp", "config", {"brief": True})
    _send_once(mail)
    (line,) = mail.journal("smtp")
    assert (line["id"], line["subject"]) == ("<one@news.example>", "Рассылка: morning")
    assert (line["urls"], line["text"], line["to"]) == ([], "", ["reader@home.example"])


def test_links_are_found_however_they_are_quoted() -> None:
    html = """<A class="x" HREF='https://a.example/?x=1&amp;y=2'>a</A><a href=https://b.example/>b</a>
    <a name="href">c</a> <a href="mailto:x@y.example">d</a> <abbr href="https://no.example/">"""
    assert links(html) == ["https://a.example/?x=1&y=2", "https://b.example/"]


def test_headers_are_shown_decoded_folded_raw_or_broken() -> None:
    shown = [
        ("=?utf-8?q?=D0=BC=D0=B8=D1=80?=", "мир"),
        ("long\r\n line", "long line"),
        ("мир", "мир"),
        ("=?moon?q?x?=", "=?moon?q?x?="),
    ]
    for raw, text in shown:
        assert seen_by_reader(f"Subject: {raw}\r\n\r\n".encode())["subject"] == text


def test_an_unknown_charset_is_read_as_utf8() -> None:
    raw = b"Subject: x\r\nContent-Type: text/plain; charset=moon\r\n\r\nhttps://a.example/\xd1\x8f\r\n"
    assert seen_by_reader(raw)["urls"] == ["https://a.example/я"]


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_octets_can_be_shown(content: bytes) -> None:
    assert set(seen_by_reader(content)) == {"id", "subject", "date", "reply_to", "references", "text", "urls"}


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_argument_is_a_path_or_refused(text: str) -> None:
    codes = []
    for parse in (lambda: parse_path("TO:" + text, "TO:"), lambda: xtext(text), lambda: notify(text)):
        try:
            parse()
        except RefusedError as refusal:
            codes.append(refusal.reply.code)
    assert set(codes) <= {501}


@given(st.lists(st.binary(max_size=30)))
@settings(max_examples=100, deadline=None)
def test_clean_lines_have_no_problem(lines: list[bytes]) -> None:
    clean = [line.replace(b"\r", b"").replace(b"\n", b"") for line in lines]
    assert content_problem(b"".join(line + b"\r\n" for line in clean)) is None
