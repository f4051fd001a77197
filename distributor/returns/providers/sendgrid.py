"""SendGrid: many events for each POST, signed with ECDSA over the time and the body ("Signed Event Webhook")."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from distributor.errors import Unsigned
from distributor.keys import is_signed_by, public_key_of
from distributor.model.returns import Proof, Return, Told
from distributor.returns import Desk, HookKind, Notice
from distributor.returns.providers.telling import complaint, document, failure, name_of, tables, text

_SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
_TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"
#: what SendGrid drops by itself: addresses that it has given up
_DROPPED: Final = {"Bounced Address": "5.1.1", "Invalid": "5.1.3"}


@dataclass(frozen=True, kw_only=True)
class SendGridOptions:
    """The table ``[bounces.NAME]`` with ``type = "sendgrid"``."""

    #: the verification key of the signed event webhook: base64, as SendGrid shows it
    public_key: str

    def __post_init__(self) -> None:
        """Raise ValueError for a key that is none."""
        try:
            public_key_of(self.public_key)
        except ValueError as error:
            raise ValueError(f"public_key: {error}") from error


class SendGrid:
    """Reads SendGrid's events."""

    def __init__(self, options: SendGridOptions) -> None:
        """Read the key."""
        self._key = public_key_of(options.public_key)

    def read(self, fields: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """What the events tell. Raises Unsigned, ParseError."""
        try:
            signature = base64.b64decode(fields.get(_SIGNATURE, ""), validate=True)
        except (binascii.Error, ValueError):
            signature = b""
        if not is_signed_by(self._key, signature, fields.get(_TIMESTAMP, "").encode() + body):
            raise Unsigned("the signature does not fit: is it the verification key of this webhook?")
        found = [(name_of(text(event.get("sg_event_id")), body=body), _read(event)) for event in tables(document(body))]
        return [(name, told) for name, told in found if told is not None]


def _read(event: Mapping[str, object]) -> Return | None:
    address, kind, reason = text(event.get("email")), event.get("event"), text(event.get("reason"))
    message_id = text(event.get("smtp-id"))
    names = [(Proof.MESSAGE_ID, message_id)] if message_id else []
    if kind == "spamreport" or (kind == "dropped" and reason == "Spam Reporting Address"):
        return complaint([address], "sendgrid", names)
    status = text(event.get("status"))
    if kind == "dropped" and reason in _DROPPED:
        status = _DROPPED[reason]
    elif kind not in ("bounce", "blocked", "deferred"):
        return None
    elif event.get("type") == "blocked" and not status:
        status = "5.7.1"
    action = "delayed" if kind == "deferred" else "failed"
    said = f"{reason} {text(event.get('response'))}".strip()
    return failure([Told(address=address, action=action, status=status, said=said)], names)


def _open(options: SendGridOptions, desk: Desk) -> SendGrid:  # noqa: ARG001 - the kinds' one shape
    return SendGrid(options)


SENDGRID: Final = HookKind(options=SendGridOptions, open=_open)
