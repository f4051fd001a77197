"""Which pages stand on which host: readers' pages and the desk apart, where they are configured so. Knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

#: readers' pages stand below it
READERS = "/r/"
#: what monitors ask on every host
_EVERYWHERE = frozenset({"/healthz"})
_USUAL = ("80", "443")


class Hosts:
    """The hosts of readers' pages and of everything else."""

    def __init__(self, public: str | None, readers: str | None, before: Sequence[str] = ()) -> None:
        """``readers`` is where readers' pages stand, ``before`` where they stood; None: beside everything else.

        ``public`` is where everything else is reached.
        """
        own = host_of(public or "")
        self._is_apart = readers is not None and host_of(readers) != own
        self._readers = {host_of(one) for one in (*([readers] if readers else []), *before)}
        self._shared = {own} & self._readers - {""}

    def answers(self, host: str, path: str) -> bool:
        """Whether a page stands on a host, as a browser names it (``news.example.org:8443``).

        A host that is not ours is the desk's: it is reached on this machine by any name.
        """
        if not self._is_apart or path in _EVERYWHERE:
            return True
        named = host_of(f"//{host}")
        return named in self._shared or (named in self._readers) == path.startswith(READERS)


def host_of(url: str) -> str:
    """The host of an address in small letters, with its port where that is not the usual one; empty for none."""
    host = urlsplit(url).netloc.rpartition("@")[2].lower()
    name, colon, port = host.rpartition(":")
    if colon and (port in _USUAL or not port):
        host = name
    elif colon and port.isdigit():
        return f"{name.rstrip('.')}:{port}"
    return host.rstrip(".")
