"""Cards: what is to be decided, in a few calm lines, and the buttons that decide it. Pure; must not decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.chat.facts import AlertFacts, DoubtFacts, Draft, Facts, Halt, Place, StopFacts, StoryFacts
from distributor.chat.signing import Press, sealed
from distributor.chat.words import Words, moment, shortened, write_place
from distributor.model import Button, Card, Shown
from distributor.rules.queue.holds import may_skip_queue

#: What a second row of buttons chooses from, by the number that its button carries.
MAIN, WHERE_NOT, WHERE_EDIT, WHAT_STOP, IF_WITHDRAW, HOW_RESUME = range(6)
#: What becomes of what has piled up, by the number that its button carries.
DECISIONS = {1: "send", 2: "fold", 3: "drop"}
#: Shown of one rendered text, in UTF-16 units.
EXCERPT = 700

_WAITING = ("planned", "due", "held")
#: Cards that ask for a yes to words, and show them.
_ASKED = {"approval": "May this leave?", "lint": "Lint holds this."}
Rows = Iterator[tuple[Button, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every card needs besides what it is about."""

    key: bytes
    zone: ZoneInfo
    now: datetime
    #: every channel with its number
    channels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Keys:
    """Makes the buttons of one card."""

    frame: Frame
    card: int
    stamp: str

    def __call__(self, words: str, verb: str, arg: int = 0) -> Button:
        press = Press(card=self.card, verb=verb, arg=arg, stamp=self.stamp)
        return Button(words=words, data=sealed(self.frame.key, press))


def card_of(facts: Facts, shown: Shown, frame: Frame, *, menu: int = MAIN) -> Card:
    """The card with its buttons, or with those of a menu."""
    words = _text(facts, shown, frame)
    keys = _Keys(frame, shown.id, facts.stamp)
    rows = tuple(_main(facts, keys) if menu == MAIN else _menu(facts, menu, keys))
    return Card(text=words.text.strip(), entities=tuple(words.entities), buttons=rows)


def closing(title: str, word: str) -> Card:
    """What is left of a card that asks nothing any more."""
    words = Words().line(title, "bold").line(word)
    return Card(text=words.text.strip(), entities=tuple(words.entities))


def title_of(facts: Facts) -> str:
    """What a card is about, in one line."""
    match facts:
        case StoryFacts():
            return facts.headline
        case DoubtFacts():
            return facts.title
        case AlertFacts():
            return facts.text
        case StopFacts():
            return f"Stopped: {facts.scope}"
        case Draft():
            return "A post by hand"
        case Halt():
            return "What is to be stopped?"


# -- texts -------------------------------------------------------------------------------------------------------------


def _text(facts: Facts, shown: Shown, frame: Frame) -> Words:
    words = Words()
    match facts:
        case StoryFacts():
            _story(words, facts, shown, frame)
        case DoubtFacts():
            names = ", ".join(f"{name} ({len(ids)})" if len(ids) > 1 else name for name, _, ids in facts.doubts)
            words.line("Is it there?").line(facts.title, "bold")
            words.line(f"Nobody knows whether it arrived: {names}.").line(facts.reason)
        case AlertFacts():
            words.line(facts.text, "bold").line(facts.hint)
            words.line(f"Since {moment(facts.since, frame.zone, frame.now)}")
        case StopFacts():
            _stop(words, facts, frame)
        case Draft():
            words.line("Post this?").line(f"On {', '.join(facts.channels)}, {_leaves(facts, frame)}.")
            words.line().line(facts.text).line().line(_lengths(facts.lengths))
            _findings(words, facts.lint)
        case Halt():
            words.line(title_of(facts), "bold")
    if shown.word:
        words.line().line(shown.word)
    return words


def _story(words: Words, facts: StoryFacts, shown: Shown, frame: Frame) -> None:
    asks = facts.on(states=("held",), held_by="approval")
    if shown.kind in _ASKED:
        is_held = facts.on(states=("held",), held_by=shown.kind)
        words.line(_ASKED[shown.kind] if is_held else "This waits.")
    words.line(facts.headline, "bold")
    if facts.url.startswith("http"):
        words.line(facts.url)
    if shown.kind in _ASKED:
        for proof in facts.proofs:
            words.line().add(", ".join(proof.channels), "italic")
            words.line(f", {_length(proof.length, proof.limit)}").line(shortened(proof.text, EXCERPT))
            _findings(words, proof.lint)
    words.line()
    told = [one for one in facts.places if shown.kind not in _ASKED or one.state in _WAITING]
    for place in told:
        write_place(words, place, frame.zone, frame.now)
    for reason in dict.fromkeys(one.reason[max(0, one.reason.find("it waits")) :] for one in asks):
        words.line(reason[:1].upper() + reason[1:])
    for note in facts.notes:
        words.line(note)
    if not told:
        words.line("No channel has it.")


def _stop(words: Words, facts: StopFacts, frame: Frame) -> None:
    until = f", until {moment(facts.until, frame.zone, frame.now)}" if facts.until else ""
    words.line(title_of(facts), "bold")
    words.line(f"By {facts.who} at {moment(facts.since, frame.zone, frame.now)}{until}: {facts.reason}")
    behind = {0: "Nothing waits", 1: "1 waits"}.get(facts.held, f"{facts.held} wait")
    words.line(f"{behind} behind it.")


def _findings(words: Words, found: Sequence[str]) -> None:
    """What lint says of words that have not left, each in a line of its own."""
    for one in found:
        words.line(one, "italic")


def _leaves(draft: Draft, frame: Frame) -> str:
    return "at once" if draft.at is None else f"at {moment(draft.at, frame.zone, frame.now)}"


def _lengths(lengths: Sequence[tuple[str, int, int | None]]) -> str:
    return "; ".join(f"{name} {_length(length, limit)}" for name, length, limit in lengths)


def _length(length: int, limit: int | None) -> str:
    return f"{length} characters" if limit is None else f"{length} of {limit} characters"


# -- buttons -----------------------------------------------------------------------------------------------------------


def _main(facts: Facts, keys: _Keys) -> Rows:
    match facts:
        case StoryFacts():
            yield from _story_rows(facts, keys)
        case DoubtFacts():
            yield from _doubt_rows(facts, keys)
        case AlertFacts():
            if facts.feed:
                yield keys("Let all go", "free"), keys("Drop all", "void")
            yield (keys("Stop…", "menu", WHAT_STOP),)
        case StopFacts():
            yield (keys("Resume…", "menu", HOW_RESUME),)
        case Draft():
            yield keys("Post", "yes"), keys("Never mind", "no")
        case Halt():
            yield from _stop_rows(keys)
            yield (keys("Never mind", "no"),)


def _story_rows(facts: StoryFacts, keys: _Keys) -> Rows:
    waiting = facts.on(states=_WAITING)
    held = {one.held_by for one in waiting if one.state == "held"}
    first = [keys("Approve", "approve")] if "approval" in held else []
    if facts.releasable:
        first.append(keys("Release", "release"))
    elif "approval" not in held and any(may_skip_queue(one.held_by) for one in waiting):
        first.append(keys("Send now", "now"))
    if any(one.held_by != "desk" for one in waiting):
        first.append(keys("Hold", "hold"))
    yield from [tuple(first)] if first else []
    if waiting:
        yield (
            _one_or_menu("Edit", "edit", WHERE_EDIT, waiting, keys),
            _one_or_menu("Not here", "skip", WHERE_NOT, waiting, keys),
        )
    if any(one.state in ("sent", "sending", "unknown") for one in facts.places):
        yield keys("Correct…", "correct"), keys("Withdraw…", "menu", IF_WITHDRAW)
    yield (keys("Stop…", "menu", WHAT_STOP),)


def _one_or_menu(words: str, verb: str, menu: int, places: Sequence[Place], keys: _Keys) -> Button:
    return keys(f"{words}…", "menu", menu) if len(places) > 1 else keys(words, verb, places[0].number)


def _doubt_rows(facts: DoubtFacts, keys: _Keys) -> Rows:
    for name, number, _ in facts.doubts:
        where = f" ({name})" if len(facts.doubts) > 1 else ""
        yield keys(f"It is there{where}", "there", number), keys(f"Send again{where}", "again", number)
    yield keys("Drop", "drop"), keys("Stop…", "menu", WHAT_STOP)


def _menu(facts: Facts, menu: int, keys: _Keys) -> Rows:
    if menu in (WHERE_NOT, WHERE_EDIT) and isinstance(facts, StoryFacts):
        verb, words = ("skip", "Not on") if menu == WHERE_NOT else ("edit", "Edit for")
        places = facts.on(states=_WAITING)
        if menu == WHERE_NOT and len(places) > 1:
            yield (keys("Nowhere", "skip"),)
        yield from _pairs([keys(f"{words} {one.channel}", verb, one.number) for one in places])
    elif menu == IF_WITHDRAW:
        yield (keys("Yes, withdraw everywhere", "pull"),)
    elif menu == HOW_RESUME:
        yield keys("Send", "resume", 1), keys("Fold", "resume", 2), keys("Drop", "resume", 3)
    else:
        yield from _stop_rows(keys)
    yield (keys("Back", "menu", MAIN),)


def _stop_rows(keys: _Keys) -> Rows:
    yield (keys("Stop everything", "stop"),)
    yield from _pairs([keys(f"Stop {name}", "stop", number) for name, number in keys.frame.channels.items()])


def _pairs(buttons: Sequence[Button]) -> Rows:
    for start in range(0, len(buttons), 2):
        yield tuple(buttons[start : start + 2])
