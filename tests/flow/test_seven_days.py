"""Days that were foretold, lived on the loopback platforms; ``make nightly`` lives seven."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.sandbox.client import Running
from tests.platforms import NAMES
from tests.seven_days import Seen, compared, run
from tests.support import NOON

POST = Seen(channel="x", at=NOON, what="post", stories=(1,))


@pytest.mark.no_cover
def test_two_days_on_the_platforms_are_what_was_foretold(short: Path, platforms: Running) -> None:
    for platform in (*NAMES, "site"):
        platforms.reset(platform)
        platforms.clear_faults(platform)
    found = run(short, platforms, days=2, each=8, seed=1)
    assert found.faults == ()
    assert found.stories == 16
    assert min(found.posts, found.roundups, found.issues) > 0


@pytest.mark.parametrize(
    "real",
    [
        [],
        [POST, POST],
        [replace(POST, at=NOON + timedelta(minutes=1))],
        [replace(POST, at=NOON - timedelta(seconds=1))],
        [replace(POST, channel="telegram")],
        [replace(POST, stories=(2,))],
    ],
)
def test_what_is_missing_doubled_late_early_elsewhere_or_another_is_a_fault(real: list[Seen]) -> None:
    assert compared("foretold", ([POST], set()), (real, set()))
    assert not compared("foretold", ([POST], set()), ([replace(POST, at=NOON + timedelta(seconds=59))], set()))
    assert compared("foretold", ([POST], {1}), ([POST], {2}))
