"""What an error of python-telegram-bot means. Must not ask for anything, nor decide a retry."""

from __future__ import annotations

from datetime import timedelta

import httpx
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

#: causes that httpx gives when no request was sent
NOT_SENT = (
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ConnectError,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

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

#: what Telegram says where a change or a deletion has been made already, in lower case
DONE = ("message is not modified", "message to delete not found")
#: refusals of a change or a deletion, in lower case, and what they mean
REFUSALS = {
    "message to edit not found": "the post is not there any more",
    "message can't be edited": "the bot may not change this post",
    "message can't be deleted": "a bot can take away posts of the last 48 hours only, and needs the right to",
}

#: what it says of a picture, or of the words under it, where a text could stand
PICTURES = (
    "photo",
    "image_process_failed",
    "wrong file identifier",
    "wrong remote file identifier",
    "wrong type of the web page content",
    "file must be non-empty",
    "file reference",
    "file_reference",
    "message caption is too long",
    "media_caption_too_long",
    "request is too large",
)


def is_about_picture(reason: str) -> bool:
    """Whether a refusal speaks of the picture, so that the same words may be taken without it."""
    return any(words in reason.lower() for words in PICTURES)


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
