"""``/desk/compose``: a post by hand in two steps, looked at before it is sent. Must not know how it is sent.

::

    empty form -> "Look at it": length, lint and look on each channel -> "Post it" -> the page of the story that it is
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.errors import DistributorError
from distributor.model.people import Caller
from distributor.web.desk.acts import Acts, local, typed
from distributor.web.desk.frame import HOME, Frame
from distributor.web.desk.refusals import told_of
from distributor.web.desk.story import STORY, drafted
from distributor.web.hooks import Answer
from distributor.web.readers.forms import Form, first

#: Where a post by hand is written.
COMPOSE = f"{HOME}/compose"
_FIELDS = ("channels", "text", "link", "at", "urgency")


class ComposeDoor:
    """The page on which a post is written by hand."""

    def __init__(self, frame: Frame, answer: Answer, acts: Acts) -> None:
        """``answer`` runs a call, ``acts`` runs one in somebody's name."""
        self._frame = frame
        self._answer = answer
        self._acts = acts
        self.routes = [
            Route(COMPOSE, self.empty, methods=["GET"]),
            Route(COMPOSE, self.step, methods=["POST"]),
        ]

    async def empty(self, request: Request) -> Response:
        """The empty form."""
        return await self._frame.known(request, lambda request, caller: self._page(request, caller, {}))

    async def step(self, request: Request) -> Response:
        """The look, or with ``step=post`` the post itself: 303 to its page; 403, 422 and so on with the form kept."""
        return await self._frame.formed(request, self._stepped)

    def _stepped(self, request: Request, caller: Caller, form: Form) -> Response:
        step = self._posted if first(form, "step") == "post" else self._looked
        return step(request, caller, form)

    def _looked(self, request: Request, caller: Caller, form: Form) -> Response:
        return self._page(request, caller, form, **drafted(self._answer, form, self._frame.house.zone))

    def _posted(self, request: Request, caller: Caller, form: Form) -> Response:
        fields = {name: values for name, values in form.items() if name in _FIELDS}
        try:
            args = local(typed("post", fields), self._frame.house.zone)
            told = self._acts.run(caller, "post", {"channels": [], "text": "", **args})
        except DistributorError as error:
            refused = told_of(error)
            why = "" if refused.is_broken else refused.said
            return self._page(request, caller, form, status=refused.status, why=why, is_broken=refused.is_broken)
        return self._frame.go(request, f"{STORY}?url={quote(told['story']['url'], safe='')}&did=post")

    def _page(self, request: Request, caller: Caller, form: Form, *, status: int = 200, **more: Any) -> Response:
        channels = self._answer("channels", {})["channels"]
        told: Mapping[str, Any] = {"drafts": [], "why": "", "is_broken": False, **more}
        kept = {name: first(form, name) for name in ("link", "at", "urgency")}
        return self._frame.page(
            request,
            "compose",
            caller,
            status=status,
            channels=channels,
            chosen=list(form.get("channels", ())),
            text=next(iter(form.get("text", ())), "").replace("\r\n", "\n"),
            **kept,
            **told,
        )
