"""The call behind the desk's page of decisions: what waits for somebody, the most urgent first. Changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta

from distributor.app import App
from distributor.calls.registry import Json, call
from distributor.calls.stories.amending import effects
from distributor.calls.stories.telling import changes, pieces
from distributor.looks import answer_json, finding_json, instant, readable, story_json
from distributor.model import Act, Article, Delivery, Finding, Story
from distributor.rules.queue.choices import fitting
from distributor.rules.queue.moving import WAITING
from distributor.rules.story.identity import address_of
from distributor.showing import Showcase
from distributor.store.codes import ACTS
from distributor.store.connection import Row
from distributor.store.ledger.messages import message_from_json
from distributor.store.news.articles import article_from_json
from distributor.store.news.revisions import story_of_row

#: Matters of one kind on a page, the most pages, and how long a changed story is a matter.
MOST, PAGES, CHANGED_FOR = 15, 1000, timedelta(days=3)
#: Of so many stories that wait, the words are shown that would leave.
MOST_SHOWN = 12
#: Deliveries of one doubt that are settled at once.
MOST_IDS = 250
#: What a post's link carries to be recognised by (docs/design.md, 15): no words of anybody.
_MARKER = re.compile(r"[?&]utm_id=[a-z2-7]{16}", re.ASCII)


@call
def decide(app: App, *, page: int = 1) -> Json:
    """What waits for somebody: approvals, held stories, what is unknown, stories that changed after they left."""
    now, dossier = app.clock.now(), app.store.dossier
    page = min(max(page, 1), PAGES)
    skip = (page - 1) * MOST
    waiting, unknown = dossier.waiting(MOST + 1, skip), dossier.unknown(MOST + 1, skip)
    changed = dossier.changed(now - CHANGED_FOR, MOST + 1, skip)
    return {
        "zone": app.settings.desk.zone,
        "at": instant(now),
        "page": page,
        "waiting": _waiting(app, waiting[:MOST]),
        "unknown": _unknown(app, unknown[:MOST]),
        "changed": [found for row in changed[:MOST] if (found := _changed(app, row))],
        "is_cut": max(len(waiting), len(unknown), len(changed)) > MOST and page < PAGES,
    }


def _waiting(app: App, rows: Sequence[Row]) -> list[Json]:
    """The stories of which something waits, without those of which nothing does any more; asked for all at once."""
    ids = [row["id"] for row in rows]
    stories, answers = app.store.stories.some(ids), app.store.deliveries.answers_of_each(ids)
    places = {
        number: [one for one in answers.get(number, ()) if one[0].state in WAITING]
        for number in ids
        if number in stories
    }
    lint = app.store.findings.of_many([one.id for some in places.values() for one, _ in some])
    return [
        {
            "story": _face(stories[row["id"]]),
            "urgency": row["priority"],
            "since": instant(row["since"]),
            "until": instant(row["until"]),
            "deliveries": [_place(one, count, lint.get(one.id, ())) for one, count in places[row["id"]]],
            "shown": _shown(app, stories[row["id"]], places[row["id"]]) if place < MOST_SHOWN else [],
        }
        for place, row in enumerate(rows)
        if places.get(row["id"])
    ]


def _place(one: Delivery, count: int, lint: Sequence[Finding]) -> Json:
    return answer_json(one, count) | {
        "acts": list(fitting(one.state, one.act, one.held_by, is_doubted=bool(one.doubts))),
        "lint": [finding_json(finding) for finding in lint],
    }


def _shown(app: App, story: Story, rows: Sequence[tuple[Delivery, int]]) -> list[Json]:
    """What would leave on each channel where its first post waits, as ``preview`` tells it."""
    names = {one.channel for one, _ in rows if one.act is Act.POST}
    return [_preview(app, story, name) for name in app.channels if name in names]


def _preview(app: App, story: Story, channel: str) -> Json:
    own = app.store.wordings.of(story.id, channel)
    return Showcase(app.settings, app.channels, app.renderer).shown(story, channel, own=own)


def _unknown(app: App, rows: Sequence[Row]) -> list[Json]:
    """Deliveries of one story or issue on one channel of which nobody knows whether they arrived."""
    stories = app.store.stories.some([row["subject"] for row in rows])
    return [_doubt(row, stories.get(row["subject"])) for row in rows]


def _doubt(row: Row, story: Story | None) -> Json:
    return {
        "story": _face(story) if story else None,
        "headline": row["headline"],
        "channel": row["channel"],
        "act": ACTS[row["act"]].value,
        "ids": sorted(json.loads(row["ids"]))[:MOST_IDS],
        "count": row["n"],
        "reason": row["reason"],
        "at": instant(row["at"]),
        "look_at": instant(row["look_at"]),
    }


def _changed(app: App, row: Row) -> Json | None:
    """A story whose readers have other words than its page; None where all of them have the same."""
    story, dossier = story_of_row(row), app.store.dossier
    texts = {one["revision"]: article_from_json(one["article"]) for one in dossier.articles(story.id)}
    posts = [one for one in dossier.stands(story.id) if _is_behind(texts.get(one["revision"]), story.article)]
    every = dossier.mailed(story.id)
    mails = [one for one in every if _is_behind(texts.get(one["revision"]), story.article)]
    if not posts and not mails:
        return None
    standing = app.store.following.standing(story.id)
    shown = [(one, one.revision) for one in standing if one.revision is not None]
    behind = [one for one, revision in shown if _is_behind(texts.get(revision), story.article)]
    first = min(one["revision"] for one in (*posts, *mails))
    return {
        "story": _face(story),
        "class": row["class"],
        "note": row["note"],
        "at": instant(row["seen_at"]),
        "changes": changes(texts[first], story.article),
        "posts": [_post(app, story, one) for one in posts],
        "mails": [_mail(one) for one in mails],
        "acts": effects(app, standing, behind, story.article.revision, sorted({one["channel"] for one in every})),
    }


def _is_behind(saw: Article | None, now: Article) -> bool:
    """Whether readers have other words than those that stand; what somebody posted by hand shows none of ours."""
    return saw is not None and any(getattr(saw, name) != getattr(now, name) for name in ("headline", "summary", "body"))


def _post(app: App, story: Story, row: Row) -> Json:
    """A post: what readers see in it, against what it would say now."""
    channel, kind = row["channel"], app.channels[row["channel"]].kind if row["channel"] in app.channels else ""
    saw = _MARKER.sub("", readable(message_from_json(row["content"]).text))
    says = _MARKER.sub("", _preview(app, story, channel)["text"]) if kind not in ("", "webhook") else ""
    return {
        "channel": channel,
        "kind": kind,
        "url": row["url"] or None,
        "at": instant(row["at"]),
        "revision": row["revision"],
        "pieces": pieces(saw, says) if says else [],
    }


def _mail(row: Row) -> Json:
    keys = ("channel", "digest", "slot", "readers", "revision")
    return {key: row[key] for key in keys} | {"at": instant(row["at"])}


def _face(story: Story) -> Json:
    return story_json(story) | {"name": address_of(story.article)}
