"""A notice to the desk past the ledger: straight through the alert channels of the configuration. Opens no store, so
that it works when the store cannot.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distributor.app import READERS_FILE, make_renderer, open_channels
from distributor.errors import DistributorError
from distributor.interfaces import Channel
from distributor.model import Alert, Message, Parcel, Recipient

if TYPE_CHECKING:
    from distributor.config import Settings

Json = dict[str, Any]

_NOBODY = 'nobody is known to subscribe "alerts"'


def send_notice(settings: Settings, text: str, *, hint: str = "", now: datetime, books: Sequence[Path] = ()) -> Json:
    """Tell the desk now; what came of it, channel by channel.

    Who gets mail was put down beside the store when the daemon last ran; ``books`` are further folders with that file,
    looked into first. Raises TemplateError.
    """
    alert = Alert(id=0, key="notice", text=text, hint=hint, raised_at=now, recovered_at=None, recovery="")
    renderer = make_renderer(settings)
    places = (*books, settings.store_folder)
    wanted = [one for one in settings.channels if one.name in settings.alerts.channels]
    with ExitStack() as stack:
        found = []
        for name, channel in open_channels(settings, stack, wanted).items():
            message = renderer.notice(channel.kind, channel.limits, alert, over=False)
            found += [{"channel": name, **one} for one in _told(_recipients(channel, places), channel, message, now)]
    return {"ok": bool(found) and all(one["ok"] for one in found), "told": found}


def _told(recipients: Sequence[Recipient | None], channel: Channel, message: Message, now: datetime) -> Iterator[Json]:
    for recipient in recipients:
        if recipient is None:
            yield {"to": None, "ok": False, "detail": _NOBODY}
            continue
        key = base64.b32encode(secrets.token_bytes(10)).decode().lower()
        parcel = Parcel(message=message, recipient=recipient, key=key, first_sent_at=now)
        to = recipient.address or None
        try:
            receipt = channel.send(parcel)
            yield {"to": to, "ok": True, "detail": receipt.url or receipt.remote_id or "sent"}
        except DistributorError as error:
            yield {"to": to, "ok": False, "detail": str(error)}


def _recipients(channel: Channel, places: Sequence[Path]) -> Sequence[Recipient | None]:
    """Whom a channel tells: its own audience, or the readers of alerts; None where there should be some."""
    if channel.kind != "email":
        return [Recipient()]
    found = next((lines for lines in map(_addresses, places) if lines), [])
    return [Recipient(address=line) for line in found] or [None]


def _addresses(folder: Path) -> Sequence[str]:
    try:
        return (folder / READERS_FILE).read_text("utf-8").split()
    except (OSError, ValueError):
        return []
