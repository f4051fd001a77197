"""Lint: named rules that look at a message before it leaves, and how much each of them weighs. Must not look at a clock
or a store.

::

    draft -> each rule that is not off -> findings -> any that blocks? held, until somebody lets it go or mends it
                                                   -> the others leave with it and are on record

docs/lint.md describes every rule; a test holds that page to :data:`RULES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from distributor.model import Article, Finding, Level, Route, Style
from distributor.rules.queue.routing import mismatch
from distributor.rules.words import faults
from distributor.rules.words.faults import Draft, Fault

__all__ = ["RULES", "Draft", "Linter", "Rule", "lint", "reason", "settled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule."""

    name: str
    #: what it does where nobody says otherwise: it blocks only what a person would always agree with
    level: Level
    look: Callable[[Draft, Style], Iterator[Fault]]


def _rule(name: str, level: Level, look: Callable[[Draft, Style], Iterator[Fault]]) -> Rule:
    return Rule(name=name, level=level, look=look)


_TABLE = (
    _rule("entity-left", Level.BLOCK, faults.entity_left),
    _rule("markup-left", Level.BLOCK, faults.markup_left),
    _rule("broken-tag", Level.BLOCK, faults.broken_tag),
    _rule("only-dots", Level.BLOCK, faults.only_dots),
    _rule("empty-part", Level.BLOCK, faults.empty_part),
    _rule("blocked-word", Level.BLOCK, faults.blocked_word),
    _rule("too-long", Level.BLOCK, faults.too_long),
    _rule("mail-barrier", Level.BLOCK, faults.mail_barrier),
    _rule("headline-twice", Level.WARN, faults.headline_twice),
    _rule("all-capitals", Level.WARN, faults.all_capitals),
    _rule("too-many-tags", Level.WARN, faults.too_many_tags),
    _rule("cut-quotation", Level.WARN, faults.cut_quotation),
    _rule("missing-alt", Level.WARN, faults.missing_alt),
    _rule("accidental-link", Level.WARN, faults.accidental_link),
    _rule("dateline-far", Level.WARN, faults.dateline_far),
    _rule("look-alikes", Level.WARN, faults.look_alikes),
    _rule("foreign-link", Level.WARN, faults.foreign_link),
    _rule("mail-hint", Level.WARN, faults.mail_hint),
    _rule("mail-large", Level.WARN, faults.mail_large),
)
#: Every rule by its name, those that block first.
RULES: Mapping[str, Rule] = {one.name: one for one in _TABLE}
#: What tells several stories is not kept from its readers because of one of them; only what the newsroom itself
#: forbids is, and what is wrong with the mail as a whole.
_OF_ALL = ("blocked-word", "mail-barrier")
_OF_SEVERAL = {one.name: Level.WARN for one in _TABLE if one.level is Level.BLOCK and one.name not in _OF_ALL}


def lint(draft: Draft, style: Style, levels: Mapping[str, Level]) -> Sequence[Finding]:
    """What the rules find, in their order; ``levels`` are those that differ from the rules' own."""
    return [
        Finding(rule=rule.name, level=level, found=found, fix=fix)
        for rule in _TABLE
        if (level := levels.get(rule.name, rule.level)) is not Level.OFF
        for found, fix in dict.fromkeys(rule.look(draft, style))
    ]


def settled(findings: Sequence[Finding], passed: Mapping[tuple[str, str], str]) -> tuple[Finding, ...]:
    """The findings, those marked that somebody has let go: by rule and what was found, who did."""
    return tuple(replace(one, passed_by=passed.get((one.rule, one.found), "")) for one in findings)


def reason(findings: Sequence[Finding]) -> str:
    """Why a message is held: each rule that blocks it, what it found, and what would be right."""
    return "; ".join(f"{one.rule}: {one.found}; {one.fix}" for one in findings if one.blocks)


class Linter:
    """The rules as one channel knows them: the newsroom's style, and the levels of its routes."""

    def __init__(self, style: Style = Style(), routes: Sequence[Route] = (), channel: str = "") -> None:  # noqa: B008
        """``routes`` in their order: the first that accepts a story on the channel decides, as it does in planning."""
        self._style = style
        self._routes = [route for route in routes if channel in route.channels]

    def lint(self, draft: Draft) -> Sequence[Finding]:
        """What the rules find in a draft."""
        return lint(draft, self._style, self.levels(draft.article))

    def levels(self, article: Article | None) -> Mapping[str, Level]:
        """The levels that differ from the rules' own; without a story those of what tells several."""
        if article is None:
            return _OF_SEVERAL
        accepting = (route for route in self._routes if not mismatch(article, route))
        return dict(next((route.lint for route in accepting), ()))
