"""What all readers' pages have in common: language, frame, and what a browser may do with them. Knows no page's matter.

The style stands in the page itself and is allowed by its hash, so no page needs a second request and nothing else may
be loaded, run, framed or kept.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse

from distributor.render.catalogues import accepted, speaker, spoken
from distributor.render.pages import Pages

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_POLICY = "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The newsroom as readers' pages name it."""

    name: str
    #: BCP 47
    language: str
    imprint: str
    #: what readers call the newsletters, by name
    titles: Mapping[str, str]
    #: networks of proxies, whose word about where a reader comes from counts
    proxies: Sequence[str] = ()


class Frame:
    """Renders readers' pages."""

    def __init__(self, pages: Pages, house: House, wake: Callable[[], None] = lambda: None) -> None:
        """``pages`` renders the templates of the web; ``wake`` has the lanes look for letters now."""
        self._pages = pages
        self.house = house
        self.wake = wake

    def language(self, request: Request, reader: str = "") -> str:
        """The language that the link asks for, else the reader's own, the browser's, the newsroom's."""
        browser = accepted(request.headers.get("accept-language", ""))
        return spoken(request.query_params.get("lang", ""), reader, *browser, self.house.language)

    def page(self, request: Request, name: str, *, reader: str = "", status: int = 200, **more: object) -> HTMLResponse:
        """One page in the reader's language (:meth:`language`), told that of the reader if it is known."""
        language = self.language(request, reader)
        context = {"house": self.house, "language": language, "_": speaker(language), **more}
        return self._answer(self._pages.render(name, context), status, language)

    def lost(self, request: Request, *, status: int = 404) -> HTMLResponse:
        """The page for a link that is none of ours (404), that is over (410), or for a form that is none (400)."""
        return self.page(request, "reader-lost", status=status, over=status == 410)

    def titled(self, topics: Sequence[str]) -> list[str]:
        """What readers call some newsletters."""
        return [self.house.titles.get(topic, topic) for topic in topics]

    def _answer(self, page: str, status: int, language: str) -> HTMLResponse:
        style = _STYLE.search(page)
        told = base64.b64encode(hashlib.sha256((style[1] if style else "").encode()).digest()).decode()
        fields = {
            "content-security-policy": _POLICY.format(told),
            "content-language": language,
            "x-robots-tag": "noindex",
        }
        return HTMLResponse(page, status_code=status, headers=fields)
