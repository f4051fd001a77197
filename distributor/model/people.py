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
class Caller:
    """Whoever asks, known by a session or a token."""

    #: as it goes on record
    name: str
    role: Role
    #: :data:`DESK` for people, :data:`API` for programs
    through: str
