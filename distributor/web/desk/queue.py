"""``/desk/queue``: days and weeks of what waits and what went; one post and what can be done. Decides nothing."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.errors import CallError
from distributor.model.people import Caller
from distributor.web.desk.frame import HOME, Frame, since
from distributor.web.hooks import Answer


class QueueDoor:
    """The queue and its posts."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [
            Route(f"{HOME}/queue", self.queue, methods=["GET"]),
            Route(f"{HOME}/queue/{{id:int}}", self.post, methods=["GET"]),
        ]

    async def queue(self, request: Request) -> Response:
        """``?day=2026-11-30`` or ``?week=2026-W49``, with ``channel`` and ``page``; 404 for what is none."""
        return await self._frame.known(request, self._queue)

    async def post(self, request: Request) -> Response:
        """One post; 404 for a number that none has."""
        return await self._frame.known(request, self._post)

    def _queue(self, request: Request, caller: Caller) -> Response:
        try:
            found = self._answer("calendar", _asked(request.query_params))
        except CallError:
            return self._frame.refused(request, caller, "lost", status=404)
        only = request.query_params.get("channel", "")
        hours = _hours(found) if found["view"] == "day" else []
        return self._frame.page(request, "queue", caller, found=found, hours=hours, at=since, only=only)

    def _post(self, request: Request, caller: Caller) -> Response:
        try:
            found = self._answer("planned", {"id": request.path_params["id"]})
        except CallError:
            return self._frame.refused(request, caller, "lost", status=404)
        local = datetime.fromisoformat(found["post"]["at"]).astimezone(ZoneInfo(found["zone"]))
        day, wall = local.date().isoformat(), f"{local:%Y-%m-%dT%H:%M}"
        return self._frame.page(
            request, "queued", caller, found=found, post=found["post"], at=since, day=day, local=wall
        )


def _hours(found: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """A day by its hours: what of each channel stands in which (instants as the call tells them sort as they come)."""
    day, now = found["days"][0], found["at"]
    begins = [hour["at"] for hour in day["hours"]]
    spans = list(zip(begins, [*begins[1:], day["ends"]], strict=True))
    columns = [_column(channel["days"][0], spans) for channel in found["channels"]]
    return [
        {"label": hour["label"], "is_now": start <= now < end, "cells": cells}
        for hour, (start, end), *cells in zip(day["hours"], spans, *columns, strict=True)
    ]


def _column(own: Mapping[str, Any], spans: Sequence[tuple[str, str]]) -> Sequence[Mapping[str, Any]]:
    """A channel's posts, slots and quiet hours, hour by hour."""
    begins = [start for start, _ in spans]
    posts: list[list[Any]] = [[] for _ in spans]
    slots: list[list[str]] = [[] for _ in spans]
    for post in own["posts"]:
        posts[bisect(begins, post["at"]) - 1].append(post)
    for slot in own["slots"]:
        slots[bisect(begins, slot) - 1].append(slot)
    return [
        {
            "posts": posts[place],
            "slots": slots[place],
            "is_calm": any(one["from"] < end and one["until"] > start for one in own["quiet"]),
        }
        for place, (start, end) in enumerate(spans)
    ]


def _asked(params: Mapping[str, str]) -> Mapping[str, Any]:
    """The call's arguments from an address; what is empty is none."""
    told: dict[str, Any] = {name: params[name] for name in ("day", "week", "channel") if params.get(name)}
    page = params.get("page", "")
    return told | ({"page": int(page)} if page.isascii() and page.isdigit() and len(page) < 6 else {})
