"""The control socket: one line in, one line out, whatever comes."""

from __future__ import annotations

import json
import logging
import socket
import stat
import threading
from contextlib import closing, contextmanager

import pytest

from distributor.control import LONGEST, SOCKET, ControlServer, ask
from distributor.errors import CallError, ConfigError, DistributorError, StoreError
from tests.platforms import until


def echo(name, args):
    """Calls that show every way to end."""
    match name:
        case "echo":
            return dict(args)
        case "refuse":
            raise CallError("unknown_story", "no such story", hint="try another")
        case "fail":
            raise DistributorError("the disk is full")
        case "bug":
            raise RuntimeError("token 12345:very-secret in a traceback")
        case "odd":
            return {"value": object()}
    raise CallError("unknown_call", f"there is no call {name!r}")


@contextmanager
def line_to(folder):
    """A raw connection: send bytes, read lines."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
        wire.settimeout(20)
        wire.connect(str(folder / SOCKET))
        with wire.makefile("rwb") as both:
            yield both


def answer(folder, request):
    with line_to(folder) as wire:
        wire.write(request + b"\n")
        wire.flush()
        return json.loads(wire.readline())


@pytest.fixture
def folder(short):
    with closing(ControlServer(short, echo)):
        yield short


def test_only_the_owner_may_open_the_socket(folder):
    assert stat.S_IMODE((folder / SOCKET).stat().st_mode) == 0o600


def test_one_line_in_is_one_line_out_and_a_connection_may_ask_again(folder):
    with line_to(folder) as wire:
        for number in range(3):
            wire.write(json.dumps({"v": 1, "call": "echo", "args": {"number": number}}).encode() + b"\n")
            wire.flush()
            line = wire.readline()
            assert line.count(b"\n") == 1
            assert json.loads(line) == {"ok": True, "result": {"number": number}}


def test_arguments_may_be_left_out(folder):
    assert answer(folder, b'{"v": 1, "call": "echo"}') == {"ok": True, "result": {}}


@pytest.mark.parametrize(
    "request_line",
    [
        b"",
        b"hello",
        b"{",
        b"[]",
        b"7",
        b"null",
        b'"status"',
        b"{}",
        b'{"v": 1}',
        b'{"call": "echo"}',
        b"\xff\xfe\x00",
        b'{"v": 2, "call": "echo", "args": {}}',
        b'{"v": "1", "call": "echo", "args": {}}',
        b'{"v": 1, "call": ["echo"], "args": {}}',
        b'{"v": 1, "call": "echo", "args": [1]}',
        b'{"v": 1, "call": "echo", "args": null}',
    ],
)
def test_a_line_that_is_no_call_is_refused_in_plain_words(folder, request_line):
    found = answer(folder, request_line)
    assert (found["ok"], found["error"]["code"]) == (False, "bad_request")
    assert found["error"]["message"]
    assert found["error"]["hint"]


def test_another_version_is_named_in_the_refusal(folder):
    error = answer(folder, b'{"v": 2, "call": "echo", "args": {}}')["error"]
    assert error == {"code": "bad_request", "message": "version 2 is not spoken here", "hint": "v is 1"}


def test_a_line_longer_than_any_call_is_refused(folder):
    with line_to(folder) as wire:
        wire.write(b'{"v": 1, "call": "echo", "args": {"text": "' + b"x" * (2 * LONGEST + 7) + b'"}}\n')
        wire.write(b'{"v": 1, "call": "echo", "args": {"next": 1}}\n')
        wire.flush()
        assert json.loads(wire.readline())["error"]["code"] == "bad_request"
        assert json.loads(wire.readline()) == {"ok": True, "result": {"next": 1}}


def test_a_document_nested_deeper_than_any_call_is_refused(folder):
    assert answer(folder, b"[" * 200_000)["error"]["code"] == "bad_request"


def test_a_refusal_keeps_its_code_its_text_and_its_hint(folder):
    with pytest.raises(CallError, match="no such story") as caught:
        ask(folder, "refuse", {})
    assert (caught.value.code, caught.value.hint) == ("unknown_story", "try another")


def test_an_expected_failure_is_told_in_its_own_words(folder):
    with pytest.raises(CallError, match="the disk is full") as caught:
        ask(folder, "fail", {})
    assert caught.value.code == "failed"


@pytest.mark.parametrize("name", ["bug", "odd"])
def test_a_bug_is_told_without_any_detail_and_logged_with_all(folder, caplog, name):
    with caplog.at_level(logging.ERROR):
        error = answer(folder, json.dumps({"v": 1, "call": name}).encode())["error"]
    assert error["code"] == "internal"
    assert "secret" not in json.dumps(error)
    assert "Error" not in json.dumps(error)
    assert "Traceback" in caplog.text
    assert ask(folder, "echo", {"still": "there"}) == {"still": "there"}


def test_text_that_is_no_proper_unicode_comes_back_as_it_went(folder):
    assert ask(folder, "echo", {"url": "\udcff\ud800"}) == {"url": "\udcff\ud800"}


def test_cyrillic_and_emoji_come_back_as_they_went(folder):
    assert ask(folder, "echo", {"text": "Минск 🚆\u2028"}) == {"text": "Минск 🚆\u2028"}


def test_where_no_daemon_runs_there_is_no_answer(short):
    assert ask(short, "echo", {}) is None


def test_a_socket_that_a_killed_daemon_left_is_replaced(short):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(short / SOCKET))
    assert ask(short, "echo", {}) is None
    with closing(ControlServer(short, echo)):
        assert ask(short, "echo", {"a": 1}) == {"a": 1}


def test_a_closed_server_leaves_no_socket_behind(short):
    ControlServer(short, echo).close()
    assert not (short / SOCKET).exists()
    assert ask(short, "echo", {}) is None


def test_a_folder_with_too_long_a_name_for_a_socket_is_a_plain_error(tmp_path):
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    with pytest.raises(StoreError, match="control socket"):
        ControlServer(deep, echo)
    assert ask(deep, "echo", {}) is None


def test_two_clients_are_answered_at_once(short):
    both = threading.Barrier(2)

    def meet(name, args):
        both.wait(20)  # breaks unless the other call runs at the same time
        return {"name": name}

    found = []
    with closing(ControlServer(short, meet)):
        clients = [threading.Thread(target=lambda: found.append(ask(short, "meet", {}))) for _ in range(2)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(20)
    assert found == [{"name": "meet"}] * 2


def test_a_client_that_goes_away_harms_nobody(short, capfd):
    begun, go_on = threading.Event(), threading.Event()

    def slow(name, args):
        if name == "slow":
            begun.set()
            go_on.wait(20)
            return {"text": "x" * 1_000_000}
        return {}

    with closing(ControlServer(short, slow)):
        with line_to(short) as wire:
            wire.write(b'{"v": 1, "call": "slow", "args": {}}\n')
            wire.flush()
            assert begun.wait(20)
        with line_to(short) as wire:
            wire.write(b'{"v": 1, "call": "half')  # no end of line
        go_on.set()
        assert ask(short, "echo", {}) == {}
        until(lambda: sum("process_request" in thread.name for thread in threading.enumerate()) == 0)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("reply", [b"", b"{", b"[]", b'{"ok": false}', b'{"ok": true, "result"', b"\xff\n"])
def test_a_daemon_that_ends_before_it_answers_is_a_plain_error(short, reply):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(short / SOCKET))
        listening.listen()

        def serve():
            wire, _ = listening.accept()
            with wire:
                wire.recv(100)
                wire.sendall(reply)

        server = threading.Thread(target=serve)
        server.start()
        with pytest.raises(CallError, match="before it answered") as caught:
            ask(short, "echo", {})
        server.join(20)
    assert caught.value.code == "no_answer"


def test_a_daemon_that_goes_away_while_it_is_asked_is_a_plain_error(short):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(short / SOCKET))
        listening.listen()

        def hang_up():
            wire, _ = listening.accept()
            wire.close()

        server = threading.Thread(target=hang_up)
        server.start()
        with pytest.raises(CallError, match="before it answered"):
            ask(short, "echo", {"text": "x" * 2_000_000})
        server.join(20)


def test_a_daemon_that_never_answers_is_a_plain_error(short, monkeypatch):
    monkeypatch.setattr("distributor.control.PATIENCE", 0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(short / SOCKET))
        listening.listen()
        with pytest.raises(CallError, match=r"did not answer in 0\.05 s") as caught:
            ask(short, "echo", {})
    assert caught.value.code == "no_answer"


def test_the_error_of_a_broken_configuration_is_no_bug(short):
    def broken(name, args):
        raise ConfigError(())

    with closing(ControlServer(short, broken)):
        assert answer(short, b'{"v": 1, "call": "x"}')["error"]["code"] == "failed"
