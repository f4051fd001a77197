"""One HTML page that shows every post and mail as a reader would see it, from the platforms' journals alone."""

from __future__ import annotations

import base64
import email
import email.policy
import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

from distributor.drills.loopback import SITE
from distributor.drills.names import is_public, story_name
from distributor.render.gallery import formatted, inert_tags
from distributor.render.pages import Pages
from distributor.sandbox.client import Running

Line = Mapping[str, Any]


def write_page(folder: Path, journals: Mapping[str, Sequence[Line]], platforms: Running) -> Path:
    """Write ``index.html`` into ``folder``; it needs no network and no script."""
    cards = _cards(platforms)
    context = {
        "posts": [_post(line, cards) for line in journals["x"] if line["act"] == "post"],
        "messages": [
            _message(line, cards) for line in journals["telegram"] if line["act"] == "post" and is_public(line)
        ],
        "hooks": [line["text"] for line in journals["hooks"] if line["act"] == "hook"],
        "mails": [_mail(line, platforms, cards) for line in journals["smtp"] if line["act"] == "mail"],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(Pages((), "UTC").render("demo", context), encoding="utf-8")
    return path


def _cards(platforms: Running) -> Mapping[str, Mapping[str, str]]:
    """What a platform's crawler finds on each story's page: headline, host and picture."""
    base = platforms.urls["site"]
    cards = {}
    for story in platforms.control("site", "state")["stories"]:
        picture = story.get("image") or {}
        name = picture.get("generated", "")
        cards[story_name(story["url"])] = {
            "headline": story["headline"],
            "host": SITE.removeprefix("https://"),
            "alt": picture.get("alt", ""),
            "address": f"{SITE}/img/{name}.png",
            "image": _embedded(f"{base}/img/{name}.png") if name else "",
        }
    return cards


def _embedded(url: str) -> str:
    with build_opener(ProxyHandler({})).open(url, timeout=10) as answer:
        return "data:image/png;base64," + base64.b64encode(answer.read()).decode()


def _card(line: Line, cards: Mapping[str, Mapping[str, str]]) -> Mapping[str, str] | None:
    return next((cards[name] for name in map(story_name, line["urls"]) if name in cards), None)


def _is_message(line: Mapping[str, Any]) -> bool:
    return bool(line["act"] == "post" and is_public(line))


def _post(line: Line, cards: Mapping[str, Mapping[str, str]]) -> Mapping[str, Any]:
    text = line["text"]
    for url in line["urls"]:
        text = text.replace(url, "")
    links = [{"url": url, "shown": _shortened(url)} for url in line["urls"]]
    at = _moment(line)
    return {"account": f"@{line['account']}", "text": text, "links": links, "at": at, "card": _card(line, cards)}


def _message(line: Line, cards: Mapping[str, Mapping[str, str]]) -> Mapping[str, Any]:
    marked = formatted(line["text"], line.get("entities") or (), reader_tags)
    return {"account": "Newsroom", "markup": marked, "at": _moment(line), "card": _card(line, cards)}


def _shortened(url: str) -> str:
    """An address as X shows it: without its scheme, cut after some thirty characters."""
    bare = url.partition("://")[2]
    return bare if len(bare) <= 30 else f"{bare[:29]}…"


def _moment(line: Line) -> str:
    return datetime.fromisoformat(line["at"]).strftime("%H:%M:%S UTC")


def _mail(line: Line, platforms: Running, cards: Mapping[str, Mapping[str, str]]) -> Mapping[str, Any]:
    content = (platforms.state / line["path"]).read_bytes()
    message = email.message_from_bytes(content, policy=email.policy.default)
    part = message.get_body(("html",))
    plain = message.get_body(("plain",))
    markup = part.get_content() if part else ""
    for card in cards.values():
        markup = markup.replace(card["address"], card["image"])
    return {
        "to": ", ".join(line["to"]),
        "sender": str(message["From"]),
        "subject": str(message["Subject"]),
        "html": markup,
        "text": plain.get_content() if plain else "",
    }


def reader_tags(entity: Mapping[str, Any]) -> tuple[str, str]:
    """As readers have them: links lead where they lead."""
    if entity["type"] in ("text_link", "url"):
        return f'<a href="{html.escape(entity.get("url", ""))}">', "</a>"
    return inert_tags(entity)
