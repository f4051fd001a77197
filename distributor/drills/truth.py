"""What readers really saw, from the platforms' own journals, held against the list of published stories.

Must never ask our own ledger: a program cannot be its own witness.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributor.drills.names import story_name
from distributor.drills.wall import PLATFORMS, replay


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
    for platform, (name, _) in PLATFORMS.items():
        wall = replay(platform, journals[platform], wanted)
        standing = {story for story in wanted if wall.now(story)}
        visible[name] = len(standing)
        doubled += sum(1 for story in wanted if wall.most[story] > 1)
        missing += len(wanted) - len(standing)
        strange += len(wall.strange())
    mail = _mail(journals["smtp"], wanted, readers, min(most, len(wanted)))
    visible["email"] = mail.visible["email"]
    return Truth(
        visible=visible, doubled=doubled + mail.doubled, missing=missing + mail.missing, strange=strange + mail.strange
    )


def _mail(lines: Sequence[Mapping[str, Any]], wanted: set[str], readers: Sequence[str], each: int) -> Truth:
    boxes: dict[str, list[set[str]]] = {reader.lower(): [] for reader in readers}
    strange = 0
    for line in lines:
        if line.get("reply_to"):  # a correction of what a reader was mailed before
            continue
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


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _link(entry: ET.Element) -> str:
    for child in entry:
        if _local(child) == "link" and child.get("rel", "alternate") == "alternate":
            return (child.get("href") or child.text or "").strip()
    return ""
