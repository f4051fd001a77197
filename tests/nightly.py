"""Long evidence runs: ``make nightly``. Prints its figures and its seed; a failure names the edition to run again.

``python -m tests.nightly --editions 200 --seed 7``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from html import escape
from pathlib import Path
from random import Random

from distributor.drills.demo import run_demo

WORDS = [
    "Parliament",
    "talks",
    "river",
    "bridge",
    "budget",
    "naïve",
    "Müller’s",
    "школа",
    "ў",
    "Мінску",
    "北京",
    "新闻",
    "أخبار",
    "עברית",
    "👩\u200d🚒",
    "🇧🇾",
    "❤️\u200d🔥",
    "3.5%",
    "$1,024",
    "№",
    "—",
    "…",
    "“quoted”",
    "U.S.",
    "т.е.",
    "«цитата»",
    "Booking.com",
    "text.Next",
    "#tag",
    "@name",
    "<b>bold</b>",
    "&amp;",
    "&lt;today&gt;",
    "été",
    "\u200b",
    "\u202e",
]


def headline(random: Random) -> str:
    """From one word to far over every limit; never only of signs that nobody sees (that is no headline)."""
    words = random.choices(WORDS, k=random.choice((0, 2, 7, 7, 19, 119)))
    words.insert(random.randrange(len(words) + 1), "Parliament")
    return " ".join(words)


def link(random: Random, number: int) -> str:
    """Addresses as newsrooms write them: queries, fragments, other scripts, brackets."""
    tail = random.choice(("", "?a=1&b=2", "#top", "?q=%D0%BF", "/путь/", "?x=(1)", ";v=1", "?utm_source=rss"))
    return f"https://news.example.org/{random.choice(('politics', 'economy', 'спорт'))}/{number}{tail}"


def edition(random: Random, stories: int) -> str:
    """One RSS document of random stories."""
    items = []
    for number in range(stories):
        body = "".join(f"<p>{escape(headline(random))}</p>" for _ in range(random.randrange(6)))
        items.append(
            f"<item><title>{escape(headline(random))}</title><link>{escape(link(random, number))}</link>"
            f"<description>{escape(body)}</description></item>"
        )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>n</title>{"".join(items)}</channel></rss>'


def main() -> int:
    """Run all editions; 0 when every story was seen exactly once everywhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--editions", type=int, default=200)
    parser.add_argument("--stories", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    start, sums = time.monotonic(), dict.fromkeys(("stories", "planned", "doubled", "missing", "unknown", "strange"), 0)
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "edition.xml"
        for number in range(asked.editions):
            file.write_text(edition(Random(f"{asked.seed}-{number}"), asked.stories), encoding="utf-8")
            found = run_demo(stories=file, out=None).json()
            sums = {name: count + found[name] for name, count in sums.items()}
            if not found["ok"]:
                bad.append(number)
                print(f"edition {number} of seed {asked.seed}: {found}", flush=True)
    print(f"{asked.editions} editions in {time.monotonic() - start:.0f} s: {sums}, not ok: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
