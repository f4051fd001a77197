"""The ledger stays fast however long it grows: SQLite's own plans of the statements that run all day."""

import pytest

from distributor.store.connection import open_reader, queries
from distributor.store.opening import FILE
from tests.support import store_with

#: by file: what lanes and chores ask again and again
HOT = {
    "deliveries": (
        "turn",
        "places",
        "fall_due",
        "let_go",
        "claim_due",
        "start",
        "record",
        "message_hashes",
        "orphans",
        "give_back",
        "release_held",
        "next_due",
        "answers_of",
    ),
    "holds": ("put_on_hold", "drop", "hurry", "reconsider", "waiting_for_somebody"),
    "conditions": ("lapsed", "rows", "of", "go", "wait", "unanswered"),
    "stops": ("in_force", "waiting", "waiting_of", "stop_these", "piled_up"),
    "issues": ("closable", "horizon", "served"),
    "control": (
        "in_hand",
        "holding",
        "waiting",
        "held",
        "unsent",
        "put_aside",
        "let_go",
        "drop",
        "evidence",
        "came_back",
        "fates",
    ),
    "audience": ("said",),
    "revisions": ("standing", "mailed", "mails", "roundups"),
    "shift": ("open",),
    "dossier": ("waiting", "unknown", "changed", "mailed"),
    "segments": ("unwritten", "members", "all_members", "move"),
    "choices": ("wishes", "footing", "mailed", "waiting_in", "open_issues"),
    "stories": ("known", "get", "some", "newest", "candidates", "undecided", "looked_at", "brought_after"),
    "subscribers": ("at_the_wire",),
    "proof": ("span",),
}


@pytest.mark.parametrize(("file", "name"), [(file, name) for file, names in HOT.items() for name in names])
def test_what_runs_all_day_never_reads_the_whole_ledger(tmp_path, file, name):
    store_with(tmp_path, "x").close()
    connection = open_reader(tmp_path / FILE)
    sql = queries(file)[name]
    marks = sql.count("?")
    values = ["1"] * marks if marks else Anything()
    plan = [row["detail"] for row in connection.query(f"EXPLAIN QUERY PLAN {sql}", values)]
    connection.close()
    scanned = {detail for detail in plan if detail.startswith(("SCAN deliveries", "SCAN d ", "SCAN s ", "SCAN u "))}
    assert plan
    assert not scanned
    assert not [detail for detail in plan if "AUTOMATIC" in detail], "an index of a whole table, made for one question"


class Anything(dict[str, int]):
    """A value for every name."""

    def __missing__(self, key):
        return 1


@pytest.mark.parametrize(
    ("file", "name", "index"),
    [
        ("deliveries", "waiting", "deliveries_due"),
        ("deliveries", "started_lately", "deliveries_posted"),
        ("weeks", "queue", "deliveries_let_go"),
        ("weeks", "queue", "deliveries_failed"),
        ("issues", "waiting_roundup", "deliveries_due"),
        ("issues", "waiting_roundup", "deliveries_waiting"),
        ("stories", "rhythm", "stories_rhythm"),
        ("holds", "reconsider", "deliveries_trouble"),
        ("segments", "members", "subscriptions_choice"),
        ("segments", "all_members", "subscriptions_topic"),
        ("choices", "mailed", "deliveries_had"),
        ("dials", "mails", "deliveries_mailed"),
        ("dials", "forget_answers", "deliveries_mailed"),
        ("dials", "forget_reasons", "deliveries_mailed"),
        ("bounces", "lately", "deliveries_mailed"),
        ("deliveries", "closed_counts", "deliveries_doubtful"),
        ("proof", "span", "sqlite_autoindex_deliveries_1 (subject_id=?)"),
        ("choices", "open_issues", "issues_open"),
        ("stories", "candidates", "issues_opened"),
        ("stories", "undecided", "stories_seen"),
    ],
)
def test_what_the_gates_ask_is_answered_by_its_index(tmp_path, file, name, index):
    store_with(tmp_path, "x").close()
    connection = open_reader(tmp_path / FILE)
    sql = queries(file)[name]
    values = ["1"] * sql.count("?") if "?" in sql else Anything()
    plan = [row["detail"] for row in connection.query(f"EXPLAIN QUERY PLAN {sql}", values)]
    connection.close()
    assert any(f"INDEX {index}" in detail for detail in plan), plan


def test_what_readers_had_is_read_from_the_index_alone(tmp_path):
    store_with(tmp_path, "x").close()
    connection = open_reader(tmp_path / FILE)
    plan = [row["detail"] for row in connection.query(f"EXPLAIN QUERY PLAN {queries('choices')['mailed']}", Anything())]
    connection.close()
    assert any("USING COVERING INDEX deliveries_had (recipient=? AND planned_at>?)" in detail for detail in plan), plan
