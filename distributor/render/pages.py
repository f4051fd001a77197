"""Web pages from the ``web`` folder of templates. Must not know what a page is about."""

from __future__ import annotations

import time
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

    def warm(self, start: str, *, breath: float = 0.0) -> None:
        """Compile the pages whose names begin so, for which whoever asks first would wait; raises TemplateError.

        ``breath`` is how long others are let go on between two of them, in seconds.
        """
        for folder in self._templates.folders:
            for file in sorted((folder / "web").glob(f"{start}*.html.j2")):
                self._templates.compile(str(file.relative_to(folder)))
                time.sleep(breath)
