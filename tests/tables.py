"""The tables of top-level domains and emoji, refreshed from files that somebody has downloaded: ``make tables``.

Nothing is fetched. Domains are replaced by those of the file; emoji are only added, because a sequence that X's counter
once joined it goes on joining, and ``make conformance`` says where one was added that it does not join.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

DATA = Path(__file__).parents[1] / "distributor" / "text" / "data"
_WIDTH = 118
#: a file that lacks more than this share of the names we know is not the list, or only a part of it
_MOST_GONE = 0.1
_TONES, _SIGNS, _JOIN, _PICTURE = frozenset("🏻🏼🏽🏾🏿"), frozenset("♀♂"), "\u200d", "\ufe0f"
_PEOPLE, _FAMILY = frozenset("👨👩"), frozenset("👨👩👦👧")
_FLAG = 0x1F1E6 - ord("A")
EMOJI_GROUPS = ("presentable", "modifiable", "gendered", "attribute", "sign", "flags")


def domains(source: str) -> tuple[str, list[str]]:
    """The version of IANA's list, and its names, lower case and in their own script. Raises ValueError: it is none."""
    first, *lines = source.strip().splitlines() or [""]
    version = first.removeprefix("# Version ").partition(",")[0]
    if not version.isdigit():
        raise ValueError(f"the first line is {first[:60]!r}; IANA's list begins with “# Version 2026100300, ...”")
    return version, [_own_script(line.strip().lower()) for line in lines if line.strip()]


def _own_script(name: str) -> str:
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise ValueError(f"{name[:60]!r} is no name of a domain; IANA's list has one name in each line")
    return name[4:].encode().decode("punycode") if name.startswith("xn--") else name


def tlds_table(version: str, names: Iterable[str]) -> str:
    """The text of ``tlds.txt``."""
    known = sorted(set(names))
    groups = (
        ("country codes", [name for name in known if name.isascii() and len(name) == 2]),
        ("generic", [name for name in known if name.isascii() and len(name) != 2]),
        ("internationalised, in their own script", [name for name in known if not name.isascii()]),
    )
    head = "# Top-level domains of the IANA root zone, one lower-case name per word; see README.md for the refresh.\n"
    wrap = textwrap.TextWrapper(_WIDTH, break_on_hyphens=False, break_long_words=False)
    wrapped = ("\n".join([f"# {title}", *wrap.wrap(" ".join(group))]) for title, group in groups)
    return f"{head}# version {version}\n" + "\n".join(wrapped) + "\n"


def emoji_groups(source: str) -> dict[str, set[str]]:
    """What Unicode's ``emoji-test.txt`` joins, by the groups of ``emoji.txt``. Raises ValueError: it is none."""
    found: dict[str, set[str]] = {group: set() for group in EMOJI_GROUPS}
    for line in source.splitlines():
        codes, _, status = line.partition("#")[0].partition(";")
        if status.strip() == "fully-qualified":
            for group, member in _members("".join(chr(int(code, 16)) for code in codes.split())):
                found[group].add(member)
    if not any(found.values()):
        raise ValueError("no line reads as “1F600 ; fully-qualified”; Unicode's emoji-test.txt has thousands")
    return found


def _members(emoji: str) -> Iterable[tuple[str, str]]:
    """The groups to which a sequence belongs, and what of it stands there."""
    first, rest = emoji[0], emoji[1:]
    if rest == _PICTURE:
        yield "presentable", first
    if rest in _TONES:
        yield "modifiable", first
    if len(emoji) > 3 and emoji[-1] == _PICTURE and emoji[-3] == _JOIN and emoji[-2] in _SIGNS:
        yield "gendered", first
    if first in _PEOPLE and rest[:1] == _JOIN and len(rest) == 2 and rest[1] not in _FAMILY:
        yield "attribute", rest[1]
    if first in _PEOPLE and rest[:1] == _JOIN and len(rest) == 3 and rest[2] == _PICTURE:
        yield "sign", rest[1]
    if len(emoji) == 2 and all("🇦" <= one <= "🇿" for one in emoji):
        yield "flags", "".join(chr(ord(one) - _FLAG) for one in emoji)


def emoji_table(table: str, found: dict[str, set[str]]) -> str:
    """The text of ``emoji.txt`` with what was found added to what stands there."""
    lines = []
    for line in table.splitlines():
        group, _, told = line.partition(" ")
        if group in found:
            size = 2 if group == "flags" else 1
            known = {told[at : at + size] for at in range(0, len(told), size)}
            line = f"{group} {''.join(sorted(known | found[group]))}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _refresh_tlds(path: Path, source: str) -> str:
    before = {one for line in path.read_text("utf-8").splitlines() if line[:1] != "#" for one in line.split()}
    version, names = domains(source)
    gone, new = sorted(before - set(names)), sorted(set(names) - before)
    if len(gone) > _MOST_GONE * len(before):
        raise ValueError(f"{len(gone)} of the {len(before)} known domains are not in it; it is not the whole list")
    path.write_text(tlds_table(version, names), "utf-8")
    return f"{path.name}: version {version}, new: {' '.join(new) or 'none'}, gone: {' '.join(gone) or 'none'}"


def _refresh_emoji(path: Path, source: str) -> str:
    before = path.read_text("utf-8")
    after = emoji_table(before, emoji_groups(source))
    path.write_text(after, "utf-8")
    grown = len(after) - len(before)
    return f"{path.name}: {grown} characters more; `make conformance` says whether X's counter joins them too"


def main(arguments: Sequence[str] | None = None) -> int:
    """Refresh what files were named for; 2 when one is not what it should be."""
    parser = argparse.ArgumentParser(prog="make tables", description=__doc__)
    parser.add_argument("--tlds", type=Path, help="IANA's tlds-alpha-by-domain.txt")
    parser.add_argument("--emoji", type=Path, help="Unicode's emoji-test.txt, of the version that X's counter knows")
    parser.add_argument("--data", type=Path, default=DATA, help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    if told.tlds is None and told.emoji is None:
        print("nothing to refresh: make tables TLDS=tlds-alpha-by-domain.txt EMOJI=emoji-test.txt", file=sys.stderr)
        return 2
    for source, name, refresh in ((told.tlds, "tlds.txt", _refresh_tlds), (told.emoji, "emoji.txt", _refresh_emoji)):
        if source is not None:
            try:
                print(refresh(told.data / name, source.read_text("utf-8")))
            except (OSError, ValueError) as error:
                print(f"{source}: {error}; {name} stays as it is", file=sys.stderr)
                return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
