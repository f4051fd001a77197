"""What another rulebook would change: added, moved, still waiting, dropped, by channel and day, and what it would cost.
Must not look at a clock or a store.

::

    rulebook -> foresee (each channel, each digest) --+
    another  -> foresee, where it differs           --+-> difference
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.model.forecast import Days, Difference, Different, Fate, Foreseen, Rulebook, Tally, Way
from distributor.rules.forecast.issues import foresee_digest
from distributor.rules.forecast.queues import foresee_channel, own_rules

#: What leaves of some days, by what decides it: a channel, or a digest on one.
Parts = Mapping[tuple[str, str], Sequence[Foreseen]]
#: What something is, whenever it leaves.
_Key = tuple[str, str, int, str]


def foresee(rulebook: Rulebook, days: Days, *, known: Parts | None = None, under: Rulebook | None = None) -> Parts:
    """What becomes of some days under a rulebook. ``known`` is what another one (``under``) makes of the same days:
    what decides alike there is not asked again.
    """
    other, found = under or Rulebook(), dict(known or {})
    parts: dict[tuple[str, str], Sequence[Foreseen]] = {}
    for channel in rulebook.policies:
        place = channel, ""
        is_same = place in found and own_rules(rulebook, channel) == own_rules(other, channel)
        parts[place] = found[place] if is_same else foresee_channel(channel, rulebook, days)
    for digest in rulebook.digests:
        place = digest.channel, digest.name
        is_same = place in found and digest in other.digests
        parts[place] = found[place] if is_same else foresee_digest(digest, days)
    return parts


def in_order(parts: Parts) -> Sequence[Foreseen]:
    """Everything that leaves, by instant."""
    leaving = [one for part in parts.values() for one in part if one.fate is Fate.LEAVES and one.at is not None]
    return sorted(leaving, key=lambda one: (_when(one), one.channel, one.what, one.story, one.slot))


def difference(before: Parts, after: Parts, zone: ZoneInfo) -> Difference:
    """What leaves under one rulebook and not, or at another instant, under another."""
    old, new = _by_key(before), _by_key(after)
    changes = [found for key in {**new, **old} if (found := _changed(old.get(key), new.get(key))) is not None]
    changes.sort(key=lambda one: _when(_side(one)))
    return Difference(changes=tuple(changes), tallies=_tallies(old.values(), new.values(), changes, zone))


def _by_key(parts: Parts) -> Mapping[_Key, Foreseen]:
    """What becomes of each; where a key has several fates, that it leaves."""
    return {one.key: one for part in parts.values() for one in part} | {one.key: one for one in in_order(parts)}


def _changed(before: Foreseen | None, after: Foreseen | None) -> Different | None:
    way = _way(before, after)
    if way is None:
        return None
    return Different(way=way, before=None if way is Way.ADDED else before, after=after)


def _way(before: Foreseen | None, after: Foreseen | None) -> Way | None:
    """How something differs for readers. What still waits at the end leaves later, so it is neither more nor less."""
    was, will = before and before.fate, after and after.fate
    if will is Fate.LEAVES:
        if was not in (Fate.LEAVES, Fate.WAITS):
            return Way.ADDED
        return Way.MOVED if _is_moved(before, after) else None
    if was is not Fate.LEAVES:
        return None
    return Way.WAITS if will is Fate.WAITS else Way.DROPPED


def _is_moved(before: Foreseen | None, after: Foreseen | None) -> bool:
    """Whether readers would have something at another time, or another issue."""
    return _seen(before) != _seen(after)


def _seen(one: Foreseen | None) -> object:
    return one and (one.fate, one.at, one.tells, one.stories)


def _side(one: Different) -> Foreseen:
    """Where a change shows: where it would be, or where it would be no more."""
    found = one.before if one.way in (Way.DROPPED, Way.WAITS) else one.after
    assert found is not None
    return found


def _when(one: Foreseen) -> datetime:
    assert one.at is not None
    return one.at


def _tallies(
    old: Iterable[Foreseen],
    new: Iterable[Foreseen],
    changes: Sequence[Different],
    zone: ZoneInfo,
) -> tuple[Tally, ...]:
    """How many of each by channel and local day, and what they cost."""
    found: dict[tuple[str, str], Counter[str]] = {}

    def here(one: Foreseen) -> Counter[str]:
        place = _when(one).astimezone(zone).date().isoformat(), one.channel
        return found.setdefault(place, Counter())

    for side, ended in (("before", old), ("after", new)):
        for one in (each for each in ended if each.fate is Fate.LEAVES):
            here(one).update({side: 1, f"cost_{side}": one.cost})
    for change in changes:
        here(_side(change))[change.way.value] += 1
    return tuple(Tally(day=day, channel=channel, **found[day, channel]) for day, channel in sorted(found))
