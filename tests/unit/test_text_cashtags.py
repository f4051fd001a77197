import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.cashtags import one_cashtag


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$ABC and $XYZ rise", "$ABC and XYZ rise"),
        ("Shares ($BRK.A, $TSLA) and $X.", "Shares ($BRK.A, TSLA) and X."),
        ("It costs $5 or $1,024, says $ABC", "It costs $5 or $1,024, says $ABC"),
        ("US$ABC $TOOLONGNAME $A1", "US$ABC $TOOLONGNAME $A1"),
        ("$ABC https://e.org/?a=$XYZ", "$ABC https://e.org/?a=$XYZ"),
        ("no tag", "no tag"),
    ],
)
def test_only_the_first_cashtag_keeps_its_sign(text: str, shown: str) -> None:
    assert one_cashtag(text) == shown


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="$ABab ().,1", max_size=40))
def test_it_never_grows_and_a_second_time_changes_nothing(text: str) -> None:
    once = one_cashtag(text)
    assert len(once) <= len(text)
    assert one_cashtag(once) == once
    assert once.replace("$", "") == text.replace("$", "")
