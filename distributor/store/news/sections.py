"""The sections of what deliveries carry: a story's own, or those of all stories of an issue. Decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from distributor.store.connection import Connection, queries
from distributor.store.readers import Readers


def sections(connection: Connection | Readers, subjects: Iterable[int]) -> Mapping[int, frozenset[str]]:
    """By subject, the categories of what it tells now."""
    found: dict[int, frozenset[str]] = {}
    wanted = json.dumps(list(subjects))
    for row in connection.query(queries("holds")["sections"], {"ids": wanted}):
        found[row["subject_id"]] = found.get(row["subject_id"], frozenset()) | set(
            json.loads(row["categories"] or "[]")
        )
    return found
