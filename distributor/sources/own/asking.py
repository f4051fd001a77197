"""What all sources over HTTP share: asking "anything new?", and reading several documents as one. Must not parse."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from distributor.errors import ParseError
from distributor.interfaces import Fetched, Validators
from distributor.model import Article
from distributor.net import Answer
from distributor.sources.guard import Guard
from distributor.sources.parsed import Parsed, Reading

_log = logging.getLogger(__name__)
#: Warnings of one reading that are kept.
MOST_WARNINGS: Final = 50


def conditions(validators: Validators, accept: str) -> dict[str, str]:
    """The request fields that ask "anything new?" (RFC 9110 section 13)."""
    fields = {"accept": accept}
    if validators.etag:
        fields["if-none-match"] = validators.etag
    if validators.modified:
        fields["if-modified-since"] = validators.modified
    return fields


def validators_of(answer: Answer) -> Validators:
    """What to ask with the next time."""
    return Validators(
        etag=answer.headers.get("etag", ""),
        modified=answer.headers.get("last-modified", ""),
        body_hash=hashlib.sha256(answer.body).hexdigest(),
    )


def fetched_of(answer: Answer, validators: Validators | None = None) -> Fetched:
    """An answer as a document."""
    return Fetched(
        body=answer.body,
        url=answer.url,
        content_type=answer.headers.get("content-type", ""),
        validators=validators or validators_of(answer),
    )


def digest(parts: Iterable[object]) -> str:
    """One name for the state of many things."""
    return hashlib.sha256("\n".join(map(repr, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def parsed_one(guard: Guard, fetched: Fetched, reading: Reading) -> Parsed:
    """A single document's articles. Raises ParseError."""
    return guard.parse(fetched.body, fetched.url, fetched.content_type, reading)


def parsed_many(guard: Guard, parts: Sequence[Fetched], reading_of: Callable[[Fetched], Reading]) -> Parsed:
    """The articles of several documents, in their order; one that cannot be read is a warning, unless none can be.

    Raises ParseError.
    """
    articles: list[Article] = []
    warnings: list[str] = []
    kind, failures = "", []
    for part in parts:
        try:
            found = parsed_one(guard, part, reading_of(part))
        except ParseError as error:
            failures.append(f"{part.url}: {error}")
            continue
        kind = kind or found.kind
        articles += found.articles
        warnings += [f"{part.url}: {warning}" for warning in found.warnings]
    if failures and len(failures) == len(parts):
        raise ParseError(failures[0])
    return Parsed(kind=kind, articles=tuple(articles), warnings=(*failures, *warnings)[:MOST_WARNINGS])


def told(name: str, parsed: Parsed) -> Sequence[Article]:
    """The articles, after the log was told what was left out."""
    for warning in parsed.warnings:
        _log.warning("feed %s: %s", name, warning)
    return parsed.articles


class Memory:
    """What a source has read, by name: remembered only once whoever reads it has kept what came of it.

    A reading that failed behind the source gives its validators back unchanged, and is read again; so is everything
    after a start.
    """

    def __init__(self) -> None:
        """Nothing was read."""
        self._kept: dict[str, str] = {}
        self._next: dict[str, str] = {}
        self._kept_digest = self._next_digest = ""

    def recall(self, validators: Validators) -> dict[str, str]:
        """What was read and kept, seen from the validators that were kept with it; the caller's own copy."""
        if self._next_digest and validators.body_hash == self._next_digest:
            self._kept, self._kept_digest = self._next, self._next_digest
        elif validators.body_hash != self._kept_digest:
            self._kept, self._kept_digest = {}, ""
        return dict(self._kept)

    def note(self, name: str, line: str) -> None:
        """Remember at once: of something that brought nothing, so that nothing is lost with it."""
        self._kept[name] = line

    def propose(self, read: Mapping[str, str]) -> Validators:
        """The validators of a reading after which this is what was read."""
        self._next, self._next_digest = dict(read), digest(sorted(read.items()))
        return Validators(body_hash=self._next_digest)
