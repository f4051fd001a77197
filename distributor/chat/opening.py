"""Opening the room of an app: the conversation of its bot, and the one ear that hears it. Decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from distributor.interfaces import Conversing

if TYPE_CHECKING:
    from distributor.app import App
    from distributor.chat.looking import Run
    from distributor.chat.room import Room


def open_room(app: App, run: Run) -> Room | None:
    """The operations chat, heard from now on; None where there is none, or nobody listens (shadow).

    ``run`` dispatches calls. Contacts nobody yet.
    """
    settings = app.settings.operations
    serving = [watcher for watcher in app.watchers if watcher.serves]
    if settings.bot is None or settings.chat is None or not serving:
        return None
    bot = app.channels[settings.bot]
    if not isinstance(bot, Conversing):
        return None
    from distributor.chat.room import Room  # only where there is a chat: a start has better things to load

    room = Room(app, run, bot.converse(settings.chat))
    for watcher in serving:
        watcher.introduce(room)
    return room
