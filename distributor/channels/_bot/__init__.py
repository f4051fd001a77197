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
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from distributor.channels._loop import Loop, LoopClosedError
from distributor.channels._options import ENVIRONMENT
from distributor.channels._reason import because, one_line
from distributor.errors import (
    AlreadyThere,
    ChannelError,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Message

T = TypeVar("T")

#: seconds for a connection, its TLS included
CONNECT_TIMEOUT = 5.0
#: causes that httpx gives when no request was sent
NOT_SENT = (
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
#: what reading an answer of the wrong shape raises in python-telegram-bot
UNREADABLE = (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
#: kinds of entity that are addresses
_LINKS: list[str | None] = [telegram.MessageEntity.URL, telegram.MessageEntity.TEXT_LINK]
#: refusals (400) that are about the chat or the bot's rights in it and would meet every message; the Bot API's texts,
#: in lower case, because python-telegram-bot capitalises them
NOT_THE_MESSAGE = (
    "chat not found",
    "not enough rights",
    "need administrator rights",
    "have no rights to send",
    "chat_write_forbidden",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What Telegram answered to an accepted message."""

    message: int
    chat: int
    #: name of a public chat without @
    username: str


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
) -> Posted:
    """``sendMessage`` with explicit entities, so that no character of a headline can be markup.

    What it ``answers`` may be gone: it then stands alone, since it says what its readers must know.
    """
    answered = telegram.ReplyParameters(answers, allow_sending_without_reply=True) if answers else None
    sent = await bot.send_message(
        chat,
        message.text,
        parse_mode=None,
        entities=_entities(message),
        link_preview_options=_preview(message.link, preview),
        disable_notification=silent,
        message_thread_id=topic,
        reply_parameters=answered,
        reply_markup=_button(message),
    )
    return _posted(sent)


async def change(bot: telegram.Bot, chat: str | int, message: Message, number: int, *, preview: str) -> Posted:
    """``editMessageText``: other words in the place of a message's. Raises TelegramError."""
    shown = await bot.edit_message_text(
        message.text,
        chat,
        number,
        parse_mode=None,
        entities=_entities(message),
        link_preview_options=_preview(message.link, preview),
        reply_markup=_button(message),  # a change without it takes the button away
    )
    if isinstance(shown, bool):  # only of messages that a bot sent inline
        raise TelegramError("the changed message was not shown")
    return _posted(shown)


def _posted(sent: telegram.Message) -> Posted:
    return Posted(message=sent.message_id, chat=sent.chat.id, username=sent.chat.username or "")


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


#: what Telegram says where a change or a deletion has been made already, in lower case
DONE = ("message is not modified", "message to delete not found")
#: refusals of a change or a deletion, in lower case, and what they mean
REFUSALS = {
    "message to edit not found": "the post is not there any more",
    "message can't be edited": "the bot may not change this post",
    "message can't be deleted": "a bot can take away posts of the last 48 hours only, and needs the right to",
}


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


def taken(error: TelegramError) -> ChannelError | None:
    """What it means that somebody else listens (409); None for any other error."""
    if not isinstance(error, Conflict):
        return None
    return Rejected(because("another program or a webhook takes this bot's updates", str(error)))


def moved_to(error: TelegramError) -> int | None:
    """The new id of a group that became a supergroup; None for any other error."""
    return error.new_chat_id if isinstance(error, ChatMigrated) else None


def translate(error: TelegramError) -> ChannelError:
    """What an error of python-telegram-bot means.

    The order matters: BadRequest and TimedOut are both kinds of NetworkError there.
    """
    match error:
        case RetryAfter():
            return RateLimited("Telegram asks to wait", retry_after=_pause(error))
        case ChatMigrated():
            return Unavailable(f"the group has become a supergroup; the next attempt goes to {error.new_chat_id}")
        case Forbidden() | InvalidToken():
            return Unauthorized(because("Telegram forbids it", str(error)))
        case BadRequest():
            return _refused(str(error))
        case NetworkError() if isinstance(error.__cause__, NOT_SENT):
            return Unavailable(because("no connection to Telegram", _cause(error)))
        case TimedOut():
            return UnknownOutcome("no answer from Telegram in time")
        case NetworkError():
            return _network(error)
    return UnknownOutcome(because("Telegram's answer cannot be read", str(error)))


def _pause(error: RetryAfter) -> timedelta:
    """The wait, which is seconds or a timedelta, depending on the library's version and settings."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


def _refused(text: str) -> ChannelError:
    reason = because("Telegram refuses it", text)
    if text.lower().startswith(DONE):
        return AlreadyThere(reason)
    for words, meaning in REFUSALS.items():
        if text.lower().startswith(words):
            return Rejected(f"{meaning} ({one_line(text)})")
    everything = any(part in text.lower() for part in NOT_THE_MESSAGE)
    return Unauthorized(reason) if everything else Rejected(reason)


def _network(error: NetworkError) -> ChannelError:
    """No cause of httpx's: the library keeps an HTTP status it has no class for only in its text."""
    text = str(error)
    if text.lower().startswith("request entity too large"):
        return Rejected("Telegram refuses it: the request is too large")
    if text.lower().startswith("too many requests"):
        return RateLimited("Telegram asks to wait")
    if isinstance(error.__cause__, httpx.HTTPError):
        return UnknownOutcome("the connection to Telegram broke before a whole answer came")
    head, _, _ = text.partition(". Parsing the server response")
    return UnknownOutcome(because("Telegram failed", head))


def _cause(error: TelegramError) -> str:
    """The kind and the words of the cause; httpx has no words for some."""
    cause = error.__cause__
    words = "no connection in time" if isinstance(cause, httpx.TimeoutException) else str(cause)
    return words or type(cause).__name__


__all__ = [
    "Line",
    "TelegramError",
    "change",
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
