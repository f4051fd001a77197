"""Loaded by every Python that the suite starts: nothing but this machine can be reached.

A try to reach anything else fails as if there were no network, and is written down, so that the suite fails too.
"""

import os
import socket

_LOCAL = ("127.", "::1", "localhost", "::ffff:127.", "0.0.0.0", "")
_connect, _connect_ex, _sendto, _getaddrinfo = (
    socket.socket.connect,
    socket.socket.connect_ex,
    socket.socket.sendto,
    socket.getaddrinfo,
)


def _is_local(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else str(host or "")
    return text in ("", "localhost", "::1") or text.startswith(("127.", "::ffff:127."))


def _check(family: int, address: object) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple) and not _is_local(address[0]):
        book = os.environ.get("LOOPBACK_ONLY_BOOK", "")
        if book:
            with open(book, "a", encoding="utf-8") as file:  # noqa: PTH123 (as little as possible is imported here)
                file.write(f"{os.environ.get('PYTEST_CURRENT_TEST', 'a child')}: {address[0]}\n")
        raise OSError(101, "the suite reaches this machine only")


def connect(self: socket.socket, address):  # type: ignore[no-untyped-def]
    _check(self.family, address)
    return _connect(self, address)


def connect_ex(self: socket.socket, address):  # type: ignore[no-untyped-def]
    _check(self.family, address)
    return _connect_ex(self, address)


def sendto(self: socket.socket, data, *rest):  # type: ignore[no-untyped-def]
    _check(self.family, rest[-1])
    return _sendto(self, data, *rest)


def getaddrinfo(host, *rest, **named):  # type: ignore[no-untyped-def]
    digits = str(host).replace(".", "")
    if not _is_local(host) and not digits.isdigit() and ":" not in str(host):
        raise socket.gaierror(socket.EAI_NONAME, "the suite resolves no names")
    return _getaddrinfo(host, *rest, **named)


socket.socket.connect = connect  # type: ignore[method-assign]
socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
socket.socket.sendto = sendto  # type: ignore[assignment,method-assign]
socket.getaddrinfo = getaddrinfo
