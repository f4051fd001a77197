"""One conversation with a relay over aiosmtplib. Must never try again by itself once a final dot may have left.

What the relay answered, and where in the conversation, decides the outcome (RFC 5321 sections 4.2.1 and 4.5.3.2):

=====================================  ==================================================================
where                                  outcome
=====================================  ==================================================================
no connection, DNS, TLS                Unavailable
AUTH refused, 530 or 535 anywhere      Unauthorized
4yz about one reader                   Deferred, half an hour at first (RFC 5321 section 4.5.4.1; rules.mail.pressure)
4yz about the relay                    RateLimited, half an hour
5yz to MAIL, RCPT, DATA or the dot     Rejected
lost before the content was written    Unavailable (surely not sent)
no readable answer to the content      UnknownOutcome; the connection is dropped
2yz to the dot                         a receipt
=====================================  ==================================================================

aiosmtplib opens connections, negotiates TLS and signs in; its ``sendmail`` and ``data`` do not tell in which phase a
conversation broke, so the envelope and the content are driven here, command by command.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from distributor.channels.email.pool import Closing, Envelope, Lost
from distributor.errors import ChannelError, Deferred, RateLimited, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.mime import Mailbox
from distributor.rules.mail.pressure import About, about
from distributor.secret import Secret, redact

if TYPE_CHECKING:
    import aiosmtplib

#: RFC 5321 section 4.5.4.1: the retry interval SHOULD be at least 30 minutes
WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mail is handed over, and how."""

    host: str
    port: int
    #: starttls (RFC 3207) | tls (RFC 8314) | none
    tls: Literal["starttls", "tls", "none"]
    #: empty: no sign-in
    username: str = ""
    password: Secret | None = None
    #: certificates of the relay's own authority (PEM); empty: the system's
    ca_file: str = ""
    #: seconds for connecting and for every command
    timeout: float
    #: seconds for the answer to a whole message
    final_timeout: float
    #: our own name for EHLO
    hello: str


class SmtpTransport:
    """A conversation over aiosmtplib, one command at a time."""

    def __init__(self, relay: Relay) -> None:
        """Nothing is contacted yet."""
        self._relay = relay
        self._smtp: aiosmtplib.SMTP | None = None
        #: the library forgets it when it closes, and closing alone leaves a TLS connection half open
        self._wire: asyncio.WriteTransport | None = None

    @property
    def alive(self) -> bool:
        """Whether the connection stands."""
        return self._smtp is not None and self._smtp.is_connected

    async def open(self) -> None:
        """Connect, negotiate TLS as configured and nothing less, sign in."""
        import aiosmtplib

        relay = self._relay
        try:
            self._smtp = aiosmtplib.SMTP(
                hostname=relay.host,
                port=relay.port,
                timeout=relay.timeout,
                use_tls=relay.tls == "tls",
                start_tls=relay.tls == "starttls",
                tls_context=None if relay.tls == "none" else _tls_context(relay.ca_file),
                local_hostname=relay.hello,
            )
            await self._smtp.connect()
            self._wire = cast("asyncio.WriteTransport", self._smtp.transport)
            await self._smtp.ehlo()
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            raise _not_opened(error, relay) from error
        if relay.username:
            await self._sign_in(relay.username, relay.password)

    async def send(self, envelope: Envelope) -> None:
        """MAIL, RCPT, DATA, content, each answer judged by itself; a refusal leaves the connection fit for the next."""
        utf8 = envelope.sender.needs_utf8 or envelope.recipient.needs_utf8
        if utf8 and not self._connection.supports_extension("smtputf8"):
            raise Rejected("the relay does not take internationalised addresses (SMTPUTF8)")
        options = (b"BODY=8BITMIME", b"SMTPUTF8") if utf8 else ()
        wishes, notices = _notices(envelope) if self._connection.supports_extension("dsn") else ((), ())
        try:
            await self._command(b"MAIL", _path(b"FROM", envelope.sender), *options, *wishes)
            await self._command(b"RCPT", _path(b"TO", envelope.recipient), *notices)
            await self._command(b"DATA", expected=354)
        except (Rejected, RateLimited, Unauthorized):
            await self._reset()
            raise
        except ChannelError:
            self._drop()
            raise
        await self._content(envelope.content)

    async def prove(self) -> frozenset[str]:
        """NOOP; what the relay offers (RFC 5321 section 4.1.1.1)."""
        await self._command(b"NOOP")
        offers = {name.upper() for name in self._connection.esmtp_extensions}
        # it is offered no more once the connection is encrypted (RFC 3207 section 4.2)
        return frozenset(offers | ({"STARTTLS"} if self._relay.tls == "starttls" else set()))

    async def close(self) -> None:
        """QUIT, with a short wait for its answer."""
        import aiosmtplib

        if self._smtp is None:
            return
        try:
            await self._smtp.quit(timeout=min(self._relay.timeout, 5.0))
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self._drop()

    async def _sign_in(self, username: str, password: Secret | None) -> None:
        """AUTH (RFC 4954). Raises Unauthorized where the relay says no, Unavailable where it cannot say."""
        import aiosmtplib

        try:
            await self._connection.login(username, password.reveal() if password else "")
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, OSError) as error:
            self._drop()
            raise Unavailable(f"lost {self._relay.host} while signing in: {_plain(error)}") from error
        except aiosmtplib.SMTPException as error:
            await self.close()
            code = getattr(error, "code", 0)
            reason = f"{self._relay.host} refused to sign in {username}: {code or 'no AUTH'} {_short(error.message)}"
            raise (Unavailable if code // 100 == 4 else Unauthorized)(reason) from error

    @property
    def _connection(self) -> aiosmtplib.SMTP:
        """The open connection. Raises Lost."""
        if self._smtp is None or not self._smtp.is_connected:
            raise Lost("the relay closed the connection")
        return self._smtp

    async def _command(self, *words: bytes, expected: int = 0) -> None:
        """One command and its answer: 2yz, or exactly ``expected``. Raises ChannelError; nothing was sent then."""
        import aiosmtplib

        name = words[0].decode()
        try:
            code, text = await self._connection.execute_command(*words)
        except aiosmtplib.SMTPResponseException as error:
            raise Lost(f"the relay's answer to {name} cannot be read") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Lost(f"lost the relay at {name}: {_plain(error)}") from error
        if code == 421:
            raise Closing(f"the relay answered 421 to {name}: {_short(text)}", retry_after=WAIT)
        if code != expected if expected else code // 100 != 2:
            raise _refused(name, code, text)

    async def _content(self, content: bytes) -> None:
        """The content, its final dot and the answer. From the first byte on, no answer means an unknown outcome."""
        import aiosmtplib

        protocol = self._connection.protocol
        assert protocol is not None
        stuffed = re.sub(rb"(?m)^\.", b"..", content)
        try:
            protocol.write(stuffed + b".\r\n")
            code, text = await protocol.read_response(timeout=self._relay.final_timeout)
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            raise UnknownOutcome(f"no readable answer to the message: {_plain(error)}") from error
        if code // 100 == 2:
            return
        if code // 100 not in (4, 5):
            self._drop()
            raise UnknownOutcome(f"the relay answered {code} to the message")
        if code == 421:
            self._drop()
        raise _refused("the message", code, text)

    async def _reset(self) -> None:
        """RSET after a refusal; a relay that does not take even that is left."""
        try:
            await self._command(b"RSET")
        except ChannelError:
            self._drop()

    def _drop(self) -> None:
        """Close without a word, and without waiting for the TLS goodbye that a dead relay would never send."""
        smtp, wire, self._smtp, self._wire = self._smtp, self._wire, None, None
        if smtp is not None:
            smtp.close()
        if wire is not None:
            wire.abort()


def _path(word: bytes, box: Mailbox) -> bytes:
    """``FROM:<address>``; a Mailbox holds nothing that could end the command (see ``mime.mailbox``)."""
    return word + b":<" + box.address.encode() + b">"


def _notices(envelope: Envelope) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """What is asked of notices about a mail, at MAIL and at RCPT (RFC 3461 sections 4.1 to 4.4): of failures and delays
    alone, with the header and no more, naming the mail and the address as we wrote it.
    """
    wishes = [b"RET=HDRS", *([b"ENVID=" + _xtext(envelope.name)] if envelope.name else [])]
    box = envelope.recipient
    # RFC 6533 section 3: an internationalised address has a type of its own
    kind = b"utf-8;" if box.needs_utf8 else b"rfc822;"
    return wishes, [b"NOTIFY=FAILURE,DELAY", b"ORCPT=" + kind + _xtext(box.address)]


def _xtext(text: str) -> bytes:
    """A value of a parameter (RFC 3461 section 4): ``+`` and ``=`` as ``+2B`` and ``+3D``, what is not ASCII by its
    number (RFC 6533 section 3), which every relay can read.
    """
    plain = text.replace("+", "+2B").replace("=", "+3D")
    return "".join(char if char.isascii() else f"\\x{{{ord(char):X}}}" for char in plain).encode("ascii")


def _tls_context(ca_file: str) -> ssl.SSLContext:
    """Certificates verified, TLS 1.2 or later. Raises OSError for an unreadable file."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _refused(where: str, code: int, text: str) -> ChannelError:
    """What a negative answer means (RFC 5321 section 4.2.1; RFC 4954 section 6 for 530 and 535)."""
    reason = f"the relay answered {code} to {where}: {_short(text)}"
    if code in (530, 535):
        return Unauthorized(reason)
    if code // 100 == 4:
        whom = about(code, where, text)
        if whom is About.RELAY:
            return RateLimited(reason, retry_after=WAIT)
        return Deferred(reason, retry_after=WAIT, is_pace=whom is About.PROVIDER)
    if code // 100 == 5:
        return Rejected(reason)
    return Lost(reason)


def _not_opened(error: Exception, relay: Relay) -> ChannelError:
    """Why no conversation began; most specific first."""
    import aiosmtplib

    place = f"{relay.host}:{relay.port}"
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code // 100 == 4:
        return RateLimited(f"{place} answered {error.code}: {_short(error.message)}", retry_after=WAIT)
    return Unavailable(f"no connection to {place}: {_plain(error)}")


def _plain(error: BaseException) -> str:
    """An error in words, without secrets; its kind where it has none."""
    return _short(str(error)) or type(error).__name__


def _short(text: str) -> str:
    """A relay's answer on one line of readable length."""
    return redact(" ".join(text.split()))[:200]
