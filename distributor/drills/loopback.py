"""The configuration with which distributor runs against the loopback platforms. Must name no address but loopback."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from distributor.sandbox import accounts
from distributor.sandbox.client import Running

#: Readers of the demo's digest; example.org is reserved for such use (RFC 2606).
READERS = ("reader.one@example.org", "reader.two@example.org", "читатель@example.org")

#: The newsroom's address as readers know it; only ever printed, never contacted (RFC 2606).
SITE = "https://news.example.org"

#: How many times the platforms' usual rate limits a drill allows; limits are widened, never switched off.
FACTOR = 1000

_CONFIG = Template("""\
# Written for a run against the loopback platforms; every credential in it is public.
[store]
folder = "state"

[desk]
name = "Demo News"
zone = "$zone"

[net]
allow = ["$site"]

$feeds
[channels.x]
type = "twitter"
api_key = "$x_key"
api_secret = "$x_secret"
access_token = "$x_token"
access_secret = "$x_token_secret"
username = "$x_username"
base_url = "$x"
most_per_hour = 0
fold_above = 0
stale = "send"

[channels.telegram]
type = "telegram"
token = "$telegram_token"
chat = "$telegram_chat"
ops_chat = "$telegram_operations"
base_url = "$telegram"
most_per_hour = 0
fold_above = 0
stale = "send"
watch = "0s"

[channels.hook]
type = "webhook"
url = "$hooks/stories"
secret = "$hooks_secret"
allow_private = true

[channels.mail]
type = "email"
host = "$smtp_host"
port = $smtp_port
tls = "none"
username = "$smtp_user"
password = "$smtp_password"
sender = "Demo News <news@example.org>"

[routes.all]
channels = [$routed]
shelf_life = "0s"
# readers see every story, also one that lint would hold for an editor
lint = ["entity-left warn", "markup-left warn", "broken-tag warn", "only-dots warn", "empty-part warn"]

[digests.daily]
title = "Demo News today"
channel = "mail"
slots = ["$slot"]
most = $most
categories = [$categories]
""")

_FEED = Template("""\
[feeds.$name]
type = "feed"
url = "$url"
every = "10s"
category = "$category"
agencies = ["Demo News"]
first_run = "$first_run"
surge = 0

""")


def write_config(
    folder: Path,
    platforms: Running,
    feeds: dict[str, str],
    *,
    slot: str,
    zone: str = "UTC",
    first_run: str = "publish",
    most: int = 40,
    routed: Sequence[str] = ("x", "telegram", "hook"),
    digested: Sequence[str] = (),
) -> Path:
    """``config.toml`` in ``folder`` for these platforms; ``feeds`` maps names to paths on the loopback newsroom.

    ``routed`` names the channels that get every single story: x, telegram, hook, mail; ``digested`` the sections that
    the digest gathers, none for all.
    """
    site = platforms.urls["site"]
    host, port = platforms.urls["smtp"].rsplit(":", 1)
    tables = [
        _FEED.substitute(name=name, url=f"{site}{path}", category=name.capitalize(), first_run=first_run)
        for name, path in feeds.items()
    ]
    text = _CONFIG.substitute(
        zone=zone,
        site=urlsplit(site).netloc,
        feeds="".join(tables),
        x=platforms.urls["x"],
        x_key=accounts.X_CONSUMER_KEY,
        x_secret=accounts.X_CONSUMER_SECRET,
        x_token=accounts.X_ACCESS_TOKEN,
        x_token_secret=accounts.X_ACCESS_TOKEN_SECRET,
        x_username=accounts.X_USERNAME,
        telegram=platforms.urls["telegram"],
        telegram_token=accounts.TELEGRAM_TOKEN,
        telegram_chat=accounts.TELEGRAM_CHANNEL,
        telegram_operations=accounts.TELEGRAM_OPERATIONS_ID,
        hooks=platforms.urls["hooks"],
        hooks_secret=accounts.HOOKS_SECRET,
        smtp_host=host,
        smtp_port=port,
        smtp_user=accounts.SMTP_USER,
        smtp_password=accounts.SMTP_PASSWORD,
        slot=slot,
        most=most,
        routed=", ".join(f'"{name}"' for name in routed),
        categories=", ".join(f'"{name}"' for name in digested),
    )
    path = folder / "config.toml"
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path
