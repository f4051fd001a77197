"""The files that platforms give, whole and mutilated, and both sides held against each other."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.errors import ParseError
from distributor.rules.fate.archives import telegram_posts, tweets
from distributor.rules.fate.parallel import Shadow, compare
from tests.support import NOON, article

MINSK = ZoneInfo("Europe/Minsk")
STORY = "https://news.example.org/politics/story-1/"


def message(number, minutes, text, **fields):
    at = NOON + timedelta(minutes=minutes)
    told = {
        "id": number,
        "type": "message",
        "date": f"{at:%Y-%m-%dT%H:%M:%S}",
        "date_unixtime": str(int(at.timestamp())),
    }
    return {**told, "text": text, **fields}


def export(*messages):
    return json.dumps({"name": "News", "type": "public_channel", "id": 1, "messages": list(messages)}, indent=1)


def tweet(number, text, *links, at="Tue Nov 24 12:05:00 +0000 2026"):
    urls = [{"url": "https://t.co/a", "expanded_url": link} for link in links]
    return {"tweet": {"id_str": str(number), "created_at": at, "full_text": text, "entities": {"urls": urls}}}


def archive(*posts):
    return "window.YTD.tweets.part0 = " + json.dumps(list(posts), indent=1)


LINKED = ["Read: ", {"type": "text_link", "text": "the story", "href": STORY}, {"type": "bold", "text": "!"}]
EXPORT = export(message(2, 9, LINKED), message(1, 5, "Plain"), {"id": 3, "type": "service", "action": "pin_message"})
ARCHIVE = archive(tweet(7, "Headline https://t.co/a", STORY), tweet(8, "RT @other: theirs"))


def test_a_telegram_export_gives_its_posts_with_the_links_behind_words():
    plain, linked = telegram_posts(EXPORT, "result.json", MINSK)
    assert (plain.remote_id, plain.text, plain.links) == ("1", "Plain", ())
    assert (linked.text, linked.links) == ("Read: the story!", (STORY,))
    assert linked.at == NOON + timedelta(minutes=9)


def test_an_export_without_instants_is_read_in_the_desks_zone():
    told = message(1, 0, [{"type": "link", "text": STORY}])
    del told["date_unixtime"]
    (post,) = telegram_posts(export(told), "result.json", MINSK)
    assert post.at == NOON - timedelta(hours=3)
    assert post.links == (STORY,)
    (aware,) = telegram_posts(export({**told, "date": "2026-11-24T12:00:00+00:00"}), "result.json", MINSK)
    assert aware.at == NOON


def test_an_x_archive_gives_its_posts_without_reposts():
    (post,) = tweets(ARCHIVE, "tweets.js")
    assert (post.remote_id, post.links, post.at.tzinfo) == ("7", (STORY,), UTC)
    assert post.at == NOON + timedelta(minutes=5)
    assert post.url == "https://x.com/i/web/status/7"
    old = json.dumps([{"id": 1, "text": "a", "created_at": "Tue Nov 24 12:05:00 +0300 2026"}])
    (bare,) = tweets(f"window.YTD.tweet.part0={old}", "tweet.js")
    assert bare.at == NOON + timedelta(minutes=5, hours=-3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", 'result.json: no Telegram export; expected an object with "messages"'),
        ('{"messages": {}}', "no Telegram export"),
        ('{"messages": [\n', "result.json:2: the file is cut off or damaged"),
        ("[" * 100_000, "damaged"),
        (
            export(message(1, 0, "a"), {"id": 2, "type": "message", "text": "b"}),
            "message 2 cannot be understood: it has no 'date'",
        ),
        (export(message(1, 0, 5)), "message 1 cannot be understood"),
        (export("text"), "message 1 cannot be understood"),
        (export(message(1, 0, "a", date_unixtime="soon")), "message 1 cannot be understood: invalid literal"),
        (export(message(1, 0, "a", date_unixtime="9" * 30)), "message 1 cannot be understood"),
    ],
)
def test_a_damaged_export_is_named_with_its_place(text, words):
    with pytest.raises(ParseError) as caught:
        telegram_posts(text, "result.json", MINSK)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no tweets.js of an X archive"),
        ("window.YTD.tweets.part0", "no tweets.js of an X archive"),
        ("window.YTD.tweets.part0 = {}", "expected a list of posts"),
        ("window.YTD.tweets.part0 =\n[\n{", "tweets.js:3: the file is cut off or damaged"),
        (archive(tweet(1, "a"), {"tweet": {}}), "post 2 cannot be understood: it has no 'text'"),
        (archive(tweet(1, "a", at="yesterday")), "post 1 cannot be understood"),
        (archive(tweet(1, "a", at="Tue Foo 24 12:05:00 +0000 2026")), "post 1 cannot be understood"),
        (archive(7), "post 1 cannot be understood"),
    ],
)
def test_a_damaged_archive_is_named_with_its_place(text, words):
    with pytest.raises(ParseError) as caught:
        tweets(text, "tweets.js")
    assert words in str(caught.value)


@given(data=st.data(), source=st.sampled_from([EXPORT, ARCHIVE]))
def test_whatever_is_cut_or_changed_the_file_is_read_or_refused_in_words(data, source):
    at = data.draw(st.integers(0, len(source)))
    broken = source[:at] + data.draw(st.text(max_size=8)) + source[data.draw(st.integers(at, len(source))) :]
    for read in (lambda: telegram_posts(broken, "f", MINSK), lambda: tweets(broken, "f")):
        try:
            posts, refusal = read(), ""
        except ParseError as error:
            posts, refusal = [], str(error)
        assert refusal.startswith("f" if refusal else "")
        assert [post.at for post in posts] == sorted(post.at for post in posts)


# -- both sides


def ours(number, minutes):
    told = article(number, headline=f"Parliament passes the budget of region {number}")
    return Shadow(at=NOON + timedelta(minutes=minutes), article=told, text="")


def theirs(*messages):
    return telegram_posts(export(*messages), "f", MINSK)


def link(number):
    return [{"type": "link", "text": f"https://www.example.org/?x={number}"}]


def test_stories_are_paired_by_their_page_else_by_their_words_and_the_minutes_are_counted():
    posts = theirs(
        message(1, 10, LINKED),
        message(2, 30, LINKED),
        message(3, 4, "Parliament passes the budget of region 2"),
        message(4, 20, "Something else happened in the harbour"),
        message(5, 60, [{"type": "link", "text": "https://news.example.org/politics/story-9/"}]),
    )
    found = compare([ours(1, 0), ours(2, 5), ours(3, 6)], posts)
    assert [(one.ours.article.guid, len(one.theirs)) for one in found.pairs] == [("guid-1", 2), ("guid-2", 1)]
    assert [one.ours.article.guid for one in found.doubles] == ["guid-1"]
    assert list(found.gained or ()) == [4.5, 10, -1]
    assert [post.remote_id for post in found.only_theirs] == ["4", "5"]
    assert [one.article.guid for one in found.only_ours] == ["guid-3"]


def test_a_post_that_leads_to_another_page_of_the_site_tells_no_story_by_its_words():
    text = ["Parliament passes the budget of region 1 ", {"type": "link", "text": "https://news.example.org/other/"}]
    assert compare([ours(1, 0)], theirs(message(1, 5, text))).pairs == []
    short = ["Parliament passes the budget of region 1 ", {"type": "link", "text": "https://sho.rt/a1"}]
    assert len(compare([ours(1, 0)], theirs(message(1, 5, short))).pairs) == 1


def test_only_the_time_that_both_sides_know_is_compared():
    posts = theirs(message(1, -60, "Long before"), message(2, 10, "A post in between"))
    found = compare([ours(1, 0), ours(2, 30)], posts)
    assert [post.remote_id for post in found.only_theirs] == ["2"]
    assert [one.article.guid for one in found.only_ours] == ["guid-1"]
    later = compare([ours(1, 0)], posts, NOON + timedelta(minutes=5))
    assert (later.only_ours, later.since) == ([], NOON + timedelta(minutes=5))
    for nothing in (compare([], posts), compare([ours(1, 0)], [])):
        assert (len(nothing.pairs), nothing.gained, len(nothing.only_ours)) == (0, None, 0)


@given(
    st.lists(st.integers(1, 5), max_size=5, unique=True),
    st.lists(st.tuples(st.integers(1, 7), st.integers(0, 90)), max_size=8),
)
def test_every_post_and_story_of_the_time_is_counted_once(numbers, posted):
    sides = [ours(number, number) for number in numbers]
    links = [
        message(place, minutes, [{"type": "link", "text": f"https://news.example.org/politics/story-{number}/"}])
        for place, (number, minutes) in enumerate(posted)
    ]
    found = compare(sides, theirs(*links))
    paired = [post.remote_id for pair in found.pairs for post in pair.theirs]
    alone = [post.remote_id for post in found.only_theirs]
    assert len(set(paired + alone)) == len(paired + alone)
    told = [pair.ours.article.guid for pair in found.pairs] + [one.article.guid for one in found.only_ours]
    assert len(set(told)) == len(told)
