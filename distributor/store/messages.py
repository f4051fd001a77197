"""Messages by content: the same content is one row, whoever it is for. Must not hold a reader's address."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from typing import Any

from distributor.model import Carried, Entity, Image, Message
from distributor.store.connection import Connection, queries

#: by name; the values are plain but for two (``asdict`` would copy every text)
_FIELDS = tuple(one.name for one in fields(Message))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def message_to_json(message: Message) -> str:
    """The message as one JSON object, always in the same form."""
    told: dict[str, Any] = {name: getattr(message, name) for name in _FIELDS}
    told["entities"] = [asdict(entity) for entity in message.entities]
    told["image"] = asdict(message.image) if message.image else None
    return _encode(told)


def message_from_json(text: str) -> Message:
    """The message that :func:`message_to_json` wrote."""
    told: dict[str, Any] = json.loads(text)
    told["entities"] = tuple(Entity(**entity) for entity in told["entities"])
    told["headers"] = tuple((name, value) for name, value in told["headers"])
    told["image"] = Image(**told["image"]) if told["image"] else None
    return Message(**told)


def freeze(connection: Connection, message: Message, carried: Carried, now: int) -> int:
    """The id of the row with this content, written if it is new."""
    sql = queries("deliveries")
    content = message_to_json(message)
    # what it carries belongs to its identity: the same words about another revision are another message
    digest = hashlib.sha256(f"{content}\n{sorted(carried)}".encode()).digest()
    made = connection.query(sql["add_message"], (digest, content, now))
    if not made:
        return int(connection.query(sql["message_id"], (digest,))[0]["id"])
    message_id = int(made[0]["id"])
    connection.run_many(sql["add_message_story"], [(message_id, story, revision) for story, revision in carried])
    return message_id
