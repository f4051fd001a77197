"""Mailgun: one event for each POST, with an HMAC over its time and a word drawn for it ("Securing Webhooks")."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from distributor.errors import Unsigned
from distributor.model.returns import Proof, Return, Told
from distributor.returns import Desk, HookKind, Notice
from distributor.returns.providers.telling import complaint, document, failure, name_of, table, text
from distributor.secret import Secret

#: what Mailgun calls refusals of ours, where the server's words tell nothing
_STATUSES: Final = {"espblock": "5.7.1", "suppress-bounce": "5.1.1"}


@dataclass(frozen=True, kw_only=True)
class MailgunOptions:
    """The table ``[bounces.NAME]`` with ``type = "mailgun"``."""

    #: the HTTP webhook signing key, from Mailgun's pages
    signing_key: Secret


class Mailgun:
    """Reads Mailgun's events."""

    def __init__(self, options: MailgunOptions) -> None:
        """Keep the key."""
        self._key = options.signing_key

    def read(self, fields: Mapping[str, str], body: bytes) -> Sequence[Notice]:  # noqa: ARG002 - the seam's shape
        """What an event tells. Raises Unsigned, ParseError."""
        told = table(document(body))
        self._check(table(told.get("signature")))
        event = table(told.get("event-data"))
        found = _read(event)
        return [(name_of(text(event.get("id")), body=body), found)] if found else []

    def _check(self, given: Mapping[str, object]) -> None:
        content = (text(given.get("timestamp")) + text(given.get("token"))).encode("utf-8", "replace")
        own = hmac.new(self._key.reveal().encode(), content, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(own.encode(), text(given.get("signature")).encode("utf-8", "replace")):
            raise Unsigned("the signature does not fit: is it the HTTP webhook signing key?")


def _read(event: Mapping[str, object]) -> Return | None:
    address = text(event.get("recipient"))
    message_id = text(table(table(event.get("message")).get("headers")).get("message-id"))
    names = [(Proof.MESSAGE_ID, f"<{message_id}>")] if message_id else []
    kind = event.get("event")
    if kind == "complained" or event.get("reason") == "suppress-complaint":
        return complaint([address], "mailgun", names)
    if kind != "failed":
        return None
    status = table(event.get("delivery-status"))
    words = " ".join(text(status.get(key)) for key in ("code", "enhanced-code", "message", "description"))
    given = text(status.get("enhanced-code")) or _STATUSES.get(text(event.get("reason")), "")
    action = "delayed" if event.get("severity") == "temporary" else "failed"
    return failure([Told(address=address, action=action, status=given, said=words)], names)


def _open(options: MailgunOptions, desk: Desk) -> Mailgun:  # noqa: ARG001 - the kinds' one shape
    return Mailgun(options)


MAILGUN: Final = HookKind(options=MailgunOptions, open=_open)
