"""The control plane of one platform, the same for all: script faults, move the clock, read log, state and journal.
Must not be subject to faults or delays itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from distributor.sandbox.clock import Clock, iso
from distributor.sandbox.faults import Faults
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import Journal
from distributor.sandbox.log import RequestLog
from distributor.sandbox.platform import Operated, Platform

#: where the control plane lives on every platform
PREFIX = "/_emu/"


@dataclass(frozen=True, kw_only=True)
class Host:
    """A platform with everything that stands around it."""

    platform: Platform
    clock: Clock
    journal: Journal
    faults: Faults = field(default_factory=Faults)
    log: RequestLog = field(default_factory=RequestLog)

    def control(self, request: Request) -> Response:
        """Answer a request under ``/_emu/``: 400 for a bad payload, 404 for an unknown verb."""
        verb = request.path.removeprefix(PREFIX).strip("/")
        try:
            payload = request.json() if request.body else {}
            known = _VERBS.get((request.method, verb))
            if known is not None:
                return json_response(200, known(self, payload))
            if request.method == "POST" and isinstance(self.platform, Operated):
                return json_response(200, self.platform.operate(verb, payload))
        except KeyError as error:
            return json_response(404, {"error": f"unknown: {error}"})
        except (ValueError, TypeError) as error:
            return json_response(400, {"error": str(error)})
        return json_response(404, {"error": f"no {request.method} {verb} here"})


def _reset(host: Host, _payload: Any) -> Any:
    host.platform.reset()
    host.faults.clear()
    host.log.clear()
    host.journal.reset()
    return {"ok": True}


def _script(host: Host, payload: Any) -> Any:
    rules = payload if isinstance(payload, list) else [payload]
    for rule in rules:
        host.faults.add(rule)
    return {"ok": True, "rules": len(host.faults.rules)}


def _unscript(host: Host, _payload: Any) -> Any:
    host.faults.clear()
    return {"ok": True}


def _advance(host: Host, payload: Any) -> Any:
    return {"now": iso(host.clock.advance(float(payload["advance"]))), "offset": host.clock.offset}


def _configure(host: Host, payload: Any) -> Any:
    host.platform.configure(payload)
    return {"ok": True}


def _visible(host: Host, _payload: Any) -> Any:
    """How many posts, mails or hooks show each address now, deleted and edited-away ones left out."""
    shown: dict[tuple[str, str], list[str]] = {}
    for line in host.journal.lines():
        if line["act"] == "delete":
            for gone in line.get("ids", [line["id"]]):
                shown.pop((line["account"], gone), None)
        else:
            place = (line["account"], line.get("edit_of") or line["id"] or str(line["n"]))
            shown.pop(place, None)
            shown[(line["account"], line["id"] or str(line["n"]))] = line["urls"]
    return dict(Counter(url for urls in shown.values() for url in dict.fromkeys(urls)))


_VERBS: dict[tuple[str, str], Callable[[Host, Any], Any]] = {
    ("POST", "reset"): _reset,
    ("GET", "state"): lambda host, _: host.platform.state(),
    ("GET", "faults"): lambda host, _: host.faults.dump(),
    ("POST", "faults"): _script,
    ("DELETE", "faults"): _unscript,
    ("GET", "log"): lambda host, _: host.log.dump(),
    ("GET", "clock"): lambda host, _: {"now": iso(host.clock.now()), "offset": host.clock.offset},
    ("POST", "clock"): _advance,
    ("POST", "config"): _configure,
    ("GET", "visible"): _visible,
    ("GET", "journal"): lambda host, _: host.journal.lines(),
}
