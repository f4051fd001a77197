"""What shadow mode would have sent: noted in the transaction that ends its row, so that the next one waits its turn and
finds the money spent. A live program looks at none of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from distributor.model import History, Rendered
from distributor.rules.queue.budget import Lack
from distributor.rules.queue.holds import GATES
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.ledger import charges
from distributor.store.ledger.charges import Purse
from distributor.store.readers import Readers

#: How the reason begins why something waits in shadow.
WAITS = "shadow: "
ENDED = "shadow: it still waited when shadow mode ended"


def end(connection: Connection, now: datetime) -> int:
    """End what still waits behind gates of shadow mode: what it has seen is not sent later; how many rows."""
    sql, fields = queries("shadowed"), {"reason": ENDED, "now": to_ms(now)}
    held = connection.run(sql["end_held"], {**fields, "gates": json.dumps(GATES)})
    return held + connection.run(sql["end_let_go"], fields)


def lately(connection: Connection | Readers, channel: int, since: datetime, now: datetime) -> Sequence[Row]:
    """What readers of a channel would have seen of it, the newest first: ``at`` (milliseconds) and ``category``."""
    fields = {"channel": channel, "since": to_ms(since), "at": to_ms(now)}
    return connection.query(queries("shadowed")["lately"], fields)


def spent(connection: Connection | Readers, channel: int, since: Sequence[datetime], now: datetime) -> tuple[int, ...]:
    """What a channel would have spent from each of some instants until now, in millionths."""
    fields = [{"channel": channel, "since": to_ms(at), "at": to_ms(now)} for at in since]
    return tuple(connection.query(queries("shadowed")["spent"], one)[0]["micros"] for one in fields)


def together(connection: Connection | Readers, channel: int, since: Sequence[datetime], now: datetime) -> History:
    """The same with what was spent indeed."""
    real, would = charges.spent(connection, channel, since), spent(connection, channel, since, now)
    today, this_month = (one + other for one, other in zip(real, would, strict=True))
    return History(spent_today=today, spent_this_month=this_month)


def lacking(connection: Connection, purse: Purse, entry: Rendered, channel: int, now: datetime) -> Lack | None:
    """Why the money would not reach for it; None when it would."""
    price = purse.price(entry.message, entry.act)
    return purse.lack(price, together(connection, channel, purse.since(now), now), now) if price else None


def note(connection: Connection, purse: Purse | None, entry: Rendered, channel: int, now: datetime) -> None:
    """It would have left, and would have cost what it costs."""
    micros = purse.price(entry.message, entry.act) if purse else 0
    fields = {"id": entry.delivery_id, "channel": channel, "now": to_ms(now), "micros": micros}
    connection.run(queries("shadowed")["add"], fields)
