"""Two texts word by word: nothing is lost, nothing is invented, and people can read what changed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from distributor.text.difference import LONGEST, Piece, Side, difference
from distributor.text.needles import MOST, needles

BOTH, BEFORE, AFTER = Side.BOTH, Side.BEFORE, Side.AFTER
WORDS = st.lists(st.sampled_from(["a", "bc", " ", "  ", "\n", "\n\n", ".", "é", "e\u0301", "дом", "👍🏽"]), max_size=14)


def told(before, after):
    return [(one.side, one.text) for one in difference(before, after)]


def test_a_changed_word_stands_between_what_both_say():
    assert told("Talks begin in Geneva today.", "Talks begin in Vienna today.") == [
        (BOTH, "Talks begin in "),
        (BEFORE, "Geneva"),
        (AFTER, "Vienna"),
        (BOTH, " today."),
    ]


def test_two_changed_words_beside_each_other_are_one_change():
    assert told("a red house", "a small barn") == [(BOTH, "a "), (BEFORE, "red house"), (AFTER, "small barn")]


def test_a_word_more_and_a_paragraph_less():
    assert told("the vote is on", "the vote on Friday is on") == [
        (BOTH, "the vote "),
        (AFTER, "on Friday "),
        (BOTH, "is on"),
    ]
    assert told("one\n\ntwo\n\nthree", "one\n\nthree") == [(BOTH, "one\n\n"), (BEFORE, "two\n\n"), (BOTH, "three")]


def test_the_same_text_is_one_piece_and_nothing_is_none():
    assert told("as it was", "as it was") == [(BOTH, "as it was")]
    assert told("", "") == []
    assert told("", "new") == [(AFTER, "new")]


def test_a_long_text_that_is_another_is_told_whole():
    one, other = "a b " * LONGEST, "c d " * LONGEST
    assert told(one, other) == [(BEFORE, one.rstrip()), (AFTER, other.rstrip()), (BOTH, " ")]


@settings(max_examples=200)
@given(WORDS, WORDS)
@example(["a", " ", "bc"], ["a", " "])
def test_the_pieces_are_both_texts_to_the_letter(one, other):
    before, after = "".join(one), "".join(other)
    found = difference(before, after)
    assert "".join(piece.text for piece in found if piece.side is not AFTER) == before
    assert "".join(piece.text for piece in found if piece.side is not BEFORE) == after
    assert all(piece.text for piece in found)
    assert all(first.side is not second.side for first, second in pairwise(found))
    assert all(isinstance(piece, Piece) for piece in found)


def test_words_are_looked_for_as_they_may_be_written():
    assert needles("  минск Talks ") == [
        ("минск", "минск", "Минск", "МИНСК"),
        ("Talks", "talks", "Talks", "TALKS"),
    ]
    assert needles("") == []
    assert len(needles("a " * 20)) == MOST
