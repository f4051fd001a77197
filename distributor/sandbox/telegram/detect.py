"""Finds what Telegram marks in a text by itself: mentions, hashtags, cashtags, commands, addresses, cards, timestamps.

Follows TDLib's finders; telephone numbers are found by Telegram's servers alone and are therefore not found here.
Must not repair stated entities.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import accumulate

from distributor.sandbox.telegram.entities import Entity, in_order, merge_found, without_overlaps
from distributor.sandbox.telegram.urls import find_urls, is_word, path_end

Span = tuple[int, int]
_MENTION = re.compile(r"@([A-Za-z0-9_]*)")
_COMMAND = re.compile(r"/([A-Za-z0-9_]*)")
_AT_NAME = re.compile(r"@([A-Za-z0-9_]*)")
_TAG_OWNER = re.compile(r"@[A-Za-z0-9_]{3,32}")
_CASHTAG = re.compile(r"\$(1INCH|[A-Z]*)")
_TIMESTAMP = re.compile(r"[0-9:]*:[0-9:]*")
_APP_LINK = re.compile(r"(?i:tonsite|ton|tg)://([A-Za-z0-9_-]{1,253})")
_SHORT_NAMES = frozenset({"gif", "vid", "pic"})
_CARD_RUN = re.compile(r"[0-9 -]+")


def _before(text: str, index: int) -> str:
    return text[index - 1] if index else ""


def _word_at(text: str, index: int, also: str = "") -> bool:
    """Whether a letter, a number, a low line or one of the other characters stands at the index."""
    return 0 <= index < len(text) and (is_word(text[index]) or text[index] in also)


def find_mentions(text: str) -> list[Span]:
    """``@name``: two to 32 characters, of the short ones only the three known names."""
    found: list[Span] = []
    for match in _MENTION.finditer(text):
        name = match[1]
        if _word_at(text, match.start() - 1) or _word_at(text, match.end()) or not 2 <= len(name) <= 32:
            continue
        if len(name) >= 4 or name.lower() in _SHORT_NAMES:
            found.append(match.span())
    return found


def find_bot_commands(text: str) -> list[Span]:
    """``/command`` or ``/command@bot``."""
    found: list[Span] = []
    floor = 0
    while match := _COMMAND.search(text, floor):
        if _word_at(text, match.start() - 1, "/<>"):
            floor = match.start() + 1
            continue
        floor = match.end()
        if not 1 <= len(match[1]) <= 64:
            continue
        if bot := _AT_NAME.match(text, floor):
            floor = bot.end()
            if not 3 <= len(bot[1]) <= 32:
                continue
        if not _word_at(text, floor, "/<>"):
            found.append((match.start(), floor))
    return found


def _is_tag_char(char: str) -> bool:
    """Whether a hashtag may hold the character; Sinhala as a whole, the joiner and the middle dot are allowed."""
    if char in "_\u200c\u00b7" or "\u0d80" <= char <= "\u0dff":
        return True
    return unicodedata.category(char)[0] == "L" or unicodedata.category(char) == "Nd"


def _hashtag_at(text: str, start: int) -> tuple[int, int]:
    """The end of the hashtag and of the run of its characters, for the sign at ``start``."""
    stop = start + 1
    while stop < len(text) and _is_tag_char(text[stop]):
        stop += 1
    return min(stop, start + 257), stop


def find_hashtags(text: str) -> list[Span]:
    """``#tag``: at most 256 characters, at least one letter, no second sign behind it."""
    found: list[Span] = []
    floor = 0
    while (start := text.find("#", floor)) >= 0:
        floor = start + 1
        if start and _is_tag_char(text[start - 1]):
            continue
        end, floor = _hashtag_at(text, start)
        has_letter = any(unicodedata.category(char)[0] == "L" for char in text[start + 1 : end])
        if has_letter and text[floor : floor + 1] != "#":
            owner = _TAG_OWNER.match(text, end)
            found.append((start, owner.end() if owner else end))
    return found


def _cashtag_end(text: str, end: int) -> int:
    """The end with ``@channel`` behind the ticker when that is a whole name."""
    owner = _TAG_OWNER.match(text, end)
    return owner.end() if owner and not _word_at(text, owner.end()) else end


def find_cashtags(text: str) -> list[Span]:
    """``$TICKER`` or ``$TICKER@channel``: one to eight capitals, or 1INCH."""

    def blocks(char: str) -> bool:
        return char != "" and (char == "$" or _is_tag_char(char))

    return [
        (match.start(), _cashtag_end(text, match.end()))
        for match in _CASHTAG.finditer(text)
        if 1 <= len(match[1]) <= 8
        and not blocks(_before(text, match.start()))
        and not blocks(text[match.end() : match.end() + 1])
    ]


def _is_timestamp(parts: list[str]) -> bool:
    if len(parts) not in {2, 3} or len(parts[-1]) != 2 or int(parts[-1]) >= 60:
        return False
    if len(parts) == 2:
        return 1 <= len(parts[0]) <= 4
    return 1 <= len(parts[0]) <= 2 and 1 <= len(parts[1]) <= 2 and int(parts[1]) < 60


def find_media_timestamps(text: str) -> list[Span]:
    """``12:34`` or ``1:02:03``, an instant within a film."""
    found: list[Span] = []
    for match in _TIMESTAMP.finditer(text):
        begin, end = match.span()
        colon = match[0].index(":")
        alone = not _word_at(text, begin - 1) and not _word_at(text, end)
        if colon and match[0][colon + 1 : colon + 2].isdigit() and alone and _is_timestamp(match[0].split(":")):
            found.append((begin, end))
    return found


def _card_sizes(digits: str) -> bool:
    """Whether the number of digits is one the card's issuer uses."""
    size = len(digits)
    two, four = int(digits[:2]), int(digits[:4])
    if digits[0] == "4":
        return size in {13, 16, 18, 19}
    if 51 <= two <= 55 or 2200 <= four <= 2204 or 2221 <= four <= 2720:
        return size == 16
    if two in {34, 37}:
        return size == 15
    return two not in {62, 81} or size >= 16


def _passes_luhn(digits: str) -> bool:
    total = 0
    for index, char in enumerate(reversed(digits)):
        doubled = int(char) * (1 + index % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _card_run(text: str, begin: int) -> tuple[int, str]:
    """Where the run of digits, spaces and hyphens ends, and its digits; sixteen or more in a row end at a space."""
    digits = ""
    index = begin
    while index < len(text) and (text[index] in " -" or "0" <= text[index] <= "9"):
        if text[index] == " " and 16 <= len(digits) <= 19 and len(digits) == index - begin:
            break
        digits += text[index] if text[index] not in " -" else ""
        index += 1
    return index, digits


def _is_card(text: str, begin: int, end: int, digits: str) -> bool:
    if not 13 <= len(digits) <= 19 or end - begin > 2 * len(digits) - 1:
        return False
    following = text[end : end + 1]
    if following and (following in "-_" or unicodedata.category(following)[0] == "L"):
        return False
    return _passes_luhn(digits) and _card_sizes(digits)


def find_bank_cards(text: str) -> list[Span]:
    """Numbers of bank cards: 13 to 19 digits that pass Luhn's check."""
    found: list[Span] = []
    index = 0
    while match := re.compile(r"[0-9]").search(text, index):
        begin = match.start()
        previous = _before(text, begin)
        if previous and (previous in ".,+-_" or unicodedata.category(previous)[0] == "L"):
            run = _CARD_RUN.match(text, begin)
            index = run.end() if run else begin + 1
            continue
        index, digits = _card_run(text, begin)
        end = begin + len(text[begin:index].rstrip(" -"))
        if _is_card(text, begin, end, digits):
            found.append((begin, end))
    return found


def find_app_links(text: str) -> list[Span]:
    """``tg://``, ``ton://`` and ``tonsite://`` links."""
    found: list[Span] = []
    floor = 0
    while match := _APP_LINK.search(text, floor):
        floor = path_end(text, match.end())
        found.append((match.start(), floor))
    return found


_FINDERS: tuple[tuple[str, Callable[[str], list[Span]]], ...] = (
    ("mention", find_mentions),
    ("bot_command", find_bot_commands),
    ("hashtag", find_hashtags),
    ("cashtag", find_cashtags),
    ("bank_card", find_bank_cards),
    ("url", find_app_links),
)


def _as_entities(text: str, spans: Iterable[tuple[str, int, int]]) -> list[Entity]:
    """Code point spans as entities in UTF-16 code units."""
    place = [0, *accumulate(1 + (ord(char) > 0xFFFF) for char in text)]
    return [Entity(type=kind, offset=place[begin], length=place[end] - place[begin]) for kind, begin, end in spans]


def find_entities(text: str, *, bot_commands: bool = True, media_timestamps: bool = False) -> list[Entity]:
    """Everything found in a text, without overlaps, in order."""
    spans = [
        (kind, begin, end)
        for kind, finder in _FINDERS
        if bot_commands or kind != "bot_command"
        for begin, end in finder(text)
    ]
    spans += [(kind, begin, end) for begin, end, kind in find_urls(text)]
    if media_timestamps:
        spans += [("media_timestamp", begin, end) for begin, end in find_media_timestamps(text)]
    return without_overlaps(in_order(_as_entities(text, spans)))


def with_found(text: str, entities: list[Entity]) -> list[Entity]:
    """The stated entities of a bot's text with those found in it."""
    return merge_found(entities, find_entities(text))
