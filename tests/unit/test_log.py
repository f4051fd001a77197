"""Log lines: one shape for people, one for machines, and no secret in either."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor import log, secret
from distributor.secret import Secret

TOKEN = "987654321:AAH-very-hidden_token"


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*log.NOISY, *log.SILENT)}
    known = secret._known.copy()
    Secret(TOKEN)
    # a program that ran in this process may have left them captured, and they are captured once only
    logging.captureWarnings(capture=False)
    yield
    secret._known.clear()
    secret._known.update(known)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    logging.captureWarnings(capture=False)


Start = Callable[..., io.StringIO]


@pytest.fixture
def start() -> Start:
    """Set logging up on a stream that can be read."""

    def begin(level: int | str = "info", *, as_json: bool = False) -> io.StringIO:
        stream = io.StringIO()
        log.setup(level, json=as_json, stream=stream)
        return stream

    return begin


def _fail() -> None:
    raise RuntimeError(f"https://api.telegram.org/bot{TOKEN}/getMe refused")


def test_a_plain_line_has_instant_level_logger_and_text(start: Start) -> None:
    stream = start()
    logging.getLogger("distributor.lanes").warning("lane %s is %d s late", "tg", 5)
    line = stream.getvalue()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING distributor\.lanes: lane tg is 5 s late\n", line
    )


def test_a_json_line_is_one_object_with_all_that_was_given(start: Start) -> None:
    stream = start(as_json=True)
    extra = {"delivery": 7, "late": 1.5, "done": True, "why": None, "tags": ("a", {"b": "c"}), "message_": "x"}
    logging.getLogger("distributor").info("two\nlines и «кавычки»", extra=extra)
    assert stream.getvalue().count("\n") == 1
    line = json.loads(stream.getvalue())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z", line.pop("at"))
    assert line == {
        "level": "info",
        "logger": "distributor",
        "message": "two\nlines и «кавычки»",
        "delivery": 7,
        "late": 1.5,
        "done": True,
        "why": None,
        "tags": ["a", {"b": "c"}],
        "message_": "x",
    }


@pytest.mark.parametrize("as_json", [False, True])
def test_the_token_in_a_line_of_httpx_never_gets_out(start: Start, as_json: bool) -> None:
    stream = start(as_json=as_json)
    httpx = logging.getLogger("httpx")
    httpx.setLevel(logging.INFO)  # even where somebody turns it up again
    httpx.info(
        'HTTP Request: %s %s "%s %d %s"',
        "POST",
        f"https://api.telegram.org/bot{TOKEN}/sendMessage",
        "HTTP/1.1",
        200,
        "OK",
    )
    assert "/bot***/sendMessage" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


@pytest.mark.parametrize("name", log.NOISY)
def test_every_library_passes_the_filter_and_is_quiet(start: Start, name: str) -> None:
    stream = start("debug")
    logger = logging.getLogger(f"{name}.inner")
    logger.info("token %s", TOKEN)
    logger.debug("token %s", TOKEN)
    assert stream.getvalue() == ""
    logger.warning("token %s", TOKEN)
    assert stream.getvalue().endswith(f"WARNING {name}.inner: token ***\n")


def test_a_librarys_trace_of_an_answer_that_it_cannot_read_stays_out(start: Start) -> None:
    stream = start("debug")
    logging.getLogger("telegram.request.BaseRequest").error("Can not load invalid JSON data: %r", "<html>\n502")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("as_json", [False, True])
def test_a_token_in_an_exception_never_gets_out(start: Start, as_json: bool) -> None:
    stream = start(as_json=as_json)
    try:
        _fail()
    except RuntimeError as error:
        error.add_note(f"note {TOKEN}")
        logging.getLogger("distributor").exception("failed: %s", error)
    said = stream.getvalue()
    assert "RuntimeError: https://api.telegram.org/bot***/getMe refused" in said
    assert "note ***" in said
    assert "_fail" in said
    assert TOKEN not in said


@pytest.mark.parametrize("as_json", [False, True])
def test_a_token_in_arguments_fields_and_stack_never_gets_out(start: Start, as_json: bool) -> None:
    class Sly:
        def __str__(self) -> str:
            return f"sly {TOKEN}"

        __repr__ = __str__

    stream = start(as_json=as_json)
    logger = logging.getLogger("distributor")
    logger.info("%s %r", Sly(), [Sly()])
    logger.info("%(who)s", {"who": Sly()})
    logger.info(Sly())
    logger.info("fields", extra={"one": Sly(), "two": [TOKEN], "three": {TOKEN: Sly()}, "four": {TOKEN}})
    logger.info("stack", stack_info=True, extra={"secret": Secret(TOKEN)})
    said = stream.getvalue()
    assert said.count("sly ***") >= 4
    assert ("Stack (most recent call last)" in said) or ("stack" in json.loads(said.splitlines()[-1]))
    assert TOKEN not in said


@pytest.mark.parametrize("as_json", [False, True])
def test_a_line_whose_arguments_do_not_fit_is_not_lost(start: Start, as_json: bool) -> None:
    stream = start(as_json=as_json)
    logging.getLogger("distributor").info("%d items", TOKEN)
    assert "with arguments that do not fit: ('***',)" in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_a_formatter_alone_still_writes_the_exception() -> None:
    try:
        _fail()
    except RuntimeError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "text", None, info)
    assert "RuntimeError" in json.loads(log.JsonFormatter().format(record))["exception"]


def test_the_level_is_a_number_or_a_name(start: Start) -> None:
    stream = start(logging.ERROR)
    logging.getLogger("distributor").warning("no")
    assert stream.getvalue() == ""
    with pytest.raises(ValueError, match="LOUD"):
        start("loud")


def test_a_second_setup_takes_the_place_of_the_first(start: Start) -> None:
    first, second = start(), start()
    logging.getLogger("distributor").info("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def test_warnings_of_libraries_become_log_lines(start: Start) -> None:
    stream = start()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        log.setup("info", json=False, stream=stream)
        warnings.warn(f"unverified request to bot{TOKEN}", stacklevel=1)
    assert "bot***" in stream.getvalue()


@given(
    hidden=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x24F), min_size=6, max_size=30),
    before=st.text(max_size=10),
    after=st.text(max_size=10),
    as_json=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_no_secret_gets_out_whatever_stands_around_it(hidden: str, before: str, after: str, as_json: bool) -> None:
    Secret(hidden)
    stream = io.StringIO()
    handler = log.setup("info", json=as_json, stream=stream)
    logging.getLogger("distributor").info("%s", f"{before}{hidden}{after}")
    logging.getLogger().removeHandler(handler)
    said = json.loads(stream.getvalue())["message"] if as_json else stream.getvalue()
    assert hidden not in said


def test_what_nobody_catches_is_logged_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    stream = io.StringIO()
    log.setup("INFO", json=False, stream=stream)
    log.log_uncaught()
    Secret("hunter2-of-the-relay")

    def fail() -> None:
        raise RuntimeError("login with hunter2-of-the-relay failed")

    thread = threading.Thread(target=fail, name="lane-x")
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    threading.excepthook(threading.ExceptHookArgs((RuntimeError, RuntimeError("late"), None, None)))
    told = stream.getvalue()
    assert "uncaught in lane-x" in told
    assert "uncaught in a thread" in told
    assert told.count("RuntimeError: login with *** failed") == 2
    assert "hunter2" not in told
