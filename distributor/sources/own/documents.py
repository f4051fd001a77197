"""Sources that are one document: RSS, RDF and Atom feeds, and JSON Feed. Must not parse in this process, nor remember
what it saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from distributor.interfaces import Fetched, Validators
from distributor.model import Article
from distributor.net.caching import fresh_for
from distributor.secret import Secret
from distributor.sources import Opening, SourceKind
from distributor.sources.own.asking import conditions, fetched_of, parsed_one, told, validators_of
from distributor.sources.own.options import ADDRESS, require_address

#: what a document may be served as, by what it shall be; anything is taken in the end
ACCEPTS: Final = {
    "feed": "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, "
    "*/*;q=0.5",
    "jsonfeed": "application/feed+json, application/json;q=0.9, */*;q=0.5",
    "ninjs": "application/ninjs+json, application/json;q=0.9, */*;q=0.5",
}


class DocumentSource:
    """One document, asked politely: nothing is transferred twice that the server can vouch for."""

    def __init__(self, opening: Opening, url: str, *, token: Secret | None = None) -> None:
        """Keep what is needed; nothing is contacted. ``opening.reading.kind`` is what the document shall be."""
        self.name = opening.name
        #: what was left out or looked wrong in the document that was parsed last
        self.warnings: tuple[str, ...] = ()
        #: how long the server said at the last fetch that the document stays as it is
        self.rest = timedelta(0)
        #: the hub that the document named when it was parsed last, and the address under which the hub knows it
        self.hub = self.topic = ""
        self._opening = opening
        self._url = url
        self._token = token

    def fetch(self, validators: Validators) -> Fetched | None:
        """The document, or None when the server or the body's hash says that nothing changed. Raises FetchError."""
        self.rest = timedelta(0)
        headers = conditions(validators, ACCEPTS.get(self._opening.reading.kind, "*/*"))
        if self._token:
            headers["authorization"] = f"Bearer {self._token.reveal()}"
        answer = self._opening.fetcher.get(self._url, headers=headers)
        self.rest = fresh_for(answer.headers)
        if answer.status == 304:
            return None
        found = validators_of(answer)
        return None if found.body_hash == validators.body_hash else fetched_of(answer, found)

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles, in the document's order; ``warnings`` and the log say what was left out. Raises ParseError."""
        parsed = parsed_one(self._opening.guard, fetched, self._opening.reading)
        self.warnings, self.hub, self.topic = parsed.warnings, parsed.hub, parsed.topic
        return told(self.name, parsed)


@dataclass(frozen=True, kw_only=True)
class DocumentOptions:
    """The keys of a source that is one document."""

    #: may hold a password
    url: str = field(repr=False, metadata=ADDRESS)

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        require_address(self.url)


def _opened(kind: str) -> SourceKind:
    def start(opening: Opening, options: DocumentOptions) -> DocumentSource:
        return DocumentSource(replace(opening, reading=replace(opening.reading, kind=kind)), options.url)

    return SourceKind(options=DocumentOptions, open=start)


FEED: Final = _opened("feed")
JSON_FEED: Final = _opened("jsonfeed")
