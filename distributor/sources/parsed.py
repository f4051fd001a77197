"""What a reader of documents gives back, and its form as JSON between two processes. Must not hold code or pickles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from distributor.model import Article, Dateline, Image, PubStatus
from distributor.text.meta import Link, Meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read one feed's documents."""

    #: the key of ``[feeds.NAME]``
    feed: str = ""
    #: given to every article; empty for none
    category: str = ""
    #: where the document says nothing; a BCP 47 tag
    language: str = ""
    #: names of agencies that datelines may carry
    agencies: tuple[str, ...] = ()
    #: of the site's own clock (IANA), for dates that name no zone; empty: such a date is no instant
    zone: str = ""
    #: what reads the document: a key of ``readers.READERS``, or ``package.module:function``
    kind: str = "feed"
    #: what this kind of reader is told besides, as plain JSON values
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A link to something that may be read next."""

    #: absolute
    url: str
    #: the words of the link; empty where it has none
    text: str = ""
    #: when it last changed, as its document says; None where it says nothing
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A document that leads to others: a page of headlines, or an index of sitemaps."""

    #: for people: ``listing page``, ``sitemap index``, ``sitemap``
    kind: str
    leads: tuple[Lead, ...] = ()
    #: a regular expression that the addresses of the leads fit, where it was found and not given
    pattern: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A document that was read."""

    #: for people: ``RSS 2.0``, ``Atom 1.0``, ...
    kind: str
    articles: tuple[Article, ...] = ()
    #: what was left out or looked wrong, one plain line each
    warnings: tuple[str, ...] = ()
    #: the hub that tells of its news (WebSub), and the address under which it knows the document; empty: none
    hub: str = ""
    topic: str = ""


def to_json(parsed: Parsed) -> dict[str, Any]:
    """The document as plain JSON values; instants are ISO 8601."""
    return {
        "kind": parsed.kind,
        "articles": [
            {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(article).items()}
            for article in parsed.articles
        ],
        "warnings": list(parsed.warnings),
        "hub": parsed.hub,
        "topic": parsed.topic,
    }


def from_json(values: Mapping[str, Any]) -> Parsed:
    """The document from JSON. Raises KeyError, TypeError, ValueError for anything else than :func:`to_json` gives."""
    return Parsed(
        kind=str(values["kind"]),
        articles=tuple(_article(each) for each in values["articles"]),
        warnings=tuple(str(each) for each in values["warnings"]),
        hub=str(values["hub"]),
        topic=str(values["topic"]),
    )


def listing_from_json(values: Mapping[str, Any]) -> Listing:
    """A listing from JSON, as :func:`listing_to_json` gives it."""
    leads = (
        Lead(url=url, text=text, changed=datetime.fromisoformat(changed) if changed else None)
        for url, text, changed in values["leads"]
    )
    return Listing(kind=str(values["kind"]), leads=tuple(leads), pattern=str(values["pattern"]))


def listing_to_json(listing: Listing) -> dict[str, Any]:
    """A listing as plain JSON values."""
    leads = [(lead.url, lead.text, lead.changed.isoformat() if lead.changed else "") for lead in listing.leads]
    return {"kind": listing.kind, "leads": leads, "pattern": listing.pattern}


def reading_from_json(values: Mapping[str, Any]) -> Reading:
    """How to read, from JSON (``dataclasses.asdict`` gives it)."""
    return Reading(**{**values, "agencies": tuple(values.get("agencies", ()))})


def meta_from_json(values: Mapping[str, Any]) -> Meta:
    """What a page says of itself, from JSON (``dataclasses.asdict`` gives it)."""
    links = tuple(Link(**{**each, "rel": tuple(each["rel"])}) for each in values["links"])
    names = {name: tuple(found) for name, found in values["values"].items()}
    return Meta(**{**values, "links": links, "values": names, "linked": tuple(values["linked"])})


def _article(values: Mapping[str, Any]) -> Article:
    """One article."""
    known = {field.name for field in fields(Article)}
    given = {name: value for name, value in values.items() if name in known}
    for name in ("published", "updated", "embargoed"):
        given[name] = datetime.fromisoformat(given[name]) if given[name] else None
    for name in ("categories", "translations"):
        given[name] = tuple(given.get(name, ()))
    given["pubstatus"] = PubStatus(given["pubstatus"])
    given["image"] = Image(**given["image"]) if given["image"] else None
    given["dateline"] = Dateline(**given["dateline"]) if given["dateline"] else None
    return Article(**given)
