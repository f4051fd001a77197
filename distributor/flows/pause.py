"""A paused channel: somebody is told, once, and the platform is asked ever more rarely whether it works again.

A question that is answered well lets one post be tried; that the channel works again is told when something was
accepted. Must not send anything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from distributor.errors import ChannelError
from distributor.interfaces import Channel, Checkable
from distributor.model import Pause, Trial
from distributor.rules.queue.pausing import Asking, begin, refused

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """Where pauses stand."""

    def pauses(self) -> Sequence[Pause]:
        """The channels that send nothing until their credentials work again."""
        ...

    def refused(self) -> Sequence[Pause | Trial]:
        """Those, and the ones that have yet to show that they work again, in one look."""
        ...

    def resume(self, channel: str, now: datetime) -> bool:
        """End a pause; whether there was one."""
        ...


class AlertBook(Protocol):
    """Where alerts are raised."""

    def raise_alert(self, key: str, text: str, *, hint: str = "", now: datetime) -> bool:
        """Somebody must know; whether it is news."""
        ...

    def recover(self, key: str, text: str, *, now: datetime) -> bool:
        """It is over; whether there was such an alert."""
        ...

    def restate(self, key: str, text: str) -> bool:
        """While it stands, show it in other words; nobody is told again."""
        ...


class Pauses:
    """Watches over the pauses of all channels."""

    def __init__(self, channels: Mapping[str, Channel], ledger: Ledger, alerts: AlertBook, *, begun: datetime) -> None:
        """``begun`` is when this run of the program did."""
        self._channels = channels
        self._ledger = ledger
        self._alerts = alerts
        self._begun = begun
        self._asking: dict[str, Asking] = {}
        #: by channel, what its alert says (empty: there is none); a name that is not here: unknown since the start
        self._told: dict[str, str] = {}

    def tell(self, now: datetime) -> bool:
        """Raise an alert for each channel that is paused, and end it for each that works again; whether one is news."""
        refused = {one.channel: one for one in self._ledger.refused()}
        names = dict.fromkeys((*self._channels, *refused))  # in an order that is the same in every run
        news = [self._tell(name, refused.get(name), now) for name in names]
        return any(news)

    def ask(self, now: datetime) -> Sequence[str]:
        """Ask those whose time has come, by a harmless call; the channels of which something is tried again."""
        due = [pause for pause in self._ledger.pauses() if pause.channel in self._channels]
        found = [pause.channel for pause in due if self._works(pause, now)]
        for name in found:
            self._ledger.resume(name, now)
            log.info("channel %s is tried again", name)
        return found

    def _tell(self, name: str, found: Pause | Trial | None, now: datetime) -> bool:
        text = _said(found) if found and name in self._channels else ""
        if self._told.get(name) == text:
            return False
        self._told[name] = text
        key = f"paused:{name}"
        if not text:
            return self._over(key, name, now)
        hint = "set right its keys, its rights or its credit; it is asked again by itself, and after a restart at once"
        if isinstance(found, Pause) and self._alerts.raise_alert(key, text, hint=hint, now=now):
            return True
        self._alerts.restate(key, text)
        return False

    def _over(self, key: str, name: str, now: datetime) -> bool:
        over = f"channel {name} works again" if name in self._channels else f"channel {name} is not configured any more"
        ended = self._alerts.recover(key, over, now=now)
        if ended:
            log.info("%s", over)
        return ended

    def _works(self, pause: Pause, now: datetime) -> bool:
        """Whether the channel was asked now and works; one that cannot be asked is simply tried."""
        name, asking = pause.channel, self._asking.get(pause.channel)
        if asking is None or asking.since != pause.since:
            asking = self._asking[name] = begin(pause, asking, self._begun)
        if now < asking.at:
            return False
        channel = self._channels[name]
        try:
            if isinstance(channel, Checkable):
                channel.check()
        except ChannelError as error:
            self._asking[name] = refused(asking, error, now)
            log.warning("channel %s stays paused: %s", name, error)
            return False
        self._asking[name] = replace(asking, ended=now)
        return True


def _said(found: Pause | Trial) -> str:
    if isinstance(found, Pause):
        return f"channel {found.channel} is paused: {found.reason}"
    return f"channel {found.channel} was paused, and is tried again: {found.reason}"
