"""What a Telegram bot is told of posts in channels, on a line of its own. Must not know what they stand for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from distributor.model import News, Seen

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
