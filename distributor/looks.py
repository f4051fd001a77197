"""The JSON faces of what the store holds: one documented shape each (docs/commands.md). Reads and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from distributor.mime import ADDRESS, DIALS, LEAVE, VIEW
from distributor.model import (
    Act,
    Article,
    Delivery,
    Digest,
    Finding,
    Issue,
    IssueState,
    Looked,
    Message,
    PageFacts,
    State,
    Story,
    SubjectKind,
)
from distributor.model.returns import Return
from distributor.rules.queue.compose import Selection
from distributor.rules.queue.holds import hold_of
from distributor.rules.queue.preflight import missing
from distributor.rules.queue.timing import slot_name
from distributor.rules.story.sameness import THRESHOLD, Sameness
from distributor.store.codes import from_ms
from distributor.store.connection import Row
from distributor.store.ledger.posts import Shown
from distributor.store.ledger.showings import Showing
from distributor.store.ledger.view import delivery
from distributor.store.news.stories import FeedState

Json = dict[str, Any]

#: What a preview shows in the place of one reader's values.
_VALUES = {
    LEAVE: "mailto:leave@example.org",
    DIALS: "https://example.org/dials",
    VIEW: "https://example.org/issue",
    ADDRESS: "(the reader's own address)",
}


class DigestRenderer(Protocol):
    """Whoever can render an issue."""

    def digest(
        self, digest: Digest, issue: Issue, stories: Sequence[Story], *, template: str = ""
    ) -> tuple[Message, Sequence[Story]]:
        """One issue of a digest, and the stories that it shows."""
        ...


def amount(micros: int | None) -> float | None:
    """A sum of the ledger (millionths) in the account's currency."""
    return None if micros is None else micros / 1_000_000


def instant(at: datetime | int | None) -> str | None:
    """ISO 8601 in UTC with ``Z``, to the second; None stays None. Integers are the store's milliseconds."""
    if at is None:
        return None
    moment = from_ms(at) if isinstance(at, int) else at
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def story_json(story: Story) -> Json:
    """A story as found."""
    article = story.article
    return {
        "id": story.id,
        "headline": article.headline,
        "url": article.url,
        "feed": article.feed,
        "published": instant(article.published),
        "first_seen": instant(story.first_seen_at),
        "revision": article.revision,
        "categories": list(article.categories),
    }


def sameness_json(found: Sameness, pair: Sequence[tuple[int | None, Article]]) -> Json:
    """What two articles are to each other; each with its story's number where it has one."""
    return {
        "same": found.is_same,
        "verdict": found.verdict.value,
        "weight": found.weight,
        "threshold": THRESHOLD,
        "stories": [
            {
                "id": number,
                "headline": article.headline,
                "url": article.url,
                "feed": article.feed or None,
                "language": article.language or None,
                "published": instant(article.published),
            }
            for number, article in pair
        ],
        "evidence": [{"about": one.about, "weight": one.weight, "says": one.says} for one in found.evidence],
    }


def article_json(article: Article) -> Json:
    """An article as a source told it."""
    return {
        "headline": article.headline,
        "url": article.url,
        "guid": article.guid,
        "published": instant(article.published),
        "updated": instant(article.updated),
        "summary": article.summary,
        "body": article.body,
        "dateline": _dateline(article),
        "categories": list(article.categories),
        "image": article.image.url if article.image else None,
        "language": article.language or None,
        "byline": article.byline or None,
    }


def delivery_json(entry: Delivery) -> Json:
    """One delivery: the contract's keys, and whom it is for."""
    return {
        "id": entry.id,
        "channel": entry.channel,
        "recipient": entry.recipient,
        "act": entry.act.value,
        "state": entry.state.value,
        "reason": entry.reason or None,
        "held_by": entry.held_by or None,
        "held_until": instant(entry.held_until),
        "released_by": hold_of(entry.held_by).released_by if entry.held_by else None,
        "url": entry.url or None,
        "at": instant(entry.first_sent_at or entry.due_at),
        "look_at": instant(entry.look_at),
    }


def answer_json(entry: Delivery, count: int) -> Json:
    """A channel's answer: a post, or what ``count`` readers of a mail have in common, told by the first of them."""
    return delivery_json(entry) | {"count": count}


def stands_json(entry: Delivery, shown: Shown | None) -> Json:
    """The post that a delivery of a story is about, and what readers see of it now."""
    follows = entry.revision if entry.act in (Act.EDIT, Act.REPLY, Act.DELETE) else None
    return {
        "about": entry.parent_id,
        "revision": shown.revision if shown else follows,
        "gone": shown.is_gone if shown else None,
    }


def showing_json(showing: Showing | None, lacks: str | None) -> Json:
    """What a post shows beside its words, or why it does not, and what its page lacked."""
    found = showing or Showing()
    return {"picture": found.picture or None, "without_picture": found.without or None, "page_lacks": lacks}


def page_json(known: Looked | None, url: str, crawler: str) -> Json:
    """A story's page as it was found last, and what a card would lack; without an instant nobody has looked."""
    facts = known.facts if known else PageFacts()
    return {
        "at": instant(known.at) if known else None,
        "title": facts.title or None,
        "canonical": facts.canonical or None,
        "image": facts.image or None,
        "width": facts.width or None,
        "height": facts.height or None,
        "lacks": list(missing(facts, url, crawler=crawler)) if known else [],
    }


def row_json(row: Row) -> Json:
    """One row of the ledger with what it carries."""
    entry = delivery(row)
    face = delivery_json(entry)
    if entry.subject_kind is SubjectKind.STORY:
        return face | {"story": row["story_url"], "headline": row["headline"], "issue": None}
    if entry.subject_kind is SubjectKind.ALERT:
        return face | {"story": None, "headline": row["alert"], "issue": None}
    if entry.subject_kind is SubjectKind.LETTER:
        return face | {"story": None, "headline": f"letter: {row['letter']}", "issue": None}
    return face | {"story": None, "headline": None, "issue": f"{row['digest']} {row['slot']}"}


def finding_json(one: Finding) -> Json:
    """One finding of lint."""
    return {
        "rule": one.rule,
        "level": one.level.value,
        "found": one.found,
        "fix": one.fix,
        "passed_by": one.passed_by or None,
    }


def issue_json(row: Row, counts: Mapping[State, int]) -> Json:
    """An issue in which a story stands, with the sum of its deliveries by state."""
    return {
        "digest": row["digest"],
        "slot": row["slot"],
        "state": row["state"],
        "deliveries": {state.value: count for state, count in counts.items()},
    }


def feed_json(name: str, state: FeedState | None) -> Json:
    """A feed's health."""
    state = state or FeedState()
    return {
        "name": name,
        "checked_at": instant(state.checked_at),
        "changed_at": instant(state.changed_at),
        "failures": state.failures,
        "error": state.last_error or None,
    }


def subscriber_json(rows: Sequence[Row]) -> list[Json]:
    """Readers, each with their subscriptions."""
    found: dict[int, Json] = {}
    for row in rows:
        face = {"address": row["address"], "name": row["name"] or None, "language": row["language"] or None}
        reader = found.setdefault(row["id"], {"id": row["id"], **face, "subscriptions": {}})
        if row["topic"]:
            reader["subscriptions"][row["topic"]] = row["state"]
    return list(found.values())


def digest_json(renderer: DigestRenderer, digest: Digest, slot: datetime, selection: Selection) -> Json:
    """The issue of a slot as it would be sent, or why it would not."""
    name = slot_name(slot, ZoneInfo(digest.zone))
    face: Json = {
        "digest": digest.name,
        "slot": name,
        "at": instant(slot),
        "reason": selection.reason or None,
        "stories": [story_json(story) for story in selection.stories],
        "subject": None,
        "text": None,
        "html": None,
        "reader": None,
    }
    if selection.reason:
        return face
    issue = Issue(id=0, digest=digest.name, slot=name, state=IssueState.FREEZING, reason="", opened_at=slot)
    message, _ = renderer.digest(digest, issue, selection.stories, template=digest.template)
    return face | {"subject": message.subject, "text": readable(message.text), "html": readable(message.html)}


def readable(text: str) -> str:
    """A mail's text with words where each reader's own values will stand."""
    for token, words in _VALUES.items():
        text = text.replace(token, words)
    return text


def _dateline(article: Article) -> Json | None:
    if article.dateline is None:
        return None
    line = article.dateline
    return {"place": line.place or None, "date": line.date or None, "agency": line.agency or None}


def return_json(file: str, found: Return) -> dict[str, Any]:
    """What a mail that came back was taken for."""
    return {
        "file": file,
        "kind": found.kind.value,
        "recipients": [
            {"address": one.address, "class": one.cause.value, "status": one.status, "action": one.effect.value}
            for one in found.recipients
        ],
    }
