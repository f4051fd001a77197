"""Steps of the schema on a store that is in use: what one breaks is refused and undone; the rest is not read for it."""

from __future__ import annotations

import re
from contextlib import closing
from types import SimpleNamespace

import pytest

from distributor.errors import StoreError
from distributor.store import migrations
from distributor.store.connection import open_writer
from distributor.store.migrations import NAMES, applied, migrate
from distributor.store.opening import FILE
from tests.support import store_with

ROWS = """\
INSERT INTO subjects (id, kind) VALUES (1, 1), (2, 3);
INSERT INTO stories (id, feed, url, headline, fingerprint, pubstatus, baseline, first_seen_at)
VALUES (1, 'politics', 'https://news.example.org/1', 'One', 'f', 'usable', 0, 0);
INSERT INTO revisions (story_id, revision, seen_at, article) VALUES (1, 0, 0, '{}');
INSERT INTO feeds (name) VALUES ('politics');
"""
NOTED, TOLD = "9998_noted", "9999_told"
AS_IT_IS = "CREATE TABLE noted (story INTEGER REFERENCES stories (id)) STRICT;"


@pytest.fixture
def stepped(tmp_path, monkeypatch):
    """Takes two more steps, a harmless one and the one that is told; gives the tables whose references were checked."""
    store_with(tmp_path, "x").close()
    read = migrations._script
    with closing(open_writer(tmp_path / FILE)) as writer:
        for statement in migrations.statements(ROWS):
            writer.run(statement)

        def step(script):
            told = {NOTED: AS_IT_IS, TOLD: script}
            monkeypatch.setattr(migrations, "NAMES", (*NAMES, NOTED, TOLD))
            monkeypatch.setattr(migrations, "_script", lambda name: told.get(name) or read(name))
            ran: list[str] = []
            writer.raw.set_trace_callback(ran.append)
            migrate(writer.raw)
            return [
                found[1]
                for sql in ran
                if (found := re.search(r"foreign_key_check\(\[(\w+)\]\)", sql)) and found[1] != "noted"
            ]

        yield SimpleNamespace(take=step, writer=writer)


@pytest.mark.parametrize(
    ("script", "table"),
    [
        ("DELETE FROM subjects WHERE id = 1;", "stories"),
        ("UPDATE SUBJECTS SET id = 7 WHERE id = 1;", "stories"),
        ("UPDATE revisions SET story_id = 7;", "revisions"),
        ("INSERT INTO story_keys (key, story_id) VALUES ('url:x', 7);", "story_keys"),
        ("DROP TABLE subjects;", "stories"),
        ("CREATE TABLE more (story INTEGER REFERENCES stories (id)) STRICT;\nINSERT INTO more VALUES (7);", "more"),
        ("ALTER TABLE feeds ADD COLUMN story INTEGER REFERENCES stories (id) DEFAULT 7;", "feeds"),
        (
            """CREATE TABLE fresh (id INTEGER PRIMARY KEY) STRICT;
            DROP TABLE stories;
            ALTER TABLE fresh RENAME TO stories;""",
            "revisions",
        ),
        (
            """CREATE TRIGGER gone AFTER UPDATE ON feeds BEGIN DELETE FROM stories; END;
            UPDATE feeds SET etag = 'x';
            DROP TRIGGER gone;""",
            "revisions",
        ),
        ("CREATE INDEX seen ON revisions (seen_at);\nDELETE FROM stories;", "revisions"),
    ],
)
def test_a_step_that_breaks_a_reference_is_refused_and_undone_and_the_one_before_it_stays(stepped, script, table):
    with pytest.raises(StoreError, match=f"9999_told: the table {table} refers to a row that is not there"):
        stepped.take(script)
    connection = stepped.writer.raw
    assert applied(connection) == {*NAMES, NOTED}
    assert not connection.in_transaction
    assert connection.execute("SELECT count(*) FROM subjects s JOIN stories USING (id)").fetchone()[0] == 1
    assert not connection.execute("PRAGMA foreign_key_check").fetchone()
    assert stepped.take("CREATE INDEX seen ON revisions (seen_at);") == []


@pytest.mark.parametrize(
    ("script", "tables"),
    [
        ("CREATE INDEX seen ON revisions (seen_at);", set()),
        ("CREATE TABLE more (name TEXT) STRICT;\nINSERT INTO more VALUES ('x');", set()),
        ("UPDATE revisions SET note = 'x';", {"revisions", "message_stories", "issue_lines", "mailings"}),
        ("DELETE FROM alerts;", {"alerts"}),
    ],
)
def test_a_step_reads_only_the_tables_that_it_can_have_broken(stepped, script, tables):
    checked = stepped.take(script)
    assert set(checked) == tables
    assert len(checked) == len(tables)
    assert applied(stepped.writer.raw) == {*NAMES, NOTED, TOLD}
