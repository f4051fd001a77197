"""What many tests need: articles, a clock that is set by hand, a store in a folder, channels that answer as told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from distributor.errors import ChannelError
from distributor.interfaces import Fetched, Validators
from distributor.model import Article, DeliveryIntent, Limits, Parcel, Receipt
from distributor.store.opening import Store, open_store

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def article(number: int = 1, **fields: Any) -> Article:
    """A story; ``number`` tells it from others."""
    told: dict[str, Any] = {
        "feed": "politics",
        "guid": f"guid-{number}",
        "url": f"https://news.example.org/politics/story-{number}/",
        "headline": f"Headline number {number}",
        "summary": f"Summary of story {number}.",
        "body": f"First paragraph of story {number}.\n\nSecond paragraph.",
        "categories": ("Politics",),
        "language": "en",
        "published": NOON - timedelta(minutes=5),
    }
    return Article(**{**told, **fields})


def intent(channel: str = "x", **fields: Any) -> DeliveryIntent:
    """A decision to deliver now."""
    return replace(DeliveryIntent(channel=channel, due_at=NOON, reason="route all"), **fields)


class HandClock:
    """A clock that moves only when told; sleeping moves it."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class ToldSource:
    """A source that holds what it is given; None means "not modified", an error is raised."""

    def __init__(self, *documents: Sequence[Article] | Exception | None) -> None:
        self.documents = list(documents)
        self.asked: list[Validators] = []

    def fetch(self, validators: Validators) -> Fetched | None:
        self.asked.append(validators)
        document = self.documents[0]
        if isinstance(document, Exception):
            raise document
        if document is None:
            self.documents.pop(0)
            return None
        tag = Validators(etag=f'"{len(self.asked)}"')
        return Fetched(body=b"", url="https://news.example.org/rss", content_type="text/xml", validators=tag)

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        document = self.documents.pop(0) if len(self.documents) > 1 else self.documents[0]
        assert not isinstance(document, Exception)
        assert document is not None
        return document


class ToldChannel:
    """A channel that answers what it is told, and remembers every parcel."""

    kind = "console"
    limits = Limits(text=None)

    def __init__(self, name: str = "x", *answers: Receipt | ChannelError | Exception) -> None:
        self.name = name
        self.answers = list(answers)
        self.parcels: list[Parcel] = []
        self.refusal: ChannelError | None = None

    def send(self, parcel: Parcel) -> Receipt:
        self.parcels.append(parcel)
        number = len(self.parcels)
        answer = self.answers.pop(0) if self.answers else Receipt(remote_id=str(number), url=f"https://x.test/{number}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check(self) -> str:
        if self.refusal:
            raise self.refusal
        return "@desk"

    def close(self) -> None:
        return None


class ToldBulk(ToldChannel):
    """The same for many parcels at once."""

    kind = "email"
    batch = 3

    def send_many(self, parcels: Sequence[Parcel]) -> Iterator[tuple[int, Receipt | ChannelError]]:
        for index, parcel in enumerate(parcels):
            try:
                yield index, self.send(parcel)
            except ChannelError as error:
                yield index, error


def store_with(folder: Path, *channels: str, threaded: bool = False) -> Store:
    """A store that knows these channels."""
    store = open_store(folder, threaded=threaded)
    for name in channels:
        store.deliveries.know_channel(name, "console", NOON)
    return store
