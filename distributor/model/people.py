"""Who works at the desk, and what programs may do in its name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: The faces through which people and programs act.
DESK, API = "desk", "api"


class Role(StrEnum):
    """What a person may do; each may do all that those before may."""

    #: look
    VIEWER = "viewer"
    #: decide about stories: approve, hold, reword, correct, stop
    EDITOR = "editor"
    #: decide for all: resume, settle, and whatever concerns readers
    CHIEF = "chief"
    #: and look after the machine
    OPERATOR = "operator"

    @property
    def rank(self) -> int:
        """Its place in the order, from 0."""
        return list(Role).index(self)


class Scope(StrEnum):
    """What a program may do with a token."""

    READ = "read"
    ACT = "act"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account."""

    id: int
    #: as it goes on record
    name: str
    role: Role
    created_at: datetime
    #: when the password was set last
    password_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a program names itself with; the token itself is kept nowhere."""

    name: str
    scope: Scope
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody as an OpenID provider vouches for them."""

    issuer: str
    #: theirs at the provider for ever, and nobody else's (OpenID Connect Core 1.0, section 2: ``sub``)
    subject: str
    #: what the provider calls them, which is the name of their account
    name: str


class Unproved(StrEnum):
    """Why a login by a provider let nobody in."""

    #: it has not begun in this browser, is over, or was used
    STALE = "stale"
    #: the provider says no, or the person did
    CANCELLED = "cancelled"
    #: what the provider said is not to be believed
    INVALID = "invalid"
    #: the provider does not answer
    AWAY = "away"
    #: the provider does not vouch for the name
    UNVERIFIED = "unverified"
    #: nobody here has the name, or somebody else had it before
    STRANGER = "stranger"
    #: too many tries
    OFTEN = "often"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever asks, known by a session or a token."""

    #: as it goes on record
    name: str
    role: Role
    #: :data:`DESK` for people, :data:`API` for programs
    through: str
