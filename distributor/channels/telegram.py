"""Telegram: one message per parcel to one chat, through a bot. Must not wait, retry, or read what others write.

Nothing in the Bot API tells a repeated message from a new one, so a lost answer is always an unknown outcome.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from distributor.channels import ChannelKind
from distributor.channels._options import require, require_address, require_proxy, require_secret, require_timeout
from distributor.channels._reason import one_line, require_unicode
from distributor.errors import Rejected, Unauthorized
from distributor.model import Limits, Parcel, Receipt
from distributor.secret import Secret
from distributor.text.measure import utf16_length

if TYPE_CHECKING:
    from distributor.channels._bot import Line

T = TypeVar("T")

#: units of one message after its entities are parsed (Bot API, sendMessage); Telegram counts code points, and UTF-16
#: units are never fewer
LONGEST = 4096
#: ids of channels and supergroups begin with this; links to their posts go without it
MARKED = "-100"


@dataclass(frozen=True, kw_only=True)
class Options:
    """The keys of ``[channels.NAME]`` for Telegram."""

    #: what BotFather gave: ``123456:AA...``
    token: Secret
    #: ``@name`` of a public chat, or its numeric id as text
    chat: str
    #: deliver without a sound
    silent: bool = False
    #: id of a forum topic; none for the general one
    topic: int | None = None
    #: the preview of the story's page
    preview: Literal["large", "small", "none"] = "large"
    #: where requests go; a local Bot API server stands elsewhere
    base_url: str = "https://api.telegram.org"
    #: seconds of silence before an answer counts as lost
    timeout: float = 30.0
    #: address of a proxy, ``environment``, or nothing for a direct connection
    proxy: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for values that cannot be right."""
        require_secret(self.token, "token")
        shaped = re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", self.token.reveal())
        require(holds=bool(shaped), sentence="token must be digits, a colon and a key, as BotFather gave it")
        named = re.fullmatch(r"@[A-Za-z][A-Za-z0-9_]{2,31}|-?[1-9][0-9]{0,15}", self.chat)
        require(holds=bool(named), sentence="chat must be @name or a numeric id")
        topical = self.topic is None or self.topic > 1
        require(holds=topical, sentence="topic must be an id above 1; leave it out for General")
        require(holds=self.preview in ("large", "small", "none"), sentence="preview must be large, small or none")
        require_address(self.base_url, "base_url")
        require(holds="{" not in self.base_url, sentence="base_url must not hold braces")
        require_proxy(self.proxy)
        require_timeout(self.timeout)


class Telegram:
    """One chat that a bot may post to."""

    kind = "telegram"
    limits = Limits(text=LONGEST, measure=utf16_length)

    def __init__(self, name: str, options: Options) -> None:
        """Keep the options; contacts nobody and starts no thread yet."""
        self.name = name
        self._options = options
        self._chat: str | int = options.chat if options.chat.startswith("@") else int(options.chat)
        self._lock = threading.Lock()
        self._line: Line | None = None

    def send(self, parcel: Parcel) -> Receipt:
        """Post the text (``sendMessage``). Raises ChannelError.

        When the group has become a supergroup, this raises Unavailable and the next attempt goes to the new id.
        """
        from distributor.channels._bot import post

        message, options = parcel.message, self._options
        require_unicode(message.text)
        silent = options.silent or message.silent
        sent = self._ask(
            lambda bot: post(bot, self._chat, message, silent=silent, topic=options.topic, preview=options.preview)
        )
        name = self._chat.removeprefix("@") if isinstance(self._chat, str) else sent.username
        return Receipt(remote_id=str(sent.message), url=link(name, sent.chat, sent.message))

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

    def close(self) -> None:
        """Give back connections and the thread; may be called twice, and a later send starts them again."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ask(self, call: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        from distributor.channels._bot import TelegramError, moved_to, translate

        try:
            return self._opened().ask(call)
        except TelegramError as error:
            self._chat = moved_to(error) or self._chat
            raise translate(error) from None

    def _opened(self) -> Line:
        from distributor.channels._bot import Line

        options = self._options
        with self._lock:
            if self._line is None:
                self._line = Line(
                    self.name,
                    options.token.reveal(),
                    base_url=options.base_url.rstrip("/"),
                    timeout=options.timeout,
                    proxy=options.proxy,
                )
            return self._line


def link(name: str, chat: int, message: int) -> str:
    """The public address of a message: by name, or for members only; empty where Telegram has none."""
    if name:
        return f"https://t.me/{name}/{message}"
    marked = str(chat)
    return f"https://t.me/c/{marked.removeprefix(MARKED)}/{message}" if marked.startswith(MARKED) else ""


def may_post(kind: str, member: Any) -> bool:
    """Whether a member may write: in a channel only by right of office, in a group unless it is restricted."""
    status = str(member.status)
    if status == "administrator":
        return kind != "channel" or bool(member.can_post_messages)
    if status == "restricted":
        return bool(member.is_member and member.can_send_messages)
    return status == "creator" or (status == "member" and kind != "channel")


#: what ``distributor.channels`` finds under the type ``telegram``
KIND = ChannelKind(
    options=Options,
    open=Telegram,
    defaults={"most_per_hour": 30, "fold_above": 20, "stale": "fold", "watch": "10s"},
)
