"""A mail server that takes submissions, keeps every message as a file and journals it. Must not deliver anything."""

from __future__ import annotations

import argparse
import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from distributor.sandbox.clock import Clock
from distributor.sandbox.control import Host
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import Journal
from distributor.sandbox.smtp.envelope import EXTENSIONS, Envelope, Knobs
from distributor.sandbox.smtp.reading import seen_by_reader
from distributor.sandbox.smtp.session import Session
from distributor.sandbox.smtp.wire import Wire


def warnings(envelope: Envelope, content: bytes) -> list[str]:
    """What a stricter server might refuse: octets over 127 that were not announced."""
    head, _, body = content.partition(b"\r\n\r\n")
    found = []
    if not body.isascii() and envelope.parameters.get("BODY", "").upper() != "8BITMIME":
        found.append("8-bit content without BODY=8BITMIME")
    if not head.isascii() and "SMTPUTF8" not in envelope.parameters:
        found.append("8-bit header without SMTPUTF8")
    return found


class Smtp:
    """The mailbox behind the server, and its control plane's platform."""

    def __init__(self, state_dir: Path, journal: Journal) -> None:
        """Continue numbering after the files that are there."""
        self.knobs = Knobs()
        self.connections = 0
        self._folder = state_dir / "mail"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._journal = journal
        self._n = max((int(path.stem) for path in self._folder.glob("*.eml")), default=0)
        self._default = Knobs()

    def require_auth(self, required: bool) -> None:
        """Whether MAIL needs AUTH, now and after a reset."""
        self._default = Knobs(require_auth=required)
        self.reset()

    def accept(self, envelope: Envelope, content: bytes, user: str) -> None:
        """Take responsibility for a message: first the file, then the journal's line."""
        self._n += 1
        path = self._folder / f"{self._n}.eml"
        path.write_bytes(content)
        extra = {key.lower(): value for key, value in envelope.parameters.items() if key != "SIZE"}
        line: dict[str, Any] = {"from": envelope.sender, "to": envelope.to, "dsn": envelope.dsn, "parameters": extra}
        line |= {"path": f"mail/{path.name}", "size": len(content), "warnings": warnings(envelope, content)}
        self._journal.append(act="mail", account=user, **seen_by_reader(content, brief=self.knobs.brief), **line)

    async def handle(self, request: Request) -> Response:
        """404: this address is for control alone."""
        return json_response(404, {"error": f"no {request.path} here; mail goes to the SMTP port"})

    def state(self) -> dict[str, Any]:
        """Counts and knobs."""
        mails = sum(line["act"] == "mail" for line in self._journal.lines())
        return {"messages": mails, "connections": self.connections, "knobs": asdict(self.knobs)}

    def configure(self, options: Mapping[str, Any]) -> None:
        """Any field of :class:`Knobs`; ``addresses`` maps an address to ``[code, text]``. Raises ValueError."""
        unknown = set(options) - {field.name for field in fields(Knobs)}
        off = set(options.get("disable", ())) - set(EXTENSIONS)
        if unknown or off:
            raise ValueError(f"unknown knobs or extensions {sorted(unknown | off)}")
        for name, value in options.items():
            if name == "addresses":
                value = {address.lower(): (int(code), str(text)) for address, (code, text) in value.items()}
            setattr(self.knobs, name, tuple(value) if name == "disable" else value)

    def reset(self) -> None:
        """Put the knobs back; the files of messages stay."""
        for field in fields(Knobs):
            setattr(self.knobs, field.name, getattr(self._default, field.name))
        self.knobs.addresses = {}


def create(state_dir: Path, clock: Clock, journal: Journal) -> Smtp:  # noqa: ARG001 - the common signature
    """The mailbox; :func:`listen` opens the door to it."""
    return Smtp(state_dir, journal)


async def listen(host: Host, port: int, options: argparse.Namespace) -> tuple[str, asyncio.Server]:
    """Bind 127.0.0.1 and give ``127.0.0.1:PORT`` with the server; ``options`` are those of the command line."""
    smtp = host.platform
    assert isinstance(smtp, Smtp)
    smtp.require_auth(options.smtp_auth)
    context = _context(options)
    implicit = context if options.smtp_tls else None

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(host, smtp.knobs, Wire(reader, writer, options.delay), smtp.accept)
        session.tls(context, secure=options.smtp_tls)
        smtp.connections += 1
        try:
            await session.run(crowded=smtp.connections > smtp.knobs.connections)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the client went away, or the server is closing
        finally:
            smtp.connections -= 1
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=implicit, backlog=512)
    return f"127.0.0.1:{server.sockets[0].getsockname()[1]}", server


def _context(options: argparse.Namespace) -> ssl.SSLContext | None:
    if options.smtp_cert is None:
        if options.smtp_tls:
            raise ValueError("--smtp-tls needs --smtp-cert")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.smtp_cert, options.smtp_key)
    return context
