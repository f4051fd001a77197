"""Checks that several kinds of channel make on their options. Must not contact anything."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from distributor.secret import Secret

#: the word that stands for "the proxies named in the environment"
ENVIRONMENT = "environment"
#: a lane waits for its channel, so no answer is worth more than this
LONGEST_TIMEOUT = 300.0


def require(*, holds: bool, sentence: str) -> None:
    """Raise ValueError with a plain sentence unless the condition holds."""
    if not holds:
        raise ValueError(sentence)


def require_secret(value: Secret, name: str) -> None:
    """Raise ValueError for an empty secret, or one that a copy and paste has broken over lines or spaces."""
    require(holds=bool(value), sentence=f"{name} is empty")
    whole = "".join(value.reveal().split()) == value.reveal()
    require(holds=whole, sentence=f"{name} holds spaces or line breaks")


def require_timeout(seconds: float) -> None:
    """Raise ValueError unless the wait is above zero and at most five minutes (NaN is neither)."""
    require(holds=0 < seconds <= LONGEST_TIMEOUT, sentence=f"timeout must be above 0 and at most {LONGEST_TIMEOUT:g} s")


def require_address(url: str, name: str, *, query: bool = False) -> None:
    """Raise ValueError unless ``url`` is an absolute http(s) address without user, fragment or (usually) query."""
    sentence = f"{name} must be an http or https address such as https://example.org"
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError(sentence) from None
    require(holds=whole and url.isprintable() and " " not in url, sentence=sentence)
    require(holds="@" not in parts.netloc, sentence=f"{name} must not hold a user or a password")
    require(holds=not parts.fragment, sentence=f"{name} must not hold a fragment (#...)")
    require(holds=query or not parts.query, sentence=f"{name} must not hold a query (?...)")


def require_proxy(proxy: str) -> None:
    """Raise ValueError unless ``proxy`` is empty, ``environment`` or an http(s) address.

    A password in it becomes a known secret, so that no log line and no reason shows it.
    """
    if proxy in ("", ENVIRONMENT):
        return
    sentence = f"proxy must be an http or https address, or the word {ENVIRONMENT}"
    try:
        parts = urlsplit(proxy)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError(sentence) from None
    require(holds=whole and parts.path in ("", "/") and not parts.query, sentence=sentence)
    for password in {parts.password or "", unquote(parts.password or "")}:
        Secret(password)
