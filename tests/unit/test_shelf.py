"""Pages that everybody gets alike: made once a minute, by one thread, and few of them kept."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from starlette.responses import Response

from distributor.web.readers import shelf
from distributor.web.readers.shelf import KEPT, Shelf
from tests.support import HandClock


def counted(made: list[str], text: str) -> Callable[[], Response]:
    def make() -> Response:
        made.append(text)
        return Response(text, headers={"x-own": "1"})

    return make


def test_a_page_is_made_once_a_minute_and_each_reader_has_a_copy():
    clock = HandClock()
    made: list[str] = []
    pages = Shelf(clock.now)
    assert pages.peek("a") is None
    first = pages.take("a", counted(made, "one"))
    first.headers["x-own"] = "2"
    kept = pages.peek("a")
    assert kept is not None
    assert kept.headers["x-own"] == "1"
    clock.advance(KEPT.total_seconds() - 1)
    assert pages.take("a", counted(made, "two")).body == b"one"
    clock.advance(1)
    assert pages.peek("a") is None
    assert pages.take("a", counted(made, "two")).body == b"two"
    clock.advance(-3600)
    assert pages.peek("a") is None, "a clock that was set back makes no page older than it is"
    assert made == ["one", "two"]


def test_what_was_made_longest_ago_goes_first(monkeypatch):
    monkeypatch.setattr(shelf, "MOST", 2)
    pages = Shelf(HandClock().now)
    made: list[str] = []
    for name in ("a", "b", "c"):
        pages.take(name, counted(made, name))
    assert [pages.peek(name) is not None for name in ("a", "b", "c")] == [False, True, True]


def test_many_who_ask_at_once_have_it_made_by_one_and_wait():
    pages, begun, let_go = Shelf(HandClock().now), threading.Event(), threading.Event()
    made: list[str] = []

    def slow() -> Response:
        begun.set()
        let_go.wait(20)
        return counted(made, "one")()

    answers = []
    threads = [threading.Thread(target=lambda: answers.append(pages.take("a", slow).body)) for _ in range(4)]
    threads[0].start()
    assert begun.wait(20)
    for one in threads[1:]:
        one.start()
    let_go.set()
    for one in threads:
        one.join(20)
    assert answers == [b"one"] * 4
    assert made == ["one"]


def test_who_fails_to_make_a_page_holds_up_nobody():
    pages = Shelf(HandClock().now)

    def broken() -> Response:
        raise ValueError("no page")

    with pytest.raises(ValueError, match="no page"):
        pages.take("a", broken)
    assert pages.take("a", counted([], "one")).body == b"one"
