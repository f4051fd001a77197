"""What in a text belongs together: a name, a figure and its unit, a quotation. Must not decide how long it may be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from distributor.text.languages import Language, all_months, all_units
from distributor.text.links import urls

#: opening marks and what closes them
_PAIRS = {
    "“": "”",
    "«": "»",
    "„": "“”",
    "‹": "›",
    "(": ")",
    "[": "]",
    "「": "」",
    "『": "』",
    "《": "》",
    "【": "】",
    "（": "）",
}
#: everything that opens or closes
_MARK = re.compile(f"[{re.escape(''.join({*_PAIRS, *''.join(_PAIRS.values()), *'«»‘’“”', chr(34)}))}]")
#: marks that close even where the text forgot to, because only a quotation uses them
_SURE = frozenset("“«„‹「『")
#: quotations and brackets up to this length are never cut open
_SHORT = 60
#: and longer ones keep at least this much of their beginning
_BEGINNING = 16
_TRIM = "\"'“”„‘’«»‹›()[]{}「」『』《》【】（）,;:!?…–—-"
_LOOSE = ",;:"
_NUMERIC = re.compile(r"[+\-−~≈<>]?[$€£₽¥№#]?\d[\d.,:/\-–]*(?:[%‰°]|st|nd|rd|th|[-–]?[^\W\d_]{1,3})?\Z")
_THOUSANDS = re.compile(r"\d{3}(?!\d)")
_BEFORE_NUMBER_WORDS = """
№ # § $ € £ ₽ ¥ usd eur rub byn gbp cny us$ about
"""
_BEFORE_NUMBER = frozenset(_BEFORE_NUMBER_WORDS.split())
_INITIAL = re.compile(r"(?:[^\W\d_]\.[\-]?)+\Z")
_AND_WORDS = """
and or и або і й та und oder et ou y e o i oraz lub
"""
_AND = frozenset(_AND_WORDS.split())
#: more capitalised words in a row than this are a heading or a list, not a name
_LONGEST_NAME = 14
_HAN = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Chinese and Japanese: figures with their units, words in katakana, Latin words, tags
_WHOLE = re.compile(
    r"\d[\d.,:]*[年月日时分秒時亿万億兆千百%％人名个個岁歳米元円次届]*|[\u30a0-\u30ff]+|[A-Za-z0-9.\-]+|[#＃@]\w+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A stretch between white space."""

    start: int
    end: int
    raw: str
    #: without quotation marks and punctuation around it, a full stop at its end kept
    core: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A quotation or bracket: from its opening mark to behind its closing mark."""

    start: int
    end: int
    #: the mark that closes it
    closer: str


def tokens(text: str) -> list[Token]:
    """The stretches between white space, in order."""
    found = re.finditer(r"\S+", text)
    return [Token(start=m.start(), end=m.end(), raw=m[0], core=m[0].strip(_TRIM)) for m in found]


def pairs(text: str) -> list[Pair]:
    """Quotations and brackets in order of their opening; one that never closes counts if its mark is unmistakable."""
    found: list[Pair] = []
    opened: list[tuple[int, str]] = []
    for match in _MARK.finditer(text):
        index, char = match.start(), match[0]
        partner = next((at for at in range(len(opened) - 1, -1, -1) if char in opened[at][1]), None)
        if partner is not None and not _is_inside_word(text, index, char):
            start = opened[partner][0]
            del opened[partner:]
            found.append(Pair(start=start, end=index + 1, closer=char))
        elif closers := _opens(text, index, char):
            opened.append((index, closers))
    found.extend(
        Pair(start=start, end=len(text) + 1, closer=closers[-1]) for start, closers in opened if text[start] in _SURE
    )
    return sorted(found, key=lambda pair: pair.start)


def _is_inside_word(text: str, index: int, char: str) -> bool:
    """A closing apostrophe between letters ("it’s") is none."""
    return char == "’" and text[index + 1 : index + 2].isalnum()


def _opens(text: str, index: int, char: str) -> str:
    """What closes the mark at ``index``, if it opens something."""
    before, after = text[index - 1 : index] if index else "", text[index + 1 : index + 2]
    begins = (not before or before.isspace() or before in "([«„“—–-") and bool(after) and not after.isspace()
    if char == "«" and not before.isspace() and before and after.isspace():
        return ""
    if char == "»" and begins:
        return "«"
    if char in '"”' and begins:
        return char
    if char == "‘" and begins:
        return "’"
    return _PAIRS.get(char, "")


def kept_whole(text: str) -> list[tuple[int, int]]:
    """Short quotations and brackets, and the beginnings of long ones; behind a long one stands who said it."""
    found = []
    for pair in pairs(text):
        if pair.end - pair.start <= _SHORT:
            found.append((pair.start, pair.end))
        else:
            found += [(pair.start, pair.start + _BEGINNING), (pair.end - 1, pair.end + 1)]
    return found


def protected(text: str, language: Language) -> list[tuple[int, int]]:
    """Names, figures and addresses: stretches that no cut may fall inside, their two ends left out."""
    found = list(_glued(tokens(text), language))
    if re.search(f"[{_HAN}]", text):
        found += [match.span() for match in _WHOLE.finditer(text)]
        found += [(link.start, link.end) for link in urls(text)]
    return found


def _glued(everything: Sequence[Token], language: Language) -> Iterator[tuple[int, int]]:
    """Pairs of neighbours that stay together."""
    has_names = not is_title_case(everything, language)
    run = 0
    for index in range(len(everything) - 1):
        first, second = everything[index], everything[index + 1]
        end = second.start + len(second.raw.rstrip(_LOOSE))  # a clause may end with a name
        if _is_figure(everything, index, language) or _is_abbreviated(first, language):
            yield first.start, end
        elif has_names and _is_name(everything, index, language) and run < _LONGEST_NAME:
            run += 1
            yield first.start, end
        else:
            run = 0


def is_title_case(everything: Sequence[Token], language: Language) -> bool:
    """Whether it is a heading with capitals everywhere, in which they do not tell names."""
    words = [token.core for token in everything if token.core[:1].isalpha() and not language.is_small(token.core)]
    capital = sum(word[:1].isupper() for word in words)
    return len(words) >= 5 and capital >= 0.8 * len(words)


def _is_plain_end(token: Token) -> bool:
    """Nothing but the word itself stands at the token's end."""
    return token.raw.endswith(token.core) and bool(token.core)


def _is_figure(everything: Sequence[Token], index: int, language: Language) -> bool:
    """Figures with their units, dates, thousands parted by spaces, numbered things."""
    first, second = everything[index], everything[index + 1]
    if not _is_plain_end(first) and first.raw not in _BEFORE_NUMBER:
        return False
    left, right = first.core.rstrip(".").lower(), second.core.rstrip(".").lower()
    if _NUMERIC.match(first.core):
        is_unit = right in all_units() or right in all_months() or second.raw[:1] in "%‰°"
        return is_unit or bool(_THOUSANDS.match(second.core) and left[-1:].isdigit())
    if _NUMERIC.match(second.core):
        return (
            first.core[:1].isupper()
            or left in all_months()
            or left in language.number
            or first.raw.lower() in _BEFORE_NUMBER
        )
    was_counted = index > 0 and _NUMERIC.match(everything[index - 1].core) is not None
    return was_counted and left in all_units() and right in all_units()


def _is_abbreviated(token: Token, language: Language) -> bool:
    """An abbreviation or initial whose word is still to come."""
    return token.raw.endswith(".") and (token.core[:-1].lower() in language.never or bool(_INITIAL.match(token.core)))


def _is_name(everything: Sequence[Token], index: int, language: Language) -> bool:
    """Capitalised words in a row, small words between them included ("Ursula von der Leyen")."""
    first, second = everything[index], everything[index + 1]
    if second.raw[:1] in '(«“„‘"' or first.raw[-1] not in first.core[-1:] + ",":
        return False
    if first.raw[-1] == ".":
        return False
    if first.raw[-1] == "," or first.core.lower() in _AND:
        return _is_list(everything, index, language)
    if first.core in language.link:
        before = next((t for t in reversed(everything[:index]) if t.core not in language.link), None)
        return (
            before is not None and _is_capital(before, language) and _leads_to_capital(everything, index + 1, language)
        )
    if not _is_capital(first, language):
        return False
    joins = second.core.lower() in _AND and index + 2 < len(everything) and _is_capital(everything[index + 2], language)
    return joins or _leads_to_capital(everything, index + 1, language)


def _is_list(everything: Sequence[Token], index: int, language: Language) -> bool:
    """Names in a row, parted by commas or an "and"."""
    first, second = everything[index], everything[index + 1]
    before = everything[index - 1] if first.raw[-1] != "," and index else first
    return _is_capital(before, language) and _is_capital(second, language)


def _is_capital(token: Token, language: Language) -> bool:
    return token.core[:1].isupper() and not language.is_small(token.core)


def _leads_to_capital(everything: Sequence[Token], index: int, language: Language) -> bool:
    """A capitalised word, at most three small words of names further on."""
    for token in everything[index : index + 4]:
        if token.core not in language.link:
            return _is_capital(token, language)
    return False


def han_boundaries(text: str) -> Iterator[int]:
    """Places between two Chinese or Japanese characters, where a line may break without a space."""
    for match in re.finditer(rf"[{_HAN}](?=[{_HAN}])", text):
        yield match.end()
