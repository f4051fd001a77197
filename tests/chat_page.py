"""The operations chat as a telephone shows it: ``python -m tests.chat_page --out FOLDER``.

A story asks for approval, one is sent, everything is stopped, commands are asked; what then stands in the loopback
Telegram's group is drawn as a page, cards with their formatting and buttons, so that somebody can look at it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Any

from distributor.sandbox.client import start
from tests.operations import Group
from tests.platforms import Loop, until

_TAGS = {"bold": "b", "italic": "i", "code": "code"}
_STYLE = """
body { margin: 0; padding: 12px; font: 15px/1.35 sans-serif; background: #d7e3ec; color: #111 }
.said, .card { max-width: 88%; margin: 0 0 10px; padding: 7px 11px; border-radius: 12px; background: #fff }
.said { margin-left: auto; background: #e3fdd0; width: fit-content }
.text { white-space: pre-wrap; overflow-wrap: anywhere }
.row { display: flex; gap: 5px; margin-top: 5px }
.key { flex: 1; padding: 8px 4px; border-radius: 8px; text-align: center; font-size: 14px }
.key { background: #c6d8e6; color: #124 }
a { color: #1a6fb5 }
@media (prefers-color-scheme: dark) {
  body { background: #0e1621; color: #eee } .card { background: #182533 } .said { background: #2b5278 }
  .key { background: #2f4356; color: #def } a { color: #6ab3f3 }
}
"""


def drawn(messages: list[dict[str, Any]]) -> str:
    """The messages as one page, oldest first."""
    metas = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return f"<!doctype html>{metas}<style>{_STYLE}</style>" + "\n".join(_message(one) for one in messages)


def _message(message: dict[str, Any]) -> str:
    kind = "card" if message["from"]["is_bot"] else "said"
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    keys = ("".join(f'<span class="key">{escape(one["text"])}</span>' for one in row) for row in rows)
    board = "".join(f'<div class="row">{row}</div>' for row in keys)
    return f'<div class="{kind}"><div class="text">{_text(message)}</div>{board}</div>'


def _text(message: dict[str, Any]) -> str:
    """The words with their formatting; offsets count UTF-16 units (Bot API, MessageEntity)."""
    units = message["text"].encode("utf-16-le")
    marks: dict[int, list[str]] = {}
    for one in message.get("entities", []):
        opening, closing = _tags(one)
        marks.setdefault(one["offset"], []).append(opening)
        marks.setdefault(one["offset"] + one["length"], []).insert(0, closing)
    found, last = [], 0
    for at in [*sorted(marks), len(units) // 2]:
        found.append(escape(units[2 * last : 2 * at].decode("utf-16-le")))
        found += marks.get(at, [])
        last = at
    return "".join(found)


def _tags(entity: dict[str, Any]) -> tuple[str, str]:
    if entity["type"] in ("text_link", "url"):
        return f'<a href="{escape(entity.get("url", "#"))}">', "</a>"
    tag = _TAGS.get(entity["type"], "span")
    return f"<{tag}>", f"</{tag}>"


def act(loop: Loop, group: Group) -> None:
    """An evening at the desk."""
    group.configure(('shelf_life = "0s"', 'shelf_life = "0s"\napproval = "two"'))
    with loop.daemon() as daemon:
        (url,) = loop.publish("Council votes on the bridge after a night of talks that nobody had expected")
        card = group.card("Approve")
        press = group.press(card, "Approve")
        until(lambda: group.answer(press))
        for words in (url, "/status", "/next", "/handover", "/help", "/post telegram Briefing at 11:00", "/stop"):
            said = group.say(words)
            until(lambda said=said: any(one["message_id"] > said for one in group.messages()))  # type: ignore[misc]
        group.press(group.card("Stop everything"), "Stop everything")
        until(lambda: daemon.call("stops")["stops"])
        group.press(group.card("Resume…"), "Resume…")
        group.card("Drop")


def main() -> int:
    """Draw it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="d-") as name, start(Path(name) / "platforms") as platforms:
        loop = Loop(Path(name), platforms)
        loop.clean()
        group = Group(loop)
        act(loop, group)
        (out / "chat.html").write_text(drawn(group.messages()), "utf-8")
    print(out / "chat.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
