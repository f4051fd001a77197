"""The grammar of SMTP commands and replies (RFC 5321 section 4, RFC 3461 section 4). Must not keep any state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PATH = re.compile(
    r"""\s*<(?:@[^:>]+:)?(?P<address>(?:(?:"(?:[^"\\]|\\.)*"|[^"<>@\s]+)@[^<>@\s]+)|postmaster)?>(?P<rest>(?:\s.*)?)$""",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(?P<key>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?P<value>[^=\x00-\x20]+))?")
_XCHAR = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")
#: octets (RFC 5321 section 4.5.3.1)
LOCAL_PART, DOMAIN = 64, 255


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A reply of one or more lines."""

    code: int
    lines: tuple[str, ...]
    #: the connection ends after it
    close: bool = False

    def encode(self) -> bytes:
        """The octets, ``250-first`` to ``250 last`` (RFC 5321 section 4.2.1)."""
        marks = ["-"] * (len(self.lines) - 1) + [" "]
        pairs = zip(marks, self.lines, strict=True)
        return "".join(f"{self.code}{mark}{line}\r\n" for mark, line in pairs).encode("utf-8")


def reply(code: int, *lines: str, close: bool = False) -> Reply:
    """Shorthand for a :class:`Reply`."""
    return Reply(code=code, lines=lines, close=close)


class RefusedError(Exception):
    """A command that is answered with an error."""

    def __init__(self, code: int, text: str) -> None:
        """Keep the reply that tells the client."""
        super().__init__(text)
        self.reply = reply(code, text)


@dataclass(frozen=True, kw_only=True)
class Path:
    """The argument of MAIL or RCPT."""

    #: empty for the null reverse path
    address: str
    #: ESMTP parameters, names in upper case
    parameters: Mapping[str, str]


def parse_path(argument: str, keyword: str) -> Path:
    """``FROM:<a@b> SIZE=1`` after its verb. Raises RefusedError (501)."""
    if argument[: len(keyword)].upper() != keyword:
        raise RefusedError(501, f"5.5.4 Syntax: {keyword}<address>")
    match = _PATH.match(argument[len(keyword) :])
    if match is None:
        raise RefusedError(501, "5.1.3 Bad address syntax")
    address = match["address"] or ""
    local, _, domain = address.rpartition("@")
    if len(local.encode("utf-8")) > LOCAL_PART or len(domain.encode("utf-8")) > DOMAIN:
        raise RefusedError(501, "5.1.3 The address is too long")
    return Path(address=address, parameters=_parameters(match["rest"]))


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in text.split():
        match = _PARAMETER.fullmatch(word)
        if match is None or match["key"].upper() in found:
            raise RefusedError(501, f"5.5.4 Bad parameter {word}")
        found[match["key"].upper()] = match["value"] or ""
    return found


def xtext(value: str) -> str:
    """The value of an ``xtext`` (RFC 3461 section 4). Raises RefusedError (501)."""
    if not _XCHAR.fullmatch(value):
        raise RefusedError(501, "5.5.4 Bad xtext")
    return re.sub(r"\+([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), value)


def notify(value: str) -> tuple[str, ...]:
    """The words of NOTIFY (RFC 3461 section 4.1): NEVER, or some of SUCCESS, FAILURE, DELAY. Raises RefusedError."""
    words = tuple(value.upper().split(","))
    if words != ("NEVER",) and not set(words) <= {"SUCCESS", "FAILURE", "DELAY"}:
        raise RefusedError(501, "5.5.4 Bad NOTIFY")
    return words


def content_problem(content: bytes) -> Reply | None:
    """Why a message is refused: a bare CR or LF, or a line over 998 octets (RFC 5321 sections 2.3.8 and 4.5.3.1.6)."""
    lines = content.split(b"\r\n")
    if any(b"\r" in line or b"\n" in line for line in lines):
        return reply(550, "5.5.2 Bare CR or LF in the message")
    if any(len(line) > 998 for line in lines):
        return reply(550, "5.6.0 A line is longer than 998 octets")
    return None
