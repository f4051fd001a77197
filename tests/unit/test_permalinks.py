"""A post is found by whatever address of it somebody copied."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.permalinks import permalinks


@pytest.mark.parametrize(
    "link",
    [
        "https://x.com/desk/status/77",
        "https://twitter.com/desk/status/77?s=20",
        "https://mobile.twitter.com/Desk/status/77/photo/1",
        "http://www.x.com/i/web/status/77#m",
        "https://x.com/i/status/77",
        "https://x.com/old_name/statuses/77",
    ],
)
def test_a_post_on_x_is_found_by_its_number_whatever_name_stands_there(link: str) -> None:
    found = permalinks(link, ["@desk", "", "second"])
    assert found[0] == link
    assert {"https://x.com/desk/status/77", "https://x.com/second/status/77", "https://x.com/i/status/77"} <= set(found)


@pytest.mark.parametrize(
    ("link", "post"),
    [
        ("https://t.me/s/desk/12", "https://t.me/desk/12"),
        ("https://t.me/desk/12?single", "https://t.me/desk/12"),
        ("https://telegram.me/desk/12?comment=4", "https://t.me/desk/12"),
        ("https://t.me/desk/5/12", "https://t.me/desk/12"),
        ("https://t.me/c/1234567890/12", "https://t.me/c/1234567890/12"),
        ("https://t.me/c/1234567890/5/12", "https://t.me/c/1234567890/12"),
    ],
)
def test_a_post_on_telegram_is_found_without_what_the_link_says_beside_it(link: str, post: str) -> None:
    assert permalinks(link)[-1] == post


@pytest.mark.parametrize(
    "link",
    [
        "https://news.example.org/desk/status/77",
        "https://x.com/desk",
        "https://t.me/desk",
        "https://t.me/c/12",
        "https://xx.com/desk/status/77",
        "https://x.com/desk/status/seven",
    ],
)
def test_any_other_address_stands_for_itself(link: str) -> None:
    assert permalinks(link, ["@desk"]) == (link,)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_whatever_is_pasted_comes_first(link: str) -> None:
    assert permalinks(link)[0] == link
