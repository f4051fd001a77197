"""Calls that correct and withdraw what readers have, and say what could not be called back and where it stands."""

from __future__ import annotations

from distributor.app import App
from distributor.calls.registry import Json, by, call, find_story, story_names
from distributor.errors import CallError
from distributor.looks import delivery_json, story_json
from distributor.model import Act, Change, PubStatus, RevisionClass, Story
from distributor.outlets import make_editing
from distributor.rules.change.amending import corrected, withdrawn
from distributor.rules.change.following import QUIET, remains
from distributor.rules.change.kills import HELD_BY_NOTICE
from distributor.rules.change.lines import told_in_issues


@call
def correct(
    app: App, *, who: str, through: str, url: str, note: str, headline: str | None = None, summary: str | None = None
) -> Json:
    """Correct a story: say what was wrong to those who read it, by each channel's policy."""
    doer, story = by(app, who, through), find_story(app, url)
    if not note.strip():
        raise CallError("no_note", "nothing says what was wrong", hint='--note "It was the prime minister who spoke."')
    if headline is not None and not headline.strip():
        raise CallError("no_headline", "a story has a headline", hint="leave --headline out to keep the old one")
    if story.article.pubstatus is PubStatus.CANCELED:
        raise CallError("withdrawn", "the story is withdrawn", hint=f"distributor where {url}")
    outlets = make_editing(app.settings, app.channels).outlets
    change = app.store.following.revise(
        lambda past: corrected(
            past, story.id, outlets, who=doer.who, note=note.strip(), headline=headline, summary=summary, now=doer.at
        ),
        through=doer.through,
        now=doer.at,
    )
    return {"note": note.strip(), "who": doer.who, **report(app, story.id, change)}


@call
def withdraw(app: App, *, who: str, through: str, url: str, reason: str) -> Json:
    """Take a story back: what waits is skipped, posts are taken away where that can be done."""
    doer, story = by(app, who, through), find_story(app, url)
    if not reason.strip():
        raise CallError("no_reason", "nothing says why", hint='--reason "its source took it back"')
    outlets = make_editing(app.settings, app.channels).outlets
    change = app.store.following.revise(
        lambda past: withdrawn(past, story.id, outlets, who=doer.who, reason=reason.strip(), now=doer.at),
        through=doer.through,
        now=doer.at,
    )
    return {"reason": reason.strip(), "who": doer.who, **report(app, story.id, change)}


def close_notices(app: App) -> None:
    """End the alerts of kill notices of which nothing is held any more: somebody has looked."""
    for alert in app.store.alerts.open_alerts():
        kind, _, name = alert.key.partition(":")
        story = app.store.stories.find([f"guid:{name}"]) if kind == "notice" else None
        if story is None:
            continue
        rows = app.store.deliveries.of_subject(story.id)
        if not any(one.held_by == HELD_BY_NOTICE for one in rows):
            app.store.alerts.recover(alert.key, "somebody looked at the notice", now=app.clock.now())


def others(app: App, story: Story) -> list[Json]:
    """The same story in other languages, and its other takes: named, so that the same can be done to them."""
    takes = [take for take in app.store.following.takes(story.id) if take.id != story.id]
    told = [app.store.stories.find(story_names(app, url)) for url in story.article.translations]
    editions = [one for one in told if one is not None and one.id != story.id]
    kinds = [*((one, "another take") for one in takes), *((one, "another language") for one in editions)]
    return [
        {
            "is": what,
            "headline": one.article.headline,
            "url": one.article.url,
            "language": one.article.language or None,
            "status": one.article.pubstatus.value,
        }
        for one, what in kinds
    ]


def stands(app: App, story_id: int) -> list[Json]:
    """Where a story that was taken back still stands, and why."""
    posts = [
        {"channel": one.delivery.channel, "url": one.delivery.url or None, "why": one.why}
        for one in remains(app.store.deliveries.posts_of(story_id))
    ]
    shared = [
        {"channel": one.channel, "url": one.url or None, "why": "it is one of several stories in a round-up"}
        for one in app.store.following.roundups(story_id)
        if not one.is_changed
    ]
    mails = [
        {
            "channel": one.channel,
            "url": None,
            "why": f"{one.readers} readers were mailed it, {f'in {one.digest} {one.slot}' if one.digest else 'alone'}",
        }
        for one in app.store.following.mails(story_id)
    ]
    return [*posts, *shared, *mails]


def told_later(app: App, story_id: int, revision: int, meaning: RevisionClass) -> int:
    """How many readers are told of a revision in their next issue."""
    names = [one.name for one in app.settings.channels if meaning in told_in_issues(one.policy)]
    return sum(app.store.lines.waiting(story_id, revision, name) for name in names)


def lines(app: App, story_id: int) -> Json:
    """What issues told of a story's corrections, and how many readers still wait to be told of the last one."""
    grave = [one for one in app.store.posts.revisions(story_id) if one.meaning not in QUIET]
    return {
        "told": [
            {"digest": one.digest, "slot": one.slot, "revision": one.revision, "readers": one.readers}
            for one in app.store.lines.told(story_id)
        ],
        "waiting": told_later(app, story_id, grave[-1].number, grave[-1].meaning) if grave else 0,
    }


def report(app: App, story_id: int, change: Change | None) -> Json:
    """What came of it: the rows that were planned, how many readers are told, what stands, and what belongs to it."""
    story = app.store.stories.get(story_id)
    assert story is not None
    rows = app.store.deliveries.posts_of(story_id) if change is not None else []
    revision = story.article.revision
    planned = [one for one in rows if one.revision == revision or (one.act is Act.POST and 0 < one.part == revision)]
    return {
        "story": story_json(story),
        "is_new": change is not None,
        "deliveries": [delivery_json(one) for one in planned],
        "mailed": app.store.mailings.readers(story_id, revision) if change is not None else 0,
        "lines": told_later(app, story_id, revision, change.meaning) if change is not None else 0,
        "stands": stands(app, story_id) if story.article.pubstatus is PubStatus.CANCELED else [],
        "others": others(app, story),
    }
