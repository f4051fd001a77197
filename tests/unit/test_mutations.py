"""Thousands of documents that are nearly right: each is read or refused, and nothing else ever happens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.sources import readers
from tests.mutating import documents, mutations, read

KINDS = ["auto", *readers.READERS]


@pytest.mark.parametrize("seed", range(10))
def test_a_mutated_document_of_any_kind_is_read_or_refused_and_nothing_else(seed: int) -> None:
    outcomes = {read(body, "auto") for body in mutations(documents(), 480, seed)}
    assert outcomes == {"read", "refused"}


@given(st.binary(max_size=80), st.sampled_from(KINDS))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused_as_any_kind(body: bytes, kind: str) -> None:
    assert read(body, kind) in ("read", "refused")


def test_the_documents_are_whole_before_anything_happens_to_them() -> None:
    assert [read(body, "auto") for body in documents()] == ["read"] * len(documents())
