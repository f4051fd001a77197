"""The stories of the newsroom site as values, made from the control plane's JSON. Must not render anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from distributor.sandbox.clock import iso

_WORDS = re.compile(r"[^\W_]+")
#: statuses of a withdrawn story's page
GONE = (404, 410)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A story's picture: an address elsewhere, or the name of a picture that this site draws."""

    url: str = ""
    generated: str = ""
    alt: str = ""
    credit: str = ""

    def address(self, base: str) -> str:
        """Where the picture is."""
        return self.url or f"{base}/img/{self.generated}.png"


@dataclass(frozen=True, kw_only=True)
class Story:
    """One story as it stands now."""

    id: str
    #: the site's running number, part of the address
    number: int
    slug: str
    section: str = "society"
    headline: str
    summary: str = ""
    paragraphs: tuple[str, ...] = ()
    #: ``MINSK, 2 October (BelTA) -``; opens the first paragraph
    dateline: str = ""
    byline: str = ""
    keywords: tuple[str, ...] = ()
    image: Picture | None = None
    language: str = "en"
    published: datetime
    updated: datetime
    urgency: int = 5
    #: neither listed nor readable before this instant
    embargoed: datetime | None = None
    #: 404 or 410 once it is withdrawn, 0 before
    gone: int = 0
    #: one more for every correction
    revision: int = 0

    @property
    def path(self) -> str:
        """``/society/view/some-slug-123-2026/``."""
        return f"/{self.section}/view/{self.slug}-{self.number}-{self.published.year}/"

    def visible(self, now: datetime) -> bool:
        """Whether readers may see it at ``now``."""
        return not self.gone and (self.embargoed is None or self.embargoed <= now)

    def full_paragraphs(self) -> tuple[str, ...]:
        """The text as printed: the dateline opens the first paragraph."""
        if not self.dateline or not self.paragraphs:
            return self.paragraphs
        return (f"{self.dateline} {self.paragraphs[0]}", *self.paragraphs[1:])


def slugify(text: str) -> str:
    """Lower-case ASCII words with hyphens; letters without an ASCII form become their code points."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))
    words = (re.sub(r"[^a-z0-9]", lambda match: f"{ord(match[0]):x}", word) for word in _WORDS.findall(plain))
    return "-".join(words)[:80].strip("-") or "story"


def moment(text: str) -> datetime:
    """An ISO 8601 instant with its offset, in UTC. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return instant.astimezone(UTC)


_GIVEN = {field.name for field in fields(Story)} - {"number", "gone", "revision", "updated"}


def _values(payload: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(payload) - _GIVEN
    if unknown:
        raise ValueError(f"a story has no {sorted(unknown)}")
    values = {key: value for key, value in payload.items() if value is not None}
    for key in ("published", "embargoed"):
        if key in values:
            values[key] = moment(values[key])
    for key in ("paragraphs", "keywords"):
        if key in values:
            values[key] = tuple(str(text) for text in values[key])
    if "image" in values:
        values["image"] = Picture(**values["image"])
    return values


def published(payload: Mapping[str, Any], number: int, now: datetime) -> Story:
    """A new story. Raises ValueError or TypeError for a payload that is none."""
    values = _values(payload)
    if not values.get("headline"):
        raise ValueError("a story needs a headline")
    defaults: dict[str, Any] = {"id": str(number), "slug": slugify(values["headline"]), "published": now}
    values = defaults | values
    return Story(number=number, updated=values["published"], **values)


def corrected(story: Story, payload: Mapping[str, Any], now: datetime) -> Story:
    """The story with what the payload changes; its id and number stay."""
    return replace(story, **{**_values(payload), "id": story.id}, updated=now, revision=story.revision + 1)


def to_json(story: Story) -> dict[str, Any]:
    """Everything about a story, for the journal and for people."""
    values: dict[str, Any] = {field.name: getattr(story, field.name) for field in fields(Story)}
    for key in ("published", "updated", "embargoed"):
        values[key] = None if values[key] is None else iso(values[key])
    values["image"] = None if story.image is None else vars(story.image)
    return values


def from_json(values: Mapping[str, Any]) -> Story:
    """What :func:`to_json` wrote."""
    given = {key: value for key, value in values.items() if key in _GIVEN}
    rest = {key: values[key] for key in ("number", "gone", "revision")}
    return Story(**_values(given), **rest, updated=moment(values["updated"]))
