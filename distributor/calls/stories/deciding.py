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
from distributor.model import Act, Article, Delivery, Story
from distributor.rules.queue.choices import WAITING, fitting
from distributor.rules.story.identity import address_of
from distributor.showing import Showcase
from distributor.store.codes import ACTS
from distributor.store.connection import Row
from distributor.store.ledger.messages import message_from_json
from distributor.store.news.articles import article_from_json
from distributor.store.news.revisions import story_of_row

#: Most matters of one kind that are shown, and how long a changed story is one.
MOST, CHANGED_FOR = 40, timedelta(days=3)
#: Of so many stories that wait, the words are shown that would leave.
MOST_SHOWN = 12
#: Deliveries of one doubt that are settled at once.
MOST_IDS = 250
#: What a post's link carries to be recognised by (docs/design.md, 15): no words of anybody.
_MARKER = re.compile(r"[?&]utm_id=[a-z2-7]{16}", re.ASCII)


@call
def decide(app: App) -> Json:
    """What waits for somebody: approvals, held stories, what is unknown, stories that changed after they left."""
    now, dossier = app.clock.now(), app.store.dossier
    waiting, unknown = dossier.waiting(MOST + 1), dossier.unknown(MOST + 1)
    changed = [found for row in dossier.changed(now - CHANGED_FOR, MOST) if (found := _changed(app, row))]
    return {
        "zone": app.settings.desk.zone,
        "at": instant(now),
        "waiting": [
            one for place, row in enumerate(waiting[:MOST]) if (one := _waiting(app, row, is_shown=place < MOST_SHOWN))
        ],
        "unknown": [_unknown(app, row) for row in unknown[:MOST]],
        "changed": changed,
        "is_cut": max(len(waiting), len(unknown)) > MOST,
    }


def _waiting(app: App, row: Row, *, is_shown: bool) -> Json | None:
    """A story of which something waits; None: it does not any more."""
    story = app.store.stories.get(row["id"])
    rows = [one for one in app.store.deliveries.answers_of(row["id"]) if one[0].state in WAITING]
    if story is None or not rows:
        return None
    lint = app.store.findings.of_many([one.id for one, _ in rows])
    return {
        "story": _face(story),
        "urgency": row["priority"],
        "since": instant(row["since"]),
        "until": instant(row["until"]),
        "deliveries": [
            answer_json(one, count)
            | {
                "acts": list(fitting(one.state, one.act, one.held_by, is_doubted=bool(one.doubts))),
                "lint": [finding_json(finding) for finding in lint.get(one.id, ())],
            }
            for one, count in rows
        ],
        "shown": _shown(app, story, [one for one, _ in rows]) if is_shown else [],
    }


def _shown(app: App, story: Story, rows: Sequence[Delivery]) -> list[Json]:
    """What would leave on each channel where its first post waits, as ``preview`` tells it."""
    names = {one.channel for one in rows if one.act is Act.POST}
    return [_preview(app, story, name) for name in app.channels if name in names]


def _preview(app: App, story: Story, channel: str) -> Json:
    own = app.store.wordings.of(story.id, channel)
    return Showcase(app.settings, app.channels, app.renderer).shown(story, channel, own=own)


def _unknown(app: App, row: Row) -> Json:
    """Deliveries of one story or issue on one channel of which nobody knows whether they arrived."""
    story, ids = app.store.stories.get(row["subject"]), sorted(json.loads(row["ids"]))
    return {
        "story": _face(story) if story else None,
        "headline": row["headline"],
        "channel": row["channel"],
        "act": ACTS[row["act"]].value,
        "ids": ids[:MOST_IDS],
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
