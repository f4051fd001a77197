"""Somebody at the desk of a newsroom on the loopback platforms: what the page did is what readers then see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from distributor.sandbox.client import start
from tests.browser.desk_site import PASSWORD, cheap_passwords, entered
from tests.browser.live_site import SHOWN, LiveSite
from tests.browser.looking import looked_after
from tests.operations import buttons

pytestmark = [pytest.mark.no_cover, pytest.mark.xdist_group("walks on the platforms")]

EVERYWHERE = dict.fromkeys(SHOWN, 1)
DONE = "Done, and on record."


@pytest.fixture(scope="module")
def live(browser: Any) -> Iterator[LiveSite]:
    """The newsroom and its platforms, for all walks of this module."""
    patch = cheap_passwords()
    with TemporaryDirectory(prefix="d-") as name, start(Path(name) / "platforms") as platforms:
        made = LiveSite(Path(name), platforms)
        yield made
        made.close()
    patch.undo()


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """One window for all walks: a new one for each would cost more than the walk."""
    with looked_after(browser) as found:
        yield found


@pytest.fixture
def page(window: Any, live: LiveSite) -> Any:
    """The window of somebody who is logged in; who was away for half a day logs in anew."""
    window.goto(f"{live.address}/desk")
    if "/desk/login" in window.url:
        entered(window, live)
    return window


def story(page: Any, live: LiveSite, url: str) -> None:
    """To the page of a story."""
    page.goto(f"{live.address}/desk/story?{urlencode({'url': url})}")


def channel(page: Any, name: str) -> Any:
    """What the page of a story says of a channel."""
    return page.locator("article.place", has=page.get_by_role("heading", name=name))


def test_the_first_page_says_what_readers_see(page: Any, live: LiveSite) -> None:
    url = live.publish("The bridge is open")
    live.round()
    page.reload()
    assert live.seen(url) == EVERYWHERE
    for name in ("x", "telegram"):
        told = page.locator("section", has=page.get_by_role("heading", name=name, exact=True))
        line = told.get_by_role("listitem").filter(has_text="The bridge is open")
        assert "sent" in line.inner_text()
    post = told.get_by_role("link", name="the post").first.get_attribute("href")
    assert post.startswith("https://t.me/newsroom/")
    line.get_by_role("link", name="The bridge is open").click()
    assert page.locator("h1").inner_text() == "The bridge is open"


def test_words_for_one_channel_are_what_its_readers_see(page: Any, live: LiveSite) -> None:
    url = live.publish("Council votes on the budget", "slow")
    live.round()
    assert live.seen(url) == {}
    story(page, live, url)
    place = channel(page, "telegram")
    place.get_by_text("Edit the words…").click()
    place.locator("textarea").fill("The budget, in our own words & no others")
    place.locator(".draft .facts").wait_for()
    place.get_by_role("button", name="Use these words").click()
    page.get_by_text(DONE).wait_for()
    page.get_by_role("button", name="Send now").first.click()
    page.get_by_text(DONE).wait_for()
    live.round()
    assert live.seen(url) == EVERYWHERE
    assert len(live.texts("telegram", "The budget, in our own words & no others")) == 1
    assert not live.texts("x", "in our own words")
    page.reload()
    assert channel(page, "telegram").get_by_role("link", name="the post").count() == 1


def test_what_waits_is_moved_held_and_let_go(page: Any, live: LiveSite) -> None:
    urls = [live.publish(f"{name} at the match", "slow") for name in ("Moved", "Held", "Left alone")]
    moved, held, _ = urls
    live.round()
    day = (live.clock.now() + timedelta(hours=2)).date()  # of the time at which they would leave

    def change(headline: str) -> None:
        page.goto(f"{live.address}/desk/queue?channel=telegram&day={day}")
        line = page.get_by_role("listitem").filter(has_text=headline)
        line.get_by_role("link", name="Change").click()

    change("Moved at the match")
    later = (live.clock.now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    page.locator("#to").fill(later)
    page.get_by_role("button", name="Move").click()
    page.get_by_text(DONE).wait_for()
    change("Held at the match")
    page.locator("#why").fill("the score is in doubt")
    page.get_by_role("button", name="Hold").click()
    page.get_by_text(DONE).wait_for()
    live.wait(timedelta(hours=2, minutes=1))
    live.round()
    others = {"x": 1, "hooks": 1}
    assert [live.seen(one) for one in urls] == [others, others, EVERYWHERE]
    page.goto(f"{live.address}/desk/queue?channel=telegram")
    page.locator("section.somebody").get_by_role("link", name="Change").click()
    assert "the score is in doubt" in page.locator("main").inner_text()
    page.get_by_role("button", name="Release").click()
    page.get_by_text(DONE).wait_for()
    live.round()
    assert [live.seen(one) for one in (moved, held)] == [others, EVERYWHERE]
    live.wait(timedelta(hours=3))
    live.round()
    assert live.seen(moved) == EVERYWHERE


def test_everything_is_stopped_and_the_chat_says_so(page: Any, live: LiveSite) -> None:
    page.get_by_role("link", name="Stop", exact=True).click()
    page.get_by_label("Why").first.fill("a wrong name everywhere")
    page.get_by_role("button", name="Stop everything").click()
    page.get_by_text(DONE).wait_for()
    url = live.publish("Nobody reads this yet")
    live.round()
    assert live.seen(url) == {}
    card = live.group.card("Resume…")
    assert card["text"].startswith("Stopped: everything\nBy Olga at ")
    page.reload()
    assert "Nobody reads this yet" in page.locator(".heap").inner_text()
    page.get_by_role("button", name="End it and send").click()
    page.get_by_text(DONE).wait_for()
    live.round()
    assert live.seen(url) == EVERYWHERE


def test_a_story_is_approved_from_the_chat_and_the_page_shows_it(page: Any, live: LiveSite) -> None:
    url = live.publish("Minister meets the fishermen", "asked")
    live.round()
    assert live.seen(url) == {}
    page.goto(f"{live.address}/desk/decide")
    waiting = page.locator("#waiting ~ article", has_text="Minister meets the fishermen")
    assert "approval" in waiting.inner_text()
    press = live.group.press(live.group.card("Approve"), "Approve")
    live.round()
    assert live.seen(url) == EVERYWHERE
    assert "Anna" in str(live.group.answer(press))
    page.reload()
    assert waiting.count() == 0
    story(page, live, url)
    assert "sent" in channel(page, "telegram").inner_text()
    assert page.locator("ol.history").get_by_text("Anna (operations chat)").count()


def test_a_story_is_approved_on_the_page_and_the_chat_shows_it(page: Any, live: LiveSite) -> None:
    url = live.publish("Ferry fares rise in spring", "asked")
    live.round()
    card = live.group.card("Approve")
    page.goto(f"{live.address}/desk/decide")
    waiting = page.locator("#waiting ~ article", has_text="Ferry fares rise in spring")
    waiting.get_by_role("button", name="Approve everywhere").click()
    page.get_by_text(DONE).wait_for()
    live.round()
    assert live.seen(url) == EVERYWHERE
    (now,) = [one for one in live.group.messages() if one["message_id"] == card["message_id"]]
    assert "Olga" in now["text"]
    assert "Approve" not in [one["text"] for one in buttons(now)]


def test_what_was_wrong_is_told_to_those_who_read_it(page: Any, live: LiveSite) -> None:
    url = live.publish("Bakery opens at six", summary="The bakery opens on Thursday.", id="bakery")
    live.round()
    live.platforms.control("site", "correct", {"id": "bakery", "summary": "The bakery opens on Friday."})
    live.wait(timedelta(minutes=1))
    live.round()
    page.goto(f"{live.address}/desk/decide")
    changed = page.locator("#changed ~ article", has_text="Bakery opens at six")
    assert "Friday" in changed.locator("ins").first.inner_text()
    changed.get_by_text("Correct…").click()
    changed.get_by_label("What was wrong, in words for readers").fill("It opens on Friday, not on Thursday.")
    changed.get_by_role("button", name="Correct", exact=True).click()
    page.get_by_text(DONE).wait_for()
    live.round()
    assert live.seen(url) == EVERYWHERE
    words = "It opens on Friday, not on Thursday."
    told = {
        platform: [one["act"] for one in live.platforms.journal(platform) if words in one["text"]] for platform in SHOWN
    }
    assert told == {"x": ["post"], "telegram": ["edit"], "hooks": ["edit"]}
    (reply,) = [one for one in live.platforms.journal("x") if words in one["text"]]
    assert reply["reply_to"]


def test_a_post_by_hand_is_what_readers_see(page: Any, live: LiveSite) -> None:
    page.goto(f"{live.address}/desk/compose")
    page.get_by_label("Words").fill("Our site is slow today.")
    page.locator("input[name=channels][value=x]").check()
    page.locator("input[name=channels][value=telegram]").check()
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Post it").click()
    page.get_by_text("posted by Olga").first.wait_for()
    live.round()
    assert [len(live.texts(one, "Our site is slow today.")) for one in ("x", "telegram", "hooks")] == [1, 1, 0]


def test_a_test_is_seen_by_the_desk_alone_and_a_channel_pauses_and_goes_on(page: Any, live: LiveSite) -> None:
    page.goto(f"{live.address}/desk/channels")
    telegram = page.locator("section.card", has=page.get_by_role("heading", name="telegram", exact=True))
    telegram.get_by_text("Test or pause").click()
    before = len(live.loop.texts("telegram"))
    telegram.get_by_role("button", name="Test post to").click()
    page.get_by_text(DONE).wait_for()
    assert live.group.messages()[-1]["text"].startswith("TEST of the channel telegram, by Olga, ")
    assert len(live.loop.texts("telegram")) == before
    telegram.get_by_text("Test or pause").click()
    telegram.get_by_label("Why").fill("the account moves")
    telegram.get_by_role("button", name="Pause this channel").click()
    page.get_by_text(DONE).wait_for()
    url = live.publish("Harvest festival begins")
    live.round()
    assert live.seen(url) == {"x": 1, "hooks": 1}
    telegram.get_by_role("button", name="Go on, and send what waits").click()
    page.get_by_text(DONE).wait_for()
    live.round()
    assert live.seen(url) == EVERYWHERE


def test_a_feed_is_read_at_once(page: Any, live: LiveSite) -> None:
    live.publish("Lighthouse is lit again")
    page.goto(f"{live.address}/desk/feeds")
    news = page.locator("section.card", has=page.get_by_role("heading", name="news", exact=True))
    news.get_by_role("button", name="Read now").click()
    page.get_by_text(DONE).wait_for()
    page.goto(f"{live.address}/desk/story?words=lighthouse")
    assert page.get_by_role("link", name="Lighthouse is lit again").count() == 1


def test_an_issue_is_tried_taken_back_sent_first_to_one_and_then_to_all(page: Any, live: LiveSite) -> None:
    readers = [f"{name}@example.org" for name in ("anna", "boris", "vera")]
    for one in readers:
        live.answer("subscribe", {"address": one, "topics": ["daily"]})
    live.publish("Tram line reaches the port")
    live.round()
    page.goto(f"{live.address}/desk/digests")
    page.get_by_role("link", name="Preview and test").first.click()
    page.get_by_label("Address", exact=True).fill("desk@example.org")
    page.get_by_role("button", name="Send the test").click()
    page.get_by_text(DONE).wait_for()
    (test,) = live.mailed("desk@example.org")
    assert test["subject"].startswith("[Test] ")
    to_issue(page, live)
    page.get_by_label("Why?").first.fill("a wrong picture")
    page.get_by_role("button", name="Stop now").click()
    page.get_by_text(DONE).wait_for()
    live.wait(timedelta(hours=1))
    live.round()
    assert live.mailed(*readers) == []
    live.publish("A second tram line follows")
    live.round()
    to_issue(page, live)
    live.wait(timedelta(minutes=11))
    live.round()
    assert len(live.mailed(*readers)) == 1  # the canary
    page.reload()
    page.get_by_text("Send it to everybody else now").click()
    page.get_by_role("button", name="Yes, let it go on").click()
    page.get_by_text(DONE).wait_for()
    live.round()
    assert sorted(one["to"][0] for one in live.mailed(*readers)) == readers
    assert "the canary" not in page.locator("main").inner_text()


def to_issue(page: Any, live: LiveSite) -> None:
    """To the page of the next issue, when its hour has come."""
    live.wait_for_issue()
    live.round()
    page.context.clear_cookies()
    entered(page, live)
    page.goto(f"{live.address}/desk/digests")
    page.locator("ul.issues a").first.click()


def test_a_reader_is_found_and_never_mailed_again(page: Any, live: LiveSite) -> None:
    for name in ("gone", "stays"):
        live.answer("subscribe", {"address": f"{name}@example.org", "topics": ["daily"]})
    page.goto(f"{live.address}/desk/readers")
    page.locator("#text").fill("gone@")
    page.get_by_role("button", name="Look up").click()
    page.get_by_role("link", name="gone@example.org").click()
    page.locator("summary", has_text="Never mail this address again").click()
    page.locator("#suppress-why").fill("they wrote to us")
    page.get_by_role("button", name="Never mail this address again").click()
    page.get_by_text(DONE).wait_for()
    assert "they wrote to us" in page.locator("main").inner_text()
    live.publish("Ice on the river")
    live.round()
    to_issue(page, live)
    live.wait(timedelta(hours=1))
    live.round()  # the canary
    live.wait(timedelta(hours=1))
    live.round()
    assert [one["to"] for one in live.mailed("gone@example.org", "stays@example.org")] == [["stays@example.org"]]


def test_a_reader_subscribes_says_yes_chooses_and_leaves_by_one_click(browser: Any, live: LiveSite) -> None:
    name = "reader@example.org"
    with looked_after(browser, java_script_enabled=False) as page:
        page.goto(f"{live.address}/r/subscribe")
        page.get_by_label("Demo News today").check()
        page.get_by_label("Your mail address").fill(name)
        live.wait(timedelta(seconds=10))  # who fills it in faster is a robot
        page.get_by_role("button", name="Subscribe").click()
        live.round()
        (letter,) = live.mailed(name)
        page.goto(next(one for one in letter["urls"] if "/r/confirm/" in one))
        page.get_by_role("button", name="Yes, send them to me").click()
        page.get_by_role("link", name="Open my settings").click()
        page.get_by_label("Text only, without pictures and layout").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
    live.publish("Storks are back")
    live.round()
    live.wait_for_issue()
    live.round()
    for _ in range(2):  # its canary, and everybody else
        live.wait(timedelta(hours=1))
        live.round()
    mail = live.content(live.mailed(name)[-1])
    assert mail["subject"].startswith("Storks are back")
    assert mail.get_content_type() == "text/plain"
    (link,) = re.findall(r"<(http[^>]*)>", mail["list-unsubscribe"])
    # the field that offers one click stands in mails of a house with https alone (RFC 8058)
    assert httpx2.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert name not in live.app.store.subscribers.addresses("daily")
    live.round()
    assert "unsubscribed" in live.mailed(name)[-1]["text"]


def test_a_program_asks_what_became_of_a_story(page: Any, live: LiveSite) -> None:
    url = live.publish("Choir wins a prize")
    live.round()
    token = live.act("token_add", name="cms", scope="read")["token"]
    with httpx2.Client(base_url=live.address, headers={"authorization": f"Bearer {token}"}) as program:
        receipt = program.get("/api/v1/receipt", params={"url": url}).json()["result"]
        link = program.post("/api/v1/calls/receipt_link", json={"url": url, "hours": 1}).json()["result"]["url"]
        refused = program.post("/api/v1/calls/withdraw", json={"url": url, "reason": "no"})
    sent = {one["channel"]: one["state"] for one in receipt["deliveries"]}
    assert sent == {"x": "sent", "telegram": "sent", "hook": "sent"}
    assert refused.status_code == 403
    page.goto(link)
    post = page.get_by_role("link", name="look at it").first.get_attribute("href")
    assert post in {one["url"] for one in receipt["deliveries"]}


def test_who_may_only_look_has_no_button_and_every_act_bears_a_name(browser: Any, live: LiveSite) -> None:
    for name, role in (("Vera", "viewer"), ("Edda", "editor")):
        live.act("user_add", name=name, role=role, password=PASSWORD)
    url = live.publish("Library stays open", "slow")
    live.round()
    with looked_after(browser) as page:
        for name in ("Vera", "Edda"):
            story(page, live, url)
            assert "/desk/login" in page.url
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("heading", name="Library stays open").first.wait_for()
            assert bool(page.locator("main form").count()) is (name == "Edda")
            if name == "Vera":
                page.get_by_role("button", name="Log out").click()
        channel(page, "x").get_by_role("button", name="Not here").click()
        page.get_by_text(DONE).wait_for()
        assert page.locator("ol.history").get_by_text("Edda (desk)").count() == 1
    live.wait(timedelta(hours=2, minutes=1))
    live.round()
    assert live.seen(url) == {"telegram": 1, "hooks": 1}
