"""A story of a newsroom's page, with everything that stands around a text there, through the whole program."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes, policy
from html import escape

import pytest

from distributor.app import open_app
from distributor.calls import dispatch
from distributor.clock import SystemClock
from distributor.config import load
from distributor.engine.round import run_round
from distributor.text.measure import weighted_length
from tests.platforms import Loop

HEADLINE = "Grodno Oblast to open eleven river ports to small passenger ships next spring"
DATELINE = "MINSK, 30 November (BelTA) –"
SENTENCE = (
    "Grodno Oblast will open eleven landing stages on the Neman, the Shchara and the Augustow Canal to small passenger "
    "ships next spring and will dredge the approaches to seven of them before the first of April so that ships with a "
    "draught of up to 0.9 m can call there every day, the press service of the regional executive committee told BelTA."
)
SECOND = "The first timetable is due in February, BelTA has learned."
QUOTATION = "“Eleven towns will have a pier of their own again,” the committee's statement reads."
PAGE = "/regions/view/grodno-oblast-to-open-eleven-river-ports-183201-2026/"
#: what stands around the text on the page and leaks into a feed's full text
BOILERPLATE = (
    "President",
    "Politics",
    "Economics",
    "Regions",
    "30 November 2025, 17:06",
    "Subscribe to us",
    "Telegram",
    "Recent news from Belarus",
    "Brest Oblast reports on its harvest",
    "Minsk metro trains to run later in December",
)
BEFORE, AFTER = BOILERPLATE[:5], BOILERPLATE[5:]

FEED = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Regions</title>
<link>https://news.example.org/</link><language>en</language><item><title>{title}</title>
<link>https://news.example.org{page}</link><guid>https://news.example.org{page}</guid>
<pubDate>Sun, 30 Nov 2025 17:06:00 +0300</pubDate><category>Regions</category>
<description>{description}</description><content:encoded>{content}</content:encoded></item></channel></rss>"""


def lines(*texts):
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def feed(description):
    text = (HEADLINE, f"{DATELINE} {SENTENCE}", SECOND, QUOTATION)
    content = lines(*BEFORE, *text, *AFTER)
    return FEED.format(title=escape(HEADLINE), page=PAGE, description=escape(description), content=escape(content))


class AheadClock(SystemClock):
    """The real clock, set ahead when the digest is due."""

    ahead = timedelta(0)

    def now(self):
        return super().now() + self.ahead


def shown_by(loop: Loop, description: str) -> dict[str, str]:
    """What readers see of the story in each place."""
    page = lines(*BEFORE, HEADLINE, f"{DATELINE} {SENTENCE}", SECOND, QUOTATION, *AFTER)
    raw = {
        "/regions.xml": {"body": feed(description), "content_type": "application/rss+xml"},
        PAGE: {"body": f"<!DOCTYPE html><title>{HEADLINE}</title>{page}", "content_type": "text/html"},
    }
    loop.platforms.control("site", "config", {"raw": raw})
    loop.configure(
        ('agencies = ["Demo News"]', 'agencies = ["BelTA"]'), feeds={"regions": "/regions.xml"}, slot="* * * * *"
    )
    clock = AheadClock()
    with closing(open_app(load(loop.config, environ={}, cwd=loop.folder), clock=clock, threaded=False)) as app:
        dispatch(app, "subscribe", {"address": "reader@example.org", "topics": ["daily"]})
        run_round(app)
        clock.ahead = timedelta(minutes=1)
        run_round(app)
        sent = dispatch(app, "where", {"url": f"https://news.example.org{PAGE}"})
    assert {one["channel"]: one["state"] for one in sent["deliveries"]} == dict.fromkeys(
        ("x", "telegram", "hook"), "sent"
    )
    (mail,) = loop.platforms.journal("smtp")
    letter = message_from_bytes((loop.platforms.state / mail["path"]).read_bytes(), policy=policy.default)
    plain, markup = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert markup is not None
    (post,), (message,), (hook,) = (loop.texts(name) for name in ("x", "telegram", "hooks"))
    return {"x": post, "telegram": message, "hook": hook, "mail": plain.get_content(), "html": markup.get_content()}


@pytest.mark.parametrize(
    "description",
    [
        "",
        f"{DATELINE} {SENTENCE}",
        lines(*BEFORE, HEADLINE, f"{DATELINE} {SENTENCE}", SECOND, QUOTATION, *AFTER),
    ],
    ids=["only a full text", "a dateline before the sentence", "the whole page"],
)
def test_a_story_from_a_newsrooms_page_is_told_without_what_stands_around_it(loop, description):
    shown = shown_by(loop, description)
    assert weighted_length(shown["x"]) <= 280
    assert shown["x"].startswith("Grodno Oblast will open eleven landing stages on the Neman")
    assert f"https://news.example.org{PAGE}?utm_id=" in shown["x"]
    for agency in ("BelTA) –", "MINSK, 30 November", "(BelTA)"):
        assert agency not in shown["x"]
    assert shown["telegram"].startswith(HEADLINE)
    assert "Grodno Oblast will open" in shown["telegram"]
    assert json.loads(shown["hook"])
    for place in ("mail", "html"):
        assert "Grodno Oblast to open eleven river ports" in shown[place].replace("\n", " ")
        assert "Grodno Oblast will open eleven landing" in shown[place].replace("\n", " ")
    for place in ("x", "telegram", "mail"):
        for phrase in ("Subscribe to us", "Recent news", "17:06", "harvest", "metro", "President", "Economics"):
            assert phrase not in shown[place], (place, phrase)
    for phrase in ("Subscribe to us", "Recent news from", "harvest", "metro trains"):
        assert phrase not in shown["html"], phrase
