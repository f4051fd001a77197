"""What becomes of a story's picture on each channel: fetched, weighed, made fit. Must not post or keep it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from distributor.errors import SourceError
from distributor.interfaces import Channel, Illustrated
from distributor.model import Frame, Photo
from distributor.sources.darkroom import MISSING

Json = dict[str, Any]

#: What is known of a picture once it was fetched: as it stands at its address, and as a platform would be given it.
FACTS = ("width", "height", "bytes", "sent_mime", "sent_width", "sent_height", "sent_bytes", "error")
UNKNOWN: Json = dict.fromkeys(FACTS)


class Room(Protocol):
    """Where pictures are developed (``sources.darkroom.Darkroom``)."""

    def develop(self, url: str, frame: Frame) -> Photo:
        """The picture at an address as a platform takes it. Raises FetchError, ParseError."""
        ...

    def measures(self, url: str) -> tuple[int, int]:
        """Width and height, in pixels. Raises FetchError, ParseError."""
        ...

    def size(self, url: str) -> int:
        """Bytes of the file. Raises FetchError, ParseError."""
        ...


def developed(previews: Sequence[Json], channels: Mapping[str, Channel], room: Room | None) -> list[Json]:
    """The faces of a preview, each picture with what became of it; without a ``room`` it says what is missing.

    A file is fetched once for the channels of a story.
    """
    return [
        one | {"picture": one["picture"] | _facts(one, channels[one["channel"]], room)} if one["picture"] else one
        for one in previews
    ]


def _facts(face: Json, channel: Channel, room: Room | None) -> Json:
    if room is None:
        return {"error": MISSING}
    url, found = face["picture"]["url"], dict[str, Any]()
    try:
        found["bytes"] = room.size(url)
        found["width"], found["height"] = room.measures(url)
        if face["shows_picture"] and isinstance(channel, Illustrated):
            photo = room.develop(url, channel.frame)
            found |= {"sent_mime": photo.mime, "sent_width": photo.width, "sent_height": photo.height}
            found["sent_bytes"] = len(photo.data)
    except SourceError as error:
        found["error"] = str(error)
    return found
