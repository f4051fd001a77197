"""What mailbox providers will find wanting in a sender, each finding with its fix. Asks nobody: facts in, findings out.

The rules are those that Gmail, Yahoo and Outlook publish for bulk senders, and the RFCs that they rest on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from distributor.rules.mail.credentials import look_at_dkim, look_at_dmarc, look_at_spf
from distributor.rules.mail.reachable import (
    look_at_addresses,
    look_at_exchanges,
    look_at_pages,
    look_at_pointers,
    look_at_relay,
)
from distributor.rules.mail.sender import Facts, Finding


def _silent(facts: Facts) -> Iterator[Finding]:
    for told in facts.silent:
        yield Finding(name="dns", detail=told, fix="look whether the name server answers, then check again")


#: in the order in which things are put right
_PARTS: Sequence[Callable[[Facts], Iterator[Finding]]] = (
    _silent,
    look_at_spf,
    look_at_dkim,
    look_at_dmarc,
    look_at_exchanges,
    look_at_pointers,
    look_at_relay,
    look_at_pages,
    look_at_addresses,
)


def examine(facts: Facts) -> Sequence[Finding]:
    """Everything that was looked at."""
    return [finding for part in _PARTS for finding in part(facts)]
