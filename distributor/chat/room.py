"""The room: what is said there is done, and what needs a decision is shown there. Must not decide what anything means.

::

    heard -> understood -> taken note of (durable) -> done by a call -> done is noted -> answered
    what needs a decision -> a card; it changes in place as its affair does; it asks nothing when that is decided

Two threads work here: who listens to the bot calls :meth:`Room.hear`, and a thread of the room's own calls
:meth:`Room.work`, so that no act waits for anything to be written.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.chat import deeds, replies
from distributor.chat.board import OLD, Board
from distributor.chat.cards import MAIN
from distributor.chat.deeds import Ask, Do, Drop, Menu, Refuse
from distributor.chat.facts import Facts
from distributor.chat.looking import Run, Sight
from distributor.chat.mouth import PATIENCE, Later, Mouth
from distributor.chat.saying import (
    Answered,
    Context,
    Meaning,
    Misses,
    Nothing,
    Pasted,
    Posts,
    Pressed,
    Resumes,
    Shows,
    Stops,
    understood,
)
from distributor.chat.sheets import sheet
from distributor.chat.signing import Press, signing_key, unsealed
from distributor.chat.words import LONGEST, shortened
from distributor.errors import CallError, Rejected, StoreError, Unauthorized
from distributor.interfaces import Conversation
from distributor.model import Card, Said, Shown
from distributor.store.desk.cards import Hearing

log = logging.getLogger(__name__)

#: How often it is looked for what needs a decision, while nobody wakes the room.
PAUSE = timedelta(seconds=2)
#: A look may take one part in so many of the time.
SHARE = 10
#: Cards of stories for one message, and links of it that are looked up: a round-up has dozens.
MOST_SHOWN, MOST_LINKS = 4, 40
#: Cards that ask one thing of whoever wanted them, and nothing more once it is done.
ANSWERED_ONCE = ("edit", "correct", "post", "halt")

_BROKEN = "That ended in a mistake of the program; its log has the details. Look how things stand."
_CUT = "The program ended while it did this. Look how things stand before you say it again."


class Room:
    """The operations chat of one app."""

    def __init__(self, app: App, run: Run, conversation: Conversation) -> None:
        """``run`` dispatches calls and wakes whoever has to move then; contacts nobody yet."""
        self._app = app
        self._run = run
        self._conversation = conversation
        self._key = signing_key(app.store.key)
        self._sight = Sight(app, run)
        self._mouth = Mouth(conversation, app.clock)
        self._board = Board(app, self._sight, self._mouth, self._key)
        #: answers to presses, and messages that answer what was written: each with the instant after which it is stale
        self._answers: deque[tuple[str, str]] = deque()
        self._replies: deque[tuple[datetime, Card, Said]] = deque()
        #: whether somebody was told that cards cannot be shown; None: it is not known yet
        self._is_told: bool | None = None
        #: whether the bot is told of commands and answers alone (privacy mode)
        self._is_deaf = False
        self._strangers: set[tuple[int, str]] = set()
        self._woken = threading.Event()

    # -- hearing

    def hear(self, said: Sequence[Said]) -> None:
        """Do what people say, each once. Raises StoreError and ChannelError; it is told again then."""
        for one in said:
            self._hear(one)
        self._woken.set()

    def _hear(self, said: Said) -> None:
        try:
            context = self._context()
        except (Rejected, Unauthorized) as error:
            log.warning("operations chat: %s", error)
            return
        who, meaning = understood(said, context, self._app.clock.now())
        if isinstance(meaning, Nothing):
            self._pass_over(said, meaning)
            return
        name = f"press {said.press_id}" if said.pressed else f"message {said.chat} {said.message_id}"
        hearing = self._app.store.cards.hear(name, self._app.clock.now())
        if hearing is Hearing.DONE:
            return
        try:
            self._do(said, who, meaning, is_cut=hearing is Hearing.CUT_SHORT)
        except StoreError:
            raise
        except Exception:
            log.exception("operations chat: what %s said ended in an unexpected error", who)
            self._reply(said, _BROKEN)
        self._app.store.cards.done(name, self._app.clock.now())

    def _context(self) -> Context:
        settings, us = self._app.settings, self._conversation.us()
        if not us.hears_all and not self._is_deaf:
            self._is_deaf = True
            log.warning("operations chat: the bot hears no pasted links; make it an administrator of “%s”", us.title)
        return Context(
            people=dict(settings.operations.people),
            chat=us.chat,
            topic=settings.operations.topic or 0,
            us=us.username,
            channels=tuple(self._app.channels),
            zone=ZoneInfo(settings.desk.zone),
        )

    def _pass_over(self, said: Said, meaning: Nothing) -> None:
        """Strangers get nothing; the log names each once, by number, for names can be anything."""
        if meaning.why and (said.person, meaning.why) not in self._strangers and len(self._strangers) < 1000:
            self._strangers.add((said.person, meaning.why))
            what = "a button was pressed" if said.pressed else "something was said"
            log.warning("operations chat: %s %s (person %d, chat %d)", what, meaning.why, said.person, said.chat)

    # -- doing

    def _do(self, said: Said, who: str, meaning: Meaning, *, is_cut: bool) -> None:
        match meaning:
            case Pressed():
                self._press(said, who, meaning, is_cut=is_cut)
            case Answered():
                self._answered(said, who, meaning, is_cut=is_cut)
            case Pasted():
                self._pasted(said, meaning)
            case Shows() | Misses():
                self._reply(said, self._words(meaning))
            case _:
                self._commanded(said, who, meaning, is_cut=is_cut)

    def _words(self, meaning: Shows | Misses) -> str:
        if isinstance(meaning, Misses):
            return meaning.words
        try:
            return sheet(meaning.what, self._run, self._app.clock.now(), hours=meaning.hours)
        except CallError as error:
            return refused(error)

    def _commanded(self, said: Said, who: str, meaning: Meaning, *, is_cut: bool) -> None:
        match meaning:
            case Stops(args=args) if args:
                self._made(said, deeds.stop(args, who), is_cut=is_cut)
            case Stops():
                self._board.begin("halt", said.message_id, topic=said.topic)
            case Resumes():
                self._resumes(said, who, meaning, is_cut=is_cut)
            case Posts():
                draft = {"channels": meaning.channels, "text": meaning.text, "link": next(iter(meaning.links), None)}
                detail = json.dumps(draft | {"at": meaning.at.isoformat() if meaning.at else None})
                self._board.begin("post", said.message_id, detail=detail, topic=said.topic)

    def _press(self, said: Said, who: str, pressed: Pressed, *, is_cut: bool) -> None:
        press = unsealed(self._key, pressed.data)
        if press is None:
            log.warning("operations chat: a button that is none of ours was pressed (person %d)", said.person)
            return
        shown = self._app.store.cards.get(press.card)
        if shown is None:
            self._reply(said, "This card is of another store; nothing happens.")
            return
        if shown.message_id is None:  # its number was lost with an answer
            self._app.store.cards.posted(shown.id, said.message_id, "")
        elif shown.message_id != said.message_id:
            self._board.disown(said.message_id, shown)
        deed = deeds.pressed(press, self._facts(shown, press), shown.word, who, self._numbers())
        match deed:
            case Do():
                self._made(said, deed, is_cut=is_cut, shown=shown)
            case Menu():
                self._board.menu(shown, deed.number)
                self._reply(said, "")
            case Ask():
                asked = json.dumps({"person": said.person, "name": who, "channel": deed.channel})
                self._board.begin(deed.kind, deed.about, detail=asked, topic=said.topic)
                self._reply(said, "Answer the question below.")
            case Drop():
                self._board.drop(shown, f"{who} let it be.")
                self._reply(said, "")
            case Refuse():
                self._board.menu(shown, MAIN)
                self._reply(said, deed.words)
            case _:
                assert_never(deed)

    def _facts(self, shown: Shown, press: Press) -> Facts | None:
        """What the card is about; of an old one nothing counts but a stop."""
        now = self._app.clock.now()
        is_old = now - shown.at > OLD and press.verb != "stop"
        return None if is_old else self._sight.facts(shown, now)

    def _numbers(self) -> dict[int, str]:
        return {number: name for name, number in self._sight.channels().items()}

    def _answered(self, said: Said, who: str, answered: Answered, *, is_cut: bool) -> None:
        shown = self._app.store.cards.under(answered.message)
        if shown is None:
            return
        if shown.kind not in ("edit", "correct"):
            self._reply(said, "To change the words press Edit or Correct, and answer the question that comes.")
            return
        story = self._sight.story(shown.about)
        if not shown.is_open or story is None:
            self._reply(said, f"This question is closed. {shown.word}".strip())
            return
        channel = json.loads(shown.detail)["channel"]
        deed = deeds.answered(shown.kind, story.url, channel, answered.text, who)
        self._made(said, deed, is_cut=is_cut, shown=shown)

    def _pasted(self, said: Said, pasted: Pasted) -> None:
        if self._show(pasted.links, said):
            return
        if pasted.is_alone:
            self._reply(said, f"No story is known by this address, and none of our posts: {pasted.links[0]}")

    def _show(self, links: Sequence[str], said: Said) -> bool:
        """A card for each story behind some links; whether there is one."""
        found = self._sight.find(links[:MOST_LINKS])
        for story in found[:MOST_SHOWN]:
            self._board.begin("story", story.id, topic=said.topic)
        if len(found) > MOST_SHOWN:
            self._write(said, f"{len(found) - MOST_SHOWN} more of these links are stories; paste them by themselves.")
        return bool(found)

    def _resumes(self, said: Said, who: str, meaning: Resumes, *, is_cut: bool) -> None:
        if meaning.decision:
            args = {"who": who, "through": deeds.THROUGH, "decision": meaning.decision, "keep": list(meaning.keep)}
            self._made(said, Do("resume", args), is_cut=is_cut)
            return
        self._board.lower("stop")
        self._reply(said, sheet("stops", self._run, self._app.clock.now()))

    def _made(self, said: Said, deed: Do, *, is_cut: bool, shown: Shown | None = None) -> None:
        """Make a call, and tell what came of it: on the card too, and what is long in a message of its own."""
        if is_cut and deed.name not in deeds.REPEATABLE:
            self._reply(said, _CUT)
            return
        if deed.name == "stop" and (there := self._sight.stopped(deed.args)):
            self._reply(said, f"It is stopped already, by {there}.")
            return
        try:
            result = self._run(deed.name, deed.args)
        except CallError as error:
            self._reply(said, refused(error))
            return
        word, report = replies.told(deed.name, deed.args, result), replies.report(result)
        if shown is not None:
            self._app.store.cards.decide(shown.id, word)
            if shown.kind in ANSWERED_ONCE:
                self._board.drop(shown, word)
        self._reply(said, word)
        if report:
            self._write(said, report)
        # what belongs to it has the same buttons in its own card
        self._show([one["url"] for one in result.get("others", []) if one["status"] == "usable"], said)

    def _reply(self, said: Said, words: str) -> None:
        """Answer whoever said something, and nobody else where they pressed a button."""
        if said.pressed:
            self._answers.append((said.press_id, words))
        else:
            self._write(said, words)

    def _write(self, said: Said, words: str) -> None:
        until = self._app.clock.now() + PATIENCE
        self._replies.append((until, Card(text=shortened(words, LONGEST)), said))

    # -- writing

    def wake(self) -> None:
        """Something may have changed."""
        self._woken.set()

    def wait(self, rest: timedelta) -> None:
        """Return after a rest, or when the room is woken."""
        self._woken.wait(rest.total_seconds())
        self._woken.clear()

    def work(self) -> timedelta:
        """Answer, and bring the cards up to date; how long to rest after it."""
        while self._answers:
            self._mouth.answer(*self._answers.popleft())
        began = time.monotonic()
        try:
            self._say()
            self._board.refresh()
        except Later:
            return max(min(self._mouth.rest(), PAUSE), timedelta(milliseconds=50))
        finally:
            self._tell()
        # a look that takes long, in a great ledger, is taken more rarely
        return max(PAUSE, SHARE * timedelta(seconds=time.monotonic() - began))

    def _say(self) -> None:
        """What was asked for in words is answered before any card changes. Raises Later."""
        while self._replies:
            until, card, said = self._replies[0]
            if self._app.clock.now() < until:
                try:
                    self._mouth.show(card, topic=said.topic, answers=said.message_id)
                except Rejected as error:
                    log.error("operations chat: an answer was refused: %s", error)
            self._replies.popleft()

    def _tell(self) -> None:
        """Have somebody know of a chat that cannot be written to."""
        key, now, trouble = "operations chat", self._app.clock.now(), self._mouth.trouble
        if bool(trouble) is self._is_told:
            return
        self._is_told = bool(trouble)
        if trouble:
            text = f"cards cannot be shown in the operations chat: {trouble}"
            self._app.store.alerts.raise_alert(key, text, hint="is the bot still in it, and may it write?", now=now)
        else:
            self._app.store.alerts.recover(key, "cards are shown in the operations chat again", now=now)


def refused(error: CallError) -> str:
    """Why a call was refused, and the way out."""
    return f"{error}. {error.hint}" if error.hint else str(error)
