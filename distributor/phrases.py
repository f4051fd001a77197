"""Sentences for people that can be said in another language than English. Must not know any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self


class Phrase(str):
    """A sentence in English that still knows its pattern and its values.

    It is a text like any other to whoever does not ask. ``render.catalogues`` says it in other languages, with those of
    its values that are phrases themselves. The pattern stands where the phrase is made, as a literal: so a test finds
    every one that has no translation.
    """

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, str]

    def __new__(cls, pattern: str, /, **values: object) -> Self:
        """``values`` go where the pattern names them: ``%(name)s``; without any it is the sentence as it stands."""
        told = {name: one if isinstance(one, str) else str(one) for name, one in values.items()}
        made = super().__new__(cls, pattern % told if told else pattern)
        made.pattern, made.values = pattern, told
        return made

    @classmethod
    def as_it_is(cls, text: str) -> Self:
        """What is said alike in every language: a name, a value, somebody else's words."""
        return cls("%(text)s", text=text)

    @classmethod
    def joined(cls, between: str, parts: Sequence[str]) -> Self:
        """Parts that are said each in its turn, with signs between them."""
        named = {f"part{number}": part for number, part in enumerate(parts)}
        return cls(between.join(f"%({name})s" for name in named), **named)

    def changed(self, change: Callable[[str], str]) -> Phrase:
        """The same with every value changed; where that is not enough to change the whole, without its pattern."""
        values = {
            name: one.changed(change) if isinstance(one, Phrase) else change(one) for name, one in self.values.items()
        }
        made = Phrase(self.pattern, **values)
        return made if change(made) == made else Phrase.as_it_is(change(self))


def words_of(error: Exception) -> str:
    """The text of an error, still a phrase where it was made of one."""
    first = error.args[0] if error.args else None
    return first if isinstance(first, Phrase) else str(error)
