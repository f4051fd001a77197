"""Many power cuts: ``python -m tests.power --cuts 20000 --seed 1``. Prints its figures; 0 when nothing was lost."""

from __future__ import annotations

import argparse
import sys

from tests.power.drill import run


def main() -> int:
    """Run the cuts; weaker settings must show losses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL"), default="FULL")
    parser.add_argument("--lies", action="store_true", help="the disk only says that it syncs")
    asked = parser.parse_args()
    figures = run(asked.cuts, asked.seed, synchronous=asked.synchronous, lies=asked.lies)
    print("\n".join(figures.lines()))
    return 1 if figures.problems else 0


if __name__ == "__main__":
    sys.exit(main())
