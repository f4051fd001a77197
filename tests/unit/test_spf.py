"""Who may send for a domain: records followed, counted, and what is wrong with them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.mail.spf import survey


def zone(**records):
    texts = {name.replace("_", "."): found for name, found in records.items()}
    return lambda name: texts.get(name.lower())


def test_a_record_is_followed_through_what_it_includes_and_every_question_is_counted():
    found = survey(
        "a.test",
        zone(
            a_test=["google-site-verification=1", "v=spf1 mx a:mail.a.test include:b.test ip4:192.0.2.1 ~all"],
            b_test=["v=spf1 include:%{d}.d.test include:c.test -all"],
            c_test=["V=SPF1 ip6:2001:db8::/32 ?all"],
        ),
    )
    assert (found.lookups, found.rest, found.included, found.errors) == (5, "~", ["b.test", "c.test"], [])


def test_a_redirect_speaks_for_the_rest_unless_the_record_does():
    texts = zone(a_test=["v=spf1 redirect=b.test"], b_test=["v=spf1 -all"], c_test=["v=spf1 ~all redirect=b.test"])
    assert survey("a.test", texts).rest == "-"
    assert survey("c.test", texts).rest == "~"


def test_no_record_two_records_and_no_such_name_are_told_apart_from_one():
    assert survey("a.test", zone()).records == ()
    assert survey("a.test", zone(a_test=["v=spf10 -all", "v=DMARC1; p=none"])).records == ()
    assert len(survey("a.test", zone(a_test=["v=spf1 -all", "v=spf1 ~all"])).records) == 2


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("inlcude:b.test", "no mechanism of SPF; is include meant?"),
        ("ipv4:192.0.2.1", "no mechanism of SPF"),
        ("ip4:192.0.2.300", "holds no address"),
        ("ip4:2001:db8::1", "an address of IPv6"),
        ("ip6:192.0.2.1", "an address of IPv4"),
        ("include=b.test", "= where : belongs"),
        ("include:", "names no domain"),
        ("exists", "names no domain"),
        ("-redirect=b.test", "no term of SPF"),
        ("§", "no term of SPF"),
        ("include:nowhere.test", "included and has no SPF record"),
        ("include:two.test", "included and has 2 SPF records"),
        ("include:a.test", "includes itself"),
    ],
)
def test_what_receivers_take_for_an_error_is_named(term, told):
    texts = zone(a_test=[f"v=spf1 {term} -all"], two_test=["v=spf1 -all", "v=spf1 ~all"])
    (error,) = survey("a.test", texts).errors
    assert told in error


def test_unknown_modifiers_and_what_stands_behind_all_are_ignored():
    found = survey("a.test", zone(a_test=["v=spf1 unknown=x exp=why.a.test +a -all inlcude:b.test"]))
    assert (found.errors, found.lookups, found.rest) == ([], 1, "-")


def test_records_that_include_without_end_are_left_soon():
    asked = []

    def endless(name):
        asked.append(name)
        return [f"v=spf1 a mx include:x{name} -all"]

    assert survey("a.test", endless).lookups > 10
    assert len(asked) < 20


@given(st.text(alphabet="av=spf1 +-~?:=/%{}includexst.0246", max_size=60))
@settings(max_examples=200)
def test_no_record_makes_it_fail(text):
    found = survey("a.test", lambda name: [f"v=spf1 {text}"] if name == "a.test" else None)
    assert found.lookups >= 0
