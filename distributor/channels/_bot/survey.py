"""Whether a bot can serve its chat, by calls that change nothing and show nothing. Must not decide what follows."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import telegram
from telegram.constants import ChatAction
from telegram.error import BadRequest, Forbidden

from distributor.channels._reason import one_line
from distributor.model import Survey, Us

#: where somebody stands who cannot see the chat
_AWAY = ("left", "kicked")


async def survey(bot: telegram.Bot, us: Us, *, topic: int, people: Sequence[int]) -> Survey:
    """What is to be known before it serves. Raises TelegramError."""
    chat = await bot.get_chat(us.chat)
    refusal = await _refusal(bot, us.chat, 0)
    return Survey(
        us=us,
        kind=str(chat.type),
        public=chat.username or "",
        refusal=refusal,
        topic_refusal=await _refusal(bot, us.chat, topic) if topic and not refusal else "",
        webhook=urlsplit((await bot.get_webhook_info()).url).hostname or "",
        absent=tuple([person for person in people if await _is_absent(bot, us.chat, person)]),
    )


async def _refusal(bot: telegram.Bot, chat: int, topic: int) -> str:
    """Why nothing could be posted: "typing" needs the same rights, is gone in seconds, and is no message."""
    try:
        await bot.send_chat_action(chat, ChatAction.TYPING, message_thread_id=topic or None)
    except (BadRequest, Forbidden) as error:
        return one_line(str(error))
    return ""


async def _is_absent(bot: telegram.Bot, chat: int, person: int) -> bool:
    try:
        member = await bot.get_chat_member(chat, person)
    except BadRequest:
        return True  # a number that nobody has, or somebody who never was there
    return member.status in _AWAY
