"""The sections that a reader has chosen, as they are kept and as they are asked. Must not look at a store."""

from __future__ import annotations

import json
from collections.abc import Sequence

from distributor.model import Article, Digest


def kept(names: Sequence[str]) -> str:
    """How chosen sections are kept: a JSON array, always in one order; none is the empty text."""
    return json.dumps(sorted(set(names)), ensure_ascii=False) if names else ""


def chosen(text: str) -> tuple[str, ...]:
    """The sections that a text keeps: a JSON array, or names parted by commas or lines; none: all of them."""
    if text.startswith("["):
        return tuple(str(name) for name in json.loads(text))
    return tuple(name.strip() for name in text.replace("\n", ",").split(",") if name.strip())


def offered(digest: Digest) -> tuple[str, ...]:
    """The sections that readers may choose from, in the digest's order."""
    return digest.sections or digest.categories


def outside(article: Article, sections: Sequence[str]) -> str:
    """Why a story is of none of the chosen sections, in words; empty when it is of one, or none was chosen."""
    if not sections or not _folded(article.categories).isdisjoint(_folded(sections)):
        return ""
    has = ", ".join(article.categories) or "(none)"
    return f"its section {has} is not among those chosen: {', '.join(sections)}"


def section_of(article: Article, sections: Sequence[str]) -> str:
    """The first of some sections that a story is of; empty: of none."""
    has = _folded(article.categories)
    return next((name for name in sections if name.casefold() in has), "")


def _folded(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}
