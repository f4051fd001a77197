"""The page of previews: each post as its platform would draw it, and nothing that a browser would ask for."""

from __future__ import annotations

import html
import re
from typing import Any

from distributor.developing import UNKNOWN
from distributor.render.gallery import formatted, gallery
from tests.support import article


def face(**fields: Any) -> dict[str, Any]:
    one: dict[str, Any] = {
        "channel": "x",
        "kind": "twitter",
        "route": "all",
        "story": article().url,
        "headline": "Talks <begin>",
        "picture": None,
        "subject": None,
        "text": "",
        "entities": [],
        "html": None,
        "link": None,
        "button": None,
        "length": 5,
        "limit": 280,
        "dropped": [],
        "cut": [],
        "why": None,
        "lint": [],
        "error": None,
        "price": 0.2,
        "price_without_link": 0.015,
        "price_with_link": 0.2,
        "published": None,
    }
    return one | fields


def test_formatting_becomes_markup_and_everything_else_is_text():
    entities = [
        {"type": "text_link", "offset": 3, "length": 5, "url": "https://example.org"},
        {"type": "bold", "offset": 0, "length": 8, "url": ""},
    ]
    assert formatted("🙂 <Hey> you", entities) == '<b>🙂 <span class="link">&lt;Hey&gt;</span></b> you'


def test_a_post_is_drawn_with_its_card_its_price_and_what_found_no_room():
    link = "https://www.example.org/a?utm_id=x"
    finding = {"rule": "all-capitals", "level": "warn", "found": "it shouts", "fix": "do not", "passed_by": None}
    cut = [
        {"of": "summary", "at": "sentence", "left_out": "And more."},
        {"of": "headline", "at": "", "left_out": "All"},
    ]
    picture = UNKNOWN | {"url": "https://i.org/a", "alt": None}
    page = gallery(
        (),
        "UTC",
        [
            face(text=f"They met.\n\n{link}", link=link, picture=picture, cut=cut, lint=[finding]),
            face(channel="tg", kind="telegram", link=link, button="Read in full", dropped=["tags"], why="9 of 8"),
            face(channel="hook", kind="webhook", text="{}", route=None, limit=None, price=0.0, price_with_link=0.0),
            face(channel="bad", error="telegram/post.html.j2:3: <nothing>"),
        ],
    )
    assert page.count("<h2") == 1
    for words in (
        "Talks &lt;begin&gt;",
        '>They met.\n\n<span class="link">example.org/a</span></p>',
        "<summary>The document that a program gets</summary><pre>{}</pre>",
        "Picture: no alternative text",
        "5 of 280 units; costs 0.2 (0.2 with a link, 0.015 without)",
        "summary cut at a sentence, without: “And more.”",
        "headline left out: “All”",
        "warn all-capitals: it shouts; do not",
        '<span class="button">Read in full</span>',
        "dropped: tags",
        "no route sends it here",
        "5 characters, no limit",
        "telegram/post.html.j2:3: &lt;nothing&gt;",
    ):
        assert words in page
    assert "<a " not in page
    assert "src=" not in page


def test_a_mail_stands_in_frames_by_day_and_by_night_and_asks_nobody():
    mail = (
        "<style>@media (prefers-color-scheme: dark) { p { color: #fff } } td { background: url(https://t.org/a) }"
        "</style>"
        '<img src="https://i.org/a.jpg" alt="A bridge"><a class=\'b\' href=https://e.org/x>Read</a>'
    )
    page = gallery((), "UTC", [face(kind="email", channel="mail", subject="Talks", html=mail, text="Talks")])
    day, night = (html.unescape(one) for one in re.findall(r'sandbox srcdoc="([^"]*)"', page))
    assert "@media not all { p" in day
    assert "@media all { p" in night
    for frame in (day, night):
        assert re.findall(r"https?://[^']+", frame) == ["http://www.w3.org/2000/svg"]
        assert "href" not in frame
        assert 'alt="A bridge"' in frame
    assert "default-src 'none'" in page
