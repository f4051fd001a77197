"""Who plays: the kinds of channels, the readers, the policies, and what every long run must have met. Plays nothing."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from distributor.model import ChannelPolicy, Doubt, Links, Stale
from distributor.store.opening import Store
from tests.simulation.ground import Ground
from tests.simulation.world import ANSWERS, MINUTE, MailLike, Platform, TelegramLike, WebhookLike, XLike
from tests.support import NOON

#: Readers of the mail channel.
READERS = 3
KINDS: dict[str, type[Platform]] = {"x": XLike, "tg": TelegramLike, "hook": WebhookLike, "mail": MailLike}
#: Every kind of fault and event that a run of many schedules must have met.
FAULTS = (
    *ANSWERS,
    *(
        f"crash in {phase}"
        for phase in ("claim", "start", "record", "settle", "expiry", "ingest", "start of the program")
    ),
    *(f"crash after {phase}" for phase in ("claim", "start", "record", "settle", "expiry", "ingest")),
    *(f"disk full in {phase}" for phase in ("claim", "start", "record", "settle", "ingest")),
    "answer told twice",
    "clock back an hour",
    "clock forward a day",
    "clock put right",
    "a surge is skipped",
    "cannot be asked",
    "no connection while asking",
    "rate limit while asking",
    "others post with a like marker",
    "a person says: sent",
    "a person says: resend",
    "a person says: drop",
    "never a believable answer",
    "credentials back",
    "credit back",
    "duplicate refused",
    "feed down",
    "issue opened",
    "reader leaves",
    "repeat recognised",
    "restored",
    "second owner",
    "story corrected",
    "story withdrawn",
    "template broken",
)


def policy(random: Random) -> ChannelPolicy:
    """What the operator of a channel wants, mostly nothing special."""
    said: dict[str, object] = {"unknown": random.choice(list(Doubt))}
    if random.random() < 0.3:
        said["gap"] = random.choice((timedelta(seconds=30), 10 * MINUTE))
    if random.random() < 0.15:
        said["most_per_hour"] = random.choice((1, 2))
    if random.random() < 0.15:
        said |= {"quiet": "23:00-06:00", "quiet_silent": random.random() < 0.3}
    if random.random() < 0.2:
        said["fold_above"] = random.choice((1, 2))
    if random.random() < 0.3:
        said["stale"] = random.choice((Stale.FOLD, Stale.SKIP))
    if random.random() < 0.25:
        said |= {"price": 1, "price_with_link": 2, "links": random.choice(list(Links))}
        said[random.choice(("budget_per_day", "budget_per_month"))] = random.choice((2, 4, 5))
    return ChannelPolicy(**said)  # type: ignore[arg-type]


def ground() -> Ground:
    """The database of a worker."""

    def prepare(store: Store) -> None:
        for name, kind in KINDS.items():
            store.deliveries.know_channel(name, kind.kind, NOON)
        for number in range(READERS):
            address = f"reader{number}@example.org"
            store.subscribers.subscribe(address, ["mail", "morning"], now=NOON, source="test")

    return Ground(prepare)
