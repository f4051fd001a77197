"""Whether the room for the store runs out. Pure: sizes in bytes in, a sentence out."""

from __future__ import annotations

_MIB = 1 << 20
_GIB = 1 << 30
#: Below so much free room, or below this share of a disk unless that is still plenty, somebody should look.
LEAST_FREE, LEAST_SHARE, PLENTY = 200 * _MIB, 0.05, 5 * _GIB
#: SQLite takes the write-ahead log back at checkpoints (1,000 pages); one as large as this is not taken back.
LARGEST_WAL = _GIB


def short_of_room(*, free: int, total: int) -> str:
    """What is wrong with the room on the store's disk; empty: nothing."""
    if free < LEAST_FREE or (free < total * LEAST_SHARE and free < PLENTY):
        return f"the store's disk is nearly full: {free / _MIB:,.0f} MiB of {total / _MIB:,.0f} MiB are free"
    return ""


def growing_log(*, wal: int) -> str:
    """What is wrong with the write-ahead log; empty: nothing."""
    return f"the store's write-ahead log has grown to {wal / _MIB:,.0f} MiB" if wal > LARGEST_WAL else ""
