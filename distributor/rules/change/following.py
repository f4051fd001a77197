"""What a revision, or a further take, does to the posts that readers have. Must not look at a clock or a store.

::

    class of the revision x channel's policy x what the platform can -> edit | reply | delete | delete + post | post
                                                                       | skipped, with its reason
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from distributor.model import (
    FLASH,
    MAILED,
    MAILED_ALONE,
    Act,
    ChannelPolicy,
    Delivery,
    DeliveryIntent,
    FollowUp,
    RevisionClass,
    Standing,
    State,
    Takes,
)
from distributor.rules.queue.holds import planned

#: Classes that nobody is ever mailed about.
QUIET = (RevisionClass.UPDATE, RevisionClass.REFILE)
#: How urgent a follow-up is; any other is as urgent as its post.
PRIORITY = {RevisionClass.WITHDRAWAL: FLASH, RevisionClass.CORRECTION: FLASH + 1}
#: What a story that is taken back cannot do to its post, and what it does instead.
_TAKEN_BACK = {FollowUp.REPLACE: FollowUp.DELETE, FollowUp.POST: FollowUp.NOTHING}
#: A round-up tells other stories, too: it is changed, never taken away for one of them.
_IN_ROUND_UP = {FollowUp.REPLACE: FollowUp.EDIT, FollowUp.DELETE: FollowUp.EDIT, FollowUp.POST: FollowUp.NOTHING}
#: Where a row stands whose post readers may have.
MAY_STAND = (State.SENDING, State.SENT, State.UNKNOWN)
#: Where a row stands that will do nothing any more.
DONE_WITH = (State.FAILED, State.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A channel as far as follow-ups ask: what its operator wants, and what its platform can."""

    policy: ChannelPolicy
    can_edit: bool = False
    can_reply: bool = False
    can_erase: bool = False
    #: for how long after a post it can be taken away; None: always
    erasable_for: timedelta | None = None
    #: whether it mails every reader alone, where nothing can be changed or taken back
    mails: bool = False

    def on(self, meaning: RevisionClass) -> FollowUp:
        """What the operator wants for a class of revision."""
        wanted = {
            RevisionClass.UPDATE: self.policy.on_update,
            RevisionClass.REFILE: self.policy.on_refile,
            RevisionClass.CORRECTION: self.policy.on_correction,
            RevisionClass.WITHDRAWAL: self.policy.on_withdrawal,
        }[meaning]
        return _TAKEN_BACK.get(wanted, wanted) if meaning is RevisionClass.WITHDRAWAL else wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """A post of a story that was taken back, and that readers may still have."""

    delivery: Delivery
    #: why it was not taken away
    why: str


def follow(
    standing: Sequence[Standing],
    outlets: Mapping[str, Outlet],
    meaning: RevisionClass,
    *,
    revision: int,
    mailed: Sequence[str] = (),
    now: datetime,
) -> Sequence[DeliveryIntent]:
    """What becomes of a story's posts when it has a new ``revision``.

    ``standing`` are its posts that readers may have, in the order in which they were planned; ``mailed`` the channels
    by which readers were mailed it. Only a correction or a withdrawal that changes nothing is put on record as such.
    """
    posts: dict[str, list[Standing]] = defaultdict(list)
    for one in standing if outlets else ():
        posts[one.delivery.channel].append(one)
    found: list[DeliveryIntent] = []
    for channel, those in posts.items():
        found += _Plan(channel, outlets.get(channel), meaning, revision, now).intents(those)
    for channel in mailed:
        found += _mails(channel, outlets.get(channel), meaning, revision, now)
    return found


def take_on(
    plan: Sequence[DeliveryIntent], earlier: Sequence[Standing], outlets: Mapping[str, Outlet], now: datetime
) -> Sequence[DeliveryIntent]:
    """The plan of a further take, beside the posts of the take before: it answers them, or stands in their place."""
    found: list[DeliveryIntent] = []
    for intent in plan:
        posts = [one for one in earlier if one.delivery.channel == intent.channel and _is_its_own(one)]
        outlet = outlets.get(intent.channel)
        waits = intent.act is Act.POST and intent.state in (State.PLANNED, State.HELD) and not intent.recipient
        found += _take(intent, posts, outlet, now) if waits and posts and outlet is not None else [intent]
    return found


def remains(deliveries: Sequence[Delivery]) -> Sequence[Remains]:
    """The posts of a withdrawn story that nothing takes away, of all its ``deliveries``, each with the reason."""
    found = []
    for one in deliveries:
        if one.recipient or one.act not in (Act.POST, Act.REPLY) or one.state not in MAY_STAND:
            continue
        erasing = [other for other in deliveries if other.parent_id == one.id and other.act is Act.DELETE]
        if not any(other.state not in DONE_WITH for other in erasing):
            why = erasing[-1].reason if erasing else "nothing was planned to take it away"
            found.append(Remains(delivery=one, why=why))
    return found


def cannot_erase(post: Delivery, outlet: Outlet, now: datetime) -> str:
    """Why a post cannot be taken away, in words; empty when it can."""
    if not outlet.can_erase:
        return f"{post.channel} cannot take a post away"
    lasts, sent = outlet.erasable_for, post.first_sent_at
    if lasts is not None and sent is not None and now - sent > lasts:
        return f"{post.channel} takes a post away only within {lasts / timedelta(hours=1):.0f} hours"
    return ""


class _Plan:
    """What becomes of one channel's posts."""

    def __init__(
        self, channel: str, outlet: Outlet | None, meaning: RevisionClass, revision: int, now: datetime
    ) -> None:
        """``outlet`` None: the channel is not configured any more."""
        self._channel = channel
        self._outlet = outlet or Outlet(policy=ChannelPolicy())
        self._why_nothing = f"by its rules {channel} leaves posts as they are"
        if outlet is None:
            self._why_nothing = f"the channel {channel} is no longer configured"
        self._meaning = meaning
        self._revision = revision
        self._now = now

    def intents(self, posts: Sequence[Standing]) -> Sequence[DeliveryIntent]:
        """The rows to plan."""
        wanted = self._outlet.on(self._meaning)
        # what was said of an earlier revision goes with the story, and is not corrected itself
        own = [one for one in posts if _is_its_own(one) or (wanted is FollowUp.DELETE and not _tells(one))]
        shared = [one for one in posts if one.delivery.act is Act.ROUNDUP]
        return [*self._done(own, wanted), *self._done(shared, _IN_ROUND_UP.get(wanted, wanted))]

    def _done(self, posts: Sequence[Standing], wanted: FollowUp) -> Sequence[DeliveryIntent]:
        match wanted:
            case FollowUp.NOTHING | FollowUp.NEXT_DIGEST:
                act = Act.DELETE if self._meaning is RevisionClass.WITHDRAWAL else Act.EDIT
                return self._each(posts, act, lambda _: self._why_nothing)
            case FollowUp.EDIT | FollowUp.EDIT_VISIBLE:
                return self._each(posts, Act.EDIT, self._cannot_edit)
            case FollowUp.REPLY:
                return self._each(posts, Act.REPLY, self._cannot_reply)
            case FollowUp.DELETE:
                return self._each(posts, Act.DELETE, self._cannot_erase)
            case FollowUp.REPLACE:
                return self._replaced(posts)
        return [self._further(post) for post in posts[:1]]  # a further post

    def _each(self, posts: Sequence[Standing], act: Act, complaint: Callable[[Standing], str]) -> list[DeliveryIntent]:
        """A row for each post; a refused one where somebody has to know, which is no matter of an update."""
        found: list[DeliveryIntent] = []
        for post in posts:
            intent, reason = self._intent(post, act), complaint(post)
            if not reason:
                found.append(intent)
            elif self._meaning not in QUIET:
                found.append(replace(intent, state=State.SKIPPED, reason=reason))
        return found

    def _replaced(self, posts: Sequence[Standing]) -> Sequence[DeliveryIntent]:
        """Each post that can be taken away, and one new one in their place."""
        gone = self._each(posts, Act.DELETE, self._cannot_erase)
        first = next((one for one in gone if one.state is State.PLANNED), None)
        if first is None:
            return gone
        place = next(post for post in posts if post.delivery.id == first.parent_id)
        return [*gone, replace(self._further(place), parent_id=first.parent_id)]

    def _intent(self, post: Standing, act: Act) -> DeliveryIntent:
        is_first = post.delivery.act is Act.POST and not post.delivery.part
        return DeliveryIntent(
            channel=self._channel,
            recipient=post.delivery.recipient,
            act=act,
            part=0 if is_first else post.delivery.id,
            revision=self._revision,
            reason=self._meaning.value,
            due_at=self._now,
            priority=PRIORITY.get(self._meaning, post.delivery.priority),
            parent_id=post.delivery.id,
        )

    def _further(self, post: Standing) -> DeliveryIntent:
        """A post of its own: a first post always has revision 0, so its part tells it from the first."""
        intent = self._intent(post, Act.POST)
        return replace(intent, part=self._revision, revision=0, parent_id=None, template=post.delivery.template)

    def _cannot_edit(self, post: Standing) -> str:
        if not self._outlet.can_edit:
            return f"{self._channel} cannot change a post"
        return f"somebody posted it by hand on {self._channel}" if post.revision is None else ""

    def _cannot_reply(self, _post: Standing) -> str:
        return "" if self._outlet.can_reply else f"{self._channel} cannot answer a post"

    def _cannot_erase(self, post: Standing) -> str:
        return cannot_erase(post.delivery, self._outlet, self._now)


def _mails(
    channel: str, outlet: Outlet | None, meaning: RevisionClass, revision: int, now: datetime
) -> Sequence[DeliveryIntent]:
    """One mail to each reader who was mailed an earlier revision, where it is wanted and the class is grave.

    Where the readers of an issue are told in their next one, those only who were mailed the story alone: no issue
    follows that.
    """
    wanted = FollowUp.NOTHING if outlet is None or meaning in QUIET else outlet.on(meaning)
    if outlet is None or not outlet.can_reply or wanted not in (FollowUp.REPLY, FollowUp.NEXT_DIGEST):
        return ()
    alone = wanted is FollowUp.NEXT_DIGEST
    reason = f"{meaning.value}, to those who were mailed the story {'alone' if alone else 'before'}"
    return [
        DeliveryIntent(
            channel=channel,
            recipient=MAILED_ALONE if alone else MAILED,
            act=Act.REPLY,
            revision=revision,
            reason=reason,
            due_at=now,
            priority=PRIORITY[meaning],
        )
    ]


def _take(intent: DeliveryIntent, posts: Sequence[Standing], outlet: Outlet, now: datetime) -> Sequence[DeliveryIntent]:
    last = posts[-1].delivery
    match outlet.policy.takes:
        case Takes.FOLLOW:
            return [intent]
        case Takes.REPLY:
            if not outlet.can_reply:
                return [intent]
            return [
                replace(intent, act=Act.REPLY, parent_id=last.id, reason=f"{intent.reason}; answers an earlier take")
            ]
    # what waits for somebody may never leave: the earlier post is not given up for it
    if planned(intent, now).state is State.HELD or cannot_erase(last, outlet, now):
        return [intent]
    gone = DeliveryIntent(
        channel=intent.channel,
        act=Act.DELETE,
        part=last.id,
        reason="a further take stands in its place",
        due_at=intent.due_at,
        priority=intent.priority,
        parent_id=last.id,
    )
    return [gone, replace(intent, parent_id=last.id, reason=f"{intent.reason}; in an earlier take's place")]


def _tells(post: Standing) -> bool:
    """Whether a post tells the story itself, and not what was corrected in it."""
    return post.delivery.act is not Act.REPLY or not post.delivery.revision


def _is_its_own(post: Standing) -> bool:
    return _tells(post) and post.delivery.act is not Act.ROUNDUP
