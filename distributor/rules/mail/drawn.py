"""A mail as it is drawn: each element with the colours and sizes that it has by day and by night. Must not judge them.

The styles in the elements are what every program has; of the sheet, which some leave out, only what it says for the
dark is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from distributor.rules.mail.styles import Colour, Rule, Said, colour, declarations, pixels, rules
from distributor.text.tree import Node, Tree, attribute

_INK, _PAPER = (0, 0, 0), (255, 255, 255)
_INLINE = frozenset(("a", "b", "i", "u", "span", "bdi", "strong", "em"))
_LINK: Colour = (0, 0, 238)
#: of what browsers draw in their own size, the factors (HTML, 15.3.7)
_SIZES = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67, "small": 0.83, "sub": 0.83, "sup": 0.83}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one element's own text looks."""

    ink: Colour = _INK
    paper: Colour = _PAPER
    #: of its letters, in pixels
    size: float = 16.0
    #: ``line-height`` as it was said; empty: nobody said it
    leading: str = ""
    #: whether a line stands under it
    is_underlined: bool = False
    #: whether nobody sees it
    is_hidden: bool = False
    #: ``block``, ``inline-block`` or ``inline``
    display: str = "inline"

    @property
    def line(self) -> float:
        """The height of a line, in pixels."""
        said = pixels(self.leading)
        if not said:
            return self.size * 1.2
        return said[0] if self.leading.endswith("px") else said[0] * self.size


class Drawn:
    """One mail."""

    def __init__(self, markup: str) -> None:
        """Read it. Raises UnreadableError."""
        self.tree = Tree(markup)
        self.elements: Sequence[Node] = self.tree.all("body, body *")
        self.sheet: Sequence[Rule] = [one for each in self.tree.all("style") for one in rules(each.text())]

    @cached_property
    def day(self) -> Mapping[int, Look]:
        """The looks by element (its ``mem_id``) in light."""
        return self._looks({}, {})

    @cached_property
    def night(self) -> Mapping[int, Look]:
        """The same where the mail is asked for its dark colours."""
        added: dict[int, dict[str, str]] = {}
        forced: dict[int, dict[str, str]] = {}
        for rule in self.sheet:
            if "prefers-color-scheme" in rule.media and "dark" in rule.media:
                for node in self.tree.all(rule.selector):
                    added.setdefault(node.mem_id, {}).update(rule.said)
                    forced.setdefault(node.mem_id, {}).update(rule.forced)
        return self._looks(added, forced)

    def _looks(self, added: Mapping[int, Said], forced: Mapping[int, Said]) -> Mapping[int, Look]:
        found: dict[int, Look] = {}
        for node in self.elements:
            above = found.get(node.parent.mem_id, Look()) if node.parent else Look()
            number = node.mem_id
            said = {**added.get(number, {}), **self.said(node), **forced.get(number, {})}
            found[number] = _look(node, said, above)
        return found

    def said(self, node: Node) -> Said:
        """What an element says of itself: its attributes for old programs, and its style."""
        said = dict(declarations(attribute(node, "style")))
        if paper := attribute(node, "bgcolor"):
            said.setdefault("background-color", paper)
        return said


def _look(node: Node, said: Said, above: Look) -> Look:
    ink, underline = above.ink, above.is_underlined
    if node.tag == "a" and attribute(node, "href"):
        ink, underline = _LINK, True
    paper = colour(said.get("background-color", "") or said.get("background", ""))
    lines = said.get("text-decoration-line", said.get("text-decoration"))
    return replace(
        above,
        ink=colour(said.get("color", "")) or ink,
        paper=paper or above.paper,
        size=_size(node, said, above),
        leading=said.get("line-height", above.leading),
        is_underlined=underline if lines is None else "underline" in lines,
        is_hidden=above.is_hidden or said.get("display") == "none" or said.get("visibility") == "hidden",
        display=said.get(
            "display", "inline" if node.tag in ("a", "b", "i", "span", "bdi", "strong", "em") else "block"
        ),
    )


def _size(node: Node, said: Said, above: Look) -> float:
    own = said.get("font-size", said.get("font", ""))
    if own.endswith("%"):
        return above.size * float(own[:-1] or 100) / 100
    if own.endswith("em"):
        return (16.0 if own.endswith("rem") else above.size) * float(own.removesuffix("em").removesuffix("r") or 1)
    found = pixels(own)
    return found[0] if found else above.size * _SIZES.get(node.tag or "", 1.0)
