"""Relays and mailbox providers, as what leaves by mail is paced by them. Holds no behaviour that touches the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTerms:
    """What a relay takes, and when it is used. 0 is no limit."""

    name: str
    #: relays with a smaller number are used first
    priority: int = 1
    #: in each clock minute, in any hour, in any day
    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    #: it is new, and takes ever more from this day on; None: it is not
    warmup_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTerms:
    """What is sent at most to the readers of one mailbox provider. 0 is no limit."""

    per_minute: int = 0
    #: conversations at the same time
    connections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTerms:
    """All that paces the mail of one channel."""

    relays: tuple[RelayTerms, ...]
    #: by the provider's name (``rules.mail.groups``)
    providers: Mapping[str, ProviderTerms] = field(default_factory=dict)
    #: for all other providers
    others: ProviderTerms = ProviderTerms()

    def provider(self, name: str) -> ProviderTerms:
        """What holds for one provider."""
        return self.providers.get(name, self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTrouble:
    """Why a relay took a mail no further, so that another may have it."""

    relay: str
    reason: str
    #: how long it asked to be left alone; None: it did not say
    wait: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayReport:
    """What became of mails at the relays since this was last asked."""

    #: by relay, how many mails it has judged: taken, refused or left in doubt
    used: Mapping[str, int]
    troubles: tuple[RelayTrouble, ...] = ()
