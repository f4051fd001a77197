"""Style, scripts and icon of the desk, each under a name that changes with what is in it. Nothing else is loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

#: A name that changes with its content may be kept for ever (RFC 8246).
_KEPT = {"cache-control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that pages load."""

    path: str
    kind: str
    content: bytes


class Assets:
    """What the pages of the desk load, from this machine."""

    def __init__(self, folder: Path) -> None:
        """``folder`` holds ``style/*.css``, ``script/*.js`` (joined in the order of their names) and ``icon/*.svg``."""
        self.style = _joined(folder / "style", "css", "text/css")
        self.script = _joined(folder / "script", "js", "text/javascript")
        self.icon = _joined(folder / "icon", "svg", "image/svg+xml")
        self.routes: Sequence[Route] = [
            Route(one.path, _giver(one), methods=["GET"]) for one in (self.style, self.script, self.icon)
        ]


def _joined(folder: Path, suffix: str, kind: str) -> Asset:
    content = b"\n".join(one.read_bytes() for one in sorted(folder.glob(f"*.{suffix}")))
    return Asset(f"/desk/{folder.name}-{hashlib.sha256(content).hexdigest()[:16]}.{suffix}", kind, content)


def _giver(asset: Asset) -> Callable[[Request], Response]:
    def give(_: Request) -> Response:
        return Response(asset.content, media_type=asset.kind, headers=_KEPT)

    return give
