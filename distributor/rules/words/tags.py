"""Hashtags: which a story gets by the newsroom's style, written in CamelCase. Must not make one unasked."""

from __future__ import annotations

import re

from distributor.model import Article, Style

_WORD = re.compile(r"[^\W_]+")


def hashtags(article: Article, style: Style) -> tuple[str, ...]:
    """The tags of a story, those of its sections first; each once, and no more than the style allows."""
    sections = {name.casefold(): words for name, words in style.hashtags}
    wanted = [sections[name] for one in article.categories if (name := one.casefold()) in sections]
    wanted += [words for words in style.tags if _says(article.headline, words)]
    found: dict[str, str] = {}
    for tag in filter(None, map(hashtag, wanted)):
        found.setdefault(tag.casefold(), tag)
    return tuple(found.values())[: style.most_tags]


def hashtag(words: str) -> str:
    """``#ForeignPolicy`` of "foreign policy"; capitals inside a word stay, and what holds no letter makes no tag."""
    parts = _WORD.findall(words)
    joined = "".join(part[0].upper() + part[1:] for part in parts)
    return f"#{joined}" if any(char.isalpha() for char in joined) else ""


def _says(headline: str, words: str) -> bool:
    """Whether a headline says these words, as whole words."""
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", headline, re.IGNORECASE) is not None
