"""Bars of a chart, as numbers for a drawing that needs no style of its own. Pure; must not know what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: units of a drawing: its width and height, the room that a bar has of its column, and the least that is seen
WIDTH, HEIGHT, ROOM, LEAST = 720, 160, 0.7, 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars above and below a line."""

    width: int
    height: int
    #: where the line stands
    zero: float
    above: tuple[Bar, ...]
    below: tuple[Bar, ...]
    #: the largest value on each side
    most_above: int
    most_below: int


def chart(pairs: Sequence[tuple[int, int]]) -> Chart:
    """A column for each pair: the first value above the line, the second below it, both by one measure."""
    above, below = (max((pair[side] for pair in pairs), default=0) for side in (0, 1))
    unit = HEIGHT / max(above + below, 1)
    zero = HEIGHT / 2 if above + below == 0 else above * unit
    column = WIDTH / max(len(pairs), 1)

    def bar(number: int, value: int, *, is_above: bool) -> Bar:
        height = max(value * unit, LEAST)
        x, width = column * (number + (1 - ROOM) / 2), column * ROOM
        return Bar(round(x, 2), round(zero - height if is_above else zero, 2), round(width, 2), round(height, 2))

    return Chart(
        width=WIDTH,
        height=HEIGHT,
        zero=round(zero, 2),
        above=tuple(bar(number, up, is_above=True) for number, (up, _) in enumerate(pairs) if up),
        below=tuple(bar(number, down, is_above=False) for number, (_, down) in enumerate(pairs) if down),
        most_above=above,
        most_below=below,
    )
