"""The cards that stand in the chat: begun, changed in place, moved down when they are old, closed when nothing is asked
any more. Must not decide anything.
"""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.chat.cards import Frame, card_of, closing
from distributor.chat.facts import Facts
from distributor.chat.looking import Sight
from distributor.chat.mouth import Mouth
from distributor.chat.signing import stamp
from distributor.errors import Rejected
from distributor.model import Card, Shown

log = logging.getLogger(__name__)

#: A card that asks for longer than this is shown anew at the chat's end, and the old one says that it is old.
OLD = timedelta(days=1)
#: Cards that nobody asked for, and that are shown as long as something is to be decided; the first ones first.
STANDING = ("stop", "unknown", "approval", "lint", "alert")
#: Questions that wait for an answer in words.
QUESTIONS = ("edit", "correct")
BELOW = "This card is old; a newer one stands below."


class Board:
    """Keeps the chat's cards true."""

    def __init__(self, app: App, sight: Sight, mouth: Mouth, key: bytes) -> None:
        """Nothing is shown before :meth:`refresh`."""
        self._app = app
        self._sight = sight
        self._mouth = mouth
        self._key = key
        self._lock = threading.Lock()
        #: cards whose buttons are to be others for a while
        self._menus: dict[int, int] = {}
        #: messages that show a card which another message shows too, because an answer was lost
        self._copies: dict[int, Shown] = {}

    # -- by whoever hears; nothing is written into the chat here

    def begin(self, kind: str, about: int, *, detail: str = "", topic: int = 0) -> None:
        """A card is wanted, at the chat's end."""
        now = self._app.clock.now()
        self._app.store.cards.begin(kind, about, now, detail=detail, topic=topic, ending=BELOW)

    def menu(self, shown: Shown, number: int) -> None:
        """Show other buttons under a card."""
        with self._lock:
            self._menus[shown.id] = number

    def drop(self, shown: Shown, ending: str) -> None:
        """A question is answered, or taken back."""
        self._app.store.cards.close(shown.id, self._app.clock.now(), ending)

    def disown(self, number: int, shown: Shown) -> None:
        """A message is a copy of a card that another message shows."""
        with self._lock:
            self._copies[number] = shown

    def lower(self, kind: str) -> None:
        """Show all open cards of a kind anew, at the chat's end."""
        for shown in self._app.store.cards.open_cards():
            if shown.kind == kind:
                self.begin(kind, shown.about, topic=shown.topic)

    # -- by the room's own thread

    def refresh(self) -> None:
        """Bring every card up to date. Raises Later, and goes on from there the next time."""
        now = self._app.clock.now()
        cards = self._app.store.cards.open_cards()
        wanted = self._sight.wanted(cards, now)
        kept = {_key(one): one for one in cards if self._keep(one, wanted.get(_key(one)))}
        for shown in self._app.store.cards.leaving():
            self._leave(shown, shown.message_id, shown.ending)
            self._app.store.cards.left(shown.id)
        for number in list(self._copies):
            self._leave(self._copies[number], number, BELOW)
            del self._copies[number]
        for key, shown in kept.items():
            self._bring(shown, wanted.get(key))
        for key, facts in wanted.items():
            if key not in kept and key[0] in STANDING:
                number = self._app.store.cards.begin(key[0], key[1], now, topic=self._topic())
                self._draw(self._get(number), facts)

    def _keep(self, shown: Shown, facts: Facts | None) -> bool:
        """Whether an open card stays open; one that does not is closed."""
        is_old = self._app.clock.now() - shown.at > OLD
        if shown.kind in QUESTIONS:
            ending = "This question is old." if is_old else ""
        elif facts is None and shown.kind != "story":
            ending = shown.word or self._sight.ended(shown)[1] or "It is over."
        elif is_old:
            ending = BELOW if shown.kind in STANDING else "This card is old, and asks nothing any more."
        else:
            ending = ""
        if ending:
            self._app.store.cards.close(shown.id, self._app.clock.now(), ending)
        return not ending

    def _bring(self, shown: Shown, facts: Facts | None) -> None:
        """Draw an open card."""
        if shown.kind in QUESTIONS and shown.message_id is None:
            self._question(shown)
        elif facts is not None:
            self._draw(shown, facts)

    def _leave(self, shown: Shown, number: int | None, ending: str) -> None:
        """What is left of a card stands there without a button."""
        assert number is not None
        try:
            self._mouth.change(number, closing(self._sight.ended(shown)[0], ending))
        except Rejected as error:
            log.info("operations chat: a card could not be closed: %s", error)

    def _draw(self, shown: Shown, facts: Facts) -> None:
        frame = Frame(
            key=self._key,
            zone=ZoneInfo(self._app.settings.desk.zone),
            now=self._app.clock.now(),
            channels=self._sight.channels(),
        )
        card = card_of(facts, shown, frame)
        shows, menu = stamp(card), self._menus.get(shown.id)
        if shown.message_id is None:
            if shown.shows != shows:
                self._show(shown, card, shows)
        elif menu is not None or shown.shows != shows:
            self._change(shown, card_of(facts, shown, frame, menu=menu) if menu else card, shows)
            self._forget(shown, menu)

    def _forget(self, shown: Shown, menu: int | None) -> None:
        """A menu that is shown is no wish any more, unless somebody has wished for another meanwhile."""
        with self._lock:
            if menu is not None and self._menus.get(shown.id) == menu:
                del self._menus[shown.id]

    def _question(self, shown: Shown) -> None:
        asked = json.loads(shown.detail)
        name, channel = asked["name"], asked["channel"]
        what = f"the words for {channel}" if channel else "what was wrong, for readers"
        words = f"{name}, answer this message with {what}.\n\n{self._now(shown, channel)}".strip()
        self._show(shown, Card(text=words, asks=asked["person"], asks_name=name), "asked")

    def _now(self, shown: Shown, channel: str) -> str:
        """What stands there now, and how much room there is."""
        story = self._sight.story(shown.about, proofs=bool(channel))
        if story is None:
            return ""
        for proof in story.proofs:
            if channel in proof.channels:
                room = f"At most {proof.limit} characters. " if proof.limit is not None else ""
                return f"{room}Now it reads ({proof.length} characters):\n{proof.text}"
        return story.headline

    def _show(self, shown: Shown, card: Card, shows: str) -> None:
        try:
            number = self._mouth.show(card, topic=shown.topic)
        except Rejected as error:
            log.error("operations chat: a card was refused: %s", error)
            self._app.store.cards.posted(shown.id, None, shows)
            return
        self._app.store.cards.posted(shown.id, number, shows)

    def _change(self, shown: Shown, card: Card, shows: str) -> None:
        assert shown.message_id is not None
        try:
            self._mouth.change(shown.message_id, card)
        except Rejected as error:  # somebody took it away: it is shown anew
            log.info("operations chat: a card could not be changed: %s", error)
            self._app.store.cards.posted(shown.id, None, "")
            self._show(shown, card, shows)
        else:
            self._app.store.cards.posted(shown.id, shown.message_id, shows)

    def _get(self, number: int) -> Shown:
        found = self._app.store.cards.get(number)
        assert found is not None
        return found

    def _topic(self) -> int:
        return self._app.settings.operations.topic or 0


def _key(shown: Shown) -> tuple[str, int, str]:
    return shown.kind, shown.about, shown.detail
