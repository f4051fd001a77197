"""The sockets under the HTTP library: checked addresses, one deadline. Must not decide which address is allowed."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from distributor.errors import FetchError
from distributor.net.guard import Deadline, Guard

#: ``socket.create_connection`` or something like it: (address, port), seconds
Connect: TypeAlias = Callable[[tuple[str, int], float], socket.socket]
_T = TypeVar("_T")


class Turn(threading.local):
    """What the calling thread is about: its deadline, and whether it had to open a connection for it."""

    deadline: Deadline
    opened: bool = False

    def begin(self, deadline: Deadline) -> None:
        """Another request begins."""
        self.deadline, self.opened = deadline, False


class Backend:
    """The HTTP library's network: opens sockets to checked addresses only (guard None: to the operator's proxy)."""

    def __init__(self, guard: Guard | None, connect: Connect, turn: Turn) -> None:
        """Keep the door, and whose turn it is."""
        self._guard = guard
        self._connect = connect
        self._turn = turn

    def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> Stream:
        """Connect to the first address that answers; the HTTP library still names ``host`` in Host and SNI.

        Raises Refusal, FetchError.
        """
        self._turn.opened, deadline = True, self._turn.deadline
        found = self._guard.addresses(host, port, deadline) if self._guard else [host]
        reason = ""
        for address in found:
            try:
                return Stream(self._connect((address, port), deadline.left()), self._turn)
            except OSError as error:
                reason = plain(error)
        deadline.left()
        raise FetchError(f"could not connect to {host}: {reason}")


class Stream:
    """A socket as the HTTP library wants it, with every wait cut at the deadline of whoever uses it now. Each method
    raises FetchError.
    """

    def __init__(self, sock: socket.socket, turn: Turn) -> None:
        """Take over the socket."""
        self._sock = sock
        self._turn = turn

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  the deadline is stricter
        """Bytes that came; empty at the end."""
        return self._guarded(lambda: self._sock.recv(max_bytes))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send everything; of nothing, which the library writes at each end, the system is not asked."""
        if buffer:
            self._guarded(lambda: self._sock.sendall(buffer))

    def close(self) -> None:
        """Give the socket back."""
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> Stream:
        """The same connection under TLS, with the certificate checked against the name in the address."""
        try:
            wrapped = self._guarded(lambda: ssl_context.wrap_socket(self._sock, server_hostname=server_hostname))
        except FetchError:
            self.close()
            raise
        return Stream(wrapped, self._turn)

    def get_extra_info(self, info: str) -> Any:
        """Whether something has come that nobody asked for: the server has closed an idle connection."""
        if info != "is_readable":
            return None
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def _guarded(self, act: Callable[[], _T]) -> _T:
        """The act under the deadline, its errors in plain words."""
        deadline = self._turn.deadline
        self._sock.settimeout(deadline.left())
        try:
            return act()
        except TimeoutError:
            raise deadline.late() from None
        except ssl.SSLCertVerificationError as error:
            raise FetchError(f"the certificate is not valid: {error.verify_message}") from error
        except OSError as error:
            raise FetchError(f"the connection was lost: {plain(error)}") from error


def plain(error: Exception) -> str:
    """An error of the system in words, without numbers and brackets."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words.strip() or type(error).__name__
