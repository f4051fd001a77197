"""The ledger's promises, on the real database."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.errors import RateLimited, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.interfaces import Validators
from distributor.model import (
    Act,
    Change,
    ChangeKind,
    ChannelPolicy,
    Drop,
    Message,
    PubStatus,
    Receipt,
    Rendered,
    SendAgain,
    State,
    Window,
)
from distributor.rules.fate.lifecycle import MOVES, decide
from distributor.rules.queue.gates import Gates
from distributor.rules.story.identity import changes
from distributor.store.codes import STATES
from tests.support import NOON, article, intent, store_with

LEASE = timedelta(minutes=1)


@pytest.fixture
def store(tmp_path):
    found = store_with(tmp_path, "x", "mail")
    yield found
    found.close()


def plan(store, intents, number=1):
    """One story with its deliveries; its id."""

    def planner(known, _):
        return [(change, intents) for change in changes([article(number)], known)]

    store.stories.ingest("politics", (), planner, validators=Validators(), baseline=False, now=NOON)
    return store.stories.latest(1)[0].id


def rendered(entry, story, text="hello"):
    return Rendered(delivery_id=entry.id, message=Message(text=text), carried=((story, 0),))


def claim(store, channel="x", now=NOON, limit=10):
    return store.deliveries.claim_due(channel, now=now, limit=limit, lease=LEASE)


def states(store, story):
    return [one.state for one in store.deliveries.of_subject(story)]


def started(store, story, now=NOON):
    (entry,) = claim(store, now=now, limit=1)
    assert store.deliveries.start([rendered(entry, story)], now=now, lease=LEASE)
    return entry


def answer(store, entry, outcome, now=NOON):
    store.deliveries.record("x", [(entry, decide(outcome, tries=entry.attempts + 1, now=now))], now=now)


def test_a_claim_starts_and_ends_with_the_receipt_on_record(store):
    story = plan(store, [intent()])
    entry = started(store, story)
    answer(store, entry, Receipt(remote_id="7", url="https://x.test/7"))
    (done,) = store.deliveries.of_subject(story)
    assert (done.state, done.remote_id, done.url, done.attempts) == (State.SENT, "7", "https://x.test/7", 1)
    assert done.reason == "route all"
    assert store.deliveries.message(done.message_id or 0).text == "hello"


def test_a_row_is_claimed_once_until_its_lease_runs_out(store):
    plan(store, [intent()])
    assert len(claim(store)) == 1
    assert not claim(store)
    assert len(claim(store, now=NOON + LEASE)) == 1


def test_a_row_behind_a_gate_is_claimed_once_until_its_lease_runs_out(store):
    plan(store, [intent()])
    gates = Gates(ChannelPolicy(most_per_hour=5))

    def behind_the_gate(now):
        return store.deliveries.claim_due("x", now=now, limit=10, lease=LEASE, gate=gates)

    assert len(behind_the_gate(NOON)) == 1
    assert behind_the_gate(NOON + LEASE - timedelta(seconds=1)) == []
    assert len(behind_the_gate(NOON + LEASE)) == 1


def test_a_great_issue_falls_due_in_parts_and_what_is_urgent_first(store):
    many = [intent(recipient=reader, priority=6) for reader in range(1, 500)]
    story = plan(store, [*many, intent(recipient=500, priority=1, due_at=NOON + timedelta(seconds=1))])
    later = NOON + timedelta(seconds=1)
    assert [one.recipient for one in claim(store, now=later, limit=1)] == [500]
    assert states(store, story).count(State.DUE) == 200
    taken = 0
    while rows := claim(store, now=later, limit=50):
        taken += len(rows)
    assert taken == 499


def test_a_claim_whose_lease_has_run_out_can_no_longer_start(store):
    story = plan(store, [intent()])
    (entry,) = claim(store)
    assert not store.deliveries.start([rendered(entry, story)], now=NOON + LEASE, lease=LEASE)
    assert states(store, story) == [State.DUE]


def test_the_late_answer_of_a_try_that_was_given_up_does_not_speak_for_the_next_one(store):
    story = plan(store, [intent()])
    first = started(store, story)
    later = NOON + 2 * LEASE
    assert store.deliveries.expire(later) == 1
    (doubt,) = store.doubts.to_look("x", now=later + LEASE)
    store.doubts.settle([(doubt, SendAgain(at=later, reason="it is not there"))], now=later, actor="verifier")
    second = started(store, story, now=later)
    refused = decide(Unavailable("no route"), tries=1, now=later)
    store.deliveries.record("x", [(first, refused)], now=later)
    assert states(store, story) == [State.SENDING]
    store.deliveries.record("x", [(second, decide(Receipt(), tries=1, now=later))], now=later)
    assert states(store, story) == [State.SENT]


def test_planning_the_same_delivery_again_changes_nothing(store):
    story = plan(store, [intent(), intent()])
    assert len(store.deliveries.of_subject(story)) == 1


def test_a_delivery_waits_for_its_instant(store):
    plan(store, [intent(due_at=NOON + timedelta(hours=1))])
    assert not claim(store)
    assert store.deliveries.next_due("x") == NOON + timedelta(hours=1)
    assert claim(store, now=NOON + timedelta(hours=1))


def test_the_most_urgent_leaves_first(store):
    plan(store, [intent(priority=5, part=1), intent(priority=1, part=2), intent(priority=3, part=3)])
    assert [entry.part for entry in claim(store)] == [2, 3, 1]


def test_a_rate_limit_sends_the_row_back_and_holds_the_whole_channel_until_then(store):
    story = plan(store, [intent(), intent(part=1)])
    entry = started(store, story)
    answer(store, entry, RateLimited("flood", retry_after=timedelta(hours=12)))
    assert states(store, story)[0] is State.DUE
    assert not claim(store, now=NOON + timedelta(hours=11))
    again = claim(store, now=NOON + timedelta(hours=12))
    assert [one.attempts for one in again] == [0, 0]
    assert store.deliveries.next_due("x") is None


def test_a_failure_to_connect_counts_as_a_try(store):
    story = plan(store, [intent()])
    answer(store, started(store, story), Unavailable("refused"))
    (entry,) = claim(store, now=NOON + timedelta(seconds=5))
    assert entry.attempts == 1
    assert entry.reason == "refused"


def test_the_first_start_stays_on_record_through_retries(store):
    story = plan(store, [intent()])
    answer(store, started(store, story), Unavailable("refused"))
    later = NOON + timedelta(minutes=1)
    (entry,) = claim(store, now=later)
    assert store.deliveries.start([rendered(entry, story)], now=later, lease=LEASE) == {entry.id: NOON}


@pytest.mark.parametrize(
    ("outcome", "state"), [(Rejected("too long"), State.FAILED), (UnknownOutcome("no answer"), State.UNKNOWN)]
)
def test_what_failed_or_is_unknown_says_why_and_is_never_claimed_again(store, outcome, state):
    story = plan(store, [intent()])
    answer(store, started(store, story), outcome)
    (entry,) = store.deliveries.of_subject(story)
    assert (entry.state, entry.reason) == (state, str(outcome))
    assert not claim(store, now=NOON + timedelta(days=30))


def test_wrong_credentials_pause_the_channel_once_and_keep_its_rows(store):
    story = plan(store, [intent(), intent(part=1)])
    answer(store, started(store, story), Unauthorized("bad token"))
    assert not claim(store, now=NOON + timedelta(days=1))
    assert states(store, story) == [State.DUE, State.DUE]
    row = next(row for row in store.deliveries.channels() if row["name"] == "x")
    assert row["paused_reason"] == "bad token"
    assert [event["kind"] for event in store.deliveries.events()] == ["paused"]
    assert store.deliveries.resume("x", NOON)
    assert not store.deliveries.resume("x", NOON)
    assert len(claim(store, now=NOON)) == 1  # one is tried
    assert [event["kind"] for event in store.deliveries.events()] == ["resumed", "paused"]


def test_a_dead_owners_row_at_the_wire_becomes_unknown_and_its_claim_becomes_free(tmp_path):
    first = store_with(tmp_path, "x")
    story = plan(first, [intent(), intent(part=1)])
    started(first, story)
    claim(first)
    first.close()
    second = store_with(tmp_path, "x")
    assert second.deliveries.recover(NOON) == 1
    assert states(second, story) == [State.UNKNOWN, State.DUE]
    assert second.deliveries.of_subject(story)[0].reason == "the program ended while it was being sent"
    assert [(one["kind"], one["detail"]) for one in second.deliveries.events()] == [
        ("unknown", "the program ended while it was being sent")
    ]
    assert [entry.part for entry in claim(second)] == [1]
    second.close()


def test_a_send_that_never_comes_back_becomes_unknown_and_a_late_answer_changes_nothing(store):
    story = plan(store, [intent()])
    entry = started(store, story)
    assert store.deliveries.expire(NOON + timedelta(seconds=59)) == 0
    assert store.deliveries.expire(NOON + LEASE) == 1
    answer(store, entry, Receipt(remote_id="late"))
    assert states(store, story) == [State.UNKNOWN]


def test_an_answer_of_another_owner_changes_nothing(tmp_path):
    first = store_with(tmp_path, "x")
    story = plan(first, [intent()])
    entry = started(first, story)
    first.close()
    second = store_with(tmp_path, "x")
    answer(second, entry, Receipt(remote_id="7"))
    assert states(second, story) == [State.SENDING]
    second.close()


def test_the_next_post_keeps_its_distance_from_one_that_may_be_there_whatever_became_of_it(store):
    gates = Gates(ChannelPolicy(gap=timedelta(minutes=10)))
    gone = plan(store, [intent(priority=3)])
    entry = started(store, gone)
    answer(store, entry, UnknownOutcome("no answer"))
    (doubt,) = store.doubts.unknown([entry.id])
    store.doubts.settle([(doubt, Drop(reason="an editor dropped it"))], now=NOON, actor="editor")
    plan(store, [intent()], number=2)
    soon, later = NOON + timedelta(minutes=9), NOON + timedelta(minutes=10)
    assert store.deliveries.claim_due("x", now=soon, limit=1, lease=LEASE, gate=gates) == []
    assert len(store.deliveries.claim_due("x", now=later, limit=1, lease=LEASE, gate=gates)) == 1


def test_a_row_held_for_its_template_is_released_by_that_name_alone(store):
    story = plan(store, [intent()])
    (entry,) = claim(store)
    store.deliveries.hold(entry, by="template", reason="post.txt.j2:3: no such filter", now=NOON)
    (held,) = store.deliveries.of_subject(story)
    assert (held.state, held.held_by) == (State.HELD, "template")
    assert not claim(store)
    assert store.deliveries.release("somebody") == 0
    assert store.deliveries.release("template") == 1
    assert len(claim(store)) == 1


def test_what_waited_for_a_channel_of_another_kind_is_skipped_and_never_posted_elsewhere(store):
    story = plan(store, [intent("mail", recipient=1), intent("mail", recipient=2), intent("x")])
    store.deliveries.know_channel("mail", "telegram", NOON)
    assert not claim(store, "mail")
    assert len(claim(store, "x")) == 1
    rows = [one for one in store.deliveries.of_subject(story) if one.channel == "mail"]
    assert {(one.state, one.reason) for one in rows} == {
        (State.SKIPPED, "it was planned when the channel mail was of the type console")
    }


def test_a_skipped_row_keeps_the_message_that_it_would_have_been(store):
    story = plan(store, [intent()])
    (entry,) = claim(store)
    store.deliveries.skip(entry, reason="shadow", now=NOON, rendered=rendered(entry, story, "would be"))
    (skipped,) = store.deliveries.of_subject(story)
    assert (skipped.state, skipped.reason) == (State.SKIPPED, "shadow")
    assert store.deliveries.message(skipped.message_id or 0).text == "would be"


def test_a_withdrawn_story_skips_what_waits_and_leaves_what_is_at_the_wire(store):
    story = plan(store, [intent(), intent(part=1), intent(part=2, due_at=NOON + timedelta(hours=1))])
    entry = started(store, story)
    gone = replace(article(), pubstatus=PubStatus.CANCELED, revision=1, fingerprint="f")
    change = Change(kind=ChangeKind.WITHDRAWN, article=gone, story_id=story)
    store.stories.ingest("politics", (), lambda *_: [(change, ())], validators=Validators(), baseline=False, now=NOON)
    assert states(store, story) == [State.SENDING, State.SKIPPED, State.SKIPPED]
    answer(store, entry, Receipt(remote_id="7"))
    assert states(store, story)[0] is State.SENT


def test_the_same_words_are_one_message_and_another_revision_is_another(store):
    story = plan(store, [intent(), intent(part=1)])
    first, second = claim(store)
    store.deliveries.start([rendered(first, story), rendered(second, story)], now=NOON, lease=LEASE)
    messages = {entry.message_id for entry in store.deliveries.of_subject(story)}
    assert len(messages) == 1


def test_conservation_holds_at_every_instant(store):
    story = plan(store, [intent(part=part) for part in range(12)])
    outcomes = [Receipt(), Rejected("no"), UnknownOutcome("?"), RateLimited("wait"), Unavailable("down")]
    now = NOON
    for outcome in outcomes * 2:
        now += timedelta(minutes=30)
        answer(store, started(store, story, now), outcome, now)
        assert sum(store.deliveries.subject_counts(story).values()) == 12
        assert sum(sum(counts.values()) for counts in store.deliveries.counts().values()) == 12


def test_lists_find_by_state_and_channel(store):
    plan(store, [intent(), intent("mail", state=State.SKIPPED, reason="nobody is subscribed")])
    assert [row["channel"] for row in store.deliveries.list(state=State.SKIPPED)] == ["mail"]
    assert [row["headline"] for row in store.deliveries.list(channel="x")] == ["Headline number 1"]
    assert len(store.deliveries.list(limit=1)) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE deliveries SET state = 3",
        "UPDATE deliveries SET state = 7, reason = ''",
        "UPDATE deliveries SET state = 2, reason = 'why', held_by = ''",
        "UPDATE deliveries SET revision = 1",
        "UPDATE deliveries SET state = 9",
        "UPDATE deliveries SET lease_owner = 1",
        "UPDATE deliveries SET subject_id = 99",
        "UPDATE deliveries SET recipient = 'x'",
        (
            "INSERT INTO deliveries (subject_id, channel_id, act, state, due_at, planned_at)"
            " SELECT subject_id, channel_id, act, 0, 0, 0 FROM deliveries"
        ),
        "INSERT INTO story_keys (key, story_id) SELECT key, 99 FROM story_keys",
        "UPDATE issues SET state = 'odd'",
        "INSERT INTO subscriptions (subscriber_id, topic, state, created_at) VALUES (99, 't', 'confirmed', 0)",
    ],
)
def test_the_database_itself_refuses_what_must_never_be(store, sql):
    plan(store, [intent()])
    if sql.startswith("UPDATE issues"):
        store.issues.open("d", "s", NOON, window=Window(after=0, upto=1), stories=[], skipped="none", now=NOON)
    with pytest.raises(sqlite3.IntegrityError):
        store.stories._writer.call(lambda c: c.run(sql))


#: Values for the statements of the law's test; what is not named is 1.
TOLD = {"reason": "r", "by": "template", "held_by": "template", "ids": "[1]", "remote_id": "", "url": "", "now": 0}
#: Where a statement is told the state, what it may be told.
TARGETS = {"put_aside": (State.HELD, State.SKIPPED), "record": tuple(MOVES[State.SENDING])}


class Told(dict[str, object]):
    """A value for every name."""

    def __missing__(self, key):
        return {**TOLD, "until": 10, "look_at": None}.get(key, 1)


def law(store):
    """Every statement that moves deliveries, from all files of named SQL, with what it may be told."""
    from importlib.resources import files

    from distributor.store.connection import queries

    for path in sorted((files("distributor.store") / "queries").iterdir(), key=str):
        for name, sql in queries(path.name.removesuffix(".sql")).items():
            statement = "\n".join(line for line in sql.splitlines() if not line.startswith("--"))
            if statement.startswith("UPDATE deliveries"):
                for target in TARGETS.get(name, (State.SENT,)):
                    yield name, sql, target


def test_the_sql_moves_rows_only_as_the_law_allows(store):
    with sqlite3.connect(store.folder / "distributor.sqlite3") as real:
        columns = [row[1] for row in real.execute("PRAGMA table_info(deliveries)")]
        others = [row[0] for row in real.execute("SELECT sql FROM sqlite_schema WHERE sql LIKE 'CREATE TABLE%'")]
    real.close()
    moved = set()
    for name, sql, target in law(store):
        for number, before in enumerate(STATES):
            database = sqlite3.connect(":memory:")
            for other in others:
                if "sqlite_" not in other and " deliveries" not in other.split("(")[0].replace('"', ""):
                    database.execute(other)
            database.execute(f"CREATE TABLE deliveries ({', '.join(columns)})")
            row: dict[str, object] = {"id": 1, "subject_id": 1, "channel_id": 1, "state": number, "lease_owner": 1}
            row |= {
                "held_by": "template",
                "held_until": 0,
                "due_at": 0,
                "priority": 1,
                "message_id": 1,
                "started_at": 0,
            }
            row |= {"reason": "r", "attempts": 0, "doubts": 1, "looks": 0, "look_at": 0, "recipient": 0, "act": 0}
            names, values = ", ".join(row), tuple(row.values())
            database.execute(f"INSERT INTO deliveries ({names}) VALUES ({', '.join('?' * len(row))})", values)
            for owner, now in ((1, 0), (2, 10)):
                database.execute("UPDATE deliveries SET state = ?, lease_owner = 1, lease_until = 10", (number,))
                marks = sql.count("?")
                told = Told(state=STATES.index(target), owner=owner, now=now)
                database.execute(sql, ("template",) if name == "release_held" else (1,) * marks if marks else told)
                after = STATES[database.execute("SELECT state FROM deliveries").fetchone()[0]]
                assert after is before or after in MOVES[before], f"{name}: {before} -> {after}"
                if after is not before:
                    moved.add((before, after))
            database.close()
    # out of doubt a row comes by a verifier or a person, into it without a start by a restore
    assert {edge for edge in LAW if edge[0] is not State.UNKNOWN and edge not in FENCED} <= moved


LAW = {(before, after) for before, found in MOVES.items() for after in found}
FENCED = {(before, State.UNKNOWN) for before in (State.PLANNED, State.DUE, State.HELD)} | {(State.PLANNED, State.HELD)}


def test_a_post_has_revision_nought_whatever_is_asked(store):
    with pytest.raises(sqlite3.IntegrityError):
        plan(store, [intent(revision=1)])
    plan(store, [intent(act=Act.EDIT, revision=1)], number=2)
