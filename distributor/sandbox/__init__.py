"""Loopback platforms as processes of their own: X, Telegram, a mail server, a newsroom site, a webhook receiver.
They share no code with the rest of distributor, so that a bug of ours cannot agree with itself.
"""
