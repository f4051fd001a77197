"""What the desk's pages have in common: language, frame, style, what a browser may do. Knows no page's matter."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from distributor.errors import DistributorError, StoreError
from distributor.model.people import Caller
from distributor.render.catalogues import accepted, languages, speaker, spoken
from distributor.render.environment import shipped_folder
from distributor.render.pages import Pages
from distributor.rules.people.access import refusal
from distributor.web.desk.assets import Assets
from distributor.web.desk.gate import Gate
from distributor.web.desk.refusals import told_of
from distributor.web.readers.forms import MOST, Form, read_form

#: Nothing but our own files is loaded, nothing inline runs, and forms lead nowhere else.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Of a mail that is shown in a frame: its own styles alone, in an origin of its own.
FRAMED = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
_FIELDS = {
    "content-security-policy": POLICY,
    # forms must be able to say where they come from (Origin is "null" under "no-referrer")
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}
#: Where the desk stands, and the page that asks who somebody is.
HOME, LOGIN = "/desk", "/desk/login"
#: The pages that stand in the bar of every page, in its order.
ROOMS: Mapping[str, str] = {
    "now": HOME,
    "decide": f"{HOME}/decide",
    "queue": f"{HOME}/queue",
    "schedules": f"{HOME}/schedules",
    "digests": f"{HOME}/digests",
    "readers": f"{HOME}/readers",
    "channels": f"{HOME}/channels",
    "feeds": f"{HOME}/feeds",
}
#: The rooms that not everybody may enter, each with the call that somebody there must be allowed.
_LOCKED: Mapping[str, str] = {"readers": "readers"}
_LANGUAGE, _YEAR = "language", 365 * 24 * 3600

_R = TypeVar("_R", bound=Response)
#: Answers one request of somebody who is known; and one that came with a form.
Answer = Callable[[Request, Caller], Response]
Step = Callable[[Request, Caller, Form], Response]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The newsroom as its own pages name it."""

    name: str
    #: IANA name of its zone
    zone: str
    #: BCP 47
    language: str


class Frame:
    """Renders the desk's pages."""

    def __init__(self, pages: Pages, house: House, gate: Gate, stopped: Callable[[], Mapping[str, Any]]) -> None:
        """``pages`` renders the templates of the web; ``stopped`` tells of the stops in force, and costs nothing."""
        self._pages = pages
        self._stopped = stopped
        self.house = house
        self.gate = gate
        self.assets = Assets(shipped_folder() / "web" / "desk")

    async def known(self, request: Request, answer: Answer) -> Response:
        """What ``answer`` gives to whoever is logged in; everybody else is shown to the login page."""
        return await self.sheltered(request, self._known(request, answer))

    async def sheltered(self, request: Request, answer: Awaitable[Response]) -> Response:
        """An answer; where the store fails under it the page that says so (503), which leads back to what was asked."""
        try:
            return await answer
        except StoreError as error:
            return self.not_done(request, None, error, own_path(_whole(request)) if request.method == "GET" else HOME)

    async def _known(self, request: Request, answer: Answer) -> Response:
        caller = await run_in_threadpool(self.gate.caller, request)
        if caller is None:
            return self.go(request, f"{LOGIN}?next={quote(_whole(request))}")
        return await run_in_threadpool(answer, request, caller)

    async def formed(self, request: Request, step: Step, most: int = MOST) -> Response:
        """What ``step`` gives to whoever is logged in and sent a form from our own pages; 403 for another site's."""
        if not self.gate.may_change(request):
            return self.refused(request, None, "origin")
        form = await read_form(request, most)
        return await self.known(request, lambda request, caller: step(request, caller, form))

    def page(
        self, request: Request, name: str, caller: Caller | None = None, /, *, status: int = 200, **more: object
    ) -> HTMLResponse:
        """One page, in the language that was chosen here, else the browser's, else the newsroom's."""
        chosen = request.query_params.get("lang", "")
        browser = accepted(request.headers.get("accept-language", ""))
        language = spoken(chosen, request.cookies.get(_LANGUAGE, ""), *browser, self.house.language)

        known: dict[str, bool] = {}

        def may(call: str) -> bool:
            if call not in known:  # a page has one button many times
                known[call] = caller is not None and not refusal(caller.role, call, ())
            return known[call]

        context = {
            "house": self.house,
            "language": language,
            "languages": languages(),
            "_": speaker(language),
            "caller": caller,
            "here": request.url.path,
            "in_language": lambda one: _in_language(request, one),
            "rooms": {name: path for name, path in ROOMS.items() if name not in _LOCKED or may(_LOCKED[name])},
            "style": self.assets.style.path,
            "script": self.assets.script.path,
            "icon": self.assets.icon.path,
            "did": request.query_params.get("did", ""),
            "stopped": None if caller is None else self._halted(),
            "may": may,
            **more,
        }
        response = HTMLResponse(self._pages.render(f"desk/{name}", context), status_code=status)
        response.headers["content-language"] = language
        if chosen in languages():
            secure = self.gate.origin.is_secure(request)
            response.set_cookie(_LANGUAGE, chosen, max_age=_YEAR, secure=secure, httponly=True, samesite="lax")
        return self.guarded(request, response)

    def framed(self, request: Request, markup: str) -> HTMLResponse:
        """Markup that is not ours, for a frame on one of our pages: it runs nothing, asks nobody and leads nowhere."""
        response = self.guarded(request, HTMLResponse(markup))
        response.headers["content-security-policy"] = FRAMED
        response.headers["x-frame-options"] = "SAMEORIGIN"
        return response

    def refused(self, request: Request, caller: Caller | None, why: str, *, status: int = 403) -> HTMLResponse:
        """The page that says why not: ``origin``, ``role`` or ``lost``."""
        return self.page(request, "refused", caller, status=status, why=why)

    async def nowhere(self, request: Request) -> Response:
        """The page for an address below the desk at which nothing stands (404); a stroke at its end goes."""
        path = request.url.path.rstrip("/")
        if path != request.url.path:
            return self.go(request, own_path(f"{path}?{request.url.query}" if request.url.query else path))
        return await self.known(request, lambda request, caller: self.refused(request, caller, "lost", status=404))

    def not_done(self, request: Request, caller: Caller | None, error: DistributorError, back: str) -> HTMLResponse:
        """The page that says why a call did nothing, and leads ``back``."""
        told = told_of(error)
        if told.is_broken:
            log.error("a page met the store: %s", error)
        return self.page(request, "not-done", caller, status=told.status, told=told, back=back)

    def go(self, request: Request, path: str) -> Response:
        """Lead on to another page of the desk."""
        return self.guarded(request, RedirectResponse(path, status_code=303))

    def _halted(self) -> Mapping[str, Any] | None:
        """The stops in force; None while the store cannot be read: a page that says so must not fail itself."""
        try:
            return self._stopped()
        except StoreError:
            return None

    def guarded(self, request: Request, response: _R) -> _R:
        """An answer with what every answer of the desk's pages says to browsers."""
        for name, value in _FIELDS.items():
            response.headers[name] = value
        if self.gate.origin.is_secure(request):
            response.headers["strict-transport-security"] = "max-age=31536000"
        return response


def _whole(request: Request) -> str:
    """What was asked for, to be led back to; what a button led to is no page, and is known by its path alone."""
    path, query = request.url.path, request.url.query
    return f"{path}?{query}" if query and request.method == "GET" else path


def _in_language(request: Request, language: str) -> str:
    """The page that is shown, in another language; what a button led to is no page."""
    if request.method != "GET":
        return f"{HOME}?lang={language}"
    return f"{request.url.path}?{urlencode({**request.query_params, 'lang': language})}"


def own_path(path: str) -> str:
    """A path of the desk that a login may lead on to; the first page for anything else."""
    parts = urlsplit(path)
    is_own = not parts.scheme and not parts.netloc and (parts.path == HOME or parts.path.startswith(f"{HOME}/"))
    is_plain = path.isprintable() and path.isascii() and "\\" not in path and "//" not in parts.path
    if not is_own or not is_plain or f"{parts.path}/".startswith(f"{LOGIN}/"):
        return HOME
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def since(text: str | None) -> datetime | None:
    """The instant of a call's JSON."""
    return None if text is None else datetime.fromisoformat(text)
