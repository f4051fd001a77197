"""What holds for every test: nothing but this machine is reached, by children either."""

from __future__ import annotations

import os
import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

GUARD = Path(__file__).parent / "guard"


def pytest_configure(config: pytest.Config) -> None:
    """Guard this process and, through their environment, all its children."""
    if "LOOPBACK_ONLY_BOOK" not in os.environ:
        handle, name = tempfile.mkstemp(prefix="guard-")
        os.close(handle)
        os.environ["LOOPBACK_ONLY_BOOK"] = name
        paths = [str(GUARD), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        config.stash[_OWNER] = True
    runpy.run_path(str(GUARD / "sitecustomize.py"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Share the preparation of the test files among the workers; they are measured from here on."""
    from tests import thrift

    thrift.rewrite_own_share(session.config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the tests out to the workers."""
    from tests import thrift

    thrift.deal(items)


# a busy machine's milliseconds are no verdict
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes that are no text name no test: compressed ones hold the second of their making, another in each worker."""
    is_text = not isinstance(val, bytes) or (val.isascii() and val.decode("ascii").isprintable())
    return None if is_text else argname


@pytest.fixture(scope="session", autouse=True)
def _thrift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make once what every opening of an app would make anew, and alike."""
    from tests import thrift

    thrift.prove_shipped_templates_once()
    thrift.read_public_certificates_once()
    thrift.migrate_new_stores_once(tmp_path_factory.mktemp("store"))
    yield from thrift.lend_guarded_children()


@pytest.fixture(scope="session", autouse=True)
def _pages() -> None:
    """Whatever a test asks of a call, the answer is one that the pages (and so the API's document) tell."""
    from tests.api.fitting import hold_calls_to_the_pages

    hold_calls_to_the_pages()


@pytest.fixture(autouse=True)
def _unmeasured_children(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pytest-cov does not measure (``no_cover``) starts no children that are measured."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


_OWNER = pytest.StashKey[bool]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail when anything tried to leave this machine."""
    if not session.config.stash.get(_OWNER, False):
        return
    book = Path(os.environ["LOOPBACK_ONLY_BOOK"])
    tried = book.read_text("utf-8")
    book.unlink()
    if tried:
        print(f"\ntried to reach beyond this machine:\n{tried}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    """A secret of one test (or of its parameters) must not turn the words of another into stars."""
    from distributor import secret

    secret._known.clear()
    yield
    secret._known.clear()
