"""A later text on a route that asks for approval: an editor's is the approval, a feed's waits where that is wanted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.chat.looking import _words
from distributor.model import Act, Message, Parcel, Receipt, State
from tests import chats
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

POLICY = 'on_update = "edit"\non_refile = "edit"\non_correction = "reply"\non_withdrawal = "delete"\n'
EDITING = CONFIG.replace('[channels.y]\ntype = "console"\n', f'[channels.y]\ntype = "console"\n{POLICY}').replace(
    'channels = ["x", "y"]', 'channels = ["y", "mail"]\napproval = "two"\napproval_edits = true'
)
GROWN = article(body="It grew.\n\nAnd grew by a paragraph that nobody has seen.")
CORRECTED = article(correction="It was another minister.")


class Able(ToldChannel):
    """A channel that can do everything."""

    erasable_for: timedelta | None = None

    def edit(self, parcel: Parcel) -> Receipt:
        return self.send(parcel)

    reply = erase = edit


class Answering(ToldBulk):
    """A relay by which mails answer mails."""

    def reply(self, parcel: Parcel) -> Receipt:
        return self.send(parcel)


class Desk:
    """A story that two people approved has left."""

    def __init__(self, folder: Path, config: str = EDITING) -> None:
        self.clock, self.source = HandClock(), ToldSource([article()])
        channels = {"y": Able("y"), "mail": Answering("mail")}
        told: dict[str, Any] = {"source": self.source, "clock": self.clock, "config": config}
        self.app = told_app(folder, channels=channels, **told)
        for number in range(3):
            self.app.store.subscribers.subscribe(f"reader{number}@example.org", ["mail"], now=NOON, source="test")
        self.tell(article())
        self.approve("Anna")
        self.approve("Boris")
        self.drain()

    def tell(self, *articles: Any) -> None:
        self.source.documents = [list(articles)]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def approve(self, who: str) -> Any:
        return dispatch(self.app, "approve", {"who": who, "through": "command line", "url": article().url})

    def drain(self) -> None:
        for name in ("y", "mail"):
            while self.app.deliverers[name].run_once():
                continue

    def rows(self, channel: str = "y") -> list[tuple[Act, State, str]]:
        (story,) = self.app.store.stories.latest(1)
        found = self.app.store.deliveries.of_subject(story.id)
        return [(one.act, one.state, one.held_by) for one in found if one.channel == channel]


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path)
    yield found
    found.app.close()


SENT = (Act.POST, State.SENT, "")


def test_a_feeds_update_waits_for_one_person_who_may_have_approved_the_first_text(desk):
    desk.tell(GROWN)
    desk.drain()
    assert desk.rows() == [SENT, (Act.EDIT, State.HELD, "approval")]
    found = desk.approve("Anna")
    assert {one["channel"]: (one["needed"], one["released"]) for one in found["channels"]}["y"] == (1, 1)
    desk.drain()
    assert desk.rows() == [SENT, (Act.EDIT, State.SENT, "")]


def test_a_feeds_correction_waits_too_also_by_mail(desk):
    desk.tell(CORRECTED)
    desk.drain()
    assert desk.rows()[1:] == [(Act.REPLY, State.HELD, "approval")]
    assert desk.rows("mail")[1::2] == [(Act.REPLY, State.HELD, "approval")] * 3
    desk.approve("Boris")
    desk.drain()
    assert desk.rows()[1:] == [(Act.REPLY, State.SENT, "")]
    assert desk.rows("mail")[1::2] == [(Act.REPLY, State.SENT, "")] * 3


def test_mails_that_are_written_after_the_yes_are_free(desk, monkeypatch):
    from distributor.store.ledger import mailings

    monkeypatch.setattr(mailings, "SLICE", 2)
    desk.tell(CORRECTED)
    desk.approve("Anna")
    while desk.app.store.mailings.write(NOON):
        continue
    desk.drain()
    assert [one for one in desk.rows("mail") if one[0] is Act.REPLY] == [(Act.REPLY, State.SENT, "")] * 3


def test_a_second_text_voids_the_yes_to_the_first(desk):
    desk.tell(GROWN)
    desk.approve("Anna")
    desk.tell(article(body="It grew again.\n\nNobody has seen this paragraph either."))
    assert (Act.EDIT, State.HELD, "approval") in desk.rows()


def test_an_editors_own_correction_is_the_approval(desk):
    args = {"who": "Anna", "through": "command line", "url": article().url, "note": "It was another minister."}
    dispatch(desk.app, "correct", args)
    desk.drain()
    assert desk.rows()[1:] == [(Act.REPLY, State.SENT, "")]


def test_a_refile_and_a_withdrawal_never_wait(desk):
    desk.tell(article(headline="Headline number 1", summary="Sumary of story 1."))
    desk.drain()
    assert desk.rows()[1:] == [(Act.EDIT, State.SENT, "")]
    desk.tell(article(headline="KILL: Headline number 1"))
    desk.drain()
    assert (Act.DELETE, State.SENT, "") in desk.rows()


def test_where_the_route_does_not_ask_for_edits_nothing_waits(tmp_path):
    desk = Desk(tmp_path, EDITING.replace("approval_edits = true", ""))
    desk.tell(GROWN)
    desk.drain()
    assert desk.rows()[1:] == [(Act.EDIT, State.SENT, "")]
    desk.app.close()


def test_a_document_for_a_program_is_named_and_not_shown():
    assert _words(Message(text='{"type": "post"}')) == "(the story as a document for a program)"
    assert _words(Message(text="Council votes", subject="News")) == "News\nCouncil votes"


def test_in_the_chat_the_card_shows_the_words_that_would_leave_and_one_yes_lets_them_go(tmp_path, monkeypatch):
    monkeypatch.setattr(chats, "ToldChannel", Able)
    config = chats.CONFIG.replace('[channels.x]\ntype = "console"\n', f'[channels.x]\ntype = "console"\n{POLICY}')
    config = config.replace('channels = ["x", "y"]', 'channels = ["x"]')
    desk = chats.Chat(tmp_path, article(), route='approval = "one"\napproval_edits = true', config=config)
    desk.read()
    desk.press(desk.card, "Approve")
    while desk.app.deliverers["x"].run_once():
        continue
    desk.app.sources["politics"].documents = [[CORRECTED]]  # type: ignore[attr-defined]
    desk.read()
    card = desk.card
    assert card.text.startswith("May this leave?")
    assert "Correction: Headline number 1" in card.text
    assert "It was another minister." in card.text
    assert desk.press(card, "Approve", by=chats.BORIS) == "Approved by Boris."
    while desk.app.deliverers["x"].run_once():
        continue
    assert [parcel.target for parcel in desk.channels["x"].parcels] == ["", "1"]
    desk.app.close()
