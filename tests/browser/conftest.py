"""One browser for all tests of a module that need one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.desk_site import DeskSite, cheap_passwords

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-dev-shm-usage"""


@pytest.fixture(scope="module")  # while it is open, nobody else in this process may run an event loop
def browser() -> Iterator[Any]:
    """A browser that asks nobody but this machine."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as made:
        try:
            opened = made.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        except Error as error:
            pytest.skip(f"{CHROMIUM} does not start on this machine: {error.message[:300]}")
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskSite]:
    """A newsroom with something on every page."""
    patch = cheap_passwords()
    made = DeskSite(tmp_path_factory.mktemp("desk"))
    yield made
    made.close()
    patch.undo()
