"""``distributor channels``: what each channel may do now, to people and to scripts."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from distributor.app import open_app
from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.config import load
from distributor.errors import RateLimited, Unauthorized
from distributor.model import Quota, Receipt
from tests.apps import told_app
from tests.flow.test_money import config
from tests.support import NOON, HandClock, ToldChannel, ToldSource, article

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "channels.txt"
USER = "twitter:user:77aa"
DESK = '[desk]\nname = "News"\nzone = "Europe/Minsk"\n'


@pytest.fixture
def app(short, monkeypatch):
    """One post of x used up its account's quarter, y is paused, and mail has never been used."""
    quota = Quota(scope=USER, wait=timedelta(minutes=15), reason="X: nothing is left of this quarter of an hour")
    told = {"x": ToldChannel("x", Receipt(remote_id="1", quotas=(quota,))), "y": ToldChannel("y", Unauthorized("401"))}
    text = DESK + config("budget_per_day = 1.0\nbudget_per_month = 20.0\n", '["x", "y"]')
    source = ToldSource([article(1, urgency=5), article(2, urgency=5)])
    found = told_app(short, source=source, channels=told, config=text, clock=HandClock())
    found.store.deliveries.know_channel("x", "console", NOON, scopes=[USER])
    found.ingesters["politics"].run_once(NOON)
    for name in ("x", "y"):
        while found.deliverers[name].run_once():
            pass
    monkeypatch.setattr("distributor.cli.sending.act", lambda _path, name, args: dispatch(found, name, args))
    yield found
    found.close()


def shown(app, *arguments):
    result = CliRunner().invoke(cli, ["channels", *arguments], env={"NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_people_read_what_each_channel_waits_for_and_what_is_left(app):
    assert "\n".join(line.rstrip() for line in shown(app).splitlines()) + "\n" == GOLDEN.read_text("utf-8")


def test_scripts_get_the_same_in_numbers(app):
    found = json.loads(shown(app, "--json"))
    assert (found["zone"], found["mode"]) == ("Europe/Minsk", "live")
    x, y, mail = found["channels"]
    assert x == {
        "name": "x",
        "kind": "console",
        "account": None,
        "state": "live",
        "paused": None,
        "paused_at": None,
        "waiting_until": "2026-11-24T12:15:00Z",
        "waits": [
            {"scope": USER, "until": "2026-11-24T12:15:00Z", "reason": "X: nothing is left of this quarter of an hour"}
        ],
        "counts": {"due": 1, "sent": 1},
        "next": "2026-11-24T12:15:00Z",
        "pace": {"gap_s": None, "most_per_hour": None, "most_per_day": None, "quiet": None, "slots": []},
        "errors": [],
        "stops": [],
        "test_to": None,
        "test_needs": "an account or receiver of its own, configured as another channel",
        "price": 0.015,
        "price_with_link": 0.2,
        "price_to_delete": 0.0,
        "links": "always",
        "spent_today": 0.2,
        "spent_this_month": 0.2,
        "left_today": 0.8,
        "left_this_month": 19.8,
        "posts_left": 53,
        "posts_left_with_link": 4,
        "relays": [],
        "lanes": [],
    }
    assert (y["state"], y["paused"], y["paused_at"], y["next"]) == ("paused", "401", "2026-11-24T12:00:00Z", None)
    assert (mail["account"], mail["counts"], mail["posts_left"]) == (None, {}, None)


def test_a_channels_own_wait_has_no_scope_and_a_wait_that_is_over_is_none(short):
    clock = HandClock()
    limited = {"x": ToldChannel("x", RateLimited("flood", retry_after=timedelta(hours=12)))}
    app = told_app(short, channels=limited, clock=clock)
    app.ingesters["politics"].run_once(NOON)
    app.deliverers["x"].run_once()
    wait = {"scope": None, "until": "2026-11-25T00:00:00Z", "reason": None}
    assert dispatch(app, "channels", {})["channels"][0]["waits"] == [wait]
    clock.advance(12 * 3600)
    (x, *_) = dispatch(app, "channels", {})["channels"]
    assert (x["waits"], x["waiting_until"]) == ([], None)
    app.close()


def test_a_shadow_says_so_and_accounts_are_named_without_secrets(short):
    text = """\
mode = "shadow"
[channels.x]
type = "twitter"
username = "desk"
api_key = "k-secret"
api_secret = "k-secret"
access_token = "t-secret"
access_secret = "t-secret"
[channels.tg]
type = "telegram"
token = "1234:secret"
chat = "@desk_news"
[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"
[channels.hook]
type = "webhook"
url = "https://hooks.example.org/secret-path"
secret = "hook-secret"
"""
    (short / "config.toml").write_text(text, "utf-8")
    settings = load(short / "config.toml", environ={}, cwd=short)
    with closing(open_app(settings, clock=HandClock(), threaded=False)) as app:
        found = dispatch(app, "channels", {})
    assert {one["name"]: (one["account"], one["state"]) for one in found["channels"]} == {
        "x": ("@desk", "shadow"),
        "tg": ("@desk_news", "shadow"),
        "mail": ("news@example.org", "shadow"),
        "hook": ("hooks.example.org", "shadow"),
    }
    assert "secret" not in json.dumps(found)
