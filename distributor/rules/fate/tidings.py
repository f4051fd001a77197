"""What receivers of webhooks are told, and what their answers mean. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from distributor.model.tidings import Tiding, Told, Waiting, Word

#: The pauses after failures in a row, ever longer; the last one lasts.
PAUSES = tuple(timedelta(seconds=one) for one in (5, 30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600))
#: No receiver may have us wait longer than this for one answer (``Retry-After``).
LONGEST = timedelta(days=1)
#: Who was not told for so long is behind, and somebody must know.
BEHIND = timedelta(minutes=15)
#: Answers that are about this message, not about the receiver: others are told meanwhile.
_ABOUT_THE_MESSAGE = frozenset({400, 409, 413, 422})
_GONE = 410
_PLAIN = {
    "sent": Word.SENT,
    "failed": Word.FAILED,
    "unknown": Word.UNKNOWN,
    "restored": Word.UNKNOWN,
    "corrected": Word.CORRECTED,
    "withdrawn": Word.WITHDRAWN,
}
#: How a doubt can end (``store.ledger.doubts``); what is sent again is told when that ends.
_SETTLED = {"sent": Word.SENT, "failed": Word.FAILED, "skipped": Word.FAILED}


class Fate(Enum):
    """What a refusal means for what follows."""

    #: the receiver wants no more
    END = "end"
    #: this message waits, and what happens to its story after it; others are told
    ASIDE = "aside"
    #: everything waits
    WAIT = "wait"


def word(kind: str, detail: str) -> Word | None:
    """What an event is to those outside; None: nothing."""
    if kind == "settled":
        return _SETTLED.get(detail.partition(":")[0])
    return _PLAIN.get(kind)


def fate(status: int | None) -> Fate:
    """What an answer of a status means, other than 2xx; None: there was no answer (RFC 9110; Standard Webhooks)."""
    if status == _GONE:
        return Fate.END
    return Fate.ASIDE if status in _ABOUT_THE_MESSAGE else Fate.WAIT


def pause(tries: int, asked: timedelta | None) -> timedelta:
    """How long to wait after so many failures in a row (1 is the first), no less than the receiver asked for."""
    own = PAUSES[min(tries, len(PAUSES)) - 1]
    return max(own, min(asked or timedelta(0), LONGEST))


def trouble(name: str, told: Told, waiting: Waiting, now: datetime) -> str:
    """Why somebody must look after a receiver; empty: nobody must."""
    why = f": {told.error or waiting.error}" if told.error or waiting.error else ""
    if told.ended_at is not None:
        return f"the receiver {name} wants no more webhooks{why}; {waiting.count} wait"
    if waiting.oldest is None or now - waiting.oldest < BEHIND:
        return ""
    late = (now - waiting.oldest) // timedelta(minutes=1)
    return f"the receiver {name} is behind by {late} minutes, {waiting.count} wait{why}"


def message(tiding: Tiding) -> dict[str, Any]:
    """What is told, as docs/hooks.md describes it: nothing that is internal, and no reader."""
    found = word(tiding.kind, tiding.detail)
    assert found is not None
    story = {"url": tiding.story, "headline": tiding.headline, "feed": tiding.feed}
    told: dict[str, Any] = {"event": tiding.event, "story": story}
    if tiding.delivery_id is None:
        facts = json.loads(tiding.detail)
        told |= {"delivery": None, "revision": facts["revision"], "note": facts["note"] or None}
    else:
        told |= {"delivery": _delivery(tiding, found), "revision": None, "note": None}
    about = "story" if tiding.delivery_id is None else "delivery"
    return {"type": f"{about}.{found.value}", "timestamp": said(tiding.at), "data": told}


def said(at: datetime) -> str:
    """An instant as messages have it: ISO 8601, UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _delivery(tiding: Tiding, found: Word) -> dict[str, Any]:
    assert tiding.act is not None
    is_sent = found is Word.SENT
    return {
        "id": tiding.delivery_id,
        "channel": tiding.channel,
        "kind": tiding.channel_kind,
        "act": tiding.act.value,
        "part": tiding.part,
        "state": _state(tiding, found),
        "url": (tiding.url or None) if is_sent else None,
        "remote_id": (tiding.remote_id or None) if is_sent else None,
        "reason": None if is_sent else _reason(tiding),
    }


def _state(tiding: Tiding, found: Word) -> str:
    return tiding.detail.partition(":")[0] if tiding.kind == "settled" else found.value


def _reason(tiding: Tiding) -> str | None:
    reason = tiding.detail.partition(":")[2] if tiding.kind == "settled" else tiding.detail
    return reason.strip() or None
