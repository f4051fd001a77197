"""The tag ``{% part %}``: what of a post may go before its text is cut, and in which order. Must not decide whether.

::

    {% part "tags", order=1 %}
    {{ story.categories | join(" ") }}
    {% endpart %}

Parts with the lowest order go first; those of one order go together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context

#: what a template sees its rendering's parts by; not a name for authors
PARTS = "_parts"


class Parts:
    """The parts of one rendering: shows those that stay, and remembers all that said something."""

    def __init__(self, dropped: frozenset[int] = frozenset()) -> None:
        """``dropped`` are the orders that are left out."""
        self._dropped = dropped
        self._met: dict[int, list[str]] = {}

    @property
    def orders(self) -> Sequence[int]:
        """The orders that were met, the first to go first."""
        return sorted(self._met)

    def named(self, order: int) -> Sequence[str]:
        """The parts of one order, as they stood."""
        return self._met[order]

    def shown(self, name: str, order: int, body: str) -> str:
        """A part's text, or nothing where it is dropped. One that says nothing is none."""
        if not body.strip():
            return body
        names = self._met.setdefault(order, [])
        if name not in names:
            names.append(name)
        return "" if order in self._dropped else body


class PartTag(Extension):
    """Reads ``{% part NAME, order=NUMBER %} ... {% endpart %}``; without a number the order is 1."""

    tags = {"part"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """The tag as a call around its body. Raises TemplateSyntaxError."""
        line = next(parser.stream).lineno
        name = parser.parse_expression()
        order: nodes.Expr = nodes.Const(1)
        if parser.stream.skip_if("comma"):
            key = parser.stream.expect("name")
            if key.value != "order":
                parser.fail(f"a part has a name and an order, not {key.value!r}", key.lineno)
            parser.stream.expect("assign")
            order = parser.parse_expression()
        body = parser.parse_statements(("name:endpart",), drop_needle=True)
        call = self.call_method("_shown", [nodes.ContextReference(), name, order])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _shown(self, context: Context, name: object, order: object, caller: Callable[[], str]) -> str:
        """What the tag becomes. Raises ValueError for an order that is none."""
        if not isinstance(order, int):
            raise ValueError(f"part {name!r}: its order is a whole number, not {order!r}")
        parts = context.get(PARTS)
        return parts.shown(str(name), order, caller()) if isinstance(parts, Parts) else caller()
