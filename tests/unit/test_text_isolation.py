"""Names and headlines of one direction inside a line of another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.isolation import FSI, PDI, isolated
from distributor.text.measure import weighted_length

MIXED = st.text(alphabet="aЖ1 #.:,ابשل\u200f\u202a\u202b\u202c\u202e\u2066\u2067\u2068\u2069\n", max_size=20)


@pytest.mark.parametrize(
    ("text", "around", "expected"),
    [
        ("Talks begin", "ltr", "Talks begin"),
        ("Переговоры", "ltr", "Переговоры"),
        ("وزير الخارجية يصل إلى Minsk", "ltr", f"{FSI}وزير الخارجية يصل إلى Minsk{PDI}"),
        ("Talks with שלום, again", "ltr", f"{FSI}Talks with שלום, again{PDI}"),
        ("رئیس‌جمهور", "ltr", f"{FSI}رئیس‌جمهور{PDI}"),
        ("BelTA", "rtl", f"{FSI}BelTA{PDI}"),
        ("", "rtl", ""),
        ("\u202eTalks", "ltr", "Talks"),
    ],
)
def test_only_what_would_disturb_its_line_is_set_apart(text: str, around: str, expected: str) -> None:
    assert isolated(text, around) == expected


@settings(max_examples=200)
@given(MIXED, st.sampled_from(("ltr", "rtl")))
def test_what_is_opened_is_closed_and_nothing_else_changes(text: str, around: str) -> None:
    found = isolated(text, around)
    inner = found.removeprefix(FSI).removesuffix(PDI)
    assert found in (inner, f"{FSI}{inner}{PDI}")
    assert not set(inner) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert inner == "".join(char for char in text if not ("\u202a" <= char <= "\u202e" or "\u2066" <= char <= "\u2069"))
    assert isolated(found, around) == found


def test_the_marks_weigh_two_units_each_on_x() -> None:
    assert weighted_length(isolated("שלום")) == weighted_length("שלום") + 4
