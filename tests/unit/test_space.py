"""Room for the store."""

import pytest

from distributor.rules.fate.space import growing_log, short_of_room

MIB, GIB = 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("free", "total", "short"),
    [
        (199 * MIB, 10 * GIB, True),
        (400 * MIB, 10 * GIB, True),
        (600 * MIB, 10 * GIB, False),
        (4 * GIB, 1000 * GIB, True),
        (6 * GIB, 1000 * GIB, False),
    ],
)
def test_a_disk_is_nearly_full_by_share_and_by_size(free, total, short):
    assert bool(short_of_room(free=free, total=total)) is short


def test_the_words_name_the_sizes():
    assert short_of_room(free=100 * MIB, total=10 * GIB) == (
        "the store's disk is nearly full: 100 MiB of 10,240 MiB are free"
    )
    assert growing_log(wal=2 * GIB) == "the store's write-ahead log has grown to 2,048 MiB"
    assert growing_log(wal=GIB) == ""
