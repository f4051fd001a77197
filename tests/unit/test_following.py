"""What a revision and a further take do to posts, policy by policy, and what remains of a withdrawn story."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import (
    MAILED,
    Act,
    ChannelPolicy,
    Conditions,
    Delivery,
    DeliveryIntent,
    FollowUp,
    RevisionClass,
    Standing,
    State,
    SubjectKind,
    Takes,
)
from distributor.rules.change.following import QUIET, Outlet, cannot_erase, follow, remains, take_on
from tests.support import NOON

UPDATE, CORRECTION, WITHDRAWAL = RevisionClass.UPDATE, RevisionClass.CORRECTION, RevisionClass.WITHDRAWAL


def post(number: int = 1, **fields: Any) -> Delivery:
    told: dict[str, Any] = {
        "id": number,
        "subject_id": 7,
        "subject_kind": SubjectKind.STORY,
        "channel": "x",
        "recipient": 0,
        "act": Act.POST,
        "part": 0,
        "revision": 0,
        "state": State.SENT,
        "reason": "",
        "due_at": NOON,
        "priority": 5,
        "template": "long",
        "attempts": 1,
        "message_id": 1,
        "first_sent_at": NOON,
        "remote_id": str(number),
        "url": f"https://x.test/{number}",
    }
    return Delivery(**{**told, **fields})


def standing(number: int = 1, *, revision: int | None = 0, **fields: Any) -> Standing:
    return Standing(delivery=post(number, **fields), revision=revision)


def outlet(wanted: FollowUp = FollowUp.NOTHING, **fields: Any) -> Outlet:
    able: dict[str, Any] = {"can_edit": True, "can_reply": True, "can_erase": True}
    wishes: dict[str, Any] = {f"on_{one.value}": wanted for one in RevisionClass}
    return Outlet(policy=ChannelPolicy(**wishes), **{**able, **fields})


def plan(meaning: RevisionClass, found: Outlet | None, *posts: Standing, mailed: tuple[str, ...] = ()) -> list[Any]:
    outlets = {"x": found} if found else {"other": outlet()}
    rows = follow(posts, outlets, meaning, revision=3, mailed=mailed, now=NOON)
    return [(one.act, one.part, one.revision, one.state, one.parent_id) for one in rows]


P, S = State.PLANNED, State.SKIPPED


@pytest.mark.parametrize(
    ("wanted", "update", "correction", "withdrawal"),
    [
        (FollowUp.NOTHING, [], [(Act.EDIT, 0, 3, S, 1)], [(Act.DELETE, 0, 3, S, 1)]),
        (FollowUp.EDIT, *[[(Act.EDIT, 0, 3, P, 1)]] * 3),
        (FollowUp.EDIT_VISIBLE, *[[(Act.EDIT, 0, 3, P, 1)]] * 3),
        (FollowUp.REPLY, *[[(Act.REPLY, 0, 3, P, 1)]] * 3),
        (FollowUp.DELETE, *[[(Act.DELETE, 0, 3, P, 1)]] * 3),
        (
            FollowUp.REPLACE,
            *[[(Act.DELETE, 0, 3, P, 1), (Act.POST, 3, 0, P, 1)]] * 2,
            [(Act.DELETE, 0, 3, P, 1)],
        ),
        (FollowUp.POST, *[[(Act.POST, 3, 0, P, None)]] * 2, [(Act.DELETE, 0, 3, S, 1)]),
    ],
)
def test_the_one_table(wanted: FollowUp, update: list[Any], correction: list[Any], withdrawal: list[Any]) -> None:
    assert plan(UPDATE, outlet(wanted), standing()) == update
    assert plan(RevisionClass.REFILE, outlet(wanted), standing()) == update
    assert plan(CORRECTION, outlet(wanted), standing()) == correction
    assert plan(WITHDRAWAL, outlet(wanted), standing()) == withdrawal


@pytest.mark.parametrize(
    ("wanted", "lacks"),
    [
        (FollowUp.EDIT, "can_edit"),
        (FollowUp.REPLY, "can_reply"),
        (FollowUp.DELETE, "can_erase"),
        (FollowUp.REPLACE, "can_erase"),
    ],
)
def test_what_a_channel_cannot_do_is_on_record_for_what_is_grave_alone(wanted: FollowUp, lacks: str) -> None:
    unable = outlet(wanted, **{lacks: False})
    assert plan(UPDATE, unable, standing()) == []
    assert [row[3] for row in plan(CORRECTION, unable, standing())] == [S]


def test_a_channel_that_is_no_longer_configured_leaves_its_posts_and_says_so() -> None:
    assert plan(UPDATE, None, standing()) == []
    assert plan(CORRECTION, None, standing()) == [(Act.EDIT, 0, 3, S, 1)]
    assert follow([standing()], {}, CORRECTION, revision=3, now=NOON) == []


def test_a_further_post_has_its_own_part_and_an_answer_is_not_answered() -> None:
    posts = (standing(1), standing(2, part=2), standing(3, act=Act.REPLY, revision=0), standing(4, act=Act.REPLY))
    note = Standing(delivery=post(5, act=Act.REPLY, revision=2), revision=2)
    assert plan(UPDATE, outlet(FollowUp.EDIT), *posts, note) == [
        (Act.EDIT, part, 3, P, number) for number, part in ((1, 0), (2, 2), (3, 3), (4, 4))
    ]
    assert [row[4] for row in plan(WITHDRAWAL, outlet(FollowUp.DELETE), *posts, note)] == [1, 2, 3, 4, 5]
    assert [row[4] for row in plan(WITHDRAWAL, outlet(FollowUp.REPLY), *posts, note)] == [1, 2, 3, 4]


def test_several_posts_are_replaced_by_one() -> None:
    rows = plan(UPDATE, outlet(FollowUp.REPLACE), standing(1), standing(2, part=2))
    assert [(act, parent) for act, _, _, _, parent in rows] == [(Act.DELETE, 1), (Act.DELETE, 2), (Act.POST, 1)]


def test_a_post_by_hand_keeps_its_author_s_words() -> None:
    by_hand = standing(1, revision=None)
    assert plan(UPDATE, outlet(FollowUp.EDIT), by_hand) == []
    assert plan(CORRECTION, outlet(FollowUp.EDIT), by_hand) == [(Act.EDIT, 0, 3, S, 1)]
    assert plan(WITHDRAWAL, outlet(FollowUp.DELETE), by_hand) == [(Act.DELETE, 0, 3, P, 1)]


@pytest.mark.parametrize(
    ("wanted", "act"),
    [
        (FollowUp.EDIT, Act.EDIT),
        (FollowUp.REPLY, Act.REPLY),
        (FollowUp.DELETE, Act.EDIT),
        (FollowUp.REPLACE, Act.EDIT),
        (FollowUp.POST, None),
        (FollowUp.NOTHING, None),
    ],
)
def test_a_round_up_is_changed_and_never_taken_away(wanted: FollowUp, act: Act | None) -> None:
    shared = standing(1, act=Act.ROUNDUP, subject_kind=SubjectKind.ISSUE)
    assert plan(UPDATE, outlet(wanted), shared) == ([(act, 1, 3, P, 1)] if act else [])


def test_a_post_too_old_to_be_taken_away_stays() -> None:
    found = outlet(FollowUp.DELETE, erasable_for=timedelta(hours=48))
    assert cannot_erase(post(), found, NOON + timedelta(hours=48)) == ""
    late = cannot_erase(post(), found, NOON + timedelta(hours=49))
    assert late == "x takes a post away only within 48 hours"
    assert cannot_erase(post(first_sent_at=None), found, NOON + timedelta(days=9)) == ""


def test_mails_follow_what_is_grave_where_it_is_wanted() -> None:
    mail = replace(outlet(FollowUp.REPLY), mails=True)
    rows = follow((), {"mail": mail}, CORRECTION, revision=3, mailed=("mail", "gone"), now=NOON)
    assert [(one.channel, one.recipient, one.act, one.revision, one.part) for one in rows] == [
        ("mail", MAILED, Act.REPLY, 3, 0)
    ]
    for meaning in QUIET:
        assert follow((), {"mail": mail}, meaning, revision=3, mailed=("mail",), now=NOON) == []
    for other in (outlet(FollowUp.EDIT), outlet(FollowUp.REPLY, can_reply=False)):
        assert follow((), {"mail": other}, CORRECTION, revision=3, mailed=("mail",), now=NOON) == []


def test_what_is_grave_goes_first() -> None:
    def priority(meaning: RevisionClass) -> int:
        return follow([standing()], {"x": outlet(FollowUp.EDIT)}, meaning, revision=3, now=NOON)[0].priority

    assert [priority(one) for one in (WITHDRAWAL, CORRECTION, UPDATE)] == [1, 2, 5]


MEANINGS, WANTED = st.sampled_from(list(RevisionClass)), st.sampled_from(list(FollowUp))
POSTS = st.lists(
    st.builds(
        lambda number, act, part, revision, shown: Standing(
            delivery=post(number, act=act, part=part, revision=revision if act is Act.REPLY else 0), revision=shown
        ),
        st.integers(1, 99),
        st.sampled_from([Act.POST, Act.REPLY, Act.ROUNDUP]),
        st.integers(0, 2),
        st.integers(0, 2),
        st.sampled_from([None, 0, 1, 2]),
    ),
    max_size=5,
    unique_by=lambda one: one.delivery.id,
)


@given(MEANINGS, WANTED, POSTS, st.booleans(), st.booleans(), st.booleans())
def test_no_plan_names_a_row_twice_or_posts_without_being_asked(
    meaning: RevisionClass, wanted: FollowUp, posts: list[Standing], edits: bool, replies: bool, erases: bool
) -> None:
    able = outlet(wanted, can_edit=edits, can_reply=replies, can_erase=erases)
    firsts = [one for one in posts if one.delivery.act is Act.POST and not one.delivery.part][:1]
    others = [one for one in posts if one.delivery.act is not Act.POST or one.delivery.part]
    rows = follow([*firsts, *others], {"x": able}, meaning, revision=3, now=NOON)
    keys = [(one.act, one.part, one.revision) for one in rows]
    assert len(keys) == len(set(keys))
    further = [one for one in rows if one.act is Act.POST]
    assert len(further) <= 1
    assert not further or (wanted in (FollowUp.POST, FollowUp.REPLACE) and meaning is not WITHDRAWAL)
    assert all(one.revision == 0 and one.part == 3 for one in further)
    assert all(one.reason for one in rows)


# -- takes ------------------------------------------------------------------------------------------------------------


FIRST = DeliveryIntent(channel="x", due_at=NOON, reason="route all")


def take(takes: Takes, *posts: Standing, intent: DeliveryIntent = FIRST, **fields: Any) -> list[Any]:
    found = replace(outlet(**fields), policy=ChannelPolicy(takes=takes))
    rows = take_on([intent], posts, {"x": found}, NOON)
    return [(one.act, one.part, one.revision, one.parent_id) for one in rows]


PLAIN = [(Act.POST, 0, 0, None)]


def test_a_take_follows_answers_or_replaces_the_last_one_s_post() -> None:
    posts = (standing(1), standing(2))
    assert take(Takes.FOLLOW, *posts) == PLAIN
    assert take(Takes.REPLY, *posts) == [(Act.REPLY, 0, 0, 2)]
    assert take(Takes.REPLACE, *posts) == [(Act.DELETE, 2, 0, 2), (Act.POST, 0, 0, 2)]


def test_a_take_stands_alone_where_there_is_nothing_to_stand_beside() -> None:
    for takes in Takes:
        assert take(takes) == PLAIN
        assert take(takes, standing(1, channel="y")) == PLAIN
        assert take(takes, standing(1, act=Act.ROUNDUP)) == PLAIN
        assert take(takes, standing(1, act=Act.REPLY, revision=0), intent=replace(FIRST, state=State.SKIPPED)) == PLAIN
    assert take(Takes.REPLY, standing(1), can_reply=False) == PLAIN
    assert take(Takes.REPLACE, standing(1), can_erase=False) == PLAIN
    assert take(Takes.REPLACE, standing(1), intent=replace(FIRST, state=State.HELD, held_by="desk")) == PLAIN
    assert take(Takes.REPLACE, standing(1), intent=replace(FIRST, conditions=Conditions(internal="PREP"))) == PLAIN
    assert take_on([FIRST], [standing(1)], {}, NOON) == [FIRST]
    mail = replace(FIRST, recipient=4)
    assert take_on([mail], [standing(1)], {"x": outlet()}, NOON) == [mail]


# -- what remains -----------------------------------------------------------------------------------------------------


def test_what_remains_of_a_withdrawn_story_is_named_with_the_reason() -> None:
    gone = [post(1), post(11, act=Act.DELETE, parent_id=1, state=State.SENT)]
    going = [post(2, state=State.UNKNOWN), post(12, act=Act.DELETE, parent_id=2, state=State.PLANNED)]
    stuck = [post(3), post(13, act=Act.DELETE, parent_id=3, state=State.FAILED, reason="no right to")]
    left = [post(4, act=Act.REPLY), post(14, act=Act.EDIT, parent_id=4)]
    never = [post(5, state=State.SKIPPED), post(6, recipient=3)]
    found = remains([*gone, *going, *stuck, *left, *never])
    assert [(one.delivery.id, one.why) for one in found] == [
        (3, "no right to"),
        (4, "nothing was planned to take it away"),
    ]
