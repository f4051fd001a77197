"""Calls about alerts: what is not over, and a test of the road by which the desk is told."""

from __future__ import annotations

from datetime import timedelta

from distributor.app import App
from distributor.calls.registry import Json, call
from distributor.errors import CallError
from distributor.looks import instant
from distributor.model import Act, Delivery, State

#: How long a test waits for what another lane has in hand.
PATIENCE = timedelta(seconds=20)
_ENDED = (State.SENT, State.FAILED, State.UNKNOWN, State.SKIPPED)


@call
def alerts(app: App) -> Json:
    """What somebody must know and what is not over."""
    return {
        "alerts": [
            {
                "id": one.id,
                "key": one.key,
                "text": one.text,
                "hint": one.hint or None,
                "since": instant(one.raised_at),
                "told": [_told(entry) for entry in app.store.deliveries.of_subject(one.id)],
            }
            for one in app.store.alerts.open_alerts()
        ]
    }


@call
def alert_test(app: App) -> Json:
    """Send a test alert to every alert channel, and say what came of it."""
    if not app.settings.alerts.channels:
        raise CallError("no_alert_channels", "nobody is told of alerts", hint="name channels in [alerts] channels")
    key, now = f"test:{app.clock.now():%Y%m%dT%H%M%S.%f}", app.clock.now()
    app.store.alerts.raise_alert(key, "this is a test", hint="nothing has to be done", now=now)
    (alert,) = (one.id for one in app.store.alerts.open_alerts() if one.key == key)
    told = _sent(app, alert)
    app.store.alerts.recover(key, "", now=app.clock.now(), quiet=True)
    unheard = set(app.settings.alerts.channels) - {entry.channel for entry in told}
    found = [_told(entry) for entry in told]
    found += [
        {"channel": name, "recipient": 0, "state": "skipped", "detail": 'nobody subscribes "alerts"'}
        for name in sorted(unheard)
    ]
    return {"ok": all(one["state"] == "sent" for one in found), "told": found}


def _sent(app: App, alert: int) -> list[Delivery]:
    """The test's deliveries once they have ended, or as they stand when patience does."""
    for name in app.settings.alerts.channels:
        while app.deliverers[name].run_once(urgent=True):
            continue
    end = app.clock.now() + PATIENCE
    while True:
        told = [entry for entry in app.store.deliveries.of_subject(alert) if entry.act is Act.ALERT]
        if all(entry.state in _ENDED for entry in told) or app.clock.now() >= end:
            return told
        app.clock.sleep(0.2)


def _told(entry: Delivery) -> Json:
    return {
        "channel": entry.channel,
        "recipient": entry.recipient,
        "state": entry.state.value,
        "detail": entry.url or entry.reason or None,
    }
