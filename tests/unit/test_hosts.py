"""Which pages stand on which host."""

from __future__ import annotations

import pytest

from distributor.web.hosts import Hosts, host_of

DESK, NEWS, OLD = "https://desk.example.org", "https://news.example.org", "https://letters.example.org:8443"
PAGES = {"/r/subscribe", "/desk", "/api/v1/openapi.json", "/hooks/articles", "/healthz"}


def found(hosts: Hosts, host: str) -> set[str]:
    return {path for path in PAGES if hosts.answers(host, path)}


@pytest.mark.parametrize(("readers", "before"), [(None, ()), (DESK, ()), ("https://desk.example.org:443", (NEWS,))])
def test_without_a_host_of_their_own_readers_pages_stand_beside_everything_else(readers, before):
    hosts = Hosts(DESK, readers, before)
    assert all(found(hosts, host) == PAGES for host in ("desk.example.org", "news.example.org", "127.0.0.1:8464", ""))


def test_on_the_readers_host_nothing_but_their_pages_answers_and_they_answer_nowhere_else():
    hosts = Hosts(DESK, NEWS)
    for host in ("news.example.org", "NEWS.example.org", "news.example.org.", "news.example.org:443"):
        assert found(hosts, host) == {"/r/subscribe", "/healthz"}, host
    for host in ("desk.example.org", "127.0.0.1:8464", "", "news.example.org:8464", "[::1]:8464", "x@news.example.com"):
        assert found(hosts, host) == PAGES - {"/r/subscribe"}, host


def test_a_host_where_they_stood_before_answers_mails_that_have_left():
    hosts = Hosts(DESK, NEWS, (OLD,))
    assert found(hosts, "letters.example.org:8443") == {"/r/subscribe", "/healthz"}
    assert found(hosts, "letters.example.org") == PAGES - {"/r/subscribe"}
    assert found(Hosts(DESK, NEWS, (DESK,)), "desk.example.org") == PAGES


def test_without_a_public_address_everything_else_is_reached_by_any_name():
    hosts = Hosts(None, NEWS)
    assert found(hosts, "") == PAGES - {"/r/subscribe"}
    assert found(hosts, "news.example.org") == {"/r/subscribe", "/healthz"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example.org:443/", "news.example.org"),
        ("//[2001:db8::1]:8464", "[2001:db8::1]:8464"),
        ("//[2001:db8::1]", "[2001:db8::1]"),
        ("//news.example.org.:8443", "news.example.org:8443"),
        ("//news.example.org:", "news.example.org"),
        ("", ""),
    ],
)
def test_a_host_has_one_name(url, host):
    assert host_of(url) == host
