"""Unknown outcomes settle themselves: the whole app on the real database, channels whose walls can be looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.app import App
from distributor.calls import dispatch
from distributor.errors import (
    AlreadyThere,
    CallError,
    ChannelError,
    RateLimited,
    Rejected,
    StoreError,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Act, Article, Parcel, PubStatus, Receipt, Seen, SendAgain
from distributor.rules.fate.doubt import LOOKS
from distributor.store.ledger.events import verify
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

#: After its own post, the wall keeps the answer; before, it keeps everything to itself.
LOST, GONE = "lost", "gone"


class Wall(ToldChannel):
    """A channel whose posts can be looked at, with X's guard against the same words."""

    def __init__(self, name: str, clock: HandClock, *faults: str | ChannelError | None, lag: float = 0) -> None:
        super().__init__(name)
        self.faults = list(faults)
        self.refusals: list[ChannelError] = []
        self.posts: list[Seen] = []
        self.looks = 0
        self._clock = clock
        self._lag = timedelta(seconds=lag)

    def send(self, parcel: Parcel) -> Receipt:
        self.parcels.append(parcel)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, ChannelError):
            raise fault
        if fault == GONE:
            raise UnknownOutcome("the connection broke")
        if any(post.text == parcel.message.text for post in self.posts):
            raise AlreadyThere("duplicate: refused")
        receipt = self.show(parcel.message.text, parcel.message.link)
        if fault == LOST:
            raise UnknownOutcome("no answer in 20 s")
        return receipt

    def show(self, text: str, link: str) -> Receipt:
        number = str(len(self.posts) + 1)
        links = (link,) if link else ()
        post = Seen(remote_id=number, url=f"https://x.test/{number}", at=self._clock.now(), text=text, links=links)
        self.posts.append(post)
        return Receipt(remote_id=number, url=post.url)

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        self.looks += 1
        if self.refusals:
            raise self.refusals.pop(0)
        seen = [post for post in self.posts if int(post.remote_id) > int(remote_id or 0)]
        return [post for post in seen if post.at + self._lag <= self._clock.now()]


class Knowing(ToldChannel):
    """A receiver that tells a repeated parcel from a new one."""

    repeats = "it knows"


class Room:
    """One newsroom whose channel x can be looked at."""

    def __init__(self, folder: Path, *faults: str | ChannelError | None, config: str = CONFIG, lag: float = 0) -> None:
        self.clock = HandClock()
        self.wall = Wall("x", self.clock, *faults, lag=lag)
        self.source = ToldSource()
        channels = {"x": self.wall, "y": ToldChannel("y")}
        self.app: App = told_app(folder, channels=channels, source=self.source, clock=self.clock, config=config)

    def publish(self, *stories: Article) -> None:
        self.source.documents = [stories]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def send(self, channel: str = "x") -> int:
        return sum(iter(self.app.deliverers[channel].run_once, 0))

    def look(self, seconds: float = 0, channel: str = "x") -> int:
        self.clock.advance(seconds)
        return self.app.verifiers[channel].run_once()

    def settle(self, channel: str = "x", seconds: float = 600) -> None:
        """Time passes, in steps of a second, until nothing moves any more."""
        for _ in range(int(seconds)):
            self.look(1, channel)
            self.send(channel)

    def rows(self, channel: str = "x") -> list[dict[str, object]]:
        found = dispatch(self.app, "deliveries", {"channel": channel, "limit": 1000})
        # what a withdrawal does to a post that stands is a row of its own (test_takes.py)
        return [row for row in found["deliveries"] if row["act"] != "delete"]

    def states(self, channel: str = "x") -> list[object]:
        return [row["state"] for row in self.rows(channel)]

    def events(self, kind: str) -> list[dict[str, object]]:
        return [dict(event) for event in self.app.store.deliveries.events(1000) if event["kind"] == kind]


@pytest.fixture
def room(tmp_path, request):
    opened = Room(tmp_path, *getattr(request, "param", ()))
    yield opened
    opened.app.close()


def with_faults(*faults):
    return pytest.mark.parametrize("room", [faults], indirect=True)


@with_faults(LOST)
def test_a_post_whose_answer_was_lost_is_found_and_never_sent_again(room):
    room.publish(article())
    room.send()
    assert room.states() == ["unknown"]
    assert room.look(4) == 0
    assert room.look(1) == 1
    (row,) = room.rows()
    assert (row["state"], row["url"], row["look_at"]) == ("sent", "https://x.test/1", None)
    assert len(room.wall.parcels) == 1
    (event,) = room.events("settled")
    assert (event["actor"], event["detail"]) == ("verifier", "sent: found: https://x.test/1")


@with_faults(GONE)
def test_a_post_that_never_came_is_sent_again_word_for_word_after_the_last_look(room):
    room.publish(article())
    room.send()
    waits = [room.look(5), room.look(24), room.look(1), room.look(89), room.look(1)]
    assert waits == [1, 0, 1, 0, 1]
    assert room.states() == ["due"]
    room.publish(article(headline="A corrected headline"))
    room.send()
    assert room.states() == ["sent"]
    first, second = room.wall.parcels
    assert first == second
    assert len(room.wall.posts) == 1


@with_faults(GONE)
def test_a_story_withdrawn_meanwhile_is_not_sent_again(room):
    room.publish(article())
    room.send()
    room.look(5)
    room.publish(article(pubstatus=PubStatus.CANCELED))
    room.settle(seconds=901)
    assert room.states() == ["skipped"]
    assert room.wall.posts == []


def withdrawn_after_the_last_look(room):
    """A post in doubt that no look has found: it is due once more when its story is withdrawn."""
    room.publish(article())
    room.send()
    for wait in LOOKS:
        room.look((NOON + wait - room.clock.now()).total_seconds())
    assert room.states() == ["due"]
    room.publish(article(pubstatus=PubStatus.CANCELED))


@pytest.mark.parametrize(("lag", "state"), [(300, "sent"), (7200, "skipped")])
def test_a_post_of_a_withdrawn_story_that_shows_after_the_last_look_is_looked_for_once_more(tmp_path, lag, state):
    room = Room(tmp_path, LOST, lag=lag)
    withdrawn_after_the_last_look(room)
    (row,) = room.rows()
    told = "withdrawn by its source; an earlier try was in doubt and may have arrived"
    assert (row["state"], row["reason"]) == ("unknown", told)
    room.settle(seconds=890)
    assert room.states() == ["unknown"]
    room.settle(seconds=10)
    (row,) = room.rows()
    assert (row["state"], row["url"]) == (state, "https://x.test/1" if state == "sent" else None)
    found = "its story was withdrawn; what may have been sent before is not to be found on the channel"
    assert row["reason"] == (found if state == "skipped" else None)
    assert len(room.wall.parcels) == 1
    assert dispatch(room.app, "prove", {})["ok"]
    room.app.close()


@with_faults(GONE, RateLimited("slow down", retry_after=timedelta(minutes=5)))
def test_a_story_withdrawn_while_its_repetition_is_refused_is_looked_for_once_more(room, monkeypatch):
    room.publish(article())
    room.send()
    for _ in LOOKS:
        room.look(120)
    refused = room.wall.send

    def send(parcel: Parcel) -> Receipt:
        room.publish(article(pubstatus=PubStatus.CANCELED))
        receipt: Receipt = refused(parcel)
        return receipt

    monkeypatch.setattr(room.wall, "send", send)
    room.send()
    assert room.states() == ["due"]
    room.clock.advance(300)
    room.send()
    assert room.states() == ["unknown"]
    room.settle(seconds=901)
    assert room.states() == ["skipped"]
    assert (room.wall.posts, len(room.wall.parcels)) == ([], 2)


@pytest.mark.parametrize(
    ("policy", "state"), [("ask", "unknown"), ("accept", "skipped"), ("never", "skipped")], ids=str
)
def test_a_withdrawn_post_in_doubt_that_cannot_be_asked_for_follows_its_policy_and_says_so(tmp_path, policy, state):
    config = CONFIG.replace("[channels.x]", f'[channels.x]\nunknown = "{policy}"')
    room = Room(tmp_path, LOST, config=config, lag=300)
    withdrawn_after_the_last_look(room)
    room.wall.refusals = [Rejected("the chat protects its content")]
    room.settle(seconds=10)
    (row,) = room.rows()
    assert row["state"] == state
    assert "the chat protects its content" in str(row["reason"])
    assert len(room.wall.parcels) == 1
    assert room.app.store.doubts.asking("x") == (state == "unknown")
    room.app.close()


@pytest.mark.parametrize("named", [{"channel": "x"}, {"every": True}])
def test_a_person_cannot_let_a_withdrawn_story_go_out_again(tmp_path, named):
    room = Room(tmp_path, LOST, LOST, lag=300)
    room.publish(article(1), article(2))
    room.send()
    room.publish(article(1, pubstatus=PubStatus.CANCELED), article(2))
    two, one = sorted(
        int(str(row["id"])) for row in room.rows()
    )  # of two as new as each other the later place is the older
    with pytest.raises(CallError, match=f"delivery {one} was withdrawn") as caught:
        dispatch(room.app, "settle", {"ids": [one, two], "resend": True, "by": "Ann"})
    assert (caught.value.code, room.states()) == ("withdrawn", ["unknown"] * 2)
    assert dispatch(room.app, "settle", {**named, "resend": True, "by": "Ann"})["settled"] == [two]
    assert dispatch(room.app, "settle", {"ids": [one], "drop": True, "by": "Ann"})["settled"] == [one]
    room.app.close()


@pytest.mark.parametrize("faults", [(GONE, LOST), (GONE, GONE, LOST), (LOST,), (GONE, GONE, GONE), (None,)])
def test_however_often_the_answer_is_lost_the_post_stands_once(tmp_path, faults):
    room = Room(tmp_path, *faults)
    room.publish(article())
    room.settle()
    assert room.states() == ["sent"]
    assert len(room.wall.posts) == 1
    assert len({parcel.message.text for parcel in room.wall.parcels}) == 1
    assert room.app.store.doubts.asking("x") == 0
    room.app.close()


def test_a_post_that_shows_late_is_proved_by_the_refused_repetition_and_gets_its_id_later(tmp_path):
    room = Room(tmp_path, LOST, lag=200)
    room.publish(article())
    room.send()
    for wait in LOOKS:
        room.look((NOON + wait - room.clock.now()).total_seconds())
    room.send()
    (row,) = room.rows()
    assert (row["state"], row["url"]) == ("sent", None)
    room.wall.refusals = [RateLimited("slow down")]
    room.settle(seconds=40)
    assert room.rows()[0]["url"] is None
    room.settle(seconds=120)
    assert room.rows()[0]["url"] == "https://x.test/1"
    assert len(room.wall.posts) == 1
    looks = room.wall.looks
    room.settle(seconds=10)
    assert room.wall.looks == looks, "what is known is not looked for"
    room.app.close()


@with_faults(AlreadyThere("duplicate: refused"))
def test_the_same_words_at_a_first_attempt_are_a_refusal(room):
    room.publish(article())
    room.send()
    assert room.states() == ["failed"]


@with_faults(None, LOST, None, GONE)
def test_a_post_that_others_overtook_is_found_among_them(room):
    room.publish(*(article(number) for number in range(1, 5)))
    room.wall.show("By hand", "https://news.example.org/elsewhere/")
    room.send()
    assert sorted(room.states()) == ["sent", "sent", "unknown", "unknown"]
    room.settle()
    assert room.states() == ["sent"] * 4
    assert len(room.wall.posts) == 5
    found = {row["story"]: row["url"] for row in room.rows()}
    assert {post.links[0].partition("?")[0]: post.url for post in room.wall.posts[1:]} == found


@with_faults(LOST, LOST, LOST)
def test_one_look_serves_all_that_is_in_doubt(room):
    room.publish(*(article(number) for number in range(1, 4)))
    room.send()
    room.look(5)
    assert room.states() == ["sent"] * 3
    assert room.wall.looks == 1


@with_faults(None, LOST, GONE)
def test_two_deliveries_with_the_same_words_never_share_a_post(room, monkeypatch):
    monkeypatch.setattr(room.app.renderer, "story", wordless(room.app.renderer.story))
    room.publish(*(article(number) for number in range(1, 4)))
    room.wall.send = guardless(room.wall)
    room.send()
    room.look(5)
    assert sorted(room.states()) == ["sent", "sent", "unknown"]
    assert len({row["url"] for row in room.rows() if row["url"]}) == 2
    room.settle()
    assert len(room.wall.posts) == 3


def wordless(story):
    """Posts without a link, all with the same words."""
    return lambda *args, **named: replace(story(*args, **named), text="More on our page", link="")


def guardless(wall):
    """The wall without its guard against the same words."""

    def send(parcel: Parcel) -> Receipt:
        fault = wall.faults.pop(0) if wall.faults else None
        if fault == GONE:
            raise UnknownOutcome("the connection broke")
        receipt: Receipt = wall.show(parcel.message.text, parcel.message.link)
        if fault == LOST:
            raise UnknownOutcome("no answer in 20 s")
        return receipt

    return send


@with_faults(LOST)
def test_a_look_that_meets_a_limit_or_an_outage_is_taken_later_and_does_not_count(room):
    room.publish(article())
    room.send()
    room.wall.refusals = [RateLimited("slow down", retry_after=timedelta(minutes=15)), Unavailable("down")]
    assert [room.look(5), room.look(899), room.look(1), room.look(59), room.look(1)] == [1, 0, 1, 0, 1]
    assert room.states() == ["sent"]
    assert room.wall.looks == 3


@with_faults(LOST)
def test_a_channel_that_refuses_to_tell_asks_a_person_once_and_says_when_it_is_over(room):
    room.publish(article())
    room.send()
    room.wall.refusals = [Rejected("the chat protects its content")]
    room.look(5)
    (row,) = room.rows()
    assert (row["state"], row["look_at"]) == ("unknown", None)
    assert "protects its content" in str(row["reason"])
    (alert,) = room.app.store.alerts.open_alerts()
    assert (alert.key, "1 deliveries" in alert.text) == ("unknown:x", True)
    assert room.look(3600) == 0
    dispatch(room.app, "settle", {"ids": [row["id"]], "drop": True, "by": "Ann"})
    room.look(1)
    assert room.app.store.alerts.open_alerts() == []
    assert [event["actor"] for event in room.events("settled")] == ["Ann"]


@with_faults(LOST)
def test_refused_credentials_are_waited_for_and_then_a_persons_matter(room):
    room.publish(article())
    room.send()
    room.wall.refusals = [Unauthorized("401")] * 20
    room.settle(seconds=3500)
    assert room.rows()[0]["look_at"] is not None
    room.settle(seconds=300)
    assert room.rows()[0]["look_at"] is None


def test_what_was_planned_behind_a_fence_is_a_persons_matter_too_when_credentials_stay_refused(room):
    room.publish(article(9))
    room.app.store._writer.call(lambda c: c.run("UPDATE feeds SET fenced = 1"))
    room.publish(article(9), article())
    room.wall.refusals = [Unauthorized("401")] * 20
    room.look()
    assert room.rows()[0]["look_at"] is not None
    for _ in range(13):
        room.look(300)
    assert room.rows()[0]["look_at"] is None
    assert len(room.wall.refusals) < 20


@with_faults(LOST, LOST)
def test_while_deliveries_wait_for_a_person_their_alert_shows_how_many(room):
    room.wall.refusals = [Rejected("the chat protects its content")] * 2
    for number in (1, 2):
        room.publish(article(number))
        room.send()
        room.look(5)
        (alert,) = room.app.store.alerts.open_alerts()
        assert alert.text.startswith(f"channel x: {number} deliveries may have arrived or not")


POLICY = CONFIG.replace('[channels.y]\ntype = "console"', '[channels.y]\ntype = "console"\nunknown = "{}"')


@pytest.mark.parametrize(
    ("policy", "state", "sends"), [("ask", "unknown", 1), ("accept", "sent", 2), ("never", "skipped", 1)]
)
def test_a_channel_that_cannot_be_asked_follows_its_policy(tmp_path, policy, state, sends):
    room = Room(tmp_path, config=POLICY.format(policy))
    channel = room.app.channels["y"]
    assert isinstance(channel, ToldChannel)
    channel.answers = [UnknownOutcome("no answer")]
    room.publish(article())
    room.settle("y", seconds=20)
    assert room.states("y") == [state]
    assert len(channel.parcels) == sends
    assert room.rows("y")[0]["reason"] or state == "sent"
    room.app.close()


def test_a_double_is_risked_once_and_then_a_person_is_asked(tmp_path):
    room = Room(tmp_path, config=POLICY.format("accept"))
    channel = room.app.channels["y"]
    assert isinstance(channel, ToldChannel)
    channel.answers = [UnknownOutcome("no answer")] * 9
    room.publish(article())
    room.settle("y", seconds=60)
    assert room.states("y") == ["unknown"]
    assert len(channel.parcels) == 2
    assert room.app.store.doubts.asking("y") == 1
    room.app.close()


def test_a_receiver_that_knows_repetitions_gets_the_same_parcel_until_it_answers(tmp_path):
    room = Room(tmp_path)
    knowing = Knowing("y", UnknownOutcome("500"), UnknownOutcome("500"), UnknownOutcome("500"))
    room.app.close()
    clock = HandClock()
    app = told_app(tmp_path, channels={"y": knowing}, source=ToldSource([article()]), clock=clock)
    room.app, room.clock = app, clock
    app.ingesters["politics"].run_once(clock.now())
    room.settle("y", seconds=60)
    assert room.states("y") == ["sent"]
    assert len(knowing.parcels) == 4
    assert len({(parcel.key, parcel.message) for parcel in knowing.parcels}) == 1
    app.close()


def test_a_mail_in_doubt_is_sent_once_more_under_its_name_and_date_and_then_a_person_is_asked(tmp_path):
    config = CONFIG.replace('channels = ["x", "y"]', 'channels = ["x", "y", "mail"]')
    clock = HandClock()
    mail = ToldBulk("mail", *[UnknownOutcome("no final answer")] * 5)
    source = ToldSource([article()])
    app = told_app(tmp_path, channels={"mail": mail}, source=source, clock=clock, config=config)
    app.store.subscribers.subscribe("reader@example.org", ["mail"], now=NOON, source="test")
    app.ingesters["politics"].run_once(NOON)
    for _ in range(40):
        app.deliverers["mail"].run_once()
        clock.advance(1)
        app.verifiers["mail"].run_once()
    first, second = mail.parcels
    assert (first.key, first.first_sent_at, first.message) == (second.key, second.first_sent_at, second.message)
    assert app.store.doubts.asking("mail") == 1
    app.close()


def test_an_alert_in_doubt_never_raises_another(tmp_path):
    room = Room(tmp_path)
    room.app.store.alerts.tell([("y", 0)])
    channel = room.app.channels["y"]
    assert isinstance(channel, ToldChannel)
    room.app.store.alerts.raise_alert("disk", "the disk is full", now=room.clock.now())
    (row,) = room.app.store.deliveries.list(channel="y")
    unknown_by_hand(room.app, row["id"], restored=False)
    assert room.look(5, "y") == 1
    assert [one.key for one in room.app.store.alerts.open_alerts()] == ["disk"]
    (row,) = room.app.store.deliveries.list(channel="y")
    assert (row["state"], Act.ALERT) == (1, Act.ALERT)
    room.app.close()


def unknown_by_hand(app: App, number: int, *, restored: bool) -> None:
    """A row as a restore leaves it (``restored``), or one that was at the wire."""

    def work(connection):
        if restored:
            connection.run(
                "UPDATE deliveries SET state = 6, reason = 'restored', look_at = ?, lease_owner = NULL,"
                " lease_until = NULL WHERE id = ?",
                (0, number),
            )
            return
        connection.run("INSERT INTO messages (hash, content, created_at) VALUES (zeroblob(32), ?, 0)", (MESSAGE,))
        connection.run(
            "UPDATE deliveries SET state = 6, reason = 'lost', look_at = 0, started_at = 0, message_id = 1,"
            " doubts = 1 WHERE id = ?",
            (number,),
        )

    app.store._writer.call(work)


MESSAGE = json.dumps(
    {
        "text": "the disk is full",
        "entities": [],
        "html": "",
        "subject": "",
        "headers": [],
        "image": None,
        "link": "",
        "language": "",
        "silent": False,
    }
)


def test_after_a_restore_what_stands_there_is_adopted_and_the_rest_is_sent(tmp_path):
    room = Room(tmp_path)
    room.publish(article(1), article(2))
    for row in room.rows():
        unknown_by_hand(room.app, int(str(row["id"])), restored=True)
    room.wall.show("Posted by the store that was replaced", f"{article(2).url}?utm_id=zzzzzzzz22222222")
    room.settle()
    assert room.states() == ["sent", "sent"]
    assert sorted(post.links[0].partition("?")[0] for post in room.wall.posts) == [article(1).url, article(2).url]
    assert len(room.wall.posts) == 2
    room.app.close()


def test_a_restored_delivery_by_which_nothing_can_be_recognised_waits_for_a_person(tmp_path):
    room = Room(tmp_path)
    room.app.store.alerts.tell([("x", 0)])
    room.app.store.alerts.raise_alert("disk", "the disk is full", now=room.clock.now())
    (row,) = room.app.store.deliveries.list(channel="x")
    room.app.store._writer.call(lambda c: c.run("UPDATE deliveries SET act = 5 WHERE id = ?", (row["id"],)))
    unknown_by_hand(room.app, row["id"], restored=True)
    room.look(1)
    assert room.app.store.deliveries.list(channel="x")[0]["state"] == 1, "an alert is simply sent"
    assert room.wall.looks == 0
    room.app.close()


@with_faults(GONE)
def test_a_verdict_never_falls_on_a_later_doubt(room):
    room.publish(article())
    room.send()
    room.clock.advance(5)
    (old,) = room.app.store.doubts.to_look("x", now=room.clock.now())
    dispatch(room.app, "settle", {"ids": [old.delivery.id], "resend": True, "by": "Ann"})
    room.wall.faults = [LOST]
    room.send()
    assert room.states() == ["unknown"]
    late = [(old, SendAgain(at=NOON, reason="not there"))]
    assert room.app.store.doubts.settle(late, now=room.clock.now(), actor="verifier") == []
    assert room.states() == ["unknown"]


@with_faults(LOST)
def test_the_chain_of_events_stays_whole_through_a_settlement(room):
    room.publish(article())
    room.settle()
    rows = room.app.store._readers.query("SELECT * FROM events ORDER BY id")
    assert verify(rows) is None
    assert {"unknown", "settled"} <= {row["kind"] for row in rows}


@with_faults(LOST)
def test_a_round_settles_what_it_can(room):
    from distributor.engine.round import run_round

    room.publish(article())
    room.send()
    room.clock.advance(5)
    run_round(room.app)
    assert room.states() == ["sent"]


# -- a person's word ---------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(tmp_path):
    """Three deliveries that wait for a person."""
    room = Room(tmp_path, LOST, LOST, LOST)
    room.publish(*(article(number) for number in range(1, 4)))
    room.send()
    yield room
    room.app.close()


def test_a_person_says_that_it_stands_there(asked):
    number = asked.rows()[0]["id"]
    url = "https://x.com/desk/status/1861"
    found = dispatch(asked.app, "settle", {"ids": [number], "sent": url, "by": "Ann"})
    assert found == {"settled": [number], "as": "sent", "by": "Ann"}
    (row,) = [row for row in asked.rows() if row["id"] == number]
    assert (row["state"], row["url"]) == ("sent", url)
    assert asked.app.store.doubts.taken("x", ["1861"]) == {"1861"}
    (event,) = asked.events("settled")
    assert (event["actor"], event["detail"]) == ("Ann", f"sent: found: {url} (through command line)")


def test_a_person_lets_several_go_out_again_or_drops_them(asked):
    one, two, three = (row["id"] for row in asked.rows())
    dispatch(asked.app, "settle", {"ids": [one, two], "drop": True, "by": "Ann"})
    dispatch(asked.app, "settle", {"ids": [three], "resend": True, "by": "Ann"})
    states = {row["id"]: row["state"] for row in asked.rows()}
    assert states == {one: "skipped", two: "skipped", three: "due"}


@pytest.mark.parametrize("named", [{"channel": "x"}, {"every": True}])
def test_a_person_settles_all_of_a_channel_or_all(asked, named, monkeypatch):
    monkeypatch.setattr("distributor.calls.delivery.settling.MOST", 2)
    found = dispatch(asked.app, "settle", {**named, "resend": True, "by": "Ann"})
    assert len(found["settled"]) == 3
    assert asked.states() == ["due"] * 3
    assert dispatch(asked.app, "settle", {**named, "drop": True, "by": "Ann"})["settled"] == []


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"ids": [1]}, "one_verdict"),
        ({"ids": [1], "drop": True, "resend": True}, "one_verdict"),
        ({"ids": [1], "drop": True, "sent": "https://x.com/desk/status/1"}, "one_verdict"),
        ({"drop": True}, "nothing_named"),
        ({"ids": [1], "channel": "x", "drop": True}, "nothing_named"),
        ({"channel": "x", "sent": "https://x.com/desk/status/1"}, "one_address"),
        ({"ids": [1, 2], "sent": "https://x.com/desk/status/1"}, "one_address"),
        ({"ids": [1], "sent": "there, I saw it"}, "bad_address"),
        ({"channel": "z", "drop": True}, "unknown_channel"),
        ({"ids": [99], "drop": True}, "unknown_delivery"),
        ({"ids": [1], "drop": True, "by": "  "}, "no_name"),
    ],
)
def test_an_unclear_word_is_refused_and_changes_nothing(asked, args, code):
    with pytest.raises(CallError) as caught:
        dispatch(asked.app, "settle", {"by": "Ann", **args})
    assert caught.value.code == code
    assert asked.states() == ["unknown"] * 3


def test_what_is_not_unknown_is_not_settled(asked):
    asked.settle()
    numbers = [row["id"] for row in asked.rows()]
    with pytest.raises(CallError, match="is sent") as caught:
        dispatch(asked.app, "settle", {"ids": numbers, "drop": True, "by": "Ann"})
    assert caught.value.code == "not_unknown"


def test_a_verifier_that_meets_a_locked_store_or_a_bug_goes_on(tmp_path, monkeypatch):
    from distributor.engine import lookout, rounds

    room = Room(tmp_path)
    for module, pause in ((lookout, "PAUSE"), (rounds, "AFTER_FAILURE")):
        monkeypatch.setattr(module, pause, timedelta(0))
    told: list[Exception | int] = [StoreError("locked"), RuntimeError("a bug"), 0, 1]
    woken: list[str] = []

    class Told:
        channel = room.wall

        def run_once(self) -> int:
            answer = told.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    def wake(name: str) -> None:
        woken.append(name)
        one.stop()

    one = lookout.Lookout(Told(), wake)  # type: ignore[arg-type]
    one.start()
    assert one.join(10)
    assert (woken, told, one.running()) == (["x"], [], False)
    room.app.close()


@with_faults(LOST, LOST)
def test_the_numbers_of_another_account_under_the_same_name_begin_anew(room):
    def known(account):
        room.app.store.deliveries.know_channel("x", "console", room.clock.now(), account=account)

    known("@old")
    room.publish(article(1))
    room.send()
    room.look(5)
    room.app.store.sightings.keep("x", [Seen(remote_id="2", url="", at=room.clock.now(), text="by hand")])
    room.publish(article(2))
    room.send()
    known("@old")
    assert room.states() == ["unknown", "sent"]
    room.clock.advance(1)
    known("@new")
    room.wall.posts.clear()
    (doubt, _) = room.rows()
    assert (doubt["state"], doubt["look_at"]) == ("unknown", None)
    assert "the channel has another account or chat now" in str(doubt["reason"])
    room.publish(article(3))
    room.wall.faults = [LOST]
    room.send()
    room.look(5)
    assert room.states() == ["sent", "unknown", "sent"], "the new post 1 is not the old post 1"
    assert len(room.wall.parcels) == 3
    assert room.app.store.sightings.keep("x", [Seen(remote_id="2", url="", at=room.clock.now(), text="new")]) == 1
