"""Whether two articles are one story: the corpus, and each piece of evidence for itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Article, Dateline
from distributor.rules.story.sameness import (
    MOST,
    THRESHOLD,
    Lineup,
    Sameness,
    Verdict,
    hints,
    is_another,
    number_of,
    sameness,
    site_of,
)
from distributor.rules.story.templates import is_template
from tests.support import NOON
from tests.unit.same_stories import NOT_SAME, SAME, SITE, STORIES, told

TEXT = STORIES[0][7]
LEAD = STORIES[0][5]


def test_the_corpus_is_large_and_no_pair_stands_in_it_twice() -> None:
    assert len(SAME) >= 60
    assert len(NOT_SAME) >= 80
    assert len({(one, other) for _, one, other in [*SAME, *NOT_SAME]}) == len(SAME) + len(NOT_SAME)


@pytest.mark.parametrize(("kind", "one", "other"), NOT_SAME)
def test_two_stories_are_never_taken_for_one(kind: str, one, other) -> None:
    assert not sameness(one, other).is_same, kind
    assert not sameness(other, one).is_same, kind


def test_nearly_every_story_is_known_again() -> None:
    missed = [(kind, other.headline) for kind, one, other in SAME if not sameness(one, other).is_same]
    assert len(missed) <= 3, missed
    assert all(kind == "no number: a new slug, an edited headline" for kind, _ in missed)


def test_a_translation_is_an_edition_where_anything_links_it_and_another_story_where_nothing_does() -> None:
    found = {kind: sameness(one, other).verdict for kind, one, other in NOT_SAME if "translation" in kind}
    assert found.pop("a translation that nothing links") is Verdict.OTHER
    assert set(found.values()) == {Verdict.EDITION}
    assert len(found) == 3


def test_two_pages_of_one_feed_that_says_no_language_are_editions_where_one_names_the_other() -> None:
    one = told("Talks open", LEAD, TEXT, url=f"{SITE}/en/a", language="", translations=(f"{SITE}/de/a",))
    assert sameness(replace(one, url=f"{SITE}/de/a", guid="b", translations=()), one).verdict is Verdict.EDITION
    named_itself = replace(one, translations=(one.url,))
    assert sameness(named_itself, replace(named_itself, guid="b")).is_same


def test_one_page_is_one_story_whatever_is_said_of_its_language_and_however_it_is_written_anew() -> None:
    one = told("Talks on border open in Geneva", LEAD, TEXT)
    assert sameness(one, replace(one, language="de", guid="b")).is_same
    anew = replace(one, headline=STORIES[4][3], summary=STORIES[4][5], body="", guid="b")
    assert sameness(one, anew).is_same
    assert not is_another(one, anew)


def test_an_id_that_comes_with_an_entirely_different_story_was_used_again() -> None:
    one = replace(told(STORIES[0][3], STORIES[0][5]), guid="1")
    other = replace(told(STORIES[4][3], STORIES[4][5], url=f"{SITE}/b"), guid="1")
    assert is_another(one, other)
    found = sameness(one, other)
    assert (found.verdict, found.weight) == (Verdict.OTHER, 0.4)
    assert [each.about for each in found.evidence] == ["guid", "words"]
    # a few words are not enough to say so
    short, shorter = replace(one, summary="", headline="Quake"), replace(other, summary="", headline="Tremor hits")
    assert not is_another(short, shorter)


def test_every_piece_of_evidence_says_what_it_is_in_words() -> None:
    place = Dateline(place="GENEVA", date="24 November", agency="")
    one = replace(told("Talks on border open in Geneva", LEAD), dateline=place)
    other = replace(one, url="https://mirror.invalid/x", guid="x", published=NOON + timedelta(hours=30))
    found = sameness(one, replace(other, dateline=replace(place, place="BERN")))
    assert {each.about: each.weight for each in found.evidence} == {
        "headline": 0.45,
        "text": 0.35,
        "instant": -0.2,
        "dateline": -0.3,
        "site": -0.3,
    }
    assert all(each.says for each in found.evidence)
    assert found.weight < THRESHOLD


def test_what_one_feed_tells_word_for_word_at_one_instant_is_one_story_whatever_its_headline_is_like() -> None:
    one = told("Watch: the crew docks", "See it here.", url=f"{SITE}/1")
    assert sameness(one, replace(one, url=f"{SITE}/2", guid="2")).is_same
    for other in (
        {"feed": "world"},
        {"published": NOON + timedelta(hours=1)},
        {"published": None},
        {"summary": "Now."},
    ):
        assert not sameness(one, replace(one, url=f"{SITE}/2", guid="2", **other)).is_same


def test_an_id_of_another_feed_counts_where_it_can_name_one_thing_only() -> None:
    one = replace(told("Talks on border open in Geneva", LEAD), guid="urn:uuid:7f1c2e90")
    other = replace(one, feed="world", url=f"{SITE}/world/talks")
    assert "guid" in [each.about for each in sameness(one, other).evidence]
    assert f"id:news.example:{one.guid}" in hints(replace(one, fingerprint="f1"))
    assert "text:f1" in hints(replace(one, fingerprint="f1"))
    assert sameness(one, other).is_same
    plain = replace(one, guid="184")
    assert not hints(plain)
    assert "guid" not in [each.about for each in sameness(plain, replace(other, guid="184")).evidence]


def test_a_lead_that_is_partly_the_same_and_one_of_another_text_count_a_little_for_and_against() -> None:
    one = told("Talks on border open in Geneva", "One two three four five six seven eight nine ten eleven twelve.")
    half = "One two three four five six seven eight then something else was added to it by somebody in the night."
    other = replace(one, url=f"{SITE}/b", guid="b", summary=half)
    assert {each.about: each.weight for each in sameness(one, other).evidence}["text"] == 0.2
    strange = replace(other, summary="Nothing of this stands in what the other one has to say about it at all.")
    assert {each.about: each.weight for each in sameness(one, strange).evidence}["text"] == -0.5
    third = replace(
        other, summary="One two three four five but then all of it is about other things that came later on."
    )
    assert "text" not in {each.about for each in sameness(one, third).evidence}


def test_words_in_common_beside_a_number_count_by_how_many_there_are() -> None:
    first, second = (f"{SITE}/view/{slug}-184231-2026/" for slug in ("talks", "border"))
    one = told(STORIES[0][3], STORIES[0][5], url=first)
    some = told("Envoys quarrel over border", "Delegations of some countries met; envoys would not talk.", url=second)
    assert {each.about: each.weight for each in sameness(one, some).evidence} == {"number": 0.9, "words": 0.1}
    few = told("Storm closes bridges", "Drivers were told to wait; border crossing near countries shut.", url=second)
    assert [each.about for each in sameness(one, few).evidence] == ["number"]


def test_without_an_instant_nothing_is_said_of_it() -> None:
    one = told("Talks on border open in Geneva", LEAD)
    other = replace(one, url=f"{SITE}/b", guid="b", published=None)
    assert "instant" not in {each.about for each in sameness(one, other).evidence}


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/politics/view/talks-open-184231-2026/", "184231"),
        ("/politics/view/talks-open-184231/", "184231"),
        ("/184231-talks-open.html", "184231"),
        ("/news/184231", "184231"),
        ("/en/talks-open/a-76018402", "76018402"),
        ("/story.php?lang=en&id=184231", "184231"),
        ("/news/talks-open", ""),
        ("/2026/11/24/talks", ""),
        ("/weather-20261124", ""),
        ("/weather-202611240600", ""),
        ("/prize-of-100000", ""),
        ("/top-100", ""),
        ("/story?ref=184231", ""),
        ("/", ""),
    ],
)
def test_the_number_of_a_story_is_read_from_its_address(path: str, number: str) -> None:
    assert number_of(SITE + path) == number


def test_what_is_no_address_has_neither_number_nor_site() -> None:
    assert number_of("http://[") == site_of("http://[") == ""
    assert site_of("https://WWW.News.example./a") == site_of("http://m.news.example/b") == "news.example"


@pytest.mark.parametrize("headline", ["Exchange rates", "Live: the vote", "Weather for 24 November", "", "12:30"])
def test_headlines_that_stand_over_many_stories(headline: str) -> None:
    assert is_template(headline)


@pytest.mark.parametrize("headline", [story[3] for story in STORIES])
def test_headlines_of_stories_are_none(headline: str) -> None:
    assert not is_template(headline)


def test_in_a_lineup_the_surest_is_found_and_what_is_nothing_like_it_is_not_looked_at() -> None:
    lineup = Lineup(
        (number, told(one[3], one[5], one[7], url=f"{SITE}/s/{number}")) for number, one in enumerate(STORIES)
    )
    for number, one in enumerate(STORIES):
        assert lineup.find(told(one[3], one[5], one[7], url=f"{SITE}/moved/{number}", feed="world")) == number
    assert lineup.find(told("Something that nobody has ever told", LEAD, url=f"{SITE}/x")) is None
    lineup.add(99, told("Quake", url=f"{SITE}/view/quake-184999/"))
    assert lineup.find(told("Quake", "It shook.", url=f"{SITE}/view/tremor-184999/")) == 99


def test_among_many_of_one_mould_few_are_judged_and_the_twin_is_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    mould = [
        told(
            f"Council of district {number} votes on its budget",
            f"{number} members were present.",
            url=f"{SITE}/s/{number}",
        )
        for number in range(300)
    ]
    lineup = Lineup(enumerate(mould))
    judged = []

    def counted(one: Article, other: Article) -> Sameness:
        judged.append(one)
        return sameness(one, other)

    monkeypatch.setattr("distributor.rules.story.sameness.sameness", counted)
    other = told("Council of district 1234567 votes on its budget", "Nobody was present.", url=f"{SITE}/s/x")
    assert lineup.find(other) is None
    assert len(judged) == MOST
    lineup.add(
        300, told("Council of Zelva votes on its budget of 30 million", LEAD, TEXT, url=f"{SITE}/view/zelva-184999/")
    )
    for number, one in enumerate(mould):
        lineup.add(301 + number, replace(one, url=f"{SITE}/t/{number}", guid=f"t{number}"))
    moved = f"{SITE}/view/council-184999/"
    assert lineup.find(told("Council of Zelva votes on its budget of 30 million", LEAD, TEXT, url=moved)) == 300


WORDS = st.lists(
    st.sampled_from(["talks", "border", "open", "mine", "5", "12", "rates", "live", "on", "the", "day", "Geneva"]),
    max_size=8,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS, WORDS, WORDS)
def test_whatever_two_articles_say_the_verdict_is_the_same_both_ways(
    head: str, text: str, other: str, more: str
) -> None:
    one, two = told(head, text, url=f"{SITE}/1"), told(other, more, url=f"{SITE}/2")
    assert sameness(one, two).verdict is sameness(two, one).verdict
    assert sameness(one, one).is_same


def test_of_two_that_tell_a_story_alike_the_later_one_is_found_and_none_that_was_taken_out() -> None:
    one = told(STORIES[0][3], STORIES[0][5], STORIES[0][7], url=f"{SITE}/s/1")
    lineup = Lineup([(1, one), (2, replace(one, url=f"{SITE}/s/2", guid="b"))])
    asked = replace(one, url=f"{SITE}/s/3", guid="c")
    assert lineup.find(asked) == 2
    lineup.remove(2)
    assert lineup.find(asked) == 1
    lineup.remove(1)
    assert lineup.find(asked) is None
