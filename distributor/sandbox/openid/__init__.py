"""A loopback OpenID provider that lets one configured person in without asking, and can be told to lie in every way
that is known. Must not lead anybody but to 127.0.0.1.

::

    GET /.well-known/openid-configuration, /keys    GET /authorize -> code    POST /token -> tokens    GET /userinfo
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from distributor.sandbox.accounts import OPENID_CLIENT, OPENID_SECRET
from distributor.sandbox.clock import Clock
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import Journal
from distributor.sandbox.openid.signing import KEYS, token

#: how long a code counts (RFC 6749, section 4.1.2: at most ten minutes)
CODE = timedelta(minutes=1)
#: whom it lets in where nothing else is configured
ANNA = {"sub": "248289761001", "email": "anna@example.org", "email_verified": True, "name": "Anna"}
#: The lies: of the token's claims, of its signature, of the answer to the browser, of what it says of itself.
CLAIMS = ("nonce", "aud", "azp", "expired", "future", "iss", "no_sub", "no_nonce")
SIGNATURES = ("none", "hs256", "unknown_kid", "other_key")
ANSWERS = ("answer_iss", "no_answer_iss", "state", "cancel", "no_code")
OWN = ("other_issuer", "plain_endpoint", "no_pkce", "only_hs256", "other_userinfo", "no_keys")
#: No lies, but as some providers are: what a person is called stands beside the token alone, and no token opens that.
APART, CLOSED = "lone_userinfo", "no_access"
LIES = frozenset((*CLAIMS, *SIGNATURES, *ANSWERS, *OWN, APART, CLOSED))
METHODS = ("client_secret_basic", "client_secret_post", "none")


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A code that was given, and what for."""

    client: str
    redirect_uri: str
    nonce: str
    challenge: str
    until: datetime
    person: Mapping[str, Any] = field(default_factory=dict)


class OpenId:
    """The provider; what it was told and gave is forgotten by a restart."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Anna is at its door."""
        self._clock = clock
        self._journal = journal
        self._url = ""
        self._person: dict[str, Any] = dict(ANNA)
        self._lies: frozenset[str] = frozenset()
        self._method, self._key = METHODS[0], KEYS[0]
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Mapping[str, Any]] = {}

    def listens_at(self, url: str) -> None:
        """Learn what it is called."""
        self._url = url

    async def handle(self, request: Request) -> Response:
        """Answer by path; 404 for any other."""
        doors = {
            ("GET", "/.well-known/openid-configuration"): self._describe,
            ("GET", "/keys"): self._publish,
            ("GET", "/authorize"): self._authorize,
            ("POST", "/token"): self._redeem,
            ("GET", "/userinfo"): self._tell,
        }
        door = doors.get((request.method, request.path))
        return json_response(404, {"error": "not_found"}) if door is None else door(request)

    def operate(self, verb: str, _payload: Any) -> Any:
        """``rotate``: another key signs from now on, and the first is published no more. Raises KeyError."""
        if verb != "rotate":
            raise KeyError(verb)
        self._key = KEYS[1]
        return {"kid": self._key.kid}

    def state(self) -> dict[str, Any]:
        """Who is at the door, and how it lies; no code, no token."""
        return {"person": self._person, "lies": sorted(self._lies), "method": self._method, "codes": len(self._codes)}

    def configure(self, options: Mapping[str, Any]) -> None:
        """``person`` (their claims), ``lies`` (of :data:`LIES`), ``method`` (of clients at its token endpoint)."""
        unknown = (set(options) - {"person", "lies", "method"}) | (set(options.get("lies", ())) - LIES)
        if unknown or options.get("method", METHODS[0]) not in METHODS:
            raise ValueError(f"unknown knobs {sorted(unknown)}" if unknown else "unknown method")
        self._person = dict(options.get("person", self._person))
        self._lies = frozenset(options.get("lies", self._lies))
        self._method = str(options.get("method", self._method))

    def reset(self) -> None:
        """Codes, tokens and lies are forgotten."""
        self._person, self._lies = dict(ANNA), frozenset()
        self._method, self._key = METHODS[0], KEYS[0]
        self._codes.clear()
        self._tokens.clear()

    def _describe(self, _request: Request) -> Response:
        other = self._url.replace("127.0.0.1", "localhost")
        told: dict[str, Any] = {
            "issuer": other if "other_issuer" in self._lies else self._url,
            "authorization_endpoint": f"{self._url}/authorize",
            "token_endpoint": f"{self._url}/token",
            "jwks_uri": "http://keys.example.org/" if "plain_endpoint" in self._lies else f"{self._url}/keys",
            "userinfo_endpoint": f"{self._url}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["HS256" if "only_hs256" in self._lies else "RS256"],
            "code_challenge_methods_supported": ["plain" if "no_pkce" in self._lies else "S256"],
            "token_endpoint_auth_methods_supported": [self._method],
            "authorization_response_iss_parameter_supported": True,
        }
        return json_response(200, told)

    def _publish(self, _request: Request) -> Response:
        return json_response(200, {"keys": [] if "no_keys" in self._lies else [self._key.published]})

    def _authorize(self, request: Request) -> Response:
        """Lead back with a code (RFC 6749, section 4.1.2); 400 for what one may not even lead back for."""
        asked = {name: values[0] for name, values in request.query.items() if len(values) == 1}
        target = urlsplit(asked.get("redirect_uri", ""))
        if asked.get("client_id") != OPENID_CLIENT or target.scheme != "http" or target.hostname != "127.0.0.1":
            return json_response(400, {"error": "invalid_request"})
        answer = {"state": "x" * 43 if "state" in self._lies else asked.get("state", "")}
        if "no_answer_iss" not in self._lies:
            answer["iss"] = "https://mixed-up.example" if "answer_iss" in self._lies else self._url
        if "cancel" in self._lies:
            answer["error"] = "access_denied"
        elif error := _doubt(asked):
            answer["error"] = error
        elif "no_code" not in self._lies:
            answer["code"] = self._granted(asked)
        where = f"{asked['redirect_uri']}?{urlencode(answer)}"
        return Response(status=302, headers={"Location": where, "Cache-Control": "no-store"})

    def _granted(self, asked: Mapping[str, str]) -> str:
        code = secrets.token_urlsafe(24)
        self._codes[code] = Grant(
            client=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            nonce=asked.get("nonce", ""),
            challenge=asked["code_challenge"],
            until=self._clock.now() + CODE,
            person=dict(self._person),
        )
        self._journal.append(act="code", account=str(self._person.get("sub", "")), urls=[asked["redirect_uri"]])
        return code

    def _redeem(self, request: Request) -> Response:
        """Tokens for a code, once, to the client that asked for it (RFC 6749, section 4.1.3)."""
        try:
            form = {name: values[0] for name, values in request.form().items()}
        except ValueError:
            return json_response(400, {"error": "invalid_request"})
        if not self._is_client(request, form):
            return json_response(401, {"error": "invalid_client"}, {"WWW-Authenticate": "Basic"})
        grant = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
        is_right = grant is not None and grant.until > self._clock.now() and grant.challenge == challenge
        if grant is None or not is_right or form.get("redirect_uri") != grant.redirect_uri:
            return json_response(400, {"error": "invalid_grant"})
        access = secrets.token_urlsafe(24)
        self._tokens[access] = grant.person
        self._journal.append(act="token", account=str(grant.person.get("sub", "")), urls=[grant.redirect_uri])
        told = {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": self._signed(grant)}
        if CLOSED in self._lies:
            del told["access_token"]
        return json_response(200, told, {"Cache-Control": "no-store"})

    def _is_client(self, request: Request, form: Mapping[str, str]) -> bool:
        if self._method == "client_secret_basic":
            kind, _, rest = request.headers.get("authorization", "").partition(" ")
            try:
                pair = base64.b64decode(rest).decode().split(":")
            except ValueError:
                return False
            return kind == "Basic" and [unquote_plus(one) for one in pair] == [OPENID_CLIENT, OPENID_SECRET]
        is_known = form.get("client_id") == OPENID_CLIENT and "authorization" not in request.headers
        return is_known and (self._method == "none" or form.get("client_secret") == OPENID_SECRET)

    def _signed(self, grant: Grant) -> str:
        claims = self._claims(grant)
        lies = {"none": {"alg": "none"}, "hs256": {"alg": "HS256"}, "unknown_kid": {"kid": "nobody's"}}
        how = next((lies[one] for one in lies if one in self._lies), {})
        if "other_key" in self._lies:
            return token(claims, KEYS[1], kid=KEYS[0].kid)
        return token(claims, self._key, **how)

    def _claims(self, grant: Grant) -> dict[str, Any]:
        now = int(self._clock.now().timestamp())
        about = {"sub": grant.person.get("sub", "")} if APART in self._lies else grant.person
        times = {"iat": now, "exp": now + 300}
        claims = {"iss": self._url, "aud": grant.client, **times, "nonce": grant.nonce, **about}
        changed: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "aud": {"aud": "somebody-else"},
            "azp": {"aud": [grant.client, "somebody-else"], "azp": "somebody-else"},
            "expired": {"iat": now - 300, "exp": now - 120},
            "future": {"iat": now + 3600, "exp": now + 7200},
            "iss": {"iss": "https://mixed-up.example"},
        }
        for lie in self._lies & set(changed):
            claims |= changed[lie]
        gone = {name for lie, name in (("no_sub", "sub"), ("no_nonce", "nonce")) if lie in self._lies}
        return {name: value for name, value in claims.items() if name not in gone}

    def _tell(self, request: Request) -> Response:
        kind, _, access = request.headers.get("authorization", "").partition(" ")
        person = self._tokens.get(access) if kind == "Bearer" else None
        if person is None:
            return json_response(401, {"error": "invalid_token"}, {"WWW-Authenticate": "Bearer"})
        return json_response(200, {**person, "sub": "another"} if "other_userinfo" in self._lies else person)


def _doubt(asked: Mapping[str, str]) -> str:
    """What is wrong with a question that one may lead back for; empty: nothing."""
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in asked.get("scope", "").split():
        return "invalid_scope"
    is_proved = asked.get("code_challenge_method") == "S256" and len(asked.get("code_challenge", "")) == 43
    return "" if is_proved and asked.get("state") and asked.get("nonce") else "invalid_request"


def create(state_dir: Path, clock: Clock, journal: Journal) -> OpenId:  # noqa: ARG001 - the common signature
    """The provider, with no code and no token."""
    return OpenId(clock, journal)
