"""Who asks: OAuth 1.0a signatures (RFC 5849), app bearers, OAuth 2.0 user tokens and their rotation (RFC 6749).

Must not share code with the product or its libraries: it is the far side of the handshake.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

from distributor.sandbox import accounts
from distributor.sandbox.http import Request

#: the OAuth 2.0 app and its first tokens; public on purpose
CLIENT_ID = "sandbox-client-id"
CLIENT_SECRET = "sandbox-client-secret"
APP_BEARER = "sandbox-app-bearer"
USER_BEARER = "sandbox-user-bearer"
REFRESH_TOKEN = "sandbox-refresh-token"
SCOPES = "tweet.read tweet.write users.read media.write offline.access"
#: seconds that an access token lives
TOKEN_LIFE = 7200
#: seconds that the time stamp of a signature may be off
SKEW = 300.0
_STAMP_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks, and with what."""

    #: ``oauth1``, ``oauth2`` or ``app``
    kind: str
    #: empty for the app itself
    user: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Token:
    """An OAuth 2.0 user access token."""

    user: str
    scope: str
    #: Unix seconds
    expires: float


@dataclass(kw_only=True)
class Keys:
    """All credentials that are good now."""

    #: OAuth 1.0a access token to (secret, user)
    tokens1: dict[str, tuple[str, str]] = field(
        default_factory=lambda: {accounts.X_ACCESS_TOKEN: (accounts.X_ACCESS_TOKEN_SECRET, accounts.X_USER_ID)}
    )
    access: dict[str, Token] = field(default_factory=dict)
    #: refresh token to (user, scope); using one removes it
    refresh: dict[str, tuple[str, str]] = field(default_factory=dict)

    def grant(self, *, access: str, refresh: str, user: str, scope: str, expires: float) -> None:
        """Take in a new pair; without the scope ``offline.access`` there is nothing to refresh with."""
        self.access[access] = Token(user=user, scope=scope, expires=expires)
        if refresh:
            self.refresh[refresh] = (user, scope)


def new_pair(scope: str) -> tuple[str, str]:
    """A new access token and refresh token (empty without ``offline.access``)."""
    refresh = secrets.token_urlsafe(48) if "offline.access" in scope.split() else ""
    return secrets.token_urlsafe(48), refresh


def identify(request: Request, keys: Keys, hosts: tuple[str, ...], clocks: tuple[float, ...]) -> Caller | None:
    """The caller; None when the credentials are missing or wrong.

    ``clocks`` are the instants (Unix seconds) a signature may be near: the platforms' clock and the machine's, which
    differ once the former was moved.
    """
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "oauth":
        return _by_signature(request, rest, keys, hosts, clocks)
    if scheme.lower() == "bearer":
        return _by_bearer(unquote(rest.strip()), keys, clocks[0])
    return None


def _by_bearer(token: str, keys: Keys, now: float) -> Caller | None:
    if hmac.compare_digest(token.encode(), APP_BEARER.encode()):
        return Caller(kind="app")
    known = keys.access.get(token)
    if known is None or known.expires <= now:
        return None
    return Caller(kind="oauth2", user=known.user, scopes=frozenset(known.scope.split()))


def _by_signature(
    request: Request, rest: str, keys: Keys, hosts: tuple[str, ...], clocks: tuple[float, ...]
) -> Caller | None:
    given = authorization(rest)
    known = keys.tokens1.get(given.get("oauth_token", ""))
    if known is None or not _is_proper(given, clocks):
        return None
    signature = given.pop("oauth_signature", "")
    for host in hosts:
        right = sign(
            request.method, host + request.path, parameters(request, given), accounts.X_CONSUMER_SECRET, known[0]
        )
        if hmac.compare_digest(signature.encode(), right.encode()):
            return Caller(kind="oauth1", user=known[1])
    return None


def _is_proper(given: Mapping[str, str], clocks: tuple[float, ...]) -> bool:
    """Method, version, key, nonce and time stamp of a signed request (RFC 5849 sections 3.1 and 3.3)."""
    stamp = given.get("oauth_timestamp", "")
    return (
        given.get("oauth_consumer_key") == accounts.X_CONSUMER_KEY
        and given.get("oauth_signature_method") == "HMAC-SHA1"
        and given.get("oauth_version", "1.0") == "1.0"
        and bool(given.get("oauth_nonce"))
        and stamp.isascii()
        and stamp.isdigit()
        and len(stamp) <= _STAMP_DIGITS
        and any(abs(int(stamp) - clock) <= SKEW for clock in clocks)
    )


def authorization(rest: str) -> dict[str, str]:
    """The fields of an ``Authorization: OAuth`` header (RFC 5849 section 3.5.1), decoded; ``realm`` left out."""
    fields: dict[str, str] = {}
    for piece in rest.split(","):
        name, equals, value = piece.strip().partition("=")
        if equals and name != "realm":
            fields[unquote(name)] = unquote(value.strip().strip('"'))
    return fields


def parameters(request: Request, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """Everything a signature covers beside method and address (RFC 5849 section 3.4.1.3)."""
    pairs = list(given.items())
    pairs += parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
    if request.content_type == "application/x-www-form-urlencoded":
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return pairs


def sign(method: str, url: str, pairs: list[tuple[str, str]], consumer_secret: str, token_secret: str) -> str:
    """The HMAC-SHA1 signature of a request (RFC 5849 section 3.4.2), base64."""
    encoded = sorted((_percent(name), _percent(value)) for name, value in pairs)
    normal = "&".join(f"{name}={value}" for name, value in encoded)
    base = "&".join((method.upper(), _percent(url), _percent(normal)))
    key = f"{_percent(consumer_secret)}&{_percent(token_secret)}"
    # RFC 5849 names SHA-1 for this method; X takes no other
    return base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode("ascii")


def _percent(text: str) -> str:
    return quote(text, safe="-._~")


def is_client(request: Request, form: Mapping[str, list[str]]) -> bool:
    """Whether a token request names the app: HTTP Basic with its secret, or for a public client its id in the body."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", [""])[0] == CLIENT_ID
    try:
        name, _, secret = base64.b64decode(rest.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    right = hmac.compare_digest(unquote_plus(secret).encode(), CLIENT_SECRET.encode())
    return unquote_plus(name) == CLIENT_ID and right
