"""Logging in by a provider that vouches for people: there and back. Must not know a page, nor tell anybody but the log
why not.

::

    begin: a ticket for the browser  ->  the provider
    finish: ticket and answer belong together  ->  knock  ->  used once  ->  the provider vouches for somebody
        ->  who has an account  ->  a session
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from distributor.errors import FetchError, Unvouched
from distributor.interfaces import Clock
from distributor.model.people import Identity, Unproved
from distributor.rules.people.openid import Client, code_of
from distributor.rules.people.tickets import Begun, begun, new_ticket

log = logging.getLogger(__name__)


class Vouching(Protocol):
    """Who knows people; ``net.openid.Provider``."""

    client: Client

    def leads_to(self, begun: Begun) -> str:
        """Where the browser is led to log in. Raises FetchError, Unvouched."""
        ...

    def vouched(self, answer: Mapping[str, str], code: str, begun: Begun) -> Identity:
        """Whom the provider vouches for in its answer with a code. Raises FetchError, Unvouched."""
        ...


class Admitting(Protocol):
    """Who lets people in; ``flows.enter.Entering``."""

    def knock(self, network: str) -> int | timedelta:
        """The number of a try, or how long the next one must wait."""
        ...

    def admit(self, who: Identity, network: str, number: int) -> str:
        """What the browser holds from now on. Raises Unvouched."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Where a login begins."""

    #: where the browser is led; empty: nowhere, for ``why``
    url: str = field(default="", repr=False)
    #: what it holds meanwhile
    ticket: str = field(default="", repr=False)
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What came of a login."""

    #: what the browser holds from now on; empty: nobody was let in, for ``why``
    session: str = field(default="", repr=False)
    #: the path to lead on to; empty: none is known
    onward: str = ""
    why: str = ""
    #: how long the next try must wait; zero: it need not
    wait: timedelta = timedelta(0)


class Vouched:
    """Logins by one provider."""

    def __init__(self, provider: Vouching, entering: Admitting, clock: Clock) -> None:
        """Tickets are this process's own: none outlives it, and so none is used twice."""
        self._provider = provider
        self._entering = entering
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._used: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def begin(self, onward: str) -> Leave:
        """Begin a login that is to lead on to a path of the desk."""
        now = self._clock.now()
        ticket = new_ticket(self._key, secrets.token_urlsafe(32), onward, now)
        made = begun(self._key, ticket, now)
        assert made is not None, "made just now"
        try:
            return Leave(url=self._provider.leads_to(made), ticket=ticket)
        except (FetchError, Unvouched) as error:
            return Leave(why=_told(error))

    def finish(self, ticket: str, answer: Mapping[str, str], network: str) -> Return:
        """What comes of the provider's answer in a browser with a ticket."""
        made = begun(self._key, ticket, self._clock.now())
        if made is None:
            return Return(why=Unproved.STALE)
        try:
            code = code_of(answer, made, self._provider.client.issuer)
            number = self._entering.knock(network)
            if isinstance(number, timedelta):
                return Return(onward=made.onward, why=Unproved.OFTEN, wait=number)
            self._use(made)
            who = self._provider.vouched(answer, code, made)
            return Return(session=self._entering.admit(who, network, number), onward=made.onward)
        except (FetchError, Unvouched) as error:
            return Return(onward=made.onward, why=_told(error))

    def _use(self, made: Begun) -> None:
        """A login is used once. Raises Unvouched."""
        with self._lock:
            now = self._clock.now()
            self._used = {state: until for state, until in self._used.items() if until > now}
            if made.state in self._used:
                raise Unvouched(Unproved.STALE, "this login was used before")
            self._used[made.state] = made.until


def _told(error: FetchError | Unvouched) -> str:
    """What the person is told; the log gets the reason, without the address of a redirect, which may hold anything."""
    reason = "redirected elsewhere" if str(error).startswith("redirected ") else str(error)
    log.warning("login by OpenID: %s", reason)
    return error.why if isinstance(error, Unvouched) else Unproved.AWAY
