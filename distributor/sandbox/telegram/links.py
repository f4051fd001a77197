"""Links inside entities: which ones the platform takes and how it rewrites them (TDLib's link check, in its own words).

Must not look for links in a text; that is ``telegram_urls``.
"""

from __future__ import annotations

import ipaddress
import re
import string

from distributor.sandbox.telegram.entities import EntityError, date_flags

_HOST_CHARS = frozenset(string.ascii_letters + string.digits + ".-_!$,~*'();&+=")
_HEX = frozenset(string.hexdigits)
_SPACES = " \t\r\n\x00\x0b"


def _check_part(part: str, name: str, *, colon: bool) -> None:
    """Only characters of RFC 3986, percent-encoding and anything beyond ASCII. Raises EntityError."""
    index = 0
    while index < len(part):
        char = part[index]
        if char == "%":
            if not set(part[index + 1 : index + 3]) <= _HEX or index + 2 >= len(part):
                raise EntityError(f"Wrong percent-encoded symbol in URL {name}")
            index += 2
        elif char not in _HOST_CHARS and char.isascii() and not (colon and char == ":"):
            raise EntityError(f"Disallowed character in URL {name}")
        index += 1


def _split_port(text: str) -> tuple[str, int]:
    """``host:port`` as (host, port); 0 when none is named. Raises EntityError."""
    index = max(text.rfind(mark) for mark in ":]@")
    if index <= 0 or text[index] != ":":
        return text, 0
    digits = text[index + 1 :].lstrip("0") or "0"
    port = int(digits) if digits.isascii() and digits.isdigit() else 0
    if not 0 < port <= 65535:
        raise EntityError("Wrong port number specified in the URL")
    return text[:index], port


def _check_host(host: str, userinfo: str) -> bool:
    """Whether the host is an IPv6 address. Raises EntityError for a host that cannot be."""
    if host.startswith("[") and host.endswith("]") and len(host) > 1:
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError as error:
            raise EntityError("Wrong IPv6 address specified in the URL") from error
        return True
    if not host:
        raise EntityError("URL host is empty")
    if host == ".":
        raise EntityError("Host is invalid")
    _check_part(host, "host", colon=False)
    _check_part(userinfo, "userinfo", colon=True)
    return False


def _lower(text: str) -> str:
    """ASCII letters in lower case and nothing else changed."""
    return "".join(char.lower() if char.isascii() else char for char in text)


class _Parts:
    """A URL taken apart. Raises EntityError."""

    def __init__(self, url: str) -> None:
        protocol, separator, rest = url.partition("://")
        self.protocol = _lower(protocol)
        if separator and not set(protocol) & set(":/?#@[]"):
            if self.protocol not in {"http", "https"}:
                raise EntityError("Unsupported URL protocol")
        else:
            self.protocol, rest = "http", url
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        bare, self.port = _split_port(authority)
        self.userinfo, _, host = bare.rpartition("@")
        self.is_ipv6 = _check_host(host, self.userinfo)
        self.host = _lower(host)
        query = rest[len(authority) :].rstrip(_SPACES) or "/"
        if not query.startswith("/"):
            query = "/" + query
        self.query = "".join(f"%{ord(char):02X}" if char <= " " else char for char in query)

    @property
    def url(self) -> str:
        """The whole again, with its protocol and at least a slash."""
        userinfo = f"{self.userinfo}@" if self.userinfo else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.protocol}://{userinfo}{self.host}{port}{self.query}"


def _app_link(scheme: str, rest: str) -> str:
    """A tg:, ton: or tonsite: link in its one form. Raises EntityError."""
    rest = rest.removeprefix("//")
    parts = _Parts(rest)
    stated = rest.lower().startswith("http://") or parts.protocol == "https"
    if stated or parts.userinfo or parts.port or parts.is_ipv6:
        raise EntityError(f"Wrong {scheme} URL")
    if not re.fullmatch(r"[A-Za-z0-9_.-]*" if scheme == "tonsite" else r"[A-Za-z0-9_-]*", parts.host):
        raise EntityError("Unallowed characters in URL host")
    query = parts.query[1:] if parts.query.startswith("/?") else parts.query
    return f"{scheme}://{parts.host}{query}"


def check_link(link: str) -> str:
    """The link as the platform keeps it. Raises EntityError: "URL '...' is invalid: ..."."""
    try:
        for scheme in ("tg", "ton", "tonsite"):
            if link.lower().startswith(f"{scheme}:"):
                return _app_link(scheme, link[len(scheme) + 1 :])
        parts = _Parts(link)
        if "." not in parts.host and not parts.is_ipv6:
            raise EntityError("Wrong HTTP URL")
    except EntityError as error:
        raise EntityError(f"URL '{link}' is invalid: {error}") from error
    return parts.url


def checked_link(link: str) -> str:
    """The same, with an empty text for a link that is not taken."""
    try:
        return check_link(link)
    except EntityError:
        return ""


def _query_values(link: str, host: str) -> dict[str, str] | None:
    """The parameters of ``tg://host?...``, first one of a name wins; None when the link is another one."""
    match = re.match(rf"(?i:tg:(?://)?{host})(?=[/?#]|\Z)/?", link)
    if match is None:
        return None
    rest = link[match.end() :]
    values: dict[str, str] = {}
    if rest.startswith("?"):
        for part in rest[1:].partition("#")[0].split("&"):
            name, _, value = part.partition("=")
            values.setdefault(name, value)
    return values


def _integer(text: str) -> int:
    """The number when the text is its plain decimal form, else 0."""
    return int(text) if re.fullmatch(r"-?[1-9][0-9]{0,18}", text) else 0


def link_user(link: str) -> int:
    """The user of a ``tg://user?id=N`` link, 0 when it is none."""
    values = _query_values(link.lower(), "user")
    number = _integer((values or {}).get("id", ""))
    return number if 0 < number < 1 << 40 else 0


def link_emoji_or_time(link: str) -> tuple[str, int, int]:
    """What ``tg://emoji?id=N`` or ``tg://time?unix=N&format=F`` names: (emoji id, instant, date flags).

    Raises EntityError for any other link.
    """
    emoji = _integer((_query_values(link, "emoji") or {}).get("id", ""))
    if emoji:
        return str(emoji), 0, 0
    values = _query_values(link, "time") or {}
    instant = _integer(values.get("unix", ""))
    if instant <= 0:
        raise EntityError("Invalid tg://emoji or tg://time URL specified")
    return "", instant, date_flags(values.get("format", ""))
