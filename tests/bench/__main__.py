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
from tests.bench import commits, flashes, mails, pages, plans, polls, restart
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


#: what was promised: microseconds of a full post's weighted length, milliseconds of a story for all channels
MOST_LENGTH, MOST_STORY = 50.0, 2.0


def words() -> tuple[float, float, float]:
    """Microseconds of CPU of the weighted length of a full post: after other work, in a row as where a text is fitted,
    and those of the packaged twitter-text-parser.

    In turn, so that all meet the same machine.
    """
    from twitter_text import parse_tweet  # type: ignore[import-untyped]

    first, ours, theirs = [], [], []
    for _ in range(300):
        theirs.append(cpu(lambda: parse_tweet(POST)))
        first.append(cpu(lambda: weighted_length(POST)))
        ours.append(cpu(lambda: [weighted_length(POST) for _ in range(10)]) / 10)
    return statistics.median(first) * 1e6, statistics.median(ours) * 1e6, statistics.median(theirs) * 1e6


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU of one run."""
    start = time.process_time_ns()
    work()
    return (time.process_time_ns() - start) / 1e9


def rendering() -> dict[str, float]:
    """Milliseconds of CPU of one story rendered for each kind of channel, the median of many."""
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
        return (
            statistics.median(cpu(lambda: renderer.story(kind, limits[kind], story, link=told.url)) for _ in range(60))
            * 1e3
        )

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


def polled() -> bool:
    """Five hundred feeds in rhythm, and feedparser's own defaults; whether an unchanged one is cheap enough."""
    found = polls.polls()
    print(polls.told(found))
    return _kept("polling", found.ok, f"at most {polls.MOST} ms for an unchanged feed was promised")


def _kept(name: str, is_kept: bool, promise: str) -> bool:
    if not is_kept:
        print(f"  {name} falls short: {promise}")
    return is_kept


def counted() -> bool:
    """The weighted length of a full post against the packaged library's; whether it is fast enough."""
    first, ours, theirs = words()
    print(
        f"weighted length of a full post: {ours:.1f} us ({first:.1f} the first after other work), "
        f"{theirs / ours:.1f} times as fast as twitter-text-parser"
    )
    return _kept("weighted length", ours <= MOST_LENGTH, f"at most {MOST_LENGTH} us was promised")


def rendered() -> bool:
    """One story for all channels; whether it is fast enough."""
    found = rendering()
    told = ", ".join(f"{kind} {spent:.2f} ms" for kind, spent in found.items())
    print(f"one story rendered: {told}; {sum(found.values()):.2f} ms of CPU for all")
    return _kept("rendering", sum(found.values()) <= MOST_STORY, f"at most {MOST_STORY} ms was promised")


def mailed() -> bool:
    """A mail for one reader against the standard library's; whether it is cheap enough."""
    found = mails.costs()
    print(mails.told(found))
    return _kept("mail", found.ratio >= mails.LEAST, f"a {mails.LEAST:g}th of smtplib's CPU at most was promised")


def looked_at() -> bool:
    """The pages over a store of years; whether each is fast enough."""
    found = pages.pages()
    print(pages.told(found))
    return _kept("pages", not found.slow, f"at most {pages.MOST:g} ms was promised; too slow: {', '.join(found.slow)}")


def planned() -> bool:
    """Two weeks under other rules; whether somebody at a form can wait for it."""
    spent = plans.costs()
    print(f"a week of {plans.STORIES} stories replayed and the next foreseen under other rules: {spent:.2f} s of CPU")
    return _kept("plan", spent <= plans.MOST, f"at most {plans.MOST:g} s was promised")


def main() -> int:
    """Print one line for each benchmark; 1 when a promise is not kept."""
    kept = [ledger(), restarts(), pushed(), counted(), rendered(), polled(), mailed(), looked_at(), planned()]
    ours, theirs = parsing()
    print(f"a feed of 50 stories: {ours:.1f} ms, {ours / theirs:.2f} x feedparser's own settings")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
