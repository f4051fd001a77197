"""How many deliveries stand in which state, without counting the whole ledger each time. Must not guess.

What has ended as sent, failed or skipped never moves again (``rules.fate.lifecycle.MOVES``), so it is counted once;
what is behind it, the few before it that had not ended then, and what no route accepted (it may go yet) is counted at
every look, in one statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from distributor.model import State
from distributor.store.codes import STATES
from distributor.store.connection import queries
from distributor.store.readers import Readers

#: So many rows are counted anew at every look before more are counted for good, and so many of those that have not
#: ended may stand among them.
STEP, MOST_OPEN = 20_000, 5_000

#: What never moves again.
_ENDED = (State.SENT, State.FAILED, State.SKIPPED)

_Counts = Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is counted for good."""

    #: the last row that is
    upto: int
    #: by channel (its row's id) and state (its number), of those that ended
    ended: _Counts
    #: the numbers of those that had not
    open: tuple[int, ...]
    #: how many behind it, or among those, had ended when it was looked for more to count for good
    looked: int


class Tally:
    """Counts the ledger."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("deliveries")
        #: replaced as a whole: several threads look into it at the same time
        self._known = _Known(upto=0, ended={}, open=(), looked=0)

    def counts(self) -> _Counts:
        """Rows by channel and state, as of one instant."""
        known = self._known
        rows = self._readers.query(self._sql["counts"], {"upto": known.upto, "open": json.dumps(known.open)})
        anew = {(row["channel_id"], row["state"]): row["n"] for row in rows}
        done = sum(count for (_, state), count in anew.items() if STATES[state] in _ENDED)
        # many that have not ended hold it up: it leads no further before some of them have
        if sum(anew.values()) - len(known.open) > STEP and done - known.looked >= MOST_OPEN:
            self._known = self._further(known, done)
        return _sum(known.ended, anew)

    def _further(self, known: _Known, done: int) -> _Known:
        """What can be counted for good now, where so many behind it have ended."""
        most = max(0, MOST_OPEN - len(known.open))
        (place,) = self._readers.query(self._sql["countable"], {"after": known.upto, "most": most})
        upto = place["last"] if place["open"] is None else place["open"] - 1
        fields = {"after": known.upto, "upto": upto, "open": json.dumps(known.open)}
        rows = self._readers.query(self._sql["settled"], fields)
        ended = {(row["channel_id"], row["state"]): row["n"] for row in rows if row["open"] is None}
        return _Known(
            upto=upto,
            ended=_sum(known.ended, ended),
            open=tuple(row["open"] for row in rows if row["open"] is not None),
            looked=max(0, done - sum(ended.values())),
        )


def _sum(one: _Counts, other: _Counts) -> _Counts:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted({*one, *other})}
