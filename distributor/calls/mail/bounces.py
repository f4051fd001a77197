"""Calls about what came back of mails: what it was taken for, how addresses fail, whom never to mail."""

from __future__ import annotations

from distributor.app import App, tell_desk
from distributor.calls.registry import Json, by, call
from distributor.errors import CallError
from distributor.looks import instant
from distributor.mime import mailbox
from distributor.rules.mail.groups import provider_of
from distributor.store.codes import from_ms
from distributor.store.connection import Row

#: Rows of each list where nobody says how many.
MOST = 50


@call
def bounces(app: App, *, unknown: bool = False, address: str = "", limit: int = MOST) -> Json:
    """What came back and what followed, how addresses fail, whom never to mail, and which providers refuse us."""
    now, book = app.clock.now(), app.store.bounces
    return {
        "returns": [return_face(row) for row in book.list(limit=limit, unknown=unknown, address=address)],
        "scores": [
            {
                "address": one,
                "points": score.points,
                "last_day": score.day.isoformat(),
                "rests": score.rests,
                "rests_until": instant(score.until) if score.until and score.until > now else None,
            }
            for one, score in book.scores(limit)
        ],
        "suppressed": [
            {"address": row["address"], "kind": row["kind"], "reason": row["reason"], "at": instant(from_ms(row["at"]))}
            for row in book.suppressed(limit)
        ],
        "providers": [
            {
                "domain": one.domain,
                "channel": one.channel or None,
                "status": one.status,
                "reason": one.reason,
                "until": instant(one.until),
            }
            for one in book.pauses(now)
        ],
        "unknown": book.unknown(),
    }


@call
def bounces_seen(app: App) -> Json:
    """Somebody has looked at what nobody understood."""
    return {"seen": app.store.bounces.seen()}


@call
def resume_provider(app: App, *, domain: str) -> Json:
    """Mail the readers of a provider again now, whatever it has answered."""
    provider = provider_of(domain)
    if not app.store.bounces.resume(provider, app.clock.now()):
        paused = ", ".join(sorted(one.domain for one in app.store.bounces.pauses(app.clock.now()))) or "(none)"
        raise CallError("not_paused", f"mail to {provider} does not rest", hint=f"resting: {paused}")
    app.store.deliveries.release("provider")
    return {"domain": provider}


@call
def suppress(app: App, *, address: str, reason: str, who: str, through: str) -> Json:
    """Never mail an address again, whoever subscribes it; what has not left is not sent."""
    doer = by(app, who, through)
    try:
        mailbox(address)
    except ValueError as error:
        raise CallError("bad_address", f"{address!r} is not a mail address", hint="name@example.org") from error
    if not reason.strip():
        raise CallError("no_reason", "nobody will know why", hint="--reason TEXT")
    if not app.store.bounces.suppress(address, reason=reason, who=doer.who, now=doer.at):
        raise CallError("suppressed_already", f"{address} is never mailed already")
    tell_desk(app.settings, app.store)
    return {"address": address, "reason": reason}


@call
def unsuppress(app: App, *, address: str, reason: str, who: str, through: str) -> Json:
    """Let an address be mailed again, with its failures forgotten."""
    doer = by(app, who, through)
    if not app.store.bounces.unsuppress(address, reason=reason, who=doer.who, now=doer.at):
        raise CallError("not_suppressed", f"{address} is neither suppressed nor resting")
    tell_desk(app.settings, app.store)
    return {"address": address}


def return_face(row: Row) -> Json:
    """What came back, of a row of ``returns``."""
    return {
        "id": row["id"],
        "at": instant(from_ms(row["at"])),
        "source": row["source"],
        "kind": row["kind"],
        "address": row["address"] or None,
        "delivery": row["delivery_id"],
        "class": row["class"],
        "status": row["status"],
        "action": row["action"],
        "proof": row["proof"],
        "reason": row["reason"] or None,
        "unknown": bool(row["unknown"]),
    }
