"""Whether a post made by hand tells a story: by its link, and by its words, in doubt never."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import Seen
from distributor.rules.story.likeness import best, by_words, likeness, markers
from tests.support import NOON, article

SAME = [
    ("LUKASHENKO SIGNS DECREE", "Lukashenko signs decree on IT park"),
    ("BREAKING: Lukashenko signed decree on IT park", "Lukashenko signs decree on IT park"),
    ("⚡️ Council votes on the bridge: decision 3 @newsroom #bridge", "Council votes on the bridge: decision 3"),
    (
        "Council votes on the bridge: decision 3\n\nhttps://news.example.org/b",
        "Council votes on the bridge: decision 3",
    ),
    ("СРОЧНО: ПРЕЗИДЕНТ ПОДПИСАЛ УКАЗ О ТОРГОВЛЕ", "Президент подписал указ о торговле"),
    ("Президент подписал указ о торговле", "Президент подписал указ о торговле с соседями"),
    ("Президент подписал указы о торговле", "Президент подписала указ о торговле"),
    ("Кабінет ухвалив бюджет на 2027 рік", "Кабінет ухвалив бюджет на 2027 рік"),
    ("Мінскае «Дынама» выйграла кубак Еўропы", "Мінскае „Дынама“ выйграла кубак Еўропы"),
    ("Ещё три моста открыты в Минске", "Еще три моста открыты в Минске"),
    ("Budget of 10 000 000 approved by council", "Budget of 10,000,000 approved by council"),
    ("LUKASHENKO SIGNS A DECREE ON IT PARK", "Lukashenko signs the decree on IT park"),
    ("Mayor’s office opens new station", "Mayor's office opens new station"),
    ("Bundestag beschließt neues Rentenpaket", "Bundestag beschließt neues Rentenpaket nach langer Debatte"),
]
OTHER = [
    ("Council votes on the bridge: decision 4", "Council votes on the bridge: decision 3", "other numbers"),
    ("Council votes on the bridge", "Council votes on the bridge: decision 3", "other numbers"),
    ("Council votes on the bridge: decision 3", "Council votes on the bridge", "other numbers"),
    ("Dinamo beats Neman Grodno 2-0", "Dinamo beats Neman Grodno 1-0", "other numbers"),
    ("Man bites the black dog downtown", "Dog bites the black man downtown", "another order"),
    ("Russia attacks Ukraine again", "Ukraine attacks Russia again", "another order"),
    ("Niger president sworn in today", "Nigeria president sworn in today", "other names"),
    ("Council votes on the bridge in Brest", "Council votes on the bridge in Minsk", "other names"),
    ("Council votes on bridge repair in Brest", "Council votes on bridge repair", "other names"),
    ("Parliament approves the trade deal", "Parliament does not approve the trade deal", "denies"),
    ("Парламент не принял закон о торговле", "Парламент принял закон о торговле", "denies"),
    ("Minsk hosts summit on energy", "Minsk hosts summit on trade", "each says something"),
    (
        "Council votes on the bridge",
        "Council votes on the bridge, park, school, station, hospital, road and port",
        "of the",
    ),
    ("Two killed in bus crash near Minsk", "Six killed in bus crash near Minsk", "each says something"),
    ("Minister quits over gas deal", "Minister quits over oil deal", "each says something"),
    ("Два человека погибли в аварии", "Три человека погибли в аварии", "each says something"),
    ("Markets fall before the vote in council", "Markets fall after the vote in council", "each says something"),
    ("Flights to Minsk resume on Friday", "Flights from Minsk resume on Friday", "each says something"),
    ("EU COUNCIL VOTES AGAINST DEAL", "UK council votes against deal", "other names"),
    ("Morning briefing", "Morning briefing", "only 2 words"),
    ("", "Council votes on the bridge", "only 0 words"),
    ("Council votes on the bridge", "", "only 0 words"),
]
WORDS = st.sampled_from(("council", "votes", "bridge", "mayor", "opens", "decree", "Минск", "указ", "подписал"))
HEADLINES = st.lists(WORDS, min_size=4, max_size=9, unique=True).map(" ".join)


def seen(text: str = "", *links: str, minutes: float = 1) -> Seen:
    """A post of so many minutes ago."""
    return Seen(remote_id="7", url="https://t.me/desk/7", at=NOON - timedelta(minutes=minutes), text=text, links=links)


@pytest.mark.parametrize(("post", "headline"), SAME)
def test_a_post_that_says_the_same_is_the_story(post: str, headline: str) -> None:
    found = by_words(post, headline)
    assert found.is_same, found
    assert "of the headline" in found.why


@pytest.mark.parametrize(("post", "headline", "why"), OTHER)
def test_a_post_that_says_something_else_is_not(post: str, headline: str, why: str) -> None:
    found = by_words(post, headline)
    assert not found.is_same
    assert why in found.why


def test_words_and_names_of_the_whole_story_count_as_its_own() -> None:
    headline, body = "Council votes on the new bridge", "The bridge in Brest will cost 30 million."
    post = "Council votes on the new bridge: in Brest it will cost 30 million"
    assert by_words(post, headline, "", body).is_same
    assert not by_words(post, headline).is_same


def test_a_post_that_takes_its_words_from_the_body_alone_is_another_story() -> None:
    headline = "Agency calls on council to stop works at west bridge"
    body = "The council moves to claim the west bridge land, the agency said."
    assert not by_words("Council moves to claim the west bridge land", headline, "", body).is_same


@pytest.mark.parametrize(
    "link",
    [
        "https://news.example.org/politics/story-1/",
        "http://NEWS.example.org/politics/story-1?utm_source=x#top",
        "https://news.example.org:443/politics/story-1/?fbclid=1&utm_id=abc",
    ],
)
def test_a_link_to_the_storys_page_is_certain_however_it_is_spelled(link: str) -> None:
    for post in (seen("Look at this!", link), seen(f"Look at this: {link}")):
        found = likeness(post, article(1, headline="Something else entirely"))
        assert (found.score, found.why) == (1.0, "it links to the story")


def test_an_address_without_a_scheme_is_a_link_and_a_front_page_is_none() -> None:
    assert likeness(seen("Read news.example.org/politics/story-1"), article(1)).is_same
    front = article(1, url="https://news.example.org/")
    assert not likeness(seen("", "https://news.example.org/"), front).is_same


def test_our_marker_is_found_in_links_and_in_text_and_a_broken_address_has_none() -> None:
    post = seen(
        "see https://a.example.org/x?utm_id=k1", "https://b.example.org/y?a=1&utm_id=k2", "https://[broken?utm_id=k3"
    )
    assert markers(post) == {"k1", "k2"}
    assert not markers(seen("no link at all"))


def test_of_several_posts_the_one_with_the_link_stands_for_the_story() -> None:
    story = article(1, headline="Council votes on the bridge")
    posts = [seen("Council votes on bridge in the town", minutes=1), seen("here", story.url, minutes=60)]
    found = best(posts, story, NOON)
    assert found is not None
    assert (found[0], found[1].why) == (1, "it links to the story")
    assert best([seen("weather")], story, NOON) is None


def test_a_link_counts_for_a_day_and_words_for_three_hours() -> None:
    story = article(1, headline="Council votes on the bridge")
    assert best([seen("", story.url, minutes=24 * 60 - 1)], story, NOON)
    assert not best([seen("", story.url, minutes=24 * 60)], story, NOON)
    assert best([seen("Council votes on the bridge", minutes=179)], story, NOON)
    assert not best([seen("Council votes on the bridge", minutes=180)], story, NOON)


@given(HEADLINES)
def test_a_headline_is_alike_itself_in_capitals_and_small_letters(headline: str) -> None:
    for post in (headline, headline.upper(), headline.title(), f"FLASH: {headline}!"):
        assert by_words(post, headline).is_same


@given(HEADLINES, st.integers(0, 999), st.integers(0, 999))
def test_different_numbers_are_different_stories(headline: str, one: int, other: int) -> None:
    assert by_words(f"{headline} {one}", f"{headline} {other}").is_same == (one == other)


@given(HEADLINES, HEADLINES)
def test_two_headlines_neither_of_which_says_all_of_the_other_are_two_stories(one: str, other: str) -> None:
    first, second = set(one.split()), set(other.split())
    if first - second and second - first:
        assert not by_words(one, other).is_same


@given(st.text(), st.text(), st.text())
def test_whatever_is_compared_the_score_is_a_share_with_a_reason(post: str, headline: str, body: str) -> None:
    found = by_words(post, headline, "", body)
    assert 0 <= found.score <= 1
    assert found.why
