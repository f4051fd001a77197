"""The demonstration credentials of the loopback platforms; public on purpose. Must never hold a real one."""

from __future__ import annotations

import base64

#: X: the app, and the one user who allowed it to post (OAuth 1.0a user context)
X_CONSUMER_KEY = "sandbox-consumer-key"
X_CONSUMER_SECRET = "sandbox-consumer-secret"
X_ACCESS_TOKEN = "1000-sandbox-access-token"
X_ACCESS_TOKEN_SECRET = "sandbox-access-secret"
X_USER_ID = "1000"
X_USERNAME = "newsroom"

#: Telegram: the bot, the public channel it may post to, and the operations supergroup (a forum)
TELEGRAM_TOKEN = "100000:sandbox-telegram-token"
TELEGRAM_CHANNEL = "@newsroom"
TELEGRAM_CHANNEL_ID = -1001000000001
TELEGRAM_OPERATIONS_ID = -1001000000002

#: SMTP submission
SMTP_USER = "newsroom"
SMTP_PASSWORD = "sandbox-mail-password"

#: Standard Webhooks: ``whsec_`` and the base64 of 24 fixed bytes
HOOKS_KEY = b"sandbox-hooks-key-24byte"
HOOKS_SECRET = "whsec_" + base64.b64encode(HOOKS_KEY).decode("ascii")

#: OpenID Connect: what a desk is at the loopback provider
OPENID_CLIENT = "desk"
OPENID_SECRET = "sandbox:openid secret"

#: what a request log must not show
SECRETS = (
    X_CONSUMER_SECRET,
    X_ACCESS_TOKEN,
    X_ACCESS_TOKEN_SECRET,
    TELEGRAM_TOKEN,
    SMTP_PASSWORD,
    HOOKS_SECRET,
    OPENID_SECRET,
)
