"""What the operations chat shows and is asked. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from distributor.model.deliveries import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a card: it tells its data, or opens an address; these exclude each other."""

    words: str
    #: at most 64 bytes (Bot API, InlineKeyboardButton)
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A message of the operations chat."""

    text: str
    entities: tuple[Entity, ...] = ()
    #: in rows
    buttons: tuple[tuple[Button, ...], ...] = ()
    #: the number of the person whose answer is wanted, and their name, with which the text begins then; 0: nobody's
    asks: int = 0
    asks_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """Who the bot is in its chat."""

    #: without @
    username: str
    chat: int
    #: the chat's title, for people
    title: str
    #: whether the bot is told of all that is said there, not of commands and answers alone (privacy mode)
    hears_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a bot finds in its chat before it serves there. Texts that say why not are empty where it can."""

    us: Us
    #: private, group, supergroup or channel
    kind: str
    #: the chat's public name without @; empty: it has none
    public: str
    #: why nothing can be posted there, and why not in its topic
    refusal: str
    topic_refusal: str
    #: the host of a webhook that takes the bot's updates; empty: none does
    webhook: str
    #: of the people asked about, those who are not in the chat
    absent: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A card as it is remembered."""

    id: int
    #: approval, lint, unknown, alert, stop, story, halt, post, edit or correct
    kind: str
    #: the story, issue or alert, the number of a stop, or that of the message that asked for it
    about: int
    #: the channel that an answer is for, or a post that is not made yet
    detail: str
    #: the state of affairs that it shows, in a form that changes with it
    shows: str
    topic: int
    #: None: it is not posted yet, or nobody knows
    message_id: int | None
    #: what was decided on it last, and by whom
    word: str
    #: what a closed card is still to say; empty: nothing
    ending: str
    at: datetime
    is_open: bool
