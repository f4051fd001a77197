"""Every feature of HTML and CSS that a shipped mail uses, held to what mail programs are known to support."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from distributor.rules.mail.styles import declarations, rules
from distributor.text.tree import Tree

pytestmark = pytest.mark.conformance

MAILS = sorted((Path(__file__).parent.parent / "golden").glob("email-*.html"))
#: what is not supported everywhere, and what a reader has there instead
FALLBACKS = {
    "css-at-media": "the sheet is fluid: it is as wide as the window, and 600 pixels at most, without any condition",
    "css-at-media-prefers-color-scheme": "the light colours are readable, and turned round by the program, too",
    "css-background-color": "the text is dark on whatever ground the program has; a button keeps its words",
    "css-border": "lines between stories are an ornament: their space remains",
    "css-border-radius": "square corners",
    "css-color-scheme": "as without prefers-color-scheme",
    "css-display": "the preheader has no height and is hidden from speech; links of the foot stand in paragraphs",
    "css-display-none": "the preheader has no height; Outlook has mso-hide",
    "css-font-size": "pixels, which all know; the program's own size of headings in their place",
    "css-font-weight": "700, which those that know two weights draw as bold",
    "css-height": "the ruled lines have a border, whose place does not depend on it",
    "css-important": "as without the sheet",
    "css-line-height": "the program's own line, with letters of the same size",
    "css-margin": "paragraphs keep the program's own distance",
    "css-max-height": "the preheader is hidden by display, too",
    "css-max-width": "Outlook has a table of 600 pixels around the sheet",
    "css-overflow": "the preheader is hidden by display, too",
    "css-overflow-wrap": "word-break; where neither is known, a word longer than the column widens it",
    "css-padding": "cells keep their padding; a link without it is as high as its line",
    "css-table-layout": "the columns are one, so its width is the table's",
    "css-text-decoration": "links are underlined by themselves",
    "css-text-decoration-color": "the line has the colour of its words",
    "css-text-decoration-thickness": "the program's own line",
    "css-text-underline-offset": "the program's own line",
    "css-width": "the width stands as an attribute, too",
    "css-word-break": "overflow-wrap; where neither is known, a word longer than the column widens it",
    "html-align": "cells alone have it, and the direction of their text says the same",
    "html-aria-hidden": "the preheader is read aloud before the mail",
    "html-aria-label": "the title says it, too",
    "html-bdi": "names are of one direction with their line in nearly all mails",
    "html-body": "what it says stands in the table within it, too",
    "html-dir": "align says the same, and letters know their own direction",
    "html-doctype": "no measure depends on it",
    "html-height": "the picture's own height",
    "html-lang": "speech uses the program's own language",
    "html-meta-color-scheme": "as without prefers-color-scheme",
    "html-mailto-links": "List-Unsubscribe, which the program itself shows",
    "html-role": "tables of one column are read as paragraphs",
    "html-semantics": "h1 to h3 keep their size and weight by their own style",
    "html-style": "all styles that matter stand in the elements",
    "html-width": "the style says it, too",
}
#: what the data does not tell of, and why it may stand
UNTOLD = {
    "color": "every program has it",
    "-ms-text-size-adjust": "Windows telephones alone read it",
    "-webkit-text-size-adjust": "iOS alone reads it: letters keep the size that we chose",
    "mso-hide": "Outlook alone reads it",
    "supported-color-schemes": "old Apple Mail alone reads it",
}
#: features of elements and attributes by their names in the data, where that is not simply html-NAME
NAMES = {
    **dict.fromkeys(("h1", "h2", "h3"), "html-h1-h6"),
    "td": "html-table",
    "tr": "html-table",
    "tbody": "html-table",
}
#: what every program has, or reads nothing of: too plain for the data
PLAIN = frozenset(("html", "head", "title", "meta", "a", "br", "table"))
ATTRIBUTES = ("align", "aria-hidden", "aria-label", "dir", "height", "lang", "role", "width")


@cache
def features() -> dict[str, dict[str, Any]]:
    folder = os.environ.get("DISTRIBUTOR_CONFORMANCE")
    if not folder:
        pytest.skip("DISTRIBUTOR_CONFORMANCE is not set")
    told = json.loads((Path(folder) / "caniemail" / "caniemail.json").read_text("utf-8"))
    return {feature["slug"]: feature for feature in told["features"]}


def latest(feature: dict[str, Any]) -> Iterator[str]:
    """What each program's latest version does: y, a (in part) or n; what nobody has tested is left out."""
    for platforms in feature["stats"].values():
        for versions in platforms.values():
            word = list(versions.values())[-1][0]
            if word != "u":
                yield word


def said(markup: str) -> Iterator[tuple[str, str]]:
    """All properties with their values: in the elements, and in the sheet."""
    tree = Tree(markup)
    for node in tree.all("[style]"):
        yield from declarations(node.attributes["style"] or "").items()
    for sheet in tree.all("style"):
        for rule in rules(sheet.text()):
            yield from rule.said.items()


def used(markup: str) -> Iterator[str]:
    """The features that a mail uses, by their names in the data; an unknown property by its own."""
    for name, value in said(markup):
        slugs = (f"css-{'-'.join(name.split('-')[:length])}" for length in range(name.count("-") + 1, 0, -1))
        yield next((slug for slug in slugs if slug in features()), name)
        yield from ("css-unit-percent" for _ in re.findall(r"\d%", value))
        yield from ("css-unit-px" for _ in re.findall(r"\dpx", value))
        if name == "display" and value == "none":
            yield "css-display-none"
    tree = Tree(markup)
    for node in tree.all("*"):
        tag = node.tag or ""
        if tag not in PLAIN:
            yield NAMES.get(tag, f"html-{tag}")
        yield from (f"html-{name}" for name in ATTRIBUTES if name in node.attributes)
    yield from ("html-doctype", "html-semantics", "html-mailto-links", "html-meta-color-scheme", "css-important")
    yield from ("css-at-media", "css-at-media-prefers-color-scheme", "css-color-scheme", "html-comments")


@cache
def uses() -> dict[str, set[str]]:
    """By feature: the mails that use it."""
    found: dict[str, set[str]] = {}
    for path in MAILS:
        for slug in used(path.read_text("utf-8")):
            found.setdefault(slug, set()).add(path.stem)
    return found


def test_every_feature_of_a_shipped_mail_is_supported_or_has_something_in_its_place():
    assert MAILS
    weak = {
        slug: mails
        for slug, mails in uses().items()
        if (slug in features() and set(latest(features()[slug])) != {"y"} and slug not in FALLBACKS)
        or (slug not in features() and slug not in UNTOLD)
    }
    assert weak == {}


def test_no_fallback_is_told_for_what_no_mail_uses_or_every_program_supports():
    strong = {slug for slug in uses() if slug in features() and set(latest(features()[slug])) == {"y"}}
    assert set(FALLBACKS) - (set(uses()) - strong) == set()
    assert set(UNTOLD) - set(uses()) == set()


def test_what_most_programs_do_not_know_is_in_no_mail_but_as_an_improvement():
    """Outlook for Windows, Gmail and GMX lack these; without them a mail is not whole."""
    never = {"css-display-flex", "css-display-grid", "css-position", "css-float", "css-variables", "css-at-import"}
    assert never <= set(features())
    assert not never & set(uses())
