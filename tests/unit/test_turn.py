"""When what follows a post may leave: every state of the post has its answer, in words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import (
    Act,
    ChannelPolicy,
    Delivery,
    FollowUp,
    Revision,
    RevisionClass,
    State,
    SubjectKind,
)
from distributor.rules.change.turn import (
    LATER,
    PATIENCE,
    SOON,
    Go,
    Leave,
    Post,
    Wait,
    revisions_since,
    tells_take,
    turn,
    visible,
)
from tests.support import NOON

PARENT = Delivery(
    id=7,
    subject_id=1,
    subject_kind=SubjectKind.STORY,
    channel="x",
    recipient=0,
    act=Act.POST,
    part=0,
    revision=0,
    state=State.SENT,
    reason="",
    due_at=NOON - timedelta(minutes=5),
    priority=5,
    template="",
    attempts=1,
    message_id=3,
    first_sent_at=NOON - timedelta(minutes=5),
    remote_id="77",
    url="https://x.test/77",
)
POST = Post(delivery=PARENT, first=0, shows=0, is_overtaken=False, is_busy=False, erasure=None)
FOLLOWS = (Act.EDIT, Act.REPLY, Act.DELETE)


def entry(act: Act = Act.EDIT, **fields) -> Delivery:
    told = {"id": 9, "act": act, "revision": 1, "state": State.DUE, "due_at": NOON, "parent_id": 7, "remote_id": ""}
    return replace(PARENT, **{**told, **fields})


def post(state: State = State.SENT, **fields) -> Post:
    about = {name: fields.pop(name) for name in ("remote_id", "reason", "due_at", "held_until") if name in fields}
    return replace(POST, delivery=replace(PARENT, state=state, **about), **fields)


def judged(act: Act, found: Post, **fields):
    return turn(entry(act, **fields), found, NOON, able=True)


@pytest.mark.parametrize("act", FOLLOWS)
def test_what_follows_a_post_that_stands_goes_to_its_id(act):
    assert judged(act, POST) == Go(target="77")


def test_where_our_own_name_is_the_posts_it_is_the_target():
    assert turn(entry(), post(remote_id=""), NOON, able=True, key="abcd") == Go(target="abcd")


@pytest.mark.parametrize("act", FOLLOWS)
@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED])
def test_what_follows_a_post_that_never_left_ends_with_its_reason(act, state):
    assert judged(act, post(state, reason="text is too long")) == Leave(
        reason="its post was not sent: text is too long"
    )


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED])
def test_a_post_given_up_in_doubt_is_taken_away_where_the_receiver_knows_it_by_our_key(state):
    doubted = replace(POST, delivery=replace(PARENT, state=state, reason="in doubt", doubts=1, remote_id=""))
    assert turn(entry(Act.DELETE), doubted, NOON, able=True, key="abcd") == Go(target="abcd")
    never_left = Leave(reason="its post was not sent: in doubt")
    assert turn(entry(Act.DELETE), doubted, NOON, able=True) == never_left
    assert turn(entry(Act.EDIT), doubted, NOON, able=True, key="abcd") == never_left
    surely_not = replace(doubted, delivery=replace(doubted.delivery, doubts=0))
    assert turn(entry(Act.DELETE), surely_not, NOON, able=True, key="abcd") == never_left


@pytest.mark.parametrize("act", [*FOLLOWS, Act.POST])
def test_while_the_post_is_on_its_way_it_waits_a_moment(act):
    assert judged(act, post(State.SENDING)) == Wait(reason="its post is on its way", until=NOON + SOON)
    assert judged(act, post(State.DUE)).until == NOON + LATER


def test_it_waits_no_less_than_its_post():
    later = NOON + timedelta(hours=2)
    assert judged(Act.EDIT, post(State.DUE, due_at=later)).until == later
    assert judged(Act.DELETE, post(State.HELD, held_until=later)).until == later


@pytest.mark.parametrize("act", [*FOLLOWS, Act.POST])
def test_while_nobody_knows_whether_the_post_stands_it_waits(act):
    found = judged(act, post(State.UNKNOWN))
    assert found == Wait(reason="nobody knows yet whether its post stands there", until=NOON + LATER)


@pytest.mark.parametrize("act", [Act.EDIT, Act.REPLY])
def test_a_post_that_left_with_this_text_needs_no_word_about_it(act):
    assert judged(act, post(shows=1)) == Leave(reason="its post shows this text already")
    assert judged(act, post(shows=2)) == Leave(reason="its post shows this text already")
    assert judged(act, post(shows=None)) == Go(target="77")


def test_of_two_changes_the_later_one_is_made():
    assert judged(Act.EDIT, post(is_overtaken=True)) == Leave(reason="a later text takes its place")
    assert judged(Act.REPLY, post(is_overtaken=True)) == Go(target="77")


@pytest.mark.parametrize("erasure", [State.PLANNED, State.DUE, State.HELD, State.SENDING, State.SENT, State.UNKNOWN])
def test_nothing_is_said_about_a_post_that_is_taken_away(erasure):
    for act in (Act.EDIT, Act.REPLY):
        assert judged(act, post(erasure=erasure)) == Leave(reason="its post is taken away")


@pytest.mark.parametrize("erasure", [State.FAILED, State.SKIPPED])
def test_a_post_that_could_not_be_taken_away_can_still_be_changed(erasure):
    assert judged(Act.EDIT, post(erasure=erasure)) == Go(target="77")


def test_a_post_is_taken_away_once():
    assert judged(Act.DELETE, post(erasure=State.SENT)) == Leave(reason="its post is taken away already")
    assert judged(Act.DELETE, post(erasure=State.FAILED)) == Go(target="77")


@pytest.mark.parametrize("act", [Act.EDIT, Act.DELETE])
def test_two_changes_of_a_post_are_never_at_the_wire_together(act):
    assert judged(act, post(is_busy=True)) == Wait(reason="its post is being changed", until=NOON + SOON)
    assert judged(Act.REPLY, post(is_busy=True)) == Go(target="77")


def test_an_id_that_is_not_known_yet_is_waited_for_and_not_for_ever():
    nameless = post(remote_id="")
    assert judged(Act.DELETE, nameless).until == NOON + LATER
    late = judged(Act.DELETE, nameless, due_at=NOON - PATIENCE)
    assert late == Leave(reason="its post stands there, and its id was never found")


@pytest.mark.parametrize("erasure", [None, State.SENT])
def test_a_post_in_anothers_place_goes_when_that_is_gone(erasure):
    assert judged(Act.POST, post(erasure=erasure)) == Go(target="")


def test_a_post_in_anothers_place_waits_for_it_and_falls_with_a_deletion_that_failed():
    assert judged(Act.POST, post(erasure=State.UNKNOWN)).until == NOON + SOON
    found = judged(Act.POST, post(erasure=State.FAILED, erasure_reason="older than 48 hours"))
    assert found == Leave(reason="the earlier post could not be taken away: older than 48 hours")


@pytest.mark.parametrize(
    ("act", "verb"), [(Act.EDIT, "change"), (Act.REPLY, "answer"), (Act.DELETE, "take away"), (Act.POST, "replace")]
)
def test_what_a_channel_cannot_do_is_said_in_words(act, verb):
    assert turn(entry(act), POST, NOON, able=False) == Leave(reason=f"x cannot {verb} a post")


@pytest.mark.parametrize("act", [Act.REPLY, Act.POST])
@pytest.mark.parametrize("found", [post(State.FAILED, reason="no"), post(State.SKIPPED, reason="no")])
def test_a_further_take_never_falls_with_the_post_of_the_one_before(act, found):
    assert judged(act, found, subject_id=2) == Go(target="")
    assert turn(entry(act, subject_id=2), found, NOON, able=False) == Go(target="")


def test_a_further_take_waits_like_any_other_and_answers_what_stands():
    assert isinstance(judged(Act.REPLY, post(State.UNKNOWN), subject_id=2), Wait)
    assert judged(Act.REPLY, post(shows=None), subject_id=2, revision=0) == Go(target="77")
    assert judged(Act.POST, post(erasure=State.FAILED, erasure_reason="no"), subject_id=2) == Go(target="")


def test_the_deletion_of_an_earlier_take_is_no_take():
    gone = entry(Act.DELETE, subject_id=2)
    assert turn(gone, post(State.FAILED, reason="no"), NOON, able=True) == Leave(reason="its post was not sent: no")
    assert not tells_take(gone, POST)
    assert tells_take(entry(Act.REPLY, subject_id=2), POST)
    assert tells_take(entry(Act.POST), None)


def test_a_correction_of_what_an_issue_carried_is_no_take():
    mail = replace(POST, delivery=replace(PARENT, subject_id=5, subject_kind=SubjectKind.ISSUE))
    assert not tells_take(entry(Act.REPLY), mail)


@given(
    act=st.sampled_from(FOLLOWS),
    state=st.sampled_from(State),
    erasure=st.none() | st.sampled_from(State),
    shows=st.none() | st.integers(0, 3),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    remote_id=st.sampled_from(["", "77"]),
)
def test_only_to_a_post_that_stands_does_anything_go(act, state, erasure, shows, flags, remote_id):
    overtaken, busy, able = flags
    found = post(
        state,
        reason="why",
        erasure=erasure,
        shows=shows,
        is_overtaken=overtaken,
        is_busy=busy,
        remote_id=remote_id,
    )
    match turn(entry(act), found, NOON, able=able):
        case Go(target=target):
            assert (state, target, able) == (State.SENT, "77", True)
            assert act is Act.DELETE or erasure in (None, State.FAILED, State.SKIPPED)
        case Wait(reason=reason, until=until):
            assert reason
            assert until > NOON
        case Leave(reason=reason):
            assert reason


def revision(number: int, meaning: RevisionClass) -> Revision:
    return Revision(number=number, meaning=meaning, note="", who="", at=NOON)


def test_a_changed_post_tells_what_its_operator_wants_to_be_seen_and_only_what_came_since():
    policy = ChannelPolicy(on_correction=FollowUp.EDIT_VISIBLE, on_update=FollowUp.EDIT)
    told = [revision(n, RevisionClass.CORRECTION) for n in (0, 1, 2)] + [revision(3, RevisionClass.UPDATE)]

    def shown(about: Post, wanted: ChannelPolicy = policy) -> list[int]:
        return [one.number for one in visible(revisions_since(told, about), wanted)]

    assert (shown(POST), shown(post(first=1)), shown(post(first=None))) == ([1, 2], [2], [0, 1, 2])
    assert not shown(POST, ChannelPolicy())
