"""Corrections and withdrawals that somebody makes: what they plan and report; a feed does not undo them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.app import App
from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.errors import CallError
from distributor.model import Act, Parcel, PubStatus, Receipt, State, Story
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

URL = article(1).url
POLICIES = """\
on_correction = "reply"
on_withdrawal = "delete"
"""
BOTH = CONFIG.replace('[channels.y]\ntype = "console"\n', f'[channels.y]\ntype = "console"\n{POLICIES}')


class Able(ToldChannel):
    """A channel that can answer and take away, for two days."""

    erasable_for = timedelta(hours=48)

    def reply(self, parcel: Parcel) -> Receipt:
        return self.send(parcel)

    def erase(self, parcel: Parcel) -> Receipt:
        return self.send(parcel)


class AbleMail(ToldBulk):
    """A mail channel whose mails answer mails."""

    def reply(self, parcel: Parcel) -> Receipt:
        return self.send(parcel)


class Room:
    """An app with a channel that can do nothing (x), one that can (y), and mails."""

    def __init__(self, folder: Path) -> None:
        self.source = ToldSource([article()])
        self.clock = HandClock()
        config = BOTH.replace('channels = ["x", "y"]', 'channels = ["x", "y", "mail"]')
        self.app: App = told_app(
            folder,
            channels={"y": Able("y"), "mail": AbleMail("mail")},
            source=self.source,
            clock=self.clock,
            config=config,
        )
        self.app.store.subscribers.subscribe("anna@example.org", ["mail"], now=NOON, source="test")

    def published(self) -> Room:
        self.reads()
        for name in ("x", "y", "mail"):
            while self.app.deliverers[name].run_once():
                continue
        return self

    def reads(self, *articles) -> None:
        if articles:
            self.source.documents = [articles]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def call(self, name: str, **args) -> Any:
        return dispatch(self.app, name, {"who": "Anna", "through": "operations chat", "url": URL, **args})

    def story(self) -> Story:
        found = self.app.store.stories.find(["guid:politics:guid-1"])
        assert found is not None
        return found

    def rows(self, channel: str) -> list[tuple[Act, int, State]]:
        found = self.app.store.deliveries.of_subject(self.story().id)
        return [(one.act, one.revision, one.state) for one in found if one.channel == channel]

    def events(self) -> list[tuple[str, str, Any]]:
        rows = self.app.store.deliveries.events(200)
        return [(row["kind"], row["actor"], json.loads(row["detail"])) for row in rows if row["kind"] in EVENTS]


EVENTS = ("corrected", "withdrawn")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    found = Room(tmp_path)
    yield found
    found.app.close()


def test_a_correction_goes_where_the_policy_says_and_is_on_record(room):
    room.published()
    found = room.call("correct", note=" It was another minister. ", headline="Another minister resigns")
    assert (found["is_new"], found["note"], found["who"], found["mailed"]) == (
        True,
        "It was another minister.",
        "Anna",
        1,
    )
    assert found["story"]["headline"] == "Another minister resigns"
    assert [(one["channel"], one["act"], one["state"]) for one in found["deliveries"]] == [
        ("x", "edit", "skipped"),
        ("y", "reply", "planned"),
    ]
    assert room.rows("y") == [(Act.POST, 0, State.SENT), (Act.REPLY, 1, State.PLANNED)]
    assert room.rows("mail") == [(Act.POST, 0, State.SENT), (Act.REPLY, 1, State.PLANNED)]
    facts = {"revision": 1, "note": "It was another minister.", "through": "operations chat"}
    assert room.events() == [("corrected", "Anna", facts)]


def test_a_correction_pressed_twice_is_made_once(room):
    room.published()
    room.call("correct", note="It was another minister.")
    again = room.call("correct", note="It was another minister.")
    assert not again["is_new"]
    assert again["deliveries"] == []
    assert len(room.rows("y")) == 2


def test_a_feed_that_tells_its_old_text_does_not_undo_a_correction(room):
    room.published()
    room.call("correct", note="It was another minister.", headline="Another minister resigns")
    room.reads(article())
    story = room.story()
    assert story.article.headline == "Another minister resigns"
    # it puts right what was put right already
    room.reads(article(headline="Another minister resigns"))
    assert room.story().article.revision == 1
    room.reads(article())
    # its text grows, its headline is the old one: the editor's stands, the text is the new one
    room.reads(article(body="It grew.\n\nAnd grew."))
    story = room.story()
    assert (story.article.headline, story.article.body) == ("Another minister resigns", "It grew.\n\nAnd grew.")
    assert story.article.correction == "It was another minister."
    # a new headline of the feed is its own word
    room.reads(article(headline="The feed's own new headline", body="It grew.\n\nAnd grew."))
    story = room.story()
    assert story.article.headline == "The feed's own new headline"


def test_a_withdrawal_skips_what_waits_and_says_where_the_story_still_stands(room):
    room.published()
    found = room.call("withdraw", reason="the source took it back")
    assert found["is_new"]
    assert room.rows("y")[1:] == [(Act.DELETE, 1, State.PLANNED)]
    assert [(one["channel"], one["why"]) for one in found["stands"]] == [
        ("x", "by its rules x leaves posts as they are"),
        ("mail", "1 readers were mailed it, alone"),
    ]
    assert room.events()[0][:2] == ("withdrawn", "Anna")
    assert dispatch(room.app, "where", {"url": URL})["stands"] == found["stands"]
    again = room.call("withdraw", reason="once more")
    assert (again["is_new"], again["stands"]) == (False, found["stands"])
    room.reads(article(body="The feed tells another text."))
    assert room.story().article.pubstatus is PubStatus.CANCELED
    with pytest.raises(CallError, match="the story is withdrawn"):
        room.call("correct", note="It was another minister.")


def test_what_waits_is_skipped_at_once(room):
    room.reads()
    found = room.call("withdraw", reason="an error")
    assert found["stands"] == []
    assert room.rows("y") == [(Act.POST, 0, State.SKIPPED)]
    story = room.story()
    assert {one.reason for one in room.app.store.deliveries.of_subject(story.id)} == {"withdrawn by Anna"}


def test_a_post_that_is_too_old_to_be_taken_away_is_named_with_its_place(room):
    room.published()
    room.clock.advance(49 * 3600)
    found = room.call("withdraw", reason="an error")
    told = {one["channel"]: one for one in found["stands"]}
    assert told["y"] == {
        "channel": "y",
        "url": "https://x.test/1",
        "why": "y takes a post away only within 48 hours",
    }


def test_other_takes_and_languages_are_named(room):
    room.published()
    russian = article(2, headline="Заголовок", language="ru")
    snap = article(3, headline="FLASH - HEADLINE NUMBER ONE OF THE DAY", summary="", body="", urgency=1)
    full = article(4, headline="Headline number one of the day", body="It is told. " * 100, evolved_from="guid-3")
    room.reads(article(), russian, snap)
    room.reads(
        article(translations=(article().url, russian.url, "https://news.example.org/fr/1/")), russian, snap, full
    )
    room.reads(article(translations=(article().url, russian.url), body="It grew."), russian, snap, full)
    assert room.call("correct", note="It was another minister.")["others"] == [
        {"is": "another language", "headline": "Заголовок", "url": russian.url, "language": "ru", "status": "usable"}
    ]
    found = room.call("withdraw", url=full.url, reason="an error")
    assert [(one["is"], one["url"]) for one in found["others"]] == [("another take", snap.url)]


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("correct", {"note": " "}, "no_note"),
        ("correct", {"note": "x", "headline": " "}, "no_headline"),
        ("correct", {"note": "x", "who": " "}, "no_name"),
        ("correct", {"note": "x", "url": "https://news.example.org/none"}, "unknown_story"),
        ("withdraw", {"reason": ""}, "no_reason"),
        ("withdraw", {"reason": "x", "who": ""}, "no_name"),
        ("withdraw", {"reason": "x", "url": "https://news.example.org/none"}, "unknown_story"),
    ],
)
def test_what_says_nothing_is_refused(room, name, args, code):
    room.published()
    with pytest.raises(CallError) as refused:
        room.call(name, **args)
    assert refused.value.code == code


def run(folder: Path, *arguments: str):
    return CliRunner().invoke(cli, ["--config", str(folder / "config.toml"), *arguments])


def test_the_commands_say_what_came_of_it(tmp_path):
    room = Room(tmp_path).published()
    snap = article(3, headline="FLASH - HEADLINE NUMBER ONE", summary="", body="", urgency=1)
    room.reads(article(), snap)
    room.reads(article(), snap, article(4, headline="Headline number one", evolved_from="guid-3", body="Told. " * 200))
    room.app.close()
    corrected = run(tmp_path, "correct", URL, "--note", "It was another minister.", "--by", "Anna")
    assert corrected.exit_code == 0, corrected.output
    assert "mails to those who were mailed it before: 1" in corrected.output
    again = run(tmp_path, "correct", URL, "--note", "It was another minister.", "--by", "Anna")
    assert "that was done before" in again.output
    withdrawn = run(tmp_path, "withdraw", URL, "--reason", "an error", "--by", "Anna")
    assert withdrawn.exit_code == 1, withdrawn.output
    assert "still stands: mail: 1 readers were mailed it, alone" in withdrawn.output
    as_json = run(tmp_path, "withdraw", article(4).url, "--reason", "an error", "--json")
    assert as_json.exit_code == 0
    assert json.loads(as_json.output)["stands"] == []
    take = run(tmp_path, "withdraw", snap.url, "--reason", "an error")
    assert "another take: Headline number one (canceled)" in take.output
