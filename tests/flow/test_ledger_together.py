"""Moves of many callers at once: what comes of them is what comes of each after the other."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

from distributor.errors import ChannelError, RateLimited, Rejected, Unauthorized, Unavailable, UnknownOutcome
from distributor.interfaces import Validators
from distributor.model import Finding, Level, Message, Receipt, Rendered
from distributor.rules.fate.lifecycle import decide
from distributor.rules.story.identity import changes
from distributor.store.connection import open_reader
from distributor.store.ledger.events import verify
from distributor.store.opening import FILE
from distributor.store.writer import SOON
from tests.support import NOON, article, intent, store_with

LEASE = timedelta(minutes=1)
FINDING = Finding(rule="tags", level=Level.WARN, found="six", fix="two")
#: Newest last by a platform's numbers, which are not in the order of the answers.
ANSWERS: tuple[Receipt | ChannelError, ...] = (
    Receipt(remote_id="10"),
    Rejected("no"),
    Receipt(remote_id="9", url="https://x.test/9"),
    UnknownOutcome("reset"),
    RateLimited("slowly", retry_after=timedelta(minutes=3), scope="app"),
    Unavailable("refused"),
    Unauthorized("wrong token"),
    Unauthorized("wrong token again"),
)
TABLES = ("deliveries", "findings", "events", "messages", "message_stories", "attempts", "channels", "limits")


class Together:
    """A writer that gathers joint works and runs those of one kind at once, or each after the other."""

    def __init__(self, inner, joined):
        self.inner, self.joined, self.waiting = inner, joined, []

    def call(self, work: Any, *, priority: int = SOON) -> Any:
        self.waiting.append(work)
        return {}

    def jot(self, work: Any) -> None:
        self.inner.jot(work)

    def close(self):
        self.inner.close()

    def run(self):
        works, self.waiting = self.waiting, []
        run, parts = works[0].run, [work.part for work in works]
        if self.joined:
            return self.inner.call(lambda connection: run(connection, parts))
        return [self.inner.call(work) for work in works]


def dicts(reader, table):
    return [dict(row) for row in reader.query(f"SELECT * FROM {table} ORDER BY 1, 2")]


def played(folder, *, joined, troubled=True):
    """The tables after every kind of answer; ``troubled``: one row started twice, one answered twice, and one whose
    story got another text.
    """
    store = store_with(folder, "x")
    store.deliveries._owner = 1
    count = len(ANSWERS) + 1
    for number in (1, 2):
        found = [
            (change, [intent(part=part, due_at=NOON) for part in range(count if number == 1 else 1)])
            for change in changes([article(number)], {})
        ]
        store.stories.ingest(
            "politics", (), lambda *_, found=found: found, validators=Validators(), baseline=False, now=NOON
        )
    inner = store._writer
    claimed = store.deliveries.claim_due("x", now=NOON, limit=100, lease=LEASE)
    if troubled:
        inner.call(lambda c: c.run("UPDATE stories SET revision = 1 WHERE id = 2"))
    store.deliveries._writer = together = Together(inner, joined)
    for entry in (*claimed, *claimed[: int(troubled)]):
        told = Rendered(
            delivery_id=entry.id, message=Message(text=f"{entry.part % 3}"), carried=((entry.subject_id, 0),)
        )
        if entry is claimed[1]:
            told = replace(told, findings=(FINDING,), is_news=True)
        store.deliveries.start([told], now=NOON, lease=LEASE)
    started = together.run()
    for entry, met in [*zip(claimed, ANSWERS, strict=False)] + [(claimed[0], ANSWERS[1])] * troubled:
        store.deliveries.record("x", [(entry, decide(met, tries=1, now=NOON))], now=NOON)
    together.run()
    with closing(open_reader(folder / FILE)) as reader:
        tables = {name: [tuple(row.values()) for row in dicts(reader, name)] for name in TABLES}
        broken = verify(dicts(reader, "events"))
    store.close()
    return started, tables, broken


def test_what_starts_and_ends_together_is_as_if_it_had_come_one_after_the_other(tmp_path):
    apart, together = (played(tmp_path / str(joined), joined=joined) for joined in (False, True))
    assert together == apart
    started, tables, broken = together
    assert broken is None
    assert [len(one) for one in started] == [1] * (len(ANSWERS) + 1) + [0, 0]  # outdated; started already
    assert [row for row in tables["channels"] if "10" in row]  # the newest post that the channel knows


def test_where_nothing_stands_in_the_way_all_are_written_at_once_and_it_is_the_same(tmp_path):
    apart, together = (played(tmp_path / str(joined), joined=joined, troubled=False) for joined in (False, True))
    assert together == apart
    started, tables, broken = together
    assert broken is None
    assert [len(one) for one in started] == [1] * (len(ANSWERS) + 2)
    assert len(tables["findings"]) == 1
