"""Kill notices of wires: which story one takes back. A notice is a command and never a post; in doubt it takes back
nothing, and somebody has to look. Must not look at a store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from distributor.model import Article, PubStatus, Story
from distributor.rules.change.takes import says_the_same
from distributor.rules.story.likeness import page
from distributor.text.links import canonical, urls
from distributor.text.marks import MarkKind, OwnMarks, note_kind, split_marks

#: Rows held under this name wait for somebody who has looked at a notice that names no story that is known.
HELD_BY_NOTICE = "kill notice"
#: How far back a story is looked for that a notice names by its headline.
KNOWN = timedelta(days=7)
#: Most words of a notice that are looked up as a story's id.
MOST_IDS = 60
#: A word can be a story's id if it is so long and has a figure in it.
LEAST_ID = 5

_ID = re.compile(r"[^\s<>\"'()\[\]{},;«»“”„]+")
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{10,200})[\"”“»]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a notice takes back."""

    #: one story, or several takes of one
    stories: tuple[int, ...] = ()
    #: why it takes nothing back; empty where it does
    reason: str = ""


def is_notice(article: Article, own: OwnMarks | None = None) -> bool:
    """Whether an article that is new takes another one back, instead of telling a story."""
    if split_marks(article.headline, own).has(MarkKind.KILL) or note_kind(article.ednote) is MarkKind.KILL:
        return True
    return article.pubstatus is PubStatus.CANCELED and bool(article.evolved_from)


def reference_names(reference: str, feeds: Iterable[str]) -> Sequence[str]:
    """The names under which the store may know what a source calls an earlier story: its id, or its page's address."""
    found = [f"guid:{feed}:{reference}" for feed in feeds]
    if reference.startswith(("http://", "https://")) and page(reference):
        found.append(f"url:{canonical(reference)}")
    return found


def named_in(article: Article, feeds: Sequence[str]) -> Sequence[str]:
    """Every name in a notice that could be a known story's, the surest first: what it evolved from, addresses, ids."""
    text = f"{article.headline}\n{article.summary}\n{article.body}\n{article.ednote}"
    addresses = [span.url if span.has_scheme else f"https://{span.url}" for span in urls(text)]
    words = [word.strip(".:!?") for word in _ID.findall(text)]
    ids = [word for word in words if len(word) >= LEAST_ID and any(sign.isdigit() for sign in word)]
    references = [article.evolved_from, *addresses, *dict.fromkeys(ids[:MOST_IDS])]
    return [name for one in references if one for name in reference_names(one, feeds)]


def resolve(
    article: Article,
    named: Sequence[int],
    lately: Sequence[Story],
    first_take: Callable[[int], int],
    own: OwnMarks | None = None,
) -> Resolved:
    """The stories that a notice takes back: those it names, or else the one whose headline it tells.

    ``first_take`` gives the story that began another's chain of takes. Several that are not takes of one story are
    none: the wrong one must not go.
    """
    found = tuple(dict.fromkeys(named)) or _told(article, lately, own)
    if not found:
        return Resolved(reason="no story that is known has its address, its id or its headline")
    if len({first_take(story) for story in found}) > 1:
        return Resolved(reason=f"it may mean {len(found)} stories")
    return Resolved(stories=found)


def _told(article: Article, lately: Sequence[Story], own: OwnMarks | None) -> tuple[int, ...]:
    """The stories with the headline that a notice repeats, behind its mark or between quotation marks."""
    quoted = _QUOTED.findall(f"{article.headline}\n{article.summary}\n{article.body}")
    headlines = {_folded(text) for text in (split_marks(article.headline, own).headline, *quoted) if text}
    usable = [story for story in lately if story.article.pubstatus is PubStatus.USABLE]
    same = tuple(one.id for one in usable if _folded(split_marks(one.article.headline, own).headline) in headlines)
    return same or tuple(one.id for one in usable if says_the_same(one, article, own))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
