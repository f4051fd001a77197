"""Bodies in limits: bytes are counted on the wire and again while they unfold. Must not interpret what they say."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from typing import Final

from distributor.errors import FetchError

MIB: Final = 1 << 20
#: text shrinks 5 to 30 times; what unfolds further than this was made to hurt
_MOST_RATIO: Final = 200
_GZIP_MAGIC: Final = 0x1F
#: zlib's way to say "gzip", "zlib" and "raw deflate"
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15


def read_body(chunks: Iterable[bytes], *, coding: str, length: str, most: int) -> bytes:
    """The unfolded body of at most ``most`` bytes, from raw chunks and the fields Content-Encoding and Content-Length.

    Raises FetchError, and stops reading, as soon as a limit is passed.
    """
    if length.isascii() and length.isdigit() and int(length) > most:
        raise too_large(most)
    unfold = _unfolder(coding, most)
    wire = 0
    for chunk in chunks:
        wire += len(chunk)
        if wire > most:
            raise too_large(most)
        unfold.feed(chunk)
    return unfold.finish()


def too_large(most: int) -> FetchError:
    """The error that names the limit."""
    return FetchError(f"larger than {f'{most // MIB} MiB' if most % MIB == 0 else f'{most} bytes'}")


def _unfolder(coding: str, most: int) -> _Plain:
    """What undoes a Content-Encoding. Raises FetchError for one that was not asked for."""
    kinds: dict[str, Callable[[int], _Plain]] = {
        "": _Plain,
        "identity": _Plain,
        "gzip": _Gzip,
        "x-gzip": _Gzip,
        "deflate": _Deflate,
    }
    kind = kinds.get(coding.strip().lower())
    if kind is None:
        raise FetchError(f"answered in an encoding that was not asked for ({coding.strip()[:40]})")
    return kind(most)


class _Plain:
    """A body that is not compressed."""

    def __init__(self, most: int) -> None:
        """Nothing came yet."""
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> None:
        """Take one more chunk."""
        self._keep(chunk)

    def finish(self) -> bytes:
        """The whole body."""
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> None:
        """Count and keep. Raises FetchError."""
        self._size += len(part)
        if self._size > self._most:
            raise too_large(self._most)
        self._parts.append(part)


class _Gzip(_Plain):
    """A gzip body, possibly of several members (RFC 1952 section 2.2)."""

    _bits = _GZIP_BITS

    def __init__(self, most: int) -> None:
        """Nothing came yet."""
        super().__init__(most)
        self._wire = 0
        self._zip = zlib.decompressobj(self._bits)

    def feed(self, chunk: bytes) -> None:
        """Unfold one more chunk, never further than a byte beyond the limit. Raises FetchError."""
        self._wire += len(chunk)
        try:
            while chunk:
                if self._zip.eof and not self._restart(chunk):
                    return
                self._keep(self._zip.decompress(chunk, self._most - self._size + 1))
                self._check_ratio()
                chunk = self._zip.unused_data if self._zip.eof else self._zip.unconsumed_tail
        except zlib.error:
            raise FetchError("the compressed body is damaged") from None

    def finish(self) -> bytes:
        """The whole body. Raises FetchError when its end is missing."""
        if self._wire and not self._zip.eof:
            raise FetchError("the compressed body ends too early")
        return super().finish()

    def _restart(self, chunk: bytes) -> bool:
        """Begin a further member; padding and rubbish after the last one are ignored, as browsers do."""
        if chunk[0] != _GZIP_MAGIC:
            return False
        self._zip = zlib.decompressobj(self._bits)
        return True

    def _check_ratio(self) -> None:
        """Refuse a bomb long before the size limit would."""
        if self._size > MIB and self._size > _MOST_RATIO * self._wire:
            raise FetchError(f"a compression bomb: {self._wire} bytes unfold to more than {self._size // MIB} MiB")


class _Deflate(_Gzip):
    """A deflate body: with a zlib header as RFC 9110 section 8.4.1.2 says, or bare as some servers send it."""

    _bits = _ZLIB_BITS

    def feed(self, chunk: bytes) -> None:
        """Look at the first byte that comes (8 in its low half is zlib's method), then unfold."""
        if chunk and not self._wire and chunk[0] & 0x0F != 8:
            self._zip = zlib.decompressobj(_RAW_BITS)
        super().feed(chunk)

    def _restart(self, chunk: bytes) -> bool:  # noqa: ARG002
        """A deflate body has one member."""
        return False
