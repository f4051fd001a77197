"""What a letter to one reader says, rendered when it leaves. Must not send anything or decide who gets one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from distributor.model import Carried, Delivery, Letter, Message


class LetterBook(Protocol):
    """Where letters are read."""

    def get(self, letter: int) -> Letter | None:
        """One letter."""
        ...


class Renderer(Protocol):
    """Turns letters into mails."""

    def letter(self, letter: Letter, titles: Mapping[str, str]) -> Message:
        """A letter, with the titles of the newsletters by name."""
        ...


class LetterSetter:
    """Sets letters."""

    def __init__(self, letters: LetterBook, renderer: Renderer, titles: Mapping[str, str]) -> None:
        """``titles`` are those of the newsletters by name."""
        self._letters = letters
        self._renderer = renderer
        self._titles = titles

    def set(self, entry: Delivery) -> tuple[Message, Carried] | str:
        """The mail of a letter, which carries no story; why there is none. Raises TemplateError."""
        letter = self._letters.get(entry.subject_id)
        return "there is no such letter" if letter is None else (self._renderer.letter(letter, self._titles), ())
