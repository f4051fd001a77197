"""Posts by hand on the loopback platforms, seen by the real program as a process."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from distributor.channels import twitter
from distributor.model import Message, Parcel
from distributor.sandbox import accounts
from distributor.secret import Secret
from tests.platforms import Loop, until

pytestmark = pytest.mark.no_cover

WATCHED = ('watch = "0s"', 'watch = "1s"')
ON_X = (f'username = "{accounts.X_USERNAME}"', f'username = "{accounts.X_USERNAME}"\nwatch = "1s"')


def say(loop: Loop, text: str) -> str:
    """An editor posts in the channel; the address of the post."""
    told = loop.platforms.control("telegram", "say", {"chat": accounts.TELEGRAM_CHANNEL, "text": text})
    return f"https://t.me/newsroom/{told['message_id']}"


def tweet(loop: Loop, text: str) -> str:
    """An editor posts on the account, with its own keys; the address of the post."""
    options = twitter.Options(
        api_key=Secret(accounts.X_CONSUMER_KEY),
        api_secret=Secret(accounts.X_CONSUMER_SECRET),
        access_token=Secret(accounts.X_ACCESS_TOKEN),
        access_secret=Secret(accounts.X_ACCESS_TOKEN_SECRET),
        username=accounts.X_USERNAME,
        base_url=loop.platforms.urls["x"],
    )
    with closing(twitter.KIND.open("hand", options)) as account:
        return account.send(Parcel(message=Message(text=text), key="hand", first_sent_at=datetime.now(UTC))).url


def where(loop: Loop, url: str) -> dict[str, tuple[str, str, str]]:
    """By channel: state, reason and address of a story's delivery, as ``distributor where`` tells them."""
    done = loop.command("where", url, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["deliveries"]
    return {one["channel"]: (one["state"], one["reason"], one["url"]) for one in found}


def polls(loop: Loop) -> int:
    return sum("getUpdates" in line["path"] for line in loop.platforms.log("telegram"))


def test_a_flash_posted_by_hand_on_the_loopback_channel_is_adopted_and_shown_by_where(loop):
    loop.configure(WATCHED, ON_X)
    (url,) = loop.publish("Lukashenko signs decree on IT park")
    hand = say(loop, f"Look: {url}?utm_source=tg")
    done = loop.command("run", "--once", "--json")
    assert done.returncode == 0, done.stderr
    found = where(loop, url)
    assert found["telegram"] == ("skipped", f"posted by hand: {hand}", hand)
    assert found["x"][0] == "sent"
    assert not loop.shown("telegram")


def test_a_post_by_hand_on_x_is_adopted_by_the_address_behind_its_short_link(loop):
    loop.configure(WATCHED, ON_X)
    (url,) = loop.publish("Lukashenko signs decree on IT park")
    hand = tweet(loop, f"Just in {url}")
    assert loop.command("run", "--once").returncode == 0
    found = where(loop, url)
    assert found["x"] == ("skipped", f"posted by hand: {hand}", hand)
    assert found["telegram"][0] == "sent"


def test_the_daemon_hears_a_snap_in_capitals_and_stops_at_once_though_it_waits_for_news(loop):
    loop.configure(('watch = "0s"', 'watch = "25s"'))
    with loop.daemon() as running:
        until(lambda: polls(loop) >= 2)  # the first look, and the one that waits
        hand = say(loop, "LUKASHENKO SIGNS DECREE")
        until(lambda: "posts by hand: 1" in running.log.read_text("utf-8"))
        urls = loop.publish("Lukashenko signs decree on IT park", "Council votes on the bridge")
        until(lambda: running.counts("telegram") == {"skipped": 1, "sent": 1})
        found = running.call("where", url=urls[0])["deliveries"]
        assert [one["url"] for one in found if one["channel"] == "telegram"] == [hand]
        until(lambda: running.counts("x") == {"sent": 2})
        began = time.monotonic()
        assert running.end() == 0
        assert time.monotonic() - began < 20  # far less than the wait for news


def test_a_bot_with_a_webhook_is_left_alone_after_one_try(loop):
    loop.configure(WATCHED)
    loop.platforms.fault("telegram", action="status", path="getUpdates", status=409, times=None, body=CONFLICT)
    with loop.daemon() as running:
        (url,) = loop.publish("Council votes on the bridge")
        until(lambda: running.counts("telegram") == {"sent": 1})
        assert polls(loop) == 1
        assert running.log.read_text("utf-8").count("posts by hand cannot be seen") == 1
    assert where(loop, url)["telegram"][0] == "sent"


CONFLICT = json.dumps({"ok": False, "error_code": 409, "description": "Conflict: can't use getUpdates method"})
