"""``/desk/readers/import``: a list of readers is brought in two steps: what would become of whom, and then the yes.

::

    the file -> read and looked at -> the difference, with a button -> brought in slices

What was read waits in memory, for the person who brought it and for half an hour; a restart forgets it.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.calls.mail.importing import MOST as SLICE
from distributor.calls.mail.readers import is_bare_address
from distributor.errors import CallError, DistributorError
from distributor.model.people import Caller
from distributor.phrases import Phrase, words_of
from distributor.rules.mail.readers.listing import Listing, listing, told
from distributor.rules.people.access import refusal
from distributor.web.desk.acts import Acts
from distributor.web.desk.frame import Frame
from distributor.web.desk.mail.readers import READERS, door
from distributor.web.hooks import Answer
from distributor.web.readers.forms import Form, first
from distributor.web.readers.uploads import Upload, read_upload

IMPORT = f"{READERS}/import"
#: the largest file that is taken by a page, bytes: some 200,000 readers; more come by the command line
LARGEST = 16 << 20
#: how long a list waits for its yes, and how many lists do
WAITS, MOST_WAITING = timedelta(minutes=30), 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A list that was looked at."""

    who: str
    at: datetime
    found: Listing
    topics: Sequence[str]
    source: str


class ImportDoor:
    """The pages of bringing a list."""

    def __init__(self, frame: Frame, answer: Answer, acts: Acts, now: Callable[[], datetime]) -> None:
        """``answer`` runs a call for a look, ``acts`` one that is put on record."""
        self._frame = frame
        self._answer = answer
        self._acts = acts
        self._now = now
        self._waiting: dict[str, Waiting] = {}
        self._lock = threading.Lock()
        self.routes = [
            Route(IMPORT, door(frame, "import_readers", self._form), methods=["GET"]),
            Route(IMPORT, self.look, methods=["POST"]),
            Route(f"{IMPORT}/bring", door(frame, "import_readers", self._bring), methods=["POST"]),
        ]

    async def look(self, request: Request) -> Response:
        """What would become of the addresses of a file; 422 for what is no list.

        Whoever may not bring one is told so before the file is taken in.
        """
        if not self._frame.gate.may_change(request):
            return self._frame.refused(request, None, "origin")
        known = await run_in_threadpool(self._frame.gate.caller, request)
        if known is not None and refusal(known.role, "import_readers", ()):
            return self._frame.refused(request, known, "role")
        form, files = ({}, []) if known is None else await read_upload(request, LARGEST)
        return await self._frame.known(request, lambda request, caller: self._looked(request, caller, form, files))

    def _form(self, request: Request, caller: Caller, _: Form) -> Response:
        return self._page(request, caller)

    def _looked(self, request: Request, caller: Caller, form: Form, files: Sequence[Upload]) -> Response:
        try:
            waiting = self._read(caller, form, files)
            became = self._became(waiting, lambda args: self._answer("import_readers", {**args, "dry_run": True}))
        except (CallError, ValueError) as error:
            return self._page(request, caller, status=422, why=words_of(error))
        return self._page(request, caller, waiting=waiting, became=became, key=self._keep(waiting))

    def _read(self, caller: Caller, form: Form, files: Sequence[Upload]) -> Waiting:
        """The files as a list. Raises ValueError for what is none."""
        now = self._now()
        found = listing(
            [(one.name, one.content) for one in files],
            with_roles="roles" in form,
            is_address=is_bare_address,
            now=now,
        )
        topics = [one for one in form.get("topics", ()) if one]
        if not topics and found.needs_topics:
            raise ValueError(Phrase("the files name no newsletter: choose which they get"))
        source = f"import {found.format.value} {', '.join(one.name for one in files)} ({caller.name}, desk)"
        return Waiting(who=caller.name, at=now, found=found, topics=topics, source=source)

    def _bring(self, request: Request, caller: Caller, form: Form) -> Response:
        waiting = self._taken(caller, first(form, "key"))
        if waiting is None:
            return self._page(request, caller, status=409, why="", is_over=True)
        reason = first(form, "reason")
        if waiting.found.doubts and not reason:
            key = self._keep(waiting)
            return self._page(request, caller, status=422, waiting=waiting, became={}, key=key, needs_reason=True)
        forced = f" (forced: {reason})" if reason else ""
        try:
            became = self._became(waiting, self._once_on_record(caller), more=forced)
        except DistributorError as error:
            return self._page(request, caller, status=503, why=words_of(error))
        return self._page(request, caller, waiting=waiting, became=became, is_done=True)

    def _once_on_record(self, caller: Caller) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
        """Runs slices: the first in somebody's name, and the others as parts of the same act."""
        begun: list[bool] = []

        def run(args: Mapping[str, Any]) -> Mapping[str, Any]:
            found = self._answer("import_readers", args) if begun else self._acts.run(caller, "import_readers", args)
            begun.append(True)
            return found

        return run

    def _became(
        self, waiting: Waiting, run: Callable[[Mapping[str, Any]], Mapping[str, Any]], *, more: str = ""
    ) -> Mapping[str, int]:
        became: Counter[str] = Counter()
        brought, source = waiting.found.brought, f"{waiting.source}{more}"
        for begin in range(0, len(brought), SLICE):
            readers = [told(one) for one in brought[begin : begin + SLICE]]
            became.update(run({"readers": readers, "topics": list(waiting.topics), "source": source})["became"])
        return became

    def _keep(self, waiting: Waiting) -> str:
        key = secrets.token_urlsafe(24)
        with self._lock:
            self._forget()
            while len(self._waiting) >= MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[key] = waiting
        return key

    def _taken(self, caller: Caller, key: str) -> Waiting | None:
        """The list of a key, once and for who brought it; None: there is none any more."""
        with self._lock:
            self._forget()
            found = self._waiting.get(key)
            if found is None or found.who != caller.name:
                return None
            return self._waiting.pop(key)

    def _forget(self) -> None:
        over = self._now() - WAITS
        self._waiting = {key: one for key, one in self._waiting.items() if one.at > over}

    def _page(self, request: Request, caller: Caller, *, status: int = 200, **more: object) -> Response:
        topics = self._answer("readers_growth", {"days": 1})["topics"]
        told_of: dict[str, Any] = dict.fromkeys(("why", "waiting", "became", "is_done", "is_over", "needs_reason"))
        fields: dict[str, Any] = {**told_of, "key": "", **more, "topics": topics, "largest": LARGEST >> 20}
        return self._frame.page(request, "readers-import", caller, status=status, **fields)
