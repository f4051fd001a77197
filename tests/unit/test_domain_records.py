"""What DKIM and DMARC records say, and what makes them unreadable."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.mail.domains import is_aligned, policies, read_key_record, read_policy, tags


def test_a_key_record_is_read_with_or_without_its_version_and_with_blanks_in_the_key():
    found = read_key_record("v=DKIM1; k=rsa; s=email; t=y:s; p=AAAA\n BBBB")
    assert (found.kind, found.public, found.is_trial) == ("rsa", "AAAABBBB", True)
    assert read_key_record("p=AAAA;").kind == "rsa"
    assert read_key_record("v=DKIM1; p=").public == ""
    assert not read_key_record("k=ed25519; h=sha1:sha256; p=AAAA").is_trial


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("v=DKIM2; p=AAAA", "its version"),
        ("k=rsa", "no p="),
        ("k=dsa; p=AAAA", "kind of key"),
        ("h=sha1; p=AAAA", "sha256"),
        ("p=AAA", "cut off"),
        ("p=AAAA; p=BBBB", "twice"),
        ("v=DKIM1 p AAAA", "its version"),
        ("AAAA", "no tag=value"),
    ],
)
def test_what_makes_a_record_no_key_is_named(text, told):
    with pytest.raises(ValueError, match=told):
        read_key_record(text)


def test_policies_are_told_from_other_texts():
    texts = ["v=DMARC1; p=none", "v = DMARC1;p=reject", "v=DMARC10; p=none", "google=1", "v=DMARC1"]
    assert policies(texts) == [texts[0], texts[1], texts[4]]


def test_a_policy_says_what_it_asks_for_of_the_domain_and_of_those_below_it():
    text = "v=DMARC1; p=Reject; sp=none; pct=50; rua=mailto:a@x.test, mailto:b@x.test!10m; adkim=s; aspf=r"
    found = read_policy(text)
    assert (found.policy, found.share, len(found.reports)) == ("reject", 50, 2)
    assert (found.is_strict_dkim, found.is_strict_spf) == (True, False)
    assert read_policy(text, of_parent=True).policy == "none"
    assert read_policy("v=DMARC1; p=none", of_parent=True).policy == "none"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("v=DMARC1", "no p="),
        ("v=DMARC1; p=monitor", "its policy"),
        ("v=DMARC1; p=none; pct=101", "its pct"),
        ("v=DMARC1; p=none; pct=half", "its pct"),
        ("v=DMARC1; p=none; rua=a@x.test", "its rua"),
    ],
)
def test_what_makes_a_policy_unreadable_is_named(text, told):
    with pytest.raises(ValueError, match=told):
        read_policy(text)


@pytest.mark.parametrize(
    ("domain", "strict", "aligned"),
    [
        ("news.x.test", False, True),
        ("x.test", False, True),
        ("bounce.x.test", False, True),
        ("NEWS.X.test", True, True),
        ("x.test", True, False),
        ("otherx.test", False, False),
        ("y.test", False, False),
    ],
)
def test_a_domain_is_aligned_when_it_is_the_senders_or_related(domain, strict, aligned):
    assert is_aligned(domain, "news.x.test", "x.test", is_strict=strict) is aligned


@given(st.text(alphabet="abkvpt=;: \n1DKIM", max_size=50))
@settings(max_examples=200)
def test_no_text_breaks_the_reader(text):
    for read in (tags, read_key_record, read_policy):
        with suppress(ValueError):
            read(text)
