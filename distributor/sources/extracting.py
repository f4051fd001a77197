"""The text of an article page that no selector is given for: the extra ``extract``. Must not be loaded unasked."""

from __future__ import annotations

import logging

from distributor.errors import ParseError

ABSENT = 'extract = true needs the extra "extract": pip install "distributor[extract]"'


def load() -> None:
    """Load the library, which takes a second. Raises ParseError where it is not installed."""
    try:
        import trafilatura
    except ImportError:
        raise ParseError(ABSENT) from None
    # it tells of every page that it finds strange
    logging.getLogger(trafilatura.__name__).setLevel(logging.CRITICAL)


def extracted(body: bytes, url: str) -> str:
    """The text of a page as markup; empty where none was found. Raises ParseError where the extra is absent."""
    load()
    import trafilatura

    found = trafilatura.extract(body, url=url or None, fast=True, include_comments=False, include_tables=False)
    escaped = (found or "").replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"<p>{line}</p>" for line in escaped.splitlines() if line.strip())
