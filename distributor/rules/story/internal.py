"""What looks like a newsroom's internal material: prepared obituaries, tests, notes to editors. In doubt it is not, for
what is held by mistake is news that is late. Must not look at a clock or a store.
"""

from __future__ import annotations

import re

from distributor.model import Article
from distributor.text.marks import MarkKind, OwnMarks, split_marks

#: A headline that is nothing but this is no headline: "Test 123", "This is a test, please ignore".
_EMPTY = re.compile(
    r"(?:this is )?(?:just )?(?:a )?(?:test(?:ing)?|тест)\d{0,6}(?:[ ,.:!-]+(?:test(?:ing)?|тест|story|article|post|"
    r"page|headline|message|only|please|ignore|do not publish|\d{1,6}))*[ .!]*|headline here",
    re.IGNORECASE,
)
#: A place for an age that is not known yet: "age XX", "aged TK", "XX-year-old", "im Alter von XX", "в возрасте ХХ".
_AGE = re.compile(
    r"\b(?:[Aa]ged?|AGED?|[Aa]t the age of) (?:(?:X{2,3}|x{2,3}|TK(?:TK)?|00)\b|\?{2,}|_{2,})"
    r"|\bX{2,3}[- ][Yy]ears?[- ][Oo]ld\b"
    r"|\b(?:im Alter von|à l.âge de|a la edad de|all.età di|na idade de|w wieku|в возрасте|ва ўзросце|у віці) "
    r"(?:X{2,3}|Х{2,3})\b"
)
#: Said in capitals in the text, or anyhow in a note to editors.
_WORDS = (
    r"do not (?:publish|use|post|distribute)|not for (?:publication|release|use|distribution|broadcast)|"
    r"internal use only|for internal use|hold for release|for (?:planning|guidance) only|"
    r"nicht (?:zur )?ver(?:ö|oe)ffentlich(?:en|ung)|ne pas (?:publier|diffuser)|no publicar|no difundir|"
    r"не (?:для публикации|публиковать|для печати)|не (?:для публікацыі|публікаваць)"
)
_NOTE = re.compile(rf"\b(?:{_WORDS})\b", re.IGNORECASE)
#: The same in capitals at the beginning of the text or of a line near it, in brackets or not.
#: "DO NOT USE THE LIFT" is news, and news that hurries.
_SHOUT = re.compile(
    rf"^[\s*#\[(<{{!.-]*(?:{_WORDS.upper()})\b(?=[ \t]*(?:[^\w\s]|$)| (?:BEFORE|UNTIL|TILL|UNLESS|WITHOUT|OR) )",
    re.MULTILINE,
)
_FILLER = re.compile(r"\blorem ipsum dolor sit amet\b", re.IGNORECASE)
#: So far into a text a note to editors is looked for.
_HEAD = 600


def why_internal(article: Article, own: OwnMarks | None = None) -> str:
    """Why a story looks like internal material, in words; empty: it does not. ``own`` are its feed's own marks."""
    marks = [mark.word.upper() for mark in split_marks(article.headline, own).marks if mark.kind is MarkKind.INTERNAL]
    if marks:
        return f"its headline is marked {marks[0]}"
    if _EMPTY.fullmatch(" ".join(article.headline.split())):
        return f'its headline is "{article.headline.strip()}"'
    if note := _NOTE.search(article.ednote):
        return f'its note to editors says "{note[0]}"'
    for name, text in (("headline", article.headline), ("summary", article.summary), ("text", article.body[:_HEAD])):
        if age := _AGE.search(text):
            return f'its {name} says "{age[0]}"'
        if shout := _SHOUT.search(text):
            return f'its {name} says "{shout[0].strip()}"'
        if _FILLER.search(text):
            return f"its {name} is a filler"
    return ""
