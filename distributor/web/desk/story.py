"""``/desk/story``: everything about one story, and the search that finds it; an editor's words while they are written.

Without ``?url=`` the page is the search. A mail is drawn in a frame of its own, from a route that nothing else is on.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.errors import CallError
from distributor.model.people import Caller
from distributor.render.gallery import drawn
from distributor.web.desk.acts import local
from distributor.web.desk.frame import HOME, Frame, own_path, since
from distributor.web.desk.refusals import told_of
from distributor.web.hooks import Answer
from distributor.web.readers.forms import Form, first

#: Where a story's page stands, and the search.
STORY = f"{HOME}/story"


class StoryDoor:
    """The pages of single stories."""

    def __init__(self, frame: Frame, answer: Answer) -> None:
        """``answer`` runs a call."""
        self._frame = frame
        self._answer = answer
        self.routes = [
            Route(STORY, self.story, methods=["GET"]),
            Route(f"{STORY}/mail", self.mail, methods=["GET"]),
            Route(f"{STORY}/draft", self.draft, methods=["POST"]),
        ]

    async def story(self, request: Request) -> Response:
        """One story's page, or the search; 404 for an address under which nothing is known."""
        return await self._frame.known(request, self._story if request.query_params.get("url") else self._found)

    async def mail(self, request: Request) -> Response:
        """A story's mail as it looks by day, or by night (``night``), for a frame; 404 where there is none."""
        return await self._frame.known(request, self._mail)

    async def draft(self, request: Request) -> Response:
        """An editor's words with length, lint and look: a part of the page while they write, a page without scripts."""
        return await self._frame.formed(request, self._draft)

    def _found(self, request: Request, caller: Caller) -> Response:
        words = request.query_params.get("words", "")[:200]
        found = self._answer("stories", {"words": words})["stories"]
        return self._frame.page(request, "stories", caller, words=words, stories=found, at=since)

    def _story(self, request: Request, caller: Caller) -> Response:
        url = request.query_params["url"]
        try:
            told = self._answer("story", {"url": url})
            previews = self._answer("preview", {"url": url})["previews"]
        except CallError as error:
            return self._frame.not_done(request, caller, error, STORY)
        shown = {one["channel"]: drawn(one) for one in previews}
        return self._frame.page(request, "story", caller, found=told, shown=shown, at=since, here_now=told["at"])

    def _mail(self, request: Request, caller: Caller) -> Response:
        asked = request.query_params
        try:
            args = {"url": asked.get("url", ""), "channel": asked.get("channel", "")}
            found = [drawn(one) for one in self._answer("preview", args)["previews"]]
        except CallError:
            found = []
        which = "night" if asked.get("night") else "day"
        markup = next((str(one[which]) for one in found if one[which]), "")
        return (
            self._frame.framed(request, markup) if markup else self._frame.refused(request, caller, "lost", status=404)
        )

    def _draft(self, request: Request, caller: Caller, form: Form) -> Response:
        told = drafted(self._answer, form, self._frame.house.zone)
        name = "draft" if request.headers.get("hx-request") else "reword"
        return self._frame.page(
            request,
            name,
            caller,
            **told,
            url=first(form, "url"),
            channel=first(form, "channel"),
            text=next(iter(form.get("text", ())), ""),
            back=own_path(first(form, "back")),
        )


def drafted(answer: Answer, form: Form, zone: str) -> dict[str, Any]:
    """What the words of a form would be on its channels (``drafts``), or why they would not (``why``)."""
    args: dict[str, Any] = {"channels": [one for one in (*form.get("channels", ()), *form.get("channel", ())) if one]}
    args |= {"text": next(iter(form.get("text", ())), "").replace("\r\n", "\n")}
    args |= {key: first(form, key) for key in ("url", "link", "at") if first(form, key)}
    try:
        return {"drafts": [drawn(one) for one in answer("draft", local(args, zone))["drafts"]], "why": ""}
    except CallError as error:
        return {"drafts": [], "why": told_of(error).said}
