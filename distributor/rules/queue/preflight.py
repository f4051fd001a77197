"""Whether a story's page is ready for the card that a platform makes of it, and what its post does until then. Must
not fetch a page.

::

    all is there, a flash, what may have left before, what somebody let go   -> go
    something is missing, and the patience (``preflight_wait``) is not over  -> wait, and look again
    still missing                                                            -> go with a warning, or held
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from distributor.model import FLASH, ChannelPolicy, Delivery, Looked, PageFacts, Preflight
from distributor.rules.queue.holds import Wait
from distributor.text.links import canonical

#: The name under which a post waits for its page.
GATE = "preflight"
#: Between two looks at a page that is not ready: at first, and at most.
SOON, LATER = timedelta(seconds=15), timedelta(minutes=2)
#: For how long a page that was ready counts as such.
FRESH = timedelta(minutes=10)
#: Least measures of a picture: of X's large card and of its small one (X, "Cards", summary_large_image and summary).
LARGE, SMALL = (300, 157), (144, 144)


def pause(looks: int) -> timedelta:
    """The time before the next look at a page that was not ready at so many."""
    return min(LATER, SOON * (1 << min(looks - 1, 8)))


def is_fresh(known: Looked, url: str, now: datetime) -> bool:
    """Whether what is known of a page need not be looked at again."""
    is_ready = not missing(known.facts, url) and not known.facts.forbidden
    return now - known.at < (FRESH if is_ready else pause(known.looks))


def missing(facts: PageFacts, url: str, *, crawler: str = "", shows_picture: bool = False) -> Sequence[str]:
    """What a page lacks for its card, in words; nothing: it is ready.

    ``url`` is where a post leads, ``crawler`` the platform's; with ``shows_picture`` the post needs no picture of the
    page's.
    """
    if facts.problem:
        return (f"the page cannot be read: {facts.problem}",)
    found = [] if facts.title else ["the page has no og:title"]
    if url and facts.canonical and canonical(facts.canonical) != canonical(url):
        found.append(f"its canonical address is another page: {facts.canonical}")
    if crawler and crawler in facts.forbidden:
        found.append(f"robots.txt keeps {crawler} away")
    return [*found, *([] if shows_picture else _picture(facts))]


def _picture(facts: PageFacts) -> Sequence[str]:
    if not facts.image:
        return ("the page has no og:image",)
    if facts.image_problem:
        return (f"the picture of its card: {facts.image_problem}",)
    width, height = SMALL if facts.card == "summary" else LARGE
    if facts.width and (facts.width < width or facts.height < height):
        return (f"the picture of its card is too small ({facts.width} x {facts.height} pixels)",)
    return ()


def waits_for_nothing(entry: Delivery) -> bool:
    """Whether a post passes without a look: a flash, and what may have left before."""
    return entry.priority <= FLASH or entry.doubts > 0


def was_let_go(until: datetime | None, now: datetime) -> bool:
    """Whether somebody let a post go that waited until an instant (None: for somebody), since it is back now."""
    return until is None or now < until


def verdict(lacks: Sequence[str], known: Looked, policy: ChannelPolicy, now: datetime) -> Wait | None:
    """What a post waits for whose page lacks something; None: it goes all the same."""
    if not lacks:
        return None
    reason = f"its page is not ready: {'; '.join(lacks)}"
    ends = known.first_at + policy.preflight_wait
    if now < ends:
        return Wait(by=GATE, reason=reason, until=min(ends, now + pause(known.looks)))
    return Wait(by=GATE, reason=reason) if policy.preflight is Preflight.HOLD else None
