"""Web pages from the ``web`` folder of templates. Must not know what a page is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from distributor.render.environment import Templates


class Pages:
    """Renders ``web/NAME.html.j2``."""

    def __init__(self, folders: Sequence[Path], zone: str) -> None:
        """``folders`` are the operators' own, before the shipped one; ``zone`` is the desk's."""
        self._templates = Templates(folders, zone)

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """One whole page. Raises TemplateError."""
        return self._templates.render(f"web/{name}.html.j2", context)
