"""Where sentences begin and end, in the languages of newsrooms. Must not change a character of the text.

A rule-based splitter: find what may end a sentence, then ask the words on both sides. Where nothing decides, it
does not split: a sentence too long is a smaller fault in a post than half a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distributor.text.languages import Language, language_of

#: full stops that end a sentence with or without a space after them (Chinese, Japanese; full width forms)
_WIDE = "。！？｡"
#: full stops of scripts without capital letters (Devanagari, Urdu, Arabic, Armenian, Ethiopic, Burmese, Khmer, Tibetan)
_OTHER = "।॥۔؟։።፧။၏។៕།"
_WIDE_CLOSING = "\"'”’»)\\]}›」』）》】〉"
_CLOSING = _WIDE_CLOSING + "“"
_STOP = re.compile(
    rf"(?P<wide>[{_WIDE}]+)(?P<wide_close>[{_WIDE_CLOSING}]*)(?P<wide_gap>\s*)"
    rf"|(?<![.!?…{_OTHER}])(?P<stop>[.!?…{_OTHER}]+)(?P<close>(?:[ \u00a0\u202f]»(?=\s|\Z)|[{_CLOSING}])*)(?P<gap>\s+)"
    r"|(?P<paragraph>\n[^\S\n]*\n\s*)"
)
_OPENING = "\"'“‘«„‹(\\[{¿¡「『（《【"
#: what the next sentence may begin with before its first letter or figure
_BEFORE_FIRST = re.compile(rf"(?P<dash>[–—\-]+\s*)?[{_OPENING}\s]*(?P<first>\w)?(?P<rest>[\w’']*)")
_LAST_WORD = re.compile(r"[\w.’'&/\-]+\Z")
_INITIAL = re.compile(r"(?:[^\W\d_]\.[\- ]?)*[^\W\d_]\Z")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}\Z")
_AGENCY = re.compile(r"/[^/\s]+/\Z")
_SPEECH_TAG = re.compile(r"[^，。！？,\s]{0,8}(?:说|表示|称|道|指出|强调|認為|说道|と(?:述べ|語|話|い|言)|と、)")
_NUMBER = re.compile(r"[(]?\d{1,3}\Z")
#: "and so on" in the languages that shorten it; German writes its nouns with capitals, so there it tells nothing
_AND_SO_ON = re.compile(r"\b(?:[иійy] ?(?:т|г)\. ?(?:д|п|пад)|(?:и|і|й) (?:др|інш|ін)|it[dp]|etc)\Z", re.IGNORECASE)
#: "l’art. 5"
_ELIDED = re.compile(r"^[ldnmtsjc]['’]")
#: "Goethestr. 5"
_STREET = re.compile(r"\w{3}str\Z")
#: how a year is marked, and an hour
_YEARS, _HOURS = frozenset(["г", "р", "r", "гг", "рр"]), frozenset(["a.m", "p.m", "am", "pm"])
#: words before a year that say something
_SAID = 3
#: what begins a sentence that first says when
_TIME_WORDS = """
in on at by to from since until before after during в во к ко с со до на по у около перед после ў па за каля перад пасля
з із зі від од після w we do od na po przed około
"""
_TELLS_WHEN = frozenset(_TIME_WORDS.split())
_ROMAN = re.compile(r"[IVXLC]{1,6}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceSpan:
    """Where one sentence stands; offsets count code points, white space around it left out."""

    start: int
    end: int


def sentences(text: str, language: str = "en") -> list[str]:
    """The sentences of ``text`` in order, without the white space between them. ``language`` is a BCP 47 tag.

    Own rules: en, ru, be, uk, de, es, fr, pl; any other language gets the common ones.
    """
    return [text[span.start : span.end] for span in spans(text, language)]


def spans(text: str, language: str = "en") -> list[SentenceSpan]:
    """Where the sentences stand; between two spans, before the first and after the last there is only white space."""
    rules = language_of(language)
    found = []
    start = 0
    for match in _STOP.finditer(text):
        end = _end_of_sentence(text, start, match, rules)
        if end is not None:
            found.append((start, end))
            start = match.end()
    found.append((start, len(text)))
    trimmed = (_trimmed(text, first, last) for first, last in found)
    return [SentenceSpan(start=first, end=last) for first, last in trimmed if first < last]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())


def _end_of_sentence(text: str, start: int, match: re.Match[str], rules: Language) -> int | None:
    """The end of the sentence that began at ``start``, if it ends at this match."""
    if match["paragraph"] is not None:
        return match.start()
    if match["wide"]:
        is_tagged = bool(match["wide_close"]) and _SPEECH_TAG.match(text, match.end())
        return None if is_tagged else match.end("wide_close")
    if match["gap"].count("\n") > 1:
        return match.start("gap")
    return match.start("gap") if _ends(text, start, match, rules) else None


def _ends(text: str, start: int, match: re.Match[str], rules: Language) -> bool:
    """Whether a stop followed by a space ends the sentence."""
    if match["stop"][-1] in _OTHER:
        return True
    following = _BEFORE_FIRST.match(text, match.end())
    assert following is not None  # every part of the pattern may be empty
    first = following["first"] or ""
    if first.islower() or (not first and _goes_on(text, match.end())):
        return False
    if following["dash"] and match["close"]:
        return False  # “...!” – Said so: the speech tag belongs to the quotation
    if match["stop"] != ".":
        return True
    before = text[start : match.start("stop")]
    is_initial = not following["rest"] and text[following.end() : following.end() + 1] == "."
    begins = not is_initial and first.isupper() and (first + following["rest"]).lower() in rules.starters
    return bool(match["close"]) or _ends_after(before, first, begins, rules)


def _goes_on(text: str, position: int) -> bool:
    """Whether what follows cannot begin a sentence: punctuation that belongs to what stands before."""
    return text[position : position + 1] in set(",;:/&+=%–—-»")


def _ends_after(before: str, first: str, begins: bool, rules: Language) -> bool:
    """Whether one full stop ends a sentence: the word before it decides, and whether the word behind begins one."""
    last = _LAST_WORD.search(before)
    word = last[0].lstrip("'’-.") if last else ""
    if last is None or _AGENCY.search(word):
        return last is None
    stem = before[: last.start()].rstrip()
    key = _ELIDED.sub("", word.lower())
    if first.isdigit():
        return not _awaits_figure(key, rules)
    if _AND_SO_ON.search(before):
        return begins or (first.isupper() and rules.capitals)
    if not begins and first.isupper() and rules.capitals and _is_measure(stem, key, rules):
        return _ends_measure(stem, key)
    if key in rules.never or _STREET.search(key):
        return begins and stem[-1:].isdigit()
    if key in rules.sometimes or _DOTTED.match(word) or _is_short_month(key, rules):
        return begins
    if _INITIAL.match(word):
        return bool(stem) and begins and (key in rules.letters or word.islower())
    is_score = before[: last.start()][-1:] in {":", ","}
    if (_NUMBER.match(word) and not is_score) or _ROMAN.match(word):
        return begins if rules.ordinals else bool(stem)
    return True


def _awaits_figure(key: str, rules: Language) -> bool:
    """Whether a figure belongs to the abbreviation before it: "fig. 3", "10 руб. 50 коп."."""
    is_number = key in rules.number | rules.never or _STREET.search(key) is not None
    return is_number or (key in rules.sometimes and key in rules.units) or _is_short_month(key, rules)


def _is_measure(stem: str, key: str, rules: Language) -> bool:
    """Whether an abbreviation is the unit of the figure before it; not an hour's, for "10 a.m. Monday" goes on."""
    is_counted = stem[-1:].isdigit() or (stem.split() or [""])[-1].lower().rstrip(".") in rules.units
    return is_counted and key in ((rules.units | rules.sometimes) - _HOURS) | _YEARS


def _ends_measure(stem: str, key: str) -> bool:
    """Whether a figure with its unit ends a sentence that goes on with a capital: "2 млн руб. Страховка".

    Years also stand before what happened then ("В 2026 г. Минск"), so they end only a sentence that has said
    something, and does not begin with a preposition.
    """
    if key not in _YEARS:
        return True
    words = stem.split()
    return len(words) >= _SAID and words[0].lower() not in _TELLS_WHEN


def _is_short_month(key: str, rules: Language) -> bool:
    """Whether a word is a month's name cut short, so that the full stop is the abbreviation's."""
    return key in rules.months and any(other != key and other.startswith(key) for other in rules.months)
