"""What other systems are told: receivers of webhooks, how far each was told; receipts of stories, with nothing that is
internal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from distributor.app import App
from distributor.calls.registry import Json, call, find_story, known
from distributor.errors import CallError, FetchError
from distributor.flows.tell import Teller
from distributor.looks import instant
from distributor.model import Act, Delivery, PubStatus, Story
from distributor.model.tidings import Told, Waiting
from distributor.rules.fate.tidings import trouble, word
from distributor.rules.people.receipts import signed

#: So many are counted; more are "at least so many".
COUNTED = 1000


@call
def hooks(app: App) -> Json:
    """Every receiver of webhooks: how far it was told, what waits, its last error."""
    return {"hooks": [_told(app, teller) for teller in app.tellers.values()]}


@call
def hook_test(app: App, *, name: str) -> Json:
    """Send a receiver a signed message that means nothing, and say what it answered."""
    teller = _teller(app, name)
    if app.mode != "live":
        raise CallError("not_live", "in shadow nobody is told anything", hint='mode = "live"')
    try:
        teller.test()
    except FetchError as error:
        return {"ok": False, "name": name, "error": str(error)}
    return {"ok": True, "name": name, "error": None}


@call
def hook_resume(app: App, *, name: str) -> Json:
    """Tell a receiver again from where it was left, and at once; nothing of it is lost."""
    _teller(app, name)
    app.store.outbox.resume(name)
    watch_hooks(app)
    return {"name": name}


def watch_hooks(app: App) -> None:
    """By the clock: somebody is told while a receiver is behind, or wants no more."""
    now = app.clock.now()
    for teller in app.tellers.values():
        state = app.store.outbox.get(teller.name)
        key = f"hook:{teller.name}"
        text = trouble(teller.name, state, _waiting(app, teller, state), now) if state else ""
        if not text:
            app.store.alerts.recover(key, f"the receiver {teller.name} is told again", now=now)
        elif not app.store.alerts.raise_alert(key, text, hint="distributor hooks list", now=now):
            app.store.alerts.restate(key, text)


def _teller(app: App, name: str) -> Teller:
    if name not in app.tellers:
        raise CallError("unknown_hook", f"there is no receiver {name!r:.80}", hint=known(app.tellers))
    return app.tellers[name]


def _told(app: App, teller: Teller) -> Json:
    state = app.store.outbox.get(teller.name)
    waiting = _waiting(app, teller, state) if state else Waiting()
    wait = state.not_before if state else None
    return {
        "name": teller.name,
        "host": teller.host,
        "on": sorted(one.value for one in teller.words),
        "state": _state(state, waiting),
        "told_at": instant(state.at if state else None),
        "waiting": waiting.count,
        "oldest_at": instant(waiting.oldest),
        "error": (state.error if state else "") or waiting.error or None,
        "next_at": instant(wait),
    }


def _state(state: Told | None, waiting: Waiting) -> str:
    if state is None:
        return "new"
    return "ended" if state.ended_at else "waiting" if waiting.count else "well"


def _waiting(app: App, teller: Teller, state: Told) -> Waiting:
    """What a receiver was not told yet."""
    found, _ = app.store.outbox.ahead(teller.name, state.event, COUNTED)
    ahead = [one for one in found if word(one.kind, one.detail) in teller.words]
    aside = app.store.outbox.put_by(teller.name)
    oldest = min((at for at in (*(one.at for one in ahead[:1]), aside.oldest) if at), default=None)
    return Waiting(count=len(ahead) + aside.count, oldest=oldest, error=aside.error)


#: The longest time for which a link leads anywhere, hours.
LONGEST = 24


@call
def receipt(app: App, *, url: str) -> Json:
    """What became of a story on each channel: what, when, where, and how it stands."""
    return receipt_of(app, find_story(app, url))


@call
def receipt_link(app: App, *, url: str, hours: int = 1) -> Json:
    """A link to a story's receipt as a page, which a CMS can frame; it is signed, and over after so many hours."""
    if hours > LONGEST:
        raise CallError("bad_arguments", f"receipt_link: hours is at most {LONGEST}")
    until = app.clock.now() + timedelta(hours=hours)
    path = f"/receipt/{signed(app.store.key, find_story(app, url).id, until)}"
    public = app.settings.web.public
    return {"path": path, "url": f"{public}{path}" if public else None, "until": instant(until)}


def receipt_of(app: App, story: Story) -> Json:
    """The receipt of a story; of mails that have the same fate one line, without how many."""
    found = [one for one, _ in app.store.deliveries.answers_of(story.id) if one.act is not Act.ALERT]
    return {
        "story": {
            "headline": story.article.headline,
            "url": story.article.url,
            "published": instant(story.article.published),
            "withdrawn": story.article.pubstatus is PubStatus.CANCELED,
        },
        "at": instant(app.clock.now()),
        "deliveries": _lines(found),
    }


def _lines(found: Sequence[Delivery]) -> list[Json]:
    lines: list[Json] = []
    for one in found:
        line = {
            "channel": one.channel,
            "act": one.act.value,
            "state": one.state.value,
            "url": one.url or None,
            "at": instant(one.first_sent_at or one.due_at),
        }
        if one.recipient and any({**line, "at": past["at"]} == past for past in lines):
            continue  # mails differ by reasons that are the desk's own
        lines.append(line)
    return lines
