"""What a template sees of a correction of an earlier issue, as a member of ``corrections``. Pure; must not render
anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from distributor.model import Line, RevisionClass
from distributor.render.environment import Templates
from distributor.render.fitting import shortened
from distributor.render.views import address, direction, line
from distributor.render.words import Words, words
from distributor.rules.change.lines import what_was_said

#: the longest note, and the longest quotation of what was said
LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One correction, or one story that was taken back."""

    #: what it begins with; the date of the story follows: "Correction to our story of"
    heading: str
    #: instant at which the story was published; show it with the filter ``when``
    date: datetime
    #: as it is right; of a story that was taken back, as the reader was mailed it
    headline: str
    #: empty where there is none, or the story was taken back
    link: str
    #: what the reader was mailed and does not stand any more; may be empty
    said: str
    #: what is right, or why it was taken back; may be empty
    note: str
    #: whether the story was taken back
    is_withdrawal: bool
    #: the words of the story's language
    words: Words
    #: BCP 47
    language: str
    #: ``ltr`` or ``rtl``
    direction: str


def line_view(told: Line, language: str) -> LineView:
    """A correction for its template; ``language`` is the desk's."""
    article, before = told.story.article, told.before
    is_withdrawal = told.change.meaning is RevisionClass.WITHDRAWAL
    spoken = article.language or language
    own = words(spoken)
    return LineView(
        heading=own.withdrawn_line if is_withdrawal else own.correction_line,
        date=article.published or told.story.first_seen_at,
        headline=line(before.headline if is_withdrawal else article.headline),
        link="" if is_withdrawal else address(article.url),
        said="" if is_withdrawal else _short(what_was_said(before, article), spoken),
        note=_short(told.change.note, spoken),
        is_withdrawal=is_withdrawal,
        words=own,
        language=spoken,
        direction=direction(article.language, article.headline, otherwise=language),
    )


def untold(templates: Templates, name: str) -> Sequence[str]:
    """Which parts of a digest's template would not tell a correction, in words. Raises TemplateError."""
    told = 'it shows no corrections, and on_correction or on_withdrawal is "next-digest"'
    parts = (f"email/{name}.{ending}.j2" for ending in ("html", "txt"))
    return [f"{part}: {told}" for part in parts if "corrections" not in templates.uses(part)]


def _short(text: str, language: str) -> str:
    return shortened(line(text), LONGEST, language=language) if len(line(text)) > LONGEST else line(text)
