"""A bot's side of a chat in which people decide. Must not know what is decided, nor by whom."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from distributor.channels._reason import one_line
from distributor.errors import Unauthorized
from distributor.model import Card, Survey, Us

if TYPE_CHECKING:
    from distributor.channels._bot import Line

T = TypeVar("T")

#: what a press may be answered with (Bot API, answerCallbackQuery)
LONGEST_ANSWER = 200


class Conversation:
    """Cards and answers in one chat."""

    def __init__(self, connect: Callable[[], Line], chat: str | int) -> None:
        """``connect`` opens the line at the first call; contacts nobody."""
        self._connect = connect
        self._chat = chat
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._us: Us | None = None

    def us(self) -> Us:
        """Who the bot is there. Raises ChannelError."""
        from distributor.channels._bot import membership

        if self._us is None:
            me, chat, member = self._ask(lambda bot: membership(bot, self._chat))
            if member.status in ("left", "kicked"):
                raise Unauthorized(f"@{me.username} is not in the operations chat")
            self._chat = chat.id
            self._us = Us(
                username=me.username or "",
                chat=chat.id,
                title=one_line(chat.title or chat.full_name or str(chat.id), 60),
                hears_all=bool(me.can_read_all_group_messages or member.status in ("administrator", "creator")),
            )
        return self._us

    def survey(self, *, topic: int = 0, people: Sequence[int] = ()) -> Survey:
        """What stands in the way of serving there. Raises ChannelError."""
        from distributor.channels._bot.survey import survey

        us = self.us()
        return self._ask(lambda bot: survey(bot, us, topic=topic, people=people))

    def show(self, card: Card, *, topic: int = 0, answers: int = 0) -> int:
        """Post a card; its number. Raises ChannelError."""
        from distributor.channels._bot.cards import show

        return self._ask(lambda bot: show(bot, self._chat, card, topic=topic, answers=answers))

    def change(self, number: int, card: Card) -> None:
        """Put a card in the place of another. Raises ChannelError."""
        from distributor.channels._bot.cards import change

        self._ask(lambda bot: change(bot, self._chat, number, card))

    def answer(self, press: str, words: str) -> None:
        """Tell whoever pressed a button. Raises ChannelError."""
        text = words if len(words) <= LONGEST_ANSWER else words[: LONGEST_ANSWER - 1] + "…"
        self._ask(lambda bot: bot.answer_callback_query(press, text, show_alert=len(text) > 60))

    def close(self) -> None:
        """Give back connections and the thread; may be called twice, and a later call starts them again."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ask(self, call: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        from distributor.channels._bot import TelegramError, moved_to, translate

        with self._lock:
            self._line = line = self._line or self._connect()
        try:
            return line.ask(call)
        except TelegramError as error:
            if moved := moved_to(error):  # a group that became a supergroup is the same chat under another number
                self._chat, self._us = moved, None
            raise translate(error) from None
