"""Letters to one reader, as their templates see them. Must not know who the reader is: that is a token still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from distributor.model import Letter
from distributor.render.catalogues import speaker, spoken
from distributor.render.views import line
from distributor.rules.mail.links import expiry

#: what the template of a letter is called, before its kind
PREFIX = "letter-"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """A letter, as ``letter``."""

    #: titles of the newsletters that it is about
    topics: tuple[str, ...]
    #: the new address, where it is about one
    to: str
    #: the instant until which its link holds
    until: datetime


def letter_parts(letter: Letter, titles: Mapping[str, str], desk: str) -> tuple[str, str, dict[str, Any]]:
    """The name of a letter's template, its language, and what it sees beside what all templates see.

    ``titles`` are those of the newsletters by name, ``desk`` is the newsroom's own language.
    """
    language = spoken(letter.language, desk)
    view = LetterView(
        topics=tuple(line(titles.get(topic, topic)) for topic in letter.topics),
        to=line(letter.to),
        until=expiry(letter),
    )
    return f"{PREFIX}{letter.kind.value}", language, {"letter": view, "_": speaker(language)}
