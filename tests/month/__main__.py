"""``python -m tests.month --readers 5000 --seed 1``: October 2026, in which clocks go forward in Australia (4th) and
back in Europe (25th); ``--start 2027-03-10 --days 27`` is the other way round.

0 when each reader got exactly what their dials said.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from tests.month.run import live
from tests.month.world import draw


def main() -> int:
    """Draw, live and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", default="2026-10-01")
    parser.add_argument("--days", type=int, default=31)
    asked = parser.parse_args()
    start = datetime.fromisoformat(asked.start).replace(tzinfo=UTC)
    judged = live(draw(start, asked.days, asked.readers, asked.seed))
    print("\n".join(judged.lines()))
    return 1 if judged.problems else 0


if __name__ == "__main__":
    sys.exit(main())
