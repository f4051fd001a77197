"""The drill of takes: one story in nine steps, in every policy, and what readers saw of it after each.

::

    policy -> platforms -> for each step: feeds -> one round of distributor -> journals -> what stands -> judged -> page

Readers' eyes are the platforms' journals; what should have happened is said here by itself, not asked of the product.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from distributor.app import App, open_app
from distributor.calls import dispatch
from distributor.config import load
from distributor.drills.demo import ShiftedClock, prepare
from distributor.drills.loopback import READERS, write_config
from distributor.drills.names import is_public
from distributor.drills.telling import FEEDS, PACE, Step, document, steps
from distributor.engine.round import run_round
from distributor.errors import DistributorError
from distributor.render.pages import Pages
from distributor.sandbox.client import Running, SandboxError, start

#: Platforms by their names in the sandbox, as people call them.
PLATFORMS = {"x": "X", "telegram": "Telegram", "hooks": "webhook", "smtp": "mail"}
#: What can be done to a post on each platform. A mail is answered; nothing else can be done to it.
ABLE = {
    "x": frozenset({"reply", "delete"}),
    "telegram": frozenset({"edit", "reply", "delete"}),
    "hooks": frozenset({"edit", "reply", "delete"}),
    "smtp": frozenset({"reply"}),
}
#: Policies that are tried, by name: the keys of every channel. The first is what is shipped.
POLICIES: Mapping[str, Mapping[str, str]] = {
    "as shipped": {},
    **{
        policy: dict.fromkeys(("on_update", "on_refile", "on_correction"), policy)
        | {"on_withdrawal": "delete", "takes": takes}
        for policy, takes in (
            ("nothing", "follow"),
            ("edit", "follow"),
            ("edit-visible", "reply"),
            ("reply", "reply"),
            ("replace", "replace"),
            ("post", "follow"),
        )
    },
}

#: How many of the steps are done, and under which policy the last one was.
Show = Callable[[int, str], None]
Line = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Seen:
    """What one platform shows at one step."""

    #: what was done since the step before: post, reply, edit, delete, with their numbers
    acts: Counter[str] = field(default_factory=Counter)
    #: the posts that stand, oldest first, each with its text
    standing: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One policy told to its end."""

    policy: str
    #: by step, what each platform shows
    seen: Sequence[tuple[Step, Mapping[str, Seen]]]
    findings: Sequence[str]


def run_takes(*, policies: Sequence[str] = (), out: Path | None, show: Show) -> dict[str, Any]:
    """Tell the story in every policy, or in those that are named; the documented shape of ``drill takes --json``.

    Raises DistributorError where the loopback platforms do not start.
    """
    found = []
    try:
        for name in policies or POLICIES:
            found.append(_tell(name, POLICIES[name]))
            show(len(found), name)
    except SandboxError as error:
        raise DistributorError(str(error)) from error
    page = None if out is None else _write_page(out, found)
    findings = [f"{one.policy}: {finding}" for one in found for finding in one.findings]
    return {
        "ok": not findings,
        "steps": len(steps()),
        "policies": [_face(one) for one in found],
        "findings": findings,
        "page": None if page is None else str(page),
    }


def _tell(name: str, keys: Mapping[str, str]) -> Told:
    with TemporaryDirectory(prefix="distributor-takes-") as folder:
        work = Path(folder)
        with start(work / "platforms") as platforms:
            prepare(platforms)
            config = _config(work, platforms, keys)
            clock = ShiftedClock()
            with closing(open_app(load(config, environ={}, cwd=work), clock=clock, threaded=False)) as app:
                dispatch(app, "subscribe", {"address": READERS[0], "topics": ["mail"]})
                return _told(name, app, clock, platforms)


def _told(name: str, app: App, clock: ShiftedClock, platforms: Running) -> Told:
    begun, seen, read = datetime.now(UTC), [], dict.fromkeys(PLATFORMS, 0)
    standing: dict[str, dict[str, str]] = {platform: {} for platform in PLATFORMS}
    for step in steps():
        raw = {
            f"/{feed}.xml": {
                "body_base64": b64encode(document(feed, step.told, begun).encode()).decode(),
                "content_type": "application/xml",
            }
            for feed in FEEDS
        }
        platforms.control("site", "config", {"raw": raw})
        run_round(app)
        run_round(app)  # what waited for another act (a post again, once the old one is gone) leaves now
        shown = {one: _look(one, platforms.journal(one), read, standing[one]) for one in PLATFORMS}
        seen.append((step, shown))
        clock.ahead += PACE
    return Told(policy=name, seen=seen, findings=list(_findings(app, seen)))


def _config(work: Path, platforms: Running, keys: Mapping[str, str]) -> Path:
    """The drill's configuration with a policy on every channel that has its own audience; mail as it is shipped."""
    path = write_config(
        work,
        platforms,
        {feed: f"/{feed}.xml" for feed in FEEDS},
        slot="0 0 1 1 *",
        routed=("x", "telegram", "hook", "mail"),
    )
    table = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
    text = path.read_text("utf-8")
    for channel in ("x", "telegram", "hook"):
        text = text.replace(f"[channels.{channel}]\n", f"[channels.{channel}]\n{table}", 1)
    path.write_text(text, "utf-8")
    return path


def _look(platform: str, journal: Sequence[Line], read: dict[str, int], standing: dict[str, str]) -> Seen:
    """What came since the last look; ``standing`` is brought up to date."""
    seen = Seen()
    for line in journal[read[platform] :]:
        if not is_public(line):
            continue
        act = _act(line)
        seen.acts[act] += 1
        _change(line, act, standing)
    read[platform] = len(journal)
    seen.standing = list(standing.values())
    return seen


def _act(line: Line) -> str:
    """What a line of a journal shows to readers, in the drill's own words."""
    act = str(line["act"])
    answers = line.get("reply_to") or line.get("in_reply_to")
    if act in ("post", "hook", "mail"):
        return "reply" if answers else "post"
    return act


def _change(line: Line, act: str, standing: dict[str, str]) -> None:
    number = str(line.get("about") or line.get("id") or line["n"])
    if act == "delete":
        for one in line.get("ids") or [number]:
            standing.pop(str(one), None)
    else:
        standing[number] = _words(line)


def _words(line: Line) -> str:
    if line["platform"] == "smtp":
        return str(line["subject"])
    if line["platform"] != "hooks":
        return str(line["text"])
    told = json.loads(line["text"])
    return f"{told.get('type', 'post')}: {told.get('headline', '')}"


def _findings(app: App, seen: Sequence[tuple[Step, Mapping[str, Seen]]]) -> Sequence[str]:
    """What is not as it should be, in words."""
    found: list[str] = []
    for step, shown in seen:
        for platform, one in shown.items():
            wanted = expected(_policy(app, platform), platform, step.name)
            if +one.acts != +wanted:
                found.append(f"{step.name}, {PLATFORMS[platform]}: {_counted(one.acts)}, not {_counted(wanted)}")
    last = seen[-1][1]
    left = [one for one in ("x", "telegram", "hooks") if any("quarter" in text for text in last[one].standing)]
    return [*found, *(f"{PLATFORMS[one]} still shows the story that was killed" for one in left)]


def _policy(app: App, platform: str) -> Mapping[str, str]:
    channel = {"hooks": "hook", "smtp": "mail"}.get(platform, platform)
    policy = next(one.policy for one in app.settings.channels if one.name == channel)
    keys = ("on_update", "on_refile", "on_correction", "on_withdrawal", "takes")
    return {key: str(getattr(policy, key)) for key in keys}


def expected(policy: Mapping[str, str], platform: str, step: str) -> Counter[str]:
    """What readers of a platform should see happen at a step, told from the documented table alone."""
    able = ABLE[platform]
    match step:
        case "snap" | "second language":
            return Counter(post=1)
        case "urgent" | "full story":
            # a webhook has no threads: each take is a document of its own
            return _take(policy["takes"], able - {"reply"} if platform == "hooks" else able)
        case "kill":
            return Counter(
                delete=_posts(policy, able) if policy["on_withdrawal"] == "delete" and "delete" in able else 0
            )
    key = "on_" + step.partition(":")[0]
    if platform == "smtp" and key != "on_correction":
        return Counter()
    return _followed(policy[key], able)


def _take(takes: str, able: frozenset[str]) -> Counter[str]:
    if takes == "reply" and "reply" in able:
        return Counter(reply=1)
    return Counter(post=1, delete=int(takes == "replace" and "delete" in able))


def _followed(policy: str, able: frozenset[str]) -> Counter[str]:
    match policy:
        case "edit" | "edit-visible" if "edit" in able:
            return Counter(edit=1)
        case "reply" if "reply" in able:
            return Counter(reply=1)
        case "replace" if "delete" in able:
            return Counter(delete=1, post=1)
        case "post":
            return Counter(post=1)
    return Counter()


def _posts(policy: Mapping[str, str], able: frozenset[str]) -> int:
    """Posts of the full story that stand before the kill: its own, and what its revisions added."""
    keys = ("on_update", "on_update", "on_refile", "on_correction")
    added = [_followed(policy[key], able) for key in keys]
    return 1 + sum(one["reply"] + one["post"] - one["delete"] for one in added)


def _counted(acts: Counter[str]) -> str:
    return ", ".join(f"{count} {act}" for act, count in sorted((+acts).items())) or "nothing"


def _face(told: Told) -> dict[str, Any]:
    return {
        "name": told.policy,
        "steps": [
            {
                "name": step.name,
                "platforms": {
                    PLATFORMS[platform]: {"acts": dict(+one.acts), "standing": list(one.standing)}
                    for platform, one in shown.items()
                },
            }
            for step, shown in told.seen
        ],
    }


def _write_page(folder: Path, found: Sequence[Told]) -> Path:
    """``index.html``: step by step and side by side, what readers saw; it needs no network and no script."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    context = {"policies": [_face(one) for one in found], "platforms": list(PLATFORMS.values())}
    path.write_text(Pages((), "UTC").render("takes", context), encoding="utf-8")
    return path
