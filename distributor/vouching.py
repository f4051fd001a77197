"""The OpenID provider of the house as configured: who vouches for people at the desk. Decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from distributor.inlets import fetcher
from distributor.net.openid import PATIENCE, Provider
from distributor.rules.people.openid import Client

if TYPE_CHECKING:
    from distributor.config import Settings

#: Where a login by the provider begins, and where the provider leads people back to.
BEGIN, BACK = "/desk/login/openid", "/desk/login/openid/back"
#: Bytes; a description, a set of keys or a token has a hundredth of it.
MOST = 1 << 19


def make_provider(settings: Settings, now: Callable[[], datetime]) -> Provider | None:
    """The provider, which is not asked yet; None: people have passwords alone."""
    wanted, public = settings.oidc, settings.web.public
    if wanted.issuer is None or wanted.client_id is None or public is None:
        return None
    client = Client(
        issuer=wanted.issuer,
        client_id=wanted.client_id,
        back=f"{public}{BACK}",
        claim=wanted.claim,
        scopes=wanted.scopes,
    )
    net = replace(
        settings.net,
        timeout=min(settings.net.timeout, timedelta(seconds=PATIENCE)),
        most_bytes=min(settings.net.most_bytes, MOST),
    )
    return Provider(client, wanted.client_secret, fetcher(net, net.proxy), now)


def label_of(settings: Settings) -> str:
    """What the button of the login page calls the provider."""
    return settings.oidc.label or urlsplit(settings.oidc.issuer or "").hostname or ""
