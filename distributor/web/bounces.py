"""``POST /hooks/bounces/NAME``: a provider tells of bounces and complaints. Must not read what it tells."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from distributor.errors import DistributorError, ParseError, Unsigned
from distributor.flows.bounce import Clerk
from distributor.model.returns import Arrival
from distributor.returns import Hook
from distributor.web.reading import read_body

log = logging.getLogger(__name__)

#: The largest body that is taken: providers gather events.
MOST = 4 << 20


class BounceHook:
    """Takes signed events of the providers that are configured."""

    def __init__(self, hooks: Mapping[str, Hook], clerk: Clerk, now: Callable[[], datetime]) -> None:
        """``hooks`` by the names of their tables."""
        self._hooks = hooks
        self._clerk = clerk
        self._now = now
        self.routes = [Route("/hooks/bounces/{name}", self.take, methods=["POST"])] if hooks else []

    async def take(self, request: Request) -> JSONResponse:
        """200 with how many events were new; 401 unsigned, 404 no such hook, 413 too long, 422 no events, 503 again."""
        body = await read_body(request, MOST)
        return await run_in_threadpool(self._taken, request.path_params["name"], dict(request.headers), body)

    def _taken(self, name: str, fields: Mapping[str, str], body: bytes) -> JSONResponse:
        hook = self._hooks.get(name)
        if hook is None:
            return _refusal(404, "unknown_hook", f"there is no hook {name!r}", "[bounces.NAME] makes one")
        try:
            return JSONResponse(self._filed(name, hook, fields, body))
        except Unsigned as error:
            log.warning("hook %s: an event was refused: %s", name, error)
            return _refusal(401, "unsigned", str(error), "see docs/bounces.md for what each provider signs")
        except ParseError as error:
            return _refusal(422, "not_read", str(error), "expected the provider's own JSON")
        except DistributorError as error:
            log.error("hook %s: an event could not be taken: %s", name, error)
            return _refusal(503, "failed", "the event could not be taken now", "send it again, with the same id")

    def _filed(self, name: str, hook: Hook, fields: Mapping[str, str], body: bytes) -> dict[str, int]:
        """File every event under the provider's own name of it; an error leaves the rest for the repetition."""
        filed = [
            self._clerk.take(Arrival(remote_id=f"hook:{name}:{event}", source=f"hook {name}"), found, self._now())
            for event, found in hook.read(fields, body)
        ]
        return {"events": len(filed), "new": sum(not one.is_known for one in filed)}


def _refusal(status: int, code: str, message: str, hint: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "hint": hint}}, status_code=status)
