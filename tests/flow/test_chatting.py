"""The thread of the operations chat, and how its room comes to be."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from distributor.channels.telegram import Telegram
from distributor.chat.opening import open_room
from distributor.chat.room import Room
from distributor.engine import rounds
from distributor.engine.chatting import Chatter
from distributor.errors import StoreError
from tests.apps import told_app
from tests.chats import CONFIG
from tests.support import ToldChannel

SOON = timedelta(milliseconds=1)


class ToldDesk:
    """Works as told, and then waits to be woken."""

    def __init__(self, *answers: Exception) -> None:
        self.answers = list(answers)
        self.woken = threading.Event()
        self.done = threading.Event()

    def work(self) -> timedelta:
        if self.answers:
            raise self.answers.pop(0)
        self.done.set()
        return timedelta(hours=1)

    def wait(self, rest: timedelta) -> None:
        self.woken.wait(rest.total_seconds())

    def wake(self) -> None:
        self.woken.set()


def test_a_failing_store_and_a_mistake_of_ours_are_logged_and_the_chat_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(rounds, "AFTER_FAILURE", SOON)
    desk = ToldDesk(StoreError("the disk is full"), ValueError("a bug"))
    chatter = Chatter(desk)
    chatter.start()
    assert desk.done.wait(30)
    chatter.stop()
    assert chatter.join(30)
    assert [record.getMessage() for record in caplog.records] == [
        "operations chat: the disk is full",
        "operations chat: a round ended in an unexpected error",
    ]


def test_a_room_is_opened_where_a_bot_serves_it_and_is_heard_from_then_on(tmp_path):
    app = told_app(tmp_path, config=CONFIG.replace("#route", ""))
    (watcher,) = app.watchers
    assert watcher.serves
    found = told_app_channel(app)
    room = open_room(found, lambda *_: {})
    assert isinstance(room, Room)
    assert watcher._listener is room
    found.channels["tg"].close()
    app.close()


def told_app_channel(app: Any) -> Any:
    """The app with the bot of its configuration in the place of the told one."""
    from distributor.channels import kinds

    settings = next(one for one in app.settings.channels if one.name == "tg")
    bot = kinds()["telegram"].open("tg", settings.options)
    assert isinstance(bot, Telegram)
    return replace(app, channels={**app.channels, "tg": bot})


def test_there_is_no_room_without_a_chat_in_shadow_or_where_the_bot_cannot_serve_one(tmp_path):
    for name, config in (
        ("none", CONFIG[: CONFIG.index("[operations]")]),
        ("shadow", 'mode = "shadow"\n' + CONFIG),
    ):
        (tmp_path / name).mkdir()
        app = told_app(tmp_path / name, config=config.replace("#route", ""))
        assert open_room(app, lambda *_: {}) is None
        app.close()
    (tmp_path / "told").mkdir()
    app = told_app(tmp_path / "told", config=CONFIG.replace("#route", ""), channels={"tg": ToldChannel("tg")})
    assert open_room(app, cast(Any, None)) is None
    app.close()
