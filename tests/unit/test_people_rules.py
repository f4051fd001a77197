"""Who may do what, what names and passwords may be, and how often one may knock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.calls import CALLS
from distributor.keys.passwords import Cost, fits, lock_up
from distributor.model.people import Role, Scope
from distributor.rules.people.access import (
    BY_ARGUMENT,
    BY_ROLE,
    ON_THE_MACHINE,
    is_look,
    least,
    least_for,
    refusal,
    role_of,
)
from distributor.rules.people.accounts import key_of, name_of, password_of
from distributor.rules.people.knocking import APART, FIRST, LONGEST, OF_ALL, OF_BOTH, OF_NAME, Failures, Lately, wait
from tests.support import NOON

CHEAP = Cost(memory=8, passes=1)
NOW = NOON


def test_every_call_stands_in_one_class_and_no_class_holds_anything_else():
    classes = [*BY_ROLE.values(), ON_THE_MACHINE]
    listed = [name for names in classes for name in names]
    assert sorted(listed) == sorted(CALLS)
    assert {call for call, _ in BY_ARGUMENT} <= set(CALLS)


@pytest.mark.parametrize(
    ("call", "role"), [(call, role) for call in ("status", "stop", "resume", "backup") for role in Role]
)
def test_a_role_may_what_those_before_it_may(call, role):
    needed = least(call)
    assert needed is not None
    assert (refusal(role, call, ()) == "") is (role.rank >= needed.rank)


@pytest.mark.parametrize("call", ["user_add", "token_add", "take_over", "no_such_call"])
def test_what_is_the_machines_or_in_no_class_is_refused_to_everybody(call):
    assert refusal(Role.OPERATOR, call, ()) == f"the call {call} is for the machine's own command line"


def test_an_argument_may_need_more_than_its_call():
    assert refusal(Role.VIEWER, "preview", ["url"]) == ""
    assert (
        refusal(Role.VIEWER, "preview", ["pictures"])
        == "preview with pictures needs the role editor, and this is viewer"
    )
    assert refusal(Role.OPERATOR, "preview", ["source"]) == "preview with source is for the machine's own command line"
    assert least_for("preview", "url") is Role.VIEWER


def test_scopes_stand_for_roles_and_only_the_viewers_calls_look():
    assert [role_of(scope) for scope in Scope] == [Role.VIEWER, Role.EDITOR, Role.OPERATOR]
    assert is_look("status")
    assert not is_look("stop")


@pytest.mark.parametrize(("text", "name"), [(" Anna  Smith ", "Anna Smith"), ("Ганна", "Ганна"), ("a" * 64, "a" * 64)])
def test_a_name_is_what_can_be_seen_of_it(text, name):
    assert name_of(text) == name


@pytest.mark.parametrize("text", ["", "  ", "a" * 65, "a\x00b", "a\u202eb"])
def test_what_cannot_be_seen_is_no_name(text):
    with pytest.raises(ValueError, match="expected a name of 1 to 64"):
        name_of(text)


def test_neither_capitals_nor_spellings_of_a_letter_make_another_name():
    assert key_of("ANNA  É") == key_of("anna E\u0301") == key_of("Ａnna é")


@pytest.mark.parametrize("text", ["", "eleven sign", "x" * 1001])
def test_a_password_has_a_length(text):
    with pytest.raises(ValueError, match="expected a password of 12 to 1000 characters"):
        password_of(text)


def test_a_password_that_is_no_text_is_none():
    with pytest.raises(ValueError, match="not text"):
        password_of("\ud800" * 12)


@given(st.text(max_size=20), st.text(max_size=20))
def test_only_the_password_itself_fits_and_no_two_are_kept_alike(one, other):
    kept = lock_up(one, CHEAP)
    assert kept.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert fits(one, kept)
    assert fits(other, kept) is (one == other)
    assert lock_up(one, CHEAP) != kept


def failures(count, ago=0.0):
    return Failures(count=count, last=NOW - timedelta(seconds=ago))


def test_the_wait_for_a_name_from_one_network_doubles_up_to_a_quarter_of_an_hour():
    waits = [wait(Lately(both=failures(OF_BOTH - 1 + n)), NOW) for n in range(9)]
    assert waits == [timedelta(0), FIRST, FIRST * 2, FIRST * 4, FIRST * 8, FIRST * 16, LONGEST, LONGEST, LONGEST]
    assert wait(Lately(both=failures(OF_BOTH, ago=29)), NOW) == timedelta(seconds=1)
    assert wait(Lately(both=failures(OF_BOTH, ago=31)), NOW) == timedelta(0)


@pytest.mark.parametrize(
    "told", [{"name": failures(OF_NAME)}, {"network": failures(50)}, {"everybody": failures(OF_ALL)}]
)
def test_a_flood_slows_down_everybody_but_those_who_are_at_home(told):
    assert wait(Lately(**told), NOW) == APART
    assert wait(Lately(**told, is_at_home=True), NOW) == timedelta(0)


@given(st.integers(0, 10**6), st.floats(-3600, 3600))
def test_no_wait_is_longer_than_the_longest_or_negative_whatever_the_clock_does(count, ago):
    assert timedelta(0) <= wait(Lately(both=failures(count, ago), name=failures(count, ago)), NOW) <= LONGEST
