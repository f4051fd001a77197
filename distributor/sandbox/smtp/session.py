"""One SMTP connection: the commands, their order, and the scripted faults at each of them (RFC 5321).
Must not store a message; the mailbox does.
"""

from __future__ import annotations

import base64
import binascii
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping

from distributor.sandbox.accounts import SMTP_PASSWORD, SMTP_USER
from distributor.sandbox.control import Host
from distributor.sandbox.smtp.envelope import Envelope, Knobs, add_recipient, open_envelope
from distributor.sandbox.smtp.script import Stage
from distributor.sandbox.smtp.syntax import RefusedError, Reply, content_problem, parse_path, reply
from distributor.sandbox.smtp.wire import ClosedError, Wire

#: octets of a command line; 512 by RFC 5321, and room for the extensions' parameters (RFC 1870, 3461, 6531)
COMMAND_LIMIT = 2048
#: commands after which a client waits for the reply (RFC 2920 section 3.1)
_LAST_OF_GROUP = frozenset({"EHLO", "DATA", "STARTTLS", "AUTH", "QUIT"})
_OK = reply(250, "2.0.0 Ok")
_ORDER = reply(503, "5.5.1 Bad sequence of commands")


Accept = Callable[[Envelope, bytes, str], None]


class Session:
    """The state machine of one connection; ``accept(envelope, content, user)`` stores a message."""

    def __init__(self, host: Host, knobs: Knobs, wire: Wire, accept: Accept) -> None:
        """Begin before the greeting."""
        self._stage = Stage(host, wire)
        self._knobs = knobs
        self._wire = wire
        self._accept = accept
        self._context: ssl.SSLContext | None = None
        self._secure = False
        self._greeted = False
        self._user = ""
        self._envelope: Envelope | None = None
        self._messages = 0
        self._commands: Mapping[str, Callable[[str], Awaitable[Reply]]] = {
            "EHLO": self._ehlo,
            "HELO": self._helo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
            "VRFY": self._vrfy,
            "QUIT": self._quit,
        }

    def tls(self, context: ssl.SSLContext | None, *, secure: bool) -> None:
        """Offer STARTTLS with this certificate, unless the connection is ``secure`` already."""
        self._context, self._secure = context, secure

    async def run(self, *, crowded: bool) -> None:
        """Talk until one side closes; ``crowded`` greets with 421."""
        try:
            await self._stage.perform("CONNECT", "connect", "", lambda: self._greet(crowded=crowded))
            while self._stage.open:
                await self._next()
            await self._wire.close()
        except ClosedError:
            pass

    async def _greet(self, *, crowded: bool) -> Reply:
        if crowded:
            return reply(421, "4.7.0 Too many connections", close=True)
        return reply(220, "sandbox.test ESMTP ready")

    # -- one command at a time

    async def _next(self) -> None:
        line = await self._wire.line(COMMAND_LIMIT)
        if line is None or not line.endswith(b"\r\n"):
            self._stage.say(reply(500, "5.5.2 Line too long" if line is None else "5.5.2 Lines end in CRLF"))
            return
        try:
            text = line[:-2].decode("utf-8")
        except UnicodeDecodeError:
            self._stage.say(reply(500, "5.5.2 Not UTF-8"))
            return
        verb, _, argument = text.partition(" ")
        await self._command(verb.upper(), argument.strip())

    async def _command(self, verb: str, argument: str) -> None:
        if verb == "BDAT":
            await self._bdat(argument)
            return
        method = self._commands.get(verb)
        if method is None:
            self._stage.say(reply(500, f"5.5.1 Unknown command {verb[:20]}"))
            return
        if self._out_of_step(verb):
            self._stage.say(reply(554, "5.5.0 SMTP protocol synchronization error", close=True))
            return
        position = "ehlo" if verb == "HELO" else verb.lower()
        said = await self._stage.perform(verb, position, argument, lambda: method(argument))
        if verb == "DATA" and said is not None and said.code == 354:
            await self._content()
        elif verb == "STARTTLS" and said is not None and said.code == 220:
            await self._start_tls()

    def _out_of_step(self, verb: str) -> bool:
        """Whether the client did not wait where it must (RFC 2920 section 3.1)."""
        last = "PIPELINING" in self._knobs.disable or not self._greeted or verb in _LAST_OF_GROUP
        return last and self._wire.pending

    # -- session commands

    async def _ehlo(self, argument: str) -> Reply:
        if not argument:
            return reply(501, "5.5.4 Syntax: EHLO name")
        self._greeted, self._envelope = True, None
        return reply(250, f"sandbox.test greets {argument}", *self._offers())

    async def _helo(self, argument: str) -> Reply:
        said = await self._ehlo(argument)
        return said if said.code != 250 else reply(250, said.lines[0])

    def _offers(self) -> list[str]:
        offers = ["PIPELINING", f"SIZE {self._knobs.size}", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN"]
        offers.append("ENHANCEDSTATUSCODES")
        if self._context is not None and not self._secure:
            offers.append("STARTTLS")
        elif not self._user:
            offers.append("AUTH PLAIN LOGIN")
        return [offer for offer in offers if offer.split()[0] not in self._knobs.disable]

    async def _starttls(self, argument: str) -> Reply:
        if argument:
            return reply(501, "5.5.4 STARTTLS takes no argument")
        if self._secure or self._context is None or "STARTTLS" in self._knobs.disable:
            return reply(502, "5.5.1 TLS is not available")
        return reply(220, "2.0.0 Go ahead")

    async def _start_tls(self) -> None:
        assert self._context is not None
        try:
            await self._wire.start_tls(self._context)
        except (ssl.SSLError, OSError) as error:
            raise ClosedError from error
        self._secure, self._greeted, self._user, self._envelope = True, False, "", None

    async def _auth(self, argument: str) -> Reply:
        if not self._greeted or self._user or self._envelope is not None:
            return _ORDER
        if self._context is not None and not self._secure:
            return reply(538, "5.7.11 Encryption required for requested authentication mechanism")
        mechanism, _, initial = argument.partition(" ")
        if mechanism.upper() == "PLAIN":
            given = await self._plain(initial)
        elif mechanism.upper() == "LOGIN":
            given = await self._login(initial)
        else:
            return reply(504, "5.5.4 Unrecognised authentication type")
        if given != (SMTP_USER, SMTP_PASSWORD):
            return reply(535, "5.7.8 Authentication credentials invalid")
        self._user = SMTP_USER
        return reply(235, "2.7.0 Authentication successful")

    async def _plain(self, initial: str) -> tuple[str, str]:
        parts = (_decoded(initial) if initial else await self._challenge("")).split("\0")
        if len(parts) != 3:
            raise RefusedError(501, "5.5.2 Bad AUTH PLAIN response")
        return parts[1], parts[2]

    async def _login(self, initial: str) -> tuple[str, str]:
        user = _decoded(initial) if initial else await self._challenge("Username:")
        return user, await self._challenge("Password:")

    async def _challenge(self, question: str) -> str:
        self._stage.say(reply(334, base64.b64encode(question.encode()).decode("ascii")))
        line = await self._wire.line(COMMAND_LIMIT)
        text = (line or b"*").decode("utf-8", "replace").strip()
        if text == "*":
            raise RefusedError(501, "5.7.0 Authentication cancelled")
        return _decoded(text)

    async def _rset(self, _argument: str) -> Reply:
        self._envelope = None
        return _OK

    async def _noop(self, _argument: str) -> Reply:
        return _OK

    async def _vrfy(self, _argument: str) -> Reply:
        return reply(252, "2.5.2 Send some mail, I'll try my best")

    async def _quit(self, _argument: str) -> Reply:
        return reply(221, "2.0.0 Bye", close=True)

    # -- the mail transaction

    async def _mail(self, argument: str) -> Reply:
        if not self._greeted or self._envelope is not None:
            return _ORDER
        if self._context is not None and not self._secure:
            return reply(530, "5.7.0 Must issue a STARTTLS command first")
        if self._knobs.require_auth and not self._user:
            return reply(530, "5.7.0 Authentication required")
        if self._knobs.messages_per_connection is not None and self._messages >= self._knobs.messages_per_connection:
            return reply(421, "4.7.0 Too many messages on this connection", close=True)
        self._envelope = open_envelope(parse_path(argument, "FROM:"), self._knobs)
        return reply(250, "2.1.0 Ok")

    async def _rcpt(self, argument: str) -> Reply:
        if self._envelope is None:
            return _ORDER
        add_recipient(self._envelope, parse_path(argument, "TO:"), self._knobs)
        return reply(250, "2.1.5 Ok")

    async def _data(self, _argument: str) -> Reply:
        if self._envelope is None or self._envelope.chunks is not None:
            return _ORDER
        if not self._envelope.to and not self._knobs.lenient_data:
            return reply(554, "5.5.1 No valid recipients")
        return reply(354, "End data with <CR><LF>.<CR><LF>")

    async def _content(self) -> None:
        content = await self._wire.content(self._knobs.size)
        await self._finish("DATA", content)

    async def _finish(self, verb: str, content: bytes | None) -> None:
        envelope = self._envelope
        assert envelope is not None
        self._envelope = None
        await self._stage.perform(verb, "dot", envelope.line, lambda: self._take(envelope, content))

    async def _take(self, envelope: Envelope, content: bytes | None) -> Reply:
        if content is None:
            return reply(552, "5.3.4 Message size exceeds the limit")
        if not envelope.to:
            return reply(554, "5.5.1 No valid recipients")
        problem = content_problem(content)
        if problem is not None:
            return problem
        self._messages += 1
        self._accept(envelope, content, self._user)
        return reply(250, "2.0.0 Ok: queued")

    async def _bdat(self, argument: str) -> None:
        """``BDAT size [LAST]`` (RFC 3030 section 2): the chunk follows at once, whatever the reply will be."""
        match = re.fullmatch(r"(\d{1,12})(?: (LAST))?", argument, re.IGNORECASE)
        if match is None or "CHUNKING" in self._knobs.disable:
            self._stage.say(reply(501, "5.5.4 Syntax: BDAT size [LAST]", close=True))
            return
        envelope = self._envelope
        if int(match[1]) + len((envelope and envelope.chunks) or b"") > self._knobs.size:
            self._stage.say(reply(552, "5.3.4 Message size exceeds the limit", close=True))
            return
        chunk = await self._wire.exactly(int(match[1]))
        if envelope is None or not envelope.to:
            self._envelope = None
            self._stage.say(_ORDER if envelope is None else reply(554, "5.5.1 No valid recipients"))
            return
        envelope.chunks = (envelope.chunks or bytearray()) + chunk
        if match[2] is None:
            await self._stage.perform("BDAT", "data", argument, lambda: self._noop(""))
        else:
            await self._finish("BDAT", bytes(envelope.chunks))


def _decoded(text: str) -> str:
    """The text behind base64; ``=`` is the empty one (RFC 4954 section 4). Raises RefusedError (501)."""
    try:
        return "" if text == "=" else base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusedError(501, "5.5.2 Cannot decode the response") from error
