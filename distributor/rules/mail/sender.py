"""What the doctor for mail looks at, and what it finds. Holds values alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from distributor.rules.mail import spf


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A key that a channel signs with."""

    domain: str
    selector: str
    #: ``rsa`` or ``ed25519``
    kind: str
    #: as its record must show it (the tag ``p=``)
    public: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was found about one email channel; what could not be asked is told in ``silent``."""

    #: ``Name <news@example.org>`` taken apart: the address and its domain
    sender: str
    domain: str
    #: address for answers; empty: the sender's
    reply_to: str = ""
    #: of the return path
    bounce_domain: str
    spf: spf.Survey
    signatures: Sequence[Signature] = ()
    #: the records of each selector, by ``SELECTOR._domainkey.DOMAIN``; None: no such name
    keys: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    #: the size in bits of a record's public key, by its ``p=``; 0: it is none
    bits: Mapping[str, int] = field(default_factory=dict)
    #: records of ``_dmarc.`` at the sender's domain and at those above it, nearest first
    dmarc: Sequence[tuple[str, Sequence[str]]] = ()
    #: the mail servers of the sender's domain and of the bounce domain
    exchanges: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: hosts that have an address
    resolved: Mapping[str, Sequence[str]] = field(default_factory=dict)
    relay: str = ""
    #: what each public address of the relay is called, and where those names lead
    called: Mapping[str, Sequence[str]] = field(default_factory=dict)
    leads: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: what the relay offers; None: it could not be asked, for this reason
    offers: frozenset[str] | None = None
    relay_trouble: str = ""
    is_encrypted: bool = True
    #: where readers' pages stand; empty: nowhere
    public: str = ""
    #: why a page there does not answer; empty: it does
    page_trouble: str = ""
    imprint: str = ""
    #: questions that DNS did not answer
    silent: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    detail: str
    #: what to do, exactly; None: it is in order
    fix: str | None = None
    #: mail arrives all the same
    is_advice: bool = False
