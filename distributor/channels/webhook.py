"""Webhooks: the message's JSON to one address, signed as Standard Webhooks says. Must not follow a redirect or retry.

The id of the delivery travels in ``webhook-id`` and stays the same on every attempt, so a receiver that keeps ids sees
each story once even when an answer is lost.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from distributor.channels import ChannelKind
from distributor.channels._answer import Answer, retry_after
from distributor.channels._options import require_address, require_proxy, require_timeout
from distributor.channels._reason import because, one_line, require_unicode
from distributor.errors import ChannelError, FetchRefused, RateLimited, Rejected, Unauthorized, UnknownOutcome
from distributor.model import Limits, Parcel, Receipt
from distributor.net.signed import headers, key_of
from distributor.secret import Secret

if TYPE_CHECKING:
    from distributor.channels._wire import Line

#: most bytes of an answer that are read; all that is wanted is an id
LONGEST_ANSWER = 65_536


@dataclass(frozen=True, kw_only=True)
class Options:
    """The keys of ``[channels.NAME]`` for a webhook."""

    #: where the messages go; it may hold a key in its path or query, so it is never shown whole
    url: str = field(repr=False)
    #: ``whsec_`` and base64, or the bytes themselves
    secret: Secret
    #: the secret before the last change; while it stands here, both sign
    previous_secret: Secret | None = None
    #: seconds of silence before an answer counts as lost
    timeout: float = 20.0
    #: address of a proxy, ``environment``, or nothing for a direct connection
    proxy: str = ""
    #: also contact addresses that are not public, such as the newsroom's own network
    allow_private: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for values that cannot be right."""
        require_address(self.url, "url", query=True)
        key_of(self.secret, "secret")
        if self.previous_secret is not None:
            key_of(self.previous_secret, "previous_secret")
        require_proxy(self.proxy)
        require_timeout(self.timeout)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Webhook:
    """One receiver of signed JSON."""

    kind = "webhook"
    limits = Limits(text=None)
    #: Standard Webhooks, "Webhook headers": ``webhook-id`` is the same on every attempt
    repeats = "the receiver knows the parcel by its webhook-id"
    known_by = "its webhook-id"
    erasable_for: timedelta | None = None

    def __init__(self, name: str, options: Options, *, now: Callable[[], datetime] = _utc_now) -> None:
        """Keep the options; ``now`` dates the signatures. Contacts nobody."""
        self.name = name
        self.account = urlsplit(options.url).hostname or ""
        self._options = options
        self._now = now
        self._lock = threading.Lock()
        self._line: Line | None = None

    def send(self, parcel: Parcel) -> Receipt:
        """POST the text. Raises ChannelError."""
        require_unicode(parcel.message.text)
        now = self._now()
        body = parcel.message.text.encode("utf-8")
        answer = self._post(body, headers(parcel.key, body, now, self._keys()))
        refusal = judge(answer, now)
        if refusal is not None:
            raise refusal
        return Receipt(remote_id=_remote_id(answer))

    def edit(self, parcel: Parcel) -> Receipt:
        """POST the event that a post reads otherwise; its body says so and names the post. Raises ChannelError."""
        return self.send(parcel)

    def reply(self, parcel: Parcel) -> Receipt:
        """POST the event that answers a post. Raises ChannelError."""
        return self.send(parcel)

    def erase(self, parcel: Parcel) -> Receipt:
        """POST the event that a post is taken back. Raises ChannelError."""
        return self.send(parcel)

    def check(self) -> str:
        """Host and port, after a connection (TLS included) that sends no request. Raises Unavailable."""
        self._opened().reach(self._options.url)
        return f"{urlsplit(self._options.url).netloc} answers"

    def close(self) -> None:
        """Give back the session; may be called twice, and a later send opens it again."""
        with self._lock:
            line, self._line = self._line, None
        if line is not None:
            line.close()

    def _post(self, body: bytes, fields: dict[str, str]) -> Answer:
        from distributor.channels._wire import read

        with self._opened().call() as session:
            response = session.post(self._options.url, data=body, headers=fields, allow_redirects=False, stream=True)
            return read(response, LONGEST_ANSWER)

    def _keys(self) -> list[bytes]:
        options = self._options
        keys = [key_of(options.secret, "secret")]
        return keys if options.previous_secret is None else [*keys, key_of(options.previous_secret, "previous_secret")]

    def _opened(self) -> Line:
        from distributor.channels._wire import Line

        options = self._options
        with self._lock:
            if self._line is None:
                vet = None if options.allow_private else public_addresses
                self._line = Line(options.url, timeout=options.timeout, proxy=options.proxy, vet=vet)
            return self._line


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of ``host``, resolved once and every one public. Raises FetchRefused, OSError.

    A webhook's address is the operator's own choice, so any port is fine; but a name that leads into the newsroom's
    network, today or after its owner changed it, is not followed there unasked.
    """
    from distributor.net.guard import forbidden

    found = dict.fromkeys(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    for address in found:
        kind = "link-local" if "%" in address else forbidden(ip_address(address))
        if kind:
            raise FetchRefused(f"{address} is a {kind} address; allow_private = true permits it")
    return list(found)


def judge(answer: Answer, now: datetime) -> ChannelError | None:
    """What the receiver's answer means; None for an acceptance."""
    reason = f"the receiver answered {answer.status}"
    match answer.status:
        case 401 | 403:
            return Unauthorized(reason)
        case 410:
            return Rejected(f"{reason}: it wants no more webhooks")
        case 429:
            return RateLimited(reason, retry_after=retry_after(answer, now))
        case status if status >= 500:
            return UnknownOutcome(reason)
    return None if answer.accepted else Rejected(because(reason, _words(answer)))


def _words(answer: Answer) -> str:
    """The receiver's own plain words; nothing of a page."""
    plain = answer.headers.get("content-type", "").startswith("text/plain")
    return answer.body.decode("utf-8", "replace") if plain else ""


def _remote_id(answer: Answer) -> str:
    value = answer.document().get("id")
    return one_line(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""


#: what ``distributor.channels`` finds under the type ``webhook``
KIND = ChannelKind(
    options=Options,
    open=Webhook,
    # a receiver keeps its own copy, and wants every change of it
    defaults={
        "on_update": "edit",
        "on_refile": "edit",
        "on_correction": "edit",
        "on_withdrawal": "delete",
    },
)
