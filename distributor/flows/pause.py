"""A paused channel: somebody is told, once, and the platform is asked ever more rarely whether it works again.
Must not send anything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from distributor.errors import ChannelError
from distributor.interfaces import Channel, Checkable
from distributor.model import Pause
from distributor.rules.queue.pausing import Asking, begin, refused

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """Where pauses stand."""

    def pauses(self) -> Sequence[Pause]:
        """The channels that send nothing until their credentials work again."""
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


class Pauses:
    """Watches over the pauses of all channels."""

    def __init__(self, channels: Mapping[str, Channel], ledger: Ledger, alerts: AlertBook, *, begun: datetime) -> None:
        """``begun`` is when this run of the program did."""
        self._channels = channels
        self._ledger = ledger
        self._alerts = alerts
        self._begun = begun
        self._asking: dict[str, Asking] = {}
        #: by channel, whether its alert is known to be raised; a name that is not here: unknown since the start
        self._told: dict[str, bool] = {}

    def tell(self, now: datetime) -> bool:
        """Raise an alert for each channel that is paused, and end it for each that is no more; whether one is news."""
        paused = {pause.channel: pause for pause in self._ledger.pauses()}
        names = dict.fromkeys((*self._channels, *paused))  # in an order that is the same in every run
        news = [self._tell(name, paused.get(name), now) for name in names]
        return any(news)

    def ask(self, now: datetime) -> Sequence[str]:
        """Ask those whose time has come, by a harmless call; the channels that work again."""
        due = [pause for pause in self._ledger.pauses() if pause.channel in self._channels]
        found = [pause.channel for pause in due if self._works(pause, now)]
        for name in found:
            self._ledger.resume(name, now)
            log.info("channel %s works again", name)
        return found

    def _tell(self, name: str, pause: Pause | None, now: datetime) -> bool:
        is_paused = pause is not None and name in self._channels
        if self._told.get(name) is is_paused:
            return False
        self._told[name] = is_paused
        key = f"paused:{name}"
        if pause is None or not is_paused:
            return self._alerts.recover(key, f"channel {name} works again", now=now)
        hint = "set right its keys, its rights or its credit; it is asked again by itself, and after a restart at once"
        return self._alerts.raise_alert(key, f"channel {name} is paused: {pause.reason}", hint=hint, now=now)

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
