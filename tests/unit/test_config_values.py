"""Single values: durations, sizes, addresses, and how a found value is shown."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.config import checks
from distributor.config.durations import parse_duration, parse_size
from distributor.config.report import Report, dotted, known_hint, show
from distributor.errors import ConfigError
from distributor.phrases import Phrase
from distributor.secret import Secret, redact

SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        (" 2 d ", 172_800),
        ("1h 0.5m", 3630),
        ("250ms", 0.25),
        ("1w", 604_800),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
    assert parse_duration(timedelta(seconds=seconds)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", " ", "5", "5x", "m", "-5m", "1m1m", "5m!", "1,5m", 5, None, "999999999w", "٥m", "1e3s"]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


@given(st.dictionaries(st.sampled_from(list(SECONDS)), st.integers(0, 99)).filter(bool), st.sampled_from(["", " "]))
@settings(max_examples=100, deadline=None)
def test_a_duration_is_the_sum_of_its_parts(parts: dict[str, int], gap: str) -> None:
    text = gap.join(f"{number}{gap}{unit}" for unit, number in parts.items())
    assert parse_duration(text) == timedelta(seconds=sum(SECONDS[unit] * number for unit, number in parts.items()))


@given(st.text(max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_duration_and_a_size_or_is_refused_with_a_hint(text: str) -> None:
    for parse in (parse_duration, parse_size):
        with suppress(ValueError):
            assert parse(text) is not None
            continue
        with pytest.raises(ValueError, match=r"^expected a"):
            parse(text)


@pytest.mark.parametrize(
    ("value", "size"),
    [(1, 1), ("4096", 4096), ("10MiB", 10 * 2**20), ("512 KiB", 2**19), ("1kb", 1000), ("2 GB", 2 * 10**9), ("7b", 7)],
)
def test_sizes_are_read_as_people_write_them(value: object, size: int) -> None:
    assert parse_size(value) == size


@pytest.mark.parametrize("value", [0, -1, True, 1.5, "", "0", "10 TiB", "MiB", "1.5MiB", None, "٥"])
def test_what_is_no_size_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected a number of bytes"):
        parse_size(value)


@pytest.mark.parametrize(
    "text",
    [
        "localhost", "localhost:8080", "cms_1.lan", "example.org.:443", "127.0.0.1", "127.0.0.1:8080", "10.0.0.0/8",
        "10.0.0.1/8:80", "::1", "fd00::/8", "[::1]", "[::1]:8080", "[fd00::/8]:443", "host:1", "host:65535",
    ],
)  # fmt: skip
def test_what_the_guard_may_let_through(text: str) -> None:
    assert checks.check_allowed(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "a b", "host:0", "host:65536", "host:http", "http://host", "host/path", "300.0.0.1", "10.0.0.0/33", "[::1",
        "[host]", ":80", "a..b", "-a", "1:2:3:z", "*", "[::1]x",
    ],
)  # fmt: skip
def test_what_the_guard_cannot_understand(text: str) -> None:
    with pytest.raises(ValueError, match="expected a host"):
        checks.check_allowed(text)


@pytest.mark.parametrize("url", ["https://example.org/", "http://127.0.0.1:8080/feed?x=1", "https://[::1]/"])
def test_addresses_of_feeds(url: str) -> None:
    assert checks.check_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "example.org", "ftp://example.org/", "https://", "https://a b/", "https://[::1/", "http://h:0/",
        "http://h:x/", "http://h\n",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_feed(url: str) -> None:
    with pytest.raises(ValueError, match="expected an absolute address"):
        checks.check_url(url)


def test_a_password_in_an_address_becomes_known_to_the_log_filter() -> None:
    checks.check_url("https://desk:open-sesame@example.org/feed")
    assert redact("connected with open-sesame") == "connected with ***"
    checks.check_proxy("http://desk:p%40ss-word@proxy.lan:3128")
    assert "p@ss-word" not in redact("decoded: p@ss-word")


@pytest.mark.parametrize("tag", ["en", "be-tarask", "zh-Hant-TW"])
def test_language_tags(tag: str) -> None:
    assert checks.check_language(tag) == checks.check_language_or_none(tag) == tag
    assert checks.check_language_or_none("") == ""


def test_a_folder_of_zones_is_no_zone() -> None:
    with pytest.raises(ValueError, match="expected an IANA time zone"):
        checks.check_zone("America")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (5, "5"),
        (1.5, "1.5"),
        ("x", '"x"'),
        ("a\nb", '"a b"'),
        ("x" * 61, '"' + "x" * 57 + '..."'),
        ("https://user:hunter2@host/?key=abc", '"https://***@host/?..."'),
        ({"a": 1}, "a table"),
        ((), "an empty list"),
        (["x"], "a list"),
        (Secret("hunter2"), "a secret"),
        (date(2026, 11, 30), "a date or time"),
    ],
)
def test_a_found_value_is_shown_in_few_words(value: object, shown: str) -> None:
    assert show(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("x", "a text"), (5, "a bare value"), (("x",), "a list"), ({}, "a table")]
)
def test_a_hidden_value_is_only_named_by_its_sort(value: object, shown: str) -> None:
    assert show(value, hidden=True) == shown


def test_a_problem_of_no_known_place_belongs_to_the_file() -> None:
    report = Report("config.toml")
    report.problem(("desk", "zone"), Phrase("missing"), Phrase.as_it_is("give one"))
    with pytest.raises(ConfigError, match=r"^config\.toml: desk\.zone: missing; give one$"):
        report.raise_problems()


def test_keys_are_written_as_in_toml() -> None:
    assert dotted(("routes", "my route", "feeds", 0)) == 'routes."my route".feeds'
    assert dotted(("a", 'b"c')) == 'a."b\\"c"'


def test_a_word_is_corrected_whatever_its_case() -> None:
    assert known_hint("DESK", ["desk", "mail"]) == 'did you mean "desk"?'
    assert known_hint("zzz", ["desk", "mail"]) == 'expected one of "desk", "mail"'
    assert known_hint("zzz", []) == "there is none yet"


@pytest.mark.parametrize("text", ["127.0.0.1:8464", "[::1]:8464", "0.0.0.0:80", "127.0.0.1:0"])
def test_where_the_web_server_may_listen(text: str) -> None:
    assert checks.check_listen(text) == text


@pytest.mark.parametrize(
    "text", ["", "8464", "localhost:8464", "::1:8464", "127.0.0.1", "300.0.0.1:1", "127.0.0.1:65536"]
)
def test_where_it_cannot_listen(text: str) -> None:
    with pytest.raises(ValueError, match="expected an address of this machine and a port"):
        checks.check_listen(text)


def test_the_public_address_has_neither_query_nor_password_nor_slash_at_its_end() -> None:
    assert checks.check_public("https://desk.example.org/") == "https://desk.example.org"
    for url in ("https://x.example.org/?a=1", "https://u:p@x.example.org/", "https://x.example.org/#a", "desk"):
        with pytest.raises(ValueError, match="expected an"):
            checks.check_public(url)
