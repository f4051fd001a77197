"""``/r/subscribe``: the form that asks for newsletters; ``/r/confirm/TOKEN``: the page of the letter that asks back.

Whatever address is typed, the answer is the same: a letter was sent if one may be. A look at the confirmation says yes
to nothing; only its button does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.flows.subscribe import Newcomer, Subscribing
from distributor.mime import mailbox
from distributor.render.catalogues import speaker
from distributor.rules.mail.readers.asking import Filled, Wish
from distributor.web.readers.forms import Form, first, network, read_form
from distributor.web.readers.frame import Frame

#: The version of the words beside the button.
FORM_VERSION = "subscribe-1"
#: a field that people do not see; robots fill in whatever there is
BAIT = "website"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """A newsletter that the form offers."""

    name: str
    title: str
    description: str
    sections: tuple[str, ...]


class SubscribingDoor:
    """The pages of subscribing."""

    def __init__(self, subscribing: Subscribing, frame: Frame, offered: Sequence[ListView]) -> None:
        """``offered`` are the newsletters that anybody may ask for."""
        self._subscribing = subscribing
        self._frame = frame
        self._offered = offered
        self.routes = [
            Route("/r/subscribe", self.form, methods=["GET"]),
            Route("/r/subscribe", self.ask, methods=["POST"]),
            Route("/r/confirm/{token}", self.look, methods=["GET"]),
            Route("/r/confirm/{token}", self.confirm, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """The empty form."""
        named = request.query_params.getlist("to")
        chosen = [one.name for one in self._offered if one.name in named]
        return self._form(request, "", chosen)

    async def ask(self, request: Request) -> Response:
        """Take the form: 200 whoever the address is, 422 where it is none or nothing is chosen."""
        form = await read_form(request)
        chosen = [one.name for one in self._offered if one.name in form.get("to", ())]
        who = self._subscribing.who_filled(first(form, "form"), first(form, BAIT))
        if who is Filled.ROBOT:
            return self._frame.page(request, "reader-asked")
        wrong = self._wrong(form, chosen)
        if wrong or who is Filled.AGAIN:
            return self._form(request, first(form, "address"), chosen, wrong=wrong or "again")
        await run_in_threadpool(self._subscribing.ask, self._wish(request, form, chosen))
        self._frame.wake()
        return self._frame.page(request, "reader-asked")

    async def look(self, request: Request) -> Response:
        """A page with a button; 410 for a link that is none of ours or is over."""
        found = await run_in_threadpool(self._subscribing.look, request.path_params["token"])
        return self._newcomer(request, found)

    async def confirm(self, request: Request) -> Response:
        """Say yes: 200 also where that had been done; 410 for a link that is none of ours or is over."""
        place = network(request, self._frame.house.proxies)
        found = await run_in_threadpool(self._subscribing.confirm, request.path_params["token"], network=place)
        return self._newcomer(request, found)

    def _newcomer(self, request: Request, found: Newcomer | None) -> Response:
        if found is None or not (found.open or found.confirmed):
            return self._frame.lost(request, status=410)
        return self._frame.page(
            request,
            "reader-confirm",
            reader=found.language,
            open=self._frame.titled(found.open),
            confirmed=self._frame.titled(found.confirmed),
            dials=found.dials,
        )

    def _form(self, request: Request, address: str, chosen: Sequence[str], *, wrong: str = "") -> Response:
        return self._frame.page(
            request,
            "reader-subscribe",
            status=422 if wrong in ("address", "topics") else 200,
            offered=self._offered,
            chosen=chosen,
            address=address[:254],
            mark=self._subscribing.form(),
            bait=BAIT,
            wrong=wrong,
        )

    def _wrong(self, form: Form, chosen: Sequence[str]) -> str:
        try:
            mailbox(first(form, "address"))
        except ValueError:
            return "address"
        return "" if chosen else "topics"

    def _wish(self, request: Request, form: Form, chosen: Sequence[str]) -> Wish:
        language = self._frame.language(request)
        return Wish(
            address=mailbox(first(form, "address")).address,
            topics=tuple(chosen),
            source="page",
            language=language,
            form=form_words(language, self._frame.house.name),
            version=f"{FORM_VERSION}/{language}",
            network=network(request, self._frame.house.proxies),
        )


def form_words(language: str, desk: str) -> str:
    """What stands beside the button, which is what a reader agrees to."""
    say = speaker(language)
    return say(
        "With this button you ask %(desk)s to send the chosen newsletters to your address. We first send a letter with "
        "a link that says yes; without it nothing comes. You can leave at any time with one click.",
        desk=desk,
    )
