"""Calls that look and change nothing: what stands where, every channel's answer for a story, previews."""

from __future__ import annotations

from collections.abc import Sequence

from distributor.app import App
from distributor.calls.registry import Json, call, find_story, known, parse_instant
from distributor.calls.stories.correcting import lines, others, stands
from distributor.errors import CallError
from distributor.looks import (
    answer_json,
    digest_json,
    feed_json,
    finding_json,
    instant,
    issue_json,
    row_json,
    showing_json,
    stands_json,
    story_json,
)
from distributor.model import PubStatus, State


@call
def status(app: App) -> Json:
    """What stands where: counts by channel, paused channels, feeds in trouble."""
    return {
        "mode": app.mode,
        "fence": app.fence or None,
        "counts": _counts(app),
        "channels": _channels(app),
        "feeds": _feeds(app),
    }


@call
def deliveries(app: App, *, state: str | None = None, channel: str | None = None, limit: int = 50) -> Json:
    """The latest deliveries, with the counts by channel and the feeds and channels in trouble."""
    wanted = None if state is None else _state(state)
    if channel is not None and channel not in {row["name"] for row in app.store.deliveries.channels()}:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=known(app.channels))
    rows = app.store.deliveries.list(state=wanted, channel=channel, limit=limit)
    return {"deliveries": _linted(app, [row_json(row) for row in rows]), **status(app)}


@call
def where(app: App, *, url: str) -> Json:
    """Every channel's answer for one story."""
    story = find_story(app, url)
    found, issues = app.store.deliveries.answers_of(story.id), app.store.deliveries.issues_carrying(story.id)
    ids = [one.id for one, _ in found]
    shown, pictures = app.store.posts.shown(ids), app.store.showings.of_many(ids)
    lacks = app.store.preflights.lacks_of(story.id)
    return {
        "story": story_json(story),
        "deliveries": _linted(
            app,
            [
                answer_json(one, count)
                | stands_json(one, shown.get(one.id))
                | showing_json(pictures.get(one.id), lacks.get(one.id))
                for one, count in found
            ],
        ),
        "issues": [issue_json(row, app.store.deliveries.subject_counts(row["id"])) for row in issues],
        "stands": stands(app, story.id) if story.article.pubstatus is PubStatus.CANCELED else [],
        "others": others(app, story),
        "lines": lines(app, story.id),
    }


@call
def digest_preview(app: App, *, name: str, at: str | None = None) -> Json:
    """The issue that a digest would send at its next slot, as things stand."""
    if name not in app.digesters:
        raise CallError("unknown_digest", f"there is no digest {name!r}", hint=known(app.digests))
    digester, now = app.digesters[name], app.clock.now()
    slot = parse_instant(at) if at else digester.next_slot(now)
    if slot is None:
        raise CallError("no_slot", f"the digest {name} has no slot")
    selection = digester.preview(now)
    return digest_json(app.renderer, digester.digest, slot, selection)


@call
def digest_clicks(app: App, *, name: str, limit: int = 5) -> Json:
    """How often the links of a digest's latest issues were followed, by whoever it was."""
    if name not in app.digesters:
        raise CallError("unknown_digest", f"there is no digest {name!r}", hint=known(app.digests))
    numbers = [number for number, _ in app.store.archive.issues(name, min(limit, 100))]
    issues = [issue for number in numbers if (issue := app.store.issues.get(number))]
    return {
        "digest": name,
        "counts": app.settings.mail.count_clicks,
        "issues": [{"issue": one.id, "slot": one.slot, "stories": _clicked(app, one.id)} for one in issues],
    }


def _clicked(app: App, issue: int) -> list[Json]:
    found = [(app.store.stories.get(story), count) for story, count in app.store.archive.clicks(issue)]
    return [
        {"headline": story.article.headline, "url": story.article.url, "clicks": count}
        for story, count in found
        if story
    ]


def _linted(app: App, faces: Sequence[Json]) -> list[Json]:
    """Deliveries with what lint has found in their words."""
    found = app.store.findings.of_many([face["id"] for face in faces])
    return [face | {"lint": [finding_json(one) for one in found.get(face["id"], ())]} for face in faces]


def _counts(app: App) -> Json:
    counts = app.store.deliveries.counts()
    return {channel: {state.value: count for state, count in states.items()} for channel, states in counts.items()}


def _channels(app: App) -> list[Json]:
    return [
        {
            "name": row["name"],
            "kind": row["kind"],
            "configured": row["name"] in app.channels,
            "paused": row["paused_reason"] or None,
            "paused_at": instant(row["paused_at"]),
        }
        for row in app.store.deliveries.channels()
    ]


def _feeds(app: App) -> list[Json]:
    known = app.store.stories.feeds()
    return [feed_json(feed.name, known.get(feed.name)) for feed in app.settings.feeds]


def _state(name: str) -> State:
    try:
        return State(name)
    except ValueError as error:
        raise CallError("unknown_state", f"there is no state {name!r}", hint=known(State)) from error
