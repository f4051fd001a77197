"""Markup of strangers made harmless, by the one library that does it. Must not be the only guard: what is stored is
plain text, and every renderer escapes by its own rules again.
"""

from __future__ import annotations

import html
import re
from typing import Final

import nh3

from distributor.text.markup import plain
from distributor.text.nesting import is_deep_html

#: what carries a story's text and its first picture; everything else goes, its text stays
TAGS_WORDS: Final = """
a abbr address article aside b blockquote body br center cite code dd del details div dl dt em figcaption figure footer
h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark menu nav ol p pre q s section small span strong sub summary sup
table tbody td tfoot th thead time tr u ul
"""
TAGS: Final = frozenset(TAGS_WORDS.split())
#: what goes with all that it holds
GONE: Final = frozenset(
    [
        "script",
        "style",
        "iframe",
        "object",
        "embed",
        "applet",
        "template",
        "svg",
        "math",
        "noscript",
        "noframes",
        "video",
        "audio",
        "button",
        "select",
        "textarea",
    ]
)
_ATTRIBUTES: Final = {"a": {"href"}, "img": {"src", "alt", "width", "height", "data-src", "data-original"}}
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)


def cleaned(markup: str) -> str:
    """The markup without anything that runs, loads or hides; text without markup is left alone.

    nh3 reads as a browser does, so what it lets through is what a browser would see. Of what is nested too deep for
    anybody the words alone stay.
    """
    if "<" not in markup:
        return markup
    bare = _CDATA.sub(r"\1", markup)
    if is_deep_html(bare):
        return html.escape(plain(bare), quote=False)
    return nh3.clean(
        bare,
        tags=set(TAGS),
        clean_content_tags=set(GONE),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel=None,
    )
