"""A few days of the month, both nights when clocks change among them, hold what the whole month holds."""

from __future__ import annotations

import pytest

from tests.month.run import live
from tests.month.world import draw, utc

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("start", [utc(2026, 10, 3), utc(2026, 10, 24)], ids=["forward", "back"])
def test_each_reader_gets_exactly_what_the_dials_say_over_a_night_when_clocks_change(start):
    judged = live(draw(start, 2, 60, 1))
    print("\n".join(judged.lines()))
    assert judged.problems == []
    assert min(judged.figures["issues' mails"], judged.figures["single stories"]) > 50
