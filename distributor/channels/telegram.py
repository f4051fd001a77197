"""Telegram: one message per parcel to one chat, through a bot. Must not retry, nor decide what another's post means.

Nothing in the Bot API tells a repeated message from a new one, so a lost answer is always an unknown outcome.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from distributor.channels import ChannelKind
from distributor.channels._conversation import Conversation
from distributor.channels._ear import Ear
from distributor.channels._places import Options, link, may_post
from distributor.channels._reason import one_line, require_unicode
from distributor.errors import (
    ChannelError,
    PictureRefused,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    UnknownOutcome,
)
from distributor.model import Frame, Limits, Message, News, Parcel, Photo, Receipt, Seen
from distributor.text.measure import utf16_length

if TYPE_CHECKING:
    from distributor.channels._bot import Line, Posted

T = TypeVar("T")

#: units of one message after its entities are parsed (Bot API, sendMessage); Telegram counts code points, and UTF-16
#: units are never fewer
LONGEST = 4096
#: units of the words under a picture, and bytes of the picture (Bot API, sendPhoto); width and height together may be
#: 10,000 pixels, which a picture of the usual frame never is
LONGEST_CAPTION, LARGEST_PICTURE = 1024, 10 << 20
#: how old a message may be that a bot deletes (Bot API, deleteMessage)
ERASABLE_FOR = timedelta(hours=48)
#: seconds for which one request may wait for news, at least
LONGEST_POLL = 25.0
#: numbers in a row under which nothing stands: behind them nothing follows
MISSES = 10
#: most messages that one look goes through
MOST_NEWER = 1000
#: where an old chat shows itself, also one whose first messages were deleted: 16, 32 ... a million
LANDMARKS = tuple(1 << power for power in range(4, 21))
#: messages that are kept once read: an operations group takes twenty a minute, so a long look goes on where it stopped
KEPT = 2 * MOST_NEWER
#: The Bot API does not tell whose limit a 429 speaks of. The longest window that Telegram names for one chat is a
#: minute (20 messages); a longer wait is taken for the bot's, because a bot that goes on in its other chats while it
#: is told to be silent makes its own wait longer, and those chats lose nothing but time.
CHATS_LONGEST = timedelta(minutes=1)


class Telegram:
    """One chat that a bot may post to."""

    kind = "telegram"
    limits = Limits(text=LONGEST, measure=utf16_length)
    caption = Limits(text=LONGEST_CAPTION, measure=utf16_length)
    frame = Frame(most_bytes=LARGEST_PICTURE)
    silence = "it arrives without a sound"
    erasable_for: timedelta | None = ERASABLE_FOR

    def __init__(self, name: str, options: Options) -> None:
        """Keep the options; contacts nobody and starts no thread yet."""
        self.name = name
        self.limits = Limits(text=LONGEST, measure=utf16_length, button=options.button)
        self.caption = Limits(text=LONGEST_CAPTION, measure=utf16_length, button=options.button)
        self.account = options.chat
        # the digits before the colon are the bot's public id
        self.scopes = (f"telegram:bot:{options.token.reveal().partition(':')[0]}",)
        self._options = options
        self._chat = _address(options.chat)
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._talks: list[Conversation] = []
        self._listener = Ear(lambda: self._connect(f"{name}-ear", max(options.timeout, LONGEST_POLL)), link)
        #: the bot's own number; the key behind the colon is the secret
        self.ear = f"telegram:{options.token.reveal().partition(':')[0]}"
        self.place = self.numbering = options.chat.lower()

    def send(self, parcel: Parcel) -> Receipt:
        """Post the text (``sendMessage``), or the picture with the text under it (``sendPhoto``). Raises ChannelError.

        When the group has become a supergroup, this raises Unavailable and the next attempt goes to the new id.
        """
        return self._post(parcel, None)

    def reply(self, parcel: Parcel) -> Receipt:
        """Post under ``parcel.target``, or alone where that is gone (``sendMessage``). Raises ChannelError."""
        return self._post(parcel, _number(parcel.target))

    def edit(self, parcel: Parcel) -> Receipt:
        """Give the post ``parcel.target`` other words, without a sound. Raises ChannelError.

        ``editMessageText``, and ``editMessageCaption`` where a picture stands above them.
        """
        from distributor.channels._bot import change

        message, number, preview = parcel.message, _number(parcel.target), self._options.preview
        require_unicode(message.text)
        return self._receipt(self._ask(lambda bot: change(bot, self._chat, message, number, preview=preview)))

    def erase(self, parcel: Parcel) -> Receipt:
        """Take the post ``parcel.target`` away (``deleteMessage``). Raises ChannelError."""
        from distributor.channels._bot import take_away

        number = _number(parcel.target)
        self._ask(lambda bot: take_away(bot, self._chat, number))
        return Receipt()

    def shelf(self, key: str) -> str:  # noqa: ARG002 - a bot's names of files are good for all its posts
        """A bot may show again what it has shown (Bot API, "Sending files")."""
        return self.ear

    def hand_over(self, photo: Photo) -> None:  # noqa: ARG002
        """Telegram is given a picture with its post only."""
        return

    def check(self) -> str:
        """Who the bot is and where it may post. Raises ChannelError."""
        from distributor.channels._bot import membership

        try:
            me, chat, member = self._ask(lambda bot: membership(bot, self._chat))
        except Rejected as error:  # a refused question about the bot's own membership is a missing right
            raise Unauthorized(str(error)) from None
        title = one_line(chat.title or chat.username or str(chat.id), 60)
        if not may_post(chat.type, member):
            raise Unauthorized(f"@{me.username} may not post to “{title}”: it is {member.status} there")
        if self._options.topic is not None and not chat.is_forum:
            raise Unauthorized(f"“{title}” has no topics")
        return f"@{me.username}, can post to “{title}”"

    def listen(self, after: int, wait: timedelta) -> News:
        """What others post and people say to the bot (``getUpdates``). Raises ChannelError."""
        return self._listener.listen(after, wait)

    def hush(self) -> None:
        """End a ``listen`` that waits."""
        self._listener.hush()

    def converse(self, chat: str) -> Conversation:
        """The bot's side of a chat in which people decide; it has a line of its own."""
        begun = Conversation(lambda: self._connect(f"{self.name}-chat", self._options.timeout), _address(chat))
        self._talks.append(begun)
        return begun

    def close(self) -> None:
        """Give back connections and the thread; may be called twice, and a later send starts them again."""
        self._listener.hush()
        while self._talks:
            self._talks.pop().close()
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def _post(self, parcel: Parcel, answers: int | None) -> Receipt:
        from distributor.channels._bot import is_about_picture, post

        message, options = parcel.message, self._options
        require_unicode(message.text)
        how: dict[str, Any] = {
            "silent": options.silent or message.silent,
            "topic": options.topic,
            "preview": options.preview,
        }
        picture = parcel.media or (parcel.photo.data if parcel.photo else b"")
        try:
            return self._receipt(
                self._ask(lambda bot: post(bot, self._chat, message, **how, answers=answers, picture=picture))
            )
        except (Rejected, Unauthorized) as error:  # a group may take texts and no pictures
            raise PictureRefused(str(error)) if picture and is_about_picture(str(error)) else error from None

    def _receipt(self, sent: Posted) -> Receipt:
        name = self._chat.removeprefix("@") if isinstance(self._chat, str) else sent.username
        return Receipt(remote_id=str(sent.message), url=link(name, sent.chat, sent.message), media=sent.picture)

    def _ask(self, call: Callable[[Any], Coroutine[Any, Any, T]], moved: Callable[[int], object] | None = None) -> T:
        """The answer to calls about one chat; ``moved`` takes its new id, and is left out where it is the readers'."""
        from distributor.channels._bot import TelegramError, moved_to, translate

        try:
            return self._opened().ask(call)
        except TelegramError as error:
            if number := moved_to(error):
                (moved or self._move)(number)
            raise self._owned(translate(error)) from None

    def _move(self, number: int) -> None:
        self._chat = number

    def _owned(self, error: ChannelError) -> ChannelError:
        """A wait with whose it is: this chat's alone, or the bot's and so of all its chats."""
        if isinstance(error, RateLimited) and error.retry_after is not None and error.retry_after > CHATS_LONGEST:
            return RateLimited(str(error), retry_after=error.retry_after, scope=self.scopes[0])
        return error

    def _opened(self) -> Line:
        with self._lock:
            if self._line is None:
                self._line = self._connect(self.name, self._options.timeout)
            return self._line

    def _connect(self, name: str, timeout: float) -> Line:
        from distributor.channels._bot import Line

        options = self._options
        return Line(
            name,
            options.token.reveal(),
            base_url=options.base_url.rstrip("/"),
            timeout=timeout,
            proxy=options.proxy,
        )


class AskableTelegram(Telegram):
    """A channel or supergroup whose messages the bot reads from copies in an operations chat.

    Messages there are numbered one after the other, so what follows a known one stands under the next numbers.
    """

    def __init__(self, name: str, options: Options) -> None:
        """Keep the options; contacts nobody."""
        super().__init__(name, options)
        self._place = _address(options.ops_chat)
        self.stage = options.ops_chat
        #: what stood under a number; None: something that is no post
        self._known: dict[int, Seen | None] = {}
        #: numbers of posts whose deliveries are known
        self._ours: frozenset[int] = frozenset()

    def check(self) -> str:
        """Who the bot is and where it may post, and that copies do not go to readers. Raises ChannelError."""
        from distributor.channels._bot import membership

        told = super().check()
        try:
            _, readers, _ = self._ask(lambda bot: membership(bot, self._chat))
            _, copies, _ = self._ask(lambda bot: membership(bot, self._place), self._move_stage)
        except (Rejected, Unauthorized) as error:
            raise Unauthorized(f"ops_chat {self._options.ops_chat}: {error}") from None
        if readers.id == copies.id:
            raise Unauthorized(
                f"ops_chat {self._options.ops_chat} and chat {self._options.chat} are one chat; "
                "name another one for ops_chat, which readers do not see"
            )
        return told

    def rehearse(self, text: str) -> Receipt:
        """Post a text into the operations chat (``sendMessage``), without a sound. Raises ChannelError.

        Where that chat has moved, this raises Unavailable and the next one goes to the new id; the readers' own
        address stays what it is.
        """
        from distributor.channels._bot import post

        message = Message(text=text)
        how: dict[str, Any] = {"silent": True, "topic": None, "preview": "none"}
        sent = self._ask(lambda bot: post(bot, self._place, message, **how), self._move_stage)
        return Receipt(remote_id=str(sent.message), url=link(sent.username, sent.chat, sent.message))

    def heed(self, ours: Collection[str]) -> None:
        """Under these numbers stand posts of ours: they are not read, and no look ends before the newest of them."""
        self._ours = frozenset(int(number) for number in ours if number.isdecimal())

    def posts_after(self, remote_id: str) -> Sequence[Seen]:
        """The messages behind one, oldest first, without those of :meth:`heed`; of a chat of which none is known
        (empty), all from the first on.

        Raises RateLimited; Unavailable also for an answer that was lost, since looking shows readers nothing;
        Unauthorized; Rejected where the chat protects its content, or holds more than can be gone through.
        """
        try:
            return self._walk(int(remote_id or 0))
        except UnknownOutcome as error:
            raise Unavailable(str(error)) from None

    def _walk(self, number: int) -> Sequence[Seen]:
        is_start = number == 0
        if is_start:  # a long chat is known at once, without going through a thousand messages of it first
            self._refuse_old(MOST_NEWER)
        newest = max(self._ours, default=0)
        found: list[Seen] = []
        misses = read = 0
        while misses < MISSES or number < newest:
            number += 1
            there, seen = self._under(number)
            misses = 0 if there else misses + 1
            found += [seen] if seen else []
            read += number not in self._ours and (there or number < newest)
            if read > MOST_NEWER:
                raise Rejected(f"more than {MOST_NEWER} messages stand in the chat behind the last one that is known")
        if is_start:
            self._refuse_old(number)
        return tuple(found)

    def _refuse_old(self, number: int) -> None:
        """Raise Rejected where something stands far behind a number, of which nothing is known to begin with."""
        if any(self._under(mark)[0] for mark in LANDMARKS if mark > number):
            raise Rejected("the chat is old, and no message of it is known behind which to look")

    def _under(self, number: int) -> tuple[bool, Seen | None]:
        """Whether a message has this number, and the message where it is a post."""
        from distributor.channels._bot import peek, take_away

        if number in self._ours:
            return True, None
        if number in self._known:
            return True, self._known[number]
        # of the two chats only this one can move: what readers see is a channel or a supergroup already
        peeked = self._ask(lambda bot: peek(bot, self._place, self._chat, number), self._move_stage)
        if peeked is None:
            return False, None
        seen = None
        if peeked.at is not None:
            with suppress(ChannelError):  # a copy that stays is a blemish in the operations chat, and nothing else
                self._ask(lambda bot: take_away(bot, self._place, peeked.copy), self._move_stage)
            url = link(*((self._chat[1:], 0) if isinstance(self._chat, str) else ("", self._chat)), number)
            seen = Seen(remote_id=str(number), url=url, at=peeked.at, text=peeked.text, links=peeked.links)
        self._keep(number, seen)
        return True, seen

    def _move_stage(self, number: int) -> None:
        self._place = number

    def _keep(self, number: int, seen: Seen | None) -> None:
        self._known[number] = seen
        while len(self._known) > KEPT:
            del self._known[min(self._known)]


def _number(target: str) -> int:
    """The id of a message. Raises Rejected for what can be none."""
    if not re.fullmatch(r"[1-9][0-9]{0,15}", target):
        raise Rejected("the post's number in the chat is not known")
    return int(target)


def _address(chat: str) -> str | int:
    return chat if chat.startswith("@") else int(chat)


def open_telegram(name: str, options: Options) -> Telegram:
    """The chat; one that can be asked what stands there where an operations chat is configured."""
    return AskableTelegram(name, options) if options.ops_chat else Telegram(name, options)


#: an edit makes no sound, and whoever read the error sees that it is mended
FOLLOW_UPS = {
    "on_update": "edit",
    "on_refile": "edit",
    "on_correction": "edit-visible",
    "on_withdrawal": "delete",
    "takes": "reply",
}

#: what ``distributor.channels`` finds under the type ``telegram``
KIND = ChannelKind(
    options=Options,
    open=open_telegram,
    defaults={"most_per_hour": 30, "fold_above": 20, "stale": "fold", "watch": "10s"} | FOLLOW_UPS,
    crawler="TelegramBot",
    is_public=True,
    test_needs="ops_chat in its table: another chat of the same bot, which readers do not see",
    # a chat shows at once what it took
    looks=(timedelta(seconds=5), timedelta(seconds=30)),
)

__all__ = ["FOLLOW_UPS", "KIND", "AskableTelegram", "Options", "Telegram", "link", "may_post", "open_telegram"]
