"""What the template of an issue sees: its stories under headings, and what earlier issues got wrong. Pure; must not
render anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from distributor.model import Digest, Issue, Line, Story
from distributor.render.lines import line_view
from distributor.render.views import StoryView, digest_view, issue_view, line

#: stories under one heading; an empty one has none
Part = tuple[str, Sequence[Story]]


def issue_context(
    digest: Digest,
    issue: Issue,
    parts: Sequence[Part],
    views: Sequence[StoryView],
    lines: Sequence[Line],
    language: str,
) -> dict[str, Any]:
    """What a template sees; ``views`` are the stories of all parts, of which some may be missing at the end.

    ``language`` is the desk's.
    """
    return {
        "digest": digest_view(digest),
        "issue": issue_view(issue),
        "stories": tuple(views),
        "groups": _grouped(parts, views),
        "more": sum(len(stories) for _, stories in parts) - len(views),
        "corrections": tuple(line_view(one, language) for one in lines),
    }


def _grouped(parts: Sequence[Part], views: Sequence[StoryView]) -> tuple[tuple[str, Sequence[StoryView]], ...]:
    """The stories under their headings; a heading of which no story is left is left out, too."""
    rest = iter(views)
    found = ((line(heading), tuple(islice(rest, len(stories)))) for heading, stories in parts)
    return tuple((heading, some) for heading, some in found if some)
