from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Article, ChangeKind, Image, PubStatus
from distributor.rules.story.identity import Known, changes, fingerprint, keys, oldest_first
from tests.support import NOON, article


def remembered(*articles: Article) -> dict[str, Known]:
    return {
        key: Known(
            story_id=number,
            fingerprint=fingerprint(one),
            revision=0,
            pubstatus=one.pubstatus,
            feed=one.feed,
            categories=one.categories,
        )
        for number, one in enumerate(articles, 1)
        for key in keys(one)
    }


def test_a_story_never_seen_is_new():
    (change,) = changes([article()], {})
    assert change.kind is ChangeKind.NEW
    assert change.story_id is None
    assert change.article.fingerprint == fingerprint(article())


def test_the_same_document_again_means_nothing():
    both = [article(1), article(2)]
    assert not changes(both, remembered(*both))


def test_the_same_document_in_another_order_means_nothing():
    both = [article(1), article(2)]
    assert not changes(both[::-1], remembered(*both))


def test_a_new_guid_for_the_same_address_is_the_same_story():
    assert not changes([replace(article(), guid="https://other/scheme/1")], remembered(article()))


def test_a_new_slug_under_the_same_guid_is_the_same_story():
    moved = replace(article(), url="https://news.example.org/politics/a-better-slug/")
    assert not changes([moved], remembered(article()))


def test_http_become_https_is_the_same_story():
    plain = replace(article(), url="http://news.example.org/politics/story-1/", guid="other")
    assert not changes([plain], remembered(article()))


def test_tracking_parameters_do_not_make_another_story():
    tracked = replace(article(), url=article().url + "?utm_source=rss#top", guid="other")
    assert not changes([tracked], remembered(article()))


def test_a_changed_headline_is_a_new_revision_of_the_known_story():
    (change,) = changes([replace(article(), headline="A better headline")], remembered(article()))
    assert change.kind is ChangeKind.UPDATED
    assert change.story_id == 1
    assert change.article.revision == 1


def test_a_story_that_turns_canceled_is_withdrawn():
    (change,) = changes([replace(article(), pubstatus=PubStatus.CANCELED)], remembered(article()))
    assert change.kind is ChangeKind.WITHDRAWN


def test_what_is_gone_already_is_not_taken_back_again_in_other_words():
    known = remembered(replace(article(), pubstatus=PubStatus.CANCELED))
    assert not changes([replace(article(), pubstatus=PubStatus.CANCELED, headline="Withdrawn")], known)


def test_what_a_feed_told_before_an_editor_is_old_until_it_takes_it_back():
    edited = remembered(replace(article(), headline="An editor's own words"))
    known = {key: replace(one, told=fingerprint(article())) for key, one in edited.items()}
    assert not changes([article()], known)
    (change,) = changes([replace(article(), pubstatus=PubStatus.CANCELED)], known)
    assert change.kind is ChangeKind.WITHDRAWN


def test_a_moved_date_is_no_change():
    assert not changes([replace(article(), published=None, updated=None)], remembered(article()))


def test_an_article_that_stands_twice_in_a_document_counts_once():
    assert len(changes([article(), replace(article(), guid="again")], {})) == 1


def test_what_was_published_first_is_told_first_whatever_the_documents_order():
    dated = [article(number, published=NOON + timedelta(minutes=number)) for number in (3, 1, 2)]
    assert [one.guid for one in oldest_first(dated)] == ["guid-1", "guid-2", "guid-3"]


def test_without_dates_the_last_in_the_document_is_the_oldest():
    bare = [article(number, published=None) for number in (3, 2, 1)]
    assert [one.guid for one in oldest_first(bare)] == ["guid-1", "guid-2", "guid-3"]


def test_an_undated_article_comes_after_the_dated_ones():
    mixed = [article(2, published=None), article(1)]
    assert [one.guid for one in oldest_first(mixed)] == ["guid-1", "guid-2"]


def test_stories_that_all_link_to_the_front_page_stay_apart():
    front = [article(number, url="https://news.example.org/") for number in (1, 2, 3)]
    assert len(changes(front, {})) == 3


def test_the_address_decides_when_guid_and_address_disagree():
    crossed = replace(article(1), guid="guid-2")
    (change,) = changes([replace(crossed, headline="new")], remembered(article(1), article(2)))
    assert change.story_id == 1


def test_white_space_and_unicode_form_do_not_change_the_fingerprint():
    composed = article(headline="Café opens")
    assert fingerprint(composed) == fingerprint(article(headline="Cafe\u0301  opens "))


def test_everything_a_reader_sees_changes_the_fingerprint():
    variants = [
        article(headline="h"),
        article(summary="s"),
        article(body="b"),
        article(byline="by"),
        article(image=Image(url="https://news.example.org/i.png")),
        article(pubstatus=PubStatus.WITHHELD),
        article(embargoed=article().published),
    ]
    assert len({fingerprint(one) for one in [article(), *variants]}) == 8


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 30), max_size=40), st.randoms())
def test_whatever_the_order_and_the_doubles_a_second_reading_means_nothing(numbers, random):
    document = [article(number) for number in numbers]
    first = changes(document, {})
    assert len(first) == len(set(numbers))
    random.shuffle(document)
    assert not changes(document, remembered(*(change.article for change in first)))
