"""What a newsroom's own channels carried, from the files that the platforms give: Telegram Desktop's JSON export, and
``tweets.js`` of an X archive. Pure: text in, posts out; a broken file is named with its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from distributor.errors import ParseError
from distributor.model import Seen

#: How an X archive's file begins; what follows the sign is JSON.
TWEETS = "window.YTD."
#: Mon Nov 24 12:00:00 +0000 2026, in English whatever the account's language.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def telegram_posts(text: str, name: str, zone: ZoneInfo) -> Sequence[Seen]:
    """The posts of a Telegram Desktop export, oldest first; ``zone`` is for exports that give local times alone.

    Raises ParseError with the file's ``name`` and the line or message that is wrong.
    """
    document = _loaded(text, name, 0)
    if not isinstance(document, dict) or not isinstance(document.get("messages"), list):
        raise ParseError(f'{name}: no Telegram export; expected an object with "messages" (export one chat as JSON)')
    found = [
        _told(_message, message, f"{name}: message {place}", zone) for place, message in _numbered(document["messages"])
    ]
    return sorted((post for post in found if post is not None), key=lambda post: post.at)


def tweets(text: str, name: str) -> Sequence[Seen]:
    """The posts of an X archive's ``tweets.js``, oldest first, without reposts. Raises ParseError as above."""
    head, sign, body = text.partition("=")
    if not head.lstrip("\ufeff \r\n\t").startswith(TWEETS) or not sign:
        raise ParseError(f'{name}: no tweets.js of an X archive; expected it to begin with "{TWEETS}tweets.part0 ="')
    document = _loaded(body, name, head.count("\n"))
    if not isinstance(document, list):
        raise ParseError(f"{name}: expected a list of posts behind the sign =")
    found = [_told(_tweet, post, f"{name}: post {place}", None) for place, post in _numbered(document)]
    return sorted((post for post in found if post is not None), key=lambda post: post.at)


def _numbered(entries: list[Any]) -> Iterator[tuple[int, Any]]:
    return enumerate(entries, start=1)


def _loaded(text: str, name: str, lines_before: int) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        line = error.lineno + lines_before
        raise ParseError(f"{name}:{line}: the file is cut off or damaged: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise ParseError(f"{name}: the file is damaged: {error}") from error


def _told(read: Any, entry: Any, place: str, zone: ZoneInfo | None) -> Seen | None:
    """One post; whatever is not as it should be is said with its place."""
    try:
        post: Seen | None = read(entry, zone)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        said = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ParseError(f"{place} cannot be understood: {said}") from error
    return post


def _message(message: dict[str, Any], zone: ZoneInfo) -> Seen | None:
    if message["type"] != "message":
        return None  # a pinned message, a new title
    parts = message["text"] if isinstance(message["text"], list) else [message["text"]]
    entities = [*parts, *message.get("text_entities", ())]
    marked = [one for one in entities if isinstance(one, dict)]
    links = [str(one["href"]) for one in marked if one.get("href")]
    links += [str(one["text"]) for one in marked if one.get("type") == "link"]
    told = "".join(part if isinstance(part, str) else str(part["text"]) for part in parts)
    at = _local(str(message["date"]), zone) if "date_unixtime" not in message else _unix(message["date_unixtime"])
    return Seen(remote_id=str(message["id"]), url="", at=at, text=told, links=tuple(dict.fromkeys(links)))


def _unix(seconds: str | int) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _local(text: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _tweet(entry: dict[str, Any], _: object) -> Seen | None:
    post = entry.get("tweet", entry)
    text = str(post.get("full_text") or post["text"])
    if text.startswith("RT @"):
        return None
    links = [str(one.get("expanded_url") or one["url"]) for one in post.get("entities", {}).get("urls", ())]
    number = str(post.get("id_str") or post["id"])
    at = _english(str(post["created_at"]))
    return Seen(remote_id=number, url=f"https://x.com/i/web/status/{number}", at=at, text=text, links=tuple(links))


def _english(text: str) -> datetime:
    """An instant as X writes it; not by strptime, whose names of months are those of the machine's language."""
    _, month, day, clock, offset, year = text.split()
    number = _MONTHS.index(month) + 1
    return datetime.fromisoformat(
        f"{int(year):04}-{number:02}-{int(day):02}T{clock}{offset[:3]}:{offset[3:]}"
    ).astimezone(UTC)
