"""Finds web addresses and e-mail addresses in a text, as TDLib does. Must not judge a link inside an entity."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from distributor.sandbox.telegram.tlds import TLDS

_BAD_PATH_END = ".:;,('?!`"
_NOT_PATH = frozenset('\n<>"«»')
_NOT_USER = frozenset("\n/[]{}()'`<>\"@«»")
_WORD = re.compile(r"[A-Za-z0-9_-]")
_USER_PART = re.compile(r"(?:[A-Za-z0-9_-]{0,26}[.+]){0,10}[A-Za-z0-9_-]{1,35}")
_MAIL_LABEL = r"(?=.{1,30}\.)[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\."
_MAIL_DOMAIN = re.compile(rf"(?:{_MAIL_LABEL}){{1,6}}[A-Za-z]{{2,8}}")
_IPV4_PART = re.compile(r"0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]")
_SCHEMES = (("http", 7, ("shttp",)), ("https", 8, ()), ("ftp", 6, ("tftp", "sftp")), ("tonsite", 10, ()))
#: not in the root zone, and taken all the same
_OTHER_TLDS = frozenset({"ton", "onion"})
_CLOSING = {")": 0, "]": 1, "}": 2}
_OPENING = {"(": 0, "[": 1, "{": 2}


def is_word(char: str) -> bool:
    """Whether the character is a letter, a number or a low line."""
    return char == "_" or unicodedata.category(char)[0] == "L" or unicodedata.category(char)[0] == "N"


def is_url_char(char: str) -> bool:
    """Whether the character may stand in an address: no separator; of general punctuation only joiners and dashes."""
    if "\u2000" <= char <= "\u206f":
        return char in "\u200c\u200d" or "\u2010" <= char <= "\u2015"
    return unicodedata.category(char)[0] != "Z"


def is_path_char(char: str) -> bool:
    """The same for a path, a query or a fragment."""
    return char not in _NOT_PATH and is_url_char(char)


def _is_user_char(char: str) -> bool:
    return char not in _NOT_USER and is_url_char(char)


def _is_domain_char(char: str) -> bool:
    if char < "\u00c0":
        return char in ".~" or _WORD.match(char) is not None
    return is_url_char(char)


def _is_scheme_char(char: str) -> bool:
    if char < "\u0080":
        return char.isalnum() or char in "+-"
    return unicodedata.category(char)[0] != "Z"


def _back(text: str, index: int, floor: int, allowed: Callable[[str], bool]) -> int:
    while index > floor and allowed(text[index - 1]):
        index -= 1
    return index


def _forward(text: str, index: int, allowed: Callable[[str], bool]) -> int:
    while index < len(text) and allowed(text[index]):
        index += 1
    return index


def path_end(text: str, index: int) -> int:
    """Where the path that begins at the index ends; the index itself when there is none worth keeping."""
    if index >= len(text) or text[index] not in "/?#":
        return index
    end = _forward(text, index + 1, is_path_char)
    while end > index + 1 and text[end - 1] in _BAD_PATH_END:
        end -= 1
    return end if text[index] == "/" or end > index + 1 else index


def _port_end(text: str, index: int) -> int:
    if index >= len(text) or text[index] != ":":
        return index
    end = _forward(text, index + 1, lambda char: "0" <= char <= "9")
    digits = text[index + 1 : end].lstrip("0")
    return end if digits and len(digits) <= 5 and int(digits) <= 65535 else index


class _Candidate:
    """The stretch around one full stop that might be an address; ``floor`` is where the last one ended."""

    def __init__(self, text: str, floor: int, dot: int) -> None:
        self._text, self._floor, self._dot = text, floor, dot
        self.is_bad = False
        begin = _back(text, dot, floor, _is_domain_char)
        end = _forward(text, dot, lambda char: char == "@" or _is_domain_char(char))
        self._has_at = "@" in text[dot:end]
        if self._has_at:
            begin = _back(text, begin, floor, _is_user_char)
        end = path_end(text, _port_end(text, end))
        while end > dot + 1 and text[end - 1] == ".":
            end -= 1
        self.end = end
        self.begin = self._with_scheme(self._with_user(begin))

    def _with_user(self, begin: int) -> int:
        if begin <= self._floor or self._text[begin - 1] != "@":
            return begin
        user = _back(self._text, begin - 1, self._floor, _is_user_char)
        self.is_bad = self._has_at or user == begin - 1
        return user

    def _with_scheme(self, begin: int) -> int:
        if begin <= self._floor:
            return begin
        prefix = self._text[self._floor : begin]
        if len(prefix.encode()) >= 6 and prefix.endswith("://"):
            return self._scheme_begin(begin)
        if is_word(prefix[-1]) or prefix[-1] in "/#@":
            self.is_bad = True
        return begin

    def _scheme_begin(self, begin: int) -> int:
        start = _back(self._text, begin - 3, self._floor, _is_scheme_char)
        scheme = self._text[start : begin - 3].lower()
        for name, size, others in _SCHEMES:
            if scheme.endswith(name) and scheme not in others:
                return begin - size
        self.is_bad = True
        return begin


def _matches(text: str) -> list[tuple[int, int]]:
    """The stretches that look like addresses, before the strict checks."""
    found: list[tuple[int, int]] = []
    floor = 0
    while True:
        dot = text.find(".", floor)
        if dot < 0 or dot + 1 == len(text):
            return found
        if text[dot + 1] == " ":
            floor = dot + 2
            continue
        candidate = _Candidate(text, floor, dot)
        end = candidate.end
        if candidate.is_bad:
            while text[end - 1] != ".":
                end -= 1
        else:
            if end > dot + 1:
                found.append((candidate.begin, end))
            end = _forward(text, end, lambda char: char == ".")
        floor = max(end, dot + 1)


def is_email_address(text: str) -> bool:
    """Whether the text is an e-mail address as Telegram understands one."""
    user, _, domain = text.partition("@")
    return bool(_USER_PART.fullmatch(user) and _MAIL_DOMAIN.fullmatch(domain))


def _is_common_tld(name: str) -> bool:
    lower = name.lower()
    if lower != name and lower[1:] == name[1:]:
        return False  # one capital alone is the next sentence, after a missing space
    return lower in TLDS or lower in _OTHER_TLDS


def _balanced_end(path: str) -> int:
    """Where the path ends when an unopened bracket ends it."""
    balance = [0, 0, 0]
    end = len(path)
    for index, char in enumerate(path):
        if char in _OPENING:
            balance[_OPENING[char]] += 1
        elif char in _CLOSING:
            balance[_CLOSING[char]] -= 1
            if balance[_CLOSING[char]] < 0:
                end = index
                break
    while end > 0 and path[end - 1] in _BAD_PATH_END:
        end -= 1
    return end


def _is_tld(name: str, *, has_protocol: bool) -> bool:
    if len(name) <= 1:
        return False
    if name.startswith("xn--"):
        return len(name) > 5 and re.fullmatch(r"[A-Za-z0-9]+", name[4:]) is not None
    if "_" in name or "-" in name:
        return False
    return has_protocol or _is_common_tld(name)


def _is_domain(domain: str, *, has_protocol: bool) -> bool:
    parts = domain.split(".")
    if len(parts) == 1 or any(not part or len(part.encode()) >= 64 or part.endswith("-") for part in parts):
        return False
    if len(parts) == 4 and all(_IPV4_PART.fullmatch(part) for part in parts):
        return True
    if not re.search(r"[^0-9.]", domain):
        return False
    return _is_tld(parts[-1], has_protocol=has_protocol) and "_" not in parts[-2]


def _fixed(url: str) -> str:
    """The address cut to what is really one; empty when nothing is."""
    scheme = re.match(r"(?i:https?|ftp|tonsite)://", url)
    rest = url[scheme.end() :] if scheme else url
    domain = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(domain) :]
    host = domain.partition("@")[2] if "@" in domain else domain
    host = host[: host.rfind(":")] if ":" in host else host
    if host.lower() == "teiegram.org" or not _is_domain(host, has_protocol=bool(scheme)):
        return ""
    return url[: len(url) - len(path) + _balanced_end(path)]


def find_urls(text: str) -> list[tuple[int, int, str]]:
    """Every address as (begin, end, "url" or "email"), in code points."""
    found: list[tuple[int, int, str]] = []
    for begin, end in _matches(text):
        url = text[begin:end]
        if is_email_address(url):
            found.append((begin, end, "email"))
        elif url.startswith("mailto:") and is_email_address(url[7:]):
            found.append((begin + 7, end, "email"))
        elif fixed := _fixed(url):
            found.append((begin, begin + len(fixed), "url"))
    return found
