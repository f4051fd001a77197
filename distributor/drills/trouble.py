"""The faults of a drill, drawn from a seed, and how many of them came true. Must not judge anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

from distributor.sandbox.client import Running

#: Chance of each fault at each request that would show something to readers.
CHANCE = 0.004
#: Chance that an answer is lost after the platform has acted.
LOST = 0.001
#: How long a fault hangs before the connection breaks, seconds; the least wait a refusal may name is one second.
HANG, WAIT = 0.2, 1
#: The platforms' names in the sandbox, the kind of channel, and which requests show something to readers.
WIRES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "x": ("twitter", {"method": "POST", "path": "/2/tweets"}),
    "telegram": ("telegram", {"method": "POST", "path": "/sendMessage"}),
    "hooks": ("webhook", {"method": "POST"}),
    "smtp": ("email", {"path": "dot"}),
}
#: Actions after which nobody can know the outcome, and their chances.
_DOUBTS = {
    "hang_before": CHANCE,
    "hang_after": CHANCE,
    "reset_before": CHANCE,
    "reset_after": CHANCE,
    "bad_json_200": CHANCE,
    "lost_response": LOST,
}


def script(platforms: Running, random: Random, requests: Mapping[str, int]) -> None:
    """Write every platform's script; ``requests`` says how many of them each platform will see, about."""
    silent = random.sample(sorted(WIRES), 2)  # the others keep the daemon busy to the end
    for name, (_, where) in WIRES.items():
        rules = [_late_limit(where, random, requests[name])] if name in silent else []
        rules += [_rule(action, where, random, chance) for action, chance in _DOUBTS.items()]
        if name != "smtp":  # there it is a 421: a refusal for a minute, not a doubt
            rules.append(_rule("html_502", where, random, CHANCE))
            rules.append({**_rule("rate_limit", where, random, CHANCE), "seconds": WAIT})
        platforms.control(name, "faults", rules)


def _rule(action: str, where: Mapping[str, str], random: Random, chance: float) -> dict[str, Any]:
    hang = {"seconds": HANG} if action.startswith("hang") else {}
    return {"action": action, **where, **hang, "times": None, "probability": chance, "seed": random.randrange(1 << 30)}


def _late_limit(where: Mapping[str, str], random: Random, requests: int) -> dict[str, Any]:
    """One refusal that names no time: the channel waits a minute or more, so it comes late."""
    return {"action": "rate_limit", **where, "nth": max(1, int(requests * random.uniform(0.6, 0.95)))}


def fired(platforms: Running) -> Mapping[str, Mapping[str, int]]:
    """How often each fault came true, by kind of channel and action."""
    found: dict[str, Counter[str]] = {}
    for name, (kind, _) in WIRES.items():
        counts = found[kind] = Counter()
        for rule in platforms.control(name, "faults"):
            counts[rule["action"]] += rule["fired"]
    return found


def doubts(counts: Mapping[str, Mapping[str, int]]) -> Mapping[str, int]:
    """By kind of channel, the faults that leave an outcome in doubt; a rate limit says that nothing was sent."""
    return {kind: sum(n for action, n in found.items() if action != "rate_limit") for kind, found in counts.items()}


def sums(counts: Mapping[str, Mapping[str, int]]) -> Mapping[str, int]:
    """How often each fault came true on all platforms together."""
    total: Counter[str] = Counter()
    for found in counts.values():
        total.update(found)
    return dict(sorted((action, n) for action, n in total.items() if n))
