from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.channels import webhook
from distributor.channels.webhook import KIND, Options, Webhook
from distributor.errors import (
    ChannelError,
    FetchRefused,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Message, Parcel, Receipt
from distributor.net.signed import headers, key_of, sign
from distributor.secret import Secret
from tests.raw_http import Script, Server, answer, closed_port, dripping, dropped, reset, serve, silent, truncated

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
BODY = '{"headline": "Дождь"}'


def parcel(text: str = BODY) -> Parcel:
    return Parcel(message=Message(text=text), key="abc234", first_sent_at=NOW)


def channel(url: str, **more: Any) -> Webhook:
    options = {"secret": Secret(KEY), "timeout": 5.0, "allow_private": True, **more}
    return Webhook("desk", Options(url=url, **options), now=lambda: NOW)


@contextmanager
def receiver(script: Script, **more: Any) -> Iterator[tuple[Server, Webhook]]:
    with serve(script) as server:
        hook = channel(server.url + "/in?k=1", **more)
        yield server, hook
        hook.close()


def refusal(script: Script) -> ChannelError:
    with (
        receiver(script, timeout=0.25 if script in (silent, dripping) else 5.0) as (server, hook),
        pytest.raises(ChannelError) as caught,
    ):
        hook.send(parcel())
    assert len(server.seen) == 1
    return caught.value


def test_the_body_is_the_message_byte_for_byte_and_the_key_travels_with_it() -> None:
    with receiver(answer(200, {"id": "evt_9"})) as (server, hook):
        assert hook.send(parcel()) == Receipt(remote_id="evt_9")
    seen = server.seen[0]
    assert (seen.method, seen.path, seen.body.decode()) == ("POST", "/in?k=1", BODY)
    assert seen.headers["webhook-id"] == "abc234"
    assert seen.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["connection"] == "close"


def test_the_signature_is_hmac_sha256_over_id_timestamp_and_body() -> None:
    fields = headers("abc234", BODY.encode(), NOW, [b"k" * 32])
    expected = hmac.new(b"k" * 32, f"abc234.{int(NOW.timestamp())}.{BODY}".encode(), hashlib.sha256).digest()
    assert fields["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


def test_the_published_example_of_the_standard_gets_the_published_signature() -> None:
    # Standard Webhooks, reference libraries' test vector
    key = key_of(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "secret")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_a_secret_is_changed_both_sign_the_new_one_first() -> None:
    old = Secret("the-old-one")
    with serve(answer(204)) as server:
        channel(server.url, previous_secret=old).send(parcel())
    first, second = server.seen[0].headers["webhook-signature"].split(" ")
    stamp = server.seen[0].headers["webhook-timestamp"]
    assert first == sign(b"k" * 32, "abc234", stamp, BODY.encode())
    assert second == sign(b"the-old-one", "abc234", stamp, BODY.encode())


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=1, max_size=64), st.binary(max_size=200))
def test_a_receiver_with_the_secret_can_verify_any_body(secret: bytes, body: bytes) -> None:
    key = key_of(Secret("whsec_" + base64.b64encode(secret).decode()), "secret")
    assert key == secret
    expected = hmac.new(secret, b"i.1." + body, hashlib.sha256).digest()
    assert base64.b64decode(sign(key, "i", "1", body).removeprefix("v1,")) == expected


def test_every_attempt_is_dated_anew_and_keeps_its_id() -> None:
    instants = iter([NOW, NOW + timedelta(hours=1)])
    with serve(answer(200)) as server:
        hook = Webhook("d", Options(url=server.url, secret=Secret(KEY), allow_private=True), now=lambda: next(instants))
        hook.send(parcel())
        hook.send(parcel())
    stamps = [int(seen.headers["webhook-timestamp"]) for seen in server.seen]
    assert stamps[1] - stamps[0] == 3600
    assert {seen.headers["webhook-id"] for seen in server.seen} == {"abc234"}


@pytest.mark.parametrize(
    ("body", "remote"),
    [({"id": 7}, "7"), ({"id": True}, ""), ({"id": ["x"]}, ""), (["x"], ""), ("thanks", ""), (b"\xff\xfe", "")],
)
def test_the_receiver_s_id_is_kept_where_there_is_one(body: object, remote: str) -> None:
    with receiver(answer(202, body)) as (_, hook):
        assert hook.send(parcel()).remote_id == remote


def test_a_receiver_s_cookies_are_not_kept() -> None:
    with receiver(answer(200, b"", {"Set-Cookie": "a=b; Path=/"})) as (server, hook):
        hook.send(parcel())
        hook.send(parcel())
    assert "cookie" not in server.seen[1].headers


def test_a_connection_is_never_used_twice_though_the_receiver_would_keep_it() -> None:
    with receiver(answer(200, b"{}", {"Connection": "keep-alive"})) as (server, hook):
        for _ in range(5):
            hook.send(parcel())
    assert server.connections == 5


def test_a_long_answer_is_not_read_to_its_end() -> None:
    with receiver(answer(200, b"x" * 1_000_000)) as (_, hook):
        assert hook.send(parcel()) == Receipt()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, Rejected),
        (307, Rejected),
        (400, Rejected),
        (404, Rejected),
        (408, Rejected),
        (410, Rejected),
        (413, Rejected),
        (422, Rejected),
        (401, Unauthorized),
        (403, Unauthorized),
        (429, RateLimited),
        (500, UnknownOutcome),
        (502, UnknownOutcome),
        (503, UnknownOutcome),
    ],
)
def test_each_status_has_its_outcome(status: int, kind: type[ChannelError]) -> None:
    error = refusal(answer(status, b"", {"Location": "http://127.0.0.1:1/"}))
    assert type(error) is kind
    assert str(status) in str(error)


def test_plain_words_of_a_refusal_are_quoted_on_one_line_and_a_page_is_not() -> None:
    assert str(refusal(answer(422, "no\nheadline", {"Content-Type": "text/plain"}))).endswith("422: no headline")
    assert "html" not in str(refusal(answer(422, "<html>"))).lower()


@pytest.mark.parametrize(
    ("fields", "wait"),
    [
        ({}, None),
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"Retry-After": "0"}, timedelta(seconds=1)),
        ({"Retry-After": "Mon, 30 Nov 2026 07:00:30 GMT"}, timedelta(seconds=30)),
        (
            {"Retry-After": "Mon, 30 Nov 2026 07:00:30 GMT", "Date": "Mon, 30 Nov 2026 07:00:20 GMT"},
            timedelta(seconds=10),
        ),
        ({"Retry-After": "Mon, 30 Nov 2020 07:00:30 GMT"}, timedelta(seconds=1)),
        ({"Retry-After": "999999999999"}, timedelta(days=31)),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "٧"}, None),
    ],
)
def test_the_receiver_s_wait_is_seconds_or_a_date(fields: dict[str, str], wait: timedelta | None) -> None:
    if "٧" in fields.values():
        fields = {"Retry-After": "٧".encode().decode("latin-1")}
    error = refusal(answer(429, b"", fields))
    assert isinstance(error, RateLimited)
    assert error.retry_after == wait


@pytest.mark.parametrize("script", [dropped, reset, silent, dripping, truncated(200, b'{"id": "1')])
def test_without_a_whole_answer_the_outcome_is_unknown(script: Script) -> None:
    assert type(refusal(script)) is UnknownOutcome


def test_a_refusal_whose_body_breaks_off_is_still_a_refusal() -> None:
    assert type(refusal(truncated(410, b"gone"))) is Rejected
    assert type(refusal(truncated(429, b"slow"))) is RateLimited


def test_silence_and_dripping_say_how_long_was_waited() -> None:
    assert str(refusal(silent)) == "no answer within 0.25 s"
    assert str(refusal(dripping)) == "the answer took longer than 0.5 s"


def test_a_refused_connection_means_nothing_left() -> None:
    port = closed_port()
    with pytest.raises(Unavailable, match=f"no connection to 127.0.0.1:{port}: Connection refused"):
        channel(f"http://127.0.0.1:{port}/").send(parcel())


def test_an_address_that_no_client_can_use_means_nothing_left() -> None:
    with pytest.raises(Unavailable, match="could not be built"):
        channel("http://.example/").send(parcel())


def test_a_host_that_does_not_exist_means_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise webhook_socket.gaierror(-2, "Name or service not known")

    import socket as webhook_socket

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(Unavailable, match=r"the host desk\.example cannot be found"):
        channel("http://desk.example/").send(parcel())


def test_a_connection_that_does_not_come_in_time_means_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> Any:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", slow)
    with pytest.raises(Unavailable, match=r"no connection to 127\.0\.0\.1:80 in time"):
        channel("http://127.0.0.1/").send(parcel())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_nobody_vouches_for_means_nothing_left(authority: trustme.CA) -> None:
    with serve(answer(200), tls(authority)) as server:
        with pytest.raises(Unavailable, match=r"no TLS with .*certificate"):
            channel(server.url).send(parcel())
        with pytest.raises(Unavailable, match=r"no TLS with .*certificate"):
            channel(server.url).check()
    assert server.seen == []


def test_over_tls_the_same_outcomes_hold(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(bundle))
    with serve(answer(200, {"id": "1"}), tls(authority)) as server:
        hook = channel(server.url, timeout=0.4)
        assert hook.check() == f"127.0.0.1:{server.port} answers"
        assert server.seen == []
        assert hook.send(parcel()).remote_id == "1"
        for script, kind in ((dripping, UnknownOutcome), (dropped, UnknownOutcome), (answer(503), UnknownOutcome)):
            server.script = script
            with pytest.raises(kind):
                hook.send(parcel())
        hook.close()


def test_a_proxy_gets_the_request_when_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    with serve(answer(200)) as proxy:
        channel("http://desk.example/in", proxy=proxy.url).send(parcel())
        monkeypatch.setenv("http_proxy", proxy.url)
        channel("http://desk.example/in", proxy="environment").send(parcel())
        assert [seen.path for seen in proxy.seen] == ["http://desk.example/in"] * 2
        channel(proxy.url).send(parcel())
    assert proxy.seen[2].path == "/"


def test_a_proxy_that_refuses_the_tunnel_means_nothing_left() -> None:
    with serve(answer(407)) as proxy, pytest.raises(Unavailable, match="Tunnel connection failed"):
        channel("https://desk.example/in", proxy=proxy.url).send(parcel())
    assert proxy.seen[0].method == "CONNECT"


def test_the_check_connects_and_sends_nothing() -> None:
    with receiver(answer(200)) as (server, hook):
        assert hook.check() == f"127.0.0.1:{server.port} answers"
        assert hook.send(parcel()) == Receipt()
    assert server.connections == 2
    assert len(server.seen) == 1


def test_no_reason_shows_the_address_s_path_or_query() -> None:
    with pytest.raises(Unavailable) as caught:
        channel(f"http://127.0.0.1:{closed_port()}/hook-key?token=hush").send(parcel())
    assert "hush" not in str(caught.value)
    assert "hook-key" not in str(caught.value)
    assert "hush" not in repr(channel("http://127.0.0.1/?token=hush")._options)


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    infos = [(0, 0, 0, "", (address, 80)) for address in addresses]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: infos)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "private"),
        ("10.1.2.3", "private"),
        ("169.254.169.254", "private"),
        ("::1", "private"),
        ("fe80::1%eth0", "link-local"),
        ("64:ff9b::7f00:1", "private"),
    ],
)
def test_a_name_that_leads_inside_is_not_contacted(address: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "93.184.215.14", address)
    with pytest.raises(FetchRefused, match=words):
        webhook.public_addresses("desk.example", 8443)


def test_a_public_name_gives_each_address_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "93.184.215.14", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert webhook.public_addresses("desk.example", 8443) == [
        "93.184.215.14",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    ]


def test_without_leave_a_private_address_gets_no_packet() -> None:
    with serve(answer(200)) as server:
        hook = channel(server.url, allow_private=False)
        with pytest.raises(Unavailable, match=r"is not contacted: 127\.0\.0\.1 is a private address; allow_private"):
            hook.send(parcel())
        with pytest.raises(Unavailable, match="is not contacted"):
            hook.check()
    assert server.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(answer(200, {"id": "1"})) as server:
        monkeypatch.setattr(webhook, "public_addresses", lambda host, port: ["127.0.0.9", "127.0.0.1"])
        hook = channel(f"http://desk.example:{server.port}/", allow_private=False)
        assert hook.send(parcel()).remote_id == "1"
    assert server.seen[0].headers["host"] == f"desk.example:{server.port}"


def test_a_name_whose_addresses_all_refuse_means_nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "public_addresses", lambda host, port: ["127.0.0.1"])
    with pytest.raises(Unavailable, match="Connection refused"):
        channel(f"http://desk.example:{closed_port()}/", allow_private=False).send(parcel())


def test_half_a_surrogate_pair_is_refused_before_anything_is_sent() -> None:
    with receiver(answer(200)) as (server, hook), pytest.raises(Rejected, match="surrogate"):
        hook.send(parcel("\ud83d"))
    assert server.seen == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "ftp://example.org"}, "http or https"),
        ({"url": "example.org"}, "http or https"),
        ({"url": "https://["}, "http or https"),
        ({"url": "https://example.org:0/"}, "http or https"),
        ({"url": "https://exam ple.org"}, "http or https"),
        ({"url": "https://u:p@example.org"}, "user or a password"),
        ({"url": "https://example.org/#x"}, "fragment"),
        ({"secret": Secret("")}, "secret is empty"),
        ({"secret": Secret("a b")}, "spaces"),
        ({"secret": Secret("whsec_")}, "base64"),
        ({"secret": Secret("whsec_###")}, "base64"),
        ({"previous_secret": Secret("whsec_ä")}, "base64"),
        ({"timeout": 0.0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": 301.0}, "timeout"),
        ({"proxy": "socks5://127.0.0.1"}, "proxy"),
        ({"proxy": "http://[::1"}, "proxy"),
        ({"proxy": "http://127.0.0.1/path"}, "proxy"),
    ],
)
def test_options_that_cannot_be_right_are_refused_in_plain_words(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Options(**{"url": "https://example.org/in?k=1", "secret": Secret(KEY), **wrong})


def test_a_password_in_a_proxy_becomes_a_known_secret() -> None:
    from distributor.secret import redact

    Options(url="https://example.org", secret=Secret(KEY), proxy="http://desk:pass%20word@127.0.0.1:3128")
    assert redact("a pass%20word and a pass word") == "a *** and a ***"


def test_the_kind_opens_without_contact_and_the_default_clock_is_utc() -> None:
    hook = KIND.open("desk", Options(url="https://example.org", secret=Secret(KEY)))
    assert hook.limits.text is None
    assert abs(webhook._utc_now() - datetime.now(UTC)) < timedelta(seconds=5)
    hook.close()
    assert json.loads(BODY)
