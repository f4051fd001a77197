"""Messages by content: the same content is one row, whoever it is for. Must not hold a reader's address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from distributor.model import Carried, Entity, Image, Message
from distributor.store.connection import Connection, queries


def message_to_json(message: Message) -> str:
    """The message as one JSON object, always in the same form."""
    return json.dumps(asdict(message), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def message_from_json(text: str) -> Message:
    """The message that :func:`message_to_json` wrote."""
    fields: dict[str, Any] = json.loads(text)
    fields["entities"] = tuple(Entity(**entity) for entity in fields["entities"])
    fields["headers"] = tuple((name, value) for name, value in fields["headers"])
    fields["image"] = Image(**fields["image"]) if fields["image"] else None
    return Message(**fields)


def freeze(connection: Connection, message: Message, carried: Carried, now: int) -> int:
    """The id of the row with this content, written if it is new."""
    sql = queries("deliveries")
    content = message_to_json(message)
    # what it carries belongs to its identity: the same words about another revision are another message
    digest = hashlib.sha256(f"{content}\n{sorted(carried)}".encode()).digest()
    connection.run(sql["add_message"], (digest, content, now))
    message_id = int(connection.query(sql["message_id"], (digest,))[0]["id"])
    rows: Iterable[tuple[int, int, int]] = [(message_id, story, revision) for story, revision in carried]
    connection.run_many(sql["add_message_story"], rows)
    return message_id
