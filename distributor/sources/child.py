"""The process that parses what strangers wrote, under limits of memory and time. Must hold no secret and open nothing.

Started by ``guard.Guard`` as ``python -m distributor.sources.child BYTES WORK``; reads frames from its input and
answers on its output until the input ends. It says ``{"ready": true}`` once everything it needs is loaded.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

from distributor.errors import ParseError
from distributor.model import Frame
from distributor.sources import extracting, readers
from distributor.sources.frames import frame, read_frame
from distributor.sources.parsed import listing_to_json, reading_from_json, to_json

#: from what is asked and a document's bytes to values and bytes; raises ParseError
Work: TypeAlias = Callable[[Mapping[str, Any], bytes], tuple[dict[str, Any], bytes]]
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


def answer(asked: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """What the work asked for makes of the bytes, or the reason why nothing."""
    try:
        return WORKS[asked.get("work", "document")](asked, body)
    except ParseError as error:
        return {"error": str(error)}, b""
    except MemoryError:
        return {"error": "it needs more memory than reading it may take", "last": True}, b""


def _document(asked: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """What is asked of a document: ``parse`` its articles, find its ``leads``, or ``look`` at a page's head."""
    return _ACTS[asked.get("act", "parse")](asked, body), b""


def _parsed(asked: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """A document's articles."""
    found = readers.parse(body, asked["url"], asked["content_type"], reading_from_json(asked["reading"]))
    return {"parsed": to_json(found)}


def _led(asked: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """Where a listing leads."""
    found = readers.leads(body, asked["url"], asked["content_type"], reading_from_json(asked["reading"]))
    return {"listing": listing_to_json(found)}


def _looked(asked: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """What a page says of itself."""
    from distributor.text.head import page_meta
    from distributor.text.tree import UnreadableError

    try:
        return {"meta": asdict(page_meta(body, asked["url"], asked["content_type"]))}
    except UnreadableError as error:
        raise ParseError(f"the page {error}") from None


_ACTS: Final = {"parse": _parsed, "leads": _led, "look": _looked}


def _picture(asked: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """A picture as its platform takes it; without a frame its measures alone."""
    from distributor.sources.imaging import develop, measures

    if not asked.get("frame"):
        width, height = measures(body)
        return {"width": width, "height": height}, b""
    photo = develop(body, Frame(**asked["frame"]))
    return {"mime": photo.mime, "width": photo.width, "height": photo.height}, photo.data


def _load_documents() -> None:
    import distributor.sources.feedparse
    import distributor.sources.folderparse
    import distributor.sources.jsonfeed
    import distributor.sources.listing
    import distributor.sources.ninjs
    import distributor.sources.sitemap
    import distributor.sources.wordpress
    import distributor.text.head
    import distributor.text.sentences  # noqa: F401


def _prepare(asked: Mapping[str, Any]) -> None:
    """Load what this document alone needs, outside of its time; what is absent, or has no room, is said when it is
    asked.
    """
    reading = asked.get("reading", {})
    if reading.get("options", {}).get("extract"):
        with suppress(ParseError, MemoryError):
            extracting.load()


def _load_pictures() -> None:
    from distributor.sources.imaging import load

    load()


#: what can be asked for
WORKS: Final[Mapping[str, Work]] = {"document": _document, "picture": _picture}
#: what each needs, loaded before the limit
_LOADS: Final = {"document": _load_documents, "picture": _load_pictures}


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the input ends, or until memory ran out once (what is left of it is not to be trusted)."""
    sink.write(frame({"ready": True}))
    sink.flush()
    while (message := read_frame(source.read)) is not None:
        asked, body = message
        _prepare(asked)
        # processor time, so that a busy machine costs no reading; the kernel ends us, also inside a library's own loop
        signal.setitimer(signal.ITIMER_PROF, float(asked["seconds"]))
        signal.setitimer(signal.ITIMER_REAL, float(asked["seconds"]) * _BUSY)
        values, made = answer(asked, body)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        sink.write(frame(values, made))
        sink.flush()
        if values.get("last"):
            return


def main() -> None:
    """Load, limit, serve. Whatever a library prints must not get between the frames."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _LOADS[sys.argv[2]]()
    limit_memory(int(sys.argv[1]))
    with sink:
        serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
