"""Who may do what in which chat: finds a chat by any of its names and refuses what the platform refuses.

Must not change the world.
"""

from __future__ import annotations

from typing import Any

from distributor.sandbox.telegram.request import ApiError, Params, bad_request, forbidden
from distributor.sandbox.telegram.world import BOT_ID, Record, World, chat_json, user_json

_NAMES = {"group": "group", "supergroup": "supergroup", "channel": "channel"}
_IN = frozenset({"administrator", "member"})
_COLOURS = 7


def find_chat(world: World, params: Params, name: str = "chat_id") -> Record:
    """The chat a parameter names by id or ``@username``. Raises ApiError when the bot does not know it."""
    raw = params.text(name).strip()
    if not raw:
        raise bad_request(f"{name} is empty")
    if raw.startswith("@"):
        chat = world.chat_named(raw[1:])
    else:
        digits = raw.removeprefix("-")
        chat = world.chat(int(raw)) if digits.isascii() and digits.isdigit() else None
    if chat is None:
        raise bad_request("chat not found")
    return chat


def _refuse_person(user: Record) -> None:
    if user["is_deactivated"]:
        raise forbidden("user is deactivated")
    if user["is_blocked"]:
        raise forbidden("bot was blocked by the user")
    if not user["is_started"]:
        raise forbidden("bot can't initiate conversation with a user")


def refuse_outsider(chat: Record, *, writes: bool) -> None:
    """Refuse a chat that moved, that the bot was thrown out of, or, for writing, is not in. Raises ApiError."""
    if chat["type"] == "private":
        if writes:
            _refuse_person(chat)
        return
    if chat["migrated_to"]:
        parameters = {"migrate_to_chat_id": chat["migrated_to"]}
        raise bad_request("group chat was upgraded to a supergroup chat", parameters)
    name = _NAMES[chat["type"]]
    if chat["status"] == "kicked":
        raise forbidden(f"bot was kicked from the {name} chat")
    is_public = bool(chat["username"])
    if chat["status"] not in _IN and (writes or not is_public):
        raise forbidden(f"bot is not a member of the {name} chat")


def readable(world: World, params: Params, name: str = "chat_id") -> Record:
    """A chat the bot may look at. Raises ApiError."""
    chat = find_chat(world, params, name)
    refuse_outsider(chat, writes=False)
    return chat


def writable(world: World, params: Params) -> Record:
    """A chat the bot is in. Raises ApiError."""
    chat = find_chat(world, params)
    refuse_outsider(chat, writes=True)
    return chat


def has_right(chat: Record, right: str) -> bool:
    """Whether the bot is an administrator with the right; in private chats every right is given."""
    if chat["type"] == "private":
        return True
    return chat["status"] == "administrator" and bool(chat["rights"].get(right))


def refuse_unsendable(chat: Record, kind: str) -> None:
    """Refuse a post the bot has no right to; ``kind`` is ``text messages``, ``photos`` and so on. Raises ApiError."""
    if chat["type"] == "channel":
        if chat["status"] != "administrator":
            raise bad_request("need administrator rights in the channel chat")
        if not has_right(chat, "can_post_messages"):
            raise bad_request(f"not enough rights to send {kind} to the chat")
    elif chat["type"] != "private" and chat["status"] != "administrator":
        permission = "can_send_messages" if kind == "text messages" else f"can_send_{kind}"
        if not chat["permissions"].get(permission, False):
            raise bad_request(f"not enough rights to send {kind} to the chat")


def thread_of(chat: Record, params: Params) -> int:
    """The topic to post to, 0 for none; the general topic has no number that can be sent. Raises ApiError."""
    thread = params.integer("message_thread_id")
    if not thread:
        return 0
    topic = chat.get("topics", {}).get(str(thread))
    if not chat.get("is_forum") or topic is None:
        raise bad_request("message thread not found")
    if topic["is_closed"] and not has_right(chat, "can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")
    return thread


def is_crowd(chat: Record) -> bool:
    """Whether the limit of twenty a minute holds: groups and channels."""
    return bool(chat["type"] != "private")


def needs(chat: Record, right: str, words: str) -> None:
    """Refuse an act without its right. Raises ApiError."""
    if not has_right(chat, right):
        raise bad_request(words)


def full_info(chat: Record, pinned: Record | None) -> Record:
    """The answer of getChat (ChatFullInfo)."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    shown = chat_json(chat) | {"accent_color_id": abs(chat["id"]) % _COLOURS, "max_reaction_count": 11}
    shown["accepted_gift_types"] = dict.fromkeys(gifts, False)
    if chat["username"]:
        shown["active_usernames"] = [chat["username"]]
    if chat.get("is_protected"):
        shown["has_protected_content"] = True
    if chat["type"] in {"group", "supergroup"}:
        shown["permissions"] = dict(chat["permissions"])
    if pinned is not None:
        shown["pinned_message"] = pinned
    return shown


def member(world: World, chat: Record, user_id: int) -> Record:
    """The answer of getChatMember. Raises ApiError for a user the bot never saw."""
    user = world.users.get(user_id)
    if user_id != BOT_ID and user is None:
        raise bad_request("user not found")
    shown = user_json({"id": BOT_ID} if user is None else user)
    if user_id == BOT_ID:
        return own_member(chat)
    if chat["type"] == "channel" and chat["status"] != "administrator":
        raise bad_request("member list is inaccessible")
    return {"status": "member", "user": shown}


def own_member(chat: Record) -> Record:
    """How the bot itself stands in a chat."""
    shown: dict[str, Any] = {"user": user_json({"id": BOT_ID}), "status": chat.get("status", "member")}
    if shown["status"] == "administrator":
        shown |= {"can_be_edited": False, "is_anonymous": False} | chat["rights"]
    elif shown["status"] == "kicked":
        shown["until_date"] = 0
    return shown


def too_many(seconds: int | None) -> ApiError:
    """429; None: the platform does not say how long to wait."""
    if seconds is None:
        return ApiError(429, "Too Many Requests: retry later")
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
