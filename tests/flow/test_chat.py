"""The operations chat on a real store: who may do what, once, on record, and what everybody sees of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.chat.signing import Press, sealed, signing_key
from distributor.errors import RateLimited, Rejected, StoreError, Unauthorized, Unavailable, UnknownOutcome
from distributor.model import Article, AskSomebody, Entity, Limits, Receipt, Said
from distributor.store.desk.acts import By
from tests.chats import ANNA, BORIS, CHAT, CONFIG, STRANGER, TOPIC, Chat
from tests.support import article

ONE, TWO = 'approval = "one"', 'approval = "two"'
PAGE = article(1).url


@pytest.fixture
def chat(tmp_path: Path) -> Iterator[Callable[..., Chat]]:
    """A chat of an app that has read its feed."""
    made: list[Chat] = []

    def opened(*articles: Article, route: str = "", config: str = CONFIG) -> Chat:
        found = Chat(tmp_path, *(articles or (article(1),)), route=route, config=config)
        made.append(found)
        found.read()
        return found

    yield opened
    for one in made:
        one.app.close()


def sends(chat: Chat) -> int:
    for deliverer in chat.app.deliverers.values():
        while deliverer.run_once():
            continue
    return sum(len(channel.parcels) for channel in chat.channels.values())


# -- approvals


def test_a_story_that_waits_for_a_yes_is_shown_as_it_would_leave_and_one_press_lets_it_go(chat):
    desk = chat(route=ONE)
    assert desk.card.text == (
        "May this leave?\n"
        "Headline number 1\n"
        "https://news.example.org/politics/story-1/\n"
        "\n"
        "x, y, 171 characters\n"
        "Headline number 1\n"
        "24 November 2026, 14:55 (Europe/Minsk)\n"
        "\n"
        "First paragraph of story 1. Second paragraph.\n"
        "\n"
        "https://news.example.org/politics/story-1/\n"
        "\n"
        "x: held (approval)\n"
        "y: held (approval)\n"
        "It waits for 1 of 1 approval"
    )
    assert [[one.words for one in row] for row in desk.card.card.buttons] == [
        ["Approve", "Hold"],
        ["Edit…", "Not here…"],
        ["Stop…"],
    ]
    assert desk.card.topic == TOPIC
    assert sends(desk) == 0
    message = desk.card
    assert desk.press(message, "Approve") == "Approved by Anna."
    assert desk.states() == {"x": "due", "y": "due"}
    assert (message.text, message.card.buttons) == ("Headline number 1\nApproved by Anna.", ())
    assert sends(desk) == 2
    assert ("approved", "Anna") in desk.events()


def test_two_people_must_say_yes_and_nobody_is_two(chat):
    desk = chat(route=TWO)
    assert desk.press(desk.card, "Approve") == "Anna says yes; 1 more must."
    assert desk.card.text.endswith("It waits for 1 of 2 approvals (Anna said yes)\n\nAnna says yes; 1 more must.")
    assert desk.press(desk.card, "Approve") == "Anna has said yes already; it needs somebody else."
    assert desk.states() == {"x": "held", "y": "held"}
    assert desk.press(desk.card, "Approve", by=BORIS) == "Approved by Boris."
    assert desk.states() == {"x": "due", "y": "due"}


def test_one_person_with_two_accounts_is_one(chat):
    desk = chat(route=TWO, config=CONFIG.replace('"12 Boris"', '"12 ANNA"'))
    desk.press(desk.card, "Approve")
    assert desk.press(desk.card, "Approve", by=BORIS).endswith("has said yes already; it needs somebody else.")
    assert desk.states() == {"x": "held", "y": "held"}


def test_of_two_different_presses_at_the_same_instant_one_counts_and_the_other_is_told(chat):
    desk = chat(route=ONE)
    first, second = desk.pressed(desk.card, "Hold"), desk.pressed(desk.card, "Approve", by=BORIS)
    desk.room.hear([first, second])
    desk.settle()
    assert desk.talk.answers == [("p1", "Held by Anna."), ("p2", "Too late. Held by Anna.")]
    assert desk.states() == {"x": "held", "y": "held"}
    assert [kind for kind, _ in desk.events() if kind in ("held", "approved", "released")] == ["held", "held"]


def test_the_same_press_of_two_people_at_the_same_instant_is_two_approvals(chat):
    desk = chat(route=TWO)
    desk.room.hear([desk.pressed(desk.card, "Approve"), desk.pressed(desk.card, "Approve", by=BORIS)])
    assert desk.states() == {"x": "due", "y": "due"}


def test_what_was_held_from_a_card_is_released_from_it(chat):
    desk = chat(route=ONE)
    desk.press(desk.card, "Hold")
    assert list(desk.card.buttons) == ["Release", "Edit…", "Not here…", "Stop…"]
    assert desk.press(desk.card, "Release", by=BORIS) == "Released by Boris."
    assert set(desk.states().values()) == {"held"}  # the yes that it waited for is still missing
    assert list(desk.card.buttons)[:2] == ["Approve", "Hold"]


def test_a_text_that_changed_after_it_was_shown_is_not_approved_by_a_press_on_the_old_one(chat):
    desk = chat(route=ONE)
    late = desk.pressed(desk.card, "Approve")
    desk.app.store.wordings.reword(1, "x", "Other words", by=By(who="Boris", through="desk", at=desk.clock.now()))
    desk.room.hear([late])
    desk.settle()
    assert desk.talk.answers == [("p1", "This card is old; it shows now how things stand.")]
    assert set(desk.states().values()) == {"held"}
    assert "Other words" in desk.card.text


def test_a_story_is_kept_from_one_channel_and_a_menu_leads_back(chat):
    desk = chat(route=ONE)
    before = desk.card.card
    assert desk.press(desk.card, "Not here…") == ""
    assert list(desk.card.buttons) == ["Nowhere", "Not on x", "Not on y", "Back"]
    desk.press(desk.card, "Back")
    assert desk.card.card == before
    desk.press(desk.card, "Not here…")
    assert desk.press(desk.card, "Not on x") == "Not sent on x: Anna decided so."
    assert desk.states() == {"x": "skipped", "y": "held"}
    assert list(desk.card.buttons) == ["Approve", "Hold", "Edit", "Not here", "Stop…"]


def test_a_decision_that_was_made_elsewhere_closes_the_card(chat):
    desk = chat(route=ONE)
    message = desk.card
    desk.run("skip", {"who": "Boris", "through": "command line", "url": PAGE})
    desk.settle()
    assert message.text == "Headline number 1\nx: skipped; y: skipped"
    assert not message.card.buttons


def test_a_yes_that_was_said_elsewhere_is_told_on_the_card_with_the_name(chat):
    desk = chat(route=ONE)
    message = desk.card
    desk.run("approve", {"who": "Olga", "through": "desk", "url": PAGE})
    desk.settle()
    assert message.text == "Headline number 1\nOlga said yes. x: due; y: due"
    assert not message.card.buttons


def test_no_more_than_ten_stories_ask_at_a_time_and_no_more_than_fifteen_messages_leave_in_a_minute(chat):
    desk = chat(*(article(number) for number in range(1, 41)), route=ONE)
    assert len(desk.cards) == 10
    for _ in range(5):
        desk.press(desk.cards[0], "Approve")
    assert len(desk.cards) == 10
    times = desk.talk.instants
    assert max(sum(at <= one < at + timedelta(minutes=1) for one in times) for at in times) <= 15


# -- editing


def test_a_text_is_written_anew_by_an_answer_and_measured_again(chat):
    desk = chat(route=ONE)
    desk.press(desk.card, "Edit…")
    assert desk.press(desk.card, "Edit for x") == "Answer the question below."
    question = desk.talk.messages[desk.talk.last]
    assert question.text.startswith(
        "Anna, answer this message with the words for x.\n\nNow it reads (171 characters):\nHeadline"
    )
    assert question.card.asks == ANNA
    assert desk.say("Anna's own words", answers=question.number) == ["x reads now as Anna wrote."]
    assert question.text == "This question is closed.\nx reads now as Anna wrote."
    assert f"x, 84 characters\nAnna's own words\n\n{PAGE}" in desk.card.text
    desk.press(desk.card, "Approve")
    sends(desk)
    assert desk.channels["x"].parcels[0].message.text.startswith("Anna's own words")
    assert desk.channels["y"].parcels[0].message.text.startswith("Headline number 1")


def test_words_that_do_not_fit_their_channel_are_refused_and_the_question_stays(chat):
    desk = chat(route=ONE)
    narrow(desk)
    desk.settle()
    desk.press(desk.card, "Edit…")
    desk.press(desk.card, "Edit for x")
    question = desk.talk.messages[desk.talk.last]
    assert "At most 200 characters. Now it reads" in question.text
    (told,) = desk.say("far too long " * 20, answers=question.number)
    assert "200 fit" in told
    assert desk.say("short", answers=question.number) == ["x reads now as Anna wrote."]
    assert desk.say("again", answers=question.number) == ["This question is closed. x reads now as Anna wrote."]


def narrow(desk: Chat) -> None:
    """Let x take two hundred characters at most."""
    desk.channels["x"].limits = Limits(text=200)


def test_words_of_ones_own_are_linted_again_and_what_was_found_is_told_at_once_and_on_the_card(chat):
    desk = chat(route=ONE)
    desk.press(desk.card, "Edit…")
    desk.press(desk.card, "Edit for x")
    question = desk.talk.messages[desk.talk.last]
    found = "lint holds this: entity-left: “&amp;” in the text; write &"
    assert desk.say("Fish &amp; chips", answers=question.number) == [f"x reads now as Anna wrote.\n{found}"]
    assert f"\n{found}\n" in desk.card.text
    desk.press(desk.card, "Approve")
    assert sends(desk) == 1
    desk.say(PAGE)
    story, held = desk.cards
    assert held.text.startswith("Lint holds this.")
    assert f"\n{found}\n" in held.text
    assert "\nx: held (lint): entity-left: “&amp;” in the text; write &\n" in f"{story.text}\n"
    assert "Send now" not in story.buttons
    assert desk.press(story, "Release", by=BORIS) == "Released by Boris."
    assert sends(desk) == 2


def test_a_post_by_hand_is_linted_before_it_is_made_and_one_that_would_be_refused_says_why(chat):
    desk = chat(config=CONFIG + '\n[style]\nblocked_words = ["secret"]\n')
    desk.say("/post x, y It is a secret")
    found = "lint holds this: blocked-word: “secret” in the text; use another word"
    assert desk.card.text.count(found) == 1
    desk.press(desk.card, "Never mind")
    narrow(desk)
    desk.say("/post x " + "far too long " * 20)
    assert "200 fit" in desk.card.text


def test_words_that_lint_holds_have_a_card_wherever_they_were_written(chat):
    desk = chat()
    sends(desk)
    desk.run("post", {"channels": ["x"], "text": "Fish &amp; chips", "who": "Carol", "through": "terminal"})
    desk.settle()
    sent = sends(desk)
    desk.settle()
    assert desk.card.text.startswith("Lint holds this.\nFish &amp; chips\n"), desk.card.text
    assert "lint holds this: entity-left: “&amp;” in the text; write &\n" in desk.card.text
    assert "Release" in desk.card.buttons
    assert desk.press(desk.card, "Hold") == "Held by Anna."
    assert desk.card.text.startswith("This waits.\n")
    assert desk.press(desk.card, "Release", by=BORIS) == "Released by Boris."
    sends(desk)
    desk.settle()
    card = desk.card
    assert desk.press(card, "Release") == "Released by Anna."
    assert card.text == "Fish &amp; chips\nReleased by Anna."
    assert not desk.cards
    assert sends(desk) == sent + 1


def test_an_answer_to_what_asks_nothing_says_how_words_are_changed(chat):
    desk = chat(route=ONE)
    assert desk.say("other words", answers=desk.card.number) == [
        "To change the words press Edit or Correct, and answer the question that comes."
    ]
    assert desk.say("thanks", answers=4711) == []


# -- what is in doubt


def test_nobody_knows_whether_it_is_there_until_somebody_says_so(chat):
    desk = chat()
    desk.channels["x"].answers = [UnknownOutcome("no answer in time")]
    sends(desk)
    doubts(desk)
    assert desk.card.text == (
        "Is it there?\nHeadline number 1\nNobody knows whether it arrived: x.\nno answer in time; nobody can be asked"
    ), desk.card.text
    assert desk.press(desk.card, "It is there") == "Settled by Anna: it is there."
    assert desk.states() == {"x": "sent", "y": "sent"}
    assert not desk.cards
    (detail,) = [row["detail"] for row in desk.app.store.deliveries.events(50) if row["kind"] == "settled"]
    assert detail == "sent: found: where is not said (through operations chat)"


def doubts(desk: Chat) -> None:
    """Let a person decide about what is unknown."""
    book = desk.app.store.doubts
    found = [(one, AskSomebody(reason="nobody can be asked")) for one in book.unknown(book.numbers(None))]
    book.settle(found, now=desk.clock.now(), actor="verifier")
    desk.settle()


@pytest.mark.parametrize(("button", "told", "state"), [
    ("Send again (y)", "Settled by Anna: it goes out again.", {"x": "unknown", "y": "due"}),
    ("It is there (x)", "Settled by Anna: it is there.", {"x": "sent", "y": "unknown"}),
    ("Drop", "Settled by Anna: dropped.", {"x": "skipped", "y": "skipped"}),
])  # fmt: skip
def test_a_doubt_on_two_channels_is_settled_on_each(chat, button, told, state):
    desk = chat()
    for channel in desk.channels.values():
        channel.answers = [UnknownOutcome("no answer in time")]
    sends(desk)
    doubts(desk)
    stale = desk.pressed(desk.card, "Drop")
    assert desk.press(desk.card, button) == told
    assert desk.states() == state
    desk.room.hear([stale])
    desk.settle()
    assert desk.states() == state
    assert desk.talk.answers[-1][1].startswith("Too late. Settled by Anna")


# -- stops


def test_two_taps_stop_everything_from_any_card_however_old_and_one_decision_ends_it(chat):
    desk = chat(route=ONE)
    message = desk.card
    late = desk.pressed(message, "Stop…")
    desk.clock.advance(3 * 86_400)
    desk.room.hear([late])
    desk.settle()
    menu = next(one for one in desk.cards if "Stop…" in one.buttons)
    desk.press(menu, "Stop…")
    assert desk.press(menu, "Stop everything") == "Stopped by Anna: everything."
    stop = next(one for one in desk.cards if "Resume…" in one.buttons)
    assert stop.text.startswith("Stopped: everything\nBy Anna at ")
    desk.press(stop, "Resume…")
    assert list(stop.buttons) == ["Send", "Fold", "Drop", "Back"]
    assert desk.press(stop, "Drop", by=BORIS).startswith("Boris resumes: ")
    assert stop.text.startswith("The stop is over.\nBoris resumes")
    assert not desk.run("stops", {})["stops"]


def test_a_stop_is_obeyed_from_a_card_that_is_decided(chat):
    desk = chat(route=ONE)
    desk.press(desk.card, "Stop…")
    stop = desk.pressed(desk.card, "Stop x")
    desk.press(desk.card, "Back")
    desk.press(desk.card, "Approve")
    desk.room.hear([stop])
    assert [one["channel"] for one in desk.run("stops", {})["stops"]] == ["x"]


def test_a_stop_in_words_and_a_stop_that_is_asked_for(chat):
    desk = chat()
    assert desk.say("/stop x until 18:00 wrong picture") == ["Stopped by Anna: x."]
    (stop,) = desk.run("stops", {})["stops"]
    assert (stop["channel"], stop["reason"], stop["who"], stop["through"], stop["until"]) == (
        "x", "wrong picture", "Anna", "operations chat", "2026-11-24T15:00:00Z",
    )  # fmt: skip
    assert desk.say("/stop") == []
    halt = next(one for one in desk.cards if "Never mind" in one.buttons)
    assert halt.text == "What is to be stopped?"
    desk.press(halt, "Never mind")
    assert halt.text == "This question is closed.\nAnna let it be."
    desk.say("/stop@desk_bot", by=BORIS)
    halt = next(one for one in desk.cards if "Never mind" in one.buttons)
    assert desk.press(halt, "Stop y", by=BORIS) == "Stopped by Boris: y."
    assert not halt.card.buttons
    assert sends(desk) == 0


def test_what_is_stopped_already_is_not_stopped_again(chat):
    desk = chat()
    desk.say("/stop x")
    assert desk.say("/stop x", by=BORIS) == ["It is stopped already, by Anna."]
    assert desk.say("/stop x until 18:00", by=BORIS) == ["Stopped by Boris: x."]
    assert desk.say("/stop all", by=BORIS) == ["Stopped by Boris: everything."]
    assert len(desk.run("stops", {})["stops"]) == 3


def test_what_waits_behind_a_stop_is_shown_and_decided_in_words(chat):
    desk = chat()
    desk.say("/stop all")
    stop = desk.card
    (told,) = desk.say("/resume")
    assert "x: Headline number 1" in told
    below = next(one for one in desk.cards if "Resume…" in one.buttons)
    assert below.number > stop.number
    assert stop.text == "The stop is over.\nThis card is old; a newer one stands below.", stop.text
    number = next(word for word in told.split() if word.startswith("#"))
    assert desk.say(f"/resume drop keep {number}") == ["Anna resumes: 1 sent, 1 dropped."]
    assert desk.say("/resume drop") == ["no stop is in force. distributor stops"]


# -- links


def test_a_pasted_link_shows_the_fate_of_a_story_everywhere_and_follows_it(chat):
    desk = chat()
    desk.say(f"what about {PAGE}?utm_source=tg", links=[f"{PAGE}?utm_source=tg"])
    assert desk.card.text == f"Headline number 1\n{PAGE}\n\nx: waits\ny: waits"
    assert list(desk.card.buttons) == ["Send now", "Hold", "Edit…", "Not here…", "Stop…"]
    assert desk.press(desk.card, "Send now") == "Anna sends it now."
    sends(desk)
    desk.settle()
    assert "x: sent 15:0" in desk.card.text
    links = [one.url for one in desk.card.card.entities if one.type == "text_link"]
    assert links == ["https://x.test/1", "https://x.test/1"]
    assert list(desk.card.buttons) == ["Correct…", "Withdraw…", "Stop…"]


def test_the_address_of_a_post_of_ours_leads_to_its_story(chat):
    desk = chat()
    desk.channels["x"].answers = [Receipt(remote_id="77", url="https://x.test/desk/77")]
    sends(desk)
    desk.say("https://x.test/desk/77")
    assert desk.card.text.startswith("Headline number 1")


def test_a_post_of_ours_is_found_however_its_link_was_copied(chat):
    desk = chat()
    desk.channels["x"].answers = [Receipt(remote_id="77", url="https://x.com/i/status/77")]
    desk.channels["y"].answers = [Receipt(remote_id="12", url="https://t.me/desk/12")]
    sends(desk)
    for link in ("https://twitter.com/desk/status/77?s=20", "https://t.me/s/desk/12?single"):
        old = desk.talk.last
        desk.say(link)
        assert desk.card.number > old
        assert desk.card.text.startswith("Headline number 1")


def test_each_story_of_several_links_has_its_card_once_and_no_message_makes_a_wall_of_them(chat):
    desk = chat(*(article(number) for number in range(1, 8)))
    pages = [article(number).url for number in range(1, 8)]
    assert desk.say("these two", links=[pages[0], f"{pages[0]}?utm_source=tg&fbclid=1", pages[1]]) == []
    assert sorted(one.text.split("\n")[0] for one in desk.cards) == ["Headline number 1", "Headline number 2"]
    (told,) = desk.say("all of them", links=pages)
    assert told == "3 more of these links are stories; paste them by themselves."
    assert len(desk.cards) == 4


def test_a_pasted_link_of_an_unknown_story_is_said_to_be_unknown_and_in_talk_it_is_let_be(chat):
    desk = chat()
    unknown = "https://news.example.org/nothing/"
    assert desk.say(unknown) == [f"No story is known by this address, and none of our posts: {unknown}"]
    assert desk.say(f"have you read {unknown} already?") == []
    assert not desk.cards


def test_pasting_a_link_again_moves_its_card_down_and_says_so_on_the_old_one(chat):
    desk = chat()
    desk.say(PAGE)
    old = desk.card
    desk.say(PAGE)
    assert desk.card.number > old.number
    assert old.text == "Headline number 1\nThis card is old; a newer one stands below."


# -- corrections and withdrawals


def test_a_correction_is_asked_for_in_words(chat, monkeypatch):
    desk = chat()
    sends(desk)
    desk.say(PAGE)
    calls: list[dict[str, str]] = []
    told(monkeypatch, desk, "correct", calls)
    desk.press(desk.card, "Correct…")
    question = desk.talk.messages[desk.talk.last]
    assert question.text == "Anna, answer this message with what was wrong, for readers.\n\nHeadline number 1"
    assert desk.say("The vote was on Monday.", by=BORIS, answers=question.number) == ["Corrected by Boris."]
    by = {"who": "Boris", "through": "operations chat"}
    assert calls == [{**by, "url": PAGE, "note": "The vote was on Monday."}]


def told(monkeypatch, desk: Chat, name: str, calls: list, result: dict | None = None) -> None:  # type: ignore[type-arg]
    """Let a call answer as told, and remember its arguments."""
    run = desk.run

    def ran(called, args):
        if called != name:
            return run(called, args)
        calls.append(dict(args))
        return result or {"is_new": True, "deliveries": [], "mailed": 0, "lines": 0}

    monkeypatch.setattr(desk.room, "_run", ran)


def test_a_withdrawal_needs_a_second_tap_and_tells_what_still_stands(chat):
    desk = chat()
    sends(desk)
    desk.say(PAGE)
    desk.press(desk.card, "Withdraw…")
    assert not [name for name, _ in desk.calls if name == "withdraw"]
    assert desk.press(desk.card, "Yes, withdraw everywhere") == "Withdrawn by Anna."
    report = [one.text for one in desk.talk.messages.values() if one.text.startswith("It still stands:")]
    assert len(report) == 1
    assert "x: " in report[0]
    assert "https://x.test/1" in report[0]
    assert "withdrawn" in [kind for kind, _ in desk.events()]


def test_other_languages_of_what_is_withdrawn_are_named_and_have_the_same_buttons_below(chat):
    other = article(2, headline="Заголовок", language="ru")
    desk = chat(article(1, translations=(other.url,)), other)
    sends(desk)
    desk.say(PAGE)
    desk.press(desk.card, "Withdraw…")
    assert desk.press(desk.card, "Yes, withdraw everywhere") == "Withdrawn by Anna."
    named = f"The same in (their cards are below):\nanother language: Заголовок {other.url}"
    assert any(one.text.endswith(named) for one in desk.talk.messages.values())
    below = desk.cards[-1]
    assert below.text.startswith("Заголовок\n")
    desk.press(below, "Withdraw…")
    assert desk.press(below, "Yes, withdraw everywhere", by=BORIS) == "Withdrawn by Boris."
    assert len([one for one in desk.talk.messages.values() if one.text.startswith("Заголовок\n")]) == 1


def test_another_language_that_is_withdrawn_already_has_no_card(chat):
    other = article(2, headline="Заголовок", language="ru")
    desk = chat(article(1, translations=(other.url,)), other)
    sends(desk)
    desk.run("withdraw", {"who": "Boris", "through": "command line", "url": other.url, "reason": "an error"})
    desk.say(PAGE)
    desk.press(desk.card, "Withdraw…")
    desk.press(desk.card, "Yes, withdraw everywhere")
    assert any(f"another language: Заголовок {other.url}" in one.text for one in desk.talk.messages.values())
    assert not [one for one in desk.talk.messages.values() if one.text.startswith("Заголовок\n")]


# -- posts by hand


def test_a_post_by_hand_is_shown_before_it_is_made(chat):
    desk = chat()
    desk.say("/post x, y at 16:30 Briefing at 17:00\nin the hall")
    draft = desk.card
    assert draft.text == (
        "Post this?\nOn x, y, at 16:30 +03.\n\nBriefing at 17:00\nin the hall\n\nx 29 characters; y 29 characters"
    )
    assert desk.press(draft, "Post") == "Posted by Anna: x, y."
    assert draft.text == "This question is closed.\nPosted by Anna: x, y."
    assert sum(one["state"] == "planned" for one in desk.run("deliveries", {"limit": 9})["deliveries"]) >= 2


def test_a_post_by_hand_whose_time_is_over_before_somebody_presses_is_refused(chat):
    desk = chat()
    desk.say("/post x at 16:30 Briefing at 17:00")
    draft = desk.card
    desk.clock.advance(24 * 3600)
    assert "is past" in desk.press(draft, "Post")
    assert [one for one in desk.run("deliveries", {"limit": 9})["deliveries"] if one["headline"] == "Briefing"] == []


def test_a_post_by_hand_with_a_link_at_once_and_one_that_is_taken_back(chat):
    desk = chat()
    desk.say("/post x See https://news.example.org/live/", links=["https://news.example.org/live/"])
    assert "On x, at once." in desk.card.text
    desk.press(desk.card, "Never mind")
    assert not desk.cards
    desk.say("/post x See https://news.example.org/live/", links=["https://news.example.org/live/"])
    desk.press(desk.card, "Post")
    (call,) = [args for name, args in desk.calls if name == "post"]
    assert call["link"] == "https://news.example.org/live/"
    assert "at" not in call


# -- alerts


@pytest.mark.parametrize(("button", "told", "state"), [
    ("Let all go", "Released by Anna.", "due"),
    ("Drop all", "Not sent: Anna decided so.", "skipped"),
])  # fmt: skip
def test_a_surge_is_let_go_or_dropped_from_its_card(chat, button, told, state):
    desk = chat()
    desk.clock.advance(3600)
    desk.articles = tuple(article(number, headline=f"Obituary {number}") for number in range(2, 102))
    desk.restart()
    desk.read()
    card = desk.card
    assert list(card.buttons) == ["Let all go", "Drop all", "Stop…"]
    assert sends(desk) == 2
    assert desk.press(card, button) == told
    assert not card.card.buttons
    rows = desk.run("deliveries", {"limit": 400})["deliveries"]
    assert sum(one["state"] == state for one in rows) == 200


def test_an_alert_that_is_told_here_already_has_no_card_and_its_end_closes_one(chat):
    desk = chat()
    desk.app.store.alerts.raise_alert("disk", "the disk is full", hint="make room", now=desk.clock.now())
    desk.app.store.alerts.raise_alert("unknown:x", "in doubt", now=desk.clock.now())
    desk.settle()
    message = desk.card
    assert message.text == "the disk is full\nmake room\nSince 15:00 +03"
    desk.app.store.alerts.recover("disk", "there is room", now=desk.clock.now())
    desk.settle()
    assert message.text == "the disk is full\nOver: there is room"
    here = CONFIG + '\n[alerts]\nchannels = ["tg"]\n'
    desk.app.close()
    desk.config = here.replace('chat = "@desk"', 'chat = "-100"')
    desk.open()
    desk.app.store.alerts.raise_alert("disk", "the disk is full", hint="make room", now=desk.clock.now())
    desk.settle()
    assert not desk.cards


# -- who may, and once


def test_a_stranger_gets_nothing_and_is_named_once_in_the_log(chat, caplog):
    desk = chat(route=ONE)
    assert desk.press(desk.card, "Approve", by=STRANGER) == "nothing"
    assert desk.say("/stop all", by=STRANGER) == []
    assert desk.say("/stop all", by=STRANGER) == []
    assert desk.say("/stop all", by=ANNA, chat=-7) == []
    assert desk.talk.answers == []
    assert set(desk.states().values()) == {"held"}
    assert not desk.run("stops", {})["stops"]
    lines = [record.getMessage() for record in caplog.records if "operations chat" in record.getMessage()]
    assert lines == [
        "operations chat: a button was pressed by a stranger (person 99, chat -100)",
        "operations chat: something was said in another chat (person 11, chat -7)",
    ]


def test_a_forged_press_does_nothing_and_is_not_answered(chat):
    desk = chat(route=ONE)
    good = desk.pressed(desk.card, "Approve")
    forged = [
        replace(good, pressed=good.pressed[:-1] + ("A" if good.pressed[-1] != "A" else "B"), press_id="f1"),
        replace(good, pressed=good.pressed.replace(".approve.", ".pull."), press_id="f2"),
        replace(good, pressed="approve", press_id="f3"),
        replace(good, pressed=sealed(b"another key", Press(card=1, verb="approve", stamp="aaaaaa")), press_id="f4"),
    ]
    desk.room.hear(forged)
    desk.settle()
    assert desk.talk.answers == []
    assert set(desk.states().values()) == {"held"}


def test_a_press_that_is_told_twice_is_done_once_and_a_second_press_changes_nothing(chat):
    desk = chat(route=TWO)
    press = desk.pressed(desk.card, "Approve")
    desk.room.hear([press])
    desk.room.hear([press, press])
    assert [name for name, _ in desk.calls if name == "approve"] == ["approve"]
    desk.settle()
    assert desk.talk.answers == [("p1", "Anna says yes; 1 more must.")]


def test_a_card_of_another_store_says_so(chat):
    desk = chat(route=ONE)
    key = signing_key(desk.app.store.key)
    press = replace(
        desk.pressed(desk.card, "Approve"), pressed=sealed(key, Press(card=99, verb="hold", stamp="aaaaaa"))
    )
    desk.room.hear([press])
    desk.settle()
    assert desk.talk.answers == [("p1", "This card is of another store; nothing happens.")]


def test_a_card_that_is_three_days_old_does_nothing_says_so_and_stands_anew_below(chat):
    desk = chat(route=ONE)
    old = desk.card
    press = desk.pressed(old, "Approve")
    desk.clock.advance(3 * 86_400)
    desk.restart()
    desk.room.hear([press])
    desk.settle()
    assert desk.talk.answers == [("p1", "This card is old; it shows now how things stand.")]
    assert set(desk.states().values()) == {"held"}
    assert old.text == "Headline number 1\nThis card is old; a newer one stands below."
    assert desk.card.number > old.number
    assert desk.press(desk.card, "Approve") == "Approved by Anna."


def test_a_story_card_of_yesterday_asks_nothing_any_more(chat):
    desk = chat()
    desk.say(PAGE)
    old = desk.card
    desk.clock.advance(86_401)
    desk.settle()
    assert old.text == "Headline number 1\nThis card is old, and asks nothing any more."
    assert not desk.cards


def test_a_press_counts_though_the_bot_was_restarted_before_it_was_heard(chat):
    desk = chat(route=ONE)
    press = desk.pressed(desk.card, "Approve")
    desk.restart()
    desk.room.hear([press])
    desk.settle()
    assert desk.states() == {"x": "due", "y": "due"}
    assert desk.talk.answers == [("p1", "Approved by Anna.")]


def cut_short(desk: Chat, monkeypatch) -> None:
    """Let the program end in the middle of an act, after it was done and before that was noted."""
    assert desk.last is not None
    with monkeypatch.context() as killed:
        killed.setattr(desk.app.store.cards, "done", lambda *_: (_ for _ in ()).throw(StoreError("killed")))
        with pytest.raises(StoreError):
            desk.room.hear([desk.last])
    desk.restart()


def test_an_act_that_a_crash_cut_short_is_done_again_where_twice_is_once(chat, monkeypatch):
    desk = chat(route=TWO)
    desk.last = desk.pressed(desk.card, "Approve")
    cut_short(desk, monkeypatch)
    desk.room.hear([desk.last])
    desk.settle()
    assert desk.talk.answers == [("p1", "Anna has said yes already; it needs somebody else.")]
    assert [kind for kind, _ in desk.events() if kind == "approved"] == ["approved", "approved"]  # on x and on y


def test_an_act_that_a_crash_cut_short_is_not_repeated_where_twice_is_two(chat, monkeypatch):
    desk = chat()
    desk.say("/post x Briefing at 11:00")
    desk.last = desk.pressed(desk.card, "Post")
    cut_short(desk, monkeypatch)
    desk.room.hear([desk.last])
    desk.settle()
    assert desk.talk.answers == [("p1", "Too late. Posted by Anna: x.")]
    assert [name for name, _ in desk.calls if name == "post"] == []
    rows = desk.run("deliveries", {"limit": 9})["deliveries"]
    assert sum(one["headline"] == "Briefing at 11:00" for one in rows) == 1


def test_whoever_asked_for_what_a_crash_cut_short_is_told_to_look(chat, monkeypatch):
    desk = chat()
    desk.say("/stop all")
    desk.last = desk_said(desk, "/resume drop")
    cut_short(desk, monkeypatch)
    desk.room.hear([desk.last])
    desk.settle()
    (told,) = [one.text for one in desk.talk.messages.values() if one.answers == desk.last.message_id]
    assert told == "The program ended while it did this. Look how things stand before you say it again."
    assert set(desk.states().values()) == {"skipped"}


def test_a_mistake_of_ours_is_told_and_does_not_come_again(chat, monkeypatch, caplog):
    desk = chat(route=ONE)
    monkeypatch.setattr(desk.room, "_run", lambda *_: 1 / 0)
    press = desk.pressed(desk.card, "Approve")
    desk.room.hear([press])
    monkeypatch.undo()
    desk.settle()
    assert desk.talk.answers[0][1].startswith("That ended in a mistake of the program")
    assert "unexpected error" in caplog.text


def test_what_was_written_long_ago_lets_nothing_leave_but_a_stop_is_obeyed(chat):
    desk = chat()
    for command in ("/post x Briefing", "/resume send"):
        (told,) = desk.say(command, ago=3600)
        assert "I was away when you wrote this" in told
    assert desk.say("/stop all", ago=3600) == ["Stopped by Anna: everything."]


# -- topics


def test_in_another_topic_a_command_is_obeyed_and_answered_there_and_a_link_is_let_be(chat):
    desk = chat()
    assert desk.say(PAGE, topic=77) == []
    assert not desk.cards
    desk.say("/stop y", topic=77)
    reply = next(one for one in desk.talk.messages.values() if one.text == "Stopped by Anna: y.")
    assert reply.topic == 77
    assert desk.card.topic == TOPIC  # the stop's own card stands where cards stand


# -- a platform that refuses


def test_an_act_counts_though_its_answer_cannot_be_given(chat):
    desk = chat(route=ONE)
    press = desk.pressed(desk.card, "Approve")
    desk.room.hear([press])
    desk.talk.errors = [Rejected("query is too old")]
    desk.settle()
    assert desk.talk.answers == []
    assert desk.states() == {"x": "due", "y": "due"}


def test_while_the_chat_cannot_be_written_to_acts_count_somebody_is_told_and_the_cards_follow(chat):
    desk = chat(route=ONE)
    message = desk.card
    desk.room.hear([desk.pressed(message, "Approve")])
    desk.talk.errors = [Rejected("old"), Unauthorized("the bot was thrown out")]
    desk.room.work()
    assert desk.states() == {"x": "due", "y": "due"}
    assert message.card.buttons
    (alert,) = desk.app.store.alerts.open_alerts()
    assert alert.text == "cards cannot be shown in the operations chat: the bot was thrown out"
    desk.clock.advance(60)
    desk.settle()
    assert not message.card.buttons
    assert not desk.app.store.alerts.open_alerts()


def test_a_card_whose_answer_was_lost_is_shown_again_and_either_copy_may_be_pressed(chat):
    desk = chat(route=ONE)
    desk.app.store.cards.posted(1, None, "")
    desk.settle()
    first, second = desk.cards
    late = desk.pressed(first, "Approve")
    assert desk.press(first, "Approve") == "Approved by Anna."
    assert second.text == "Headline number 1\nApproved by Anna."
    assert first.text == "Headline number 1\nThis card is old; a newer one stands below."
    desk.room.hear([late])
    desk.settle()
    assert desk.talk.answers[-1] == (late.press_id, "Too late. Approved by Anna.")


def test_a_press_on_a_card_of_which_no_number_is_known_tells_it(chat):
    desk = chat(route=ONE)
    message = desk.card
    desk.app.store.cards.posted(1, None, "x")
    desk.press(message, "Approve")
    assert not message.card.buttons


def test_a_card_that_somebody_took_away_is_shown_anew(chat):
    desk = chat(route=TWO)
    gone = desk.card
    desk.room.hear([desk.pressed(gone, "Approve")])
    with_error(desk, Rejected("message to edit not found"))
    assert desk.cards[-1].number > gone.number


def with_error(desk: Chat, error: Exception) -> None:
    """Let the next change of a card be refused."""
    change = desk.talk.change

    def refuse(number, card):
        desk.talk.change = change  # type: ignore[method-assign]
        raise error

    desk.talk.change = refuse  # type: ignore[method-assign]
    desk.settle()


def test_a_card_that_is_gone_when_it_is_to_be_closed_is_closed_all_the_same(chat):
    desk = chat(route=ONE)
    desk.room.hear([desk.pressed(desk.card, "Approve")])
    with_error(desk, Rejected("message to edit not found"))
    assert not desk.app.store.cards.leaving()
    assert not desk.app.store.cards.open_cards()


def test_a_card_that_the_platform_will_never_take_is_not_tried_for_ever(chat, monkeypatch, caplog):
    desk = chat()
    tries = []

    def refuse(card, **_):
        tries.append(card)
        raise Rejected("a button's data is invalid")

    monkeypatch.setattr(desk.talk, "show", refuse)
    desk.say(PAGE)
    desk.settle()
    assert len(tries) == 1
    assert "a card was refused" in caplog.text
    desk.say("/help")
    assert "an answer was refused" in caplog.text


def test_an_answer_that_nobody_could_be_given_for_long_is_none_any_more(chat):
    desk = chat()
    desk.room.hear([desk_said(desk, "/help")])
    desk.talk.errors = [Unavailable("no network")]
    desk.room.work()
    desk.clock.advance(601)
    desk.settle()
    assert not [one for one in desk.talk.messages.values() if "Paste a link" in one.text]


def desk_said(desk: Chat, text: str):
    return Said(person=ANNA, name="?", chat=CHAT, topic=0, message_id=500, at=desk.clock.now(), text=text)


def test_a_bot_that_is_not_in_its_chat_hears_nothing_and_one_that_cannot_ask_is_told_again(chat):
    desk = chat()
    desk.talk.errors = [Unauthorized("not in the chat")]
    desk.room.hear([desk_said(desk, "/stop all")])
    desk.talk.errors = [Unavailable("no network")]
    with pytest.raises(Unavailable):
        desk.room.hear([desk_said(desk, "/stop all")])
    assert not desk.run("stops", {})["stops"]
    desk.room.hear([desk_said(desk, "/stop all")])
    assert desk.run("stops", {})["stops"]


def test_the_room_is_woken_by_what_is_said(chat):
    desk = chat()
    desk.room.hear([desk_said(desk, "/help")])
    desk.room.wait(timedelta(hours=1))
    desk.room.wake()
    desk.room.wait(timedelta(hours=1))


def test_marks_count_as_the_platform_counts_them(chat):
    desk = chat(article(1, headline="😀 Flood in Brest"), route=ONE)
    bold = next(one for one in desk.card.card.entities if one.type == "bold")
    assert bold == Entity(type="bold", offset=16, length=17)


def test_a_command_whose_call_refuses_is_told_why(chat):
    desk = chat()
    (told,) = desk.say("/handover 999")
    assert "999 hours are more than a sheet can tell" in told
    assert desk.say("/status")[0].startswith("Live.")
    assert desk.say("/next")[0].splitlines() == ["15:00 +03 x: Headline number 1", "15:00 +03 y: Headline number 1"]
    assert desk.say("/roll@desk_bot") == ["There is no /roll. /help tells what there is."]
    assert desk.say("good morning") == []


def test_a_round_up_or_issue_in_doubt_is_named_and_a_channel_that_is_gone_shows_no_words(chat):
    desk = chat(route=ONE)
    assert desk.room._sight.title(4711) == "number 4711"
    assert desk.room._sight.story(4711) is None
    desk.app.close()
    desk.config = CONFIG.replace('["x", "y"]', '["x"]').replace('[channels.y]\ntype = "console"\n', "").replace(
        "#route", ONE
    )  # fmt: skip
    del desk.channels["y"]
    desk.open()
    desk.settle()
    assert "x, 171 characters" in desk.card.text
    assert list(desk.card.buttons)[:2] == ["Approve", "Hold"]


def test_a_bot_that_hears_no_links_says_so_once(chat, caplog):
    desk = chat()
    desk.talk.hears_all = False
    desk.say("/help")
    desk.say("/help")
    told = [one.getMessage() for one in caplog.records if "pasted links" in one.getMessage()]
    assert told == ["operations chat: the bot hears no pasted links; make it an administrator of “Operations”"]


def test_the_pace_of_the_platform_itself_is_waited_out(chat):
    desk = chat(route=ONE)
    desk.room.hear([desk.pressed(desk.card, "Approve")])
    begun = desk.clock.now()
    desk.talk.errors = [Rejected("old"), RateLimited("wait", retry_after=timedelta(seconds=30))]
    desk.settle()
    assert not desk.cards
    assert desk.clock.now() - begun >= timedelta(seconds=30)
    for _ in range(4):  # a chat that stays away is told of too
        desk.room.hear([desk_said(desk, f"/help {desk.clock.now()}")])
    desk.talk.errors = [Unavailable("no network")] * 4
    desk.settle()
    assert desk.talk.errors == []


def test_a_question_of_a_story_that_waits_nowhere_shows_its_headline_and_grows_old(chat):
    desk = chat(route=ONE)
    desk.press(desk.card, "Edit…")
    desk.press(desk.card, "Edit for x")
    question = desk.talk.messages[desk.talk.last]
    desk.clock.advance(86_401)
    desk.settle()
    assert question.text == "This question is closed.\nThis question is old."
    desk.app.store.cards.begin("edit", 4711, desk.clock.now(), detail='{"person": 11, "name": "Anna", "channel": "x"}')
    desk.settle()
    assert desk.talk.messages[desk.talk.last].text == "Anna, answer this message with the words for x."
    (told,) = desk.say("words", answers=desk.talk.last)
    assert told == "This question is closed."
