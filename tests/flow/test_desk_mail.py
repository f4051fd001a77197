"""The desk's pages of newsletters: issues under control, what a reader would get, and readers one by one."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from distributor.calls import dispatch
from distributor.errors import CallError, StoreError
from distributor.keys import passwords
from distributor.model.returns import Arrival, Cause, Effect, Judged, Kind, Return
from distributor.store.connection import open_reader
from distributor.store.opening import FILE
from distributor.web.desk.mail import importing
from distributor.web.desk.mail.importing import WAITS
from distributor.web.opening import desk_routes
from distributor.web.site import make_site
from tests.api.fitting import misfits
from tests.flow.test_readers_issues import HOUR, READERS, Kiosk
from tests.support import NOON, article

HERE = "https://desk.example.org"
PASSWORD = "a long and quiet river"
OWN = {"sec-fetch-site": "same-origin", "origin": HERE}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
WEB = '[web]\nlisten = "127.0.0.1:0"\npublic = "https://desk.example.org"\n[desk]\nzone = "Europe/Minsk"\n'
UNDO = READERS.replace("most = 5", 'most = 5\nundo = "2m"')
CANARY = READERS.replace("most = 5", 'most = 5\ncanary = "20%"\ncanary_wait = "20m"')
CLICKS = "[mail]\ncount_clicks = true\n"
ROOT = Path(__file__).resolve().parent.parent.parent


class Mailroom(Kiosk):
    """A newsroom with one digest, at whose desk somebody of each role sits."""

    def __init__(self, folder: Path, config: str = READERS) -> None:
        super().__init__(folder, config.replace("0 13 *", "0 16 *") + WEB)  # 13:00 in UTC
        for name, role in (("Vera", "viewer"), ("Edda", "editor"), ("Carla", "chief")):
            told = {"who": "root", "through": "command line"}
            dispatch(self.app, "user_add", {**told, "name": name, "role": role, "password": PASSWORD})
        self.site = make_site(desk_routes(self.app, lambda name, args: dispatch(self.app, name, args)))

    def at_desk(self, name: str = "Carla") -> TestClient:
        browser = TestClient(self.site, follow_redirects=False, base_url=HERE, client=("203.0.113.9", 5), headers=OWN)
        told = {"name": name, "password": PASSWORD, "next": "/desk"}
        assert browser.post("/desk/login", data=told).status_code == 303
        return browser

    def opened(self, readers: int = 3) -> int:
        """An issue for so many readers whose slot has come; its number."""
        for number in range(readers):
            self.reader(f"r{number}")
        self.publish(1, 2)
        self.clock.at += HOUR
        self.round()
        return self.app.store.issues.list()[0].id

    def ask(self, call: str, **args: Any) -> dict[str, Any]:
        return dispatch(self.app, call, args)

    def events(self) -> list[tuple[str, str, str]]:
        return [(row["actor"], row["kind"], row["detail"]) for row in self.app.store.deliveries.events(50)]


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(passwords, "USUAL", cheapest := passwords.Cost(memory=8, passes=1))
    monkeypatch.setattr(passwords.lock_up, "__defaults__", (cheapest,))


@pytest.fixture
def desk(tmp_path, request: pytest.FixtureRequest) -> Iterator[Mailroom]:
    found = Mailroom(tmp_path, getattr(request, "param", READERS))
    yield found
    found.app.close()


def press(browser: TestClient, call: str, back: str, **fields: Any) -> Any:
    return browser.post(f"/desk/act/{call}", data={**fields, "back": back})


# ---- digests and issues


def test_a_digest_shows_its_next_slots_the_stories_that_are_expected_and_its_last_issues(desk):
    desk.opened(3)
    desk.publish(4)
    page = desk.at_desk("Vera").get("/desk/digests")
    assert page.status_code == 200
    assert page.text.count("<time datetime=") == 3
    assert "25 November 2026, 16:00 (Europe/Minsk)" in page.text
    assert "Expected stories: 1" in page.text
    assert f'href="/desk/story?url={article(4).url.replace(":", "%3A")}"' in page.text
    assert "<b>3</b> accepted" in page.text
    assert "readers: 3" in page.text
    assert "r1@example.org" not in page.text
    assert 'hx-get="/desk/digests"' in page.text


def test_what_would_be_no_issue_says_why_and_a_skipped_one_said_so(desk):
    desk.reader("ann")
    desk.clock.at += HOUR
    desk.round()
    page = desk.at_desk("Vera").get("/desk/digests").text
    assert "As things stand there would be no issue:" in page
    assert "skipped: <bdi>" in page


def test_a_list_does_not_count_the_readers_of_a_large_issue(desk, monkeypatch):
    issue = desk.opened(3)
    monkeypatch.setattr("distributor.calls.mail.digests.SUMMED", 2)
    (told,) = desk.ask("digests")["digests"]
    assert (told["issues"][0]["issue"], told["issues"][0]["sums"], told["issues"][0]["recipients"]) == (issue, None, 3)


@pytest.mark.parametrize("desk", [UNDO], indirect=True)
def test_in_the_undo_window_stop_now_stands_open_and_ends_the_issue_with_nothing_sent(desk):
    issue = desk.opened(3)
    browser, path = desk.at_desk("Edda"), f"/desk/digests/issue/{issue}"
    page = browser.get(path).text
    assert f'<details class="stop" id="stop-{issue}" open>' in page
    assert "Until then a stop ends the issue with nothing sent." in page
    assert 'hx-trigger="every 5s"' in page
    assert press(browser, "issue_stop", path, issue=issue).status_code == 422, "a reason is needed"
    done = press(browser, "issue_stop", path, issue=issue, reason="the lead is wrong")
    assert (done.status_code, done.headers["location"]) == (303, f"{path}?did=issue_stop")
    desk.clock.at += timedelta(minutes=5)
    assert desk.round() == {}
    page = browser.get(path).text
    assert "the lead is wrong" in page
    assert "the issue was ended" in page
    assert "hx-get" not in page
    assert "issue_rest" not in page, "the rest is a chief's"
    assert "issue_rest" in desk.at_desk().get(path).text


def test_whoever_may_only_look_sees_no_button(desk):
    issue = desk.opened(2)
    for path in ("/desk/digests", f"/desk/digests/issue/{issue}", "/desk/digests/preview/morning"):
        assert "/desk/act/" not in desk.at_desk("Vera").get(path).text


@pytest.mark.parametrize("desk", [CANARY], indirect=True)
def test_a_canary_is_watched_stopped_and_let_go_by_who_may(desk):
    issue = desk.opened(10)
    path = f"/desk/digests/issue/{issue}"
    page = desk.at_desk("Edda").get(path).text
    assert "a share goes first" in page
    assert "wanted: 20%" in page
    assert "issue_resume" not in page
    chief = desk.at_desk()
    assert "Send it to everybody else now" in chief.get(path).text
    assert press(chief, "issue_stop", path, issue=issue, reason="wait").status_code == 303
    stopped = chief.get(f"{path}?receipt=1").text
    assert "Let it go on" in stopped
    assert "waiting for the canary" in stopped
    assert 'hx-get="/desk/digests/issue/' in stopped
    assert press(chief, "issue_resume", path, issue=issue).status_code == 303
    assert press(chief, "issue_resume", path, issue=issue).status_code == 303
    desk.clock.at += timedelta(minutes=1)
    assert len(desk.round()) == 8
    page = chief.get(path).text
    assert "each is accounted for" in page
    assert "<b>10</b> accepted" in page


@pytest.mark.parametrize("desk", [READERS + CLICKS], indirect=True)
def test_an_issue_shows_its_stories_with_their_clicks_and_links_to_its_rest(desk):
    issue = desk.opened(2)
    story = desk.ask("issue_show", issue=issue)["stories"][0]
    desk.app.store.archive.count(issue, story["id"])
    page = desk.at_desk("Vera").get(f"/desk/digests/issue/{issue}").text
    assert "clicks: 1" in page
    assert "clicks: 0" in page
    assert "Which text readers got" in page


def test_the_rest_of_an_ended_issue_is_an_issue_of_its_own(desk, monkeypatch):
    monkeypatch.setattr(desk.relay, "batch", 1)
    send, chief = desk.relay.send, desk.at_desk()

    def ending(parcel: Any) -> Any:
        monkeypatch.setattr(desk.relay, "send", send)
        issue = desk.app.store.issues.list()[0].id
        assert press(chief, "issue_stop", "/desk", issue=issue, reason="enough", ends="on").status_code == 303
        return send(parcel)

    monkeypatch.setattr(desk.relay, "send", ending)
    issue = desk.opened(6)
    desk.clock.at += timedelta(minutes=1)
    desk.round()
    path = f"/desk/digests/issue/{issue}"
    assert "Send it to the rest" in chief.get(path).text
    assert press(chief, "issue_rest", path, issue=issue).status_code == 303
    desk.round()
    rest = desk.app.store.issues.list()[0].id
    assert f'href="/desk/digests/issue/{rest}"' in chief.get(path).text
    assert f'href="{path}"' in chief.get(f"/desk/digests/issue/{rest}").text


@pytest.mark.parametrize("path", ["issue/999", "issue/0", "issue/x", "preview/none", "mail/none", "mail/morning"])
def test_there_is_no_page_of_what_there_is_not(desk, path):
    assert desk.at_desk().get(f"/desk/digests/{path}").status_code == 404


# ---- previews


def test_a_preview_says_of_each_story_why_it_is_in_or_out_and_draws_the_mail(desk):
    number = desk.reader("ann", sections=["Politics"])
    desk.publish(1, categories=("Politics",))
    desk.publish(2, categories=("Sport",))
    browser = desk.at_desk()
    sent = {"address": "ann@example.org", "at": "2026-11-24T15:00", "zone": "Europe/Minsk"}
    chosen = browser.post("/desk/digests/preview/morning", data=sent)
    where = chosen.headers["location"]
    assert (chosen.status_code, "ann" in where, f"reader={number}" in where) == (303, False, True)
    page = browser.get(where)
    assert page.status_code == 200
    assert "for ann@example.org" in page.text
    assert "This moment is no slot of this reader" in page.text
    assert "its section Sport is not among those chosen: Politics" in page.text
    assert 'value="2026-11-24T15:00"' in page.text
    frames = re.findall(r'<iframe sandbox title="[^"]+" src="([^"]+)"', page.text)
    assert len(frames) == 2
    for frame in frames:
        mail = browser.get(frame.replace("&amp;", "&"))
        assert mail.status_code == 200
        policy = mail.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "; sandbox;" in policy
        assert "script" not in policy
        assert mail.headers["x-frame-options"] == "SAMEORIGIN"
        assert article(1).headline in mail.text
        assert "href=" not in mail.text
        assert "(the reader&#39;s own address)" in mail.text or "(the reader's own address)" in mail.text
        assert "ann@example.org" not in mail.text
    assert "@media all" in browser.get(frames[1].replace("&amp;", "&")).text
    assert "@media not all" in browser.get(frames[0].replace("&amp;", "&")).text


def test_without_a_reader_it_is_for_who_chose_nothing_and_editors_see_no_more(desk):
    number = desk.reader("ann", text_only=1)
    desk.publish(1)
    editor = desk.at_desk("Edda")
    page = editor.get("/desk/digests/preview/morning")
    assert "for a reader who chose nothing" in page.text
    assert 'name="address"' not in page.text
    assert "digest_test" not in page.text
    assert editor.get("/desk/digests/mail/morning").status_code == 200
    for path in ("preview/morning", "mail/morning"):
        assert editor.get(f"/desk/digests/{path}?reader={number}").status_code == 403
    assert editor.post("/desk/digests/preview/morning", data={"address": "ann@example.org"}).status_code == 403
    chief = desk.at_desk()
    assert chief.get(f"/desk/digests/preview/morning?reader={number}").status_code == 200
    assert chief.get(f"/desk/digests/mail/morning?reader={number}").status_code == 404, "it has no HTML part"
    assert chief.get("/desk/digests/preview/morning?reader=99999").status_code == 404
    assert chief.get(f"/desk/digests/preview/morning?reader={number}&at=whenever").status_code == 422
    unknown = chief.post("/desk/digests/preview/morning", data={"address": "nobody@example.org"})
    assert (unknown.status_code, "nobody has the address" in unknown.text) == (404, True)
    foreign = chief.post("/desk/digests/preview/morning", data={}, headers={"origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_a_test_is_sent_from_the_preview_and_a_suppressed_reader_gets_nothing(desk):
    desk.reader("ann")
    desk.publish(1)
    chief, path = desk.at_desk(), "/desk/digests/preview/morning"
    sent = press(chief, "digest_test", path, name="morning", to="desk@example.org", reader="ann@example.org")
    assert sent.headers["location"] == f"{path}?did=digest_test"
    assert desk.relay.parcels[-1].message.subject.startswith("[Test] ")
    desk.ask("suppress", address="ann@example.org", reason="asked", who="Carla", through="x")
    page = chief.get(f"{path}?reader={desk.ask('reader_number', address='ann@example.org')['reader']}")
    assert "No mail would leave:" in page.text
    assert "the address is suppressed" in page.text


def test_it_must_be_clear_which_reader_is_meant(desk):
    for asked in ({}, {"reader": "ann@example.org", "number": 1}):
        with pytest.raises(CallError, match="not clear which reader"):
            desk.ask("digest_foresee", name="morning", **asked)


# ---- readers


def found(browser: TestClient, text: str) -> list[str]:
    page = browser.post("/desk/readers", data={"text": text})
    assert page.status_code == 200
    return re.findall(r'<h3><a href="/desk/readers/reader/\d+"><bdi>([^<]+)</bdi>', page.text)


def test_readers_are_found_by_the_beginning_of_their_address_or_of_its_domain(desk):
    for address in ("anna@example.org", "Annika@example.net", "ben@annals.example", "zoe@example.org"):
        desk.app.store.subscribers.subscribe(address, ["morning"], now=NOON, source="test")
    browser = desk.at_desk()
    assert found(browser, "ann") == ["anna@example.org", "Annika@example.net", "ben@annals.example"]
    assert found(browser, "ANNA@") == ["anna@example.org"]
    assert found(browser, "@example.o") == ["anna@example.org", "zoe@example.org"]
    assert found(browser, "EXAMPLE.NET") == ["Annika@example.net"]
    assert found(browser, "%%") == []
    assert found(browser, "nobody") == []
    short = browser.post("/desk/readers", data={"text": "a"})
    assert (short.status_code, "too little to look for" in short.text) == (422, True)
    (told,) = desk.ask("readers", text="ann", limit=1)["readers"]
    assert told["subscriptions"] == {"morning": "confirmed"}
    assert desk.ask("readers", text="ann", limit=1)["more"] is True
    assert desk.ask("readers", text="zoe", limit=1)["more"] is False


def test_no_address_of_a_reader_is_in_any_address_of_a_page(desk):
    desk.reader("ann")
    browser = desk.at_desk()
    pages = [browser.post("/desk/readers", data={"text": "ann"}), browser.get("/desk/readers/reader/1")]
    for page in pages:
        assert page.status_code == 200
        assert not [
            one
            for one in re.findall(r'(?:href|action|src|hx-get)="([^"]*)"', page.text)
            if re.search("ann(?!els)", one)
        ]
    assert all(page.headers["referrer-policy"] == "same-origin" for page in pages)


@pytest.mark.parametrize("who", ["Vera", "Edda"])
def test_readers_addresses_are_for_those_alone_who_may_have_the_list(desk, who):
    number = desk.reader("ann")
    issue = desk.opened(2)
    browser = desk.at_desk(who)
    assert 'href="/desk/readers"' not in browser.get("/desk").text
    paths = ("/desk/readers", f"/desk/readers/reader/{number}", "/desk/readers/import")
    answers = [browser.get(path) for path in paths]
    posts = ("", f"/reader/{number}/export", "/export", "/import/bring")
    answers += [browser.post(f"/desk/readers{path}", data={"text": "ann"}) for path in posts]
    answers += [browser.post("/desk/readers/import", files={"file": ("a.csv", b"x")})]
    for answer in answers:
        assert answer.status_code == 403
        assert "ann@" not in answer.text
    for path in ("/desk", "/desk/digests", f"/desk/digests/issue/{issue}"):
        assert "@example.org" not in browser.get(path).text


def test_another_sites_page_and_nobody_get_nothing_of_readers(desk):
    number = desk.reader("ann")
    chief = desk.at_desk()
    for path in (
        "/desk/readers",
        "/desk/readers/export",
        f"/desk/readers/reader/{number}/export",
        "/desk/readers/import",
    ):
        foreign = chief.post(path, data={"text": "ann"}, headers={"origin": "https://evil.example"})
        assert (foreign.status_code, "ann@" in foreign.text) == (403, False)
        stranger = TestClient(desk.site, follow_redirects=False, base_url=HERE, headers=OWN)
        assert stranger.post(path, data={"text": "ann"}).status_code == 303


def test_a_readers_page_tells_all_that_is_known_and_all_of_it_is_inert(desk):
    number = desk.app.store.subscribers.subscribe("ann@example.org", ["morning"], now=NOON, source=EVIL, name=EVIL)
    for key, value in (("rhythm", "weekly"), ("hour", "07:30"), ("weekday", 2), ("zone", "Asia/Almaty"), ("clicks", 0)):
        desk.turn(number, key, value)
    for key, value in (("quiet_from", "22:00"), ("quiet_to", "07:00"), ("most_per_day", 2), ("text_only", 1)):
        desk.turn(number, key, value)
    desk.opened(0)
    desk.clock.at = NOON + timedelta(days=8)
    desk.publish(7)
    desk.clock.at += timedelta(days=7)
    desk.round()
    judged = Judged(address="ann@example.org", cause=Cause.SOFT, status="4.2.2", effect=Effect.SCORE, reason=EVIL)
    came = Return(kind=Kind.BOUNCE, recipients=(judged,), subject="x")
    desk.app.store.bounces.file(Arrival(remote_id="m1", source="mailbox b"), came, NOON)
    desk.ask("suppress", address="ann@example.org", reason=EVIL, who="Carla", through="x")
    page = desk.at_desk().get(f"/desk/readers/reader/{number}").text
    for shown in (
        "Once a week",
        "07:30",
        "Tuesday",
        "Asia/Almaty",
        "22:00-07:00",
        "4.2.2",
        "Never mailed:",
        "was subscribed",
    ):
        assert shown in page
    assert re.findall(r"<script[^>]*>", page) == re.findall(r'<script src="/desk/script-[0-9a-f]{16}\.js" defer>', page)
    assert "<img" not in page


def test_newsletters_that_a_reader_never_had_are_offered_by_their_titles(desk):
    desk.reader("ann", topic="alerts")
    page = desk.at_desk().get("/desk/readers/reader/1?lang=ru").text
    choice = page.partition('id="topic" name="topics"')[2]
    title = desk.app.settings.digests[0].title
    assert re.findall(r'<option value="(\w+)">([^<]+)</option>', choice) == [
        ("mail", desk.app.settings.desk.name),
        ("morning", title),
    ]
    assert "<b><bdi>Оповещения редакции</bdi></b>" in page


def test_what_a_reader_got_leads_to_its_issue(desk):
    issue = desk.opened(1)
    page = desk.at_desk().get("/desk/readers/reader/1").text
    assert f'<a href="/desk/digests/issue/{issue}"><bdi>morning</bdi>' in page


def test_a_chief_ends_asks_suppresses_and_lets_be_mailed_again(desk):
    number = desk.reader("ann")
    browser, path = desk.at_desk(), f"/desk/readers/reader/{number}"
    told = {"address": "ann@example.org"}
    assert press(browser, "unsubscribe", path, topic="morning", **told).status_code == 303
    assert "Ask by a letter" in browser.get(path).text
    assert press(browser, "ask_reader", path, topics="morning", **told).status_code == 303
    assert "asked, not confirmed" in browser.get(path).text
    assert press(browser, "suppress", path, reason="asked by telephone", **told).status_code == 303
    page = browser.get(path).text
    assert "asked by telephone (Carla)" in page
    assert press(browser, "unsuppress", path, reason="works again", **told).status_code == 303
    assert "Never mailed:" not in browser.get(path).text
    refused = press(browser, "unsuppress", path, reason="again", **told)
    assert (refused.status_code, "neither suppressed nor resting" in refused.text) == (409, True)


def test_all_that_is_known_is_given_out_on_record(desk):
    number = desk.reader("ann")
    browser = desk.at_desk()
    answer = browser.post(f"/desk/readers/reader/{number}/export")
    assert answer.headers["content-disposition"] == f'attachment; filename="reader-{number}.json"'
    assert json.loads(answer.text)["reader"]["address"] == "ann@example.org"
    assert ("Carla", "called", "reader_export (through desk)") in desk.events()
    assert browser.post("/desk/readers/reader/999/export").status_code == 404


def test_a_reader_is_erased_for_good_with_a_reason_on_record_that_names_nobody(desk):
    number = desk.reader("ann")
    browser = desk.at_desk()
    assert press(browser, "reader_erase", "/desk/readers", reader=number).status_code == 422
    blank = press(browser, "reader_erase", "/desk/readers", reader=number, reason=" ")
    assert (blank.status_code, "nobody will know why" in blank.text) == (422, True)
    assert press(browser, "reader_erase", "/desk/readers", reader=number, reason="by letter").status_code == 303
    assert browser.get(f"/desk/readers/reader/{number}").status_code == 404
    assert found(browser, "ann") == []
    assert ("Carla", "reader erased", f"reader {number}: by letter (through desk)") in desk.events()
    assert press(browser, "reader_erase", "/desk/readers", reader=number, reason="again").status_code == 404


# ---- growth


def test_growth_counts_by_local_days_who_came_and_who_went(desk):
    number = desk.reader("ann")
    desk.reader("ben")
    desk.clock.at = NOON + timedelta(hours=10)  # 22:00 UTC is the next day in Minsk
    desk.ask("unsubscribe", address="ben@example.org")
    desk.ask("suppress", address="x@example.org", reason="asked", who="Carla", through="x")
    desk.ask("ask_reader", address="new@example.org", topics=["morning"])
    told = desk.ask("readers_growth", days=2)
    assert told["days"] == [
        {"day": "2026-11-24", "asked": 0, "confirmed": 2, "left": 0, "suppressed": 0},
        {"day": "2026-11-25", "asked": 1, "confirmed": 0, "left": 1, "suppressed": 1},
    ]
    (morning,) = [one for one in told["topics"] if one["topic"] == "morning"]
    assert (morning["confirmed"], morning["unconfirmed"]) == (1, 1)
    assert told["suppressed"] == 1
    page = desk.at_desk().get("/desk/readers").text
    assert page.count('<rect class="came"') == 1
    assert page.count('<rect class="went"') == 1
    assert "style=" not in page
    assert "at most 2 in a day" in page
    assert number == 1
    with pytest.raises(CallError, match="more than can be told"):
        desk.ask("readers_growth", days=367)


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"])
def test_what_readers_said_counts_itself_by_the_days_of_every_zone_and_is_forgotten_with_them(desk, zone):
    number = desk.reader("ann")
    begin = datetime(2026, 11, 25, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for back, name in ((timedelta(milliseconds=1), "ben"), (timedelta(0), "cat")):
        desk.clock.at = begin - back
        desk.reader(name)
    book, spans = desk.app.store.audience, [(begin - timedelta(days=1), begin), (begin, begin + timedelta(days=1))]

    def confirmed():
        return [sum(one.said.values()) for one in book.came(spans, ("confirmed", "operator"))]

    assert confirmed() == [2, 1]
    desk.ask("reader_erase", reader=number, reason="asked", who="Carla", through="x")
    assert confirmed() == [1, 1]
    with closing(open_reader(desk.app.store.folder / FILE)) as reader:
        counted = "SELECT act, at / 900000 AS quarter, count(*) AS n FROM consents GROUP BY 1, 2 ORDER BY 1, 2"
        kept = reader.query("SELECT act, quarter, n FROM said WHERE n > 0 ORDER BY 1, 2")
        assert [tuple(row) for row in reader.query(counted)] == [tuple(row) for row in kept]


# ---- lists in and out

OWN_LIST = "address,name,topic,state,since\nnew@example.org,New,morning,confirmed,2026-11-01T00:00:00Z\n"
MAILCHIMP = "Email Address,First Name\nold@example.org,Old\ninfo@example.org,Office\nnot an address,\n"


def bring(browser: TestClient, text: str, name: str = "list.csv", **fields: Any) -> Any:
    return browser.post("/desk/readers/import", files={"file": (name, text.encode())}, data=fields)


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    return found[1] if found else ""


def test_a_list_is_looked_at_first_and_brought_after_the_yes_once_and_on_record(desk):
    browser = desk.at_desk()
    assert 'type="file"' in browser.get("/desk/readers/import").text
    looked = bring(browser, OWN_LIST)
    assert looked.status_code == 200
    assert "new: subscribed from now on" in looked.text
    assert found(browser, "new") == []
    key = key_of(looked.text)
    other = desk.at_desk("Edda").post("/desk/readers/import/bring", data={"key": key})
    assert other.status_code == 403
    done = browser.post("/desk/readers/import/bring", data={"key": key})
    assert (done.status_code, "The list was brought" in done.text) == (200, True)
    assert found(browser, "new") == ["new@example.org"]
    again = browser.post("/desk/readers/import/bring", data={"key": key})
    assert (again.status_code, "not here any more" in again.text) == (409, True)
    assert [one for one in desk.events() if "import_readers" in one[2]] == [
        ("Carla", "called", "import_readers (through desk)")
    ]
    consents = desk.ask("reader", reader=desk.ask("reader_number", address="new@example.org")["reader"])["consents"]
    assert consents[0]["source"] == "import own list.csv (Carla, desk)"


def test_a_doubtful_list_needs_a_reason_that_stands_in_every_consent(desk):
    browser = desk.at_desk()
    unnamed = bring(browser, MAILCHIMP)
    assert (unnamed.status_code, "choose which they get" in unnamed.text) == (422, True)
    looked = bring(browser, MAILCHIMP, topics="morning")
    assert "Doubtful:" in looked.text
    assert "are addresses of an office" in looked.text
    pressed = browser.post("/desk/readers/import/bring", data={"key": key_of(looked.text)})
    assert (pressed.status_code, 'aria-invalid="true"' in pressed.text) == (422, True)
    fields = {"key": key_of(pressed.text), "reason": "they asked at the fair"}
    assert browser.post("/desk/readers/import/bring", data=fields).status_code == 200
    assert found(browser, "old") == ["old@example.org"]
    assert found(browser, "info") == []
    number = desk.ask("reader_number", address="old@example.org")["reader"]
    assert "(forced: they asked at the fair)" in desk.ask("reader", reader=number)["consents"][0]["source"]


def test_large_lists_come_in_slices_as_one_act(desk, monkeypatch):
    monkeypatch.setattr(importing, "SLICE", 2)
    rows = "".join(f"r{n}@example.org,,morning,confirmed,2026-11-01T00:00:00Z\n" for n in range(5))
    browser = desk.at_desk()
    looked = bring(browser, OWN_LIST + rows, roles="on")
    assert browser.post("/desk/readers/import/bring", data={"key": key_of(looked.text)}).status_code == 200
    assert len(found(browser, "@example.org")) == 6
    assert len([one for one in desk.events() if "import_readers" in one[2]]) == 1


def test_a_list_waits_for_half_an_hour_and_few_lists_do(desk, monkeypatch):
    browser = desk.at_desk()
    first = key_of(bring(browser, OWN_LIST).text)
    desk.clock.advance(WAITS.total_seconds())
    assert browser.post("/desk/readers/import/bring", data={"key": first}).status_code == 409
    monkeypatch.setattr(importing, "MOST_WAITING", 1)
    keys = [key_of(bring(browser, OWN_LIST).text) for _ in range(2)]
    answers = [browser.post("/desk/readers/import/bring", data={"key": key}).status_code for key in keys]
    assert answers == [409, 200]


def test_what_is_no_list_too_long_or_no_upload_is_refused_in_words(desk, monkeypatch):
    browser = desk.at_desk()
    for text, why in (("a,b\n1,2\n", "nobody&#39;s list"), ("{", "list.csv"), (EVIL, "list.csv")):
        answer = bring(browser, text)
        assert (answer.status_code, why in answer.text) == (422, True), text
        assert "<script>" not in answer.text
    empty = browser.post("/desk/readers/import", files={"file": ("", b"")})
    assert empty.status_code in (400, 422)
    assert browser.post("/desk/readers/import", data={"a": "b"}).status_code == 400
    monkeypatch.setattr(importing, "LARGEST", 1000)
    assert bring(browser, OWN_LIST + " " * 1000).status_code == 413


def test_a_store_that_cannot_be_written_is_said_and_nothing_is_half_told(desk, monkeypatch):
    browser = desk.at_desk()
    key = key_of(bring(browser, OWN_LIST).text)

    def full(*_: Any, **__: Any) -> Any:
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(desk.app.store.imports), "bring", full)
    answer = browser.post("/desk/readers/import/bring", data={"key": key})
    assert (answer.status_code, "the disk is full" in answer.text) == (503, True)


def test_the_file_that_is_given_out_is_the_one_that_import_takes(desk, monkeypatch):
    monkeypatch.setattr("distributor.calls.mail.importing.SLICE", 2)
    for name in ("ann", "ben", "zoe"):
        desk.reader(name)
    browser = desk.at_desk()
    answer = browser.post("/desk/readers/export")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["address"], row["topic"], row["state"]) for row in rows] == [
        (f"{name}@example.org", "morning", "confirmed") for name in ("ann", "ben", "zoe")
    ]
    assert ("Carla", "called", "export_readers (through desk)") in desk.events()
    assert "here already, and left as they are" in bring(browser, answer.text).text


# ---- what stands in the docs


def test_what_the_pages_are_made_of_has_the_documented_shape(desk):
    page = (ROOT / "docs" / "newsletters.md").read_text("utf-8")
    shapes = dict(re.findall(r"^The result of `(\w+)`:\n\n```json\n(.+?)^```", page, flags=re.MULTILINE | re.DOTALL))
    desk.opened(2)
    judged = Judged(address="r1@example.org", cause=Cause.SOFT, status="4.2.2", effect=Effect.SCORE)
    came = Return(kind=Kind.BOUNCE, recipients=(judged,))
    desk.app.store.bounces.file(Arrival(remote_id="m1", source="mailbox b"), came, desk.clock.now())
    desk.ask("suppress", address="r1@example.org", reason="asked", who="Carla", through="x")
    desk.publish(5)
    asked: dict[str, dict[str, Any]] = {
        "digests": {},
        "readers": {"text": "r1"},
        "reader": {"reader": 2},
        "readers_growth": {},
    }
    assert set(shapes) == set(asked)
    for name, args in asked.items():
        assert misfits(json.loads(json.dumps(desk.ask(name, **args))), json.loads(shapes[name])) == [], name
