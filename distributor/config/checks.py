"""What a single value must look like: addresses, zones, languages. Each check raises ValueError with a hint;
none touches the network.
"""

from __future__ import annotations

import re
import zoneinfo
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from distributor.model import UTM, Level
from distributor.net.signed import key_of
from distributor.phrases import Phrase
from distributor.rules.words.lint import RULES
from distributor.secret import Secret
from distributor.text.loopback import is_own_http

#: RFC 5646 in outline: a primary tag and further subtags
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
#: RFC 1123 section 2.1, one label; the underscore is what container networks use
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_ALLOWED = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<plain>[^:\[\]]+))(?::(?P<port>\d{1,5}))?", re.ASCII)
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_PERSON = re.compile(r"[1-9][0-9]{0,15} \S[^\x00-\x1f\x7f]{0,59}", re.ASCII)
_UTM = re.compile(rf"(?:{'|'.join(UTM)})=[A-Za-z0-9._~-]{{1,60}}", re.ASCII)
_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:]+)\]|(?P<four>[0-9.]+)):(?P<port>\d{1,5})", re.ASCII)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_LABEL = 40

#: what a rule, a feed or a channel can be called
NAME_HINT = Phrase('expected letters, digits, "-", "_" or "." (64 at most)')
ALLOW_HINT = Phrase(
    'expected a host, an address or a network, with or without a port, such as "cms.lan:8080" or "10.0.0.0/8"'
)


def did_you_mean(word: str, known: list[str]) -> str:
    """The known word nearest to this one in spelling, or an empty text."""
    lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), list(lower), n=1, cutoff=0.6)
    return lower[near[0]] if near else ""


def _nearest(hint: Phrase, near: str) -> Phrase:
    return Phrase.joined("; ", (hint, Phrase('did you mean "%(near)s"?', near=near))) if near else hint


def check_zone(name: str) -> str:
    """An IANA time zone that this machine knows."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(name, sorted(zoneinfo.available_timezones()))
        raise ValueError(_nearest(Phrase('expected an IANA time zone such as "Europe/Minsk"'), near)) from None
    return name


def check_zone_or_none(name: str) -> str:
    """An IANA time zone, or nothing."""
    return check_zone(name) if name else name


def check_hours(text: str) -> str:
    """Hours of a day such as ``23:00-06:00``, or nothing."""
    if text and (_HOURS.fullmatch(text) is None or text[:5] == text[6:]):
        raise ValueError(Phrase('expected hours such as "23:00-06:00"'))
    return text


def check_person(text: str) -> str:
    """Somebody on Telegram: their number there, and the name under which their acts go on record."""
    if _PERSON.fullmatch(text) is None:
        raise ValueError(Phrase('expected a number on Telegram and a name, such as "123456789 Anna"'))
    return text


def check_lint(text: str) -> str:
    """A rule of lint and its level."""
    name, _, level = text.partition(" ")
    levels = [one.value for one in Level]
    if name not in RULES:
        near = did_you_mean(name, list(RULES))
        raise ValueError(_nearest(Phrase("expected one of %(words)s", words=", ".join(RULES)), near))
    if level not in levels:
        words, example = ", ".join(levels), f"{name} warn"
        raise ValueError(
            Phrase('expected a rule and one of %(words)s, such as "%(example)s"', words=words, example=example)
        )
    return text


def check_utm(text: str) -> str:
    """One parameter that says where a reader came from; ``utm_id`` is the delivery's own."""
    if _UTM.fullmatch(text) is None:
        raise ValueError(Phrase('expected %(words)s with a value, such as "source=x"', words=", ".join(UTM)))
    return text


def check_listen(text: str) -> str:
    """An address of this machine and a port."""
    found = _LISTEN.fullmatch(text)
    try:
        if found is None or int(found["port"]) > 65_535:
            raise ValueError
        ip_address(found["six"] or found["four"])
    except ValueError:
        raise ValueError(
            Phrase('expected an address of this machine and a port, such as "127.0.0.1:8464" or "[::1]:8464"')
        ) from None
    return text


def check_public(url: str) -> str:
    """The address under which the world reaches the web server: no query, no fragment, no password."""
    check_url(url)
    if any(char in url for char in "?#@"):
        raise ValueError(
            Phrase('expected an address such as "https://desk.example.org", without a query or a password')
        )
    return url.rstrip("/")


def check_origin(url: str) -> str:
    """A site by its origin, as a browser names it: no path."""
    found = urlsplit(check_public(url))
    if found.path:
        raise ValueError(Phrase('expected a site without a path, such as "https://www.example.org"'))
    return url.rstrip("/")


def check_issuer(url: str) -> str:
    """An OpenID provider by its own name for itself, to the letter (OpenID Connect Discovery 1.0, section 3)."""
    check_url(url)
    if not (url.startswith("https://") or is_own_http(url)) or any(char in url for char in "?#@"):
        raise ValueError(
            Phrase('expected the provider\'s issuer, such as "https://login.example.org", without a query')
        )
    return url


def check_secret(secret: Secret) -> Secret:
    """A secret of any kind."""
    if not isinstance(secret, Secret):
        raise ValueError(Phrase('expected {credential = "NAME"}, {env = "NAME"} or a text in quotes'))
    return secret


def check_label(text: str) -> str:
    """What a button says, or nothing."""
    if len(text) > _LONGEST_LABEL or not text.isprintable():
        raise ValueError(Phrase("expected at most %(most)s characters in one line", most=_LONGEST_LABEL))
    return text


def check_scope(text: str) -> str:
    """One scope (RFC 6749, section 3.3)."""
    if _SCOPE.fullmatch(text) is None:
        raise ValueError(Phrase('expected one scope in each text, such as "email"'))
    return text


def check_host(text: str) -> str:
    """A host of the newsroom's own."""
    if not all(_LABEL.fullmatch(label) for label in text.split(".")) or "." not in text or text != text.lower():
        raise ValueError(Phrase('expected a host in small letters, such as "example.org"'))
    return text


def check_tag(text: str) -> str:
    """A section with the words of its hashtag, or the section alone."""
    section, _, words = text.partition("=")
    if not section.strip() or not any(char.isalpha() for char in words or section):
        raise ValueError(Phrase('expected a section and the words of its tag, such as "Foreign policy = Diplomacy"'))
    return text


def check_language(tag: str) -> str:
    """A language tag (BCP 47)."""
    if _LANGUAGE.fullmatch(tag) is None:
        raise ValueError(Phrase('expected a language tag such as "en" or "be-tarask"'))
    return tag


def check_language_or_none(tag: str) -> str:
    """A language tag, or nothing."""
    return check_language(tag) if tag else tag


def check_one_line(text: str) -> str:
    """A text that can stand in a header field: no control characters."""
    if _CONTROL.search(text):
        raise ValueError(Phrase("expected one line without control characters"))
    return text


def check_not_empty(text: str) -> str:
    """A text with something in it."""
    if not text.strip():
        raise ValueError(Phrase("expected a text that is not empty"))
    return text


def check_url(url: str) -> str:
    """An absolute http or https address; a password in it is made known to the log filter."""
    hint = Phrase('expected an absolute address such as "https://example.org/feed.xml"')
    if _CONTROL.search(url) or " " in url:
        raise ValueError(hint)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(hint)
    for password in {parts.password or "", unquote(parts.password or "")}:
        Secret(password)  # as it stands in the address, and as libraries log it
    return url


def check_proxy(text: str) -> str:
    """Nothing, ``environment``, or the http(s) address of a proxy."""
    if text in {"", "environment"}:
        return text
    try:
        return check_url(text)
    except ValueError:
        raise ValueError(
            Phrase('expected "" (none), "environment", or an address such as "http://proxy.lan:3128"')
        ) from None


def check_allowed(text: str) -> str:
    """``host[:port]``, ``address[:port]`` or ``network[:port]``; IPv6 with a port stands in brackets."""
    if text.count(":") > 1 and not text.startswith("["):
        return _network(text)
    found = _ALLOWED.fullmatch(text)
    if found is None or not 1 <= int(found["port"] or 1) <= 65535:
        raise ValueError(ALLOW_HINT)
    if found["six"] is not None:
        _network(found["six"])
    elif re.fullmatch(r"[0-9./]+", found["plain"]):
        _network(found["plain"])
    elif not all(_LABEL.fullmatch(label) for label in found["plain"].removesuffix(".").split(".")):
        raise ValueError(ALLOW_HINT)
    return text


def check_network(text: str) -> str:
    """A network, such as that of a proxy."""
    try:
        ip_network(text)
    except ValueError:
        raise ValueError(Phrase('expected a network such as "10.0.0.0/8", or one address')) from None
    return text


def check_key(secret: Secret) -> Secret:
    """A secret that signs."""
    if not isinstance(secret, Secret):
        raise ValueError(Phrase('expected {credential = "NAME"}, {env = "NAME"} or a text in quotes'))
    key_of(secret, "the secret")
    return secret


def _network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError:
        raise ValueError(ALLOW_HINT) from None
    return text


def check_clock_time(text: str) -> str:
    """A time of day, ``07:30``. Raises ValueError."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError(Phrase("expected a time of day from 00:00 to 23:59, such as 07:30"))
    return text


def canary_text(value: object) -> object:
    """A number of readers as text, like a share of them."""
    return str(value) if type(value) is int else value


def check_canary(text: str) -> str:
    """How many get an issue first: a share (``2%``) or a number (``50``). Raises ValueError."""
    if text and canary_of(text) is None:
        raise ValueError(
            Phrase('expected a share above 0% and below 100%, such as "2%", or a number of readers, such as 50')
        )
    return text


def canary_of(text: str) -> tuple[float, int] | None:
    """The share and the number of a canary, one of which is 0; None: it is none."""
    found = re.fullmatch(r"(\d{1,2}(?:\.\d{1,3})?)\s?%|(\d{1,9})", text, re.ASCII)
    if found is None or not float(found[1] or found[2]):
        return None
    return (float(found[1]) / 100, 0) if found[1] else (0.0, int(found[2]))
