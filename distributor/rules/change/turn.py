"""Whether the turn of a follow-up has come: it is about a post, and what became of the post decides. Must not look at a
store, nor decide what a follow-up says.

::

    the post is on its way, or in doubt                  -> wait
    it never left; it is taken away; it shows this text;
    a later text follows                                 -> drop, with the reason
    it stands                                            -> go, to the platform's own id of it
    it was given up in doubt, and is known by our key    -> a deletion goes all the same
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from distributor.model import Act, ChannelPolicy, Delivery, FollowUp, Revision, State, SubjectKind

#: The name under which a follow-up waits for its post.
GATE = "the post"
#: Acts that a platform takes a second time without harm: whoever does not know the outcome does them again.
REPEATABLE = (Act.EDIT, Act.DELETE)
#: Between two looks at a post that is on its way, and at one whose fate or id is being looked for.
SOON, LATER = timedelta(seconds=2), timedelta(seconds=30)
#: How long the id is looked for of a post that surely stands there.
PATIENCE = timedelta(minutes=15)

_VERBS = {Act.EDIT: "change", Act.REPLY: "answer", Act.DELETE: "take away", Act.POST: "replace"}
_NEVER_LEFT = (State.FAILED, State.SKIPPED)
_UNDER_WAY = (State.PLANNED, State.DUE, State.HELD, State.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as the turn of one of its follow-ups finds it."""

    delivery: Delivery
    #: the revision of the follow-up's story in the words with which it first left; None: it told none
    first: int | None
    #: the one that it shows now, later changes included
    shows: int | None
    #: whether a later change of it waits, is at the wire, in doubt or made
    is_overtaken: bool
    #: whether another follow-up of it is in somebody's hand
    is_busy: bool
    #: where its deletion stands, and why; None: none is planned
    erasure: State | None
    erasure_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """It may leave now."""

    #: the platform's id of the post that it is about; empty: it is a post of its own
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """It waits."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """There is nothing left to be done."""

    reason: str


Turn = Go | Wait | Leave


def turn(entry: Delivery, post: Post, now: datetime, *, able: bool, key: str = "") -> Turn:
    """Whether a follow-up leaves now.

    ``able``: whether the channel can do such a thing; ``key`` is the name by which the post is known there, where that
    is not the platform's own id. A further take of a story is news of its own: it waits like any other, but never
    falls with the earlier take's post.
    """
    found = _turn(entry, post, now, key) if able else Leave(reason=f"{entry.channel} cannot {_VERBS[entry.act]} a post")
    return Go(target="") if isinstance(found, Leave) and _is_take(entry, post.delivery) else found


def revisions_since(revisions: Sequence[Revision], post: Post) -> Sequence[Revision]:
    """Those of a story's revisions that came after the first words of a post."""
    return [one for one in revisions if post.first is None or one.number > post.first]


def visible(revisions: Sequence[Revision], policy: ChannelPolicy) -> Sequence[Revision]:
    """The revisions that a channel's operator wants to be told in a changed post."""
    return [one for one in revisions if on(policy, one) is FollowUp.EDIT_VISIBLE]


def on(policy: ChannelPolicy, revision: Revision) -> FollowUp:
    """What the operator wants done about a revision."""
    wanted: FollowUp = getattr(policy, f"on_{revision.meaning.value}")
    return wanted


def tells_take(entry: Delivery, post: Post | None) -> bool:
    """Whether a row tells a story of its own beside another story's post, and not what became of that."""
    return post is None or _is_take(entry, post.delivery)


def _is_take(entry: Delivery, parent: Delivery) -> bool:
    is_other = parent.subject_kind is SubjectKind.STORY and entry.subject_id != parent.subject_id
    return is_other and entry.act is not Act.DELETE


def _turn(entry: Delivery, post: Post, now: datetime, key: str) -> Turn:
    parent = post.delivery
    if parent.state in _NEVER_LEFT:
        if entry.act is Act.DELETE and key and parent.doubts:
            return Go(target=key)  # it may be there after all, and whoever does not have it is not harmed
        return Leave(reason=f"its post was not sent: {parent.reason}")
    if parent.state is State.UNKNOWN:
        return Wait(reason="nobody knows yet whether its post stands there", until=now + LATER)
    if parent.state in _UNDER_WAY:
        free_at = max(parent.due_at, parent.held_until or parent.due_at)
        until = now + SOON if parent.state is State.SENDING else max(now + LATER, free_at)
        return Wait(reason="its post is on its way", until=until)
    return _standing(entry, post, now, key)


def _standing(entry: Delivery, post: Post, now: datetime, key: str) -> Turn:
    """The turn of a follow-up whose post was sent."""
    match entry.act:
        case Act.POST:
            return _in_its_place(post, now)
        case Act.DELETE if post.erasure is State.SENT:
            return Leave(reason="its post is taken away already")
        case Act.EDIT | Act.REPLY if post.erasure not in (None, *_NEVER_LEFT):
            return Leave(reason="its post is taken away")
        case Act.EDIT if post.is_overtaken:
            return Leave(reason="a later text takes its place")
        case Act.EDIT | Act.REPLY if post.shows is not None and post.shows >= entry.revision:
            return Leave(reason="its post shows this text already")
        case Act.EDIT | Act.DELETE if post.is_busy:
            return Wait(reason="its post is being changed", until=now + SOON)
    return _known(entry, post, now, key)


def _in_its_place(post: Post, now: datetime) -> Turn:
    """The turn of a post that stands in the place of another: not before that is gone."""
    match post.erasure:
        case None | State.SENT:
            return Go(target="")
        case State.FAILED | State.SKIPPED:
            return Leave(reason=f"the earlier post could not be taken away: {post.erasure_reason}")
    return Wait(reason="the earlier post is not taken away yet", until=now + SOON)


def _known(entry: Delivery, post: Post, now: datetime, key: str) -> Turn:
    target = key or post.delivery.remote_id
    if target:
        return Go(target=target)
    if now - entry.due_at < PATIENCE:
        return Wait(reason="its post stands there, and its id is looked for", until=now + LATER)
    return Leave(reason="its post stands there, and its id was never found")
