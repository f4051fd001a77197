"""Calls by which somebody says what a feed's change of a story was, and what each class would do before it is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from distributor.app import App
from distributor.calls.registry import Json, by, call, find_story
from distributor.calls.stories.correcting import report
from distributor.errors import CallError
from distributor.model import MAILINGS, DeliveryIntent, PubStatus, RevisionClass, Standing, State
from distributor.outlets import make_editing
from distributor.rules.change.amending import meant
from distributor.rules.change.following import QUIET, Outlet, follow

#: The act that says a class.
SAYS = {
    RevisionClass.REFILE: "refile",
    RevisionClass.UPDATE: "update",
    RevisionClass.CORRECTION: "correct",
    RevisionClass.WITHDRAWAL: "withdraw",
}


@call
def refile(app: App, *, who: str, through: str, url: str) -> Json:
    """Say that what a feed changed in a story is spelling or format: its posts follow by each channel's policy."""
    return _said(app, url, RevisionClass.REFILE, who, through)


@call
def update(app: App, *, who: str, through: str, url: str) -> Json:
    """Say that a feed told a story further, and corrected nothing: its posts follow by each channel's policy."""
    return _said(app, url, RevisionClass.UPDATE, who, through)


def _said(app: App, url: str, meaning: RevisionClass, who: str, through: str) -> Json:
    doer, story = by(app, who, through), find_story(app, url)
    if story.article.pubstatus is PubStatus.CANCELED:
        raise CallError("withdrawn", "the story is withdrawn", hint=f"distributor where {url}")
    if not story.article.revision:
        hint = "correct and withdraw are for what was wrong from the first"
        raise CallError("not_changed", "the story reads as it did when it was first seen", hint=hint)
    outlets = make_editing(app.settings, app.channels).outlets
    change = app.store.following.revise(
        lambda past: meant(past, story.id, outlets, who=doer.who, meaning=meaning, now=doer.at),
        through=doer.through,
        now=doer.at,
    )
    return {"class": meaning.value, "who": doer.who, **report(app, story.id, change)}


def effects(
    app: App, standing: Sequence[Standing], behind: Sequence[Standing], revision: int, mailed: Sequence[str]
) -> Json:
    """What saying each class would do now: for each act its rows, one by channel, and why a post would stay as it is.

    ``behind`` are those of the posts that show earlier words: only they follow a refiling or an update.
    """
    outlets = make_editing(app.settings, app.channels).outlets
    return {
        act: _told(_planned(app, behind if meaning in QUIET else standing, outlets, meaning, revision, mailed))
        for meaning, act in SAYS.items()
    }


def _planned(
    app: App,
    posts: Sequence[Standing],
    outlets: Mapping[str, Outlet],
    meaning: RevisionClass,
    revision: int,
    mailed: Sequence[str],
) -> Sequence[DeliveryIntent]:
    grave = () if meaning in QUIET else mailed
    return follow(posts, outlets, meaning, revision=revision + 1, mailed=grave, now=app.clock.now())


def _told(intents: Sequence[DeliveryIntent]) -> list[Json]:
    """One line for each channel, act and reason."""
    rows = dict.fromkeys(
        (one.channel, one.act.value, one.recipient in MAILINGS, one.reason if one.state is State.SKIPPED else None)
        for one in intents
    )
    return [{"channel": channel, "act": act, "is_mail": is_mail, "why_not": why} for channel, act, is_mail, why in rows]
