"""One rule of the editors' file changed, added or taken out, in its text. Judges no value, and writes no file.

Whatever is not changed stays as it is, byte for byte, comments too.

A key is written only where its value is another than the one that counts now. One that goes back to what counts without
it stays, written out, where somebody had it; it goes where it was only added (the last of its rule, without a comment).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, TypeAlias

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AbstractTable, Array, Item, String, StringType

from distributor.config.fields import meaning
from distributor.config.scanner import key_lines
from distributor.config.syntax import told
from distributor.phrases import Phrase

#: Where a rule stands: ``("routes", "all")``, or ``("style",)``, of which there is one.
Path: TypeAlias = Sequence[str]
#: A key that marks for a moment where a rule ends.
_MARK = "the-end-of-it"


class NotByFields(ValueError):
    """The text is written in a way that fields cannot change; by hand it can be."""


def amended(text: str, path: Path, values: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """The text with these values of a rule; ``usual`` are those that count where a key is not there, as is None.

    Raises NotByFields.
    """
    found = standing(text, path)
    wanted = {key: usual.get(key) if value is None else value for key, value in values.items()}
    changed = {
        key: value
        for key, value in wanted.items()
        if meaning(path[0], key, (found or {}).get(key, usual.get(key))) != meaning(path[0], key, value)
    }
    if found is None and changed:
        text = _with_head(text, path)
    # what goes back goes from the end on: each of several that were added is the last one then
    back = [key for key in reversed([*(found or ())]) if key in changed and _is_usual(path, key, changed[key], usual)]
    for key in dict.fromkeys([*back, *changed]):
        text = _changed(text, path, key, changed[key], usual)
    is_bare = changed and not standing(text, path) and text.endswith(f"{_head(path)}\n")
    return removed(text, path) if is_bare else text


def standing(text: str, path: Path) -> dict[str, Any] | None:
    """What the text says of a rule; None: it has none of this name. Raises NotByFields."""
    found: Any = _read(text)
    for key in path:
        found = found.get(key) if isinstance(found, dict) else found
    if found is not None and not isinstance(found, dict):
        raise NotByFields(Phrase("%(name)s is no table", name=".".join(path)))
    return found


def added(text: str, path: Path, values: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """The text with another rule at its end. Raises NotByFields."""
    return amended(_with_head(text, path), path, values, usual)


def removed(text: str, path: Path) -> str:
    """The text without a rule; comments above it stay. Raises NotByFields."""
    expected = _read(text)
    del _above(expected, path)[path[-1]]
    lines, marked = text.splitlines(keepends=True), _set(text, path, _MARK, 1)
    places = key_lines(marked)
    first, last = places[tuple(path)] - 1, places[*path, _MARK] - 1
    before, after = lines[:first], lines[last:]
    if before and not before[-1].strip() and (not after or not after[0].strip()):
        before.pop()
    found = "".join([*before, *after])
    # [table] itself may stand there for this rule alone
    return _proved(found, expected, {key: value for key, value in expected.items() if value != {}})


def _changed(text: str, path: Path, key: str, value: Any, usual: Mapping[str, Any]) -> str:
    is_usual = _is_usual(path, key, value, usual)
    if value is None or (is_usual and _was_added(text, path, key)):
        return _set(text, path, key, None)
    return _set(text, path, key, value)


def _is_usual(path: Path, key: str, value: Any, usual: Mapping[str, Any]) -> bool:
    return bool(meaning(path[0], key, value) == meaning(path[0], key, usual.get(key)))


def _set(text: str, path: Path, key: str, value: Any) -> str:
    """The text with one key as it shall be; None: without it."""
    expected = _read(text)
    rule = _above(expected, path)[path[-1]]
    if value is None:
        rule.pop(key, None)
    else:
        rule[key] = value
    try:
        document = tomlkit.parse(text)
        _put(_rule(document, path), key, value)
        return _proved(document.as_string(), expected)
    except TOMLKitError as error:
        raise NotByFields(Phrase.as_it_is(str(error))) from error


def _put(rule: AbstractTable, key: str, value: Any) -> None:
    if value is None:
        rule.pop(key, None)
    elif key in rule:
        _replace(rule, key, value)
    else:
        _append(rule, key, value)


def _replace(rule: AbstractTable, key: str, value: Any) -> None:
    old = rule[key]
    if isinstance(old, Array) and isinstance(value, list):
        if "\n" in old.as_string():
            _edit(old, value)
        else:
            rule[key] = tomlkit.parse(f"a = {_styled(old, value)}")["a"]
    else:
        rule[key] = _like(old, value)


def _append(rule: AbstractTable, key: str, value: Any) -> None:
    """Behind the last key, and before the blank lines and comments that lead to what comes next."""
    body, tail = rule.value.body, []
    while body and body[-1][0] is None:
        tail.append(body.pop())
    rule.append(key, tomlkit.item(value))
    body.extend(reversed(tail))


def _edit(array: Array, values: Sequence[Any]) -> None:
    """A list over several lines, member by member: the others keep their lines and comments."""
    old, like = [*array.unwrap()], array[0] if array else None
    for tag, begin, end, first, last in reversed(SequenceMatcher(None, old, values, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        both = min(end - begin, last - first)
        for index in range(both):
            array[begin + index] = _like(array[begin + index], values[first + index])
        for index in range(end - 1, begin + both - 1, -1):
            del array[index]
        for offset, value in enumerate(values[first + both : last]):
            array.insert(begin + both + offset, _like(like, value))


def _styled(array: Array, values: Sequence[Any]) -> str:
    """A list on one line, with the spaces and quotes that it has."""
    members = [one.as_string() for one in array if isinstance(one, Item)]
    text = array.as_string()
    lead = re.match(r"\[\s*", text)
    tail = re.search(r",?\s*\]\Z", text) if members else re.search(r"\]\Z", text)
    assert lead is not None
    assert tail is not None
    parting = re.match(r"\s*,\s*", text[lead.end() + len(members[0]) :]) if len(members) > 1 else None
    written = [_like(array[0] if members else None, one).as_string() for one in values]
    return f"{lead[0]}{(parting[0] if parting else ', ').join(written)}{tail[0]}" if written else "[]"


def _like(old: object, value: Any) -> Item:
    """A value, in the quotes of the one before where it can be."""
    is_plain = isinstance(value, str) and value.isprintable() and "'" not in value
    if isinstance(old, String) and old.as_string()[0] == "'" and is_plain:
        return String.from_raw(value, StringType.SLL)
    made: Item = tomlkit.item(value)
    return made


def _was_added(text: str, path: Path, key: str) -> bool:
    """Whether a key stands as :func:`amended` adds one: the last of its rule, on one line, and without a comment."""
    rule = _rule(tomlkit.parse(text), path)
    if [*rule][-1:] != [key]:
        return False
    item = rule.value.item(key)
    assert isinstance(item, Item)  # what stands in several places is no rule's last key
    return not item.trivia.comment and "\n" not in item.as_string()


def _with_head(text: str, path: Path) -> str:
    """The text with the head of a rule at its end."""
    expected = _read(text)
    above = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    _above(expected, path)[path[-1]] = {}
    return _proved(f"{text}{above}{_head(path)}\n", expected)


def _head(path: Path) -> str:
    return f"[{'.'.join(tomlkit.key(part).as_string() for part in path)}]"


def _above(tree: dict[str, Any], path: Path) -> dict[str, Any]:
    """The table that a rule stands in."""
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    return tree


def _rule(document: Any, path: Path) -> AbstractTable:
    for key in path:
        document = document[key]
    if not isinstance(document, AbstractTable):
        raise NotByFields(Phrase("%(name)s is no table", name=".".join(path)))
    return document


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NotByFields(told(str(error))[1]) from error


def _proved(text: str, *expected: Mapping[str, Any]) -> str:
    """The text, if it says what it shall and nothing else: whatever the ways are in which it is written."""
    if _read(text) not in expected:
        raise NotByFields(Phrase("the rule is written in a way that fields cannot change"))
    return text
