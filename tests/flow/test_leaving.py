"""Leaving by one click (RFC 8058), coming back, and the letters about it: on the real store, over the real routes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from distributor.looks import row_json
from distributor.model import LetterKind, State
from distributor.rules.mail.links import Links
from distributor.rules.mail.tokens import Purpose, Ticket
from distributor.store.connection import queries
from distributor.web.opening import readers_routes
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk

PUBLIC = "https://desk.example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Desk:
    """An app whose readers' pages are asked as a browser or a mail program would."""

    def __init__(self, folder):
        self.clock = HandClock()
        self.mail = ToldBulk("mail")
        config = f'{CONFIG}\n[web]\npublic = "{PUBLIC}"\n[desk]\nname = "Northern Wire"\n'
        self.app = told_app(folder, clock=self.clock, config=config, channels={"mail": self.mail})
        self.store = self.app.store
        self.browser = TestClient(make_site(readers_routes(self.app)), follow_redirects=False)
        self.reader = self.subscribe("reader@example.org", language="en")

    def subscribe(self, address, topics=("morning", "mail"), language=""):
        return self.store.subscribers.subscribe(address, topics, now=NOON, source="operator", language=language)

    def link(self, purpose=Purpose.LEAVE, **ticket):
        told = {"subscriber": self.reader, "topics": ("morning",), "number": 1} | ticket
        return Links(PUBLIC, self.store.key).to(purpose, Ticket(**told)).removeprefix(PUBLIC)

    def states(self, reader=None):
        return self.store.subscribers.standing(reader or self.reader, ())

    def letters(self):
        """Send what is due; the mails that left."""
        self.mail.parcels.clear()
        while self.app.deliverers["mail"].run_once():
            pass
        return list(self.mail.parcels)


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path)
    yield found
    found.app.close()


def test_one_click_ends_the_subscription_at_once_and_again_is_no_error(desk):
    for _ in range(3):
        answer = desk.browser.post(desk.link(), data=ONE_CLICK)
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
        assert desk.states() == {"morning": "unsubscribed", "mail": "confirmed"}
    consents = desk.store.letters.consents(desk.reader)
    assert [(one["act"], json.loads(one["topics"]), one["source"]) for one in consents] == [
        ("operator", ["morning", "mail"], "operator"),
        ("left", ["morning"], "one-click of a mail program"),
    ]


def test_the_other_form_of_the_body_works_as_well(desk):
    answer = desk.browser.post(desk.link(), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert desk.states()["morning"] == "unsubscribed"


def test_a_hundred_looks_of_scanners_change_nothing(desk):
    for number in range(100):
        answer = desk.browser.request("HEAD" if number % 2 else "GET", desk.link())
        assert answer.status_code == 200
    for form in ({}, {"List-Unsubscribe": "Two-Clicks"}, {"x": "List-Unsubscribe=One-Click"}):
        assert desk.browser.post(desk.link(), data=form).status_code == 400
    for method in ("PUT", "DELETE", "OPTIONS"):
        assert desk.browser.request(method, desk.link(), data=ONE_CLICK).status_code == 405
    assert desk.browser.post(desk.link(), content=b"\xff" * 50, headers={"content-type": "text/plain"}).is_error
    assert desk.browser.post(desk.link(), content=b"--x", headers={"content-type": "multipart/form-data"}).is_error
    assert set(desk.states().values()) == {"confirmed"}
    assert desk.letters() == []


def test_links_that_were_forged_cut_or_made_elsewhere_end_nothing(desk):
    own = desk.link()
    foreign = Links(PUBLIC, bytes(32)).to(Purpose.LEAVE, Ticket(subscriber=desk.reader, topics=("morning",)))
    for path in (own[:-1], own + "A", own[:-8] + "AAAAAAAA", foreign.removeprefix(PUBLIC), "/r/leave/1"):
        assert desk.browser.get(path).status_code == 404
        assert desk.browser.post(path, data=ONE_CLICK).status_code == 404
    other = desk.link(Purpose.DIALS).replace("/dials/", "/leave/")
    assert desk.browser.post(other, data=ONE_CLICK).status_code == 404
    nobody = desk.link(subscriber=99)
    assert desk.browser.post(nobody, data=ONE_CLICK).status_code == 404
    assert set(desk.states().values()) == {"confirmed"}


def test_who_left_during_an_issue_gets_nothing_that_has_not_left(desk):
    desk.subscribe("other@example.org")
    desk.app.ingesters["politics"].run_once(NOON)
    desk.clock.advance(3600)
    desk.app.digesters["morning"].run_due(desk.clock.now())
    desk.browser.post(desk.link(), data=ONE_CLICK)
    sent = desk.letters()
    assert [(one.recipient.address, one.message.subject) for one in sent if "unsubscribed" in one.message.subject] == [
        ("reader@example.org", "Northern Wire: you have unsubscribed")
    ]
    assert [one.recipient.address for one in sent[1:]] == ["other@example.org"]


def test_a_letter_tells_the_reader_with_the_way_back_which_works_once_and_for_thirty_days(desk):
    desk.browser.post(desk.link(), data={**ONE_CLICK, "by": "page"})
    (letter,) = desk.letters()
    back = letter.recipient.links.confirm.removeprefix(PUBLIC)
    assert letter.message.language == "en"
    assert desk.letters() == []
    assert "Shall these newsletters come again" in desk.browser.get(back).text
    assert desk.states()["morning"] == "unsubscribed"
    for _ in range(2):
        assert "The newsletters come again" in desk.browser.post(back).text
        assert desk.states() == {"morning": "confirmed", "mail": "confirmed"}
    desk.clock.advance(60)
    desk.browser.post(desk.link(), data=ONE_CLICK)
    assert desk.browser.post(back).status_code == 200
    assert desk.states()["morning"] == "unsubscribed"  # what ended later is another letter's
    desk.clock.advance(timedelta(days=31).total_seconds())
    assert desk.browser.get(back).status_code == desk.browser.post(back).status_code == 410
    assert "Take it back" not in desk.browser.get(desk.link()).text


def test_the_page_of_a_link_that_was_used_offers_the_way_back(desk):
    page = desk.browser.post(desk.link(), data=ONE_CLICK).text
    back = page.partition('action="../undo/')[2].partition('"')[0]
    assert desk.browser.post(f"/r/undo/{back}").status_code == 200
    assert desk.states()["morning"] == "confirmed"


def test_an_undo_of_a_letter_that_is_not_there_or_of_another_reader_does_nothing(desk):
    for ticket in ({"number": 99, "until": NOON + timedelta(days=1)}, {"subscriber": 99, "number": 99}):
        assert desk.browser.post(desk.link(Purpose.UNDO, **ticket)).status_code == 410


def test_a_link_without_a_topic_ends_all_of_them(desk):
    desk.browser.post(desk.link(topics=()), data=ONE_CLICK)
    assert set(desk.states().values()) == {"unsubscribed"}


def test_who_never_confirmed_leaves_without_a_letter(desk):
    desk.store._writer.call(lambda c: c.run("UPDATE subscriptions SET state = 'unconfirmed' WHERE topic = 'morning'"))
    desk.browser.post(desk.link(), data=ONE_CLICK)
    assert desk.states()["morning"] == "unsubscribed"
    assert desk.letters() == []
    assert "Nothing more will come." in desk.browser.get(desk.link()).text


def test_mails_and_their_one_click_headers_carry_the_readers_own_links(desk):
    desk.app.ingesters["politics"].run_once(NOON)
    desk.clock.advance(3600)
    desk.app.digesters["morning"].run_due(desk.clock.now())
    (mail,) = desk.letters()
    links = mail.recipient.links
    assert desk.browser.get(links.leave.removeprefix(PUBLIC)).status_code == 200
    assert links.leave.startswith(f"{PUBLIC}/r/leave/")
    assert links.dials.startswith(f"{PUBLIC}/r/dials/")
    assert links.view.startswith(f"{PUBLIC}/r/issue/")


def test_without_a_public_address_there_are_no_pages_and_no_links(tmp_path):
    app = told_app(tmp_path)
    assert readers_routes(app) == ()
    app.close()


def test_the_page_speaks_the_language_of_the_link_the_reader_the_browser_and_the_newsroom(desk):
    russian = desk.subscribe("ru@example.org", language="ru-BY")
    spoken = {"accept-language": "ru;q=0.9, en;q=0.1"}
    assert 'lang="en"' in desk.browser.get(desk.link(), headers=spoken).text
    assert "Отписаться" in desk.browser.get(desk.link(subscriber=russian)).text
    assert 'lang="en"' in desk.browser.get(desk.link(subscriber=russian) + "?lang=en").text
    assert "никуда не ведёт" in desk.browser.get("/r/leave/x", headers=spoken).text
    desk.browser.post(desk.link(subscriber=russian), data=ONE_CLICK)
    (letter,) = desk.letters()
    assert letter.message.subject == "Northern Wire: вы отписались"
    assert letter.message.language == "ru"


def test_pages_load_nothing_are_framed_by_nobody_and_are_not_kept(desk):
    fields = desk.browser.get(desk.link()).headers
    assert "script" not in fields["content-security-policy"]
    assert "default-src 'none'" in fields["content-security-policy"]
    assert "frame-ancestors 'none'" in fields["content-security-policy"]
    assert (fields["cache-control"], fields["referrer-policy"]) == ("no-store", "no-referrer")
    assert fields["x-robots-tag"] == "noindex"


def test_where_a_click_came_from_is_kept_as_a_network_and_the_proxys_word_counts(desk):
    for named, kept in (
        ("203.0.113.77", "203.0.113.0/24"),
        ("10.1.1.1, 2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("unknown", "127.0.0.0/24"),
    ):
        reader = desk.subscribe(f"reader{len(kept)}@example.org")
        near = TestClient(make_site(readers_routes(desk.app)), client=("127.0.0.1", 5000))
        near.post(desk.link(subscriber=reader), data=ONE_CLICK, headers={"x-forwarded-for": named})
        assert desk.store.letters.consents(reader)[-1]["network"] == kept
    far = TestClient(make_site(readers_routes(desk.app)), client=("192.0.2.9", 5000))
    far.post(desk.link(), data=ONE_CLICK, headers={"x-forwarded-for": "203.0.113.77"})
    assert desk.store.letters.consents(desk.reader)[-1]["network"] == "192.0.2.0/24"


def test_an_end_on_the_operators_word_is_on_record_too(desk):
    assert desk.store.subscribers.leave("Reader@example.org", "morning", NOON) == 1
    assert desk.store.subscribers.leave("reader@example.org", "morning", NOON) == 0
    last = desk.store.letters.consents(desk.reader)[-1]
    assert (last["act"], last["source"], json.loads(last["topics"])) == ("left", "operator", ["morning"])


def test_nobody_changes_or_drops_what_a_reader_agreed_to(desk):
    for statement in ("UPDATE consents SET act = 'left'", "DELETE FROM consents"):
        with pytest.raises(Exception, match="append-only"):
            desk.store._writer.call(lambda c, said=statement: c.run(said))


def test_after_a_restore_no_letter_of_before_is_sent_or_in_doubt(desk):
    desk.browser.post(desk.link(), data=ONE_CLICK)
    skip = {"reason": "restore: it is news no more", "now": 0}
    desk.store._writer.call(lambda c: c.run(queries("deliveries")["fence_alerts"], skip))
    assert desk.letters() == []
    (row,) = desk.store.deliveries.list()
    assert (State(row_json(row)["state"]), row_json(row)["headline"]) == (State.SKIPPED, "letter: left")


def test_without_a_channel_for_letters_leaving_still_ends_and_can_be_taken_back(desk):
    desk.store.letters.tell("")
    desk.browser.post(desk.link(), data=ONE_CLICK)
    assert desk.letters() == []
    assert desk.store.letters.latest(desk.reader, LetterKind.LEFT) is not None
    assert desk.store.letters.latest(desk.reader, LetterKind.FRESH) is None
