"""The editors' file changed rule by rule: every other byte of it stays."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.config.amending import NotByFields, added, amended, removed, standing
from distributor.config.fields import FIELDS, Sort, meaning, sort_of, told_length

FILE = """\
# the editors' own
[style]
hosts = ["example.org"]  # ours

# all of it
[routes.all]
channels = ["x", "y"]  # both

# calm
delay = '5m'   # a while
#undo = "1m"

# politics alone
[routes."few.ones"]
categories = [
  "Politics",  # first
  "Economy",
]
channels = ['x', 'y']
urgency = 3

[digests.morning]  # the first
channel = "mail"
slots = [ "0 13 * * *", "weekends at 10:00" ]
most = 12

[channels.x]
gap = "5m"
# the end
"""
USUAL: dict[str, dict[str, Any]] = {
    "routes": {"channels": None, "delay": "0s", "undo": "0s", "urgency": None, "categories": [], "approval": "none"},
    "digests": {"channel": None, "slots": [], "most": 20, "least": 1, "title": "morning", "archive": True},
    "channels": {"gap": "0s", "most_per_hour": 30, "quiet": "", "slots": [], "budget_per_day": None},
    "style": {"blocked_words": [], "hosts": [], "most_tags": 2},
}
USUAL["routes"] |= {"lint": [], "template": ""}
USUAL["digests"] |= {"canary": "", "canary_wait": "20m", "description": "", "sections": []}
RULES: list[tuple[str, ...]] = [
    ("routes", "all"),
    ("routes", "few.ones"),
    ("digests", "morning"),
    ("channels", "x"),
    ("channels", "new"),
    ("style",),
]
VALUES: dict[Sort, st.SearchStrategy[Any]] = {
    Sort.NAMES: st.lists(st.sampled_from(["Politics", "Economy", "x", "y", "Жыццё"]), unique=True, min_size=1),
    Sort.SLOTS: st.lists(st.sampled_from(["0 13 * * *", "weekends at 10:00", "mon at 9:00"]), min_size=1, max_size=3),
    Sort.LENGTH: st.sampled_from(["5m", "300s", "1h30m", "0s"]),
    Sort.NUMBER: st.integers(0, 40),
    Sort.AMOUNT: st.sampled_from([0.5, 20.0]),
    Sort.CHOICE: st.sampled_from(["none", "one", "mail"]),
    Sort.HOURS: st.sampled_from(["", "23:00-06:00"]),
    Sort.FLAG: st.booleans(),
    Sort.TEXT: st.text(max_size=8),
    Sort.TEMPLATE: st.sampled_from(["", "short"]),
    Sort.SHARE: st.sampled_from(["", "2%", 50, "some"]),
    Sort.WORDS: st.lists(st.sampled_from(["example.org", "Політыка", "a # b"]), unique=True, min_size=1),
    Sort.LEVELS: st.lists(st.sampled_from(["all-capitals block", "too-long off"]), unique=True, min_size=1),
}


@st.composite
def changes(draw: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    path = draw(st.sampled_from(RULES))
    found: dict[str, Any] = {}
    for key in draw(st.lists(st.sampled_from(sorted(USUAL[path[0]])), min_size=1, max_size=3, unique=True)):
        sort = sort_of(path[0], key)
        assert sort is not None
        found[key] = draw(VALUES[sort])
    if path[-1] == "few.ones" and "categories" in found:  # a comment goes with its line
        others = (one for one in found["categories"] if one not in ("Politics", "Economy"))
        found["categories"] = ["Politics", *others, "Economy"]
    return path, found


@settings(max_examples=200, deadline=None)
@given(changes())
def test_a_field_that_is_changed_and_changed_back_leaves_every_byte(
    change: tuple[tuple[str, ...], dict[str, Any]],
) -> None:
    path, values = change
    usual = USUAL[path[0]]
    before = standing(FILE, path) or {}
    other = amended(FILE, path, values, usual)
    found = standing(other, path) or {}
    for key, value in values.items():
        assert meaning(path[0], key, found.get(key, usual[key])) == meaning(path[0], key, value)
    assert {one: found[one] for one in found.keys() - values} == {one: before[one] for one in before.keys() - values}
    assert lines_gone(other) <= sum(1 + 2 * isinstance(before.get(key), list) for key in values)
    assert amended(other, path, {key: before.get(key, usual[key]) for key in values}, usual) == FILE


def lines_gone(text: str) -> int:
    """How many lines of the file are not there any more."""
    here = text.splitlines()
    return sum(line not in here for line in FILE.splitlines())


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(["routes", "digests"]), st.sampled_from(["new", "a.b", "ночь", "x-1"]), st.integers(1, 9))
def test_a_rule_that_is_added_and_taken_out_leaves_every_byte(table: str, name: str, number: int) -> None:
    values = {"channel": "mail", "least": number} if table == "digests" else {"channels": ["x"], "urgency": number}
    other = added(FILE, (table, name), values, USUAL[table])
    assert other.startswith(FILE)
    assert tomllib.loads(other)[table][name] == {
        key: value for key, value in values.items() if value != USUAL[table][key]
    }
    assert removed(other, (table, name)) == FILE
    assert removed(added("", (table, name), values, USUAL[table]), (table, name)) == ""


def test_what_counts_already_is_not_written() -> None:
    same = {"delay": "300s", "undo": "0s", "channels": ["x", "y"], "urgency": None}
    assert amended(FILE, ("routes", "all"), same, USUAL["routes"]) == FILE
    assert amended(FILE, ("channels", "new"), {"most_per_hour": 30}, USUAL["channels"]) == FILE


def test_a_change_touches_its_own_line_alone() -> None:
    other = amended(FILE, ("routes", "all"), {"delay": "6m", "approval": "one"}, USUAL["routes"])
    assert other == FILE.replace("'5m'   # a while\n", "'6m'   # a while\napproval = \"one\"\n")
    other = amended(FILE, ("routes", "few.ones"), {"categories": ["Politics", "Culture", "Sport"]}, USUAL["routes"])
    assert other == FILE.replace('  "Economy",\n', '  "Culture",\n  "Sport",\n')
    other = amended(FILE, ("routes", "few.ones"), {"channels": ["y"], "urgency": None}, USUAL["routes"])
    assert other == FILE.replace("channels = ['x', 'y']\nurgency = 3\n", "channels = ['y']\n")


def test_what_goes_back_to_the_usual_stays_written_where_somebody_had_it() -> None:
    other = amended(FILE, ("routes", "all"), {"delay": "0s"}, USUAL["routes"])
    assert "delay = '0s'   # a while\n" in other
    assert "gap" not in amended(FILE, ("channels", "x"), {"gap": "0s"}, USUAL["channels"])


def test_a_rule_is_taken_out_and_the_comments_above_it_stay() -> None:
    other = removed(FILE, ("routes", "few.ones"))
    assert "# politics alone\n\n[digests.morning]" in other
    assert "# all of it\n[routes.all]" in removed(FILE, ("digests", "morning"))
    assert list(tomllib.loads(removed(FILE, ("routes", "all")))["routes"]) == ["few.ones"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[routes]\nall.channels = ['x']\nall.delay = '5m'\n", "delay"),
        ("[routes]\nall = {channels = ['x'], delay = '5m'}\n", "delay"),
        ("routes.all.channels = ['x']\n", "undo"),
        ("[routes.all]\nchannels = ['x']", "undo"),
    ],
)
def test_other_ways_to_write_a_rule_are_changed_too_or_left_alone(text: str, key: str) -> None:
    try:
        other = amended(text, ("routes", "all"), {key: "6m"}, USUAL["routes"])
    except NotByFields:
        return
    assert tomllib.loads(other)["routes"]["all"] == {**tomllib.loads(text)["routes"]["all"], key: "6m"}


@pytest.mark.parametrize("text", ["[routes", "[routes.all]\nchannels = ['x']\nchannels = ['y']\n"])
def test_a_text_that_is_not_toml_is_left_alone(text: str) -> None:
    with pytest.raises(NotByFields):
        amended(text, ("routes", "all"), {"undo": "6m"}, USUAL["routes"])
    with pytest.raises(NotByFields):
        removed(text, ("routes", "all"))


@pytest.mark.parametrize("text", ["[[routes.all]]\n", "routes = 1\n"])
def test_what_is_no_rule_is_mended_by_hand(text: str) -> None:
    with pytest.raises(NotByFields, match="no table"):
        amended(text, ("routes", "all"), {}, {})


def test_lengths_are_told_as_people_write_them() -> None:
    told = {"2d": 172_800, "1h": 3_600, "90m": 5_400, "45s": 45, "0s": 0, "0.5s": 0.5}
    assert {told_length(timedelta(seconds=one)) for one in told.values()} == set(told)


def test_every_field_is_a_key_that_the_editors_file_may_hold() -> None:
    from distributor.config import TIMES, schema

    for table, model in (("routes", schema.RouteTable), ("digests", schema.DigestTable), ("channels", schema.Policy)):
        assert {one.key for one in FIELDS[table]} <= set(model.model_fields)
    assert {one.key for one in FIELDS["channels"]} == set(TIMES)
