"""Whether receivers believe who a mail is from: SPF, DKIM, DMARC. Asks nobody: facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distributor.rules.mail import spf
from distributor.rules.mail.domains import KeyRecord, is_aligned, policies, read_key_record, read_policy
from distributor.rules.mail.sender import Facts, Finding, Signature

#: RFC 8301 section 3.2, and what providers ask of those who send much
LEAST_BITS = 2048


def look_at_spf(facts: Facts) -> Iterator[Finding]:
    """RFC 7208 of the return path's domain."""
    found, domain = facts.spf, facts.bounce_domain
    if not found.records:
        told = f"{domain} has no SPF record"
        yield Finding(name="spf", detail=told, fix=f'add the TXT record at {domain}: "v=spf1 {_own(facts)} ~all"')
        return
    if len(found.records) > 1:
        told = f"{domain} has {len(found.records)} SPF records, which counts as an error (section 4.5)"
        yield Finding(name="spf", detail=told, fix=f'make one of them: "{_merged(found.records)}"')
        return
    yield from (
        Finding(name="spf", detail=told, fix="put this term right; receivers take the whole record for an error")
        for told in found.errors
    )
    yield from _spf_limits(found)
    yield from _spf_rest(found, domain)
    if not found.errors:
        yield Finding(name="spf", detail=f"{domain}: {found.records[0]}")


def _spf_limits(found: spf.Survey) -> Iterator[Finding]:
    if found.lookups > spf.MOST_LOOKUPS:
        told = f"it takes {found.lookups} lookups, and receivers stop after {spf.MOST_LOOKUPS}"
        drop = f"replace some of {', '.join(found.included)} by their addresses (ip4:, ip6:), or drop what is not used"
        yield Finding(name="spf-lookups", detail=told, fix=drop if found.included else "use ip4: and ip6: instead")
    if len(found.void) > spf.MOST_VOID:
        told = f"{len(found.void)} of its names lead nowhere, and receivers stop after {spf.MOST_VOID}"
        yield Finding(name="spf-void", detail=told, fix=f"drop {', '.join(found.void)}")


def _spf_rest(found: spf.Survey, domain: str) -> Iterator[Finding]:
    if found.rest == "+":
        told = f"{domain} lets everyone send in its name (+all)"
        yield Finding(name="spf-all", detail=told, fix="end the record with ~all or -all")
    elif found.rest in ("", "?"):
        told = f"{domain} does not say what others are ({'no all' if not found.rest else '?all'})"
        yield Finding(name="spf-all", detail=told, fix="end the record with ~all or -all", is_advice=True)


def _own(facts: Facts) -> str:
    """The term that lets the relay send."""
    return f"a:{facts.relay}" if facts.relay and "." in facts.relay else "a mx"


def _merged(records: Sequence[str]) -> str:
    terms: list[str] = []
    for record in sorted(records):  # a name server gives them in any order
        terms += [term for term in record.split()[1:] if term not in terms]
    rest = [term for term in terms if term.lstrip("+-~?").lower() == "all"]
    return " ".join(["v=spf1", *(term for term in terms if term not in rest), rest[-1] if rest else "~all"])


def look_at_dkim(facts: Facts) -> Iterator[Finding]:
    """RFC 6376: every key we sign with is published, strong and ours."""
    if not facts.signatures:
        told = "mail is not signed here; it must be signed by the relay, in the name of the sender's domain"
        fix = "make a key (distributor keys dkim) and name it in the channel, unless the relay signs"
        yield Finding(name="dkim", detail=told, fix=fix, is_advice=True)
    for one in facts.signatures:
        yield from _key(facts, one)


def _key(facts: Facts, one: Signature) -> Iterator[Finding]:
    name = f"{one.selector}._domainkey.{one.domain}"
    record = f'"v=DKIM1; k={one.kind}; p={one.public}"'
    texts = facts.keys.get(name)
    if not texts:
        fix = f"add the TXT record at {name}: {record}"
        yield Finding(name="dkim", detail=f"{name} has no record, so every signature fails", fix=fix)
        return
    if len(texts) > 1:
        fix = f"leave one of them: {record}"
        yield Finding(name="dkim", detail=f"{name} has {len(texts)} records, of which verifiers take any", fix=fix)
        return
    try:
        found = read_key_record(texts[0])
    except ValueError as error:
        yield Finding(name="dkim", detail=f"{name}: {error}", fix=f"make it {record}")
        return
    yield from _judged_key(facts, one, found, name=name, record=record)


def _judged_key(facts: Facts, one: Signature, found: KeyRecord, *, name: str, record: str) -> Iterator[Finding]:
    bits = facts.bits.get(found.public, 0)
    if not found.public:
        yield Finding(name="dkim", detail=f"{name} says that the key is revoked (p= is empty)", fix=f"make it {record}")
    elif found.public != one.public or found.kind != one.kind:
        told = f"{name} shows another key than the one we sign with"
        yield Finding(name="dkim", detail=told, fix=f"make it {record}, or sign with the key that belongs to it")
    elif found.kind == "rsa" and bits < LEAST_BITS:
        told = f"{name}: a key of {bits} bits; providers ask for {LEAST_BITS}"
        yield Finding(name="dkim", detail=told, fix="make a new key under a new selector: distributor keys dkim")
    elif found.is_trial:
        told = f"{name} says that it is only a trial (t=y), and signatures count for nothing"
        yield Finding(name="dkim", detail=told, fix=f"make it {record}")
    else:
        yield Finding(name="dkim", detail=f"{name}: {found.kind}, {bits or 256} bits, the key we sign with")


def look_at_dmarc(facts: Facts) -> Iterator[Finding]:
    """RFC 7489: a policy that can be read, and at least one of SPF and DKIM aligned with From."""
    place = next(((name, policies(texts)) for name, texts in facts.dmarc if policies(texts)), None)
    ask = f'"v=DMARC1; p=none; rua=mailto:postmaster@{facts.domain}"'
    if place is None:
        told = f"{facts.domain} has no DMARC record; who sends much must have one"
        yield Finding(name="dmarc", detail=told, fix=f"add the TXT record at _dmarc.{facts.domain}: {ask}")
        return
    owner, texts = place
    if len(texts) > 1:
        told = f"_dmarc.{owner} has {len(texts)} policies, and receivers apply none of them"
        yield Finding(name="dmarc", detail=told, fix=f"leave one of them: {texts[0]!r}")
        return
    try:
        policy = read_policy(texts[0], of_parent=owner != facts.domain)
    except ValueError as error:
        yield Finding(name="dmarc", detail=f"_dmarc.{owner}: {error}", fix=f"make it {ask}")
        return
    yield Finding(name="dmarc", detail=f"_dmarc.{owner}: {texts[0]}")
    if not policy.reports:
        told = "nobody hears of mail that fails: it has no rua"
        fix = f"add rua=mailto:postmaster@{facts.domain}"
        yield Finding(name="dmarc-reports", detail=told, fix=fix, is_advice=True)
    by_spf = is_aligned(facts.bounce_domain, facts.domain, owner, is_strict=policy.is_strict_spf)
    signed = [one.domain for one in facts.signatures]
    by_dkim = any(is_aligned(one, facts.domain, owner, is_strict=policy.is_strict_dkim) for one in signed)
    yield from _alignment(facts, by_spf=by_spf, by_dkim=by_dkim, signed=signed)


def _alignment(facts: Facts, *, by_spf: bool, by_dkim: bool, signed: Sequence[str]) -> Iterator[Finding]:
    if not by_spf and not by_dkim:
        told = f"neither the return path ({facts.bounce_domain}) nor a signature ({', '.join(signed) or 'none'}) is "
        fix = f"sign in the name of {facts.domain}, or take a bounce_domain below it"
        yield Finding(name="alignment", detail=f"{told}aligned with From ({facts.domain})", fix=fix)
    else:
        ways = [way for way, aligned in (("SPF", by_spf), ("DKIM", by_dkim)) if aligned]
        yield Finding(name="alignment", detail=f"{' and '.join(ways)} stand for {facts.domain}")
