"""The words beside a picture: who made it, where that line stands, whether the words fit. Must not look at a picture
or render anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from distributor.errors import TemplateError
from distributor.model import Credit, Entity, Image, Limits, Message
from distributor.text.measure import utf16_length

#: the words that desks and agencies put beside pictures whose author must be named
_DEMANDS = re.compile(
    r"\b(?:mandatory credit|credit(?: line)? (?:is )?(?:mandatory|required|obligatory)|must (?:be )?credit(?:ed)?"
    r"|credit must|required credit|bildnachweis pflicht|mention obligatoire|crédit obligatoire|crédito obligatorio"
    r"|обязательн\w+ (?:указани\w+|ссылк\w+)|ссылка обязательна)\b",
    re.IGNORECASE,
)
_PARAGRAPH = "\n\n"


def demands_credit(image: Image) -> bool:
    """Whether the words beside a picture ask that its author be named."""
    return any(_DEMANDS.search(text) for text in (image.rights, image.credit, image.alt))


def names_author(image: Image, wish: Credit) -> bool:
    """Whether a post with this picture carries a line that names its author."""
    return bool(image.credit) and (wish is Credit.GIVEN or demands_credit(image))


def may_show(image: Image | None) -> bool:
    """Whether a post may show a picture: nothing keeps it from platforms, and whoever must be named can be."""
    return image is not None and not image.refused and (bool(image.credit) or not demands_credit(image))


def illustrated(
    words: Callable[[Limits], Message], image: Image, line: str, *, limits: Limits, caption: Limits
) -> Message:
    """A post's words with its picture, or without it where they need the room.

    ``words`` are set within limits; ``line`` names the picture's author and may be empty. Words that are at home in a
    longer text are not cut for a picture's sake: where they do not fit beside it, the post has none.
    """
    whole = words(limits)
    if _fits(shown := with_line(replace(whole, image=image), line), caption):
        return shown
    if caption.text != limits.text:
        return whole
    try:
        shown = with_line(replace(words(less(limits, line)), image=image), line)
    except TemplateError:  # an editor's own words, which are never cut
        return whole
    return shown if _fits(shown, caption) else whole


def less(limits: Limits, line: str) -> Limits:
    """The limits of a text that a line will be added to."""
    if not line or limits.text is None:
        return limits
    return replace(limits, text=max(0, limits.text - limits.measure(_PARAGRAPH + line)))


def with_line(message: Message, line: str) -> Message:
    """The message with a paragraph more: before its link where that stands last, else at its end."""
    if not line:
        return message
    head, gap, last = message.text.rpartition(_PARAGRAPH)
    if gap and _is_link(message, utf16_length(head + gap), last):
        place, added = len(head + gap), line + _PARAGRAPH
    else:
        place, added = len(message.text), _PARAGRAPH + line
    at, by = utf16_length(message.text[:place]), utf16_length(added)
    text = message.text[:place] + added + message.text[place:]
    return replace(message, text=text, credit=line, entities=tuple(_moved(one, at, by) for one in message.entities))


def without_picture(message: Message) -> Message:
    """The message as it reads without its picture: the line that names the picture's author goes with it."""
    line = message.credit
    for added in (line + _PARAGRAPH, _PARAGRAPH + line):
        place = message.text.find(added) if line else -1
        if place >= 0:
            at, by = utf16_length(message.text[:place]), -utf16_length(added)
            text = message.text[:place] + message.text[place + len(added) :]
            moved = tuple(_moved(one, at, by) for one in message.entities)
            return replace(message, text=text, credit="", image=None, entities=moved)
    return replace(message, credit="", image=None)


def _is_link(message: Message, at: int, last: str) -> bool:
    """Whether the last paragraph is nothing but the link."""
    behind = any(one.url == message.link and one.offset == at for one in message.entities)
    return bool(message.link) and (last.strip() == message.link or behind)


def _moved(entity: Entity, at: int, by: int) -> Entity:
    return replace(entity, offset=entity.offset + by) if entity.offset >= at else entity


def _fits(message: Message, limits: Limits) -> bool:
    return limits.text is None or limits.measure(message.text) <= limits.text
