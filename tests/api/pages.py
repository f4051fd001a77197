"""What the pages of docs say about each call: the shape of its result and what its keys mean, the arguments, the codes.

One source: what stands here for people is what the API's document has for programs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(r"^```json\n(.+?)^```\n", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^```.*?^```\n", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^\|.*\n(?:\|.*\n)*", re.MULTILINE)
#: what is said of the command line alone: in a sentence of its own, and beside other things
_OF_A_TERMINAL = re.compile(
    r"\bCode \d|with code \d|`--(all|json|file|html|with)\b|^JSON\.|^See |`distributor |prints|[Rr]efusal"
)
_ASIDE = re.compile(r",? (and|with) the code (is )?\d| \(code \d\)| \(`[a-z]+ --[^)]+\)|\bJSON: ?")
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A result as a page shows it."""

    shape: Any
    #: what its keys mean, in CommonMark without links
    words: str
    #: what is done, beyond the one line that every call has
    about: str = ""


@cache
def results() -> Mapping[str, Told]:
    """The result of every call that the table of the control socket has. Raises ValueError where none is told."""
    own, commands = dict(_own()), dict(_commands())
    found = {}
    for call, says in rows().items():
        name = _command(says)
        told = own.get(call) or commands.get(f"distributor {name}") or own.get(name)
        if told is None:
            raise ValueError(f"docs show no JSON of what the call {call} gives")
        found[call] = told
    return found


def rows() -> Mapping[str, str]:
    """What the table of calls says of each call's result."""
    table = re.findall(r"^\| `(\w+)` \|.*?\| ((?:what|as) .+) \|$", _page("commands"), flags=re.MULTILINE)
    return dict(table)


@cache
def arguments() -> Mapping[str, tuple[str, str]]:
    """What each argument means, and an example of it in JSON, by ``name`` or, for one call alone, ``call.name``."""
    _, _, after = _page("calls").partition("## Arguments\n")
    table = re.findall(r"^\| `([\w.]+)` \| (.+) \| `(.+)` \|$", after, flags=re.MULTILINE)
    return {name: (_plain(words), example) for name, words, example in table}


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """What a call that needs more than its required arguments is asked with, as an example."""
    _, _, after = _page("calls").partition("## Examples\n")
    return {name: json.loads(told) for name, told in re.findall(r"^\| `(\w+)` \| `(\{.*\})` \|$", after, re.MULTILINE)}


@cache
def codes() -> Mapping[str, str]:
    """What each code of a refusal means."""
    _, _, after = _page("commands").partition("| Code | Meaning |\n|---|---|\n| `bad_request`")
    found: dict[str, list[str]] = {}
    for names, words in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.+) \|$", f"| `bad_request`{after}", re.MULTILINE):
        for name in re.findall(r"\w+", names):
            found.setdefault(name, []).append(_plain(words))
    return {name: "; or: ".join(words) for name, words in found.items()}


@cache
def named() -> Mapping[str, Any]:
    """The shapes that have names."""
    _, _, after = _page("calls").partition("## Names of shapes\n")
    table = re.findall(r"^\| `([A-Z]\w+)` \| `(\w+)`(?:: `([\w.]+)`)? \|$", after, flags=re.MULTILINE)
    block = _BLOCK.search(after)
    assert block, "docs/calls.md shows no shapes of their own"
    alone: dict[str, Any] = json.loads(block[1])
    return alone | {name: _at(results()[call].shape, path) for name, call, path in table}


def command_shape(title: str) -> Any:
    """The JSON of a command's section, by its heading."""
    return _commands()[title].shape


@cache
def _commands() -> Mapping[str, Told]:
    found = {}
    for title, text in _sections("commands"):
        if (block := _BLOCK.search(text)) and title.startswith("`distributor"):
            about, *_ = _FENCE.split(text, maxsplit=1)
            *_, after = _TABLE.split(text[: block.start()], maxsplit=1)
            words = _words(after + text[block.end() :])
            found[title.strip("`")] = Told(shape=json.loads(block[1]), words=words, about=_words(about))
    return found


def _own() -> Iterator[tuple[str, Told]]:
    """The results that stand under the names of their calls: a heading of them, or "The result of"."""
    for page in sorted(DOCS.glob("*.md")):
        for title, text in _sections(page.stem):
            heading = title if re.fullmatch(r"(`\w+`(, )?)+", title) else ""
            for piece in re.split(r"^(?=The result of `)", text, flags=re.MULTILINE):
                named = re.match(r"The result of ((?:`\w+`(?:, | and )?)+)", piece)
                block = _BLOCK.search(piece)
                if block and (named or heading):
                    told = Told(shape=json.loads(block[1]), words=_words(piece[block.end() :]))
                    yield from ((call, told) for call in re.findall(r"\w+", named[1] if named else heading))


def _at(shape: Any, path: str) -> Any:
    """What stands at the end of a path of keys, which leads through lists and through what may be null."""
    for key in filter(None, path.split(".")):
        shape = shape[key] if key in shape else shape[f"{key}?"]
        while isinstance(shape, list):
            (shape,) = shape
    return shape


def _command(says: str) -> str:
    found = re.match(r"as `([a-z_ -]+?)(?: --[a-z]+)?`", says)
    return found[1] if found else ""


def _sections(page: str) -> Iterator[tuple[str, str]]:
    _, *parts = re.split(r"^#{2,3} (.+)$", _page(page), flags=re.MULTILINE)
    return zip(parts[::2], parts[1::2], strict=True)


@cache
def _page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


def _words(text: str) -> str:
    """The paragraphs of a piece of a page, each in one line, without what is said of the command line alone."""
    paragraphs = re.split(r"\n{2,}", _TABLE.sub("\n", _FENCE.sub("\n", text)).strip())
    told = [_plain(re.sub(r"\s*\n(?!- )\s*", " ", one)) for one in paragraphs]
    return "\n\n".join(one for one in told if one and not re.fullmatch(r"JSON.*:", one))


def _plain(words: str) -> str:
    """The same without links; options are arguments there, and nothing ends with a code or prints."""
    sentences = re.split(r"(?<=[.:]) (?=[A-Z`])", _ASIDE.sub("", _LINK.sub(r"\1", words)))
    told = (one for one in sentences if not _OF_A_TERMINAL.search(one))
    return re.sub(r"`--([a-z-]+)`", lambda found: f"`{found[1].replace('-', '_')}`", " ".join(told)).strip()
