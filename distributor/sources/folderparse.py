"""A Markdown, HTML or text file with front matter to an article. Must not touch the disk.

Front matter is a block between two lines ``---`` (``key: value``, lists in brackets or as lines with a dash: the part
of YAML that people write by hand) or ``+++`` (TOML).
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from distributor.errors import ParseError
from distributor.model import ROUTINE, Image
from distributor.sources import pageparse
from distributor.sources.drafting import Copytaster, Draft
from distributor.sources.parsed import Parsed, Reading
from distributor.sources.sniff import not_a_feed
from distributor.sources.values import whole, word
from distributor.text.links import absolute

#: Endings of the files that are read, and what each holds.
ENDINGS: Final = {".md": "Markdown", ".markdown": "Markdown", ".html": "HTML", ".htm": "HTML", ".txt": "text"}
_FRONT: Final = re.compile(r"\A\s*?(---|\+\+\+)[ \t]*\n(.*?)\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY: Final = re.compile(r"([A-Za-z_][\w-]{0,40})\s*:(?:\s+(.*))?")


def parse_document(body: bytes, url: str, content_type: str, reading: Reading) -> Parsed:
    """The article of a file whose name is the last part of ``url``. Raises ParseError."""
    try:
        whole_text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ParseError(f"{not_a_feed(body, content_type)}, not a text in UTF-8") from None
    name = url.rpartition("/")[2]
    front, rest = split_front(whole_text.replace("\r\n", "\n"))
    kind = ENDINGS.get(f".{name.rpartition('.')[2].lower()}", "Markdown")
    if kind == "HTML" and not front:
        page = pageparse.parse_document(body, _address({}, name, reading) or url, content_type, reading)
        return Parsed(kind="HTML file", articles=page.articles, warnings=page.warnings)
    taster = Copytaster(reading, absolute(_address(front, name, reading), url) or url, word="file")
    article = taster.article(1, _draft(front, rest, kind, name, reading))
    warnings = tuple(one.replace("file 1", "the file") for one in taster.warnings)
    return Parsed(kind=f"{kind} file", articles=() if article is None else (article,), warnings=warnings)


def split_front(text: str) -> tuple[dict[str, Any], str]:
    """The front matter with its names in lower case, and the text behind it. Raises ParseError for what is damaged."""
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    values = _toml(found[2]) if found[1] == "+++" else _plain(found[2])
    return {name.lower().replace("-", "_"): value for name, value in values.items()}, text[found.end() :]


def _toml(block: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(block)
    except (tomllib.TOMLDecodeError, RecursionError):
        raise ParseError("the front matter is not valid TOML") from None


def _plain(block: str) -> Mapping[str, Any]:
    """``key: value`` lines."""
    values: dict[str, Any] = {}
    key = ""
    for line in block.split("\n"):
        if key and (listed := re.match(r"\s*-\s+(.*)", line)):
            before = values[key] if isinstance(values[key], list) else []
            values[key] = [*before, _unquoted(listed[1])]
        elif key and re.match(r"\s+\S", line) and isinstance(values[key], str):
            values[key] = f"{values[key].rstrip('>|')} {line.strip()}".strip()
        elif found := _KEY.match(line):
            key, values[found[1]] = found[1], _value((found[2] or "").strip())
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ParseError(f'the front matter has a line that is no "key: value" ({line.strip()[:40]!r})')
    return values


def _value(text: str) -> Any:
    if text.startswith("[") and text.endswith("]"):
        return [_unquoted(part) for part in text[1:-1].split(",") if part.strip()]
    return _unquoted(text)


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].replace('\\"', '"') if text[0] == '"' else text[1:-1].replace("''", "'")
    return re.sub(r"\s+#.*$", "", text)


def _words(front: Mapping[str, Any], *names: str) -> str:
    """The first of some values as text; TOML has dates of its own."""
    for name in names:
        value = front.get(name)
        if isinstance(value, datetime | date):
            return value.isoformat()
        if told := word(front, name):
            return told.strip()
    return ""


def _list(front: Mapping[str, Any], *names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        value = front.get(name)
        many = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else []
        found += [str(one).strip() for one in many if isinstance(one, str | int)]
    return found


def _address(front: Mapping[str, Any], name: str, reading: Reading) -> str:
    """The story's own address, or the one that the configuration makes of the file's name."""
    if own := _words(front, "url", "link", "permalink", "canonical_url"):
        return own
    stem = name.rpartition(".")[0] or name
    pattern = str(reading.options.get("link") or "")
    return pattern.replace("{slug}", _words(front, "slug") or stem).replace("{id}", _words(front, "id") or stem)


def _draft(front: Mapping[str, Any], rest: str, kind: str, name: str, reading: Reading) -> Draft:
    title, body = _words(front, "headline", "title"), rest
    if kind == "Markdown":
        heading, rest = split_heading(rest)
        title, body = title or heading, from_markdown(rest if not title or heading == title else body)
    elif kind == "text":
        body = from_markdown(html.escape(rest, quote=False), signs=False)
    urgency, image = _words(front, "urgency"), _words(front, "image", "picture")
    return Draft(
        guid=_words(front, "id", "guid") or str(reading.options.get("address") or name),
        url=_address(front, name, reading),
        headline=html.escape(title, quote=False),
        summary=html.escape(_words(front, "summary", "lead", "description"), quote=False),
        body=body,
        byline=_words(front, "byline") or ", ".join(_list(front, "author", "authors")),
        published=(_words(front, "published", "date"),),
        updated=(_words(front, "updated", "modified", "lastmod"),),
        embargoed=_words(front, "embargoed", "embargo"),
        categories=_list(front, "section", "category", "categories", "tags", "keywords"),
        urgency=whole(urgency) or ROUTINE,
        pubstatus="withheld"
        if _words(front, "draft").lower() == "true" or front.get("draft") is True
        else _words(front, "pubstatus"),
        image=Image(url=image, alt=_words(front, "image_alt"), credit=_words(front, "image_credit")) if image else None,
        language=_words(front, "language", "lang"),
        ednote=_words(front, "ednote"),
        correction=_words(front, "correction"),
        evolved_from=_words(front, "evolved_from", "evolvedfrom"),
    )


def split_heading(text: str) -> tuple[str, str]:
    """A heading at the beginning of a Markdown text, as plain text, and what follows it."""
    found = re.match(r"\s*#\s+([^\n]+?)[ #]*(?:\n|\Z)", text)
    return (_inline(found[1]), text[found.end() :]) if found else ("", text)


def from_markdown(text: str, *, signs: bool = True) -> str:
    """Markdown as simple markup: paragraphs and list lines; emphasis, links and code lose their signs."""
    blocks = []
    for block in re.split(r"\n[ \t]*\n+", text):
        if signs and re.fullmatch(r"\s*(?:[-*_]\s*){3,}|\s*```.*", block, re.DOTALL):
            continue
        lines = [
            re.sub(r"^\s{0,3}(?:#{1,6}\s+|>\s?)", "", line) if signs else line for line in block.strip().split("\n")
        ]
        listed = signs and all(re.match(r"\s*(?:[-*+]|\d{1,3}[.)])\s", line) for line in lines)
        told = [_inline(line) if signs else line for line in lines]
        if any(one.strip() for one in told):
            blocks.append(f"<p>{('<br>' if listed else chr(10)).join(told)}</p>")
    return "\n".join(blocks)


def _inline(line: str) -> str:
    line = re.sub(r"!\[[^\]]{0,300}\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)", "", line)
    line = re.sub(r"\[([^\]]{1,500})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,300}\")?\)", r"\1", line)
    line = re.sub(r"(\*\*|__|~~)(?=\S)(.{1,500}?)(?<=\S)\1", r"\2", line)
    line = re.sub(r"(?<![\w*])([*_])(?=\S)([^*_]{1,500}?)(?<=\S)\1(?![\w*])", r"\2", line)
    return re.sub(r"`([^`]{1,500})`", r"\1", line)
