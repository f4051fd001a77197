"""Two texts word by word: what both say, what only the first says, what only the second. Pure; must not judge it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

#: Longer stretches (words and spaces of both texts together) that have not a paragraph in common are told whole: to
#: compare each word with each takes their product.
LONGEST = 4000
#: Pairs of texts whose difference is remembered: texts on record stay as they are, and their page is looked at again.
REMEMBERED = 256

_PARAGRAPH = re.compile(r"[^\n]*\n+|[^\n]+")
_WORD = re.compile(r"\s+|[^\W_]+(?:[^\W_]|[\u0300-\u036f'’\u2011-])*|.", re.DOTALL)


class Side(StrEnum):
    """Which of the two texts says something."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words, and which text says them."""

    side: Side
    text: str


@lru_cache(REMEMBERED)
def difference(before: str, after: str) -> Sequence[Piece]:
    """The pieces in their order: without those of one side they are the other text, to the letter."""
    return tuple(_calm(_joined(_pieces(before, after))))


def _pieces(before: str, after: str) -> Iterator[Piece]:
    """Paragraph by paragraph, and word by word where paragraphs differ."""
    old, new = _PARAGRAPH.findall(before), _PARAGRAPH.findall(after)
    for one, other in _stretches(old, new):
        if one == other:
            yield Piece(Side.BOTH, one)
            continue
        words = _WORD.findall(one), _WORD.findall(other)
        found = _stretches(*words) if len(words[0]) + len(words[1]) <= LONGEST else [(one, other)]
        for was, now in found:
            yield from [Piece(Side.BOTH, was)] if was == now else [Piece(Side.BEFORE, was), Piece(Side.AFTER, now)]


def _stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What stands in the place of what, in order; equal where nothing changed."""
    for _, start, end, begin, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield "".join(old[start:end]), "".join(new[begin:until])


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Without empty ones; of each stretch of changes what was comes before what is."""
    gone = come = ""
    for piece in pieces:
        if piece.side is Side.BOTH and piece.text.isspace() and (gone or come):
            gone, come = gone + piece.text, come + piece.text  # a space between two changed words is one change
        elif piece.side is Side.BOTH:
            yield from _changed(gone, come)
            gone = come = ""
            yield piece
        elif piece.side is Side.BEFORE:
            gone += piece.text
        else:
            come += piece.text
    yield from _changed(gone, come)


def _changed(gone: str, come: str) -> Iterator[Piece]:
    """A stretch of changes; the space that ends both is said by both."""
    cut = 0
    while cut < min(len(gone), len(come)) and gone[-1 - cut] == come[-1 - cut] and gone[-1 - cut].isspace():
        cut += 1
    sides = (Side.BEFORE, gone[: len(gone) - cut]), (Side.AFTER, come[: len(come) - cut])
    yield from (Piece(side, text) for side, text in sides if text)
    if cut:
        yield Piece(Side.BOTH, gone[-cut:])


def _calm(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Neighbours that say the same side are one piece."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last.side is piece.side:
            last = Piece(last.side, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
