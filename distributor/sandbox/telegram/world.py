"""What stands at the loopback Telegram: chats, users, messages, updates and files, rebuilt from an append-only file.

Must not decide what is allowed; it only remembers what happened.
"""

from __future__ import annotations

import json
import os
from copy import deepcopy
from pathlib import Path
from typing import Any

from distributor.sandbox.accounts import TELEGRAM_CHANNEL, TELEGRAM_CHANNEL_ID, TELEGRAM_OPERATIONS_ID, TELEGRAM_TOKEN

Record = dict[str, Any]

BOT_ID = int(TELEGRAM_TOKEN.partition(":")[0])
BOT: Record = {"id": BOT_ID, "is_bot": True, "first_name": "Newsroom", "username": "newsroom_sandbox_bot"}
#: the two people every world begins with; both have started the bot
EDITOR_ID = 200001
READER_ID = 200002

#: rights every administrator has a word for (ChatMemberAdministrator)
COMMON_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
CHANNEL_RIGHTS = ("can_post_messages", "can_edit_messages")
GROUP_RIGHTS = ("can_pin_messages", "can_manage_topics")
#: what members of a group may send
PERMISSIONS = ("can_send_messages", "can_send_photos", "can_send_videos", "can_send_documents", "can_send_audios")
_FIRST_UPDATE = 700_000_001


def new_user(user_id: int, **fields: Any) -> Record:
    """A person with the fields a world keeps."""
    base: Record = {"id": user_id, "first_name": "Reader", "username": "", "language_code": ""}
    return base | {"is_started": False, "is_blocked": False, "is_deactivated": False} | fields


def new_chat(chat_id: int, kind: str, **fields: Any) -> Record:
    """A group, supergroup or channel in which the bot is an administrator with all rights."""
    rights = COMMON_RIGHTS + (CHANNEL_RIGHTS if kind == "channel" else GROUP_RIGHTS)
    base: Record = {"id": chat_id, "type": kind, "title": "Chat", "username": "", "is_forum": False}
    base |= {"status": "administrator", "rights": dict.fromkeys(rights, True), "is_protected": False}
    base |= {"permissions": dict.fromkeys(PERMISSIONS, True), "pinned": [], "topics": {}}
    # in a forum, 1 is the general topic
    return base | {"migrated_to": 0, "last_id": int(bool(fields.get("is_forum")))} | fields


class World:
    """The memory of the platform; every change is one line of the file before it takes effect."""

    def __init__(self, path: Path) -> None:
        """Read the file, without a last line that a crash cut off, and stand where it ends."""
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.read_bytes() if path.exists() else b""
        size = whole.rfind(b"\n") + 1
        if size != len(whole):
            os.truncate(path, size)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._clear()
        for line in whole[:size].splitlines():
            self._apply(json.loads(line))
        if not size:
            self._found()

    def _clear(self) -> None:
        self.users: dict[int, Record] = {}
        self.chats: dict[int, Record] = {}
        self.messages: dict[tuple[int, int], Record] = {}
        self.updates: list[Record] = []
        self.files: dict[str, Record] = {}
        self.callbacks: dict[str, Record] = {}
        #: commands, webhook, allowed_updates and the knobs
        self.settings: Record = {}
        #: message ids of private chats and basic groups are the bot's own sequence
        self.shared_last_id = 0
        self.last_update_id = _FIRST_UPDATE - 1
        #: the journal's lines that belong to this world
        self.lines: list[Record] = []

    def _found(self) -> None:
        """Write the accounts every world begins with."""
        self.put_chat(new_chat(TELEGRAM_CHANNEL_ID, "channel", title="Newsroom", username=TELEGRAM_CHANNEL[1:]))
        self.put_chat(new_chat(TELEGRAM_OPERATIONS_ID, "supergroup", title="Newsroom operations", is_forum=True))
        self.put_user(new_user(EDITOR_ID, first_name="Editor", is_started=True))
        self.put_user(new_user(READER_ID, first_name="Reader", is_started=True))

    def close(self) -> None:
        """Give the file back; may be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    # -- writing

    def record(self, op: str, **fields: Any) -> None:
        """One change: to the file in one write, then to memory."""
        event = json.loads(json.dumps({"op": op} | fields))
        os.write(self._file, json.dumps(event, separators=(",", ":")).encode("ascii") + b"\n")
        self._apply(event)

    def reset(self) -> None:
        """Forget everything but the accounts."""
        self.record("reset")
        self._found()

    def put_chat(self, chat: Record) -> None:
        """Add or replace a chat."""
        self.record("chat", chat=chat)

    def put_user(self, user: Record) -> None:
        """Add or replace a user."""
        self.record("user", user=user)

    def put_message(self, message: Record, line: Record | None = None, **facts: Any) -> None:
        """Add or replace a message as the Bot API shows it; ``line`` is what the journal says of it."""
        self.record("message", message=message, facts=facts, line=line)

    def _apply(self, event: Record) -> None:
        getattr(self, f"_on_{event['op']}")(event)
        if event.get("line"):
            self.lines.append(event["line"])

    def _on_reset(self, _event: Record) -> None:
        self._clear()

    def _on_chat(self, event: Record) -> None:
        self.chats[event["chat"]["id"]] = event["chat"]

    def _on_user(self, event: Record) -> None:
        self.users[event["user"]["id"]] = event["user"]

    def _on_file(self, event: Record) -> None:
        self.files[event["file"]["file_id"]] = event["file"]

    def _on_callback(self, event: Record) -> None:
        self.callbacks[event["callback"]["id"]] = event["callback"]

    def _on_settings(self, event: Record) -> None:
        self.settings |= event["values"]

    def _on_message(self, event: Record) -> None:
        message = event["message"]
        chat_id, number = message["chat"]["id"], message["message_id"]
        self.messages[chat_id, number] = {"message": message} | event["facts"]
        chat = self.chats.get(chat_id)
        if chat is None or chat["type"] == "group":
            self.shared_last_id = max(self.shared_last_id, number)
        else:
            chat["last_id"] = max(chat["last_id"], number)

    def _on_delete(self, event: Record) -> None:
        self.messages.pop((event["chat_id"], event["message_id"]), None)

    def _on_update(self, event: Record) -> None:
        self.last_update_id = event["update"]["update_id"]
        self.updates.append(event["update"])

    def _on_ack(self, event: Record) -> None:
        self.updates = [update for update in self.updates if update["update_id"] >= event["offset"]]

    # -- reading

    def chat(self, chat_id: int) -> Record | None:
        """The chat; a known user is a private chat."""
        if chat_id in self.users:
            return self.users[chat_id] | {"type": "private"}
        return self.chats.get(chat_id)

    def chat_named(self, username: str) -> Record | None:
        """The channel or supergroup with that public name, in any case of letters."""
        wanted = username.lower()
        return next((chat for chat in self.chats.values() if chat["username"].lower() == wanted and wanted), None)

    def message(self, chat_id: int, number: int) -> Record | None:
        """The record of a message that stands."""
        return self.messages.get((chat_id, number))

    def next_id(self, chat_id: int) -> int:
        """The id the next message of the chat gets: sequential per channel and supergroup, else the bot's own."""
        chat = self.chats.get(chat_id)
        if chat is None or chat["type"] == "group":
            return self.shared_last_id + 1
        return int(chat["last_id"]) + 1

    def setting(self, name: str, default: Any) -> Any:
        """A knob or a setting of the bot."""
        return self.settings.get(name, default)

    def dump(self) -> Record:
        """Everything that stands, as JSON."""
        return deepcopy(
            {
                "users": list(self.users.values()),
                "chats": list(self.chats.values()),
                "messages": list(self.messages.values()),
                "updates": self.updates,
                "files": list(self.files.values()),
                "callbacks": list(self.callbacks.values()),
                "settings": self.settings,
            }
        )


def user_json(user: Record) -> Record:
    """A user as the Bot API shows one."""
    if user["id"] == BOT_ID:
        return dict(BOT)
    shown = {"id": user["id"], "is_bot": False, "first_name": user["first_name"]}
    return shown | {name: user[name] for name in ("last_name", "username", "language_code") if user.get(name)}


def chat_json(chat: Record) -> Record:
    """A chat as messages show it."""
    names = ("title", "first_name", "last_name", "username", "is_forum")
    return {"id": chat["id"], "type": chat["type"]} | {name: chat[name] for name in names if chat.get(name)}
