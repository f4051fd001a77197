"""The daemon on a disk that is full: it says so, posts nothing that it could not put on record, and goes on."""

from __future__ import annotations

import resource
import subprocess
import sys
from contextlib import contextmanager

import pytest

from distributor.drills.names import story_name
from distributor.store.opening import FILE
from tests.platforms import clean_environment, everywhere, until, without_warnings

pytestmark = pytest.mark.no_cover

FULL = "the store cannot be written"
CHANNELS, PLATFORMS = ("x", "telegram", "hook"), ("x", "telegram", "hooks")
KILLED = "the program ended while it was being sent"

#: Runs a command that may write no file beyond a size (setrlimit(2), RLIMIT_FSIZE).
STARVED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


@contextmanager
def full_disk(daemon):
    """No file of the daemon can grow: its WAL is the largest, so every commit fails and the log still grows."""
    end = (daemon.state / f"{FILE}-wal").stat().st_size
    before = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (end, resource.RLIM_INFINITY))
    yield
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, before)


def told(daemon, *words):
    """Whether one line of the log holds all the words."""
    return any(all(word in line for word in words) for line in daemon.log.read_text("utf-8").splitlines())


def test_a_story_that_comes_while_the_disk_is_full_is_posted_once_when_there_is_room(loop):
    urls = loop.publish("While the disk was full")
    loop.platforms.fault("site", action="delay_before", path="/rss.xml", seconds=60)
    with loop.daemon() as daemon:
        with full_disk(daemon):
            loop.platforms.clear_faults("site")
            until(lambda: told(daemon, "feed news", FULL))
            assert [daemon.counts(name) for name in CHANNELS] == [{}, {}, {}]
            assert not any(loop.shown(platform) for platform in PLATFORMS)
        until(lambda: everywhere(loop, urls))
        until(lambda: all(daemon.counts(name) == {"sent": 1} for name in CHANNELS))
        assert daemon.end() == 0
        assert not told(daemon, "Traceback")
    assert [set(loop.shown(platform).values()) for platform in PLATFORMS] == [{1}, {1}, {1}]


def test_an_answer_that_finds_no_room_leaves_a_named_doubt_and_no_second_post(loop):
    (url,) = loop.publish("At the wire when the disk filled")
    loop.configure(('type = "twitter"', 'type = "twitter"\ntimeout = 120'))
    loop.platforms.fault("x", action="delay_after", method="POST", path="/2/tweets", seconds=60)
    with loop.daemon() as daemon:
        until(lambda: daemon.counts("telegram").get("sent") == daemon.counts("hook").get("sent") == 1)
        until(lambda: loop.shown("x"))
        assert daemon.counts("x") == {"sending": 1}
        with full_disk(daemon):
            loop.platforms.clear_faults("x")
            until(lambda: told(daemon, " x: ", FULL))
        assert daemon.counts("x") == {"sending": 1}
        assert daemon.end() == 0
        assert not told(daemon, "Traceback")
    with loop.daemon() as daemon:
        until(lambda: daemon.counts("x") == {"unknown": 1})
        (doubt,) = daemon.call("deliveries", channel="x")["deliveries"]
        assert (doubt["headline"], doubt["reason"]) == ("At the wire when the disk filled", KILLED)
        assert daemon.end() == 0
    assert loop.shown("x") == {story_name(url): 1}


def test_a_store_for_whose_making_there_is_no_room_is_one_plain_line_and_harms_no_later_start(loop):
    command = [sys.executable, "-c", STARVED, "8192", "-m", "distributor", "--config", str(loop.config), "run"]
    starved = subprocess.run(
        command, capture_output=True, text=True, timeout=30, env=clean_environment(), cwd=loop.folder, check=False
    )
    assert starved.returncode == 1
    (line,) = without_warnings(starved.stderr)
    assert line.startswith("the store cannot be opened: ")
    urls = loop.publish("The first story")
    with loop.daemon() as daemon:
        until(lambda: everywhere(loop, urls))
        assert daemon.end() == 0
