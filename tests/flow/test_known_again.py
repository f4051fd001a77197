"""Stories that come again under other names, in other feeds, late or anew: on the real database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.model import ChangeKind, PubStatus, Route, State
from distributor.rules.story.identity import BY_HAND
from distributor.store.codes import STATES
from tests.flow.test_flows import Newsroom
from tests.support import NOON, ToldChannel, ToldSource, article
from tests.unit.same_stories import STORIES

SITE = "https://news.example.org"
BOTH = (
    Route(name="politics", channels=("x",), categories=("Politics",)),
    Route(name="world", channels=("tg",), categories=("World",)),
)


def told(number, story, **fields):
    section, slug, _, headline, _, lead, _, more = STORIES[story]
    url = f"{SITE}/{section}/{slug}"
    given = {"guid": url, "url": url, "headline": headline, "summary": lead, "body": more, **fields}
    return article(number, **given)


class Desk(Newsroom):
    """Two channels, each with a section of its own."""

    def __init__(self, folder, routes=BOTH):
        super().__init__(folder, ToldChannel("x"), routes)
        self.store.deliveries.know_channel("tg", "console", NOON)

    def feed(self, name, *documents, first=True):
        return self.ingester(ToldSource(*documents), feed=name, publish_first=first).run_once(self.clock.now())

    def rows(self):
        return sorted((one["channel"], STATES[one["state"]]) for one in self.store.deliveries.list())

    def stories(self):
        return len(self.store.stories.latest(100))


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path)
    yield found
    found.store.close()


def test_a_story_in_two_feeds_is_one_story_with_two_categories_and_each_channel_has_it_once(desk):
    desk.feed("politics", [told(1, 0)])
    assert desk.rows() == [("tg", State.SKIPPED), ("x", State.PLANNED)]
    desk.drain()
    (change,) = desk.feed("world", [told(1, 0, feed="world", guid="w1", categories=("World",))]).changes
    assert change.kind is ChangeKind.JOINED
    assert desk.rows() == [("tg", State.PLANNED), ("x", State.SENT)]
    assert desk.store.stories.latest(1)[0].article.categories == ("Politics", "World")
    # and however often it is read again
    assert desk.feed("world", [told(1, 0, feed="world", guid="w1", categories=("World",))]).changes == []
    assert desk.feed("politics", [told(1, 0)]).changes == []
    assert desk.stories() == 1


def test_the_second_category_stays_when_the_text_changes(desk):
    desk.feed("politics", [told(1, 0)])
    desk.feed("world", [told(1, 0, feed="world", guid="w1", categories=("World",))])
    desk.feed("politics", [told(1, 0, headline="Border talks have begun in Geneva")])
    assert desk.store.stories.latest(1)[0].article.categories == ("Politics", "World")
    assert desk.store.stories.latest(1)[0].article.revision == 1


def test_a_feed_that_is_read_for_the_first_time_plans_nothing_for_its_category(desk):
    desk.feed("politics", [told(1, 0)])
    desk.feed("world", [told(1, 0, feed="world", guid="w1", categories=("World",))], first=False)
    assert desk.rows() == [("tg", State.SKIPPED), ("x", State.PLANNED)]


def test_a_category_that_comes_later_in_the_same_feed_is_routed_too(desk):
    desk.feed("politics", [told(1, 0)])
    desk.feed("politics", [told(1, 0, categories=("Politics", "World"))])
    assert desk.rows() == [("tg", State.PLANNED), ("x", State.PLANNED)]


def test_sections_that_are_set_anew_after_a_day_or_over_a_baseline_bring_nothing_old(desk):
    desk.feed("politics", [told(1, 0)], first=False)
    desk.routes = (*BOTH, Route(name="later", channels=("later",), categories=("World",)))
    desk.store.deliveries.know_channel("later", "console", NOON)
    desk.feed("politics", [told(1, 0, categories=("Politics", "World"))])
    assert desk.rows() == [("tg", State.SKIPPED), ("x", State.SKIPPED)]
    desk.routes = BOTH
    desk.feed("politics", [told(2, 1)])
    desk.clock.advance(25 * 3600)
    desk.feed("politics", [told(2, 1, categories=("Politics", "World"))])
    assert ("tg", State.PLANNED) not in desk.rows()
    assert desk.store.stories.latest(1)[0].article.categories == ("Politics", "World")


def test_what_somebody_or_a_rule_has_skipped_is_not_planned_by_another_category(desk):
    desk.feed("politics", [told(1, 0, pubstatus=PubStatus.WITHHELD)])
    desk.feed("world", [told(1, 0, feed="world", guid="w1", categories=("World",), pubstatus=PubStatus.WITHHELD)])
    assert desk.rows() == [("tg", State.SKIPPED), ("x", State.SKIPPED)]


def test_a_new_address_and_a_new_id_at_once_are_the_same_story_by_its_words(desk):
    desk.feed("politics", [told(1, 0), told(2, 1)])
    moved = [told(9, story, url=f"{SITE}/moved/{story}", guid=f"{SITE}/moved/{story}") for story in (0, 1)]
    changes = desk.feed("politics", moved).changes
    assert [change.kind for change in changes] == [ChangeKind.JOINED] * 2
    assert desk.stories() == 2
    assert desk.feed("politics", moved).changes == []
    # the new names are the story's own from then on
    (change,) = desk.feed("politics", [replace(moved[0], headline="Talks on border have opened in Geneva")]).changes
    assert (change.kind, change.story_id) == (ChangeKind.UPDATED, desk.store.stories.find([f"url:{moved[0].url}"]).id)


def test_a_new_text_that_comes_with_a_new_address_is_a_revision(desk):
    first = told(1, 0, url=f"{SITE}/view/talks-184231-2026/", guid="a")
    desk.feed("politics", [first])
    edited = replace(first, url=f"{SITE}/view/border-184231-2026/", guid="b", headline="Border talks open in Geneva")
    (change,) = desk.feed("politics", [edited]).changes
    assert (change.kind, change.article.revision) == (ChangeKind.UPDATED, 1)
    assert desk.stories() == 1
    assert desk.feed("politics", [edited]).changes == []


def test_a_new_id_and_a_new_headline_under_one_address_are_a_revision(desk):
    desk.feed("politics", [told(1, 0)])
    (change,) = desk.feed("politics", [told(1, 0, guid="new", headline="Border talks open")]).changes
    assert (change.kind, change.article.revision) == (ChangeKind.UPDATED, 1)


def test_an_old_text_under_a_new_id_does_not_undo_what_another_feed_has_told_since(desk):
    elsewhere = told(1, 0, feed="world", guid="w1")
    desk.feed("politics", [told(1, 0)])
    desk.feed("world", [replace(elsewhere, categories=("World",))])
    newer = replace(elsewhere, headline="Border talks open in Geneva")
    (change,) = desk.feed("world", [newer]).changes
    assert (change.kind, change.article.revision) == (ChangeKind.UPDATED, 1)
    assert desk.feed("politics", [told(1, 0, guid="new")]).changes == []
    assert desk.store.stories.latest(1)[0].article.headline == newer.headline


def test_an_id_that_is_used_again_brings_a_story_of_its_own(desk):
    desk.feed("politics", [told(1, 0, guid="node")])
    (change,) = desk.feed("politics", [told(2, 4, guid="node")]).changes
    assert (change.kind, change.article.revision) == (ChangeKind.NEW, 0)
    assert desk.stories() == 2
    assert desk.feed("politics", [told(2, 4, guid="node")]).changes == []
    assert desk.feed("politics", [told(1, 0, guid="node")]).changes == []


def test_a_feed_that_gives_all_its_items_one_id_loses_none(desk):
    document = [told(number, number, guid="1") for number in range(8)]
    assert len(desk.feed("politics", document).changes) == 8
    assert desk.feed("politics", document[::-1]).changes == []
    assert len(desk.feed("politics", [*document, told(8, 8, guid="1", language="de")]).changes) == 1
    assert desk.stories() == 9


def test_a_story_that_stands_twice_in_a_document_under_two_addresses_is_one_in_both_sections(desk):
    twice = [told(1, 0), told(2, 0, url=f"{SITE}/world/talks", guid="w", categories=("World",))]
    (change,) = desk.feed("politics", twice).changes
    assert set(change.article.categories) == {"Politics", "World"}
    assert desk.rows() == [("tg", State.PLANNED), ("x", State.PLANNED)]
    assert desk.feed("politics", twice).changes[0:0] == []
    assert desk.stories() == 1


def test_a_resurrected_story_is_known_by_its_words_weeks_later_and_a_daily_column_is_not(desk):
    long = {"body": " ".join([STORIES[0][7]] * 2)}
    desk.feed("politics", [told(1, 0, **long), article(2, headline="Exchange rates", summary="As set by the bank.")])
    desk.clock.advance(30 * 24 * 3600)
    later = {"published": desk.clock.now(), "url": f"{SITE}/again", "guid": "again"}
    rates = article(3, headline="Exchange rates", summary="As set by the bank.", published=desk.clock.now())
    changes = desk.feed("politics", [told(1, 0, **long, **later), rates]).changes
    assert sorted(change.kind for change in changes) == [ChangeKind.JOINED, ChangeKind.NEW]


def test_what_was_taken_back_is_not_known_again_by_its_words(desk):
    desk.feed("politics", [told(1, 0)])
    desk.feed("politics", [told(1, 0, pubstatus=PubStatus.CANCELED)])
    (change,) = desk.feed("politics", [told(1, 0, url=f"{SITE}/anew", guid="anew")]).changes
    assert change.kind is ChangeKind.NEW


def test_a_post_by_hand_is_never_taken_for_the_story_that_it_leads_to(desk):
    url = f"{SITE}/view/talks-184231-2026/"
    desk.feed(BY_HAND, [told(1, 0, url=url, guid="post:1", feed=BY_HAND)])
    (change,) = desk.feed("politics", [told(1, 0, url=url, guid=url)]).changes
    assert change.kind is ChangeKind.NEW


def test_a_translation_is_a_story_of_its_own_and_leaves_for_its_own_language_alone(desk):
    desk.routes = (
        Route(name="en", channels=("x",), languages=("en",)),
        Route(name="ru", channels=("tg",), languages=("ru",)),
    )
    english = told(1, 0, translations=(f"{SITE}/ru/1",), guid="node-184231")
    russian = replace(english, feed="ru", url=f"{SITE}/ru/1", language="ru", headline="Переговоры", translations=())
    desk.feed("politics", [english])
    (change,) = desk.feed("ru", [russian]).changes
    assert change.kind is ChangeKind.NEW
    assert desk.rows() == [
        ("tg", State.PLANNED),
        ("tg", State.SKIPPED),
        ("x", State.PLANNED),
        ("x", State.SKIPPED),
    ]


def test_an_embargo_that_is_over_and_leaves_the_feed_changes_nothing(desk):
    held = told(1, 0, embargoed=NOON + timedelta(hours=1))
    desk.feed("politics", [held])
    desk.clock.advance(7200)
    assert desk.feed("politics", [told(1, 0)]).changes == []
    (change,) = desk.feed("politics", [told(1, 0, headline="Talks on border have opened in Geneva")]).changes
    assert change.article.revision == 1
