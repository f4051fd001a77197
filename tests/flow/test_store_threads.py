"""The store among threads: connections end with their threads, errors come in our own words, a closed store answers."""

import sqlite3
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from distributor.errors import StoreError, StoreLocked
from distributor.store.connection import open_reader, open_writer
from distributor.store.opening import FILE, open_store
from distributor.store.writer import CROWD, LATER, PAUSE, PAUSES, Joint, ThreadWriter
from tests.support import store_with


def open_files(folder):
    """How many file descriptors of this process lead into a folder."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += str(entry.readlink()).startswith(str(folder))
        except OSError:
            continue
    return found


def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def test_a_thread_that_has_read_and_ended_leaves_no_connection_behind(tmp_path):
    store = store_with(tmp_path, "x")
    in_a_thread(store.deliveries.counts)
    before = open_files(tmp_path)
    for _ in range(50):
        in_a_thread(store.deliveries.counts)
    assert open_files(tmp_path) <= before
    store.close()


def test_closing_the_store_closes_the_connections_of_living_threads(tmp_path):
    store = store_with(tmp_path, "x")
    asked, over = threading.Event(), threading.Event()

    def read():
        store.deliveries.counts()
        asked.set()
        over.wait(5)

    thread = threading.Thread(target=read)
    thread.start()
    assert asked.wait(5)
    store.close()
    assert not open_files(tmp_path)
    over.set()
    thread.join()


def test_a_store_that_cannot_be_read_is_said_plainly(tmp_path):
    store = store_with(tmp_path, "x")
    failures = []

    def read():
        try:
            store.deliveries.counts()
        except StoreError as error:
            failures.append(str(error))

    (tmp_path / FILE).rename(tmp_path / "elsewhere")
    in_a_thread(read)
    assert len(failures) == 1
    assert failures[0].startswith("the store cannot be read: ")
    store.close()


def test_a_store_that_cannot_be_opened_is_said_plainly_and_its_lock_is_given_back(tmp_path):
    in_the_way = tmp_path / f"{FILE}-wal"
    in_the_way.mkdir()
    with pytest.raises(StoreError, match="the store cannot be opened"):
        open_store(tmp_path, threaded=True)
    in_the_way.rmdir()
    open_store(tmp_path, threaded=True).close()


def test_a_work_refused_by_the_database_harms_no_other_of_its_group_and_is_said_plainly(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))

    def refused(_):
        raise sqlite3.OperationalError("database table is locked")

    with pytest.raises(StoreLocked, match="table is locked"):
        writer.call(refused)
    writer.close()


def test_a_work_that_raises_among_others_is_undone_alone_and_the_others_are_durable_once(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))
    asked, go_on, refused = threading.Event(), threading.Event(), []

    def note(word):
        return lambda connection: connection.run("INSERT INTO meta (key, value) VALUES (?, '')", (word,))

    def fails(connection):
        note("undone")(connection)
        raise ValueError("no such story")

    def hold(_):
        asked.set()
        go_on.wait(20)

    def ask(work):
        try:
            writer.call(work)
        except ValueError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask, args=(work,)) for work in (hold, note("a"), fails, note("b"))]
    threads[0].start()
    assert asked.wait(20)
    for thread in threads[1:]:
        thread.start()
    while writer._queue.qsize() < 3:
        time.sleep(0.001)
    go_on.set()
    for thread in threads:
        thread.join(20)
    writer.close()
    assert refused == ["no such story"]
    with closing(open_reader(tmp_path / FILE)) as reader:
        found = [row["key"] for row in reader.query("SELECT key FROM meta WHERE value = '' ORDER BY key")]
    assert found == ["a", "b"]


def test_every_work_that_meets_the_end_is_done_or_refused_but_never_left_without_an_answer(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))
    done, refused = [], []

    def insist(number):
        while True:
            try:
                writer.call(lambda _: time.sleep(0), priority=LATER)
            except StoreError:
                refused.append(number)
                return
            done.append(number)

    threads = [threading.Thread(target=partial(insist, number), daemon=True) for number in range(8)]
    for thread in threads:
        thread.start()
    writer.close()
    for thread in threads:
        thread.join(5)
    assert sorted(refused) == list(range(8))


def gathered(writer, *works):
    """The answers, or errors, of works that wait for the writer together, in their order."""
    asked, go_on = threading.Event(), threading.Event()
    found: list[object] = [None] * len(works)

    def hold(_):
        asked.set()
        go_on.wait(20)

    def ask(place, work):
        try:
            found[place] = writer.call(work)
        except ValueError as error:
            found[place] = error

    threads = [threading.Thread(target=writer.call, args=(hold,))]
    threads[0].start()
    assert asked.wait(20)
    for place, work in enumerate(works):
        threads.append(threading.Thread(target=ask, args=(place, work)))
        threads[-1].start()
        while writer._queue.qsize() <= place:
            time.sleep(0.001)
    go_on.set()
    for thread in threads:
        thread.join(20)
    return found


def test_what_waits_for_the_same_is_run_at_once_and_everyone_gets_the_answer_to_their_own(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer, runs = ThreadWriter(lambda: open_writer(tmp_path / FILE)), []

    def double(_, parts):
        runs.append(list(parts))
        return [2 * part for part in parts]

    found = gathered(writer, Joint(double, 1), Joint(double, 2), lambda _: "between", Joint(double, 3))
    writer.close()
    assert found == [2, 4, "between", 6]
    assert runs == [[1, 2], [3]]  # what came between keeps its place


def test_of_joined_works_the_one_that_raises_is_undone_alone(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))

    def note(connection, parts):
        for part in parts:
            connection.run("INSERT INTO meta (key, value) VALUES (?, 'joined')", (part,))
            if part == "b":
                raise ValueError("no such story")
        return parts

    found = gathered(writer, Joint(note, "a"), Joint(note, "b"), Joint(note, "c"))
    writer.close()
    assert [str(one) for one in found] == ["a", "no such story", "c"]
    with closing(open_reader(tmp_path / FILE)) as reader:
        rows = reader.query("SELECT key FROM meta WHERE value = 'joined' ORDER BY key")
    assert [row["key"] for row in rows] == ["a", "c"]


def noted(word):
    """A work that notes a word in its place in time, and in this connection alone until it is durable."""
    return lambda connection: connection.run(
        "INSERT INTO meta (key, value) SELECT ?, 'at ' || count(*) FROM meta WHERE value LIKE 'at %'", (word,)
    )


def notes(folder):
    with closing(open_reader(folder / FILE)) as reader:
        rows = reader.query("SELECT key FROM meta WHERE value LIKE 'at %' ORDER BY value")
    return [row["key"] for row in rows]


def test_what_is_jotted_is_written_before_what_is_called_after_it(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))
    writer.jot(noted("first"))
    writer.call(noted("second"))
    assert notes(tmp_path) == ["first", "second"]
    writer.close()


def test_what_is_jotted_is_written_soon_though_nothing_else_comes(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))
    writer.jot(noted("alone"))
    end = time.monotonic() + 20
    while not notes(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert notes(tmp_path) == ["alone"]
    writer.close()


def test_what_is_jotted_before_the_end_is_written_and_behind_it_is_refused(tmp_path):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))
    for word in ("a", "b"):
        writer.jot(noted(word))
    writer.close()
    assert notes(tmp_path) == ["a", "b"]
    with pytest.raises(StoreError, match="closed"):
        writer.jot(noted("c"))


def test_a_jotted_work_that_fails_harms_no_other_and_is_logged(tmp_path, caplog):
    open_store(tmp_path, threaded=False).close()
    writer = ThreadWriter(lambda: open_writer(tmp_path / FILE))

    def refused(_):
        raise sqlite3.OperationalError("database or disk is full")

    writer.jot(refused)
    writer.call(noted("whole"))
    writer.close()
    assert notes(tmp_path) == ["whole"]
    assert "what was to be noted was not written" in caplog.text


def echoes(runs):
    """A work that gives its part back; ``runs`` tells which of them ran together."""

    def run(_, parts):
        runs.append(list(parts))
        return parts

    return lambda part: Joint(run, part)


def after_a_crowd(folder, crowd, latecomers):
    """What runs together when somebody asks after a crowd, and at each pause of the writer one more latecomer; the
    pauses too.
    """
    open_store(folder, threaded=False).close()
    threads: list[threading.Thread] = []
    pauses: list[float] = []
    runs: list[list[str]] = []
    echo = echoes(runs)

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) <= latecomers:
            threads.append(threading.Thread(target=writer.call, args=(echo(f"late {len(pauses)}"),)))
            threads[-1].start()
            while writer._queue.qsize() < len(pauses):
                time.sleep(0.001)

    writer = ThreadWriter(lambda: open_writer(folder / FILE), pause=pause)
    gathered(writer, *[echo("crowd")] * crowd)
    writer.call(echo("first"))
    paused = list(pauses)
    for thread in threads:
        thread.join(20)
    writer.close()
    assert runs[0] == ["crowd"] * crowd
    return runs[1:], paused


def test_after_a_crowd_the_next_commit_waits_for_those_who_come_back_and_no_longer(tmp_path):
    runs, pauses = after_a_crowd(tmp_path, CROWD, latecomers=2)
    assert runs == [["first", "late 1", "late 2"]]
    assert pauses == [PAUSE] * 3  # in the third nobody came


def test_a_crowd_that_never_ends_is_not_waited_for_without_end(tmp_path):
    runs, pauses = after_a_crowd(tmp_path, CROWD, latecomers=PAUSES)
    assert runs == [["first", *(f"late {number}" for number in range(1, PAUSES + 1))]]
    assert pauses == [PAUSE] * PAUSES


def test_a_few_callers_never_wait_for_each_other(tmp_path):
    runs, pauses = after_a_crowd(tmp_path, CROWD - 1, latecomers=2)
    assert runs == [["first"]]
    assert not pauses
