"""``/desk/digests``: what each newsletter sends next, how its issues stand, what a reader would get. Changes nothing.

A reader is named by a number wherever an address would stand in a log: whoever types one is led on to the page of the
number. A mail is drawn by a page of its own, in a frame that may load and run nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.errors import CallError
from distributor.model.people import Caller
from distributor.render.gallery import inert
from distributor.rules.people.access import refusal
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer
from distributor.web.readers.forms import Form, first

DIGESTS = f"{HOME}/digests"


class DigestsDoor:
    """The pages of digests."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [
            Route(DIGESTS, self._door(self._list), methods=["GET"]),
            Route(f"{DIGESTS}/issue/{{issue:int}}", self._door(self._issue), methods=["GET"]),
            Route(f"{DIGESTS}/preview/{{name}}", self._door(self._preview), methods=["GET"]),
            Route(f"{DIGESTS}/preview/{{name}}", self.choose, methods=["POST"]),
            Route(f"{DIGESTS}/mail/{{name}}", self._door(self._mail), methods=["GET"]),
        ]

    async def choose(self, request: Request) -> Response:
        """303 to the preview for the reader whose address was typed, at the moment that was; 403 from elsewhere."""
        return await self._frame.formed(request, self._chosen)

    def _door(self, page: Callable[[Request, Caller], Response]) -> Callable[[Request], Any]:
        async def enter(request: Request) -> Response:
            return await self._frame.known(request, page)

        return enter

    def _list(self, request: Request, caller: Caller) -> Response:
        return self._frame.page(request, "digests", caller, told=self._answer("digests", {}), at=since)

    def _issue(self, request: Request, caller: Caller) -> Response:
        args = {"issue": max(1, request.path_params["issue"])}
        try:
            shown = self._answer("issue_show", args)
        except CallError:
            return self._frame.refused(request, caller, "lost", status=404)
        is_live = shown["state"] in ("freezing", "open")
        # counting all readers of a large issue takes long: while it leaves, only when somebody asks
        wants = not is_live or "receipt" in request.query_params
        receipt = self._answer("issue_receipt", args) if wants else None
        return self._frame.page(request, "issue", caller, issue=shown, receipt=receipt, is_live=is_live, at=since)

    def _preview(self, request: Request, caller: Caller) -> Response:
        asked = _asked(request.query_params)
        may_choose = not refusal(caller.role, "digest_foresee", ())
        try:
            found = self._foreseen(caller, request.path_params["name"], asked)
        except CallError as error:
            return self._frame.not_done(request, caller, error, DIGESTS)
        mail = f"{DIGESTS}/mail/{quote(found['digest'])}?{urlencode(asked)}"
        return self._frame.page(
            request, "preview", caller, found=found, asked=asked, mail=mail, may_choose=may_choose, at=since
        )

    def _chosen(self, request: Request, caller: Caller, form: Form) -> Response:
        if refusal(caller.role, "reader_number", ()):
            return self._frame.refused(request, caller, "role")
        page = f"{DIGESTS}/preview/{quote(request.path_params['name'])}"
        told = {"at": first(form, "at"), "zone": first(form, "zone")}
        if address := first(form, "address"):
            try:
                told["reader"] = str(self._answer("reader_number", {"address": address})["reader"])
            except CallError as error:
                return self._frame.not_done(request, caller, error, page)
        return self._frame.go(request, f"{page}?{urlencode({key: value for key, value in told.items() if value})}")

    def _mail(self, request: Request, caller: Caller) -> Response:
        try:
            found = self._foreseen(caller, request.path_params["name"], _asked(request.query_params))
        except CallError as error:
            return self._frame.not_done(request, caller, error, DIGESTS)
        if not found["html"]:
            return self._frame.refused(request, caller, "lost", status=404)
        drawn = inert(found["html"], night=request.query_params.get("by") == "night")
        return self._frame.framed(request, drawn)

    def _foreseen(self, caller: Caller, name: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """What a reader would get, or whoever chose nothing. Raises CallError."""
        if "reader" not in asked:
            return self._answer("digest_preview", {"name": name})
        if why := refusal(caller.role, "digest_foresee", ()):
            raise CallError("not_allowed", why)
        told = {key: asked[key] for key in ("at", "zone") if key in asked}
        return self._answer("digest_foresee", {"name": name, "number": int(asked["reader"]), **told})


def _asked(query: Mapping[str, str]) -> dict[str, str]:
    """What a preview is asked for: a reader's number, a moment, its zone; what is none of these is left out."""
    told = {key: query[key][:80] for key in ("at", "zone") if query.get(key)}
    number = query.get("reader", "")
    is_number = number.isascii() and number.isdigit() and 0 < len(number) < 16 and int(number) > 0
    return told | ({"reader": number} if is_number else {})
