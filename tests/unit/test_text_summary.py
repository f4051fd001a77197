"""What is said under a headline: the newsroom's own sentences and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.measure import weighted_length
from distributor.text.sentences import sentences
from distributor.text.summary import is_boilerplate, lead, story_paragraphs, summarise

HEADLINE = "Parliament adopts the law on the customs union"
BODY = """Home
Politics
30 November 2017, 17:06

Parliament adopts the law on the customs union

MINSK, 30 November (BelTA) – Parliament adopted the law on the customs union on Thursday, the speaker told media.

The law lets companies of the customs union trade without duties. It was prepared for two years. The weather was fine.

“The customs union helps companies. Our parliament knows it,” said the speaker of parliament.

Photo: the house

Read also: Another story of the day.

Subscribe to us
Twitter
Recent news from Belarus"""
LEAD = "Parliament adopted the law on the customs union on Thursday, the speaker told media."


def summary_of(given_summary: str = "", *, body: str = BODY, limit: int = 280) -> str:
    return summarise(headline=HEADLINE, summary=given_summary, body=body, limit=limit)


def test_menus_captions_and_calls_are_no_part_of_the_story() -> None:
    told = story_paragraphs(BODY, HEADLINE)
    assert [paragraph.split()[0] for paragraph in told] == ["Parliament", "The", "“The"]


def test_the_lead_is_the_first_paragraph_without_its_dateline() -> None:
    assert lead(BODY) == LEAD
    assert lead("Menu\nHome") == ""


def test_folded_lines_are_one_paragraph() -> None:
    folded = "The parliament has adopted the law on the customs\nunion on Thursday, the speaker said."
    assert lead(folded) == folded.replace("\n", " ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Read more",
        "Читать далее...",
        "Too short.",
        HEADLINE,
        HEADLINE.upper() + "!",
        f"{HEADLINE} - News",
        "the law on the customs union",
        "https://example.com/a/story/with/a/long/address",
        "Subscribe to our newsletter and never miss a story again.",
        "Continue reading the full story",
        "The post Parliament adopts the law on customs appeared first on The News.",
    ],
)
def test_a_description_that_tells_nothing_is_boilerplate(text: str) -> None:
    assert is_boilerplate(text, HEADLINE)


@pytest.mark.parametrize("text", ["The law lets companies trade without any duties.", "议会通过了关于关税同盟的法律。"])
def test_a_description_that_says_something_is_not(text: str) -> None:
    assert not is_boilerplate(text, HEADLINE)


def test_the_feed_s_own_description_comes_first() -> None:
    own = "Companies may trade freely from May."
    assert summary_of(own) == own
    assert summary_of(f"{own} Read more »") == own
    assert summary_of(f"MINSK, 30 November (BelTA) – {own}") == own
    assert summary_of(f"{own} The post {HEADLINE} appeared first on The News.") == own


def test_a_sentence_that_ends_in_more_is_left_alone() -> None:
    own = "The people of the land want to read more"
    assert summary_of(own) == own


def test_the_headline_again_is_no_summary() -> None:
    assert summary_of(HEADLINE).startswith(LEAD)


def test_a_torn_description_gives_way_to_the_whole_story() -> None:
    assert summary_of("Parliament adopted the law on the customs union on Thursday, the spea...").startswith(LEAD)


@pytest.mark.parametrize(
    ("torn", "expected"),
    [
        ("It was a long day for all. The members of the hou…", "It was a long day for all."),
        ("It was a long day for all of the members. [...]", "It was a long day for all of the members."),
        ("The members of the house went home early, but this was not…", "The members of the house went home early…"),
    ],
)
def test_a_torn_description_without_a_story_loses_its_torn_end(torn: str, expected: str) -> None:
    assert summary_of(torn, body="") == expected


def test_the_most_telling_sentences_follow_the_lead_in_their_order() -> None:
    text = summary_of(limit=400)
    assert text.startswith(LEAD)
    assert "The law lets companies of the customs union trade without duties." in text
    assert "weather" not in text


def test_a_quotation_keeps_the_words_that_say_whose_it_is() -> None:
    text = summary_of(limit=1000)
    assert ("“The customs union helps companies." in text) == ("said the speaker of parliament." in text)


def test_a_sentence_that_points_back_needs_the_one_before() -> None:
    body = (
        "The law on the customs union was adopted.\n\nIt rained. The same union law was adopted by the customs house."
    )
    assert summarise(headline="", summary="", body=body, limit=120) == " ".join(body.split())
    assert "The same union law" not in summarise(headline="", summary="", body=body, limit=100)


def test_a_story_without_anything_to_say_gets_no_summary() -> None:
    assert summarise(headline=HEADLINE, summary="", body="", limit=280) == ""
    assert summarise(headline=HEADLINE, summary="", body="Home\nPolitics", limit=280) == ""


def test_too_little_room_shortens_the_first_sentence() -> None:
    assert summary_of(limit=60) == "Parliament adopted the law…, the speaker told media."
    assert summary_of(limit=40) == ""  # nothing that keeps who told it


def test_a_lead_whose_full_stop_was_forgotten_is_not_lost_and_a_list_of_points_is_no_lead() -> None:
    lead = "The museum has removed a word from some of its gallery displays and revised the maps and panels of a floor"
    points = "• Historian criticises the move, later says that nobody has cancelled the term • Lawyers prepare a case"
    body = f"{points} against the museum, its board and whoever painted the panels\n\nLONDON: {lead}\n\nRain fell."
    found = summarise(headline="Museum", summary="", body=body, limit=280)
    assert found == f"{lead}. Rain fell."


def test_a_quotation_of_which_nobody_says_whose_it_is_is_never_picked() -> None:
    body = "The leader stepped down on Monday.\n\n“What a day of joy the Monday was! The leader wept.”\n\nRain fell."
    assert summarise(headline="", summary="", body=body, limit=100) == "The leader stepped down on Monday. Rain fell."


def test_a_torn_description_ends_with_its_last_whole_clause() -> None:
    torn = "The minister of trade began a tour of Slovakia and Hungary on Sunday, whose leaders…"
    expected = "The minister of trade began a tour of Slovakia and Hungary on Sunday…"
    assert summarise(headline="", summary=torn, body="", limit=280) == expected


@pytest.mark.parametrize(
    ("torn", "expected"),
    [
        ("Members of the board have pledged five billion for homes and will send people…",
         "Members of the board have pledged five billion for homes…"),
        ("The minister kicked off a trip to Slovakia and Hungary, whose conservative leaders…",
         "The minister kicked off a trip to Slovakia and Hungary…"),
        ("Families will not come home from the camp, Prime Minister Anna Kovalenko said…",
         "Families will not come home from the camp, Prime Minister Anna Kovalenko said…"),
    ],
)  # fmt: skip
def test_what_the_source_tore_is_not_kept_as_it_was(torn: str, expected: str) -> None:
    assert summarise(headline="", summary=torn, body="", limit=280) == expected


def test_a_label_before_a_description_goes_and_the_name_of_its_source_stays() -> None:
    own = "Companies may trade freely from May."
    assert summary_of(f"[Wire] IN SHORT: {own}") == f"[Wire] {own}"
    assert summary_of(f"Коротко: {own}") == own
    assert summary_of(f"In short, {own}") == f"In short, {own}"


@pytest.mark.parametrize(
    "other",
    [
        "The spokesman said that the union law was good for the union and for the law.",
        "The timeline of the union law was long, and so was the union law itself.",
        "Petrov’s union law was rejected long before this union law came to the house.",
        "Union law was also told of by the members of the customs union on that day.",
        "On that day he told of the union law and of the customs union and of the law.",
        "Members of the customs union did not respond to a request for comment on the law.",
        "“The customs union law is good for the union and for the law and for all.”",
    ],
)
def test_a_sentence_that_needs_what_is_not_shown_is_not_picked(other: str) -> None:
    lead = "The law on the customs union was adopted by the house."
    rain = "It rained all night, and all of the people of the land went home by foot, as all had done for ever before."
    body = f"{lead}\n\n{rain}\n\n{other}"
    assert summarise(headline="", summary="", body=body, limit=len(f"{lead} {other}")) == lead


def test_a_sentence_that_tells_of_what_is_shown_is_picked_over_the_next() -> None:
    lead = "The law on the customs union was adopted by the house."
    other = "The law of the customs union was prepared by the house and the union."
    body = f"{lead}\n\nIt rained in the land, and people of that land went home at last.\n\n{other}"
    assert summarise(headline="", summary="", body=body, limit=len(f"{lead} {other}")) == f"{lead} {other}"


SENTENCES = st.lists(
    st.sampled_from(
        [
            "The union law passed.",
            "It rained.",
            "“We won. We go,” he said.",
            "Home",
            "Read more",
            "Die 2. Wahl kam.",
            "…",
            "Er ging ",
            "\n\n",
            "\n",
            " ",
        ]
    ),
    max_size=20,
).map(" ".join)


@settings(max_examples=250, deadline=None)
@given(SENTENCES, SENTENCES, st.integers(0, 200), st.sampled_from(["en", "de", "ru"]))
def test_a_summary_fits_and_says_only_what_the_story_says(
    given_summary: str, body: str, limit: int, language: str
) -> None:
    text = summarise(
        headline="A headline", summary=given_summary, body=body, language=language, limit=limit, measure=weighted_length
    )
    assert weighted_length(text) <= limit
    words = set((given_summary + " " + body).split())
    assert all(word in words or "…" in word for sentence in sentences(text, language) for word in sentence.split())
