"""What a newsroom publishes, and which of it goes where. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from distributor.model.judgement import Level

#: ninjs urgency: 1 is a flash, 9 the least urgent; what a source does not say is 5.
FLASH, ROUTINE = 1, 5


class PubStatus(StrEnum):
    """Publication status of an article (IPTC ninjs ``pubstatus``)."""

    USABLE = "usable"
    WITHHELD = "withheld"
    CANCELED = "canceled"


class Stage(StrEnum):
    """How far a developing story is told."""

    #: one line, in capitals on the wire; also called snap
    FLASH = "flash"
    #: a few lines
    URGENT = "urgent"
    FULL = "full"
    #: the day's whole story in one
    WRAP_UP = "wrap-up"


class RevisionClass(StrEnum):
    """What a new text means to those who read the one before."""

    #: it grew or changed
    UPDATE = "update"
    #: spelling, a wrong link, format: the facts stand
    REFILE = "refile"
    #: the facts changed; only ever by an explicit signal
    CORRECTION = "correction"
    #: it is taken back (a kill)
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text of a story, as far as those must know who read the one before."""

    #: 0 as first seen
    number: int
    meaning: RevisionClass
    #: what is said of it in public; may be empty
    note: str
    #: who made it; empty: its source
    who: str
    #: when it was seen or made
    at: datetime


class ChangeKind(StrEnum):
    """What a source's answer means for one story."""

    NEW = "new"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    #: a known story under another name, or in one more category: no text changed
    JOINED = "joined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that belongs to an article."""

    #: absolute http(s) address
    url: str
    #: what the picture shows, for those who cannot see it
    alt: str = ""
    #: who made it or owns it
    credit: str = ""
    #: pixels; None where the source does not say
    width: int | None = None
    height: int | None = None
    #: media type such as ``image/jpeg``; empty where unknown
    mime: str = ""
    #: what its owner allows, in the source's words ("no social use"); empty where the source does not say
    rights: str = ""
    #: why it is left out, in words; empty: it may be shown
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dateline:
    """The opening of a wire story, as the agency wrote it: ``MINSK, 30 November (BelTA) -``."""

    #: "MINSK"
    place: str = ""
    #: "30 November"; text, because a dateline carries no year
    date: str = ""
    #: "BelTA"
    agency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One story as one source told it; all text is plain (no markup), all instants are aware and UTC."""

    #: name of the feed it came from (the key of ``[feeds.NAME]``)
    feed: str
    #: the source's own id of the story; never empty (the address where the source gives none)
    guid: str
    #: canonical absolute address of the story's page
    url: str
    headline: str
    #: the source's own short description, boilerplate and all; empty when there is none
    summary: str = ""
    #: the text without its dateline; paragraphs are parted by one empty line
    body: str = ""
    dateline: Dateline | None = None
    byline: str = ""
    #: None where the source gives no believable instant (never guessed)
    published: datetime | None = None
    updated: datetime | None = None
    #: sections and keywords as the source spells them, without doubles
    categories: tuple[str, ...] = ()
    #: ninjs urgency, 1 (flash) to 9
    urgency: int = ROUTINE
    pubstatus: PubStatus = PubStatus.USABLE
    #: not to be published before this instant
    embargoed: datetime | None = None
    image: Image | None = None
    #: BCP 47 tag such as ``en``; empty where unknown
    language: str = ""
    #: digest of everything a reader can see; set by ``rules.story.identity.fingerprint``
    fingerprint: str = ""
    #: 0 as first seen, then one more for every change of the fingerprint
    revision: int = 0
    #: note of the source to editors (ninjs ``ednote``)
    ednote: str = ""
    #: what was corrected, in the source's words for readers (schema.org ``correction``)
    correction: str = ""
    #: id or address of the story that this one continues (ninjs ``evolvedfrom``); empty for none
    evolved_from: str = ""
    #: addresses of the same story in other languages
    translations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article that the store knows, with its place there."""

    id: int
    article: Article
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What one fetched article means: a new story, a new revision of a known one, a withdrawal, or one more name."""

    kind: ChangeKind
    article: Article
    #: None exactly for a new story
    story_id: int | None = None
    #: what a new revision means; a new story is an update of nothing
    meaning: RevisionClass = RevisionClass.UPDATE
    #: what is said of it in public ("Corrected: ..."); may be empty
    note: str = ""
    #: who made the revision; empty: its source
    who: str = ""
    #: of a new story: the known one that it continues
    take_of: int | None = None
    #: why somebody must look before it leaves; empty: nobody, None: nobody has judged this text
    looks: str | None = None


class Approval(StrEnum):
    """How many people must say yes before a story leaves."""

    NONE = "none"
    ONE = "one"
    #: two, never the same twice
    TWO = "two"


class Silence(StrEnum):
    """What it means when nobody answers."""

    HOLD = "hold"
    SEND = "send"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An editor's rule: which stories go to which channels. Empty conditions accept everything."""

    name: str
    channels: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    #: only stories at least this urgent, i.e. with a ninjs urgency of this number or lower
    urgency: int | None = None
    #: seconds between planning and the earliest sending
    delay: float = 0.0
    #: name of a template in the channel's folder; empty is the channel's own default
    template: str = ""
    #: how long a story is news, from its publication on; zero: for ever
    shelf_life: timedelta = timedelta(0)
    approval: Approval = Approval.NONE
    #: whether a later text of the feed's waits for one person, too
    approval_edits: bool = False
    #: what becomes of a story that nobody approved in time
    silence: Silence = Silence.HOLD
    #: when nobody's answer is an answer; with ``hold`` somebody is reminded then
    silence_after: timedelta = timedelta(hours=1)
    #: how long a story can still be taken back before it leaves
    undo: timedelta = timedelta(0)
    #: levels of lint's rules that differ from their own, by name
    lint: tuple[tuple[str, Level], ...] = ()
