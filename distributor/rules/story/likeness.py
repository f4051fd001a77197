"""Whether a post that somebody made by hand tells a story of ours. Must not look at a clock or a store.

Two ways lead to yes. By link: the post leads to the story's own page; that is certain. By words: all that the post
says stands in the story, or all that the headline says stands in the post, with the same numbers and names in the
same order. In doubt the answer is no: a story told twice is a smaller harm than one that is never told.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from distributor.model import Article, Seen
from distributor.text.links import canonical, urls

#: Alike enough to be the same story.
THRESHOLD = 0.9
#: How old a post may be that stands for a story: one that links to it, and one that only says the same.
LINKED, WORDED = timedelta(hours=24), timedelta(hours=3)
#: The parameter in which our own posts carry their delivery's name.
MARKER = "utm_id"
#: Fewer words in common say nothing: "Morning briefing" is every morning's headline.
EVIDENCE = 3
#: Words of so many letters or fewer are no evidence, and their forms are not told apart by their endings.
SHORT = 3
#: What an article or a preposition weighs, where a name or a number weighs twice what another word does.
LITTLE = 0.25
#: So much of the headline stands at least in a snap, all of whose words are the headline's; and in another post,
#: which may take its words from the whole story.
SNAP, LEAST = 0.5, 0.65


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split(" "))


#: What only opens a flash and says nothing of the story.
_OPENINGS = _set(
    "breaking flash urgent alert update updated just in exclusive live eilmeldung eil última hora alerte pilne "
    "срочно молния экстренно важно главное тэрмінова маланка важна терміново блискавка"
)
#: Articles and the like, in which two texts may differ; never a word that has an opposite, such as "to" or "after".
_JOINTS = _set(
    "a an the of in on at by and or as is are was be it its has had s der die das den dem des ein eine einen im am an "
    "und ist le la les un une du de en et au aux el los las una y del al w we i o "
    "в во на о об обо и а у та й і ў ва аб"
)
#: Words that turn a sentence into its opposite; two texts that do not share them say different things.
_OPPOSITES = _set(
    "no not nor never without cannot denies denied deny rejects nicht kein keine nie ohne ne pas jamais sans sin nunca "
    "brak nigdy bez не нет ни без никогда няма ніколі немає"
)
#: Endings in which forms of one word differ, empty included; a name differs from another in more than these.
_ENDINGS = _set(
    " s es ed d ing а у ом е ы и я ю й ов ев ам ами ах ям ями ях ой ою ей ого ому ым им ыми ими ых их ый ий ая ое ые "
    "ую л ла ло ли ал ала али ил ила или ет ют ит ят ат ут ать ить лся лась лись аў іў ала алі іла ілі ць ыць"
)
_WORD = re.compile(r"\d+(?:[.,:/\-]\d+)*|[^\W\d_]+(?:['\u02bc][^\W\d_]+)*")
_SIGNED = re.compile(r"(?<!\w)[@#]\w+")
_THOUSANDS = re.compile(r"(?<=\d)[ ,.\u00a0\u202f](?=\d{3}(?!\d))")
_SPELLING = str.maketrans({"’": "'", "‘": "'", "–": "-", "—": "-", "‑": "-", "−": "-", "ё": "е", "Ё": "Е"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike a post and a story are, and why, in words."""

    #: 0 (nothing speaks for it) to 1 (certain)
    score: float
    why: str
    #: whether the post leads to the story's own page
    is_linked: bool = False

    @property
    def is_same(self) -> bool:
        """Whether the post tells the story."""
        return self.score >= THRESHOLD


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text."""

    #: in lower case
    text: str
    #: whether it begins with a capital, or is a number: what tells one story from another
    is_telling: bool
    is_number: bool
    #: whether a sentence begins with it
    opens: bool

    @property
    def is_evidence(self) -> bool:
        return self.is_number or len(self.text) > SHORT

    @property
    def has_weight(self) -> bool:
        return self.text not in _JOINTS

    @property
    def weight(self) -> float:
        if self.is_telling:
            return 2.0
        return 1.0 if self.has_weight else LITTLE


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as a bag of words with their order."""

    words: tuple[_Word, ...]
    #: all its words by their first letters
    forms: Mapping[str, frozenset[str]]
    numbers: frozenset[str]
    opposites: frozenset[str]

    @property
    def is_shouted(self) -> bool:
        """Whether capitals say nothing, because everything has them."""
        return all(word.is_telling for word in self.words if len(word.text) > SHORT)


def likeness(post: Seen, article: Article) -> Likeness:
    """Whether a post tells a story."""
    if page(article.url) in pages(post):
        return Likeness(score=1.0, why="it links to the story", is_linked=True)
    return by_words(post.text, article.headline, article.summary, article.body)


def best(posts: Iterable[Seen], article: Article, now: datetime) -> tuple[int, Likeness] | None:
    """The place of the post that tells the story best, of those that may still stand for it; None: none does."""
    found = [
        (place, alike)
        for place, post in enumerate(posts)
        if now - LINKED < post.at
        and (alike := likeness(post, article)).is_same
        and (alike.is_linked or post.at > now - WORDED)
    ]
    return max(found, key=lambda pair: (pair[1].is_linked, pair[1].score, -pair[0]), default=None)


def page(url: str) -> str:
    """The address as a story's name; empty for a site's front page, which names no story."""
    name = canonical(url)
    parts = urlsplit(name)
    return name if parts.path.strip("/") or parts.query else ""


def pages(post: Seen) -> frozenset[str]:
    """The names of all pages that a post leads to, written out or behind words."""
    written = (span.url if span.has_scheme else f"https://{span.url}" for span in urls(post.text))
    return frozenset(name for link in (*post.links, *written) if (name := page(link)))


def markers(post: Seen) -> frozenset[str]:
    """The names of our own deliveries that the post's links carry, if it is ours."""
    written = (span.url for span in urls(post.text))
    return frozenset(name for link in (*post.links, *written) for name in _marked(link))


def _marked(link: str) -> Sequence[str]:
    try:
        return parse_qs(urlsplit(link).query).get(MARKER, [])
    except ValueError:
        return ()


def by_words(post: str, headline: str, summary: str = "", body: str = "") -> Likeness:
    """How alike a post and a story are by their words alone."""
    said, head, story = _read(post), _read(headline), _read(f"{headline}\n{summary}\n{body}")
    reason = _difference(said, head, story)
    if reason:
        return Likeness(score=0.0, why=reason)
    left = [word for word in head.words if not _among(word.text, said)]
    extra = [word for word in said.words if not _among(word.text, story)]
    shared = {word.text for word in head.words if word.is_evidence and word not in left}
    if len(shared) < EVIDENCE:
        return Likeness(score=0.0, why=f"only {len(shared)} words of weight in common")
    if _foreign(said, extra, left):
        return Likeness(score=0.0, why="other names")
    if any(word.has_weight for word in left) and any(word.has_weight for word in extra):
        return Likeness(score=0.0, why="each says something that the other does not")
    if not _in_order(said, head):
        return Likeness(score=0.0, why="the same words in another order")
    told, known = _share(head.words, left), _share(said.words, extra)
    is_snap = all(_among(word.text, head) for word in said.words)
    score = max(told, known) if told >= (SNAP if is_snap else LEAST) and known >= SNAP else min(told, known)
    return Likeness(
        score=score, why=f"it says {told:.0%} of the headline; {known:.0%} of what it says stands in the story"
    )


def _difference(said: _Text, head: _Text, story: _Text) -> str:
    """What tells the two apart for certain; empty: nothing does."""
    if not head.numbers <= said.numbers or not said.numbers <= story.numbers:
        return "other numbers"
    if not head.opposites <= said.opposites or not said.opposites <= story.opposites:
        return "one denies what the other says"
    return ""


def _foreign(said: _Text, extra: Sequence[_Word], left: Sequence[_Word]) -> bool:
    """Whether a name in the post belongs to another story: one that takes a headline's place, or that is not ours."""
    names = [word for word in extra if word.is_telling]
    if names and any(word.is_telling for word in left):
        return True
    return not said.is_shouted and any(not word.opens for word in names)


def _in_order(said: _Text, head: _Text) -> bool:
    """Whether the words that both have come in the same order, all but a fifth; "man bites dog" is another story."""
    first = [word.text for word in head.words if _among(word.text, said)]
    second = [word.text for word in said.words if _among(word.text, head)]
    longest = [0] * (len(second) + 1)
    for one in first:
        before = list(longest)
        for place, other in enumerate(second):
            same = _is_form(one, other)
            longest[place + 1] = before[place] + 1 if same else max(before[place + 1], longest[place])
    return longest[-1] >= 0.8 * len(first)


def _share(words: Sequence[_Word], missing: Sequence[_Word]) -> float:
    """The part of the words' weight that is not missing."""
    whole = sum(word.weight for word in words)
    return 1 - sum(word.weight for word in missing) / whole if whole else 0.0


def _among(word: str, text: _Text) -> bool:
    return any(_is_form(word, other) for other in text.forms.get(word[:SHORT], ()))


@lru_cache(maxsize=1 << 16)
def _is_form(one: str, other: str) -> bool:
    """Whether two words are forms of one, or the same."""
    if one == other:
        return True
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    least = SHORT + 1 if one.isascii() else SHORT
    # where the common part eats into an ending ("vot|es", "vot|ed"), a shorter stem may fit
    return any(
        one[stem:] in _ENDINGS and other[stem:] in _ENDINGS for stem in range(common, max(least, common - 1) - 1, -1)
    )


@lru_cache(maxsize=2048)
def _read(text: str) -> _Text:
    """The words of a text, without addresses, signatures and what only opens a flash."""
    plain = unicodedata.normalize("NFC", text).translate(_SPELLING)
    for span in reversed(urls(plain)):
        plain = plain[: span.start] + "\n" + plain[span.end :]
    plain = _THOUSANDS.sub("", _SIGNED.sub(" ", plain))
    words: list[_Word] = []
    end = 0
    for match in _WORD.finditer(plain):
        opens = not words or any(mark in ".!?:…\n\"'«»“”„" for mark in plain[end : match.start()])
        words.append(_word(match[0], opens=opens))
        end = match.end()
    while words and words[0].text in _OPENINGS:
        words.pop(0)
    return _Text(
        words=tuple(words),
        forms=_by_first_letters(words),
        numbers=frozenset(word.text for word in words if word.is_number),
        opposites=frozenset(word.text for word in words) & _OPPOSITES,
    )


def _by_first_letters(words: Sequence[_Word]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for word in words:
        found[word.text[:SHORT]].add(word.text)
    return {first: frozenset(those) for first, those in found.items()}


def _word(found: str, *, opens: bool) -> _Word:
    text = found.casefold().removesuffix("'s")
    is_number = found[0].isdigit()
    is_name = found[0].isupper() and (len(found) > SHORT or (found.isupper() and len(found) > 1))
    return _Word(text=text, is_telling=is_number or is_name, is_number=is_number, opens=opens)
