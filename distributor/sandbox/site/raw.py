"""Documents that the newsroom site serves as they are: broken, slow, enormous or sample feeds.
Must not look into them.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from distributor.sandbox.http import Response

_KNOWN = frozenset(
    ("body_base64", "body", "content_type", "status", "headers", "repeat", "chunk_size", "chunk_delay", "validators")
)


def raw_response(document: Mapping[str, Any]) -> Response:
    """A document of the control plane's ``raw``. Raises ValueError or TypeError for one that cannot be served.

    ``body_base64`` or ``body``; ``content_type``; ``status``; ``headers``; ``repeat`` sends the body so many times,
    ``chunk_size`` parts it, ``chunk_delay`` waits so many seconds before each part; ``validators`` adds ETag and 304.
    """
    if set(document) - _KNOWN:
        raise ValueError(f"a raw document has no {sorted(set(document) - _KNOWN)}")
    given = document.get("body_base64")
    body = str(document.get("body", "")).encode("utf-8") if given is None else base64.b64decode(given, validate=True)
    headers = {"Content-Type": str(document.get("content_type", "application/octet-stream"))}
    response = Response(status=int(document.get("status", 200)), headers=headers | document.get("headers", {}))
    repeat, delay = int(document.get("repeat", 1)), float(document.get("chunk_delay", 0.0))
    if repeat == 1 and not delay and "chunk_size" not in document:
        return replace(response, body=body)
    size = int(document.get("chunk_size", 65536))
    return replace(response, chunks=_pieces(body, size, repeat), chunk_delay=delay)


def _pieces(body: bytes, size: int, repeat: int) -> Iterable[bytes]:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return itertools.chain.from_iterable(itertools.repeat(pieces, repeat))
