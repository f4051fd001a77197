"""When the page of a published story is looked at again, and when it is gone. Must not look at a clock or a store.

A page is gone when it says so twice, some time apart; a site whose pages are all gone is in trouble itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: What a server answers where there is no page (RFC 9110, sections 15.5.5 and 15.5.11).
GONE = (404, 410)
#: Between two looks at a page: while its story is young, and later.
OFTEN, SELDOM = timedelta(minutes=10), timedelta(hours=1)
#: How long a story is young.
YOUNG = timedelta(hours=1)
#: Least time between two looks that both find a page gone.
APART = timedelta(minutes=5)
#: Other pages that are looked at before one is believed to be gone.
PROBES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of a published story, as it was looked at."""

    story_id: int
    url: str
    first_seen_at: datetime
    #: None: never yet
    looked_at: datetime | None = None
    #: since when every look found it gone; None: the last one did not
    gone_at: datetime | None = None


def is_due(page: Page, now: datetime) -> bool:
    """Whether it is time for a look; a page that was gone once is looked at again as soon as that counts."""
    if page.looked_at is None:
        return True
    if page.gone_at is not None:
        return now - page.looked_at >= APART
    return now - page.looked_at >= (OFTEN if now - page.first_seen_at < YOUNG else SELDOM)


def is_gone_for_good(page: Page, now: datetime) -> bool:
    """Whether a page that is gone now was gone before, long enough ago."""
    return page.gone_at is not None and now - page.gone_at >= APART


def probes(gone: Sequence[Page], pages: Sequence[Page]) -> Sequence[str]:
    """The addresses that show whether a site stands at all: some other pages, and its front page."""
    known = {page.story_id for page in gone}
    others = [page.url for page in pages if page.story_id not in known][-PROBES:]
    scheme, _, rest = gone[0].url.partition("://")
    return [*others, f"{scheme}://{rest.partition('/')[0]}/"]


def is_site_in_trouble(gone: Sequence[Page], answers: Sequence[bool]) -> bool:
    """Whether most of what was looked at beside one page is gone, too (``answers``: of each probe)."""
    others = len(gone) - 1
    return 2 * (others + sum(answers)) > others + len(answers)
