"""What a template sees: flat, frozen, pure data made from the model. Must not render anything.

Every text is free of control characters and of the tokens that stand for a reader's own values (see ``mime``), and
every address is http or https, so that no story can put either into a mail.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from distributor.mime import ADDRESS, CONFIRM, DIALS, LEAVE, TOKEN, VIEW
from distributor.model import HAND_OVER, Alert, Dateline, Digest, Image, Issue, Story

#: primary subtags written from right to left (CLDR character order)
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"})
#: C0 controls without tab and line feed, DEL, and C1: XML and HTML forbid them
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SLOT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)\[([A-Za-z0-9_+/-]+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """The newsroom, as ``desk``."""

    #: its name
    name: str
    #: its time zone (IANA)
    zone: str
    #: its language (BCP 47)
    language: str
    #: who is responsible, and where to find them; may have several lines
    imprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """One story, as ``story`` or as a member of ``stories``."""

    #: number of the story in this newsroom's store
    id: int
    #: 0 at first, one more for every correction
    revision: int
    headline: str
    #: what fits the post: the source's own summary or the best sentences, already cut to length; may be empty
    summary: str
    #: first paragraph of the body; the whole summary where there is no body
    lead: str
    #: without its dateline; paragraphs are parted by one empty line (see the filter ``paragraphs``)
    body: str
    #: ``.place``, ``.date``, ``.agency``; empty texts where the story has none
    dateline: Dateline
    byline: str
    categories: tuple[str, ...]
    #: ``#Politics``, as the newsroom's style says; may be empty
    hashtags: tuple[str, ...]
    #: 1 (flash) to 9
    urgency: int
    #: instant or none; show it with the filter ``when``
    published: datetime | None
    #: instant or none
    updated: datetime | None
    #: ``.url``, ``.alt``, ``.credit``, ``.width``, ``.height``, or none
    image: Image | None
    #: where the post leads, with the marker of its delivery; may be empty
    link: str
    #: the story's own address
    url: str
    #: name of the feed it came from
    feed: str
    #: the source's own id of the story
    guid: str
    #: BCP 47; the desk's where the story has none
    language: str
    #: ``ltr`` or ``rtl``
    direction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """The newsletter, as ``digest``."""

    #: its key in the configuration
    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """One dated run of a newsletter, as ``issue``."""

    #: number in this newsroom's store
    id: int
    #: ``2026-11-30T07:00[Europe/Minsk]``
    slot: str
    #: instant of the slot; show it with the filter ``when``
    date: datetime
    #: whether the newsletter had an issue on the same day before: the hour belongs into the subject
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """An alert for the desk, as ``notice``."""

    #: what it is about, such as ``feed:politics``
    key: str
    text: str
    #: what can be done; may be empty
    hint: str
    #: whether this tells that it is over
    over: bool
    #: whether it is the hand-over sheet of a shift, which is no trouble
    sheet: bool
    #: how it ended; may be empty
    recovery: str
    #: instant at which it began
    since: datetime
    #: instant at which it ended, or none
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderView:
    """The reader of a mail, as ``reader``: tokens, which become values when the mail is sent."""

    #: the reader's address
    address: str = ADDRESS
    #: where the reader leaves: a ``mailto:`` or ``https:`` address
    leave: str = LEAVE
    #: where the reader changes what they get, and the mail as a page; empty where nothing public is configured
    dials: str = DIALS
    view: str = VIEW
    #: where the reader says yes to what a letter asks, or takes back what it tells; a letter's alone
    confirm: str = CONFIRM


def story_view(story: Story, *, link: str, summary: str, language: str, hashtags: tuple[str, ...] = ()) -> StoryView:
    """A story for its template; ``language`` is the desk's."""
    article = story.article
    body = text(article.body)
    spoken = article.language or language
    dateline = article.dateline or Dateline()
    return StoryView(
        id=story.id,
        revision=article.revision,
        headline=line(article.headline),
        summary=text(summary),
        lead=body.partition("\n\n")[0] or text(article.summary),
        body=body,
        dateline=Dateline(place=line(dateline.place), date=line(dateline.date), agency=line(dateline.agency)),
        byline=line(article.byline),
        categories=tuple(line(category) for category in article.categories),
        hashtags=hashtags,
        urgency=article.urgency,
        published=article.published,
        updated=article.updated,
        image=_image(article.image),
        link=address(link),
        url=address(article.url),
        feed=article.feed,
        guid=line(article.guid),
        language=spoken,
        direction=direction(article.language, f"{article.headline} {article.body[:200]}", otherwise=language),
    )


def digest_view(digest: Digest) -> DigestView:
    """A digest for its template."""
    return DigestView(name=digest.name, title=line(digest.title))


def issue_view(issue: Issue) -> IssueView:
    """An issue for its template; its date is the slot's local minute, or when it was opened if the slot is none."""
    date = _slot_instant(issue.slot) or issue.opened_at
    return IssueView(id=issue.id, slot=issue.slot, date=date, again=issue.again)


def notice_view(alert: Alert, *, over: bool) -> NoticeView:
    """An alert for its template, as it was raised or as it ended."""
    return NoticeView(
        key=line(alert.key),
        text=line(alert.text),
        hint=text(alert.hint),
        over=over,
        sheet=alert.key.startswith(f"{HAND_OVER}:"),
        recovery=text(alert.recovery) if over else "",
        since=alert.raised_at,
        until=alert.recovered_at if over else None,
    )


def direction(language: str, sample: str, *, otherwise: str = "") -> str:
    """``rtl`` or ``ltr``: by the language, without one by the first strong character (UAX 9 rule P2)."""
    if language:
        subtags = language.replace("_", "-").lower().split("-")
        right = subtags[0] in _RIGHT_TO_LEFT or "arab" in subtags or "hebr" in subtags
        return "rtl" if right else "ltr"
    for char in sample:
        kind = unicodedata.bidirectional(char)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return direction(otherwise, "") if otherwise else "ltr"


def line(value: str) -> str:
    """A text on one line."""
    return " ".join(text(value).split())


def text(value: str) -> str:
    """A text without control characters and tokens, with plain line ends."""
    if not value.isprintable():  # nothing printable is a control character
        value = _CONTROLS.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))
    return TOKEN.sub("", value).strip()


def address(url: str) -> str:
    """The address if it is http or https and one word; otherwise nothing, for it must not be followed."""
    url = TOKEN.sub("", url.strip())
    return url if re.fullmatch(r"https?://[^\s<>\"]+", url, re.IGNORECASE) else ""


def _image(image: Image | None) -> Image | None:
    """A picture with clean texts; none without a usable address, or where it may not be shown."""
    if image is None or image.refused or not address(image.url):
        return None
    return Image(
        url=address(image.url),
        alt=line(image.alt),
        credit=line(image.credit),
        width=image.width,
        height=image.height,
        mime=image.mime,
    )


def _slot_instant(slot: str) -> datetime | None:
    """The instant of a slot; None where it is not one."""
    match = _SLOT.fullmatch(slot)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match[1]).replace(tzinfo=ZoneInfo(match[2]))
    except (ValueError, ZoneInfoNotFoundError):
        return None
