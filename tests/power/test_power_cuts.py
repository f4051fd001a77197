"""What was acknowledged survives the loss of power, and the proof of it can fail."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import contextmanager
from random import Random

import pytest

from distributor.errors import StoreError
from distributor.store import writer
from distributor.store.connection import READER_PRAGMAS, WRITER_PRAGMAS, Connection, SqliteConnection
from tests.power.connection import ApswConnection
from tests.power.disk import SECTOR, Disk, Node
from tests.power.drill import run

pytestmark = pytest.mark.no_cover

CUTS = 500


def test_power_cuts_lose_nothing_that_was_acknowledged_and_leave_no_half_work():
    figures = run(CUTS, seed=1)
    print("\n".join(figures.lines()))
    assert figures.problems == []
    assert (figures.cuts, figures.lost, figures.impossible, figures.damaged) == (CUTS, 0, 0, 0)
    assert figures.moves > CUTS
    wanted = [f"cut in a write to the {file}" for file in ("WAL", "database")]
    wanted += [f"cut {when} a sync of the WAL" for when in ("before the end of", "after")]
    wanted += [
        f"work cut: {work}"
        for work in ("a group", "claim", "gated claim", "start", "record", "ingest", "alert", "settle")
    ]
    wanted += ["cut between two works", "files torn", "sectors dropped", "sectors kept", "restarts in peace"]
    wanted += ["found: as acknowledged", "found: with the unacknowledged work, whole"]
    assert [name for name in wanted if not figures.hits[name]] == []


def test_without_a_sync_at_each_commit_the_same_cuts_lose_what_was_acknowledged():
    figures = run(80, seed=1, synchronous="NORMAL")
    assert figures.lost > 0
    assert figures.impossible > 0
    assert figures.damaged == 0


def test_a_disk_that_only_says_that_it_syncs_is_found_out():
    figures = run(60, seed=1, lies=True)
    assert figures.lost > 0
    assert figures.damaged > 0


def test_a_writer_that_commits_each_statement_alone_is_found_out(monkeypatch):
    @contextmanager
    def no_transaction(connection):
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(str(error)) from error

    monkeypatch.setattr(writer, "_transaction", no_transaction)
    figures = run(150, seed=3)
    assert figures.impossible > 0
    assert figures.damaged == 0


def test_the_same_seed_cuts_in_the_same_places():
    first, second = run(30, seed=5), run(30, seed=5)
    assert (first.hits, first.works, first.moves) == (second.hits, second.works, second.moves)


# the simulated disk itself


def test_what_was_synced_always_survives_and_the_rest_by_sector():
    random, found = Random(1), set()
    for _ in range(200):
        node = Node(b"a" * 3 * SECTOR)
        node.write(b"b" * SECTOR, 0)
        node.sync()
        node.write(b"c" * (SECTOR + 10), SECTOR)
        image = node.survivor(random, 0.5, Counter())
        assert image[:SECTOR] == b"b" * SECTOR
        assert len(image) == 3 * SECTOR
        found.add((image[SECTOR : 2 * SECTOR], image[2 * SECTOR :]))
    middle, end = (b"a" * SECTOR, b"c" * SECTOR), (b"a" * SECTOR, b"c" * 10 + b"a" * (SECTOR - 10))
    assert found == {(one, other) for one in middle for other in end}


def test_a_file_that_grew_may_be_short_and_its_new_blocks_hold_anything():
    random, sizes, ends = Random(1), set(), set()
    for _ in range(200):
        node = Node(b"a" * SECTOR)
        node.write(b"b" * SECTOR, SECTOR)
        node.truncate(SECTOR + 100)
        image = node.survivor(random, 0.5, Counter())
        sizes.add(len(image))
        ends.add(image[SECTOR : SECTOR + 2])
    assert sizes == {SECTOR, SECTOR + 100, 2 * SECTOR}
    assert {b"", b"bb", b"\0\0"} < ends


def test_a_deleted_file_may_be_back_and_a_new_one_may_be_missing(tmp_path):
    found = set()
    for seed in range(30):
        disk = Disk(tmp_path)
        disk.load({"old": b"a"})
        disk.arm(Random(seed), None)
        disk.delete("old", synced=False)
        disk.write("new", b"b", 0)
        disk.cut("now")
        found.add(tuple(disk.wreck()))
        disk.close()
    assert found == {(), ("old",), ("new",), ("new", "old")}


# the other SQLite behind the store's protocol


@pytest.fixture(params=["sqlite3", "apsw"])
def connection(request, tmp_path):
    found: Connection
    if request.param == "sqlite3":
        found = SqliteConnection(tmp_path / "one", pragmas=WRITER_PRAGMAS)
    else:
        found = ApswConnection(str(tmp_path / "one"), pragmas=WRITER_PRAGMAS)
    found.run("CREATE TABLE one (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT")
    yield found
    found.close()


def test_both_connections_count_and_name_alike(connection):
    assert connection.run("INSERT INTO one (word) VALUES (?)", ("a",)) == 1
    assert connection.run_many("INSERT INTO one (word) VALUES (?)", [("b",), ("c",)]) == 2
    assert connection.run("UPDATE one SET word = word || :more WHERE word > :word", {"word": "a", "more": "!"}) == 2
    assert connection.run("UPDATE one SET word = 'x' WHERE id = 99") == 0
    assert connection.run("BEGIN") == connection.run("COMMIT") == 0
    rows = connection.query("DELETE FROM one WHERE id < ? RETURNING id, word AS said", (3,))
    assert sorted((row["id"], row["said"]) for row in rows) == [(1, "a"), (2, "b!")]
    assert connection.query("SELECT * FROM one WHERE id < 3") == []


@pytest.mark.parametrize(
    ("sql", "params", "error"),
    [
        ("INSERT INTO one (word) VALUES (NULL)", (), sqlite3.IntegrityError),
        ("INSERT INTO one (id, word) VALUES ('a', 'b')", (), sqlite3.IntegrityError),
        ("INSERT INTO one (word) VALUES (:word)", {}, sqlite3.ProgrammingError),
        ("INSERT INTO one (word) VALUES (?, ?)", ("a",), sqlite3.Error),
        ("SELECT * FROM two", (), sqlite3.OperationalError),
        ("ROLLBACK", (), sqlite3.OperationalError),
    ],
)
def test_both_connections_raise_alike(connection, sql, params, error):
    with pytest.raises(error):
        connection.run(sql, params)


def test_a_reader_of_the_other_sqlite_cannot_write(tmp_path):
    ApswConnection(str(tmp_path / "one"), pragmas=WRITER_PRAGMAS).close()
    reader = ApswConnection(str(tmp_path / "one"), pragmas=READER_PRAGMAS, read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        reader.run("CREATE TABLE two (id)")
    reader.close()


def test_a_file_that_is_no_database_is_said_as_the_standard_library_says_it(tmp_path):
    (tmp_path / "one").write_bytes(b"not a database at all" * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        ApswConnection(str(tmp_path / "one"), pragmas=WRITER_PRAGMAS)
