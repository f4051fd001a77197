"""The real daemon as a process on loopback platforms: started, asked, stopped, killed, starved."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import stat
import threading
from contextlib import closing, suppress

import pytest

from distributor import daemon as daemon_module
from distributor.cli.output import in_words
from distributor.control import SOCKET
from distributor.daemon import notify
from distributor.drills.names import story_name
from distributor.engine.engine import Engine
from distributor.errors import StoreError
from tests.apps import told_app
from tests.platforms import complaints, everywhere, until

KILLED = "the program ended while it was being sent"


class Manager:
    """Listens as a service manager does (sd_notify(3)), and remembers."""

    def __init__(self, path):
        self.address = str(path)
        self.said = []
        self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._wire.bind(self.address)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        self._wire.settimeout(0.05)
        while not self._ending.is_set():
            with suppress(TimeoutError):
                self.said.append(self._wire.recv(100).decode())

    def deaf(self):
        """Hear no more, but keep the socket."""
        self._ending.set()
        self._thread.join()

    def close(self):
        self.deaf()
        self._wire.close()


@pytest.fixture
def manager(short):
    with closing(Manager(short / "notify")) as found:
        yield found


def in_trouble(found):
    return {feed["name"]: feed["error"] for feed in found["feeds"] if feed["error"]}


def test_the_daemon_tells_the_service_manager_answers_and_stops_in_time(loop, manager):
    address = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "150000"}
    urls = loop.publish("One story", "Another story")
    with loop.daemon(**address) as daemon:
        until(lambda: manager.said[:2] == ["READY=1", "WATCHDOG=1"])
        assert stat.S_IMODE((daemon.state / SOCKET).stat().st_mode) == 0o600
        until(lambda: everywhere(loop, urls) and daemon.counts("hook").get("sent") == 2)
        until(lambda: daemon.counts("x").get("sent") == daemon.counts("telegram").get("sent") == 2)
        asked = loop.command("where", urls[0], "--json")
        assert asked.returncode == 0, asked.stderr
        found = json.loads(asked.stdout)
        assert {one["channel"]: one["state"] for one in found["deliveries"]} == dict.fromkeys(
            ("x", "telegram", "hook"), "sent"
        )
        assert daemon.end() == 0
        until(lambda: manager.said[-1] == "STOPPING=1")
        assert not (daemon.state / SOCKET).exists()
        assert "Traceback" not in daemon.log.read_text("utf-8")
    for platform in ("x", "telegram", "hooks"):
        assert set(loop.shown(platform).values()) == {1}


def test_a_service_manager_that_went_away_does_not_end_the_work(loop, manager):
    address = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "60000"}
    with loop.daemon(**address) as daemon:
        until(lambda: "WATCHDOG=1" in manager.said)
        manager.close()
        until(lambda: "could not be told WATCHDOG=1" in daemon.log.read_text("utf-8"))
        assert daemon.counts() == {}
        assert daemon.end() == 0


def test_a_service_manager_that_reads_no_more_does_not_hold_up_the_stop(loop, manager):
    manager.deaf()
    with loop.daemon(NOTIFY_SOCKET=manager.address, WATCHDOG_USEC="6000") as daemon:
        until(lambda: "could not be told WATCHDOG=1" in daemon.log.read_text("utf-8"))
        assert daemon.end() == 0


def test_the_service_manager_may_listen_under_an_abstract_name(monkeypatch):
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as wire:
        wire.settimeout(10)
        wire.bind("")  # the kernel gives it a free abstract name (unix(7), autobind)
        name = wire.getsockname()
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name[1:].decode())
        notify("READY=1")
        assert wire.recv(100) == b"READY=1"
        monkeypatch.delenv("NOTIFY_SOCKET")
        notify("nobody listens")


@pytest.mark.parametrize(("fault", "posts"), [("hang_before", 2), ("hang_after", 3)])
def test_after_a_kill_exactly_what_was_at_the_wire_is_unknown_and_nothing_is_doubled(loop, fault, posts):
    urls = loop.publish("First story", "Second story", "Third story")
    loop.platforms.fault("x", action=fault, method="POST", path="/2/tweets", seconds=60)
    with loop.daemon() as daemon:
        until(lambda: daemon.counts("telegram").get("sent") == daemon.counts("hook").get("sent") == 3)
        until(lambda: loop.platforms.control("x", "faults")[0]["fired"] == 1)
        until(lambda: fault == "hang_before" or loop.shown("x"))
        assert daemon.counts("x") == {"sending": 1, "due": 2}
        daemon.kill()
    with loop.daemon() as daemon:
        until(lambda: daemon.counts("x").get("sent") == 2)
        found = daemon.call("deliveries", channel="x")["deliveries"]
        (unknown,) = [one for one in found if one["state"] == "unknown"]
        assert (unknown["headline"], unknown["reason"]) == ("First story", KILLED)
        assert daemon.counts("x") == {"sent": 2, "unknown": 1}
        assert daemon.end() == 0
    assert sum(loop.shown("x").values()) == posts
    for platform in ("x", "telegram", "hooks"):
        assert set(loop.shown(platform).values()) == {1}
    assert everywhere(loop, urls, ("telegram", "hooks"))
    assert set(loop.shown("x")) >= {story_name(url) for url in urls[1:]}


def test_a_second_daemon_on_the_same_store_is_refused_in_one_plain_line(loop):
    with loop.daemon() as daemon:
        second = loop.command("run")
        assert second.returncode == 3
        (line,) = complaints(second)
        assert line == f"the store in {loop.state} is in use by another distributor"
        assert second.stdout == ""
        assert daemon.counts() == {}
        assert loop.command("deliveries").returncode == 0  # by way of the daemon
        assert daemon.end() == 0


def test_a_bad_feed_leaves_the_daemon_running_and_its_reason_is_shown(loop):
    bomb = base64.b64encode(gzip.compress(b"\0" * (4 << 20), mtime=0)).decode()
    loop.serve(
        slow={"body": "<rss>" + " " * 400, "chunk_size": 1, "chunk_delay": 0.05, "content_type": "text/xml"},
        huge={"body": "<rss>" * 200, "repeat": 3000, "content_type": "text/xml"},
        prose={"body": "<html><body>We moved.</body></html>", "content_type": "text/html"},
        bomb={"body_base64": bomb, "headers": {"Content-Encoding": "gzip"}, "content_type": "text/xml"},
        broken={"body": "", "status": 503},
    )
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{free.getsockname()[1]}"
    names = {name: f"/{name}.xml" for name in ("slow", "huge", "prose", "bomb", "broken")}
    loop.configure(
        ("allow = [", f'timeout = "4s"\nmost_bytes = "1MiB"\nallow = ["{closed}", '),
        feeds={**names, "good": "/rss.xml"},
        more=f'[feeds.nobody]\nurl = "http://{closed}/feed"\n[feeds.private]\nurl = "http://10.0.0.1/feed"\n',
    )
    urls = loop.publish("A story in the good feed")
    with loop.daemon() as daemon:
        until(lambda: len(in_trouble(daemon.call("status"))) == 7 and everywhere(loop, urls))
        reasons = in_trouble(daemon.call("status"))
        expected = {
            "slow": "timed out after 4 s",
            "huge": "larger than 1 MiB",
            "prose": "page",
            "bomb": "larger than 1 MiB",
            "broken": "answered 503",
            "nobody": "refused",
            "private": "will not contact",
        }
        assert {name: reason for name, reason in reasons.items() if expected[name] not in reason} == {}
        shown = loop.command("deliveries")
        checked = json.loads(loop.command("check", "--json").stdout)
        assert daemon.alive()
        assert daemon.end() == 0
    told = {one["name"]: one["detail"] for one in checked["feeds"] if not one["ok"]}
    for name, reason in reasons.items():
        assert f"feed {name}: {in_words(reason)} (" in shown.stdout
        assert expected[name] in told[name]
    assert complaints(shown) == []


def test_in_shadow_mode_nothing_is_posted_and_every_row_says_so(loop):
    loop.configure(('[store]\nfolder = "state"', 'mode = "shadow"\n\n[store]\nfolder = "state"'))
    loop.publish("One story", "Another story")
    with loop.daemon() as daemon:
        until(lambda: all(daemon.counts(name).get("skipped") == 2 for name in ("x", "telegram", "hook")))
        found = daemon.call("deliveries")
        assert {one["reason"] for one in found["deliveries"]} == {"shadow: it would have been sent now"}
        assert found["mode"] == "shadow"
        assert daemon.end() == 0
    assert all(loop.platforms.journal(name) == [] for name in ("x", "telegram", "hooks", "smtp"))


def test_a_refused_login_pauses_that_channel_alone_until_it_works_again(loop):
    urls = loop.publish("One story", "Another story")
    loop.platforms.fault("x", action="status", status=401, times=None, body='{"title": "Unauthorized"}')
    with loop.daemon() as daemon:
        until(lambda: daemon.counts("telegram").get("sent") == daemon.counts("hook").get("sent") == 2)
        until(lambda: [one for one in daemon.call("status")["channels"] if one["paused"]])
        assert daemon.counts("x") == {"due": 2}
        posts = [one for one in loop.platforms.log("x") if one["method"] == "POST"]
        assert len(posts) == 1  # no storm of calls
        assert "channel x is paused: " in loop.command("deliveries").stdout
        assert daemon.end() == 0
    loop.platforms.clear_faults("x")
    with loop.daemon() as daemon:  # paused channels are asked at the start, and every five minutes
        until(lambda: daemon.counts("x") == {"sent": 2})
        assert [one["paused"] for one in daemon.call("status")["channels"]] == [None] * 4
        assert "channel x is tried again" in daemon.log.read_text("utf-8")
        assert daemon.end() == 0
    assert everywhere(loop, urls)
    assert set(loop.shown("x").values()) == {1}


def test_the_daemons_log_can_be_json_lines_and_holds_no_secret(loop):
    loop.platforms.fault("telegram", action="status", status=401, times=None)
    loop.publish("One story")
    with loop.daemon("--log-json", "--log-level", "debug") as daemon:
        until(lambda: daemon.counts("x").get("sent") == 1)
        until(lambda: daemon.counts("telegram") == {"due": 1})
        assert daemon.end() == 0
        lines = [json.loads(line) for line in daemon.log.read_text("utf-8").splitlines() if line.startswith("{")]
        text = daemon.log.read_text("utf-8")
    assert {"ready: 1 feeds, 4 channels, mode live", "stopped"} <= {line["message"] for line in lines}
    config = loop.config.read_text("utf-8")
    secrets = [line.split('"')[1] for line in config.splitlines() if line.startswith(("token", "secret", "api_secret"))]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in text]


def test_a_store_that_does_not_answer_is_no_sign_of_life(monkeypatch, caplog, tmp_path):
    said: list[str] = []
    stop = threading.Event()

    class Sick(Engine):
        def __init__(self):
            self.answers: list[StoreError | bool] = [StoreError("the disk is gone"), False, True]

        def healthy(self):
            answer = self.answers.pop(0)
            if not self.answers:
                stop.set()
            if isinstance(answer, Exception):
                raise answer
            return answer

    monkeypatch.setenv("WATCHDOG_USEC", "3000")
    monkeypatch.setattr(daemon_module, "notify", said.append)
    with closing(told_app(tmp_path)) as app:
        assert daemon_module._watch(app, Sick(), stop) is None
    assert said == ["WATCHDOG=1"]
    assert caplog.text.count("no sign of life") == 2
