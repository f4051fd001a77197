"""``distributor text``: one JSON line in, one JSON line out, without any configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.cli.root import cli
from tests.api.fitting import misfits
from tests.test_docs import shape

Shell = Callable[..., Any]


def run(command: str, *lines: str | bytes, code: int = 0) -> list[dict[str, Any]]:
    told = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    result = CliRunner().invoke(cli, ["text", *command.split()], input=told)
    assert result.exit_code == code, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def one(command: str, **line: str) -> dict[str, Any]:
    (found,) = run(command, json.dumps(line))
    return found


@pytest.mark.parametrize(
    ("command", "line", "expected"),
    [
        ("measure --platform twitter", {"text": "Hi http://test.co"}, {"length": 26, "valid": True}),
        ("measure --platform twitter", {"text": "x" * 281}, {"length": 281, "valid": False}),
        ("measure --platform twitter", {"text": "👨‍👩‍👧‍👧"}, {"length": 2, "valid": True}),
        ("measure --platform twitter --weights v2", {"text": "👨‍👩‍👧‍👧"}, {"length": 11, "valid": True}),
        ("measure --platform twitter --weights v1", {"text": "の" * 141}, {"length": 141, "valid": False}),
        ("measure --platform twitter", {"text": "a\uffff"}, {"length": 3, "valid": False}),
        ("measure --platform twitter", {"text": ""}, {"length": 0, "valid": False}),
        ("measure --platform telegram", {"text": "😀"}, {"length": 2, "valid": True}),
        ("measure --platform telegram-caption", {"text": "😀" * 513}, {"length": 1026, "valid": False}),
        ("measure --platform email", {"text": "x" * 9999}, {"length": 9999, "valid": True}),
        (
            "links --platform twitter",
            {"text": "See example.org/a, https://b.by"},
            {"urls": ["example.org/a", "https://b.by"]},
        ),
        (
            "dateline",
            {"text": "MINSK, 30 November (BelTA) - Trams run."},
            {"place": "MINSK", "date": "30 November", "agency": "BelTA", "body": "Trams run."},
        ),
        ("dateline", {"text": "Trams run."}, {"place": None, "date": None, "agency": None, "body": "Trams run."}),
        (
            "dateline --agency NordWire",
            {"text": "OSLO (NordWire) - Trams run."},
            {"place": "OSLO", "date": None, "agency": "NordWire", "body": "Trams run."},
        ),
        (
            "summary --limit 50",
            {"text": "OSLO (AP) — Trams run all night. Nobody knows for how long they will.", "headline": "Trams"},
            {"summary": "Trams run all night."},
        ),
        (
            "summary --limit 100 --platform twitter",
            {"text": "Nothing here.", "description": "Trams run all night from Monday on.", "language": "en"},
            {"summary": "Trams run all night from Monday on."},
        ),
        (
            "sentences --language en",
            {"text": "Mr. Smith came. He left."},
            {"sentences": ["Mr. Smith came.", "He left."]},
        ),
        (
            "telegram",
            {"text": "<b>😀</b> &lt;"},
            {"text": "😀 <", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
        ),
        ("telegram", {"text": "<b>x"}, {"error": "the tag <b> is never closed"}),
    ],
)
def test_each_command_answers_its_line(command: str, line: dict[str, str], expected: dict[str, Any]) -> None:
    assert one(command, **line) == expected


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("measure --platform twitter", "x"),
        ("links --platform twitter", "example.org"),
        ("dateline", "MINSK, 30 November (BelTA) - Trams run."),
        ("summary --limit 60", "x"),
        ("sentences --language ru", "Да."),
        ("telegram", "<i>x</i>"),
    ],
)
def test_each_answer_has_the_documented_shape(command: str, text: str) -> None:
    assert misfits(one(command, text=text), shape(f"distributor text {command.partition(' ')[0]}")) == []


def test_a_bad_line_gets_its_number_and_the_answers_stay_beside_their_lines() -> None:
    lines: list[str | bytes] = [
        '{"text": "a"}',
        "nonsense",
        '{"words": "a"}',
        b'{"text": "\xff"}',
        "",
        "[1]",
        '{"text": "b"}',
    ]
    found = run("measure --platform email", *lines, code=1)
    assert [line.get("length") for line in found] == [1, None, None, None, None, None, 1]
    assert found[1]["error"].startswith("line 2: not JSON: ")
    assert found[2]["error"] == 'line 3: an object with "text" is expected, such as {"text": "..."}'
    assert found[3]["error"] == "line 4: not UTF-8: invalid start byte at byte 11"
    assert found[4]["error"].startswith("line 5: not JSON: ")
    (wrong,) = run("summary --limit 9", '{"text": "a", "headline": 1}', code=1)
    assert wrong == {"error": 'line 1: "headline" must be a text'}


def test_half_a_character_goes_out_as_it_came() -> None:
    assert one("telegram", text="\ud800")["text"] == "\ud800"


def test_each_answer_comes_at_once_and_a_long_pipe_is_not_kept() -> None:
    command = [sys.executable, "-m", "distributor", "text", "measure", "--platform", "twitter"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdin
        assert shell.stdout
        for word in ("one", "three"):
            shell.stdin.write(json.dumps({"text": word}).encode() + b"\n")
            shell.stdin.flush()
            assert json.loads(shell.stdout.readline()) == {"length": len(word), "valid": True}
        shell.stdin.close()
        assert shell.wait() == 0
