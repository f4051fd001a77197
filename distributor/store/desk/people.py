"""Accounts, sessions and tokens. Knows no password and no token, only what is kept of them; decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from distributor.model.people import DESK, Identity, Person, Role, Scope, Token
from distributor.store.codes import from_ms, to_ms
from distributor.store.connection import Connection, Params, Row, queries
from distributor.store.desk.acts import By
from distributor.store.ledger.events import Event, append
from distributor.store.readers import Readers
from distributor.store.writer import Writer


class People:
    """Who works at the desk; each change is on record."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        """Share the store's writer and readers."""
        self._writer = writer
        self._readers = readers
        self._sql = queries("people")

    def list(self) -> Sequence[Person]:
        """Every account, by name."""
        return [_person(row) for row in self._readers.query(self._sql["list"])]

    def find(self, key: str) -> tuple[Person, str] | None:
        """An account, and what is kept of its password."""
        rows = self._readers.query(self._sql["find"], (key,))
        return (_person(rows[0]), rows[0]["password"]) if rows else None

    def add(self, name: str, key: str, role: Role, password: str, by: By) -> bool:
        """A new account; False where the name is taken. ``password`` is what is kept of it, here and below."""
        fields = {"name": name, "key": key, "role": role.value, "password": password, "now": to_ms(by.at)}
        return self._change(["add"], fields, "user added", f"{name} as {role.value}", by)

    def set_role(self, key: str, role: Role, by: By) -> bool:
        """Another role; False where nobody has the name."""
        return self._change(["set_role"], {"key": key, "role": role.value}, "user role", f"{key}: {role.value}", by)

    def set_password(self, key: str, password: str, by: By) -> bool:
        """Another password, which ends every session; False where nobody has the name."""
        fields = {"key": key, "password": password, "now": to_ms(by.at)}
        return self._change(["set_password", "end_all"], fields, "user password", key, by)

    def remove(self, key: str, by: By) -> bool:
        """End an account with its sessions; False where nobody has the name."""
        return self._change(["remove"], {"key": key}, "user removed", key, by)

    def add_token(self, name: str, scope: Scope, digest: bytes, by: By) -> bool:
        """A new token; False where the name is taken."""
        fields = {"name": name, "scope": scope.value, "hash": digest, "now": to_ms(by.at)}
        return self._change(["add_token"], fields, "token added", f"{name}: {scope.value}", by)

    def remove_token(self, name: str, by: By) -> bool:
        """End a token; False where none has the name."""
        return self._change(["remove_token"], (name,), "token removed", name, by)

    def tokens(self) -> Sequence[Token]:
        """Every token, by name."""
        return [_token(row) for row in self._readers.query(self._sql["tokens"])]

    def token(self, digest: bytes) -> Token | None:
        """The token of a hash."""
        rows = self._readers.query(self._sql["token"], (digest,))
        return _token(rows[0]) if rows else None

    def note(self, kind: str, detail: str, by: By) -> None:
        """Put on record what somebody did that leaves no other trace."""
        event = Event(at=by.at, kind=kind, actor=by.who, detail=by.told(detail))
        self._writer.call(lambda connection: append(connection, event))

    def open_session(self, person: Person, password: str, digest: bytes, *, network: str, now: datetime) -> bool:
        """Log somebody in, unless the password has changed since it was compared."""
        fields = {"id": person.id, "password": password, "hash": digest, "now": to_ms(now)}
        by = By(who=person.name, through=DESK, at=now)
        return self._change(["open"], fields, "logged in", f"from {network or 'somewhere'}", by)

    def open_vouched(self, person: Person, who: Identity, digest: bytes, *, network: str, now: datetime) -> bool:
        """Log somebody in whom a provider vouches for; False where it vouched for somebody else at their first time.

        The first time binds the account to the provider's own number of them, in the same transaction.
        """
        fields = {"id": person.id, "issuer": who.issuer, "subject": who.subject, "hash": digest, "now": to_ms(now)}
        by = By(who=person.name, through=DESK, at=now)

        def work(connection: Connection) -> bool:
            is_first = connection.run(self._sql["bind"], fields)
            if not connection.run(self._sql["open_vouched"], fields):
                return False
            if is_first:
                append(connection, Event(at=now, kind="user bound", actor=by.who, detail=by.told(f"to {who.issuer}")))
            said = by.told(f"by {who.issuer} from {network or 'somewhere'}")
            append(connection, Event(at=now, kind="logged in", actor=by.who, detail=said))
            return True

        return self._writer.call(work)

    def whose(self, digest: bytes, *, oldest: datetime, idle: datetime) -> tuple[str, Role, datetime] | None:
        """Whose session it is, and when it was last seen; None for one that is over, or none."""
        fields = {"hash": digest, "oldest": to_ms(oldest), "idle": to_ms(idle)}
        rows = self._readers.query(self._sql["whose"], fields)
        return (rows[0]["name"], Role(rows[0]["role"]), from_ms(rows[0]["seen_at"])) if rows else None

    def seen(self, digest: bytes, now: datetime) -> None:
        """A session is in use."""
        self._writer.call(lambda connection: connection.run(self._sql["seen"], {"hash": digest, "now": to_ms(now)}))

    def end_session(self, digest: bytes, who: str, now: datetime) -> bool:
        """Log out; False where there was no such session."""
        return self._change(["end"], {"hash": digest}, "logged out", "", By(who=who, through=DESK, at=now))

    def forget_sessions(self, *, oldest: datetime, idle: datetime) -> None:
        """Drop sessions that are over."""
        fields = {"oldest": to_ms(oldest), "idle": to_ms(idle)}
        self._writer.call(lambda connection: connection.run(self._sql["forget_sessions"], fields))

    def _change(self, names: Sequence[str], fields: Params, kind: str, detail: str, by: By) -> bool:
        """Run the first statement and, if it changed something, the others, and put it on record."""

        def work(connection: Connection) -> bool:
            first, *others = names
            if not connection.run(self._sql[first], fields):
                return False
            for name in others:
                connection.run(self._sql[name], fields)
            append(connection, Event(at=by.at, kind=kind, actor=by.who, detail=by.told(detail).strip()))
            return True

        return self._writer.call(work)


def _person(row: Row) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=from_ms(row["created_at"]),
        password_at=from_ms(row["password_at"]),
    )


def _token(row: Row) -> Token:
    return Token(name=row["name"], scope=Scope(row["scope"]), created_at=from_ms(row["created_at"]))
