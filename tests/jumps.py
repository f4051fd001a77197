"""The real daemon under a clock that jumps: ``python -m tests.jumps``, with Debian's faketime where it is installed.

The platforms' clock jumps along, as it would if the whole world's did. 0 when every story was seen once everywhere;
where there is no faketime, that is said, and nothing is proved.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from distributor.sandbox.client import start
from tests.platforms import Loop, everywhere, until

#: Where Debian keeps the library that answers for the clock (package libfaketime).
PLACES = "/usr/lib/*/faketime/libfaketimeMT.so.1"
#: Seconds by which the daemon's clock is away from the machine's: as it is, an hour back, a day ahead, as it is.
SHIFTS = (0, -3600, 86400, 0)
PLATFORMS = ("x", "telegram", "hooks")


def library() -> Path | None:
    """The library, where it is installed."""
    return next(iter(sorted(Path("/").glob(PLACES.lstrip("/")))), None)


def jumps(faketime: Path) -> Sequence[str]:
    """Let the clock jump under a running daemon, with a story after each jump; what was wrong, in words."""
    with tempfile.TemporaryDirectory(prefix="d-") as name, start(Path(name) / "platforms") as platforms:
        loop = Loop(Path(name), platforms)
        loop.clean()
        clock = Path(name) / "clock"
        clock.write_text("+0", "utf-8")
        # the monotonic clock stays true: no jump of the wall clock moves it
        fake = {"LD_PRELOAD": str(faketime), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}
        with loop.daemon(**fake, DONT_FAKE_MONOTONIC="1") as daemon:
            urls: list[str] = []
            before = 0
            for number, shift in enumerate(SHIFTS):
                platforms.advance(shift - before)
                clock.write_text(f"{shift:+d}", "utf-8")
                urls += loop.publish(f"Story {number} after a jump to {shift:+d} s")
                until(partial(everywhere, loop, urls), within=120)
                before = shift
            assert daemon.alive(), daemon.log.read_text("utf-8")
        log = (loop.folder / "daemon.log").read_text("utf-8")
        # how it ends is not judged here: the library disturbs sleeps on the true monotonic clock
        wrong = [f"the daemon's log holds a traceback: {log[-2000:]}"] if "Traceback" in log else []
        return [
            *wrong,
            *(f"{story} {n} times on {on}" for on in PLATFORMS for story, n in loop.shown(on).items() if n > 1),
        ]


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", type=Path, help=f"libfaketimeMT.so.1; default: {PLACES}")
    faketime = parser.parse_args().library or library()
    if faketime is None:
        print("faketime is not installed (Debian: libfaketime); the daemon was not run under a clock that jumps")
        return 0
    wrong = jumps(faketime)
    print("\n".join(wrong) or f"{len(SHIFTS)} stories, a clock that jumped to {SHIFTS} s: each seen once everywhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
