"""Signatures that make a domain answer for a mail (RFC 6376, 8301, 8463). Must not read a clock or contact anyone:
the same mail under the same keys is the same bytes, also at a retry.

Header and body are canonicalised ``relaxed/relaxed``, so that relays may fold lines and white space anew; ``l=`` is
never written, or anybody could add to the end of a mail. What a reader sees, and what one-click unsubscription rests on
(RFC 8058 section 3.1), is signed, and named once more than it occurs: a second From or Subject breaks the signature.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from distributor.keys import SigningKey

#: the header fields that are signed where they occur, in this order
SIGNED = (
    "from", "reply-to", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "content-language", "list-id", "list-help", "list-subscribe",
    "list-owner", "list-archive", "list-post", "list-unsubscribe", "list-unsubscribe-post", "feedback-id",
    "auto-submitted", "precedence",
)  # fmt: skip
#: of these a second one would change what readers see or what a button does
OVERSIGNED = frozenset(
    ("from", "reply-to", "to", "subject", "date", "message-id", "content-type", "list-unsubscribe",
     "list-unsubscribe-post")
)  # fmt: skip
_EVER = datetime.min.replace(tzinfo=UTC)
_FIELD_END = re.compile(rb"\r\n(?![ \t])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key with the place where its public half stands: ``SELECTOR._domainkey.DOMAIN``."""

    #: A-labels
    domain: str
    selector: str
    key: SigningKey
    #: it signs mails dated from then on; None: from ever
    since: datetime | None = None


def chosen(signers: Sequence[Signer], date: datetime) -> Sequence[Signer]:
    """Who signs a mail of a date: for each algorithm the key that began last, RSA first; before all, the first.

    So an old key and its successor can stand side by side, and the change comes by itself; a retry is signed like the
    first try, for its date is the same.
    """
    found = []
    # what cannot be verified by all stands behind what can: some verifiers look at the first few only
    for algorithm in ("rsa-sha256", "ed25519-sha256"):
        keys = sorted((one for one in signers if one.key.algorithm == algorithm), key=lambda one: one.since or _EVER)
        begun = [one for one in keys if one.since is None or one.since <= date]
        found += (begun or keys[:1])[-1:]
    return found


def signed(mail: bytes, signers: Sequence[Signer], date: datetime) -> bytes:
    """The mail with a signature of each signer before its header; ``date`` is that of the mail, and the tag ``t=``."""
    if not signers:
        return mail
    head, _, body = mail.partition(b"\r\n\r\n")
    fields: dict[str, bytes] = {}
    for one in _FIELD_END.split(head):
        name, canonical = relaxed_field(one)
        fields[name] = canonical
    hashed = base64.b64encode(sha256(relaxed_body(body)).digest()).decode()
    lines = [_signature(one, fields, hashed, date) for one in signers]
    return b"".join(lines) + mail


def relaxed_field(line: bytes) -> tuple[str, bytes]:
    """A header field's name, and the whole in relaxed form without its line end (RFC 6376 section 3.4.2)."""
    name, _, value = line.partition(b":")
    lower = name.rstrip(b" \t").lower()
    return lower.decode("ascii", "replace"), lower + b":" + b" ".join(value.split())


def relaxed_body(body: bytes) -> bytes:
    """The body in relaxed form (RFC 6376 section 3.4.4)."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").rstrip(b" \r\n")
    return body + b"\r\n" if body else b""


def _signature(signer: Signer, fields: Mapping[str, bytes], hashed: str, date: datetime) -> bytes:
    """One DKIM-Signature field with its line end."""
    names = list(_names(fields))
    head = (
        f"DKIM-Signature: v=1; a={signer.key.algorithm}; c=relaxed/relaxed;\r\n d={signer.domain}; s={signer.selector};"
        f" t={int(date.timestamp())};\r\n h={_folded(':'.join(names), ':')};\r\n bh={hashed};\r\n b="
    ).encode()
    # a name beyond the last of its fields stands for one that is not there, and adds nothing (RFC 6376 section 5.4.2)
    text = b"".join(fields[name] + b"\r\n" for name in dict.fromkeys(names))
    made = signer.key.sign(text + relaxed_field(head)[1])
    return head + _chunked(base64.b64encode(made).decode()).encode() + b"\r\n"


def _names(fields: Mapping[str, bytes]) -> Iterator[str]:
    """The tag ``h=``: from the last field of a name to the first, and once more where none may be added."""
    for name in SIGNED:
        if name in fields:
            yield name
            if name in OVERSIGNED:
                yield name


def _folded(text: str, after: str) -> str:
    """The text over lines of at most about 76, broken behind a sign."""
    lines, line = [], ""
    for part in text.split(after):
        if line and len(line) + len(part) > 70:
            lines.append(line)
            line = ""
        line += part + after
    lines.append(line)
    return "\r\n ".join(lines).removesuffix(after)


def _chunked(text: str) -> str:
    """A long word over lines; white space within it counts for nothing (RFC 6376 section 3.5)."""
    return "\r\n ".join(text[at : at + 72] for at in range(0, len(text), 72))
