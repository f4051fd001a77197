"""ninjs, the IPTC's news in JSON, versions 1.x, 2.x and 3.x, to articles. Must not touch the network.

1.x spells names in lower case and has ``body_text``, ``headline_main`` and objects of renditions; 2.x has lists such as
``bodies`` with a role for each; 3.x is 2.x in camel case. All of them are read here, whatever version they name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from distributor.errors import ParseError
from distributor.model import ROUTINE, Image
from distributor.sources.drafting import Copytaster, Draft
from distributor.sources.parsed import Parsed, Reading
from distributor.sources.values import Row, folded, inner, read_json, rows, whole, word

#: What may hold the stories of a delivery of several, beside a bare list.
_LISTS: Final = ("items", "_items", "articles", "results", "data")
#: Names by which only ninjs is known.
_KNOWN: Final = (
    "pubstatus",
    "versioncreated",
    "headlines",
    "bodies",
    "usageterms",
    "evolvedfrom",
    "representationtype",
)
#: What can be told in words; pictures, videos and events are no stories.
_TYPES: Final = ("", "text", "composite", "component")
#: Roles of texts, the wanted one first.
_HEADLINES: Final = ("main", "headline", "simple", "")
_BODIES: Final = ("html5", "html", "xhtml", "richtext", "richhtml5", "main", "text", "plain", "")
_SUMMARIES: Final = ("summary", "abstract", "lead", "caption", "text", "main", "html", "")
_PICTURES: Final = ("picture", "graphic", "photo", "image")


def is_ours(value: Any) -> bool:
    """Whether a JSON value is ninjs: one story, a list of them, or an object that holds such a list."""
    return any(_is_story(one) for one in _stories(value)[:3])


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The stories of a document, in its order. Raises ParseError."""
    found = read_json(body, content_type, "ninjs")
    stories = _stories(found)
    if stories and not any(_is_story(one) for one in stories):
        raise ParseError("a JSON document of another kind, not a feed of the kind ninjs")
    taster = Copytaster(reading, url, word="story")
    articles = []
    for number, story in enumerate(stories, 1):
        kind = word(story, "type").lower()
        if kind not in _TYPES:
            taster.leave_out(number, _headline(story) or word(story, "uri"), f"is of the type {kind[:20]!r}, no text")
        elif (article := taster.article(number, _draft(story, reading.options))) is not None:
            articles.append(article)
    if not stories:
        taster.warnings.append("the document holds no stories")
    return Parsed(kind=_version(stories), articles=tuple(articles), warnings=tuple(taster.warnings))


def _stories(value: Any) -> Sequence[Row]:
    if isinstance(value, Mapping):
        many = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), value)
    else:
        many = value
    return [folded(one) for one in rows(many)]


def _is_story(story: Row) -> bool:
    named = word(inner(story, "standard"), "name").lower()
    return "ninjs" in named or (bool(word(story, "uri", "guid", "id")) and any(name in story for name in _KNOWN))


def _version(stories: Iterable[Row]) -> str:
    found = (word(inner(story, "standard"), "version") for story in stories)
    version = next((each for each in found if each), "")
    return f"ninjs {version[:8]}".strip()


def _draft(story: Row, options: Mapping[str, Any]) -> Draft:
    summary, _ = _texts(story, "description", _SUMMARIES)
    body, is_text = _texts(story, "body", _BODIES)
    uri = word(story, "uri", "guid", "id")
    return Draft(
        guid=uri,
        url=_address(story, uri, options),
        headline=_headline(story),
        summary=_as_markup(summary, _texts(story, "description", _SUMMARIES)[1]),
        body=_as_markup(body, is_text),
        byline=word(story, "byline", "by") or ", ".join(_bylines(story)),
        published=(word(story, "firstpublished"), word(story, "firstcreated"), word(story, "versioncreated")),
        updated=(word(story, "versioncreated"),),
        embargoed=word(story, "embargoed"),
        categories=_subjects(story),
        urgency=whole(story.get("urgency")) or ROUTINE,
        pubstatus=word(story, "pubstatus"),
        image=_image(story),
        language=word(story, "language"),
        ednote="\n".join(_many(story.get("ednote"))),
        correction=word(story, "correction"),
        evolved_from=word(story, "evolvedfrom"),
    )


def _as_markup(text: str, is_text: bool) -> str:
    """Plain text as markup, so that a "<" in it is one."""
    if not is_text:
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    lines = (line.strip() for line in escaped.splitlines())
    return "".join(f"<p>{line}</p>" for line in lines if line)


def _headline(story: Row) -> str:
    told = _texts(story, "headline", _HEADLINES)[0]
    return told or word(story, "title", "slugline")


def _texts(story: Row, name: str, roles: Sequence[str]) -> tuple[str, bool]:
    """One of a story's texts of a sort, and whether it is plain text: by role, else the first that can be read."""
    plural = {"body": "bodies"}.get(name, f"{name}s")
    found: dict[str, tuple[str, bool]] = {}
    for row in map(folded, rows(story.get(plural))):
        kind = word(row, "contenttype").lower()
        if word(row, "value") and kind in ("", "text/plain", "text/html", "application/xhtml+xml"):
            is_text = kind == "text/plain" or (not kind and "<" not in word(row, "value"))
            found.setdefault(word(row, "role").lower(), (word(row, "value"), is_text))
    for key, value in story.items():
        role = key.removeprefix(name).lstrip("_") if key == name or key.startswith(f"{name}_") else None
        if role is not None and isinstance(value, str) and value.strip():
            found.setdefault(role, (value, role in ("text", "plain") or "<" not in value))
    return next((found[role] for role in roles if role in found), next(iter(found.values()), ("", True)))


def _address(story: Row, uri: str, options: Mapping[str, Any]) -> str:
    """The address of the story's page: its own, what the configuration makes of its id, or its URI."""
    links = [folded(one) for one in [*rows(story.get("links")), *rows(story.get("altids"))]]
    named = [
        word(one, "href", "value") for one in links if word(one, "rel", "role") in ("canonical", "alternate", "web")
    ]
    own = [word(story, "url", "link", "canonical"), *named]
    if isinstance(story.get("altids"), Mapping):  # 1.x
        own += [value for value in story["altids"].values() if isinstance(value, str)]
    found = next((one for one in own if one.startswith(("http://", "https://"))), "")
    if not found and (pattern := str(options.get("link") or "")):
        last = uri.rstrip("/").replace(":", "/").rpartition("/")[2]
        return pattern.replace("{uri}", uri).replace("{id}", last).replace("{slug}", word(story, "slugline"))
    return found or (uri if uri.startswith(("http://", "https://")) else "")


def _bylines(story: Row) -> Sequence[str]:
    """The names of ``bylines`` (some agencies) and of ``people`` who wrote it."""
    names = [word(one, "byline", "name", "value") for one in rows(story.get("bylines"))]
    wrote = [word(one, "name") for one in rows(story.get("people")) if word(one, "rel") in ("author", "creator")]
    return [name for name in dict.fromkeys([*names, *wrote]) if name]


def _subjects(story: Row) -> Sequence[str]:
    found = [*rows(story.get("subject")), *rows(story.get("subjects")), *rows(story.get("service"))]
    keywords = story.get("keywords")
    words = [one for one in keywords if isinstance(one, str)] if isinstance(keywords, list) else []
    return [*(word(one, "name", "literal", "code") for one in found), *words]


def _many(value: Any) -> Iterable[str]:
    """Notes: text, or a list of text or of objects with a value."""
    for one in value if isinstance(value, list) else [value]:
        if told := one if isinstance(one, str) else word(one, "value", "name"):
            yield told


def _named(value: Any) -> Sequence[Row]:
    """What 1.x keeps in an object by name and 2.x in a list."""
    return [folded(one) for one in (rows(list(value.values())) if isinstance(value, Mapping) else rows(value))]


def _image(story: Row) -> Image | None:
    """The first picture that belongs to a story, in its widest form that is no more than a page shows."""
    pictures = [one for one in _named(story.get("associations")) if word(one, "type").lower() in _PICTURES]
    for picture in [*pictures, story]:
        renditions = [one for one in _named(picture.get("renditions")) if _is_picture(one)]
        if not renditions:
            continue
        best = max(renditions, key=lambda one: ((whole(one.get("width")) or 0) <= 2048, whole(one.get("width")) or 0))
        rights = word(picture, "usageterms") or word(picture, "copyrightnotice") or word(story, "usageterms")
        return Image(
            url=word(best, "href"),
            alt=_texts(picture, "description", ("text", "caption", "main", ""))[0] if picture is not story else "",
            credit=word(picture, "creditline", "byline", "by", "copyrightholder") if picture is not story else "",
            width=whole(best.get("width")),
            height=whole(best.get("height")),
            mime=word(best, "contenttype", "mimetype"),
            rights=rights,
        )
    return None


def _is_picture(rendition: Row) -> bool:
    kind = word(rendition, "contenttype", "mimetype").lower()
    return bool(word(rendition, "href")) and (not kind or kind.startswith("image/"))
