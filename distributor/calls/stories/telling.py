"""The call that tells everything about one story. Reads and changes nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from distributor.app import App
from distributor.calls.ahead.expecting import expected_on, told_of
from distributor.calls.delivery.looking import where
from distributor.calls.registry import Json, call, find_story
from distributor.looks import amount, instant, readable
from distributor.model import Act, Article, PubStatus, State, Story
from distributor.model.forecast import Foreseen
from distributor.rules.fate.proof import told as facts_of
from distributor.rules.queue.choices import fitting, not_again
from distributor.rules.queue.moving import WAITING
from distributor.rules.story.identity import address_of
from distributor.store.codes import ACTS
from distributor.store.connection import Row
from distributor.store.ledger.messages import message_from_json
from distributor.store.news.articles import article_from_json
from distributor.text.difference import difference

#: The latest events that are told, and the latest texts that are compared with the one before.
MOST_EVENTS, MOST_COMPARED = 200, 20
#: What a reader sees of a text, in its order.
FIELDS = ("headline", "summary", "body", "byline", "correction")
#: The facts of an event that are words for people.
_WORDS = ("note", "reason", "detail")
_THROUGH = re.compile(r"\s*\(through (?P<face>[^()]*)\)\Z")


@call
def story(app: App, *, url: str) -> Json:
    """Everything about one story: texts and how they differ, each channel's answer, what was paid, who did what."""
    found = find_story(app, url)
    told = where(app, url=url)
    texts = app.store.dossier.texts([one["id"] for one in told["deliveries"]])
    lost = _lost(app, found, told["deliveries"], texts)
    coming = _coming(app, told["deliveries"])
    rows = [
        _delivery(one, texts[one["id"]], is_lost=one["id"] in lost) | told_of(coming.get(one["id"]))
        for one in told["deliveries"]
    ]
    return {
        **told,
        "zone": app.settings.desk.zone,
        "at": instant(app.clock.now()),
        "story": told["story"] | text_json(found),
        "deliveries": rows,
        "paid": sum(one["paid"] for one in rows),
        "revisions": revisions(app, found.id),
        "events": [_event(row) for row in app.store.dossier.events(found.id, MOST_EVENTS)],
    }


def _coming(app: App, faces: Sequence[Json]) -> Mapping[int, Foreseen]:
    """What is expected of the posts that wait, by their numbers."""
    now = app.clock.now()
    names = {one["channel"] for one in faces if State(one["state"]) in WAITING and not one["recipient"]}
    return {number: one for name in sorted(names) for number, one in expected_on(app, name, now).items()}


def text_json(found: Story) -> Json:
    """A story's text as it was found, and by what the calls know it."""
    article = found.article
    line = article.dateline
    return {
        "name": address_of(article),
        "summary": article.summary,
        "body": article.body,
        "dateline": ", ".join(part for part in (line.place, line.date, line.agency) if part) if line else "",
        "byline": article.byline,
        "urgency": article.urgency,
        "status": article.pubstatus.value,
        "updated": instant(article.updated),
        "embargoed": instant(article.embargoed),
        "language": article.language or None,
        "ednote": article.ednote,
        "picture": article.image.url if article.image else None,
    }


def revisions(app: App, number: int) -> list[Json]:
    """Every text of a story, the last first, each with its words against those of the one before."""
    rows = app.store.dossier.articles(number)
    texts = [article_from_json(row["article"]) for row in rows]
    compared = range(max(1, len(rows) - MOST_COMPARED), len(rows))
    return [
        {
            "revision": row["revision"],
            "at": instant(row["seen_at"]),
            "class": row["class"],
            "note": row["note"],
            "who": row["who"] or None,
            "headline": texts[index].headline,
            "changes": changes(texts[index - 1], texts[index]) if index in compared else [],
        }
        for index, row in reversed(list(enumerate(rows)))
    ]


def changes(before: Article, after: Article) -> list[Json]:
    """Where two texts differ, word by word."""
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in FIELDS]
    return [{"field": name, "pieces": pieces(was, now)} for name, was, now in pairs if was != now]


def pieces(before: str, after: str) -> list[Json]:
    """Two texts as the pieces that both say, or one of them."""
    return [{"side": one.side.value, "text": one.text} for one in difference(before, after)]


def _lost(app: App, found: Story, faces: Sequence[Json], rows: Mapping[int, Row]) -> Collection[int]:
    """The failed posts that may go out again: the last of its channel, where none stands or may still come."""
    if found.article.pubstatus is not PubStatus.USABLE:
        return ()
    posts: dict[str, dict[int, tuple[State, bool]]] = {}
    for one in faces:
        if one["act"] == Act.POST.value and not one["recipient"] and one["channel"] in app.channels:
            fate = (State(one["state"]), bool(rows[one["id"]]["doubts"]))
            posts.setdefault(one["channel"], {})[one["id"]] = fate
    return {max(fates) for fates in posts.values() if not not_again(list(fates.values()))}


def _delivery(face: Json, row: Row, *, is_lost: bool = False) -> Json:
    """A channel's answer with its words, its price, and what may be done about it."""
    message = message_from_json(row["content"]) if row["content"] else None
    state, act = State(face["state"]), Act(face["act"])
    acts = fitting(state, act, face["held_by"] or "", is_doubted=bool(row["doubts"]), is_lost=is_lost)
    return face | {
        "subject": message.subject or None if message else None,
        "text": readable(message.text) if message else None,
        "paid": amount(row["paid"]),
        "acts": list(acts),
    }


def _event(row: Row) -> Json:
    words, through = said(row["detail"])
    return {
        "id": row["id"],
        "at": instant(row["at"]),
        "kind": row["kind"],
        "who": row["actor"] or None,
        "through": through or None,
        "channel": row["channel"],
        "act": None if row["act"] is None else ACTS[row["act"]].value,
        "words": words,
    }


def said(detail: str) -> tuple[str, str]:
    """What an event says, and through which face it was done; of facts for programs, the words in them."""
    facts = facts_of("", detail).facts
    if facts:
        return "; ".join(str(facts[key]) for key in _WORDS if facts.get(key)), str(facts.get("through", ""))
    found = _THROUGH.search(detail)
    return (detail[: found.start()], found["face"]) if found else (detail, "")
