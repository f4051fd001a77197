"""What pages ask of a store: found by indexes however much is in it, and the same as counting it all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from distributor.calls import dispatch
from distributor.calls.delivery.looking import deliveries
from distributor.keys import passwords
from distributor.model import State
from distributor.rules.mail.receipts import Fate, summed
from distributor.store import migrations
from distributor.store.codes import STATES
from distributor.store.connection import open_reader, open_writer, queries
from distributor.store.ledger import tally
from distributor.store.ledger.tally import Tally
from distributor.store.mail.choices import Choices
from distributor.store.opening import FILE
from distributor.store.readers import Readers
from distributor.web.desk.frame import HOME, ROOMS
from distributor.web.desk.now import LISTS
from distributor.web.opening import desk_routes
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import NOON, store_with

#: Tables that grow with what was published or with who reads it.
GREAT = frozenset(
    """
    attempts charges consents deliveries events issue_stories message_stories messages returns revisions stories
    story_keys subjects subscribers subscriptions
    """.split()  # noqa: SIM905 - readable
)
#: Their indexes of what is rare: those may be read whole.
RARE = frozenset(
    """
    deliveries_due deliveries_leased deliveries_planned deliveries_trouble deliveries_unrouted deliveries_waiting
    returns_unknown revisions_told subscriptions_unconfirmed
    """.split()  # noqa: SIM905 - readable
)
#: Statements that read a table from its end and stop when they have enough.
FROM_THE_END = [
    ("deliveries", "list"),
    ("events", "latest"),
    ("events", "head"),
    ("stories", "newest"),
    ("bounces", "list"),
    # until so many are found; words of one or two characters, which no index knows
    ("dossier", "found"),
]
#: Calls that pages are made of, beside those of the rooms themselves.
CALLS: Mapping[str, Mapping[str, Any]] = {
    "now": {},
    "handover": {"hours": 24},
    "channels": {},
    "feeds": {},
    "alerts": {},
    "stops": {},
    "held": {},
    "upcoming": {},
    "deliveries": {},
    "status": {},
    "where": {"url": "https://news.example.org/politics/story-1/"},
    "story": {"url": "https://news.example.org/politics/story-1/"},
    "stories": {"words": "headline"},
    "issue_list": {},
    "reader_export": {"reader": 1},
    "digest_preview": {"name": "morning"},
    "corrections": {},
    "bounces": {},
}
SCHEMA = Path(migrations.__file__).parent / "schema"
PASSWORD = "a long and quiet river"


@pytest.fixture
def asked(monkeypatch):
    """Every statement that is read with, and its arguments."""
    found = {}
    query = Readers.query

    def noted(self, sql, params=()):
        found[sql] = params
        return query(self, sql, params)

    monkeypatch.setattr(Readers, "query", noted)
    return found


def whole_reads(connection, sql, params):
    """The lines of a statement's plan that read the whole of a great table."""
    names = {alias: table for table, alias in re.findall(r"(?:FROM|JOIN) (\w+) (?:AS )?(\w+)", sql)}
    plan = [row["detail"] for row in connection.query(f"EXPLAIN QUERY PLAN {sql}", params)]
    for line in plan:
        found = re.match(r"(?:SCAN|SEARCH(?= \w+ USING AUTOMATIC)) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", line)
        if not found:
            continue
        table, index = names.get(found[1], found[1]), found[2] or ""
        if table in GREAT and index not in RARE:
            yield line


def test_no_page_reads_a_great_table_whole(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(passwords, "USUAL", cheapest := passwords.Cost(memory=8, passes=1))
    monkeypatch.setattr(passwords.lock_up, "__defaults__", (cheapest,))
    app = told_app(tmp_path, config=CONFIG + '[desk]\nname = "Northern Wire"\nzone = "Europe/Minsk"\n')
    app.ingesters["politics"].run_once(NOON)
    told = {"who": "root", "through": "command line", "name": "Olga", "role": "operator", "password": PASSWORD}
    dispatch(app, "user_add", told)
    site = make_site(desk_routes(app, lambda name, args: dispatch(app, name, args)))
    browser = TestClient(site, base_url="http://127.0.0.1:8464")
    own = {"sec-fetch-site": "same-origin"}
    browser.post("/desk/login", data={"name": "Olga", "password": PASSWORD, "next": HOME}, headers=own)
    app.store.subscribers.subscribe("anna@example.org", ["morning"], now=NOON)
    for name, args in CALLS.items():
        dispatch(app, name, args)
    for path in [*ROOMS.values(), *(f"{HOME}/list/{name}" for name in LISTS)]:
        assert browser.get(path).status_code == 200, path
    app.close()
    reader = open_reader(app.store.folder / FILE)
    endless = {queries(file)[name] for file, name in FROM_THE_END}
    wrong = {sql: lines for sql, params in asked.items() if (lines := list(whole_reads(reader, sql, params)))}
    reader.close()
    assert len(asked) > 30
    assert [(sql, lines) for sql, lines in wrong.items() if sql not in endless] == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM deliveries d",
        "SELECT count(*) FROM deliveries",
        "SELECT u.zone FROM stories s JOIN subscribers u",
        "SELECT 1 FROM channels c CROSS JOIN events e ON e.actor = c.name",
    ],
)
def test_a_statement_that_does_is_noticed(tmp_path, sql):
    store_with(tmp_path, "x").close()
    reader = open_reader(tmp_path / FILE)
    assert list(whole_reads(reader, sql, ()))
    reader.close()


OPEN = [number for number, state in enumerate(STATES) if state in (State.PLANNED, State.DUE, State.HELD)]
#: What happens to a ledger: rows come, those that wait or are in doubt move on, what no route took goes.
STEPS = st.lists(
    st.tuples(st.sampled_from(["plan", "skip", "unroute", "move", "doubt", "count"]), st.integers(0, 30)), max_size=40
)


def test_a_tally_that_is_held_up_asks_for_more_only_when_it_may_get_it(tmp_path, asked, monkeypatch):
    monkeypatch.setattr(tally, "STEP", 3)
    monkeypatch.setattr(tally, "MOST_OPEN", 2)
    store_with(tmp_path, "x", "y").close()
    further, counts = queries("deliveries")["settled"], []
    with closing(open_writer(tmp_path / FILE)) as writer:
        readers = Readers(lambda: open_reader(tmp_path / FILE))
        writer.run("INSERT INTO subjects (id, kind) VALUES (1, 1)")
        writer.run("INSERT INTO messages (id, hash, content, created_at) VALUES (1, zeroblob(32), '{}', 0)")
        for number in range(8):  # four that wait, and four that have ended behind them
            _happen(writer, "plan", 0, number)
        writer.run("UPDATE deliveries SET state = 4, ended_at = 1, message_id = 1, started_at = 1 WHERE id > 4")
        book = Tally(readers)
        for ended in (0, 0, 1, 2, 4, 4):
            writer.run(
                "UPDATE deliveries SET state = 4, ended_at = 1, message_id = 1, started_at = 1 WHERE id <= ?", (ended,)
            )
            asked.clear()
            assert _plain(book.counts()) == _whole(writer)
            counts.append(further in asked)
        readers.close()
    assert counts == [True, False, False, True, True, False]


@settings(max_examples=20)
@given(STEPS)
def test_what_is_counted_in_parts_is_what_counting_it_all_gives(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("tally")
    store_with(folder, "x", "y").close()
    writer, readers = open_writer(folder / FILE), Readers(lambda: open_reader(folder / FILE))
    writer.run("PRAGMA synchronous = OFF")
    writer.run("INSERT INTO subjects (id, kind) VALUES (1, 1)")
    writer.run("INSERT INTO messages (id, hash, content, created_at) VALUES (1, zeroblob(32), '{}', 0)")
    book, kept = Tally(readers), (tally.STEP, tally.MOST_OPEN)
    tally.STEP, tally.MOST_OPEN = 3, 4
    try:
        for number, (step, which) in enumerate(steps):
            _happen(writer, step, which, number)
            if step == "count":
                assert _plain(book.counts()) == _whole(writer)
        assert _plain(book.counts()) == _whole(writer) == _plain(book.counts())
    finally:
        tally.STEP, tally.MOST_OPEN = kept
        readers.close()
        writer.close()


_ADD = """INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, due_at, planned_at, reason, ended_at)
          VALUES (1, :channel, :number, 0, :state, 0, 0, 'told', :ended)"""
_PICK = "(SELECT id FROM deliveries WHERE {} ORDER BY id LIMIT 1 OFFSET :which % 5)"
_STEPS = {
    "plan": (_ADD, {"state": 0, "ended": None}),
    "skip": (_ADD, {"state": 7, "ended": None}),
    "unroute": (f"DELETE FROM deliveries WHERE id = {_PICK.format('state = 7 AND ended_at IS NULL')}", {}),
    "move": (
        f"""UPDATE deliveries SET state = CASE :which % 3 WHEN 0 THEN 4 WHEN 1 THEN 5 ELSE 7 END, ended_at = 1,
            message_id = 1, started_at = 1 WHERE id = {_PICK.format("state = 0 OR state = 6")}""",
        {},
    ),
    "doubt": (f"UPDATE deliveries SET state = 6 WHERE id = {_PICK.format('state = 0')}", {}),
}


def _happen(writer, step, which, number):
    if step in _STEPS:
        sql, more = _STEPS[step]
        fields = {"channel": which % 2 + 1, "number": number, "which": which, **more}
        writer.run(sql, {name: value for name, value in fields.items() if f":{name}" in sql})


def _plain(counts):
    return {key: n for key, n in counts.items() if n}


def _whole(writer):
    rows = writer.query("SELECT channel_id, state, count(*) AS n FROM deliveries GROUP BY 1, 2")
    return {(row["channel_id"], row["state"]): row["n"] for row in rows}


def test_counts_of_a_ledger_that_grows_are_told_by_channel_and_state(tmp_path, monkeypatch):
    monkeypatch.setattr(tally, "STEP", 0)
    app = told_app(tmp_path)
    app.ingesters["politics"].run_once(NOON)
    assert deliveries(app)["counts"] == {"x": {"planned": 1}, "y": {"planned": 1}}
    app.deliverers["x"].run_once()
    found = deliveries(app)["counts"]
    assert found == {"x": {"sent": 1}, "y": {"planned": 1}}
    assert deliveries(app)["counts"] == found
    app.close()


_MAILS = """INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, due_at, planned_at, started_at,
                                    ended_at, message_id, reason, doubts)
            SELECT 1, 1, value, 0, iif(value % 4, 4, 6), 0, 0, 0, 0, 1, 'told', 1 FROM json_each('[1,2,3,4,5,6,7,8]')"""


def test_the_mails_of_a_closed_issue_are_counted_once_and_again_when_a_doubt_is_settled(tmp_path, asked):
    store = store_with(tmp_path, "mail")
    with closing(open_writer(tmp_path / FILE)) as writer:
        writer.run("INSERT INTO subjects (id, kind) VALUES (1, 2)")
        writer.run("INSERT INTO messages (id, hash, content, created_at) VALUES (1, zeroblob(32), '{}', 0)")
        writer.run("""INSERT INTO issues (id, digest, slot, slot_at, state, window_from, window_to, opened_at, snapshot)
                      VALUES (1, 'morning', 'today', 0, 'open', 0, 0, 0, 9)""")
        writer.run(_MAILS)
        assert store.issues.close_done(NOON) == [1]
        assert store.control.fates(1) == {Fate.ACCEPTED: 6, Fate.UNKNOWN: 2}
        asked.clear()
        assert store.deliveries.subject_counts(1) == {State.SENT: 6, State.UNKNOWN: 2}
        assert store.control.fates(1) == {Fate.ACCEPTED: 6, Fate.UNKNOWN: 2}
        assert not asked.keys() & {queries("deliveries")["subject_counts"], queries("control")["receipt"]}
        writer.run("UPDATE deliveries SET state = 4 WHERE recipient = 8")
    assert store.deliveries.subject_counts(1) == {State.SENT: 7, State.UNKNOWN: 1}
    assert store.control.fates(1) == {Fate.ACCEPTED: 7, Fate.UNKNOWN: 1}
    store.close()


def test_what_closings_have_counted_before_is_taken_from_their_events(tmp_path):
    store_with(tmp_path, "mail").close()
    with closing(open_writer(tmp_path / FILE)) as writer:
        writer.run("INSERT INTO subjects (id, kind) VALUES (1, 2), (2, 2)")
        for issue in (1, 2):
            writer.run(
                """INSERT INTO issues (id, digest, slot, slot_at, state, window_from, window_to, opened_at, snapshot)
                   VALUES (:issue, 'morning', 'slot ' || :issue, 0, 'closed', 0, 0, 0, 9)""",
                {"issue": issue},
            )
        told = [(1, '{"counts": {"sent": 3}}'), (2, "long ago")]
        writer.run_many("INSERT INTO events (at, kind, subject_id, detail) VALUES (0, 'closed', ?, ?)", told)
        migration = (SCHEMA / "0028_counted.sql").read_text("utf-8")
        writer.run(re.findall(r"UPDATE issues SET counts.*?;", migration, re.DOTALL)[0])
        rows = writer.query("SELECT id, counts FROM issues ORDER BY id")
        assert [(row["id"], row["counts"]) for row in rows] == [(1, '{"sent":3}'), (2, None)]


#: What readers do: who, what, and with which choice.
DEEDS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["confirm", "leave", "choose", "zone", "erase"]),
        st.sampled_from(["morning", "evening"]),
        st.sampled_from([None, "daily"]),
        st.sampled_from(["", "Europe/Minsk"]),
        st.sampled_from([None, 3]),
    ),
    max_size=25,
)
_WAYS = {
    "confirm": """INSERT INTO subscriptions (subscriber_id, topic, state, created_at, confirmed_at)
                  VALUES (:who, :topic, 'confirmed', 0, 0)
                  ON CONFLICT (subscriber_id, topic) DO UPDATE SET state = 'confirmed'""",
    "leave": "UPDATE subscriptions SET state = 'unsubscribed' WHERE subscriber_id = :who AND topic = :topic",
    "choose": """UPDATE subscriptions SET rhythm = :rhythm, weekday = :weekday, sections = '["Sport"]'
                 WHERE subscriber_id = :who AND topic = :topic""",
    "zone": "UPDATE subscribers SET zone = :zone, language = substr(:zone, 1, 2) WHERE id = :who",
    "erase": "DELETE FROM subscriptions WHERE subscriber_id = :who",
}
_CHOSEN = """SELECT p.rhythm, p.weekday, u.zone, p.sections, u.language, count(*) AS n
             FROM subscriptions p JOIN subscribers u ON u.id = p.subscriber_id
             WHERE p.topic = ? AND p.state = 'confirmed' GROUP BY 1, 2, 3, 4, 5"""


@settings(max_examples=20)
@given(DEEDS)
def test_every_choice_of_readers_is_known_by_its_own_changes(tmp_path_factory, deeds):
    folder = tmp_path_factory.mktemp("choices")
    store_with(folder, "mail").close()
    writer, readers = open_writer(folder / FILE), Readers(lambda: open_reader(folder / FILE))
    writer.run("PRAGMA synchronous = OFF")
    for who in (1, 2, 3):
        writer.run("INSERT INTO subscribers (id, address, created_at) VALUES (?, ? || '@example.org', 0)", (who, who))
    for who, way, topic, rhythm, zone, weekday in deeds:
        fields = {"who": who, "topic": topic, "rhythm": rhythm, "zone": zone, "weekday": weekday}
        writer.run(_WAYS[way], {name: value for name, value in fields.items() if f":{name}" in _WAYS[way]})
    for topic in ("morning", "evening"):
        rows = writer.query(_CHOSEN, (topic,))
        found = Choices(readers).wishes(topic, multilingual=True)
        assert [(one.rhythm, one.weekday, one.zone, one.sections, one.language) for one in found] == [
            (row["rhythm"], row["weekday"], row["zone"], row["sections"], row["language"]) for row in rows
        ]
        counted = writer.query("SELECT n FROM choices WHERE topic = ? AND n > 0", (topic,))
        assert sorted(row["n"] for row in counted) == sorted(row["n"] for row in rows)
    readers.close()
    writer.close()


_STATES_OF_MAILS = """INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, due_at, planned_at,
                                              started_at, ended_at, message_id, reason, held_by, lease_owner,
                                              lease_until)
    SELECT 1, 1, value, 0, (value - 1) % 8, 0, 0, iif((value - 1) % 8 > 2, 0, NULL), iif((value - 1) % 8 > 3, 0, NULL),
           iif((value - 1) % 8 > 2, 1, NULL), iif((value - 1) % 8 = 7, 'the reader has left', 'told'),
           iif((value - 1) % 8 = 2, 'stop', ''), iif((value - 1) % 8 = 3, 7, NULL),
           iif((value - 1) % 8 = 3, 0, NULL)
    FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,29]')"""
_CAME_BACK = """INSERT INTO returns (remote_id, at, source, kind, delivery_id, class, action)
    SELECT kind || which || id, 0, 'mailbox in', kind, id, 'dead', 'none'
    FROM (SELECT d.id, json_extract(x.value, '$[0]') AS kind, x.key AS which FROM deliveries d, json_each(:returns) x
          WHERE d.recipient = json_extract(x.value, '$[1]'))"""


def test_a_list_says_of_an_issue_under_way_what_its_receipt_says(tmp_path):
    store = store_with(tmp_path, "mail")
    returns = [("bounce", 5), ("bounce", 5), ("complaint", 5), ("complaint", 13), ("autoreply", 21), ("bounce", 6)]
    with closing(open_writer(tmp_path / FILE)) as writer:
        writer.run("INSERT INTO subjects (id, kind) VALUES (1, 2)")
        writer.run("INSERT INTO messages (id, hash, content, created_at) VALUES (1, zeroblob(32), '{}', 0)")
        writer.run("""INSERT INTO issues (id, digest, slot, slot_at, state, window_from, window_to, opened_at, snapshot)
                      VALUES (1, 'morning', 'today', 0, 'open', 0, 0, 0, 9)""")
        assert store.control.fates(1) == {}
        writer.run(_STATES_OF_MAILS)
        writer.run(_CAME_BACK, {"returns": json.dumps(returns)})
    found = store.control.fates(1)
    assert found == summed(store.control.receipt(1)[0])[0].fates
    assert found == {Fate.ACCEPTED: 3, Fate.BOUNCED: 4, Fate.RETRYING: 12, Fate.UNKNOWN: 3, Fate.EXCLUDED: 3}
    store.close()
