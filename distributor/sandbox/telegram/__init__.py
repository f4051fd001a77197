"""The loopback Telegram Bot API: routes ``/bot{token}/{method}``, wraps answers, and keeps what readers saw.

Must not import anything of the product: a bug of ours cannot agree with itself here.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from distributor.sandbox.accounts import TELEGRAM_TOKEN
from distributor.sandbox.clock import Clock
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import Journal
from distributor.sandbox.telegram.api import Api
from distributor.sandbox.telegram.chats import too_many
from distributor.sandbox.telegram.controls import KNOBS
from distributor.sandbox.telegram.files import UPLOAD_LIMIT, download
from distributor.sandbox.telegram.limits import Flood
from distributor.sandbox.telegram.methods import METHODS
from distributor.sandbox.telegram.request import ApiError, read_params
from distributor.sandbox.telegram.world import World

_ROUTE = re.compile(r"/bot(?P<token>[^/]+)/(?P<method>[^/]+)/?")
_FILE = re.compile(r"/file/bot(?P<token>[^/]+)/(?P<path>.+)")
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]+")
#: octets that a multipart body may add to the file it carries
_OVERHEAD = 1024 * 1024


def _refusal(error: ApiError) -> Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    headers = {}
    if error.parameters:
        body["parameters"] = error.parameters
    if "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return json_response(error.code, body, headers)


def _refuse_token(token: str) -> None:
    """Raises ApiError: 404 for what cannot be a token, 401 for one that is not ours."""
    if not _TOKEN.fullmatch(token):
        raise ApiError(404, "Not Found")
    if token != TELEGRAM_TOKEN:
        raise ApiError(401, "Unauthorized")


class TelegramPlatform:
    """One bot's platform."""

    def __init__(self, state_dir: Path, clock: Clock, journal: Journal) -> None:
        """Stand where the files say an earlier process stood."""
        world = World(state_dir / "telegram.state.jsonl")
        self.api = Api(world=world, clock=clock, journal=journal, files=state_dir / "telegram-files")
        self.api.flood = Flood(float(world.setting("factor", 1.0)))
        self.api.catch_up()

    async def handle(self, request: Request) -> Response:
        """Answer one call."""
        try:
            path = unquote(request.path)
            if match := _FILE.fullmatch(path):
                return self._file(match["token"], match["path"])
            return json_response(200, {"ok": True, "result": await self._call(path, request)})
        except ApiError as error:
            return _refusal(error)

    async def _call(self, path: str, request: Request) -> Any:
        match = _ROUTE.fullmatch(path)
        if match is None:
            raise ApiError(404, "Not Found")
        _refuse_token(match["token"])
        if request.method not in {"GET", "POST"}:
            raise ApiError(405, "Method Not Allowed")
        if len(request.body) > UPLOAD_LIMIT + _OVERHEAD:
            raise ApiError(413, "Request Entity Too Large")
        method = METHODS.get(match["method"].lower())
        if method is None:
            raise ApiError(404, "Not Found: method not found")
        result = method.call(self.api, read_params(request, method.name).only(method.parameters))
        return await result if inspect.isawaitable(result) else result

    def _file(self, token: str, path: str) -> Response:
        _refuse_token(token)
        data = download(self.api, path)
        if data is None:
            raise ApiError(404, "Not Found")
        return Response(body=data, headers={"Content-Type": "application/octet-stream"})

    def rate_limit_answer(self, _request: Request, seconds: float | None) -> Response:
        """The 429 answer in the platform's own form."""
        return _refusal(too_many(None if seconds is None else max(1, round(seconds))))

    def state(self) -> dict[str, Any]:
        """Everything that stands, with the factor of the limits."""
        return self.api.world.dump() | {"factor": self.api.flood.factor, "length_unit": self.api.unit()}

    def configure(self, options: Mapping[str, Any]) -> None:
        """Turn knobs, in the given order. Raises ValueError for one that is not there or a value it cannot take."""
        if unknown := sorted(set(options) - set(KNOBS)):
            raise ValueError(f"unknown knobs {unknown}; known: {', '.join(KNOBS)}")
        for name, payload in options.items():
            self._turn(name, payload)

    def operate(self, verb: str, payload: Any) -> Any:
        """Turn one knob and give what came of it. Raises KeyError for an unknown one, ValueError for a bad value."""
        if verb not in KNOBS:
            raise KeyError(verb)
        return self._turn(verb, payload)

    def _turn(self, name: str, payload: Any) -> Any:
        try:
            return KNOBS[name](self.api, payload)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{name}: {error!r} in {payload!r}") from error

    def reset(self) -> None:
        """Forget everything but the accounts."""
        self.api.world.reset()
        self.api.flood = Flood()
        self.api.poll += 1
        self.api.news.set()


def create(state_dir: Path, clock: Clock, journal: Journal) -> TelegramPlatform:
    """The platform with the state that its files tell of."""
    return TelegramPlatform(state_dir, clock, journal)
