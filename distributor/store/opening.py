"""Opening a store: the lock, the schema, the writer and the readers. Decides nothing about what is in it."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from distributor.errors import StoreDamaged, StoreError, StoreLocked
from distributor.store.connection import DAMAGED, Damage, damage_in, open_reader, open_writer, translated
from distributor.store.desk.agenda import Agenda
from distributor.store.desk.alerts import Alerts
from distributor.store.desk.approvals import Approvals
from distributor.store.desk.cards import Cards
from distributor.store.desk.control import IssueControl
from distributor.store.desk.dossier import Dossier
from distributor.store.desk.editorials import Editorials
from distributor.store.desk.glance import Glance
from distributor.store.desk.holds import Holds
from distributor.store.desk.logins import Logins
from distributor.store.desk.people import People
from distributor.store.desk.resends import Resends
from distributor.store.desk.shift import Shift
from distributor.store.desk.stops import Stops
from distributor.store.file.backup import Backups
from distributor.store.file.binding import Binding, store_name
from distributor.store.ledger.archive import Archive
from distributor.store.ledger.daybook import Daybook
from distributor.store.ledger.deliveries import Deliveries
from distributor.store.ledger.doubts import Doubts
from distributor.store.ledger.findings import Findings
from distributor.store.ledger.issues import Issues
from distributor.store.ledger.lines import Lines
from distributor.store.ledger.mailings import Mailings
from distributor.store.ledger.outbox import Outbox
from distributor.store.ledger.posts import Posts
from distributor.store.ledger.preflights import Preflights
from distributor.store.ledger.proof import Proof
from distributor.store.ledger.showings import Showings
from distributor.store.ledger.sightings import Sightings
from distributor.store.ledger.weeks import Weeks
from distributor.store.mail.asks import Asks
from distributor.store.mail.at_once import AtOnce
from distributor.store.mail.audience import Audience
from distributor.store.mail.bounces import Bounces
from distributor.store.mail.choices import Choices
from distributor.store.mail.dials import DialStore
from distributor.store.mail.imports import Imports
from distributor.store.mail.letters import Letters
from distributor.store.mail.moves import Moves
from distributor.store.mail.relays import Relays
from distributor.store.mail.subscribers import Subscribers
from distributor.store.migrations import inspect, migrate
from distributor.store.news.following import Following
from distributor.store.news.hubs import Hubs
from distributor.store.news.stories import Stories
from distributor.store.news.wordings import Wordings
from distributor.store.news.words import StoryWords
from distributor.store.readers import Readers
from distributor.store.writer import InlineWriter, ThreadWriter, Witnessed, Writer

FILE, LOCK = "distributor.sqlite3", "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An open store, owned by this process until :meth:`close`."""

    folder: Path
    stories: Stories
    deliveries: Deliveries
    issues: Issues
    subscribers: Subscribers
    letters: Letters
    asks: Asks
    relays: Relays
    dials: DialStore
    moves: Moves
    imports: Imports
    bounces: Bounces
    audience: Audience
    alerts: Alerts
    doubts: Doubts
    holds: Holds
    resends: Resends
    stops: Stops
    approvals: Approvals
    proof: Proof
    posts: Posts
    sightings: Sightings
    daybook: Daybook
    wordings: Wordings
    words: StoryWords
    shift: Shift
    following: Following
    mailings: Mailings
    lines: Lines
    archive: Archive
    hubs: Hubs
    findings: Findings
    binding: Binding
    backups: Backups
    cards: Cards
    showings: Showings
    preflights: Preflights
    choices: Choices
    at_once: AtOnce
    control: IssueControl
    glance: Glance
    dossier: Dossier
    weeks: Weeks
    editorials: Editorials
    agenda: Agenda
    people: People
    logins: Logins
    outbox: Outbox
    #: whether its file was found damaged
    damage: Damage
    #: secret of this store; names deliveries outside so that nobody can guess or forge one
    key: bytes
    _writer: Writer
    _readers: Readers
    _lock: IO[bytes]

    def mark(self, delivery_id: int) -> str:
        """The delivery's name outside the store: 16 characters of lower-case base32, the same for ever."""
        return _mark(self.key, delivery_id)

    def close(self) -> None:
        """Finish what waits, close every connection, give up the lock; may be called twice."""
        # the writer's connection closes last, for only it can fold SQLite's log into the database: an older file that
        # somebody copies in later then meets no log of the newer one
        self._readers.close()
        self._writer.close()
        self.binding.close()
        self._lock.close()


def open_store(folder: Path, *, threaded: bool) -> Store:
    """Open (or create) the store in ``folder``.

    ``threaded`` gives the daemon's writer thread with group commit; otherwise each change is its own commit in the
    calling thread. Raises StoreLocked when another process owns it, StoreTooNew, StoreForeign, StoreDamaged,
    StoreError.
    """
    lock = take_lock(folder)
    try:
        return _open(folder, lock, threaded=threaded)
    except sqlite3.DatabaseError as error:
        lock.close()
        if not isinstance(error, sqlite3.OperationalError) and damage_in(error) is None:
            raise
        raise translated(error, "opened") from error
    except BaseException:
        lock.close()
        raise


def take_lock(folder: Path) -> IO[bytes]:
    """Own the store in ``folder`` until the file is closed. Raises StoreLocked, StoreError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / LOCK).open("ab")
    except OSError as error:
        raise StoreError(f"the store's folder {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StoreLocked(f"the store in {folder} is in use by another distributor") from error
    return lock


def _open(folder: Path, lock: IO[bytes], *, threaded: bool) -> Store:
    path = folder / FILE
    _look_through(path)
    key, owner, damage = prepare(path), secrets.randbits(62), Damage(path.with_name(DAMAGED))
    connect = partial(open_writer, path, damage)
    writer: Witnessed = ThreadWriter(connect) if threaded else InlineWriter(connect())
    readers = Readers(partial(open_reader, path, damage))
    alerts, posts = Alerts(writer, readers), Posts(readers)
    stories, letters = Stories(writer, readers, alerts), Letters(readers)
    lines = Lines(readers, stories, posts)
    asks, dials = Asks(writer, letters, key), DialStore(writer, readers, letters, key)
    return Store(
        folder=folder,
        stories=stories,
        deliveries=Deliveries(writer, readers, owner=owner),
        issues=Issues(writer, readers),
        subscribers=Subscribers(writer, readers, letters),
        letters=letters,
        relays=Relays(writer, readers),
        asks=asks,
        dials=dials,
        moves=Moves(writer, readers, letters, asks),
        imports=Imports(writer, readers, dials),
        audience=Audience(readers),
        bounces=Bounces(writer, readers, alerts, partial(_mark, key)),
        alerts=alerts,
        doubts=Doubts(writer, readers),
        holds=Holds(writer, readers),
        resends=Resends(writer),
        stops=Stops(writer, readers),
        approvals=Approvals(writer, readers),
        proof=Proof(readers),
        posts=posts,
        sightings=Sightings(writer, readers, owner=owner, mark=partial(_mark, key)),
        daybook=Daybook(writer, readers),
        wordings=Wordings(writer, readers),
        words=StoryWords(writer, readers),
        shift=Shift(readers),
        following=Following(writer, readers),
        mailings=Mailings(writer, readers),
        lines=lines,
        archive=Archive(writer, readers, lines),
        hubs=Hubs(writer, readers, key),
        findings=Findings(readers),
        binding=Binding(folder, store_name(key), writer, readers),
        cards=Cards(writer, readers),
        showings=Showings(writer, readers),
        preflights=Preflights(writer, readers),
        choices=Choices(readers),
        at_once=AtOnce(writer, readers),
        control=IssueControl(writer, readers),
        glance=Glance(readers),
        dossier=Dossier(readers),
        weeks=Weeks(readers),
        editorials=Editorials(writer, readers),
        agenda=Agenda(readers),
        people=People(writer, readers),
        logins=Logins(writer, key),
        outbox=Outbox(writer, readers),
        backups=Backups(path, store_name(key)),
        damage=damage,
        key=key,
        _writer=writer,
        _readers=readers,
        _lock=lock,
    )


def _look_through(path: Path) -> None:
    """Where damage was found before: look at all of the file, for a start may not touch it. Raises StoreDamaged."""
    note = path.with_name(DAMAGED)
    if note.exists() and path.exists():
        with closing(open_reader(path)) as reader:
            found = str(reader.query("PRAGMA integrity_check(1)")[0]["integrity_check"])
        if found != "ok":
            raise StoreDamaged(" ".join(found.split()))
        note.unlink()


def _mark(key: bytes, delivery_id: int) -> str:
    digest = hmac.new(key, str(delivery_id).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def prepare(path: Path) -> bytes:
    """Migrate the file and give its key, made at the first opening."""
    inspect(path)
    connection = open_writer(path)
    try:
        migrate(connection.raw)
        fresh = (secrets.token_hex(32),)
        connection.run("INSERT INTO meta (key, value) VALUES ('key', ?) ON CONFLICT DO NOTHING", fresh)
        return bytes.fromhex(connection.query("SELECT value FROM meta WHERE key = 'key'")[0]["value"])
    finally:
        connection.close()
