"""``/r/dials/TOKEN`` and ``/r/fresh/TOKEN``: one page on which readers set what they get; ``/r/address/TOKEN``: another
address. A look changes nothing; only POST does.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.flows.dials import Dialling, Seat
from distributor.mime import mailbox
from distributor.model import Choice, Dials, Moving, SubscriptionState
from distributor.render.catalogues import languages
from distributor.rules.mail.readers.dialling import Offer, read_dials
from distributor.web.readers.forms import Form, first, network, read_form
from distributor.web.readers.frame import Frame


class DialsDoor:
    """The pages of dials."""

    def __init__(self, dialling: Dialling, frame: Frame, offered: Sequence[Offer], known: Sequence[Offer]) -> None:
        """``offered`` are the newsletters that anybody may ask for, ``known`` all that somebody may have."""
        self._dialling = dialling
        self._frame = frame
        self._offered = offered
        self._known = {one.topic: one for one in known}
        self.routes = [
            Route("/r/dials/{token}", self.look, methods=["GET"]),
            Route("/r/dials/{token}", self.act, methods=["POST"]),
            Route("/r/fresh/{token}", self.look, methods=["GET"]),
            Route("/r/fresh/{token}", self.act, methods=["POST"]),
            Route("/r/address/{token}", self.look_move, methods=["GET"]),
            Route("/r/address/{token}", self.agree, methods=["POST"]),
        ]

    async def look(self, request: Request) -> Response:
        """The page; 404 for a link that is none of ours, 410 for a fresh one that is over."""
        return await run_in_threadpool(self._looked, request)

    async def act(self, request: Request) -> Response:
        """Do what the pressed button says: 200, 422 for what cannot be read, 403 for what needs a fresh link."""
        form = await read_form(request)
        answer = await run_in_threadpool(self._acted, request, form)
        self._frame.wake()
        return answer

    async def look_move(self, request: Request) -> Response:
        """A page with a button; 410 for a link that is none of ours or is over."""
        found = await run_in_threadpool(self._dialling.look_move, request.path_params["token"])
        return self._move(request, found)

    async def agree(self, request: Request) -> Response:
        """Say yes: 200 also where that had been done; 410 for a link that is none of ours or is over."""
        place = network(request, self._frame.house.proxies)
        found = await run_in_threadpool(self._dialling.agree, request.path_params["token"], network=place)
        return self._move(request, found)

    def _looked(self, request: Request) -> Response:
        seat = self._seat(request)
        return self._lost(request) if seat is None else self._page(request, seat)

    def _acted(self, request: Request, form: Form) -> Response:
        seat = self._seat(request)
        if seat is None:
            return self._lost(request)
        acts: dict[str, Callable[[Request, Seat, Form], Response]] = {
            "save": self._save,
            "fresh": self._fresh,
            "export": self._export,
            "erase": self._erase,
            "move": self._ask_move,
        }
        act = acts.get(first(form, "act"))
        return self._frame.lost(request, status=400) if act is None else act(request, seat, form)

    def _save(self, request: Request, seat: Seat, form: Form) -> Response:
        told = read_dials(form, self._offers(seat), languages())
        if told.wrong:  # what could be read stands in the form again
            shown = replace(seat.reader, dials=told.dials, clicks=told.clicks, choices=told.choices)
            return self._page(request, replace(seat, reader=shown), wrong=told.wrong)
        self._dialling.save(seat, told, network=network(request, self._frame.house.proxies))
        return self._page(request, self._seat(request) or seat, note="saved")

    def _fresh(self, request: Request, seat: Seat, _: Form) -> Response:
        self._dialling.ask_fresh(seat)
        return self._page(request, seat, note="fresh")

    def _export(self, request: Request, seat: Seat, _: Form) -> Response:
        told = self._dialling.everything(seat)
        if told is None:
            return self._page(request, seat, note="needs_fresh", status=403)
        content = json.dumps(told, ensure_ascii=False, indent=2)
        fields = {"content-disposition": 'attachment; filename="what-is-known.json"'}
        return Response(content, media_type="application/json", headers=fields)

    def _erase(self, request: Request, seat: Seat, form: Form) -> Response:
        if not seat.is_fresh:
            return self._page(request, seat, note="needs_fresh", status=403)
        if first(form, "sure") != "yes":
            return self._page(request, seat, note="not_sure", status=422)
        self._dialling.erase(seat)
        return self._frame.page(request, "reader-erased", reader=seat.reader.dials.language)

    def _ask_move(self, request: Request, seat: Seat, form: Form) -> Response:
        try:
            address = mailbox(first(form, "address")).address
        except ValueError:
            return self._page(request, seat, wrong=("address",))
        place = network(request, self._frame.house.proxies)
        if not self._dialling.ask_move(seat, address, network=place):
            return self._page(request, seat, note="needs_fresh", status=403)
        return self._page(request, seat, note="moving")

    def _seat(self, request: Request) -> Seat | None:
        return self._dialling.look(request.path_params["token"], fresh=_is_fresh(request))

    def _lost(self, request: Request) -> Response:
        return self._frame.lost(request, status=410 if _is_fresh(request) else 404)

    def _offers(self, seat: Seat) -> Sequence[Offer]:
        """What the page shows: what is offered, and what the reader has beside it."""
        offered = {one.topic for one in self._offered}
        has = [one.topic for one in seat.reader.choices if one.state is SubscriptionState.CONFIRMED]
        return [*self._offered, *(self._known[topic] for topic in has if topic in self._known and topic not in offered)]

    def _page(
        self, request: Request, seat: Seat, *, note: str = "", wrong: Sequence[str] = (), status: int = 200
    ) -> Response:
        reader = seat.reader
        offers = self._offers(seat)
        none = {one.topic: Choice(topic=one.topic, state=SubscriptionState.UNSUBSCRIBED) for one in offers}
        has = none | {one.topic: one for one in reader.choices}
        quiet_from, _, quiet_to = reader.dials.quiet.partition("-")
        return self._frame.page(
            request,
            "reader-dials",
            reader=reader.dials.language,
            status=422 if wrong else status,
            person=reader,
            fresh=seat.is_fresh,
            topics=[(one, has[one.topic], self._frame.titled([one.topic])[0]) for one in offers],
            zones=_zones(),
            spoken=languages(),
            leave=seat.leave,
            paused=_day(reader.dials),
            quiet_from=quiet_from,
            quiet_to=quiet_to,
            note=note,
            wrong=wrong,
        )

    def _move(self, request: Request, found: Moving | None) -> Response:
        if found is None:
            return self._frame.lost(request, status=410)
        return self._frame.page(request, "reader-address", moving=found)


@cache
def _zones() -> str:
    """Every zone of this machine as an option, in HTML: a page of six hundred is made once, not for each reader."""
    return "".join(f"<option>{html.escape(one)}</option>\n" for one in sorted(available_timezones()))


def _day(dials: Dials) -> str:
    """The day until which a reader pauses, in their zone."""
    if dials.paused_until is None:
        return ""
    return dials.paused_until.astimezone(ZoneInfo(dials.zone or "UTC")).date().isoformat()


def _is_fresh(request: Request) -> bool:
    return request.url.path.startswith("/r/fresh/")
