"""A loopback X API v2: who asks, how often, with what money, then the endpoint. Must not import the product.

::

    find the endpoint -> 404, 405, retired
    who asks?         -> 401
    how often?        -> 429
    may it?           -> 403 (kind of credentials, scopes, project, read-only app)
    is there money?   -> 402
    the endpoint      -> x_posts, x_read, x_media; a visible change is one line of the journal
    headers           -> the rate windows stand on every answer

Everything happens within one call without waiting, so that a request is done wholly or not at all.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from distributor.sandbox.clock import Clock
from distributor.sandbox.http import Request, Response
from distributor.sandbox.journal import Journal
from distributor.sandbox.x import errors, media, posts, read
from distributor.sandbox.x.call import Call, Handler
from distributor.sandbox.x.errors import Refused
from distributor.sandbox.x.limits import Window, headers
from distributor.sandbox.x.oauth import TOKEN_LIFE, Caller, identify, new_pair
from distributor.sandbox.x.options import changed
from distributor.sandbox.x.state import World
from distributor.sandbox.x.token import token

_KINDS = {
    "oauth1": "OAuth 1.0a User Context",
    "oauth2": "OAuth 2.0 User Context",
    "app": "OAuth 2.0 Application-Only",
}
_USER = ("oauth1", "oauth2")
_ANY = ("oauth1", "oauth2", "app")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One operation of the API."""

    method: str
    path: re.Pattern[str]
    #: its name in ``x_limits.QUOTAS``
    quota: str
    run: Handler
    kinds: tuple[str, ...] = _USER
    scopes: frozenset[str] = frozenset()
    #: whether an app that may only read is refused
    writes: bool = False


def _endpoint(
    method: str,
    path: str,
    quota: str,
    run: Handler,
    *,
    scopes: str,
    writes: bool = False,
    kinds: tuple[str, ...] = _USER,
) -> Endpoint:
    pattern = re.compile(path.replace("{id}", "(?P<id>[0-9]{1,19})"))
    return Endpoint(
        method=method, path=pattern, quota=quota, run=run, kinds=kinds, scopes=frozenset(scopes.split()), writes=writes
    )


_READ, _WRITE, _UPLOAD = "tweet.read users.read", "tweet.read tweet.write users.read", "media.write"
ENDPOINTS = (
    _endpoint("POST", "/2/tweets", "create", posts.create, scopes=_WRITE, writes=True),
    _endpoint("GET", "/2/tweets", "lookup", read.lookup, scopes=_READ, kinds=_ANY),
    _endpoint("DELETE", "/2/tweets/{id}", "delete", posts.delete, scopes=_WRITE, writes=True),
    _endpoint("GET", "/2/tweets/{id}", "lookup", read.single, scopes=_READ, kinds=_ANY),
    _endpoint("GET", "/2/users/me", "me", read.me, scopes=_READ),
    _endpoint("GET", "/2/users/{id}/tweets", "timeline", read.timeline, scopes=_READ, kinds=_ANY),
    _endpoint("POST", "/2/media/upload", "upload", media.upload, scopes=_UPLOAD, writes=True),
    _endpoint("GET", "/2/media/upload", "chunk", media.status, scopes=_UPLOAD),
    _endpoint("POST", "/2/media/upload/initialize", "chunk", media.initialize, scopes=_UPLOAD, writes=True),
    _endpoint("POST", "/2/media/upload/{id}/append", "chunk", media.append, scopes=_UPLOAD, writes=True),
    _endpoint("POST", "/2/media/upload/{id}/finalize", "chunk", media.finalize, scopes=_UPLOAD, writes=True),
    _endpoint("POST", "/2/media/metadata", "metadata", media.metadata, scopes=_UPLOAD, writes=True),
    _endpoint("GET", "/2/usage/tweets", "usage", read.usage, scopes="", kinds=("app",)),
)
_TOKEN = "/2/oauth2/token"
#: headers that X puts on every answer
_COMMON = {
    "api-version": "2.167",
    "cache-control": "no-cache, no-store, max-age=0",
    "content-disposition": "attachment; filename=json.json",
    "server": "tsa_b",
    "strict-transport-security": "max-age=631138519",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "x-response-time": "1",
    "x-xss-protection": "0",
}


def create(state_dir: Path, clock: Clock, journal: Journal) -> X:
    """The loopback X with the state that its journal and its state file tell of."""
    return X(state_dir, clock, journal)


class X:
    """The platform."""

    def __init__(self, state_dir: Path, clock: Clock, journal: Journal) -> None:
        """Rebuild the world."""
        self._clock = clock
        self._world = World(state_dir, journal, clock.now())

    # -- the seam to the server --------------------------------------------------------------------------------------

    async def handle(self, request: Request) -> Response:
        """Answer one request."""
        endpoint, post_id = self._endpoint(request)
        quota = endpoint.quota if endpoint else "token" if request.path == _TOKEN else "other"
        caller = self._caller(request)
        now = self._clock.now().timestamp()
        windows = self._world.counters.families(quota, _name(caller), self._world.options, now)
        try:
            answer = self._answered(request, endpoint, post_id, caller, windows, now)
        except Refused as refused:
            answer = refused.response
        self._world.flush()
        return self._with_headers(answer, windows)

    def state(self) -> dict[str, Any]:
        """Everything that stands now, without credentials."""
        return self._world.state(self._clock.now())

    def configure(self, options: Mapping[str, Any]) -> None:
        """Change knobs (see :class:`~distributor.sandbox.x.options.Options`). Raises ValueError."""
        changed(self._world.options, options)
        self._world.change("options", values=dict(options))
        self._world.flush()
        if "factor" in options:
            sys.stderr.write(f"twitter: every rate limit is multiplied by {self._world.options.factor:g}\n")

    def reset(self) -> None:
        """Forget everything but the account."""
        self._world.reset(self._clock.now())

    def close(self) -> None:
        """Give the state file back; may be called twice."""
        self._world.close()

    def rate_limit_answer(self, request: Request, seconds: float | None) -> Response:
        """The 429 of a scripted fault; its window ends in so many seconds, or it does not say when."""
        endpoint, _ = self._endpoint(request)
        now = self._clock.now().timestamp()
        windows = self._world.counters.families(
            endpoint.quota if endpoint else "other", _name(self._caller(request)), self._world.options, now
        )
        shown = self._with_headers(errors.too_many(self._world.options.rate_limit_body).response, windows)
        told = dict(shown.headers) | {"x-rate-limit-remaining": "0"}
        if seconds is None:
            return replace(shown, headers=_without_reset(told))
        return replace(shown, headers=told | {"x-rate-limit-reset": str(round(now + seconds))})

    def operate(self, verb: str, payload: Any) -> Any:
        """Control commands: ``foreign_post`` (somebody else posts) and ``grant`` (a new pair of OAuth 2.0 tokens).

        Raises KeyError for another verb, ValueError for a bad payload.
        """
        commands: Mapping[str, Callable[..., Any]] = {"foreign_post": self._foreign_post, "grant": self._grant}
        answer = commands[verb](**payload)
        self._world.flush()
        return answer

    # -- inside --------------------------------------------------------------------------------------------------------

    def _endpoint(self, request: Request) -> tuple[Endpoint | None, str]:
        for endpoint in ENDPOINTS:
            found = endpoint.path.fullmatch(request.path)
            if found and endpoint.method == request.method:
                return endpoint, found.groupdict().get("id", "")
        return None, ""

    def _caller(self, request: Request) -> Caller | None:
        now = self._clock.now().timestamp()
        hosts = tuple(self._world.options.hosts.split())
        return identify(request, self._world.keys, hosts, (now, now - self._clock.offset))

    def _answered(
        self,
        request: Request,
        endpoint: Endpoint | None,
        post_id: str,
        caller: Caller | None,
        windows: Mapping[str, Window],
        now: float,
    ) -> Response:
        if endpoint is None and request.path != _TOKEN:
            raise _unknown(request)
        if endpoint is not None and caller is None:
            raise errors.unauthorized()
        self._count(endpoint.quota if endpoint else "token", _name(caller), windows, now)
        if endpoint is None or caller is None:
            if request.method != "POST":
                raise errors.wrong_method()
            return token(self._world, request, now)
        self._permit(endpoint, caller, now)
        call = Call(world=self._world, request=request, user=caller.user, id=post_id, now=now)
        return endpoint.run(call)

    def _count(self, quota: str, user: str, windows: Mapping[str, Window], now: float) -> None:
        if any(window.left == 0 for window in windows.values()):
            raise errors.too_many(self._world.options.rate_limit_body)
        self._world.change("call", endpoint=quota, user=user, at=now)

    def _permit(self, endpoint: Endpoint, caller: Caller, now: float) -> None:
        options = self._world.options
        if caller.kind not in endpoint.kinds:
            raise errors.wrong_authentication(_KINDS[caller.kind], tuple(_KINDS[kind] for kind in endpoint.kinds))
        if not options.enrolled:
            raise errors.not_enrolled("1")
        if caller.kind == "oauth2" and not endpoint.scopes <= caller.scopes:
            raise errors.forbidden()
        if endpoint.writes and options.access == "read_only":
            raise errors.read_only()
        if self._world.books.is_empty(options, datetime.fromtimestamp(now, UTC)):
            raise errors.out_of_credit(options.credits_body, "1")

    def _with_headers(self, answer: Response, windows: Mapping[str, Window]) -> Response:
        level = "read" if self._world.options.access == "read_only" else "read-write"
        told = {
            **_COMMON,
            "x-access-level": level,
            "x-transaction-id": secrets.token_hex(8),
            **headers(windows),
            **answer.headers,
        }
        if answer.status == 429 and not self._world.options.announce_reset:
            told = _without_reset(told)
        return replace(answer, headers=told)

    def _foreign_post(self, username: str, text: str, reply_to: str = "", quote: str = "") -> dict[str, str]:
        world, now = self._world, self._clock.now().timestamp()
        known = {user.username: user.id for user in world.users.values()}
        if username not in known:
            known[username] = world.next_id(now)
            world.change("user", user=known[username], username=username)
        post_id = world.next_id(now)
        parent = world.posts.get(reply_to)
        post = {
            "id": post_id,
            "user": known[username],
            "text": text,
            "created": now,
            "reply_to": reply_to,
            "quote": quote,
            "root": post_id,
            "conversation": parent.conversation if parent else post_id,
        }
        world.change("foreign", values=post)
        return {"id": post_id, "user_id": known[username]}

    def _grant(self, scope: str, user: str = "1000", seconds: float = TOKEN_LIFE) -> dict[str, Any]:
        if user not in self._world.users:
            raise ValueError(f"no user {user}")
        access, refresh = new_pair(scope)
        expires = self._clock.now().timestamp() + seconds
        self._world.change("grant", access=access, refresh=refresh, user=user, scope=scope, expires=expires)
        return {"access_token": access, "refresh_token": refresh, "scope": scope}


def _name(caller: Caller | None) -> str:
    """Whose window a call falls into: the user's, the app's, or that of all who did not say who they are."""
    return "-" if caller is None else caller.user or "app"


def _without_reset(told: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in told.items() if not name.endswith("-reset")}


def _unknown(request: Request) -> Refused:
    if request.path.startswith("/1.1/"):
        return errors.retired("e.g. media post, oauth")
    if any(endpoint.path.fullmatch(request.path) for endpoint in ENDPOINTS):
        return errors.wrong_method()
    return errors.no_page()
