"""The operations chat on the loopback Telegram, run by the real daemon as a process: people write and press."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from distributor.store.opening import FILE
from tests.operations import ANNA, BORIS, OPS, STRANGER, Group, answered, buttons
from tests.platforms import Daemon, Loop, until

pytestmark = pytest.mark.no_cover


@pytest.fixture
def group(loop: Loop) -> Group:
    return Group(loop)


def held(running: Daemon) -> int:
    return len(running.call("held")["held"])


def test_two_taps_stop_everything_at_once_and_one_decision_lets_it_go(loop, group):
    group.configure()
    with loop.daemon() as running:
        command = group.say("/stop")
        halt = group.card("Stop everything")
        assert halt["message_thread_id"] == group.topic
        began = time.monotonic()
        press = group.press(halt, "Stop everything")
        until(lambda: running.call("stops")["stops"])
        assert time.monotonic() - began < 10
        assert until(lambda: group.answer(press)) == "Stopped by Anna: everything."
        urls = loop.publish("Council votes on the bridge", "Talks begin")
        until(lambda: held(running) >= 6)
        assert not loop.shown("telegram")
        stop = group.card("Resume…")
        assert stop["text"].startswith("Stopped: everything\nBy Anna at ")
        group.press(stop, "Resume…", by=BORIS)
        group.press(group.card("Drop"), "Send", by=BORIS)
        until(lambda: len(loop.shown("telegram")) == len(urls))
        assert command
        assert [one["who"] for one in running.call("handover")["decisions"]][:1] == ["Anna"]


def is_known(loop, number):
    """Whether the daemon has put down under which message a card stands."""
    with closing(sqlite3.connect(f"file:{loop.state / FILE}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT 1 FROM cards WHERE message_id = ?", (number,)).fetchone()


def test_a_story_is_edited_and_approved_by_two_people_in_the_group(loop, group):
    group.configure(
        ('shelf_life = "0s"', 'shelf_life = "0s"\napproval = "two"'), ('"x", "telegram", "hook"', '"telegram"')
    )
    with loop.daemon():
        loop.publish("Council votes on the bridge")
        card = group.card("Approve")
        assert card["text"].startswith("May this leave?\nCouncil votes on the bridge\nhttp")
        assert " of 4096 characters\n" in card["text"]
        group.press(card, "Edit")
        question = until(lambda: [one for one in group.messages() if one["text"].startswith("Anna, answer this")])[0]
        assert question["entities"][0]["user"]["id"] == ANNA
        until(lambda: is_known(loop, question["message_id"]))  # no person answers a question before it has come
        group.say("The council decides about the bridge", reply_to=question["message_id"])
        until(lambda: "The council decides" in group.card("Approve")["text"])
        first = group.press(group.card("Approve"), "Approve")
        assert until(lambda: group.answer(first)) == "Anna says yes; 1 more must."
        again = group.press(group.card("Approve"), "Approve")
        assert until(lambda: group.answer(again)) == "Anna has said yes already; it needs somebody else."
        assert not loop.shown("telegram")
        group.press(group.card("Approve"), "Approve", by=BORIS)
        (text,) = until(lambda: loop.texts("telegram"))
        assert text.startswith("The council decides about the bridge")
        until(lambda: "Approved by Boris." in str([one["text"] for one in group.messages()]))


def test_a_stranger_a_forgery_and_another_topic(loop, group, caplog):
    group.configure()
    with loop.daemon() as running:
        group.say("/stop all", by=STRANGER)
        group.say("/stop")
        halt = group.card("Stop everything")
        stranger = group.press(halt, "Stop everything", by=STRANGER)
        data = next(one["callback_data"] for one in buttons(halt) if one["text"] == "Stop everything")
        forged = data[:-1] + ("A" if data[-1] != "A" else "B")
        where = {"chat": OPS, "user": ANNA, "message": halt["message_id"], "data": forged, "forged": True}
        forgery = str(loop.platforms.control("telegram", "press", where)["callback_query_id"])
        asked = group.say("/status", topic=group.other)
        assert group.reply(asked).startswith("Live.")
        assert not running.call("stops")["stops"]
        assert group.answer(stranger) is None
        assert group.answer(forgery) is None
        answer = next(one for one in group.messages() if answered(one) == asked)
        assert answer["message_thread_id"] == group.other
        log = running.log.read_text("utf-8")
        assert f"something was said by a stranger (person {STRANGER}" in log
        assert "a button that is none of ours was pressed" in log


def test_a_press_made_while_the_program_was_down_counts_once_when_it_is_back(loop, group):
    group.configure()
    with loop.daemon() as running:
        group.say("/stop")
        halt = group.card("Stop everything")
        running.kill()
    first = group.press(halt, "Stop x")
    second = group.press(halt, "Stop x", by=BORIS)
    with loop.daemon() as running:
        until(lambda: running.call("stops")["stops"])
        assert until(lambda: group.answer(first)) == "Stopped by Anna: x."
        assert until(lambda: group.answer(second)) == "It is stopped already, by Anna."
        until(lambda: not buttons(next(one for one in group.messages() if one["message_id"] == halt["message_id"])))
        assert {one["channel"] for one in running.call("stops")["stops"]} == {"x"}
        assert running.end() == 0


def test_a_pasted_link_and_a_post_by_hand(loop, group):
    group.configure()
    (url,) = loop.publish("Council votes on the bridge")
    with loop.daemon() as running:
        until(lambda: running.counts("telegram").get("sent") == 1)
        group.say(url)
        card = group.card("Withdraw…")
        assert card["text"].startswith(f"Council votes on the bridge\n{url}\n\n")
        assert any(one["type"] == "text_link" and "t.me/newsroom" in one["url"] for one in card["entities"])
        unknown = group.say("https://news.example.org/nothing/")
        assert "No story is known by this address" in group.reply(unknown)
        group.say("/post telegram Briefing at 11:00")
        group.press(group.card("Post"), "Post")
        until(lambda: "Briefing at 11:00" in loop.texts("telegram"))


def test_one_round_without_a_daemon_hears_and_answers_too(loop, group):
    group.configure()
    loop.command("run", "--once")
    asked = group.say("/stop all wrong picture")
    (url,) = loop.publish("Council votes on the bridge")
    done = loop.command("run", "--once", "--json")
    assert done.returncode == 0, done.stderr
    assert group.reply(asked) == "Stopped by Anna: everything."
    assert not loop.shown("telegram")
    assert url
