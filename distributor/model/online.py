"""What the public reads of issues and news on the web. Holds no behaviour that touches the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model.deliveries import Message
from distributor.model.letters import Digest, Issue, Line
from distributor.model.stories import Revision, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePage:
    """One issue as the public reads it."""

    digest: Digest
    issue: Issue
    message: Message
    #: whether a story of it was taken back since
    is_less: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One issue in an archive."""

    issue: Issue
    #: when the last change that its page shows was made
    changed_at: datetime
    stories: Sequence[Story]
    corrected: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """One of the recent news."""

    story: Story
    #: the last correction of what readers have; None: there was none
    correction: Revision | None
