"""One suite for every kind of channel: what a flow may rely on, whatever the platform.

The platforms are the loopback ones, in a process of their own; their journal, not the channel, says what readers saw.
"""

from __future__ import annotations

import io
import itertools
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.channels import ChannelKind, console, telegram, twitter, webhook
from distributor.errors import ChannelError, RateLimited, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.interfaces import Channel, Checkable
from distributor.model import Message, Parcel, Receipt
from distributor.sandbox import accounts, client
from distributor.secret import Secret
from tests.raw_http import Script, closed_port, dripping, dropped, reset, serve, truncated

#: seconds of silence for the tests that meet one, and for all others
SHORT, LONG = 0.25, 5.0
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One networked kind: how to open it, and how its platform says things."""

    kind: ChannelKind
    #: name of its loopback platform, and the part of a path that a send has
    platform: str
    path: str
    #: from address and timeout to options
    options: Callable[[str, float], Any]
    #: what no error may show
    secrets: tuple[str, ...]
    #: text of a message from its number
    text: Callable[[int], str] = "Story {}".format
    #: a refusal of the credentials, and of one message
    unauthorized: dict[str, Any] = field(default_factory=lambda: {"status": 401, "body": "{}"})
    refused: dict[str, Any] = field(default_factory=lambda: {"status": 400, "body": "{}"})


def _twitter(url: str, timeout: float) -> twitter.Options:
    return twitter.Options(
        api_key=Secret(accounts.X_CONSUMER_KEY),
        api_secret=Secret(accounts.X_CONSUMER_SECRET),
        access_token=Secret(accounts.X_ACCESS_TOKEN),
        access_secret=Secret(accounts.X_ACCESS_TOKEN_SECRET),
        username=accounts.X_USERNAME,
        base_url=url,
        timeout=timeout,
    )


def _telegram(url: str, timeout: float) -> telegram.Options:
    return telegram.Options(
        token=Secret(accounts.TELEGRAM_TOKEN), chat=accounts.TELEGRAM_CHANNEL, base_url=url, timeout=timeout
    )


def _webhook(url: str, timeout: float) -> webhook.Options:
    address = f"{url}/in?key=hush-hush"
    return webhook.Options(url=address, secret=Secret(accounts.HOOKS_SECRET), timeout=timeout, allow_private=True)


TELEGRAM_401 = '{"ok": false, "error_code": 401, "description": "Unauthorized"}'
TELEGRAM_400 = '{"ok": false, "error_code": 400, "description": "Bad Request: message is too long"}'
CASES = [
    Case(
        kind=twitter.KIND,
        platform="x",
        path="/2/tweets",
        options=_twitter,
        secrets=(
            accounts.X_CONSUMER_KEY,
            accounts.X_CONSUMER_SECRET,
            accounts.X_ACCESS_TOKEN,
            accounts.X_ACCESS_TOKEN_SECRET,
        ),
    ),
    Case(
        kind=telegram.KIND,
        platform="telegram",
        path="/sendMessage",
        options=_telegram,
        secrets=(accounts.TELEGRAM_TOKEN, "sandbox-telegram-token"),
        unauthorized={"status": 401, "body": TELEGRAM_401},
        refused={"status": 400, "body": TELEGRAM_400},
    ),
    Case(
        kind=webhook.KIND,
        platform="hooks",
        path="/in",
        options=_webhook,
        secrets=(accounts.HOOKS_SECRET, "hush-hush"),
        text='{{"headline": "Story {}"}}'.format,
    ),
]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[client.Running]:
    with client.start(tmp_path_factory.mktemp("platforms"), only=("x", "telegram", "hooks")) as platforms:
        yield platforms


@dataclass(kw_only=True)
class Stage:
    """One case on its freshly emptied platform, with every channel it opens closed at the end."""

    case: Case
    platforms: client.Running
    opened: list[Channel] = field(default_factory=list)

    def open(self, timeout: float = LONG, url: str = "") -> Channel:
        options = self.case.options(url or self.platforms.urls[self.case.platform], timeout)
        channel = self.case.kind.open("desk", options)
        self.opened.append(channel)
        return channel

    def parcel(self) -> Parcel:
        number = next(_numbers)
        text = self.case.text(number)
        return Parcel(message=Message(text=text), key=f"key{number}", first_sent_at=datetime.now(UTC))

    def fault(self, action: str, **more: Any) -> None:
        self.platforms.fault(self.case.platform, action=action, path=self.case.path, **more)

    def visible(self, parcel: Parcel) -> int:
        return sum(line.get("text") == parcel.message.text for line in self.platforms.journal(self.case.platform))

    def asked(self) -> int:
        return sum(self.case.path in line["path"] for line in self.platforms.log(self.case.platform))

    def failure(self, timeout: float = LONG) -> tuple[ChannelError, Parcel]:
        """What a send raises; proves on the way that it asked once and that no secret shows."""
        parcel, before = self.parcel(), self.asked()
        with pytest.raises(ChannelError) as caught:
            self.open(timeout).send(parcel)
        assert self.asked() == before + 1, "a channel never retries on its own"
        prove_clean(caught.value, self.case)
        return caught.value, parcel


def prove_clean(error: ChannelError, case: Case) -> None:
    """No secret in the reason, nor in the traceback that a log may hold; and the reason is one short line."""
    assert str(error)
    assert "\n" not in str(error)
    assert len(str(error)) < 260
    shown = "".join(traceback.format_exception(error)) + repr(error)
    assert [secret for secret in case.secrets if secret in shown] == []


@pytest.fixture(params=CASES, ids=lambda case: case.platform)
def stage(request: pytest.FixtureRequest, running: client.Running) -> Iterator[Stage]:
    running.clear_faults(request.param.platform)
    running.reset(request.param.platform)
    current = Stage(case=request.param, platforms=running)
    yield current
    for channel in current.opened:
        channel.close()


def test_opening_contacts_nobody(stage: Stage) -> None:
    channel = stage.open()
    assert channel.name == "desk"
    assert isinstance(channel, Checkable)
    assert stage.platforms.log(stage.case.platform) == []


def test_each_call_of_send_is_seen_once(stage: Stage) -> None:
    channel = stage.open()
    parcels = [stage.parcel() for _ in range(3)]
    receipts = [channel.send(parcel) for parcel in parcels]
    assert [stage.visible(parcel) for parcel in parcels] == [1, 1, 1]
    assert len({receipt.remote_id for receipt in receipts}) == (1 if stage.case.platform == "hooks" else 3)
    assert stage.asked() == 3


def test_sends_from_several_threads_are_seen_once_each(stage: Stage) -> None:
    channel = stage.open()
    parcels = [stage.parcel() for _ in range(4)]
    workers = [threading.Thread(target=channel.send, args=(parcel,)) for parcel in parcels]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert [stage.visible(parcel) for parcel in parcels] == [1, 1, 1, 1]


def test_a_refused_connection_means_nothing_left(stage: Stage) -> None:
    with pytest.raises(Unavailable) as caught:
        stage.open(url=f"http://127.0.0.1:{closed_port()}").send(stage.parcel())
    prove_clean(caught.value, stage.case)


@pytest.mark.parametrize("action", ["hang_after", "lost_response", "reset_after", "truncate_body"])
def test_an_answer_lost_after_the_platform_acted_is_an_unknown_outcome(stage: Stage, action: str) -> None:
    stage.fault(action)
    error, parcel = stage.failure(SHORT if action == "hang_after" else LONG)
    assert type(error) is UnknownOutcome
    assert stage.visible(parcel) == 1


@pytest.mark.parametrize("action", ["hang_before", "reset_before"])
def test_the_same_silence_before_the_platform_acted_is_told_apart_by_nobody(stage: Stage, action: str) -> None:
    stage.fault(action)
    error, parcel = stage.failure(SHORT if action == "hang_before" else LONG)
    assert type(error) is UnknownOutcome
    assert stage.visible(parcel) == 0


@pytest.mark.parametrize("action", ["html_502", "html_503"])
@pytest.mark.parametrize("after", [False, True])
def test_a_page_from_the_edge_is_an_unknown_outcome(stage: Stage, action: str, after: bool) -> None:
    stage.fault(action, after=after)
    error, parcel = stage.failure()
    assert type(error) is UnknownOutcome
    assert stage.visible(parcel) == int(after)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_a_server_error_is_an_unknown_outcome(stage: Stage, status: int) -> None:
    stage.fault("status", status=status, body='{"title": "down"}')
    assert type(stage.failure()[0]) is UnknownOutcome


@pytest.mark.parametrize("script", [dropped, reset, dripping, truncated(200, b'{"id": "1')])
def test_faults_of_the_socket_itself_are_unknown_outcomes(stage: Stage, script: Script) -> None:
    with serve(script) as server, pytest.raises(UnknownOutcome) as caught:
        stage.open(SHORT if script is dripping else LONG, server.url).send(stage.parcel())
    assert len(server.seen) == 1
    prove_clean(caught.value, stage.case)


@pytest.mark.parametrize(("seconds", "least", "most"), [(None, None, None), (40, 35, 45)])
def test_too_many_requests_is_a_wait(stage: Stage, seconds: int | None, least: int | None, most: int | None) -> None:
    stage.fault("rate_limit", seconds=seconds)
    error, parcel = stage.failure()
    assert isinstance(error, RateLimited)
    assert stage.visible(parcel) == 0
    if least is None or most is None:
        assert error.retry_after is None
    else:
        assert error.retry_after is not None
        assert timedelta(seconds=least) <= error.retry_after <= timedelta(seconds=most)


def test_refused_credentials_pause_the_channel(stage: Stage) -> None:
    stage.fault("status", **stage.case.unauthorized)
    assert type(stage.failure()[0]) is Unauthorized


def test_a_refused_message_is_refused_for_good(stage: Stage) -> None:
    stage.fault("status", **stage.case.refused)
    assert type(stage.failure()[0]) is Rejected


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_an_answer_that_echoes_every_secret_shows_none(stage: Stage, status: int) -> None:
    words = "you sent " + " and ".join(stage.case.secrets[:-1] or stage.case.secrets)
    bodies = {
        "x": f'{{"detail": "{words}"}}',
        "telegram": f'{{"ok": false, "error_code": {status}, "description": "{words}"}}',
        "hooks": words,
    }
    stage.fault("status", status=status, body=bodies[stage.case.platform])
    stage.failure()


def test_half_a_character_is_refused_before_anything_leaves(stage: Stage) -> None:
    parcel = Parcel(message=Message(text="\ud83d"), key="half", first_sent_at=datetime.now(UTC))
    with pytest.raises(Rejected):
        stage.open().send(parcel)
    assert stage.asked() == 0


def test_closing_twice_is_fine_and_a_later_send_opens_again(stage: Stage) -> None:
    channel = stage.open()
    channel.close()
    parcel = stage.parcel()
    channel.send(parcel)
    channel.close()
    channel.close()
    assert stage.visible(parcel) == 1


def test_a_channel_is_as_good_after_a_fault_as_before(stage: Stage) -> None:
    channel, lost, later = stage.open(), stage.parcel(), stage.parcel()
    stage.fault("lost_response")
    with pytest.raises(UnknownOutcome):
        channel.send(lost)
    assert isinstance(channel.send(later), Receipt)
    assert stage.visible(later) == 1


def test_a_check_proves_the_connection_and_shows_nothing_to_readers(stage: Stage) -> None:
    channel = stage.open()
    assert isinstance(channel, Checkable)
    assert channel.check()
    assert stage.platforms.journal(stage.case.platform) == []


def test_a_check_without_a_connection_says_so(stage: Stage) -> None:
    channel = stage.open(url=f"http://127.0.0.1:{closed_port()}")
    assert isinstance(channel, Checkable)
    with pytest.raises(Unavailable) as caught:
        channel.check()
    prove_clean(caught.value, stage.case)


def test_the_receipt_of_x_and_telegram_leads_to_the_post(stage: Stage) -> None:
    parcel = stage.parcel()
    receipt = stage.open().send(parcel)
    (line,) = [line for line in stage.platforms.journal(stage.case.platform) if line["text"] == parcel.message.text]
    starts = {"x": "https://x.com/newsroom/status/", "telegram": "https://t.me/newsroom/", "hooks": ""}
    if stage.case.platform != "hooks":
        assert receipt.remote_id == str(line["id"])
        assert receipt.url == starts[stage.case.platform] + receipt.remote_id
    else:
        assert line["id"] == parcel.key


def test_the_console_keeps_the_same_contract_without_a_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    channel = console.KIND.open("desk", console.Options())
    parcel = Parcel(message=Message(text="Story"), key="k", first_sent_at=datetime.now(UTC))
    assert isinstance(channel.send(parcel), Receipt)
    assert stream.getvalue().count("Story") == 1
    assert isinstance(channel, Checkable)
    assert channel.check()
    channel.close()
    channel.close()
    stream.close()
    with pytest.raises(Unavailable):
        channel.send(parcel)


def test_no_kind_is_expensive_to_import(tmp_path: Path) -> None:
    heavy = ["tweepy", "telegram.ext", "telegram.error", "httpx", "requests", "urllib3"]
    modules = ", ".join(f"distributor.channels.{name}" for name in ("twitter", "telegram", "webhook", "console"))
    code = f"import sys, {modules}; sys.exit(', '.join(name for name in {heavy} if name in sys.modules) or 0)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
