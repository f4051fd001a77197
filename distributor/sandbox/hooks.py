"""A webhook receiver as a careful reader would build it (Standard Webhooks 1.0): what the body's ``type`` says happens
to the post that it is about. Must not show one id twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from distributor.sandbox.accounts import HOOKS_SECRET
from distributor.sandbox.clock import Clock, wall
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import Journal
from distributor.sandbox.text import addresses

#: what a body's ``type`` does, as the journal's act; any other is a post
ACTS = {"edit": "edit", "delete": "delete", "reply": "reply"}
#: how far a timestamp may be from the receiver's clock (Standard Webhooks, "Verifying webhook authenticity")
TOLERANCE = timedelta(minutes=5)


def signature(secret: str, hook_id: str, timestamp: str, body: bytes) -> str:
    """``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body`` with the decoded secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{hook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")


def told_addresses(text: str) -> list[str]:
    """The addresses in the strings of a JSON document, as a receiver reads them; of any other body, in its text."""
    try:
        document = json.loads(text)
    except ValueError:
        return addresses(text)
    return list(dict.fromkeys(address for value in _strings(document) for address in addresses(value)))


def told_event(text: str) -> tuple[str, str]:
    """What a body means: the act, and the id of the hook that brought the post it is about (empty: a post itself)."""
    try:
        document = json.loads(text)
    except ValueError:
        return "hook", ""
    told = document if isinstance(document, dict) else {}
    act = ACTS.get(str(told.get("type")), "hook")
    return act, str(told.get("about") or "") if act != "hook" else ""


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


class Hooks:
    """Takes POSTs on any path, verifies them, and shows each id once."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Rebuild the ids that were shown already."""
        self._clock = clock
        self._journal = journal
        self._secrets = [HOOKS_SECRET]
        self._status = 200
        self._repeats = 0
        self._shown = {line["id"] for line in journal.lines() if line["act"] in ("hook", *ACTS.values())}

    async def handle(self, request: Request) -> Response:
        """200 taken or repeated; 400 without the headers; 401 bad signature or timestamp; 405 not a POST."""
        if request.method != "POST":
            return json_response(405, {"error": "POST only"}, {"Allow": "POST"})
        hook_id = request.headers.get("webhook-id", "")
        timestamp = request.headers.get("webhook-timestamp", "")
        given = request.headers.get("webhook-signature", "")
        if not (hook_id and timestamp and given):
            return json_response(400, {"error": "webhook-id, webhook-timestamp and webhook-signature are required"})
        reason = self._doubt(hook_id, timestamp, given, request.body)
        if reason:
            return json_response(401, {"error": reason})
        return self._take(hook_id, request)

    def _doubt(self, hook_id: str, timestamp: str, given: str, body: bytes) -> str:
        """Why the hook is not believed; empty when it is."""
        if not timestamp.isdecimal() or not timestamp.isascii():
            return "the timestamp is not a number of seconds"
        clocks = (self._clock.now(), wall())  # which differ once the platforms' own was moved
        if all(abs(one.timestamp() - int(timestamp)) > TOLERANCE.total_seconds() for one in clocks):
            return "the timestamp is more than five minutes away"
        good = [signature(secret, hook_id, timestamp, body) for secret in self._secrets]
        if not any(hmac.compare_digest(one.encode(), mine.encode()) for one in given.split() for mine in good):
            return "no signature fits"
        return ""

    def _take(self, hook_id: str, request: Request) -> Response:
        if hook_id in self._shown:
            self._repeats += 1
            return json_response(200, {"ok": True, "repeated": True})
        if self._status >= 300:
            return json_response(self._status, {"error": "configured to refuse"})
        self._shown.add(hook_id)
        text = request.body.decode("utf-8", "replace")
        kind = request.headers.get("content-type", "")
        act, about = told_event(text)
        more = {"urls": told_addresses(text), "content_type": kind, "about": about}
        self._journal.append(act=act, account=request.path, id=hook_id, text=text, **more)
        return json_response(200, {"ok": True})

    def state(self) -> dict[str, Any]:
        """The ids shown, and how many repeats were answered without showing them."""
        return {"shown": sorted(self._shown), "repeats": self._repeats, "status": self._status}

    def configure(self, options: Mapping[str, Any]) -> None:
        """``secrets`` (list: any of them is believed), ``status`` (answer this instead of taking new hooks)."""
        unknown = set(options) - {"secrets", "status"}
        if unknown:
            raise ValueError(f"unknown knobs {sorted(unknown)}")
        self._secrets = list(options.get("secrets", self._secrets))
        self._status = int(options.get("status", self._status))

    def reset(self) -> None:
        """Forget what was shown, and the knobs."""
        self._shown.clear()
        self._secrets, self._status, self._repeats = [HOOKS_SECRET], 200, 0


def create(state_dir: Path, clock: Clock, journal: Journal) -> Hooks:  # noqa: ARG001 - the common signature
    """The receiver, with what the journal says it has shown."""
    return Hooks(clock, journal)
