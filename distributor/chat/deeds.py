"""What a press or a command makes happen: a call, a menu, a question, or a refusal in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from distributor.chat.cards import DECISIONS
from distributor.chat.facts import AlertFacts, DoubtFacts, Draft, Facts, StopFacts, StoryFacts
from distributor.chat.signing import Press

Args = Mapping[str, Any]

#: How the calls' events name this face.
THROUGH = "operations chat"
#: What an editor who only presses buttons would write as a reason.
REASON = "by button in the operations chat"

_OLD = "This card is old; it shows now how things stand."
#: Acts that are the same done twice: after a crash in the middle they are done again.
REPEATABLE = frozenset({"approve", "hold", "release", "skip", "stop", "send_now", "withdraw"})


@dataclass(frozen=True, slots=True)
class Do:
    """A call."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Menu:
    """Other buttons under the same card."""

    number: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A question whose answer is written: ``edit`` (for a channel) or ``correct``."""

    kind: str
    about: int
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """A question that somebody takes back."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Nothing happens; the words say why."""

    words: str


Deed = Do | Menu | Ask | Drop | Refuse


def pressed(press: Press, facts: Facts | None, word: str, who: str, channels: Mapping[int, str]) -> Deed:
    """What a press on a card does.

    ``facts`` are what the card is about as it stands now (None: nothing any more), ``word`` what was decided on it.
    A stop is obeyed from the oldest card; anything else only from one that showed what is.
    """
    if press.verb == "stop":
        return _stop(press, who, channels)
    if facts is None or (press.verb != "menu" and press.stamp != facts.stamp):
        return Refuse(f"Too late. {word}" if word else _OLD)
    if press.verb == "menu":
        return Menu(press.arg)
    if press.verb == "no":
        return Drop()
    match facts:
        case StoryFacts():
            return _story(press, facts, who, channels)
        case DoubtFacts():
            return _doubt(press, facts, who)
        case AlertFacts():
            name = "release" if press.verb == "free" else "skip"
            return Do(name, _by(who) | {"held_by": facts.held_by, "feed": facts.feed})
        case StopFacts():
            return Do("resume", _by(who) | {"decision": DECISIONS[press.arg], "stop": facts.id})
        case Draft():
            return post(facts, who)
        case _:
            return Refuse(_OLD)


def post(draft: Draft, who: str) -> Do:
    """A draft that was confirmed."""
    args: dict[str, Any] = {"channels": list(draft.channels), "text": draft.text}
    if draft.at is not None:
        args["at"] = draft.at.isoformat()
    if draft.link is not None:
        args["link"] = draft.link
    return Do("post", _by(who) | args)


def stop(args: Args, who: str) -> Do:
    """A stop that was named in words."""
    return Do("stop", _by(who) | {"reason": REASON} | dict(args))


def answered(kind: str, story: str, channel: str, text: str, who: str) -> Do:
    """What somebody wrote where they were asked."""
    if kind == "edit":
        return Do("reword", _by(who) | {"url": story, "channel": channel, "text": text})
    return Do("correct", _by(who) | {"url": story, "note": text})


def _by(who: str) -> dict[str, Any]:
    return {"who": who, "through": THROUGH}


def _stop(press: Press, who: str, channels: Mapping[int, str]) -> Deed:
    if press.arg and press.arg not in channels:
        return Refuse("That channel is not configured any more.")
    return stop({"channel": channels[press.arg]} if press.arg else {"everything": True}, who)


def _story(press: Press, facts: StoryFacts, who: str, channels: Mapping[int, str]) -> Deed:
    where = {"channel": channels[press.arg]} if press.arg in channels else {}
    here = _by(who) | {"url": facts.url}
    match press.verb:
        case "approve":
            return Do("approve", here | where)
        case "hold":
            return Do("hold", here | where | {"reason": REASON})
        case "release":
            return Do("release", here | {"held_by": facts.releasable}) if facts.releasable else Refuse(_OLD)
        case "now":
            return Do("send_now", here | where)
        case "skip":
            return Do("skip", here | where)
        case "edit":
            return Ask("edit", facts.id, where["channel"]) if where else Refuse(_OLD)
        case "correct":
            return Ask("correct", facts.id)
        case "pull":
            return Do("withdraw", here | {"reason": REASON})
        case _:
            return Refuse(_OLD)


def _doubt(press: Press, facts: DoubtFacts, who: str) -> Deed:
    ids = [one for _, number, ids in facts.doubts if press.arg in (0, number) for one in ids]
    verdicts = {"there": "there", "again": "resend", "drop": "drop"}
    if press.verb not in verdicts or not ids:
        return Refuse(_OLD)
    return Do("settle", {"by": who, "through": THROUGH, "ids": ids, verdicts[press.verb]: True})
