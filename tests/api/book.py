"""Everything that the API's document needs of the pages, as one value that is ready for JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from distributor.rules.people.access import least
from distributor.web.desk.openapi import _ALWAYS, _ANY
from tests.api import pages
from tests.api.codes import codes_of
from tests.api.shapes import VOCABULARIES, canonical, expanded, object_schema, parts, schema, titled, vocabulary

FILE = Path(__file__).parents[2] / "distributor" / "web" / "desk" / "data" / "api.json"
#: an object of fewer keys is shown where it stands
_FEW = 2
#: who asks is always known by a name there, and 422 has this one always
_NEVER = frozenset({"no_name", "bad_arguments"})


def outside() -> list[str]:
    """The calls that are had from outside."""
    return sorted(name for name in pages.rows() if least(name))


@cache
def shape(call: str) -> Any:
    """The documented result of a call, with every name in it made plain."""
    return expanded(pages.results()[call].shape, pages.named())


def made() -> Mapping[str, Any]:
    """The whole file. Raises ValueError for a shape that comes again and has no name."""
    plain = {name: expanded(one, pages.named()) for name, one in pages.named().items()}
    names = {canonical(one): name for name, one in plain.items()}
    standing = [*map(shape, outside()), *(one for named in plain.values() for one in named.values())]
    counted = Counter(canonical(part) for one in standing for part in parts(one, names) if len(part) > _FEW)
    if odd := [text for text, count in counted.items() if count > 1]:
        raise ValueError("docs/calls.md names no shape such as\n" + "\n".join(odd))
    words = {titled(word): vocabulary(word) for word in VOCABULARIES}
    return {
        "schemas": words | {name: object_schema(one, names) for name, one in sorted(plain.items())},
        "calls": {call: _told(call, names) for call in outside()},
        "arguments": {name: [words, json.loads(sample)] for name, (words, sample) in pages.arguments().items()},
        "codes": {code: words for code, words in sorted(pages.codes().items()) if code in _met()},
    }


def _told(call: str, names: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "result": schema(shape(call), names),
        "about": pages.results()[call].about,
        "meaning": pages.results()[call].words,
        "codes": sorted(codes_of(call) - _NEVER),
        "example": pages.examples().get(call, {}),
    }


def _met() -> set[str]:
    """The codes that anybody may meet from outside."""
    always = (code for _, codes in _ALWAYS.values() for code in codes)
    return {*always, *_ANY, *(code for call in outside() for code in codes_of(call))} - _NEVER


def written() -> str:
    """The text of the file."""
    return json.dumps(made(), ensure_ascii=False, indent=1) + "\n"
