"""The request log of one platform: what was asked, when, and whether it was committed. Must not keep a secret."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from distributor.sandbox.accounts import SECRETS

_BOT = re.compile(r"(/(?:file/)?bot)[^/?]+")
_KEYS = re.compile(r"([?&][^=&]*(?:token|secret|password|signature|key)[^=&]*=)[^&]*", re.IGNORECASE)


def redacted(target: str) -> str:
    """A request target or command line without tokens, passwords and signatures."""
    target = _KEYS.sub(r"\1***", _BOT.sub(r"\1***", target))
    for secret in SECRETS:
        target = target.replace(secret, "***")
    return target


@dataclass(kw_only=True)
class Seen:
    """One request."""

    n: int
    #: the platforms' instant, ISO 8601
    at: str
    method: str
    path: str
    #: octets of the body
    size: int
    #: the answer's status; None where none was sent
    status: int | None = None
    #: whether the platform's own code ran
    handled: bool = False
    #: the journal lines it wrote
    lines: list[int] = field(default_factory=list)
    #: the action of the scripted fault that hit it, and the script's name for it
    fault: str = ""
    fault_name: str = ""


class RequestLog:
    """The last requests of one platform, oldest first."""

    def __init__(self, most: int = 200_000) -> None:
        """Keep at most so many."""
        self._seen: deque[Seen] = deque(maxlen=most)
        self._n = 0

    def open(self, *, at: str, method: str, target: str, size: int) -> Seen:
        """Begin a line for a request that just arrived; the server fills in the rest."""
        self._n += 1
        seen = Seen(n=self._n, at=at, method=method, path=redacted(target), size=size)
        self._seen.append(seen)
        return seen

    def clear(self) -> None:
        """Forget all requests."""
        self._seen.clear()

    def dump(self) -> list[dict[str, Any]]:
        """The requests as JSON objects; ``committed`` says whether readers saw a change."""
        return [asdict(seen) | {"committed": bool(seen.lines)} for seen in self._seen]
