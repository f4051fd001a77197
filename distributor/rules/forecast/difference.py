"""What another rulebook would change: added, moved, dropped, by channel and day, and what it would cost. Must not look
at a clock or a store.

::

    rulebook -> foresee (each channel, each digest) --+
    another  -> foresee, where it differs           --+-> difference
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.model.forecast import Days, Difference, Different, Fate, Foreseen, Rulebook, Tally, Way
from distributor.rules.forecast.issues import foresee_digest
from distributor.rules.forecast.queues import foresee_channel, own_rules

#: What leaves of some days, by what decides it: a channel, or a digest on one.
Parts = Mapping[tuple[str, str], Sequence[Foreseen]]


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
    old, new = _leaving(before), _leaving(after)
    fates = {one.key: one for part in after.values() for one in part}
    changes: list[Different] = []
    for key, one in new.items():
        if key not in old:
            changes.append(Different(way=Way.ADDED, before=None, after=one))
        elif _is_moved(old[key], one):
            changes.append(Different(way=Way.MOVED, before=old[key], after=one))
    changes += [
        Different(way=Way.DROPPED, before=one, after=fates.get(key)) for key, one in old.items() if key not in new
    ]
    changes.sort(key=lambda one: _when(_side(one)))
    return Difference(changes=tuple(changes), tallies=_tallies(old, new, changes, zone))


def _leaving(parts: Parts) -> Mapping[tuple[str, str, int, str], Foreseen]:
    return {one.key: one for one in in_order(parts)}


def _is_moved(before: Foreseen, after: Foreseen) -> bool:
    """Whether readers would have something at another time, or another issue."""
    return (before.at, before.tells, before.stories) != (after.at, after.tells, after.stories)


def _side(one: Different) -> Foreseen:
    """Where a change shows: where it would be, or where it would be no more."""
    found = one.before if one.way is Way.DROPPED else one.after
    assert found is not None
    return found


def _when(one: Foreseen) -> datetime:
    assert one.at is not None
    return one.at


def _tallies(
    old: Mapping[tuple[str, str, int, str], Foreseen],
    new: Mapping[tuple[str, str, int, str], Foreseen],
    changes: Sequence[Different],
    zone: ZoneInfo,
) -> tuple[Tally, ...]:
    """How many of each by channel and local day, and what they cost."""
    found: dict[tuple[str, str], Counter[str]] = {}

    def here(one: Foreseen) -> Counter[str]:
        place = _when(one).astimezone(zone).date().isoformat(), one.channel
        return found.setdefault(place, Counter())

    for side, leaving in (("before", old), ("after", new)):
        for one in leaving.values():
            here(one).update({side: 1, f"cost_{side}": one.cost})
    for change in changes:
        here(_side(change))[change.way.value] += 1
    return tuple(Tally(day=day, channel=channel, **found[day, channel]) for day, channel in sorted(found))
