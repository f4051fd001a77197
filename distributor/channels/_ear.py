"""What a Telegram bot is told: posts in channels, and what people say to it and press, on a line of its own. Must not
know what they stand for, nor who may say what.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from distributor.model import News, Said, Seen

if TYPE_CHECKING:
    from distributor.channels._bot import Line

#: Where a post stands, from the chat's public name, its id and the post's own.
Link = Callable[[str, int, int], str]


class Ear:
    """One listener of one bot."""

    def __init__(self, connect: Callable[[], Line], link: Link) -> None:
        """``connect`` opens the line at the first call."""
        self._connect = connect
        self._link = link
        self._lock = threading.Lock()
        self._line: Line | None = None

    def listen(self, after: int, wait: timedelta) -> News:
        """What was told behind ``after``. Raises ChannelError."""
        from distributor.channels._bot import TelegramError, taken, translate, updates

        with self._lock:
            self._line = line = self._line or self._connect()
        try:
            found = line.ask(lambda bot: updates(bot, after, wait))
        except TelegramError as error:
            raise taken(error) or translate(error) from None
        posts = [update.channel_post for update in found if update.channel_post]
        return News(
            next=max((update.update_id + 1 for update in found), default=0),
            posts=tuple((places(post.chat), self._seen(post)) for post in posts),
            said=tuple(one for update in found if (one := said(update)) is not None),
        )

    def hush(self) -> None:
        """End a wait, and give back the thread; a later call starts it again."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def _seen(self, post: Any) -> Seen:
        from distributor.channels._bot import words

        text, links = words(post)
        url = self._link(post.chat.username or "", post.chat.id, post.message_id)
        return Seen(remote_id=str(post.message_id), url=url, at=post.date, text=text, links=links)


def places(chat: Any) -> frozenset[str]:
    """The names under which a chat may be configured: its id and, where it is public, its name."""
    return frozenset({str(chat.id), f"@{(chat.username or '').lower()}"} - {"@"})


def said(update: Any) -> Said | None:
    """What a person wrote or pressed; None for anything else, and for what nobody can be held to."""
    press, message = update.callback_query, update.message
    if press is not None and press.data and press.message is not None:
        return Said(**_where(press.message), **_who(press.from_user), pressed=press.data, press_id=press.id)
    if message is None or message.from_user is None or not (message.text or message.caption):
        return None
    from distributor.channels._bot import words

    text, links = words(message)
    return Said(**_where(message), **_who(message.from_user), text=text, links=links, answers=_answered(message))


def _who(person: Any) -> dict[str, Any]:
    return {"person": person.id, "name": person.full_name}


def _where(message: Any) -> dict[str, Any]:
    """Where a message stands; of one that is not to be had any more only the chat is told."""
    return {"chat": message.chat.id, "topic": _topic(message), "message_id": message.message_id, "at": message.date}


def _topic(message: Any) -> int:
    """Outside forums a thread is a chain of answers, and no topic; the general topic has no number."""
    return message.message_thread_id or 0 if getattr(message, "is_topic_message", None) else 0


def _answered(message: Any) -> int:
    """The message that it answers; what is merely said in a topic answers the topic's beginning, in the Bot API."""
    answered = message.reply_to_message
    return answered.message_id if answered is not None and answered.forum_topic_created is None else 0
