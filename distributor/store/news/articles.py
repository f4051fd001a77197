"""Articles to JSON and back, exactly; a field added later reads as its default. Must not lose a field."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from distributor.model import Article, Dateline, Image, PubStatus

_INSTANTS = ("published", "updated", "embargoed")
#: by name; the values are plain but for two (``asdict`` would copy every text)
_FIELDS = tuple(one.name for one in fields(Article))
#: Articles kept once read: every channel of a story, and every reader of an issue, asks for the same few; every new
#: story is looked for among those of its day (``revisions.MOST``).
_KEPT = 1_500


def article_to_json(article: Article) -> str:
    """The article as one JSON object; instants in ISO 8601."""
    return _encode({name: getattr(article, name) for name in _FIELDS})


@lru_cache(maxsize=_KEPT)
def article_from_json(text: str) -> Article:
    """The article that :func:`article_to_json` wrote."""
    fields: dict[str, Any] = json.loads(text)
    for name in _INSTANTS:
        if fields.get(name):
            fields[name] = datetime.fromisoformat(fields[name])
    fields["pubstatus"] = PubStatus(fields["pubstatus"])
    for name in ("categories", "translations"):
        fields[name] = tuple(fields.get(name, ()))
    if fields.get("image"):
        fields["image"] = Image(**fields["image"])
    if fields.get("dateline"):
        fields["dateline"] = Dateline(**fields["dateline"])
    return Article(**fields)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Image | Dateline):
        return asdict(value)
    raise TypeError(f"cannot store a {type(value).__name__}")


_encode = json.JSONEncoder(ensure_ascii=False, default=_plain, separators=(",", ":")).encode
