"""Sentences of the program's own that were kept as English text, known again as phrases, so that a page can say them in
its language. Must not change a text that nothing here knows, nor make a sentence anew.

Where reasons and details are made they are plain English, for the ledger, logs and the API read them so. The tables of
``render.patterns`` hold their patterns; ``str(recalled(text)) == text`` for every text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from distributor.phrases import Phrase
from distributor.render.patterns import acts, changes, fates, waits, words
from distributor.render.patterns.kinds import PLAINLY

#: Longest text, and longest part of one, that is looked at; whoever writes more wrote it themselves.
_LONGEST, _LONGEST_PART = 8000, 1200
_BETWEEN = "; "
_NAMED = re.compile(r"%\((\w+)\)s")
#: What stands for a value that is a number, ...
_NUMBERS = frozenset({"count", "most", "of", "number", "sum", "left", "all", "size"})
_NUMBER = r"[0-9][0-9.,:]*"
#: ... for one that is a sentence, and known again itself, ...
_SENTENCES = frozenset({"why", "what"})
_SENTENCE = r".+?"
#: ... for one that is a word of the program's own, ...
_WORDS = frozenset({"hold", "holds", "state", "where", "span", "slot", "face", "class", "act", "meant"})
#: ... for a name out of the operator's file, ...
_NAMES = frozenset({"channel", "route"})
_NAME = r"[^\s:;]+"
#: ... and for any other: no further sentence.
_FORMS = ((_NUMBERS, _NUMBER), (_SENTENCES, _SENTENCE), (_NAMES, _NAME))
_OTHER = r"(?:(?!; )[^\n])+?"
_TABLES = (waits, changes, fates, acts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One sentence as it is known again."""

    pattern: str
    #: what stands before its first value and behind its last: nothing else need be looked at where those are not there
    head: str
    tail: str
    form: re.Pattern[str]


@lru_cache(maxsize=4096)  # pages are asked for again and again, and show the same
def recalled(text: str | None) -> Phrase:
    """The phrase that a text was, with its values; what is not known stays as it is. None is no words."""
    if isinstance(text, Phrase):
        return text
    if not text:
        return Phrase.as_it_is("")
    return _whole(text) or _in_parts(text) or Phrase.as_it_is(text)


def plainly(word: str, matter: str) -> str:
    """A word of the store's own as people say it, by its matter: a kind of event, who acted, through what."""
    return PLAINLY[matter].get(word, word)


def _whole(text: str) -> Phrase | None:
    return None if len(text) > _LONGEST_PART else _of_table(text, "sentences")


def _in_parts(text: str) -> Phrase | None:
    """A text of several sentences, where one of them is known."""
    parts = text.split(_BETWEEN) if len(text) <= _LONGEST else ()
    found = [_whole(one) for one in parts]
    if len(parts) < 2 or not any(found):
        return None
    return Phrase.joined(_BETWEEN, [known or one for known, one in zip(found, parts, strict=True)])


def _of_table(text: str, table: str) -> Phrase | None:
    for one in _table(table):
        if text.startswith(one.head) and text.endswith(one.tail) and (match := one.form.fullmatch(text)):
            return Phrase(one.pattern, **{name: _value(name, said) for name, said in match.groupdict().items()})
    return None


def _value(name: str, text: str) -> str:
    if name in _SENTENCES:
        return recalled(text)
    if name == "holds":  # names of holds, one behind another
        return Phrase.joined(", ", [_of_table(one, "hold") or one for one in text.split(", ")])
    return (_of_table(text, name) if name in _WORDS else None) or text


@cache
def _table(name: str) -> tuple[_Known, ...]:
    found = words.WORDS[name] if name in words.WORDS else [one for table in _TABLES for one in table.SENTENCES]
    return tuple(sorted((_known(one) for one in found), key=_rank))


def _rank(one: _Known) -> int:
    """What stands around a sentence is looked for first, what begins with a value last: it could be anything."""
    if one.head:
        return 1
    return 0 if _NAMED.split(one.pattern)[1] in _SENTENCES else 2


def _known(phrase: Phrase) -> _Known:
    pieces = _NAMED.split(phrase.pattern)
    form = "".join(re.escape(one) if place % 2 == 0 else _group(one) for place, one in enumerate(pieces))
    return _Known(pattern=phrase.pattern, head=pieces[0], tail=pieces[-1], form=re.compile(form, re.DOTALL))


def _group(name: str) -> str:
    return f"(?P<{name}>{next((form for names, form in _FORMS if name in names), _OTHER)})"
