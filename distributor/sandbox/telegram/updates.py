"""What the bot hears: the queue of updates, the long poll with its one consumer, webhooks, pressed buttons.

Must not put the bot's own posts into the queue. Updates are handed out by getUpdates only; a webhook is remembered and
shown, and nothing is sent to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from distributor.sandbox.telegram.api import Api
from distributor.sandbox.telegram.request import Params, bad_request, conflict
from distributor.sandbox.telegram.world import Record

#: kinds that come only when they are asked for by name
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
#: seconds within which a pressed button must be answered
CALLBACK_TTL = 15 * 60
_LONGEST_POLL = 50
_MOST_UPDATES = 100
_TERMINATED = "terminated by other getUpdates request; make sure that only one bot instance is running"


def _is_wanted(api: Api, kind: str) -> bool:
    allowed = api.world.setting("allowed_updates", [])
    return kind in allowed if allowed else kind not in _ON_REQUEST


def push(api: Api, kind: str, payload: Mapping[str, Any]) -> int:
    """Queue an update and wake the long poll; gives its id, 0 when the bot does not want the kind."""
    if not _is_wanted(api, kind):
        return 0
    number = api.world.last_update_id + 1
    api.world.record("update", update={"update_id": number, kind: dict(payload)})
    api.news.set()
    return number


def _keep_allowed(api: Api, params: Params) -> None:
    """``allowed_updates`` holds until it is named again. Raises ApiError."""
    if "allowed_updates" not in params.values:
        return
    kinds = params.json("allowed_updates")
    if kinds is None:
        kinds = []
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    if kinds != api.world.setting("allowed_updates", []):
        api.world.record("settings", values={"allowed_updates": kinds})


def _acknowledge(api: Api, offset: int) -> None:
    """Forget everything before the offset; a negative one counts from the end."""
    updates = api.world.updates
    if offset < 0:
        offset = updates[offset]["update_id"] if -offset <= len(updates) else 0
    if updates and offset > updates[0]["update_id"]:
        api.world.record("ack", offset=offset)


async def get_updates(api: Api, params: Params) -> list[Record]:
    """getUpdates: waits for news; a second call ends this one with 409. Raises ApiError."""
    if api.world.setting("webhook", {}).get("url"):
        words = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise conflict(words)
    api.poll += 1
    api.news.set()
    mine = api.poll
    _keep_allowed(api, params)
    _acknowledge(api, params.integer("offset"))
    limit = params.integer("limit")
    limit = limit if 1 <= limit <= _MOST_UPDATES else _MOST_UPDATES
    await _wait(api, mine, min(max(params.integer("timeout"), 0), _LONGEST_POLL))
    if api.poll != mine:
        raise conflict(_TERMINATED)
    return api.world.updates[:limit]


async def _wait(api: Api, mine: int, seconds: float) -> None:
    """Return when there is an update, a newer poll has come, or the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not api.world.updates and api.poll == mine and loop.time() < end:
        api.news.clear()
        try:
            async with asyncio.timeout(end - loop.time()):
                await api.news.wait()
        except TimeoutError:
            return


# -- webhooks ----------------------------------------------------------------------------------------------------------


def _end_polls(api: Api) -> None:
    api.poll += 1
    api.news.set()


def _drop_pending(api: Api, params: Params) -> None:
    if params.flag("drop_pending_updates"):
        api.world.record("ack", offset=api.world.last_update_id + 1)


def set_webhook(api: Api, params: Params) -> bool:
    """setWebhook; an empty address is deleteWebhook. Raises ApiError."""
    url = params.text("url")
    if not url:
        return delete_webhook(api, params)
    if not url.lower().startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    _keep_allowed(api, params)
    _drop_pending(api, params)
    most = params.integer("max_connections") or 40
    webhook = {"url": url, "max_connections": min(max(most, 1), 100)}
    if params.text("ip_address"):
        webhook["ip_address"] = params.text("ip_address")
    api.world.record("settings", values={"webhook": webhook})
    _end_polls(api)
    return True


def delete_webhook(api: Api, params: Params) -> bool:
    """DeleteWebhook."""
    _drop_pending(api, params)
    api.world.record("settings", values={"webhook": {}})
    return True


def webhook_info(api: Api, _params: Params) -> Record:
    """GetWebhookInfo."""
    webhook = api.world.setting("webhook", {})
    shown: Record = {"url": "", "has_custom_certificate": False, "pending_update_count": len(api.world.updates)}
    shown |= webhook
    if allowed := api.world.setting("allowed_updates", []):
        shown["allowed_updates"] = allowed
    return shown


# -- buttons -----------------------------------------------------------------------------------------------------------


def answer_callback(api: Api, params: Params) -> bool:
    """answerCallbackQuery: once, and not too late. Raises ApiError."""
    callback = api.world.callbacks.get(params.text("callback_query_id"))
    too_old = callback is None or api.now() - callback["at"] > CALLBACK_TTL
    if callback is None or too_old or callback["answer"] is not None:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(params.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": params.text("text"), "show_alert": params.flag("show_alert"), "url": params.text("url")}
    api.world.record("callback", callback=callback | {"answer": answer})
    return True
