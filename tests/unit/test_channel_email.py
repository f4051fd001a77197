"""The mail channel against a scripted relay: what is answered, and where, decides the outcome."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme

from distributor.channels import kinds
from distributor.channels.email import KIND, EmailChannel
from distributor.channels.email.options import Options, ProviderOptions, RelayOptions, port
from distributor.channels.email.pool import Envelope, Lanes, Lost
from distributor.errors import (
    ChannelError,
    Deferred,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.interfaces import Bulk, Channel, Checkable
from distributor.mime import LEAVE, mailbox
from distributor.model import Message, Parcel, Receipt, Recipient
from distributor.secret import Secret

AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
MESSAGE = Message(text=f"Text\n.dot\n{LEAVE}\n", html="<p>Text</p>", subject="Subject", language="en")
DROP, HANG = "drop", "hang"


def parcel(address: str = "anna@example.com", key: str = "aaaabbbbccccdddd", message: Message = MESSAGE) -> Parcel:
    return Parcel(message=message, recipient=Recipient(address=address), key=key, first_sent_at=AT)


def parcels(count: int) -> list[Parcel]:
    return [parcel(f"reader{n}@example.com", f"key{n:013}") for n in range(count)]


class Relay:
    """An SMTP server whose answers are scripted: for every command a list of answers to give before the usual one."""

    def __init__(self, script: Mapping[str, Sequence[str]], **options: Any) -> None:
        self.script = {name: list(answers) for name, answers in script.items()}
        self.tls: ssl.SSLContext | None = options.get("tls")
        self.implicit: bool = options.get("implicit", False)
        self.extensions: Sequence[str] = options.get("extensions", ())
        self.log: list[str] = []
        self.mails: list[tuple[str, str, bytes]] = []
        self.connections = 0
        self.busiest = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=20)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                hang_up(connection)
        for thread in self._threads:
            thread.join(2)

    def answer(self, *names: str, usual: str) -> str:
        with self._lock:
            for name in names:
                if self.script.get(name):
                    return self.script[name].pop(0)
        return usual

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self._open.add(connection)
            self.busiest = max(self.busiest, len(self._open))
        secured: list[socket.socket] = [connection]
        try:
            if self.implicit and self.tls:
                secured.append(self.tls.wrap_socket(connection, server_side=True))
            Conversation(self, secured).run()
        except (OSError, EOFError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            for each in reversed(secured):
                each.close()


def hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class Conversation:
    def __init__(self, relay: Relay, sockets: list[socket.socket]) -> None:
        self.relay, self.sockets = relay, sockets
        self.file = sockets[-1].makefile("rb")
        self.sender = self.recipient = ""

    def run(self) -> None:
        try:
            self.say("GREETING", usual="220 relay.example.org ESMTP")
            while self.step(self.line()):
                pass
        finally:
            self.file.close()

    def line(self) -> str:
        raw = self.file.readline()
        if not raw:
            raise EOFError
        return raw.decode().rstrip("\r\n")

    def say(self, *names: str, usual: str) -> str:
        return self.reply(self.relay.answer(*names, usual=usual))

    def reply(self, answer: str) -> str:
        if answer == DROP:
            raise EOFError
        if answer == HANG:
            self.file.read(1)
            raise EOFError
        self.sockets[-1].sendall(answer.replace("\n", "\r\n").encode() + b"\r\n")
        return answer

    def step(self, line: str) -> bool:
        verb = line.split(" ")[0].upper()
        with self.relay._lock:
            self.relay.log.append(line)
        getattr(self, "on_" + verb.lower())(line)
        return verb != "QUIT"

    def on_ehlo(self, line: str) -> None:
        secure = len(self.sockets) > 1
        offered = [*self.relay.extensions, *(["STARTTLS"] if self.relay.tls and not secure else [])]
        lines = ["relay.example.org", *offered]
        self.say("EHLO", usual="\n".join(f"250{'-' if n < len(lines) - 1 else ' '}{t}" for n, t in enumerate(lines)))

    def on_starttls(self, line: str) -> None:
        if self.say("STARTTLS", usual="220 go").startswith("220") and self.relay.tls:
            self.file.close()
            self.sockets.append(self.relay.tls.wrap_socket(self.sockets[-1], server_side=True))
            self.file = self.sockets[-1].makefile("rb")

    def on_auth(self, line: str) -> None:
        self.say("AUTH", usual="235 welcome")

    def on_mail(self, line: str) -> None:
        self.sender = line
        self.say("MAIL", usual="250 ok")

    def on_rcpt(self, line: str) -> None:
        self.recipient = line.split("<")[1].split(">")[0]
        self.say(f"RCPT {self.recipient}", "RCPT", usual="250 ok")

    def on_data(self, line: str) -> None:
        if not self.say("DATA", usual="354 go on").startswith("354"):
            return
        content = b""
        while not content.endswith(b"\r\n.\r\n"):
            chunk = self.file.readline()
            if not chunk:
                raise EOFError
            content += chunk
        answer = self.relay.answer("DOT", usual="250 taken")
        if answer.startswith("2"):  # on the books before the client can know of it
            with self.relay._lock:
                self.relay.mails.append((self.sender, self.recipient, content[:-3].replace(b"\r\n..", b"\r\n.")))
        self.reply(answer)

    def on_rset(self, line: str) -> None:
        self.say("RSET", usual="250 ok")

    def on_noop(self, line: str) -> None:
        self.say("NOOP", usual="250 ok")

    def on_quit(self, line: str) -> None:
        self.say("QUIT", usual="221 bye")


@contextmanager
def relay(script: Mapping[str, Sequence[str]] | None = None, **options: Any) -> Iterator[Relay]:
    server = Relay(script or {}, **options)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def channel(server: Relay | None = None, **changes: Any) -> Iterator[EmailChannel]:
    given = {"port": server.port} if server else {}
    options = Options(
        host="127.0.0.1", sender="News <news@example.org>", tls="none", timeout=3, final_timeout=3, **given
    )
    opened = KIND.open("mail", replace(options, **changes))
    assert isinstance(opened, EmailChannel)
    try:
        yield opened
    finally:
        opened.close()
        opened.close()


@pytest.fixture
def both() -> Iterator[Any]:
    """A relay by its script, with a channel that knows it."""
    with ExitStack() as stack:

        def start(script: Mapping[str, Sequence[str]] | None = None, **changes: Any) -> tuple[Relay, EmailChannel]:
            server = stack.enter_context(relay(script, extensions=changes.pop("extensions", ())))
            return server, stack.enter_context(channel(server, **changes))

        yield start


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_the_kind_is_found_and_the_channel_has_its_abilities(both: Any) -> None:
    assert kinds()["email"] is KIND
    _, mail = both()
    seam: Channel = mail
    assert isinstance(mail, Checkable)
    assert isinstance(mail, Bulk)
    assert (seam.name, seam.kind, mail.batch, seam.limits.text) == ("mail", "email", 4, None)


def test_a_mail_reaches_the_relay_whole_and_its_receipt_is_its_message_id(both: Any) -> None:
    server, mail = both(reply_to="desk@example.org", unsubscribe="Leave <le+ave@example.org>")
    assert mail.send(parcel()) == Receipt(remote_id="<aaaabbbbccccdddd@example.org>")
    ((sender, recipient, content),) = server.mails
    assert (sender, recipient) == ("MAIL FROM:<news@example.org>", "anna@example.com")
    got = message_from_bytes(content, policy=policy.default)
    assert got["Message-ID"] == "<aaaabbbbccccdddd@example.org>"
    assert got["Date"] == "Mon, 30 Nov 2026 04:00:00 +0000"
    assert got["Reply-To"] == "desk@example.org"
    assert got["List-Id"] == "<mail.example.org>"
    assert got["List-Unsubscribe"] == "<mailto:le%2Bave@example.org?subject=unsubscribe%20aaaabbbbccccdddd>"
    body = got.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert text == "Text\n.dot\nmailto:le%2Bave@example.org?subject=unsubscribe%20aaaabbbbccccdddd\n"


def test_a_retry_is_the_same_mail_byte_for_byte(both: Any) -> None:
    server, mail = both()
    mail.send(parcel())
    mail.send(parcel())
    assert server.mails[0] == server.mails[1]


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("450 4.2.1 greylisted", RateLimited),
        ("421 4.7.0 too many", RateLimited),
        ("550 5.1.1 no such user", Rejected),
        ("530 5.7.0 authentication required", Unauthorized),
        ("535 5.7.8 who are you", Unauthorized),
    ],
)
def test_a_refusal_is_judged_alike_in_every_phase(
    both: Any, phase: str, answer: str, expected: type[Exception]
) -> None:
    server, mail = both({phase: [answer]})
    with pytest.raises(expected, match=answer[:3]) as caught:
        mail.send(parcel())
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == timedelta(minutes=30)
    assert server.mails == []
    assert mail.send(parcel("boris@example.com")).remote_id
    assert [who for _, who, _ in server.mails] == ["boris@example.com"]


@pytest.mark.parametrize(
    ("phase", "answer"),
    [*((phase, answer) for phase in ("MAIL", "RCPT", "DATA") for answer in (DROP, HANG, "what?")), ("DATA", "250 yes")],
)
def test_what_breaks_before_the_content_was_surely_not_sent(both: Any, phase: str, answer: str) -> None:
    server, mail = both({phase: [answer]}, timeout=0.2)
    with pytest.raises(Unavailable):
        mail.send(parcel())
    assert server.mails == []


@pytest.mark.parametrize("answer", [DROP, HANG, "what?", "354 more", "25"])
def test_no_readable_answer_to_the_content_is_an_unknown_outcome_on_a_dead_connection(both: Any, answer: str) -> None:
    server, mail = both({"DOT": [answer]}, final_timeout=0.2)
    with pytest.raises(UnknownOutcome):
        mail.send(parcel())
    assert server.connections == 1
    mail.send(parcel())
    assert server.connections == 2


def test_a_refused_reader_does_no_harm_to_the_others(both: Any) -> None:
    script = {"RCPT reader3@example.com": ["550 5.1.1 gone"], "RCPT reader5@example.com": ["451 4.3.0 later"]}
    server, mail = both(script)
    results = dict(mail.send_many([*parcels(8), parcel("not an address")]))
    assert sorted(results) == list(range(9))
    assert {n for n, result in results.items() if isinstance(result, Receipt)} == {0, 1, 2, 4, 6, 7}
    assert isinstance(results[3], Rejected)
    assert isinstance(results[5], RateLimited)
    assert isinstance(results[8], Rejected)
    assert sorted(who for _, who, _ in server.mails) == [f"reader{n}@example.com" for n in (0, 1, 2, 4, 6, 7)]


def test_a_batch_shares_a_few_connections_and_the_next_batch_reuses_them(both: Any) -> None:
    server, mail = both(connections=3)
    assert len(list(mail.send_many(parcels(30)))) == 30
    assert len(list(mail.send_many(parcels(30)))) == 30
    assert len(server.mails) == 60
    assert server.connections <= 3
    mail.close()
    assert sum(line == "QUIT" for line in server.log) == server.connections


def test_an_empty_batch_contacts_nobody(both: Any) -> None:
    server, mail = both()
    assert list(mail.send_many([])) == []
    assert server.connections == 0


def test_a_kept_connection_that_went_stale_is_replaced_without_a_word(both: Any) -> None:
    server, mail = both()
    mail.send(parcel())
    server.script["MAIL"] = [DROP]
    mail.send(parcel("boris@example.com"))
    assert [who for _, who, _ in server.mails] == ["anna@example.com", "boris@example.com"]


def test_a_connection_full_of_mail_is_replaced_but_a_busy_relay_is_left_alone(both: Any) -> None:
    server, mail = both({"MAIL": ["250 ok", "421 4.7.0 too many messages on this connection"]}, connections=1)
    results = dict(mail.send_many(parcels(3)))
    assert all(isinstance(result, Receipt) for result in results.values())
    assert server.connections == 2
    server.script["MAIL"] = ["421 busy"] * 9
    results = dict(mail.send_many(parcels(4)))
    assert all(isinstance(result, RateLimited) for result in results.values())
    assert len(server.script["MAIL"]) == 7


def test_an_unused_connection_is_closed_after_a_while(both: Any) -> None:
    server, mail = both()
    mail._pools["main"]._idle_seconds = 0.01
    mail.send(parcel())
    deadline = time.monotonic() + 3
    while "QUIT" not in server.log and time.monotonic() < deadline:
        time.sleep(0.005)
    assert "QUIT" in server.log
    mail.send(parcel())
    assert server.connections == 2


def test_one_connection_that_cannot_be_had_leaves_the_mail_to_the_others(both: Any) -> None:
    server, mail = both({"GREETING": ["220 hello", "421 one is enough"]}, connections=2)
    results = dict(mail.send_many(parcels(6)))
    assert all(isinstance(result, Receipt) for result in results.values())
    assert len(server.mails) == 6


def test_nobody_answering_is_unavailable_for_every_parcel() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    with channel(port=free) as mail:
        results = dict(mail.send_many(parcels(3)))
        assert [type(results[n]) for n in range(3)] == [Unavailable] * 3
        with pytest.raises(Unavailable, match=f"127.0.0.1:{free}"):
            mail.check()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"GREETING": ["554 no service"]}, Unavailable),
        ({"GREETING": ["421 busy"]}, RateLimited),
        ({"GREETING": [DROP]}, Unavailable),
        ({"GREETING": [HANG]}, Unavailable),
        ({"EHLO": ["500 what"]}, Unavailable),
        ({"EHLO": [DROP]}, Unavailable),
    ],
)
def test_a_relay_that_does_not_greet(both: Any, script: dict[str, list[str]], expected: type[Exception]) -> None:
    _, mail = both(script, timeout=0.2)
    with pytest.raises(expected):
        mail.send(parcel())


def test_starttls_with_the_relays_own_authority(server_tls: ssl.SSLContext, ca_file: str) -> None:
    with relay(tls=server_tls) as server, channel(server, tls="starttls", ca_file=ca_file) as mail:
        mail.send(parcel())
        assert [line.split(" ")[0] for line in server.log] == ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA"]
        assert len(server.mails) == 1
        assert mail.check() == f"news@example.org through 127.0.0.1:{server.port} (starttls)"


def test_tls_from_the_first_byte(server_tls: ssl.SSLContext, ca_file: str) -> None:
    with relay(tls=server_tls, implicit=True) as server, channel(server, tls="tls", ca_file=ca_file) as mail:
        mail.send(parcel())
        assert len(server.mails) == 1


def test_an_unverified_certificate_sends_nothing(server_tls: ssl.SSLContext) -> None:
    with relay(tls=server_tls) as server, channel(server, tls="starttls") as mail:
        with pytest.raises(Unavailable, match="certificate"):
            mail.send(parcel())
        assert server.mails == []


def test_a_relay_without_starttls_is_never_used_in_the_clear() -> None:
    with relay() as server, channel(server, tls="starttls", username="u", password=Secret("hunter2222")) as mail:
        with pytest.raises(Unavailable, match="STARTTLS"):
            mail.send(parcel())
        assert [line.split(" ")[0] for line in server.log] == ["EHLO"]


def test_a_ca_file_that_cannot_be_read_is_said_so() -> None:
    with channel(tls="tls", port=1, ca_file="/nonexistent/ca.pem") as mail, pytest.raises(Unavailable, match="No such"):
        mail.send(parcel())


def test_signing_in_with_the_right_password(both: Any) -> None:
    server, mail = both(extensions=("AUTH PLAIN",), username="news", password=Secret("correct horse"))
    mail.send(parcel())
    (auth,) = [line for line in server.log if line.startswith("AUTH")]
    assert base64.b64decode(auth.split(" ")[2]) == b"\0news\0correct horse"
    assert mail.check().endswith("(none, signed in as news)")
    assert server.log[-2:] == ["NOOP", "QUIT"]
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("answer", "extensions", "expected"),
    [
        ("535 5.7.8 bad credentials correct horse", ("AUTH PLAIN",), Unauthorized),
        ("454 4.7.0 temporary", ("AUTH PLAIN",), Unavailable),
        (DROP, ("AUTH PLAIN",), Unavailable),
        ("235 never asked", (), Unauthorized),
        ("235 never asked", ("AUTH GSSAPI",), Unauthorized),
    ],
)
def test_not_being_able_to_sign_in_stops_all_and_shows_no_secret(
    both: Any, answer: str, extensions: tuple[str, ...], expected: type[ChannelError]
) -> None:
    server, mail = both(
        {"AUTH": [answer] * 9}, extensions=extensions, username="news", password=Secret("correct horse")
    )
    results = dict(mail.send_many(parcels(5)))
    assert [type(results[n]) for n in range(5)] == [expected] * 5
    assert all("correct horse" not in str(result) for result in results.values())
    assert server.mails == []
    assert server.connections <= 4


def with_spare(stack: ExitStack, main: Any, spare: Any, **changes: Any) -> tuple[Relay, Relay, EmailChannel]:
    """Two relays by their scripts, and a channel that knows both."""
    first, second = (stack.enter_context(relay(script)) for script in (main, spare))
    other = RelayOptions(host="127.0.0.1", port=second.port, tls="none", timeout=3, final_timeout=0.3, priority=2)
    given = {"relays": {"spare": other}, "final_timeout": 0.3, **changes}
    return first, second, stack.enter_context(channel(first, **given))


@pytest.mark.parametrize(
    "script",
    [
        {"GREETING": ["554 no service"] * 9},
        {"GREETING": ["421 busy"] * 9},
        {"GREETING": [DROP] * 9},
        {"MAIL": ["421 4.7.0 too many"] * 9},
        {"MAIL": ["451 4.3.2 not now"] * 9},
        {"DATA": [DROP] * 9},
        {"RCPT": ["452 4.3.1 no space"] * 9},
        {"DOT": ["451 4.3.0 queue full"] * 9},
        {"MAIL": ["530 5.7.0 sign in first"] * 9},
    ],
)
def test_what_surely_did_not_leave_goes_by_the_next_relay_at_once(script: dict[str, list[str]]) -> None:
    with ExitStack() as stack:
        main, spare, mail = with_spare(stack, script, {})
        results = dict(mail.send_many(parcels(5)))
        assert all(isinstance(result, Receipt) for result in results.values())
        assert main.mails == []
        assert sorted(who for _, who, _ in spare.mails) == [f"reader{n}@example.com" for n in range(5)]
        report = mail.report()
        assert report.used == {"spare": 5}
        assert {one.relay for one in report.troubles} == {"main"}
        assert mail.report().used == {}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"DOT": [DROP]}, UnknownOutcome),
        ({"DOT": [HANG]}, UnknownOutcome),
        ({"DOT": ["what?"]}, UnknownOutcome),
        ({"DOT": ["250 taken"]}, Receipt),
        ({"RCPT": ["550 5.1.1 no such user"]}, Rejected),
        ({"DOT": ["554 5.7.1 spam"]}, Rejected),
        ({"RCPT": ["450 4.2.1 mailbox busy"]}, Deferred),
    ],
)
def test_what_a_relay_judged_or_may_have_never_goes_by_another(script: dict[str, list[str]], expected: type) -> None:
    with ExitStack() as stack:
        _, spare, mail = with_spare(stack, script, {})
        (result,) = dict(mail.send_many([parcel()])).values()
        assert isinstance(result, expected)
        assert spare.log == []
        assert mail.report().used == {"main": 1}


def test_where_no_relay_will_the_last_ones_reason_is_told_and_nothing_was_sent_twice() -> None:
    with ExitStack() as stack:
        busy = {"MAIL": ["421 busy"] * 9}
        main, spare, mail = with_spare(stack, busy, {"GREETING": ["554 no"] * 9})
        results = dict(mail.send_many(parcels(2)))
        assert [type(results[n]) for n in range(2)] == [Unavailable] * 2
        assert main.mails == spare.mails == []
        assert mail.check().count("WHICH FAILS") == 1


def test_a_mail_goes_only_by_the_relays_that_it_may_have() -> None:
    with ExitStack() as stack:
        main, spare, mail = with_spare(stack, {}, {})
        list(mail.send_many([replace(parcel(), relays=("spare",)), replace(parcel("b@example.com"), relays=("gone",))]))
        assert [who for _, who, _ in spare.mails] == ["anna@example.com"]
        assert [who for _, who, _ in main.mails] == ["b@example.com"]
        assert mail.check() == (
            f"news@example.org through 127.0.0.1:{main.port} (none) or 127.0.0.1:{spare.port} (none)"
        )


def test_a_relay_with_the_smaller_priority_is_first() -> None:
    with ExitStack() as stack:
        main, spare, mail = with_spare(stack, {}, {}, priority=3)
        mail.send(parcel())
        assert (len(main.mails), len(spare.mails)) == (0, 1)


def test_no_provider_has_more_conversations_than_it_may_and_the_others_go_on(both: Any) -> None:
    server, mail = both(connections=4, providers={"gmail": ProviderOptions(connections=1)})
    busy: list[int] = []
    lanes = mail._pools["main"]._lanes
    take = lanes.take

    async def watched(waiting: Any) -> Any:
        found = await take(waiting)
        busy.append(lanes._busy["gmail"])
        return found

    lanes.take = watched
    readers = [*(parcel(f"reader{n}@gmail.com") for n in range(8)), *parcels(8)]
    assert all(isinstance(result, Receipt) for _, result in mail.send_many(readers))
    assert len(server.mails) == 16
    assert max(busy) == 1
    assert server.busiest > 1


def test_a_full_lane_waits_until_one_of_its_mails_has_left() -> None:
    def envelope(provider: str) -> Envelope:
        return Envelope(sender=mailbox("a@b.org"), recipient=mailbox("c@d.org"), content=b"", provider=provider)

    async def scene() -> list[str]:
        lanes, told = Lanes(lambda provider: 1 if provider == "gmail" else 0), []
        waiting = [(0, envelope("gmail")), (1, envelope("other")), (2, envelope("gmail"))]
        first, second = await lanes.take(waiting), await lanes.take(waiting)
        assert first is not None
        assert second is not None
        told += [first[1].provider, second[1].provider]
        third = asyncio.ensure_future(lanes.take(waiting))
        await asyncio.sleep(0)
        assert not third.done()
        await lanes.give_back(first[1])
        last = await third
        assert last is not None
        return [*told, last[1].provider, str(await lanes.take(waiting))]

    assert asyncio.run(scene()) == ["gmail", "other", "gmail", "None"]


def test_a_channel_that_was_closed_sends_again_with_its_limits(both: Any) -> None:
    server, mail = both(provider_connections=1)
    list(mail.send_many(parcels(3)))
    mail.close()
    list(mail.send_many(parcels(3)))
    assert len(server.mails) == 6


def test_an_international_address_needs_a_relay_that_takes_it(both: Any) -> None:
    server, mail = both({}, extensions=("8BITMIME", "SMTPUTF8"))
    mail.send(parcel("почта@пример.бел"))
    assert server.mails[0][0] == "MAIL FROM:<news@example.org> BODY=8BITMIME SMTPUTF8"
    assert server.mails[0][1] == "почта@xn--e1afmkfd.xn--90ais"
    _, plain = both()
    with pytest.raises(Rejected, match="SMTPUTF8"):
        plain.send(parcel("почта@пример.бел"))


def test_notices_are_asked_for_where_the_relay_offers_them(both: Any) -> None:
    server, mail = both({}, extensions=("DSN", "8BITMIME", "SMTPUTF8"), bounce_domain="bounce.example.org")
    mail.send(replace(parcel("anna+1=2@example.com"), token="6f-aaaabbbbccccdddd"))
    mail.send(parcel("почта@example.com"))
    lines = [line for line in server.log if line.startswith(("MAIL", "RCPT"))]
    assert lines == [
        "MAIL FROM:<b+6f-aaaabbbbccccdddd@bounce.example.org> RET=HDRS ENVID=6f-aaaabbbbccccdddd",
        "RCPT TO:<anna+1=2@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;anna+2B1+3D2@example.com",
        "MAIL FROM:<news@example.org> BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=aaaabbbbccccdddd",
        "RCPT TO:<почта@example.com> NOTIFY=FAILURE,DELAY "
        "ORCPT=utf-8;\\x{43F}\\x{43E}\\x{447}\\x{442}\\x{430}@example.com",
    ]
    plain, other = both()
    other.send(parcel())
    assert "MAIL FROM:<news@example.org>" in plain.log


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"tls": "none", "host": "relay.example.org"}, "tls "),
        ({"sender": "nobody"}, "sender:"),
        ({"unsubscribe": "a b@c"}, "unsubscribe:"),
        ({"reply_to": "@"}, "reply_to:"),
        ({"list_id": "News <two words>"}, "list_id:"),
        ({"ca_file": "relay.pem"}, "ca_file "),
        ({"connections": 0}, "connections "),
        ({"port": 99999}, "port "),
        ({"port": 0}, "port "),
        ({"per_hour": -1}, "per_hour "),
        ({"warmup_from": "soon"}, "warmup_from:"),
        ({"relays": {"main": RelayOptions(host="localhost", tls="none")}}, "relays:"),
    ],
)
def test_a_table_that_cannot_work_is_refused_with_its_key(changes: dict[str, Any], key: str) -> None:
    good = Options(host="127.0.0.1", sender="news@example.org", tls="none")
    with pytest.raises(ValueError, match=f"^{key}"):
        replace(good, **changes)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "127.8.8.8"])
def test_plaintext_is_for_this_machine_or_for_those_who_say_so(host: str) -> None:
    good = Options(host=host, sender="news@example.org", tls="none")
    KIND.open("mail", good).close()
    KIND.open("mail", replace(good, host="relay.example.org", allow_plaintext=True)).close()


def test_the_port_belongs_to_the_kind_of_tls() -> None:
    options = Options(host="localhost", sender="news@example.org")
    assert [port(replace(options, tls=tls)) for tls in ("starttls", "tls", "none")] == [587, 465, 25]
    assert port(replace(options, port=2525)) == 2525


def test_the_password_is_in_no_repr() -> None:
    assert "hunter" not in repr(Options(host="h", sender="a@b.org", password=Secret("hunter22")))


def test_another_transport_can_stand_behind_the_channel() -> None:
    class Refusing:
        alive = False

        async def refuse(self) -> None:
            raise Lost("not today")

        vars()["open"] = refuse

    mail = EmailChannel("mail", Options(host="localhost", sender="a@b.org", tls="none"), transport=Refusing)  # type: ignore[arg-type]
    assert [type(result) for _, result in mail.send_many(parcels(2))] == [Lost, Lost]
    mail.close()


def test_a_bug_in_a_transport_escapes_after_the_other_answers() -> None:
    class Broken:
        alive = True

        async def fine(self) -> None:
            return None

        async def send(self, envelope: object) -> None:
            raise ZeroDivisionError

        vars()["open"] = close = fine

    mail = EmailChannel("mail", Options(host="localhost", sender="a@b.org", tls="none"), transport=Broken)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        mail.send(parcel())
    mail.close()
