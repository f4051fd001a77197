"""Who may send for a domain, as its DNS says (SPF, RFC 7208). Asks nobody by itself; judges no single mail."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

#: RFC 7208 section 4.6.4: terms that ask DNS, over all records that are followed; and questions that found nothing
MOST_LOOKUPS, MOST_VOID = 10, 2

_VERSION = re.compile(r"v=spf1(?=\s|\Z)", re.IGNORECASE)
_TERM = re.compile(r"([+\-~?]?)([A-Za-z][A-Za-z0-9._-]*)(?:([:=/])(.*))?", re.DOTALL)
_MECHANISMS = frozenset({"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"})
#: those whose record needs another name
_NAMING = frozenset({"include", "exists"})
_ASKING = frozenset({"include", "a", "mx", "ptr", "exists"})

#: The TXT records of a name, each joined from its strings (section 3.3); None where there is no such name.
Lookup = Callable[[str], Sequence[str] | None]


@dataclass(slots=True, kw_only=True)
class Survey:
    """What following a domain's record has found."""

    #: the records of the domain itself
    records: tuple[str, ...] = ()
    #: terms that ask DNS, over all records
    lookups: int = 0
    #: names that were asked for and have no record
    void: list[str] = field(default_factory=list)
    #: what is wrong, each with the record's name
    errors: list[str] = field(default_factory=list)
    #: what becomes of senders that nothing names: ``-``, ``~``, ``?``, ``+``; empty: the record does not say
    rest: str = ""
    #: names whose records are followed, in the order in which they are met
    included: list[str] = field(default_factory=list)


def survey(domain: str, lookup: Lookup) -> Survey:
    """Follow a domain's record through all that it includes, as a receiver would."""
    found = Survey(records=tuple(_records(domain, lookup) or ()))
    if len(found.records) == 1:
        found.rest = _follow(domain, found.records[0], lookup, found, (domain,))
    return found


def _records(name: str, lookup: Lookup) -> Sequence[str] | None:
    texts = lookup(name)
    return None if texts is None else [text for text in texts if _VERSION.match(text)]


def _follow(name: str, record: str, lookup: Lookup, found: Survey, path: tuple[str, ...]) -> str:
    """Count and check a record's terms; what it says of all others."""
    rest, onward = "", ""
    for term in _VERSION.sub("", record, count=1).split():
        try:
            sign, word, value = _read(term)
        except ValueError as error:
            found.errors.append(f"{name}: {error}")
            continue
        found.lookups += word in _ASKING or word == "redirect"
        if word == "all":
            rest = sign
            break  # section 5.1: what stands behind it is ignored
        if word == "redirect":
            onward = value
        elif word == "include":
            _enter(value, lookup, found, path)
    return _enter(onward, lookup, found, path) if onward and not rest else rest


def _enter(name: str, lookup: Lookup, found: Survey, path: tuple[str, ...]) -> str:
    """Go on with another name's record; what that says of all others."""
    if "%" in name:  # a macro (section 7) depends on the mail
        return ""
    if name.lower() in path:
        found.errors.append(f"{name} includes itself by way of {' > '.join(path)}")
        return ""
    if found.lookups > MOST_LOOKUPS * 2:  # whoever goes on for ever is far beyond the limit already
        return ""
    records = _records(name, lookup)
    if not records:
        found.void.append(name)
        found.errors.append(f"{name} is included and has no SPF record")
        return ""
    if len(records) > 1:
        found.errors.append(f"{name} is included and has {len(records)} SPF records")
        return ""
    found.included.append(name)
    return _follow(name, records[0], lookup, found, (*path, name.lower()))


def _read(term: str) -> tuple[str, str, str]:
    """Sign, word and value of a term. Raises ValueError for what receivers take for an error (section 4.6)."""
    match = _TERM.fullmatch(term)
    if match is None:
        raise ValueError(f"{term!r} is no term of SPF")
    sign, word, mark, value = match[1] or "+", match[2].lower(), match[3] or "", match[4] or ""
    if mark == "=":  # a modifier; unknown ones are ignored (section 6)
        if match[1]:
            raise ValueError(f"{term!r} is no term of SPF")
        if word in _MECHANISMS:
            raise ValueError(f"{term!r} has = where : belongs")
        return "", word, value
    if word not in _MECHANISMS:
        near = next((one for one in sorted(_MECHANISMS) if sorted(one) == sorted(word)), "")
        raise ValueError(f"{term!r} is no mechanism of SPF" + (f"; is {near} meant?" if near else ""))
    if word in _NAMING and not (mark == ":" and value):
        raise ValueError(f"{term!r} names no domain")
    if word in ("ip4", "ip6"):
        _check_network(term, word, value)
    return sign, word, value


def _check_network(term: str, word: str, value: str) -> None:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{term!r} holds no address") from None
    if network.version != int(word[2]):
        raise ValueError(f"{term!r} holds an address of IPv{network.version}")
