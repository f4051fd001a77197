"""A restart: from the start of the process to the first byte on the wire, with a million deliveries in the ledger."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from distributor.interfaces import Validators
from distributor.rules.story.identity import changes
from distributor.store.codes import to_ms
from distributor.store.connection import open_writer
from distributor.store.opening import FILE, Store, open_store
from tests.platforms import clean_environment
from tests.support import article, intent

#: Seconds within which the first delivery must be on the wire.
MOST = 2.0
ROWS = 1_000_000
#: Starts that are measured; the median is told.
STARTS = 5
#: Deliveries of each story: to a reader by mail, all but three.
EACH = 100
#: Longest that a start may take before the benchmark gives up (seconds).
PATIENCE = 120.0

_CONFIG = """\
[store]
folder = "state"

[net]
allow = ["127.0.0.1:{port}"]

[feeds.news]
url = "http://127.0.0.1:{port}/rss.xml"

[channels.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/stories"
secret = "not-a-real-secret"
allow_private = true

[channels.mail]
type = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
sender = "News <news@example.org>"

[routes.all]
channels = ["hook", "mail"]

[digests.daily]
channel = "mail"
slots = ["0 5 1 1 *"]
"""

#: A ledger that has worked for years, written in bulk: every story with its text, every delivery with its message.
_FILL = (
    """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :stories)
       INSERT INTO subjects (id, kind) SELECT i, 1 FROM n""",
    """INSERT INTO stories (id, feed, url, headline, fingerprint, pubstatus, baseline, first_seen_at, published_at)
       SELECT id, 'news', 'https://news.example.org/' || id || '/', 'Headline ' || id, 'f' || id, 'usable', 0,
              :now - id * 60000, :now - id * 60000 FROM subjects""",
    """INSERT INTO revisions (story_id, revision, seen_at, article)
       SELECT id, 0, first_seen_at, printf('{"headline": "%s", "body": "%s"}', headline, hex(zeroblob(900)))
       FROM stories""",
    "INSERT INTO story_keys (key, story_id) SELECT 'url:' || url, id FROM stories",
    """INSERT INTO messages (id, hash, content, created_at)
       SELECT id, CAST(printf('%032d', id) AS BLOB), '{"text": "' || headline || '"}', first_seen_at FROM stories""",
    "INSERT INTO message_stories (message_id, story_id, revision) SELECT id, id, 0 FROM stories",
    """WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :each - 1)
       INSERT INTO subscribers (id, address, created_at) SELECT i + 1, 'reader.' || i || '@example.org', :now FROM n""",
    """INSERT INTO subscriptions (subscriber_id, topic, state, created_at, confirmed_at)
       SELECT id, 'mail', 'confirmed', :now, :now FROM subscribers""",
    """WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :each - 1)
       INSERT INTO deliveries (subject_id, channel_id, recipient, act, state, due_at, planned_at, attempts, started_at,
                               ended_at, message_id, reason, remote_id)
       SELECT s.id, iif(n.i, :mail, :hook), n.i, 0, iif(n.i % 50 = 49, 5, 4), s.first_seen_at, s.first_seen_at, 1,
              s.first_seen_at, s.first_seen_at + 400, s.id, 'route all', 'remote-' || s.id || '-' || n.i
       FROM stories s, n""",
    """INSERT INTO events (at, kind, subject_id, delivery_id, actor, detail)
       SELECT ended_at, 'sent', subject_id, id, 'lane', remote_id FROM deliveries""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """What was measured, in seconds from the start of the process to the arrival of its first webhook."""

    rows: int
    full: float
    #: the same with nothing but that one delivery in the ledger
    empty: float


def restart(rows: int = ROWS) -> Restart:
    """Measure starts on an empty and on a full ledger; the medians."""
    with _receiver() as receiver:
        empty, full = (_median(receiver, count) for count in (0, rows))
    return Restart(rows=rows, full=full, empty=empty)


def _median(receiver: _Receiver, rows: int) -> float:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        config = folder / "config.toml"
        config.touch(mode=0o600)
        config.write_text(_CONFIG.format(port=receiver.port), "utf-8")
        with closing(open_store(folder / "state", threaded=False)) as store:
            for channel, kind in (("hook", "webhook"), ("mail", "email")):
                store.deliveries.know_channel(channel, kind, datetime.now(UTC))
        if rows:
            fill(folder / "state" / FILE, rows)
        # the first start compiles the program, as its installation does on an operator's machine
        return median([_start(config, receiver, rows + place) for place in range(STARTS + 1)][1:])


def fill(file: Path, rows: int) -> None:
    """Write so many ended deliveries into a store that knows the channels hook and mail."""
    with closing(open_writer(file)) as writer:
        numbers = {row["name"]: row["id"] for row in writer.query("SELECT id, name FROM channels")}
        now = to_ms(datetime.now(UTC)) - 3_600_000
        fields = {"stories": rows // EACH, "each": EACH, "now": now, "hook": numbers["hook"], "mail": numbers["mail"]}
        writer.run("BEGIN")
        for sql in _FILL:
            writer.run(sql, {name: value for name, value in fields.items() if f":{name}" in sql})
        writer.run("COMMIT")
        writer.query("PRAGMA wal_checkpoint(TRUNCATE)")


def _start(config: Path, receiver: _Receiver, number: int) -> float:
    """Seconds from the start of a process to its first webhook, for one story that waits in its ledger."""
    with closing(open_store(config.parent / "state", threaded=False)) as store:
        _plan(store, number)
    receiver.arrived.clear()
    command = [sys.executable, "-m", "distributor", "--config", str(config), "run", "--log-level", "error"]
    began = time.perf_counter()
    with (config.parent / "log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(config))
    try:
        assert receiver.arrived.wait(PATIENCE), (config.parent / "log").read_text("utf-8")
        return receiver.at - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def _environment(config: Path) -> Mapping[str, str]:
    """That of an installed program: its compiled modules are kept, whatever those of this process are."""
    found = clean_environment(PYTHONPYCACHEPREFIX=str(config.parent / "compiled"))
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def _plan(store: Store, number: int) -> None:
    now = datetime.now(UTC)
    store.deliveries.know_channel("hook", "webhook", now)
    told = article(number, feed="news", published=now)
    plan = [(change, [intent("hook", due_at=now)]) for change in changes([told], {})]
    store.stories.ingest("news", (), lambda *_: plan, validators=Validators(), baseline=False, now=now)


class _Receiver:
    """A web server on this machine that knows when the last webhook came."""

    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.at = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if not receiver.arrived.is_set():
                    receiver.at = time.perf_counter()
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.arrived.set()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self.server.server_address[1])


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    receiver = _Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()
