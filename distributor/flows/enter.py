"""Logging in and out, and who somebody is. Must not know a page, and must never let an answer tell who has an account.

::

    knock (counted as failed, or told to wait)  ->  password compared, with or without an account
        ->  a session opened, for the password that was compared  ->  the try counted as right
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol

from distributor.errors import Unvouched
from distributor.interfaces import Clock
from distributor.keys.passwords import fits, lock_up
from distributor.model.people import API, DESK, Caller, Identity, Person, Role, Token, Unproved
from distributor.rules.people.access import role_of
from distributor.rules.people.accounts import key_of, password_of
from distributor.rules.people.knocking import Lately, wait
from distributor.rules.people.openid import is_theirs

#: A session ends after so long without a look, and after so long in any case.
IDLE, LONGEST = timedelta(hours=12), timedelta(days=7)
#: How exactly it is kept when a session was last in use; not every look is a write.
GRAIN = timedelta(minutes=5)
#: What a token begins with, so that one that lies about is known for what it is.
PREFIX = "distributor_"
#: What tries by a provider are counted under, with their network, before anybody's name is known. No name begins so.
_VOUCHED = " vouched for"
#: Bytes of chance in a session or a token.
CHANCE = 32


class PeopleBook(Protocol):
    """Where accounts, sessions and tokens are kept."""

    def find(self, key: str) -> tuple[Person, str] | None:
        """An account, and what is kept of its password."""
        ...

    def open_session(self, person: Person, password: str, digest: bytes, *, network: str, now: datetime) -> bool:
        """Log somebody in, unless the password has changed since it was compared."""
        ...

    def whose(self, digest: bytes, *, oldest: datetime, idle: datetime) -> tuple[str, Role, datetime] | None:
        """Whose session it is, and when it was last seen."""
        ...

    def seen(self, digest: bytes, now: datetime) -> None:
        """A session is in use."""
        ...

    def open_vouched(self, person: Person, who: Identity, digest: bytes, *, network: str, now: datetime) -> bool:
        """Log somebody in whom a provider vouches for, unless it vouched for somebody else before."""
        ...

    def end_session(self, digest: bytes, who: str, now: datetime) -> bool:
        """Log out."""
        ...

    def forget_sessions(self, *, oldest: datetime, idle: datetime) -> None:
        """Drop sessions that are over."""
        ...

    def token(self, digest: bytes) -> Token | None:
        """The token of a hash."""
        ...


class Doorbook(Protocol):
    """Where tries are counted."""

    def knock(
        self, name: str, network: str, rule: Callable[[Lately, datetime], timedelta], now: datetime
    ) -> int | timedelta:
        """The number of a try, or how long the next one must wait."""
        ...

    def succeeded(self, number: int) -> None:
        """The password of a try was right."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What came of a try."""

    #: what the browser holds from now on; empty: nobody was let in
    session: str = field(default="", repr=False)
    #: how long the next try must wait; zero: it need not
    wait: timedelta = timedelta(0)


class Entering:
    """Who comes in, and who is in."""

    def __init__(self, people: PeopleBook, tries: Doorbook, clock: Clock) -> None:
        """Share the store's books."""
        self._people = people
        self._tries = tries
        self._clock = clock

    def enter(self, name: str, password: str, network: str) -> Entry:
        """Log somebody in by their password, from a network."""
        now = self._clock.now()
        number = self._tries.knock(key_of(name), network, wait, now)
        if isinstance(number, timedelta):
            return Entry(wait=number)
        person, kept = self._compared(name, password)
        session = secrets.token_urlsafe(CHANCE)
        if person is None or not self._people.open_session(person, kept, digest_of(session), network=network, now=now):
            return Entry()
        self._tries.succeeded(number)
        self._people.forget_sessions(oldest=now - LONGEST, idle=now - IDLE)
        return Entry(session=session)

    def knock(self, network: str) -> int | timedelta:
        """The number of a try by a provider, which counts as failed from now on; or how long the next one must wait."""
        return self._tries.knock(f"{_VOUCHED} {network}", network, wait, self._clock.now())

    def admit(self, who: Identity, network: str, number: int) -> str:
        """Log in whom a provider vouches for, in a try; what the browser holds from now on. Raises Unvouched."""
        found, now = self._people.find(key_of(who.name)), self._clock.now()
        if found is None or not is_theirs(who.name, found[0].name):
            raise Unvouched(Unproved.STRANGER, f"nobody here is called {who.name!r:.80}: distributor user add")
        session, person = secrets.token_urlsafe(CHANCE), found[0]
        if not self._people.open_vouched(person, who, digest_of(session), network=network, now=now):
            reason = f"{person.name} was somebody else at the provider before: remove the account, and add it anew"
            raise Unvouched(Unproved.STRANGER, reason)
        self._tries.succeeded(number)
        self._people.forget_sessions(oldest=now - LONGEST, idle=now - IDLE)
        return session

    def of_session(self, session: str) -> Caller | None:
        """Who is logged in with what a browser holds; None: nobody, or not any more."""
        now, digest = self._clock.now(), digest_of(session)
        found = self._people.whose(digest, oldest=now - LONGEST, idle=now - IDLE)
        if found is None:
            return None
        name, role, seen_at = found
        if now - seen_at >= GRAIN:
            self._people.seen(digest, now)
        return Caller(name=name, role=role, through=DESK)

    def of_token(self, token: str) -> Caller | None:
        """Which program names itself so; None: none."""
        found = self._people.token(digest_of(token)) if token.startswith(PREFIX) else None
        return None if found is None else Caller(name=found.name, role=role_of(found.scope), through=API)

    def leave(self, session: str) -> None:
        """Log out."""
        caller = self.of_session(session)
        if caller is not None:
            self._people.end_session(digest_of(session), caller.name, self._clock.now())

    def _compared(self, name: str, password: str) -> tuple[Person | None, str]:
        """The account whose password it is, and what is kept of it. The same work is done for a name without one."""
        found = self._people.find(key_of(name))
        kept = self._nobodys if found is None else found[1]
        try:
            given = password_of(password)
        except ValueError:
            given = ""
        is_right = fits(given, kept)
        return (found[0], kept) if found is not None and is_right else (None, "")

    @cached_property
    def _nobodys(self) -> str:
        """What nobody's password is compared with."""
        return lock_up(secrets.token_urlsafe(CHANCE))


def new_token() -> str:
    """A token that nobody can guess."""
    return PREFIX + secrets.token_urlsafe(CHANCE)


def digest_of(secret: str) -> bytes:
    """What is kept of a session or a token: they are chance alone, so one hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
