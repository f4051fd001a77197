"""``POST /2/oauth2/token`` of the loopback X: a refresh token buys a new pair once, and dies. Must not answer with a
token that was not written down before.
"""

from __future__ import annotations

from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.x.errors import oauth2
from distributor.sandbox.x.oauth import TOKEN_LIFE, is_client, new_pair
from distributor.sandbox.x.state import World


def token(world: World, request: Request, now: float) -> Response:
    """Rotate a pair (RFC 6749 section 6). Raises Refused."""
    try:
        form = request.form()
    except ValueError:
        raise oauth2(400, "invalid_request", "The request body could not be read.") from None
    if not is_client(request, form):
        raise oauth2(401, "unauthorized_client", "Missing valid authorization header")
    if form.get("grant_type") != ["refresh_token"]:
        raise oauth2(400, "unsupported_grant_type", "The grant type is not one of [refresh_token].")
    refresh = form.get("refresh_token", [""])[0]
    if refresh not in world.keys.refresh:
        raise oauth2(400, "invalid_request", "Value passed for the token was invalid.")
    user, scope = world.keys.refresh[refresh]
    access, following = new_pair(scope)
    world.change("used", refresh=refresh)
    world.change("grant", access=access, refresh=following, user=user, scope=scope, expires=now + TOKEN_LIFE)
    answer = {"token_type": "bearer", "expires_in": TOKEN_LIFE, "access_token": access, "scope": scope}
    return json_response(200, answer | ({"refresh_token": following} if following else {}))
