"""Which articles are kill notices, and what one takes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import Article, PubStatus, Story
from distributor.rules.change.kills import Resolved, is_notice, named_in, reference_names, resolve
from tests.support import NOON, article


def story(number: int, **fields: Any) -> Story:
    return Story(id=number, article=article(number, **fields), first_seen_at=NOON)


def notice(headline: str, **fields: Any) -> Article:
    return article(9, **{"headline": headline, "summary": "", "body": "", **fields})


@pytest.mark.parametrize(
    "told",
    [
        notice("KILL: Minister resigns"),
        notice("[WITHDRAWN] Minister resigns"),
        notice("АННУЛИРОВАНО: министр ушел"),
        notice("To editors", ednote="Kill this story"),
        notice("To editors", pubstatus=PubStatus.CANCELED, evolved_from="guid-1"),
    ],
)
def test_a_notice_is_known_by_its_mark_its_note_or_its_status(told: Article) -> None:
    assert is_notice(told)


@pytest.mark.parametrize(
    "told",
    [
        notice("Kill Bill returns to the cinemas"),
        notice("KILL-SWITCH LAW PASSED"),
        notice("Withdrawn troops come home"),
        notice("A canceled story", pubstatus=PubStatus.CANCELED),
        notice("A story", ednote="Adds how the bill was killed"),
    ],
)
def test_a_story_about_a_kill_is_no_notice(told: Article) -> None:
    assert not is_notice(told)


def test_a_reference_is_an_id_in_any_feed_or_an_address() -> None:
    assert reference_names("1234", ("a", "b")) == ["guid:a:1234", "guid:b:1234"]
    assert reference_names("https://news.example.org/x?utm_source=y", ("a",)) == [
        "guid:a:https://news.example.org/x?utm_source=y",
        "url:https://news.example.org/x",
    ]
    assert reference_names("https://news.example.org/", ("a",)) == ["guid:a:https://news.example.org/"]


def test_the_names_in_a_notice_are_looked_for_the_surest_first() -> None:
    told = notice(
        "KILL: a story", evolved_from="guid-1", body="Kill news.example.org/x and (urn:wire:2026-11:77), ten times."
    )
    found = named_in(told, ("politics",))
    assert found[0] == "guid:politics:guid-1"
    assert found.index("url:https://news.example.org/x") < found.index("guid:politics:urn:wire:2026-11:77")
    assert "guid:politics:times" not in found


def test_a_notice_takes_back_what_it_names_before_what_sounds_like_it() -> None:
    other = story(2, headline="Minister resigns over a bridge")
    told = notice("KILL: Minister resigns over a bridge")
    assert resolve(told, [1], [other], lambda one: one) == Resolved(stories=(1,))
    assert resolve(told, [], [other], lambda one: one) == Resolved(stories=(2,))


def test_several_stories_are_none_unless_they_are_takes_of_one() -> None:
    told = notice("KILL: Minister resigns over a bridge")
    both = [
        story(1, headline="Minister resigns over a bridge"),
        story(2, headline="URGENT: minister resigns over a bridge"),
    ]
    assert resolve(told, [], both, lambda one: one).reason == "it may mean 2 stories"
    assert resolve(told, [], both, lambda _: 1) == Resolved(stories=(1, 2))


def test_a_headline_between_quotation_marks_is_looked_for() -> None:
    told = notice("KILL", body="Please kill «Minister resigns over a bridge» at once.")
    assert resolve(told, [], [story(1, headline="Minister resigns over a bridge")], lambda one: one).stories == (1,)


def test_what_only_sounds_alike_is_found_by_its_words() -> None:
    told = notice("KILL: Minister resigns over the Minsk bridge scandal")
    near = story(1, headline="Minister resigns over Minsk bridge scandal")
    assert resolve(told, [], [near, story(2)], lambda one: one).stories == (1,)


def test_what_is_gone_already_is_not_taken_back_by_its_headline() -> None:
    gone = story(1, headline="Minister resigns over a bridge", pubstatus=PubStatus.CANCELED)
    found = resolve(notice("KILL: Minister resigns over a bridge"), [], [gone], lambda one: one)
    assert found == Resolved(reason="no story that is known has its address, its id or its headline")


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_notice_never_takes_back_more_than_one_story(headline: str, body: str) -> None:
    told = replace(notice(headline), body=body)
    stories = [story(number, headline=f"The story with the number {number}") for number in range(1, 5)]
    named_in(told, ("politics",))
    assert len(resolve(told, [], stories, lambda one: one).stories) <= 1
