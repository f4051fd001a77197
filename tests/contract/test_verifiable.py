"""One suite for every channel that can be asked what stands there, on the loopback platforms."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from distributor.channels import twitter
from distributor.errors import (
    AlreadyThere,
    ChannelError,
    OutOfCredit,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.interfaces import Channel, Verifiable
from distributor.model import Message, Parcel, Seen
from distributor.sandbox import accounts, client
from distributor.secret import Secret
from tests.raw_http import answer, closed_port, dropped, serve

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One platform that can be asked: how to open it, and what a look's request has in its path."""

    platform: str
    send: str
    look: str
    open: Callable[[str, float], Channel]
    #: the message that carries a link
    linked: Callable[[str, str], Message]


def _twitter(url: str, timeout: float) -> Channel:
    options = twitter.Options(
        api_key=Secret(accounts.X_CONSUMER_KEY),
        api_secret=Secret(accounts.X_CONSUMER_SECRET),
        access_token=Secret(accounts.X_ACCESS_TOKEN),
        access_secret=Secret(accounts.X_ACCESS_TOKEN_SECRET),
        username=accounts.X_USERNAME,
        base_url=url,
        timeout=timeout,
    )
    return twitter.KIND.open("desk", options)


CASES = [
    Case(
        platform="x",
        send="/2/tweets",
        look=f"/2/users/{accounts.X_USER_ID}/tweets",
        open=_twitter,
        linked=lambda text, url: Message(text=f"{text} {url}", link=url),
    ),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Running]:
    with client.start(tmp_path_factory.mktemp("platforms"), only=("x", "telegram")) as platforms:
        yield platforms


@dataclass(kw_only=True)
class Stage:
    """One case on its freshly emptied platform."""

    case: Case
    platforms: client.Running
    opened: list[Channel] = field(default_factory=list)

    def open(self, timeout: float = 5.0, url: str = "") -> Channel:
        channel = self.case.open(url or self.platforms.urls[self.case.platform], timeout)
        self.opened.append(channel)
        return channel

    def parcel(self, message: Message) -> Parcel:
        return Parcel(message=message, key=f"key{next(_numbers)}", first_sent_at=datetime.now(UTC))

    def send(self, *messages: Message) -> list[str]:
        channel = self.open()
        return [channel.send(self.parcel(message)).remote_id for message in messages]

    def look(self, after: str = "", **more: Any) -> Sequence[Seen]:
        channel = self.open(**more)
        assert isinstance(channel, Verifiable)
        return channel.posts_after(after)


@pytest.fixture(params=CASES, ids=lambda case: case.platform)
def stage(request: pytest.FixtureRequest, running: client.Running) -> Iterator[Stage]:
    running.clear_faults(request.param.platform)
    running.reset(request.param.platform)
    running.control(request.param.platform, "config", {"factor": 100.0})
    current = Stage(case=request.param, platforms=running)
    yield current
    for channel in current.opened:
        channel.close()


URL = "https://news.example.org/politics/talks-begin/?utm_source=x&utm_id=abcdefgh23456777"


def test_a_post_is_seen_with_its_link_as_it_was_written(stage: Stage) -> None:
    (number,) = stage.send(stage.case.linked("Talks begin", URL))
    (seen,) = stage.look()
    assert seen.remote_id == number
    assert URL in seen.links
    assert seen.url.endswith(f"/{number}")
    assert abs(seen.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_post_without_a_link_is_seen_with_its_very_words(stage: Stage) -> None:
    text = "“Мы — <едины> & сильны”,  said 5 < 6 &amp; more"
    stage.send(Message(text=text))
    (seen,) = stage.look()
    assert seen.text == text
    assert seen.links == ()


def test_posts_come_oldest_first_and_only_those_behind_the_one_that_is_known(stage: Stage) -> None:
    first, *others = stage.send(*(Message(text=f"Post {number}") for number in range(4)))
    assert [seen.remote_id for seen in stage.look(first)] == others
    assert [seen.text for seen in stage.look()] == [f"Post {number}" for number in range(4)]
    assert stage.look(others[-1]) == ()


def test_a_post_whose_answer_was_lost_is_seen(stage: Stage) -> None:
    (known,) = stage.send(Message(text="Before"))
    stage.platforms.fault(stage.case.platform, action="lost_response", path=stage.case.send)
    with pytest.raises(UnknownOutcome):
        stage.send(Message(text="Answer lost"))
    assert [seen.text for seen in stage.look(known)] == ["Answer lost"]


def test_a_post_that_never_came_is_not_seen(stage: Stage) -> None:
    (known,) = stage.send(Message(text="Before"))
    stage.platforms.fault(stage.case.platform, action="reset_before", path=stage.case.send)
    with pytest.raises(UnknownOutcome):
        stage.send(Message(text="Never came"))
    assert stage.look(known) == ()


def test_looking_shows_readers_nothing(stage: Stage) -> None:
    stage.send(Message(text="One"))
    before = len([line for line in stage.platforms.journal(stage.case.platform) if shown(line)])
    stage.look()
    assert len([line for line in stage.platforms.journal(stage.case.platform) if shown(line)]) == before


def shown(line: dict[str, Any]) -> bool:
    """Whether a line of the journal is a post to readers, not a copy in the operations chat."""
    return bool(line["act"] == "post" and line.get("chat", "") != accounts.TELEGRAM_OPERATIONS_ID)


@pytest.mark.parametrize("seconds", [None, 40])
def test_too_many_looks_are_a_wait(stage: Stage, seconds: int | None) -> None:
    stage.send(Message(text="One"))
    stage.platforms.fault(stage.case.platform, action="rate_limit", path=stage.case.look, seconds=seconds)
    with pytest.raises(RateLimited) as caught:
        stage.look()
    assert (caught.value.retry_after is None) == (seconds is None)


@pytest.mark.parametrize("fault", ["hang_after", "lost_response", "bad_json_200", "html_502"])
def test_a_lost_look_is_taken_again_later_since_it_changes_nothing(stage: Stage, fault: str) -> None:
    stage.send(Message(text="One"))
    stage.platforms.fault(stage.case.platform, action=fault, path=stage.case.look)
    with pytest.raises(Unavailable):
        stage.look(timeout=0.3 if fault == "hang_after" else 5.0)
    assert [seen.text for seen in stage.look()] == ["One"]


def test_without_a_connection_nothing_is_said_about_posts(stage: Stage) -> None:
    with pytest.raises(Unavailable):
        stage.look(url=f"http://127.0.0.1:{closed_port()}")


# -- X alone -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def x(running: client.Running) -> Iterator[Stage]:
    running.clear_faults("x")
    running.reset("x")
    running.control("x", "config", {"factor": 100.0})
    current = Stage(case=CASES[0], platforms=running)
    yield current
    for channel in current.opened:
        channel.close()


def test_a_long_timeline_is_read_page_by_page(x: Stage) -> None:
    numbers = x.send(*(Message(text=f"Post {number}") for number in range(230)))
    assert [seen.remote_id for seen in x.look(numbers[0])] == numbers[1:]
    assert [seen.remote_id for seen in x.look()] == numbers[-100:]


def test_the_account_is_asked_for_its_number_once(x: Stage) -> None:
    channel = x.open()
    assert isinstance(channel, Verifiable)
    for _ in range(3):
        channel.posts_after("")
    assert sum("/2/users/me" in line["path"] for line in x.platforms.log("x")) == 1


def test_a_repeated_text_is_refused_as_there_already(x: Stage) -> None:
    x.send(Message(text="Same words"))
    with pytest.raises(AlreadyThere, match=r"^duplicate: "):
        x.send(Message(text="Same words"))


POST = {"id": "7", "text": "One", "created_at": "2026-11-30T07:00:00.000Z"}


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        {"data": [POST]},
        {"meta": {"result_count": 1}, "data": POST},
        {"meta": {}, "data": ["7"]},
        {"meta": {}, "data": [{**POST, "id": 7}]},
        {"meta": {}, "data": [{**POST, "id": "seven"}]},
        {"meta": {}, "data": [{**POST, "created_at": "yesterday"}]},
        {"meta": {}, "data": [{**POST, "created_at": "2026-11-30T07:00:00"}]},
        {"meta": {}, "data": [{**POST, "text": None}]},
        {"meta": {}, "data": [{**POST, "entities": {"urls": ["https://a.example"]}}]},
    ],
)
def test_an_unreadable_timeline_is_not_an_empty_one(body: object) -> None:
    def script(connection: Any, seen: Any) -> None:
        whose = {"data": {"id": "1000", "username": "newsroom"}}
        answer(200, whose if seen.path.endswith("/me") else body)(connection, seen)

    with serve(script) as server, pytest.raises(Unavailable):
        look_at(server.url)


def test_an_account_without_a_number_cannot_be_looked_at_now() -> None:
    with serve(answer(200, {"data": {"username": "newsroom"}})) as server, pytest.raises(Unavailable):
        look_at(server.url)


def test_a_timeline_that_never_ends_cannot_be_asked() -> None:
    def script(connection: Any, seen: Any) -> None:
        whose = {"data": {"id": "1000", "username": "newsroom"}}
        endless = {"data": [POST], "meta": {"next_token": "more"}}
        answer(200, whose if seen.path.endswith("/me") else endless)(connection, seen)

    with serve(script) as server, pytest.raises(Rejected, match="more than 3200 posts"):
        look_at(server.url, "5")
    assert len(server.seen) == 33


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {}, Unauthorized),
        (402, {}, OutOfCredit),
        (403, {"type": "https://api.twitter.com/2/problems/client-forbidden"}, Unauthorized),
        (403, {}, Rejected),
    ],
)
def test_a_refused_look_says_why(status: int, body: object, kind: type[ChannelError]) -> None:
    with serve(answer(status, body)) as server, pytest.raises(kind) as caught:
        look_at(server.url)
    assert type(caught.value) is kind


def test_a_look_that_breaks_off_is_taken_again() -> None:
    with serve(dropped) as server, pytest.raises(Unavailable):
        look_at(server.url)


def look_at(url: str, after: str = "") -> Sequence[Seen]:
    channel = _twitter(url, 5.0)
    assert isinstance(channel, Verifiable)
    try:
        return channel.posts_after(after)
    finally:
        channel.close()
