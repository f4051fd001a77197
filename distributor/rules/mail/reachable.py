"""Whether a sender can be reached, and lets readers go: servers, relay, pages, addresses. Facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator

from distributor.rules.mail.sender import Facts, Finding

#: what a relay should offer, and what is lost without it
OFFERS = {
    "STARTTLS": "mail is readable by everyone on the way",
    "SMTPUTF8": "readers whose address is not ASCII cannot be reached (RFC 6531)",
    "DSN": "the relay tells less of what did not arrive (RFC 3461)",
    "PIPELINING": "each mail costs several round trips (RFC 2920)",
}
#: of those, what is no more than advice
_ADVICE = frozenset({"SMTPUTF8", "DSN", "PIPELINING"})


def look_at_exchanges(facts: Facts) -> Iterator[Finding]:
    """Where answers and bounces go."""
    wanted = dict.fromkeys([facts.domain, facts.bounce_domain])
    for domain in wanted:
        what = "answers" if domain == facts.domain else "bounces"
        hosts = facts.exchanges.get(domain, ())
        if list(hosts) == ["."]:
            told = f"{domain} says that it takes no mail (a null MX), so {what} are lost and some refuse its mail"
            yield Finding(
                name="mx", detail=told, fix=f"give {domain} a mail server, or send from a domain that has one"
            )
        elif not hosts:
            told = f"{domain} has no mail server for {what}"
            yield Finding(name="mx", detail=told, fix=f"add an MX record at {domain}")
        else:
            lost = [host for host in hosts if not facts.resolved.get(host)]
            if lost:
                told = f"the mail server {', '.join(lost)} of {domain} has no address"
                yield Finding(name="mx", detail=told, fix=f"add its address, or take it out of the MX of {domain}")
            else:
                yield Finding(name="mx", detail=f"{what} go to {hosts[0]}")


def look_at_pointers(facts: Facts) -> Iterator[Finding]:
    """Forward-confirmed reverse names of the relay's public addresses."""
    for address, names in facts.called.items():
        if not names:
            told = f"the relay's address {address} has no name (PTR)"
            fix = f"ask whoever gave you the address to call it {facts.relay}"
        elif not any(address in facts.leads.get(name, ()) for name in names):
            told = f"{address} is called {names[0]}, which leads elsewhere"
            fix = f"add the address {address} at {names[0]}"
        else:
            yield Finding(name="ptr", detail=f"{address} is called {names[0]}, and that leads back")
            continue
        yield Finding(
            name="ptr", detail=told, fix=f"{fix} (unless the relay sends from other addresses)", is_advice=True
        )


def look_at_relay(facts: Facts) -> Iterator[Finding]:
    """What the relay offers, and what is lost without it."""
    if facts.offers is None:
        fix = "look at host, port, tls and the password of the channel, then: distributor check"
        yield Finding(name="relay", detail=facts.relay_trouble, fix=fix)
        return
    yield Finding(name="relay", detail=f"it offers {', '.join(sorted(facts.offers)) or 'nothing beyond RFC 5321'}")
    for offer, loss in OFFERS.items():
        if offer in facts.offers or (offer == "STARTTLS" and facts.is_encrypted):
            continue
        fix = f"ask its operator for {offer}"
        yield Finding(name="relay", detail=f"no {offer}: {loss}", fix=fix, is_advice=offer in _ADVICE)


def look_at_pages(facts: Facts) -> Iterator[Finding]:
    """RFC 8058: the address in List-Unsubscribe answers, over https."""
    if not facts.public:
        told = "readers cannot leave with one click, which who sends much must offer (RFC 8058)"
        fix = 'serve the pages: [web] listen = "127.0.0.1:8464", public = "https://news.example.org" behind a proxy'
        yield Finding(name="one-click", detail=told, fix=fix)
    elif not facts.public.startswith("https:"):
        told = f"{facts.public} is not https, and one-click counts over https alone"
        yield Finding(name="one-click", detail=told, fix="give the proxy a certificate and make public https://")
    elif facts.page_trouble:
        fix = "look at the proxy before [web] listen (docs/web.md), and that the daemon runs"
        yield Finding(name="one-click", detail=f"{facts.public}: {facts.page_trouble}", fix=fix)
    else:
        yield Finding(name="one-click", detail=f"readers' pages answer at {facts.public}")


def look_at_addresses(facts: Facts) -> Iterator[Finding]:
    """Addresses that take answers, and who is responsible."""
    for key, address in (("sender", facts.sender), ("reply_to", facts.reply_to)):
        local = address.partition("@")[0].lower().replace("-", "").replace("_", "").replace(".", "")
        if local in ("noreply", "donotreply", "nepasrepondre", "noanswer"):
            told = f"{key}: {address} tells readers that nobody listens, and providers ask for an address that works"
            yield Finding(
                name="addresses", detail=told, fix=f"take an address that somebody reads as {key}", is_advice=True
            )
    if not facts.imprint:
        told = "no mail says who is responsible for it; the law asks for that in many countries"
        yield Finding(name="imprint", detail=told, fix='[mail] imprint = "Name, street, town"', is_advice=True)
