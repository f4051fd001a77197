"""Stories and their revisions as they are written, and what a plan may ask of the past meanwhile. Decides nothing: a
plan is written as it is, inside the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from distributor.errors import StoreError
from distributor.model import (
    MAILINGS,
    Article,
    Change,
    ChangeKind,
    DeliveryIntent,
    Revision,
    RevisionClass,
    Stage,
    Standing,
    Story,
    SubjectKind,
)
from distributor.rules.change.day import Day
from distributor.rules.change.revisions import Past
from distributor.rules.story.identity import BY_HAND, fingerprint, keys
from distributor.rules.story.sameness import Lineup, hints
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger.deliveries import add_intents
from distributor.store.ledger.events import Event, append
from distributor.store.ledger.findings import look_anew
from distributor.store.ledger.mailings import begin
from distributor.store.ledger.posts import revision_of
from distributor.store.ledger.view import delivery
from distributor.store.news.articles import article_from_json, article_to_json
from distributor.store.news.conditions import hold_edits, revise
from distributor.store.news.withdrawals import withdraw
from distributor.text.marks import OwnMarks

#: Most stories of the last days that are looked through for one.
MOST = 1000
#: Sets of feeds' own marks of which the day is kept.
MOST_MARKS = 8

#: Revisions that are events of their own.
_GRAVE = {RevisionClass.CORRECTION: "corrected", RevisionClass.WITHDRAWAL: "withdrawn"}
#: What somebody says that their feed's own change was: the words are the same, so nothing else looks at them anew.
_SAID = {RevisionClass.REFILE: "refiled", RevisionClass.UPDATE: "updated"}


def write_change(
    connection: Connection,
    change: Change,
    intents: Sequence[DeliveryIntent],
    *,
    baseline: bool = False,
    through: str = "",
    now: datetime,
) -> int:
    """Write a change with its plan; the story's id. Raises StoreError for a revision that is not the next one.

    A name is known from its own source alone: what an editor wrote is nothing that a feed told.
    """
    if change.kind is ChangeKind.JOINED:
        return _join(connection, change, intents, now)
    sql, article = queries("revisions"), change.article
    story_id = _insert(connection, change, baseline=baseline, now=now) if change.story_id is None else change.story_id
    if change.story_id is not None:
        told = (article.url, article.headline, article.fingerprint, article.revision, article.pubstatus.value)
        if not connection.run(sql["update"], (*told, story_id, article.revision)):
            raise StoreError(f"the story {story_id} has another revision than the one before {article.revision}")
    connection.run(queries("words")["put"], (story_id, article.headline, article.url))
    said = (change.meaning.value, change.note, change.who)
    connection.run(sql["add_revision"], (story_id, article.revision, to_ms(now), article_to_json(article), *said))
    if not change.who:
        add_names(connection, article, story_id)
    if change.kind is ChangeKind.WITHDRAWN:
        withdraw(connection, story_id, now, f"withdrawn by {change.who or 'its source'}")
    is_said = bool(change.who) and change.meaning in _SAID
    if change.story_id is not None and (change.meaning in _GRAVE or is_said):
        append(connection, _event(change, story_id, through, now))
    if change.kind is ChangeKind.UPDATED and not is_said:
        look_anew(connection, story_id)
        revise(connection, story_id, change, now)
    if change.story_id is not None:
        intents = hold_edits(connection, story_id, change, intents, now)
    begin(connection, story_id, [one for one in intents if one.recipient in MAILINGS], now)
    add_intents(connection, story_id, [one for one in intents if one.recipient not in MAILINGS], now)
    return story_id


def _join(connection: Connection, change: Change, intents: Sequence[DeliveryIntent], now: datetime) -> int:
    """One more name and category of a story, and the posts that no route planned before; each channel has it once."""
    assert change.story_id is not None
    sql, article, story_id = queries("revisions"), change.article, change.story_id
    add_names(connection, article, story_id)
    categories = json.dumps(list(article.categories), ensure_ascii=False)
    connection.run(sql["widen"], {"story": story_id, "revision": article.revision, "categories": categories})
    for channel in {one.channel for one in intents}:
        connection.run(sql["unroute"], {"story": story_id, "channel": channel})
    taken = {row["channel"] for row in connection.query(sql["answered"], {"story": story_id})}
    add_intents(connection, story_id, [one for one in intents if one.channel not in taken], now)
    return story_id


def add_names(connection: Connection, article: Article, story_id: int) -> None:
    """Keep an article's names: its feed's own id, with what the feed now tells, its page's address, and its hints."""
    own, *others = keys(article)
    told = fingerprint(article)
    # a post by hand has the address of the story that it leads to, and must not be taken for it
    weak = () if article.feed == BY_HAND else hints(replace(article, fingerprint=told))
    rows = [(own, story_id, told), *((name, story_id, "") for name in (*others, *weak))]
    connection.run_many(queries("revisions")["add_key"], rows)


def story_of_row(row: Row) -> Story:
    """The value of a row of ``stories`` joined with its present revision."""
    return Story(id=row["id"], article=article_from_json(row["article"]), first_seen_at=from_ms(row["first_seen_at"]))


class Days:
    """The day's stories as feeds look at them, kept between transactions; only who writes the store asks."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._kept: dict[object, Day] = {}

    def of(self, marks: OwnMarks) -> Day:
        """The day for feeds with such marks of their own; few newsrooms have many."""
        key = tuple((kind, tuple(words)) for kind, words in marks.items())
        if key not in self._kept and len(self._kept) == MOST_MARKS:
            self._kept.clear()
        return self._kept.setdefault(key, Day(marks))


class StoreBackground:
    """The past as one transaction sees it."""

    def __init__(self, connection: Connection, days: Days | None = None) -> None:
        """Valid until the transaction ends; ``days`` are what an earlier one has seen of the day."""
        self._connection = connection
        self._days = days or Days()
        self._sql = queries("revisions")

    def past(self, story_id: int, feed: str) -> Past:
        """What a story was until now, and what ``feed`` told of it last."""
        told = self._connection.query(self._sql["told"], {"story": story_id, "feed": feed})
        return Past(
            article=self.story(story_id).article,
            told=article_from_json(told[0]["article"]) if told else None,
            by_hand=bool(self._connection.query(self._sql["by_hand"], (story_id,))[0]["is_so"]),
        )

    def standing(self, story_id: int) -> Sequence[Standing]:
        """The posts of a story that readers may have, in the order in which they were planned."""
        rows = self._connection.query(self._sql["standing"], {"story": story_id})
        return [standing_of_row(row) for row in rows]

    def mailed(self, story_id: int) -> Sequence[str]:
        """The channels by which readers were mailed a story, alone or in an issue."""
        return [row["name"] for row in self._connection.query(self._sql["mailed"], {"story": story_id})]

    def lately(self, since: datetime, *, feed: str | None = None) -> Sequence[Story]:
        """The stories that came since an instant, newest first; of one feed, or of all."""
        fields = {"since": to_ms(since), "feed": feed, "most": MOST}
        return [story_of_row(row) for row in self._connection.query(self._sql["lately"], fields)]

    def of_the_day(self, since: datetime, marks: OwnMarks) -> Mapping[Stage, Lineup]:
        """The stories that came since an instant, each where a feed with such marks would look for it."""
        rows = self._connection.query(self._sql["faces"], {"since": to_ms(since), "most": MOST})
        return self._days.of(marks).brought_up({row["id"]: tuple(row) for row in rows}, self._texts)

    def _texts(self, stories: Sequence[int]) -> Sequence[Story]:
        rows = self._connection.query(queries("stories")["texts"], (json.dumps(list(stories)),))
        return [story_of_row(row) for row in rows]

    def named(self, names: Sequence[str]) -> Sequence[int]:
        """The stories behind names, in the order of the names."""
        rows = self._connection.query(self._sql["named"], (json.dumps(list(names)),))
        found = {row["key"]: int(row["story_id"]) for row in rows}
        return list(dict.fromkeys(found[name] for name in names if name in found))

    def story(self, story_id: int) -> Story:
        """One story as it reads now."""
        return story_of_row(self._connection.query(self._sql["story"], (story_id,))[0])

    def last_word(self, story_id: int) -> Revision:
        """What the text of a story that stands now means, and who made it."""
        return revision_of(self._connection.query(self._sql["last_word"], (story_id,))[0])

    def first_take(self, story_id: int) -> int:
        """The story that began the chain of takes to which one belongs; often itself."""
        while (before := self._connection.query(self._sql["take_of"], (story_id,))[0]["take_of"]) is not None:
            story_id = before
        return story_id

    def takes(self, story_id: int) -> Sequence[int]:
        """All takes of the story to which one belongs, that one included, the oldest first."""
        return [int(row["id"]) for row in self._connection.query(self._sql["takes"], {"story": story_id})]


def standing_of_row(row: Row) -> Standing:
    """The value of a row of the query ``standing``."""
    return Standing(delivery=delivery(row), revision=row["shown"] if row["shown"] >= 0 else None)


def _insert(connection: Connection, change: Change, *, baseline: bool, now: datetime) -> int:
    sql, article = queries("revisions"), change.article
    story_id = int(connection.query(sql["new_subject"], (int(SubjectKind.STORY),))[0]["id"])
    published = to_ms(article.published) if article.published else None
    told = (article.feed, article.url, article.headline, article.fingerprint, article.pubstatus.value)
    connection.run(sql["insert"], (story_id, *told, int(baseline), to_ms(now), published, change.take_of))
    return story_id


def _event(change: Change, story_id: int, through: str, now: datetime) -> Event:
    facts = {"revision": change.article.revision, "note": change.note, "through": through}
    detail = json.dumps(facts, ensure_ascii=False)
    return Event(
        at=now, kind=(_GRAVE | _SAID)[change.meaning], subject_id=story_id, actor=change.who or "feed", detail=detail
    )
