"""A mail as it came, taken apart: headers decoded, parts as text. Never raises, whatever the bytes are.

The standard library's parser makes a tree of messages in which the text of a report is lost; a damaged mail (no closing
boundary, a boundary that is not the one announced, half a part) still has readable parts here.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

#: No report is longer; what a mail brings beyond it is not looked at.
MOST = 1 << 20
#: Parts inside parts; deeper is nobody's report.
_DEEPEST = 8
#: Parts of one mail.
_MOST_PARTS = 200

_FIELD = re.compile(r"([!-9;-~]{1,80})[ \t]*:[ \t]*(.*)")
_PARAMETER = re.compile(r';\s*([\w-]{1,40})\s*=\s*("[^"\n]{0,200}"|[^\s;"]{1,200})')
_BOUNDARY_LINE = re.compile(r"^--(\S[^\n]{0,100}?)[ \t]*\n(?=Content-[A-Za-z-]{4,25}:)", re.MULTILINE | re.IGNORECASE)
#: what ends a line of a page, and every other mark
_BREAK = re.compile(r"<(?:br\b|/p>|/div>|/tr>|/h\d>|/li>)[^<>]{0,200}>?", re.IGNORECASE)
_HIDDEN = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
#: message/rfc822 and its kin: what was sent once
_ORIGINAL = re.compile(r"message/(?:rfc822|global)(?:-headers)?|text/rfc822-headers?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One leaf of a mail."""

    #: ``text/plain``, lower case
    type: str
    #: decoded, with line feeds
    text: str

    @property
    def is_original(self) -> bool:
        """Whether it is a mail within the mail, or its headers."""
        return _ORIGINAL.fullmatch(self.type) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail."""

    #: by name in lower case, decoded, in their order
    headers: Mapping[str, Sequence[str]]
    parts: Sequence[Part]
    #: of the Content-Type; lower case, may be empty
    type: str
    #: the parameter ``report-type``, lower case, may be empty
    report: str

    def first(self, name: str) -> str:
        """The first value of a header; empty for none."""
        return next(iter(self.headers.get(name, ())), "")

    def all(self, *names: str) -> Iterator[str]:
        """The values of headers, name by name."""
        for name in names:
            yield from self.headers.get(name, ())

    @property
    def words(self) -> str:
        """What it says to people: its plain text, or what is left of its HTML; nothing of what was sent once."""
        plain = [part.text for part in self.parts if part.type == "text/plain"]
        marked = [bare(part.text) for part in self.parts if part.type == "text/html"]
        return "\n".join(plain) if any(text.strip() for text in plain) else "\n".join(marked)

    @property
    def original(self) -> Mapping[str, Sequence[str]]:
        """The headers of the mail that it returns; empty where it returns none."""
        found = next((part for part in self.parts if part.is_original), None)
        return headers(found.text.lstrip("\n"))[0] if found else {}


def read(raw: bytes) -> Letter:
    """The mail of these bytes; of the first :data:`MOST` of them."""
    text = _unix(raw[:MOST].decode("utf-8", "surrogateescape")).lstrip("\n\ufeff")
    while text.startswith(("From ", ">From ")):  # a line of an mbox file
        text = text.partition("\n")[2]
    fields, body = headers(text)
    kind, parameters = _content(fields)
    parts = list(_parts(fields, body, 0))[:_MOST_PARTS]
    return Letter(headers=fields, parts=parts, type=kind, report=parameters.get("report-type", "").lower())


def headers(text: str) -> tuple[Mapping[str, Sequence[str]], str]:
    """The header fields at the beginning of a text, decoded, and what stands behind them."""
    fields: dict[str, list[str]] = {}
    last: list[str] | None = None
    rest = text
    while rest:
        line, _, after = rest.partition("\n")
        if not line.strip():
            return _decoded(fields), after
        if line[0] in " \t" and last is not None:
            last[-1] += " " + line.strip()
        elif (found := _FIELD.fullmatch(line)) is not None:
            last = fields.setdefault(found[1].lower(), [])
            last.append(found[2].strip())
        else:
            break
        rest = after
    return _decoded(fields), rest


def bare(markup: str) -> str:
    """HTML as plain text, roughly: for looking at words, never for showing."""
    return html.unescape(_TAG.sub(" ", _BREAK.sub("\n", _HIDDEN.sub("", markup))))


def plain(text: str) -> str:
    """A header's value with its encoded words (RFC 2047) read."""
    if "=?" not in text:
        return _clean(text)
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError, binascii.Error):
        return _clean(text)
    return _clean("".join(one if isinstance(one, str) else _charset(one, name or "") for one, name in pieces))


def _decoded(fields: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
    return {name: [plain(value) for value in values] for name, values in fields.items()}


def _content(fields: Mapping[str, Sequence[str]]) -> tuple[str, Mapping[str, str]]:
    """The content type with its parameters; ``text/plain`` where none is told (RFC 2045 section 5.2)."""
    value = next(iter(fields.get("content-type", ())), "")
    parameters = {name.lower(): given.strip('"') for name, given in _PARAMETER.findall(value)}
    kind = value.partition(";")[0].strip().lower()
    return (kind if "/" in kind else "text/plain"), parameters


def _parts(fields: Mapping[str, Sequence[str]], body: str, depth: int) -> Iterator[Part]:
    kind, parameters = _content(fields)
    if kind.startswith("multipart/") and depth < _DEEPEST:
        pieces = list(_pieces(body, parameters.get("boundary", "")))
        for piece in pieces[:_MOST_PARTS]:
            inner, rest = headers(piece)
            yield from _parts(inner, rest, depth + 1)
        if pieces:
            return
        kind = "text/plain"
    encoding = next(iter(fields.get("content-transfer-encoding", ())), "").strip().lower()
    yield Part(type=kind, text=_text(body, encoding, parameters.get("charset", "")))


def _pieces(body: str, boundary: str) -> Iterator[str]:
    """The parts between the boundary lines; where the one announced is not there, between those that are."""
    if not boundary or f"--{boundary}" not in body:
        found = _BOUNDARY_LINE.search(body)
        if found is None:
            return
        boundary = found[1]
    piece: list[str] | None = None
    for line in body.split("\n"):
        if line.rstrip() in (f"--{boundary}", f"--{boundary}--"):
            if piece is not None:
                yield "\n".join(piece)
            piece = None if line.rstrip().endswith(f"{boundary}--") else []
        elif piece is not None:
            piece.append(line)
    if piece:
        yield "\n".join(piece)


def _text(body: str, encoding: str, charset: str) -> str:
    raw = body.encode("utf-8", "surrogateescape")
    if encoding == "base64":
        raw = _base64(raw)
    elif encoding == "quoted-printable":
        raw = quopri.decodestring(raw)
    return _unix(_charset(raw, charset))


def _base64(raw: bytes) -> bytes:
    """What can be read of it: a damaged end costs itself alone."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    return base64.b64decode(letters[: len(letters) // 4 * 4] + _tail(letters[len(letters) // 4 * 4 :]))


def _tail(letters: bytes) -> bytes:
    return letters + b"=" * (4 - len(letters)) if len(letters) > 1 else b""


def _charset(raw: bytes, name: str) -> str:
    """The text; where the name is wrong or unknown, as UTF-8, and as Latin-1 at last."""
    for charset in (name, "utf-8"):
        try:
            return _clean(raw.decode(charset))
        except (LookupError, ValueError):
            continue
    return _clean(raw.decode("latin-1"))


def _clean(text: str) -> str:
    """No surrogates (undecodable bytes) and no NULs, which neither a database nor a terminal wants."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
