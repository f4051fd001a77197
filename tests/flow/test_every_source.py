"""One newsroom, read in every way that it can be read: with feeds of all kinds, and with none at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from distributor import config
from distributor.app import App, open_app
from distributor.calls import dispatch
from distributor.fetching import look_at, proposal
from distributor.model import Article, Dateline
from distributor.net import Fetcher
from distributor.sandbox.client import Running
from distributor.sources.discovery import discover
from distributor.sources.guard import Guard
from tests.support import HandClock

STORIES: list[dict[str, Any]] = [
    {
        "section": "economics",
        "headline": "Eleven river ports & a dry dock to open",
        "summary": "Small ships may call from spring on.",
        "paragraphs": ["Eleven landing stages will open next spring.", "Dredging begins in March."],
        "dateline": "MINSK, 2 October (BelTA) –",
        "byline": "Press desk",
        "keywords": ["ports", "rivers"],
        "image": {"generated": "harbour", "alt": "A crane over the river", "credit": "Photo desk"},
        "language": "en",
        "published": "2026-10-02T11:54:00+03:00",
    },
    {
        "section": "society",
        "headline": "В Гродно открыли новый мост через Неман",
        "summary": "Мост строили два года.",
        "paragraphs": ["Новый мост через Неман открыли в пятницу.", "По нему пойдут автобусы."],
        "dateline": "ГРОДНО, 2 октября (БЕЛТА) –",
        "byline": "Дежурный редактор",
        "keywords": ["мосты"],
        "image": {"generated": "мост", "alt": "Мост", "credit": ""},
        "language": "ru",
        "published": "2026-10-02T12:07:00+03:00",
    },
    {
        "section": "sport",
        "headline": "Юныя грабцы з Брэста выйгралі ўсе заезды",
        "summary": "Шэсць перамог за дзень.",
        "paragraphs": ["Юныя грабцы з Брэста выйгралі шэсць заездаў."],
        "dateline": "МІНСК, 2 кастрычніка (БЕЛТА) –",
        "language": "be",
        "published": "2026-10-02T12:30:00+03:00",
    },
]
LATER: dict[str, Any] = STORIES[0] | {
    "section": "culture",
    "headline": "The opera opens its season with a premiere",
    "published": "2026-10-02T13:01:00+03:00",
}
AGENCIES = 'agencies = ["BelTA", "БЕЛТА"]'
KINDS = {
    "page": 'type = "page"\nurl = "{site}/"',
    "page by selectors": 'type = "page"\nurl = "{site}/"\nlinks = ".news_item"\npattern = "/view/"\n'
    'zone = "Europe/Minsk"\ntime = ".date_full"\nbody = ".js-mediator-article"\nheadline = "h1"',
    "feed": 'url = "{site}/rss.xml"',
    "jsonfeed": 'type = "jsonfeed"\nurl = "{site}/feed.json"',
    "wordpress": 'type = "wordpress"\nurl = "{site}/"\nhours = 720',
    "sitemap": 'type = "sitemap"\nurl = "{site}/sitemap_index.xml"\nmost = 1',
    "ninjs": 'type = "ninjs"\nurl = "{site}/ninjs.json"',
    "auto": 'type = "auto"\nurl = "{site}/"',
}
#: Kinds that tell a headline and a time, and no text.
SHORT = ("sitemap",)


@pytest.fixture
def site(platforms: Running) -> Running:
    platforms.reset("site")
    platforms.control("site", "config", {"full_text": True})
    platforms.control("site", "publish", STORIES)
    return platforms


def app_of(folder: Path, site: Running, keys: str, now: datetime) -> App:
    address = site.urls["site"]
    text = f"""[net]
allow = ["{address.removeprefix("http://")}"]
[feeds.news]
{keys.format(site=address)}
{AGENCIES}
[channels.screen]
type = "console"
[routes.all]
channels = ["screen"]
"""
    (folder / "config.toml").write_text(text, "utf-8")
    settings = config.load(None, environ={}, cwd=folder)
    return open_app(settings, clock=HandClock(now), threaded=False)


@pytest.fixture
def opened(short: Path, site: Running, request: pytest.FixtureRequest) -> Iterator[App]:
    app = app_of(short, site, KINDS[request.param], datetime(2026, 10, 2, 10, 0, tzinfo=UTC))
    with closing(app):
        yield app


def articles(app: App) -> Mapping[str, Article]:
    return {story.article.headline: story.article for story in app.store.stories.latest(50)}


def waiting(app: App) -> list[str]:
    """The state of every delivery that was not skipped as baseline."""
    found = dispatch(app, "deliveries", {})["deliveries"]
    return [one["state"] for one in found if one["state"] != "skipped"]


@pytest.mark.parametrize(("opened", "kind"), [(kind, kind) for kind in KINDS], indirect=["opened"])
def test_every_story_is_found_once_with_all_its_parts_and_only_what_is_new_is_news(
    opened: App, kind: str, site: Running
) -> None:
    ingester, now = opened.ingesters["news"], datetime(2026, 10, 2, 10, 0, tzinfo=UTC)
    assert ingester.run_once(now).error == ""
    found = articles(opened)
    assert set(found) == {story["headline"] for story in STORIES}
    for story in STORIES:
        one = found[story["headline"]]
        assert one.published == datetime.fromisoformat(story["published"]).astimezone(UTC)
        assert one.language == story["language"]
        if kind in SHORT:
            continue
        place, _, rest = story["dateline"].partition(", ")
        date, _, agency = rest.removesuffix(") –").partition(" (")
        assert one.dateline == Dateline(place=place, date=date, agency=agency)
        assert one.body == "\n\n".join(story["paragraphs"])
        assert one.summary == story["summary"]
        assert one.categories[0] == story["section"].capitalize()
        assert one.byline == story.get("byline", one.byline)
        assert (one.image is not None) == ("image" in story)
        if one.image is not None:
            assert one.image.url.startswith(f"{site.urls['site']}/img/")
            assert one.image.alt == ("" if kind == "jsonfeed" else story["image"]["alt"])  # JSON Feed has no such words
    assert not waiting(opened)
    site.control("site", "publish", LATER)
    assert [change.article.headline for change in ingester.run_once(now).changes] == [LATER["headline"]]
    assert len(waiting(opened)) == 1
    assert not ingester.run_once(now).changes


def test_a_correction_on_a_page_is_a_new_text_of_the_same_story(short: Path, site: Running) -> None:
    now = datetime(2026, 10, 2, 10, 0, tzinfo=UTC)
    with closing(app_of(short, site, KINDS["page"], now)) as app:
        ingester, clock = app.ingesters["news"], app.clock
        ingester.run_once(now)
        stories = site.control("site", "state")["stories"]
        number = next(one["id"] for one in stories if one["headline"] == STORIES[0]["headline"])
        site.control("site", "correct", {"id": number, "headline": "Twelve river ports & a dry dock to open"})
        clock.sleep(700)
        (change,) = ingester.run_once(clock.now()).changes
        assert (change.kind.value, change.article.headline) == ("updated", "Twelve river ports & a dry dock to open")


def test_a_site_without_a_feed_tells_what_it_offers(short: Path, site: Running) -> None:
    site.control("site", "config", {"feedless": True})
    address = site.urls["site"]
    net = replace(config.usual_net(), allow=(address.removeprefix("http://"),))
    found = look_at(net, f"{address}/")
    assert [(one["type"], one["stories"], one["pattern"]) for one in found["found"]] == [
        ("page", 3, r"/[^/]+/view/[^/]*\d[^/]*/?$")
    ]
    assert found["articles"][0]["headline"] == STORIES[2]["headline"]
    (short / "config.toml").write_text(found["config"] + '[channels.x]\ntype = "console"\n', "utf-8")
    (feed,) = config.load(None, environ={}, cwd=short).feeds
    assert (feed.type, feed.url) == ("page", f"{address}/")


def test_a_site_with_everything_tells_all_of_it(site: Running) -> None:
    address, guard = site.urls["site"], Guard(seconds=5)
    try:
        fetcher = Fetcher(user_agent="test", allow=(address.removeprefix("http://"),))
        found = discover(f"{address}/", fetcher, guard)
    finally:
        guard.close()
    assert [one.type for one in found.findings] == ["feed", "sitemap", "jsonfeed", "sitemap", "page"]
    assert proposal(found) is not None
