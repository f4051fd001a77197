"""What comes in with a request, within limits. Must not know what it is for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from starlette.requests import Request

#: A sender that is slower than this (seconds for a whole body) holds a connection for nothing.
SLOWEST = 20.0


async def read_body(request: Request, most: int) -> bytes:
    """The body, of at most ``most`` bytes. Raises HTTPException: 413 for a longer one, 408 for one that is late."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > most:
        raise HTTPException(413, f"more than {most} bytes")
    found = bytearray()
    try:
        async with asyncio.timeout(SLOWEST):
            async for chunk in request.stream():
                found += chunk
                if len(found) > most:
                    raise HTTPException(413, f"more than {most} bytes")
    except TimeoutError:
        raise HTTPException(408, "the body did not come in time") from None
    return bytes(found)
