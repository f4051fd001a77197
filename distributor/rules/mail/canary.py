"""Who gets an issue first, and whether their answers let the others have it. Must not look at a clock or a store.

::

    recipients -> drawn (a stable hash, each provider by its share) -> their answers -> wait | go | halt(reason)
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from distributor.model import Canary, State
from distributor.model.returns import Cause
from distributor.rules.mail.returning.causes import Refusal, cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One reader of an issue."""

    delivery: int
    subscriber: int
    #: of the address, lower case
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """How much of one kind of trouble is too much: more than a share of the answers, and at least so many."""

    name: str
    share: float
    least: int


#: Providers begin to refuse a sender at about 5 % of unknown users and 0.3 % of complaints; being refused ourselves is
#: never a matter of single readers.
DEAD = Spike(name="dead addresses", share=0.05, least=3)
COMPLAINTS = Spike(name="complaints", share=0.003, least=2)
FAULTS = Spike(name="refusals of the sender", share=0.01, least=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Mails of the canary that stand alike."""

    state: State
    #: the last answer's words
    reason: str
    was_tried: bool
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """What came back later of the canary's mails that a relay had accepted: mails, each counted once."""

    dead: int = 0
    faults: int = 0
    complaints: int = 0


class Ruling(Enum):
    """What becomes of the others."""

    WAIT = "wait"
    GO = "go"
    HALT = "halt"


def drawn(issue: int, recipients: Sequence[Recipient], canary: Canary) -> frozenset[int]:
    """The deliveries that leave first: the same for the same issue, other readers with each issue.

    Every provider stands in the draw by its share: its readers are spread evenly over the line from which the first
    are taken, each provider's beginning at a place of its own, so that many small ones together come up as well.
    """
    by_domain: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for one in recipients:
        by_domain[one.domain].append((_place(issue, str(one.subscriber)), one.delivery))
    line: list[tuple[float, float, int]] = []
    for domain, readers in by_domain.items():
        begin = _place(issue, domain)
        line += [((rank + begin) / len(readers), own, number) for rank, (own, number) in enumerate(sorted(readers))]
    return frozenset(number for _, _, number in sorted(line)[: canary.of(len(recipients))])


def judged(answers: Iterable[Answer], later: CameBack = CameBack(), *, is_over: bool) -> tuple[Ruling, str]:
    """Whether the others get the issue, with the reason of a halt.

    A spike halts at once; nothing goes before
    the time is over and every mail of the canary that could leave has been tried, nor while most of them reached nobody
    who would answer.
    """
    seen = list(answers)
    counts = {Cause.DEAD: later.dead, Cause.SENDER_FAULT: later.faults}
    for one in seen:
        blame = _blame(one)
        if blame in counts:
            counts[blame] += one.count
    answered = sum(one.count for one in seen if _is_answered(one))
    told = ((DEAD, counts[Cause.DEAD]), (COMPLAINTS, later.complaints), (FAULTS, counts[Cause.SENDER_FAULT]))
    found = [f"{count} {spike.name}" for spike, count in told if _is_spike(spike, count, answered)]
    if found:
        return Ruling.HALT, f"{' and '.join(found)} among {answered} answers to the first mails"
    silent = sum(one.count for one in seen if one.state is State.DUE and one.was_tried and not _is_answered(one))
    is_known = answered >= silent and not any(_is_on_its_way(one) for one in seen)
    return (Ruling.GO, "") if is_over and is_known else (Ruling.WAIT, "")


def _is_spike(spike: Spike, count: int, answered: int) -> bool:
    if count and count == answered and spike is FAULTS:
        return True  # a canary of one, refused for our sake, is enough to know
    return count >= spike.least and count > spike.share * answered


def _blame(one: Answer) -> Cause | None:
    """Whose fault it is that mails have not arrived; None: they have, or nobody has said."""
    if one.state is State.FAILED or (one.state in (State.DUE, State.PLANNED) and one.was_tried):
        return cause(Refusal(status="", said=one.reason))
    return None


def _is_answered(one: Answer) -> bool:
    """Whether a server said something of them; that none could be reached says nothing."""
    return one.state in (State.SENT, State.FAILED) or _blame(one) in (Cause.DEAD, Cause.SOFT, Cause.SENDER_FAULT)


def _is_on_its_way(one: Answer) -> bool:
    """Whether mails wait for their first try, or are at the wire; who is held waits for something of their own."""
    return one.state is State.SENDING or (one.state in (State.DUE, State.PLANNED) and not one.was_tried)


def _place(issue: int, name: str) -> float:
    """A place between 0 and 1 that nobody chooses."""
    found = hashlib.sha256(f"{issue} {name}".encode()).digest()
    return int.from_bytes(found[:7], "big") / (1 << 56)
