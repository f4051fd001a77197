"""The process that parses what strangers wrote, under limits of memory and time. Must hold no secret and open nothing.

Started by ``guard.Guard`` as ``python -m distributor.sources.child BYTES``; reads frames from its input and answers on
its output until the input ends. It says ``{"ready": true}`` once everything it needs is loaded.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from distributor.errors import ParseError
from distributor.sources.frames import frame, read_frame
from distributor.sources.parsed import Reading, to_json

#: so many times its seconds by the clock on the wall; should the parent be gone, the child ends itself
_BUSY: Final = 15.0


def limit_memory(more: int) -> None:
    """Allow so many bytes beyond what is in use now."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = Path("/proc/self/statm")
    if pages.exists():
        size = int(pages.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + more, size + more))
    else:  # no procfs: heap alone, which is what a bomb fills
        resource.setrlimit(resource.RLIMIT_DATA, (more, more))


def answer(asked: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """The parsed document, or the reason why there is none."""
    from distributor.sources.feedparse import parse_document

    reading = asked["reading"]
    options = Reading(**{**reading, "agencies": tuple(reading["agencies"])})
    try:
        return {"parsed": to_json(parse_document(body, asked["url"], asked["content_type"], options))}
    except ParseError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "the document needs more memory than parsing may take", "last": True}


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the input ends, or until memory ran out once (what is left of it is not to be trusted)."""
    sink.write(frame({"ready": True}))
    sink.flush()
    while (message := read_frame(source.read)) is not None:
        asked, body = message
        # processor time, so that a busy machine costs no reading; the kernel ends us, also inside a library's own loop
        signal.setitimer(signal.ITIMER_PROF, float(asked["seconds"]))
        signal.setitimer(signal.ITIMER_REAL, float(asked["seconds"]) * _BUSY)
        values = answer(asked, body)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sink.write(frame(values))
        sink.flush()
        if values.get("last"):
            return


def main() -> None:
    """Load, limit, serve. Whatever a library prints must not get between the frames."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import distributor.sources.feedparse
    import distributor.text.sentences  # noqa: F401  loaded before the limit, like all that parsing needs

    limit_memory(int(sys.argv[1]))
    with sink:
        serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
