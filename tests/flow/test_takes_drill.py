"""One story in nine steps on the loopback platforms: what readers saw after each, policy by policy."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from distributor.cli.root import cli
from distributor.drills import takes
from distributor.drills.takes import ABLE, POLICIES, expected, run_takes
from distributor.drills.telling import steps
from tests.api.fitting import misfits
from tests.test_docs import shape


def nobody(done: int, note: str) -> None:
    """Draw nothing."""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("takes")
    return run_takes(policies=["as shipped", "replace"], out=folder, show=nobody)


def acts(found, policy, platform):
    (told,) = (one for one in found["policies"] if one["name"] == policy)
    return [step["platforms"][platform]["acts"] for step in told["steps"]]


def test_nine_steps_do_to_every_post_what_its_policy_says(found):
    assert found["findings"] == []
    assert found["ok"]
    assert found["steps"] == 9
    assert misfits(found, shape("distributor drill takes")) == []


def test_as_shipped_telegram_threads_and_edits_and_x_answers_with_the_correction(found):
    assert acts(found, "as shipped", "Telegram") == [
        {"post": 1}, {"reply": 1}, {"reply": 1}, {"edit": 1}, {"edit": 1}, {"edit": 1}, {"edit": 1}, {"post": 1},
        {"delete": 1},
    ]  # fmt: skip
    assert acts(found, "as shipped", "X") == [
        {"post": 1}, {"post": 1}, {"post": 1}, {}, {}, {}, {"reply": 1}, {"post": 1}, {"delete": 2},
    ]  # fmt: skip


def test_mail_goes_once_for_each_take_and_once_for_the_correction_and_never_for_an_edit(found):
    for policy in ("as shipped", "replace"):
        assert acts(found, policy, "mail") == [
            {"post": 1}, {"post": 1}, {"post": 1}, {}, {}, {}, {"reply": 1}, {"post": 1}, {},
        ]  # fmt: skip


def test_a_replaced_post_is_gone_before_the_new_one_stands_and_only_one_stands(found):
    (told,) = (one for one in found["policies"] if one["name"] == "replace")
    for platform in ("X", "Telegram"):
        standing = [len(step["platforms"][platform]["standing"]) for step in told["steps"]]
        assert standing == [1, 1, 1, 1, 1, 1, 1, 2, 1]


def test_the_page_shows_every_step_and_needs_no_network(found):
    page = Path(found["page"]).read_text("utf-8")
    assert page.count("<h3>") == 2 * len(steps())
    assert "Corrected" in page
    assert "src=" not in page


def test_what_differs_from_the_table_is_found(monkeypatch, tmp_path):
    monkeypatch.setattr(takes, "expected", lambda policy, platform, step: Counter(post=1))
    result = CliRunner().invoke(cli, ["drill", "takes", "--policy", "nothing", "--json"])
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert "nothing: kill, X: 1 delete, not 1 post" in told["findings"]
    assert told["page"] is None


def test_a_policy_that_nobody_knows_is_refused_with_the_known_ones():
    result = CliRunner().invoke(cli, ["drill", "takes", "--policy", "shout"])
    assert result.exit_code == 2
    assert "known: as shipped, nothing, edit" in result.output


def test_what_is_expected_is_told_by_the_table_for_every_policy_and_platform():
    correction = {
        ("edit", "x"): {}, ("edit", "telegram"): {"edit": 1}, ("edit-visible", "hooks"): {"edit": 1},
        ("reply", "x"): {"reply": 1}, ("replace", "telegram"): {"delete": 1, "post": 1}, ("post", "x"): {"post": 1},
        ("nothing", "telegram"): {},
    }  # fmt: skip
    for (policy, platform), wanted in correction.items():
        assert dict(+expected(POLICIES[policy], platform, "correction")) == wanted
    shipped = {"on_update": "nothing", "on_refile": "nothing", "on_correction": "reply", "on_withdrawal": "nothing"}
    assert dict(+expected(shipped | {"takes": "follow"}, "smtp", "update: the text grew")) == {}
    assert dict(+expected(shipped | {"takes": "follow"}, "smtp", "kill")) == {}
    assert set(ABLE) == {"x", "telegram", "hooks", "smtp"}
