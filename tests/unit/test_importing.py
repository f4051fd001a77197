"""Lists of readers from elsewhere: what each tool's file says of an address, and which lists cannot be trusted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.mail.readers.importing import Brought, Fate, Format, doubts, is_role, merged, read_list
from distributor.rules.mail.readers.listing import Listing, listing, told
from tests.support import NOON

OWN = """address,name,language,zone,topic,state,since,source
a@example.org,Anna,ru,Europe/Minsk,morning,confirmed,2026-01-02T03:04:05Z,page
a@example.org,Anna,ru,Europe/Minsk,evening,unsubscribed,2026-02-02T03:04:05Z,page
b@example.org,,,,morning,suppressed,2026-01-02T03:04:05Z,page
c@example.org,,,,morning,unconfirmed,2026-01-02T03:04:05Z,page
"""
LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
1,a@example.org,Anna A,"{""city"": ""Minsk""}",enabled,2026-01-02T03:04:05.123Z,x
2,b@example.org,B,{},blocklisted,2026-01-02 03:04:05 UTC,x
3,c@example.org,C,{},disabled,2026-01-02,x
"""
LISTMONK_JSON = json.dumps(
    {
        "data": {
            "results": [
                {"email": "a@example.org", "name": "A", "status": "enabled", "uuid": "1",
                 "lists": [{"name": "news", "subscription_status": "confirmed"}]},
                {"email": "b@example.org", "name": "B", "status": "enabled", "uuid": "2",
                 "lists": [{"name": "news", "subscription_status": "unsubscribed"}]},
                {"email": "c@example.org", "name": "C", "status": "enabled", "uuid": "3",
                 "lists": [{"name": "news", "subscription_status": "unconfirmed"}]},
                {"email": "d@example.org", "name": "D", "status": "enabled", "uuid": "4", "lists": []},
            ]
        }
    }
)  # fmt: skip
MAILCHIMP = """"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LANGUAGE
a@example.org,Anna,A,2,"2025-05-01 08:00:00","2025-05-01 09:00:00",ru
b@example.org,,,2,"2025-06-01 08:00:00",,
"""
GHOST = """id,email,name,note,subscribed_to_emails,complimentary_plan,created_at,deleted_at,labels
1,a@example.org,Anna,,true,false,2026-01-02T03:04:05.000Z,,
2,b@example.org,,,false,false,2026-01-02T03:04:05.000Z,,
3,c@example.org,,,true,false,2026-01-02T03:04:05.000Z,2026-02-02T00:00:00.000Z,
"""
GHOST_JSON = json.dumps(
    {"db": [{"meta": {}, "data": {"members": [{"email": "a@example.org", "subscribed": True, "name": None}]}}]}
)


def fates(text, name="list.csv", wanted=None):
    return {one.address[0]: one.fate.value for one in read_list(text, name, wanted)[1]}


def test_our_own_file_says_which_newsletters():
    kind, brought = read_list(OWN, "readers.csv")
    assert kind is Format.OWN
    assert brought[0] == Brought(
        address="a@example.org",
        fate=Fate.SUBSCRIBED,
        name="Anna",
        language="ru",
        zone="Europe/Minsk",
        since=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        topics=("morning",),
    )
    assert [one.fate.value for one in brought] == ["subscribed", "unsubscribed", "suppressed", "unsubscribed"]


@pytest.mark.parametrize(
    ("text", "name", "kind", "found"),
    [
        (LISTMONK, "x.csv", Format.LISTMONK, {"a": "subscribed", "b": "suppressed", "c": "unsubscribed"}),
        (
            LISTMONK_JSON,
            "x.json",
            Format.LISTMONK,
            {"a": "subscribed", "b": "unsubscribed", "c": "unsubscribed", "d": "subscribed"},
        ),
        (MAILCHIMP, "subscribed_x.csv", Format.MAILCHIMP, {"a": "subscribed", "b": "subscribed"}),
        (MAILCHIMP, "unsubscribed_x.csv", Format.MAILCHIMP, {"a": "unsubscribed", "b": "unsubscribed"}),
        (MAILCHIMP, "Cleaned_x.csv", Format.MAILCHIMP, {"a": "suppressed", "b": "suppressed"}),
        (GHOST, "members.csv", Format.GHOST, {"a": "subscribed", "b": "unsubscribed", "c": "unsubscribed"}),
        (GHOST_JSON, "ghost.json", Format.GHOST, {"a": "subscribed"}),
    ],
)
def test_who_left_there_or_cannot_be_mailed_is_brought_as_such(text, name, kind, found):
    assert read_list(text, name)[0] is kind
    assert fates(text, name) == found


def test_a_files_own_columns_tell_when_it_is_no_file_of_three():
    rows = ("a@example.org,2026-01-01 00:00:00,", "b@example.org,,2026-01-01", "c@example.org,,")
    text = "\n".join(("Email Address,UNSUB_TIME,CLEAN_TIME", *rows))
    assert fates(text) == {"a": "unsubscribed", "b": "suppressed", "c": "subscribed"}


def test_names_and_days_are_taken_as_they_are_written():
    _, (anna, other) = read_list(MAILCHIMP, "subscribed.csv")
    assert (anna.name, anna.language, anna.since) == ("Anna A", "ru", datetime(2025, 5, 1, 9, tzinfo=UTC))
    assert other.since == datetime(2025, 6, 1, 8, tzinfo=UTC)
    assert [one.since for one in read_list(LISTMONK, "x.csv")[1]][1] == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_another_separator_and_a_mark_of_order_are_read():
    assert fates("\ufeff" + GHOST.replace(",", ";")) == fates(GHOST)
    assert fates(GHOST.replace(",", "\t")) == fates(GHOST)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        "{}",
        "[]",
        "[1]",
        "{",
        "null",
        '"x"',
        "email,subscribed_to_emails\n,true\n",
        '{"data": {"x": 1}}',
    ],
)
def test_what_is_nobodys_list_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r".+"):
        read_list(text, "x.csv")


def test_a_file_that_no_reader_of_csv_can_read_is_refused_in_words():
    with pytest.raises(ValueError, match="it is no CSV"):
        read_list('email,subscribed_to_emails\n"' + "x" * 200_000, "x.csv")


def test_a_format_that_is_named_is_believed():
    assert fates("email\na@example.org\n", wanted=Format.LISTMONK) == {"a": "subscribed"}


KEYS = st.sampled_from(["data", "results", "members", "db", "email", "lists"])
DOCUMENTS = st.recursive(
    st.none() | st.text(max_size=5), lambda some: st.lists(some) | st.dictionaries(KEYS, some), max_leaves=8
)


@settings(max_examples=150)
@given(text=st.text(max_size=200) | DOCUMENTS.map(json.dumps))
def test_whatever_a_file_holds_it_is_read_or_refused(text):
    try:
        _, brought = read_list(text, "x.csv")
    except ValueError:
        return
    assert all(one.address for one in brought)


def one(address="a@example.org", fate=Fate.SUBSCRIBED, since=NOON, **more):
    return Brought(address=address, fate=fate, since=since, **more)


def test_who_stands_there_twice_is_one_reader_and_has_left_if_either_says_so():
    twice = [one(), one("A@Example.org", Fate.SUPPRESSED), one(fate=Fate.UNSUBSCRIBED), one("b@example.org")]
    found, doubles = merged(twice)
    assert [(each.address[0], each.fate) for each in found] == [("A", Fate.SUPPRESSED), ("b", Fate.SUBSCRIBED)]
    assert doubles == 2
    parted, none = merged([one(topics=("a",)), one(topics=("b",))])
    assert (len(parted), none) == (2, 0)


def test_an_offices_address_is_known():
    addresses = ("info@x.org", "No-Reply@x.org", "support+eu@x.org", "anna@x.org")
    assert [address for address in addresses if not is_role(address)] == ["anna@x.org"]


def readers(count, **fields):
    return [one(f"reader{number}@example.org", **fields) for number in range(count)]


def test_a_list_of_known_days_is_trusted():
    assert doubts(readers(100), doubles=0, bad=0, now=NOON) == []
    assert doubts([one(fate=Fate.SUPPRESSED, since=None)], doubles=0, bad=0, now=NOON) == []


@pytest.mark.parametrize(
    ("brought", "more", "why"),
    [
        (
            readers(79) + readers(21, since=NOON - timedelta(days=800)),
            {},
            "21 of 100 subscribed more than two years ago",
        ),
        (readers(49) + readers(51, since=None), {}, "51 of 100 have no date"),
        (readers(94) + [one(f"info@x{n}.org") for n in range(6)], {}, "6 of 100 are addresses of an office"),
        (readers(79), {"doubles": 21}, "21 of 100 stand there more than once"),
        (readers(94), {"bad": 6}, "6 of 100 are no addresses"),
    ],
)
def test_a_stale_list_is_doubted_and_why_is_said(brought, more, why):
    (said,) = doubts(brought, now=NOON, **({"doubles": 0, "bad": 0} | more))
    assert said.startswith(why)


# ---- files as one list


def files(*texts: str, **how) -> Listing:
    named = [(f"list{number}.csv", text.encode()) for number, text in enumerate(texts)]
    told_of = {"with_roles": False, "is_address": lambda one: "@" in one, "now": NOON}
    return listing(named, **{**told_of, **how})


def test_files_are_one_list_without_doubles_offices_and_what_is_no_address():
    more = "address,topic,state\ninfo@example.org,morning,confirmed\nnobody,morning,confirmed\n"
    found = files(OWN, more, OWN)
    assert [one.address[0] for one in found.brought] == ["a", "a", "b", "c"]
    assert (found.format, found.doubles, found.bad, found.roles) == (Format.OWN, 4, 1, 1)
    assert not found.needs_topics
    assert len(files(more, with_roles=True).brought) == 1
    assert any("are no addresses" in one for one in files(more).doubts)


def test_a_list_that_names_no_newsletter_needs_one():
    assert files("Email Address\na@example.org\n").needs_topics
    assert not files("email,status,uuid\na@example.org,blocklisted,1\n").needs_topics


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"{"])
def test_a_file_that_is_no_list_is_named(content):
    with pytest.raises(ValueError, match=r"^odd\.csv: "):
        listing([("odd.csv", content)], with_roles=False, is_address=bool, now=NOON)


def test_no_file_is_no_list():
    with pytest.raises(ValueError, match="there is no file"):
        files()


def test_an_address_is_told_as_the_call_takes_it():
    (one, *_) = files(OWN).brought
    assert told(one) == {
        "address": "a@example.org",
        "fate": "subscribed",
        "since": "2026-01-02T03:04:05+00:00",
        "name": "Anna",
        "language": "ru",
        "zone": "Europe/Minsk",
        "topics": ["morning"],
    }
    assert told(Brought(address="b@example.org", fate=Fate.SUPPRESSED))["since"] is None
