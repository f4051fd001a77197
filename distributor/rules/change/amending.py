"""Corrections and withdrawals that somebody makes: revisions of their own, with what they do to the posts that stand.
Asks the past and touches nothing itself. Pressed twice they are made once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from distributor.model import Article, Change, ChangeKind, DeliveryIntent, PubStatus, RevisionClass
from distributor.rules.change.background import Background
from distributor.rules.change.following import QUIET, Outlet, follow
from distributor.rules.story.identity import fingerprint


def corrected(
    background: Background,
    story_id: int,
    outlets: Mapping[str, Outlet],
    *,
    who: str,
    note: str,
    headline: str | None,
    summary: str | None,
    now: datetime,
) -> tuple[Change, Sequence[DeliveryIntent]] | None:
    """A correction: ``note`` tells readers what was wrong, other words may stand in the place of the old ones.

    None where all of it stands already.
    """
    before = background.story(story_id).article
    after = replace(
        before,
        headline=before.headline if headline is None else headline.strip(),
        summary=before.summary if summary is None else summary.strip(),
        correction=note,
    )
    if after == before:
        return None
    change = Change(
        kind=ChangeKind.UPDATED,
        article=_next(after),
        story_id=story_id,
        meaning=RevisionClass.CORRECTION,
        note=note,
        who=who,
    )
    return change, follow_ups(background, outlets, change, now)


def meant(
    background: Background,
    story_id: int,
    outlets: Mapping[str, Outlet],
    *,
    who: str,
    meaning: RevisionClass,
    now: datetime,
) -> tuple[Change, Sequence[DeliveryIntent]] | None:
    """What somebody says that the source's last change was, a refiling or an update: a revision in the same words.

    The posts that show earlier words follow it, by what each channel does about that class; nobody is ever mailed. None
    where the words that stand are not the source's, or somebody has said already what they mean.
    """
    before, last = background.story(story_id).article, background.last_word(story_id)
    if before.pubstatus is PubStatus.CANCELED or last.who or not last.number:
        return None
    article = _next(before)
    change = Change(kind=ChangeKind.UPDATED, article=article, story_id=story_id, meaning=meaning, who=who)
    behind = [one for one in background.standing(story_id) if one.revision is None or one.revision < before.revision]
    return change, follow(behind, outlets, meaning, revision=article.revision, now=now)


def withdrawn(
    background: Background, story_id: int, outlets: Mapping[str, Outlet], *, who: str, reason: str, now: datetime
) -> tuple[Change, Sequence[DeliveryIntent]] | None:
    """A withdrawal; None where the story is taken back already."""
    before = background.story(story_id).article
    if before.pubstatus is PubStatus.CANCELED:
        return None
    change = take_back(before, story_id, who=who, reason=reason)
    return change, follow_ups(background, outlets, change, now)


def take_back(before: Article, story_id: int, *, who: str, reason: str) -> Change:
    """The revision by which somebody takes a story back."""
    return Change(
        kind=ChangeKind.WITHDRAWN,
        article=_next(replace(before, pubstatus=PubStatus.CANCELED)),
        story_id=story_id,
        meaning=RevisionClass.WITHDRAWAL,
        note=reason,
        who=who,
    )


def follow_ups(
    background: Background, outlets: Mapping[str, Outlet], change: Change, now: datetime
) -> Sequence[DeliveryIntent]:
    """What a revision of a known story does to the posts that stand; one that is withheld does nothing."""
    story = change.story_id
    is_told = change.kind is ChangeKind.WITHDRAWN or change.article.pubstatus is PubStatus.USABLE
    if story is None or not is_told:
        return ()
    mailed = background.mailed(story) if change.meaning not in QUIET else ()
    revision = change.article.revision
    return follow(background.standing(story), outlets, change.meaning, revision=revision, mailed=mailed, now=now)


def _next(article: Article) -> Article:
    return replace(article, revision=article.revision + 1, fingerprint=fingerprint(article))
