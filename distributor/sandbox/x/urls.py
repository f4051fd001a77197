"""The loopback X's own eye for links: finds every stretch of a text that X would turn into one, scheme or not.

It must not share code with the product: a link that one side overlooks has to be seen by the other.
Rules: twitter-text 3 (``extractUrlsWithIndices``), written here as a scanner instead of its one large expression.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: X measures a whole address, its host in ASCII form, against this many characters.
LONGEST_URL = 4096
#: Characters of the short name in a t.co address.
LONGEST_SLUG = 40
#: DNS: bytes of one label in ASCII form (RFC 1035 section 2.3.4).
LONGEST_LABEL = 63

_MARKERS = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_SPACES = "\t\n\x0b\x0c\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BROKEN = "\ufffe\ufeff\uffff"
_PUNCTUATION = r"!'#%&()*+,\-./:;<=>?@\[\]\\^_{|}~$"
_ACCENTED = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)

_BLOCKS_A_LINK = re.compile(rf"[A-Za-z0-9@＠$#＃{_BROKEN}]")
_HOST = re.compile(rf"(?:[^{_PUNCTUATION}{_SPACES}{_BROKEN}{_MARKERS}]|[._-])+")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_PORT = re.compile(r":[0-9]+")
_PATH = rf"[a-z\u0400-\u04ff0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_ACCENTED}]"
_PATH_END = re.compile(rf"[+\-a-z\u0400-\u04ff0-9=_#/{_ACCENTED}]", re.IGNORECASE)
_PATH_CHAR = re.compile(_PATH, re.IGNORECASE)
_PARENTHESES = re.compile(rf"\((?:{_PATH}+|{_PATH}*\({_PATH}+\){_PATH}*)\)", re.IGNORECASE)
_QUERY = re.compile(r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]", re.IGNORECASE)
_SHORT = re.compile(
    r"https?://t\.co/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?", re.IGNORECASE
)
_PUNYCODE = re.compile(r"xn--[\-0-9a-z]+", re.IGNORECASE)
_PLAIN_HOST = re.compile(rf"[\-a-z0-9{_ACCENTED}]+(?:\.[\-a-z0-9{_ACCENTED}]+)*\.", re.IGNORECASE)
_GOES_ON = re.compile(r"[0-9a-zA-Z@+\-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link as it stands in a text: ``text[start:end] == url``, in characters."""

    url: str
    start: int
    end: int

    @property
    def expanded(self) -> str:
        """The address X leads to: a link written without a scheme gets ``http://``."""
        return self.url if _SCHEME.match(self.url) else f"http://{self.url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A link with its parts before the last checks: where scheme, host and tail begin and end."""

    start: int
    host: int
    host_end: int
    end: int


@cache
def top_level_domains() -> frozenset[str]:
    """Every known top-level domain, lower case, from ``data/tlds.txt``."""
    listed = files("distributor.sandbox").joinpath("data/tlds.txt").read_text(encoding="utf-8")
    return frozenset(word for line in listed.splitlines() if not line.startswith("#") for word in line.split())


@cache
def _longest_domain() -> int:
    return max(map(len, top_level_domains()))


class _Hosts:
    """The stretches of a text that could be hosts, with every dot in them that a known domain follows; found once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] = []
        self._closings: list[list[tuple[int, int]]] = []
        for run in _HOST.finditer(text):
            self._starts.append(run.start())
            self._closings.append(list(self._known(run.start(), run.end())))

    def _known(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        dot = self._text.find(".", start, stop)
        while dot >= 0:
            end = _domain_end(self._text, dot + 1)
            if end is not None:
                yield dot, end
            dot = self._text.find(".", dot + 1, stop)

    def end(self, start: int) -> int | None:
        """Where the host that begins at ``start`` ends: behind the rightmost dot with proper labels before it."""
        index = bisect_right(self._starts, start) - 1
        for dot, end in reversed(self._closings[index] if index >= 0 else []):
            if dot <= start:
                return None
            labels = self._text[start:dot].split(".")
            if _good_labels(labels) == len(labels) and _is_name(labels[-1]):
                return end
        return None


def links(text: str) -> tuple[Link, ...]:
    """All links of a text in their order, without overlaps."""
    return tuple(_links(text))


def _links(text: str) -> Iterator[Link]:
    hosts = _Hosts(text)
    position = 0
    while position < len(text):
        found = _candidate(text, position, hosts) if _may_begin(text, position) else None
        if found is None:
            position += 1
            continue
        yield from _checked(text, found)
        # the character before a link belongs to its match, so the next link needs a character of its own
        position = found.end + 1


def _may_begin(text: str, position: int) -> bool:
    """Whether the character before allows a link; at the very start of the text nothing has to stand there."""
    return position == 0 or not _BLOCKS_A_LINK.match(text[position - 1])


def _candidate(text: str, start: int, hosts: _Hosts) -> _Candidate | None:
    scheme = _SCHEME.match(text, start)
    places = (scheme.end(), start) if scheme else (start,)
    for host in places:
        host_end = hosts.end(host)
        if host_end is not None:
            return _Candidate(start=start, host=host, host_end=host_end, end=_tail_end(text, host_end))
    return None


def _good_labels(labels: list[str]) -> int:
    """How many labels from the left may stand before a name: neither their first nor last sign is a dash or line."""
    for index, label in enumerate(labels):
        if not label or label[0] in "-_" or label[-1] in "-_":
            return index
    return len(labels)


def _is_name(label: str) -> bool:
    """Whether a label may stand right before the top-level domain: there the underscore is not allowed."""
    return "_" not in label


def _domain_end(text: str, start: int) -> int | None:
    """The end of the longest known top-level domain at ``start`` with no letter, digit, ``@``, ``+`` or dash behind."""
    known = top_level_domains()
    for end in range(min(len(text), start + _longest_domain()), start, -1):
        if text[start:end].lower() in known and not _GOES_ON.match(text, end):
            return end
    encoded = _PUNYCODE.match(text, start)
    return encoded.end() if encoded else None


def _tail_end(text: str, position: int) -> int:
    port = _PORT.match(text, position)
    position = port.end() if port else position
    if text.startswith("/", position):
        position = _path_end(text, position + 1)
    query = _QUERY.match(text, position)
    return query.end() if query else position


def _path_end(text: str, position: int) -> int:
    """The end of a path: as far as path characters and balanced parentheses go, back to one that may be the last."""
    end = position
    while position < len(text):
        balanced = _PARENTHESES.match(text, position)
        if balanced:
            position = end = balanced.end()
        elif _PATH_CHAR.match(text, position):
            position += 1
            end = position if _PATH_END.match(text, position - 1) else end
        else:
            break
    return end


def _checked(text: str, found: _Candidate) -> Iterator[Link]:
    """The links that a candidate really holds: one, none, or for bare hosts several run together."""
    host = text[found.host : found.host_end]
    if not _resolvable(host, found.end - found.start):
        return
    if found.host == found.start:
        yield from _bare(text, found)
        return
    url = text[found.start : found.end]
    short = _SHORT.match(url)
    if short:
        if len(short.group(1)) > LONGEST_SLUG:
            return
        url = short.group()
    yield Link(url=url, start=found.start, end=found.start + len(url))


def _bare(text: str, found: _Candidate) -> Iterator[Link]:
    """Links without a scheme: plain Latin hosts, each with its own top-level domain; the tail is the last one's."""
    if found.start > 0 and text[found.start - 1] in "-_./":
        return
    spans = list(_plain_hosts(text, found.host, found.host_end))
    for index, (start, end) in enumerate(spans):
        if index == len(spans) - 1 and end == found.host_end:
            end = found.end
        yield Link(url=text[start:end], start=start, end=end)


def _plain_hosts(text: str, position: int, stop: int) -> Iterator[tuple[int, int]]:
    while position < stop:
        span = _plain_host(text[:stop], position)
        if span is None:
            position += 1
            continue
        yield span
        position = span[1]


def _plain_host(text: str, start: int) -> tuple[int, int] | None:
    """A run of Latin labels that starts here and reaches a known domain, the rightmost one that it can reach."""
    run = _PLAIN_HOST.match(text, start)
    if run is None:
        return None
    dot = run.end()
    while dot > start:
        end = _domain_end(text, dot)
        if end is not None:
            return start, end
        dot = text.rfind(".", start, dot - 1) + 1
    return None


def _resolvable(host: str, length: int) -> bool:
    """Whether DNS could hold the host: every label fits in ASCII form, and so does the whole address."""
    encoded = [_ascii_label(label) for label in host.split(".")]
    if any(label is None or len(label) > LONGEST_LABEL for label in encoded):
        return False
    ascii_host = ".".join(label or "" for label in encoded)
    return length - len(host) + len(ascii_host) <= LONGEST_URL


def _ascii_label(label: str) -> str | None:
    """A label in ASCII form (RFC 3490 ToASCII); None for one that claims to be encoded and is not."""
    if label.isascii():
        return label
    if label.lower().startswith("xn--"):
        return None
    folded = unicodedata.normalize("NFKC", label.lower())
    return folded if folded.isascii() else "xn--" + folded.encode("punycode").decode("ascii")
