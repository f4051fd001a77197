"""Receivers of webhooks: what they are told, in which order, and what no dead one, no kill and no copy can change."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from distributor.calls import dispatch
from distributor.calls.desk.outside import watch_hooks
from distributor.engine.round import run_round
from distributor.engine.telling import Telling
from distributor.errors import CallError, FetchError, Rejected, StoreError, UnknownOutcome
from distributor.flows.tell import Teller
from distributor.model.tidings import Word
from distributor.net.signed import verify
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldChannel, ToldSource, article

HOOK = """\
[hooks.cms]
url = "https://cms.example.org/hook?key=hidden"
secret = "a-secret-of-the-receiver"
"""
SECRET = b"a-secret-of-the-receiver"


class Killed(BaseException):
    """The process ends here."""


class Receiver:
    """Takes messages, or answers as told."""

    def __init__(self):
        self.taken, self.asked, self.answers = [], [], []

    def post(self, key, body):
        self.asked.append(key)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, FetchError):
            raise answer
        self.taken.append((key, json.loads(body)))
        if answer is not None:
            raise answer

    @property
    def told(self):
        return [(one["type"], one["data"]["story"]["headline"][-1:]) for _, one in self.taken]


class House:
    """A newsroom with one receiver, which it knows before the first story."""

    def __init__(self, folder, hook=HOOK, **how):
        self.folder, self.hook, self.how, self.clock = folder, hook, how, HandClock()
        self.receiver = Receiver()
        self.open()
        self.tell()

    def open(self):
        self.app = told_app(self.folder, clock=self.clock, config=CONFIG + self.hook, **self.how)
        (self.teller,) = self.app.tellers.values()
        self.teller._post = self.receiver.post

    def tell(self):
        return self.teller.run_once()

    def state(self):
        (found,) = dispatch(self.app, "hooks", {})["hooks"]
        return found

    def alerts(self):
        watch_hooks(self.app)
        return [one.text for one in self.app.store.alerts.open_alerts() if one.key == "hook:cms"]


@pytest.fixture
def house(tmp_path):
    opened = []

    def make(*articles, hook=HOOK, **how):
        source = ToldSource(list(articles or [article()]))
        opened.append(House(tmp_path, hook, source=source, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()


def refused(status, after=None):
    return FetchError(f"answered {status}", status=status, retry_after=after)


def test_a_receiver_is_told_what_readers_saw_with_nothing_internal(house):
    desk = house()
    run_round(desk.app)
    assert desk.tell() == 2
    key, told = desk.receiver.taken[0]
    assert key.startswith("evt_")
    assert told == {
        "type": "delivery.sent",
        "timestamp": "2026-11-24T12:00:00.000Z",
        "data": {
            "event": told["data"]["event"],
            "story": {
                "url": "https://news.example.org/politics/story-1/",
                "headline": "Headline number 1",
                "feed": "politics",
            },
            "delivery": {
                "id": 1, "channel": "x", "kind": "console", "act": "post", "part": 0, "state": "sent",
                "url": "https://x.test/1", "remote_id": "1", "reason": None,
            },
            "revision": None,
            "note": None,
        },
    }  # fmt: skip
    assert desk.tell() == 0
    assert desk.state()["state"] == "well"


def test_failed_unknown_its_end_corrected_and_withdrawn_are_told(house):
    channels = {"x": ToldChannel("x", Rejected("too long")), "y": ToldChannel("y", UnknownOutcome("no answer"))}
    desk = house(channels=channels)
    run_round(desk.app)
    dispatch(desk.app, "settle", {"by": "Edda", "channel": "y", "there": True})
    url = article().url
    dispatch(desk.app, "correct", {"url": url, "note": "It was Monday.", "who": "Edda", "through": "desk"})
    dispatch(desk.app, "withdraw", {"url": url, "reason": "It is wrong.", "who": "Edda", "through": "desk"})
    desk.tell()
    told = {one["type"]: one["data"] for _, one in desk.receiver.taken}
    assert {"delivery.failed", "delivery.unknown", "delivery.sent", "story.corrected", "story.withdrawn"} <= told.keys()
    assert told["delivery.failed"]["delivery"]["reason"] == "too long"
    assert told["story.corrected"]["note"] == "It was Monday."
    assert "Edda" not in json.dumps(told)


def test_a_receiver_hears_the_words_that_it_wants_and_no_others(house):
    desk = house(hook=HOOK + 'on = ["failed"]\n', channels={"x": ToldChannel("x", Rejected("too long"))})
    run_round(desk.app)
    desk.tell()
    assert [one for one, _ in desk.receiver.told] == ["delivery.failed"]
    assert desk.state()["waiting"] == 0


def test_what_happened_before_a_receiver_was_known_is_no_news_to_it(tmp_path):
    clock = HandClock()
    with closing(told_app(tmp_path, clock=clock)) as app:
        run_round(app)
    with closing(told_app(tmp_path, clock=clock, config=CONFIG + HOOK)) as app:
        teller = app.tellers["cms"]
        teller._post = (receiver := Receiver()).post
        assert dispatch(app, "hooks", {})["hooks"][0]["state"] == "new"
        teller.run_once()
        assert receiver.taken == []


def test_a_kill_between_the_answer_and_its_record_tells_the_same_message_again_under_the_same_id(house):
    desk = house()
    run_round(desk.app)
    desk.receiver.answers = [Killed()]
    with pytest.raises(Killed):
        desk.tell()
    desk.app.close()
    desk.open()
    assert desk.tell() == 2
    first, again, _ = desk.receiver.taken
    assert first == again


def test_a_store_that_cannot_be_written_loses_nothing(house, monkeypatch):
    desk = house()
    run_round(desk.app)
    with monkeypatch.context() as patch:
        patch.setattr(desk.app.store.outbox._writer, "call", lambda _: (_ for _ in ()).throw(StoreError("full")))
        with pytest.raises(StoreError):
            desk.tell()
    desk.tell()
    assert [key for key, _ in desk.receiver.taken][:2] == [desk.receiver.taken[0][0]] * 2
    assert len({key for key, _ in desk.receiver.taken}) == 2


def test_a_dead_receiver_is_asked_ever_more_rarely_and_then_told_everything_in_order(house):
    desk = house(article(1), article(2))
    run_round(desk.app)
    desk.receiver.answers = [FetchError("could not connect")] * 4
    waits = []
    for _ in range(4):
        asked = len(desk.receiver.asked)
        before = desk.clock.now()
        while len(desk.receiver.asked) == asked:
            desk.clock.advance(5)
            desk.tell()
        waits.append(desk.clock.now() - before)
    assert waits == [timedelta(seconds=one) for one in (5, 5, 30, 120)]
    assert len(set(desk.receiver.asked)) == 1
    desk.clock.advance(600)
    desk.tell()
    events = [one["data"]["event"] for _, one in desk.receiver.taken]
    assert events == sorted(events)
    assert len(events) == 4
    assert desk.state()["error"] is None


def test_a_pause_that_the_receiver_asks_for_is_kept(house):
    desk = house()
    run_round(desk.app)
    desk.receiver.answers = [refused(429, timedelta(minutes=7))]
    desk.tell()
    assert desk.state()["next_at"] == "2026-11-24T12:07:00Z"
    desk.clock.advance(419)
    assert desk.tell() == 0
    desk.clock.advance(1)
    assert desk.tell() == 2


def test_what_a_receiver_refuses_waits_alone_with_what_follows_it_in_its_story(house):
    desk = house(article(1), article(2))
    run_round(desk.app)
    desk.receiver.answers = [refused(422)]
    desk.tell()
    first = desk.receiver.asked[0]
    (other,) = {headline for _, headline in desk.receiver.told}
    refused_one = {"1": 2, "2": 1}[other]
    assert desk.state() | {"state": "waiting", "waiting": 2, "error": "answered 422"} == desk.state()
    dispatch(desk.app, "withdraw", {"url": article(refused_one).url, "reason": "No.", "who": "Edda", "through": "desk"})
    assert desk.tell() == 0
    desk.clock.advance(5)
    while desk.tell():
        pass
    assert [key for key, _ in desk.receiver.taken].count(first) == 1
    assert [one for one, headline in desk.receiver.told if headline == str(refused_one)] == [
        "delivery.sent", "delivery.sent", "story.withdrawn",
    ]  # fmt: skip
    assert desk.state()["state"] == "well"


def test_a_word_that_is_no_longer_wanted_does_not_wait_for_ever(house):
    desk = house()
    run_round(desk.app)
    desk.receiver.answers = [refused(400), refused(400)]
    desk.tell()
    desk.teller.words = frozenset({Word.FAILED})
    desk.clock.advance(60)
    desk.tell()
    desk.tell()
    assert desk.state()["waiting"] == 0


def test_410_ends_it_with_an_alert_until_somebody_has_it_go_on(house):
    desk = house()
    run_round(desk.app)
    desk.receiver.answers = [refused(410)]
    desk.tell()
    desk.clock.advance(86_400)
    assert desk.tell() == 0
    assert desk.state()["state"] == "ended"
    assert desk.alerts() == ["the receiver cms wants no more webhooks: answered 410; 2 wait"]
    dispatch(desk.app, "hook_resume", {"name": "cms"})
    assert desk.tell() == 2
    assert desk.alerts() == []


def test_somebody_is_told_while_a_receiver_is_behind(house):
    desk = house()
    run_round(desk.app)
    desk.receiver.answers = [refused(503)]
    desk.tell()
    assert desk.alerts() == []
    desk.clock.advance(900)
    assert desk.alerts() == ["the receiver cms is behind by 15 minutes, 2 wait: answered 503"]
    desk.clock.advance(60)
    assert desk.alerts() == ["the receiver cms is behind by 16 minutes, 2 wait: answered 503"]
    desk.tell()
    assert desk.alerts() == []


def test_many_events_of_no_matter_are_passed_and_not_looked_at_twice(house, monkeypatch):
    monkeypatch.setattr("distributor.flows.tell.REWRITTEN", 0)
    desk = house(hook=HOOK + 'on = ["corrected"]\n')
    run_round(desk.app)
    desk.tell()
    assert desk.app.store.outbox.get("cms").event == desk.app.store.outbox.ahead("cms", 0, 50)[1]


def test_more_than_one_look_can_hold_are_told_over_several(house, monkeypatch):
    monkeypatch.setattr("distributor.flows.tell.MOST", 1)
    desk = house(article(1), article(2))
    run_round(desk.app)
    assert [desk.tell() for _ in range(5)] == [1, 1, 1, 1, 0]


def test_a_test_is_signed_and_says_what_was_answered(house):
    desk = house()
    assert dispatch(desk.app, "hook_test", {"name": "cms"}) == {"ok": True, "name": "cms", "error": None}
    desk.receiver.answers = [refused(500)]
    assert dispatch(desk.app, "hook_test", {"name": "cms"})["error"] == "answered 500"
    with pytest.raises(CallError, match="no receiver 'no'") as caught:
        dispatch(desk.app, "hook_test", {"name": "no"})
    assert caught.value.code == "unknown_hook"


def test_in_shadow_nobody_is_told_anything(tmp_path):
    with closing(told_app(tmp_path, config='mode = "shadow"\n' + CONFIG + HOOK)) as app:
        with pytest.raises(CallError) as caught:
            dispatch(app, "hook_test", {"name": "cms"})
        assert caught.value.code == "not_live"


def test_neither_the_address_nor_the_secret_is_shown(house):
    desk = house()
    shown = repr(desk.app.settings) + repr(desk.teller) + json.dumps(dispatch(desk.app, "hooks", {}))
    assert "hidden" not in shown
    assert "a-secret-of-the-receiver" not in shown


def test_a_stop_ends_between_two_messages(house):
    desk = house()
    run_round(desk.app)
    stops = iter([False, True])
    assert desk.teller.run_once(lambda: next(stops)) == 1


def test_over_the_wire_it_is_signed_as_standard_webhooks_say(tmp_path):
    seen = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            return

    server = HTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    where = f"127.0.0.1:{server.server_port}"
    hook = HOOK.replace("https://cms.example.org", f"http://{where}")
    try:
        with closing(told_app(tmp_path, config=f'{CONFIG}{hook}[net]\nallow = ["{where}"]\n')) as app:
            teller = app.tellers["cms"]
            teller.run_once()
            run_round(app)
            assert teller.run_once() == 2
        with closing(told_app(tmp_path, config=CONFIG + hook)) as app:
            told = dispatch(app, "hook_test", {"name": "cms"})
            assert told["error"].startswith(f"will not contact port {server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
    fields, body = seen[0]
    assert verify(fields, body, [SECRET], NOON) == fields["webhook-id"]
    assert json.loads(body)["type"] == "delivery.sent"


class Stub(Teller):
    name = "cms"

    def __init__(self, *answers):
        self.answers, self.calls = list(answers), 0

    def run_once(self, is_stopping=lambda: False):
        self.calls += 1
        if self.answers and isinstance(answer := self.answers.pop(0), Exception):
            raise answer
        return 0


def test_a_thread_tells_outlives_every_error_and_stays_still_where_this_may_be_a_copy(monkeypatch, caplog):
    for pause in ("telling.PAUSE", "rounds.AFTER_FAILURE"):
        monkeypatch.setattr(f"distributor.engine.{pause}", timedelta(0))
    live, copy = Stub(StoreError("full"), ValueError("a bug")), Stub()
    running = [Telling(live, is_live=lambda: True), Telling(copy, is_live=lambda: False)]
    for one in running:
        one.start()
    while live.calls < 3:
        pass
    for one in running:
        one.stop()
    assert all(one.join(5) for one in running)
    assert copy.calls == 0
    assert "hook cms: full" in caplog.text
