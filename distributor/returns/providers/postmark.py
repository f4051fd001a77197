"""Postmark: one event for each POST; it signs none, so it is known by a name and password (HTTP Basic, RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from distributor.errors import Unsigned
from distributor.model.returns import Kind, Return, Told
from distributor.returns import Desk, HookKind, Notice
from distributor.returns.providers.telling import complaint, document, failure, name_of, table, text
from distributor.secret import Secret

#: Postmark's types of bounces with the status that each stands for where the server's words have none
_STATUSES: Final = {
    "HardBounce": "5.1.1",
    "BadEmailAddress": "5.1.3",
    "SoftBounce": "4.0.0",
    "Transient": "4.0.0",
    "DnsError": "4.4.3",
    "Blocked": "5.7.1",
    "SpamNotification": "5.7.1",
    "VirusNotification": "5.7.1",
    "DMARCPolicy": "5.7.1",
    "Unknown": "5.0.0",
}
_BY_MACHINES: Final = ("AutoResponder", "ChallengeVerification")


@dataclass(frozen=True, kw_only=True)
class PostmarkOptions:
    """The table ``[bounces.NAME]`` with ``type = "postmark"``."""

    #: as they stand in the webhook's address at Postmark, or in its field for them
    username: str
    password: Secret


class Postmark:
    """Reads Postmark's events."""

    def __init__(self, options: PostmarkOptions) -> None:
        """Keep name and password."""
        self._options = options

    def read(self, fields: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """What an event tells. Raises Unsigned, ParseError."""
        self._check(fields.get("authorization", ""))
        event = table(document(body))
        found = _read(event)
        return [(name_of(text(event.get("RecordType")), text(event.get("ID")), body=body), found)] if found else []

    def _check(self, given: str) -> None:
        scheme, _, word = given.partition(" ")
        try:
            found = base64.b64decode(word.strip(), validate=True)
        except (binascii.Error, ValueError):
            found = b""
        own = f"{self._options.username}:{self._options.password.reveal()}".encode()
        if not hmac.compare_digest(found, own) or scheme.lower() != "basic":
            raise Unsigned("name and password do not fit: are they in the webhook's settings at Postmark?")


def _read(event: Mapping[str, object]) -> Return | None:
    address, kind = text(event.get("Email")), text(event.get("Type"))
    if event.get("RecordType") == "SpamComplaint" or kind == "SpamComplaint":
        return complaint([address], "postmark", ())
    if event.get("RecordType") != "Bounce":
        return None
    if kind in _BY_MACHINES:
        return Return(kind=Kind.AUTOREPLY)
    if kind not in _STATUSES:
        return None
    words = " ".join(text(event.get(key)) for key in ("Details", "Description"))
    # a soft bounce is Postmark's last word about this mail
    return failure([Told(address=address, action="failed", status=_STATUSES[kind], said=words)], ())


def _open(options: PostmarkOptions, desk: Desk) -> Postmark:  # noqa: ARG001 - the kinds' one shape
    return Postmark(options)


POSTMARK: Final = HookKind(options=PostmarkOptions, open=_open)
