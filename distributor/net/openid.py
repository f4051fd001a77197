"""One OpenID provider, asked through the guarded fetcher. Must not decide what is believed, nor keep or tell a token.

::

    description, keys (kept for an hour)  ->  where the browser is led
    the answer's code  ->  token endpoint  ->  signature, claims  ->  userinfo, where the token lacks the name  ->  who
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import quote_plus, urlencode

from distributor.errors import FetchError, Unvouched
from distributor.keys.tokens import UnknownKey, claims_of
from distributor.model.people import Identity, Unproved
from distributor.net import Fetcher
from distributor.rules.people import openid
from distributor.rules.people.openid import Client, Endpoints
from distributor.rules.people.tickets import Begun
from distributor.secret import Secret

Json = Mapping[str, Any]
T = TypeVar("T")

#: For how long a provider's description and keys are kept, and how soon after a failure, or for a new key, it is asked
#: again.
KEPT, PAUSE = timedelta(hours=1), timedelta(minutes=1)
#: Seconds for one question: somebody waits for it.
PATIENCE = 10.0
_WELL_KNOWN = "/.well-known/openid-configuration"
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


class Provider:
    """Who people are, as one provider says; safe to share between threads."""

    def __init__(self, client: Client, secret: Secret | None, fetcher: Fetcher, now: Callable[[], datetime]) -> None:
        """``client`` is what we are there, ``secret`` what proves it; nobody is asked yet."""
        self.client = client
        self._secret = secret
        self._fetcher = fetcher
        self._now = now
        self._endpoints = _Kept(self._described, now)
        self._keys = _Kept(self._published, now)

    def leads_to(self, begun: Begun) -> str:
        """Where the browser is led to log in. Raises FetchError, Unvouched."""
        return openid.leads_to(self._endpoints.get(), self.client, begun)

    def vouched(self, answer: Mapping[str, str], code: str, begun: Begun) -> Identity:
        """Whom the provider vouches for in its answer with a code. Raises FetchError, Unvouched."""
        found = self._endpoints.get()
        openid.check_named(answer, found)
        told = self._redeemed(found, code, begun)
        claims = self._claims(told.get("id_token"))
        subject = openid.subject_of(claims, self.client, begun.nonce, self._now())
        wanted = self.client.claim
        if not openid.says_name(claims, wanted) and found.userinfo:
            claims = self._looked_up(found.userinfo, told.get("access_token"), subject)
        return Identity(issuer=self.client.issuer, subject=subject, name=openid.name_of(claims, wanted))

    def check(self) -> str:
        """Whether the provider's description and keys are good for a login. Raises FetchError, Unvouched."""
        found, count = self._endpoints.get(), len(self._keys.get())
        return f"{self.client.issuer} describes itself, with {count} keys ({found.method})"

    def _described(self) -> Endpoints:
        told = self._asked(self.client.issuer.rstrip("/") + _WELL_KNOWN)
        return openid.endpoints(told, self.client.issuer, has_secret=self._secret is not None)

    def _published(self) -> Sequence[Json]:
        told = self._asked(self._endpoints.get().keys).get("keys")
        found = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
        if not found:
            raise Unvouched(Unproved.INVALID, "it publishes no keys")
        return found

    def _redeemed(self, found: Endpoints, code: str, begun: Begun) -> Json:
        """What the token endpoint gives for a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.back,
            "code_verifier": begun.verifier,
        }
        headers, secret = dict(_FORM), "" if self._secret is None else self._secret.reveal()
        if found.method == "client_secret_basic":
            # RFC 6749, section 2.3.1: each half is encoded as in a form before
            pair = f"{quote_plus(self.client.client_id)}:{quote_plus(secret)}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"
        else:
            form["client_id"] = self.client.client_id
            if found.method == "client_secret_post":
                form["client_secret"] = secret
        try:
            body = urlencode(form).encode("ascii")
            return _object(self._fetcher.post(found.token, body, headers=headers, deadline=PATIENCE).body)
        except FetchError as error:
            if error.status in (400, 401, 403):
                reason = f"the token endpoint answered {error.status}: it refuses the code, client_id or client_secret"
                raise Unvouched(Unproved.INVALID, reason) from None
            raise

    def _claims(self, token: object) -> Json:
        """What a token says, by the keys as they are known, or once more by new ones."""
        if not isinstance(token, str):
            raise Unvouched(Unproved.INVALID, "the token endpoint gave no id_token")
        try:
            try:
                return claims_of(token, self._keys.get())
            except UnknownKey:
                return claims_of(token, self._keys.renewed())
        except ValueError as error:
            raise Unvouched(Unproved.INVALID, f"the token does not count: {error}") from error

    def _looked_up(self, url: str, access: object, subject: str) -> Json:
        """What the provider says of somebody beside their token (OpenID Connect Core 1.0, section 5.3)."""
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            raise Unvouched(Unproved.INVALID, "the token endpoint gave no access_token")
        told = self._asked(url, authorization=f"Bearer {access}")
        if told.get("sub") != subject:
            raise Unvouched(Unproved.INVALID, "userinfo is about somebody else (sub)")
        return told

    def _asked(self, url: str, **headers: str) -> Json:
        fields = {"accept": "application/json", **headers}
        return _object(self._fetcher.get(url, headers=fields, deadline=PATIENCE, follow=False).body)


class _Kept(Generic[T]):
    """Something of the provider's, kept for a while; whoever needs it at the same time waits for one question."""

    def __init__(self, ask: Callable[[], T], now: Callable[[], datetime]) -> None:
        self._ask = ask
        self._now = now
        self._lock = threading.Lock()
        self._found: T | None = None
        self._asked_at: datetime | None = None
        self._failure: FetchError | Unvouched | None = None

    def get(self) -> T:
        """What is known, or else is asked for now. Raises FetchError, Unvouched: for a while the same, unasked."""
        return self._within(KEPT)

    def renewed(self) -> T:
        """What is asked for anew, unless it was a moment ago. Raises FetchError, Unvouched."""
        return self._within(PAUSE)

    def _within(self, age: timedelta) -> T:
        with self._lock:
            now = self._now()
            since = None if self._asked_at is None else abs(now - self._asked_at)
            if since is None or since >= (PAUSE if self._failure else age):
                self._renew(now)
            if self._failure is not None or self._found is None:
                raise _again(self._failure)
            return self._found

    def _renew(self, now: datetime) -> None:
        self._asked_at, self._found, self._failure = now, None, None
        try:
            self._found = self._ask()
        except (FetchError, Unvouched) as error:
            self._failure = error


def _again(failure: FetchError | Unvouched | None) -> FetchError | Unvouched:
    """The same failure for somebody else: an exception that is raised twice carries the first one's trace."""
    if isinstance(failure, Unvouched):
        return Unvouched(failure.why, str(failure))
    return FetchError(str(failure))


def _object(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unvouched(Unproved.INVALID, "an answer of the provider's is no JSON object")
    return found
