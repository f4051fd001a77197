"""How deep the elements of a document are nested, told in one pass. Must not read it any further.

The libraries that read markup take time that grows with the square of the depth, or stop at Python's own depth; no
document that people made is nested like this, so that it is refused before they see it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

DEEPEST: Final = 2_000
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_XML_TAG: Final = re.compile(r"<(/?)([\w][\w.:-]*)[^<>]*?(/?)>")
#: what is text to XML, whatever it looks like
_TEXT: Final = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
#: elements that hold nothing, and those that end by themselves when the next one begins
_FLAT_WORDS: Final = """
area base br col embed hr img input link meta param source track wbr li p dt dd option optgroup tr td th thead tbody
tfoot colgroup html head body rt rp
"""
_FLAT: Final = frozenset(_FLAT_WORDS.split())


def is_deep_html(markup: str) -> bool:
    """Whether HTML is nested deeper than :data:`DEEPEST`, about; never said of less than it costs to read."""
    open_now: Counter[str] = Counter()
    depth = 0
    for found in _TAG.finditer(markup) if markup.count("<") > DEEPEST else ():
        name = found[2].lower()
        if name in _FLAT:
            continue
        if not found[1]:
            open_now[name] += 1
            depth += 1
        elif open_now[name]:
            open_now[name] -= 1
            depth -= 1
        if depth > DEEPEST:
            return True
    return False


def is_deep_xml(text: str) -> bool:
    """Whether XML is nested deeper than :data:`DEEPEST`; exact where it is well-formed. An end also ends what was
    left open within.
    """
    stack: list[str] = []
    open_now: Counter[str] = Counter()
    for found in _XML_TAG.finditer(_TEXT.sub("", text)) if text.count("<") > DEEPEST else ():
        end, name, is_empty = found.groups()
        if not end and not is_empty:
            stack.append(name)
            open_now[name] += 1
        while end and open_now[name]:
            last = stack.pop()
            open_now[last] -= 1
            end = "" if last == name else end
        if len(stack) > DEEPEST:
            return True
    return False
