"""Readers' own links: each is of one purpose and one reader, tells nothing, and nobody can make one up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Letter, LetterKind
from distributor.rules.mail.links import Addressee, Links, expiry, ticket_of
from distributor.rules.mail.tokens import Purpose, Ticket, read, write
from tests.support import NOON

KEY, OTHER = bytes(range(32)), bytes(32)
TICKET = Ticket(subscriber=7, topics=("morning", "письма"), number=12, until=NOON)

tickets = st.builds(
    Ticket,
    subscriber=st.integers(1, 10**12),
    topics=st.lists(st.text('az-_.Я"\\\n', max_size=6), max_size=2).map(tuple),
    number=st.integers(0, 10**12),
    until=st.none() | st.integers(1, 10**6).map(lambda n: NOON + timedelta(seconds=n)),
)


@settings(max_examples=100)
@given(ticket=tickets, purpose=st.sampled_from(Purpose), other=st.sampled_from(Purpose))
def test_a_token_says_what_it_was_made_for_and_nothing_else(ticket, purpose, other):
    token = write(KEY, purpose, ticket)
    assert token == write(KEY, purpose, ticket)
    assert token.isascii()
    assert all(char.isalnum() or char in "-_" for char in token)
    assert read(KEY, purpose, token) == ticket
    assert read(OTHER, purpose, token) is None
    assert other is purpose or read(KEY, other, token) is None


@settings(max_examples=100)
@given(data=st.data(), ticket=tickets)
def test_a_token_that_was_cut_changed_or_made_up_is_none(data, ticket):
    token = write(KEY, Purpose.LEAVE, ticket)
    place = data.draw(st.integers(0, len(token) - 1))
    char = data.draw(st.sampled_from("AZaz09-_=+/ .Я\n"))
    wrong = [token[:place], token + char, token[:place] + char + token[place + 1 :], token[:place] + token[place + 1 :]]
    assert [one for one in wrong if one != token and read(KEY, Purpose.LEAVE, one)] == []


@settings(max_examples=100)
@given(text=st.text(max_size=60))
def test_whatever_text_comes_is_no_token_and_no_error(text):
    assert read(KEY, Purpose.LEAVE, text) is None


def test_a_token_tells_nobody_its_reader_or_topic():
    first, second = (write(KEY, Purpose.LEAVE, Ticket(subscriber=n, topics=("morning",))) for n in (1, 2))
    assert sum(one == other for one, other in zip(first, second, strict=True)) < len(first) / 2


def test_a_ticket_is_over_at_its_instant():
    assert TICKET.is_over(NOON)
    assert not TICKET.is_over(NOON - timedelta(seconds=1))
    assert not Ticket(subscriber=1).is_over(NOON)


def links(purpose_of: str, url: str) -> Ticket | None:
    path, _, token = url.removeprefix("https://desk.example.org/r/").partition("/")
    assert path == purpose_of
    purpose = Purpose.VIEW if path == "issue" else Purpose(path)
    return read(KEY, purpose, token)


def test_a_mail_carries_the_ways_to_leave_it_to_change_it_and_to_see_it():
    found = Links("https://desk.example.org", KEY).of(Addressee(subscriber=7, delivery=12, topic="morning"))
    assert links("leave", found.leave) == Ticket(subscriber=7, topics=("morning",), number=12)
    assert links("dials", found.dials) == Ticket(subscriber=7)
    assert links("issue", found.view) == Ticket(subscriber=7, number=12)
    assert found.confirm == ""


def letter(kind: LetterKind) -> Letter:
    return Letter(id=3, kind=kind, created_at=NOON, topics=("morning",))


def test_a_letter_carries_what_it_asks_for_and_a_confirmation_ends_only_what_was_asked():
    made = Links("https://desk.example.org", KEY)
    asked = made.of(Addressee(subscriber=7, delivery=12, topic="", letter=letter(LetterKind.CONFIRM)))
    assert links("confirm", asked.confirm) == ticket_of(7, letter(LetterKind.CONFIRM))
    assert links("leave", asked.leave) == Ticket(subscriber=7, topics=("morning",), number=12)
    left = made.of(Addressee(subscriber=7, delivery=12, topic="", letter=letter(LetterKind.LEFT)))
    assert links("undo", left.confirm) == ticket_of(7, letter(LetterKind.LEFT))
    assert links("leave", left.leave) == Ticket(subscriber=7, number=12)
    assert asked.view == left.view == ""


@pytest.mark.parametrize("kind", LetterKind)
def test_what_a_letter_asks_for_does_not_hold_for_ever(kind):
    until = expiry(letter(kind))
    assert timedelta(hours=1) <= until - NOON <= timedelta(days=30)
