"""One server in a thread of its own, with its own loop; the rest of the program stays synchronous. Knows no page."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from distributor.errors import ListenError

if TYPE_CHECKING:
    from starlette.applications import Starlette

log = logging.getLogger(__name__)

#: How long a stop waits for requests in hand, seconds.
GRACE = 5
#: Connections at once; more are refused with 503, so that a flood costs no memory.
MOST = 200


#: Seconds after which a thread that computes lets another one go on. At each of its many short calls to the system the
#: server lets others go on, and then waits so long for each that computes: with Python's own 5 ms a request took 40 ms
#: and more while mail was being set, and two hundred in a second were too many.
TURN = 0.0002


def listen(host: str, port: int) -> socket.socket:
    """Take an address; requests wait until somebody serves there. Raises ListenError."""
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(128)
    except OSError as error:
        taken.close()
        reason = (error.strerror or type(error).__name__).lower()
        raise ListenError(f"web.listen: cannot listen on {host}:{port} ({reason})") from error
    return taken


class WebServer:
    """Serves one application on one address."""

    def __init__(
        self,
        site: Starlette,
        host: str,
        port: int,
        taken: socket.socket | None = None,
        warm: Callable[[], object] = lambda: None,
    ) -> None:
        """Take the address, or serve where it was ``taken`` before; requests wait until :meth:`start`, and until
        ``warm`` has laid ready what the first of them would all wait for.

        What was taken before stays taken after :meth:`close`. Raises ListenError.
        """
        self._warm = warm
        self._socket = listen(host, port) if taken is None else taken.dup()
        #: where it is reached: host and port, the port chosen by the machine where 0 was asked for
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._server = uvicorn.Server(
            uvicorn.Config(
                site,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        sys.setswitchinterval(min(TURN, sys.getswitchinterval()))
        self._thread.start()
        log.info("web: http://%s:%d", *self.address)

    def _run(self) -> None:
        try:
            self._warm()
        except Exception:
            log.exception("web: not everything is laid ready")  # whoever asks for it is told
        self._server.run(sockets=[self._socket])

    def close(self) -> None:
        """Answer no more; requests in hand are finished, within :data:`GRACE`."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(GRACE + 5)
        self._socket.close()
