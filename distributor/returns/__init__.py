"""Where what comes back of mails comes in: kinds of mailboxes and of providers' hooks. Judges nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Final, Protocol

from distributor.interfaces import Inbox
from distributor.model.returns import Return

#: An event of a provider: its own name, and what it tells.
Notice = tuple[str, Return]


class Hook(Protocol):
    """Reads what a provider brings."""

    def read(self, fields: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """What a POST tells; field names in lower case. Raises Unsigned, ParseError, FetchError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a provider's hook may use."""

    #: the guarded fetcher: the bytes behind an address. Raises FetchError
    fetch: Callable[[str], bytes]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxKind:
    """One kind of mailbox."""

    #: a frozen dataclass: its fields are the keys of ``[mailboxes.NAME]``
    options: type
    #: from a name and its options to a mailbox that has not yet contacted anyone
    open: Callable[[str, Any], Inbox]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookKind:
    """One provider."""

    #: a frozen dataclass: its fields are the keys of ``[bounces.NAME]``
    options: type
    #: from its options to what reads its POSTs
    open: Callable[[Any, Desk], Hook]


#: by the value of ``type``
INBOXES: Final = {
    "imap": "distributor.returns.imap:IMAP",
    "maildir": "distributor.returns.maildir:MAILDIR",
}
HOOKS: Final = {
    "mailgun": "distributor.returns.providers.mailgun:MAILGUN",
    "postmark": "distributor.returns.providers.postmark:POSTMARK",
    "sendgrid": "distributor.returns.providers.sendgrid:SENDGRID",
    "ses": "distributor.returns.providers.ses:SES",
}


def inboxes() -> Mapping[str, InboxKind]:
    """All kinds of mailboxes by the value of ``type``."""
    return {name: _found(place) for name, place in INBOXES.items()}


def hooks() -> Mapping[str, HookKind]:
    """All kinds of providers' hooks by the value of ``type``."""
    return {name: _found(place) for name, place in HOOKS.items()}


def _found(place: str) -> Any:
    module, _, constant = place.partition(":")
    return getattr(import_module(module), constant)
