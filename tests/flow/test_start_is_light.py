"""What a start loads before the first delivery can leave: only what is configured and due."""

import os
import subprocess
import sys

import pytest

from distributor.store.opening import open_store
from tests.platforms import clean_environment

CONFIG = """
[store]
folder = "state"

[feeds.news]
url = "https://news.example.org/rss"

[channels.desk]
type = "console"

[routes.all]
channels = ["desk"]
"""

#: Run up to the instant at which the lanes start, and tell what is loaded by then.
SCRIPT = """
import sys
from pathlib import Path
from distributor import daemon
from distributor.config import load
from distributor.engine.engine import Engine
class Reached(Exception): pass
def reached(engine): raise Reached
Engine.start = reached
try:
    daemon.run(load(Path("config.toml"), environ={}, cwd=Path(".")))
except Reached:
    print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("start")
    (folder / "config.toml").write_text(CONFIG, "utf-8")
    open_store(folder / "state", threaded=False).close()  # an earlier run has made the store
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=folder,
        env=clean_environment(PYTHONPATH=os.pathsep.join(sys.path)),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(found.stdout.split())


@pytest.mark.parametrize(
    "name",
    [
        "aiosmtplib",
        "feedparser",
        "httpx",
        "httpx2",
        "requests",
        "rich",
        "sqlite_utils",
        "telegram",
        "tweepy",
        "distributor.chat.room",
        "distributor.drills",
        "distributor.sandbox",
    ],
)
def test_a_start_does_not_load_what_nothing_has_asked_for_yet(loaded, name):
    assert name not in loaded


def test_what_a_start_needs_is_there_before_the_lanes_start(loaded):
    assert {"sqlite3", "distributor.flows.deliver", "distributor.render.renderer"} <= loaded
