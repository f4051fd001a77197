"""Which story an article is, and whether it changed. Must not look at dates: feeds move them for no reason."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from distributor.model import Article, Change, ChangeKind, PubStatus
from distributor.rules.story.sameness import is_another
from distributor.text.links import canonical

#: The feed of posts by hand: no configured feed can have this name, for it has a space.
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store remembers of a story, as far as identity needs it."""

    story_id: int
    fingerprint: str
    revision: int
    pubstatus: PubStatus = PubStatus.USABLE
    #: under a feed's own id: the fingerprint that this feed told last; empty where unknown
    told: str = ""
    #: the feed that brought it first
    feed: str = ""
    #: whether its text has an embargo, over or not
    is_embargoed: bool = False
    #: all under which any feed has brought it
    categories: tuple[str, ...] = ()


def keys(article: Article) -> tuple[str, ...]:
    """The names under which a story is the same story: its page's address and its feed's own id.

    Either may change (a new slug, a new guid scheme, http to https) as long as the other stays. An address
    without a path is a site's front page, not a story, and names nothing. Nor does the address that a post by hand
    leads to: it is that of the story which its feed will bring.
    """
    names = [f"guid:{article.feed}:{article.guid}"]
    if article.feed == BY_HAND:
        return tuple(names)
    parts = urlsplit(article.url)
    if parts.path.strip("/") or parts.query:
        names.append(f"url:{canonical(article.url)}")
    return tuple(names)


def address_of(article: Article) -> str:
    """By what people find a story again: its page's address, or the name of a post by hand."""
    return article.guid if article.feed == BY_HAND else article.url


def fingerprint(article: Article) -> str:
    """SHA-256 (hex) of everything a reader can see, indifferent to white space and Unicode form."""
    seen = [
        article.headline,
        article.summary,
        article.body,
        article.byline,
        article.image.url if article.image else "",
        article.pubstatus.value,
        article.embargoed.isoformat() if article.embargoed else "",
    ]
    if article.correction:
        seen.append(article.correction)
    folded = (" ".join(unicodedata.normalize("NFC", text).split()) for text in seen)
    return hashlib.sha256("\x1f".join(folded).encode()).hexdigest()


def oldest_first(articles: Sequence[Article]) -> Sequence[Article]:
    """The articles in the order in which they were published, so that a channel's followers read them in that order.

    Documents list the newest first: where an article has no date, or two have the same, the later place is the older.
    """
    dated = [article.published for article in articles if article.published is not None]
    unknown = max(dated, default=datetime.min.replace(tzinfo=UTC))
    later_first = list(reversed(articles))
    return sorted(later_first, key=lambda article: article.published or unknown)


def story_of(names: Sequence[str], known: Mapping[str, Known]) -> Known | None:
    """The known story behind an article's names; where they disagree, the last (the page's address) decides."""
    return next((known[name] for name in reversed(names) if name in known), None)


def changes(articles: Iterable[Article], known: Mapping[str, Known]) -> Sequence[Change]:
    """What a fetched document means, in its order; ``known`` maps keys to stories. An unchanged article means nothing.

    An article that stands twice in one document counts once: the first time. Where two feeds tell one story in their
    own words, only what a feed now tells otherwise than it did is a revision, or every reading would be one.
    """
    first: dict[str, Article] = {}
    found: list[Change] = []
    for article in articles:
        names = keys(article)
        if _stands_above(article, names, first):
            continue
        first = {**dict.fromkeys(names, article), **first}
        marked = replace(article, fingerprint=fingerprint(article))
        found += _changes(marked, story_of(names, known), known.get(names[0]))
    return found


def wider(before: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """Categories and those that are new beside them, whatever their capitals."""
    kept = {name.casefold(): name for name in reversed((*before, *more))}
    return tuple(kept[name] for name in dict.fromkeys(each.casefold() for each in (*before, *more)))


def _stands_above(article: Article, names: Sequence[str], first: Mapping[str, Article]) -> bool:
    """Whether the document has told the article already; some give every item one id, with a page of its own."""
    if any(name in first for name in names[1:]):
        return True
    same = first.get(names[0])
    return same is not None and (len(names) == 1 or not is_another(same, article))


def _changes(article: Article, known: Known | None, own: Known | None) -> Sequence[Change]:
    """What an article means; ``own`` is what its feed has told under the article's id, if anything."""
    if known is None:
        return [Change(kind=ChangeKind.NEW, article=article)]
    told = _retold(article, known, own)
    if known.pubstatus is PubStatus.CANCELED or article.pubstatus is PubStatus.CANCELED:
        return told
    if len(wider(known.categories, article.categories)) == len(known.categories):
        return told
    return [*told, Change(kind=ChangeKind.JOINED, article=article, story_id=known.story_id)]


def _retold(article: Article, known: Known, own: Known | None) -> Sequence[Change]:
    """The new text of a known story, if there is one."""
    if known.fingerprint == article.fingerprint:
        return ()
    newer = replace(article, revision=known.revision + 1)
    gone = newer.pubstatus is PubStatus.CANCELED
    if gone and known.pubstatus is PubStatus.CANCELED:
        return ()  # it is gone already, whoever took it back
    is_old = own.told == article.fingerprint if own else known.feed != article.feed
    if not gone and is_old:
        return ()
    kind = ChangeKind.WITHDRAWN if gone else ChangeKind.UPDATED
    return [Change(kind=kind, article=newer, story_id=known.story_id)]
