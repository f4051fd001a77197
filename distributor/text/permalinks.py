"""Public addresses of posts as people copy them: with other hosts, names and parameters than a channel's own record of
them. Pure; must not ask a platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: X leads to a post by its number, whatever name stands there
_X = re.compile(
    r"https?://(?:(?:www|mobile|m)\.)?(?:x|twitter)\.com/(?:i/web|[a-z0-9_]{1,15})/status(?:es)?/(\d{1,20})(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)
#: a public name or a member's ``c/NUMBER``, perhaps the topic, and the post's number; ``s/`` is a channel's preview
_TELEGRAM = re.compile(
    r"https?://(?:www\.)?(?:t|telegram)\.(?:me|dog)/(?:s/)?(c/\d{1,15}|(?!c/)[a-z]\w{2,31})(?:/\d{1,12})?/(\d{1,12})"
    r"(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)


def permalinks(link: str, accounts: Iterable[str] = ()) -> tuple[str, ...]:
    """Under which addresses the post behind a link may be on record; the link itself comes first.

    ``accounts`` are the names under which we post on X, with or without their ``@``.
    """
    found = [link]
    if post := _X.fullmatch(link):
        names = ["i", *(name.removeprefix("@") for name in accounts)]
        found += [f"https://x.com/{name}/status/{post[1]}" for name in names if name]
        found.append(f"https://x.com/i/web/status/{post[1]}")
    elif post := _TELEGRAM.fullmatch(link):
        found.append(f"https://t.me/{post[1]}/{post[2]}")
    return tuple(dict.fromkeys(found))
