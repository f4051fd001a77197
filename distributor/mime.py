"""A mail as bytes: one shared message joined with one reader's values. Must not contact anyone or decide anything.

A rendered mail is one :class:`~distributor.model.Message` for many readers. Where a reader's own value belongs, the
templates put a **token**: a fixed string of 24 ASCII letters and digits, so that neither HTML escaping nor CSS inlining
changes it. :func:`compose` puts the value in its place:

========================  ==========================================================================
token                     value
========================  ==========================================================================
:data:`LEAVE`             the first unsubscribe URI (``mailto:`` or ``https:``)
:data:`DIALS`             where the reader changes what they get (``Recipient.links``); may be empty
:data:`VIEW`              the mail as a page; may be empty
:data:`CONFIRM`           where the reader says yes to a letter (``Recipient.links``); may be empty
:data:`ADDRESS`           the reader's address
:data:`LIST`              the bare List-Id of the channel; for header values, such as ``List-Id``
:data:`SENDER`            the sender's own field of ``Feedback-ID``
========================  ==========================================================================

The body is encoded once for a message, in segments between its tokens, and only the values are encoded for a reader.
The header lines are written here and not by ``EmailMessage``: its folding turns a long ``List-Unsubscribe`` URI into
encoded words, which no mailbox provider reads (RFC 8058 section 3.1 wants the URI whole).
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.quoprimime import body_encode
from email.utils import format_datetime
from functools import lru_cache

from distributor.model import Message, Recipient

LEAVE = "TOKEN7Q4LEAVE00000000000"
DIALS = "TOKEN7Q4DIALS00000000000"
VIEW = "TOKEN7Q4VIEW000000000000"
CONFIRM = "TOKEN7Q4CONFIRM000000000"
ADDRESS = "TOKEN7Q4ADDRESS000000000"
LIST = "TOKEN7Q4LIST000000000000"
SENDER = "TOKEN7Q4SENDER0000000000"
#: every token; a story's own text must never hold one (``render`` takes them out)
TOKEN = re.compile(r"(TOKEN7Q4[A-Z0]{16})")

#: octets of a Subject, and of a display name, that are still worth sending; the whole header stays under 4 KB
_LONGEST_TEXT, _LONGEST_NAME = 320, 80
#: RFC 2047 section 2: 75 per encoded word; RFC 5322 section 2.1.1: 78 per line
_LINE = 76
#: headers that compose writes itself, once; a message may not bring its own
_OWN = re.compile(
    r"from|to|cc|bcc|sender|reply-to|subject|date|message-id|mime-version|content-.*|list-unsubscribe(-post)?"
    r"|auto-submitted|precedence|x-auto-response-suppress|return-path|received|dkim-signature"
)
#: headers made of message ids, URIs or dots: never encoded words, folded between words only
_MACHINE = re.compile(r"references|in-reply-to|feedback-id|list-(help|archive|owner|post|subscribe)")
#: BCP 47, roughly; a feed's odd value is left out
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
_LOCAL = re.compile(r"""[^\x00-\x20\x7f"(),:;<>@\[\\\]]+""")
_NAMED = re.compile(r"([^<>\r\n]*)<([^<>]*)>")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,255}}\Z){_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One parsed address."""

    #: display name; may be empty
    name: str
    #: the part before the @; may be non-ASCII (RFC 6531)
    local: str
    #: A-labels (RFC 5890), lower case
    domain: str

    @property
    def address(self) -> str:
        """``local@domain`` as it goes to the wire."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only a relay with SMTPUTF8 (RFC 6531) can carry it."""
        return not self.local.isascii()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """A body between its tokens: ``pieces`` alternate literal bytes and (token, stands in HTML)."""

    headers: bytes
    pieces: tuple[bytes | tuple[str, bool], ...]


@lru_cache(maxsize=1024)
def mailbox(text: str, *, name: str = "") -> Mailbox:
    """``Name <local@domain>`` or a bare address, parsed and checked (RFC 5321 section 4.5.3.1 lengths, RFC 6531).

    An internationalised domain becomes A-labels. Raises ValueError for what cannot be an address; quoted local parts
    and address literals are refused, for no reader has one.
    """
    named = _NAMED.fullmatch(text.strip())
    found, address = (named[1].strip().strip('"'), named[2]) if named else ("", text.strip())
    local, _, domain = address.rpartition("@")
    domain = _a_labels(domain)
    if not (_LOCAL.fullmatch(local) and local.isprintable() and len(local.encode()) <= 64):
        raise ValueError(f"not a mail address: {_one_line(text)[:80]!r}")
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise ValueError(f"not a mail address (dots): {_one_line(text)[:80]!r}")
    return Mailbox(name=_one_line(name or found), local=local, domain=domain)


def compose(
    message: Message,
    *,
    sender: str,
    recipient: Recipient,
    key: str,
    date: datetime,
    domain: str,
    reply_to: str = "",
    list_id: str = "",
    unsubscribe: Sequence[str] = (),
    answers: str = "",
    sender_id: str = "",
    usual: Sequence[tuple[str, str]] = (),
) -> bytes:
    """The whole mail with CRLF line ends, 7-bit but for an SMTPUTF8 address; the same input gives the same bytes.

    ``key`` names the delivery (``Message-ID: <key@domain>``), ``date`` is its first attempt, so a retry is the same
    mail. ``unsubscribe`` holds URIs, the first of which the footer shows. ``answers`` is the key of the mail that this
    one is shown under. ``usual`` are headers that stand where the message has none of its own of that name. Raises
    ValueError for an impossible address or header name.
    """
    values = {
        LEAVE: next(iter(unsubscribe), ""),
        DIALS: recipient.links.dials,
        VIEW: recipient.links.view,
        CONFIRM: recipient.links.confirm,
        ADDRESS: recipient.address,
        LIST: bare_list_id(list_id) or domain,
        SENDER: sender_id,
    }
    body = _encoded(message.text, message.html)
    names = _names(message)
    headers = (*message.headers, *((name, value) for name, value in usual if name.lower() not in names))
    lines = [
        _address_line("From", mailbox(sender)),
        _address_line("To", mailbox(recipient.address, name=recipient.name)),
        *([_address_line("Reply-To", mailbox(reply_to))] if reply_to else []),
        _text_line("Subject", message.subject),
        f"Date: {format_datetime(date.astimezone(UTC))}",
        f"Message-ID: <{_word(key)}@{_a_labels(domain)}>",
        *_thread_lines(answers, domain),
        *_list_lines(list_id, unsubscribe, names),
        *(_extra_line(name, _spliced(value, values)) for name, value in headers),
        "Auto-Submitted: auto-generated",
        "Precedence: bulk",
        "X-Auto-Response-Suppress: All",
        "MIME-Version: 1.0",
        *([f"Content-Language: {message.language}"] if _LANGUAGE.fullmatch(message.language) else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n" + body.headers + b"\r\n" + b"".join(_filled(body, values))


def _names(message: Message) -> frozenset[str]:
    """The names of a message's own headers, checked: letters, digits and dashes, none of ours, none twice."""
    names = [name.lower() for name, _ in message.headers]
    for name in names:
        if not _NAME.fullmatch(name) or _OWN.fullmatch(name) or names.count(name) > 1:
            raise ValueError(f"a message must not set the header {name!r}")
    return frozenset(names)


def _thread_lines(answers: str, domain: str) -> Iterator[str]:
    """In-Reply-To and References (RFC 5322 section 3.6.4); both name the one mail that it answers."""
    if answers:
        for name in ("In-Reply-To", "References"):
            yield f"{name}: <{_word(answers)}@{_a_labels(domain)}>"


def _list_lines(list_id: str, unsubscribe: Sequence[str], present: frozenset[str]) -> Iterator[str]:
    """List-Id (RFC 2919), List-Unsubscribe (RFC 2369) and, for an https URI, one-click (RFC 8058)."""
    if list_id and "list-id" not in present:
        yield _extra_line("List-Id", list_id if "<" in list_id else f"<{list_id}>")
    if unsubscribe:
        yield "List-Unsubscribe: " + ",\r\n ".join(f"<{_word(uri)}>" for uri in unsubscribe)
    if any(uri.startswith("https:") for uri in unsubscribe):
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"


def _extra_line(name: str, value: str) -> str:
    """A header line by the kind of its name: a phrase with an id, words for machines, or text for people."""
    if name.lower() == "list-id":
        bare = bare_list_id(value)
        # RFC 2919 section 3: at most 255 octets; encoded, a name can be three times as long, and some for its folding
        return (
            f"{name}: {_phrase(name, _cut(_one_line(value.rpartition('<')[0]), max(0, 240 - len(bare)) // 4))}<{bare}>"
        )
    if _MACHINE.fullmatch(name.lower()):
        return f"{name}: " + "\r\n ".join(_word(word, but=r"\s") for word in value.split())
    return _text_line(name, value)


def _address_line(name: str, box: Mailbox) -> str:
    """A From, To or Reply-To line; the address stands on its own line after a long name."""
    return f"{name}: {_phrase(name, box.name)}<{box.address}>"


@lru_cache(maxsize=256)
def _phrase(name: str, text: str) -> str:
    """A display name (RFC 5322 ``phrase``), folded and with what parts it from the angle bracket; empty for none."""
    text = _cut(_one_line(text), _LONGEST_NAME)
    if not text:
        return ""
    if _is_plain(text) and len(text) <= 60:
        return '"' + re.sub(r'(["\\])', r"\\\1", text) + '" '
    return _words(name, text) + "\r\n "


@lru_cache(maxsize=256)
def _text_line(name: str, text: str) -> str:
    """An unstructured header, encoded (RFC 2047) where it is not plain printable ASCII."""
    text = _one_line(text)
    if len(text.encode()) > _LONGEST_TEXT:
        text = _cut(text, _LONGEST_TEXT - 3) + "…"
    if not _is_plain(text):
        return f"{name}: {_words(name, text)}"
    return f"{name}: " + Header(text, "us-ascii", _LINE, name).encode(linesep="\r\n")


def _cut(text: str, most: int) -> str:
    """The beginning of a text, of at most so many octets in UTF-8."""
    return text.encode()[:most].decode("utf-8", "ignore").rstrip()


def _words(name: str, text: str) -> str:
    """The text as encoded words in UTF-8."""
    return Header(text, "utf-8", _LINE, name).encode(linesep="\r\n")


def _is_plain(text: str) -> bool:
    """Whether a text may stand as it is: ASCII, nothing that reads as an encoded word, no word too long to fold."""
    return text.isascii() and "=?" not in text and all(len(word) <= 60 for word in text.split(" "))


def _one_line(text: str) -> str:
    """The text on one line: no control character, line or paragraph separator or surrogate survives (no injection)."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (" " if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs") else char for char in text)
    return " ".join("".join(kept).split())


def _word(text: str, *, but: str = r"[\s<>]") -> str:
    """One printable ASCII word without what ``but`` matches. Raises ValueError otherwise."""
    if not text or not text.isascii() or not text.isprintable() or re.search(but, text):
        raise ValueError(f"not one ASCII word: {text[:80]!r}")
    return text


def _a_labels(domain: str) -> str:
    """A domain in A-labels, lower case. Raises ValueError for what is none."""
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_domain = ""
    if not _DOMAIN.fullmatch(ascii_domain):
        raise ValueError(f"not a domain: {_one_line(domain)[:80]!r}")
    return ascii_domain.lower()


def bare_list_id(list_id: str) -> str:
    """``news.example.org`` of ``Morning news <news.example.org>``; empty for empty. Raises ValueError for no name."""
    bare = list_id.rpartition("<")[2].rstrip("> ")
    return _a_labels(bare) if bare else ""


def _spliced(text: str, values: Mapping[str, str]) -> str:
    """A header value with the tokens replaced; an unknown token stays."""
    return TOKEN.sub(lambda match: values.get(match[1], match[1]), text)


@lru_cache(maxsize=32)
def _encoded(text: str, markup: str) -> _Body:
    """The body of a message: text first (RFC 2046 section 5.1.4: the best is last), then HTML; or the text alone.

    The boundary is a digest of the content, so it is the same for every reader and cannot occur inside.
    """
    plain = _pieces(text, html_part=False)
    if not markup:
        return _Body(headers=_part_head("plain"), pieces=tuple(plain))
    boundary = "=_" + hashlib.sha256(f"{text}\0{markup}".encode()).hexdigest()[:32]
    opening = f"--{boundary}\r\n".encode()
    pieces: list[bytes | tuple[str, bool]] = [opening, _part_head("plain"), b"\r\n", *plain, b"\r\n"]
    pieces += [opening, _part_head("html"), b"\r\n", *_pieces(markup, html_part=True), b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    head = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'
    return _Body(headers=head.encode(), pieces=tuple(pieces))


def _part_head(subtype: str) -> bytes:
    """The header lines of one part."""
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    return head.encode()


def _pieces(text: str, *, html_part: bool) -> list[bytes | tuple[str, bool]]:
    """A text in quoted-printable, cut at its tokens.

    A soft line break stands on both sides of a token, so that a value of any length never makes a line too long.
    """
    text = re.sub(r"\r\n?", "\n", text).rstrip("\n") + "\n"
    pieces: list[bytes | tuple[str, bool]] = []
    parts = TOKEN.split(text)
    for place, part in enumerate(parts):
        if place % 2:
            pieces.append((part, html_part))
            continue
        lead = "=\n" if place and not part.startswith("\n") else ""
        tail = "=\n" if place < len(parts) - 1 and part and not part.endswith("\n") else ""
        pieces.append((lead + _quoted(part) + tail).replace("\n", "\r\n").encode("ascii"))
    return pieces


def _quoted(text: str) -> str:
    """Quoted-printable (RFC 2045 section 6.7) of the UTF-8 bytes, lines of at most 75 so that ``=`` may follow."""
    return body_encode(text.encode("utf-8", "replace").decode("latin-1"), maxlinelen=75)


def _filled(body: _Body, values: Mapping[str, str]) -> Iterator[bytes]:
    """The pieces of a body with one reader's values in place of the tokens."""
    for piece in body.pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        token, html_part = piece
        value = _one_line(values.get(token, token))
        yield _quoted(html.escape(value) if html_part else value).replace("\n", "\r\n").encode("ascii")
