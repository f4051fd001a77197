from __future__ import annotations

import html
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from distributor.errors import ChannelError, OutOfCredit, RateLimited, Rejected, Unauthorized, Unavailable
from distributor.model import (
    Act,
    AskSomebody,
    Delivery,
    Doubt,
    Doubtful,
    Drop,
    Entity,
    Found,
    GiveUp,
    LookAgain,
    Message,
    Seen,
    SendAgain,
    State,
    SubjectKind,
)
from distributor.rules.fate.doubt import (
    LAST_LOOK,
    LOOKS,
    MAYBE_THERE,
    MOST_DOUBTS,
    PATIENCE,
    SKEW,
    WITHDRAWN,
    after_look,
    after_refusal,
    find,
    is_recognisable,
    repeated,
    unasked,
    words,
)
from distributor.rules.fate.lifecycle import LONGEST_WAIT, MOST_TRIES
from tests.support import NOON

KEY = "abcdefgh23456777"
PAGE = "https://news.example.org/politics/talks/"
LINK = f"{PAGE}?utm_id={KEY}"


def doubtful(message: Message | None = None, *, story: str = PAGE, **fields: object) -> Doubtful:
    entry = Delivery(
        id=1,
        subject_id=1,
        subject_kind=SubjectKind.STORY,
        channel="x",
        recipient=0,
        act=Act.POST,
        part=0,
        revision=0,
        state=State.UNKNOWN,
        reason="no answer in 20 s",
        due_at=NOON,
        priority=5,
        template="",
        attempts=1,
        message_id=1,
        first_sent_at=NOON,
        remote_id="",
        url="",
        doubts=1,
    )
    return Doubtful(delivery=replace(entry, **fields), message=message, story=story, since=NOON)  # type: ignore[arg-type]


def seen(text: str = "", *links: str, number: str = "7", at: timedelta = timedelta(0)) -> Seen:
    return Seen(remote_id=number, url=f"https://x.test/{number}", at=NOON + at, text=text, links=links)


# -- which post it is --------------------------------------------------------------------------------------------------


def test_a_post_is_known_by_the_name_in_its_link_whatever_its_words_have_become():
    doubt = doubtful(Message(text=f"Talks {LINK}", link=LINK))
    ours = seen("Talks https://t.co/abc", LINK)
    assert find(doubt, KEY, [seen("Talks https://t.co/x", PAGE), ours]) == ours


def test_the_name_is_found_wherever_it_stands_in_the_query_and_however_the_page_is_spelled():
    doubt = doubtful(Message(text="Talks", link=LINK))
    link = f"http://NEWS.example.org/politics/talks?utm_id={KEY}&utm_source=x#top"
    assert find(doubt, KEY, [seen("Talks", link)]) is not None


@pytest.mark.parametrize("behind_words", [True, False])
def test_a_round_up_is_known_by_the_name_in_any_of_its_links(behind_words):
    other = f"https://news.example.org/politics/other/?utm_id={KEY}"
    entities = tuple(Entity(type="text_link", offset=0, length=3, url=url) for url in (LINK, other))
    message = Message(text="Two stories", entities=entities) if behind_words else Message(text=f"Two {LINK} {other}")
    assert find(doubtful(message, story=""), KEY, [seen("Quite other words", other)]) is not None
    assert find(doubtful(message, story=""), KEY, [seen("Two stories"), seen(message.text)]) is None


def test_a_post_with_a_button_is_known_by_its_words_too_for_a_copy_may_lack_the_button():
    doubt = doubtful(Message(text="Talks begin", link=LINK, button="Read in full"))
    assert find(doubt, KEY, [seen("Talks begin")]) is not None
    assert find(doubt, KEY, [seen("Other words", LINK)]) is not None
    assert find(doubt, KEY, [seen("Other words")]) is None


def test_the_name_on_another_story_is_of_the_store_that_was_replaced():
    doubt = doubtful(Message(text="Talks", link=LINK))
    other = f"https://news.example.org/politics/other/?utm_id={KEY}"
    assert find(doubt, KEY, [seen("Talks", other)]) is None


@pytest.mark.parametrize("link", ["", PAGE + "?signature=7f3a"])
def test_without_the_name_in_its_link_a_post_is_known_by_its_very_words(link):
    doubt = doubtful(Message(text=f"Talks  begin {link}".strip(), link=link))
    ours = seen("Talks begin https://t.co/abc" if link else "Talks begin")
    assert find(doubt, KEY, [seen("Talks begin today"), ours]) == ours


def test_the_same_words_of_long_ago_are_another_post():
    doubt = doubtful(Message(text="Good morning"))
    assert find(doubt, KEY, [seen("Good morning", at=-SKEW - timedelta(seconds=1))]) is None
    assert find(doubt, KEY, [seen("Good morning", at=-SKEW)]) is not None


def test_where_a_post_before_it_is_known_the_platforms_own_order_counts_and_no_clock():
    doubt = doubtful(Message(text="Good morning"), after_id="99")
    a_day_behind = seen("Good morning", number="100", at=-timedelta(days=1))
    assert find(doubt, KEY, [a_day_behind]) == a_day_behind
    assert find(doubt, KEY, [seen("Good morning", number="99"), seen("Good morning", number="98")]) is None


def test_a_text_that_is_only_an_address_is_no_words():
    doubt = doubtful(Message(text=PAGE))
    assert find(doubt, KEY, [seen("https://t.co/abc")]) is None


def test_what_another_store_sent_is_known_by_the_page_it_leads_to():
    doubt = doubtful(None, message_id=None, first_sent_at=None)
    other = f"{PAGE}?utm_id=zzzzzzzz22222222&utm_source=x"
    assert find(doubt, KEY, [seen("Anything", "https://news.example.org/"), seen("Anything", other)]) is not None
    assert find(doubt, KEY, [seen("Anything", "https://news.example.org/")]) is None


def test_without_words_and_without_a_page_nothing_can_be_recognised():
    doubt = doubtful(None, story="")
    assert not is_recognisable(doubt)
    assert find(doubt, KEY, [seen("Anything", PAGE, ""), seen("", "")]) is None
    assert is_recognisable(doubtful(None))
    assert is_recognisable(doubtful(Message(text="Talks"), story=""))


def test_an_address_that_is_none_is_no_link_of_ours():
    doubt = doubtful(Message(text="Talks", link=LINK))
    assert find(doubt, KEY, [seen("Talks", "http://[::1", "http://[half/?utm_id=" + KEY)]) is None


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)


@settings(deadline=None)  # the first text builds the pattern of all top-level domains
@given(TEXTS, st.sampled_from(["https://t.co/AbCdEfGhIj", "https://news.example.org/a?b=c"]))
def test_words_are_the_same_however_blanks_addresses_and_composed_letters_are_shown(text, address):
    spaced = f"  {text.replace(' ', '   ')}  \n{address}"
    assume(words(f"{text} \n{address}") == words(text))  # an address may grow together with what stands before it
    assert words(spaced) == words(text)
    assert words(words(text)) == words(text)


@settings(deadline=None)  # the first text builds the pattern of all top-level domains
@given(TEXTS.filter(lambda text: words(text) != ""))
def test_a_post_is_found_by_its_words_as_x_answers_them(text):
    answered = html.unescape(html.escape(text, quote=False))
    doubt = doubtful(Message(text=text))
    assert find(doubt, KEY, [seen(answered)]) is not None


# -- what follows a look -----------------------------------------------------------------------------------------------


def test_what_was_found_is_sent():
    post = seen("Talks", LINK)
    assert after_look(doubtful(Message(text="Talks")), post, now=NOON) == Found(post=post)


def test_what_is_not_there_is_looked_for_again_while_it_may_still_come():
    for looks, wait in ((0, LOOKS[1]), (1, LOOKS[2])):
        found = after_look(doubtful(Message(text="T"), looks=looks), None, now=NOON + timedelta(seconds=6))
        assert found == LookAgain(at=NOON + wait, counts=True)


def test_a_late_look_is_not_followed_by_another_at_once():
    late = NOON + timedelta(hours=2)
    assert after_look(doubtful(Message(text="T")), None, now=late) == LookAgain(
        at=late + timedelta(seconds=5), counts=True
    )


def test_what_is_finally_not_there_is_due_again():
    now = NOON + LOOKS[-1]
    settled = after_look(doubtful(Message(text="T"), looks=len(LOOKS) - 1), None, now=now)
    assert isinstance(settled, SendAgain)
    assert settled.at == now


def test_what_is_withdrawn_is_looked_for_once_more_and_then_dropped():
    last = LOOKS[-1] + NOON
    doubt = replace(doubtful(looks=len(LOOKS) - 1), is_withdrawn=True)
    assert after_look(doubt, None, now=last) == LookAgain(at=NOON + LAST_LOOK, counts=True)
    doubt = replace(doubtful(looks=len(LOOKS), doubts=MOST_DOUBTS), is_withdrawn=True)
    end = after_look(doubt, None, now=NOON + LAST_LOOK)
    assert isinstance(end, Drop)
    assert "not to be found" in end.reason
    assert after_look(doubt, seen("there"), now=NOON + LAST_LOOK) == Found(post=seen("there"))


def test_what_is_withdrawn_is_never_repeated():
    gone = replace(doubtful(), is_withdrawn=True)
    assert repeated(gone, now=NOON) == Drop(reason=f"{WITHDRAWN}; {MAYBE_THERE}")
    assert unasked(gone, Doubt.ACCEPT, why="it is mail", now=NOON) == Drop(
        reason=f"{WITHDRAWN}; {MAYBE_THERE}; it is mail"
    )
    assert unasked(gone, Doubt.ASK, why="it is mail", now=NOON) == AskSomebody(reason=f"{WITHDRAWN}; it is mail")
    assert isinstance(unasked(gone, Doubt.NEVER, why="it is mail", now=NOON), Drop)


def test_a_platform_may_have_instants_of_its_own():
    settled = after_look(doubtful(Message(text="T")), None, now=NOON, schedule=(timedelta(seconds=5),))
    assert isinstance(settled, SendAgain)


def test_what_was_sent_ten_times_and_never_seen_is_for_a_person():
    doubt = doubtful(Message(text="T"), looks=2, doubts=MOST_DOUBTS)
    assert isinstance(after_look(doubt, None, now=NOON), AskSomebody)


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        (RateLimited("slow down", retry_after=timedelta(minutes=15)), timedelta(minutes=15)),
        (RateLimited("slow down"), timedelta(minutes=1)),
        (Unavailable("no connection"), timedelta(minutes=1)),
        (Unauthorized("401"), timedelta(minutes=5)),
        (OutOfCredit("402"), timedelta(minutes=5)),
    ],
)
def test_a_platform_that_does_not_tell_now_is_asked_later_and_the_look_does_not_count(refusal, wait):
    assert after_refusal(doubtful(), refusal, Doubt.ASK, now=NOON) == LookAgain(at=NOON + wait, counts=False)


@pytest.mark.parametrize("refusal", [Unauthorized("401"), OutOfCredit("402")])
def test_a_platform_that_refuses_us_for_an_hour_cannot_be_asked(refusal: ChannelError):
    assert isinstance(after_refusal(doubtful(), refusal, Doubt.ASK, now=NOON + PATIENCE), AskSomebody)


def test_an_outage_is_waited_for_however_long_it_lasts():
    assert isinstance(after_refusal(doubtful(), Unavailable("down"), Doubt.ASK, now=NOON + 9 * PATIENCE), LookAgain)


def test_where_the_platform_cannot_be_asked_the_policy_decides():
    refusal = Rejected("the chat protects its content")
    assert after_refusal(doubtful(), refusal, Doubt.ASK, now=NOON) == AskSomebody(reason=str(refusal))
    assert isinstance(after_refusal(doubtful(), refusal, Doubt.ACCEPT, now=NOON), SendAgain)
    assert isinstance(after_refusal(doubtful(), refusal, Doubt.NEVER, now=NOON), Drop)


def test_a_double_is_risked_once():
    assert isinstance(unasked(doubtful(doubts=2), Doubt.ACCEPT, why="", now=NOON), AskSomebody)


@pytest.mark.parametrize("policy", Doubt)
def test_what_another_store_may_have_sent_is_a_persons_matter_whatever_the_policy(policy):
    assert isinstance(unasked(doubtful(first_sent_at=None, doubts=0), policy, why="", now=NOON), AskSomebody)


@pytest.mark.parametrize("policy", Doubt)
def test_nobody_is_asked_about_an_alert(policy):
    assert isinstance(unasked(doubtful(act=Act.ALERT), policy, why="", now=NOON), SendAgain)
    assert isinstance(unasked(doubtful(act=Act.ALERT, doubts=2), policy, why="", now=NOON), Drop)


def test_a_receiver_that_knows_repetitions_gets_one_at_once_then_ever_more_slowly_and_not_for_ever():
    first = repeated(doubtful(), now=NOON)
    assert isinstance(first, SendAgain)
    assert first.at == NOON
    waits = [repeated(doubtful(doubts=doubts), now=NOON) for doubts in range(1, MOST_TRIES)]
    instants = [settled.at for settled in waits if isinstance(settled, SendAgain)]
    assert len(instants) == MOST_TRIES - 1
    assert instants == sorted(instants)
    assert instants[-1] == NOON + LONGEST_WAIT
    assert isinstance(repeated(doubtful(doubts=MOST_TRIES), now=NOON), GiveUp)
