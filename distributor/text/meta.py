"""What a page says of itself in its head: meta elements (Open Graph, X cards, Dublin Core), links, JSON-LD. Values
only; ``text.head`` reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One ``link`` element."""

    #: in lower case, without doubles: ``alternate``
    rel: tuple[str, ...]
    #: absolute
    href: str
    #: media type; empty where it says none
    type: str = ""
    title: str = ""
    hreflang: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """What a page says of itself; all of it is the page's own claim."""

    #: of the ``title`` element
    title: str = ""
    #: of the ``html`` element, as it stands there
    language: str = ""
    #: of ``link rel=canonical``, absolute; empty where there is none
    canonical: str = ""
    #: the values of each meta element by its ``property``, ``name`` or ``itemprop`` in lower case, in the page's order;
    #: addresses are absolute
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    #: every JSON-LD object (see ``text.linked``)
    linked: tuple[Mapping[str, Any], ...] = ()

    def first(self, *names: str) -> str:
        """The first value that is not empty, of the first of these names that has one: ``og:title``."""
        return next((value for name in names for value in self.values.get(name, ()) if value), "")

    def all(self, *names: str) -> Sequence[str]:
        """All values of these names."""
        return [value for name in names for value in self.values.get(name, ()) if value]
