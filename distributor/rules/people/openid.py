"""What is believed of an OpenID provider: its description of itself, its answers and its tokens' claims. Must not ask
anybody, nor look at a signature.

Sources: OpenID Connect Core 1.0 and Discovery 1.0, RFC 6749, RFC 7636, RFC 9207 and the best practice of RFC 9700.
Reasons are for the log: they name what was wrong, and never show a code or a token.
"""

from __future__ import annotations

import hmac
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from distributor.errors import Unvouched
from distributor.keys.tokens import ALGORITHMS
from distributor.model.people import Unproved
from distributor.rules.people.tickets import LASTS, Begun
from distributor.text.loopback import is_own_http

Json = Mapping[str, Any]

#: How far two clocks may be apart.
LEEWAY = timedelta(minutes=1)
#: The ways of saying who we are at the token endpoint, the better first.
_WITH_SECRET, _WITHOUT = ("client_secret_basic", "client_secret_post"), "none"
#: OpenID Connect Core 1.0, section 2
_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What we are at the provider."""

    issuer: str
    client_id: str
    #: where the provider leads people back to, to the letter
    back: str
    #: which claim is the name of the account
    claim: str
    scopes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the provider is asked what, by its own description."""

    authorization: str
    token: str
    keys: str
    #: empty: there is none
    userinfo: str
    #: how we say there who we are: ``client_secret_basic``, ``client_secret_post`` or ``none``
    method: str
    #: whether every answer names the provider (RFC 9207)
    names_itself: bool


def endpoints(told: Json, issuer: str, *, has_secret: bool) -> Endpoints:
    """What a provider's description of itself is good for. Raises Unvouched."""
    if told.get("issuer") != issuer:
        raise _invalid("its description of itself is another issuer's: oidc.issuer must be the same to the letter")
    _agree(told, "response_types_supported", {"code"})
    _agree(told, "id_token_signing_alg_values_supported", ALGORITHMS)
    _agree(told, "code_challenge_methods_supported", {"S256"})
    if not has_secret and "code_challenge_methods_supported" not in told:
        raise _invalid("it does not say that it checks S256, without which a client needs a secret")
    return Endpoints(
        authorization=_endpoint(told, "authorization_endpoint", issuer),
        token=_endpoint(told, "token_endpoint", issuer),
        keys=_endpoint(told, "jwks_uri", issuer),
        userinfo=_endpoint(told, "userinfo_endpoint", issuer) if "userinfo_endpoint" in told else "",
        method=_method(told, has_secret=has_secret),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )


def leads_to(found: Endpoints, client: Client, begun: Begun) -> str:
    """Where the browser is led to log in; a query that is there already stays (RFC 6749, section 3.1)."""
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.back,
        "scope": " ".join(dict.fromkeys(("openid", *client.scopes))),
        "state": begun.state,
        "nonce": begun.nonce,
        "code_challenge": begun.challenge,
        "code_challenge_method": "S256",
    }
    sign = "&" if urlsplit(found.authorization).query else "?"
    return f"{found.authorization}{sign}{urlencode(asked)}"


def code_of(answer: Mapping[str, str], begun: Begun, issuer: str) -> str:
    """The code that the provider's answer brings. Raises Unvouched."""
    if not _is_same(answer.get("state", ""), begun.state):
        raise Unvouched(Unproved.STALE, "the answer belongs to another login")
    if "iss" in answer and answer["iss"] != issuer:
        raise _invalid("the answer comes from another issuer")
    if "error" in answer:
        said = answer["error"]
        known = said if said.isascii() and said.replace("_", "").isalnum() and len(said) <= 60 else "something else"
        raise Unvouched(Unproved.CANCELLED, f"the provider answered {known}")
    code = answer.get("code", "")
    if not code or len(code) > 4096:
        raise _invalid("the answer brings no code")
    return code


def check_named(answer: Mapping[str, str], found: Endpoints) -> None:
    """That a provider which says that it always names itself did so. Raises Unvouched."""
    if found.names_itself and "iss" not in answer:
        raise _invalid("the answer does not name its issuer, and this provider's always do")


def subject_of(claims: Json, client: Client, nonce: str, now: datetime) -> str:
    """Whom a token is about, once it is known that the provider made it, now, for us and for this login.

    Raises Unvouched, with the claim that is wrong.
    """
    if claims.get("iss") != client.issuer:
        raise _invalid("the token is another issuer's (iss)")
    _check_audience(claims, client.client_id)
    _check_times(claims, now)
    if not _is_same(claims.get("nonce"), nonce):
        raise _invalid("the token was made for another login (nonce)")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise _invalid("the token is about nobody (sub)")
    return subject


def says_name(claims: Json, claim: str) -> bool:
    """Whether claims say what somebody is called, or whether their address was proved."""
    return claim in claims and (claim != "email" or "email_verified" in claims)


def name_of(claims: Json, claim: str) -> str:
    """What the provider calls somebody. Raises Unvouched where it does not, or does not vouch for it.

    An address counts only where the provider says that it belongs to them: anybody could have written another's.
    """
    found = claims.get(claim)
    if not isinstance(found, str) or not found.strip() or len(found) > _LONGEST_SUBJECT:
        raise Unvouched(Unproved.UNVERIFIED, f"the provider says nothing of the claim {claim}: see oidc.scopes")
    if claim == "email" and claims.get("email_verified") is not True:
        raise Unvouched(Unproved.UNVERIFIED, "the provider does not say that the address is theirs (email_verified)")
    return found


def is_theirs(told: str, account: str) -> bool:
    """Whether what a provider calls somebody is the name of an account: letter by letter, but for capitals of ASCII.

    Nothing is folded beyond that: letters that only look alike belong to somebody else.
    """
    if told.isascii() and account.isascii():
        return told.lower() == account.lower()
    return told == account and unicodedata.is_normalized("NFC", told)


def _check_audience(claims: Json, client_id: str) -> None:
    told = claims.get("aud")
    audience = [told] if isinstance(told, str) else told
    if not isinstance(audience, list) or client_id not in audience:
        raise _invalid("the token is for another client (aud)")
    if claims.get("azp", client_id) != client_id or (len(audience) > 1 and "azp" not in claims):
        raise _invalid("the token was given to another client (azp)")


def _check_times(claims: Json, now: datetime) -> None:
    present, leeway = now.timestamp(), LEEWAY.total_seconds()
    ends, made = _instant(claims, "exp"), _instant(claims, "iat")
    if ends + leeway <= present:
        raise _invalid("the token is over (exp)")
    if not present - LASTS.total_seconds() - leeway <= made <= present + leeway:
        raise _invalid("the token was not made now (iat): do the clocks agree?")
    if "nbf" in claims and _instant(claims, "nbf") > present + leeway:
        raise _invalid("the token does not count yet (nbf)")


def _instant(claims: Json, name: str) -> float:
    found = claims.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise _invalid(f"the token has no time ({name})")
    return float(found)


def _endpoint(told: Json, name: str, issuer: str) -> str:
    found = told.get(name)
    if not isinstance(found, str) or not found.isascii() or not found.isprintable() or "#" in found:
        raise _invalid(f"its description of itself names no {name}")
    try:
        parts = urlsplit(found)
    except ValueError:  # a bracket without its other one
        raise _invalid(f"its {name} is no https address") from None
    is_safe = parts.scheme == "https" or (is_own_http(found) and is_own_http(issuer))
    if not is_safe or not parts.hostname or "@" in parts.netloc or " " in found:
        raise _invalid(f"its {name} is no https address")
    return found


def _agree(told: Json, name: str, ours: frozenset[str] | set[str]) -> None:
    """That a list of what the provider can do, where there is one, holds something of ours. Raises Unvouched."""
    found = told.get(name)
    if found is not None and not (isinstance(found, list) and ours & {one for one in found if isinstance(one, str)}):
        raise _invalid(f"it offers none of {', '.join(sorted(ours))} ({name})")


def _method(told: Json, *, has_secret: bool) -> str:
    # what holds where nothing is said: Discovery 1.0, section 3
    offered = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic", "none"])
    wanted = _WITH_SECRET if has_secret else (_WITHOUT,)
    found = next((one for one in wanted if isinstance(offered, list) and one in offered), "")
    if not found:
        needs = "takes no secret by basic or post" if has_secret else "wants oidc.client_secret"
        raise _invalid(f"its token endpoint {needs} (token_endpoint_auth_methods_supported)")
    return found


def _is_same(told: object, own: str) -> bool:
    return isinstance(told, str) and hmac.compare_digest(told.encode("utf-8", "replace"), own.encode("ascii"))


def _invalid(reason: str) -> Unvouched:
    return Unvouched(Unproved.INVALID, reason)
