"""Issues, archives, recent news and feeds as the public reads them on the web; and what is counted of it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from distributor.calls import dispatch
from distributor.errors import StoreError
from distributor.mime import TOKEN, VIEW
from distributor.model import PubStatus
from distributor.rules.mail.follow import Followed, signed
from distributor.web.opening import readers_routes
from distributor.web.readers.shelf import KEPT
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article

PUBLIC = "https://desk.example.org"
WEB = f'''\
[web]
public = "{PUBLIC}"
embed = ["https://www.example.org"]
[desk]
name = "Northern Wire"
zone = "Europe/Minsk"
'''
NOTE = "It was another minister."
ATOM = "{http://www.w3.org/2005/Atom}"


class Newsroom:
    """A newsroom with one digest and one public channel, whose pages a browser asks for."""

    def __init__(self, folder, more="", digest="", web=""):
        self.clock, self.source, self.relay = HandClock(), ToldSource([]), ToldBulk("mail")
        config = CONFIG.replace('slots = ["0 13 * * *"]', f'slots = ["0 13,18 * * *"]\n{digest}')
        config = config.replace(
            '[channels.x]\ntype = "console"', '[channels.x]\ntype = "telegram"\ntoken = "1:a"\nchat = "@northern"'
        )
        self.app = told_app(
            folder, clock=self.clock, config=config + (web or WEB) + more, source=self.source,
            channels={"mail": self.relay, "x": ToldChannel("x")},
        )  # fmt: skip
        self.store = self.app.store
        self.browser = TestClient(make_site(readers_routes(self.app)), follow_redirects=False, base_url=PUBLIC)
        self.store.subscribers.subscribe("anna@example.org", ["morning"], now=NOON, source="test")

    def read(self, *articles):
        self.source.documents = [list(articles)]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def issue(self, *articles):
        """The feed brings these, and the next issue leaves; its number and its mail."""
        self.read(*articles)
        self.clock.at = self.app.digesters["morning"].next_slot(self.clock.now()) or NOON
        (number,) = self.app.digesters["morning"].run_due(self.clock.now())
        self.relay.parcels.clear()
        while self.app.deliverers["mail"].run_once():
            continue
        return number, self.relay.parcels[-1]

    def post(self):
        while self.app.deliverers["x"].run_once():
            continue

    def correct(self, number, **words):
        told = {
            "who": "Anna",
            "through": "command line",
            "url": article(number).url,
            "note": "It was another minister.",
        }
        dispatch(self.app, "correct", told | words)

    def get(self, path, status=200, **fields):
        self.clock.advance(2 * KEPT.total_seconds())
        answer = self.browser.get(path, headers=fields)
        assert answer.status_code == status, answer.text
        return answer


@pytest.fixture
def newsroom(tmp_path):
    opened = []

    def make(**how):
        opened.append(Newsroom(tmp_path, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()


def test_an_issue_is_the_mail_as_a_page_without_its_readers_own_values(newsroom):
    desk = newsroom()
    number, parcel = desk.issue(article(1), article(2))
    own = parcel.recipient.links
    for path in (f"/r/issue/{number}", own.view.removeprefix(PUBLIC)):
        page = desk.get(path)
        assert article(1).headline in page.text
        assert not TOKEN.search(page.text)
        assert not any(one in page.text for one in ("anna@", own.leave, own.dials, own.view))
        assert 'style="' not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]
        assert "sha256-" in page.headers["content-security-policy"]
        assert "24 November 2026, 18:00 (Europe/Minsk)" in page.text
    assert 'href="../archive/morning"' in page.text
    assert VIEW in parcel.message.html


def test_the_page_by_a_readers_link_is_nobody_elses_to_find_and_the_public_one_is(newsroom):
    desk = newsroom()
    number, parcel = desk.issue(article(1))
    by_link, public = desk.get(parcel.recipient.links.view.removeprefix(PUBLIC)), desk.get(f"/r/issue/{number}")
    assert (by_link.headers["cache-control"], by_link.headers["x-robots-tag"]) == ("no-store", "noindex")
    assert (public.headers["cache-control"], "x-robots-tag" in public.headers) == ("public, max-age=60", False)


@pytest.mark.parametrize("name", ["0", "999", "x", "%00", "1" * 40, "-1", "1.5", "AAAA" * 20])
def test_what_is_no_issue_of_ours_has_no_page(newsroom, name):
    desk = newsroom()
    desk.issue(article(1))
    desk.get(f"/r/issue/{name}", 404)


def test_an_issue_of_a_digest_that_is_no_more_has_no_page(newsroom):
    desk = newsroom()
    number, parcel = desk.issue(article(1))
    browser = TestClient(make_site(readers_routes(replace(desk.app, digests={}))))
    for path in (f"/r/issue/{number}", parcel.recipient.links.view.removeprefix(PUBLIC)):
        assert browser.get(path).status_code == 404


def test_the_page_has_what_the_mail_had_no_room_for(newsroom):
    desk = newsroom(digest="most = 90")
    long = [article(n, headline=f"Headline {n}: " + "и" * 500, summary="", body="") for n in range(90)]
    _, parcel = desk.issue(*long)
    page = desk.get(parcel.recipient.links.view.removeprefix(PUBLIC)).text
    assert " more</a>" in parcel.message.html
    assert " more</a>" not in page
    assert all(f"Headline {n}: " in page for n in range(90))


def test_an_issue_of_which_no_mail_has_left_has_no_page_yet(newsroom):
    desk = newsroom()
    desk.read(article(1))
    desk.clock.at = desk.app.digesters["morning"].next_slot(desk.clock.now())
    (number,) = desk.app.digesters["morning"].run_due(desk.clock.now())
    desk.get(f"/r/issue/{number}", 404)
    assert "Nothing yet." in desk.get("/r/archive/morning").text


def test_what_was_taken_back_is_shown_nowhere_and_the_page_says_so(newsroom):
    desk = newsroom()
    number, parcel = desk.issue(article(1), article(2))
    desk.post()
    dispatch(desk.app, "withdraw", {"who": "Anna", "through": "x", "url": article(1).url, "reason": "wrong"})
    paths = (f"/r/issue/{number}", parcel.recipient.links.view.removeprefix(PUBLIC), "/r/archive/morning", "/r/news")
    for path in (*paths, "/r/archive/morning.atom", "/r/news.atom", "/r/news.json", "/r/news/embed"):
        page = desk.get(path).text
        assert article(1).headline not in page
        assert article(2).headline in page
    assert "What was taken back since is not shown here." in desk.get(paths[0]).text
    dispatch(desk.app, "withdraw", {"who": "Anna", "through": "x", "url": article(2).url, "reason": "wrong"})
    desk.get(paths[0], 404)
    assert "Nothing yet." in desk.get("/r/archive/morning").text


def test_what_was_corrected_since_stands_above_and_in_the_news(newsroom):
    desk = newsroom()
    number, parcel = desk.issue(article(1), article(2))
    desk.post()
    desk.clock.advance(60)
    desk.correct(1, headline="Another minister resigns")
    for path in (f"/r/issue/{number}", parcel.recipient.links.view.removeprefix(PUBLIC)):
        page = desk.get(path).text
        assert page.index("Correction to our story of") < page.index("It was another minister.")
        assert page.count("Another minister resigns</a>") == 2
        assert "We wrote" in page
    assert "with a correction" in desk.get("/r/archive/morning").text
    news = desk.get("/r/news").text
    assert "Corrected, <bdi>24 November 2026" in news
    assert "It was another minister." in news
    assert "Correction: It was another minister." in desk.get("/r/news.atom").text


def links(feed: ET.Element) -> list[str]:
    """The addresses to which the entries of a feed lead."""
    return [one.attrib["href"] for one in feed.findall(f"{ATOM}entry/{ATOM}link")]


def test_an_archive_lists_issues_newest_first_by_their_lead_story_and_leads_to_older_ones(newsroom, monkeypatch):
    monkeypatch.setattr("distributor.flows.online.ISSUES", 2)
    monkeypatch.setattr("distributor.web.readers.public.ISSUES", 2)
    desk = newsroom()
    numbers = [desk.issue(article(n), article(n + 10))[0] for n in (1, 2, 3)]
    page = desk.get("/r/archive/morning").text
    assert [f'href="../issue/{number}"' in page for number in numbers] == [False, True, True]
    assert page.index(f"issue/{numbers[2]}") < page.index(f"issue/{numbers[1]}")
    assert "(Europe/Minsk)" in page
    older = desk.get(f"/r/archive/morning?before={numbers[1]}").text
    assert f'href="../issue/{numbers[0]}"' in older
    assert "Older issues" not in older
    feed = ET.fromstring(desk.get("/r/archive/morning.atom").content)
    entries = feed.findall(f"{ATOM}entry")
    assert links(feed) == [f"{PUBLIC}/r/issue/{n}" for n in numbers[:0:-1]]
    assert len({one.findtext(f"{ATOM}id") for one in entries}) == 2
    assert article(13).headline in (entries[0].findtext(f"{ATOM}content") or "")
    assert feed.findall(f"{ATOM}link[@rel='self']")[0].attrib["href"] == f"{PUBLIC}/r/archive/morning.atom"


def test_an_archive_has_the_newsletters_own_issues_and_not_those_of_readers_own_hours(newsroom):
    desk = newsroom()
    desk.store.subscribers.subscribe("rui@example.org", ["morning"], now=NOON, source="test", zone="Europe/Lisbon")
    other, parcel = desk.issue(article(1), article(2))  # 13:00 in Lisbon
    number, own = desk.issue(article(1), article(2))  # 18:00 in Minsk
    assert [one.recipient.address for one in (parcel, own)] == ["rui@example.org", "anna@example.org"]
    page = desk.get("/r/archive/morning").text
    assert f'href="../issue/{number}"' in page
    assert f'href="../issue/{other}"' not in page
    assert article(1).headline in desk.get(parcel.recipient.links.view.removeprefix(PUBLIC)).text


def test_a_digest_that_is_no_ones_to_browse_has_pages_for_its_readers_alone(newsroom):
    desk = newsroom(digest="archive = false")
    number, parcel = desk.issue(article(1))
    for path in (f"/r/issue/{number}", "/r/archive/morning", "/r/archive/morning.atom", "/r/archive/nowhere"):
        desk.get(path, 404)
    page = desk.get(parcel.recipient.links.view.removeprefix(PUBLIC)).text
    assert article(1).headline in page
    assert "archive" not in page
    assert article(1).headline not in desk.get("/r/news").text


def test_recent_news_is_what_the_public_has_and_nothing_else(newsroom):
    desk = newsroom()
    desk.read(article(1), article(2, pubstatus=PubStatus.WITHHELD))
    assert "Nothing yet." in desk.get("/r/news").text
    desk.post()
    assert article(1).headline in desk.get("/r/news").text
    assert article(2).headline not in desk.get("/r/news").text
    told = json.loads(desk.get("/r/news.json").content)
    assert (told["version"], told["feed_url"]) == ("https://jsonfeed.org/version/1.1", f"{PUBLIC}/r/news.json")
    assert [(one["title"], one["url"]) for one in told["items"]] == [(article(1).headline, article(1).url)]
    assert desk.get("/r/news.json").headers["access-control-allow-origin"] == "*"
    feed = ET.fromstring(desk.get("/r/news.atom").content)
    assert feed.findtext(f"{ATOM}entry/{ATOM}published") == "2026-11-24T11:55:00Z"


def test_the_list_of_news_may_stand_in_the_newsrooms_own_pages_alone(newsroom):
    desk = newsroom()
    embedded = desk.get("/r/news/embed").headers["content-security-policy"]
    assert embedded.endswith("frame-ancestors https://www.example.org")
    for path in ("/r/news", "/r/archive/morning"):
        assert desk.get(path).headers["content-security-policy"].endswith("frame-ancestors 'none'")


def test_a_newsroom_may_keep_its_news_off_the_web(newsroom):
    desk = newsroom()
    web = replace(desk.app.settings.web, news=False)
    app = replace(desk.app, settings=replace(desk.app.settings, web=web))
    browser = TestClient(make_site(readers_routes(app)))
    assert [browser.get(path).status_code for path in ("/r/news", "/r/news.json", "/r/archive/morning")] == [
        404,
        404,
        200,
    ]


def test_a_page_is_rendered_once_a_minute_and_speaks_the_browsers_language(newsroom):
    desk = newsroom()
    desk.issue(article(1))
    assert "Nothing" not in desk.get("/r/archive/morning").text
    dispatch(desk.app, "withdraw", {"who": "Anna", "through": "x", "url": article(1).url, "reason": "wrong"})
    assert article(1).headline in desk.browser.get("/r/archive/morning").text
    desk.clock.advance(KEPT.total_seconds())
    assert "Nothing yet." in desk.browser.get("/r/archive/morning").text
    russian = desk.browser.get("/r/archive/morning", headers={"accept-language": "ru"}).text
    assert '<html lang="ru">' in russian
    assert "Пока ничего нет." in russian
    assert desk.browser.get("/r/archive/morning").headers["vary"] == "accept-language"


# ---- links that are counted


def test_links_of_issues_are_not_counted_unless_the_newsroom_wants_it(newsroom):
    _, parcel = newsroom().issue(article(1))
    assert f'href="{article(1).url}"' in parcel.message.html
    assert "/r/go/" not in parcel.message.html


def test_a_link_that_is_followed_is_counted_for_its_story_and_nothing_is_kept_of_who_did(newsroom):
    desk = newsroom(more="[mail]\ncount_clicks = true\n")
    number, parcel = desk.issue(article(1), article(2))
    links = [one.split('"')[0] for one in parcel.message.html.split(f'href="{PUBLIC}')[1:] if one.startswith("/r/go/")]
    assert len(links) == 2
    assert parcel.message.text.count(f"{PUBLIC}/r/go/") == 2
    for _ in range(3):
        answer = desk.get(links[1], 302)
    assert answer.headers["location"] in (article(1).url, article(2).url)
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert desk.browser.head(links[0]).status_code == 302
    assert sorted(count for _, count in desk.store.archive.clicks(number)) == [0, 3]
    found = dispatch(desk.app, "digest_clicks", {"name": "morning"})
    assert sorted(one["clicks"] for one in found["issues"][0]["stories"]) == [0, 3]


def test_no_link_leads_where_we_have_not_signed_it_to(newsroom):
    desk = newsroom(more="[mail]\ncount_clicks = true\n")
    number, _ = desk.issue(article(1))
    ours = signed(desk.store.key, Followed(issue=number, story=1, target=article(1).url))
    foreign = signed(b"another store", Followed(issue=number, story=1, target="https://evil.example/"))
    for token in (foreign, ours[:-4], ours[4:], "A" + ours[1:], "x", "é", "A" * 8000):
        desk.get(f"/r/go/{token}", 404)
    elsewhere = signed(desk.store.key, Followed(issue=number, story=999, target=article(1).url))
    desk.get(f"/r/go/{elsewhere}", 302)
    assert [count for _, count in desk.store.archive.clicks(number)] == [0]


def test_a_store_that_cannot_write_leads_on_all_the_same(newsroom, monkeypatch):
    desk = newsroom(more="[mail]\ncount_clicks = true\n")
    number, _ = desk.issue(article(1))

    def full(*_):
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(desk.store.archive), "count", full)
    token = signed(desk.store.key, Followed(issue=number, story=1, target=article(1).url))
    assert desk.get(f"/r/go/{token}", 302).headers["location"] == article(1).url


def test_few_pages_are_kept_however_many_are_asked_for(newsroom, monkeypatch):
    monkeypatch.setattr("distributor.web.readers.shelf.MOST", 2)
    desk = newsroom()
    desk.issue(article(1))
    assert article(1).headline in desk.get("/r/archive/morning").text
    dispatch(desk.app, "withdraw", {"who": "Anna", "through": "x", "url": article(1).url, "reason": "wrong"})
    assert desk.browser.get("/r/archive/morning?odd=1").text == desk.browser.get("/r/archive/morning").text
    for path in ("/r/news", "/r/news.atom"):
        desk.browser.get(path)
    assert "Nothing yet." in desk.browser.get("/r/archive/morning").text
