"""A source whose kind is found out: by what stands at its address. Must not keep a kind that turned out wrong."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from distributor.errors import ParseError
from distributor.interfaces import Fetched, Source, Validators
from distributor.model import Article
from distributor.sources import Opening, SourceKind, kinds
from distributor.sources.discovery import Finding, discover
from distributor.sources.own.documents import DocumentOptions

_log = logging.getLogger(__name__)


class AutoSource:
    """Whatever it is: opened at the first reading, and looked at anew when it cannot be read as that any more."""

    def __init__(self, opening: Opening, url: str) -> None:
        """Keep what is needed; nothing is contacted."""
        self.name = opening.name
        self._opening = opening
        self._url = url
        self._source: Source | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left out or looked wrong at the last reading."""
        return tuple(getattr(self._source, "warnings", ()))

    @property
    def rest(self) -> timedelta:
        """How long the server said at the last fetch that the document stays as it is."""
        found: timedelta = getattr(self._source, "rest", timedelta(0))
        return found

    @rest.setter
    def rest(self, value: timedelta) -> None:
        del value  # it is the source's own

    def fetch(self, validators: Validators) -> Fetched | None:
        """As the kind does that was found. Raises FetchError, ParseError where none was."""
        if self._source is None:
            finding = discover(self._url, self._opening.fetcher, self._opening.guard, quick=True).best
            if finding is None:
                raise ParseError("nothing at this address can be read as a feed; see distributor fetch")
            _log.info("feed %s: read as %s at %s", self.name, finding.type, finding.url)
            self._source = opened(self._opening, finding)
        return self._source.fetch(validators)

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """As the kind does that was found. Raises ParseError, after which the address is looked at anew."""
        assert self._source is not None, "parse follows fetch"
        try:
            return self._source.parse(fetched)
        except ParseError:
            self._source = None
            raise


def opened(opening: Opening, finding: Finding) -> Source:
    """The source that a finding proposes, with the defaults of its kind."""
    kind = kinds()[finding.type]
    keys: dict[str, Any] = {"url": finding.url}
    return kind.open(replace(opening), kind.options(**keys))


def _open(opening: Opening, options: DocumentOptions) -> AutoSource:
    return AutoSource(opening, options.url)


AUTO: Final = SourceKind(options=DocumentOptions, open=_open)
