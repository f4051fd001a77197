"""Money in the ledger: what a call costs is written before it leaves, in the transaction that marks it as leaving, and
given back where it surely did not happen. Decides nothing; what is spent is a query.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from distributor.model import Act, Delivery, Failed, History, Message, Outcome, Rendered, RetryAt
from distributor.rules.queue.budget import Lack
from distributor.store.codes import to_ms
from distributor.store.connection import Connection, queries
from distributor.store.readers import Readers

#: Why the price of what was in doubt is given back.
ABSENT = "not there"


class Purse(Protocol):
    """Who knows prices and budgets (``rules.queue.budget.Budget``)."""

    def since(self, now: datetime) -> tuple[datetime, datetime]:
        """When the day and the month began for which money is counted."""
        ...

    def price(self, message: Message, act: Act = Act.POST) -> int:
        """What an act with a message costs, in millionths."""
        ...

    def lack(self, price: int, history: History, now: datetime) -> Lack | None:
        """Why the money does not reach for it."""
        ...


def spent(connection: Connection | Readers, channel: int, since: Sequence[datetime]) -> tuple[int, ...]:
    """What a channel has spent since each of some instants, in millionths."""
    sql = queries("charges")["spent"]
    return tuple(connection.query(sql, (channel, to_ms(at)))[0]["micros"] for at in since)


def lacking(connection: Connection, purse: Purse, entry: Rendered, channel: int, now: datetime) -> Lack | None:
    """Why the money does not reach for a claimed row; None when it does.

    The gates looked at expected prices and at a moment that has passed: another lane may have spent since. Here the
    price is the message's own, and charge and check are one transaction of the one writer.
    """
    price = purse.price(entry.message, entry.act)
    if not price or connection.query(queries("charges")["paid"], (entry.delivery_id,))[0]["micros"]:
        return None
    day, month = spent(connection, channel, purse.since(now))
    return purse.lack(price, History(spent_today=day, spent_this_month=month), now)


def charge(connection: Connection, purse: Purse, entry: Rendered, now: datetime) -> None:
    """Write what the call costs that is about to be made; what is in doubt has paid and pays no second time."""
    price = purse.price(entry.message, entry.act)
    if price:
        fields = {"id": entry.delivery_id, "now": to_ms(now), "micros": price, "what": entry.act.value}
        connection.run(queries("charges")["charge"], fields)


def settle(connection: Connection, entry: Delivery, outcome: Outcome, now: datetime) -> None:
    """Give back the price of a call that surely did not happen, and let those look again who wait for money.

    What was in doubt once stays counted, unless it was found not to be there: the call of that time may have happened.
    """
    if isinstance(outcome, RetryAt | Failed) and _is_certain(connection, entry):
        give_back(connection, entry.id, "not sent", now)


def give_back(connection: Connection, delivery: int, what: str, now: datetime) -> None:
    """Give back the price that stands for a delivery, if one does; ``what`` says why."""
    sql = queries("charges")
    if connection.run(sql["refund"], {"id": delivery, "what": what}):
        connection.run(sql["money_is_back"], {"id": delivery, "now": to_ms(now)})


def charge_reads(connection: Connection, channel: str, micros: int, now: datetime) -> None:
    """Write what was read on a channel; it happened, whatever the budget says."""
    connection.run(queries("charges")["reads"], {"channel": channel, "now": to_ms(now), "micros": micros})


def _is_certain(connection: Connection, entry: Delivery) -> bool:
    """Whether no call before the last one may have happened: each doubt was found not to be there."""
    if not entry.doubts:
        return True
    found = connection.query(queries("charges")["found_absent"], (entry.id, ABSENT))[0]["n"]
    return bool(found >= entry.doubts)
