"""How a post is made to fit: optional parts go in their order, then the text is cut, and it is told what went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.errors import TemplateError
from distributor.model import Article, Limits, Story
from distributor.render import Desk, Renderer
from distributor.render.fitting import Fitted, fitted
from distributor.text.measure import weighted_length
from distributor.text.summary import Gist
from tests.support import NOON

ARTICLE = Article(
    feed="main",
    guid="1",
    url="https://news.example.org/1",
    headline="Parliament adopts the budget",
    summary="Spending on regional hospitals grows by a fifth. The law takes effect on 1 January.",
    byline="Anna Writer",
    categories=("Politics", "Economy"),
    published=NOON,
    language="en",
)
TEMPLATE = """\
{{ story.headline }}
{{ story.summary }}
{% part "tags", order=1 %}
{{ story.categories | join(" ") }}
{% endpart %}
{% part "byline", order=2 %}
{{ story.byline }}
{% endpart %}
"""
WHOLE = 28 + 1 + 83 + 1 + 16 + 1 + 11


@pytest.fixture
def shown(tmp_path: Path) -> Callable[..., tuple[str, Fitted]]:
    def render(template: str, room: int, article: Article = ARTICLE) -> tuple[str, Fitted]:
        folder = tmp_path / "telegram"
        folder.mkdir(exist_ok=True)
        (folder / "post.txt.j2").write_text(template, "utf-8")
        renderer = Renderer((tmp_path,), Desk(name="Wire", zone="UTC"))
        told = renderer.rendered(
            "telegram", Limits(text=room), Story(id=1, article=article, first_seen_at=NOON), link=""
        )
        assert len(told.message.text) == told.fitted.length <= room
        return told.message.text, told.fitted

    return render


def test_where_everything_fits_nothing_goes(shown: Callable[..., tuple[str, Fitted]]) -> None:
    text, found = shown(TEMPLATE, WHOLE)
    assert text.endswith("on 1 January.\nPolitics Economy\nAnna Writer")
    assert (found.dropped, found.cut, found.why) == ((), (), "")


def test_parts_go_in_their_order_before_a_word_of_the_story_does(shown: Callable[..., tuple[str, Fitted]]) -> None:
    text, found = shown(TEMPLATE, WHOLE - 1)
    assert text.endswith("on 1 January.\nAnna Writer")
    assert (found.dropped, found.cut) == (("tags",), ())
    assert found.why == "141 units with everything; 140 fit"
    text, found = shown(TEMPLATE, WHOLE - 18)
    assert text.endswith("on 1 January.")
    assert found.dropped == ("tags", "byline")


def test_what_a_cut_leaves_room_for_comes_back_the_last_to_go_first(shown: Callable[..., tuple[str, Fitted]]) -> None:
    text, found = shown(TEMPLATE, WHOLE - 40)
    assert text == "Parliament adopts the budget\nSpending on regional hospitals grows by a fifth.\nAnna Writer"
    assert found.dropped == ("tags",)
    (cut,) = found.cut
    assert (cut.of, cut.at, cut.left_out) == ("summary", "sentence", "The law takes effect on 1 January.")


def test_a_summary_without_room_leaves_the_headline_and_no_part_in_its_place(
    shown: Callable[..., tuple[str, Fitted]],
) -> None:
    text, found = shown(TEMPLATE, 40)
    assert text == "Parliament adopts the budget"
    assert found.dropped == ("tags", "byline")
    assert [(one.of, one.at, one.left_out) for one in found.cut] == [("summary", "", ARTICLE.summary)]


def test_a_headline_alone_is_cut_and_told(shown: Callable[..., tuple[str, Fitted]]) -> None:
    text, found = shown(TEMPLATE, 25, replace(ARTICLE, summary=""))
    assert text == "Parliament adopts…"
    assert [(one.of, one.at, one.left_out) for one in found.cut] == [("headline", "word", "the budget")]
    text, found = shown(TEMPLATE, 10, replace(ARTICLE, summary="", headline="Incomprehensibility"))
    assert text == "Incompreh…"
    assert found.cut[0].at == "character"


def test_a_story_without_a_summary_keeps_the_parts_that_fit(shown: Callable[..., tuple[str, Fitted]]) -> None:
    text, found = shown(TEMPLATE, 45, replace(ARTICLE, summary=""))
    assert text == "Parliament adopts the budget\n\nAnna Writer"
    assert found.dropped == ("tags",)


def test_parts_of_one_order_go_together_and_one_that_says_nothing_is_none(
    shown: Callable[..., tuple[str, Fitted]],
) -> None:
    template = (
        '{{ story.headline }}{% part "a" %}, one{% endpart %}{% part "b" %}, two{% endpart %}'
        '{% part "c", order=0 %} {% endpart %}'
    )
    assert shown(template, 38)[1].dropped == ()
    text, found = shown(template, 37)
    assert (text, found.dropped) == (ARTICLE.headline, ("a, b",))


def test_each_sentence_may_be_a_part_of_its_own(shown: Callable[..., tuple[str, Fitted]]) -> None:
    template = (
        "{% for one in story.summary | sentences %}{% if loop.first %}{{ one }}{% else %}"
        '{% part "sentence %d" | format(loop.index), order=-loop.index %} {{ one }}{% endpart %}{% endif %}{% endfor %}'
        '{% part "tags", order=1 %} #{{ story.categories[0] }}{% endpart %}'
    )
    assert shown(template, 93)[0] == f"{ARTICLE.summary} #Politics"
    text, found = shown(template, 92)
    assert text == "Spending on regional hospitals grows by a fifth. #Politics"
    assert (found.dropped, found.cut) == (("sentence 2",), ())


def test_a_picked_summary_tells_which_sentences_found_no_room(shown: Callable[..., tuple[str, Fitted]]) -> None:
    body = (
        "The minister opened the northern bridge today. Ferries stop tomorrow morning. "
        "The northern bridge cost the minister 4 million roubles and took the north three years."
    )
    text, found = shown("{{ story.summary }}", 90, replace(ARTICLE, summary="", body=body))
    assert text == "The minister opened the northern bridge today. Ferries stop tomorrow morning."
    assert [(one.of, one.at) for one in found.cut] == [("summary", "sentence")]
    assert "cost the minister" in found.cut[0].left_out


def test_a_template_that_repeats_its_summary_still_fits(shown: Callable[..., tuple[str, Fitted]]) -> None:
    text, _ = shown("{{ story.summary }}\n{{ story.summary }}", 100)
    assert text == "\n".join(["Spending on regional hospitals grows by a fifth."] * 2)


def test_an_editors_own_words_stay_whole_and_parts_make_room(tmp_path: Path) -> None:
    (tmp_path / "telegram").mkdir()
    (tmp_path / "telegram" / "own.txt.j2").write_text(
        '{{ own }}{% part "desk" %}, {{ desk.name }}{% endpart %}', "utf-8"
    )
    renderer = Renderer((tmp_path,), Desk(name="Northern Wire", zone="UTC"))
    story = Story(id=1, article=ARTICLE, first_seen_at=NOON)

    def own(room: int) -> str:
        return renderer.own("telegram", Limits(text=room), story, "Briefing at 11:00", link="").text

    assert own(32) == "Briefing at 11:00, Northern Wire"
    assert own(31) == "Briefing at 11:00"
    with pytest.raises(TemplateError, match="17 units long; 16 fit"):
        own(16)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ('{% part "a", place=1 %}{% endpart %}', "a part has a name and an order, not 'place'"),
        ('{% part "a", order="first" %}x{% endpart %}', "part 'a': its order is a whole number, not 'first'"),
        ('{% part "a" %}x', "Unexpected end of template"),
    ],
)
def test_a_wrong_part_is_named_with_its_line(
    shown: Callable[..., tuple[str, Fitted]], template: str, words: str
) -> None:
    with pytest.raises(TemplateError, match=r"post\.txt\.j2:1: ") as raised:
        shown(template, 100)
    assert words in str(raised.value)


def test_a_part_in_a_file_that_is_imported_without_the_context_always_stays(tmp_path: Path) -> None:
    (tmp_path / "telegram").mkdir()
    (tmp_path / "telegram" / "_m.txt.j2").write_text('{% macro m() %}{% part "a" %}always{% endpart %}{% endmacro %}')
    (tmp_path / "telegram" / "post.txt.j2").write_text('{% from "telegram/_m.txt.j2" import m %}{{ m() }}')
    renderer = Renderer((tmp_path,), Desk(name="Wire", zone="UTC"))
    story = Story(id=1, article=ARTICLE, first_seen_at=NOON)
    assert renderer.story("telegram", Limits(text=10), story, link="").text == "always"


# ---- more room never gives less, and what fits stays as it is

WORDS = st.lists(
    st.sampled_from(
        (
            "Minister",
            "the",
            "budget",
            "of",
            "5.5",
            "million",
            "roubles,",
            "said",
            "Anna",
            "Kovalenko.",
            "“Yes,”",
            "новый",
            "закон.",
            "We",
            "agree.",
            "🇧🇾",
            "http://e.org",
            "中文",
            "and",
            "opened;",
        )
    ),
    max_size=40,
).map(" ".join)


class Sheet:
    """A post of a headline, a summary and two parts."""

    parts = ("tags", "byline")

    def visible(self, headline: str, summary: str, dropped: int = 0) -> str:
        return "\n".join(one for one in (headline, summary, *("#Politics #Economy", "Anna Writer")[dropped:]) if one)


def fit(headline: str, told: Gist, room: int) -> Fitted:
    return fitted(
        Sheet(),
        headline=headline,
        summary=lambda most: told.within(most, weighted_length),
        most=200,
        limit=room,
        measure=weighted_length,
        language="en",
    )


@settings(max_examples=80, deadline=None)
@given(WORDS, WORDS)
def test_more_room_never_shows_less_of_the_story_nor_fewer_parts_beside_the_same_words(head: str, told: str) -> None:
    headline, gist = " ".join(head.split()[:8]) or "News", Gist(given=told, units=(), language="en")
    before = None
    for room in range(5, 300, 7):
        now = fit(headline, gist, room)
        assert now.length == weighted_length(Sheet().visible(now.headline, now.summary, len(now.dropped))) <= room
        if before is not None:
            shown = len(now.headline.rstrip("…")) + len(now.summary.rstrip("…"))
            assert shown >= len(before.headline.rstrip("…")) + len(before.summary.rstrip("…"))
            if (now.headline, now.summary) == (before.headline, before.summary):
                assert len(now.dropped) <= len(before.dropped)
        before = now


@settings(max_examples=80, deadline=None)
@given(WORDS, WORDS, st.integers(5, 300))
def test_what_was_made_to_fit_stays_as_it_is(head: str, told: str, room: int) -> None:
    headline = " ".join(head.split()[:8]) or "News"
    once = fit(headline, Gist(given=told, units=(), language="en"), room)
    if once.summary or not told:
        again = fit(once.headline, Gist(given=once.summary, units=(), language="en"), room)
        assert (again.headline, again.summary, again.dropped) == (once.headline, once.summary, once.dropped)


def test_fitting_without_any_headline_shows_what_there_is() -> None:
    found = fit("", Gist(given="", units=(), language="en"), 20)
    assert (found.headline, found.summary, found.dropped) == ("", "", ("tags",))
