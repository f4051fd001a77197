"""From what a document says of a story to an article: one place for what all readers share. Must not know a format.

Everything that comes in is the words of strangers: markup is cleaned (``text.cleaning``) before it becomes plain text,
addresses are absolute http(s) ones or nothing, and an instant is one that the document really names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from distributor.model import ROUTINE, Article, Dateline, Image, PubStatus
from distributor.sources.dates import moment
from distributor.sources.parsed import Reading
from distributor.text.cleaning import cleaned
from distributor.text.dateline import split_dateline
from distributor.text.links import absolute
from distributor.text.markup import plain
from distributor.text.sentences import sentences

#: characters; a longer description is the story itself, not a summary of it
LONGEST_SUMMARY: Final = 600
LONGEST_HEADLINE: Final = 200
#: of a headline that its source gives; more is no headline
_MOST_HEADLINE: Final = 1_000
#: categories of one story
_MOST_CATEGORIES: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A story in its document's own words, none of which is checked yet; what it does not say is empty."""

    guid: str = ""
    url: str = ""
    #: markup, or text where it holds none
    headline: str = ""
    summary: str = ""
    body: str = ""
    #: whether ``summary`` and ``body`` are plain text already, in which "<" is no markup
    is_text: bool = False
    byline: str = ""
    #: instants as they stand there, the most trusted first
    published: Sequence[str] = ()
    updated: Sequence[str] = ()
    embargoed: str = ""
    categories: Sequence[str] = ()
    urgency: int = ROUTINE
    pubstatus: str = ""
    image: Image | None = None
    language: str = ""
    ednote: str = ""
    correction: str = ""
    evolved_from: str = ""
    #: addresses in other languages
    translations: Sequence[str] = ()


class Copytaster:
    """Makes articles of drafts, and writes down what it had to leave out or could not believe."""

    def __init__(self, reading: Reading, url: str, *, word: str = "item") -> None:
        """``url`` is what relative links start from; ``word`` is what the document calls one story."""
        self.warnings: list[str] = []
        self._reading = reading
        self._url = url
        self._word = word

    def article(self, number: int, draft: Draft) -> Article | None:
        """One article, or None with a warning."""
        summary, body, dateline = _texts(draft, self._reading.agencies)
        language = language_tag(draft.language, self._reading.language)
        headline = plain(cleaned(draft.headline), paragraphs=False)[:_MOST_HEADLINE].strip()
        link = absolute(draft.url, self._url)
        if reason := _why_not(draft, link, headline, summary or body):
            self.leave_out(number, headline or draft.guid, reason)
            return None
        if not headline:
            headline = first_words(summary or body, language)
            self.warnings.append(f"{self._word} {number} has no headline; its first words stand in")
        return Article(
            feed=self._reading.feed,
            guid=draft.guid.strip() or link,
            url=link,
            headline=headline,
            summary=summary,
            body=body,
            dateline=dateline,
            byline=plain(draft.byline, paragraphs=False),
            published=self._published(number, draft),
            updated=self._instant(number, draft.updated, "is not used"),
            categories=merged(self._reading.category, (plain(one, paragraphs=False) for one in draft.categories)),
            urgency=draft.urgency if 1 <= draft.urgency <= 9 else ROUTINE,
            pubstatus=self._pubstatus(number, draft),
            embargoed=moment(draft.embargoed, self._reading.zone),
            image=self._image(draft.image),
            language=language,
            ednote=plain(draft.ednote),
            correction=plain(draft.correction),
            evolved_from=draft.evolved_from.strip(),
            translations=self._translations(draft, link),
        )

    def leave_out(self, number: int, name: str, reason: str) -> None:
        """Write down why a story is left out."""
        shown = " ".join(name.split())[:60]
        self.warnings.append(f"{self._word} {number}{f' ({shown})' if shown else ''} {reason} and is left out")

    def _published(self, number: int, draft: Draft) -> datetime | None:
        """When it was published; never a guess: without an instant the moment counts at which it is first seen."""
        found = self._instant(number, draft.published, "is not used; the story counts from when it is first seen")
        if found is None and not any(draft.published):
            self.warnings.append(f"{self._word} {number} says no time; it counts from when it is first seen")
        return found

    def _instant(self, number: int, texts: Iterable[str], instead: str) -> datetime | None:
        """The first of some texts that names an instant; if none does, what became of them is written down."""
        told = [text for text in texts if text.strip()]
        found = (moment(text, self._reading.zone) for text in told)
        first = next((each for each in found if each is not None), None)
        if first is None and told:
            self.warnings.append(
                f"{self._word} {number}: the date {told[0].strip()[:40]!r} gives no instant and {instead}"
            )
        return first

    def _pubstatus(self, number: int, draft: Draft) -> PubStatus:
        """As its source says; what is under an embargo that cannot be read is withheld."""
        told = draft.pubstatus.strip().lower().rpartition(":")[2].replace("cancelled", "canceled")
        if told and told not in tuple(PubStatus):
            self.warnings.append(f"{self._word} {number}: the status {told[:40]!r} is not known, so it is withheld")
            return PubStatus.WITHHELD
        if draft.embargoed.strip() and moment(draft.embargoed, self._reading.zone) is None and told != "canceled":
            shown = draft.embargoed.strip()[:40]
            self.warnings.append(f"{self._word} {number}: the embargo {shown!r} gives no instant, so it is withheld")
            return PubStatus.WITHHELD
        return PubStatus(told) if told else PubStatus.USABLE

    def _image(self, image: Image | None) -> Image | None:
        """The picture with an absolute address and plain words."""
        if image is None or not (link := absolute(image.url, self._url)):
            return None
        mime = image.mime.strip().lower()
        return replace(
            image,
            url=link,
            alt=plain(image.alt, paragraphs=False),
            credit=plain(image.credit, paragraphs=False),
            rights=plain(image.rights, paragraphs=False),
            mime=mime if re.fullmatch(r"image/[a-z0-9.+-]+", mime) else "",
        )

    def _translations(self, draft: Draft, link: str) -> tuple[str, ...]:
        found = (absolute(each, self._url) for each in draft.translations)
        return tuple(dict.fromkeys(each for each in found if each and each != link))


def _why_not(draft: Draft, link: str, headline: str, text: str) -> str:
    """Why a draft is no article; empty: it is one."""
    if "\ufffd" in draft.headline + draft.summary:
        return "has unreadable characters"
    if not link:
        return "has no link"
    return "" if headline or text else "has neither headline nor text"


def _texts(draft: Draft, agencies: Iterable[str]) -> tuple[str, str, Dateline | None]:
    """Summary, body and dateline. A description as long as a story is the body where there is no longer one."""
    if draft.is_text:
        summary, body = tidy(draft.summary), tidy(draft.body)
    else:
        summary, body = plain(cleaned(draft.summary)), plain(cleaned(draft.body))
    return parted(summary, body, agencies)


def parted(summary: str, body: str, agencies: Iterable[str]) -> tuple[str, str, Dateline | None]:
    """A story's plain texts with the dateline taken off them."""
    if len(summary) > LONGEST_SUMMARY:
        summary, body = "", max(body, summary, key=len)
    names = tuple(agencies)
    opening, body = split_dateline(body, names)
    other, summary = split_dateline(summary, names)
    return summary, body, opening or other


def tidy(text: str) -> str:
    """Plain text of a stranger: its own paragraphs, nothing invisible."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\r\n", "\n")
    blocks = (f"<p>{block}</p>" for block in re.split(r"\n\s*\n", escaped))
    return plain("".join(blocks).replace("\n", "<br>")) if text.strip() else ""


def first_words(text: str, language: str) -> str:
    """The first sentence, cut at a word's end."""
    first = " ".join((sentences(text, language or "en") or [text])[0].split())
    if len(first) <= LONGEST_HEADLINE:
        return first
    return first[: LONGEST_HEADLINE - 1].rpartition(" ")[0].rstrip(" ,;:-–—") + "…"


def merged(own: str, names: Iterable[str]) -> tuple[str, ...]:
    """A feed's own category, then those of the story, without doubles."""
    kept: dict[str, str] = {}
    for name in (own, *names):
        if name and len(kept) < _MOST_CATEGORIES:
            kept.setdefault(name.casefold(), name)
    return tuple(kept.values())


def language_tag(*told: str) -> str:
    """The first of these that is a language tag; ``en_Us`` is written ``en-US`` (RFC 5646)."""
    for value in told:
        tag = value.strip().replace("_", "-")
        if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", tag):
            first, *rest = tag.split("-")
            return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])
    return ""
