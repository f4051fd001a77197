"""Making a rendered post fit. Must not know templates: it only calls what renders.

::

    everything                      fits? -> done
    without any optional part, the summary made for the room that is left, cut if it must be
      no room for a summary?        -> the headline alone, cut if it must be
    the optional parts again, but for the first to go, as many as find room beside it
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from distributor.text.cut import ended, fit, loose_cuts, shorten
from distributor.text.graphemes import graphemes

#: stands for a summary while what surrounds it is measured
_PROBE = "x"


class Post(Protocol):
    """A post that can be rendered again and again."""

    def visible(self, headline: str, summary: str, dropped: int = 0) -> str:
        """What a reader sees of it with these, and without the first so many of its :attr:`parts`."""

    @property
    def parts(self) -> Sequence[str]:
        """Names of the optional parts that were met, those of one order in one text, the first to go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """One text of a story that is not shown whole."""

    #: ``summary`` or ``headline``
    of: str
    #: where it ends: ``sentence``, ``clause``, ``phrase``, ``word``, ``character``; empty where nothing of it is shown
    at: str
    #: what found no room
    left_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What a post shows of its story, and what it had no room for."""

    headline: str
    #: as it is shown; empty where there is none, or no room
    summary: str
    #: names of the optional parts that were dropped, in the order in which they went
    dropped: tuple[str, ...] = ()
    #: the headline and the summary (at most 600 units) that would stand there had there been room
    whole_headline: str = ""
    whole_summary: str = ""
    #: units of the post as it is, and of everything there was to say
    length: int = 0
    wanted: int = 0
    #: most units there may be; None: no limit
    limit: int | None = None
    #: BCP 47
    language: str = "en"

    @property
    def cut(self) -> tuple[Shortening, ...]:
        """What is not shown whole, the headline first."""
        told = (("headline", self.whole_headline, self.headline), ("summary", self.whole_summary, self.summary))
        return tuple(_shortening(of, whole, shown, self.language) for of, whole, shown in told if whole != shown)

    @property
    def why(self) -> str:
        """Why something was dropped or cut, for people; empty where all is there."""
        if not self.dropped and not self.cut:
            return ""
        return f"{self.wanted} units with everything; {self.limit} fit"


def _shortening(of: str, whole: str, shown: str, language: str) -> Shortening:
    kept = shown.rstrip("…")
    left_out = whole[len(kept) :].strip() if whole.startswith(kept) else _without(whole, shown)
    return Shortening(of=of, at=ended(whole, shown, language), left_out=left_out)


def _without(whole: str, shown: str) -> str:
    """What of a text does not stand in a shorter one that was put together from it."""
    begin = 0
    while begin < min(len(whole), len(shown)) and whole[begin] == shown[begin]:
        begin += 1
    return whole[begin:].strip()


def shortened(text: str, limit: int, *, measure: Callable[[str], int] = len, language: str = "en") -> str:
    """At most ``limit`` units of a text: cut as an editor would, or where the room ends, if no such cut fits."""
    return shorten(text, limit, measure=measure, language=language) or _beginning(
        text, lambda cut: measure(cut) <= limit, language
    )


def fitted(
    post: Post,
    *,
    headline: str,
    summary: Callable[[int], str],
    most: int,
    limit: int,
    measure: Callable[[str], int],
    language: str,
) -> Fitted:
    """How a post stays within ``limit``: which parts go, and what is cut.

    ``summary`` gives the best summary of at most so many units, ``most`` is the most it may have. Optional parts go
    before anything is cut; those for which a cut leaves room come back, the last to go first. More room never shows
    less of the story, and never fewer parts beside the same words. Raises ValueError if what the post adds is already
    too long.
    """
    whole = summary(most)
    wanted = measure(post.visible(headline, whole))
    shown_headline, shown_summary, dropped, length = headline, whole, 0, wanted
    if wanted > limit:
        search = _Search(post, headline, summary, most, limit, measure, language)
        shown_headline, shown_summary, dropped, length = search.found(whole)
    return Fitted(
        headline=shown_headline,
        summary=shown_summary,
        dropped=tuple(post.parts[:dropped]),
        whole_headline=headline,
        whole_summary=whole,
        length=length,
        wanted=wanted,
        limit=limit,
        language=language,
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks for the best that fits."""

    post: Post
    headline: str
    summary: Callable[[int], str]
    most: int
    limit: int
    measure: Callable[[str], int]
    language: str

    def found(self, whole: str) -> tuple[str, str, int, int]:
        """Headline, summary, how many parts are dropped, and the length."""
        everything = len(self.post.parts)
        summary = self._summary(whole, everything) if whole else ""
        if not summary:
            alone = self._alone(everything)
            least = everything if whole else 0
            return alone, "", *self._parts(alone, "", least)
        return self.headline, summary, *self._parts(self.headline, summary, 0)

    def _cost(self, headline: str, summary: str, dropped: int) -> int:
        return self.measure(self.post.visible(headline, summary, dropped))

    def _summary(self, whole: str, dropped: int) -> str:
        """The best summary beside the whole headline; empty where there is no room for any."""
        frame = self._cost(self.headline, _PROBE, dropped) - self.measure(_PROBE)
        room = min(self.most, self.limit - frame)
        summary = self.summary(room) if room > 0 else ""
        if not summary or self._cost(self.headline, summary, dropped) <= self.limit:
            return summary
        # a template that repeats or rewrites the summary: only trying tells what fits
        shortest = self.post.visible("", "", dropped)

        def visible(cut: str) -> str:
            return self.post.visible(self.headline, cut, dropped) if cut else shortest

        return fit(visible, whole, self.limit, measure=self.measure, language=self.language)[1]

    def _alone(self, dropped: int) -> str:
        return headline_alone(
            lambda cut: self.post.visible(cut, "", dropped), self.headline, self.limit, self.measure, self.language
        )

    def _parts(self, headline: str, summary: str, least: int) -> tuple[int, int]:
        """How many parts must go, ``least`` or more, and what the post costs then."""
        for dropped in range(least, len(self.post.parts)):
            cost = self._cost(headline, summary, dropped)
            if cost <= self.limit:
                return dropped, cost
        return len(self.post.parts), self._cost(headline, summary, len(self.post.parts))


def headline_alone(
    visible: Callable[[str], str], headline: str, limit: int, measure: Callable[[str], int], language: str
) -> str:
    """As much of a headline as fits into a post without a summary. Raises ValueError if nothing could."""
    _, cut = fit(visible, headline, limit, measure=measure, language=language)
    return cut or _beginning(headline, lambda part: measure(visible(part)) <= limit, language)


def _beginning(text: str, fits: Callable[[str], bool], language: str) -> str:
    """The longest beginning and an ellipsis that fits: whole words; characters where not even one word does."""
    places = loose_cuts(text, language)
    kept = bisect_right(places, False, key=lambda place: not fits(text[:place] + "…"))
    return text[: places[kept - 1]] + "…" if kept else _between_characters(text, fits)


def _between_characters(text: str, fits: Callable[[str], bool]) -> str:
    """The longest beginning and an ellipsis that fits; empty if not even one character does."""
    parts = graphemes(text)
    kept = bisect_right(range(1, len(parts)), False, key=lambda count: not fits("".join(parts[:count]) + "…"))
    return "".join(parts[:kept]).rstrip() + "…" if kept else ""
