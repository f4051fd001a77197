"""A mail as a web page: without what is one reader's own, and with a style that a strict page may allow. Must not add
words of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from distributor.mime import TOKEN
from distributor.text.tree import Tree, attribute, markup_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The parts of a page that a mail becomes."""

    language: str
    direction: str
    title: str
    #: CSS: what stood in the elements, then what stood in the head
    style: str
    #: of the body's own
    ground: str
    #: what stands in the body; HTML
    body: str


def sheet(markup: str) -> Sheet:
    """The page of a mail's HTML part, which our own templates made. Raises UnreadableError.

    What carries the class ``yours`` is a reader's own; a link that led to one of their values goes, too. The styles of
    the elements become rules of one sheet: a page that allows styles in elements allows those of a stranger.
    """
    tree = Tree(TOKEN.sub(r"\1", markup))
    for node in [*tree.all(".yours"), *(one for one in tree.all("a[href]") if TOKEN.search(attribute(one, "href")))]:
        node.decompose()
    rules: dict[str, str] = {}
    for node in tree.all("[style]"):
        said = attribute(node, "style").replace("<", "").replace("}", "")
        name = rules.setdefault(said, f"m{len(rules)}")
        node.attrs["class"] = f"{attribute(node, 'class')} {name}".strip()
        del node.attrs["style"]
    sheets = [one.text() for one in tree.all("style")]
    root, body, title = tree.first("html"), tree.first("body"), tree.first("title")
    return Sheet(
        language=attribute(root, "lang"),
        direction=attribute(root, "dir"),
        title=" ".join(title.text().split()) if title else "",
        style="\n".join([*(f".{name} {{ {said} }}" for said, name in rules.items()), *sheets]),
        ground=attribute(body, "class"),
        body=TOKEN.sub("", markup_of(body)) if body else "",
    )
