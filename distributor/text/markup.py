"""HTML fragments of feeds and pages to plain text. Must never raise, whatever a newsroom's system put out.

For text only: nothing here makes a fragment safe to show as HTML.
"""

from __future__ import annotations

import html
import re
import unicodedata
from html.parser import HTMLParser

#: content that is not the story's text
_DROPPED_WORDS = """
script style figcaption aside noscript template svg math iframe object video audio nav button select textarea
"""
_DROPPED = frozenset(_DROPPED_WORDS.split())
#: elements that stand on lines of their own (HTML standard, section 15.3 "flow content")
_BLOCKS_WORDS = """
address article blockquote body center dd details dialog div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6
header hgroup hr html li main menu ol p pre section summary table tbody tfoot thead title tr ul
"""
_BLOCKS = frozenset(_BLOCKS_WORDS.split())
_CELLS = frozenset({"td", "th"})
#: a tag that is still there after decoding: the fragment was escaped twice
_TAG_LEFT = re.compile(
    r"</?(?:p|br|a|b|i|u|em|strong|div|span|img|ul|ol|li|h[1-6]|blockquote|figure|table|tr|td|script|style|font|sup|sub)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY_LEFT = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
#: what the parser of the standard library reads differently from version to version, or not at all
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"<[!?][^<>]*(?:>|\Z)|<[!?]")
_CUT_TAG = re.compile(r"</?[a-zA-Z][^<>]*\Z")
#: invisible characters, marks of embedding (they must be closed, and a cut would leave them open), controls
_JUNK = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u180e\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
#: joiners mean something in scripts that join their letters and between emoji, never behind a Latin or Cyrillic letter
_LOST_JOINERS = re.compile("(?:(?<=[\x00-\u058f])|^)[\u200c\u200d]+")
_DIRECTION_MARKS = re.compile("[\u200e\u200f\u061c]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_SPACES = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{2,}")
_PARAGRAPH, _LINE = "\n\n", "\n"


class _Text(HTMLParser):
    """Collects text; a dropped element swallows everything up to its own end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.dropped = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks and breaks part the text; dropped elements switch it off."""
        del attrs
        if self.dropped:
            self.depth += tag == self.dropped
        elif tag in _DROPPED:
            self.dropped, self.depth = tag, 1
        else:
            self._part(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """``<br/>`` and the like; an empty dropped element has nothing to drop."""
        del attrs
        if not self.dropped:
            self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        """The end of a block parts the text, the end of a dropped element switches it on again."""
        if tag == self.dropped:
            self.depth -= 1
            if not self.depth:
                self.dropped = ""
                self._part(tag)
        elif not self.dropped:
            self._part(tag)

    def handle_data(self, data: str) -> None:
        """Text; its own line ends mean nothing in HTML."""
        if not self.dropped:
            self.parts.append(data.replace("\n", " "))

    def _part(self, tag: str) -> None:
        if tag in _BLOCKS or tag in _DROPPED:
            self.parts.append(_PARAGRAPH)
        elif tag == "br":
            self.parts.append(_LINE)
        elif tag in _CELLS:
            self.parts.append(" ")


def plain(markup: str, *, paragraphs: bool = True) -> str:
    """The text of an HTML fragment: entities decoded (twice where a feed escaped twice), tags gone, spaces folded, NFC.

    Paragraphs are parted by one empty line and line breaks kept; with ``paragraphs=False`` all is one line, as in
    a headline. Captions, scripts and side boxes are left out. Never raises.
    """
    text = _text_of(markup)
    if "<" in text and _TAG_LEFT.search(text):
        text = _text_of(text)
    if "&" in text and _ENTITY_LEFT.search(text):
        text = html.unescape(text)
    return _tidy(text, paragraphs=paragraphs)


def _text_of(markup: str) -> str:
    if "<" not in markup:
        return html.unescape(markup)
    parser = _Text()
    parser.feed(_prepared(markup))
    parser.close()
    return "".join(parser.parts)


def _prepared(markup: str) -> str:
    markup = _CDATA.sub(r"\1", _COMMENT.sub("", markup))
    return _CUT_TAG.sub("", _DECLARATION.sub("", markup))


def _tidy(text: str, *, paragraphs: bool) -> str:
    text = text.replace("\r", "\n")
    text = _JUNK.sub("", text) if text.isascii() else _visible(text)
    if not paragraphs:
        return " ".join(text.split())
    lines = [_SPACES.sub(" ", line).strip() for line in text.splitlines()]
    folded = _EMPTY_LINES.sub(_PARAGRAPH, "\n".join(lines)).strip()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def _visible(text: str) -> str:
    """In NFC, without what a reader cannot see and no script needs."""
    text = _LOST_JOINERS.sub("", _JUNK.sub("", unicodedata.normalize("NFC", text)))
    return text if _RIGHT_TO_LEFT.search(text) else _DIRECTION_MARKS.sub("", text)


class _Images(HTMLParser):
    """Remembers the first picture that a reader would see; one without words has those of its figure."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: tuple[str, str] | None = None
        #: whether what comes stands in the picture's own figure, or in one where it may come yet
        self.in_figure = False
        self.caption: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Only ``img`` counts, and no counting pixel."""
        if tag == "figure":
            self.in_figure = self.found is None
        if tag == "figcaption" and self.in_figure and self.found and not self.found[1]:
            self.caption = []
        if tag != "img" or self.found:
            return
        values = {name: (value or "").strip() for name, value in reversed(attrs)}
        source = next(
            (values[name] for name in ("data-src", "data-original", "src") if _is_source(values.get(name, ""))), ""
        )
        if source and not _is_pixel(values):
            self.found = (source, _tidy(values.get("alt", ""), paragraphs=False))

    def handle_data(self, data: str) -> None:
        """The words of a caption."""
        if self.caption is not None:
            self.caption.append(data)

    def handle_endtag(self, tag: str) -> None:
        """The end of a caption gives the picture its words, the end of a figure leaves it without."""
        if tag == "figcaption" and self.caption is not None and self.found:
            self.found = (self.found[0], _tidy("".join(self.caption), paragraphs=False))
        if tag in ("figcaption", "figure"):
            self.caption, self.in_figure = None, False


def _is_source(value: str) -> bool:
    return bool(value) and not value.lower().startswith(("data:", "javascript:", "blob:", "about:"))


def _is_pixel(values: dict[str, str]) -> bool:
    """Readers are counted with pictures of one pixel."""
    return any(re.fullmatch(r"[01](?:px)?", values.get(side, "")) for side in ("width", "height"))


def images(markup: str) -> tuple[str, str] | None:
    """Address and alternative text of the first picture in a fragment, both as they stand there; None without one.

    A picture without such a text has the caption of its figure.
    Inline data and counting pixels are no pictures. The address may be relative. Never raises.
    """
    for attempt in (markup, html.unescape(markup)):
        if re.search(r"<img\s", attempt, re.IGNORECASE):
            parser = _Images()
            parser.feed(_prepared(attempt))
            parser.close()
            return parser.found
    return None
