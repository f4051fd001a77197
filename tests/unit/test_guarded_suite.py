import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

REACH = """
import socket
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError as error:
    print(error.errno)
try:
    socket.getaddrinfo("example.org", 80)
except socket.gaierror as error:
    print("no name")
"""


def test_this_process_reaches_this_machine_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    book = tmp_path / "book"
    monkeypatch.setenv("LOOPBACK_ONLY_BOOK", str(book))
    with pytest.raises(OSError, match="this machine only"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("example.org", 80)
    assert "192.0.2.1" in book.read_text("utf-8")


def test_children_reach_this_machine_only(tmp_path: Path) -> None:
    environment = {**os.environ, "LOOPBACK_ONLY_BOOK": str(tmp_path / "book")}
    found = subprocess.run([sys.executable, "-c", REACH], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["101", "no name"]
