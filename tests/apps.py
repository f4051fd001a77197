"""A whole app on the real database whose channels and feeds answer as told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from distributor.app import App, _deliverer, _verifier, open_app
from distributor.config import load
from distributor.inlets import make_ingester
from distributor.interfaces import Channel, Clock, Source
from tests.support import HandClock, ToldBulk, ToldChannel, ToldSource, article

CONFIG = """\
[store]
folder = "state"

[feeds.politics]
url = "https://news.example.org/rss"
first_run = "publish"

[channels.x]
type = "console"

[channels.y]
type = "console"

[channels.mail]
type = "email"
host = "127.0.0.1"
tls = "none"
sender = "News <news@example.org>"

[routes.all]
channels = ["x", "y"]

[digests.morning]
channel = "mail"
slots = ["0 13 * * *"]
"""


def told_app(
    folder: Path,
    *,
    channels: Mapping[str, Channel] | None = None,
    source: Source | None = None,
    clock: Clock | None = None,
    config: str = CONFIG,
    threaded: bool = False,
) -> App:
    """The app of ``CONFIG`` in ``folder``; channels and the feed are replaced by those that are given or told ones."""
    path = folder / "config.toml"
    path.write_text(config, "utf-8")
    settings = load(path, environ={}, cwd=folder)
    now = clock or HandClock()
    app = open_app(settings, clock=now, threaded=threaded)
    told: dict[str, Channel] = {"x": ToldChannel("x"), "y": ToldChannel("y"), "mail": ToldBulk("mail")}
    used = {name: opened for name, opened in (told | dict(channels or {})).items() if name in app.channels}
    found = source or ToldSource([article()])
    return replace(
        app,
        channels=used,
        sources=dict.fromkeys(app.sources, found),
        ingesters={name: make_ingester(settings, app.store, name, found, used) for name in app.sources},
        deliverers={
            name: _deliverer(settings, app.store, app.renderer, channel, now) for name, channel in used.items()
        },
        verifiers={name: _verifier(settings, app.store, channel, now) for name, channel in used.items()},
    )
