"""CPU of a personal mail: ``EmailChannel.send_many`` against smtplib with an ``EmailMessage`` for each reader.

The sender's own CPU alone is counted, all threads of it; the loopback mail server is another process. ``python -m
tests.bench.mails`` prints the medians of interleaved pairs, and what a signature adds.
"""

from __future__ import annotations

import smtplib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from distributor.channels.email import EmailChannel
from distributor.channels.email.options import KeyOptions, Options
from distributor.keys import make_key
from distributor.mime import DIALS, LEAVE, VIEW
from distributor.model import Message, Parcel, ReaderLinks, Receipt, Recipient
from distributor.sandbox.client import Running, start
from distributor.secret import Secret

#: smtplib's CPU for a mail, in ours: at least
LEAST = 3.0
MAILS, PAIRS = 300, 5
AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
STORY = "Parliament has passed a law that obliges every public body to publish its tenders as open data. "
TEXT = f"{STORY * 60}\n\nLeave: {LEAVE}\nChange: {DIALS}\nRead it on the web: {VIEW}\n"
HTML = "".join(f'<p style="margin:0 0 16px">{STORY}</p>\n' for _ in range(140))
HTML = f'<!doctype html><body>{HTML}<a href="{LEAVE}">leave</a> <a href="{DIALS}">change</a> <a href="{VIEW}">web</a>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Milliseconds of CPU for a mail, medians, and the median ratio of the pairs."""

    ours: float
    signed: float
    theirs: float
    ratio: float
    #: octets of one of our mails
    size: int


def parcels() -> list[Parcel]:
    """Mails of one issue, each with its reader's own links."""
    message = Message(text=TEXT, html=HTML, subject="Главное за день, 30 ноября", language="ru")
    return [
        Parcel(
            message=message,
            recipient=Recipient(address=f"reader{number}@example.com", name="Анна", links=_links(number)),
            key=f"key{number:013}",
            token=f"{number:x}-key{number:013}",
            first_sent_at=AT,
        )
        for number in range(MAILS)
    ]


def _links(number: int) -> ReaderLinks:
    site, token = "https://news.example.org/r", f"{number:040}"
    return ReaderLinks(leave=f"{site}/leave/{token}", dials=f"{site}/dials/{token}", view=f"{site}/issue/{token}")


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds of this process's CPU for each mail."""
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1e3 / MAILS


def _through(channel: EmailChannel, mails: list[Parcel]) -> None:
    for at in range(0, MAILS, channel.batch):
        assert all(isinstance(answer, Receipt) for _, answer in channel.send_many(mails[at : at + channel.batch]))


def _smtplib(host: str, port: int, mails: list[Parcel]) -> None:
    with smtplib.SMTP(host, port, local_hostname="news.example.org") as relay:
        for parcel in mails:
            relay.send_message(_message(parcel))


def _message(parcel: Parcel) -> EmailMessage:
    links, mail = parcel.recipient.links, EmailMessage()
    mail["From"] = "Новости <news@example.org>"
    mail["To"] = f"{parcel.recipient.name} <{parcel.recipient.address}>"
    mail["Subject"] = parcel.message.subject
    mail["Date"] = format_datetime(parcel.first_sent_at)
    mail["Message-ID"] = f"<{parcel.key}@example.org>"
    mail["List-Unsubscribe"] = f"<{links.leave}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    filled = [
        text.replace(LEAVE, links.leave).replace(DIALS, links.dials).replace(VIEW, links.view) for text in (TEXT, HTML)
    ]
    mail.set_content(filled[0])
    mail.add_alternative(filled[1], subtype="html")
    return mail


def costs() -> Costs:
    """Measure, in interleaved pairs."""
    with tempfile.TemporaryDirectory() as folder, start(Path(folder), only=["smtp"]) as platforms:
        platforms.control("smtp", "config", {"require_auth": False, "brief": True})
        return _costs(platforms)


def _costs(platforms: Running) -> Costs:
    host, _, port = platforms.urls["smtp"].partition(":")
    given = {"host": host, "port": int(port), "tls": "none", "sender": "Новости <news@example.org>"}
    key = {"s1": KeyOptions(key=Secret(make_key("rsa-sha256")))}
    mails = parcels()
    with (
        closing(EmailChannel("mail", Options(**given))) as plain,  # type: ignore[arg-type]
        closing(EmailChannel("mail", Options(**given, dkim=key))) as signing,  # type: ignore[arg-type]
    ):
        rounds = [
            (
                _spent(lambda: _through(plain, mails)),
                _spent(lambda: _smtplib(host, int(port), mails)),
                _spent(lambda: _through(signing, mails)),
            )
            for _ in range(PAIRS)
        ]
        size = len(plain._stationery.envelope(mails[0]).content)
    ours, theirs, signed = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(other / own for own, other, _ in rounds)
    return Costs(ours=ours, signed=signed, theirs=theirs, ratio=ratio, size=size)


def told(found: Costs) -> str:
    """One line for people."""
    return (
        f"a personal mail of {found.size / 1024:.0f} KB: {found.ours:.2f} ms of CPU through send_many, "
        f"{found.signed:.2f} ms signed with RSA-2048; smtplib with an EmailMessage for each {found.theirs:.2f} ms "
        f"({found.ratio:.1f} times as much)"
    )


if __name__ == "__main__":
    measured = costs()
    print(told(measured))
    sys.exit(measured.ratio < LEAST)
