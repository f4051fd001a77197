"""Articles to JSON and back, exactly; a field added later reads as its default. Must not lose a field."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from distributor.model import Article, Dateline, Image, PubStatus

_INSTANTS = ("published", "updated", "embargoed")


def article_to_json(article: Article) -> str:
    """The article as one JSON object; instants in ISO 8601."""
    return json.dumps(asdict(article), ensure_ascii=False, default=_plain, separators=(",", ":"))


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


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot store a {type(value).__name__}")
