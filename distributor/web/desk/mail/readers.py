"""``/desk/readers``: whoever may have the list of readers looks one up, and takes lists out. No address is ever in an
address: what is looked for comes with a POST, and a reader's page has the reader's number.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from distributor.errors import CallError
from distributor.model.people import Caller
from distributor.render.chart import chart
from distributor.rules.people.access import refusal
from distributor.web.desk.acts import Acts
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer
from distributor.web.readers.forms import Form, first

READERS = f"{HOME}/readers"
#: columns of a file that is given out, as ``distributor subscribers export`` has them
COLUMNS = ("address", "name", "language", "zone", "topic", "state", "since", "source")
#: answers one request of somebody who may have readers' addresses
Page = Callable[[Request, Caller, Form], Response]


class ReadersDoor:
    """The pages of readers."""

    def __init__(self, frame: Frame, answer: Answer, acts: Acts) -> None:
        """``answer`` runs a call for a look, ``acts`` one that is put on record."""
        self._frame = frame
        self._answer = answer
        self._acts = acts
        self.routes = [
            Route(READERS, self._door(self._search), methods=["GET", "POST"]),
            Route(f"{READERS}/export", self._door(self._export), methods=["POST"]),
            Route(f"{READERS}/reader/{{reader:int}}", self._door(self._reader), methods=["GET"]),
            Route(f"{READERS}/reader/{{reader:int}}/export", self._door(self._known), methods=["POST"]),
        ]

    def _door(self, page: Page) -> Callable[[Request], Any]:
        return door(self._frame, "readers", page)

    def _search(self, request: Request, caller: Caller, form: Form) -> Response:
        """The form, what was found, and how many come and go."""
        text = first(form, "text")
        found, why = None, ""
        if request.method == "POST":
            try:
                found = self._answer("readers", {"text": text})
            except CallError as error:
                why = str(error)
        growth = self._answer("readers_growth", {})
        drawn = chart([(day["confirmed"], day["left"] + day["suppressed"]) for day in growth["days"]])
        more = {"text": text, "found": found, "why": why, "growth": growth, "drawn": drawn}
        return self._frame.page(request, "readers", caller, status=422 if why else 200, **more)

    def _reader(self, request: Request, caller: Caller, _: Form) -> Response:
        try:
            told = self._answer("reader", {"reader": max(1, request.path_params["reader"])})
        except CallError:
            return self._frame.refused(request, caller, "lost", status=404)
        return self._frame.page(request, "reader", caller, one=told, at=since)

    def _known(self, request: Request, caller: Caller, _: Form) -> Response:
        number = max(1, request.path_params["reader"])
        try:
            told = self._acts.run(caller, "reader_export", {"reader": number})
        except CallError as error:
            return self._frame.not_done(request, caller, error, READERS)
        content = json.dumps(told["known"], ensure_ascii=False, indent=2)
        fields = {"content-disposition": f'attachment; filename="reader-{number}.json"'}
        return Response(content, media_type="application/json", headers=fields)

    def _export(self, _: Request, caller: Caller, form: Form) -> Response:
        del form
        page = self._acts.run(caller, "export_readers", {})
        fields = {"content-disposition": 'attachment; filename="readers.csv"'}
        return StreamingResponse(self._rows(page), media_type="text/csv; charset=utf-8", headers=fields)

    def _rows(self, page: Mapping[str, Any]) -> Iterator[str]:
        """Every subscription as CSV, a slice at a time: a list of a million is never whole in memory."""
        yield written([dict(zip(COLUMNS, COLUMNS, strict=True))])
        while True:
            yield written(page["readers"])
            if page["next"] is None:
                return
            page = self._answer("export_readers", {"after": page["next"]})


def written(rows: list[Mapping[str, Any]]) -> str:
    """Rows as CSV, as ``distributor subscribers import`` reads them."""
    out = io.StringIO()
    csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n").writerows(rows)
    return out.getvalue()


def door(frame: Frame, call: str, page: Page) -> Callable[[Request], Any]:
    """Opens a page to whoever may have a call, and to nobody else (403); a POST is taken from our own pages alone."""

    async def enter(request: Request) -> Response:
        if request.method == "POST":
            return await frame.formed(request, answered)
        return await frame.known(request, lambda request, caller: answered(request, caller, {}))

    def answered(request: Request, caller: Caller, form: Form) -> Response:
        if refusal(caller.role, call, ()):
            return frame.refused(request, caller, "role")
        return page(request, caller, form)

    return enter
