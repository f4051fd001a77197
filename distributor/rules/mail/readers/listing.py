"""Files of readers as one list that is looked at before anybody is brought. Must not open a file or look at a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distributor.phrases import Phrase, words_of
from distributor.rules.mail.readers.importing import Brought, Fate, Format, doubts, is_role, merged, read_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The files as read."""

    format: Format
    brought: Sequence[Brought]
    doubles: int
    bad: int
    roles: int
    #: why the list as a whole is not to be trusted
    doubts: Sequence[str]

    @property
    def needs_topics(self) -> bool:
        """Whether somebody has to say which newsletters it is for."""
        return not all(one.topics or one.fate is Fate.SUPPRESSED for one in self.brought)


def listing(
    files: Sequence[tuple[str, bytes]],
    *,
    wanted: Format | None = None,
    with_roles: bool,
    is_address: Callable[[str], bool],
    now: datetime,
) -> Listing:
    """Files, each with its name, as one list. Raises ValueError, which names the file, for what is none."""
    found: list[Brought] = []
    kind = wanted
    for name, content in files:
        try:
            kind, brought = read_list(_text(content), name, kind)
        except ValueError as error:
            raise type(error)(Phrase("%(file)s: %(why)s", file=name, why=words_of(error))) from error
        found += brought
    if kind is None:
        raise ValueError(Phrase("there is no file"))
    good = [one for one in found if is_address(one.address)]
    once, doubles = merged(good)
    bad = len(found) - len(good)
    return Listing(
        format=kind,
        brought=[one for one in once if with_roles or not is_role(one.address)],
        doubles=doubles,
        bad=bad,
        roles=sum(is_role(one.address) for one in once),
        doubts=doubts(once, doubles=doubles, bad=bad, now=now),
    )


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        told = Phrase("it is no list: a list is a text in UTF-8, such as CSV")
        raise ValueError(Phrase.joined("; ", (told, Phrase("save it so, and bring it once more")))) from error


def told(one: Brought) -> dict[str, Any]:
    """One address as the call ``import_readers`` takes it."""
    since = one.since.isoformat() if one.since else None
    names: Mapping[str, Any] = {
        "name": one.name,
        "language": one.language,
        "zone": one.zone,
        "topics": list(one.topics),
    }
    return {"address": one.address, "fate": one.fate.value, "since": since, **names}
