"""Feedback-ID: four fields, none alike, the last one constant and of the length that Gmail wants."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.mail.feedback import feedback_id, is_sender_id, issue_name, sender_id


def test_an_issue_is_told_by_slot_topic_and_language() -> None:
    issue = issue_name("2026-11-30T07:00[Europe/Minsk]")
    assert feedback_id(issue, "morning", "ru", "exampleorg") == "20261130-0700:morning:ru:exampleorg"


def test_no_value_stands_twice() -> None:
    assert feedback_id("ru", "ru", "ru", "ru") == "i-ru:t-ru:e-ru:ru"
    assert feedback_id("", "", "", "sender") == "none:t-none:e-none:sender"


@settings(max_examples=200)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60), st.text(max_size=30))
def test_whatever_is_given_there_are_four_plain_fields_all_different(
    issue: str, topic: str, edition: str, domain: str
) -> None:
    sender = sender_id(domain)
    value = feedback_id(issue, topic, edition, sender)
    fields = value.split(":")
    assert len(set(fields)) == len(fields) == 4
    assert fields[3] == sender
    assert is_sender_id(sender)
    assert re.fullmatch(r"[A-Za-z0-9:-]{1,140}", value)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [("news1", True), ("a" * 15, True), ("news", False), ("a" * 16, False), ("news-room", False), ("новости", False)],
)
def test_a_sender_id_of_ones_own_has_five_to_fifteen_letters(text: str, is_right: bool) -> None:
    assert is_sender_id(text) is is_right
