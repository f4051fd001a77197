"""The format and measures of an uploaded file, from its first bytes. Must not trust a name or a declared type."""

from __future__ import annotations

import struct

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)


def sniff(head: bytes) -> str:
    """The media type that the bytes show; empty for one X does not take."""
    for start, mime in _STARTS:
        if head.startswith(start):
            return mime
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:10] == b"qt" else "video/mp4"
    return ""


def measures(head: bytes, mime: str) -> tuple[int, int]:
    """Width and height in pixels; zeros where the first bytes do not tell."""
    try:
        if mime == "image/png":
            return struct.unpack_from(">II", head, 16)
        if mime == "image/gif":
            return struct.unpack_from("<HH", head, 6)
        if mime == "image/jpeg":
            return _jpeg(head)
    except struct.error:
        return 0, 0
    return 0, 0


def _jpeg(head: bytes) -> tuple[int, int]:
    """Walk the segments to the frame header (ITU-T T.81, B.2.2). Raises struct.error when it lies further on."""
    place = 2
    while True:
        marker, length = struct.unpack_from(">HH", head, place)
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack_from(">HH", head, place + 5)
            return width, height
        place += 2 + length
