"""One full round without a clock: look for posts by hand, read every feed, open the issues that are due, settle
doubts, send what is due. Starts no thread.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from distributor.app import App, charge_reads
from distributor.calls.stories.corrections import publish_corrections
from distributor.flows.ingest import Ingested

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round did."""

    feeds: tuple[Ingested, ...]
    #: issues opened
    issues: int
    #: deliveries taken in hand, by channel
    handled: dict[str, int]


def run_round(app: App) -> Round:
    """Do all there is to do now, channel after channel."""
    app.store.holds.reconsider()
    for watcher in () if app.fence else app.watchers:
        watcher.run_once()
    feeds = tuple(ingester.run_once(app.clock.now()) for ingester in app.ingesters.values())
    for collector, _ in () if app.mode == "shadow" else app.mailroom.collectors:
        if error := collector.run_once().error:
            log.warning("%s", error)
    for rechecker in () if app.fence else app.recheckers:
        rechecker.run_once()
    for herald in app.heralds.values():
        herald.run_once(app.clock.now())
    issues = sum(len(digester.run_due(app.clock.now())) for digester in app.digesters.values())
    app.warden.tend(app.clock.now())
    while app.store.mailings.write(app.clock.now()):
        continue
    for verifier in () if app.fence else app.verifiers.values():
        verifier.run_once()
    handled = {name: _drain(app, name) for name in app.deliverers}
    app.store.issues.close_done(app.clock.now())
    publish_corrections(app)
    charge_reads(app)
    return Round(feeds=feeds, issues=issues, handled=handled)


def _drain(app: App, name: str) -> int:
    handled = 0
    while count := app.deliverers[name].run_once():
        handled += count
    return handled
