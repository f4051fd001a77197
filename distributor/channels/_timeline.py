"""What X shows of an account's own posts, read from its answers. Pure; must not ask for anything."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from distributor.channels._answer import Answer
from distributor.errors import UnknownOutcome
from distributor.model import Seen

#: posts of one page, X's most for a timeline
PAGE = 100
#: pages of one look: X shows the latest 3,200 posts of an account and no more
MOST_PAGES = 32
#: what a look asks for of each post
FIELDS = "created_at,entities,text"
#: a post's id (X's OpenAPI, ``TweetId``)
ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a timeline, newest first."""

    posts: tuple[Seen, ...]
    #: names the next, older page; empty on the last
    next: str


def page(answer: Answer, account: str) -> Page:
    """The page in an answer of ``GET /2/users/:id/tweets``; ``account`` is the name in the posts' addresses.

    Raises UnknownOutcome for an answer of another shape: an unreadable timeline is not an empty one.
    """
    document = answer.document()
    meta = document.get("meta")
    data = document.get("data", [])
    if not isinstance(meta, dict) or not isinstance(data, list):
        raise UnknownOutcome("X's answer does not hold a timeline")
    token = meta.get("next_token")
    return Page(posts=tuple(_seen(post, account) for post in data), next=token if isinstance(token, str) else "")


def _seen(post: Any, account: str) -> Seen:
    try:
        number, text, made = post["id"], post["text"], datetime.fromisoformat(post["created_at"])
        if not ID.fullmatch(number) or made.tzinfo is None:
            raise ValueError
        return Seen(
            remote_id=number,
            url=address(account, number),
            at=made.astimezone(UTC),
            # X escapes three characters in what it answers, and only there
            text=html.unescape(_without_pictures(text, post)),
            links=_links(post),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UnknownOutcome("X's answer holds a post that cannot be read") from None


def _links(post: Any) -> tuple[str, ...]:
    """The addresses as the author wrote them: the text itself holds X's short ones."""
    urls = post.get("entities", {}).get("urls", [])
    return tuple(url["expanded_url"] for url in urls if isinstance(url.get("expanded_url"), str) and not _shows(url))


def _without_pictures(text: str, post: Any) -> str:
    """The text without the link that X puts behind it for a picture: its author did not write that."""
    for url in post.get("entities", {}).get("urls", []):
        if _shows(url) and isinstance(url.get("url"), str):
            text = text.removesuffix(url["url"]).rstrip()
    return text


def _shows(url: Any) -> bool:
    return isinstance(url.get("media_key"), str)


def address(account: str, post: str) -> str:
    """The public address of a post; X leads to it whatever name stands there."""
    return f"https://x.com/{account or 'i'}/status/{post}"
