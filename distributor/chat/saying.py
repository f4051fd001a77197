"""What somebody wrote in the operations chat, and what it asks for. Pure; must not act."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from distributor.model import Said
from distributor.rules.queue.timing import parse_schedule

#: What was written so long ago is not let leave any more: whoever wrote it may think otherwise by now.
LATE = timedelta(minutes=15)

_COMMAND = re.compile(r"/([A-Za-z_]{1,32})(?:@([A-Za-z0-9_]{1,32}))?(?:\s+(.*))?", re.DOTALL)
_SECTION = re.compile(r'\s*(?:"([^"]+)"|(\S+))')
_ALONE = re.compile(r"\s*\S+\s*")
_TIME = r"((?:[01]\d|2[0-3]):[0-5]\d)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What must be known to understand somebody."""

    #: who may act: their numbers, and the names that go on record
    people: dict[int, str]
    chat: int
    #: the topic of the cards; 0: the general one, or none
    topic: int
    #: the bot's own name, without @
    us: str
    channels: Collection[str]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Nothing:
    """Not for us: a stranger, another chat, talk among people."""

    #: worth a line of the log; empty: not even that
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button."""

    data: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a message of the chat."""

    message: int
    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A link, or a post that was forwarded."""

    links: tuple[str, ...]
    #: nothing but the link: an unknown one is told of
    is_alone: bool


@dataclass(frozen=True, slots=True)
class Shows:
    """/status, /next, /handover, /help."""

    what: str
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Stops:
    """/stop with what is named; without: it is asked."""

    args: dict[str, str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resumes:
    """/resume with the decision; without: the stops are shown."""

    decision: str = ""
    keep: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Posts:
    """/post."""

    channels: tuple[str, ...]
    text: str
    at: datetime | None
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Misses:
    """A command of which something is missing, and what would be right."""

    words: str


Meaning = Nothing | Pressed | Answered | Pasted | Shows | Stops | Resumes | Posts | Misses


def understood(said: Said, context: Context, now: datetime) -> tuple[str, Meaning]:
    """The name of whoever said something, and what it asks for."""
    if said.chat != context.chat:
        return "", Nothing("in another chat")
    who = context.people.get(said.person)
    if who is None:
        return "", Nothing("by a stranger")
    if said.pressed:
        return who, Pressed(said.pressed)
    command = _COMMAND.fullmatch(said.text.strip())
    if command is not None:
        return who, _command(command, said, context, now)
    if said.answers:
        return who, Answered(said.answers, said.text.strip())
    # what is said elsewhere in the chat is talk among people
    if said.links and said.topic == context.topic:
        return who, Pasted(said.links, bool(_ALONE.fullmatch(said.text)))
    return who, Nothing()


def _command(found: re.Match[str], said: Said, context: Context, now: datetime) -> Meaning:
    name, addressed, rest = found[1].lower(), found[2] or "", (found[3] or "").strip()
    if addressed and addressed.lower() != context.us.lower():
        return Nothing()
    if name in ("status", "next", "help", "start"):
        return Shows("help" if name == "start" else name)
    if name == "handover":
        return _handover(rest)
    if name == "stop":
        return _stop(rest, context, now)
    if name not in ("post", "resume"):
        # a command without a name may be another bot's
        return Misses(f"There is no /{name}. /help tells what there is.") if addressed else Nothing()
    if now - said.at > LATE:
        return Misses(f"I was away when you wrote this /{name}, and did nothing. Write it again if it still holds.")
    return _post(rest, said, context, now) if name == "post" else _resume(rest)


def _handover(rest: str) -> Meaning:
    if not rest:
        return Shows("handover")
    if not re.fullmatch(r"[1-9]\d{0,2}", rest, re.ASCII):
        return Misses("/handover takes a number of hours, such as /handover 8")
    return Shows("handover", hours=int(rest))


def _stop(rest: str, context: Context, now: datetime) -> Meaning:
    """``all|CHANNEL|section NAME [until HH:MM] [reason]``; what is not understood is asked."""
    first, _, more = rest.partition(" ")
    args: dict[str, str | bool] = {}
    if first.lower() in ("all", "everything"):
        args["everything"] = True
    elif first in context.channels:
        args["channel"] = first
    elif first.lower() == "section" and (named := _SECTION.match(more)):
        args["category"] = named[1] or named[2]
        more = more[named.end() :]
    else:
        return Stops()
    until = re.match(rf"until\s+{_TIME}\b\s*", more.strip(), re.ASCII)
    if until is not None:
        args["until"] = _next(until[1], context.zone, now).isoformat()
        more = more.strip()[until.end() :]
    return Stops(args | ({"reason": more.strip()} if more.strip() else {}))


def _resume(rest: str) -> Meaning:
    words = rest.split()
    if not words:
        return Resumes()
    numbers = [word for word in words[1:] if word.lower() != "keep"]
    is_known = words[0].lower() in ("send", "fold", "drop")
    if not is_known or not all(re.fullmatch(r"#?\d{1,18}", one, re.ASCII) for one in numbers):
        return Misses("/resume send, /resume fold, or /resume drop; behind it the numbers that are sent all the same")
    return Resumes(words[0].lower(), tuple(int(one.lstrip("#")) for one in numbers))


def _post(rest: str, said: Said, context: Context, now: datetime) -> Meaning:
    """``CHANNEL[,CHANNEL ...] [at HH:MM] TEXT``."""
    found = re.fullmatch(rf"([^\s,]+(?:\s*,\s*[^\s,]+)*)\s+(?:at\s+{_TIME}\s+)?(.+)", rest, re.DOTALL | re.ASCII)
    known = ", ".join(sorted(context.channels))
    if found is None:
        return Misses(f"/post CHANNEL, CHANNEL at 11:00 TEXT, where the time may be left out. Channels: {known}")
    names = tuple(dict.fromkeys(re.split(r"\s*,\s*", found[1].rstrip(":"))))
    unknown = [name for name in names if name not in context.channels]
    if unknown:
        return Misses(f"There is no channel {unknown[0]}. Channels: {known}")
    at = None if found[2] is None else _next(found[2], context.zone, now)
    return Posts(names, found[3].strip(), at, said.links)


def _next(clock: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The next instant at which the clock on the wall shows this."""
    return parse_schedule(f"every day at {clock}").after(now, zone)
