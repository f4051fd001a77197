from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.channels.console import KIND, Console, Options, shown
from distributor.errors import Unavailable, UnknownOutcome
from distributor.model import Message, Parcel, Receipt


def parcel(text: str, **more: Any) -> Parcel:
    return Parcel(message=Message(text=text, **more), key="k2", first_sent_at=datetime(2026, 11, 30, tzinfo=UTC))


def test_the_text_and_the_link_are_printed_under_the_channel_s_name(capsys: pytest.CaptureFixture[str]) -> None:
    receipt = KIND.open("desk", Options()).send(parcel("Rain over Minsk", link="https://example.org/1"))
    assert receipt == Receipt()
    assert capsys.readouterr().out == "--- desk\nRain over Minsk\nhttps://example.org/1\n\n"


def test_a_link_inside_the_text_is_not_printed_twice() -> None:
    assert shown("desk", Message(text="Rain https://example.org/1", link="https://example.org/1")).count("https") == 1


def test_a_subject_stands_above_the_text() -> None:
    assert shown("desk", Message(text="Rain", subject="Morning")) == "--- desk\nMorning\nRain\n\n"


def test_standard_error_is_used_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    Console("desk", Options(stream="stderr")).send(parcel("Rain"))
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "--- desk\nRain\n\n")


def test_an_unknown_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="stdout or stderr"):
        Options(stream="file")  # type: ignore[arg-type]


def test_a_headline_cannot_send_commands_to_the_terminal() -> None:
    assert "\x1b" not in shown("desk", Message(text="\x1b[2J\x1b[31mRain\x9b1m\x07"))


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_can_be_printed(text: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        assert Console("desk", Options()).send(parcel(text)) == Receipt()


class Broken(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


def test_a_stream_that_breaks_while_written_leaves_an_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Broken())
    with pytest.raises(UnknownOutcome, match="broke"):
        Console("desk", Options()).send(parcel("Rain"))


def test_a_closed_stream_is_unavailable_for_sending_and_for_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    channel = Console("desk", Options(stream="stderr"))
    with pytest.raises(Unavailable, match="closed"):
        channel.send(parcel("Rain"))
    with pytest.raises(Unavailable, match="closed"):
        channel.check()


def test_the_check_names_the_stream_and_closing_leaves_it_open(capsys: pytest.CaptureFixture[str]) -> None:
    channel = Console("desk", Options())
    channel.close()
    channel.close()
    assert channel.check() == "stdout"
    assert not sys.stdout.closed


def test_there_is_no_limit_of_length() -> None:
    assert Console.limits.text is None
