"""What somebody must know. Holds no behaviour that touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: What readers of alerts are subscribed to, whichever channel the mail leaves through.
ALERTS = "alerts"

#: How the keys of hand-over sheets begin: they are told like alerts, and are none.
HAND_OVER = "handover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A trouble while it lasts, and its end."""

    id: int
    #: what it is about, such as ``feed:politics``; while it lasts there is one alert of this key
    key: str
    text: str
    #: what can be done; may be empty
    hint: str
    raised_at: datetime
    #: None while it lasts
    recovered_at: datetime | None
    #: how it ended; empty while it lasts
    recovery: str
