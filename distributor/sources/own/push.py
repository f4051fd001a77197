"""A feed that waits to be told: stories that a newsroom's own system pushes, or that somebody publishes by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from distributor.interfaces import Fetched, Validators
from distributor.model import Article
from distributor.net.signed import key_of
from distributor.secret import Secret
from distributor.sources import Opening, SourceKind
from distributor.sources.own.asking import fetched_of, parsed_one, told, validators_of


class PushSource:
    """Reads what is brought; never asks anybody by itself."""

    def __init__(self, opening: Opening, keys: Sequence[bytes]) -> None:
        """Keep what is needed. ``keys`` are the secrets that a pushed story may be signed with."""
        self.name = opening.name
        #: what was left out or looked wrong in the document that was read last
        self.warnings: tuple[str, ...] = ()
        self.keys = tuple(keys)
        self._opening = replace(opening, reading=replace(opening.reading, kind="auto"))

    def fetch(self, validators: Validators) -> Fetched | None:  # noqa: ARG002 - the seam's own name
        """Nothing: what is new is brought."""
        return None

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles of a document that was brought, whatever its kind. Raises ParseError."""
        parsed = parsed_one(self._opening.guard, fetched, self._opening.reading)
        self.warnings = parsed.warnings
        return told(self.name, parsed)

    def warm(self) -> None:
        """Be ready for a flash: the process that reads documents is started. Raises ParseError."""
        self._opening.guard.warm()

    def get(self, url: str) -> Fetched:
        """The page of a story. Raises FetchError."""
        answer = self._opening.fetcher.get(url)
        return fetched_of(answer, validators_of(answer))


@dataclass(frozen=True, kw_only=True)
class PushOptions:
    """The keys of a feed that waits to be told."""

    #: ``whsec_`` and base64, or the bytes themselves; without it stories come by hand alone
    secret: Secret | None = None
    #: the secret before the last change; while it stands here, both count
    previous_secret: Secret | None = None

    def __post_init__(self) -> None:
        """Refuse secrets that cannot be ones."""
        self.keys()

    def keys(self) -> Sequence[bytes]:
        """The bytes that a story may be signed with. Raises ValueError."""
        named = (("secret", self.secret), ("previous_secret", self.previous_secret))
        return [key_of(secret, name) for name, secret in named if secret is not None]


PUSH: Final = SourceKind(options=PushOptions, open=lambda opening, options: PushSource(opening, options.keys()))
