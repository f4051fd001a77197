"""What keeps some readers from reading a mail, looked for in the mail itself. Must not decide what follows from it.

By the Email Markup Consortium's checks and WCAG 2.2 (level AA); contrast counts three times: in light, in dark, and in
colours that a mail program turned round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from distributor.rules.mail.drawn import Drawn, Look
from distributor.rules.mail.styles import Colour, contrast, inverted, pixels, sides
from distributor.text.tree import Node, UnreadableError, attribute

#: what was found and where, and what would be right
Fault = tuple[str, str]

#: WCAG 2.2, 1.4.3; letters below this many pixels are hard to read on a telephone; a finger needs so many (2.5.5)
LEAST_CONTRAST, LEAST_LETTERS, LEAST_TARGET = 4.5, 16.0, 44.0
#: pictures that nobody sees tell only their sender something
_PIXEL = 3
#: a link's words out of their place must still say where it leads (2.4.9)
_VAGUE_WORDS = """
here|click here|click|link|more|read more|learn more|this|go|this link
здесь|тут|сюда|нажмите здесь|подробнее|далее|ещё|ссылка
тут|сюды|націсніце тут|падрабязней|далей|спасылка
"""
_VAGUE = frozenset(_VAGUE_WORDS.replace("\n", "|").split("|"))
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_HEADING = re.compile(r"h[1-6]")
#: what draws elements in another order than they are read in (1.3.2)
_MOVES = {"position": "static", "float": "none", "order": "0"}
_HIGHER = f"write them {LEAST_LETTERS:g} high at least"
#: longest text that is shown of what was found, and most faults of one sort
_SHOWN, _MOST = 50, 5


@lru_cache(maxsize=8)
def barriers(markup: str) -> tuple[Fault, ...]:
    """What keeps some readers from a mail, by its HTML part."""
    return _found(markup, _BARRIERS)


@lru_cache(maxsize=8)
def hints(markup: str) -> tuple[Fault, ...]:
    """What makes a mail worse for some readers and keeps nobody from it."""
    return _found(markup, _HINTS)


def _found(markup: str, looks: tuple[Callable[[Drawn], Iterator[Fault]], ...]) -> tuple[Fault, ...]:
    try:
        drawn = _drawn(markup)
    except UnreadableError as error:
        return ((f"the mail {error}", "write it with fewer elements in each other"),)
    return tuple(fault for look in looks for fault in _few(look(drawn)))


@lru_cache(maxsize=2)
def _drawn(markup: str) -> Drawn:
    return Drawn(markup)


def _few(faults: Iterator[Fault]) -> Iterator[Fault]:
    """The first of many: what is wrong in one story is mostly wrong in all."""
    for number, fault in enumerate(dict.fromkeys(faults)):
        if number < _MOST:
            yield fault


def _language(mail: Drawn) -> Iterator[Fault]:
    for place, node in (
        ("<html>", mail.tree.first("html")),
        ("the element within <body>", mail.tree.first("body > *")),
    ):
        if not _LANGUAGE.fullmatch(attribute(node, "lang")):
            yield f"{place} says no language", 'write lang="{{ language }}"'
        if attribute(node, "dir") not in ("ltr", "rtl"):
            yield f"{place} says no direction", 'write dir="{{ direction }}"'


def _title(mail: Drawn) -> Iterator[Fault]:
    title = mail.tree.first("head > title")
    if title is None or not title.text(strip=True):
        yield "there is no <title>", "write <title>{{ subject }}</title> into <head>"


def _tables(mail: Drawn) -> Iterator[Fault]:
    for table in mail.tree.all("table"):
        if attribute(table, "role") not in ("presentation", "none") and table.css_first("th") is None:
            yield "a table of the layout says that it is one of data", 'write role="presentation"'


def _pictures(mail: Drawn) -> Iterator[Fault]:
    for picture in mail.tree.all("img"):
        where = _short(attribute(picture, "src").rpartition("/")[2])
        if "alt" not in picture.attributes:
            yield (
                f"the picture {where} has no alt",
                'write alt="{{ story.image.alt }}", or alt="" where it shows nothing',
            )
        said = {name: pixels(attribute(picture, name)) for name in ("width", "height")}
        if any(size and size[0] < _PIXEL for size in said.values()):
            yield f"the picture {where} is a pixel that counts readers", "leave it out"


def _headings(mail: Drawn) -> Iterator[Fault]:
    levels = [int(node.tag[1]) for node in mail.elements if node.tag and _HEADING.fullmatch(node.tag)]
    if levels.count(1) != 1:
        yield f"{levels.count(1)} headings of the first rank", "write one <h1>, that of the mail"
    for before, after in zip([0, *levels], levels, strict=False):
        if after > before + 1:
            yield (
                f"<h{after}> stands under <h{before}>" if before else f"the first heading is <h{after}>",
                "leave no rank out",
            )


def _links(mail: Drawn) -> Iterator[Fault]:
    for link in _anchors(mail):
        look, words = mail.day[link.mem_id], _words(link)
        if not words:
            yield f"a link to {_short(attribute(link, 'href'))} has no words", "say where it leads"
        elif not (look.is_underlined or _is_button(link, mail)):
            yield f"the link {_short(words)} differs from text by its colour alone", "underline it"
        if (height := _height(link, mail, look)) is not None and height < LEAST_TARGET:
            yield f"the link {_short(words)} is {height:g} pixels high", f"give it padding, up to {LEAST_TARGET:g}"


def _letters(mail: Drawn) -> Iterator[Fault]:
    for node in mail.elements:
        look = mail.day[node.mem_id]
        if not look.is_hidden and look.size < LEAST_LETTERS and _own(node):
            yield (
                f"{_short(_own(node))} in letters of {look.size:g} pixels",
                _HIGHER,
            )
    for rule in mail.sheet:
        if any(0 < size < LEAST_LETTERS for size in pixels(rule.said.get("font-size", ""))):
            yield f"{rule.selector} in small letters ({rule.media})", _HIGHER


def _colours(mail: Drawn) -> Iterator[Fault]:
    for node in mail.elements:
        if not (_own(node) or (node.tag == "img" and attribute(node, "alt"))):
            continue
        for palette, ink, paper in _palettes(mail, node):
            if (ratio := contrast(ink, paper)) < LEAST_CONTRAST:
                text = _short(_own(node) or attribute(node, "alt"))
                yield (
                    f"{text} has a contrast of {ratio:.1f} {palette}",
                    f"take colours with {LEAST_CONTRAST:g} at least",
                )


def _palettes(mail: Drawn, node: Node) -> Iterator[tuple[str, Colour, Colour]]:
    day, night = mail.day[node.mem_id], mail.night[node.mem_id]
    if not day.is_hidden:
        yield "in light", day.ink, day.paper
        yield "in dark", night.ink, night.paper
        yield "inverted", inverted(day.ink), inverted(day.paper)


def _order(mail: Drawn) -> Iterator[Fault]:
    for node in mail.elements:
        for name, still in _MOVES.items():
            if (said := mail.said(node).get(name, still)) not in (still, "relative"):
                yield f"<{node.tag}> is drawn elsewhere ({name}: {said})", "let it stand where it is read"


def _foreign(mail: Drawn) -> Iterator[Fault]:
    for node in mail.tree.all("script, form, input, iframe, object, embed, video, audio, link, body style"):
        yield f"<{node.tag}> in a mail", "leave it out: mail programs do, and what depends on it with it"


def _schemes(mail: Drawn) -> Iterator[Fault]:
    for name in ("color-scheme", "supported-color-schemes"):
        if mail.tree.first(f'meta[name="{name}"]') is None:
            yield f"no meta {name}", f'write <meta name="{name}" content="light dark">'
    for node in mail.elements:
        look = mail.day[node.mem_id]
        if _own(node) and {look.ink, look.paper} & {(0, 0, 0), (255, 255, 255)} and not look.is_hidden:
            yield f"{_short(_own(node))} in pure black or on pure white", "take a shade: dark modes handle it better"


def _vague(mail: Drawn) -> Iterator[Fault]:
    leads: dict[str, str] = {}
    for link in _anchors(mail):
        words = _words(link)
        if words.casefold().strip(" .…»>→") in _VAGUE or words.startswith(("http://", "https://")):
            yield f"the link {_short(words)} does not say where it leads", "name what is there"
        if words and leads.setdefault(words, attribute(link, "href")) != attribute(link, "href"):
            yield f"two links {_short(words)} lead to different places", "name them apart"


_BARRIERS = (_language, _title, _tables, _pictures, _headings, _links, _letters, _colours, _order, _foreign)
_HINTS = (_schemes, _vague)


def _anchors(mail: Drawn) -> Iterator[Node]:
    return (node for node in mail.elements if node.tag == "a" and "href" in node.attributes and _is_seen(node, mail))


def _is_seen(node: Node, mail: Drawn) -> bool:
    return not mail.day[node.mem_id].is_hidden


def _is_button(link: Node, mail: Drawn) -> bool:
    """Whether a link has a ground of its own, or a frame."""
    around = mail.day[link.parent.mem_id].paper if link.parent else None
    return mail.day[link.mem_id].paper != around or "border" in mail.said(link)


def _height(link: Node, mail: Drawn, look: Look) -> float | None:
    """How many pixels there are to hit; None for a link within a sentence, which may be as high as its line (2.5.8)."""
    if link.css_first("img") is not None:
        return None
    if look.display == "inline" and link.parent is not None and link.parent.tag in ("p", "li", "bdi", "span"):
        around = _own(link.parent)
        if sum(char.isalnum() for char in around) > 2:
            return None
    above, below = sides(mail.said(link), "padding") if look.display != "inline" else (0.0, 0.0)
    frame = pixels(mail.said(link).get("border", ""))
    return above + below + look.line + 2 * (frame[0] if frame else 0.0)


def _words(link: Node) -> str:
    """What a link says, its pictures' words included."""
    pictures = (attribute(picture, "alt") for picture in link.css("img"))
    return " ".join(" ".join([link.text(), *pictures]).split())


def _own(node: Node) -> str:
    """An element's own words."""
    return " ".join((node.text(deep=False) or "").split())


def _short(text: str) -> str:
    return f"“{text}”" if len(text) <= _SHOWN else f"“{text[:_SHOWN].rstrip()}…”"
