"""Making a rendered post fit. Must not know templates: it only calls what renders."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from distributor.text.cut import fit, shorten
from distributor.text.graphemes import graphemes


def shortened(text: str, limit: int, *, measure: Callable[[str], int] = len, language: str = "en") -> str:
    """At most ``limit`` units of a text: cut as an editor would, or between characters where no such cut fits."""
    return shorten(text, limit, measure=measure, language=language) or _between_characters(
        text, lambda cut: measure(cut) <= limit
    )


def fitted(
    visible: Callable[[str, str], str],
    *,
    headline: str,
    summary: str,
    limit: int,
    measure: Callable[[str], int],
    language: str,
) -> tuple[str, str]:
    """The headline and the summary with which a post stays within ``limit``.

    ``visible`` gives what a reader sees of the post with both. The summary gives way first; only where not even its
    beginning fits, the headline stands alone, shortened if it must be. Raises ValueError if what the post adds is
    already too long.
    """
    alone = _headline_alone(visible, headline, limit, measure, language)
    if not summary:
        return alone, ""
    shortest = visible(alone, "")
    _, cut = fit(
        lambda cut: visible(headline, cut) if cut else shortest, summary, limit, measure=measure, language=language
    )
    return (headline, cut) if cut else (alone, "")


def _headline_alone(
    visible: Callable[[str, str], str], headline: str, limit: int, measure: Callable[[str], int], language: str
) -> str:
    """As much of the headline as fits into a post without a summary. Raises ValueError if nothing could."""
    _, cut = fit(lambda cut: visible(cut, ""), headline, limit, measure=measure, language=language)
    return cut or _between_characters(headline, lambda part: measure(visible(part, "")) <= limit)


def _between_characters(text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning and an ellipsis that fits; empty if not even one character does."""
    parts = graphemes(text)
    kept = bisect_right(range(1, len(parts)), False, key=lambda count: not fits("".join(parts[:count]) + "…"))
    return "".join(parts[:kept]).rstrip() + "…" if kept else ""
