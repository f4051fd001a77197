"""What the doctor for mail needs to know of each email channel, asked of DNS, its relay and the readers' pages.

Judges nothing (``rules.mail.doctor`` does), sends no mail.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from distributor.channels.email.options import signers
from distributor.errors import ChannelError, DistributorError, FetchError
from distributor.interfaces import Channel, Offering
from distributor.keys import public_bits
from distributor.mime import mailbox
from distributor.net.names import Names
from distributor.rules.mail import spf
from distributor.rules.mail.doctor import examine
from distributor.rules.mail.domains import KeyRecord, policies, read_key_record
from distributor.rules.mail.sender import Facts, Finding, Signature
from distributor.text.loopback import is_loopback

if TYPE_CHECKING:
    from distributor.config import ChannelSettings, Settings
    from distributor.net import Fetcher

Json = dict[str, Any]
T = TypeVar("T")


def examine_mail(settings: Settings, channels: Mapping[str, Channel], names: Names, fetcher: Fetcher) -> list[Json]:
    """The findings about every email channel, each with its channel's name."""
    page = _page_trouble(settings, fetcher)
    found = []
    for one in settings.channels:
        if one.kind == "email":
            facts = gather(settings, one, channels[one.name], _Asked(names), page)
            found += [{"channel": one.name, **_told(finding)} for finding in examine(facts)]
    return found


def gather(settings: Settings, channel: ChannelSettings, opened: Channel, asked: _Asked, page: str) -> Facts:
    """What was found about one channel; ``page`` is why readers' pages do not answer."""
    options = channel.options
    sender = mailbox(options.sender)
    bounces = (options.bounce_domain or sender.domain).lower()
    signatures = [
        Signature(
            domain=one.domain,
            selector=one.selector,
            kind=one.key.algorithm.partition("-")[0],
            public=one.key.public,
        )
        for one in signers(options)
    ]
    keys = {name: asked.texts(name) for name in (f"{one.selector}._domainkey.{one.domain}" for one in signatures)}
    exchanges = {domain: asked.exchanges(domain) for domain in dict.fromkeys((sender.domain, bounces))}
    offers, trouble = _offers(opened)
    called = {address: asked.names_of(address) for address in asked.addresses(options.host) if _is_public(address)}
    return Facts(
        sender=sender.address,
        domain=sender.domain,
        reply_to=mailbox(options.reply_to).address if options.reply_to else "",
        bounce_domain=bounces,
        spf=spf.survey(bounces, asked.texts),
        signatures=signatures,
        keys=keys,
        bits={one.public: public_bits(one.public, one.kind) for one in _records(keys)},
        dmarc=_walk(sender.domain, asked),
        exchanges=exchanges,
        resolved={host: asked.addresses(host) for hosts in exchanges.values() for host in hosts if host != "."},
        relay=options.host,
        called=called,
        leads={name: asked.addresses(name) for names in called.values() for name in names},
        offers=offers,
        relay_trouble=trouble,
        is_encrypted=options.tls != "none" or is_loopback(options.host),
        public=settings.web.pages or "",
        page_trouble=page,
        imprint=settings.mail.imprint,
        silent=tuple(asked.silent),
    )


class _Asked:
    """The answers of DNS; a question without an answer is told once and counts as "nothing there"."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.silent: list[str] = []

    def texts(self, name: str) -> Sequence[str] | None:
        return self._or(lambda: self._names.texts(name), None)

    def exchanges(self, name: str) -> Sequence[str]:
        return self._or(lambda: self._names.exchanges(name), ())

    def addresses(self, name: str) -> Sequence[str]:
        return [name] if _is_address(name) else self._or(lambda: self._names.addresses(name), ())

    def names_of(self, address: str) -> Sequence[str]:
        return self._or(lambda: self._names.names_of(address), ())

    def _or(self, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except FetchError as error:
            if str(error) not in self.silent:
                self.silent.append(str(error))
            return otherwise


def _walk(domain: str, asked: _Asked) -> list[tuple[str, Sequence[str]]]:
    """The DMARC records at a domain and above it, up to the first that has a policy (the tree walk of RFC 9989)."""
    found: list[tuple[str, Sequence[str]]] = []
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        name = ".".join(labels[at:])
        texts = asked.texts(f"_dmarc.{name}") or ()
        found.append((name, texts))
        if policies(texts):
            break
    return found


def _records(keys: Mapping[str, Sequence[str] | None]) -> list[KeyRecord]:
    """The records that are keys."""
    found = []
    for texts in keys.values():
        for text in texts or ():
            try:
                found.append(read_key_record(text))
            except ValueError:
                continue  # told by the rules
    return found


def _offers(channel: Channel) -> tuple[frozenset[str] | None, str]:
    if not isinstance(channel, Offering):
        return None, "this channel cannot say what its relay offers"
    try:
        return channel.offers(), ""
    except ChannelError as error:
        return None, str(error)


def _page_trouble(settings: Settings, fetcher: Fetcher) -> str:
    """Why the readers' pages do not answer where the world is told to look; empty: they do, or there are none."""
    public = settings.web.pages or ""
    if not public.startswith("https:"):
        return ""
    try:
        answer = fetcher.get(f"{public.rstrip('/')}/healthz", follow=False)
    except DistributorError as error:
        return str(error)
    return "" if answer.body.strip() == b"ok" else "something else answers there"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address).is_global


def _told(finding: Finding) -> Json:
    is_ok = finding.fix is None or finding.is_advice
    return {"name": finding.name, "ok": is_ok, "detail": finding.detail, "fix": finding.fix}
