"""A person's word about deliveries whose fate nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from distributor.app import App
from distributor.calls.registry import Json, call, known
from distributor.errors import CallError
from distributor.model import Doubtful, Drop, Found, Seen, SendAgain, Settlement, State
from distributor.store.desk.acts import By
from distributor.store.ledger.doubts import MOST

#: The face through which a person's word usually comes.
USUAL = "command line"


@call
def settle(
    app: App,
    *,
    by: str,
    through: str = USUAL,
    ids: Sequence[int] = (),
    channel: str | None = None,
    every: bool = False,
    sent: str | None = None,
    there: bool = False,
    resend: bool = False,
    drop: bool = False,
) -> Json:
    """Settle unknown deliveries on a person's word: they stand at an address, go out again, or are dropped."""
    _one_verdict(sent=sent, there=there, resend=resend, drop=drop)
    _named(app, ids=ids, channel=channel, every=every, sent=sent)
    if not by.strip():
        raise CallError("no_name", "nobody is named who decides", hint="--by NAME")
    now = app.clock.now()
    settlement = _settlement(sent, there=there, resend=resend, by=by, now=now)
    if resend:
        _may_leave(app, ids)
    doer = By(who=by, through=through, at=now)
    settled = [number for batch in _batches(app, ids, channel) for number in _written(app, batch, settlement, doer)]
    return {"settled": settled, "as": "sent" if sent or there else "due" if resend else "skipped", "by": by}


def _one_verdict(*, sent: str | None, there: bool, resend: bool, drop: bool) -> None:
    if [sent is not None, there, resend, drop].count(True) != 1:
        raise CallError("one_verdict", "exactly one verdict is needed", hint="--sent URL, --there, --resend or --drop")


def _named(app: App, *, ids: Sequence[int], channel: str | None, every: bool, sent: str | None) -> None:
    """Raise CallError unless it is clear which deliveries are meant, and all of them are unknown."""
    if [bool(ids), channel is not None, every].count(True) != 1:
        raise CallError("nothing_named", "name deliveries, one channel, or all", hint="ID ..., --channel NAME or --all")
    if sent is not None and len(ids) != 1:
        raise CallError("one_address", "an address is one delivery's", hint="settle ID --sent URL")
    names = {row["name"] for row in app.store.deliveries.channels()}
    if channel is not None and channel not in names:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=known(names))
    states = app.store.doubts.states(ids)
    if missing := [number for number in ids if number not in states]:
        raise CallError("unknown_delivery", f"there is no delivery {missing[0]}", hint="distributor deliveries")
    for number, state in states.items():
        if state is not State.UNKNOWN:
            raise CallError(
                "not_unknown", f"delivery {number} is {state.value}", hint="only what is unknown can be settled"
            )


def _may_leave(app: App, ids: Sequence[int]) -> None:
    """Raise CallError where the story of a delivery that is to go out again was withdrawn."""
    for doubt in app.store.doubts.unknown(ids):
        if doubt.is_withdrawn:
            number = doubt.delivery.id
            hint = "--sent URL where it stands on the channel, otherwise --drop"
            raise CallError(
                "withdrawn", f"the story of delivery {number} was withdrawn; it is not sent again", hint=hint
            )


def _settlement(sent: str | None, *, there: bool, resend: bool, by: str, now: datetime) -> Settlement:
    """``there``: it stands there, and where is not said; a lookout finds the address, where its platform tells."""
    if sent is not None or there:
        return Found(post=Seen(remote_id=_number(sent) if sent else "", url=sent or "", at=now, text=""))
    if resend:
        return SendAgain(at=now, reason=f"{by} lets it go out again", is_absent=True)
    return Drop(reason=f"{by} dropped it; it may stand there or not")


def _number(url: str) -> str:
    """The post's number at the end of its address; empty where it ends otherwise. Raises CallError."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        fits = False
    if not fits:
        hint = "such as https://x.com/desk/status/1861"
        raise CallError("bad_address", f"{url!r:.80} is not the address of a post", hint=hint)
    found = re.search(r"/([0-9]{1,19})/?\Z", parts.path)
    return found[1] if found else ""


def _batches(app: App, ids: Sequence[int], channel: str | None) -> Iterator[Sequence[Doubtful]]:
    """What is unknown now of the deliveries meant, in parts, so that lanes come between."""
    numbers = ids or app.store.doubts.numbers(channel)
    for start in range(0, len(numbers), MOST):
        yield app.store.doubts.unknown(numbers[start : start + MOST])


def _written(app: App, batch: Sequence[Doubtful], settlement: Settlement, doer: By) -> Sequence[int]:
    again = isinstance(settlement, SendAgain)
    meant = [(doubt, settlement) for doubt in batch if not (again and doubt.is_withdrawn)]
    return app.store.doubts.settle(meant, now=doer.at, actor=doer.who, through=doer.through)
