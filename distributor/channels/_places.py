"""Chats on Telegram: the table that names one, where its messages stand for the public, who may write there. Pure; must
not ask for anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from distributor.channels._options import require, require_address, require_proxy, require_secret, require_timeout
from distributor.secret import Secret

#: ids of channels and supergroups begin with this; links to their posts go without it
MARKED = "-100"
#: ``@name`` of a public chat, or a numeric id
CHAT = re.compile(r"@[A-Za-z][A-Za-z0-9_]{2,31}|-?[1-9][0-9]{0,15}")


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
    #: id or ``@name`` of the operations chat, where the bot reads its own posts from copies; empty: it cannot be asked
    ops_chat: str = ""
    #: the preview of the story's page
    preview: Literal["large", "small", "large-above", "small-above", "none"] = "large"
    #: whether the link stands on a button below the post instead of in its text
    button: bool = False
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
        require(holds=bool(CHAT.fullmatch(self.chat)), sentence="chat must be @name or a numeric id")
        self._require_operations()
        topical = self.topic is None or self.topic > 1
        require(holds=topical, sentence="topic must be an id above 1; leave it out for General")
        known = re.fullmatch("(?:large|small)(?:-above)?|none", self.preview)
        require(holds=bool(known), sentence="preview must be large, small or none, or large-above or small-above")
        require_address(self.base_url, "base_url")
        require(holds="{" not in self.base_url, sentence="base_url must not hold braces")
        require_proxy(self.proxy)
        require_timeout(self.timeout)

    def _require_operations(self) -> None:
        """Only channels and supergroups number their messages one after the other (platforms: Telegram's ids)."""
        if not self.ops_chat:
            return
        require(holds=bool(CHAT.fullmatch(self.ops_chat)), sentence="ops_chat must be @name or a numeric id")
        is_other = self.ops_chat.lower() != self.chat.lower()  # names of chats are alike in any case
        require(holds=is_other, sentence="ops_chat must be another chat than chat")
        numbered = self.chat.startswith(("@", MARKED))
        require(holds=numbered, sentence="ops_chat needs a chat that is a channel or supergroup (@name or -100...)")


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
