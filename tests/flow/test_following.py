"""Posts that readers have are corrected and withdrawn: the whole app on the real database, with a wall that remembers
every step that its readers saw.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.app import App
from distributor.calls import dispatch
from distributor.errors import AlreadyThere, ChannelError, RateLimited, Rejected, UnknownOutcome
from distributor.flows.deliver import LEASE
from distributor.model import (
    Act,
    Delivery,
    DeliveryIntent,
    Message,
    Parcel,
    PubStatus,
    Receipt,
    Rendered,
    RevisionClass,
    Seen,
    State,
    Story,
)
from distributor.store.codes import to_ms
from distributor.store.connection import Connection
from distributor.store.ledger.deliveries import add_intents
from distributor.store.news.articles import article_to_json
from distributor.store.news.withdrawals import withdraw
from tests.apps import CONFIG, told_app
from tests.support import HandClock, ToldBulk, ToldChannel, article

#: The answer is lost after the wall acted, or before.
LOST, GONE = "lost", "gone"
POLICY = 'on_correction = "edit-visible"\non_update = "edit"\nprice_to_delete = 0.01\n'


class Wall(ToldChannel):
    """A channel whose posts can be looked at, changed, answered and taken away."""

    def __init__(self, name: str, clock: HandClock) -> None:
        super().__init__(name)
        self.clock = clock
        #: number of a post to its text, in the order in which they came
        self.posts: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.answers_to: dict[str, str] = {}
        #: all that readers saw happen
        self.steps: list[tuple[str, str, str]] = []
        #: by act, what befalls its next calls
        self.faults: dict[str, list[str | ChannelError | Callable[[], None]]] = {}
        self.erasable_for = None

    def send(self, parcel: Parcel) -> Receipt:
        return self._new("post", parcel)

    def reply(self, parcel: Parcel) -> Receipt:
        return self._new("reply", parcel)

    def edit(self, parcel: Parcel) -> Receipt:
        return self._call("edit", parcel, lambda: self._edit(parcel))

    def erase(self, parcel: Parcel) -> Receipt:
        return self._call("delete", parcel, lambda: self._erase(parcel))

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        return [
            Seen(
                remote_id=number,
                url=f"https://x.test/{number}",
                at=self.clock.now(),
                text=text,
                links=(self.links[number],) if self.links[number] else (),
            )
            for number, text in self.posts.items()
            if int(number) > int(remote_id or 0)
        ]

    def _new(self, act: str, parcel: Parcel) -> Receipt:
        return self._call(act, parcel, lambda: self._show(act, parcel))

    def _show(self, act: str, parcel: Parcel) -> Receipt:
        number = str(len(self.links) + 1)
        self.posts[number], self.links[number] = parcel.message.text, parcel.message.link
        self.answers_to[number] = parcel.target
        self.steps.append((act, parcel.target or number, parcel.message.text))
        return Receipt(remote_id=number, url=f"https://x.test/{number}")

    def _edit(self, parcel: Parcel) -> Receipt:
        if parcel.target not in self.posts:
            raise Rejected("the post is not there any more (message to edit not found)")
        if self.posts[parcel.target] == parcel.message.text:
            raise AlreadyThere("message is not modified")
        self.posts[parcel.target] = parcel.message.text
        self.steps.append(("edit", parcel.target, parcel.message.text))
        return Receipt(remote_id=parcel.target, url=f"https://x.test/{parcel.target}")

    def _erase(self, parcel: Parcel) -> Receipt:
        if parcel.target not in self.posts:
            raise AlreadyThere("message to delete not found")
        del self.posts[parcel.target]
        self.steps.append(("delete", parcel.target, ""))
        return Receipt()

    def _call(self, act: str, parcel: Parcel, do: Callable[[], Receipt]) -> Receipt:
        self.parcels.append(parcel)
        fault = self.faults[act].pop(0) if self.faults.get(act) else None
        if callable(fault):
            fault()
        if isinstance(fault, ChannelError):
            raise fault
        if fault == GONE:
            raise UnknownOutcome("the connection broke")
        receipt = do()
        if fault == LOST:
            raise UnknownOutcome("no answer in 20 s")
        return receipt


@dataclass(kw_only=True)
class Room:
    """An app with one wall."""

    app: App
    clock: HandClock
    wall: Wall
    headlines: int = field(default=1)

    @property
    def story(self) -> int:
        """The newest story."""
        return self.app.store.stories.newest()

    def read(self) -> int:
        self.app.ingesters["politics"].run_once(self.clock.now())
        return self.story

    def drain(self) -> None:
        for _ in range(30):
            if not self.app.deliverers["x"].run_once():
                return
        raise AssertionError("the queue never ends")

    def publish(self) -> Delivery:
        """The story, posted."""
        self.read()
        self.drain()
        return self.post()

    def post(self) -> Delivery:
        return next(one for one in self.rows() if one.act is Act.POST and not one.part)

    def rows(self, story: int | None = None) -> list[Delivery]:
        found = self.app.store.deliveries.of_subject(story or self.story)
        return [one for one in found if one.channel == "x"]

    def row(self, act: Act, revision: int) -> Delivery:
        return next(one for one in self.rows() if (one.act, one.revision) == (act, revision))

    def revise(
        self,
        act: Act | None,
        meaning: RevisionClass = RevisionClass.CORRECTION,
        *,
        note: str = "",
        parent: Delivery | None = None,
        **fields: Any,
    ) -> int:
        """A new revision with its follow-up, as one transaction plans them; its number."""
        number, now = self.story, self.clock.now()

        def work(connection: Connection) -> int:
            story = self.app.store.stories.get(number)
            assert story is not None
            revision = story.article.revision + 1
            gone = meaning is RevisionClass.WITHDRAWAL
            told = replace(
                story.article,
                revision=revision,
                headline=f"Headline, version {revision}",
                fingerprint=str(revision),
                pubstatus=PubStatus.CANCELED if gone else PubStatus.USABLE,
            )
            connection.run(
                "UPDATE stories SET headline = ?, fingerprint = ?, revision = ?, pubstatus = ? WHERE id = ?",
                (told.headline, told.fingerprint, revision, told.pubstatus.value, number),
            )
            connection.run(
                "INSERT INTO revisions (story_id, revision, seen_at, article, class, note) VALUES (?, ?, ?, ?, ?, ?)",
                (number, revision, to_ms(now), article_to_json(told), meaning.value, note),
            )
            if gone:
                withdraw(connection, number, now)
            if act is not None:
                add_intents(connection, number, [self.intent(act, revision, parent, **fields)], now)
            return revision

        return self.app.store.stories._writer.call(work)

    def intent(self, act: Act, revision: int, parent: Delivery | None, **fields: Any) -> DeliveryIntent:
        post = parent or self.post()
        told: dict[str, Any] = {
            "part": 0 if not post.part and post.act is Act.POST else post.id,
            "revision": revision,
            "parent_id": post.id,
        }
        if act is Act.POST:
            told |= {"part": revision, "revision": 0}
        return DeliveryIntent(
            **{
                "channel": "x",
                "act": act,
                "reason": "correction",
                "due_at": self.clock.now(),
                "priority": 2,
                **told,
                **fields,
            }
        )

    def plan(self, *intents: DeliveryIntent, story: int | None = None) -> None:
        subject, now = story or self.story, self.clock.now()
        self.app.store.stories._writer.call(lambda c: add_intents(c, subject, intents, now))

    def later(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.app.verifiers["x"].run_once()
        self.drain()


def _room(folder: Path, **told: Any) -> Room:
    clock = HandClock()
    wall = Wall("x", clock)
    table = '[channels.x]\ntype = "console"\n'
    config = CONFIG.replace(table, table + told.pop("policy", POLICY)).replace(
        'channels = ["x", "y"]', 'channels = ["x"]'
    )
    app = told_app(folder, clock=clock, channels={"x": wall}, config=config, **told)
    return Room(app=app, clock=clock, wall=wall)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    found = _room(tmp_path)
    yield found
    found.app.close()


def told(room: Room) -> list[tuple[str, str]]:
    """What readers saw, step by step, without links."""
    return [(act, text.partition("\n")[0]) for act, _, text in room.wall.steps]


# -- corrected


def test_a_headline_corrected_while_queued_is_posted_once_and_needs_no_change(room: Room) -> None:
    room.read()
    room.revise(Act.EDIT)
    room.drain()
    room.later(60)
    assert told(room) == [("post", "Headline, version 1")]
    edit = room.row(Act.EDIT, 1)
    assert (edit.state, edit.reason) == (State.SKIPPED, "its post shows this text already")


def test_a_headline_corrected_between_the_rendering_and_the_wire_goes_out_corrected(room: Room) -> None:
    room.read()
    ledger = room.app.store.deliveries
    claimed = ledger.claim_due("x", now=room.clock.now(), limit=1, lease=LEASE)
    ((_, rendered),) = room.app.deliverers["x"]._rendered(claimed, {})
    room.revise(None)
    assert not ledger.start([rendered], now=room.clock.now(), lease=LEASE)
    room.drain()
    assert told(room) == [("post", "Headline, version 1")]


def test_a_headline_corrected_while_sending_is_changed_when_the_post_stands(room: Room) -> None:
    def correct() -> None:
        room.revise(Act.EDIT)

    room.wall.faults["post"] = [correct]
    room.publish()
    assert told(room) == [("post", "Headline number 1"), ("edit", "Headline, version 1")]
    assert room.row(Act.EDIT, 1).state is State.SENT


def test_what_is_planned_while_the_post_is_at_the_wire_waits_for_it_and_says_so(room: Room) -> None:
    seen: list[Delivery] = []

    def correct() -> None:
        room.revise(Act.EDIT)
        room.app.deliverers["x"].run_once(urgent=False)
        seen.append(room.row(Act.EDIT, 1))

    room.wall.faults["post"] = [correct]
    room.publish()
    (edit,) = seen
    assert (edit.state, edit.held_by, edit.reason) == (State.HELD, "the post", "its post is on its way")
    assert edit.held_until is not None
    assert edit.held_until > room.clock.now()
    room.later(3)
    assert told(room)[-1] == ("edit", "Headline, version 1")


def test_a_headline_corrected_after_sending_is_changed_in_place_with_a_line_that_says_so(room: Room) -> None:
    post = room.publish()
    room.clock.advance(2 * 3600)
    room.revise(Act.EDIT, note="it is 9.5 billion")
    room.drain()
    (number,) = room.wall.posts
    assert room.wall.posts[number].startswith("Headline, version 1")
    assert "Corrected 14:00: it is 9.5 billion" in room.wall.posts[number]
    edit = room.row(Act.EDIT, 1)
    assert (edit.state, edit.remote_id, edit.url) == (State.SENT, post.remote_id, post.url)
    # the link keeps the name of the post
    assert room.wall.parcels[1].message.link == room.wall.parcels[0].message.link


def test_a_line_that_says_what_was_corrected_stays_through_a_silent_change(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT, note="it is 9.5 billion")
    room.drain()
    room.revise(Act.EDIT, RevisionClass.UPDATE)
    room.drain()
    text = next(iter(room.wall.posts.values()))
    assert text.startswith("Headline, version 2")
    assert text.count("Corrected") == 1


def test_two_changes_that_wait_become_the_latest_alone(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    room.revise(Act.EDIT)
    room.drain()
    assert told(room) == [("post", "Headline number 1"), ("edit", "Headline, version 2")]
    first, second = room.row(Act.EDIT, 1), room.row(Act.EDIT, 2)
    assert (first.state, first.reason) == (State.SKIPPED, "a later text takes its place")
    assert second.state is State.SENT


def test_two_corrections_one_after_the_other_are_two_changes_of_one_post(room: Room) -> None:
    room.publish()
    for number in (1, 2):
        room.revise(Act.EDIT)
        room.drain()
        assert room.row(Act.EDIT, number).state is State.SENT
    assert [act for act, _ in told(room)] == ["post", "edit", "edit"]
    assert len(room.wall.posts) == 1


@pytest.mark.parametrize("fault", [LOST, GONE])
def test_a_change_whose_answer_is_lost_is_repeated_and_doubles_nothing(room: Room, fault: str) -> None:
    room.publish()
    room.revise(Act.EDIT)
    room.wall.faults["edit"] = [fault]
    room.drain()
    assert room.row(Act.EDIT, 1).state is State.UNKNOWN
    room.later(5)
    edit = room.row(Act.EDIT, 1)
    assert (edit.state, edit.doubts) == (State.SENT, 1)
    assert told(room) == [("post", "Headline number 1"), ("edit", "Headline, version 1")]
    assert dispatch(room.app, "prove", {})["problems"] == []


def test_a_change_is_repeated_however_often_its_answer_is_lost(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    room.wall.faults["edit"] = [GONE, GONE, LOST]
    for _ in range(40):
        room.later(60)
    assert room.row(Act.EDIT, 1).state is State.SENT
    assert [act for act, _ in told(room)] == ["post", "edit"]


def test_a_change_in_doubt_never_puts_its_old_text_over_a_later_one(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    room.wall.faults["edit"] = [LOST]
    room.drain()
    room.revise(Act.EDIT)
    room.drain()
    room.later(60)
    assert [text for _, text in told(room)][-1] == "Headline, version 2"
    assert room.row(Act.EDIT, 1).state is State.SKIPPED


def test_a_change_of_a_post_that_somebody_deleted_fails_with_the_reason(room: Room) -> None:
    room.publish()
    room.wall.posts.clear()
    room.revise(Act.EDIT)
    room.drain()
    edit = room.row(Act.EDIT, 1)
    assert edit.state is State.FAILED
    assert edit.reason == "the post is not there any more (message to edit not found)"
    assert room.post().state is State.SENT


def test_what_follows_a_post_in_doubt_waits_until_that_is_found(room: Room) -> None:
    room.wall.faults["post"] = [LOST]
    room.publish()
    room.revise(Act.EDIT)
    room.drain()
    edit = room.row(Act.EDIT, 1)
    assert (edit.state, edit.held_by) == (State.HELD, "the post")
    room.later(5)
    assert room.post().state is State.SENT
    room.later(30)
    assert [act for act, _ in told(room)] == ["post", "edit"]


def test_what_follows_a_post_that_failed_ends_with_its_reason(room: Room) -> None:
    room.wall.faults["post"] = [Rejected("the text is too long")]
    room.publish()
    for act in (Act.EDIT, Act.REPLY, Act.DELETE):
        room.revise(act)
    room.drain()
    ends = {(one.state, one.reason) for one in room.rows() if one.parent_id}
    assert ends == {(State.SKIPPED, "its post was not sent: the text is too long")}
    assert not room.wall.steps


def test_what_follows_a_post_neither_keeps_its_distance_nor_waits_for_the_morning(tmp_path: Path) -> None:
    policy = 'gap = "1h"\nquiet = "11:00-06:00"\nfold_above = 1\nstale = "fold"\n'
    room = _room(tmp_path, policy=policy)
    room.read()
    room.clock.advance(-2 * 3600)  # before the quiet hours
    room.plan(replace(room.intent(Act.POST, 0, room.post()), part=5, parent_id=None, due_at=room.clock.now()))
    first = next(one for one in room.rows() if one.part == 5)
    room.drain()
    room.clock.advance(2 * 3600)
    for revision in range(1, 4):
        room.revise(Act.REPLY, note=f"note {revision}", parent=first, stale_at=room.clock.now())
    room.drain()
    assert [act for act, _, _ in room.wall.steps] == ["post", "reply", "reply", "reply"]
    assert room.post().held_by == "quiet hours"
    room.app.close()


def test_what_a_channel_cannot_do_is_skipped_in_words(room: Room) -> None:
    plain = ToldChannel("x")
    room.publish()
    app = told_app_with(room, plain)
    room.revise(Act.DELETE)
    app.deliverers["x"].run_once()
    gone = room.row(Act.DELETE, 1)
    assert (gone.state, gone.reason) == (State.SKIPPED, "x cannot take away a post")


def told_app_with(room: Room, channel: ToldChannel) -> App:
    """The same store with another channel under the name."""
    from distributor.app import _deliverer

    app = room.app
    deliverer = _deliverer(app.settings, app.store, app.renderer, channel, room.clock)
    return replace(app, deliverers={"x": deliverer})


# -- answered


def test_a_correction_answers_the_post_and_says_what_was_wrong(room: Room) -> None:
    post = room.publish()
    room.revise(Act.REPLY, note="it is 9.5 billion")
    room.drain()
    reply = room.row(Act.REPLY, 1)
    assert room.wall.answers_to[reply.remote_id] == post.remote_id
    assert room.wall.posts[reply.remote_id].startswith("Correction: Headline, version 1")
    assert "it is 9.5 billion" in room.wall.posts[reply.remote_id]
    assert "Headline number 1" in room.wall.posts[post.remote_id]


@pytest.mark.parametrize(("fault", "sends"), [(LOST, 1), (GONE, 2)])
def test_an_answer_in_doubt_is_looked_for_like_a_post(room: Room, fault: str, sends: int) -> None:
    room.publish()
    room.revise(Act.REPLY, note="it is 9.5 billion")
    room.wall.faults["reply"] = [fault]
    room.drain()
    for seconds in (5, 30, 120, 600):
        room.later(seconds)
    assert room.row(Act.REPLY, 1).state is State.SENT
    assert [act for act, _ in told(room)] == ["post", "reply"]
    assert len(room.wall.parcels) == 1 + sends


def test_an_answer_carries_no_link_where_a_link_costs_extra(tmp_path: Path) -> None:
    room = _room(tmp_path, policy="price = 0.015\nprice_with_link = 0.2\n")
    room.publish()
    room.revise(Act.REPLY, note="it is 9.5 billion")
    room.drain()
    assert [parcel.message.link != "" for parcel in room.wall.parcels] == [True, False]
    rows = room.app.store.deliveries._readers.query("SELECT micros, what FROM charges ORDER BY id")
    assert [(row["micros"], row["what"]) for row in rows] == [(200_000, "post"), (15_000, "reply")]
    room.app.close()


def test_an_answer_in_doubt_whose_post_is_taken_away_says_that_it_may_be_there(room: Room) -> None:
    post = room.publish()
    room.revise(Act.REPLY, note="it is 9.5 billion")
    room.wall.faults["reply"] = [GONE]
    room.drain()
    room.clock.advance(200)
    for _ in range(3):
        room.app.verifiers["x"].run_once()
        room.clock.advance(200)
    assert room.row(Act.REPLY, 1).state is State.DUE
    room.plan(room.intent(Act.DELETE, 2, post))
    room.drain()
    reply = room.row(Act.REPLY, 1)
    assert (reply.state, reply.reason) == (
        State.SKIPPED,
        "its post is taken away; an earlier try was in doubt and may have arrived",
    )


def test_an_editors_own_words_stand_through_what_corrects_nothing_and_not_through_a_correction(room: Room) -> None:
    room.read()
    dispatch(
        room.app, "reword", {"who": "Anna", "through": "test", "url": article(1).url, "channel": "x", "text": "Own"}
    )
    room.drain()
    room.revise(Act.EDIT, RevisionClass.UPDATE)
    room.drain()
    assert next(iter(room.wall.posts.values())).startswith("Own")
    assert room.row(Act.EDIT, 1).state is State.SENT
    room.revise(Act.EDIT, note="it is 9.5 billion")
    room.drain()
    assert next(iter(room.wall.posts.values())).startswith("Headline, version 2")


def test_an_answer_to_a_story_that_was_withdrawn_meanwhile_is_not_given(room: Room) -> None:
    post = room.publish()
    room.revise(Act.REPLY, due_at=room.clock.now() + timedelta(hours=1))
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL, parent=post)
    room.drain()
    assert [act for act, _ in told(room)] == ["post", "delete"]
    assert room.row(Act.REPLY, 1).state is State.SKIPPED


# -- withdrawn


def test_a_withdrawn_story_is_taken_away_and_charged_for(room: Room) -> None:
    room.publish()
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL)
    room.drain()
    assert not room.wall.posts
    gone = room.row(Act.DELETE, 1)
    assert (gone.state, gone.remote_id, gone.url) == (State.SENT, "", "")
    rows = room.app.store.deliveries._readers.query("SELECT micros, what FROM charges")
    assert [(row["micros"], row["what"]) for row in rows] == [(10_000, "delete")]
    assert dispatch(room.app, "prove", {})["problems"] == []


def test_a_story_withdrawn_while_its_post_is_at_the_wire_is_taken_away_after_it(room: Room) -> None:
    def kill() -> None:
        room.revise(Act.DELETE, RevisionClass.WITHDRAWAL, parent=room.post())

    room.wall.faults["post"] = [kill]
    room.publish()
    room.later(3)
    assert [act for act, _ in told(room)] == ["post", "delete"]
    assert not room.wall.posts


@pytest.mark.parametrize("fault", [LOST, GONE])
def test_a_deletion_whose_answer_is_lost_is_repeated(room: Room, fault: str) -> None:
    room.publish()
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL)
    room.wall.faults["delete"] = [fault]
    room.drain()
    room.later(5)
    assert room.row(Act.DELETE, 1).state is State.SENT
    assert [act for act, _ in told(room)] == ["post", "delete"]
    assert len(room.app.store.deliveries._readers.query("SELECT 1 FROM charges")) == 1


def test_a_post_that_somebody_has_deleted_already_counts_as_taken_away(room: Room) -> None:
    room.publish()
    room.wall.posts.clear()
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL)
    room.drain()
    assert room.row(Act.DELETE, 1).state is State.SENT


def test_a_change_that_waits_when_its_story_is_withdrawn_is_not_made(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL)
    room.drain()
    assert [act for act, _ in told(room)] == ["post", "delete"]


def test_a_change_in_doubt_when_its_story_is_withdrawn_is_not_repeated(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    room.wall.faults["edit"] = [GONE]
    room.drain()
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL)
    room.drain()
    for _ in range(3):
        room.later(60)
    assert [act for act, _ in told(room)] == ["post", "delete"]
    assert room.row(Act.EDIT, 1).state is State.SKIPPED


@pytest.mark.parametrize(("act", "fault"), [(Act.REPLY, None), (Act.REPLY, GONE), (Act.EDIT, None), (Act.EDIT, GONE)])
def test_what_tells_of_a_withdrawal_is_not_withdrawn_with_its_story(room: Room, act: Act, fault: str | None) -> None:
    post = room.publish()
    room.revise(act, RevisionClass.WITHDRAWAL, note="the vote was postponed")
    room.wall.faults[act.value] = [fault] if fault else []
    room.drain()
    for seconds in (5, 30, 120, 600):
        room.later(seconds)
    assert room.row(act, 1).state is State.SENT
    _, _, text = room.wall.steps[-1]
    assert text.startswith("Withdrawn")
    assert "the vote was postponed" in text
    assert post.remote_id in room.wall.posts


def test_a_flash_lane_takes_a_post_away_past_a_change_that_waits(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL, priority=1)
    room.app.deliverers["x"].run_once(urgent=True)
    room.drain()
    assert [act for act, _ in told(room)] == ["post", "delete"]


def test_two_lanes_never_change_one_post_at_the_same_time(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    # the other lane has it in hand and is about to start it
    (claimed,) = room.app.store.deliveries.claim_due("x", now=room.clock.now(), limit=1, lease=LEASE)
    room.revise(Act.EDIT)
    room.drain()
    later = room.row(Act.EDIT, 2)
    assert (later.state, later.reason) == (State.HELD, "its post is being changed")
    message = Rendered(delivery_id=claimed.id, message=Message(text="old"), carried=())
    room.app.store.deliveries.start([message], now=room.clock.now(), lease=LEASE)
    room.later(2)
    assert room.row(Act.EDIT, 2).state is State.HELD


def test_a_change_at_the_wire_when_the_program_dies_is_made_again(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    (claimed,) = room.app.store.deliveries.claim_due("x", now=room.clock.now(), limit=1, lease=LEASE)
    message = Rendered(delivery_id=claimed.id, message=Message(text="Headline, version 1"), carried=(), act=Act.EDIT)
    room.app.store.deliveries.start([message], now=room.clock.now(), lease=LEASE)
    room.clock.advance(LEASE.total_seconds())
    room.app.store.deliveries.expire(room.clock.now())
    room.later(5)
    assert room.row(Act.EDIT, 1).state is State.SENT
    assert told(room)[-1] == ("edit", "Headline, version 1")


# -- taken away and posted again, and further takes


def replaced(room: Room, post: Delivery) -> None:
    room.revise(Act.DELETE, parent=post)
    room.plan(replace(room.intent(Act.POST, 1, post), template=""))


def test_a_post_is_posted_again_only_when_the_first_is_gone(room: Room) -> None:
    post = room.publish()
    room.wall.faults["delete"] = [RateLimited("wait", retry_after=timedelta(minutes=1))]
    replaced(room, post)
    room.drain()
    assert list(room.wall.posts) == [post.remote_id]
    room.later(61)
    room.later(3)
    assert [act for act, _ in told(room)] == ["post", "delete", "post"]
    assert len(room.wall.posts) == 1


def test_a_post_that_cannot_be_taken_away_is_not_posted_a_second_time(room: Room) -> None:
    post = room.publish()
    room.wall.faults["delete"] = [Rejected("older than 48 hours")]
    replaced(room, post)
    room.drain()
    room.later(3)
    again = next(one for one in room.rows() if one.part == 1)
    assert (again.state, again.reason) == (
        State.SKIPPED,
        "the earlier post could not be taken away: older than 48 hours",
    )
    assert [act for act, _ in told(room)] == ["post"]


def take(room: Room, act: Act) -> tuple[Delivery, int]:
    """A second story on the wall, which follows the first one's post."""
    first = room.publish()
    source: Any = room.app.sources["politics"]
    source.documents[:] = [[article(2), article(1)]]
    room.clock.advance(60)
    room.app.ingesters["politics"].run_once(room.clock.now())
    number = room.story
    room.app.store.stories._writer.call(
        lambda c: c.run("UPDATE deliveries SET state = 7, reason = 'no' WHERE subject_id = ?", (number,))
    )
    room.plan(replace(room.intent(act, 0, first), part=1 if act is Act.POST else 0, parent_id=first.id), story=number)
    return first, number


def test_a_further_take_answers_the_earlier_one_with_its_own_story(room: Room) -> None:
    first, number = take(room, Act.REPLY)
    room.drain()
    (reply,) = [one for one in room.rows(number) if one.act is Act.REPLY]
    assert room.wall.answers_to[reply.remote_id] == first.remote_id
    assert room.wall.posts[reply.remote_id].startswith("Headline number 2")


def test_a_further_take_never_falls_with_the_earlier_post(room: Room) -> None:
    room.wall.faults["post"] = [Rejected("the text is too long")]
    _, number = take(room, Act.REPLY)
    room.drain()
    (reply,) = [one for one in room.rows(number) if one.act is Act.REPLY]
    assert (reply.state, room.wall.answers_to[reply.remote_id]) == (State.SENT, "")
    assert [act for act, _ in told(room)] == ["post"]


def test_a_further_take_stands_in_the_earlier_ones_place(room: Room) -> None:
    first, number = take(room, Act.POST)
    gone = replace(room.intent(Act.DELETE, 0, first), part=first.id)
    room.plan(gone, story=number)
    room.drain()
    room.later(3)
    assert [act for act, _ in told(room)] == ["post", "delete", "post"]
    assert [text.partition("\n")[0] for text in room.wall.posts.values()] == ["Headline number 2"]


# -- round-ups


def write(room: Room, sql: str, *params: object) -> None:
    room.app.store.stories._writer.call(lambda c: c.run(sql, params))


def _rounded_up(folder: Path) -> tuple[Room, Delivery, Sequence[Story]]:
    """A round-up that stands, and the stories in it."""
    room = _room(folder, policy='fold_above = 1\nstale = "fold"\non_withdrawal = "delete"\n')
    source: Any = room.app.sources["politics"]
    source.documents[:] = [[article(number) for number in (3, 2, 1)]]
    room.read()
    room.drain()
    rows = room.app.store.deliveries._readers.query("SELECT subject_id FROM deliveries WHERE act = 4")
    (roundup,) = [one for row in rows for one in room.app.store.deliveries.of_subject(row["subject_id"])]
    return room, roundup, room.app.store.stories.of_issue(roundup.subject_id)


def test_a_round_up_is_set_anew_without_what_is_no_longer_in_it(tmp_path: Path) -> None:
    room, roundup, folded = _rounded_up(tmp_path)
    for story in folded[:-1]:
        write(room, "UPDATE stories SET pubstatus = 'withheld' WHERE id = ?", story.id)
    last = folded[-1].id
    room.plan(replace(room.intent(Act.EDIT, 1, roundup), part=roundup.id), story=last)
    room.drain()
    assert room.wall.steps[-1][0] == "edit"
    assert folded[-1].article.headline in room.wall.posts[roundup.remote_id]
    assert folded[0].article.headline not in room.wall.posts[roundup.remote_id]
    room.app.close()


def test_a_round_up_of_which_nothing_is_left_says_that_its_last_story_was_withdrawn(tmp_path: Path) -> None:
    room, roundup, folded = _rounded_up(tmp_path)
    for story in folded[:-1]:
        write(room, "UPDATE stories SET pubstatus = 'withheld' WHERE id = ?", story.id)
    named = {"url": folded[-1].article.url, "reason": "a hoax", "who": "Ann", "through": "command line"}
    dispatch(room.app, "withdraw", named)
    room.drain()
    assert room.wall.posts[roundup.remote_id].startswith(f"Withdrawn: {folded[-1].article.headline}")
    room.app.close()


def test_a_change_of_a_story_that_is_withheld_is_not_made(room: Room) -> None:
    room.publish()
    room.revise(Act.EDIT)
    write(room, "UPDATE revisions SET article = json_set(article, '$.pubstatus', 'withheld') WHERE revision = ?", 1)
    room.drain()
    assert [act for act, _ in told(room)] == ["post"]
    assert room.row(Act.EDIT, 1).reason == "its story was withdrawn"


# -- mail


MAILED = CONFIG.replace('channels = ["x", "y"]', 'channels = ["mail"]')


@pytest.fixture
def mailed(tmp_path: Path) -> Iterator[tuple[App, ToldBulk, HandClock]]:
    clock, relay = HandClock(), ToldBulk("mail")
    relay.known_by = "its Message-ID"  # type: ignore[attr-defined]
    relay.reply = relay.send  # type: ignore[attr-defined]
    app = told_app(tmp_path, clock=clock, channels={"mail": relay}, config=MAILED)
    for name in ("one", "two", "three"):
        dispatch(app, "subscribe", {"address": f"reader.{name}@example.org", "topics": ["mail"]})
    yield app, relay, clock
    app.close()


def test_a_correction_goes_to_exactly_those_who_were_mailed_the_error_under_the_mail_they_got(
    mailed: tuple[App, ToldBulk, HandClock],
) -> None:
    app, relay, clock = mailed
    app.ingesters["politics"].run_once(clock.now())
    while app.deliverers["mail"].run_once():
        pass
    story = app.store.stories.newest()
    firsts = [one for one in app.store.deliveries.of_subject(story) if one.recipient]
    dispatch(app, "subscribe", {"address": "reader.four@example.org", "topics": ["mail"]})
    dispatch(app, "unsubscribe", {"address": "reader.three@example.org"})
    room = Room(app=app, clock=clock, wall=Wall("x", clock))
    rows = [replace(room.intent(Act.REPLY, 1, one), channel="mail", recipient=one.recipient, part=0) for one in firsts]
    room.revise(None, note="it is 9.5 billion", parent=firsts[0])
    room.plan(*rows)
    sent = len(relay.parcels)
    while app.deliverers["mail"].run_once():
        pass
    corrections = relay.parcels[sent:]
    assert [one.recipient.address for one in corrections] == ["reader.one@example.org", "reader.two@example.org"]
    keys = {one.recipient.address: one.key for one in relay.parcels[:sent]}
    assert [one.target for one in corrections] == [keys[one.recipient.address] for one in corrections]
    assert {one.message.subject for one in corrections} == {"Correction: Headline, version 1"}
    left = [one for one in app.store.deliveries.of_subject(story) if one.state is State.SKIPPED and one.recipient]
    assert [one.reason for one in left] == ["the reader has left"]


def test_a_correction_of_what_a_digest_carried_goes_to_those_who_still_want_the_digest(
    mailed: tuple[App, ToldBulk, HandClock],
) -> None:
    app, relay, clock = mailed
    dispatch(app, "subscribe", {"address": "reader.five@example.org", "topics": ["morning"]})
    app.ingesters["politics"].run_once(clock.now())
    clock.advance(3600)
    app.digesters["morning"].run_due(clock.now())
    while app.deliverers["mail"].run_once():
        pass
    room = Room(app=app, clock=clock, wall=Wall("x", clock))
    rows = app.store.deliveries._readers.query("SELECT id FROM deliveries WHERE subject_id IN (SELECT id FROM issues)")
    (issue_mail,) = [one for row in rows for one in app.store.deliveries.of_subject(_subject(app, row["id"]))]
    planned = room.intent(Act.REPLY, 1, issue_mail)
    room.revise(None, note="it is 9.5 billion", parent=issue_mail)
    room.plan(replace(planned, channel="mail", recipient=issue_mail.recipient, part=issue_mail.id))
    while app.deliverers["mail"].run_once():
        pass
    last = relay.parcels[-1]
    assert last.recipient.address == "reader.five@example.org"
    assert last.message.subject == "Correction: Headline, version 1"
    assert last.target == app.store.mark(issue_mail.id)


def _subject(app: App, delivery: int) -> int:
    rows = app.store.deliveries._readers.query("SELECT subject_id FROM deliveries WHERE id = ?", (delivery,))
    return int(rows[0]["subject_id"])


# -- on record


def test_where_tells_what_a_post_shows_now_and_that_it_is_gone(room: Room) -> None:
    post = room.publish()
    url = article(1).url
    room.revise(Act.EDIT)
    room.drain()
    found = {one["id"]: one for one in dispatch(room.app, "where", {"url": url})["deliveries"]}
    assert (found[post.id]["revision"], found[post.id]["gone"], found[post.id]["about"]) == (1, False, None)
    edit = room.row(Act.EDIT, 1)
    assert (found[edit.id]["act"], found[edit.id]["about"], found[edit.id]["gone"]) == ("edit", post.id, None)
    room.revise(Act.DELETE, RevisionClass.WITHDRAWAL)
    room.drain()
    found = {one["id"]: one for one in dispatch(room.app, "where", {"url": url})["deliveries"]}
    assert found[post.id]["gone"] is True
    proved = {one["id"]: one for one in dispatch(room.app, "prove", {"url": url})["deliveries"]}
    assert (proved[edit.id]["about"], proved[post.id]["about"]) == (post.id, None)
    assert json.dumps(proved)
