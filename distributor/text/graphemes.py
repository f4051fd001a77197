"""Grapheme clusters: what readers see as single characters. Must not change a text, and needs no library.

Rules: Unicode annex 29, GB1 to GB999, with GB9c for Indic conjuncts and GB11 for joined emoji.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache


def graphemes(text: str) -> list[str]:
    """What readers see as single characters: extended grapheme clusters (Unicode annex 29, rules GB1 to GB999).

    The parts joined are the text. Classes come from the general categories of ``unicodedata`` and short tables,
    so characters newer than Python's own Unicode data count as separate.
    """
    if text.isascii():
        return list(text) if "\r\n" not in text else re.findall(r"\r\n|[\x00-\x7f]", text)
    return list(_clusters(text))


def _clusters(text: str) -> Iterator[str]:
    start, state = 0, _State()
    for index, char in enumerate(text):
        if state.breaks_before(_kind(char)) and index:
            yield text[start:index]
            start = index
    yield text[start:]


class _State:
    """What the rules must remember of the cluster so far."""

    __slots__ = ("conjunct", "flags", "last", "picture")

    def __init__(self) -> None:
        self.last = ""
        #: regional indicators in a row
        self.flags = 0
        #: "" | "picture" (GB11: a picture, then extenders) | "joined" (and then a joiner)
        self.picture = ""
        #: "" | "consonant" | "linked" (GB9c)
        self.conjunct = ""

    def breaks_before(self, kind: str) -> bool:
        """Whether a cluster ends before a character of this kind; then takes the character in."""
        answer = self._breaks(kind)
        self._take(kind)
        return answer

    def _breaks(self, kind: str) -> bool:
        last = self.last
        if last == "CR" or kind in {"CR", "LF", "Control"} or last in {"LF", "Control"}:
            return not (last == "CR" and kind == "LF")  # GB3 to GB5
        if kind in {"Extend", "Linker", "ZWJ", "Spacing"} or last == "Prepend":
            return False  # GB9 to GB9b
        if kind in _HANGUL.get(last, ()):
            return False  # GB6 to GB8
        if kind == "Picture":
            return self.picture != "joined"  # GB11
        if kind == "Consonant":
            return self.conjunct != "linked"  # GB9c
        return not (kind == "Flag" and self.flags % 2)  # GB12, GB13

    def _take(self, kind: str) -> None:
        self.flags = self.flags + 1 if kind == "Flag" else 0
        if kind == "Picture":
            self.picture = "picture"
        elif self.picture == "picture":
            self.picture = {"ZWJ": "joined", "Extend": "picture", "Linker": "picture"}.get(kind, "")
        else:
            self.picture = ""
        if kind == "Consonant":
            self.conjunct = "consonant"
        elif self.conjunct and kind == "Linker":
            self.conjunct = "linked"
        elif kind not in {"Extend", "ZWJ"}:
            self.conjunct = ""
        self.last = kind


#: GB6 to GB8: which Hangul syllable parts may follow
_HANGUL = {"L": ("L", "V", "LV", "LVT"), "LV": ("V", "T"), "V": ("V", "T"), "LVT": ("T",), "T": ("T",)}
_PREPEND = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3]")
_LINKER = "\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d"
_CONSONANT = re.compile(
    "[\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09dc\u09dd\u09df\u09f0\u09f1"
    "\u0a95-\u0aa8\u0aaa-\u0ab0\u0ab2\u0ab3\u0ab5-\u0ab9\u0af9\u0b15-\u0b28\u0b2a-\u0b30\u0b32\u0b33\u0b35-\u0b39\u0b5c\u0b5d"
    "\u0b5f\u0b71\u0c15-\u0c28\u0c2a-\u0c39\u0c58-\u0c5a\u0d15-\u0d3a]"
)
#: spacing marks that belong to the character before although other marks of their category do not, and the reverse
_SPACING_TOO = "\u0e33\u0eb3"
_NOT_SPACING = re.compile(
    "[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63\u1a64]"
)
#: Extended_Pictographic of Unicode 16 (emoji-data.txt), unassigned places included
_PICTURE = re.compile(
    "[\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2"
    "\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685\u2690-\u2705\u2708-\u2712\u2714\u2716\u271d"
    "\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935"
    "\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f"
    "\U0001f16c-\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f"
    "\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d\U0001f546-\U0001f64f"
    "\U0001f680-\U0001f6ff\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff\U0001f80c-\U0001f80f\U0001f848-\U0001f84f"
    "\U0001f85a-\U0001f85f\U0001f888-\U0001f88f\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a\U0001f93c-\U0001f945"
    "\U0001f947-\U0001faff\U0001fc00-\U0001fffd]"
)
_EXTEND_TOO = re.compile(
    "[\u200c\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u09be\u09d7\u0b3e\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6"
    "\u0d3e\u0d57\u0dcf\u0ddf\u1b35\u302e\u302f]"
)


_TABLES = ((_EXTEND_TOO, "Extend"), (_PICTURE, "Picture"), (_CONSONANT, "Consonant"), (_PREPEND, "Prepend"))
#: Hangul syllable parts: leading consonants, vowels, trailing consonants
_JAMO = (
    ("\u1100", "\u115f", "L"),
    ("\ua960", "\ua97c", "L"),
    ("\u1160", "\u11a7", "V"),
    ("\ud7b0", "\ud7c6", "V"),
    ("\u11a8", "\u11ff", "T"),
    ("\ud7cb", "\ud7fb", "T"),
)


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """Grapheme_Cluster_Break of one character, with the classes of GB9c and GB11 beside it."""
    return _kind_by_table(char) or _kind_by_category(char)


def _kind_by_table(char: str) -> str:
    if char in "\r\n\u200d":
        return {"\r": "CR", "\n": "LF", "\u200d": "ZWJ"}[char]
    if char in _LINKER:
        return "Linker"
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return "Flag"
    for pattern, kind in (
        (_EXTEND_TOO, "Extend"),
        (_PICTURE, "Picture"),
        (_CONSONANT, "Consonant"),
        (_PREPEND, "Prepend"),
    ):
        if pattern.match(char):
            return kind
    return _hangul(char)


def _hangul(char: str) -> str:
    if "\uac00" <= char <= "\ud7a3":
        return "LVT" if (ord(char) - 0xAC00) % 28 else "LV"
    for first, last, kind in _JAMO:
        if first <= char <= last:
            return kind
    return ""


def _kind_by_category(char: str) -> str:
    category = unicodedata.category(char)
    if category in {"Mn", "Me"}:
        return "Extend"
    if (category == "Mc" and not _NOT_SPACING.match(char)) or char in _SPACING_TOO:
        return "Spacing"
    return "Control" if category in {"Cc", "Cf", "Zl", "Zp", "Cs"} else "Other"
