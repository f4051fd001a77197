"""Pages of published stories that are looked at again: what withdraws a story, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.engine.round import run_round
from distributor.engine.upkeep import Upkeep
from distributor.errors import FetchError
from distributor.flows.recheck import MOST, Rechecker
from distributor.model import PubStatus
from distributor.rules.change.kills import HELD_BY_NOTICE
from distributor.rules.story.pages import APART, OFTEN, SELDOM, Page, is_due, is_site_in_trouble, probes
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldSource, article


class Site:
    """A site that answers each address as told; 200 where nothing is told."""

    def __init__(self) -> None:
        self.answers: dict[str, int | None] = {}
        self.asked: list[str] = []
        self.default = 200

    def look(self, url: str) -> None:
        self.asked.append(url)
        status = self.answers.get(url, self.default)
        if status != 200:
            raise FetchError("no document", status=status)


class Clockwork:
    """Remembers what the clock would do."""

    def __init__(self) -> None:
        self.jobs: dict[str, Any] = {}

    def every(self, name, interval, work, *, first, pool="default"):
        self.jobs[name] = work

    def at(self, name, next_slot, work):
        self.jobs[name] = work


class Room:
    """An app with published stories, whose pages stand on a told site."""

    def __init__(self, folder: Path, stories: int = 6) -> None:
        self.site, self.clock = Site(), HandClock()
        self.source = ToldSource([article(number) for number in range(1, stories + 1)])
        self.app = told_app(folder, source=self.source, clock=self.clock)
        self.app.ingesters["politics"].run_once(self.clock.now())
        for deliverer in self.app.deliverers.values():
            while deliverer.run_once():
                continue
        self.rechecker = Rechecker(
            "politics",
            self.site.look,
            self.app.store.following,
            self.app.store.alerts,
            lasts=timedelta(days=2),
            outlets={},
            clock=self.clock,
        )

    def looks(self, **later: float) -> int:
        self.clock.at += timedelta(**later)
        return self.rechecker.run_once()

    def status(self, number: int = 1) -> PubStatus:
        found = self.app.store.stories.find([f"guid:politics:guid-{number}"])
        assert found is not None
        return found.article.pubstatus

    def alerts(self) -> list[str]:
        rows = self.app.store.deliveries._readers.query("SELECT text FROM alerts ORDER BY id")
        return [row["text"] for row in rows]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    found = Room(tmp_path)
    yield found
    found.app.close()


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_twice_withdraws_its_story(room, status):
    room.site.answers[article(1).url] = status
    assert room.looks(minutes=1) == 0
    assert room.status() is PubStatus.USABLE
    assert room.looks(minutes=4) == 0
    assert room.looks(minutes=1) == 1
    assert [room.status(number) for number in (1, 2)] == [PubStatus.CANCELED, PubStatus.USABLE]
    assert "withdrawn by a look at its page" in room.alerts()[0]
    assert not room.app.store.alerts.open_alerts()
    rows = room.app.store.deliveries._readers.query("SELECT class, who, note FROM revisions WHERE revision = 1")
    assert [(row["class"], row["who"]) for row in rows] == [("withdrawal", "a look at its page")]
    # its feed that goes on telling it does not bring it back, and nobody looks at its page again
    room.app.ingesters["politics"].run_once(room.clock.now())
    room.site.asked.clear()
    assert room.looks(hours=2) == 0
    assert article(1).url not in room.site.asked


@pytest.mark.parametrize(
    "later", [200, 500, 403, None, 301], ids=["there again", "500", "403", "no answer", "redirect"]
)
def test_a_404_once_is_no_withdrawal(room, later):
    room.site.answers[article(1).url] = 404
    room.looks(minutes=1)
    room.site.answers[article(1).url] = later
    room.looks(minutes=6)
    room.site.answers[article(1).url] = 404
    assert room.looks(minutes=11) == 0
    assert room.status() is PubStatus.USABLE


@pytest.mark.parametrize("answer", [500, 503, 403, 301, None])
def test_no_other_answer_ever_withdraws_a_story(room, answer):
    room.site.answers[article(1).url] = answer
    for _ in range(5):
        assert room.looks(minutes=30) == 0
    assert room.status() is PubStatus.USABLE


def test_a_site_whose_pages_are_all_gone_is_in_trouble_itself(room):
    room.site.default = 404
    room.site.answers["https://news.example.org/"] = 200
    for _ in range(3):
        assert room.looks(minutes=6) == 0
    assert {room.status(number) for number in range(1, 7)} == {PubStatus.USABLE}
    (alert,) = room.app.store.alerts.open_alerts()
    assert "no story is withdrawn for it" in alert.text
    room.site.default = 200
    room.looks(minutes=6)
    assert not room.app.store.alerts.open_alerts()


def test_a_story_that_was_withdrawn_meanwhile_is_not_withdrawn_again(room):
    room.site.answers[article(1).url] = 404
    room.looks(minutes=1)
    pages = room.app.store.following.pages("politics", NOON - timedelta(days=1))
    room.looks(minutes=6)
    page = next(one for one in pages if one.url == article(1).url)
    assert not room.rechecker._withdrawn(page, room.clock.now())


def test_only_pages_of_stories_that_readers_have_are_looked_at(tmp_path):
    room = Room(tmp_path, stories=MOST + 5)
    room.source.documents = [[article(99)]]
    room.app.ingesters["politics"].run_once(room.clock.now())
    room.looks(minutes=1)
    assert len(room.site.asked) == MOST
    room.looks(seconds=1)
    assert len(room.site.asked) == MOST + 5
    assert article(99).url not in room.site.asked
    room.site.asked.clear()
    room.looks(days=3)
    assert room.site.asked == []
    room.app.close()


def test_young_pages_are_looked_at_often_and_old_ones_seldom():
    page = Page(story_id=1, url="https://a.test/1", first_seen_at=NOON)
    assert is_due(page, NOON)
    looked = replace(page, looked_at=NOON)
    assert [is_due(looked, NOON + wait) for wait in (OFTEN - timedelta(seconds=1), OFTEN)] == [False, True]
    later = NOON + timedelta(hours=5)
    old = replace(page, looked_at=later)
    assert [is_due(old, later + wait) for wait in (OFTEN, SELDOM)] == [False, True]
    gone = replace(old, gone_at=later)
    assert [is_due(gone, later + wait) for wait in (timedelta(minutes=4), APART)] == [False, True]


def test_one_page_is_probed_beside_others_and_the_front_page():
    pages = [Page(story_id=n, url=f"https://a.test/p/{n}", first_seen_at=NOON) for n in range(9)]
    assert probes(pages[:2], pages) == [*(f"https://a.test/p/{n}" for n in range(4, 9)), "https://a.test/"]
    assert probes(pages[:1], pages[:1]) == ["https://a.test/"]
    assert not is_site_in_trouble(pages[:1], [False])
    assert is_site_in_trouble(pages[:1], [True])
    assert not is_site_in_trouble(pages[:2], [False])
    assert is_site_in_trouble(pages[:3], [False])


def test_the_clock_has_a_feed_s_pages_looked_at_where_it_is_wanted(tmp_path, monkeypatch):
    config = CONFIG.replace('first_run = "publish"', 'first_run = "publish"\nrecheck = "2d"')
    app = told_app(tmp_path, config=config)
    (rechecker,) = app.recheckers
    assert rechecker.feed == "politics"
    clockwork: Any = Clockwork()
    jobs = clockwork.jobs
    monkeypatch.setattr(Rechecker, "run_once", lambda _: jobs.setdefault("looked", 0))
    Upkeep(app, lambda: None).lay_out(clockwork)
    jobs["pages politics"]()
    assert jobs.pop("looked") == 0
    run_round(app)
    assert jobs.pop("looked") == 0
    app.close()


def test_an_alert_of_a_notice_ends_when_somebody_has_looked(tmp_path):
    source = ToldSource([article(7, headline="KILL: the story that nobody knows", summary="", body="")])
    app = told_app(tmp_path, source=source)
    app.ingesters["politics"].run_once(NOON)
    clockwork: Any = Clockwork()
    jobs = clockwork.jobs
    Upkeep(app, lambda: None).lay_out(clockwork)
    app.store.alerts.raise_alert("disk", "full", now=NOON)
    jobs["notices"]()
    assert [one.key for one in app.store.alerts.open_alerts()] == ["notice:politics:guid-7", "disk"]
    app.store.deliveries._writer.call(
        lambda c: c.run("UPDATE deliveries SET state = 7, held_by = '' WHERE held_by = ?", (HELD_BY_NOTICE,))
    )
    jobs["notices"]()
    assert [one.key for one in app.store.alerts.open_alerts()] == ["disk"]
    app.close()
