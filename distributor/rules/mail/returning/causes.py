"""Whose fault a refusal is: dead address, soft, or ours; from its status (RFC 3463) and the server's words. Pure.

What is wrongly called dead costs a reader, so every doubt is soft or ours, and neither lasts. In order:

1. a full mailbox: soft, whatever stands beside it but a status about us;
2. words about us (SPF, DKIM, DMARC, block lists, policy, spam, size), or a status about us: sender fault;
3. a reply or a status of the 4 family, or words of what passes: soft;
4. a status of a dead address, or words of one that no status contradicts: dead;
5. other families of the 5 that may pass by themselves: soft. All else: other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distributor.model.returns import Cause
from distributor.text.mail import addresses
from distributor.text.mail.reports import status_in
from distributor.text.mail.words import says

#: mail.md D3: nobody is there and nobody will be (RFC 3463 sections 3.2 and 3.3; RFC 7505 section 4.2 for 5.1.10)
DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"})
#: ours, in either family: a bad sender (RFC 3463 section 3.2), a message too big (section 3.4)
_FAULT_ENDS = frozenset({"1.7", "1.8", "3.4"})
#: 4.7.N from here on is about authentication, reputation and rates of ours (Gmail 4.7.23 to 4.7.32, Outlook 4.7.500 to
#: 4.7.652); below it are greylisting and policy, which the words tell apart
_FAULT_RATES = 20
#: families in which servers say that nobody is there: other, addressing, mailbox, system, routing, protocol
_OF_ADDRESSES = ("5.0.", "5.1.", "5.2.", "5.3.", "5.4.", "5.5.")
#: families that pass by themselves where nothing tells more: mailbox, system, routing
_PASSES = ("5.2.", "5.3.", "5.4.")
_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[ :-]|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why something did not arrive, as it was told."""

    #: of the report; may be empty
    status: str
    #: what the server said
    said: str

    @property
    def told(self) -> str:
        """The status that tells most: the server's own where the report's is a general one (``5.0.0``)."""
        own = status_in(self.said)
        return own if own and (not self.status or self.status.endswith(".0.0")) else self.status or own

    @property
    def family(self) -> str:
        """``4``, ``5`` or nothing; where report and server contradict each other, the one that may pass."""
        code = _CODE.search(self.said)
        told = {self.status[:1], status_in(self.said)[:1], code[1] if code else ""}
        return "4" if "4" in told else "5" if "5" in told else ""


def cause(refusal: Refusal) -> Cause:
    """Whose fault a refusal is; see the module."""
    words, status = addresses.without(refusal.said), refusal.told
    if not _is_about_us(status) and (status == "5.2.2" or says("full", words)):
        return Cause.SOFT
    if _is_about_us(status) or _says_us(words):
        return Cause.SENDER_FAULT
    if refusal.family == "4" or says("unresolved", words) or (status != "5.1.1" and says("passing", words)):
        return Cause.SOFT
    if status in DEAD or _says_nobody(status, words):
        return Cause.DEAD
    return Cause.SOFT if status.startswith(_PASSES) else Cause.OTHER


def _is_about_us(status: str) -> bool:
    family, _, end = status.partition(".")
    if end in _FAULT_ENDS or status.startswith("5.7."):
        return True
    return family == "4" and end.startswith("7.") and int(end[2:]) >= _FAULT_RATES


def _says_us(words: str) -> bool:
    return says("ours", words) or (says("blocked", words) and not says("blocked_reader", words))


def _says_nobody(status: str, words: str) -> bool:
    """Whether the words are those of a dead address, and no status of another matter stands against them."""
    if status and not status.startswith(_OF_ADDRESSES):
        return False
    return says("nobody", words) or (says("unavailable", words) and says("at_recipient", words))
