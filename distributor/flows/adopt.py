"""Stories that somebody posted by hand: adopted instead of posted again. Must not ask a platform, nor send.

::

    a story's turn -> free sightings of the last day -> likeness.best -> one transaction: row skipped, sighting taken
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from distributor.model import Act, Delivery, Sighting, Story, SubjectKind
from distributor.rules.story.likeness import LINKED, Likeness, best

log = logging.getLogger(__name__)

#: A post by hand that came so long after ours is a double; what comes later is the desk's own repetition.
RACE = timedelta(minutes=10)
#: How long a receipt may take from its instant to the store.
LATE = timedelta(minutes=1)
#: After so long without another double the alert is over.
CALM = timedelta(days=1)


class SightingBook(Protocol):
    """Where sightings are remembered."""

    def free(self, channel: str, since: datetime) -> Sequence[Sighting]:
        """Those that stand for no delivery yet."""
        ...

    def posted(self, channel: str, since: datetime) -> Sequence[tuple[int, int, datetime]]:
        """Our own posts that were sent since then: delivery, story and the instant of its start."""
        ...

    def adopt(self, entry: Delivery, sighting: Sighting, *, why: str, now: datetime) -> bool:
        """End a claimed row; False where somebody was faster."""
        ...

    def double(self, delivery: int, story: int, sighting: Sighting, *, why: str, now: datetime) -> bool:
        """Put a double on record; False where it is."""
        ...

    def doubled_since(self, channel: str, since: datetime) -> bool:
        """Whether there was a double since then."""
        ...


class StoryBook(Protocol):
    """Where stories are read."""

    def get(self, story_id: int) -> Story | None:
        """One story as it reads now."""
        ...


class AlertBook(Protocol):
    """Where somebody is told."""

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know."""
        ...

    def recover(self, key: str, text: str, *, now: datetime) -> bool:
        """It is over."""
        ...


class Adopter:
    """Knows one channel's posts by hand."""

    def __init__(self, channel: str, sightings: SightingBook, stories: StoryBook, alerts: AlertBook) -> None:
        """``channel`` is its name."""
        self._channel = channel
        self._sightings = sightings
        self._stories = stories
        self._alerts = alerts
        #: when doubles were last looked for, and whether their alert is known to be over
        self._looked_at: datetime | None = None
        self._is_calm = False

    def adopt(self, entries: Sequence[Delivery], now: datetime) -> Collection[int]:
        """End those of the claimed rows whose stories stand on the channel already; their ids."""
        posts = [entry for entry in entries if entry.act is Act.POST and entry.subject_kind is SubjectKind.STORY]
        return [entry.id for entry in posts if not entry.recipient and self._adopted(entry, now)]

    def notice(self, now: datetime, *, fresh: bool) -> int:
        """Tell of posts by hand that double one of ours, because they met at the wire; how many are new.

        ``fresh``: posts by hand have come since the last look, so that all of the day's posts are looked at again.
        """
        since = now - LINKED if fresh or self._looked_at is None else self._looked_at - LATE
        self._looked_at = now
        free = self._sightings.free(self._channel, now - LINKED)
        posted = self._sightings.posted(self._channel, since) if free else ()
        found = sum(self._doubled(*post, now) for post in posted)
        self._is_calm = self._is_calm and not found
        if not self._is_calm and not self._sightings.doubled_since(self._channel, now - CALM):
            self._alerts.recover(self._key, f"no double by hand on {self._channel} for a day", now=now)
            self._is_calm = True
        return found

    @property
    def _key(self) -> str:
        return f"doubled by hand: {self._channel}"

    def _adopted(self, entry: Delivery, now: datetime) -> bool:
        found = self._same(entry.subject_id, now, now)
        if found is None or not self._sightings.adopt(entry, found[0], why=found[1].why, now=now):
            return False
        url = found[0].seen.url
        log.info("channel %s: delivery %d was posted by hand: %s (%s)", self._channel, entry.id, url, found[1].why)
        return True

    def _doubled(self, delivery: int, story: int, started: datetime, now: datetime) -> bool:
        found = self._same(story, started + RACE, now)
        if found is None:
            return False
        sighting, alike = found
        text = f"a story stands twice on {self._channel}: somebody posted it as the program did"
        hint = f"delete one of them: {sighting.seen.url or sighting.seen.remote_id}"
        self._alerts.raise_alert(self._key, text, hint=hint, now=now)
        return self._sightings.double(delivery, story, sighting, why=alike.why, now=now)

    def _same(self, story_id: int, at: datetime, now: datetime) -> tuple[Sighting, Likeness] | None:
        """The free sighting of a story that could stand for it at an instant."""
        free = [one for one in self._sightings.free(self._channel, now - LINKED) if one.seen.at <= at]
        story = self._stories.get(story_id) if free else None
        found = best([one.seen for one in free], story.article, at) if story else None
        return (free[found[0]], found[1]) if found else None
