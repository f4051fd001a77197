"""What a domain's records for mail say: DKIM keys (RFC 6376) and DMARC policies (RFC 7489). Asks nobody."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: RFC 6376 section 3.2: names and values may have blanks around them
_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(.*?)\s*", re.DOTALL)
_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A public key as its selector's record shows it."""

    #: ``rsa`` or ``ed25519``
    kind: str
    #: the tag ``p=``, without blanks; empty: revoked (section 3.6.1)
    public: str
    #: whether its owner is only trying (``t=y``): verifiers treat a bad signature as none
    is_trial: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a domain asks receivers to do with mail that fails."""

    #: ``none``, ``quarantine`` or ``reject``
    policy: str
    #: of mail to which it applies, per cent
    share: int
    #: where reports go; none: nobody hears of failures
    reports: tuple[str, ...]
    #: whether the signing domain, and that of the return path, must be the same (``s``) and not only related
    is_strict_dkim: bool
    is_strict_spf: bool


def tags(text: str) -> Mapping[str, str]:
    """A list of tags. Raises ValueError for what is none, or names one twice."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        match = _TAG.fullmatch(part)
        if match is None:
            raise ValueError(f"{part.strip()[:40]!r} is no tag=value")
        if match[1] in found:
            raise ValueError(f"the tag {match[1]} stands there twice")
        found[match[1]] = match[2]
    return found


def read_key_record(text: str) -> KeyRecord:
    """A selector's record. Raises ValueError with what makes it no key."""
    found = tags(text)
    version = found.get("v", "DKIM1")
    if version != "DKIM1":
        raise ValueError(f"its version is {version!r}; expected v=DKIM1")
    if "p" not in found:
        raise ValueError("it has no p=")
    kind = found.get("k", "rsa")
    if kind not in ("rsa", "ed25519"):
        raise ValueError(f"its kind of key is {kind!r}; expected rsa or ed25519")
    if "h" in found and "sha256" not in found["h"].replace(" ", "").split(":"):
        raise ValueError(f"it allows h={found['h']} only, and mail is signed with sha256")
    public = re.sub(r"\s", "", found["p"])
    try:
        base64.b64decode(public, validate=True)
    except binascii.Error:
        raise ValueError("its p= is cut off or damaged (no base64)") from None
    return KeyRecord(kind=kind, public=public, is_trial="y" in found.get("t", "").replace(" ", "").split(":"))


def policies(texts: Sequence[str]) -> Sequence[str]:
    """Those of a name's records that are DMARC policies (RFC 7489 section 6.6.3)."""
    return [text for text in texts if re.match(r"v\s*=\s*DMARC1\s*(;|\Z)", text)]


def read_policy(text: str, *, of_parent: bool = False) -> Policy:
    """A policy. Raises ValueError with what is wrong; ``of_parent``: the record stands at the domain above."""
    found = tags(text)
    if "p" not in found:
        raise ValueError("it has no p=")
    policy = (found.get("sp") if of_parent else None) or found["p"]
    if policy.lower() not in _POLICIES:
        raise ValueError(f"its policy is {policy!r}; expected {', '.join(_POLICIES)}")
    share = found.get("pct", "100")
    if not share.isascii() or not share.isdigit() or int(share) > 100:
        raise ValueError(f"its pct is {share!r}; expected 0 to 100")
    reports = tuple(one.strip() for one in found.get("rua", "").split(",") if one.strip())
    wrong = [one for one in reports if not one.lower().startswith("mailto:")]
    if wrong:
        raise ValueError(f"its rua is {wrong[0]!r}; expected mailto:reports@example.org")
    return Policy(
        policy=policy.lower(),
        share=int(share),
        reports=reports,
        is_strict_dkim=found.get("adkim", "r").lower() == "s",
        is_strict_spf=found.get("aspf", "r").lower() == "s",
    )


def is_aligned(domain: str, sender: str, organisation: str, *, is_strict: bool) -> bool:
    """Whether a domain counts as the sender's own (RFC 7489 section 3.1).

    ``organisation`` is the domain at or above the sender's whose policy holds; its sub-domains are related, for there
    is no list of public suffixes here.
    """
    domain, sender, organisation = domain.lower(), sender.lower(), organisation.lower()
    if is_strict or domain == sender:
        return domain == sender
    return _within(domain, organisation) and _within(sender, organisation)


def _within(domain: str, above: str) -> bool:
    return domain == above or domain.endswith(f".{above}")
