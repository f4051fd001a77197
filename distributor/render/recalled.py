"""Sentences of the program's own that were kept as English text, known again as phrases, so that a page can say them in
its language. Must not change a text that nothing here knows, nor make a sentence anew.

Where reasons and details are made they are plain English, for the ledger, logs and the API read them so. The tables of
``render.patterns`` hold their patterns; ``str(recalled(text)) == text`` for every text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from distributor.render.patterns.forms import NAMED, SENTENCES, Form, in_order
from distributor.render.patterns.instead import INSTEAD
from distributor.render.patterns.kinds import PLAINLY
from distributor.rules.queue.holds import HOLDS

#: Longest text, and longest part of one, that is looked at; whoever writes more wrote it themselves.
_LONGEST, _LONGEST_PART = 3000, 800
_BETWEEN = "; "
#: Values that are words of the program's own.
_WORDS = frozenset({"hold", "span", "slot", "face", "class", "level", "role", "state", "where"})
#: The table of what is wrong with rules, and one fault of a text of them.
_PROBLEMS = "problems"
_FAULT = re.compile(r"(?P<where>[^\s:]+(?::[0-9]+)?): (?:(?P<key>[\w.-]+): )?(?P<what>.+)")
#: What only whoever types commands understands.
_COMMAND = re.compile(r"(?<!\S)(?:--[a-z]|distributor [a-z])")
_TABLES = (waits, changes, fates, acts, mails, alerts, refusals, troubles, lint)


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
    return {str(one): one for table in _TABLES for one in table.SENTENCES if not NAMED.search(one.pattern)}


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
        if (values := one.values(text)) is not None:
            value = _value if table != _PROBLEMS else lambda _, said: _wrong(said)
            return Phrase(one.pattern, **{name: value(name, said) for name, said in values.items()})
    return None


def _value(name: str, text: str) -> str:
    if name in SENTENCES:
        return recalled(text)
    if name == "problem":
        return judged(text)
    if name == "said":
        return _fixed(text)
    if name == "holds":  # names of holds, one behind another
        return Phrase.joined(", ", [_of_table(one, "hold") or one for one in text.split(", ")])
    return (_of_table(text, name) if name in _WORDS else None) or text


@cache
def _table(name: str) -> tuple[Form, ...]:
    known = {**words.WORDS, "heard": acts.HEARD, _PROBLEMS: problems.SENTENCES}
    found = known[name] if name in known else [one for table in _TABLES for one in table.SENTENCES]
    return in_order(Form(one.pattern, is_loose=name == _PROBLEMS) for one in found)
