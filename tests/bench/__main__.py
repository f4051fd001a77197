"""Run every benchmark and print its ratio: ``make bench``."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from distributor.interfaces import Validators
from distributor.model import Limits, Message, Receipt, Rendered, Story
from distributor.render import Desk, Renderer
from distributor.rules.identity import changes
from distributor.rules.lifecycle import decide
from distributor.sources.feedparse import parse_document
from distributor.sources.parsed import Reading
from distributor.store.connection import open_writer
from distributor.text.measure import utf16_length, weighted_length
from tests.support import NOON, article, intent, store_with

POST = (
    "Parliament has passed a law that obliges every public body to publish its tenders as open data. The law takes "
    "effect on 1 March. Contracts worth more than 10,500 roubles will have to be published within 3.5 working days of "
    "signing. https://news.example.org/politics/view/law-on-open-data-100001-2026/?utm_id=jmliyqukxgin6ken"
)


def median(work: Callable[[], object], *, runs: int) -> float:
    """Seconds of CPU and waiting of one run, the median of many."""
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def single_commits(folder: Path, rows: int = 1500) -> float:
    """The yardstick of the ledger: rows a second, one synced commit each, straight into SQLite."""
    with closing(open_writer(folder / "plain.sqlite3")) as plain:
        plain.run("CREATE TABLE rows (id INTEGER PRIMARY KEY, words TEXT)")
        start = time.perf_counter()
        for _ in range(rows):
            plain.run("INSERT INTO rows (words) VALUES (?)", ("x" * 400,))
        return rows / (time.perf_counter() - start)


def deliveries(folder: Path, senders: int = 50, each: int = 40) -> float:
    """Deliveries a second through claim, start and record, every move synced, with many senders at once."""
    store = store_with(folder / "ledger", "x", threaded=True)
    plan = [intent(part=part) for part in range(senders * each)]
    found = [(change, plan) for change in changes([article()], {})]
    store.stories.ingest("politics", (), lambda _: found, validators=Validators(), baseline=False, now=NOON)
    lease = timedelta(minutes=15)

    def send() -> None:
        while claimed := store.deliveries.claim_due("x", now=NOON, limit=1, lease=lease):
            entry = claimed[0]
            rendered = Rendered(delivery_id=entry.id, message=Message(text=str(entry.id)), carried=((1, 0),))
            store.deliveries.start([rendered], now=NOON, lease=lease)
            verdict = decide(Receipt(remote_id="1"), tries=1, now=NOON)
            store.deliveries.record("x", [(entry, verdict)], now=NOON)

    threads = [threading.Thread(target=send) for _ in range(senders)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = senders * each / (time.perf_counter() - start)
    store.close()
    return rate


def words() -> tuple[float, float]:
    """Microseconds of the weighted length of a full post, and of Python's own lower-casing of it, a hundred times."""
    return median(lambda: weighted_length(POST), runs=3000) * 1e6, median(POST.lower, runs=3000) * 1e6


def rendering() -> dict[str, float]:
    """Milliseconds of one story rendered for each kind of channel."""
    renderer = Renderer((), Desk(name="Demo", zone="UTC"))
    told = replace(article(), body=f"{POST}\n\n{POST}\n\nA last paragraph.", summary="")
    story = Story(id=1, article=told, first_seen_at=NOON)
    limits = {
        "twitter": Limits(text=280, measure=weighted_length),
        "telegram": Limits(text=4096, measure=utf16_length),
        "webhook": Limits(text=None),
        "email": Limits(text=None),
    }

    def one(kind: str) -> float:
        return median(lambda: renderer.story(kind, limits[kind], story, link=told.url), runs=60) * 1e3

    return {kind: one(kind) for kind in limits}


def parsing() -> tuple[float, float]:
    """Milliseconds to read a feed of fifty stories, and those of feedparser with its own settings."""
    import feedparser

    item = "<item><title>Story {0}</title><link>https://e.org/{0}</link><description>{1}</description></item>"
    items = "".join(item.format(number, POST.replace("&", "&amp;")) for number in range(50))
    document = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()
    ours = median(lambda: parse_document(document, "https://e.org/", "text/xml", Reading()), runs=15)
    theirs = median(lambda: feedparser.parse(document), runs=15)
    return ours * 1e3, theirs * 1e3


def main() -> None:
    """Print one line for each benchmark."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yard, rate = single_commits(folder), deliveries(folder)
    print(f"ledger: {rate:,.0f} deliveries/s of 50 senders, {rate / yard:.2f} x {yard:,.0f} single synced commits/s")
    ours, theirs = words()
    print(f"weighted length of a full post: {ours:.1f} us, {ours / theirs:.0f} x str.lower of it")
    found = rendering()
    told = ", ".join(f"{kind} {spent:.2f} ms" for kind, spent in found.items())
    print(f"one story rendered: {told}; {sum(found.values()):.2f} ms for all")
    ours, theirs = parsing()
    print(f"a feed of 50 stories: {ours:.1f} ms, {ours / theirs:.2f} x feedparser's own settings")


if __name__ == "__main__":
    main()
