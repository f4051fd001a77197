"""The stories of the day, kept from one reading to the next: the same as if they were gathered anew each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Article, PubStatus, Stage, Story
from distributor.rules.change.day import Day
from distributor.rules.story.identity import BY_HAND
from distributor.rules.story.sameness import Lineup
from tests.support import NOON, article

WORDS = ("talks", "border", "open", "mine", "rates", "snow", "vote", "bridge")
HEADLINES = st.lists(st.sampled_from(WORDS), min_size=2, max_size=5).map(" ".join)
ARTICLES = st.builds(
    lambda number, headline, feed, status, urgency, revision: article(
        number,
        headline=headline,
        body=f"{headline} " * 12,
        feed=feed,
        pubstatus=status,
        urgency=urgency,
        revision=revision,
    ),
    st.integers(1, 4),
    HEADLINES,
    st.sampled_from(["politics", "world", BY_HAND]),
    st.sampled_from([PubStatus.USABLE, PubStatus.USABLE, PubStatus.CANCELED]),
    st.sampled_from([1, 3]),
    st.integers(0, 2),
)
DAYS = st.lists(st.dictionaries(st.integers(1, 6), ARTICLES, max_size=6), min_size=1, max_size=5)


def brought_up(day: Day, told: dict[int, Article]) -> tuple[Mapping[Stage, Lineup], list[int]]:
    """The lineups, and the stories whose texts were asked for."""
    asked: list[int] = []

    def texts(numbers: Sequence[int]) -> Sequence[Story]:
        asked.extend(numbers)
        return [Story(id=number, article=told[number], first_seen_at=NOON) for number in numbers]

    return day.brought_up({number: (number, one) for number, one in told.items()}, texts), asked


@settings(max_examples=100)
@given(DAYS, ARTICLES)
def test_a_day_that_was_kept_finds_what_a_fresh_one_finds(days: list[dict[int, Article]], wanted: Article) -> None:
    kept, before = Day({}), dict[int, Article]()
    for told in days:
        mine, asked = brought_up(kept, told)
        fresh, _ = brought_up(Day({}), told)
        assert [mine[one].find(wanted) for one in Stage] == [fresh[one].find(wanted) for one in Stage]
        assert set(asked) == {number for number, one in told.items() if before.get(number) != one}
        before = told


def test_nothing_is_left_of_a_story_that_is_no_more_of_the_day() -> None:
    day, one, other = Day({}), article(1, headline="Talks open in Minsk"), article(2, headline="Snow in Minsk")
    moved = article(3, headline=one.headline, body=one.body, summary=one.summary, url="https://x.example/y")
    lineups, _ = brought_up(day, {1: one, 2: other})
    assert lineups[Stage.FULL].find(moved) == 1
    lineups, asked = brought_up(day, {2: other})
    assert lineups[Stage.FULL].find(moved) is None
    assert asked == []
