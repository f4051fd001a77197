"""Reports for machines: of delivery (RFC 3464), of complaints (RFC 5965). Believes nobody's grammar, judges nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from distributor.model.returns import Told
from distributor.text.mail import addresses
from distributor.text.mail.letter import Letter, Part, headers, plain

_RECIPIENT = re.compile(r"^(?:final|original)-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)
_FATE = re.compile(r"^(?:action|status|diagnostic-code)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_COMPLAINT = re.compile(r"^feedback-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_VERSIONED = re.compile(r"^(?:user-agent|version)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
#: fields of which each recipient has one; a second one begins the next recipient, where an empty line is missing
_ONCE = ("final-recipient", "action", "status", "diagnostic-code")

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A complaint, or another word of a provider about a mail of ours."""

    #: ``abuse``, ``fraud``, ``not-spam``, ... in lower case
    type: str
    #: who complains, as far as it is told
    addresses: tuple[str, ...]
    #: where our own name for the mail may stand
    names: tuple[str, ...]


def delivery(letter: Letter) -> tuple[Sequence[Told], str] | None:
    """What a report of delivery tells of each recipient, and the ENVID; None where the mail holds no report."""
    part = next((one for one in letter.parts if _is_delivery(one)), None)
    if part is None:
        return None
    groups = list(_groups(part.text))
    envid = next((one["original-envelope-id"] for one in groups if "original-envelope-id" in one), "")
    told = [_told(one, letter) for one in groups if _is_about_somebody(one)]
    return told, envid


def feedback(letter: Letter) -> Feedback | None:
    """What a complaint tells; None where the mail holds none."""
    part = next((one for one in letter.parts if _is_feedback(one)), None)
    if part is None:
        return _older_feedback(letter)
    fields = headers(part.text.lstrip("\n"))[0]
    given = [*fields.get("original-rcpt-to", ()), *fields.get("removal-recipient", ())]
    kind = next(iter(fields.get("feedback-type", ())), "").strip().lower()
    names = (*fields.get("original-envelope-id", ()), *fields.get("original-mail-from", ()))
    return Feedback(type=kind, addresses=_who(given, letter), names=names)


def status_in(text: str) -> str:
    """The first status (RFC 3463) in a text; empty for none."""
    found = _STATUS.search(text)
    return found[0] if found else ""


def _older_feedback(letter: Letter) -> Feedback | None:
    """Microsoft's programme for senders (JMRP): the mail itself as an attachment, the reader in a header of its own."""
    reader = letter.original.get("x-hmxmroriginalrecipient")
    if not reader and not letter.first("subject").lower().startswith("complaint about message from"):
        return None
    if not letter.original:
        return None
    return Feedback(type="abuse", addresses=_who(reader or (), letter), names=())


def _who(given: Sequence[str], letter: Letter) -> tuple[str, ...]:
    """Who complains: as told, or to whom the mail went; each once."""
    named = [addresses.clean(one) for one in given] or [addresses.clean(one) for one in letter.original.get("to", ())]
    return tuple(dict.fromkeys(one for one in named if one))


def _is_delivery(part: Part) -> bool:
    if part.type in ("message/delivery-status", "message/global-delivery-status"):
        return True
    return not part.is_original and bool(_RECIPIENT.search(part.text) and _FATE.search(part.text))


def _is_feedback(part: Part) -> bool:
    if part.type == "message/feedback-report":
        return True
    return not part.is_original and bool(_COMPLAINT.search(part.text) and _VERSIONED.search(part.text))


def _groups(text: str) -> Iterator[Fields]:
    """The fields of the message, then of each recipient."""
    group: dict[str, str] = {}
    last = ""
    for line in [*text.split("\n"), ""]:
        name, mark, value = line.partition(":")
        key = name.strip().lower()
        if not line.strip():
            if group:
                yield group
            group, last = {}, ""
        elif line[0] in " \t" and last:
            group[last] += " " + line.strip()
        elif mark and re.fullmatch(r"[a-z][a-z0-9-]{1,60}", key):
            if key in group and key in _ONCE:
                yield group
                group = {}
            last = key
            group.setdefault(key, "")
            group[key] = f"{group[key]} {value.strip()}".strip()


def _is_about_somebody(fields: Fields) -> bool:
    return bool({"final-recipient", "original-recipient", "action", "status"} & fields.keys())


def _told(fields: Fields, letter: Letter) -> Told:
    address = _address(fields)
    said = plain(fields.get("diagnostic-code", ""))
    return Told(
        address=address,
        action=fields.get("action", "").split("(")[0].strip().lower(),
        status=status_in(fields.get("status", "")),
        said=said,
        words=paragraph(letter.words, address),
    )


def _address(fields: Fields) -> str:
    """Whom we wrote to: a forwarder names another as the final recipient (RFC 3464 section 2.3.1)."""
    given = (fields.get("original-recipient", ""), fields.get("final-recipient", ""))
    return next((one for one in map(addresses.clean, given) if one), "")


def paragraph(text: str, address: str) -> str:
    """What a text says of an address: from the line that names it up to the next one that names another."""
    if not address:
        return ""
    wanted, kept = address.casefold(), []
    for line in text.split("\n"):
        named = [one[0].casefold() for one in addresses.found(line)]
        if wanted in named:
            kept.append(line.strip())
        elif kept and named:
            break
        elif kept:
            kept.append(line.strip())
    return " ".join(one for one in kept if one)[:2000]
