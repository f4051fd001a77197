"""Shortening as an editor would. Must not write a word that the text does not contain.

::

    whole sentences            "The plant opened in May."
      or, where they leave too much room unused or do not fit,
    a clause and an ellipsis   "The plant opened in May…"
      or, where clauses do,
    a phrase and an ellipsis   "The plant opened in May with a staff…"
      or, where phrases do,
    words and an ellipsis      "The plant opened in May with a staff of forty skilled…"

None of them where what was begun is still owed ("must operate", "in both position").
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import pairwise

from distributor.text.attribution import attribution
from distributor.text.clauses import joints, listed, owed, parts_verb
from distributor.text.glue import Pair, han_boundaries, kept_whole, pairs, protected, tokens
from distributor.text.languages import Language, language_of
from distributor.text.sentences import spans


class Kind(IntEnum):
    """What a cut ends after, better ones higher."""

    WORD = 1
    PHRASE = 2
    CLAUSE = 3
    SENTENCE = 4


#: the share of what words could fill that each must fill, the best first; each more than the one before, or more room
#: would give less
_ENOUGH = ((Kind.SENTENCE, 0.15), (Kind.CLAUSE, 0.42), (Kind.PHRASE, 0.5))
#: shortest beginning that still says something: characters and words
_LEAST, _LEAST_WORDS, _LEAST_HAN = 12, 3, 6
#: fewer words than these before a quotation that had to be left out say nothing
_BEFORE_QUOTATION = 6
#: guesses before plain halving takes over
_GUESSES = 4
_LOOSE_END = " \t\n\u00a0,;:–—-/("


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A place where a text may end; ``position`` counts code points of the text that stays."""

    position: int
    kind: Kind


def cuts(text: str, language: str = "en") -> list[Cut]:
    """Every place where ``text`` may end, in order; never inside a name, a figure, a short quotation or an address.

    The end of the text itself is not among them.
    """
    rules = language_of(language)
    found = _word_cuts(text, rules)
    for span in spans(text, language)[:-1]:
        found[span.end] = Kind.SENTENCE
    unsaid = _unattributed(text, language)
    quoted = kept_whole(text) + [(pair.start, pair.end) for pair in unsaid]
    closed = _mask(len(text), quoted), _mask(len(text), [*quoted, *protected(text, rules), *_owed(text, language)])
    found = _attributed(text, language, found)
    barren = max((pair.start for pair in unsaid if len(text[: pair.start].split()) < _BEFORE_QUOTATION), default=0)
    return [
        Cut(position=position, kind=kind)
        for position, kind in sorted(found.items())
        if not closed[kind is not Kind.SENTENCE][position] and (position > barren or kind is Kind.SENTENCE)
    ]


def loose_cuts(text: str, language: str = "en") -> list[int]:
    """Every place where a word ends and nothing that belongs together is parted, however little stands before it.

    For a line that must be shown, such as a headline without any room: what :func:`cuts` would not sign. Places
    behind "of the" only where there are no others.
    """
    rules = language_of(language)
    closed = _mask(len(text), kept_whole(text) + protected(text, rules))
    words = {len(text[: one.end].rstrip(_LOOSE_END)): _may_end(one.core, one.raw, rules) for one in tokens(text)[:-1]}
    words |= dict.fromkeys(han_boundaries(text), True)
    found = [place for place in sorted(words) if place and not closed[place]]
    return [place for place in found if words[place]] or found


def _mask(length: int, stretches: Iterable[tuple[int, int]]) -> bytearray:
    """One for every place inside a stretch, its two ends left out."""
    mask = bytearray(length + 1)
    for start, end in stretches:
        last = min(end, length + 1)
        mask[start + 1 : last] = b"\x01" * (last - start - 1)
    return mask


def _attributed(text: str, language: str, found: dict[int, Kind]) -> dict[int, Kind]:
    """The places of ``found`` at which nobody loses what says that it is only told by somebody.

    Within a sentence that ends with ", BelTA has learned" no cut may fall, but within the first, where these words are
    set behind the cut again.
    """
    kept = dict(found)
    for number, span in enumerate(spans(text, language)):
        begin = attribution(text[span.start : span.end])
        if begin is not None:
            last = span.start + begin - 1 if number == 0 else span.start
            for place in [one for one in kept if last <= one < span.end]:
                del kept[place]
    return kept


#: behind a quotation whose speaker follows: “..., said”, “...”, said, “...” – said
_SPEAKER_FOLLOWS = re.compile(r"\s*[,，–—]|\s+-\s")


def _unattributed(text: str, language: str) -> list[Pair]:
    """Quotations of which it is told only behind them who says them: they are kept whole or left out.

    Those that open a sentence, and those that end with a comma or are followed by one.
    """
    starts = {span.start for span in spans(text, language)}
    quoted = [pair for pair in pairs(text) if pair.closer not in ")]）】"]
    return [pair for pair in quoted if pair.start in starts or _is_told_behind(text, pair)]


def _is_told_behind(text: str, pair: Pair) -> bool:
    if text[: pair.start].rstrip()[-1:] in {":", "：", ","}:
        return False  # Makei said: “...”, he added
    return text[pair.end - 2 : pair.end - 1] in {",", "，"} or _SPEAKER_FOLLOWS.match(text, pair.end) is not None


def _owed(text: str, language: str) -> list[tuple[int, int]]:
    """Where something was begun and is not said yet."""
    everything = tokens(text)
    begins = [bisect_left(everything, span.start, key=lambda token: token.start) for span in spans(text, language)]
    rules = language_of(language)
    return [one for first, last in pairwise([*begins, len(everything)]) for one in owed(everything[first:last], rules)]


def _word_cuts(text: str, rules: Language) -> dict[int, Kind]:
    found: dict[int, Kind] = {}
    everything = tokens(text)
    begun, parted = joints(everything, rules), listed(everything, rules)
    for index, (token, following) in enumerate(pairwise(everything)):
        position = len(text[: token.end].rstrip(_LOOSE_END))
        if not _may_end(token.core, token.raw, rules) or not _says_something(text[:position], index + 1):
            continue
        ends_clause = (token.raw[-1] in ",;:" and index not in parted) or following.raw in {"–", "—", "-", "--"}
        if ends_clause or index + 1 in begun:
            found[position] = Kind.CLAUSE
        elif not parts_verb(everything, index + 1, rules):
            is_phrase = rules.is_small(following.core) and following.core not in rules.articles
            found[position] = Kind.PHRASE if is_phrase and parted.isdisjoint(range(index - 3, index + 1)) else Kind.WORD
    for position in han_boundaries(text):
        if position >= _LEAST_HAN and not unicodedata.combining(text[position]):
            found[position] = Kind.WORD
    for match in re.finditer(r"[，；：]", text):
        if match.start() >= _LEAST_HAN:
            found[match.start()] = Kind.CLAUSE
    return found


def _may_end(core: str, raw: str, rules: Language) -> bool:
    """No post ends with "of the" or with an abbreviation."""
    is_word = bool(core) and not rules.is_small(core) and core.lower() not in rules.link
    return is_word and raw[-1] not in ".!?…([«„“‘"


def _says_something(beginning: str, words: int) -> bool:
    return len(beginning) >= _LEAST and words >= _LEAST_WORDS


class _Plan:
    """The possible cuts of one text, and what each looks like when it is finished."""

    def __init__(self, text: str, language: str, ellipsis: str) -> None:
        self.text = text
        self.language = language
        self.ellipsis = ellipsis
        self.cuts = cuts(text, language)

    @cached_property
    def _pairs(self) -> list[Pair]:
        return pairs(self.text)

    def of(self, *kinds: Kind) -> list[Cut]:
        """The cuts of these kinds, in order."""
        return [cut for cut in self.cuts if cut.kind in kinds]

    def finished(self, cut: Cut) -> str:
        """The text up to the cut, with what it opened closed again."""
        closers = "".join(pair.closer for pair in reversed(self._pairs) if pair.start < cut.position < pair.end)
        if cut.kind is Kind.SENTENCE:
            return self.text[: cut.position] + closers
        begin, end = self._teller
        teller = self.text[begin:end] if cut.position < begin else ""
        return self.text[: cut.position] + self.ellipsis + closers + teller

    @cached_property
    def _teller(self) -> tuple[int, int]:
        """Where it stands who says what the first sentence tells; an empty stretch where it says it itself."""
        first = spans(self.text, self.language)[0]
        begin = attribution(self.text[first.start : first.end])
        return (0, 0) if begin is None else (first.start + begin, first.end)


@lru_cache(maxsize=64)
def _plan(text: str, language: str, ellipsis: str) -> _Plan:
    return _Plan(text, language, ellipsis)


@dataclass(slots=True)
class _Search:
    """Finds the last cut that fits, asking for as few costs as it can: a render is expensive, a measure is not."""

    plan: _Plan
    limit: int
    #: what counts: units of the finished post
    cost: Callable[[str], int]
    #: units of the cut itself
    measure: Callable[[str], int]
    #: units the post adds to the cut, as last seen
    around: int = 0

    def best(self) -> str:
        """The best finished cut, or nothing."""
        words = self._last(self.plan.of(Kind.WORD, Kind.PHRASE, Kind.CLAUSE))
        room = words.position if words else 0
        for kind, share in _ENOUGH:
            chosen = self._last([cut for cut in self.plan.of(kind) if cut.position >= share * room])
            if chosen:
                return self.plan.finished(chosen)
        return self.plan.finished(words) if words else ""

    def _last(self, candidates: Sequence[Cut]) -> Cut | None:
        """The last candidate that fits; the longer the cut, the more it costs."""
        fits, over, asked = -1, len(candidates), 0
        while over - fits > 1:
            guess = self._guess(candidates, fits, over) if asked < _GUESSES else (fits + over) // 2
            asked += 1
            finished = self.plan.finished(candidates[guess])
            cost = self.cost(finished)
            self.around = cost - self.measure(finished)
            if cost <= self.limit:
                fits = guess
            else:
                over = guess
        return candidates[fits] if fits >= 0 else None

    def _guess(self, candidates: Sequence[Cut], fits: int, over: int) -> int:
        """Where the limit falls if the post adds as much as last time."""
        room = self.limit - self.around
        place = bisect_right(
            candidates, room, lo=fits + 1, hi=over, key=lambda cut: self.measure(self.plan.finished(cut))
        )
        return min(max(place - 1, fits + 1), over - 1)


def shorten(
    text: str, limit: int, *, measure: Callable[[str], int] = len, language: str = "en", ellipsis: str = "…"
) -> str:
    """The most of ``text`` that fits into ``limit`` units and that an editor would sign; empty if nothing does.

    A text that fits comes back whole, without the white space around it. More room never gives less text, and a
    shortened text shortened again stays as it is.
    """
    text = text.strip()
    if measure(text) <= limit:
        return text
    return _Search(_plan(text, language, ellipsis), limit, measure, measure).best()


def ended(whole: str, shown: str, language: str = "en", ellipsis: str = "…") -> str:
    """Where ``shown`` stops telling ``whole``: at a ``sentence``, ``clause``, ``phrase``, ``word`` or ``character``;
    empty: nothing is shown, or all of it.
    """
    if not shown or shown == whole:
        return ""
    plan = _plan(whole, language, ellipsis)
    kind = next((cut.kind for cut in plan.cuts if plan.finished(cut) == shown), None)
    if kind is not None:
        return kind.name.lower()
    beginning = shown.removesuffix(ellipsis)
    if beginning == shown or not whole.startswith(beginning):
        return "sentence"  # put together from whole ones
    return "word" if len(beginning) in loose_cuts(whole, language) else "character"


def fit(
    render: Callable[[str], str],
    text: str,
    limit: int,
    *,
    measure: Callable[[str], int] = len,
    language: str = "en",
    ellipsis: str = "…",
) -> tuple[str, str]:
    """The rendered post with as much of ``text`` as the limit allows, and the cut that went into it.

    ``render`` is called a handful of times. Raises ValueError if even the post without any of the text is too long.
    """
    text = text.strip()
    post = render(text)
    if measure(post) <= limit:
        return post, text
    empty = render("")
    if measure(empty) > limit:
        raise ValueError(f"the post is {measure(empty)} units long without its text, the limit is {limit}")
    search = _Search(
        _plan(text, language, ellipsis),
        limit,
        lambda cut: measure(render(cut)),
        measure,
        around=measure(post) - measure(text),
    )
    cut = search.best()
    return (render(cut), cut) if cut else (empty, "")
