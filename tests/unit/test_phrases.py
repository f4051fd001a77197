"""What is wrong with a rule is said in every language: no pattern that the desk can show has only its English."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor import config
from distributor.config import syntax
from distributor.config.fields import FIELDS
from distributor.errors import CallError, ConfigError
from distributor.phrases import Phrase, words_of
from distributor.render.catalogues import speaker

PACKAGE = Path(config.__file__).parent.parent
#: Patterns of signs alone are said alike everywhere.
SIGNS = re.compile(r"(%\(\w+\)s|\W)*")
#: Where what a rule may be is decided; every refusal there is a phrase. Elsewhere a type says so (``Report.problem``).
JUDGES = (
    *(
        "config/checks.py",
        "config/durations.py",
        "config/schema.py",
        "config/amending.py",
        "rules/queue/timing.py",
        "rules/queue/cronline.py",
    ),
    *("calls/ahead/editing.py", "calls/ahead/ruling.py", "calls/ahead/standing.py"),
)
#: What is asked of a schedule that stands, and no judgement of one.
_LATER = ("'an instant needs a zone'", "f'{self.text}: no such day comes any more'")
#: Refusals of arguments that no page of ours sends.
_PROGRAMS = ("bad_arguments",)
OPERATORS = """\
[store]
folder = "state"
[feeds.politics]
url = "https://news.example.org/rss"
[channels.x]
type = "console"
[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"
[style]
tags = ["NATO"]
"""
#: What people write where something else belongs.
WRONG = (
    *(
        "5",
        "-1",
        "0",
        "99",
        "1e400",
        "true",
        '""',
        '"x"',
        '"a\\u0001"',
        "[]",
        "[5]",
        '[""]',
        '["x"]',
        "{}",
        "1979-05-27",
    ),
    *(
        '"0 25 * * *"',
        '["0 25 * * *"]',
        '["mon at 25:00"]',
        '["at 07:00"]',
        '["every 0 minutes"]',
        '["every 99 hours"]',
    ),
    *(
        '["x x x x x"]',
        '["0 0 30 2 *"]',
        '["0 0 * * 1#9"]',
        '["*/0 * * * *"]',
        '["9-5 * * * *"]',
        '["@never"]',
        '["a"]',
    ),
    *(
        '["at"]',
        '["mon at"]',
        '["every x"]',
        '["all-capitals"]',
        '["all-capital warn"]',
        '["=" ]',
        '["EXAMPLE"]',
        '"Minks"',
    ),
    *(
        '["mon, at 7:00"]',
        '["xday at 7:00"]',
        '["0 0 * * x"]',
        '["0 0 1-32 * *"]',
        '["0 0 * 13 *"]',
        "[{}]",
        '["0 0 l * 9"]',
    ),
)


def phrases(told: str) -> Iterator[Phrase]:
    """A phrase and those within it."""
    if isinstance(told, Phrase):
        yield told
        for one in told.values.values():
            yield from phrases(one)


def is_said(told: str) -> bool:
    """Whether every pattern of a text has its Russian, or is nothing but signs."""
    say = speaker("ru")
    return isinstance(told, Phrase) and all(
        SIGNS.fullmatch(one.pattern) or say(one.pattern) != one.pattern for one in phrases(told)
    )


def is_ours(hint: Phrase) -> bool:
    """Whether a hint is a sentence of ours, and no English of somebody else's."""
    return "expected: %(what)s" not in {one.pattern for one in phrases(hint)} and (
        hint.pattern != "%(text)s" or isinstance(hint.values["text"], Phrase)
    )


def problems(folder: Path, text: str) -> tuple[Any, ...]:
    file = folder / "config.toml"
    file.write_text(OPERATORS, "utf-8")
    try:
        config.load(file, environ={}, cwd=folder, editorial=text)
    except ConfigError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("table", FIELDS)
def test_whatever_is_wrong_with_a_key_is_said_in_russian(tmp_path: Path, table: str) -> None:
    name = {"routes": ".all", "digests": ".morning", "channels": ".x", "style": ""}[table]
    keys = [*(one.key for one in FIELDS[table]), "mistyped"]
    found = [
        one
        for wrong in WRONG
        for one in problems(tmp_path, f"[{table}{name}]\n" + "".join(f"{key} = {wrong}\n" for key in keys))
    ]
    assert len(found) > len(keys)
    for one in found:
        assert is_said(one.found), one
        assert is_said(one.hint), one
        assert is_ours(one.hint), one
        assert is_said(one.said), one


@pytest.mark.parametrize(
    "text",
    [
        *("style = 5", "routes = 5", "[routes]\nall = 5", "channels = 5", "digests = []", "[routes.'a b']\nmost = 1"),
        *("[hooks.x]", "[routes.all]", "[digests.morning]\nchannel = 'x'", "[digests.morning]\nmost = 1\nleast = 2"),
        *("[digests.a]\nchannel = 'mail'\nmost = 1\nleast = 2", "[digests.alerts]\nchannel = 'mail'", "nothing = 1"),
        *("[channels.x]\ntype = 'console'", "[channels.none]\ngap = '5m'", "[style]\ntags = []", "[routes.all", ""),
        "a = [",
        "[routes.all]\nchannels = ['none']\nfeeds = ['none']\ntemplate = 'none'",
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_in_russian(tmp_path: Path, text: str) -> None:
    found = problems(tmp_path, text)
    assert bool(found) is bool(text)
    for one in found:
        assert is_said(one.said), one


def refusal(text: str) -> str:
    with pytest.raises(tomllib.TOMLDecodeError) as found:
        tomllib.loads(text)
    return str(found.value)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("ab.=[]{}\"'\\\n#0-:u,x \x01"), max_size=12))
def test_whatever_is_no_toml_is_said_in_russian(text: str) -> None:
    with suppress(tomllib.TOMLDecodeError):
        tomllib.loads(text)
        return
    _, found = syntax.told(refusal(text))
    assert is_said(found), found
    assert is_ours(found.values["what"] if isinstance(found.values["what"], Phrase) else found), found


def test_everything_that_the_reader_of_toml_says_is_known_and_what_is_new_is_said_as_it_is() -> None:
    source = Path(tomllib.__file__).with_name("_parser.py").read_text("utf-8")
    calls = [one for one in ast.walk(ast.parse(source)) if isinstance(one, ast.Call)]
    told = [one.args[2] for one in calls if isinstance(one.func, ast.Name) and one.func.id == "suffixed_err"]
    assert len(told) > 15
    for one in told:
        words = one.value if isinstance(one, ast.Constant) else ast.unparse(one)[2:-1]
        message = re.sub(r"\{.*?\}+", "it", str(words))
        assert any(found.pattern % {"what": "it"} == message for found in syntax.KNOWN), message
    assert syntax.told("Something new (at line 3, column 1)") == (3, "not valid TOML (Something new)")
    assert (
        syntax.told("Unclosed array (at end of document)")[1] == "not valid TOML (Unclosed array (at end of document))"
    )


def made(path: str) -> Iterator[tuple[str, ast.Call]]:
    """The errors that a module makes."""
    for node in ast.walk(ast.parse((PACKAGE / path).read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


@pytest.mark.no_cover
def test_every_refusal_of_a_rule_is_made_of_a_phrase() -> None:
    wrong = []
    for path in JUDGES:
        text = (PACKAGE / path).read_text("utf-8")
        for name, call in made(path):
            is_programs = name == "CallError" and ast.unparse(call.args[0]).strip("'") in _PROGRAMS
            if name not in ("ValueError", "NotByFields", "CallError") or is_programs or not call.args:
                continue
            told = ast.unparse(call.args[1 if name == "CallError" else 0])
            is_phrase = told.startswith(("Phrase", "_nearest(", "words_of(", "told(", "problem"))
            is_named = (
                re.search(rf"^\s*(#.*)?{re.escape(told)}(: Final)? = Phrase\(", text, re.MULTILINE) or told == "missing"
            )
            if not is_phrase and not is_named and told not in _LATER:
                wrong.append(f"{path}: {told}")
    assert not wrong


@pytest.mark.no_cover
def test_every_pattern_stands_as_a_literal_where_the_phrase_is_made() -> None:
    wrong = [
        f"{file.name}: {ast.unparse(call)}"
        for file in PACKAGE.rglob("*.py")
        for name, call in made(str(file.relative_to(PACKAGE)))
        if name == "Phrase" and not isinstance(call.args[0], ast.Constant)
    ]
    # a value changed within, and what is read out of a known pattern
    assert sorted(one.partition(":")[0] for one in wrong) == ["phrases.py", "recalled.py", "syntax.py"]


def test_a_phrase_is_its_text_and_is_said_with_its_values() -> None:
    told = Phrase("found %(what)s", what=Phrase("a list"))
    assert told == "found a list"
    assert speaker("ru")(told) == "стоит список"
    assert speaker("en")(told) == "found a list"
    both = Phrase.joined("; ", (told, "100 %", Phrase.as_it_is("expected true or false")))
    assert both == "found a list; 100 %; expected true or false"
    assert speaker("ru")(both) == "стоит список; 100 %; expected true or false"
    assert words_of(ValueError(told)) is told
    assert words_of(CallError("x", told)) is told
    assert (words_of(ValueError()), words_of(OSError(2, "no such file"))) == ("", "[Errno 2] no such file")


def test_a_secret_leaves_a_phrase_wherever_it_stands() -> None:
    told = Phrase("found %(what)s", what=Phrase.as_it_is('"sesame"')).changed(
        lambda text: text.replace("sesame", "***")
    )
    assert (told, speaker("ru")(told)) == ('found "***"', 'стоит "***"')
    across = Phrase("found %(what)s", what="a list").changed(lambda text: text.replace("found a", "***"))
    assert speaker("ru")(across) == "*** list"
