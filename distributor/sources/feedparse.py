"""RSS, RDF and Atom documents to articles. Must not touch the network, and runs in the guarded child process.

feedparser reads the XML, because it alone reads what is not well-formed without damaging headlines and links; what
its values mean for a newsroom is decided here.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.sax import SAXException

import feedparser
from feedparser.namespaces import mediarss

from distributor.errors import ParseError
from distributor.model import ROUTINE, Article, Dateline
from distributor.sources.dates import moment
from distributor.sources.drafting import first_words, language_tag, merged, parted
from distributor.sources.parsed import Parsed, Reading
from distributor.sources.pictures import absolute, picture
from distributor.sources.repair import repair_references
from distributor.sources.sniff import not_a_feed, text_of, unknown
from distributor.text.cleaning import cleaned
from distributor.text.markup import plain
from distributor.text.nesting import DEEPEST, is_deep_xml

#: a mail address with the brackets around it
_MAIL: Final = re.compile(r"[(<]?(?:mailto:)?[^\s()<>@]+@[^\s()<>@]+[)>]?")
#: what feedparser leaves of a mail address before a name in brackets, or alone
_CUT_MAIL: Final = re.compile(r"^[a-z]{1,20}\s*(?:\(|$)")
#: one unreadable character in so many is damage; more is another encoding than the document says
_READABLE: Final = 500
_KINDS: Final = {"rss10": "RSS 1.0 (RDF)", "rss090": "RSS 0.90 (RDF)", "cdf": "CDF", "": "a feed without a version"}


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The articles of a feed, in its order. Raises ParseError, which says what came instead."""
    if instead := not_a_feed(body, content_type):
        raise ParseError(f"{instead}, not a feed")
    if is_deep_xml(text_of(body)):
        raise ParseError(f"the feed is nested more than {DEEPEST} elements deep")
    try:
        document = _read(body, content_type)
        entries = list(document.get("entries", ()))
        if not entries and not document.get("version"):
            raise ParseError(f"{unknown(body)}, not a feed")
        return _Reader(url, reading, document).parsed(entries, body)
    except ParseError:
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise ParseError(f"the feed is damaged beyond reading ({type(error).__name__})") from error


def _read(body: bytes, content_type: str) -> dict[str, Any]:
    """Feedparser's values. The stream keeps it from taking the bytes for a file name or an address."""
    # RFC 3023 made text/xml without a charset ASCII, which nobody meant; RFC 7303 section 3 took it back
    kind = re.sub(r"^text/(?=[\w.+-]*xml)", "application/", content_type.strip().lower())
    found = _values(body, kind)
    if found.get("encoding") in ("windows-1252", "iso-8859-2"):  # feedparser's last resort for what it cannot decode
        text = _as_declared(body, kind)
        if text is not None:
            return _values(text.encode(), "application/xml; charset=utf-8")
    return found


def _values(body: bytes, kind: str) -> dict[str, Any]:
    """Feedparser's own values, without the lookups by which it puts one for another."""
    found = feedparser.parse(
        io.BytesIO(repair_references(body)),
        response_headers={"content-type": kind} if kind else {},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return {key: dict.get(found, key) for key in dict.keys(found)}


def _as_declared(body: bytes, kind: str) -> str | None:
    """The text in the encoding that the document or the server declares; None where that is what was used anyway.

    What cannot be read stands as U+FFFD. Raises ParseError when there is much of it: a guessed encoding would put
    nonsense into headlines.
    """
    declared = re.search(rb"""^[^>]{0,100}encoding=["']([\w.-]+)""", body)
    served = re.search(r"charset=[\"']?([\w.-]+)", kind)
    name = served[1] if served else declared[1].decode("ascii", "replace") if declared else "utf-8"
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        raise ParseError(f"the feed is in an unknown encoding ({name})") from None
    if codec in ("cp1252", "iso8859-2"):
        return None
    text = body.decode(codec, "replace")
    if text.count("\ufffd") > 3 + len(text) // _READABLE:
        raise ParseError(f"the feed is not in the encoding it declares ({name})")
    return text


def _hub(channel: Mapping[str, Any], url: str) -> tuple[str, str]:
    """The hub that a feed names, and the address that it calls its own (WebSub, section 4)."""
    links = [link for link in channel.get("links") or () if isinstance(link, dict)]
    named = {rel: absolute(str(link.get("href") or ""), url) for link in reversed(links) if (rel := link.get("rel"))}
    hub = named.get("hub", "")
    return (hub, named.get("self") or url) if hub else ("", "")


class _Reader:
    """Reads the entries of one document, and writes down what it had to leave out."""

    def __init__(self, url: str, reading: Reading, document: Mapping[str, Any]) -> None:
        """Keep what all entries share."""
        self._url = url
        self._reading = reading
        self._document = document
        self._channel: Mapping[str, Any] = document.get("feed") or {}
        self._warnings: list[str] = []
        self._lists = False

    def parsed(self, entries: list[Any], body: bytes) -> Parsed:
        """The whole document."""
        version = str(self._document.get("version") or "")
        if self._is_broken():
            self._warnings.append("the XML is not well-formed; read as far as it goes")
            if _breaks_off(body) and entries:
                self._warnings.append("the document breaks off inside its last item, which is left out")
                entries = entries[:-1]
        self._lists = _puts_lists_into_one(entries)
        if not entries:
            self._warnings.append("the feed holds no items")
        found = (self._article(number, entry) for number, entry in enumerate(entries, 1))
        articles = tuple(article for article in found if article is not None)
        hub, topic = _hub(self._channel, self._url)
        return Parsed(kind=_kind(version), articles=articles, warnings=tuple(self._warnings), hub=hub, topic=topic)

    def _is_broken(self) -> bool:
        """Whether the XML itself was faulty (feedparser also complains of a wrong media type or charset)."""
        return isinstance(self._document.get("bozo_exception"), SAXException)

    def _article(self, number: int, entry: dict[str, Any]) -> Article | None:
        """One article, or None with a warning."""
        link = _link(entry, self._url)
        if "\ufffd" in _text(entry, "title") + _text(entry, "summary"):
            self._left_out(number, entry, "has unreadable characters")
            return None
        if not link:
            self._left_out(number, entry, "has no link")
            return None
        summary, body, dateline = _texts(entry, self._reading.agencies)
        language = _language(entry, self._channel, self._reading.language)
        headline = plain(_text(entry, "title"), paragraphs=False)
        if not headline:
            if not (summary or body):
                self._left_out(number, entry, "has neither headline nor text")
                return None
            headline = first_words(summary or body, language)
            self._warnings.append(f"item {number} has no headline; its first words stand in")
        published, updated = self._instants(number, entry)
        return Article(
            feed=self._reading.feed,
            guid=_text(entry, "id").strip() or link,
            url=link,
            headline=headline,
            summary=summary,
            body=body,
            dateline=dateline,
            byline=_byline(entry),
            published=published,
            updated=updated,
            categories=_categories(entry, self._reading.category, lists=self._lists),
            urgency=_urgency(entry),
            image=picture(entry, self._url),
            language=language,
            evolved_from=_earlier(entry),
            translations=_translations(entry, self._url, language),
        )

    def _left_out(self, number: int, entry: Mapping[str, Any], reason: str) -> None:
        """Write down why."""
        name = plain(_text(entry, "title"), paragraphs=False)[:60] or _text(entry, "id")[:60]
        self._warnings.append(f"item {number}{f' ({name})' if name else ''} {reason} and is left out")

    def _instants(self, number: int, entry: Mapping[str, Any]) -> tuple[Any, Any]:
        """Published and updated. Outside Atom a lone date is the publication's (Dublin Core's comes as "updated")."""
        published, updated = _text(entry, "published"), _text(entry, "updated")
        if not str(self._document.get("version") or "").startswith("atom"):
            published, updated = published or _text(entry, "created") or updated, updated if published else ""
        zone = self._reading.zone
        for text in (published, updated):
            if text and moment(text, zone) is None:
                self._warnings.append(f"item {number}: the date {text[:40]!r} gives no instant and is not used")
        return moment(published, zone), moment(updated, zone)


def _kind(version: str) -> str:
    """Feedparser's name of a format in words."""
    found = re.fullmatch(r"(rss|atom)(\d)(\d+)", version)
    name = f"{'RSS' if found[1] == 'rss' else 'Atom'} {found[2]}.{found[3]}" if found else version.upper()
    return _KINDS.get(version, name)


def _breaks_off(body: bytes) -> bool:
    """Whether the bytes end inside an item, so that its last words may be cut."""
    opened = [found.start() for found in re.finditer(rb"<(?:\w+:)?(?:item|entry)[\s>]", body)]
    closed = [found.start() for found in re.finditer(rb"</(?:\w+:)?(?:item|entry)\s*>", body)]
    return bool(opened) and (not closed or opened[-1] > closed[-1])


def _text(entry: Mapping[str, Any], key: str) -> str:
    """A value of text; empty where it is absent (feedparser's own lookup would put another date in its place)."""
    value = dict.get(entry, key) if isinstance(entry, dict) else entry.get(key)
    return value if isinstance(value, str) else ""


def _rows(entry: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mappings of a list, whatever a damaged document made of it."""
    value = dict.get(dict(entry), key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _link(entry: Mapping[str, Any], base: str) -> str:
    """The address of the story's page: FeedBurner's original, the alternate link, or whatever link there is."""
    rows = _rows(entry, "links")
    alternates = [row for row in rows if row.get("rel") == "alternate"]
    # the story's other languages stand beside its own page
    alternates = [row for row in alternates if not row.get("hreflang")] or alternates
    pages = [row for row in alternates if "html" in str(row.get("type", "text/html"))] or alternates
    found = [str(row.get("href") or "") for row in pages]
    candidates = (_text(entry, "feedburner_origlink"), *found, _text(entry, "link"))
    return next((link for candidate in candidates if (link := absolute(candidate, base))), "")


def _earlier(entry: Mapping[str, Any]) -> str:
    """The address of the version that an entry follows (RFC 5829, ``predecessor-version``); empty for none."""
    rows = _rows(entry, "links")
    return next((str(row.get("href") or "") for row in rows if row.get("rel") == "predecessor-version"), "")


def _translations(entry: Mapping[str, Any], base: str, language: str) -> tuple[str, ...]:
    """The addresses of the story in other languages than its own (``hreflang`` of alternate links)."""
    rows = [row for row in _rows(entry, "links") if row.get("rel") == "alternate" and row.get("hreflang")]
    others = [row for row in rows if str(row["hreflang"]).lower() != language.lower()]
    found = (absolute(str(row.get("href") or ""), base) for row in others)
    return tuple(dict.fromkeys(link for link in found if link))


def _texts(entry: Mapping[str, Any], agencies: Iterable[str]) -> tuple[str, str, Dateline | None]:
    """Summary, body and dateline."""
    parts = (str(part.get("value") or "") for part in _rows(entry, "content"))
    body = max((plain(cleaned(part)) for part in parts), key=len, default="")
    return parted(plain(cleaned(_text(entry, "summary"))), body, agencies)


def _byline(entry: Mapping[str, Any]) -> str:
    """The names of the authors; a mail address is not a name."""
    rows = _rows(entry, "authors")
    # feedparser cuts a mail address after the fourth letter of its top level: "a@paper.online" leaves "ne" as a name
    raw = (
        [_text(entry, "author")] if len(rows) == 1 else [_CUT_MAIL.sub("", str(row.get("name") or "")) for row in rows]
    )
    names = [plain(_MAIL.sub("", name), paragraphs=False).strip(" ,;") for name in raw]
    bare = [name[1:-1] if name.startswith("(") and name.endswith(")") else name for name in names]
    return ", ".join(dict.fromkeys(name for name in bare if name))


#: The scheme (RSS: domain) of a category that tells a story's urgency (IPTC NewsCodes, "urgency").
URGENCY = "http://cv.iptc.org/newscodes/urgency"


def _categories(entry: Mapping[str, Any], own: str, *, lists: bool) -> tuple[str, ...]:
    """The feed's own category, then those of the item, without doubles."""
    names = _tags(entry)
    if lists:
        names = [part.strip() for name in names for part in name.split(",")]
    return merged(own, names)


def _tags(entry: Mapping[str, Any]) -> list[str]:
    """The categories as they stand, labels before terms."""
    rows = (row for row in _rows(entry, "tags") if not _is_urgency(row))
    return [plain(str(row.get("label") or row.get("term") or ""), paragraphs=False) for row in rows]


def _urgency(entry: Mapping[str, Any]) -> int:
    """1 to 9 where a category of the IPTC's own vocabulary says so; else routine. No section is meant by it."""
    told = (str(row.get("term") or "").strip() for row in _rows(entry, "tags") if _is_urgency(row))
    return next((int(term) for term in told if term in set("123456789")), ROUTINE)


def _is_urgency(row: Mapping[str, Any]) -> bool:
    return str(row.get("scheme") or "").rstrip("/") == URGENCY


def _puts_lists_into_one(entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a feed writes all categories of an item into one element, parted by commas.

    Seen in the whole document: never more than one element, and three or more parts in some.
    """
    found = [_tags(entry) for entry in entries]
    return all(len(tags) <= 1 for tags in found) and any(tags and tags[0].count(",") >= 2 for tags in found)


def _language(entry: Mapping[str, Any], channel: Mapping[str, Any], configured: str) -> str:
    """The tag of the item, else of the feed, else the configured one."""
    detail = dict.get(dict(entry), "title_detail") or {}
    own = str(detail.get("language") or "") if isinstance(detail, Mapping) else ""
    return language_tag(_text(entry, "language"), own, _text(channel, "language"), configured)


def _captions() -> None:
    """Teach feedparser that Media RSS titles, descriptions, credits and copyrights belong to the picture.

    Left alone it takes them for the story's own: a caption became the text of the article.
    """

    def starter(name: str) -> Any:
        return lambda self, _attributes: self.push(f"media_{name}", 0)

    def ender(name: str) -> Any:
        def end(self: Any) -> None:
            value = self.pop(f"media_{name}")
            context = self._get_context()
            pictures = dict.get(context, "media_content") or dict.get(context, "media_thumbnail")
            if value and value.strip():
                (pictures[-1] if pictures else context).setdefault(f"caption_{name}", value)

        return end

    for name in ("title", "description", "credit", "copyright"):
        setattr(mediarss.Namespace, f"_start_media_{name}", starter(name))
        setattr(mediarss.Namespace, f"_end_media_{name}", ender(name))


_captions()
