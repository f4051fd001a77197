"""What readers really saw, from the platforms' own journals, held against the list of published stories.

Must never ask our own ledger: a program cannot be its own witness.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from distributor.sandbox import accounts

#: The query parameter that carries a delivery's marker.
MARKER = "utm_id"

#: Platform key and the act by which its journal shows something new.
PLATFORMS = {"x": ("twitter", "post"), "telegram": ("telegram", "post"), "hooks": ("webhook", "hook")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The sums over all platforms."""

    #: published stories that are visible, by platform; for mail, those in the digest of every reader
    visible: Mapping[str, int]
    #: stories shown more than once in one place
    doubled: int
    #: stories that should be seen in a place and are not
    missing: int
    #: posts that belong to no published story
    strange: int


def story_name(url: str) -> str:
    """An address without its delivery marker and its spelling of characters: what tells two stories apart."""
    parts = urlsplit(url.strip())
    query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != MARKER])
    return unquote(urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, query, "")))


def feed_links(document: bytes) -> Sequence[str]:
    """The stories' addresses of a well-formed RSS, RDF or Atom document, read without the product's own parser.

    Raises ValueError when the document is not well-formed XML.
    """
    try:
        root = ET.fromstring(document)  # noqa: S314 (the caller's own file; expat expands no external entity)
    except ET.ParseError as error:
        raise ValueError(f"not well-formed: {error}") from error
    found = [_link(element) for element in root.iter() if _local(element) in ("item", "entry")]
    return list(dict.fromkeys(link for link in found if link))


def judge(
    published: Iterable[str],
    journals: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    readers: Sequence[str],
    most: int,
) -> Truth:
    """Hold the journals (by sandbox platform: x, telegram, hooks, smtp) against the published addresses.

    A digest carries at most ``most`` stories; every reader must get exactly one, with the same stories in it.
    """
    wanted = {story_name(url) for url in published}
    visible, doubled, missing, strange = {}, 0, 0, 0
    for platform, (name, act) in PLATFORMS.items():
        stories = [shown(line, wanted) for line in journals[platform] if line["act"] == act and is_public(line)]
        counts = Counter(story for story in stories if story)
        visible[name] = len(counts)
        doubled += sum(1 for count in counts.values() if count > 1)
        missing += len(wanted) - len(counts)
        strange += sum(1 for story in stories if not story)
    mail = _mail(journals["smtp"], wanted, readers, min(most, len(wanted)))
    visible["email"] = mail.visible["email"]
    return Truth(
        visible=visible, doubled=doubled + mail.doubled, missing=missing + mail.missing, strange=strange + mail.strange
    )


def _mail(lines: Sequence[Mapping[str, Any]], wanted: set[str], readers: Sequence[str], each: int) -> Truth:
    boxes: dict[str, list[set[str]]] = {reader.lower(): [] for reader in readers}
    strange = 0
    for line in lines:
        carried = {story_name(url) for url in line["urls"]} & wanted
        for address in line["to"]:
            if address.lower() in boxes:
                boxes[address.lower()].append(carried)
            else:
                strange += 1
    expected = each if wanted else 0
    seen = [set().union(*mails) for mails in boxes.values()]
    everywhere: set[str] = set.intersection(*seen) if seen else set()
    return Truth(
        visible={"email": len(everywhere)},
        doubled=sum(len(mails) - 1 for mails in boxes.values() if len(mails) > 1),
        missing=sum(max(0, expected - len(found)) for found in seen),
        strange=strange,
    )


def is_public(line: Mapping[str, Any]) -> bool:
    """Whether readers see it: what a bot copies into the newsroom's operations chat, they do not."""
    return str(line.get("account", "")) != str(accounts.TELEGRAM_OPERATIONS_ID)


def shown(line: Mapping[str, Any], wanted: set[str]) -> str:
    """The story that a post is about: the address with a marker; a text may mention other stories' addresses too."""
    marked = [url for url in line["urls"] if MARKER in dict(parse_qsl(urlsplit(url).query))]
    return next((name for name in map(story_name, marked or line["urls"]) if name in wanted), "")


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _link(entry: ET.Element) -> str:
    for child in entry:
        if _local(child) == "link" and child.get("rel", "alternate") == "alternate":
            return (child.get("href") or child.text or "").strip()
    return ""
