"""Mails over several relays: each goes by the first that will have it. Must not send a mail by two.

::

    envelopes -> by their first relay -> Pool.run (all relays at once) -> answered: done
                                                                       -> the relay's own trouble: by the next one

Only what surely never left goes on: no connection, or a refusal of everything. A mail that a relay judged, or whose
fate is unknown, stays with that relay for good.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence

from distributor.channels.email.pool import Envelope, Pool
from distributor.errors import ChannelError, Deferred, RateLimited, Unauthorized, Unavailable
from distributor.model.mail import RelayReport, RelayTrouble


class Router:
    """The relays of one channel; ``run`` and ``leave`` on the event loop, ``report`` from any thread."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        """``pools`` in the order in which they are tried by a mail that names none."""
        self._pools = pools
        self._lock = threading.Lock()
        self._used: Counter[str] = Counter()
        #: the last ones: whoever asks seldom need not know all
        self._troubles: deque[RelayTrouble] = deque(maxlen=100)

    async def run(
        self, envelopes: Sequence[tuple[int, Envelope]], report: Callable[[int, ChannelError | None], None]
    ) -> None:
        """Send all; ``report`` gets every index once, with None for a mail that was taken."""
        ways = {index: self._ways(envelope) for index, envelope in envelopes}
        waiting = list(envelopes)
        while waiting:
            groups: dict[str, list[tuple[int, Envelope]]] = {}
            for index, envelope in waiting:
                groups.setdefault(ways[index].pop(0), []).append((index, envelope))
            again: dict[int, Envelope] = {}
            runs = [
                self._pools[name].run(group, self._told(name, dict(group), ways, again, report))
                for name, group in groups.items()
            ]
            for ended in await asyncio.gather(*runs, return_exceptions=True):
                if isinstance(ended, BaseException):
                    raise ended
            waiting = list(again.items())

    async def leave(self) -> None:
        """Close the conversations that wait for the next mail."""
        for pool in self._pools.values():
            await pool.leave()

    def report(self) -> RelayReport:
        """What became of mails since this was last asked."""
        with self._lock:
            used, troubles = dict(self._used), tuple(self._troubles)
            self._used.clear()
            self._troubles.clear()
        return RelayReport(used=used, troubles=troubles)

    def _ways(self, envelope: Envelope) -> list[str]:
        """The relays that a mail may go by; one that is not configured any more is none."""
        return [name for name in envelope.relays if name in self._pools] or list(self._pools)

    def _told(
        self,
        name: str,
        group: Mapping[int, Envelope],
        ways: Mapping[int, Sequence[str]],
        again: dict[int, Envelope],
        report: Callable[[int, ChannelError | None], None],
    ) -> Callable[[int, ChannelError | None], None]:
        """What is done with each answer of one relay."""

        def told(index: int, failure: ChannelError | None) -> None:
            if failure is None or not is_relays_own(failure):
                with self._lock:
                    self._used[name] += 1
                report(index, failure)
                return
            wait = failure.retry_after if isinstance(failure, RateLimited) else None
            with self._lock:
                self._troubles.append(RelayTrouble(relay=name, reason=str(failure), wait=wait))
            if ways[index]:
                again[index] = group[index]
            else:
                report(index, failure)

        return told


def is_relays_own(failure: ChannelError) -> bool:
    """Whether a failure says nothing of the mail, which surely has not left: another relay may have it."""
    own = isinstance(failure, Unavailable | RateLimited | Unauthorized)
    return own and not isinstance(failure, Deferred)
