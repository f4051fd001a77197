"""Bars of a chart, as numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from distributor.render.chart import HEIGHT, LEAST, WIDTH, chart


def test_both_sides_share_one_measure_and_nothing_is_no_bar():
    drawn = chart([(3, 0), (0, 1), (1, 1)])
    assert drawn.zero == HEIGHT * 3 / 4
    assert [(bar.y, bar.height) for bar in drawn.above] == [(0, 120), (80, 40)]
    assert [(bar.y, bar.height) for bar in drawn.below] == [(120, 40), (120, 40)]
    assert [bar.x for bar in drawn.below] == [276, 516]
    assert (drawn.most_above, drawn.most_below) == (3, 1)


def test_days_on_which_nothing_was_have_a_line_alone():
    for pairs in ([], [(0, 0)] * 3):
        drawn = chart(pairs)
        assert (drawn.zero, drawn.above, drawn.below) == (HEIGHT / 2, (), ())


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), max_size=40))
def test_every_bar_can_be_seen_and_stays_within_the_drawing(pairs):
    drawn = chart(pairs)
    for bar in (*drawn.above, *drawn.below):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.1
        assert bar.height >= LEAST
        assert -LEAST <= bar.y <= bar.y + bar.height <= HEIGHT + LEAST
