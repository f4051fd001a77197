"""A week replayed and the next one foreseen under other rules, on a store with 2,000 stories: seconds of CPU, with the
reading of the store.
"""

from __future__ import annotations

import random
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from distributor.calls import dispatch
from tests.apps import told_app
from tests.support import NOON, HandClock, ToldSource, article

#: What was promised, seconds.
MOST = 2.0
STORIES = 2000
_WORDS = (
    *("market", "river", "council", "school", "bridge", "match", "vote", "storm", "budget", "court", "road", "union"),
    *("film", "harvest", "clinic", "train"),
)

_CONFIG = """\
[store]
folder = "state"

[desk]
zone = "Europe/Minsk"

[feeds.politics]
url = "https://news.example.org/rss"
first_run = "publish"
surge = 0

[channels.x]
type = "console"
gap = "15m"
most_per_day = 60
quiet = "23:00-06:00"
stale = "skip"
price = 0.015
price_with_link = 0.2
budget_per_day = 5.0

[channels.y]
type = "console"
gap = "3m"
quiet = "23:00-06:00"
stale = "fold"

[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"

"""
_RULES = """\
[routes.all]
channels = ["x", "y"]

[digests.morning]
channel = "mail"
slots = ["every day at 07:30, 18:00"]
"""


def costs() -> float:
    """Seconds of CPU of one whole question."""
    chance = random.Random(11)
    with tempfile.TemporaryDirectory() as name:
        folder, clock, source = Path(name), HandClock(NOON - timedelta(days=7)), ToldSource([])
        (folder / "editorial.toml").write_text(_RULES, "utf-8")
        with closing(told_app(folder, clock=clock, source=source, config=_CONFIG)) as app:
            app.ingesters["politics"].run_once(clock.at)
            for number in range(STORIES // 10):
                clock.advance(7 * 86400 / (STORIES // 10))
                source.documents = [
                    [
                        article(
                            10 * number + one,
                            headline=" ".join(chance.choices(_WORDS, k=7)) + f" {number}-{one}",
                            body=" ".join(chance.choices(_WORDS, k=400)),
                            urgency=chance.choice((1, 3, 5, 5, 7)),
                            categories=(chance.choice(("Politics", "Economy", "Sport")),),
                            published=clock.at,
                        )
                        for one in range(10)
                    ]
                ]
                app.ingesters["politics"].run_once(clock.at)
            rules = _RULES.replace("07:30", "08:00") + '[channels.x]\ngap = "25m"\n'
            start = time.process_time()
            found = dispatch(app, "plan", {"replay": 7, "forecast": 7, "rules": rules})
            spent = time.process_time() - start
            assert found["replay"]["stories"] > 0.9 * STORIES
            assert found["replay"]["difference"]["changes"]
            return spent


if __name__ == "__main__":
    print(f"{costs():.2f} s of CPU")
