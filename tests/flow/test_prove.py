"""The ledger held against its chain: what is whole is said to be whole, and each change made by hand is found."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from click.testing import CliRunner

from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.engine.round import run_round
from distributor.errors import Rejected, Unavailable, UnknownOutcome
from distributor.model import Receipt, SubjectKind
from distributor.store.ledger import proof as proof_module
from distributor.store.ledger import seals
from distributor.store.opening import FILE
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

#: of stories that came together the last of the document was there first
STORY = article(3).url
READERS = 5


@pytest.fixture
def opened(short):
    apps = []

    def make(*articles, **options):
        apps.append(told_app(short, source=ToldSource(list(articles or [article()])), **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


@pytest.fixture
def newsroom(opened):
    """Three stories went to x and y, in every way, and in an issue to five readers."""
    clock = HandClock()
    app = opened(
        article(1),
        article(2),
        article(3),
        clock=clock,
        channels={
            "x": ToldChannel("x", Receipt(remote_id="7", url="https://x.test/7"), Rejected("too long")),
            "y": ToldChannel("y", UnknownOutcome("no answer"), Unavailable("refused")),
            "mail": ToldBulk("mail", *([Receipt()] * (READERS - 1)), UnknownOutcome("reset")),
        },
    )
    for number in range(READERS):
        address = f"r{number}@example.org"
        app.store.subscribers.subscribe(address, ["morning"], now=NOON, source="test")
    run_round(app)
    clock.advance(3600 + 60)
    run_round(app)
    return app


def prove(app, url=None):
    return json.loads(json.dumps(dispatch(app, "prove", {"url": url})))


def change(app, *statements):
    """A hand in the database, with every guard that a hand can switch off switched off."""
    with closing(sqlite3.connect(app.store.folder / FILE)) as hand, hand:
        hand.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert hand.execute(statement).rowcount > 0


def test_a_whole_ledger_is_said_to_be_whole(newsroom):
    found = prove(newsroom)
    assert found["problems"] == []
    assert found["ok"]
    assert found["chain"]["whole"]
    assert len(found["chain"]["head"]) == 64
    assert found["checked"] == {"deliveries": 6 + READERS, "messages": 7, "issues": 1, "subjects": 4}


def test_a_story_is_proved_with_its_exact_text_its_instants_and_who_decided(newsroom):
    found = prove(newsroom, STORY)
    assert found["ok"]
    assert found["story"]["headline"] == "Headline number 3"
    x, y = found["deliveries"]
    assert (x["channel"], x["state"], x["remote_id"], x["url"]) == ("x", "sent", "7", "https://x.test/7")
    parcel = newsroom.channels["x"].parcels[0]
    assert x["text"] == parcel.message.text
    assert (x["act"], x["part"], x["revision"], x["attempts"]) == ("post", 0, 0, 1)
    assert (x["planned_at"], x["started_at"], x["ended_at"]) == ("2026-11-24T12:00:00Z",) * 3
    assert [(one["kind"], one["actor"]) for one in x["events"]] == [("sent", "lane")]
    assert json.loads(x["events"][0]["detail"])["message"] == x["message"]
    assert (y["state"], y["reason"]) == ("unknown", "no answer; the channel cannot be asked")
    assert [one["outcome"] for one in y["tries"]] == ["unknown"]
    (issue,) = found["issues"]
    assert issue["deliveries"] == {"sent": READERS - 1, "unknown": 1}
    seal = json.loads(issue["seal"])
    assert (seal["counts"], seal["rows"]) == (issue["deliveries"], READERS - 1)


def test_a_mail_is_proved_with_its_subject_and_without_a_readers_address(opened):
    app = opened(config=CONFIG.replace('channels = ["x", "y"]', 'channels = ["mail"]'))
    app.store.subscribers.subscribe("reader@example.com", ["mail"], now=NOON, source="test")
    run_round(app)
    (mail,) = prove(app, article().url)["deliveries"]
    assert mail["subject"] == "Headline number 1"
    assert "reader@example.com" not in mail["text"]
    assert mail["recipient"] == 1


def test_revisions_say_what_changed(opened):
    app = opened()
    app.ingesters["politics"].run_once(NOON)
    app.ingesters["politics"]._source.documents = [[article(headline="Another headline", summary="Other.")]]
    app.ingesters["politics"].run_once(NOON + timedelta(minutes=5))
    first, second = prove(app, article().url)["revisions"]
    assert (first["headline"], first["changed"]) == ("Headline number 1", [])
    assert (second["headline"], second["changed"]) == ("Another headline", ["headline", "summary"])
    assert second["seen_at"] == "2026-11-24T12:05:00Z"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE deliveries SET remote_id = '8' WHERE id = 1", "delivery 1: the row's remote_id is not what"),
        ("UPDATE deliveries SET state = 4 WHERE state = 5", "the row says sent, its last event failed"),
        ("UPDATE deliveries SET state = 7, reason = 'no' WHERE id = 1", "the row says skipped, its last event sent"),
        ("UPDATE deliveries SET state = 1, held_by = '' WHERE state = 6 AND recipient = 0", "its last event unknown"),
        ("UPDATE deliveries SET message_id = 2 WHERE id = 1", "delivery 1: the row's message is not what"),
        ("UPDATE messages SET content = replace(content, 'number 3', 'number 9') WHERE id = 1", "message 1 is not"),
        ("DELETE FROM message_stories WHERE message_id = 1", "message 1 is not what its hash says"),
        ("UPDATE events SET detail = 'x' WHERE id = 2", "the chain of events is broken at event 2"),
        ("UPDATE events SET at = at + 1 WHERE id = 1", "the chain of events is broken at event 1"),
        ("DELETE FROM events WHERE id = 2", "the chain of events is broken at event 2"),
        ("DELETE FROM events WHERE id = (SELECT max(id) FROM events)", "the chain of events is cut off at event"),
        ("DELETE FROM deliveries WHERE id = 1", "delivery 1 is gone; event "),
        ("UPDATE deliveries SET ended_at = ended_at + 1 WHERE recipient = 2", "is not what it was when it was closed"),
        ("UPDATE deliveries SET recipient = 99 WHERE recipient = 2", "is not what it was when it was closed"),
        ("DELETE FROM deliveries WHERE recipient = 2", "issue 4: 5 planned, 3 sent, 0 failed, 1 unknown"),
        ("DELETE FROM deliveries WHERE recipient > 0", "issue 4 froze 5 rows, and none is there"),
        ("UPDATE deliveries SET state = 12 WHERE id = 2", "story 1: 2 planned"),
        ("UPDATE deliveries SET state = 12 WHERE id = 2", "delivery 2: its state does not exist"),
    ],
)
def test_whatever_a_hand_changes_in_the_database_is_found(newsroom, statement, said):
    change(newsroom, statement)
    found = prove(newsroom)
    assert not found["ok"]
    assert any(said in problem for problem in found["problems"]), found["problems"]
    assert found["problem_count"] == len(found["problems"])


def test_an_issue_whose_seal_was_taken_away_is_found(newsroom):
    change(newsroom, "DELETE FROM events WHERE kind = 'closed'")
    assert "issue 4 is closed, and no event says so" in prove(newsroom)["problems"]
    assert "no event says that it was closed" in prove(newsroom, STORY)["problems"]


def test_a_change_is_found_for_its_story_too_and_the_row_says_so(newsroom):
    change(newsroom, "UPDATE deliveries SET url = 'https://x.test/8' WHERE id = 1")
    found = prove(newsroom, STORY)
    assert not found["ok"]
    assert [bool(one["problem"]) for one in found["deliveries"]] == [True, False]
    assert prove(newsroom, article(2).url)["ok"]


def test_an_issue_with_a_doubt_that_settles_stays_sealed(newsroom):
    """Rows that were in doubt have events of their own and are not under the seal."""
    doubt = next(one for one in newsroom.store.deliveries.of_subject(4) if one.doubts)
    with closing(sqlite3.connect(newsroom.store.folder / FILE)) as hand, hand:
        hand.execute("UPDATE deliveries SET state = 1, look_at = NULL, reason = 'again' WHERE id = ?", (doubt.id,))
    run_round(newsroom)
    found = prove(newsroom)
    assert found["problems"] == []
    assert found["checked"]["issues"] == 1


def test_what_came_from_before_the_chain_is_not_held_against_it(newsroom):
    change(
        newsroom,
        "UPDATE meta SET value = '1000' WHERE key LIKE 'unchained_%'",
        "DELETE FROM events WHERE id > 0",
        "DELETE FROM sqlite_sequence WHERE name = 'events'",
    )
    assert prove(newsroom)["problems"] == []
    assert prove(newsroom, STORY)["ok"]


def test_sums_are_conserved_at_every_step(newsroom):
    kinds = {one.kind for one in newsroom.store.proof.sums()}
    assert kinds == {SubjectKind.STORY, SubjectKind.ISSUE}
    assert all(one.is_conserved for one in newsroom.store.proof.sums())


def test_a_ledger_larger_than_one_piece_is_read_whole(newsroom, monkeypatch):
    whole = prove(newsroom)
    for module in (proof_module, seals):
        monkeypatch.setattr(module, "PIECE", 2)
    assert prove(newsroom) == whole
    assert prove(newsroom, STORY)["ok"]


def test_an_unknown_story_cannot_be_proved(newsroom):
    result = CliRunner().invoke(cli, ["--config", str(newsroom.settings.file), "prove"])
    assert result.exit_code == 2
    newsroom.close()
    result = CliRunner().invoke(cli, ["--config", str(newsroom.settings.file), "prove", "https://example.org/none"])
    assert result.exit_code == 1
    assert "no story is known by the address" in result.output


def test_the_command_tells_people_and_its_code_says_whether_it_agrees(newsroom):
    config = str(newsroom.settings.file)
    newsroom.close()
    one = CliRunner().invoke(cli, ["--config", config, "prove", STORY])
    assert one.exit_code == 0, one.output
    for words in ("Headline number 3", "x: post, sent", "first at the wire", "by lane", "all of it agrees", "sealed"):
        assert words in one.output
    change(newsroom, "UPDATE deliveries SET url = 'https://x.test/8' WHERE remote_id <> ''")
    whole = CliRunner().invoke(cli, ["--config", config, "prove", "--all"])
    assert whole.exit_code == 1
    assert "it does NOT agree" in whole.output


def test_many_troubles_are_counted_and_the_first_named(newsroom, monkeypatch):
    from distributor.calls.stories import proving

    monkeypatch.setattr(proving, "MOST_NAMED", 1)
    change(newsroom, "UPDATE deliveries SET url = 'https://x.test/8'")
    found = prove(newsroom)
    assert len(found["problems"]) == 1
    assert found["problem_count"] > 2
    config = str(newsroom.settings.file)
    newsroom.close()
    result = CliRunner().invoke(cli, ["--config", config, "prove", "--all"])
    assert "more" in result.output
