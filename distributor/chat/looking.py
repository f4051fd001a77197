"""What a card is about, gathered from the calls and the store. Must not change anything."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from distributor.app import App
from distributor.calls.registry import story_names
from distributor.calls.stories.correcting import others
from distributor.calls.stories.posting import drafted
from distributor.chat.facts import (
    AlertFacts,
    DoubtFacts,
    Draft,
    Facts,
    Halt,
    Place,
    Proof,
    StopFacts,
    StoryFacts,
)
from distributor.chat.replies import belongs
from distributor.chat.words import finding_line
from distributor.errors import CallError
from distributor.interfaces import Named
from distributor.looks import finding_json, readable
from distributor.model import Delivery, Message, Rendered, Shown, Story
from distributor.rules.queue.holds import LINT
from distributor.rules.story.identity import address_of
from distributor.store.codes import ACTS, STATES, from_ms
from distributor.text.permalinks import permalinks

#: Cards of one kind at a time; the next comes when one is decided. A hundred would be a wall that nobody reads.
MOST = 10
#: A story's card follows what becomes of it for so long.
FOLLOWED = timedelta(days=1)

#: What a post's link carries to be recognised by (docs/design.md, 15).
_MARKER = re.compile(r"[?&]utm_id=[a-z2-7]{16}", re.ASCII)

Run = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class Sight:
    """Looks at an app for the chat."""

    def __init__(self, app: App, run: Run) -> None:
        """``run`` dispatches calls."""
        self._app = app
        self._run = run

    def channels(self) -> dict[str, int]:
        """Every configured channel with its number."""
        return {
            row["name"]: row["id"] for row in self._app.store.deliveries.channels() if row["name"] in self._app.channels
        }

    def find(self, links: Sequence[str]) -> Sequence[Story]:
        """The stories of links that are their own pages, or posts of theirs: each once, in the order of the links."""
        found = (self._behind(link) for link in links)
        return list({story.id: story for story in found if story is not None}.values())

    def _behind(self, link: str) -> Story | None:
        """The story of one link."""
        story = self._app.store.stories.find(story_names(self._app, link))
        if story is not None:
            return story
        accounts = [one.account for one in self._app.channels.values() if isinstance(one, Named)]
        number = self._app.store.cards.story_of_post(permalinks(link, accounts))
        return None if number is None else self._app.store.stories.get(number)

    def wanted(self, open_cards: Sequence[Shown], now: datetime) -> dict[tuple[str, int, str], Facts]:
        """Everything that has a card now, by kind, number and detail; what somebody waits for first."""
        found: dict[tuple[str, int, str], Facts] = {}
        for shown in open_cards:
            facts = self.facts(shown, now)
            if facts is not None:
                found[shown.kind, shown.about, shown.detail] = facts
        cards = self._app.store.cards
        news: list[tuple[str, Iterable[int]]] = [
            ("stop", self._stops()),
            ("unknown", cards.in_doubt(MOST)),
            *((kind, cards.asking(kind, MOST)) for kind in ("approval", "lint")),
            ("alert", self._alerts()),
        ]
        for kind, numbers in news:
            there = sum(one[0] == kind for one in found)
            for number in numbers:
                if (kind, number, "") in found or there >= MOST:
                    continue
                facts = self._facts(kind, number, "")
                if facts is not None:
                    found[kind, number, ""] = facts
                    there += 1
        return found

    def facts(self, shown: Shown, now: datetime) -> Facts | None:
        """What a card is about, as it stands now; None: nothing of it is to be decided any more."""
        if not shown.is_open or (shown.kind == "story" and now - shown.at > FOLLOWED):
            return None
        return self._facts(shown.kind, shown.about, shown.detail)

    def story(self, number: int, *, proofs: bool = False) -> StoryFacts | None:
        """A story with what has become of it."""
        story = self._app.store.stories.get(number)
        if story is None:
            return None
        article, rows = story.article, self._app.store.cards.places_of(number)
        places = tuple(_place(row) for row in rows)
        first = {row["channel"]: row["first"] for row in reversed(rows) if _is_waiting(row)}
        return StoryFacts(
            id=number,
            headline=article.headline,
            url=address_of(article),
            revision=article.revision,
            places=places,
            proofs=self._proofs(list(first.values())) if proofs else (),
            notes=tuple(belongs(one) for one in others(self._app, story)),
        )

    def stopped(self, args: Mapping[str, Any]) -> str:
        """Who has stopped the very same for as long as anybody can; empty: nobody."""
        if "until" in args:
            return ""
        wanted = args.get("channel", ""), args.get("category", "")
        same = (
            one.who for one in self._stops().values() if (one.channel, one.category) == wanted and one.until is None
        )
        return next(same, "")

    def title(self, subject: int) -> str:
        """A story's headline, or an issue's name."""
        story = self._app.store.stories.get(subject)
        if story is not None:
            return story.article.headline
        issue = self._app.store.issues.get(subject)
        return f"{issue.digest}, {issue.slot}" if issue is not None else f"number {subject}"

    def ended(self, shown: Shown) -> tuple[str, str]:
        """What a card was about, and how it ended, where no word on it says so."""
        if shown.kind in ("approval", "lint", "story"):
            facts = self.story(shown.about)
            return self.title(shown.about), self._fate(facts) if facts else ""
        if shown.kind == "unknown":
            return self.title(shown.about), "It is settled."
        if shown.kind == "alert":
            alert = self._app.store.alerts.get(shown.about)
            return (alert.text, f"Over: {alert.recovery}" if alert.recovery else "Over.") if alert else ("", "Over.")
        return ("The stop is over.", "") if shown.kind == "stop" else ("This question is closed.", "")

    def _fate(self, story: StoryFacts) -> str:
        """Who said yes to a story, wherever they did, and what became of it."""
        approvals = self._app.store.approvals
        people = dict.fromkeys(who for one in story.places for who in approvals.people(story.id, one.number))
        states = "; ".join(f"{one.channel}: {one.state}" for one in story.places)
        return f"{' and '.join(people)} said yes. {states}" if people else states

    def draft(self, detail: str) -> Draft:
        """A post that is not made yet."""
        told = json.loads(detail)
        names = [name for name in told["channels"] if name in self._app.channels]
        limits = [(name, self._app.channels[name].limits) for name in names]
        return Draft(
            channels=tuple(told["channels"]),
            text=told["text"],
            at=datetime.fromisoformat(told["at"]) if told["at"] else None,
            link=told["link"],
            lengths=tuple((name, one.measure(told["text"]), one.text) for name, one in limits),
            lint=self._drafted(told),
        )

    def _drafted(self, told: Mapping[str, Any]) -> tuple[str, ...]:
        """What lint says of a post that is not made yet, or why it will be refused."""
        try:
            found = drafted(self._app, told["channels"], told["text"], told["link"], told["at"])
        except CallError as error:
            return (str(error),)
        return tuple(dict.fromkeys(finding_line(one) for one in found))

    def _facts(self, kind: str, about: int, detail: str) -> Facts | None:
        match kind:
            case "approval" | "lint":
                found = self.story(about, proofs=True)
                is_asked = found is not None and any(one.held_by in (kind, "desk") for one in found.places)
                return found if is_asked else None
            case "story":
                return self.story(about)
            case "unknown":
                return self._doubt(about)
            case "alert":
                return self._alerts().get(about)
            case "stop":
                return self._stops().get(about)
            case "post":
                return self.draft(detail)
            case "halt":
                return Halt()
        return None

    def _doubt(self, subject: int) -> DoubtFacts | None:
        rows = self._app.store.cards.doubts_of(subject)
        numbers = self.channels()
        by_channel: dict[str, list[int]] = {}
        for number, channel in rows:
            by_channel.setdefault(channel, []).append(number)
        doubts = tuple((name, numbers.get(name, 0), tuple(ids)) for name, ids in by_channel.items())
        reasons = [one.reason for one in self._app.store.cards.deliveries([ids[0] for ids in by_channel.values()])]
        return (
            DoubtFacts(subject=subject, title=self.title(subject), doubts=doubts, reason=reasons[0]) if rows else None
        )

    def _alerts(self) -> dict[int, AlertFacts]:
        """Alerts that a button can end; all of them where no alert channel tells them here already."""
        app, told_here = self._app, self._is_told_here()
        found = [
            AlertFacts(id=one.id, key=one.key, text=one.text, hint=one.hint, since=one.raised_at)
            for one in app.store.alerts.open_alerts()
            if not one.key.startswith("unknown:") and one.key != LINT  # these have cards of their own
        ]
        return {one.id: one for one in found if one.feed or not told_here}

    def _is_told_here(self) -> bool:
        settings = self._app.settings
        return any(
            one.name in settings.alerts.channels and getattr(one.options, "chat", None) == settings.operations.chat
            for one in settings.channels
        )

    def _stops(self) -> dict[int, StopFacts]:
        return {
            one["id"]: StopFacts(
                id=one["id"],
                channel=one["channel"] or "",
                category=one["category"] or "",
                reason=one["reason"],
                who=one["who"],
                since=datetime.fromisoformat(one["at"]),
                until=datetime.fromisoformat(one["until"]) if one["until"] else None,
                held=one["held"],
            )
            for one in self._run("stops", {})["stops"]
        }

    def _proofs(self, ids: Sequence[int]) -> tuple[Proof, ...]:
        """What would leave, word for word; the same words on several channels are told once."""
        found: dict[tuple[str, int, int | None, tuple[str, ...]], list[str]] = {}
        for entry in self._app.store.cards.deliveries(ids):
            if entry.channel in self._app.deliverers:
                found.setdefault(self._proof(entry), []).append(entry.channel)
        return tuple(
            Proof(channels=tuple(names), text=text, length=length, limit=limit, lint=lint)
            for (text, length, limit, lint), names in found.items()
        )

    def _proof(self, entry: Delivery) -> tuple[str, int, int | None, tuple[str, ...]]:
        """The words, their length as the platform counts it, how long they may be, and what lint says of them."""
        limits = self._app.channels[entry.channel].limits
        posts = self._app.store.posts.about([entry], self._app.clock.now())
        ((_, result),) = self._app.deliverers[entry.channel].typesetter.set([entry], posts)
        if isinstance(result, Rendered):
            lint = tuple(finding_line(finding_json(one)) for one in result.findings)
            return _words(result.message), limits.measure(result.message.text), limits.text, lint
        return f"({result})", 0, limits.text, ()


def _words(message: Message) -> str:
    """What readers will read, without the marker in its link, which differs from channel to channel."""
    if message.text.startswith("{"):  # what a webhook gets is for a program, and nobody approves its braces
        return "(the story as a document for a program)"
    text = _MARKER.sub("", readable(message.text))
    return "\n".join(part for part in (message.subject, text) if part)


def _is_waiting(row: Mapping[str, Any]) -> bool:
    is_asked = ACTS[row["act"]].value == "post" or row["held_by"] == "approval"
    return STATES[row["state"]].value in ("planned", "due", "held") and is_asked


def _place(row: Mapping[str, Any]) -> Place:
    return Place(
        channel=row["channel"],
        number=row["number"],
        act=ACTS[row["act"]].value,
        state=STATES[row["state"]].value,
        reason=row["reason"],
        held_by=row["held_by"],
        until=from_ms(row["until"]),
        at=from_ms(row["at"]),
        url=row["url"] or "",
        count=row["n"],
    )
