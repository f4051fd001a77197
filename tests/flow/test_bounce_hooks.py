"""What providers tell by HTTP: signed, taken once, with the same effects as a mail that comes back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import tomllib
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from starlette.testclient import TestClient

from distributor.config import example
from distributor.errors import FetchError, StoreError
from distributor.flows.bounce import Clerk
from distributor.keys import public_key_of
from distributor.returns import Desk, Hook
from distributor.returns.providers.mailgun import Mailgun, MailgunOptions
from distributor.returns.providers.postmark import Postmark, PostmarkOptions
from distributor.returns.providers.sendgrid import SendGrid, SendGridOptions
from distributor.returns.providers.ses import Ses, SesOptions
from distributor.secret import Secret
from distributor.store.opening import open_store
from distributor.web.bounces import BounceHook
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import NOON

TOPIC = "arn:aws:sns:eu-central-1:123456789012:bounces"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem"
READER = "reader@example.org"
#: what an event was taken for
DEAD = ("bounce", "dead", "5.1.1", "suppress")
OURS = ("bounce", "sender_fault", "5.7.1", "pause_lane")
COMPLAINT = ("complaint", "other", None, "suppress")
FAILED = {"event": "failed", "severity": "permanent"}


@pytest.fixture(scope="module")
def amazon():
    """Amazon's key, and the certificate that shows it."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, NOON - timedelta(days=1), NOON + timedelta(days=90))
    return key, made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def twilio():
    """SendGrid's key."""
    return ec.generate_private_key(ec.SECP256R1())


class House:
    """The four hooks on a real store, asked over their real route."""

    def __init__(self, folder, amazon, twilio):
        self.store = open_store(folder, threaded=False)
        self.store.subscribers.subscribe(READER, ("morning",), now=NOON, source="operator")
        self.now, self.fetched = NOON, []
        self.amazon, self.pem = amazon
        self.twilio = twilio
        self.unreachable = False
        public = twilio.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        desk = Desk(fetch=self.fetch, now=lambda: self.now)
        self.hooks: dict[str, Hook] = {
            "mailgun": Mailgun(MailgunOptions(signing_key=Secret("key-1"))),
            "postmark": Postmark(PostmarkOptions(username="desk", password=Secret("word"))),
            "sendgrid": SendGrid(SendGridOptions(public_key=base64.b64encode(public).decode())),
            "ses": Ses(SesOptions(topic=TOPIC), desk),
        }
        self.clerk = Clerk(self.store.bounces, self.store.subscribers)
        site = make_site(BounceHook(self.hooks, self.clerk, lambda: self.now).routes)
        self.browser = TestClient(site)

    def fetch(self, url):
        if self.unreachable:
            raise FetchError("nobody answers")
        self.fetched.append(url)
        return self.pem

    def post(self, name, body, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.browser.post(f"/hooks/bounces/{name}", content=content, headers=headers)

    def mailgun(self, event, *, key="key-1"):
        signed = hmac.new(key.encode(), b"1795500000word", hashlib.sha256).hexdigest()
        given = {"timestamp": "1795500000", "token": "word", "signature": signed}
        return self.post("mailgun", {"signature": given, "event-data": {"id": "e1", "recipient": READER, **event}})

    def postmark(self, event, *, word="desk:word"):
        basic = base64.b64encode(word.encode()).decode()
        return self.post("postmark", {"Email": READER, "ID": 7, **event}, authorization=f"Basic {basic}")

    def sendgrid(self, *events, late=""):
        body = json.dumps([{"email": READER, "sg_event_id": f"e{n}", **one} for n, one in enumerate(events)]).encode()
        signature = base64.b64encode(self.twilio.sign(b"1795500000" + body, ec.ECDSA(hashes.SHA256()))).decode()
        fields = {
            "x-twilio-email-event-webhook-signature": signature,
            "x-twilio-email-event-webhook-timestamp": "1795500000" + late,
        }
        return self.post("sendgrid", body, **fields)

    def sns(self, message, **fields):
        told = {
            "Type": "Notification",
            "MessageId": "m1",
            "TopicArn": TOPIC,
            "Message": json.dumps(message),
            "Timestamp": "2026-11-24T12:00:00.000Z",
            "SignatureVersion": "2",
            "SigningCertURL": CERTIFICATE,
        } | fields
        if told["Type"] == "Notification":
            signed: tuple[str, ...] = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        else:
            signed = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
        content = "".join(f"{key}\n{told[key]}\n" for key in signed if key in told).encode()
        digest = hashes.SHA1() if told["SignatureVersion"] == "1" else hashes.SHA256()
        told.setdefault("Signature", base64.b64encode(self.amazon.sign(content, padding.PKCS1v15(), digest)).decode())
        return self.post("ses", told)

    def ses(self, kind, told, **fields):
        return self.sns({"notificationType": kind, **told, "mail": {"source": "b@bounce.example.org"}}, **fields)

    @property
    def last(self):
        """What the last event was taken for."""
        row = self.store.bounces.list(limit=1)[0]
        return row["kind"], row["class"], row["status"], row["action"]


@pytest.fixture
def house(tmp_path, amazon, twilio):
    found = House(tmp_path, amazon, twilio)
    yield found
    found.store.close()


def bounced(status="5.1.1", said="smtp; 550 5.1.1 user unknown", *, kind="Permanent", narrower="General"):
    one = {"emailAddress": READER, "action": "failed", "status": status, "diagnosticCode": said}
    return {"bounce": {"bounceType": kind, "bounceSubType": narrower, "bouncedRecipients": [one]}}


def test_a_bounce_of_each_provider_suppresses_a_dead_address_and_counts_once(house):
    posts = (
        lambda: house.mailgun(
            {
                "event": "failed",
                "severity": "permanent",
                "delivery-status": {"code": 550, "message": "5.1.1 user unknown"},
            }
        ),
        lambda: house.postmark(
            {"RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.1.1 user unknown"}
        ),
        lambda: house.sendgrid({"event": "bounce", "status": "5.1.1", "reason": "550 5.1.1 user unknown"}),
        lambda: house.ses("Bounce", bounced()),
    )
    for post in posts:
        answer = post()
        assert (answer.status_code, answer.json()) == (200, {"events": 1, "new": 1})
        assert post().json() == {"events": 1, "new": 0}
        assert house.last == DEAD
        (row,) = house.store.bounces.suppressed(5)
        assert (row["address"], row["kind"]) == (READER, "bounce")
        assert house.store.bounces.unsuppress(READER, reason="test", who="Ann", now=NOON)
    assert len(house.store.bounces.list(limit=9)) == 4


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (
            {**FAILED, "severity": "temporary", "delivery-status": {"code": 452}},
            ("delayed", "soft", None, "none"),
        ),
        (
            {**FAILED, "reason": "espblock"},
            OURS,
        ),
        (
            {**FAILED, "reason": "suppress-bounce"},
            DEAD,
        ),
        ({"event": "complained"}, COMPLAINT),
        ({"event": "failed", "reason": "suppress-complaint"}, COMPLAINT),
    ],
)
def test_what_mailgun_tells(house, event, wanted):
    assert house.mailgun({**event, "message": {"headers": {"message-id": "x@example.org"}}}).status_code == 200
    assert house.last == wanted


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ({"Type": "SoftBounce", "Details": "mailbox full"}, ("bounce", "soft", "4.0.0", "score")),
        ({"Type": "Blocked"}, OURS),
        (
            {"Type": "HardBounce", "Details": "550 blocked using zen.spamhaus.org"},
            ("bounce", "sender_fault", "5.1.1", "pause_lane"),
        ),
        ({"Type": "SpamComplaint"}, COMPLAINT),
        ({"Type": "AutoResponder"}, ("autoreply", "other", None, "none")),
    ],
)
def test_what_postmark_tells(house, event, wanted):
    assert house.postmark({"RecordType": "Bounce", **event}).json()["events"] == 1
    assert house.last == wanted


def test_what_postmark_tells_of_deliveries_and_of_its_own_states_is_nothing(house):
    for event in ({"RecordType": "Delivery"}, {"RecordType": "Bounce", "Type": "Subscribe"}):
        assert house.postmark(event).json() == {"events": 0, "new": 0}
    assert house.postmark({"RecordType": "SpamComplaint", "Email": ""}).json() == {"events": 1, "new": 1}
    assert house.store.bounces.unknown() == 1


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (
            {"event": "deferred", "reason": "421 4.7.28 unusual rate"},
            ("delayed", "sender_fault", "4.7.28", "pause_lane"),
        ),
        ({"event": "bounce", "type": "blocked", "reason": "no"}, OURS),
        ({"event": "dropped", "reason": "Bounced Address"}, DEAD),
        ({"event": "dropped", "reason": "Spam Reporting Address"}, COMPLAINT),
        ({"event": "spamreport", "smtp-id": "<x@example.org>"}, COMPLAINT),
    ],
)
def test_what_sendgrid_tells(house, event, wanted):
    assert house.sendgrid({"event": "open"}, event, {"event": "dropped", "reason": "Unsubscribed Address"}).json() == {
        "events": 1,
        "new": 1,
    }
    assert house.last == wanted


@pytest.mark.parametrize(
    ("kind", "told", "wanted"),
    [
        ("Bounce", bounced("", "", narrower="NoEmail"), DEAD),
        ("Bounce", bounced("", "", narrower="MailboxFull", kind="Transient"), ("bounce", "soft", "5.2.2", "score")),
        ("Bounce", bounced("", "", narrower="General", kind="Transient"), ("bounce", "soft", "4.0.0", "score")),
        (
            "Bounce",
            bounced("", "", narrower="ContentRejected", kind="Transient"),
            OURS,
        ),
        (
            "DeliveryDelay",
            {
                "deliveryDelay": {
                    "delayedRecipients": [
                        {"emailAddress": READER, "status": "4.4.1", "diagnosticCode": "421 timed out"}
                    ]
                }
            },
            ("delayed", "soft", "4.4.1", "none"),
        ),
        (
            "Complaint",
            {"complaint": {"complainedRecipients": [{"emailAddress": READER}], "complaintFeedbackType": "abuse"}},
            COMPLAINT,
        ),
    ],
)
def test_what_ses_tells(house, kind, told, wanted):
    assert house.ses(kind, told).json() == {"events": 1, "new": 1}
    assert house.last == wanted


def test_ses_tells_of_deliveries_and_of_mistaken_complaints_and_nothing_follows(house):
    assert house.ses("Delivery", {}).json()["events"] == 0
    mistaken = {"complaint": {"complainedRecipients": [], "complaintFeedbackType": "not-spam"}}
    assert house.ses("Complaint", mistaken).json()["events"] == 0
    assert house.sns({}, Type="UnsubscribeConfirmation", SubscribeURL=CERTIFICATE, Token="t").json()["events"] == 0


def test_a_name_of_our_own_in_the_headers_that_ses_returns_names_the_mail(house):
    fields = [{"name": "Message-ID", "value": "<x@example.org>"}, {"name": "X-Other", "value": "y"}]
    assert house.sns({"eventType": "Bounce", **bounced(), "mail": {"headers": fields}}, Subject="s").status_code == 200
    assert house.last[3] == "suppress"


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_amazons_signature_count_and_the_certificate_is_fetched_once(house, version):
    for number in range(2):
        assert house.ses("Bounce", bounced(), SignatureVersion=version, MessageId=f"m{number}").status_code == 200
    assert house.fetched == [CERTIFICATE]


def test_a_subscription_that_amazon_asks_about_is_confirmed_at_amazon(house):
    asked = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription"
    answer = house.sns({}, Type="SubscriptionConfirmation", SubscribeURL=asked, Token="t")
    assert answer.json() == {"events": 0, "new": 0}
    assert house.fetched == [CERTIFICATE, asked]
    elsewhere = house.sns({}, Type="SubscriptionConfirmation", SubscribeURL="https://example.org/", Token="t")
    assert elsewhere.status_code == 401
    assert house.fetched == [CERTIFICATE, asked]


@pytest.mark.parametrize(
    "fields",
    [
        {"SigningCertURL": "https://sns.eu-central-1.amazonaws.com.example.org/x.pem"},
        {"SigningCertURL": "http://sns.eu-central-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://user@sns.eu-central-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://[sns"},
        {"TopicArn": TOPIC + "2"},
        {"SignatureVersion": "3"},
        {"Type": "Invitation"},
        {"Signature": "AAAA"},
        {"Signature": "not base64!"},
    ],
)
def test_what_amazon_did_not_sign_for_our_topic_is_refused_and_nothing_else_is_fetched(house, fields):
    assert house.ses("Bounce", bounced(), **fields).status_code == 401
    assert set(house.fetched) <= {CERTIFICATE}
    assert house.store.bounces.list(limit=5) == []


def test_a_certificate_that_is_over_or_none_at_all_proves_nothing(house):
    house.now = NOON + timedelta(days=91)
    assert house.ses("Bounce", bounced()).status_code == 401
    house.now, house.pem = NOON, b"no certificate"
    assert house.ses("Bounce", bounced(), SigningCertURL=CERTIFICATE + "2").status_code == 401
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, NOON - timedelta(days=1), NOON + timedelta(days=1))
    house.pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    assert house.ses("Bounce", bounced(), SigningCertURL=CERTIFICATE + "3").status_code == 401


def test_where_the_certificate_cannot_be_had_the_provider_is_asked_to_come_again(house):
    house.unreachable = True
    answer = house.ses("Bounce", bounced())
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "failed")


def test_every_provider_that_is_configured_has_its_hook(tmp_path, house):
    tables = tomllib.loads(example())["bounces"]
    secrets = {"signing_key": '"key-1"', "password": '"word"'}
    lines = [
        f"[bounces.{name}]\n"
        + "\n".join(f"{key} = {secrets.get(key) or json.dumps(value)}" for key, value in table.items())
        for name, table in tables.items()
    ]
    folder = tmp_path / "app"
    folder.mkdir()
    app = told_app(folder, config="\n".join([CONFIG, *lines]))
    assert {name: type(hook) for name, hook in app.mailroom.hooks.items()} == {
        "amazon": Ses,
        "mailgun": Mailgun,
        "postmark": Postmark,
        "sendgrid": SendGrid,
    }
    app.close()


def test_forged_and_unsigned_events_are_refused_with_nothing_on_record(house):
    refused = [
        house.mailgun({"event": "complained"}, key="key-2"),
        house.post("mailgun", {"event-data": {"event": "complained", "recipient": READER}}),
        house.post("mailgun", {"signature": "x", "event-data": []}),
        house.postmark({"RecordType": "SpamComplaint"}, word="desk:other"),
        house.post("postmark", {"RecordType": "SpamComplaint"}),
        house.post("postmark", {"RecordType": "SpamComplaint"}, authorization="Basic §§".encode()),
        house.sendgrid({"event": "spamreport"}, late="1"),
        house.post("sendgrid", [{"event": "spamreport", "email": READER}]),
        house.post("sendgrid", [], **{"x-twilio-email-event-webhook-signature": "!"}),
        house.post("ses", {"Type": "Notification"}),
    ]
    assert [answer.status_code for answer in refused] == [401] * len(refused)
    assert house.store.bounces.list(limit=5) == []
    assert house.store.bounces.suppressed(5) == []


def test_what_is_no_event_is_said_plainly(house):
    assert house.mailgun({"event": "delivered"}).json()["events"] == 0
    assert house.sendgrid({"event": "group_unsubscribe"}).json()["events"] == 0
    assert house.post("mailgun", b"\xff{").status_code == 422
    assert house.post("nobody", {}).status_code == 404
    assert house.browser.get("/hooks/bounces/mailgun").status_code == 405
    assert house.post("mailgun", b"x" * (5 << 20)).status_code == 413


def test_where_the_store_cannot_be_written_the_provider_is_asked_to_come_again(house, monkeypatch):
    def full(*_):
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(house.clerk, "take", full)
        assert house.mailgun({"event": "complained"}).status_code == 503
    assert house.mailgun({"event": "complained"}).json() == {"events": 1, "new": 1}


@pytest.mark.parametrize("key", ["", "AAAA", "§"])
def test_a_key_that_is_none_is_refused_at_the_start(key):
    with pytest.raises(ValueError, match="public_key"):
        SendGridOptions(public_key=key)


def test_a_key_of_another_kind_is_refused(amazon):
    der = (
        amazon[0].public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(ValueError, match="another kind"):
        public_key_of(base64.b64encode(der).decode())
    with pytest.raises(ValueError, match="topic"):
        SesOptions(topic="bounces")
