"""The desk's queue, channels and feeds: what waits and went, day by day, and what can be done about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from distributor.calls import dispatch
from distributor.errors import CallError, FetchError, Rejected, Unauthorized
from distributor.model import DeliveryIntent, Receipt
from distributor.store.ledger.deliveries import add_intents
from tests.api.fitting import misfits
from tests.api.pages import results
from tests.flow.test_desk import OWN, PASSWORD, cheap, desk  # noqa: F401 - fixtures
from tests.support import ToldChannel, ToldSource, article

MONEY = """
[channels.z]
type = "console"
price = 0.015
price_with_link = 0.2
budget_per_day = 0.15
"""
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Stage(ToldChannel):
    """A channel with a place for tests."""

    stage = "@operations"

    def __init__(self, *answers):
        super().__init__("x")
        self.said, self.refused = [], list(answers)

    def rehearse(self, text):
        if self.refused:
            raise self.refused.pop(0)
        self.said.append(text)
        return Receipt(remote_id="7", url="https://t.me/operations/7")


def read(newsroom, *numbers, **fields):
    newsroom.app.sources["politics"].documents = [[article(n, **fields) for n in numbers]]
    newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())


def drain(newsroom, channel):
    while newsroom.app.deliverers[channel].run_once():
        continue


def rows(newsroom, channel="x"):
    return {row["headline"]: row for row in newsroom.app.store.deliveries.list(channel=channel, limit=1000)}


def ask(newsroom, call, **args):
    return dispatch(newsroom.app, call, args)


def press(browser, call, back, **fields):
    done = browser.post(f"/desk/act/{call}", data={"back": back, **fields}, headers=OWN)
    assert (done.status_code, done.headers["location"]) == (303, f"{back}?did={call}"), done.text
    return browser.get(back).text


@pytest.fixture
def newsroom(desk):  # noqa: F811
    made = desk(source=ToldSource([]))
    made.do("user_add", name="Cleo", role="chief", password=PASSWORD)
    return made


def test_a_day_shows_what_went_and_what_waits_hour_by_hour(newsroom):
    read(newsroom, 1)
    drain(newsroom, "x")
    read(newsroom, 2)
    number = rows(newsroom)["Headline number 2"]["id"]
    newsroom.do("hold", ids=[number], reason="wait", until="2026-11-24T18:30+03:00")
    page = newsroom.entered().get("/desk/queue?day=2026-11-24").text
    assert page.count('<th scope="row">') == 24
    assert "held by the desk" in page
    assert f'href="/desk/queue/{number}"' in page
    assert 'href="/desk/story?url=https%3A//news.example.org/politics/story-1/"' in page
    assert 'href="https://x.test/1"' in page
    later = newsroom.entered().get("/desk/queue?day=2026-11-25").text
    assert "issue, planned" in later, "the digest's slot"
    empty = newsroom.entered().get("/desk/queue?day=2026-11-20").text
    assert "Headline number" not in empty
    russian = newsroom.entered().get("/desk/queue?lang=ru").text
    assert "Очередь" in russian


def test_the_result_has_its_documented_shape(newsroom):
    read(newsroom, 1, 2)
    newsroom.do("hold", url=article(2).url, reason="wait")
    for asked in ({}, {"week": "2026-W48"}, {"day": "2026-11-24", "channel": "x"}):
        assert misfits(ask(newsroom, "calendar", **asked), results()["calendar"].shape) == []


@pytest.mark.parametrize(
    "query", ["day=yesterday", "week=2026-W99", "day=9999-12-31", "day=0001-01-01", "channel=none", "day=%3Cb%3E"]
)
def test_a_day_that_is_none_is_no_page(newsroom, query):
    assert newsroom.entered().get(f"/desk/queue?{query}").status_code == 404
    assert newsroom.entered().get("/desk/queue?page=x&week=2026-W48").status_code == 200
    assert newsroom.entered().get("/desk/queue/999").status_code == 404


def test_a_week_shows_a_part_of_each_day_and_leads_to_the_rest(desk):  # noqa: F811
    made = desk("", source=ToldSource([]))
    read(made, *range(1, 8))
    page = made.entered().get("/desk/queue?week=2026-11-26").text
    assert page.count('<a href="/desk/queue?day=') >= 7
    assert "All 7" in page
    assert page.count("Headline number") == 8, "four on each of two channels"
    second = ask(made, "calendar", day="2026-11-24", channel="x", limit=4, page=2)
    (only,) = second["channels"]
    assert len(only["days"][0]["posts"]) == 3
    assert not only["days"][0]["is_cut"]


def test_ten_thousand_planned_posts_make_no_page_heavy(newsroom):
    read(newsroom, 1)
    store, now = newsroom.app.store, newsroom.clock.now()
    (sample,) = store.deliveries.list(channel="x")

    sql = """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO deliveries (subject_id, channel_id, act, part, state, due_at, planned_at, reason)
        SELECT ?, ?, 0, i, 0, ? + i * 1000, 0, 'r' FROM n"""
    told = (sample["subject_id"], sample["channel_id"], int(now.timestamp() * 1000))
    store.deliveries._writer.call(lambda c: c.run(sql, told))
    browser = newsroom.entered()
    for path in ("/desk/queue", "/desk/queue?week=2026-11-24", "/desk/queue?day=2026-11-24&channel=x&page=400"):
        page = browser.get(path)
        assert len(page.content) < 60_000
        assert "10001" in page.text or "page 400" in page.text


def test_days_have_23_and_25_hours_where_clocks_change(desk):  # noqa: F811
    made = desk(source=ToldSource([]))
    object.__setattr__(made.app.settings.desk, "zone", "Europe/Berlin")
    browser = made.entered()
    for day, hours in (("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)):
        page = browser.get(f"/desk/queue?day={day}").text
        assert page.count('<th scope="row">') == hours
        assert (f"a day of {hours} hours" in page) is (hours != 24)
    assert "02:00 (+0100)" in browser.get("/desk/queue?day=2026-10-25").text


def test_a_post_that_waits_is_moved_held_released_sent_and_skipped(newsroom):
    read(newsroom, 1, 2, 3)
    browser = newsroom.entered()
    one = rows(newsroom)["Headline number 1"]["id"]
    page = press(browser, "move", f"/desk/queue/{one}", ids=str(one), to="2026-11-24T18:30")
    assert "24 November 2026, 18:30 (Europe/Minsk)" in page
    assert "moved by Edda: not before 18:30 (Europe/Minsk)" in page
    assert ("Edda", "moved") in [(who, kind) for who, kind, _ in newsroom.events()]
    drain(newsroom, "x")
    assert [parcel.message.text.count("number 1") for parcel in newsroom.app.channels["x"].parcels] == [0, 0]
    newsroom.clock.at = datetime(2026, 11, 24, 15, 29, tzinfo=UTC)
    drain(newsroom, "x")
    assert rows(newsroom)["Headline number 1"]["state"] == 0
    newsroom.clock.at = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    drain(newsroom, "x")
    assert rows(newsroom)["Headline number 1"]["state"] == 4
    assert "x.test" in browser.get(f"/desk/queue/{one}").text, "what is sent has no act any more"
    other = rows(newsroom, "y")["Headline number 2"]["id"]
    page = press(browser, "hold", f"/desk/queue/{other}", ids=str(other), reason=EVIL, until="")
    assert "when somebody says so" in page
    assert "<img" not in page
    page = press(browser, "release", f"/desk/queue/{other}", ids=str(other), held_by="desk")
    assert "waits for its turn" in page
    page = press(browser, "send_now", f"/desk/queue/{other}", ids=str(other))
    assert "sent at once by Edda" in page or "waits for its turn" in page
    last = rows(newsroom, "y")["Headline number 3"]["id"]
    assert "skipped by Edda" in press(browser, "skip", f"/desk/queue/{last}", ids=str(last))


def test_what_is_planned_gets_another_time_and_stays_planned(desk):  # noqa: F811
    made = desk(source=ToldSource([]))
    store, now = made.app.store, made.clock.now()
    read(made, 1)
    story = rows(made)["Headline number 1"]["subject_id"]
    later = DeliveryIntent(
        channel="x", part=1, due_at=now + timedelta(hours=1), reason="r", stale_at=now + timedelta(hours=5)
    )
    store.deliveries._writer.call(lambda c: add_intents(c, story, [later], now))
    (number,) = [row["id"] for row in store.deliveries.list(channel="x") if row["state"] == 0 and row["part"] == 1]
    done = made.do("move", ids=[number], to="2026-11-24T14:00+00:00")
    assert done == {"moved": 1, "to": "2026-11-24T14:00:00Z", "url": None, "channel": None}
    post = ask(made, "planned", id=number)["post"]
    assert (post["state"], post["at"], post["held_by"]) == ("planned", "2026-11-24T14:00:00Z", None)
    assert "17:00" in made.entered().get(f"/desk/queue/{number}").text
    with pytest.raises(CallError, match="its shelf life ends before that") as refused:
        made.do("move", ids=[number], to="2026-11-24T18:00+00:00")
    assert refused.value.code == "too_late"
    assert refused.value.hint == "it ends at 20:00 (Europe/Minsk)"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"ids": [1], "to": "2026-11-24T11:00+00:00"}, "bad_instant"),
        ({"ids": [1], "to": "2028-11-24T11:00+00:00"}, "bad_instant"),
        ({"ids": [1], "to": "soon"}, "bad_instant"),
        ({"ids": [1], "to": "9999-12-31T23:59"}, "bad_instant"),
        ({"ids": [1], "to": "2027-03-28T02:30"}, "bad_instant"),
        ({"ids": [999], "to": "2026-11-25T07:00"}, "nothing_waits"),
        ({"to": "2026-11-25T07:00"}, "nothing_named"),
    ],
)
def test_a_move_that_cannot_be_is_refused_with_what_would_be_right(newsroom, args, code):
    object.__setattr__(newsroom.app.settings.desk, "zone", "Europe/Berlin")
    read(newsroom, 1)
    with pytest.raises(CallError) as refused:
        newsroom.do("move", **args)
    assert refused.value.code == code
    assert refused.value.hint
    with pytest.raises(CallError, match="not clear"):
        newsroom.do("send_now")


def test_what_somebody_must_look_at_first_and_an_embargo_are_not_moved_away(newsroom):
    read(newsroom, 1)
    (number,) = [row["id"] for row in rows(newsroom).values()]
    store = newsroom.app.store

    def hold(by, until):
        sql = "UPDATE deliveries SET state = 2, held_by = ?, held_until = ?, reason = 'r' WHERE id = ?"
        store.deliveries._writer.call(lambda c: c.run(sql, (by, until, number)))

    hold("internal", None)
    with pytest.raises(CallError, match="held by internal, which comes first"):
        newsroom.do("move", ids=[number], to="2026-11-25T07:00")
    hold("embargo", int(datetime(2026, 11, 24, 15, tzinfo=UTC).timestamp() * 1000))
    with pytest.raises(CallError, match="under embargo") as refused:
        newsroom.do("move", ids=[number], to="2026-11-24T17:00")
    assert refused.value.code == "held"
    assert newsroom.do("move", ids=[number], to="2026-11-24T19:00")["moved"] == 1


def test_a_refused_channel_is_asked_at_once_and_goes_on(desk):  # noqa: F811
    x = ToldChannel("x", Unauthorized("the token is wrong"))
    made = desk(channels={"x": x}, source=ToldSource([article(1)]))
    made.do("user_add", name="Cleo", role="chief", password=PASSWORD)
    read(made, 1)
    drain(made, "x")
    browser = made.entered("Cleo")
    page = browser.get("/desk/channels").text
    assert "the token is wrong" in page
    assert "Ask again now" in page
    assert "Ask again now" not in made.entered("Edda").get("/desk/channels").text
    assert "Paused:" in browser.get("/desk/queue").text
    x.refusal = Unauthorized("still wrong")
    asked = {"channel": "x", "back": "/desk/channels"}
    refused = browser.post("/desk/act/resume_channel", data=asked, headers=OWN)
    assert (refused.status_code, "x is still refused: still wrong" in refused.text) == (422, True)
    x.refusal = None
    assert "Ask again now" not in press(browser, "resume_channel", "/desk/channels", channel="x")
    assert made.events()[0][:2] == ("Cleo", "resumed")
    drain(made, "x")
    assert rows(made)["Headline number 1"]["state"] == 4
    for channel, code in (("x", "not_paused"), ("none", "unknown_channel")):
        with pytest.raises(CallError) as caught:
            made.do("resume_channel", channel=channel)
        assert caught.value.code == code


def test_a_channel_that_cannot_be_asked_simply_goes_on(newsroom):
    class Mute:
        kind = "console"

    sql = "UPDATE channels SET paused_at = 1, paused_reason = 'r' WHERE name = 'x'"
    newsroom.app.store.deliveries._writer.call(lambda c: c.run(sql, ()))
    newsroom.app.channels["x"] = Mute()
    assert newsroom.do("resume_channel", channel="x") == {"channel": "x", "told": None}


def test_a_channel_is_paused_by_hand_and_goes_on_from_its_card(newsroom):
    browser = newsroom.entered("Cleo")
    page = press(browser, "stop", "/desk/channels", channel="x", reason=EVIL)
    assert "A stop holds it." in page
    assert "<img" not in page
    (number,) = re.findall(r'name="stop" value="(\d+)"', page)
    page = press(browser, "resume", "/desk/channels", stop=number, decision="send")
    assert "A stop holds it." not in page
    assert page.count("It sends.") == 3


def test_a_test_goes_to_the_operations_chat_or_says_what_it_would_take(desk):  # noqa: F811
    x = Stage(Rejected("no rights"))
    made = desk(channels={"x": x})
    made.do("user_add", name="Cleo", role="chief", password=PASSWORD)
    browser = made.entered("Cleo")
    assert "Test post to" in browser.get("/desk/channels").text
    assert "A test that no reader sees would need:" in browser.get("/desk/channels").text
    with pytest.raises(CallError, match="did not arrive: no rights") as refused:
        made.do("test_post", channel="x")
    assert refused.value.code == "test_refused"
    press(browser, "test_post", "/desk/channels", channel="x")
    assert x.said == [
        "TEST of the channel x, by Cleo, 15:00 (Europe/Minsk). No reader sees this; nothing has to be done."
    ]
    assert made.events()[0][:2] == ("Cleo", "tested")
    assert x.parcels == []
    with pytest.raises(CallError) as refused:
        made.do("test_post", channel="y")
    assert (refused.value.code, bool(refused.value.hint)) == ("no_stage", True)


def test_in_shadow_no_test_leaves(desk):  # noqa: F811
    made = desk("\n", channels={"x": Stage()})
    object.__setattr__(made.app.settings, "mode", "shadow")
    with pytest.raises(CallError, match="nothing is sent in shadow"):
        made.do("test_post", channel="x")


def test_a_channel_tells_its_pace_money_and_last_errors(desk):  # noqa: F811
    x = ToldChannel("x", Rejected(EVIL))
    made = desk(channels={"x": x}, source=ToldSource([article(1)]))
    read(made, 1)
    drain(made, "x")
    page = made.entered().get("/desk/channels").text
    assert "refused for good: <bdi>&lt;script&gt;" in page
    assert "<img" not in page
    assert "no limit of its own" in page
    told = ask(made, "channels")["channels"][0]
    assert [one["outcome"] for one in told["errors"]] == ["failed"]
    assert told["pace"] == {"gap_s": None, "most_per_hour": None, "most_per_day": None, "quiet": None, "slots": []}


def test_a_feed_tells_what_it_brings_and_is_read_now(desk):  # noqa: F811
    made = desk(source=ToldSource([article(1)], FetchError(EVIL)))
    browser = made.entered()
    before = browser.get("/desk/feeds").text
    assert "not read yet" in before
    assert "Read now" in before
    assert "Pushed" not in before
    page = press(browser, "poll", "/desk/feeds", feed="politics")
    assert "stories: 1 (no custom yet)" in page
    page = press(browser, "poll", "/desk/feeds", feed="politics")
    assert "&lt;script&gt;" in page
    assert "failures: 1" in page
    assert "<img" not in page
    assert "Ленты" in browser.get("/desk/feeds?lang=ru").text


@pytest.mark.parametrize(("call", "left"), [("release", {1}), ("skip", {7})])
def test_a_surge_is_let_go_or_dropped_as_a_whole(newsroom, call, left):
    read(newsroom, 1, 2)
    sql = "UPDATE deliveries SET state = 2, held_by = 'surge', held_until = NULL, reason = 'surge of its feed: 2'"
    newsroom.app.store.deliveries._writer.call(lambda c: c.run(sql, ()))
    browser = newsroom.entered()
    assert "A surge is held as a whole: 4 posts wait." in browser.get("/desk/feeds").text
    page = press(browser, call, "/desk/feeds", feed="politics", held_by="surge")
    assert "A surge is held" not in page
    assert {row["state"] for row in rows(newsroom).values()} == left


def test_the_first_page_leads_to_the_rooms(newsroom):
    page = newsroom.entered().get("/desk").text
    for path in ("/desk/queue", "/desk/channels", "/desk/feeds", "/desk/stop"):
        assert f'href="{path}"' in page
    for name in ("stops", "channels", "feeds"):
        assert newsroom.entered().get(f"/desk/list/{name}").status_code == 404


HOOK = '[hooks.cms]\nurl = "https://cms.example.org/hook?key=hidden"\nsecret = "a-secret-of-the-receiver"\n'


def test_every_receiver_tells_how_far_it_was_told_and_an_operator_has_it_told_again(desk):  # noqa: F811
    made = desk(HOOK, source=ToldSource([article(1)]))
    teller = made.app.tellers["cms"]
    answers: list[FetchError] = []
    teller._post = lambda *_: _refuse(answers)
    viewer, operator = made.entered("Vera"), made.entered("Olga")
    assert "It is told from now on." in viewer.get("/desk/channels").text
    teller.run_once()
    read(made, 1)
    drain(made, "x")
    page = viewer.get("/desk/channels").text
    assert ("It is being told." in page, "<dd>1, since " in page) == (True, True)
    answers[:] = [FetchError(EVIL, status=503)] * 2
    teller.run_once()
    page = operator.get("/desk/channels").text
    assert "It does not take what it is told: <bdi>&lt;script&gt;" in page
    assert ("Tried again" in page, "hidden" in page.replace('type="hidden"', "")) == (True, False)
    shown = viewer.get("/desk/channels").text
    assert ("Tell it again now" in shown, "Send a test message" in shown) == (False, False)
    refused = operator.post("/desk/act/hook_test", data={"name": "cms", "back": "/desk/channels"}, headers=OWN)
    assert (refused.status_code, "&lt;script&gt;" in refused.text) == (422, True)
    assert "It is being told." in press(operator, "hook_resume", "/desk/channels", name="cms")
    teller.run_once()
    assert "It was told everything." in press(operator, "hook_test", "/desk/channels", name="cms")
    drain(made, "y")
    answers[:] = [FetchError("answered 410", status=410)]
    teller.run_once()
    page = operator.get("/desk/channels").text
    assert ("It wants no more: <bdi>answered 410</bdi>." in page, "Tell it again now" in page) == (True, True)
    object.__setattr__(made.app.settings, "mode", "shadow")
    page = operator.get("/desk/channels").text
    assert ("In shadow nobody is told anything." in page, "Send a test message" in page) == (True, False)


def _refuse(answers):
    if answers:
        raise answers.pop()


def test_money_that_is_good_for_no_post_with_a_link_is_told_so_where_money_is_told(desk):  # noqa: F811
    newsroom = desk(MONEY, channels={name: ToldChannel(name) for name in ("x", "y", "z")})
    (left,) = ask(newsroom, "now")["money"]
    assert (left["posts_left"], left["posts_left_with_link"]) == (10, 0)
    browser = newsroom.entered()
    for path in ("/desk", "/desk/channels", "/desk/handover"):
        assert "posts: 10, with a link: 0" in browser.get(path).text, path
        assert "публикаций: 10, со ссылкой: 0" in browser.get(f"{path}?lang=ru").text, path
        browser.get(f"{path}?lang=en")
    assert re.search(r'class="calls"><b>0\.15</b>', browser.get("/desk").text)
