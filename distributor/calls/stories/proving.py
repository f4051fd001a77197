"""Calls that prove: what was sent where, and that the ledger still says what its chain of events says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain as chained
from typing import Any
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.registry import Json, call, find_story
from distributor.errors import CallError
from distributor.looks import instant, readable, story_json
from distributor.model import Story
from distributor.rules.fate.reconcile import sentence, undecided
from distributor.store.codes import ACTS, STATES
from distributor.store.connection import Row
from distributor.store.ledger.messages import message_from_json
from distributor.store.ledger.proof import MOST_NAMED, Chain, Sum
from distributor.store.news.articles import article_from_json

#: Rows of one story that are told one by one; all are checked and counted.
MOST_TOLD = 1000


@call
def prove(app: App, *, url: str | None = None) -> Json:
    """What was sent where for one story (without an address: the whole ledger), and whether all of it agrees."""
    return _whole(app) if url is None else _one(app, url)


@call
def reconcile(app: App, *, day: str | None = None) -> Json:
    """What each channel carried of a day's stories, and why not all of them; without a day, of the day before."""
    now, zone = app.clock.now(), ZoneInfo(app.settings.desk.zone)
    wanted = now.astimezone(zone).date() - timedelta(days=1) if day is None else _day(day)
    found = app.store.daybook.reckon(wanted, zone, app.channels, now)
    return {
        "ok": not any(undecided(one) for one in found),
        "day": wanted.isoformat(),
        "zone": zone.key,
        "channels": [
            {
                "channel": one.channel,
                "published": one.published,
                "sent": one.sent,
                "carried": one.carried,
                "gaps": [
                    {"reason": gap.reason, "count": gap.count, "decided": gap.decided, "stories": list(gap.urls)}
                    for gap in one.gaps
                ],
                "words": sentence(one),
            }
            for one in found
        ],
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CallError("bad_day", f"{text!r} is not a day", hint="2026-11-30") from error


def _whole(app: App) -> Json:
    proof = app.store.proof
    found, checked = proof.chain(), _Tally()
    problems = chained(
        _broken(found),
        proof.orphans(),
        checked.of("deliveries", proof.rows()),
        checked.of("messages", proof.messages()),
        checked.of("issues", proof.issues()),
        checked.of("subjects", _sums(app)),
        proof.emptied(),
    )
    named, count = _named(problems)
    return _face(found, checked, named, count)


def _one(app: App, url: str) -> Json:
    story = find_story(app, url)
    proof, checked = app.store.proof, _Tally()
    found = proof.chain()
    issues = [_issue(app, row) for row in app.store.deliveries.issues_carrying(story.id)]
    wrong = dict(checked.of_numbers("deliveries", proof.rows(story.id)))
    broken = (*wrong.values(), *(one["problem"] for one in issues if one["problem"]))
    problems = chained(_broken(found), broken, checked.of("messages", proof.messages(story.id)))
    named, count = _named(problems)
    checked.counts |= {"issues": len(issues), "subjects": 1}
    return _face(found, checked, named, count) | {
        "story": story_json(story),
        "events": [_event(row) for row in proof.events_about(story.id)],
        "revisions": list(_revisions(app, story)),
        "counts": {state.value: n for state, n in app.store.deliveries.subject_counts(story.id).items()},
        "deliveries": [_delivery(app, row, wrong.get(row["id"])) for row in proof.told(story.id, MOST_TOLD)],
        "issues": issues,
    }


class _Tally:
    """Counts what passes and lets only the troubles on."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(("deliveries", "messages", "issues", "subjects"), 0)

    def of_numbers(self, what: str, found: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        for number, wrong in found:
            self.counts[what] += 1
            if wrong:
                yield number, wrong

    def of(self, what: str, found: Iterable[tuple[int, str]]) -> Iterator[str]:
        return (wrong for _, wrong in self.of_numbers(what, found))


def _face(found: Chain, checked: _Tally, problems: list[str], count: int) -> Json:
    return {
        "ok": not count,
        "chain": {"events": found.events, "head": found.head or None, "whole": found.broken_at is None},
        "checked": checked.counts,
        "problems": problems,
        "problem_count": count,
        "story": None,
        "events": [],
        "revisions": [],
        "counts": {},
        "deliveries": [],
        "issues": [],
    }


def _broken(found: Chain) -> Iterator[str]:
    if found.broken_at is not None:
        is_cut = found.broken_at > found.events
        yield f"the chain of events is {'cut off' if is_cut else 'broken'} at event {found.broken_at}"


def _sums(app: App) -> Iterator[tuple[int, str]]:
    return ((one.subject, "" if one.is_conserved else _told(one)) for one in app.store.proof.sums())


def _told(one: Sum) -> str:
    """A sum that does not come out."""
    whole = one.planned if one.frozen is None else one.frozen
    parts = f"{one.sent} sent, {one.failed} failed, {one.unknown} unknown, {one.skipped} skipped, {one.open} open"
    return f"{one.kind.name.lower()} {one.subject}: {whole} planned, {parts}"


def _named(problems: Iterable[str]) -> tuple[list[str], int]:
    """The first troubles by name, and how many there are in all."""
    named, count = [], 0
    for problem in problems:
        count += 1
        if count <= MOST_NAMED:
            named.append(problem)
    return named, count


def _revisions(app: App, story: Story) -> Iterator[Json]:
    before: dict[str, Any] = {}
    for row in app.store.proof.revisions(story.id):
        facts = json.loads(row["article"])
        changed = [name for name, value in facts.items() if name not in ("fingerprint", "revision")]
        changed = [name for name in changed if before and facts[name] != before.get(name)]
        headline = article_from_json(row["article"]).headline
        yield {
            "revision": row["revision"],
            "seen_at": instant(row["seen_at"]),
            "headline": headline,
            "changed": changed,
        }
        before = facts


def _delivery(app: App, row: Row, wrong: str | None) -> Json:
    proof = app.store.proof
    message = message_from_json(row["content"]) if row["content"] else None
    return {
        "id": row["id"],
        "channel": row["channel"],
        "recipient": row["recipient"],
        "act": ACTS[row["act"]].value,
        "about": row["parent_id"],
        "part": row["part"],
        "revision": row["carried"],
        "state": STATES[row["state"]].value,
        "reason": row["reason"] or None,
        "subject": message.subject or None if message else None,
        "text": readable(message.text) if message else None,
        "message": row["message"].hex() if row["message"] else None,
        "planned_at": instant(row["planned_at"]),
        "started_at": instant(row["started_at"]),
        "ended_at": instant(row["ended_at"]),
        "attempts": row["attempts"],
        "tries": [
            {"at": instant(one["at"]), "outcome": one["outcome"], "detail": one["detail"] or None}
            for one in proof.attempts(row["id"])
        ],
        "remote_id": row["remote_id"] or None,
        "url": row["url"] or None,
        "events": [_event(one) for one in proof.events_of(row["id"])],
        "problem": wrong,
    }


def _event(row: Row) -> Json:
    return {
        "id": row["id"],
        "at": instant(row["at"]),
        "kind": row["kind"],
        "actor": row["actor"] or None,
        "detail": row["detail"] or None,
    }


def _issue(app: App, row: Row) -> Json:
    sealed, wrong = app.store.proof.issue(row["id"]) if row["state"] == "closed" else (None, "")
    counts = app.store.deliveries.subject_counts(row["id"])
    return {
        "digest": row["digest"],
        "slot": row["slot"],
        "state": row["state"],
        "deliveries": {state.value: count for state, count in counts.items()},
        "seal": sealed,
        "problem": wrong or None,
    }
