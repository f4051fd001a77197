"""How many headlines a round-up shows. Must not know templates: it only calls what renders."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from distributor.model import Limits
from distributor.render.fitting import headline_alone
from distributor.render.views import StoryView


def headlines_that_fit(
    visible: Callable[[Sequence[StoryView]], str],
    stories: Sequence[StoryView],
    *,
    limits: Limits,
    most: int | None,
    language: str,
) -> Sequence[StoryView]:
    """The first stories whose headlines fit, each whole; a first one that does not fit alone is cut as an editor would.

    ``visible`` gives what a reader sees of the round-up with these. Raises ValueError if what it adds is too long.
    """
    stories = stories[:most]

    def too_long(count: int) -> bool:
        return limits.text is not None and limits.measure(visible(stories[:count])) > limits.text

    # every headline makes it longer by more than the number of those left out can shrink
    count = bisect_right(range(1, len(stories) + 1), False, key=too_long)
    if count or limits.text is None:
        return stories[:count]
    first = stories[0]
    headline = headline_alone(
        lambda headline: visible([replace(first, headline=headline)]),
        first.headline,
        limits.text,
        limits.measure,
        language,
    )
    return [replace(first, headline=headline)]
