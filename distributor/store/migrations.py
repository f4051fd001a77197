"""Schema versions, through sqlite-utils: append-only, each in a transaction, under the store's lock. Moves no story.

``executescript`` is never used: it commits behind the migration's back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from distributor.errors import StoreDamaged, StoreError, StoreForeign, StoreTooNew
from distributor.store.connection import damage_in, open_reader, translated

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

#: "dist" in ASCII; marks the file as ours (SQLite file format, section 1.3.5).
APPLICATION_ID = 0x64697374
#: Where it stands in the file.
MARK_AT = 68
#: The file beside a store that ran live (``store.file.marker`` writes it).
MARKER = "marker"
#: Append only; a released name never changes.
NAMES = (
    "0001_house",
    "0002_fate",
    "0003_desk",
    "0004_left_over",
    "0005_reading",
    "0006_corrections",
    "0007_lint",
    "0008_edits",
    "0009_pictures",
    "0010_preflight",
    "0011_push",
    "0012_newsletters",
    "0013_readers",
    "0014_clicks",
    "0015_segments",
    "0016_relays",
    "0017_returns",
    "0018_issue_control",
    "0019_people",
    "0020_at_a_glance",
    "0021_audience",
    "0022_stopped",
    "0023_later_texts",
    "0024_hooks",
    "0025_editorials",
    "0026_for_somebody",
    "0027_vouched",
    "0028_counted",
    "0029_words",
    "0030_let_go",
    "0031_had",
    "0032_said",
    "0033_unproven",
    "0034_shadowed",
)

_SET = "distributor"
#: What changes a table of which the name comes first (sqlite.org/c3ref/c_alter_table.html).
_WRITTEN = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE, sqlite3.SQLITE_DROP_TABLE)
#: The tables whose references may have broken where some (a JSON array) were touched: these, and those that refer to
#: them. A store of years is read for minutes otherwise, for an index that was added.
_IN_DANGER = """\
SELECT DISTINCT t.name FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f
JOIN json_each(?) touched ON lower(touched.value) IN (lower(t.name), lower(f."table")) WHERE t.type = 'table'
"""


def inspect(path: Path) -> None:
    """Look whether the file is ours to open, changing nothing that was finished; a missing or empty one is.

    Raises StoreForeign for a file of someone else, StoreTooNew for one written by a newer distributor, StoreDamaged for
    a store of ours that cannot be read any more.
    """
    if not path.exists() or not path.stat().st_size:
        return
    try:
        try:
            _refuse(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            _undo(path)
            _refuse(path)
    except StoreDamaged as error:
        raise _unreadable(path, error) from error
    except sqlite3.DatabaseError as error:  # it may well be ours
        if (found := damage_in(error)) is not None:
            raise _unreadable(path, found) from error
        raise translated(error, "opened") from error


def _unreadable(path: Path, found: StoreDamaged) -> StoreError:
    """What is said of a file that SQLite cannot read: one of ours still tells by its first page, or by its neighbour.

    Another folder is advised for none: an empty store there would know nothing of what was sent.
    """
    with path.open("rb") as file:
        mark = file.read(MARK_AT + 4)[MARK_AT:]
    if mark == APPLICATION_ID.to_bytes(4, "big") or (path.parent / MARKER).exists():
        return found
    return StoreForeign(
        f"{path} is not a distributor store, or it is damaged ({found.found}); "
        "if it was one, put the latest backup in its place: distributor restore FILE"
    )


def _refuse(path: Path) -> None:
    with closing(open_reader(path)) as connection:
        _refuse_foreign(connection.raw, path)
        _refuse_newer(connection.raw, path)


def _undo(path: Path) -> None:
    """Undo the change that a kill cut short; whoever may only read cannot (sqlite.org/lockingv3.html, section 4)."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("SELECT name FROM sqlite_schema").fetchall()


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema up to date. The caller holds the store's lock and has inspected the file.

    A table that others refer to can only be built anew with foreign keys off (sqlite.org/lang_altertable.html,
    section 7); each step checks those that it can have broken before it commits. The caller closes the connection
    afterwards. Raises StoreError for a step that would leave a broken one: it is rolled back, and stays to be taken.
    """
    if applied(connection) == set(NAMES):
        return  # as at nearly every start: sqlite-utils, a quarter of a second of imports, is not even loaded
    from sqlite_utils import Database

    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA foreign_keys = OFF")
    _migrations().apply(Database(connection))


def applied(connection: sqlite3.Connection) -> set[str]:
    """The steps that a database has taken."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = '_sqlite_migrations'").fetchone():
        return set()
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (_SET,)).fetchall()
    return {row[0] for row in rows}


def statements(sql: str) -> Iterator[str]:
    """The single statements of a script, in order."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""


def _migrations() -> Migrations:
    from sqlite_utils.migrations import Migrations

    found = Migrations(_SET)
    for name in NAMES:
        found(name=name)(_step(name, _script(name)))
    return found


def _script(name: str) -> str:
    return (files("distributor.store") / "schema" / f"{name}.sql").read_text("utf-8")


def _step(name: str, script: str):  # type: ignore[no-untyped-def]
    def step(database: Database) -> None:
        touched = _run(database.conn, script)
        for (table,) in database.execute(_IN_DANGER, (json.dumps(sorted(touched)),)).fetchall():
            if database.execute(f"PRAGMA foreign_key_check([{table}])").fetchone():
                raise StoreError(f"{name}: the table {table} refers to a row that is not there; nothing was changed")

    step.__name__ = name
    return step


def _run(connection: sqlite3.Connection, script: str) -> set[str]:
    """Run a script; the tables that it made, altered, dropped, or has written to, as SQLite itself tells."""
    before, touched = _tables(connection), set[str]()

    def told(act: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
        name = second if act == sqlite3.SQLITE_ALTER_TABLE else first if act in _WRITTEN else None
        touched.add(name or "")
        return sqlite3.SQLITE_OK

    connection.set_authorizer(told)
    try:
        for statement in statements(script):
            connection.execute(statement)
    finally:
        connection.set_authorizer(None)
    return touched | (_tables(connection) - before)  # a table that was renamed has its new name only here


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if mark != APPLICATION_ID and (mark or tables):
        raise StoreForeign(f"{path} belongs to another program; name another folder in [store]")


def _refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    newer = sorted(applied(connection) - set(NAMES))
    if newer:
        raise StoreTooNew(f"{path} was written by a newer distributor ({', '.join(newer)}); install that version")
