"""``python -m tests.mutants``: every planted bug must be found by its test. 0 when all were, 1 when one survived.

``--only WORDS`` plants the bugs whose name holds the words.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.planted import MUTANTS, Mutant
from tests.mutants.workshop import FAILED, PASSED, Finding, Workshop


def main() -> int:
    """Plant, run, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    wanted = [mutant for mutant in MUTANTS if asked.only in mutant.name]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        survivors = _survivors([Workshop(Path(folder) / str(number)) for number in range(asked.workers)], wanted)
    print(f"{len(wanted)} planted, {len(survivors)} survived, {time.monotonic() - started:.0f} s")
    return 1 if survivors else 0


def _survivors(shops: Sequence[Workshop], mutants: Sequence[Mutant]) -> Sequence[str]:
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    sound = shops[0].run(tests)
    print(f"sound: {'passed' if sound.code == PASSED else 'FAILED'} in {sound.seconds:.1f} s, {len(tests)} tests")
    if sound.code != PASSED:
        print(sound.output[-4000:])
        return ["the sound program itself"]
    free: SimpleQueue[Workshop] = SimpleQueue()
    for shop in shops:
        free.put(shop)

    def found(mutant: Mutant) -> Finding:
        shop = free.get()
        try:
            with shop.planted(mutant):
                return shop.run(mutant.tests)
        finally:
            free.put(shop)

    survivors = []
    with ThreadPoolExecutor(len(shops)) as pool:
        for mutant, finding in zip(mutants, pool.map(found, mutants), strict=True):
            word = {FAILED: "found", PASSED: "SURVIVED"}.get(finding.code, f"NOT RUN (exit {finding.code})")
            names = ", ".join(test.rpartition("::")[2] for test in mutant.tests)
            print(f"{finding.seconds:6.1f} s  {word:9} {mutant.name}  ({names})", flush=True)
            if finding.code != FAILED:
                survivors.append(mutant.name)
                print(finding.output[-1500:])
    return survivors


if __name__ == "__main__":
    sys.exit(main())
