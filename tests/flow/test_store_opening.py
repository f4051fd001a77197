import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from distributor.errors import StoreError, StoreForeign, StoreLocked, StoreTooNew
from distributor.store import opening
from distributor.store.connection import open_reader, open_writer, queries
from distributor.store.migrations import NAMES, statements
from distributor.store.opening import FILE, open_store
from distributor.store.writer import InlineWriter, ThreadWriter
from tests.support import NOON, store_with
from tests.thrift import REAL_PREPARE

HOLD = """
import sys, time
from pathlib import Path
from distributor.store.opening import open_store
store = open_store(Path(sys.argv[1]), threaded=True)
print("open", flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _every_migration(monkeypatch):
    monkeypatch.setattr(opening, "prepare", REAL_PREPARE)


def one(connection, sql):
    """The one value of a statement that gives one."""
    return next(iter(tuple(connection.query(sql)[0])))


def test_a_second_distributor_on_the_same_store_is_refused(tmp_path):
    store = open_store(tmp_path, threaded=True)
    with pytest.raises(StoreLocked, match="in use by another distributor"):
        open_store(tmp_path, threaded=False)
    store.close()
    open_store(tmp_path, threaded=False).close()


def test_closing_twice_is_harmless(tmp_path):
    store = open_store(tmp_path, threaded=True)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.stories.feed_unchanged("politics", NOON)


def test_a_killed_owner_leaves_a_store_that_opens_at_once(tmp_path):
    owner = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"open\n"
    with pytest.raises(StoreLocked):
        open_store(tmp_path, threaded=False)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    open_store(tmp_path, threaded=False).close()


def test_a_store_written_by_a_newer_version_is_left_untouched(tmp_path):
    open_store(tmp_path, threaded=False).close()
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE _sqlite_migrations SET name = '9999_future' WHERE name = ?", (NAMES[0],))
    database.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreTooNew, match="9999_future"):
        open_store(tmp_path, threaded=False)
    assert (tmp_path / FILE).read_bytes() == before


def test_another_programs_database_is_left_untouched(tmp_path):
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("CREATE TABLE theirs (id INTEGER)")
    database.close()
    with pytest.raises(StoreForeign, match="another program"):
        open_store(tmp_path, threaded=False)


def test_a_file_that_is_no_database_is_refused_in_plain_words(tmp_path):
    (tmp_path / FILE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="not a distributor store"):
        open_store(tmp_path, threaded=False)


def test_a_folder_that_cannot_be_made_is_refused_in_plain_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "file" / "state", threaded=False)


def test_a_reader_cannot_write(tmp_path):
    open_store(tmp_path, threaded=False).close()
    reader = open_reader(tmp_path / FILE)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.run("INSERT INTO meta VALUES ('a', 'b')")
    reader.close()


def test_every_setting_of_the_writer_holds(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = open_writer(tmp_path / FILE)
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000, "trusted_schema": 0}
    found = {name: one(writer, f"PRAGMA {name}") for name in wanted}
    assert found == wanted
    tables = writer.query("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    assert {row["name"] for row in tables if not row["strict"]} <= {
        "sqlite_schema",
        "sqlite_sequence",
        "_sqlite_migrations",
    }
    writer.close()


def test_the_stores_key_stays_and_names_every_delivery_apart(tmp_path):
    store = open_store(tmp_path, threaded=False)
    names = [store.mark(number) for number in range(1, 200)]
    store.close()
    again = open_store(tmp_path, threaded=False)
    assert [again.mark(number) for number in range(1, 200)] == names
    again.close()
    assert len(set(names)) == 199
    assert all(len(name) == 16 and name.isalnum() and name == name.lower() for name in names)


def test_every_named_query_prepares(tmp_path):
    open_store(tmp_path, threaded=False).close()
    reader = open_reader(tmp_path / FILE)
    for name in ("stories", "deliveries", "issues", "subscribers"):
        for title, sql in queries(name).items():
            marks = {word[1:] for word in re.findall(r":[a-z_]+", sql)}
            params = dict.fromkeys(marks) if marks else [None] * sql.count("?")
            assert reader.query(f"EXPLAIN {sql}", params), f"{name}.{title}"
    reader.close()


def test_a_script_is_cut_into_its_statements():
    script = "CREATE TABLE a (x TEXT DEFAULT ';');\n-- a comment; with a mark\nCREATE TABLE b (y);\n"
    assert [one.split()[-1] for one in statements(script)] == ["';');", "(y);"]


def lines(path, sql):
    reader = open_reader(path / FILE)
    try:
        return reader.query(sql)
    finally:
        reader.close()


@pytest.mark.parametrize("threaded", [True, False])
def test_a_work_that_raises_changes_nothing_and_harms_no_other(tmp_path, threaded):
    open_store(tmp_path, threaded=False).close()
    path = tmp_path / FILE
    writer = ThreadWriter(lambda: open_writer(path)) if threaded else InlineWriter(open_writer(path))
    insert = "INSERT INTO meta (key, value) VALUES (?, '1')"

    def broken(connection):
        connection.run(insert, ("broken",))
        raise ValueError("a bug")

    writer.call(lambda c: c.run(insert, ("before",)))
    with pytest.raises(ValueError, match="a bug"):
        writer.call(broken)
    writer.call(lambda c: c.run(insert, ("after",)))
    writer.close()
    assert {row["key"] for row in lines(tmp_path, "SELECT key FROM meta WHERE value = '1'")} == {"before", "after"}


def test_works_of_many_threads_share_commits_and_all_become_durable(tmp_path):
    open_store(tmp_path, threaded=False).close()
    commits = []

    def connect():
        connection = open_writer(tmp_path / FILE)
        connection.raw.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        return connection

    writer = ThreadWriter(connect)

    def insert(key, connection):
        connection.run("INSERT INTO meta (key, value) VALUES (?, 'w')", (key,))

    def work(number):
        for part in range(20):
            writer.call(partial(insert, f"{number}-{part}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert lines(tmp_path, "SELECT count(*) AS n FROM meta WHERE value = 'w'")[0]["n"] == 320
    assert len(commits) < 320


def test_an_urgent_work_passes_those_that_wait(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))
    gate, order = threading.Event(), []
    blocker = threading.Thread(target=lambda: writer.call(lambda _: gate.wait(5)))
    blocker.start()
    time.sleep(0.05)
    waiting = [
        threading.Thread(target=lambda n=name, p=priority: writer.call(lambda _: order.append(n), priority=p))
        for name, priority in (("slice", 9), ("chore", 5), ("flash", 0))
    ]
    for thread in waiting:
        thread.start()
        time.sleep(0.02)
    gate.set()
    for thread in [blocker, *waiting]:
        thread.join()
    writer.close()
    assert order == ["flash", "chore", "slice"]


@pytest.mark.parametrize("threaded", [True, False])
def test_a_database_locked_by_a_foreign_program_is_said_plainly_and_loses_nothing(tmp_path, threaded):
    store = store_with(tmp_path, "x", threaded=threaded)
    store.stories._writer.call(lambda c: c.query("PRAGMA busy_timeout = 50") and None)
    foreign = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreLocked, match="another program holds the store"):
        store.stories.feed_failed("politics", "timed out", NOON)
    foreign.execute("ROLLBACK")
    foreign.close()
    store.stories.feed_failed("politics", "timed out", NOON)
    assert store.stories.feed("politics").failures == 1
    store.close()


@pytest.mark.parametrize("threaded", [True, False])
def test_a_full_disk_is_said_plainly_and_what_was_acknowledged_stays(tmp_path, threaded):
    store = store_with(tmp_path, "x", threaded=threaded)
    store.stories.feed_failed("politics", "before", NOON)
    pages = store.stories._writer.call(lambda c: one(c, "PRAGMA page_count"))
    store.stories._writer.call(lambda c: c.query(f"PRAGMA max_page_count = {pages + 1}") and None)
    with pytest.raises(StoreError, match="cannot be written"):
        store.stories.feed_failed("politics", "x" * 100_000, NOON)
    assert store.stories.feed("politics").last_error == "before"
    store.stories._writer.call(lambda c: c.query(f"PRAGMA max_page_count = {pages + 1000}") and None)
    store.stories.feed_failed("politics", "after", NOON)
    assert store.stories.feed("politics").last_error == "after"
    store.close()


def test_a_writer_that_cannot_open_its_database_says_so(tmp_path):
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        ThreadWriter(lambda: open_writer(tmp_path / "missing" / FILE))


def test_what_was_acknowledged_survives_a_kill(tmp_path):
    script = """
import sys
from pathlib import Path
from distributor.store.opening import open_store
from tests.support import NOON
store = open_store(Path(sys.argv[1]), threaded=True)
for number in range(100000):
    store.stories.feed_failed(f"feed-{number}", "x", NOON)
    print(number, flush=True)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    assert child.stdout is not None
    last = max(int(child.stdout.readline()) for _ in range(50))
    child.send_signal(signal.SIGKILL)
    last = max([last, *(int(line) for line in child.stdout.read().split())])
    child.wait()
    child.stdout.close()
    store = open_store(tmp_path, threaded=False)
    assert set(store.stories.feeds()) >= {f"feed-{number}" for number in range(last + 1)}
    assert lines(tmp_path, "PRAGMA integrity_check")[0][0] == "ok"
    store.close()


def test_a_change_that_a_kill_cut_short_is_undone_and_the_store_opens(tmp_path):
    """Not every change goes through the log: a restored file begins without one."""
    open_store(tmp_path / "one", threaded=False).close()
    path, killed = tmp_path / "one" / FILE, tmp_path / "two"
    killed.mkdir()
    with closing(sqlite3.connect(path)) as half:
        half.execute("PRAGMA journal_mode = DELETE")
        half.execute("PRAGMA cache_size = 1")
        half.execute("BEGIN IMMEDIATE")
        rows = [(f"half done {number}", "x" * 1000) for number in range(500)]
        half.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", rows)
        for end in ("", "-journal"):
            shutil.copy(path.with_name(FILE + end), killed / (FILE + end))
        half.execute("ROLLBACK")
    with closing(open_store(killed, threaded=False)) as store:
        assert store._readers.query("SELECT * FROM meta WHERE key LIKE 'half done%'") == []
        assert store.alerts.sanity() == ""
