"""Run every benchmark and print its ratio: ``make bench``. 1 when one of the promised figures is not reached."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from distributor.model import Limits, Story
from distributor.render import Desk, Renderer
from distributor.sources.feedparse import parse_document
from distributor.sources.parsed import Reading
from distributor.text.measure import utf16_length, weighted_length
from tests.bench import commits, flashes, restart
from tests.support import NOON, article

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


def ledger() -> bool:
    """Group commit against single commits; whether it keeps up."""
    found = commits.pairs()
    ratio = commits.median(found)
    told = ", ".join(f"{pair.deliveries:,.0f}/{pair.commits:,.0f}" for pair in found)
    print(
        f"ledger: {ratio:.2f} deliveries of {commits.SENDERS} senders for each single synced commit (median of {told})"
    )
    return _kept("group commit", ratio >= commits.LEAST, f"at least {commits.LEAST} was promised")


def restarts() -> bool:
    """From the start of the process to its first webhook; whether it is soon enough."""
    found = restart.restart()
    print(
        f"restart: first send {found.full:.2f} s after the start with {found.rows:,} deliveries in the ledger, "
        f"{found.empty:.2f} s with none ({found.full / found.empty:.2f} x)"
    )
    return _kept("restart", found.full <= restart.MOST, f"at most {restart.MOST} s was promised")


def pushed() -> bool:
    """Flashes in the midst of a digest; whether they are in time."""
    found = flashes.flashes()
    told = ", ".join(f"{name} {found.median[name] * 1e3:.0f}/{found.p99[name] * 1e3:.0f} ms" for name in found.median)
    print(
        f"flash: median/p99 of {flashes.FLASHES} from the plan's commit to its arrival: {told}; "
        f"{found.mails:,} mails of a digest left meanwhile, {found.waiting:,} were still waiting"
    )
    return _kept("flash", found.ok, f"at most {flashes.MOST} s for 99 of 100 was promised, a digest under way")


def _kept(name: str, is_kept: bool, promise: str) -> bool:
    if not is_kept:
        print(f"  {name} falls short: {promise}")
    return is_kept


def main() -> int:
    """Print one line for each benchmark; 1 when a promise is not kept."""
    kept = [ledger(), restarts(), pushed()]
    ours, theirs = words()
    print(f"weighted length of a full post: {ours:.1f} us, {ours / theirs:.0f} x str.lower of it")
    found = rendering()
    told = ", ".join(f"{kind} {spent:.2f} ms" for kind, spent in found.items())
    print(f"one story rendered: {told}; {sum(found.values()):.2f} ms for all")
    ours, theirs = parsing()
    print(f"a feed of 50 stories: {ours:.1f} ms, {ours / theirs:.2f} x feedparser's own settings")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
