"""The envelope of one mail transaction and the rules its parameters obey (RFC 5321, 1870, 3461, 6531).
Must not read or write the connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from distributor.sandbox.smtp.syntax import Path, RefusedError, notify, xtext

#: most recipients of one message (RFC 5321 section 4.5.3.1.8)
RECIPIENTS = 100
#: extensions that can be switched off by name
EXTENSIONS = (
    "PIPELINING",
    "SIZE",
    "8BITMIME",
    "SMTPUTF8",
    "CHUNKING",
    "DSN",
    "STARTTLS",
    "AUTH",
    "ENHANCEDSTATUSCODES",
)
_MAIL = {"SIZE": "SIZE", "BODY": "8BITMIME", "SMTPUTF8": "SMTPUTF8", "RET": "DSN", "ENVID": "DSN", "AUTH": "AUTH"}
_RCPT = {"NOTIFY": "DSN", "ORCPT": "DSN"}


@dataclass(kw_only=True)
class Knobs:
    """What the control plane can change about the server."""

    require_auth: bool = True
    #: most octets of a message
    size: int = 35_882_577
    #: extensions that are not offered
    disable: tuple[str, ...] = ()
    #: replies for recipients: address (lower case) to code and text
    addresses: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: whether DATA without a recipient is answered 354, as some servers do (RFC 2920 section 3.1)
    lenient_data: bool = False
    #: most connections at once
    connections: int = 1000
    #: messages after which a connection is closed with 421; None never
    messages_per_connection: int | None = None
    #: journal a message's header alone (for floods of mail: reading every part costs about a millisecond)
    brief: bool = False


@dataclass(kw_only=True)
class Envelope:
    """One mail transaction."""

    sender: str
    #: BODY, SMTPUTF8, RET, ENVID as given with MAIL
    parameters: Mapping[str, str]
    to: list[str] = field(default_factory=list)
    #: DSN wishes by recipient: NOTIFY words and ORCPT
    dsn: dict[str, dict[str, object]] = field(default_factory=dict)
    #: chunks of BDAT; None until the first
    chunks: bytearray | None = None

    @property
    def line(self) -> str:
        """What a fault's ``contains`` is looked for in: sender and recipients."""
        return " ".join([self.sender, *self.to])


def open_envelope(path: Path, knobs: Knobs) -> Envelope:
    """What MAIL begins. Raises RefusedError."""
    _known(path, _MAIL, knobs)
    size = path.parameters.get("SIZE", "0")
    if not (size.isascii() and size.isdecimal()):
        raise RefusedError(501, "5.5.4 Bad SIZE")
    if int(size) > knobs.size:
        raise RefusedError(552, "5.3.4 Message size exceeds the limit")
    if path.parameters.get("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
        raise RefusedError(501, "5.5.4 Bad BODY")
    if path.parameters.get("RET", "FULL").upper() not in ("FULL", "HDRS"):
        raise RefusedError(501, "5.5.4 Bad RET")
    xtext(path.parameters.get("ENVID", ""))
    _encodable(path, path.parameters)
    return Envelope(sender=path.address, parameters=path.parameters)


def add_recipient(envelope: Envelope, path: Path, knobs: Knobs) -> None:
    """What RCPT adds. Raises RefusedError."""
    _known(path, _RCPT, knobs)
    if not path.address:
        raise RefusedError(501, "5.1.3 Bad recipient address syntax")
    _encodable(path, envelope.parameters)
    wishes: dict[str, object] = {}
    if "NOTIFY" in path.parameters:
        wishes["notify"] = notify(path.parameters["NOTIFY"])
    if "ORCPT" in path.parameters:
        wishes["orcpt"] = xtext(path.parameters["ORCPT"])
    if len(envelope.to) >= RECIPIENTS:
        raise RefusedError(452, "4.5.3 Too many recipients")
    if path.address.lower() in knobs.addresses:
        raise RefusedError(*knobs.addresses[path.address.lower()])
    envelope.to.append(path.address)
    if wishes:
        envelope.dsn[path.address] = wishes


def _known(path: Path, extensions: Mapping[str, str], knobs: Knobs) -> None:
    for key in path.parameters:
        if key not in extensions or extensions[key] in knobs.disable:
            raise RefusedError(555, f"5.5.4 Unsupported parameter {key}")


def _encodable(path: Path, parameters: Mapping[str, str]) -> None:
    if not path.address.isascii() and "SMTPUTF8" not in parameters:
        raise RefusedError(553, "5.6.7 Non-ASCII address without SMTPUTF8")
