"""A post's template with its story: rendered again and again until it fits. Must not decide what fits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from distributor.errors import TemplateError
from distributor.model import Entity
from distributor.render.environment import Templates
from distributor.render.parts import PARTS, Parts
from distributor.render.views import StoryView
from distributor.text.entities import parse_html

#: a text as a reader sees it, and its formatting
Read = tuple[str, tuple[Entity, ...]]


@dataclass(slots=True, kw_only=True)
class TemplatePost:
    """One post's template and what it is rendered with; a :class:`~distributor.render.fitting.Post`."""

    templates: Templates
    path: str
    #: template of what stands behind the post; empty: none
    tail: str
    view: StoryView
    #: everything else that the template sees
    context: Mapping[str, Any]
    #: what was met when it was first rendered
    _met: Parts = field(default_factory=Parts)
    #: what was read last, and of what: nearly always the post that fits
    _last: tuple[tuple[str, str, int], Read] | None = None

    @property
    def parts(self) -> Sequence[str]:
        """Names of the optional parts, those of one order in one text, the first to go first."""
        return [", ".join(self._met.named(order)) for order in self._met.orders]

    def read(self, headline: str, summary: str, dropped: int = 0) -> Read:
        """The post with these texts, without its first so many parts. Raises TemplateError."""
        wanted = headline, summary, dropped
        if self._last is None or self._last[0] != wanted:
            self._last = wanted, read(self.path, self._rendered(headline, summary, dropped))
        return self._last[1]

    def _rendered(self, headline: str, summary: str, dropped: int) -> str:
        parts = Parts(frozenset(self._met.orders[:dropped]))
        shown = replace(self.view, headline=headline, summary=summary)
        context = {**self.context, "story": shown, PARTS: parts}
        rendered = [self.templates.render(one, context) for one in (self.path, self.tail) if one]
        if not dropped and len(parts.orders) > len(self._met.orders):
            self._met = parts
        return "\n\n".join(rendered)

    def shrinking(self, headline: str, summary: str) -> Iterator[Read]:
        """The post with all its parts, then without the first to go, and so on to none. Raises TemplateError."""
        yield self.read(headline, summary)
        for dropped in range(1, len(self.parts) + 1):
            yield self.read(headline, summary, dropped)

    def visible(self, headline: str, summary: str, dropped: int = 0) -> str:
        """What a reader sees of it and a platform counts. Raises TemplateError."""
        return self.read(headline, summary, dropped)[0]


def read(path: str, rendered: str) -> Read:
    """What a reader sees and a platform counts, markup as entities. Raises TemplateError for markup it refuses."""
    if not path.endswith(".html.j2"):
        return rendered, ()
    try:
        return parse_html(rendered)
    except ValueError as error:
        raise TemplateError(f"{path}: {error}") from error


def check_json(path: str, rendered: str) -> None:
    """Raises TemplateError for a document that is not JSON."""
    try:
        json.loads(rendered)
    except ValueError as error:
        raise TemplateError(f"{path}: not JSON: {error}") from error
