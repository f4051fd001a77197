"""What lint says of a message that is about to leave, held against what is on record. Must not hold or send it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from distributor.interfaces import Channel
from distributor.model import Act, Article, Delivery, Finding, Rendered
from distributor.rules.words.lint import Draft, Linter, settled

#: What is not looked at: the desk's own alerts, and what only takes away.
UNJUDGED = (Act.ALERT, Act.DELETE)


class Record(Protocol):
    """Where findings stand."""

    def of(self, delivery_id: int) -> Sequence[Finding]:
        """What is on record for what a delivery says."""
        ...


class Judge:
    """Looks at the messages of one channel."""

    def __init__(self, channel: Channel, linter: Linter, record: Record) -> None:
        """``linter`` knows the channel's routes."""
        self._channel = channel
        self._linter = linter
        self._record = record

    def judge(self, entry: Delivery, rendered: Rendered, article: Article | None) -> Rendered:
        """The message with what was found in it; what somebody has let go is marked so.

        ``article`` is the story that it tells; None where it tells several.
        """
        if entry.act in UNJUDGED:
            return rendered
        channel = self._channel
        draft = Draft(message=rendered.message, article=article, kind=channel.kind, limits=channel.limits)
        known = self._record.of(entry.id)
        passed = {(one.rule, one.found): one.passed_by for one in known if one.passed_by}
        findings = settled(self._linter.lint(draft), passed)
        return replace(rendered, findings=findings, is_news=findings != tuple(known))
