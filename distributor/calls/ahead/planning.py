"""The call that looks at other days: what would have left in the last ones and would leave in the next, under the rules
in force or under others. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.registry import Json, call
from distributor.errors import CallError, ConfigError
from distributor.looks import amount, instant
from distributor.model import ChannelPolicy, Story, Wish
from distributor.model.forecast import Before, Days, Difference, Different, Fate, Foreseen, Readers, Rulebook
from distributor.outlets import make_rulebook
from distributor.rules.forecast.difference import Parts, difference, foresee, in_order
from distributor.rules.forecast.weeks import MOST_DAYS, WEEK, again, reaches
from distributor.rules.queue.budget import Budget
from distributor.rules.queue.timing import DAY


@call
def plan(app: App, *, replay: int | None = None, forecast: int | None = None, rules: str | None = None) -> Json:
    """What would leave in the last and the next days, and what other editorial rules would change of it."""
    now = app.clock.now()
    other = None if rules is None else _under(app, rules)
    return {
        "at": instant(now),
        "zone": app.settings.desk.zone,
        "replay": replay and _told(app, past_days(app, now, _days(replay)), other),
        "forecast": forecast and _told(app, coming_days(app, now, _days(forecast)), other),
    }


def past_days(app: App, now: datetime, days: int) -> Days:
    """The days that are over, with the stories that really came."""
    begin = now - days * DAY
    readers = _readers(app, begin)
    stories = app.store.weeks.came(begin - reaches(app.settings.digests, readers, begin), now)
    return _around(app, begin, now, tuple(stories), readers)


def coming_days(app: App, now: datetime, days: int) -> Days:
    """The days to come: what waits now, and the stories of the last seven days once more."""
    readers = _readers(app, now, served=True)
    known = app.store.weeks.came(now - max(WEEK, reaches(app.settings.digests, readers, now)), now)
    zone, last = ZoneInfo(app.settings.desk.zone), app.store.stories.newest()
    stories = (*known, *again(known, now, days, zone, after=last))
    return _around(app, now, now + days * DAY, stories, readers)


def _days(count: int) -> int:
    if count > MOST_DAYS:
        raise CallError("bad_days", f"{count} days are too many", hint=f"at most {MOST_DAYS}")
    return count


def _under(app: App, text: str) -> Rulebook:
    try:
        return make_rulebook(app.read(text), app.channels, app.renderer)
    except ConfigError as error:
        raise CallError("bad_rules", str(error)) from error


def _around(
    app: App, begin: datetime, end: datetime, stories: tuple[Story, ...], readers: Mapping[str, Readers]
) -> Days:
    rows = {row["name"]: row["id"] for row in app.store.deliveries.channels()}
    rulebook = make_rulebook(app.settings, app.channels, app.renderer)
    return Days(
        begin=begin,
        end=end,
        stories=stories,
        before={
            name: _before(app, rows[name], begin, policy)
            for name, policy in rulebook.policies.items()
            if name not in rulebook.mails
        },
        audiences={name: (0,) if app.store.subscribers.audience(name) else () for name in rulebook.mails},
        readers=readers,
    )


def _before(app: App, channel: int, begin: datetime, policy: ChannelPolicy) -> Before:
    in_shadow = app.settings.mode == "shadow"
    return app.store.weeks.before(channel, begin, Budget(policy).since(begin), in_shadow=in_shadow)


def _readers(app: App, begin: datetime, *, served: bool = False) -> Mapping[str, Readers]:
    """Who reads each digest, as if it had been there when the days began; how far they are served is known for now
    alone.
    """
    found = {}
    for digest in app.settings.digests:
        wishes = app.store.weeks.wishes(digest.name)
        known = app.store.issues.served(digest.name, [Wish(), *wishes]) if served else {}
        began = min(app.store.issues.began(digest.name) or begin, begin)
        found[digest.name] = Readers(wishes=wishes, served=known, began=began)
    return found


def _told(app: App, days: Days, other: Rulebook | None) -> Json:
    """Some days under the rules in force; with other rules, under those, and what they change."""
    present = make_rulebook(app.settings, app.channels, app.renderer)
    before = foresee(present, days)
    after = before if other is None else foresee(other, days, known=before, under=present)
    zone = ZoneInfo(app.settings.desk.zone)
    last = app.store.stories.newest()
    return {
        "since": instant(days.begin),
        "until": instant(days.end),
        "stories": sum(one.first_seen_at > days.begin for one in days.stories),
        "channels": [_channel(name, after) for name in present.policies],
        "leaves": [_face(one, last) for one in in_order(after)],
        "difference": None if other is None else _difference(difference(before, after, zone), last),
    }


def _channel(name: str, parts: Parts) -> Json:
    ended = [one for (channel, _), part in parts.items() if channel == name for one in part]
    counts = {fate.value: sum(one.fate is fate for one in ended) for fate in Fate}
    return {"name": name, **counts, "cost": amount(sum(one.cost for one in ended))}


def _face(one: Foreseen, last: int) -> Json:
    is_assumed = one.story > last
    return {
        "channel": one.channel,
        "at": instant(one.at),
        "what": one.what,
        "story": one.url or None,
        "headline": one.headline,
        "slot": one.slot or None,
        "tells": one.tells,
        "readers": one.readers if one.what == "issue" else None,
        "cost": amount(one.cost),
        "assumed": is_assumed,
    }


def _difference(found: Difference, last: int) -> Json:
    return {
        "changes": [_change(one, last) for one in found.changes],
        "days": [
            {
                "channel": one.channel,
                "day": one.day,
                "before": one.before,
                "after": one.after,
                "added": one.added,
                "moved": one.moved,
                "waits": one.waits,
                "dropped": one.dropped,
                "cost_before": amount(one.cost_before),
                "cost_after": amount(one.cost_after),
                "differs": one.differs,
            }
            for one in found.tallies
        ],
    }


def _change(one: Different, last: int) -> Json:
    shown = one.after or one.before
    assert shown is not None
    return {
        **_face(shown, last),
        "way": one.way.value,
        "from": instant(one.before.at) if one.before else None,
        "to": instant(one.after.at) if one.after and one.after.fate is Fate.LEAVES else None,
        "why": (one.after.reason or None) if one.after else None,
    }
