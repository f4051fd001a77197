"""A WebSub hub as the standard has it (W3C Recommendation, 23 January 2018): it verifies who subscribes, tells of news
with a signature, and forgets whoever does not renew. Must not call anything but 127.0.0.1, nor keep a secret on disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, build_opener
from urllib.request import Request as Call

from distributor.sandbox.clock import Clock, iso
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import Journal

#: what a subscriber that names no lease is given (section 5.1 leaves it to the hub)
USUAL_LEASE = 864_000
#: seconds for one call of a subscriber
PATIENCE = 10.0
#: never through a proxy: everything is on this machine
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """Who wants to be told, and until when."""

    secret: str
    until: datetime


class Hub:
    """Takes ``hub.mode`` subscribe, unsubscribe and publish on any path; subscriptions last as long as the process."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Nobody has subscribed."""
        self._clock = clock
        self._journal = journal
        #: by topic and callback
        self._subscribers: dict[tuple[str, str], Subscriber] = {}
        self._longest, self._denies = USUAL_LEASE, ""
        self._running: set[asyncio.Task[None]] = set()

    async def handle(self, request: Request) -> Response:
        """202, and the rest happens afterwards (section 5.2); 400 for what is not asked properly, 405 for no POST."""
        if request.method != "POST":
            return json_response(405, {"error": "POST only"}, {"Allow": "POST"})
        try:
            asked = {name: values[-1] for name, values in request.form().items()}
        except ValueError:
            return json_response(400, {"error": "expected application/x-www-form-urlencoded"})
        if reason := _doubt(asked):
            return json_response(400, {"error": reason})
        if asked["hub.mode"] == "publish":
            self._tell(asked["hub.url"], b"")
        else:
            self._begin(self._verify(asked))
        return Response(status=202)

    def operate(self, verb: str, payload: Any) -> Any:
        """``push``: a topic has news, ``{"topic": ..., "body": ...}``; to how many it is told. Raises KeyError."""
        if verb != "push":
            raise KeyError(verb)
        return {"told": self._tell(str(payload["topic"]), str(payload.get("body", "")).encode())}

    def state(self) -> dict[str, Any]:
        """Who is subscribed at this moment, without the secrets."""
        live = ((topic, callback, self._live(topic, callback)) for topic, callback in self._subscribers)
        found = [{"topic": topic, "callback": at, "until": iso(one.until)} for topic, at, one in live if one]
        return {"subscribers": found}

    def configure(self, options: Mapping[str, Any]) -> None:
        """``lease`` (longest, seconds), ``denies`` (why nobody may subscribe; empty: everybody may)."""
        unknown = set(options) - {"lease", "denies"}
        if unknown:
            raise ValueError(f"unknown knobs {sorted(unknown)}")
        self._longest = int(options.get("lease", self._longest))
        self._denies = str(options.get("denies", self._denies))

    def reset(self) -> None:
        """Forget the subscribers, and the knobs."""
        self._subscribers.clear()
        self._longest, self._denies = USUAL_LEASE, ""

    def _live(self, topic: str, callback: str) -> Subscriber | None:
        """A subscriber whose lease has not ended."""
        found = self._subscribers.get((topic, callback))
        return found if found is not None and found.until > self._clock.now() else None

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _verify(self, asked: Mapping[str, str]) -> None:
        """Ask the callback whether it wants this (section 5.3), or tell it that it is denied (section 5.2)."""
        mode, topic, callback = asked["hub.mode"], asked["hub.topic"], asked["hub.callback"]
        if self._denies:
            await self._ask(callback, {"mode": "denied", "topic": topic, "reason": self._denies})
            self._journal.append(act="denied", account=topic, urls=[callback])
            return
        challenge = secrets.token_urlsafe(24)
        seconds = min(int(asked.get("hub.lease_seconds") or USUAL_LEASE), self._longest)
        fields = {"mode": mode, "topic": topic, "challenge": challenge, "lease_seconds": str(seconds)}
        status, body = await self._ask(callback, fields)
        if not (200 <= status < 300 and body == challenge.encode()):
            self._journal.append(act="unverified", account=topic, urls=[callback], status=status)
            return
        if mode == "subscribe":
            until = self._clock.now() + timedelta(seconds=seconds)
            self._subscribers[topic, callback] = Subscriber(secret=asked.get("hub.secret", ""), until=until)
        else:
            self._subscribers.pop((topic, callback), None)
        self._journal.append(act=mode, account=topic, urls=[callback])

    async def _ask(self, callback: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
        query = urlencode({f"hub.{name}": value for name, value in fields.items()})
        sign = "&" if urlsplit(callback).query else "?"
        return await asyncio.to_thread(_called, Call(f"{callback}{sign}{query}"))  # noqa: S310 - checked to be http

    def _tell(self, topic: str, body: bytes) -> int:
        """Tell all whose lease has not ended; how many they are."""
        live = [(at, one) for known, at in self._subscribers if known == topic and (one := self._live(known, at))]
        for callback, subscriber in live:
            self._begin(self._push(topic, callback, subscriber, body))
        return len(live)

    async def _push(self, topic: str, callback: str, subscriber: Subscriber, body: bytes) -> None:
        """One push (section 7), signed with the subscriber's own secret."""
        fields = {"Content-Type": "application/rss+xml", "Link": f'<{topic}>; rel="self"'}
        if subscriber.secret:
            digest = hmac.new(subscriber.secret.encode(), body, hashlib.sha256).hexdigest()
            fields["X-Hub-Signature"] = f"sha256={digest}"
        call = Call(callback, data=body, headers=fields, method="POST")  # noqa: S310 - checked to be http
        status, _ = await asyncio.to_thread(_called, call)
        self._journal.append(act="push", account=topic, urls=[callback], status=status)


def _doubt(asked: Mapping[str, str]) -> str:
    """What is wrong with a request; empty when nothing is."""
    mode = asked.get("hub.mode", "")
    if mode == "publish":
        return "" if asked.get("hub.url") else "hub.url is needed"
    if mode not in ("subscribe", "unsubscribe"):
        return "hub.mode must be subscribe, unsubscribe or publish"
    if not asked.get("hub.topic"):
        return "hub.topic is needed"
    found = urlsplit(asked.get("hub.callback", ""))
    if found.scheme != "http" or found.hostname != "127.0.0.1":
        return "hub.callback must be an http address of 127.0.0.1"
    if len(asked.get("hub.secret", "").encode()) >= 200:
        return "hub.secret must be shorter than 200 bytes"
    return "" if asked.get("hub.lease_seconds", "1").isdecimal() else "hub.lease_seconds must be a number"


def _called(call: Call) -> tuple[int, bytes]:
    """What a subscriber answered: status and body; 0 where it did not answer."""
    try:
        with _opener.open(call, timeout=PATIENCE) as answer:
            return int(answer.status), bytes(answer.read(1 << 16))
    except HTTPError as error:
        with error:
            return error.code, b""
    except (URLError, OSError):
        return 0, b""


def create(state_dir: Path, clock: Clock, journal: Journal) -> Hub:  # noqa: ARG001 - the common signature
    """The hub, with no subscriber: what they sign with stands nowhere."""
    return Hub(clock, journal)
