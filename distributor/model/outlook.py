"""What one reader would get at some moment, for somebody who asks. Holds no behaviour that touches the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from distributor.model.letters import Candidate, Footing, Mailed, Segment, Wish
from distributor.model.stories import Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reader beside one digest, looked at for somebody who asks."""

    #: the subscriber
    id: int
    wish: Wish
    #: None: they have never been subscribed to it
    footing: Footing | None
    #: what they have been mailed of late; nothing of who has never been subscribed
    mailed: Sequence[Mailed]
    is_suppressed: bool
    #: by what each of their mails came, by its delivery: an issue, or a channel
    came_by: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What an issue of some moment would look at for one choice."""

    segment: Segment
    #: in the digest's order
    candidates: Sequence[Candidate]
    #: what nobody would get, each with the reason
    out: Sequence[tuple[Story, str]]
    #: why there would be no issue for this choice; empty: there would
    reason: str
