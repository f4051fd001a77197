"""Our reading of Telegram's HTML mode held to TDLib's own cases; the folder comes from DISTRIBUTOR_CONFORMANCE.

None of the cases of ``parse_html`` is out of scope. Where TDLib refuses, we refuse, in words of our own. The other
groups are about what Telegram's servers find in a text, or about Markdown, which is never sent.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from distributor.text.telegram import entity_json, read_html

pytestmark = pytest.mark.conformance


def cases() -> list[dict[str, Any]]:
    place = os.environ.get("DISTRIBUTOR_CONFORMANCE")
    if not place:
        pytest.fail("DISTRIBUTOR_CONFORMANCE must name the folder with the conformance data")
    source = (Path(place) / "telegram" / "td-message-entities.json").read_text("utf-8")
    found: list[dict[str, Any]] = json.loads(source)["cases"]["parse_html"]
    return found


def ours(markup: str) -> Any:
    try:
        text, found = read_html(markup)
    except ValueError:
        return "refused"
    return text, [entity_json(text, one) for one in found]


def theirs(case: dict[str, Any]) -> Any:
    if "error" in case:
        return "refused"
    entities = [{name: value for name, value in one.items() if name != "td_type"} for one in case["entities"]]
    return case["text"], entities


def test_every_case_is_read_as_tdlib_reads_it(capsys: pytest.CaptureFixture[str]) -> None:
    known = cases()
    wrong = [case["input"] for case in known if ours(case["input"]) != theirs(case)]
    with capsys.disabled():
        sys.stdout.write(f"\nhtml mode: executed {len(known)}, skipped 0, wrong {len(wrong)}\n")
    assert wrong == []
    assert len(known) == 89
