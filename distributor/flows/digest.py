"""From a slot to an issue: choose its stories and freeze its recipients. Must not render or send.

::

    readers' choices -> their slots, each in its own zone
    slot -> stories of its window -> segments (what is news for each choice) -> open (once per slot)
         -> freeze one delivery per confirmed, unsuppressed subscriber of the segments that are worth it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from distributor.model import (
    ROUTINE,
    Canary,
    Candidate,
    Digest,
    Horizon,
    Issue,
    Outlook,
    RevisionClass,
    Segment,
    Served,
    Story,
    Window,
    Wish,
)
from distributor.rules.change.incoming import Door, why_looked_at
from distributor.rules.mail.issues import LOOKBACK, IssuePlan, Share, plan, served, share
from distributor.rules.mail.rhythms import next_slot, zone_of
from distributor.rules.queue.compose import WAITS_AT_MOST, Selection, not_worth, rank, why_out
from distributor.rules.queue.timing import slot_name

#: A slot missed while the program was down is caught up for so long; later it is put on record as skipped.
MOST_LATE = timedelta(hours=6)

#: Texts of which it is remembered what they look like.
REMEMBERED = 2000

#: The choice of who chose nothing: the digest's own slots exist whoever reads it.
OWN = Wish()


class IssueBook(Protocol):
    """Where issues are opened and frozen."""

    def exists(self, digest: str, slot: str) -> bool:
        """Whether the slot has had its issue."""
        ...

    def horizon(self, digest: str) -> Horizon:
        """Where it begins to look since a restore."""
        ...

    def looked(self, digest: str) -> datetime | None:
        """Up to when slots were looked for."""
        ...

    def look(self, digest: str, now: datetime) -> None:
        """Slots have been looked for until now."""
        ...

    def served(self, digest: str, wishes: Sequence[Wish]) -> Mapping[Wish, Served]:
        """How far the readers of some choices have been served."""
        ...

    def open(
        self,
        digest: str,
        slot: str,
        slot_at: datetime,
        *,
        window: Window,
        stories: Sequence[int],
        again: Collection[int],
        waited: Mapping[int, datetime],
        segments: Sequence[Segment],
        served: Mapping[Wish, Served],
        left: Sequence[int],
        skipped: str,
        lines: Sequence[RevisionClass],
        lines_since: datetime,
        undo: timedelta,
        canary: Canary | None,
        now: datetime,
    ) -> int | None:
        """Open an issue, or record why there is none."""
        ...

    def freeze(self, issue: int, *, topic: str, channel: str, template: str, priority: int, now: datetime) -> int:
        """Write its deliveries; the recipients in all."""
        ...

    def unfinished(self) -> Sequence[Issue]:
        """Issues whose freezing was cut short."""
        ...


class ChoiceBook(Protocol):
    """Where readers' choices are read."""

    def wishes(self, topic: str, *, multilingual: bool) -> Sequence[Wish]:
        """What the confirmed readers of a digest have chosen, each choice once."""
        ...


class NoChoices:
    """Readers who chose nothing."""

    def wishes(self, topic: str, *, multilingual: bool) -> Sequence[Wish]:  # noqa: ARG002 (the seam's shape)
        """None."""
        return ()


class StoryBook(Protocol):
    """Where candidates are read."""

    def candidates(self, digest: str, window: Window) -> tuple[Sequence[Candidate], Collection[int]]:
        """The stories to choose from, and which of them somebody still holds."""
        ...

    def was_released(self, story_id: int) -> bool:
        """Whether somebody has looked at a story and let it go."""
        ...

    def newest(self, *, before: datetime | None = None) -> int:
        """The id of the story that came last (before an instant); 0 when there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A slot that has come, with the choices whose slot it is."""

    at: datetime
    name: str
    wishes: tuple[Wish, ...]


class Digester:
    """Opens the issues of one digest."""

    def __init__(
        self,
        digest: Digest,
        issues: IssueBook,
        stories: StoryBook,
        *,
        since: datetime,
        choices: ChoiceBook | None = None,
        doors: Mapping[str, Door] | None = None,
        lines: Sequence[RevisionClass] = (),
    ) -> None:
        """``since``: slots before this instant (the digest's first day with us) are none of ours.

        Without ``choices`` nobody chose anything. ``doors`` say by feed what looks like internal material; ``lines``
        are the classes of revisions of which an issue tells those who were mailed the error by an earlier one.
        """
        self.digest = digest
        self._issues = issues
        self._stories = stories
        self._choices: ChoiceBook = choices or NoChoices()
        self._since = since
        self._doors = doors or {}
        self._lines = lines
        #: by story and revision: whether it looks like internal material; an issue of each zone asks it again
        self._suspects: dict[tuple[int, int], bool] = {}
        #: by choice: the slot found last, and after which instant it is the first
        self._found: dict[Wish, tuple[datetime, datetime | None]] = {}

    def next_slot(self, after: datetime) -> datetime | None:
        """The first slot of any choice strictly after an instant."""
        times = {_when(wish) for wish in self._wishes()}
        return min((slot for wish in times if (slot := self._after(wish, after)) is not None), default=None)

    def run_due(self, now: datetime) -> Sequence[int]:
        """Finish what was cut short, then open an issue for every slot that has come; their ids."""
        opened = [
            self._freeze(issue.id, now) for issue in self._issues.unfinished() if issue.digest == self.digest.name
        ]
        for due in self._missed(now):
            issue = self._run(due, now)
            if issue is not None:
                opened.append(issue)
        self._issues.look(self.digest.name, now)
        return opened

    def run_slot(self, slot: datetime, now: datetime) -> int | None:
        """Open the issue of one of the digest's own slots; its id, or None when there is none to send (the reason is
        on record).
        """
        wishes = tuple(wish for wish in self._wishes() if _when(wish) == OWN)
        return self._run(Due(at=slot, name=slot_name(slot, zone_of(self.digest, "")), wishes=wishes), now)

    def preview(self, now: datetime) -> Selection:
        """The stories that the next issue would carry for a reader who chose nothing and has had none of them."""
        (own,) = self._shares((OWN,), now)
        candidates, left = self._candidates(self._window([own], self._stories.newest()), now)
        new = [one.story for one in candidates if own.is_fresh(one)]
        reason = not_worth(self.digest, len(new))
        return Selection(stories=() if reason else tuple(new[: self.digest.most]), left=left, reason=reason)

    def outlook(self, wish: Wish, at: datetime) -> Outlook:
        """What an issue of some moment would look at for the readers of one choice, as the stories read now."""
        (own,) = self._shares((wish,), at)
        window = self._window([own], self._stories.newest())
        looked_at, held = self._stories.candidates(self.digest.name, window)
        candidates, _ = self._candidates(window, at)
        chosen = {one.story.id for one in candidates}
        out = [(one.story, self._why_out(one.story, at, held)) for one in looked_at if one.story.id not in chosen]
        return Outlook(
            segment=own.segment, candidates=candidates, out=out, reason=plan(self.digest, [own], candidates).reason
        )

    def _why_out(self, story: Story, at: datetime, held: Collection[int]) -> str:
        """Why an issue carries a story for nobody."""
        if self._issues.horizon(self.digest.name).hides(story):
            return "it may have been mailed by the store that a restore replaced"
        if reason := why_out(self.digest, story, at):
            return reason
        return "somebody holds it" if story.id in held else "it looks like internal material"

    def _run(self, due: Due, now: datetime) -> int | None:
        shares = self._shares(due.wishes, due.at)
        window = self._window(shares, self._stories.newest())
        candidates, left = self._candidates(window, now)
        found = plan(self.digest, shares, candidates)
        if now - due.at > MOST_LATE:
            reason = "the slot passed while the program was down"
            found = IssuePlan(stories=(), again=frozenset(), segments=(), worth=frozenset(), reason=reason)
        issue = self._issues.open(
            self.digest.name,
            due.name,
            due.at,
            window=window,
            stories=[one.story.id for one in found.stories],
            again=found.again,
            waited={one.story.id: one.waited_at for one in found.stories if one.waited_at is not None},
            segments=found.segments,
            served={
                one.wish: served(one, is_worth=one.wish in found.worth, upto=window.upto, now=now) for one in shares
            },
            left=[story.id for story in left],
            skipped=found.reason,
            lines=self._lines,
            lines_since=now - WAITS_AT_MOST,
            undo=self.digest.undo,
            canary=self.digest.canary,
            now=now,
        )
        return None if issue is None else self._freeze(issue, now)

    def _shares(self, wishes: Sequence[Wish], slot: datetime) -> Sequence[Share]:
        """Where each choice is served from."""
        before = self._issues.served(self.digest.name, wishes)
        newest = cache(lambda since: self._stories.newest(before=since))
        return [
            share(self.digest, wish, slot, number=number, newest=newest, before=before.get(wish), began=self._since)
            for number, wish in enumerate(wishes, 1)
        ]

    def _window(self, shares: Sequence[Share], upto: int) -> Window:
        """Where to look for all of them.

        Ids, not instants: a story read at the moment of the slot can then never fall between two issues.
        """
        return Window(
            after=min(one.segment.after for one in shares),
            upto=upto,
            waited_since=min(one.segment.waited_since for one in shares),
        )

    def _candidates(self, window: Window, now: datetime) -> tuple[Sequence[Candidate], Sequence[Story]]:
        """What may be carried, in the digest's order, and what has to wait."""
        looked_at, held = self._stories.candidates(self.digest.name, window)
        horizon = self._issues.horizon(self.digest.name)
        found = [one for one in looked_at if not horizon.hides(one.story)]
        # what goes to no channel is held nowhere else
        suspects = [one.story.id for one in found if one.story.id not in held and self._is_suspect(one.story, now)]
        chosen = rank(self.digest, [one.story for one in found], now, held={*held, *suspects})
        by_id = {one.story.id: one for one in found}
        return [by_id[story.id] for story in chosen.stories], chosen.left

    def _is_suspect(self, story: Story, now: datetime) -> bool:
        text = (story.id, story.article.revision)
        if text not in self._suspects:
            door = self._doors.get(story.article.feed) or Door()
            kept = self._suspects if len(self._suspects) < REMEMBERED else {}
            self._suspects = {**kept, text: bool(why_looked_at(story.article, door, now))}
        return self._suspects[text] and not self._stories.was_released(story.id)

    def _wishes(self) -> Sequence[Wish]:
        """Every choice that readers have made, and that of who chose nothing."""
        found = self._choices.wishes(self.digest.name, multilingual=len(self.digest.languages) > 1)
        return [OWN, *(wish for wish in found if wish != OWN)]

    def _missed(self, now: datetime) -> Sequence[Due]:
        """Slots that have come and have had no issue, oldest first, no further back than two days."""
        looked = self._issues.looked(self.digest.name)
        # a clock that was set back is no reason to believe that slots were looked for
        known = looked if looked is not None and looked <= now else now - LOOKBACK
        begin = max(self._since, now - LOOKBACK, known)
        found: dict[tuple[datetime, str], list[Wish]] = defaultdict(list)
        for wish in self._wishes():
            at = begin
            while (slot := self._after(_when(wish), at)) is not None and slot <= now:
                found[slot, slot_name(slot, zone_of(self.digest, wish.zone))].append(wish)
                at = slot
        return [
            Due(at=at, name=name, wishes=tuple(wishes))
            for (at, name), wishes in sorted(found.items(), key=lambda one: one[0])
            if not self._issues.exists(self.digest.name, name)
        ]

    def _after(self, when: Wish, after: datetime) -> datetime | None:
        """The first slot of a choice strictly after an instant; what was found for an earlier one may still be it."""
        asked, slot = self._found.get(when, (after, None))
        if slot is None or not asked <= after < slot:
            slot = next_slot(self.digest, when, after)
            self._found[when] = (after, slot)
        return slot

    def _freeze(self, issue: int, now: datetime) -> int:
        self._issues.freeze(
            issue,
            topic=self.digest.name,
            channel=self.digest.channel,
            template=self.digest.template,
            priority=ROUTINE + 1,
            now=now,
        )
        return issue


def _when(wish: Wish) -> Wish:
    """The part of a choice that decides about its slots."""
    return replace(wish, sections="", language=None)
