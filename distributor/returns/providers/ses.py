"""Amazon SES through SNS: one event for each POST, signed with a key whose certificate Amazon shows.

"Verifying the signatures of Amazon SNS messages": the certificate comes from a host of SNS itself by https, or anybody
could sign with a certificate of their own; and the topic must be ours, or any customer of Amazon could tell us things.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from distributor.errors import Unsigned
from distributor.keys import is_certified
from distributor.model.returns import Proof, Return, Told
from distributor.returns import Desk, HookKind, Notice
from distributor.returns.providers.telling import complaint, document, failure, name_of, table, tables, text

_HOST: Final = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com(?:\.cn)?")
#: the members that are signed, in this order, by the kind of message
_SIGNED: Final = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
#: signature versions with their digests
_DIGESTS: Final[Mapping[str, Literal["sha1", "sha256"]]] = {"1": "sha1", "2": "sha256"}
#: what SES says of bounces where the server's words tell nothing
_STATUSES: Final = {
    "NoEmail": "5.1.1",
    "Suppressed": "5.1.1",
    "OnAccountSuppressionList": "5.1.1",
    "MailboxFull": "5.2.2",
    "MessageTooLarge": "5.3.4",
    "ContentRejected": "5.7.1",
    "AttachmentRejected": "5.7.1",
}
#: headers of our mail in which its name stands
_NAMES: Final = ("message-id", "list-unsubscribe", "return-path")


@dataclass(frozen=True, kw_only=True)
class SesOptions:
    """The table ``[bounces.NAME]`` with ``type = "ses"``."""

    #: the topic of SNS to which SES tells of bounces and complaints: ``arn:aws:sns:eu-central-1:123456789012:bounces``
    topic: str

    def __post_init__(self) -> None:
        """Raise ValueError for a topic that is none."""
        if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+", self.topic):
            raise ValueError(f"topic {self.topic!r}: arn:aws:sns:REGION:ACCOUNT:NAME is expected")


class Ses:
    """Reads what SNS brings of SES."""

    def __init__(self, options: SesOptions, desk: Desk) -> None:
        """``desk`` fetches certificates and confirms the subscription."""
        self._topic = options.topic
        self._desk = desk
        #: certificates by their addresses
        self._certificates: dict[str, bytes] = {}

    def read(self, fields: Mapping[str, str], body: bytes) -> Sequence[Notice]:  # noqa: ARG002 - the seam's shape
        """What a message tells; a request to subscribe is confirmed. Raises Unsigned, ParseError, FetchError."""
        told = table(document(body))
        self._check(told)
        if told["Type"] == "SubscriptionConfirmation":
            self._desk.fetch(_amazons(text(told.get("SubscribeURL"))))
            return []
        event = table(document(text(told.get("Message")).encode())) if told["Type"] == "Notification" else {}
        found = _read(event)
        return [(name_of(text(told.get("MessageId")), body=body), found)] if found else []

    def _check(self, told: Mapping[str, object]) -> None:
        """Raise Unsigned for what SNS has not signed, or not for our topic."""
        kind, digest = text(told.get("Type")), _DIGESTS.get(text(told.get("SignatureVersion")))
        if kind not in _SIGNED or digest is None:
            raise Unsigned("this is no message of SNS with a signature of version 1 or 2")
        if told.get("TopicArn") != self._topic:
            raise Unsigned("the message is of another topic")
        content = "".join(f"{key}\n{text(told[key])}\n" for key in _SIGNED[kind] if key in told).encode()
        try:
            signature = base64.b64decode(text(told.get("Signature")), validate=True)
        except (binascii.Error, ValueError):
            signature = b""
        certificate = self._certificate(_amazons(text(told.get("SigningCertURL"))))
        if not is_certified(certificate, signature, content, digest=digest, now=self._desk.now()):
            raise Unsigned("the signature does not fit")

    def _certificate(self, url: str) -> bytes:
        if url not in self._certificates:
            self._certificates = {url: self._desk.fetch(url)}  # they change once in some months
        return self._certificates[url]


def _amazons(url: str) -> str:
    """The address, where it is one of SNS itself. Raises Unsigned."""
    try:
        parts = urlsplit(url)
        is_theirs = parts.scheme == "https" and parts.port in (None, 443) and parts.username is None
    except ValueError:
        is_theirs = False
    if not is_theirs or not _HOST.fullmatch(parts.hostname or ""):
        raise Unsigned("the message names an address that is not Amazon's")
    return url


def _read(event: Mapping[str, object]) -> Return | None:
    mail = table(event.get("mail"))
    fields = [(text(one.get("name")).lower(), text(one.get("value"))) for one in tables(mail.get("headers"))]
    names = [(Proof.VERP, text(mail.get("source")))]
    names += [(Proof.MESSAGE_ID, value) for name, value in fields if name in _NAMES]
    kind = event.get("notificationType") or event.get("eventType")
    if kind == "Complaint":
        told = table(event.get("complaint"))
        readers = [text(one.get("emailAddress")) for one in tables(told.get("complainedRecipients"))]
        what = text(told.get("complaintFeedbackType")) or "ses"
        return None if what == "not-spam" else complaint(readers, what, names)
    if kind == "Bounce":
        return failure(_bounced(table(event.get("bounce"))), names)
    if kind == "DeliveryDelay":
        return failure(_delayed(table(event.get("deliveryDelay"))), names)
    return None


def _bounced(told: Mapping[str, object]) -> Sequence[Told]:
    kind, narrower = text(told.get("bounceType")), text(told.get("bounceSubType"))
    usual = _STATUSES.get(narrower, "4.0.0" if kind == "Transient" else "5.0.0")
    return [
        Told(
            address=text(one.get("emailAddress")),
            action="failed",
            status=text(one.get("status")) or usual,
            said=text(one.get("diagnosticCode")) or f"{kind} {narrower}",
        )
        for one in tables(told.get("bouncedRecipients"))
    ]


def _delayed(told: Mapping[str, object]) -> Sequence[Told]:
    return [
        Told(
            address=text(one.get("emailAddress")),
            action="delayed",
            status=text(one.get("status")),
            said=text(one.get("diagnosticCode")),
        )
        for one in tables(told.get("delayedRecipients"))
    ]


SES: Final = HookKind(options=SesOptions, open=Ses)
