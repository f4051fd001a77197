"""Readers' pages on a host of their own, and the corrections that anybody may follow."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from distributor.calls import dispatch
from distributor.web.opening import desk_routes, readers_routes, stands
from distributor.web.site import HEADERS, make_site
from tests.flow.test_public_pages import ATOM, NOTE, PUBLIC, Newsroom, links
from tests.support import article

NEWS = "https://news.example.org"
APART = f'[web]\npublic = "{PUBLIC}"\nreaders = "{NEWS}"\n'
PAYLOAD = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture
def newsroom(tmp_path):
    opened = []

    def make(**how):
        opened.append(Newsroom(tmp_path, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()


def asked(desk, host, path, **fields):
    routes = [*readers_routes(desk.app), *desk_routes(desk.app, lambda *_: {})]
    browser = TestClient(make_site(routes, stands(desk.app)), follow_redirects=False, base_url=host)
    return browser.get(path, headers=fields)


def apart(desk, **more):
    web = replace(desk.app.settings.web, readers=NEWS, **more)
    desk.app = replace(desk.app, settings=replace(desk.app.settings, web=web))
    return desk


def test_on_a_host_of_their_own_readers_find_their_pages_and_nobody_the_desk(newsroom):
    desk = apart(newsroom())
    assert asked(desk, NEWS, "/r/subscribe").status_code == 200
    assert asked(desk, PUBLIC, "/desk/login").status_code == 200
    for host, path in ((NEWS, "/desk/login"), (NEWS, "/api/v1/openapi.json"), (PUBLIC, "/r/subscribe"), (NEWS, "/")):
        answer = asked(desk, host, path)
        assert answer.status_code == 404, (host, path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    for host in (NEWS, PUBLIC):
        assert asked(desk, host, "/healthz").text == "ok\n"


def test_a_proxy_is_believed_about_the_host_and_nobody_else(newsroom):
    desk = apart(newsroom(), proxies=("10.0.0.0/8",))
    site = make_site(readers_routes(desk.app), stands(desk.app))
    for peer, status in (("10.0.0.1", 200), ("203.0.113.9", 404)):
        browser = TestClient(site, base_url=PUBLIC, client=(peer, 5))
        assert browser.get("/r/subscribe", headers={"x-forwarded-host": "news.example.org"}).status_code == status


def test_links_in_mails_lead_to_the_readers_host_and_the_old_ones_go_on(newsroom):
    desk = newsroom(web=APART)
    _, parcel = desk.issue(article(1))
    own = parcel.recipient.links
    assert all(one.startswith(f"{NEWS}/r/") for one in (own.leave, own.dials, own.view))
    old = own.leave.replace(NEWS, PUBLIC)
    assert asked(desk, PUBLIC, old).status_code == 404
    moved = apart(desk, readers_before=(PUBLIC,))
    assert [asked(moved, host, own.leave.removeprefix(NEWS)).status_code for host in (PUBLIC, NEWS)] == [200, 200]
    assert asked(moved, PUBLIC, "/desk/login").status_code == 200


def test_every_published_correction_and_withdrawal_stands_on_a_page_and_in_feeds(newsroom):
    desk = newsroom()
    assert "Nothing yet." in desk.get("/r/corrections").text
    desk.issue(article(1), article(2), article(3))
    desk.clock.advance(60)
    desk.correct(1, headline="Another minister resigns")
    desk.clock.advance(60)
    dispatch(desk.app, "withdraw", {"who": "Anna", "through": "x", "url": article(2).url, "reason": "wrong"})
    page = desk.get("/r/corrections").text
    assert page.index(article(2).headline) < page.index("Another minister resigns")
    assert NOTE in page
    assert f'href="{article(1).url}"' in page
    assert article(2).url not in page, "what was taken back is led to by nobody"
    assert article(3).headline not in page
    feed = ET.fromstring(desk.get("/r/corrections.atom").content)
    assert links(feed) == [article(2).url, article(1).url]
    assert feed.findall(f"{ATOM}link[@rel='self']")[0].attrib["href"] == f"{PUBLIC}/r/corrections.atom"
    answer = desk.get("/r/corrections.json")
    told = json.loads(answer.content)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert [one["tags"] for one in told["items"]] == [["withdrawal"], ["correction"]]
    assert told["items"][1]["content_text"] == NOTE
    assert told["home_page_url"] == f"{PUBLIC}/r/corrections"


def test_what_the_public_never_had_is_corrected_without_a_word(newsroom):
    desk = newsroom(digest="archive = false")
    desk.issue(article(1))
    desk.clock.advance(60)
    desk.correct(1, headline="Another minister resigns")
    assert "Nothing yet." in desk.get("/r/corrections").text


def test_a_newsroom_may_keep_its_corrections_off_the_web(newsroom):
    desk = newsroom()
    web = replace(desk.app.settings.web, corrections=False)
    browser = TestClient(make_site(readers_routes(replace(desk.app, settings=replace(desk.app.settings, web=web)))))
    for path in ("/r/corrections", "/r/corrections.atom", "/r/corrections.json"):
        assert browser.get(path).status_code == 404


def test_what_stands_in_a_headline_or_a_note_is_inert(newsroom):
    desk = newsroom()
    desk.issue(article(1))
    desk.clock.advance(60)
    desk.correct(1, headline=f"Minister {PAYLOAD}", note=PAYLOAD)
    page = desk.get("/r/corrections").text
    assert "<script>" not in page
    assert "<img" not in page
    assert PAYLOAD in (
        ET.fromstring(desk.get("/r/corrections.atom").content).findtext(f"{ATOM}entry/{ATOM}title") or ""
    )
