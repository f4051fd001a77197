"""The few sentences that tell a story, taken from it. Must not write a sentence of its own."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from distributor.text.attribution import attribution
from distributor.text.cut import cuts, shorten
from distributor.text.dateline import split_dateline
from distributor.text.glue import pairs
from distributor.text.languages import Language, language_of
from distributor.text.sentences import spans

#: news is written lead first: what comes later than this says less about the whole
_LEADING_SENTENCES = 8
#: most sentences of a summary that is put together here
_MOST = 3
#: a description shorter than this says nothing that the headline does not
_LEAST = 25
#: the share of a torn description that its last whole clause must tell
_ENOUGH_LEFT = 0.4
#: lines this long that do not end a sentence were folded; shorter ones too if the next goes on in small letters
_FOLDED, _FOLDED_SMALL = 60, 40
#: a line this long is a sentence whose full stop was forgotten
_SURELY = 100
#: what begins a line that sums up a list
_BULLETS = "•●▪■◆►-–—*"
#: a pronoun among so many first words speaks of somebody named before
_EARLY = 5
#: words behind an article that point back ("the relevant document")
_POINTING = frozenset(["relevant", "same", "latter", "former", "said", "aforementioned", "respective"])
#: the end of a description that was cut off by a machine
_CUT_OFF = re.compile(r"\s*(?:\[\s*(?:…|\.{3}|&hellip;)\s*\]|\(\s*(?:…|\.{3})\s*\)|…|\.{3,})\s*\Z")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟۔:][\"'”’»“)\]」』]*\Z")
_WORD = re.compile(r"[^\W\d_]{3,}")
_OWNED = re.compile(r"['’]s?\Z")
_ADDRESS = re.compile(r"\s*(?:https?://|www\.)\S+\s*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrases:
    """The expressions of data/boilerplate.toml, compiled."""

    more_at_end: re.Pattern[str]
    only_more: re.Pattern[str]
    line: re.Pattern[str]
    added: re.Pattern[str]
    label: re.Pattern[str]
    idle: re.Pattern[str]


@cache
def _phrases() -> _Phrases:
    raw = tomllib.loads((files("distributor.text") / "data" / "boilerplate.toml").read_text(encoding="utf-8"))
    more, line, added, labels, idle = ("|".join(raw[name]) for name in ("more", "line", "added", "labels", "idle"))
    return _Phrases(
        more_at_end=re.compile(rf"[\s|–—\-]*\b(?:{more})\b[^.!?\w]*(?:»|>>|→|\.\.\.|…)?\s*\Z", re.IGNORECASE),
        only_more=re.compile(rf"\W*(?:{more})\W*\Z", re.IGNORECASE),
        line=re.compile(rf"\W*(?:{line})", re.IGNORECASE),
        added=re.compile(rf"\s*(?:{added})\Z", re.DOTALL | re.IGNORECASE),
        # behind the name of a source in brackets, which stays: "[Africa Check] IN SHORT: ..."
        label=re.compile(rf"(\s*(?:\[[^\[\]]{{1,60}}\]\s*)?)(?:{labels})\s*[:：]\s*(?=\S)", re.IGNORECASE),
        idle=re.compile(rf"\b(?:{idle})", re.IGNORECASE),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """Sentences that cannot be parted: one, or a quotation with the words that say whose it is."""

    text: str
    words: tuple[str, ...]
    #: it points back to what stands before
    leans: bool
    #: words it speaks of as known: "the timeline" and whose it is, "the spokesman said"
    known: frozenset[str]
    #: says nothing of the story: a quotation whose speaker stands elsewhere, or that nobody wished to comment
    empty: bool


def is_boilerplate(text: str, headline: str = "") -> bool:
    """Whether a description tells nothing: empty, the headline again, an address, "Read more", a call to subscribe."""
    text = _without_additions(text)
    said, title = _folded(text), _folded(headline)
    if len(said) < _LEAST and not _is_dense(said):
        return True
    if title and (said in title or (said.startswith(title) and len(said) < len(title) + _LEAST)):
        return True
    return bool(_phrases().only_more.match(text) or _ADDRESS.match(text) or _phrases().line.match(text))


def _is_dense(said: str) -> bool:
    """Chinese and Japanese say in ten characters what takes others a line."""
    return len(said) >= 10 and bool(re.search("[\u3040-\u30ff\u4e00-\u9fff]", said))


def _folded(text: str) -> str:
    """Letters and figures only, so that two spellings of one line are equal."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _without_additions(text: str) -> str:
    """Without what content systems hang on: "Read more", "The post ... appeared first on ...", "IN SHORT:"."""
    text = _phrases().added.sub("", text.strip())
    if label := _phrases().label.match(text):
        text = label[1] + text[label.end() :]
    shorter = _phrases().more_at_end.sub("", text)
    return shorter if _SENTENCE_END.search(shorter) else text


def lead(body: str, language: str = "en") -> str:
    """The first paragraph of the story itself: no navigation, no byline, no dateline, whole sentences only."""
    paragraphs = story_paragraphs(body)
    if not paragraphs:
        return ""
    units = _units(paragraphs[0], language_of(language), language)
    return " ".join(unit.text for unit in units)


def story_paragraphs(body: str, headline: str = "") -> list[str]:
    """The paragraphs that tell the story: no menus, times, captions, calls to subscribe or lists of other stories.

    Whatever follows a line such as "Recent news from" and has no full stop belongs to that list.
    """
    found: list[str] = []
    title = _folded(headline)
    for paragraph in re.split(r"\n\s*\n", body):
        told = [line for line in _lines(paragraph) if _tells(line) and _folded(line) != title]
        text = split_dateline(" ".join(told))[1] if not found else " ".join(told)
        if text:
            found.append(text)
    return found


def _lines(paragraph: str) -> list[str]:
    """The lines of a paragraph; where a long line breaks off in mid-sentence, they were only folded."""
    lines = [line.strip() for line in paragraph.split("\n") if line.strip()]
    is_folded = any(_breaks_off(line, following) for line, following in pairwise(lines))
    return [" ".join(lines)] if is_folded else lines


def _breaks_off(line: str, following: str) -> bool:
    least = _FOLDED_SMALL if following[0].islower() else _FOLDED
    return len(line) >= least and not _SENTENCE_END.search(line)


def _tells(line: str) -> bool:
    """Whether a line belongs to the story: it ends as a sentence does, or is too long to be anything else."""
    unfinished = re.split(r"[.!?…]\s", line)[-1]
    ends = _SENTENCE_END.search(line) is not None or (len(unfinished) >= _SURELY and line[0] not in _BULLETS)
    return ends and not _phrases().line.match(line) and len(line) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What there is to say under a headline, read once and given in any length."""

    #: the feed's own description, if it says something; otherwise empty
    given: str
    #: the first sentences of the story; none where there is a description
    units: tuple[_Unit, ...]
    #: BCP 47
    language: str

    def within(self, limit: int, measure: Callable[[str], int] = len) -> str:
        """The best summary of at most ``limit`` units; empty if nothing worth saying fits.

        More room never gives less.
        """
        if self.given:
            return shorten(self.given, limit, measure=measure, language=self.language)
        return _picked(self.units, limit, measure) or _beginning(self.units, limit, measure, self.language)


@lru_cache(maxsize=64)
def gist(*, headline: str, summary: str, body: str, language: str = "en") -> Gist:
    """What to say under the headline: sentences of the newsroom only, in their order.

    The feed's own description comes first, if it says something and is whole; otherwise the first sentence of the
    story and the most telling ones among the next (term frequency). Kept, because a story is told on many channels.
    """
    given = " ".join(split_dateline(_without_additions(summary))[1].split())
    paragraphs = story_paragraphs(body, headline)
    given = "" if is_boilerplate(given, headline) else _completed(given, " ".join(paragraphs), language)
    if given:
        return Gist(given=given, units=(), language=language)
    rules = language_of(language)
    units = [unit for paragraph in paragraphs[:_LEADING_SENTENCES] for unit in _units(paragraph, rules, language)]
    return Gist(given="", units=tuple(units[:_LEADING_SENTENCES]), language=language)


def summarise(
    *,
    headline: str,
    summary: str,
    body: str,
    language: str = "en",
    limit: int,
    measure: Callable[[str], int] = len,
) -> str:
    """The :func:`gist` of a story within ``limit`` units; empty if nothing worth saying fits."""
    return gist(headline=headline, summary=summary, body=body, language=language).within(limit, measure)


def _completed(given: str, body: str, language: str) -> str:
    """A description that was cut off, made whole: nothing if the story has it all, otherwise without its torn end."""
    if not _CUT_OFF.search(given):
        return given
    torn = _CUT_OFF.sub("", given)
    if body and _folded(torn)[:80] in _folded(body):
        return ""
    whole = [torn[span.start : span.end] for span in spans(torn, language)]
    kept = whole if _SENTENCE_END.search(torn) else whole[:-1]
    if kept:
        return torn[: torn.rindex(kept[-1]) + len(kept[-1])]
    if attribution(torn) is not None:
        return f"{torn}…"  # who says so was the last of it
    found = [cut for cut in cuts(torn, language) if cut.position >= len(torn) * _ENOUGH_LEFT]
    best = max(found, key=lambda cut: (cut.kind, cut.position), default=None)
    return f"{torn[: best.position]}…" if best else ""


def _units(paragraph: str, rules: Language, language: str) -> list[_Unit]:
    """The sentences of a paragraph; those of one quotation stay together with its attribution."""
    found = spans(paragraph, language)
    quoted = [(pair.start, pair.end) for pair in pairs(paragraph)]
    result = []
    start = 0
    for span in found:
        if not any(first < span.end < last for first, last in quoted):
            # within a paragraph a sentence goes on with what the one before began
            result.append(_unit(paragraph[start : span.end].strip(), rules, goes_on=start > 0))
            start = span.end
    return result


def _unit(text: str, rules: Language, *, goes_on: bool) -> _Unit:
    words = tuple(word.lower() for word in _WORD.findall(text) if word.lower() not in rules.stop)
    spoken = [word.lower() for word in re.findall(r"\w+", text)]
    if text[-1:].isalnum() and text[-1:].lower() != text[-1:].upper():
        text += "."  # forgotten; what comes behind it must not run into it
    is_empty = _is_bare_quotation(text) or _phrases().idle.search(text) is not None
    leans = goes_on or is_empty or _leans(spoken, rules)
    return _Unit(text=text, words=words, leans=leans, known=frozenset(_known(text, words, rules)), empty=is_empty)


def _known(text: str, words: Sequence[str], rules: Language) -> Iterator[str]:
    """What a sentence takes for granted: the subject behind its first article, or whose it is; who speaks in it."""
    spoken = re.findall(r"[\w’']+", text)
    is_owned = _OWNED.search(spoken[0]) is not None if spoken else False
    if words and (is_owned or spoken[0].lower() in rules.definite):
        yield words[0]
    for article, who, verb in zip(spoken, spoken[1:], spoken[2:], strict=False):
        if verb in rules.speaks and article in rules.definite:
            yield who.lower()


def _leans(spoken: Sequence[str], rules: Language) -> bool:
    """Whether words point back: with the first, with a pronoun near the beginning, with "also" wherever it stands."""
    first = spoken[:1] != [] and (spoken[0] in rules.back or spoken[:2][-1] in _POINTING)
    return first or not rules.pronouns.isdisjoint(spoken[:_EARLY]) or not rules.echo.isdisjoint(spoken)


def _is_bare_quotation(text: str) -> bool:
    """Whether nothing but a quotation stands there: whose it is stands in another sentence."""
    if text[:1].isalnum():
        return False
    return any(pair.start == 0 and len(text) - pair.end <= 1 and pair.closer not in ")]}" for pair in pairs(text))


def _picked(units: Sequence[_Unit], limit: int, measure: Callable[[str], int]) -> str:
    """The first unit and the most telling of the next that still fit, in the story's order."""
    if not units or measure(units[0].text) > limit:
        return ""
    counts = Counter(word for unit in units for word in set(unit.words))
    chosen, told = {0}, set(units[0].words)
    ranked = sorted(range(1, len(units)), key=lambda index: (-_weight(units[index], counts), index))
    while (index := _next(units, ranked, chosen, told, limit, measure)) is not None:
        ranked.remove(index)
        chosen.add(index)
        told.update(units[index].words)
    return " ".join(units[at].text for at in sorted(chosen))


def _next(
    units: Sequence[_Unit],
    ranked: Sequence[int],
    chosen: set[int],
    told: set[str],
    limit: int,
    measure: Callable[[str], int],
) -> int | None:
    """The most telling unit that a reader of the ``chosen`` understands and that has room beside them."""
    if len(chosen) >= _MOST:
        return None
    for index in ranked:
        is_clear = not units[index].empty and (index - 1 in chosen or _stands_alone(units[index], told))
        if is_clear and measure(" ".join(units[at].text for at in sorted(chosen | {index}))) <= limit:
            return index
    return None


def _stands_alone(unit: _Unit, told: set[str]) -> bool:
    """Whether a reader who saw nothing but what is ``told`` understands it."""
    return not unit.leans and unit.known <= told


def _weight(unit: _Unit, counts: Counter[str]) -> float:
    """How much of what the story is about stands in a unit, long ones not favoured."""
    words = set(unit.words)
    return sum(counts[word] for word in words if counts[word] > 1) / (len(words) + 5)


def _beginning(units: Sequence[_Unit], limit: int, measure: Callable[[str], int], language: str) -> str:
    """The first unit as far as it fits."""
    return shorten(units[0].text, limit, measure=measure, language=language) if units else ""
