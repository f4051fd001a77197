"""The Bot API through python-telegram-bot; its only home, and httpx's. Must not hold a chat or decide a retry."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx
import telegram
from telegram.error import BadRequest, TelegramError
from telegram.request import HTTPXRequest

from distributor.channels._bot.refusals import is_about_picture, moved_to, taken, translate
from distributor.channels._loop import Loop, LoopClosedError
from distributor.channels._options import ENVIRONMENT
from distributor.errors import UnknownOutcome
from distributor.model import Message

T = TypeVar("T")

#: seconds for a connection, its TLS included
CONNECT_TIMEOUT = 5.0
#: what reading an answer of the wrong shape raises in python-telegram-bot
UNREADABLE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
#: kinds of entity that are addresses
_LINKS: list[str | None] = [telegram.MessageEntity.URL, telegram.MessageEntity.TEXT_LINK]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What Telegram answered to an accepted message."""

    message: int
    chat: int
    #: name of a public chat without @
    username: str
    #: Telegram's name of the picture in it, for this bot; empty where there is none
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peeked:
    """What stands under a number in a chat."""

    #: number of the copy it was read from
    copy: int = 0
    #: when it was posted; None: it is no post, and no copy was made
    at: datetime | None = None
    text: str = ""
    links: tuple[str, ...] = ()


class Line:
    """A bot on a private loop: no kept connections, nothing from the environment, bounded in time."""

    def __init__(self, name: str, token: str, *, base_url: str, timeout: float, proxy: str) -> None:
        """Start the loop; contacts nobody."""
        # the library's own opt-in to waits as timedelta; without it every flood answer also warns
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        self._deadline = min(CONNECT_TIMEOUT, timeout) + 2 * timeout
        self._request = _request(timeout, proxy)
        self._bot = telegram.Bot(
            token, base_url=f"{base_url}/bot", request=self._request, get_updates_request=self._request
        )
        self._loop = Loop(f"telegram-{name}")

    def ask(self, call: Callable[[telegram.Bot], Coroutine[Any, Any, T]]) -> T:
        """The result of one or more calls to the Bot API. Raises TelegramError, UnknownOutcome."""
        try:
            return self._loop.run(self._bounded(call))
        except LoopClosedError:
            raise UnknownOutcome("the channel was closed before an answer came") from None
        except UNREADABLE:
            raise UnknownOutcome("Telegram's answer cannot be read") from None

    def close(self) -> None:
        """Give back connections and the thread."""
        self._loop.run(self._request.shutdown())
        self._loop.close()

    async def _bounded(self, call: Callable[[telegram.Bot], Coroutine[Any, Any, T]]) -> T:
        """The call, cut off when the whole answer takes too long: a read timeout only bounds each silence."""
        try:
            async with asyncio.timeout(self._deadline):
                return await call(self._bot)
        except TimeoutError:
            raise UnknownOutcome(f"the answer took longer than {self._deadline:g} s") from None


def _request(timeout: float, proxy: str) -> HTTPXRequest:
    """An HTTP client that keeps no connection: one that the server has closed looks exactly like a lost answer."""
    explicit = proxy if proxy != ENVIRONMENT else ""
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=0)
    return HTTPXRequest(
        connect_timeout=min(CONNECT_TIMEOUT, timeout),
        read_timeout=timeout,
        write_timeout=timeout,
        pool_timeout=timeout,
        media_write_timeout=timeout,
        proxy=explicit or None,
        httpx_kwargs={"trust_env": proxy == ENVIRONMENT, "limits": limits},
    )


async def post(
    bot: telegram.Bot,
    chat: str | int,
    message: Message,
    *,
    silent: bool,
    topic: int | None,
    preview: str,
    answers: int | None = None,
    picture: bytes | str = b"",
) -> Posted:
    """``sendMessage`` with explicit entities, so that no character of a headline can be markup; ``sendPhoto`` with a
    ``picture``: its bytes, or Telegram's name of it.

    What it ``answers`` may be gone: it then stands alone, since it says what its readers must know.
    """
    answered = telegram.ReplyParameters(answers, allow_sending_without_reply=True) if answers else None
    how: dict[str, Any] = {
        "parse_mode": None,
        "disable_notification": silent,
        "message_thread_id": topic,
        "reply_parameters": answered,
        "reply_markup": _button(message),
    }
    if picture:
        words: dict[str, Any] = {"caption": message.text, "caption_entities": _entities(message)}
        return _posted(await bot.send_photo(chat, picture, **words, **how))
    looks: dict[str, Any] = {
        "entities": _entities(message),
        "link_preview_options": _preview(message.link, preview),
    }
    return _posted(await bot.send_message(chat, message.text, **looks, **how))


async def change(bot: telegram.Bot, chat: str | int, message: Message, number: int, *, preview: str) -> Posted:
    """Other words in the place of a message's: ``editMessageText``, or ``editMessageCaption`` under a picture.

    Which of the two is tried first says the message; what stands there decides. Raises TelegramError.
    """
    try:
        shown = await _changed(bot, chat, message, number, preview=preview, is_caption=message.image is not None)
    except BadRequest as error:
        if not str(error).lower().startswith(OTHERWISE):
            raise
        shown = await _changed(bot, chat, message, number, preview=preview, is_caption=message.image is None)
    if isinstance(shown, bool):  # only of messages that a bot sent inline
        raise TelegramError("the changed message was not shown")
    return _posted(shown)


async def _changed(
    bot: telegram.Bot, chat: str | int, message: Message, number: int, *, preview: str, is_caption: bool
) -> telegram.Message | bool:
    marks = _entities(message)
    if is_caption:
        return await bot.edit_message_caption(
            chat,
            number,
            caption=message.text,
            caption_entities=marks,
            parse_mode=None,
            reply_markup=_button(message),  # a change without it takes the button away
        )
    looks = _preview(message.link, preview)
    return await bot.edit_message_text(
        message.text,
        chat,
        number,
        parse_mode=None,
        entities=marks,
        link_preview_options=looks,
        reply_markup=_button(message),
    )


def _posted(sent: telegram.Message) -> Posted:
    picture = sent.photo[-1].file_id if sent.photo else ""
    return Posted(message=sent.message_id, chat=sent.chat.id, username=sent.chat.username or "", picture=picture)


def _entities(message: Message) -> list[telegram.MessageEntity]:
    return [
        telegram.MessageEntity(item.type, item.offset, item.length, url=item.url or None) for item in message.entities
    ]


def _button(message: Message) -> telegram.InlineKeyboardMarkup | None:
    """The button that leads to the message's link; None where it has none."""
    if not (message.button and message.link):
        return None
    return telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton(message.button, url=message.link)]])


def _preview(link: str, how: str) -> telegram.LinkPreviewOptions:
    """``how``: ``large``, ``small`` or ``none``, and ``-above`` where it stands above the text."""
    size, _, above = how.partition("-")
    if size == "none":
        return telegram.LinkPreviewOptions(is_disabled=True)
    large, small = (size == "large") or None, (size == "small") or None
    return telegram.LinkPreviewOptions(
        url=link or None, prefer_large_media=large, prefer_small_media=small, show_above_text=bool(above) or None
    )


async def membership(bot: telegram.Bot, chat: str | int) -> tuple[telegram.User, telegram.ChatFullInfo, Any]:
    """The bot, the chat and the bot's own membership in it: three calls that change nothing."""
    me = await bot.get_me()
    return me, await bot.get_chat(chat), await bot.get_chat_member(chat, me.id)


#: what it says where a message has a text and no caption, or the other way round
OTHERWISE = ("there is no text in the message to edit", "there is no caption in the message to edit")
#: what Telegram says of a message that is not there, and of one that is and is no post (a pin, a new title)
ABSENT, NO_POST = "message to forward not found", "message can't be forwarded"


async def peek(bot: telegram.Bot, place: str | int, chat: str | int, number: int) -> Peeked | None:
    """A message of a chat by its number, read from a silent copy of it in ``place`` (``forwardMessage``).

    The Bot API has no other way to read. None where no message has that number. Raises TelegramError.
    """
    try:
        copy = await bot.forward_message(place, chat, number, disable_notification=True)
    except BadRequest as error:
        if str(error).lower() == ABSENT:
            return None
        if str(error).lower() == NO_POST:
            return Peeked()
        raise
    origin = copy.forward_origin
    whole = copy.text is not None
    entities = copy.parse_entities() if whole else copy.parse_caption_entities()
    shown = tuple(entity.url or text for entity, text in entities.items() if entity.type in ("url", "text_link"))
    rows = copy.reply_markup.inline_keyboard if copy.reply_markup else ()
    buttons = tuple(button.url for row in rows for button in row if button.url)
    return Peeked(
        copy=copy.message_id,
        at=origin.date if origin else copy.date,
        text=(copy.text if whole else copy.caption) or "",
        links=shown + buttons,
    )


async def take_away(bot: telegram.Bot, place: str | int, number: int) -> None:
    """``deleteMessage``. Raises TelegramError."""
    await bot.delete_message(place, number)


async def updates(bot: telegram.Bot, after: int, wait: timedelta) -> tuple[telegram.Update, ...]:
    """``getUpdates`` for what people do; a bot is never told of its own posts."""
    return await bot.get_updates(
        offset=after or None,
        timeout=int(wait.total_seconds()),
        allowed_updates=[telegram.Update.CHANNEL_POST, telegram.Update.MESSAGE, telegram.Update.CALLBACK_QUERY],
    )


def words(message: telegram.Message) -> tuple[str, tuple[str, ...]]:
    """The text or caption of a message and the addresses in it, also behind words."""
    found = message.parse_entities(_LINKS) if message.text else {}
    if message.caption:
        found = message.parse_caption_entities(_LINKS)
    links = [entity.url or text for entity, text in found.items()]
    shown = message.link_preview_options
    if shown and isinstance(shown.url, str) and shown.url:
        links.append(shown.url)
    return message.text or message.caption or "", tuple(dict.fromkeys(links))


__all__ = [
    "Line",
    "TelegramError",
    "change",
    "is_about_picture",
    "membership",
    "moved_to",
    "peek",
    "post",
    "take_away",
    "taken",
    "translate",
    "updates",
    "words",
]
