"""What comes in with a reader's form, and where from. Must not know what a form is for."""

from __future__ import annotations

import email
import email.policy
import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.requests import Request

from distributor.web.reading import read_body

#: the largest form that is read, and the most fields of one
MOST, MOST_FIELDS = 1 << 15, 300

#: The values of a form by the name of its field, in order.
Form = Mapping[str, Sequence[str]]


async def read_form(request: Request, most: int = MOST) -> Form:
    """The fields of a form, in either of the two encodings that browsers and mail programs use (RFC 8058, section 3.2).

    What is neither has no fields; ``most`` is the largest body. Raises HTTPException for one that is too long or too
    late.
    """
    body = await read_body(request, most)
    kind = request.headers.get("content-type", "")
    if kind.lower().startswith("multipart/form-data"):
        pairs = _multipart(kind, body)
    else:
        try:
            pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        except ValueError:
            pairs = []
    found: dict[str, list[str]] = {}
    for name, value in pairs[:MOST_FIELDS]:
        found.setdefault(name, []).append(value)
    return found


def first(form: Form, name: str) -> str:
    """The first value of a field, without white space around it; empty for none."""
    return next(iter(form.get(name, ())), "").strip()


def _multipart(kind: str, body: bytes) -> list[tuple[str, str]]:
    """The named parts of ``multipart/form-data`` (RFC 7578); files and whatever is no part are left out."""
    head = f"Content-Type: {' '.join(kind.split())}\r\n\r\n".encode("utf-8", "replace")
    message = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    found = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None and not part.is_multipart():
            value = part.get_payload(decode=True)
            found.append((name, value.decode("utf-8", "replace") if isinstance(value, bytes) else ""))
    return found


def network(request: Request, proxies: Sequence[str] = ()) -> str:
    """Where a request comes from, never the whole address: ``203.0.113.0/24`` or ``2001:db8:1::/48``; empty: unknown.

    A proxy on this machine, or in one of the networks ``proxies``, names the reader in the last X-Forwarded-For.
    """
    address = _address(request.client.host if request.client else "")
    if address is not None and (address.is_loopback or any(address in ipaddress.ip_network(one) for one in proxies)):
        named = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        address = _address(named) or address
    if address is None:
        return ""
    size = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, size), strict=False))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
