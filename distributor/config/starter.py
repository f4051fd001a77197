"""Files to begin with: what ``distributor init`` writes, and the reference with every key. Writes nothing itself."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_CONFIG = """\
# The configuration of distributor. Check it with:  distributor check
# Every key with its default stands in config.example.toml; docs/configuration.md explains them.

# "shadow" plans and renders everything and sends nothing
mode = "live"

[desk]
name = "Newsroom"
zone = "UTC"
language = "en"

[net]
# so that the owner of a feed can reach you
contact = ""

# Where stories come from: one table for each feed.
[feeds.news]
url = "https://example.org/feed.xml"
every = "5m"

# Where stories go: one table for each account, chat or mail identity. This one prints them.
[channels.screen]
type = "console"

# Secrets stay out of this file: {credential = "NAME"} is a file of that name in $CREDENTIALS_DIRECTORY (systemd's
# LoadCredential=) or in the folder that $DISTRIBUTOR_SECRETS names; {env = "NAME"} is an environment variable.

#[channels.x]
#type = "twitter"
#api_key = {credential = "x_api_key"}
#api_secret = {credential = "x_api_secret"}
#access_token = {credential = "x_access_token"}
#access_secret = {credential = "x_access_secret"}

#[channels.telegram]
#type = "telegram"
#token = {credential = "telegram_token"}
#chat = "@example_news"

#[channels.mail]
#type = "email"
#host = "smtp.example.org"
#sender = "Newsroom <news@example.org>"
#username = "news@example.org"
#password = {credential = "smtp_password"}

#[channels.hook]
#type = "webhook"
#url = "https://hooks.example.org/stories"
#secret = {credential = "hook_secret"}

# Which stories go where. Without conditions a route takes every story; editors may keep theirs in editorial.toml.
[routes.everything]
channels = ["screen"]

#[routes.flashes]
#urgency = 2
#channels = ["x", "telegram"]

# Newsletters that gather stories.
#[digests.morning]
#title = "The morning briefing"
#channel = "mail"
#slots = ["weekdays at 07:00"]
#most = 12
"""

_EDITORIAL = """\
# The editors' file: routes, digests, style and the times of channels. Feeds and channels stand in config.toml.

#[routes.culture]
#categories = ["culture"]
#channels = ["telegram"]
#delay = "10m"

#[digests.weekly]
#title = "The week"
#channel = "mail"
#slots = ["sun at 18:00"]
#order = "urgency"
"""


def starter(kind: Literal["config", "editorial"] = "config") -> str:
    """A commented file to start from: the operator's ``config.toml``, or the editors' ``editorial.toml``."""
    return {"config": _CONFIG, "editorial": _EDITORIAL}[kind]


def example() -> str:
    """The text of ``config.example.toml``: every table and key with its default."""
    package = Path(__file__).parent.parent
    shipped = package / "config.example.toml"
    return (shipped if shipped.exists() else package.parent / "config.example.toml").read_text(encoding="utf-8")
