"""One suite for each way of following a post: changing it, answering it, taking it away; on the loopback platforms.

Their journals, not the channels, say what readers saw.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from distributor.channels import email, telegram, twitter, webhook
from distributor.errors import AlreadyThere, RateLimited, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.interfaces import Answerable, Channel, Editable, Erasable, Idempotent, Keyed
from distributor.model import Message, Parcel, Receipt, Recipient
from distributor.sandbox import accounts, client
from distributor.secret import Secret
from tests.raw_http import closed_port

_numbers = itertools.count(1)


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


def _telegram(url: str, timeout: float) -> Channel:
    options = telegram.Options(
        token=Secret(accounts.TELEGRAM_TOKEN), chat=accounts.TELEGRAM_CHANNEL, base_url=url, timeout=timeout
    )
    return telegram.KIND.open("desk", options)


def _webhook(url: str, timeout: float) -> Channel:
    secret = Secret(accounts.HOOKS_SECRET)
    options = webhook.Options(url=f"{url}/in", secret=secret, timeout=timeout, allow_private=True)
    return webhook.KIND.open("desk", options)


def _email(url: str, timeout: float) -> Channel:
    host, port = url.removeprefix("http://").rsplit(":", 1)
    return email.KIND.open(
        "desk",
        email.options.Options(
            host=host,
            port=int(port),
            tls="none",
            username=accounts.SMTP_USER,
            password=Secret(accounts.SMTP_PASSWORD),
            sender="Desk <news@example.org>",
            timeout=max(timeout, 1.0),
            final_timeout=timeout,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """One platform: how to open it, and the parts of the requests that answer, change and take away."""

    platform: str
    open: Callable[[str, float], Channel]
    reply: dict[str, Any] = field(default_factory=dict)
    edit: dict[str, Any] = field(default_factory=dict)
    erase: dict[str, Any] = field(default_factory=dict)


X = Case(
    platform="x",
    open=_twitter,
    reply={"method": "POST", "path": "/2/tweets"},
    erase={"method": "DELETE", "path": "/2/tweets/"},
)
TELEGRAM = Case(
    platform="telegram",
    open=_telegram,
    reply={"path": "/sendMessage"},
    edit={"path": "/editMessageText"},
    erase={"path": "/deleteMessage"},
)
HOOKS = Case(platform="hooks", open=_webhook, reply={"path": "/in"}, edit={"path": "/in"}, erase={"path": "/in"})
MAIL = Case(platform="smtp", open=_email, reply={"path": "dot"})
EDITABLE, ANSWERABLE, ERASABLE = (TELEGRAM, HOOKS), (X, TELEGRAM, HOOKS, MAIL), (X, TELEGRAM, HOOKS)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Running]:
    with client.start(tmp_path_factory.mktemp("platforms")) as platforms:
        yield platforms


@dataclass(kw_only=True)
class Stage:
    """One case on its freshly emptied platform, with one post on it."""

    case: Case
    platforms: client.Running
    opened: list[Channel] = field(default_factory=list)
    target: str = ""
    first: str = ""

    def open(self, timeout: float = 5.0, url: str = "") -> Any:
        channel = self.case.open(url or self.platforms.urls[self.case.platform], timeout)
        self.opened.append(channel)
        return channel

    def post(self) -> None:
        parcel = self.parcel("post")
        receipt = self.open().send(parcel)
        # the rule of the flow: the platform's own id, and our name for it where that is how it is known
        self.target = parcel.key if isinstance(self.open(), Keyed) else receipt.remote_id
        self.first = parcel.message.text

    def parcel(self, kind: str, text: str = "") -> Parcel:
        number = next(_numbers)
        text = text or f"Story {number}"
        if self.case is HOOKS:
            text = json.dumps({"type": kind, "about": self.target, "headline": text})
        reader = Recipient(address="reader@example.org") if self.case is MAIL else Recipient()
        message = Message(text=text, subject="Story")
        key = f"key{number}"
        return Parcel(message=message, recipient=reader, key=key, first_sent_at=datetime.now(UTC), target=self.target)

    def fault(self, act: str, action: str, **more: Any) -> None:
        self.platforms.fault(self.case.platform, action=action, **getattr(self.case, act), **more)

    def acts(self) -> list[str]:
        return [line["act"] for line in self.platforms.journal(self.case.platform)]

    def last(self) -> dict[str, Any]:
        return self.platforms.journal(self.case.platform)[-1]


def _stage(case: Case, running: client.Running) -> Iterator[Stage]:
    running.clear_faults(case.platform)
    running.reset(case.platform)
    if case is TELEGRAM:
        running.control("telegram", "config", {"factor": 100.0})
    current = Stage(case=case, platforms=running)
    current.post()
    yield current
    for channel in current.opened:
        channel.close()


@pytest.fixture(params=EDITABLE, ids=lambda case: case.platform)
def editable(request: pytest.FixtureRequest, running: client.Running) -> Iterator[Stage]:
    yield from _stage(request.param, running)


@pytest.fixture(params=ANSWERABLE, ids=lambda case: case.platform)
def answerable(request: pytest.FixtureRequest, running: client.Running) -> Iterator[Stage]:
    yield from _stage(request.param, running)


@pytest.fixture(params=ERASABLE, ids=lambda case: case.platform)
def erasable(request: pytest.FixtureRequest, running: client.Running) -> Iterator[Stage]:
    yield from _stage(request.param, running)


@pytest.fixture
def telegram_stage(running: client.Running) -> Iterator[Stage]:
    yield from _stage(TELEGRAM, running)


@pytest.fixture
def x_stage(running: client.Running) -> Iterator[Stage]:
    yield from _stage(X, running)


def test_who_can_do_what_is_known_without_asking_anybody(running: client.Running) -> None:
    found = {}
    for case in ANSWERABLE:
        channel = case.open(running.urls[case.platform], 5.0)
        abilities = (Editable, Answerable, Erasable)
        found[case.platform] = tuple(isinstance(channel, ability) for ability in abilities)
        channel.close()
    assert found == {
        "x": (False, True, True),
        "telegram": (True, True, True),
        "hooks": (True, True, True),
        "smtp": (False, True, False),
    }


# -- changing


def test_a_changed_post_is_the_same_post_with_other_words(editable: Stage) -> None:
    parcel = editable.parcel("edit")
    receipt = editable.open().edit(parcel)
    assert editable.acts()[1:] == ["edit"]
    line = editable.last()
    assert line["text"] == parcel.message.text
    assert (line["about"] if editable.case is HOOKS else line["id"]) == editable.target
    assert receipt.remote_id == ("" if editable.case is HOOKS else editable.target)


def test_a_lost_answer_to_a_change_is_repeated_without_harm(editable: Stage) -> None:
    parcel = editable.parcel("edit")
    editable.fault("edit", "lost_response")
    with pytest.raises(UnknownOutcome):
        editable.open().edit(parcel)
    try:
        editable.open().edit(parcel)
    except AlreadyThere:
        assert editable.case is TELEGRAM
    assert editable.acts()[1:] == ["edit"]


def test_a_change_that_reaches_nobody_has_not_left(editable: Stage) -> None:
    with pytest.raises(Unavailable):
        editable.open(url=f"http://127.0.0.1:{closed_port()}").edit(editable.parcel("edit"))


def test_too_many_changes_are_a_wait(editable: Stage) -> None:
    editable.fault("edit", "rate_limit", seconds=40)
    with pytest.raises(RateLimited) as caught:
        editable.open().edit(editable.parcel("edit"))
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= timedelta(seconds=35)


def test_half_a_character_changes_nothing(editable: Stage) -> None:
    with pytest.raises(Rejected):
        editable.open().edit(
            Parcel(message=Message(text="\ud83d"), key="k", first_sent_at=datetime.now(UTC), target=editable.target)
        )
    assert len(editable.acts()) == 1


def test_the_same_words_on_telegram_are_there_already(telegram_stage: Stage) -> None:
    with pytest.raises(AlreadyThere, match="not modified"):
        telegram_stage.open().edit(telegram_stage.parcel("edit", telegram_stage.first))


def test_a_post_that_somebody_deleted_on_telegram_can_not_be_changed(telegram_stage: Stage) -> None:
    telegram_stage.open().erase(telegram_stage.parcel("delete"))
    with pytest.raises(Rejected, match="the post is not there any more") as caught:
        telegram_stage.open().edit(telegram_stage.parcel("edit"))
    assert type(caught.value) is Rejected


def test_a_bot_without_the_right_to_change_posts_says_so(telegram_stage: Stage) -> None:
    telegram_stage.target = "0"
    with pytest.raises(Rejected, match="number in the chat is not known"):
        telegram_stage.open().edit(telegram_stage.parcel("edit"))
    telegram_stage.target = "1"
    body = '{"ok": false, "error_code": 400, "description": "Bad Request: message can\'t be edited"}'
    telegram_stage.fault("edit", "status", status=400, body=body)
    with pytest.raises(Rejected, match="the bot may not change this post"):
        telegram_stage.open().edit(telegram_stage.parcel("edit"))


# -- answering


def test_an_answer_stands_under_its_post(answerable: Stage) -> None:
    parcel = answerable.parcel("reply")
    receipt = answerable.open().reply(parcel)
    line = answerable.last()
    assert len(answerable.acts()) == 2
    if answerable.case is MAIL:
        mail = f"<{answerable.target}@example.org>"
        assert (line["reply_to"], line["references"]) == (mail, mail)
        assert receipt.remote_id == f"<{parcel.key}@example.org>"
    elif answerable.case is HOOKS:
        assert (line["act"], line["about"]) == ("reply", answerable.target)
    else:
        assert (line["act"], line["reply_to"], line["id"]) == ("post", answerable.target, receipt.remote_id)
        assert receipt.remote_id != answerable.target
        assert receipt.url.endswith(f"/{receipt.remote_id}")


def test_a_lost_answer_to_an_answer_is_in_doubt_like_any_post(answerable: Stage) -> None:
    answerable.fault("reply", "lost_response")
    with pytest.raises(UnknownOutcome):
        answerable.open().reply(answerable.parcel("reply"))
    assert len(answerable.acts()) == 2


def test_an_answer_that_reaches_nobody_has_not_left(answerable: Stage) -> None:
    with pytest.raises(Unavailable):
        answerable.open(url=f"http://127.0.0.1:{closed_port()}").reply(answerable.parcel("reply"))


def test_an_answer_to_what_is_gone_stands_alone_on_telegram(telegram_stage: Stage) -> None:
    telegram_stage.open().erase(telegram_stage.parcel("delete"))
    telegram_stage.open().reply(telegram_stage.parcel("reply"))
    assert telegram_stage.last()["reply_to"] == ""
    assert telegram_stage.acts() == ["post", "delete", "post"]


def test_an_answer_to_what_is_gone_is_refused_on_x(x_stage: Stage) -> None:
    x_stage.open().erase(x_stage.parcel("delete"))
    with pytest.raises(Rejected, match="deleted or not visible"):
        x_stage.open().reply(x_stage.parcel("reply"))


def test_where_an_account_may_not_answer_itself_the_answer_is_refused_for_good(x_stage: Stage) -> None:
    x_stage.platforms.control("x", "config", {"self_reply": "deny"})
    with pytest.raises(Rejected) as caught:
        x_stage.open().reply(x_stage.parcel("reply"))
    assert type(caught.value) is Rejected


# -- taking away


def test_a_post_that_is_taken_away_is_gone(erasable: Stage) -> None:
    channel = erasable.open()
    assert isinstance(channel.erase(erasable.parcel("delete")), Receipt)
    assert erasable.acts() == [erasable.acts()[0], "delete"]
    line = erasable.last()
    assert (line["about"] if erasable.case is HOOKS else line["id"]) == erasable.target


def test_a_lost_answer_to_a_deletion_is_repeated_without_harm(erasable: Stage) -> None:
    parcel = erasable.parcel("delete")
    erasable.fault("erase", "lost_response")
    with pytest.raises(UnknownOutcome):
        erasable.open().erase(parcel)
    if isinstance(erasable.open(), Idempotent):
        erasable.open().erase(parcel)
    else:
        with pytest.raises(AlreadyThere):
            erasable.open().erase(parcel)
    assert erasable.acts()[1:] == ["delete"]


@pytest.mark.parametrize("action", ["hang_before", "html_502", "reset_before"])
def test_a_deletion_without_a_believable_answer_is_in_doubt(erasable: Stage, action: str) -> None:
    erasable.fault("erase", action)
    with pytest.raises(UnknownOutcome):
        erasable.open(0.25 if action == "hang_before" else 5.0).erase(erasable.parcel("delete"))
    assert len(erasable.acts()) == 1


def test_credentials_that_are_refused_at_a_deletion_pause_the_channel(erasable: Stage) -> None:
    body = '{"ok": false, "error_code": 401, "description": "Unauthorized"}'
    erasable.fault("erase", "status", status=401, body=body)
    with pytest.raises(Unauthorized):
        erasable.open().erase(erasable.parcel("delete"))


def test_telegram_takes_no_post_away_that_is_older_than_two_days(telegram_stage: Stage) -> None:
    channel = telegram_stage.open()
    assert channel.erasable_for == timedelta(hours=48)
    telegram_stage.platforms.advance(48 * 3600)
    with pytest.raises(Rejected, match="posts of the last 48 hours only"):
        channel.erase(telegram_stage.parcel("delete"))
    assert telegram_stage.acts() == ["post"]


def test_x_takes_away_at_any_age_and_asks_its_price(x_stage: Stage) -> None:
    channel = x_stage.open()
    assert channel.erasable_for is None
    channel.erase(x_stage.parcel("delete"))
    assert x_stage.last()["cost"] == 0.01


@pytest.mark.parametrize("status", [200, 404])
def test_a_post_that_x_does_not_know_is_gone_already(x_stage: Stage, status: int) -> None:
    x_stage.fault("erase", "status", status=status, body='{"data": {"deleted": false}}')
    with pytest.raises(AlreadyThere):
        x_stage.open().erase(x_stage.parcel("delete"))


def test_an_answer_of_x_that_says_nothing_of_the_post_leaves_a_doubt(x_stage: Stage) -> None:
    x_stage.fault("erase", "status", status=200, body='{"data": {}}')
    with pytest.raises(UnknownOutcome):
        x_stage.open().erase(x_stage.parcel("delete"))


def test_without_an_id_nothing_is_asked_of_x(x_stage: Stage) -> None:
    x_stage.target = ""
    with pytest.raises(Rejected, match="id on X is not known"):
        x_stage.open().erase(x_stage.parcel("delete"))
    with pytest.raises(Rejected):
        x_stage.open().reply(x_stage.parcel("reply"))
    assert len(x_stage.platforms.log("x")) == 1
