"""Sentences of the program's own that were kept as English text, known again as phrases, so that a page can say them in
its language. Must not change a text that nothing here knows, nor make a sentence anew.

Where reasons and details are made they are plain English, for the ledger, logs and the API read them so. The tables of
``render.patterns`` hold their patterns; ``str(recalled(text)) == text`` for every text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from distributor.phrases import Phrase
from distributor.render.patterns import (
    acts,
    alerts,
    changes,
    fates,
    lint,
    mails,
    problems,
    refusals,
    troubles,
    waits,
    words,
)
from distributor.render.patterns.instead import INSTEAD
from distributor.render.patterns.kinds import PLAINLY
from distributor.rules.queue.holds import HOLDS

#: Longest text, and longest part of one, that is looked at; whoever writes more wrote it themselves.
_LONGEST, _LONGEST_PART = 3000, 800
_BETWEEN = "; "
_NAMED = re.compile(r"%\((\w+)\)s")
#: Values that are sentences themselves, and those that are words of the program's own.
_SENTENCES = frozenset({"why", "what"})
_WORDS = frozenset({"hold", "span", "slot", "face", "class", "level", "role", "state", "where"})
_PLAIN_WORDS = ("class", "level", "role", "state", "where")
#: What may stand for a value, by its name: a number, a sentence, a name out of the operator's file, what somebody typed
#: in (quoted, or without a blank), an element of a mail, a rule of lint; anything else is no further sentence.
_FORMS: Mapping[str, str] = {
    **dict.fromkeys(("count", "most", "of", "number", "sum", "left", "all", "size"), r"[0-9][0-9.,:]*"),
    **dict.fromkeys((*_SENTENCES, "said", "problem"), r".+?"),
    **dict.fromkeys(("channel", "route"), r"[^\s:;]+"),
    **dict.fromkeys(("text", "until", "url", "address", "found"), r"(?:'[^\n]*?'|“[^\n]*?”|\S+?)"),
    **{name: "|".join(re.escape(one.pattern) for one in words.WORDS[name]) for name in _PLAIN_WORDS},
    "sign": r"\S|[\w-]*[=<].*",
    "tag": r"<[^>\n]+>",
    "rule": r"[a-z]+(?:-[a-z]+)+",
}
_OTHER = r"(?:(?!; )[^\n])+?"
#: The table of what is wrong with rules, and one fault of a text of them.
_PROBLEMS = "problems"
_FAULT = re.compile(r"(?P<where>[^\s:]+(?::[0-9]+)?): (?:(?P<key>[\w.-]+): )?(?P<what>.+)")
#: What only whoever types commands understands.
_COMMAND = re.compile(r"(?<!\S)(?:--[a-z]|distributor [a-z])")
_TABLES = (waits, changes, fates, acts, mails, alerts, refusals, troubles, lint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """One sentence as it is known again."""

    pattern: str
    #: what stands before its first value and behind its last: nothing else need be looked at where those are not there
    head: str
    tail: str
    form: re.Pattern[str]
    is_loose: bool


@lru_cache(maxsize=4096)  # pages are asked for again and again, and show the same
def recalled(text: str | None) -> Phrase:
    """The phrase that a text was, with its values; what is not known stays as it is. None is no words."""
    if isinstance(text, Phrase):
        return text
    if not text:
        return Phrase.as_it_is("")
    return _whole(text) or _in_parts(text) or Phrase.as_it_is(text)


def heard(text: str) -> Phrase:
    """Somebody's own words, which stay theirs; whole sentences, and what the program put behind, are known again."""
    return _of_table(text, "heard") or _fixed(text)


def judged(problem: str) -> Phrase:
    """What was wrong with rules, a line for each fault: its place, its key, what was found, and what would be right."""
    return Phrase.joined("\n", [_judged(line) for line in problem.split("\n")])


def _judged(line: str) -> Phrase:
    match = _FAULT.fullmatch(line)
    if match is None:
        return _wrong(line)
    return Phrase.joined(": ", [*(one for one in (match["where"], match["key"]) if one), _wrong(match["what"])])


def _wrong(text: str) -> Phrase:
    """The sentences of a fault, each as long as one is known: one may have the sign between two within it."""
    parts = text.split(_BETWEEN) if len(text) <= _LONGEST_PART else [text]
    told = ((end, _BETWEEN.join(parts[:end])) for end in range(len(parts), 0, -1))
    known = ((end, _of_table(one, _PROBLEMS) or _of_table(one, "sentences")) for end, one in told)
    end, first = next(((end, one) for end, one in known if one), (1, parts[0]))
    rest = [_wrong(_BETWEEN.join(parts[end:]))] if parts[end:] else []
    return Phrase.joined(_BETWEEN, [first, *rest])


def _fixed(text: str) -> Phrase:
    """A sentence without values, where a text is one."""
    return _fixed_ones().get(text) or Phrase.as_it_is(text)


@cache
def _fixed_ones() -> Mapping[str, Phrase]:
    return {str(one): one for table in _TABLES for one in table.SENTENCES if not _NAMED.search(one.pattern)}


def in_words(hint: str) -> Phrase:
    """A way out as a page tells it: what is a command for whoever types commands is said in words, or left out."""
    parts = [hint] if isinstance(hint, Phrase) else hint.split(_BETWEEN)
    return Phrase.joined(_BETWEEN, [said for one in parts if (said := _in_words(one))])


def _in_words(hint: str) -> Phrase | None:
    name, _, how = hint.partition(": ")
    if name in HOLDS and how == HOLDS[name].released_by:
        return Phrase("%(hold)s: %(who)s", hold=_of_table(name, "hold") or name, who=HOLDS[name].plainly)
    for begins, instead in INSTEAD:
        if hint.startswith(begins):
            return instead
    return None if _COMMAND.search(hint) else recalled(hint)


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
            value = _value if table != _PROBLEMS else lambda _, said: _wrong(said)
            return Phrase(one.pattern, **{name: value(name, said) for name, said in match.groupdict().items()})
    return None


def _value(name: str, text: str) -> str:
    if name in _SENTENCES:
        return recalled(text)
    if name == "problem":
        return judged(text)
    if name == "said":
        return _fixed(text)
    if name == "holds":  # names of holds, one behind another
        return Phrase.joined(", ", [_of_table(one, "hold") or one for one in text.split(", ")])
    return (_of_table(text, name) if name in _WORDS else None) or text


@cache
def _table(name: str) -> tuple[_Known, ...]:
    known = {**words.WORDS, "heard": acts.HEARD, _PROBLEMS: problems.SENTENCES}
    found = known[name] if name in known else [one for table in _TABLES for one in table.SENTENCES]
    return tuple(sorted((_known(one, is_loose=name == _PROBLEMS) for one in found), key=_rank))


def _rank(one: _Known) -> tuple[int, int]:
    """What stands around a sentence is looked for first, what begins with a value last: it could be anything. Of faults
    of rules, whose values are loose, the one that says more itself.
    """
    if one.is_loose:
        return 1, -len("".join(_NAMED.split(one.pattern)[::2]))
    if one.head:
        return 1, 0
    return (0 if _NAMED.split(one.pattern)[1] in _SENTENCES else 2), 0


def _known(phrase: Phrase, *, is_loose: bool) -> _Known:
    pieces = _NAMED.split(phrase.pattern)
    form = "".join(re.escape(one) if place % 2 == 0 else _group(one, is_loose) for place, one in enumerate(pieces))
    return _Known(
        pattern=phrase.pattern, head=pieces[0], tail=pieces[-1], form=re.compile(form, re.DOTALL), is_loose=is_loose
    )


def _group(name: str, is_loose: bool) -> str:
    form = _OTHER if is_loose else _FORMS.get(name, _OTHER)
    return f"(?P<{name}>{form})"
