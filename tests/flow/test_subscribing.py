"""Subscribing with a double yes: by page, by command, by a newsroom's system; nobody can be flooded with letters."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from distributor.calls import dispatch
from distributor.errors import CallError, StoreError
from distributor.net.signed import headers
from distributor.rules.mail.readers import asking
from distributor.web.opening import _keys, readers_routes
from distributor.web.readers.hook import SubscriberHook
from distributor.web.readers.subscribing import form_words
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import HandClock, ToldBulk

PUBLIC = "https://desk.example.org"
SETTINGS = f"""{CONFIG}
title = "Morning news"
description = "Every morning at seven"
categories = ["Politics", "Sport"]

[digests.inside]
channel = "mail"
offered = false

[web]
public = "{PUBLIC}"
listen = "127.0.0.1:0"

[desk]
name = "Northern Wire"

[readers]
secret = "a-secret-of-the-newsroom"
"""


class Desk:
    """An app whose form is filled in as a person, or a robot, would."""

    def __init__(self, folder, config=SETTINGS):
        self.clock = HandClock()
        self.mail = ToldBulk("mail")
        self.app = told_app(folder, clock=self.clock, config=config, channels={"mail": self.mail})
        self.store = self.app.store
        self.woken = 0
        self.browser = self.at("203.0.113.7")

    def at(self, address):
        site = make_site(readers_routes(self.app, self.wake))
        return TestClient(site, client=(address, 5000), follow_redirects=False)

    def wake(self):
        self.woken += 1

    def fill(self, address="reader@example.org", to=("morning",), wait=5, browser=None, **more):
        """The page's answer to a form that was open for some seconds."""
        browser = browser or self.browser
        page = browser.get("/r/subscribe").text
        mark = page.partition('name="form" value="')[2].partition('"')[0]
        self.clock.advance(wait)
        return browser.post("/r/subscribe", data={"address": address, "to": list(to), "form": mark, **more})

    def letters(self):
        self.mail.parcels.clear()
        while self.app.deliverers["mail"].run_once():
            pass
        return list(self.mail.parcels)

    def states(self):
        return {(row["address"], row["topic"]): row["state"] for row in self.store.subscribers.list()}


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path)
    yield found
    found.app.close()


def path(letter):
    return letter.recipient.links.confirm.removeprefix(PUBLIC)


def test_nothing_is_sent_before_the_reader_says_yes_and_scanners_say_nothing(desk):
    assert "Look into your mailbox" in desk.fill().text
    (letter,) = desk.letters()
    assert letter.message.subject == "Northern Wire: please confirm your subscription"
    assert "* Morning news" in letter.message.text
    for number in range(20):
        assert desk.browser.request("HEAD" if number % 2 else "GET", path(letter)).status_code == 200
    assert desk.states() == {("reader@example.org", "morning"): "unconfirmed"}
    assert desk.store.subscribers.audience("morning") == []
    for _ in range(2):
        answer = desk.browser.post(path(letter))
        assert (answer.status_code, "You are subscribed" in answer.text) == (200, True)
        assert desk.states() == {("reader@example.org", "morning"): "confirmed"}
    assert desk.woken == 1


def test_what_the_reader_agreed_to_is_on_record_word_for_word(desk):
    desk.fill()
    (letter,) = desk.letters()
    desk.browser.post(path(letter))
    asked, confirmed = desk.store.letters.consents(1)
    assert (asked["act"], confirmed["act"]) == ("asked", "confirmed")
    assert asked["form"] == form_words("en", "Northern Wire")
    assert asked["form"] in desk.browser.get("/r/subscribe").text
    assert asked["version"] == "subscribe-1/en"
    assert asked["network"] == confirmed["network"] == "203.0.113.0/24"
    assert json.loads(asked["topics"]) == json.loads(confirmed["topics"]) == ["morning"]


def test_one_click_on_the_confirmation_ends_what_was_asked_and_its_link(desk):
    desk.fill()
    (letter,) = desk.letters()
    leave = letter.recipient.links.leave.removeprefix(PUBLIC)
    assert desk.browser.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert desk.browser.get(path(letter)).status_code == desk.browser.post(path(letter)).status_code == 410
    assert desk.states() == {("reader@example.org", "morning"): "unsubscribed"}
    assert desk.letters() == []


def test_a_confirmation_that_nobody_answered_is_over_after_a_week(desk):
    desk.fill()
    (letter,) = desk.letters()
    desk.clock.advance(timedelta(days=8).total_seconds())
    assert desk.browser.post(path(letter)).status_code == 410
    assert desk.browser.post("/r/confirm/nonsense").status_code == 410


def test_the_letter_of_a_reader_who_was_erased_meanwhile_confirms_nothing(desk):
    desk.fill()
    (letter,) = desk.letters()
    desk.store.dials.erase(1, desk.clock.now())
    assert desk.browser.get(path(letter)).status_code == desk.browser.post(path(letter)).status_code == 410


def test_who_never_said_yes_is_forgotten_after_a_month_and_nobody_else_is(desk):
    desk.fill("stranger@example.org")
    desk.fill("reader@example.org")
    desk.fill("left@example.org")
    for letter in desk.letters():
        if letter.recipient.address != "stranger@example.org":
            desk.browser.post(path(letter))
    desk.store.subscribers.leave("left@example.org", None, desk.clock.now())
    desk.clock.advance(timedelta(days=29).total_seconds())
    assert desk.store.dials.forget_strangers(desk.clock.now()) == 0
    desk.clock.advance(timedelta(days=2).total_seconds())
    assert [desk.store.dials.forget_strangers(desk.clock.now()) for _ in range(2)] == [1, 0]
    assert {row["address"] for row in desk.store.subscribers.list()} == {"reader@example.org", "left@example.org"}
    desk.fill("stranger@example.org")  # nothing keeps them from asking again
    assert [one.recipient.address for one in desk.letters()] == ["stranger@example.org"]


def test_no_link_and_no_address_of_a_form_stands_in_the_log(desk, caplog):
    caplog.set_level("DEBUG")
    desk.fill("secret-reader@example.org")
    (letter,) = desk.letters()
    desk.browser.post(path(letter))
    desk.browser.get(path(letter)[:-1])
    told = [record.getMessage() for record in caplog.records if record.name.startswith(("distributor", "uvicorn"))]
    token = path(letter).rpartition("/")[2]
    assert not any("secret-reader" in one or token in one or "203.0.113.7" in one for one in told)


def test_whoever_the_address_is_the_answer_is_the_same(desk):
    desk.store.subscribers.subscribe("known@example.org", ["morning"], now=desk.clock.now(), source="operator")
    desk.store.subscribers.suppress("gone@example.org", kind="complaint", reason="x", now=desk.clock.now())
    answers = {
        re.sub(r"sha256-\S+", "", desk.fill(f"{who}@example.org", **more).text)
        for who, more in (("new", {}), ("known", {}), ("gone", {}), ("robot", {"website": "http://x"}), ("new", {}))
    }
    assert len(answers) == 1
    letters = {one.recipient.address: one.message.subject for one in desk.letters()}
    assert letters == {
        "new@example.org": "Northern Wire: please confirm your subscription",
        "known@example.org": "Northern Wire: your link",
    }


def test_an_address_gets_one_letter_a_day_however_often_and_from_wherever_it_is_typed(desk):
    for number in range(30):
        browser = desk.at(f"198.51.{number}.7")
        assert desk.fill("Victim@example.org" if number % 2 else "victim@example.org", browser=browser).is_success
    assert len(desk.letters()) == 1
    desk.clock.advance(timedelta(hours=24).total_seconds())
    desk.fill("victim@example.org")
    assert len(desk.letters()) == 1


def test_a_network_and_a_domain_can_ask_only_so_often_and_again_later(desk, monkeypatch):
    monkeypatch.setattr(asking, "PER_NETWORK", 4)
    monkeypatch.setattr(asking, "PER_DOMAIN", 6)
    for number in range(10):
        desk.fill(f"r{number}@school.example", wait=3)
    assert len(desk.letters()) == 4
    for number in range(10, 20):
        desk.fill(f"r{number}@school.example", wait=3, browser=desk.at(f"198.51.{number}.7"))
    assert len(desk.letters()) == 2
    desk.clock.advance(3600)
    desk.fill("r30@school.example")
    assert len(desk.letters()) == 1


def test_the_limits_outlive_a_restart(tmp_path):
    desk = Desk(tmp_path)
    desk.fill()
    desk.app.close()
    again = Desk(tmp_path)
    again.clock.advance(60)
    again.fill()
    assert len(again.letters()) == 1  # the first, which had not left
    again.app.close()


def test_a_form_filled_in_too_quickly_or_of_yesterday_or_made_up_is_shown_once_more(desk):
    for wait in (1, timedelta(days=2).total_seconds()):
        answer = desk.fill(wait=wait)
        assert "Please press the button once more" in answer.text
        assert 'value="reader@example.org"' in answer.text
        assert " checked>" in answer.text
    answer = desk.browser.post("/r/subscribe", data={"address": "a@example.org", "to": "morning", "form": "x"})
    assert "Please press the button once more" in answer.text
    assert desk.letters() == []


def test_the_one_newsletter_there_is_is_not_chosen_in_anybodys_name(desk):
    assert " checked>" not in desk.browser.get("/r/subscribe").text
    assert " checked>" in desk.browser.get("/r/subscribe?to=morning").text


def test_a_form_of_very_many_fields_is_none(desk):
    answer = desk.browser.post("/r/subscribe", content="a=1&" * 400, headers={"content-type": "text/plain"})
    assert answer.status_code == 422


def test_what_is_no_address_and_a_choice_of_nothing_are_said(desk):
    assert "not a mail address" in desk.fill("nonsense").text
    assert desk.fill("nonsense").status_code == 422
    assert "choose at least one" in desk.fill(to=()).text
    assert "choose at least one" in desk.fill(to=("inside", "alerts")).text  # nobody may ask for these
    assert desk.letters() == []


def test_the_form_shows_what_is_offered_and_chooses_what_the_link_names(desk):
    page = desk.browser.get("/r/subscribe?to=morning").text
    assert "Morning news" in page
    assert "Every morning at seven" in page
    assert "Politics, Sport" in page
    assert "inside" not in page
    assert "<script" not in page
    russian = desk.browser.get("/r/subscribe", headers={"accept-language": "ru"}).text
    assert 'lang="ru"' in russian


def test_a_newsroom_that_offers_nothing_says_so(tmp_path):
    desk = Desk(tmp_path, SETTINGS.replace('title = "Morning news"', "offered = false"))
    assert "nothing to subscribe to" in desk.browser.get("/r/subscribe").text
    desk.app.close()


def test_a_reader_who_left_can_ask_again_and_comes_back_only_by_saying_yes(desk):
    reader = desk.store.subscribers.subscribe("reader@example.org", ["morning"], now=desk.clock.now())
    desk.store.subscribers.end(reader, ["morning"], source="link", now=desk.clock.now())
    desk.letters()
    desk.fill()
    assert desk.store.subscribers.audience("morning") == []
    (letter,) = desk.letters()
    desk.browser.post(path(letter))
    assert desk.store.subscribers.audience("morning") == [reader]


def test_a_stranger_changes_nothing_of_what_a_reader_has_told(desk):
    desk.store.subscribers.subscribe(
        "reader@example.org", ["morning"], now=desk.clock.now(), name="Anna", language="ru"
    )
    wish = {"address": "reader@example.org", "topics": ["morning"], "name": "Other", "language": "en"}
    dispatch(desk.app, "ask_reader", wish)
    (row,) = desk.store.subscribers.list()
    assert (row["name"], row["language"]) == ("Anna", "ru")


def test_the_operator_asks_by_a_letter(desk):
    wish = {"address": "reader@example.org", "topics": ["morning", "mail"], "language": "ru"}
    assert dispatch(desk.app, "ask_reader", wish)["asked"] is True
    assert dispatch(desk.app, "ask_reader", wish)["asked"] is False
    (letter,) = desk.letters()
    assert letter.message.subject == "Northern Wire: подтвердите подписку"
    with pytest.raises(CallError, match="alerts"):
        dispatch(desk.app, "ask_reader", wish | {"topics": ["alerts"]})


def test_without_pages_nobody_can_be_asked(tmp_path):
    app = told_app(tmp_path)
    with pytest.raises(CallError, match="no page to say yes on"):
        dispatch(app, "ask_reader", {"address": "reader@example.org", "topics": ["morning"]})
    app.close()


class Hook:
    """A newsroom's system that pushes readers."""

    def __init__(self, desk, answer=None):
        self.desk = desk
        hook = SubscriberHook(_keys(desk.app), answer or self.answer, desk.clock.now)
        self.system = TestClient(make_site(hook.routes))

    def answer(self, name, args):
        return dispatch(self.desk.app, name, args)

    def push(self, document, key=b"a-secret-of-the-newsroom"):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.system.post(
            "/hooks/subscribers", content=body, headers=headers("msg_1", body, self.desk.clock.now(), [key])
        )


def test_a_system_brings_readers_who_are_asked_or_who_have_said_yes_there(desk):
    hook = Hook(desk)
    assert hook.push({"address": "a@example.org", "topics": ["morning"]}).json()["asked"] is True
    told = {"address": "b@example.org", "topics": ["morning"], "confirmed": True, "form": "I agree", "version": "7"}
    assert hook.push(told).status_code == 200
    assert desk.states() == {
        ("a@example.org", "morning"): "unconfirmed",
        ("b@example.org", "morning"): "confirmed",
    }
    (consent,) = desk.store.letters.consents(2)
    assert (consent["source"], consent["form"], consent["version"]) == ("api", "I agree", "7")


def test_what_a_system_sends_unsigned_or_unread_is_refused_in_words(desk):
    hook = Hook(desk)
    good = {"address": "a@example.org", "topics": ["morning"]}
    assert hook.push(good, key=b"another secret").status_code == 401
    for wrong in (b"\xff", b"[]", {"address": "a@example.org"}, good | {"topics": [1]}, good | {"confirmed": "yes"}):
        assert hook.push(wrong).json()["error"]["code"] == "not_read"
    assert hook.push(good | {"admin": True}).status_code == 422
    assert hook.push(good | {"topics": ["nothing"]}).json()["error"]["code"] == "unknown_topic"
    assert hook.push(good | {"address": "x"}).json()["error"]["code"] == "bad_address"
    assert desk.states() == {}


def test_a_system_is_told_to_try_again_where_the_store_does_not_answer(desk):
    def fails(name, args):
        raise StoreError("full")

    assert Hook(desk, fails).push({"address": "a@example.org", "topics": ["morning"]}).status_code == 503
