"""The systemd unit: it parses, starts what is installed, is confined, and its promises to systemd are kept."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from distributor.app import READERS_FILE
from distributor.config.starter import starter
from distributor.engine.engine import GRACE

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "distributor@.service"
FAILED = ROOT / "systemd" / "distributor-failed@.service"
#: exposure as systemd-analyze counts it; a unit without a sandbox has 9.2
MOST_EXPOSURE = 1.2


def read(path: Path) -> dict[str, dict[str, list[str]]]:
    """Sections, keys and all their values: systemd lets a key stand several times."""
    text = path.read_text("utf-8")
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys of units have capitals
    parser.read_string(text)
    lines = re.findall(r"^(\w+)=(.*)$", text, flags=re.MULTILINE)
    return {
        name: {key: [value for one, value in lines if one == key] for key in parser[name]} for name in parser.sections()
    }


@pytest.fixture(scope="module")
def unit() -> dict[str, dict[str, list[str]]]:
    return read(UNIT)


@pytest.fixture(scope="module")
def failed() -> dict[str, dict[str, list[str]]]:
    return read(FAILED)


def seconds(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(s|min)", text).groups()  # type: ignore[union-attr]
    return int(number) * {"s": 1, "min": 60}[unit]


def test_the_unit_has_its_three_sections(unit):
    assert set(unit) == {"Unit", "Service", "Install"}
    assert unit["Install"] == {"WantedBy": ["multi-user.target"]}


def test_it_starts_the_installed_command_with_the_instances_configuration(unit):
    (command,) = unit["Service"]["ExecStart"]
    program, *arguments = command.split()
    assert arguments == ["--config", "/etc/distributor/%i.toml", "run"]
    assert Path(program).name in {script.name for script in entry_points(group="console_scripts")}
    readme = (ROOT / "systemd" / "README.md").read_text("utf-8")
    assert program in readme
    assert f"python3 -m venv {Path(program).parent.parent}" in readme


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("Restart", "on-failure"),
        ("RestartPreventExitStatus", "2"),
        ("DynamicUser", "yes"),
        ("StateDirectory", "distributor/%i"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("PrivateMounts", "yes"),
        ("PrivateUsers", "yes"),
        ("PrivateIPC", "yes"),
        ("ProtectProc", "invisible"),
        ("ProcSubset", "pid"),
        ("ProtectClock", "yes"),
        ("ProtectControlGroups", "yes"),
        ("ProtectHostname", "yes"),
        ("ProtectKernelLogs", "yes"),
        ("ProtectKernelModules", "yes"),
        ("ProtectKernelTunables", "yes"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("AmbientCapabilities", ""),
        ("RestrictSUIDSGID", "yes"),
        ("RestrictNamespaces", "yes"),
        ("RestrictRealtime", "yes"),
        ("LockPersonality", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("SystemCallArchitectures", "native"),
    ],
)
def test_every_switch_of_the_sandbox_is_set(unit, key, value):
    assert unit["Service"][key] == [value]


def test_system_calls_are_an_allow_list_without_the_privileged(unit):
    assert unit["Service"]["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]


def test_restarts_have_an_end_and_memory_and_tasks_have_limits(unit):
    assert int(unit["Unit"]["StartLimitBurst"][0]) * seconds(unit["Service"]["RestartSec"][0]) < seconds(
        unit["Unit"]["StartLimitIntervalSec"][0]
    )
    assert {"MemoryMax", "TasksMax"} <= set(unit["Service"])


def test_a_stop_has_more_time_than_the_engine_takes_for_what_is_at_the_wire(unit):
    assert seconds(unit["Service"]["TimeoutStopSec"][0]) > GRACE
    assert seconds(unit["Service"]["WatchdogSec"][0]) <= 60


def test_every_secret_that_a_starting_configuration_names_is_loaded(unit):
    loaded = dict(value.split(":") for value in unit["Service"]["LoadCredential"])
    assert all(source == f"%i.{name}" for name, source in loaded.items())
    plain = re.sub(r"^#(?=[\[a-z])", "", starter(), flags=re.MULTILINE)
    wanted = {
        value["credential"]
        for channel in tomllib.loads(plain)["channels"].values()
        for value in channel.values()
        if isinstance(value, dict)
    }
    assert wanted == set(loaded)


def test_when_it_has_given_up_the_desk_is_told_past_the_store(unit, failed):
    assert unit["Unit"]["OnFailure"] == [f"{FAILED.name.replace('@', '@%i')}"]
    (command,) = failed["Service"]["ExecStart"]
    program, *arguments = shlex.split(command)
    assert program == unit["Service"]["ExecStart"][0].split()[0]
    assert arguments[:4] == ["--config", "/etc/distributor/%i.toml", "alerts", "send"]
    assert arguments[5] == "--hint"
    assert len(arguments) == 7
    assert "OnFailure" not in failed["Unit"]
    assert failed["Service"]["Type"] == ["oneshot"]
    assert FAILED.name in (ROOT / "systemd" / "README.md").read_text("utf-8")


def test_the_unit_that_tells_is_confined_alike_and_may_write_nothing(unit, failed):
    own = {"Type", "ExecStart", "LoadCredential", "SetCredential", "TimeoutStartSec", "MemoryMax", "TasksMax"}
    alike = {key: value for key, value in failed["Service"].items() if key not in own}
    assert alike == {key: unit["Service"][key] for key in alike}
    missing = set(unit["Service"]) - set(failed["Service"])
    assert missing == {
        *("NotifyAccess", "Restart", "RestartSec", "RestartPreventExitStatus", "WatchdogSec", "TimeoutStopSec"),
        *("StateDirectory", "StateDirectoryMode", "WorkingDirectory", "LimitNOFILE"),
    }


def test_the_unit_that_tells_has_the_secrets_and_a_copy_of_who_gets_mail(unit, failed):
    loaded = failed["Service"]["LoadCredential"]
    assert [one for one in loaded if "alert-readers" not in one] == unit["Service"]["LoadCredential"]
    folder = unit["Service"]["StateDirectory"][0]
    assert f"{READERS_FILE}:/var/lib/private/{folder}/{READERS_FILE}" in loaded
    assert failed["Service"]["SetCredential"] == [f"{READERS_FILE}:"]


def test_a_copy_of_who_gets_mail_is_used_where_it_is_handed_over(tmp_path):
    config = tmp_path / "news.toml"
    config.write_text(
        """
        [channels.mail]
        type = "email"
        host = "127.0.0.1"
        port = 9
        tls = "none"
        sender = "News <news@example.org>"
        [alerts]
        channels = ["mail"]
        """,
        "utf-8",
    )
    handed = tmp_path / "credentials"
    handed.mkdir()
    (handed / READERS_FILE).write_text("desk@example.org\n", "utf-8")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DISTRIBUTOR_")}
    told = subprocess.run(
        [sys.executable, "-m", "distributor", "--config", str(config), "alerts", "send", "stopped", "--json"],
        env=environ | {"CREDENTIALS_DIRECTORY": str(handed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1, told.stderr
    assert [one["to"] for one in json.loads(told.stdout)["told"]] == ["desk@example.org"]
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_the_exposure_is_low_and_the_readme_tells_it(tmp_path):
    instance = tmp_path / "distributor@news.service"
    instance.write_text(UNIT.read_text("utf-8"), "utf-8")
    result = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(instance)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", result.stdout)
    if found is None:
        pytest.skip(f"this systemd-analyze cannot judge files: {result.stderr.strip()}")
    assert float(found[1]) <= MOST_EXPOSURE
    assert f"**{found[1]} (OK)**" in (ROOT / "systemd" / "README.md").read_text("utf-8")


def test_the_daemon_tells_systemd_that_it_is_ready_alive_and_stopping(tmp_path):
    config = tmp_path / "news.toml"
    config.write_text('[channels.screen]\ntype = "console"\nstream = "stderr"\n', "utf-8")
    said: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(30)
        own = {
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "60000",
            "STATE_DIRECTORY": str(tmp_path / "state"),
        }
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DISTRIBUTOR_")} | own
        daemon = subprocess.Popen(
            [sys.executable, "-m", "distributor", "--config", str(config), "run"],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while said[-1:] != ["WATCHDOG=1"]:
                said.append(ear.recv(100).decode())
            daemon.send_signal(signal.SIGTERM)
            while said[-1:] != ["STOPPING=1"]:
                said.append(ear.recv(100).decode())
            assert daemon.wait(30) == 0
        finally:
            daemon.kill()
            daemon.wait()
    assert said[0] == "READY=1"
    assert (tmp_path / "state" / "distributor.sqlite3").exists()
    assert not (tmp_path / "state" / "control.sock").exists()
