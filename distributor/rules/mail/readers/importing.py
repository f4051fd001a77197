"""Lists of readers from elsewhere: what a file says of each address, and whether the list as a whole can be trusted.
Must not open a file, look at a clock, or know who is a reader here.

Files of our own, of listmonk (CSV, and the JSON of its API), of Mailchimp (a CSV each for subscribed, unsubscribed and
cleaned) and of Ghost (CSV, and the JSON of its export). Whoever has left there or cannot be mailed is brought as such.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from distributor.phrases import Phrase

Row = Mapping[str, str]


class Fate(StrEnum):
    """What a list says of an address; the later wins where it says several things."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    #: never to be mailed: bounced, complained, blocked
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """One address of a list."""

    #: as it stands there, without white space around it
    address: str
    fate: Fate
    name: str = ""
    language: str = ""
    #: of that fate, as far as the list tells
    since: datetime | None = None
    #: the newsletters, where the list names ours
    topics: tuple[str, ...] = ()
    #: IANA name
    zone: str = ""


class Format(StrEnum):
    """Who made a file."""

    OWN = "own"
    LISTMONK = "listmonk"
    MAILCHIMP = "mailchimp"
    GHOST = "ghost"


#: columns by which a file is known
_KNOWN_BY = {
    Format.OWN: {"address", "topic", "state"},
    Format.LISTMONK: {"email", "status", "uuid"},
    Format.MAILCHIMP: {"email address"},
    Format.GHOST: {"email", "subscribed_to_emails"},
}
#: addresses of an office, which is no reader who could have agreed (RFC 2142, and what lists are full of)
ROLES = frozenset(
    """
    abuse admin administrator billing contact help hostmaster info it jobs mail mailer-daemon marketing news no-reply
    noreply office postmaster press privacy root sales security spam support sysadmin team test webmaster
    """.split()  # noqa: SIM905 - readable
)
#: nobody remembers what they agreed to longer ago than this
STALE = timedelta(days=730)
#: of a list that can be trusted, at most so many of a hundred
MOST_OLD, MOST_UNDATED, MOST_ROLES, MOST_DOUBLES, MOST_BAD = 20, 50, 5, 20, 5


class UnknownList(ValueError):
    """A file that can be read, and whose columns are those of nobody."""


def read_list(text: str, name: str, wanted: Format | None = None) -> tuple[Format, list[Brought]]:
    """Who made a file, and what it says of each address. Raises ValueError for what is no such list.

    ``name`` is the file's: Mailchimp says there what its addresses are.
    """
    try:
        rows, columns = _rows(text)
    except csv.Error as error:
        raise ValueError(Phrase("it is no CSV that can be read; export the list once more")) from error
    except json.JSONDecodeError as error:
        raise ValueError(Phrase("it is no JSON that can be read; export the list once more")) from error
    found = wanted or next((one for one, known in _KNOWN_BY.items() if known <= columns), None)
    if found is None:
        raise UnknownList(_unknown(columns))
    reader = _READERS[found]
    brought = [one for row in rows if (one := reader(row, name.lower())).address]
    if not brought:
        raise ValueError(Phrase("it holds no address"))
    return found, brought


def _unknown(columns: Iterable[str]) -> Phrase:
    named = ", ".join(sorted(columns)[:8]) or Phrase("(none)")
    told = Phrase("nobody's list that is known: its columns are %(columns)s", columns=named)
    hint = Phrase("bring an export of this program, of listmonk, of Mailchimp or of Ghost, as it was given out")
    return Phrase.joined("; ", (told, hint))


def merged(brought: Iterable[Brought]) -> tuple[list[Brought], int]:
    """Each address once, and how many stood there again: who has left anywhere has left, unless topics part them."""
    found: dict[tuple[str, tuple[str, ...]], Brought] = {}
    doubles = 0
    order = list(Fate)
    for one in brought:
        key = (one.address.lower(), one.topics)
        before = found.get(key)
        doubles += before is not None
        if before is None or order.index(one.fate) > order.index(before.fate):
            found[key] = one
    return list(found.values()), doubles


def is_role(address: str) -> bool:
    """Whether an address is an office's."""
    return address.partition("@")[0].partition("+")[0].lower() in ROLES


def doubts(brought: Sequence[Brought], *, doubles: int, bad: int, now: datetime) -> list[str]:
    """Why a list as a whole is not to be trusted, a sentence each; none: it is."""
    kept = [one for one in brought if one.fate is Fate.SUBSCRIBED]
    counts = Counter(
        what
        for one in kept
        for what, is_so in (
            ("old", one.since is not None and now - one.since > STALE),
            ("undated", one.since is None),
            ("role", is_role(one.address)),
        )
        if is_so
    )
    total = len(brought) + doubles + bad
    judged = (
        (counts["old"], len(kept), MOST_OLD, "subscribed more than two years ago"),
        (counts["undated"], len(kept), MOST_UNDATED, "have no date of subscription"),
        (counts["role"], len(kept), MOST_ROLES, "are addresses of an office, such as info@"),
        (doubles, total, MOST_DOUBLES, "stand there more than once"),
        (bad, total, MOST_BAD, "are no addresses"),
    )
    return [f"{n} of {of} {what}" for n, of, most, what in judged if of and n * 100 > most * of]


def _rows(text: str) -> tuple[list[dict[str, str]], set[str]]:
    """The rows of a file with the names of their columns in small letters."""
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        rows = [_flat(one) for one in _members(json.loads(text))]
    else:
        sample = text[: text.find("\n")]
        parted = ";" if sample.count(";") > sample.count(",") else "\t" if "\t" in sample else ","
        read = csv.DictReader(io.StringIO(text, newline=""), delimiter=parted, strict=False)
        rows = [{str(key).strip().lower(): value or "" for key, value in row.items() if key} for row in read]
    return rows, {key for row in rows[:50] for key in row}


def _members(told: Any) -> list[Any]:
    """The addresses of a JSON document: a list, or listmonk's ``data.results``, or Ghost's ``members``."""
    while isinstance(told, dict):
        told = next((told[key] for key in ("data", "results", "members", "db") if key in told), [])
        if isinstance(told, list) and told and isinstance(told[0], dict) and "data" in told[0]:
            told = told[0]
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _flat(one: Mapping[str, Any]) -> dict[str, str]:
    """A JSON object as a row."""
    found = {str(key).lower(): _plain(value) for key, value in one.items()}
    if "subscribed" in found:  # Ghost's own word for it in JSON
        found.setdefault("subscribed_to_emails", found["subscribed"])
    lists = one.get("lists")
    if isinstance(lists, list) and lists:
        states = {str(each.get("subscription_status")) for each in lists if isinstance(each, dict)}
        found["lists"] = "unsubscribed" if states == {"unsubscribed"} else ""
        found["confirmed"] = "no" if states <= {"unconfirmed", "unsubscribed"} else ""
    return found


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _own(row: Row, _: str) -> Brought:
    fates = {"confirmed": Fate.SUBSCRIBED, "suppressed": Fate.SUPPRESSED}
    topic = row.get("topic", "").strip()
    return Brought(
        address=row.get("address", "").strip(),
        fate=fates.get(row.get("state", ""), Fate.UNSUBSCRIBED),
        name=row.get("name", "").strip(),
        language=row.get("language", "").strip(),
        zone=row.get("zone", "").strip(),
        since=_instant(row.get("since", "")),
        topics=(topic,) if topic else (),
    )


def _listmonk(row: Row, _: str) -> Brought:
    status = row.get("status", "enabled").lower()
    is_out = status == "disabled" or row.get("lists") == "unsubscribed" or row.get("confirmed") == "no"
    fate = Fate.SUPPRESSED if status == "blocklisted" else Fate.UNSUBSCRIBED if is_out else Fate.SUBSCRIBED
    return _person(row, "email", fate, _instant(row.get("created_at", "")))


def _mailchimp(row: Row, name: str) -> Brought:
    cleaned, left = row.get("clean_time", ""), row.get("unsub_time", "")
    if cleaned or name.startswith("cleaned"):
        return _person(row, "email address", Fate.SUPPRESSED, _instant(cleaned))
    if left or name.startswith(("unsubscribed", "nonsubscribed", "archived")):
        return _person(row, "email address", Fate.UNSUBSCRIBED, _instant(left))
    since = _instant(row.get("confirm_time", "")) or _instant(row.get("optin_time", ""))
    return _person(row, "email address", Fate.SUBSCRIBED, since)


def _ghost(row: Row, _: str) -> Brought:
    is_in = row.get("subscribed_to_emails", "").lower() == "true" and not row.get("deleted_at")
    fate = Fate.SUBSCRIBED if is_in else Fate.UNSUBSCRIBED
    return _person(row, "email", fate, _instant(row.get("created_at", "")))


def _person(row: Row, address: str, fate: Fate, since: datetime | None) -> Brought:
    name = row.get("name", "") or f"{row.get('first name', '')} {row.get('last name', '')}"
    found = Brought(address=row.get(address, "").strip(), fate=fate, name=" ".join(name.split()), since=since)
    return replace(found, language=row.get("language", "").strip())


def _instant(text: str) -> datetime | None:
    """An instant as these lists write it: ISO 8601, with a blank for the T, or a day; in UTC where no zone is said."""
    try:
        found = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


_READERS: Mapping[Format, Callable[[Row, str], Brought]] = {
    Format.OWN: _own,
    Format.LISTMONK: _listmonk,
    Format.MAILCHIMP: _mailchimp,
    Format.GHOST: _ghost,
}
