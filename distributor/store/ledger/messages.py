"""Messages by content: the same content is one row, whoever it is for. Must not hold a reader's address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from distributor.model import Carried, Entity, Image, Message, Rendered
from distributor.store.connection import Connection, queries

#: by name; the values are plain but for two (``asdict`` would copy every text)
_FIELDS = tuple(one.name for one in fields(Message))
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A message as it is kept."""

    hash: bytes
    json: str
    carried: Carried


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


def content(rendered: Rendered) -> Content:
    """What is to be kept of it; made before the writer's turn, which all others wait for."""
    told = message_to_json(rendered.message)
    # what it carries belongs to its identity: the same words about another revision are another message
    digest = hashlib.sha256(f"{told}\n{sorted(rendered.carried)}".encode()).digest()
    return Content(hash=digest, json=told, carried=rendered.carried)


def freeze(connection: Connection, contents: Iterable[tuple[Content, int]]) -> None:
    """Write each content, with the instant of its writing (milliseconds), if it is new; rows find it by its hash."""
    sql, found = queries("deliveries"), dict[bytes, tuple[Content, int]]()
    for one, at in contents:
        found.setdefault(one.hash, (one, at))
    if connection.run_many(sql["add_message"], [(one.hash, one.json, at) for one, at in found.values()]):
        carried = [(*place, one.hash) for one, _ in found.values() for place in one.carried]
        connection.run_many(sql["add_message_story"], carried)
