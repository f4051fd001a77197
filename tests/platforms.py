"""A newsroom on the loopback platforms: its configuration, its stories, and the real daemon as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from distributor.control import ask
from distributor.drills.demo import prepare
from distributor.drills.loopback import write_config
from distributor.drills.names import is_public, story_name
from distributor.sandbox.client import Running

T = TypeVar("T")

#: Nothing here takes longer, on a machine that has ten other things to do either (seconds).
PATIENCE = 120.0
NAMES = ("x", "telegram", "hooks", "smtp")
ACTS = {"x": "post", "telegram": "post", "hooks": "hook"}


def until(found: Callable[[], T], *, within: float = PATIENCE) -> T:
    """The first answer that is true."""
    end = time.monotonic() + within
    while not (answer := found()):
        assert time.monotonic() < end, f"waited in vain; the last answer was {answer!r}"
        time.sleep(0.02)
    return answer


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without anything meant for a distributor or a service manager."""
    unwanted = ("DISTRIBUTOR_", "NOTIFY_SOCKET", "WATCHDOG_", "CREDENTIALS_", "STATE_DIRECTORY")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)} | more


def unmeasured(environment: dict[str, str]) -> dict[str, str]:
    """For a child whose lines other tests cover: measuring doubles what it costs."""
    return {name: value for name, value in environment.items() if not name.startswith("COVERAGE_")}


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """``distributor run`` as a process."""

    process: subprocess.Popen[bytes]
    state: Path
    log: Path

    def call(self, name: str, **args: Any) -> dict[str, Any]:
        answer = ask(self.state, name, args)
        assert answer is not None, self.log.read_text("utf-8")
        return answer

    def counts(self, channel: str = "x") -> dict[str, int]:
        found: dict[str, int] = self.call("status")["counts"].get(channel, {})
        return found

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def alive(self) -> bool:
        return self.process.poll() is None


class Loop:
    """One newsroom's folder beside the loopback platforms."""

    def __init__(self, folder: Path, platforms: Running) -> None:
        self.folder = folder
        self.platforms = platforms
        self.config = folder / "config.toml"
        self.state = folder / "state"
        self.configure()

    def clean(self) -> None:
        """The platforms as they were at their start, but with wide limits and a newsroom that has a name."""
        for name in (*NAMES, "site", "hub"):
            self.platforms.reset(name)
            self.platforms.clear_faults(name)
        prepare(self.platforms)

    def configure(
        self, *changes: tuple[str, str], feeds: dict[str, str] | None = None, slot: str = "0 5 1 1 *", more: str = ""
    ) -> Path:
        """Write ``config.toml``; each change replaces a text that must be there."""
        write_config(self.folder, self.platforms, feeds or {"news": "/rss.xml"}, slot=slot)
        text = self.config.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        self.config.write_text(text + more, "utf-8")
        return self.config

    def publish(self, *headlines: str, **fields: Any) -> list[str]:
        """Publish stories; their addresses."""
        told = {"section": "society", "paragraphs": ["The first sentence says it all. The second adds a little."]}
        stories = [{**told, **fields, "headline": headline} for headline in headlines]
        return [str(one["url"]) for one in self.platforms.control("site", "publish", stories)]

    def serve(self, **documents: dict[str, Any]) -> None:
        """Documents served as they are, as ``/NAME.xml``."""
        self.platforms.control("site", "config", {"raw": {f"/{name}.xml": told for name, told in documents.items()}})

    def shown(self, platform: str) -> Counter[str]:
        """How often each story stands on a platform, by its own journal."""
        lines = self.lines(platform)
        return Counter(next(iter({story_name(url) for url in line["urls"]}), "") for line in lines)

    def texts(self, platform: str) -> list[str]:
        return [str(line["text"]) for line in self.lines(platform)]

    def lines(self, platform: str) -> list[dict[str, Any]]:
        """What readers see of a platform, by its own journal."""
        return [line for line in self.platforms.journal(platform) if line["act"] == ACTS[platform] and is_public(line)]

    def command(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One ``distributor`` command as a process of its own; unmeasured, for commands are measured in this one."""
        command = [sys.executable, "-m", "distributor", "--config", str(self.config), *arguments]
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=unmeasured(clean_environment(**environment)),
            cwd=self.folder,
            check=False,
        )

    @contextmanager
    def daemon(self, *arguments: str, **environment: str) -> Iterator[Daemon]:
        """The running daemon, answering; killed at the end if it still runs."""
        log = self.folder / "daemon.log"
        command = [sys.executable, "-m", "distributor", "--config", str(self.config), "run", *arguments]
        with log.open("ab") as file:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=clean_environment(**environment)
            )
        found = Daemon(process=process, state=self.state, log=log)
        try:
            until(lambda: process.poll() is not None or ask(self.state, "status", {}) is not None)
            assert found.alive(), log.read_text("utf-8")
            yield found
        finally:
            process.kill()
            process.wait()


def everywhere(loop: Loop, urls: Sequence[str], platforms: Sequence[str] = ("x", "telegram", "hooks")) -> bool:
    """Whether each story stands on each platform; once or more often."""
    wanted = {story_name(url) for url in urls}
    return all(set(loop.shown(platform)) == wanted for platform in platforms)


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What a command wrote to standard error, without the configuration's warnings of its public secrets."""
    return without_warnings(done.stderr)


def without_warnings(text: str) -> list[str]:
    """The lines, without the configuration's warnings of its public secrets."""
    return [line for line in text.splitlines() if "the secret stands in the file itself" not in line]
