"""What is this machine itself by its very name, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.text.loopback import is_loopback, is_own_http


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost.", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"]
)
def test_this_machine_is_known_by_its_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            ".",
            "localhost..",
            "[localhost",
            "[[::1]]",
            "localhost.example.org",
            "mail.localhost",
            "127.1",
            "2130706433",
        ),
        *("0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::ffff:10.0.0.1", "127.0.0.1.example.org", "127.0.0.1 ", "::2"),
    ],
)
def test_what_only_looks_like_it_is_another(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("url", ["http://localhost/", "http://[::1]:1/", "HTTP://127.0.0.1:9000/realms/a?b=c"])
def test_by_http_this_machine_is_asked_without_a_wire(url: str) -> None:
    assert is_own_http(url)


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "http://127.0.0.1.example.org/", "http://10.0.0.1/", "http://127.0.0.1@example.org/"),
        *("http://example.org\\@127.0.0.1/", "http://[::1", "http:127.0.0.1", "localhost", "", "http://127.0.0.1/\n"),
        "http://127.0.0.1 /",
    ],
)
def test_any_other_address_crosses_one(url: str) -> None:
    assert not is_own_http(url)


@settings(max_examples=100)
@given(st.text(max_size=20))
def test_no_text_is_too_odd_to_be_judged(text: str) -> None:
    assert is_loopback(text) in (True, False)
    assert is_own_http(f"http://{text}") in (True, False)
