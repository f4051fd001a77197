"""What a new text of a known story means to those who read the one before, and what of an editor's own words stands
when its feed tells it anew. Must not look at a clock or a store, and never guesses that the facts changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from distributor.model import Article, PubStatus, RevisionClass
from distributor.rules.story.identity import fingerprint
from distributor.text.marks import MarkKind, OwnMarks, note_kind, split_marks

#: So many misspelt words are put right in a refiling; more is another text.
FEW = 3
#: How alike a word and its right spelling are (0 to 1), and how long a word is that can be misspelt.
ALIKE, LONG = 0.75, 4
#: A bracketed first line of a wire story is not longer than this (characters).
LONGEST_LINE = 300

_WORD = re.compile(r"\w+")
_LINE = re.compile(r"\s*[(\[](?P<line>[^()\[\]]{3,300})[)\]]")
_CLASSES = {
    MarkKind.KILL: RevisionClass.WITHDRAWAL,
    MarkKind.CORRECTION: RevisionClass.CORRECTION,
    MarkKind.REFILE: RevisionClass.REFILE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a revision is."""

    meaning: RevisionClass
    #: what its source says of it to readers; empty where it says nothing
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a story was until now."""

    #: as it reads now
    article: Article
    #: as the feed that tells it anew told it last, before any editor; None: this feed never told it
    told: Article | None = None
    #: whether an editor has put words of their own in it
    by_hand: bool = False


def classify(before: Article, after: Article, own: OwnMarks | None = None) -> Meaning:
    """What ``after`` means to those who read ``before``; ``own`` are the feed's own marks.

    A signal counts when it is new: a headline that goes on saying CORRECTED corrects nothing more.
    """
    signal = _signal(before, after, own)
    if after.pubstatus is PubStatus.CANCELED or signal is MarkKind.KILL:
        return Meaning(meaning=RevisionClass.WITHDRAWAL)
    if after.correction and after.correction != before.correction:
        return Meaning(meaning=RevisionClass.CORRECTION, note=after.correction)
    if signal is not None:
        return Meaning(meaning=_CLASSES[signal], note=_line(after) if _line(after) != _line(before) else "")
    same = _reads_the_same(before, after)
    return Meaning(meaning=RevisionClass.REFILE if same else RevisionClass.UPDATE)


def told_anew(past: Past, after: Article) -> Article:
    """The text that stands when a feed tells a story anew: an editor's own words, where the feed repeats its old ones.

    What somebody else than its feed has taken back stays taken back; only its feed's own kill can be its feed's to end.
    """
    told, now = past.told, past.article
    if told is None:
        return after
    kept: dict[str, object] = {}
    if now.pubstatus is PubStatus.CANCELED and told.pubstatus is not PubStatus.CANCELED:
        kept["pubstatus"] = PubStatus.CANCELED
    if past.by_hand:
        names = ("headline", "summary", "body", "correction")
        kept |= {name: getattr(now, name) for name in names if getattr(told, name) == getattr(after, name)}
    if not kept:
        return after
    standing = replace(after, **kept)  # type: ignore[arg-type]  # each field has the value of the same field
    return replace(standing, fingerprint=fingerprint(standing))


def _signal(before: Article, after: Article, own: OwnMarks | None) -> MarkKind | None:
    """The gravest word by which a source says what a version is, if the version before did not say it."""
    old, new = split_marks(before.headline, own), split_marks(after.headline, own)
    notes = [note_kind(after.ednote)] if after.ednote != before.ednote else []
    notes += [note_kind(_line(after))] if _line(after) != _line(before) else []
    return next((kind for kind in _CLASSES if kind in notes or (new.has(kind) and not old.has(kind))), None)


def _line(article: Article) -> str:
    """The bracketed first line of a wire story, in which it says what the version is for; mostly there is none."""
    match = _LINE.match(article.body or article.summary)
    return match["line"].strip() if match else ""


def _reads_the_same(before: Article, after: Article) -> bool:
    """Whether only spelling, punctuation or what stands around the text changed."""
    old, new = _words(before), _words(after)
    if len(old) != len(new):
        return False
    others = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    return len(others) <= FEW and all(_is_spelling(*pair) for pair in others)


def _words(article: Article) -> Sequence[str]:
    return [word.casefold() for word in _WORD.findall(f"{article.headline}\n{article.summary}\n{article.body}")]


def _is_spelling(one: str, other: str) -> bool:
    """Whether two words are one, once misspelt; figures never are."""
    if min(len(one), len(other)) < LONG or not (one.isalpha() and other.isalpha()):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
