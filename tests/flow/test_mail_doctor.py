"""The doctor for mail against a real name server: one healthy newsroom, and many broken ones, each with its fix."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from distributor.doctoring import examine_mail
from distributor.errors import FetchError, Unavailable
from distributor.keys import make_key, public_bits, read_key
from distributor.net.names import Names
from distributor.rules.mail.doctor import examine
from distributor.rules.mail.sender import Facts, Signature
from distributor.rules.mail.spf import survey
from distributor.secret import Secret
from tests.name_server import NameServer

PEM = make_key("rsa-sha256")
KEY = read_key(PEM)
OTHER = read_key(make_key("rsa-sha256"))
WEAK = base64.b64encode(
    generate_private_key(65537, 1024).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
ADDRESS = "11.22.33.44"  # public, and never contacted
SELECTOR = "s1._domainkey.news.test TXT"
HEALTHY = {
    "news.test TXT": ["some-verification=1", "v=spf1 mx -all"],
    "news.test MX": ["20 mx2.news.test", "10 mx.news.test"],
    "mx.news.test A": ["11.22.33.1"],
    "mx2.news.test AAAA": ["2a00::1"],
    "bounce.news.test TXT": ["v=spf1 a:relay.news.test include:spf.provider.test ~all"],
    "bounce.news.test MX": ["10 relay.news.test"],
    "spf.provider.test TXT": ["v=spf1 ip4:11.22.0.0/16 -all"],
    "relay.news.test A": [ADDRESS],
    "44.33.22.11.in-addr.arpa PTR": ["relay.news.test."],
    SELECTOR: [KEY.record],
    "_dmarc.news.test TXT": ["v=DMARC1; p=quarantine; rua=mailto:dmarc@news.test"],
}
OFFERS = frozenset({"STARTTLS", "SMTPUTF8", "DSN", "PIPELINING", "SIZE"})


class Relay:
    """A channel whose relay offers what it is told."""

    def __init__(self, offers):
        self.given = offers

    def offers(self):
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


class Pages:
    """The readers' pages, as somebody outside finds them."""

    def __init__(self, body):
        self.body = body

    def get(self, url, *, follow):
        assert not follow
        assert url == "https://desk.news.test/healthz"
        if isinstance(self.body, Exception):
            raise self.body
        return SimpleNamespace(body=self.body)


def newsroom(**changes):
    options = {
        "sender": "News <news@news.test>",
        "reply_to": "",
        "bounce_domain": "bounce.news.test",
        "host": "relay.news.test",
        "tls": "starttls",
        "dkim": {"s1": SimpleNamespace(key=Secret(PEM), domain="", since="")},
    }
    house = {"public": "https://desk.news.test", "imprint": "News, Street 1"}
    house = {key: changes.pop(key, value) for key, value in house.items()}
    channel = SimpleNamespace(name="mail", kind="email", options=SimpleNamespace(**{**options, **changes}))
    screen = SimpleNamespace(name="screen", kind="console", options=None)
    return SimpleNamespace(
        channels=(screen, channel),
        web=SimpleNamespace(pages=house["public"]),
        mail=SimpleNamespace(imprint=house["imprint"]),
    )


def examined(zone=None, *, silent=(), offers=OFFERS, page=b"ok\n", **changes):
    with NameServer({**HEALTHY, **(zone or {})}, silent=silent) as server:
        names = Names(server.address, patience=0.3)
        house: Any = newsroom(**changes)
        channels: Any = {"mail": Relay(offers)}
        pages: Any = Pages(page)
        return examine_mail(house, channels, names, pages)


def troubles(found):
    return {one["name"]: one for one in found if one["fix"]}


def test_a_newsroom_in_order_has_nothing_to_put_right():
    found = examined()
    assert not troubles(found)
    assert {one["name"] for one in found} == {
        "spf",
        "dkim",
        "dmarc",
        "alignment",
        "mx",
        "ptr",
        "relay",
        "one-click",
    }
    assert all(one["ok"] and one["channel"] == "mail" for one in found)


SPF = "bounce.news.test TXT"
MANY = [f"include:i{number}.test" for number in range(11)]
BROKEN = [
    # what is broken, what is found, part of what is told, part of the fix
    ("no SPF", {SPF: []}, "spf", "has no SPF record", '"v=spf1 a:relay.news.test ~all"'),
    ("two SPF", {SPF: ["v=spf1 a -all", "v=spf1 mx ~all"]}, "spf", "2 SPF records", '"v=spf1 a mx ~all"'),
    ("misspelt", {SPF: ["v=spf1 inlcude:x.test -all"]}, "spf", "is include meant", "put this term right"),
    ("bad address", {SPF: ["v=spf1 ip4:11.22.33 -all"]}, "spf", "holds no address", "put this term right"),
    ("includes nothing", {SPF: ["v=spf1 include:x.test -all"]}, "spf", "x.test is included", "put this term right"),
    ("includes itself", {SPF: ["v=spf1 include:bounce.news.test -all"]}, "spf", "includes itself", "put this"),
    (
        "too many lookups",
        {SPF: [f"v=spf1 {' '.join(MANY)} -all"], **{f"i{n}.test TXT": ["v=spf1 -all"] for n in range(11)}},
        "spf-lookups",
        "11 lookups",
        "i0.test, i1.test",
    ),
    ("too many of its own", {SPF: ["v=spf1 " + "a:x.test " * 11 + "-all"]}, "spf-lookups", "11 lookups", "use ip4:"),
    ("leads nowhere", {SPF: [f"v=spf1 {' '.join(MANY[:3])} -all"]}, "spf-void", "3 of its names", "drop i0.test"),
    ("everyone may", {SPF: ["v=spf1 +all"]}, "spf-all", "+all", "~all or -all"),
    ("nobody is refused", {SPF: ["v=spf1 mx ?all"]}, "spf-all", "?all", "~all or -all"),
    ("no end", {SPF: ["v=spf1 mx"]}, "spf-all", "no all", "~all or -all"),
    ("no key", {SELECTOR: []}, "dkim", "has no record", KEY.public),
    ("two keys", {SELECTOR: [KEY.record, OTHER.record]}, "dkim", "2 records", KEY.public),
    ("another key", {SELECTOR: [OTHER.record]}, "dkim", "another key", KEY.public),
    ("weak", {SELECTOR: [f"v=DKIM1; k=rsa; p={WEAK}"]}, "dkim", "another key", KEY.public),
    ("unreadable", {SELECTOR: ["v=DKIM1; k=rsa; p=AAAA"]}, "dkim", "another key", KEY.public),
    ("revoked", {SELECTOR: ["v=DKIM1; p="]}, "dkim", "revoked", KEY.public),
    ("cut off", {SELECTOR: [KEY.record[:-3]]}, "dkim", "cut off", KEY.public),
    ("only sha1", {SELECTOR: [f"h=sha1; p={KEY.public}"]}, "dkim", "sha256", KEY.public),
    ("a trial", {SELECTOR: [f"v=DKIM1; t=y; p={KEY.public}"]}, "dkim", "only a trial", KEY.public),
    ("no DMARC", {"_dmarc.news.test TXT": []}, "dmarc", "no DMARC record", "v=DMARC1; p=none"),
    (
        "two policies",
        {"_dmarc.news.test TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
        "dmarc",
        "2 policies",
        "leave one",
    ),
    ("no policy", {"_dmarc.news.test TXT": ["v=DMARC1; rua=mailto:a@b.test"]}, "dmarc", "no p=", "make it"),
    ("odd policy", {"_dmarc.news.test TXT": ["v=DMARC1; p=watch"]}, "dmarc", "'watch'", "make it"),
    ("no reports", {"_dmarc.news.test TXT": ["v=DMARC1; p=none"]}, "dmarc-reports", "no rua", "add rua=mailto:"),
    ("no mail server", {"news.test MX": []}, "mx", "no mail server for answers", "add an MX record at news.test"),
    ("takes no mail", {"news.test MX": ["0 ."]}, "mx", "takes no mail", "give news.test a mail server"),
    ("bounces nowhere", {"bounce.news.test MX": []}, "mx", "for bounces", "add an MX record at bounce.news.test"),
    ("server without address", {"mx.news.test A": []}, "mx", "mx.news.test of news.test has no address", "add its"),
    ("no name", {"44.33.22.11.in-addr.arpa PTR": []}, "ptr", "has no name", "call it relay.news.test"),
    (
        "name leads away",
        {"44.33.22.11.in-addr.arpa PTR": ["mx.news.test."]},
        "ptr",
        "leads elsewhere",
        "add the address",
    ),
]


@pytest.mark.parametrize(("zone", "name", "told", "fix"), [one[1:] for one in BROKEN], ids=[one[0] for one in BROKEN])
def test_what_is_broken_in_dns_is_found_with_its_fix_and_nothing_else_is(zone, name, told, fix):
    found = troubles(examined(zone))
    assert set(found) - {"spf"} <= {name}
    assert told in found[name]["detail"]
    assert fix in found[name]["fix"]


HOUSES = [
    ("not signed", {"dkim": {}}, "dkim", "not signed here", "distributor keys"),
    ("not aligned", {"dkim": {}, "bounce_domain": "provider.test"}, "alignment", "neither", "sign in the name"),
    ("no pages", {"public": None}, "one-click", "one click", "[web] listen"),
    ("no https", {"public": "http://desk.news.test"}, "one-click", "not https", "certificate"),
    ("pages do not answer", {"page": FetchError("timed out")}, "one-click", "timed out", "docs/web.md"),
    ("something else answers", {"page": b"<html>"}, "one-click", "something else", "docs/web.md"),
    ("relay is away", {"offers": Unavailable("refused")}, "relay", "refused", "look at host"),
    ("no encryption", {"offers": OFFERS - {"STARTTLS"}, "tls": "none"}, "relay", "no STARTTLS", "ask its operator"),
    ("nobody listens", {"reply_to": "no-reply@news.test"}, "addresses", "nobody listens", "somebody reads"),
    ("nobody is responsible", {"imprint": ""}, "imprint", "responsible", "imprint ="),
]


@pytest.mark.parametrize(("house", "name", "told", "fix"), [one[1:] for one in HOUSES], ids=[one[0] for one in HOUSES])
def test_what_is_broken_in_the_house_is_found_with_its_fix(house, name, told, fix):
    found = troubles(examined(**house))
    assert told in found[name]["detail"]
    assert fix in found[name]["fix"]


def test_a_weak_key_that_is_ours_is_to_be_replaced_by_a_stronger_one():
    ours = Signature(domain="news.test", selector="s1", kind="rsa", public=WEAK)
    name, record = "s1._domainkey.news.test", f"v=DKIM1; k=rsa; p={WEAK}"
    facts = Facts(
        sender="news@news.test",
        domain="news.test",
        bounce_domain="news.test",
        spf=survey("news.test", lambda _: ["v=spf1 mx -all"]),
        signatures=[ours],
        keys={name: [record]},
        bits={WEAK: public_bits(WEAK, "rsa")},
    )
    (found,) = (one for one in examine(facts) if one.name == "dkim")
    assert (found.detail, found.fix) == (
        f"{name}: a key of 1024 bits; providers ask for 2048",
        "make a new key under a new selector: distributor keys dkim",
    )
    assert [public_bits("AAAA", "rsa"), public_bits("AAAA", "ed25519"), public_bits("A", "rsa")] == [0, 0, 0]


def test_advice_leaves_the_answer_positive_and_a_fault_does_not():
    (advice,) = troubles(examined(imprint="")).values()
    (fault,) = troubles(examined({SELECTOR: []})).values()
    assert (advice["ok"], fault["ok"]) == (True, False)


def test_the_policy_of_the_domain_above_counts_and_so_do_its_sub_domains():
    zone = {
        "desk.news.test MX": ["10 mx.news.test"],
        "s1._domainkey.desk.news.test TXT": [KEY.record],
        "_dmarc.news.test TXT": ["v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:a@news.test"],
    }
    found = examined(zone, sender="desk@desk.news.test")
    assert not troubles(found)
    assert any(one["detail"] == "DKIM stand for desk.news.test" for one in found if one["name"] == "alignment")


def test_a_name_server_that_does_not_answer_is_told_as_such_and_ends_soon():
    found = examined(silent=["_dmarc.news.test TXT"])
    told = troubles(found)["dns"]
    assert "_dmarc.news.test" in told["detail"]
    assert "no answer in time" in told["detail"]


@pytest.mark.parametrize("text", ["localhost", "192.0.2.1:0", "192.0.2.1:x", "example.org:53", "[::1]:99999"])
def test_a_resolver_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r"resolver|port"):
        Names(text)


def test_a_resolver_may_have_a_port_or_none_and_either_kind_of_address():
    assert Names("192.0.2.53")._server == ("192.0.2.53", 53)
    assert Names("2001:db8::53")._server == ("2001:db8::53", 53)
    assert Names("[2001:db8::53]:5353")._server == ("2001:db8::53", 5353)
