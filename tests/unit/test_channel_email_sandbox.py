"""The mail channel against the loopback mail server: what its journal shows is what the outcomes said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dkim as oracle  # type: ignore[import-untyped]
import pytest
import trustme

from distributor.channels.email import EmailChannel
from distributor.channels.email.options import KeyOptions, Options
from distributor.errors import ChannelError, RateLimited, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.keys import make_key, read_key
from distributor.model import Article, Digest, Issue, IssueState, Limits, Parcel, Receipt, Recipient, Story
from distributor.render import Desk, Renderer
from distributor.sandbox.accounts import SMTP_PASSWORD, SMTP_USER
from distributor.sandbox.client import Running, start
from distributor.secret import Secret

AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
STORY = Story(
    id=1,
    first_seen_at=AT,
    article=Article(
        feed="main",
        guid="1",
        url="https://news.example.org/metro/",
        headline="В Минске открылась станция «Слуцкий Гостинец» 🚇",
        summary="Движение началось в шесть утра. Первыми пассажирами стали строители.",
        language="ru",
        published=AT,
    ),
)
DIGEST = Digest(name="morning", title="Утро", channel="mail", slots=("@daily",), zone="Europe/Minsk", languages=("ru",))
ISSUE = Issue(
    id=1, digest="morning", slot="2026-11-30T07:00[Europe/Minsk]", state=IssueState.OPEN, reason="", opened_at=AT
)
RENDERER = Renderer((), Desk(name="Вестник", zone="Europe/Minsk", language="ru", imprint="Минск"))
MAIL, _ = RENDERER.digest(DIGEST, ISSUE, [STORY])


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A mail server with STARTTLS and the file of its authority."""
    folder = tmp_path_factory.mktemp("smtp")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    files: dict[str, Any] = {"smtp_cert": folder / "cert.pem", "smtp_key": folder / "key.pem"}
    with start(folder / "state", only=["smtp"], **files) as running:
        yield running, str(folder / "ca.pem")


@pytest.fixture
def server(secured: tuple[Running, str]) -> Running:
    secured[0].reset("smtp")
    return secured[0]


@pytest.fixture
def mail(server: Running, secured: tuple[Running, str]) -> Iterator[EmailChannel]:
    channel = EmailChannel("mail", options(server, secured[1]))
    yield channel
    channel.close()


def options(server: Running, ca_file: str, **changes: Any) -> Options:
    host, _, port = server.urls["smtp"].partition(":")
    made = Options(
        host=host,
        port=int(port),
        sender="Вестник <news@example.org>",
        username=SMTP_USER,
        password=Secret(SMTP_PASSWORD),
        ca_file=ca_file,
        timeout=0.5,
        final_timeout=0.3,
    )
    return replace(made, **changes)


def parcel(number: int = 1) -> Parcel:
    reader = Recipient(address=f"reader{number}@example.com", name="Анна")
    return Parcel(message=MAIL, recipient=reader, key=f"key{number:013}", first_sent_at=AT)


def test_a_digest_arrives_as_it_was_rendered(server: Running, mail: EmailChannel) -> None:
    assert mail.send(parcel()) == Receipt(remote_id="<key0000000000001@example.org>")
    (line,) = server.journal("smtp")
    assert line["id"] == "<key0000000000001@example.org>"
    assert line["subject"] == "В Минске открылась станция «Слуцкий Гостинец» 🚇 · Утро, 30 ноября 2026"
    assert "https://news.example.org/metro/" in line["urls"]
    assert line.get("warnings", []) == []


def test_a_signed_mail_asks_for_notices_and_bounces_to_an_address_that_names_it(
    server: Running, secured: tuple[Running, str]
) -> None:
    key = make_key("rsa-sha256")
    signing = {"dkim": {"s1": KeyOptions(key=Secret(key))}, "bounce_domain": "bounce.example.org"}
    mail = EmailChannel("mail", options(server, secured[1], **signing))
    mail.send(replace(parcel(), token="6f-key0000000000001", first_sent_at=AT - timedelta(days=365)))
    mail.close()
    (line,) = server.journal("smtp")
    assert line["from"] == "b+6f-key0000000000001@bounce.example.org"
    assert (line["parameters"]["envid"], line["parameters"]["ret"]) == ("6f-key0000000000001", "HDRS")
    assert line["dsn"] == {
        "reader1@example.com": {"notify": ["FAILURE", "DELAY"], "orcpt": "rfc822;reader1@example.com"}
    }
    raw = (server.state / line["path"]).read_bytes()
    record = read_key(key).record.encode()
    assert oracle.verify(raw, dnsfunc=lambda name, timeout: record)


def test_a_batch_arrives_whole_and_every_reader_once(server: Running, mail: EmailChannel) -> None:
    results = list(mail.send_many([parcel(n) for n in range(40)]))
    assert sorted(index for index, _ in results) == list(range(40))
    assert all(isinstance(result, Receipt) for _, result in results)
    assert len({line["id"] for line in server.journal("smtp")}) == len(server.journal("smtp")) == 40


@pytest.mark.parametrize(
    ("rule", "expected", "visible"),
    [
        *(
            ({"action": "status", "path": phase, "status": 451}, RateLimited, 0)
            for phase in ("mail", "rcpt", "data", "dot")
        ),
        *(
            ({"action": "status", "path": phase, "status": 550}, Rejected, 0)
            for phase in ("mail", "rcpt", "data", "dot")
        ),
        *(({"action": "reset_before", "path": phase}, Unavailable, 0) for phase in ("mail", "rcpt", "data")),
        *(({"action": "hang_before", "path": phase, "seconds": 1}, Unavailable, 0) for phase in ("connect", "rcpt")),
        ({"action": "status", "path": "auth", "status": 535, "times": None}, Unauthorized, 0),
        ({"action": "reset_before", "path": "dot"}, UnknownOutcome, 0),
        ({"action": "reset_after", "path": "dot"}, UnknownOutcome, 1),
        ({"action": "lost_response", "path": "dot"}, UnknownOutcome, 1),
        ({"action": "hang_after", "path": "dot", "seconds": 1}, UnknownOutcome, 1),
        ({"action": "hang_before", "path": "dot", "seconds": 1}, UnknownOutcome, 0),
    ],
)
def test_the_outcome_never_contradicts_what_readers_saw(
    server: Running, mail: EmailChannel, rule: dict[str, Any], expected: type[ChannelError], visible: int
) -> None:
    server.fault("smtp", **rule)
    with pytest.raises(expected):
        mail.send(parcel())
    assert len(server.journal("smtp")) == visible
    server.clear_faults("smtp")
    mail.send(parcel(2))
    assert len(server.journal("smtp")) == visible + 1


def test_the_proof_of_credentials_sends_no_mail(server: Running, secured: tuple[Running, str]) -> None:
    channel = EmailChannel("mail", options(server, secured[1]))
    assert f"(starttls, signed in as {SMTP_USER})" in channel.check()
    channel.close()
    wrong = EmailChannel("mail", options(server, secured[1], password=Secret("not the password")))
    with pytest.raises(Unauthorized):
        wrong.check()
    wrong.close()
    assert server.journal("smtp") == []


def test_an_alert_leads_to_its_marked_link(server: Running, mail: EmailChannel) -> None:
    link = "https://news.example.org/metro/?utm_id=aaaabbbbccccdddd"
    message = RENDERER.story("email", Limits(text=None), STORY, link=link)
    mail.send(replace(parcel(), message=message))
    (line,) = server.journal("smtp")
    assert link in line["urls"]
