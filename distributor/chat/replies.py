"""What the chat says of what was done. Pure: a call's result in, a sentence out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from distributor.chat.words import finding_line

Json = Mapping[str, Any]


def told(name: str, args: Json, result: Json) -> str:
    """What a call did, by whom: a line for whoever asked, and for the card."""
    who = str(args.get("who") or args.get("by"))
    return _TOLD[name](who, args, result)


def report(result: Json) -> str:
    """What a correction or withdrawal could not reach, and what belongs to the story; empty: nothing to tell."""
    left = [f"{one['channel']}: {one['why']} {one['url'] or ''}".strip() for one in result.get("stands", [])]
    more = [belongs(one) for one in result.get("others", [])]
    heads = (("It still stands:", left), ("The same in (their cards are below):", more))
    return "\n".join(line for head, told in heads if told for line in (head, *told))


def belongs(other: Json) -> str:
    """Another take or language edition, to whose card its link leads."""
    return f"{other['is']}: {other['headline']} {other['url']}"


def _approved(who: str, channels: Sequence[Json]) -> str:
    if not any(one["counted"] for one in channels):
        return f"{who} has said yes already; it needs somebody else."
    missing = max((int(one["needed"]) - len(one["approved_by"]) for one in channels), default=0)
    return f"Approved by {who}." if missing <= 0 else f"{who} says yes; {missing} more must."


def _leaving(result: Json) -> str:
    count = int(result.get("leaving") or 0)
    return f"; {count} had left already" if count else ""


def _scope(args: Json) -> str:
    parts = [str(args.get("channel") or ""), f"section {args['category']}" if args.get("category") else ""]
    return _list([one for one in parts if one]) or "everything"


def _counts(result: Json, names: Sequence[str]) -> str:
    return _list([f"{result[name]} {name}" for name in names if result.get(name)]) or "nothing had piled up"


def _verdict(args: Json) -> str:
    if args.get("there"):
        return "it is there"
    return "it goes out again" if args.get("resend") else "dropped"


def _list(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _told_readers(done: str, who: str, result: Json) -> str:
    if not result["is_new"]:
        return f"It was {done.lower()} already."
    channels = _list([one["channel"] for one in result["deliveries"] if one["state"] != "skipped"])
    mails = [f"{result['mailed']} mails"] if result["mailed"] else []
    lines = [f"{result['lines']} readers in their next issue"] if result["lines"] else []
    reach = _list([*([channels] if channels else []), *mails, *lines])
    return f"{done} by {who}{f': {reach}' if reach else ''}."


def _where(args: Json) -> str:
    return f" on {args['channel']}" if args.get("channel") else ""


def _posted(result: Json) -> str:
    return _list([one["channel"] for one in result["deliveries"]])


_TOLD: Mapping[str, Callable[[str, Json, Json], str]] = {
    "approve": lambda who, _, result: _approved(who, result["channels"]),
    "hold": lambda who, _, result: f"Held by {who}{_leaving(result)}.",
    "release": lambda who, _, __: f"Released by {who}.",
    "skip": lambda who, args, result: f"Not sent{_where(args)}: {who} decided so{_leaving(result)}.",
    "send_now": lambda who, _, __: f"{who} sends it now.",
    "stop": lambda who, args, result: f"Stopped by {who}: {_scope(args)}{_leaving(result)}.",
    "resume": lambda who, _, result: f"{who} resumes: {_counts(result, ('sent', 'folded', 'dropped'))}.",
    "settle": lambda who, args, _: f"Settled by {who}: {_verdict(args)}.",
    "post": lambda who, _, result: f"Posted by {who}: {_posted(result)}.",
    "reword": lambda who, args, result: "\n".join(
        [f"{args['channel']} reads now as {who} wrote.", *(finding_line(one) for one in result["lint"])]
    ),
    "withdraw": lambda who, _, result: _told_readers("Withdrawn", who, result),
    "correct": lambda who, _, result: _told_readers("Corrected", who, result),
}
