"""What stood on a platform, step by step, from its own journal: posts that were changed, answered and taken away.

Must never ask our own ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from distributor.drills.names import is_public, shown

Line = Mapping[str, Any]

#: Platform key of each platform of the sandbox, and the act by which its journal shows a new post.
PLATFORMS = {"x": ("twitter", "post"), "telegram": ("telegram", "post"), "hooks": ("webhook", "hook")}


@dataclass(kw_only=True)
class Standing:
    """One post."""

    story: str
    #: as readers see it now
    text: str
    #: whether it answers a post about the same story: a correction, and no second post
    is_answer: bool = False
    is_gone: bool = False
    #: how often it was changed
    changes: int = 0


@dataclass(kw_only=True)
class Wall:
    """One platform."""

    posts: list[Standing] = field(default_factory=list)
    #: how many posts about a story stood beside each other at most
    most: Counter[str] = field(default_factory=Counter)

    def seen(self) -> set[str]:
        """The stories that stood there at any time, without those of nobody."""
        return {one.story for one in self.posts if one.story and not one.is_answer}

    def now(self, story: str) -> Sequence[Standing]:
        """The posts about a story that stand there."""
        return [one for one in self.posts if one.story == story and not (one.is_answer or one.is_gone)]

    def answers(self, story: str) -> Sequence[Standing]:
        """The answers to them, those that were taken away included."""
        return [one for one in self.posts if one.story == story and one.is_answer]

    def strange(self) -> Sequence[Standing]:
        """Posts of nobody's story."""
        return [one for one in self.posts if not one.story]


def replay(name: str, lines: Sequence[Line], wanted: set[str]) -> Wall:
    """The wall of a platform of the sandbox; ``wanted`` are the names of the published stories."""
    wall, ids = Wall(), dict[str, Standing]()
    for line in lines:
        if is_public(line):
            _step(PLATFORMS[name][1], line, wall, ids, wanted)
    return wall


def _step(post: str, line: Line, wall: Wall, ids: dict[str, Standing], wanted: set[str]) -> None:
    match line["act"]:
        case "edit" | "delete":
            about = [ids[one] for one in _about(line) if one in ids]
            for one in about:
                one.is_gone = one.is_gone or line["act"] == "delete"
                one.text, one.changes = str(line.get("text", "")), one.changes + (line["act"] == "edit")
        case act if act in (post, "reply"):
            parent = ids.get(str(line.get("reply_to") or line.get("about") or ""))
            story = shown(line, wanted) or (parent.story if parent else "")
            is_answer = parent is not None and parent.story == story
            ids[str(line.get("id"))] = made = Standing(story=story, text=str(line.get("text", "")), is_answer=is_answer)
            wall.posts.append(made)
            wall.most[story] = max(wall.most[story], len(wall.now(story)))


def _about(line: Line) -> Sequence[str]:
    """The posts that a change or a deletion is about."""
    return [str(one) for one in (line.get("about") or line.get("edit_of") or line.get("id"), *line.get("ids", ()))]
