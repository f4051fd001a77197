"""Every planted bug still fits the program, and names a test that is there."""

from __future__ import annotations

import ast
from functools import cache

import pytest

from tests.mutants.planted import MUTANTS, Mutant
from tests.mutants.workshop import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_still_fits(mutant: Mutant):
    sound = (ROOT / mutant.file).read_text("utf-8")
    bad = mutant.planted_in(sound)
    assert bad != sound
    if mutant.file.endswith(".py"):
        ast.parse(bad)


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_test_of_a_planted_bug_is_there(mutant: Mutant):
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert name.partition("[")[0] in _functions(file)


def test_there_are_many_and_no_two_alike():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 25
    assert len({(mutant.file, mutant.edits) for mutant in MUTANTS}) == len(MUTANTS)


def test_a_bug_that_no_longer_fits_is_said():
    mutant = Mutant(name="none", file="README.md", edits=(("no such words anywhere", ""),), tests=("x",))
    with pytest.raises(ValueError, match=r"none: 0 times in README\.md"):
        mutant.planted_in("something else")
