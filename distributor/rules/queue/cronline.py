"""The five fields of a cron line: which values each of them allows. Must not know what they mean together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Final

from distributor.phrases import Phrase

NOTHING: Final = Phrase("nothing")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class CronField:
    """One field of a cron line: its name in messages, its bounds and the names it knows."""

    name: Phrase
    low: int
    high: int
    names: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        """The value of one number or name. Raises ValueError."""
        if text in self.names:
            return self.names.index(text) + self.low
        if not text.isascii() or not text.isdigit():
            told = {"field": self.name, "found": text or NOTHING}
            raise ValueError(
                Phrase("%(field)s: %(found)s is not a number or a name", **told)
                if self.names
                else Phrase("%(field)s: %(found)s is not a number", **told)
            )
        if not self.low <= int(text) <= self.high:
            told = {"field": self.name, "found": text, "low": str(self.low), "high": str(self.high)}
            raise ValueError(Phrase("%(field)s: %(found)s is not between %(low)s and %(high)s", **told))
        return int(text)

    def values(self, text: str) -> set[int]:
        """All values that a field of lists, ranges and steps allows. Raises ValueError."""
        return set(chain.from_iterable(self._term(term) for term in text.split(",")))

    def _term(self, term: str) -> range:
        """The values of one member of a list: ``*``, ``5``, ``1-5``, ``*/15``, ``7-22/3`` or ``5/15``."""
        span, slash, step = term.partition("/")
        every = self._step(step) if slash else 1
        if span == "*":
            return range(self.low, self.high + 1, every)
        first, dash, last = span.partition("-")
        low = self.number(first)
        if not dash:
            return range(low, (self.high if slash else low) + 1, every)
        # "sat-sun" is how people write a weekend, though Sunday is the week's 0
        high = 7 if last == "sun" and self.names == _DAYS else self.number(last)
        if high < low:
            raise ValueError(Phrase("%(field)s: %(found)s runs backwards", field=self.name, found=span))
        return range(low, high + 1, every)

    def _step(self, text: str) -> int:
        """A step: a whole number from 1."""
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000):
            told = {"field": self.name, "found": text or NOTHING}
            raise ValueError(Phrase("%(field)s: step %(found)s is not a whole number from 1", **told))
        return int(text)


MINUTE: Final = CronField(name=Phrase("minute"), low=0, high=59)
HOUR: Final = CronField(name=Phrase("hour"), low=0, high=23)
DAY_OF_MONTH: Final = CronField(name=Phrase("day of month"), low=1, high=31)
MONTH: Final = CronField(name=Phrase("month"), low=1, high=12, names=_MONTHS)
DAY_OF_WEEK: Final = CronField(name=Phrase("day of week"), low=0, high=7, names=_DAYS)
