"""Where a request comes from, as the desk believes it."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from distributor.web.desk.origin import Origin


def request(peer="127.0.0.1", **fields):
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "path": "/desk",
            "query_string": b"",
            "headers": headers,
            "client": (peer, 1) if peer else None,
        }
    )


@pytest.mark.parametrize(
    ("peer", "told", "network"),
    [
        ("203.0.113.9", "", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "", "2001:db8:1::/48"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.0/24"),
        ("10.0.0.1", "192.0.2.1, 198.51.100.7, 10.0.0.2", "198.51.100.0/24"),
        ("10.0.0.1", "rubbish", "10.0.0.0/24"),
        ("10.0.0.1", "", "10.0.0.0/24"),
        ("127.0.0.1", "198.51.100.7", "127.0.0.0/24"),
        ("testclient", "198.51.100.7", ""),
        (None, "", ""),
    ],
)
def test_only_configured_proxies_say_where_somebody_comes_from(peer, told, network):
    assert Origin(None, ["10.0.0.0/8"]).network(request(peer, x_forwarded_for=told)) == network


@pytest.mark.parametrize(
    ("public", "origin", "is_own"),
    [
        ("https://desk.example.org/path", "https://desk.example.org", True),
        ("https://desk.example.org:443", "https://DESK.example.org", True),
        ("https://desk.example.org:8443", "https://desk.example.org:8443", True),
        ("https://desk.example.org:8443", "https://desk.example.org", False),
        ("https://desk.example.org", "http://desk.example.org", False),
        ("http://[::1]:80", "http://[::1]", True),
        (None, "http://127.0.0.1:8464", True),
        (None, "https://127.0.0.1:8464", False),
        (None, "http://", False),
        (None, "", False),
    ],
)
def test_an_origin_is_ours_as_a_whole_or_not_at_all(public, origin, is_own):
    assert Origin(public, []).is_own(request(origin=origin, host="127.0.0.1:8464")) is is_own
