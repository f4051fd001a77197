"""What the classifier makes of the corpus in tests/data/bounces, as confusion tables: ``python -m tests.bounces``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from distributor.looks import return_json
from distributor.rules.mail.returning.returns import classify

CORPUS = Path(__file__).parent / "data" / "bounces"
KINDS = ("bounce", "delayed", "complaint", "autoreply", "unsubscribe", "other")
CLASSES = ("dead", "soft", "sender_fault", "other", "(missing)")
#: what may never be called dead
SPARED = frozenset({"soft", "sender_fault"})


def expected() -> Mapping[str, Mapping[str, Any]]:
    """What each file must be taken for, as somebody who read it says."""
    found: dict[str, Mapping[str, Any]] = json.loads((CORPUS / "expected.json").read_text("utf-8"))
    return found


def told(file: str) -> Mapping[str, Any]:
    """What the classifier says of a file."""
    return return_json(file, classify((CORPUS / file).read_bytes()))


def pairs(file: str, wanted: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """For each recipient that must be found, and each that is too many: what it is, and what it was taken for."""
    found = {one["address"]: one["class"] for one in told(file)["recipients"]}
    for one in wanted["recipients"]:
        yield one["class"], found.pop(one["address"], "(missing)")
    yield from (("(missing)", name) for name in found.values())


def kinds() -> Counter[tuple[str, str]]:
    """How many files of each kind were taken for which."""
    return Counter((wanted["kind"], told(file)["kind"]) for file, wanted in expected().items())


def classes(kinds_too: Sequence[str] = KINDS) -> Counter[tuple[str, str]]:
    """How many recipients of each class were taken for which, of files of these kinds."""
    return Counter(
        pair for file, wanted in expected().items() if wanted["kind"] in kinds_too for pair in pairs(file, wanted)
    )


def share(found: Counter[tuple[str, str]]) -> float:
    """How many of a table are right, from nothing to 1."""
    return sum(count for (wanted, given), count in found.items() if wanted == given) / found.total()


def table(found: Counter[tuple[str, str]], names: Sequence[str]) -> str:
    """A confusion table: a line for what it is, a column for what it was taken for."""
    wide = max(map(len, names)) + 2
    head = " " * wide + "".join(name.rjust(wide) for name in names)
    lines = [
        wanted.ljust(wide) + "".join(str(found[wanted, given]).rjust(wide) for given in names)
        for wanted in names
        if any(found[wanted, given] for given in names)
    ]
    return "\n".join([head, *lines, f"right: {share(found):.2%} of {found.total()}"])


def main() -> int:
    """Print both tables; 1 where the promise of docs/guarantees.md is broken."""
    by_kind, by_class = kinds(), classes()
    lost = sum(count for (wanted, given), count in by_class.items() if wanted in SPARED and given == "dead")
    print(f"{len(expected())} mails\n\nkinds\n{table(by_kind, KINDS)}\n\nrecipients\n{table(by_class, CLASSES)}")
    print(f"soft or sender fault taken for dead: {lost}")
    return int(lost > 0 or min(share(by_kind), share(by_class)) < 0.98)


if __name__ == "__main__":
    sys.exit(main())
