"""The seal of an issue: what became of every mail of it, as one hash. A hundred thousand sent mails then need one event
instead of as many. Reads only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from distributor.store.connection import Row, queries
from distributor.store.readers import Readers

#: Rows read at a time, so that a million need no memory for a million.
PIECE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What a seal says."""

    #: rows covered: all that never were in doubt (the others have events of their own)
    rows: int
    #: SHA-256 in hex over one JSON line for each row, in the order of their numbers:
    #: number, recipient, state, remote id, url, message hash, end
    sha256: str


def seal(readers: Readers, issue: int) -> Seal:
    """The seal of an issue as its rows stand; what it covers is final once nothing of the issue is open."""
    found, count = hashlib.sha256(), 0
    for row in _rows(readers, issue):
        found.update(row["line"].encode("utf-8", "surrogatepass"))
        found.update(b"\n")
        count += 1
    return Seal(rows=count, sha256=found.hexdigest())


def _rows(readers: Readers, issue: int) -> Iterator[Row]:
    sql = queries("proof")
    span = readers.query(sql["span"], {"subject": issue})[0]
    after = span["first"] - 1
    while rows := readers.query(
        sql["sealed_rows"], {"after": after, "last": span["last"], "subject": issue, "most": PIECE}
    ):
        yield from rows
        after = rows[-1]["id"]
