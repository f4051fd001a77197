"""What the program itself says to readers, in their language: gettext catalogues, read as they stand.

The English words are the keys; ``ru.po`` and its like stand beside this file. Must not hold a newsroom's own text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from distributor.phrases import Phrase

#: Says a sentence in one language; the values go where the sentence names them: ``%(desk)s``.
Say = Callable[..., str]

ENGLISH = "en"


@cache
def languages() -> tuple[str, ...]:
    """What can be spoken, English first."""
    found = (one.name.removesuffix(".po") for one in files(__name__).iterdir() if one.name.endswith(".po"))
    return (ENGLISH, *sorted(found))


def spoken(*wanted: str) -> str:
    """The first language that can be spoken, of tags (BCP 47) in the order of preference; English where none can."""
    for tag in wanted:
        primary = tag.replace("_", "-").partition("-")[0].lower()
        if primary in languages():
            return primary
    return ENGLISH


def accepted(header: str) -> list[str]:
    """The language tags of an ``Accept-Language`` field, the most wanted first (RFC 9110, section 12.5.4)."""
    found = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            quality = 0.0
        if tag.strip() and quality > 0:
            found.append((-quality, place, tag.strip()))
    return [tag for _, _, tag in sorted(found)]


def speaker(language: str) -> Say:
    """What says sentences in a language, and phrases with their values; one that its catalogue lacks in English."""
    known = _catalogue(language)

    def say(sentence: str, **values: object) -> str:
        if isinstance(sentence, Phrase):
            parts = {name: say(one) if isinstance(one, Phrase) else one for name, one in sentence.values.items()}
            return say(sentence.pattern, **parts)
        said = known.get(sentence) or sentence
        return said % values if values else said

    return say


@cache
def city(zone: str, language: str) -> str:
    """The city that an IANA zone is named after, in a language (CLDR: ``Минск``); the zone's name for none."""
    if "/" not in zone or zone.startswith("Etc/"):
        return zone
    from babel.dates import get_timezone_location

    return get_timezone_location(zone, locale=spoken(language), return_city=True).rpartition("/")[2]


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    if language == ENGLISH or language not in languages():
        return {}
    from babel.messages.pofile import read_po

    with (files(__name__) / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language, abort_invalid=True)
    return {str(one.id): str(one.string) for one in read if one.id and one.string and not one.fuzzy}
