"""Many schedules: ``python -m tests.simulation --schedules 200000 --seed 1 --workers 2``; one again: ``--only 1-77``.

Prints its figures; 0 when nothing was broken and every move and fault came.
"""

from __future__ import annotations

import argparse
import sys

from tests.simulation.figures import play, run

#: Below this many schedules the rare moves need not all have come.
ENOUGH = 1000


def main() -> int:
    """Run and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", help="one schedule's own seed, such as 1-77")
    asked = parser.parse_args()
    figures = play([asked.only]) if asked.only else run(asked.schedules, asked.seed, workers=asked.workers)
    print("\n".join(figures.lines()))
    missing = figures.missing() if figures.schedules >= ENOUGH else []
    if missing:
        print("never came: " + ", ".join(missing))
    return 1 if figures.problems or missing else 0


if __name__ == "__main__":
    sys.exit(main())
