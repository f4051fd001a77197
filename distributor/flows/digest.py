"""From a slot to an issue: choose its stories and freeze its recipients. Must not render or send.

::

    slot -> compose.select -> open (once per slot) -> freeze one delivery per confirmed, unsuppressed subscriber
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from distributor.model import ROUTINE, Digest, Issue, RevisionClass, Story, Window
from distributor.rules.change.incoming import Door, why_looked_at
from distributor.rules.queue.compose import WAITS_AT_MOST, Selection, select
from distributor.rules.queue.timing import parse_schedule, slot_name

#: A slot missed while the program was down is caught up for so long; later it is put on record as skipped.
MOST_LATE = timedelta(hours=6)

#: How far before our first day the first issue of a digest looks back.
FIRST_WINDOW = timedelta(days=1)


class IssueBook(Protocol):
    """Where issues are opened and frozen."""

    def exists(self, digest: str, slot: str) -> bool:
        """Whether the slot has had its issue."""
        ...

    def window(self, digest: str, *, first: int, upto: int) -> Window:
        """Where the next issue looks; the first one after the story ``first``."""
        ...

    def open(
        self,
        digest: str,
        slot: str,
        slot_at: datetime,
        *,
        window: Window,
        stories: Sequence[int],
        left: Sequence[int],
        skipped: str,
        lines: Sequence[RevisionClass],
        lines_since: datetime,
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


class StoryBook(Protocol):
    """Where candidates are read."""

    def candidates(self, digest: str, window: Window) -> tuple[Sequence[Story], Collection[int]]:
        """The stories to choose from, and which of them somebody still holds."""
        ...

    def was_released(self, story_id: int) -> bool:
        """Whether somebody has looked at a story and let it go."""
        ...

    def newest(self, *, before: datetime | None = None) -> int:
        """The id of the story that came last (before an instant); 0 when there is none."""
        ...


class Digester:
    """Opens the issues of one digest."""

    def __init__(
        self,
        digest: Digest,
        issues: IssueBook,
        stories: StoryBook,
        *,
        since: datetime,
        doors: Mapping[str, Door] | None = None,
        lines: Sequence[RevisionClass] = (),
    ) -> None:
        """``since``: slots before this instant (the digest's first day with us) are none of ours.

        ``doors`` say by feed what looks like internal material; ``lines`` are the classes of revisions of which an
        issue tells those who were mailed the error by an earlier one.
        """
        self.digest = digest
        self._issues = issues
        self._stories = stories
        self._since = since
        self._doors = doors or {}
        self._lines = lines
        self._zone = ZoneInfo(digest.zone)
        self._schedules = [parse_schedule(text) for text in digest.slots]

    def next_slot(self, after: datetime) -> datetime | None:
        """The first slot strictly after an instant."""
        return min((schedule.after(after, self._zone) for schedule in self._schedules), default=None)

    def run_due(self, now: datetime) -> Sequence[int]:
        """Finish what was cut short, then open an issue for every slot that has come; their ids."""
        opened = [
            self._freeze(issue.id, now) for issue in self._issues.unfinished() if issue.digest == self.digest.name
        ]
        for slot in self._missed(now):
            issue = self.run_slot(slot, now)
            if issue is not None:
                opened.append(issue)
        return opened

    def run_slot(self, slot: datetime, now: datetime) -> int | None:
        """Open the issue of one slot; its id, or None when there is none to send (the reason is on record)."""
        window = self.window()
        if now - slot > MOST_LATE:
            selection = Selection(stories=(), reason="the slot passed while the program was down")
        else:
            selection = self._select(window, now)
        issue = self._issues.open(
            self.digest.name,
            slot_name(slot, self._zone),
            slot,
            window=window,
            stories=[story.id for story in selection.stories],
            left=[story.id for story in selection.left],
            skipped=selection.reason,
            lines=self._lines,
            lines_since=now - WAITS_AT_MOST,
            now=now,
        )
        return None if issue is None else self._freeze(issue, now)

    def preview(self, now: datetime) -> Selection:
        """The stories that the next issue would carry, as things stand."""
        return self._select(self.window(), now)

    def window(self) -> Window:
        """Where to look: from where the last issue ended (or a day before our first day) on, and at what that one left.

        Ids, not instants: a story read at the moment of the slot can then never fall between two issues.
        """
        first = self._stories.newest(before=self._since - FIRST_WINDOW)
        return self._issues.window(self.digest.name, first=first, upto=self._stories.newest())

    def _select(self, window: Window, now: datetime) -> Selection:
        stories, held = self._stories.candidates(self.digest.name, window)
        # what goes to no channel is held nowhere else
        suspects = [story.id for story in stories if story.id not in held and self._is_suspect(story, now)]
        return select(self.digest, stories, now, held={*held, *suspects})

    def _is_suspect(self, story: Story, now: datetime) -> bool:
        door = self._doors.get(story.article.feed) or Door()
        return bool(why_looked_at(story.article, door, now)) and not self._stories.was_released(story.id)

    def _missed(self, now: datetime) -> Sequence[datetime]:
        """Slots that have come and have had no issue, oldest first, no further back than two days."""
        at = max(self._since, now - 2 * FIRST_WINDOW)
        found = []
        while (slot := self.next_slot(at)) is not None and slot <= now:
            if not self._issues.exists(self.digest.name, slot_name(slot, self._zone)):
                found.append(slot)
            at = slot
        return found

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
