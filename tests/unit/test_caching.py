"""How long a server says that its answer stays fresh."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.net.caching import fresh_for

DATE = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "public, Max-Age=600, must-revalidate"}, 600),
        ({"cache-control": "s-maxage=600"}, 0),
        ({"cache-control": 'max-age="60"'}, 60),
        ({"cache-control": "max-age=600", "age": "200"}, 400),
        ({"cache-control": "max-age=600", "age": "900"}, 0),
        ({"cache-control": "max-age=600", "age": "soon"}, 600),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "max-age=600, no-store"}, 0),
        ({"cache-control": "max-age=-5"}, 0),
        ({"date": DATE, "expires": "Tue, 24 Nov 2026 12:05:00 GMT"}, 300),
        ({"date": DATE, "expires": "Tue, 24 Nov 2026 11:05:00 GMT"}, 0),
        ({"date": DATE, "expires": "0"}, 0),
        ({"expires": "Tue, 24 Nov 2026 12:05:00 GMT"}, 0),
        ({"date": DATE, "expires": "Tue, 24 Nov 2026 12:05:00"}, 0),
        ({"cache-control": "max-age=60", "date": DATE, "expires": "Tue, 24 Nov 2026 13:00:00 GMT"}, 60),
    ],
)
def test_an_answer_is_fresh_as_long_as_its_server_says(headers: dict[str, str], seconds: int):
    assert fresh_for(headers) == timedelta(seconds=seconds)


@given(st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "date"]), st.text(max_size=40)))
def test_no_header_breaks_it(headers: dict[str, str]):
    assert fresh_for(headers) >= timedelta(0)
