"""Readers' dials: set by a link in a mail, taken back by a letter; what no forwarded mail may do needs a fresh link."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from distributor.model import Choice, LetterKind, Rhythm, SubscriptionState
from distributor.rules.mail.links import Links
from distributor.rules.mail.tokens import Purpose, Ticket
from distributor.web.opening import readers_routes
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk

PUBLIC = "https://desk.example.org"
SETTINGS = f"""{CONFIG}
title = "Morning news"
categories = ["Sport", "Politics", "Money"]

[digests.evening]
channel = "mail"

[digests.inside]
channel = "mail"
offered = false

[web]
public = "{PUBLIC}"

[desk]
name = "Northern Wire"
"""
#: the form as a reader finds it who has the first newsletter and has chosen nothing
PLAIN = {"act": "save", "get-0": "yes"}


class Desk:
    """An app with one reader, and the reader's browser."""

    def __init__(self, folder):
        self.clock = HandClock()
        self.mail = ToldBulk("mail")
        self.app = told_app(folder, clock=self.clock, config=SETTINGS, channels={"mail": self.mail})
        self.store = self.app.store
        self.browser = TestClient(make_site(readers_routes(self.app)), follow_redirects=False)
        self.reader = self.store.subscribers.subscribe("reader@example.org", ["morning"], now=NOON)

    def link(self, purpose=Purpose.DIALS, **ticket):
        told = {"subscriber": self.reader} | ticket
        return Links(PUBLIC, self.store.key).to(purpose, Ticket(**told)).removeprefix(PUBLIC)

    def fresh(self):
        return self.link(Purpose.FRESH, until=self.clock.now() + timedelta(hours=1))

    def save(self, path=None, **fields):
        told = {name.replace("_", "-") if name[-1].isdigit() else name: value for name, value in fields.items()}
        return self.browser.post(path or self.link(), data=PLAIN | told)

    def has(self):
        return self.store.dials.get(self.reader)

    def choice(self, topic="morning"):
        return next((one for one in self.has().choices if one.topic == topic), None)

    def letters(self):
        self.mail.parcels.clear()
        while self.app.deliverers["mail"].run_once():
            pass
        return list(self.mail.parcels)


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path)
    yield found
    found.app.close()


EVERYTHING = {
    "language": "ru",
    "zone": "Asia/Almaty",
    "quiet_from": "22:30",
    "quiet_to": "06:45",
    "most_per_day": "3",
    "text_only": "yes",
    "clicks": "yes",
    "paused_until": "2026-12-24",
    "rhythm_0": "weekly",
    "hour_0": "07:15",
    "weekday_0": "5",
    "section_0": ["Politics", "Sport", "Nonsense"],
    "get_1": "yes",
    "rhythm_1": "at-once",
}


def test_every_dial_is_set_by_the_link_of_a_mail_and_shown_again(desk):
    answer = desk.save(**EVERYTHING)
    assert answer.status_code == 200
    has = desk.has()
    assert has.dials.language == "ru"
    assert has.dials.zone == "Asia/Almaty"
    assert has.dials.quiet == "22:30-06:45"
    assert has.dials.most_per_day == 3
    assert (has.dials.text_only, has.clicks) == (True, True)
    assert has.dials.paused_until == datetime(2026, 12, 23, 19, tzinfo=UTC)
    assert desk.choice() == Choice(
        topic="morning",
        state=SubscriptionState.CONFIRMED,
        sections=("Politics", "Sport"),
        rhythm=Rhythm.WEEKLY,
        hour="07:15",
        weekday=5,
    )
    assert desk.choice("evening").state is SubscriptionState.CONFIRMED
    page = desk.browser.get(desk.link()).text
    for shown in ('value="22:30"', 'value="2026-12-24"', "<option selected>Asia/Almaty", 'value="Politics" checked'):
        assert shown in page
    assert 'value="Money" checked' not in page
    assert 'lang="ru"' in page


def test_a_letter_tells_of_the_change_and_takes_all_of_it_back(desk):
    before = desk.has()
    desk.save(**EVERYTHING)
    desk.clock.advance(60)
    desk.save(zone="Europe/Minsk")  # a minute later is the same sitting: no second letter
    (letter,) = desk.letters()
    assert letter.message.subject == "Northern Wire: your settings were changed"
    back = letter.recipient.links.confirm.removeprefix(PUBLIC)
    assert "as they were before?" in desk.browser.get(back).text
    assert desk.has().dials.zone == "Europe/Minsk"
    for _ in range(2):
        assert "again as they were before." in desk.browser.post(back).text
    after = desk.has()
    assert (after.dials, after.clicks) == (before.dials, before.clicks)
    assert desk.choice() == before.choices[0]
    assert desk.choice("evening").state is SubscriptionState.UNSUBSCRIBED
    assert desk.letters() == []


def test_a_later_change_has_a_letter_of_its_own_and_no_change_has_none(desk):
    desk.save()
    assert desk.letters() == []
    desk.save(most_per_day="2")
    desk.clock.advance(3600)
    desk.save(most_per_day="3")
    assert len(desk.letters()) == 2
    assert [one["act"] for one in desk.store.letters.consents(desk.reader)] == ["operator", "changed", "changed"]


def test_clicks_are_counted_only_for_who_agreed_and_not_for_who_agrees_no_more(desk):
    for form, agreed in (({}, None), ({"clicks": "yes"}, True), ({}, False)):
        desk.save(**form)
        assert desk.has().clicks is agreed


def test_looks_change_nothing_and_foreign_links_open_nothing(desk):
    before = desk.has()
    for number in range(50):
        assert desk.browser.request("HEAD" if number % 2 else "GET", desk.link()).status_code == 200
    other = desk.link(Purpose.LEAVE).replace("leave", "dials")
    for path in ("/r/dials/x", desk.link()[:-1], other, desk.link(subscriber=9)):
        assert desk.browser.get(path).status_code == 404
        assert desk.browser.post(path, data=PLAIN).status_code == 404
    assert desk.browser.post(desk.link(), data={"act": "destroy"}).status_code == 400
    assert desk.has() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"language": "klingon"},
        {"quiet_from": "22:00"},
        {"quiet_to": "22:00"},
        {"quiet_from": "25:00", "quiet_to": "07:00"},
        {"most_per_day": "0"},
        {"most_per_day": "-1"},
        {"paused_until": "tomorrow"},
        {"rhythm_0": "sometimes"},
        {"hour_0": "7 am"},
        {"weekday_0": "8"},
    ],
)
def test_what_cannot_be_read_saves_nothing_and_is_marked(desk, wrong):
    before = desk.has()
    answer = desk.save(text_only="yes", **wrong)
    assert answer.status_code == 422
    assert "Nothing was saved" in answer.text
    assert 'name="text_only" value="yes" checked' in answer.text
    assert "aria-invalid" in answer.text
    assert desk.has() == before


def test_a_newsletter_is_left_and_taken_on_the_page_and_what_is_not_shown_stays(desk):
    desk.store.subscribers.subscribe("reader@example.org", ["inside", "alerts"], now=NOON)
    page = desk.browser.get(desk.link()).text
    assert "inside" in page  # the reader has it, though nobody else may ask for it
    desk.browser.post(desk.link(), data={"act": "save", "get-1": "yes"})
    states = desk.store.subscribers.standing(desk.reader, ())
    assert states == {
        "alerts": "confirmed",
        "evening": "confirmed",
        "inside": "unsubscribed",
        "morning": "unsubscribed",
    }


def test_all_sections_ticked_are_no_choice_and_a_quiet_time_of_nothing_is_none(desk):
    desk.save(section_0=["Sport", "Politics", "Money"], quiet_from="07:00", quiet_to="07:00")
    assert desk.choice().sections == ()
    assert desk.has().dials.quiet == ""


def test_the_link_of_a_mail_neither_shows_nor_erases_nor_moves_anything(desk):
    assert "reader@example.org" not in desk.browser.get(desk.link()).text
    for form in ({"act": "export"}, {"act": "erase", "sure": "yes"}, {"act": "move", "address": "b@example.org"}):
        answer = desk.browser.post(desk.link(), data=form)
        assert answer.status_code == 403
        assert "you need a fresh link" in answer.text
    dialling = desk.app.reception.dialling
    seat = dialling.look(desk.link().rpartition("/")[2], fresh=False)
    assert dialling.erase(seat) is dialling.ask_move(seat, "b@example.org", network="") is False
    assert dialling.everything(seat) is None
    assert desk.has().address == "reader@example.org"
    assert desk.letters() == []


def test_a_fresh_link_comes_by_letter_once_in_ten_minutes_and_holds_for_two_hours(desk):
    for _ in range(3):
        assert "on its way to your address" in desk.browser.post(desk.link(), data={"act": "fresh"}).text
    (letter,) = desk.letters()
    fresh = letter.recipient.links.confirm.removeprefix(PUBLIC)
    assert "reader@example.org" in desk.browser.get(fresh).text
    assert desk.save(fresh, most_per_day="9").status_code == 200
    assert desk.letters() == []  # who came by a fresh link needs no word about it
    desk.clock.advance(2 * 3600)
    assert desk.browser.get(fresh).status_code == desk.browser.post(fresh, data=PLAIN).status_code == 410


def test_a_fresh_link_gives_all_that_is_known(desk):
    desk.save(most_per_day="2")
    desk.letters()
    answer = desk.browser.post(desk.fresh(), data={"act": "export"})
    assert answer.headers["content-disposition"].startswith("attachment")
    told = json.loads(answer.text)
    assert told["reader"]["address"] == "reader@example.org"
    assert told["subscriptions"][0]["topic"] == "morning"
    assert [one["act"] for one in told["consents"]] == ["operator", "changed"]
    assert [one["kind"] for one in told["letters"]] == ["changed"]
    assert (told["mails"][0]["state"], told["mails"][0]["letter"]) == ("sent", "changed")
    assert told["reader"]["created_at"] == "2026-11-24T12:00:00Z"


def test_an_erased_reader_is_known_by_nothing_but_a_mark(desk):
    desk.save(most_per_day="2")
    desk.letters()
    desk.store._writer.call(lambda c: c.run("UPDATE deliveries SET reason = 'to reader@example.org'"))
    desk.store._writer.call(
        lambda c: c.run(
            "INSERT INTO attempts (delivery_id, at, outcome, detail) SELECT id, 0, 'retry', '450 reader@example.org' "
            "FROM deliveries"
        )
    )
    desk.store.subscribers.suppress("reader@example.org", kind="bounce", reason="x", now=NOON)
    fresh, link = desk.fresh(), desk.link()
    assert desk.browser.post(fresh, data={"act": "erase"}).status_code == 422
    assert desk.has() is not None
    assert "Everything is erased" in desk.browser.post(fresh, data={"act": "erase", "sure": "yes"}).text
    for path in (fresh, link, desk.link(Purpose.LEAVE)):
        assert desk.browser.get(path).is_error
        assert desk.browser.post(path, data=PLAIN | {"List-Unsubscribe": "One-Click"}).is_error
    assert desk.store.subscribers.list() == []
    told = desk.store._readers.query("SELECT detail AS told FROM attempts UNION SELECT reason FROM deliveries")
    assert [row["told"] for row in told] == ["450 (erased)", "to (erased)"]


def test_nothing_of_an_erased_reader_can_be_asked_of_the_store(desk):
    desk.save(most_per_day="2")
    desk.letters()
    desk.browser.post(desk.fresh(), data={"act": "move", "address": "second@example.org"})
    for statement in (
        "INSERT INTO returns (remote_id, at, source, kind, address, action, reason) "
        "VALUES ('1', 0, 'hook x', 'bounce', 'reader@example.org', 'none', 'reader@example.org is full')",
        "INSERT INTO bounce_scores (address, halves, day) VALUES ('reader@example.org', 1, 0)",
    ):
        desk.store._writer.call(lambda c, said=statement: c.run(said))
    desk.browser.post(desk.fresh(), data={"act": "erase", "sure": "yes"})
    tables = [row["name"] for row in desk.store._readers.query("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    for table in tables:
        for row in desk.store._readers.query(f"SELECT * FROM {table}"):
            assert not any("@example.org" in str(value) for value in tuple(row) if table != "messages"), table
    assert desk.store.subscribers.list() == []
    assert desk.letters() == []


def test_another_address_needs_the_yes_of_both(desk):
    assert (
        "both addresses get a letter"
        in desk.browser.post(desk.fresh(), data={"act": "move", "address": "Second@Example.org"}).text
    )
    old, new = sorted(desk.letters(), key=lambda one: one.recipient.address != "reader@example.org")
    assert (old.recipient.address, new.recipient.address) == ("reader@example.org", "Second@example.org")
    assert "Second@example.org" in old.message.text
    paths = [one.recipient.links.confirm.removeprefix(PUBLIC) for one in (old, new)]
    for path in paths:
        assert "Shall mail go to" in desk.browser.get(path).text
    for _ in range(2):
        assert "as soon as the other address" in desk.browser.post(paths[0]).text
    assert desk.has().address == "reader@example.org"
    assert "Your address is changed" in desk.browser.post(paths[1]).text
    assert "Your address is changed" in desk.browser.post(paths[0]).text
    assert desk.has().address == "Second@example.org"
    assert desk.choice().state is SubscriptionState.CONFIRMED
    assert desk.store.letters.consents(desk.reader)[-1]["act"] == "moved"


def test_an_address_that_is_a_reader_already_gets_what_the_other_had(desk):
    other = desk.store.subscribers.subscribe("second@example.org", ["evening"], now=NOON)
    desk.browser.post(desk.fresh(), data={"act": "move", "address": "second@example.org"})
    for letter in desk.letters():
        desk.browser.post(letter.recipient.links.confirm.removeprefix(PUBLIC))
    assert desk.store.subscribers.standing(other, ()) == {"evening": "confirmed", "morning": "confirmed"}
    assert desk.store.subscribers.standing(desk.reader, ()) == {"morning": "unsubscribed"}


def test_a_change_of_address_cannot_flood_anybody_and_tells_nothing(desk):
    answers = [desk.browser.post(desk.fresh(), data={"act": "move", "address": "v@example.org"}) for _ in range(5)]
    assert len({answer.text.partition("Your data")[0].replace(desk.link(Purpose.LEAVE), "") for answer in answers}) == 1
    assert len(desk.letters()) == 2
    assert desk.browser.post(desk.fresh(), data={"act": "move", "address": "nonsense"}).status_code == 422


def test_a_link_for_another_address_is_over_after_two_days_and_is_nobody_elses(desk):
    desk.browser.post(desk.fresh(), data={"act": "move", "address": "second@example.org"})
    path = desk.letters()[0].recipient.links.confirm.removeprefix(PUBLIC)
    number = desk.store.letters.latest(desk.reader, LetterKind.ADDRESS_OLD).id
    until = NOON + timedelta(days=1)
    for odd in ("/r/address/x", desk.link(Purpose.ADDRESS, subscriber=9, number=number, until=until)):
        assert desk.browser.get(odd).status_code == desk.browser.post(odd).status_code == 410
    desk.clock.advance(timedelta(days=3).total_seconds())
    assert desk.browser.post(path).status_code == 410


def test_a_reader_who_is_gone_meanwhile_is_given_no_dials(desk):
    has = desk.has()
    letter = desk.store.letters
    desk.save(most_per_day="2")
    told = letter.latest(desk.reader, LetterKind.CHANGED)
    desk.store.dials.erase(desk.reader, NOON)
    assert desk.store.dials.set(has, source="x", network="", is_told=True, now=NOON) is False
    assert desk.store.dials.take_back(told, desk.reader, source="x", network="", now=NOON) is False
    assert desk.store.dials.everything(desk.reader) is None
    assert desk.store.dials.erase(desk.reader, NOON) is False
