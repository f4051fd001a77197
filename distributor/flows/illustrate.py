"""From a story's picture to one that the platform holds, before the post is about to leave. Must not post anything.

::

    develop (fetched through the guard, made fit in a child process) -> known to the platform? -> hand over
        failed -> wait a while, or leave without it; on record

All of it happens before the mark "about to touch the wire": a picture that was handed over is seen by nobody, so it may
be handed over again, and whatever becomes of it puts no post in doubt.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from distributor.errors import ChannelError, PictureRefused, RateLimited, SourceError
from distributor.interfaces import Channel, Clock, Illustrated
from distributor.model import Act, Delivery, Frame, Image, Parcel, Photo, Receipt, Rendered
from distributor.rules.queue.holds import Wait
from distributor.rules.queue.pictures import LONGEST, MOST_TRIES, after, counts, until
from distributor.rules.story.captions import without_picture
from distributor.text.cut import shorten

log = logging.getLogger(__name__)

#: characters of a description for those who cannot see the picture (X, ``/2/media/metadata``)
LONGEST_ALT = 1000


class Room(Protocol):
    """Where pictures are developed (``sources.darkroom.Darkroom``)."""

    def develop(self, url: str, frame: Frame) -> Photo:
        """The picture at an address as a platform takes it. Raises FetchError, ParseError."""
        ...


class Shelves(Protocol):
    """Where is kept what became of pictures (``store.ledger.showings.Showings``)."""

    def tries(self, delivery: int) -> int:
        """How often a post's picture could not be had."""
        ...

    def tried(self, entry: Delivery, tries: int, reason: str, now: datetime, *, without: bool) -> None:
        """Write a try that failed; ``without``: the post leaves without its picture."""
        ...

    def find(self, shelf: str, digest: str, now: datetime) -> tuple[str, datetime] | None:
        """What a platform calls a picture, and from when on a post may show it."""
        ...

    def keep(
        self, shelf: str, digest: str, name: str, *, now: datetime, ready: datetime, ends: datetime | None
    ) -> None:
        """Remember what a platform calls a picture."""
        ...

    def forget(self, shelf: str, name: str) -> bool:
        """Forget a name that the platform does not know any more; whether it was known here."""
        ...


class Illustrator:
    """Gives the posts of one channel their pictures."""

    def __init__(
        self, channel: Channel, room: Room | None, shelves: Shelves, *, mark: Callable[[int], str], clock: Clock
    ) -> None:
        """Without a ``room`` pictures cannot be read here, and posts leave with their links' cards."""
        self._channel = channel if isinstance(channel, Illustrated) else None
        self._room = room
        self._shelves = shelves
        self._mark = mark
        self._clock = clock
        #: when the platform takes pictures again
        self._opens_at: datetime | None = None

    def ready(self, entry: Delivery, rendered: Rendered) -> Rendered | Wait:
        """The post with its picture in hand, without one, or what it waits for."""
        image, channel = rendered.message.image, self._channel
        if image is None or entry.act is not Act.POST:
            return rendered
        if channel is None or self._room is None or self._shelves.tries(entry.id) >= MOST_TRIES:
            return replace(rendered, message=without_picture(rendered.message))
        try:
            photo = replace(self._room.develop(image.url, channel.frame), alt=described(image, rendered))
            return self._held_out(channel, entry, replace(rendered, photo=photo), photo)
        except (SourceError, ChannelError) as error:
            return self._failed(entry, rendered, error)

    def answered(self, entry: Delivery, parcel: Parcel, answer: Receipt | ChannelError) -> None:
        """Learn from a post's answer: what the platform calls its picture, or that it does not take it."""
        if self._channel is None or parcel.photo is None:
            return
        shelf, now = self._channel.shelf(parcel.key), self._clock.now()
        if isinstance(answer, Receipt) and answer.media:
            self._shelves.keep(shelf, parcel.photo.digest, answer.media, now=now, ready=now, ends=None)
        elif isinstance(answer, PictureRefused):
            # the name may have grown old; only the file itself is proof that the picture is not taken
            is_name = bool(parcel.media) and self._shelves.forget(shelf, parcel.media)
            tries = self._shelves.tries(entry.id) + 1 if is_name else MOST_TRIES
            self._shelves.tried(entry, tries, str(answer), now, without=tries >= MOST_TRIES)

    def _held_out(self, channel: Illustrated, entry: Delivery, rendered: Rendered, photo: Photo) -> Rendered | Wait:
        """The post with the platform's own name of its picture. Raises ChannelError."""
        shelf, now = channel.shelf(self._mark(entry.id)), self._clock.now()
        found = self._shelves.find(shelf, photo.digest, now)
        if found is None:
            self._ask_leave(now)
            handed = channel.hand_over(photo)
            if handed is None:
                return rendered
            now = self._clock.now()
            self._opens_at = now + handed.rest if handed.rest else None
            ends = None if handed.lasts is None else now + handed.lasts
            found = handed.name, now + handed.ready_in
            self._shelves.keep(shelf, photo.digest, handed.name, now=now, ready=found[1], ends=ends)
        name, ready = found
        if ready > now:
            return until(ready, "its picture: the platform works on it")
        return replace(rendered, media=name)

    def _ask_leave(self, now: datetime) -> None:
        """Raise RateLimited while the platform takes no pictures; it said so itself."""
        if self._opens_at is not None and now < self._opens_at:
            raise RateLimited("no more pictures are taken for a while", retry_after=self._opens_at - now)

    def _failed(self, entry: Delivery, rendered: Rendered, error: SourceError | ChannelError) -> Rendered | Wait:
        now = self._clock.now()
        if isinstance(error, RateLimited):
            self._opens_at = now + (error.retry_after or LONGEST)
        tries = self._shelves.tries(entry.id) + counts(error)
        wait = after(error, entry, tries, now)
        self._shelves.tried(entry, tries, str(error), now, without=wait is None)
        if wait is not None:
            return wait
        log.warning("channel %s: delivery %d leaves without its picture: %s", entry.channel, entry.id, error)
        return replace(rendered, message=without_picture(rendered.message))


def described(image: Image, rendered: Rendered) -> str:
    """What a picture shows, for those who cannot see it, not longer than platforms take."""
    return shorten(image.alt, LONGEST_ALT, language=rendered.message.language or "en")
