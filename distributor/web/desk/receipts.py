"""``/receipt/TOKEN``: a story's receipt as a page that a CMS can frame, for as long as its link leads there."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from distributor.render.catalogues import accepted, speaker, spoken
from distributor.render.pages import Pages
from distributor.rules.people.receipts import opened
from distributor.web.desk.frame import House, since

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class ReceiptDoor:
    """Shows receipts to whoever has a link."""

    def __init__(
        self,
        pages: Pages,
        house: House,
        receipt: Callable[[int], Mapping[str, Any] | None],
        key: bytes,
        now: Callable[[], datetime],
        *,
        sites: Sequence[str] = (),
    ) -> None:
        """``receipt`` gives that of a story's number; ``sites`` may show it within their own pages."""
        self._pages = pages
        self._house = house
        self._receipt = receipt
        self._key = key
        self._now = now
        self._ancestors = " ".join(sites) or "'none'"
        self.routes = [Route("/receipt/{token}", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """200; 410 for a link that is over, 404 for one that is none of ours."""
        return await run_in_threadpool(self._show, request)

    def _show(self, request: Request) -> Response:
        found = opened(self._key, request.path_params["token"], self._now())
        told = self._receipt(found[0]) if found and found[1] else None
        status = 200 if told else 410 if found else 404
        browser = accepted(request.headers.get("accept-language", ""))
        language = spoken(request.query_params.get("lang", ""), *browser, self._house.language)
        context = {"_": speaker(language), "language": language, "house": self._house, "told": told, "at": since}
        page = self._pages.render("receipt", context)
        style = _STYLE.search(page)
        told_style = base64.b64encode(hashlib.sha256((style[1] if style else "").encode()).digest()).decode()
        policy = (
            f"default-src 'none'; style-src 'sha256-{told_style}'; base-uri 'none'; form-action 'none'; "
            f"frame-ancestors {self._ancestors}"
        )
        fields = {"content-security-policy": policy, "content-language": language, "x-robots-tag": "noindex, nofollow"}
        return HTMLResponse(page, status_code=status, headers=fields)
