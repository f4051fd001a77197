"""Calls about single issues: what became of each, stopped, let go, ended, and sent to those who were left out."""

from __future__ import annotations

from collections import Counter

from distributor.app import App
from distributor.calls.registry import Json, by, call, known
from distributor.errors import CallError
from distributor.flows.canary import ALERT
from distributor.looks import instant
from distributor.model import Control, Issue, IssueState, Phase, Segment
from distributor.rules.mail.control import resumed, stopped
from distributor.rules.mail.receipts import Fate, Sums, summed
from distributor.store.desk.acts import By
from distributor.store.desk.holds import Scope

#: States of an issue of which something may still leave.
UNDER_WAY = (IssueState.FREEZING, IssueState.OPEN)
#: Most issues that are looked through for a list.
_LOOKED_AT = 10_000


@call
def issue_list(app: App, *, digest: str | None = None, limit: int = 20) -> Json:
    """The latest issues, newest first."""
    if digest is not None and digest not in app.digests:
        raise CallError("unknown_digest", f"there is no digest {digest!r}", hint=known(app.digests))
    found = [one for one in app.store.issues.list(_LOOKED_AT) if _is_wanted(one, digest)]
    return {"issues": [_face(app, one) for one in found[:limit]]}


@call
def issue_show(app: App, *, issue: int) -> Json:
    """One issue: how it stands, who holds it, its first mails, its stories as they read now."""
    found = _find(app, issue)
    clicks = dict(app.store.archive.clicks(issue)) if app.settings.mail.count_clicks else {}
    stories = [
        {"id": one.id, "headline": one.article.headline, "url": one.article.url, "clicks": clicks.get(one.id)}
        for one in app.store.stories.of_issue(issue)
    ]
    return _face(app, found) | {"canary": _canary(app, app.store.control.get(issue)), "stories": stories}


@call
def issue_receipt(app: App, *, issue: int) -> Json:
    """What became of every recipient of an issue: each in exactly one fate, and why; the sums, and what was carried."""
    found = _find(app, issue)
    rows, frozen = app.store.control.receipt(issue)
    whole, parts = summed(rows)
    told = app.store.choices.segments(issue)
    return {
        **_name(found),
        "frozen": frozen,
        "whole": frozen is None or frozen == whole.recipients,
        **_sums(whole),
        "segments": [
            {"number": number, "choice": _choice(told.get(number)), **_sums(parts[number])} for number in sorted(parts)
        ],
        "revisions": [
            {
                "story": row["story_id"],
                "headline": row["headline"],
                "revision": row["revision"],
                "mails": row["n"],
            }
            for row in app.store.control.carried(issue)
        ],
    }


@call
def issue_stop(app: App, *, issue: int, who: str, through: str, reason: str, ends: bool = False) -> Json:
    """Let nothing more of an issue leave: held until somebody resumes it, or ended for good."""
    doer = by(app, who, through)
    if not reason.strip():
        raise CallError("no_reason", "nothing says why", hint="--reason TEXT")
    control = _under_way(app, issue)
    phase, why = stopped(control, doer.at, ends=ends)
    if phase is None:
        raise CallError("already_stopped", f"issue {issue}: {why}", hint="--end to send nothing more of it")
    _moved(app.store.control.hold(control, phase, reason, doer), issue)
    app.warden.tend(doer.at)
    _over(app, issue, f"{phase.value} by {doer.who}", doer)
    leaving = app.store.holds.at_the_wire(Scope(subject=issue))
    return _face(app, _find(app, issue)) | {"leaving": leaving}


@call
def issue_resume(app: App, *, issue: int, who: str, through: str) -> Json:
    """Let go what a stop, a halt or a canary holds of an issue."""
    doer = by(app, who, through)
    control = _under_way(app, issue)
    phase = resumed(control)
    if phase is None:
        raise CallError("nothing_stopped", f"nothing holds issue {issue}", hint=f"distributor issue show {issue}")
    _moved(app.store.control.go_on(control, phase, doer), issue)
    app.warden.tend(doer.at)
    _over(app, issue, f"resumed by {doer.who}", doer)
    return _face(app, _find(app, issue))


@call
def issue_rest(app: App, *, issue: int, who: str, through: str) -> Json:
    """Send an ended issue to those whom its end left out, as an issue of its own; what they have had is left out."""
    doer = by(app, who, through)
    found, place = _find(app, issue), app.store.control.place(issue)
    if app.store.control.get(issue).phase is not Phase.ENDED or place is None:
        hint = f"distributor issue resume {issue}, where it is only held"
        raise CallError("not_ended", f"issue {issue} was not ended, so nobody is left out for good", hint=hint)
    if found.state in UNDER_WAY:
        raise CallError("not_closed", f"issue {issue} is still being ended", hint="once it is closed, in some seconds")
    if place["rest"]:
        raise CallError("rest_sent", f"its rest was sent as issue {place['rest']}", hint="distributor issue show")
    digest = app.digests.get(found.digest)
    if digest is None:
        raise CallError("unknown_digest", f"there is no digest {found.digest!r}", hint=known(app.digests))
    # beside its slot, so that it is in no regular slot's way, and can be there once
    number = app.store.control.open_rest(issue, f"{found.slot} rest", undo=digest.undo, by=doer)
    _moved(number is not None, issue)
    app.warden.tend(doer.at)
    return _face(app, _find(app, number or 0))


def _is_wanted(issue: Issue, digest: str | None) -> bool:
    return issue.digest == digest if digest is not None else " " not in issue.digest


def _find(app: App, issue: int) -> Issue:
    found = app.store.issues.get(issue)
    if found is None or not _is_wanted(found, None):  # a round-up is no digest's
        raise CallError("unknown_issue", f"there is no issue {issue}", hint="distributor issue list")
    return found


def _under_way(app: App, issue: int) -> Control:
    found = _find(app, issue)
    if found.state not in UNDER_WAY:
        raise CallError(
            "not_under_way", f"issue {issue} is {found.state.value}", hint=f"distributor issue receipt {issue}"
        )
    return app.store.control.get(issue)


def _moved(is_done: bool, issue: int) -> None:
    if not is_done:
        raise CallError("changed", f"issue {issue} has changed meanwhile", hint=f"distributor issue show {issue}")


def _over(app: App, issue: int, text: str, doer: By) -> None:
    app.store.alerts.recover(ALERT.format(issue), f"issue {issue} was {text}", now=doer.at)


def _name(issue: Issue) -> Json:
    return {"issue": issue.id, "digest": issue.digest, "slot": issue.slot, "state": issue.state.value}


def _face(app: App, issue: Issue) -> Json:
    control, place = app.store.control.get(issue.id), app.store.control.place(issue.id)
    counts = app.store.deliveries.subject_counts(issue.id)
    return {
        **_name(issue),
        "reason": issue.reason or None,
        "opened": instant(issue.opened_at),
        "begins": instant(control.begins_at),
        "phase": control.phase.value,
        "why": control.reason or None,
        "who": control.who or None,
        "through": control.through or None,
        "at": instant(control.at) if control.who else None,
        "rest_of": place["rest_of"] if place else None,
        "rest": place["rest"] if place else None,
        "deliveries": {state.value: count for state, count in counts.items()},
    }


def _canary(app: App, control: Control) -> Json | None:
    if control.canary is None:
        return None
    counts: Counter[str] = Counter()
    for one in app.store.control.answers(control.issue):
        counts[one.state.value] += one.count
    canary = control.canary
    return {
        "wanted": str(canary.number) if canary.number else f"{canary.share:.3%}",
        "mails": counts.total(),
        "drawn": instant(control.drawn_at),
        "until": instant(control.watched_until),
        "judged": instant(control.judged_at),
        "deliveries": dict(counts),
    }


def _sums(sums: Sums) -> Json:
    return {fate.value: sums.fates[fate] for fate in Fate} | {
        "recipients": sums.recipients,
        "why": {fate.value: dict(sums.why[fate]) for fate in Fate if sums.why.get(fate)},
    }


def _choice(segment: Segment | None) -> str:
    """What the readers of a segment have chosen, in words."""
    wish = segment.wish if segment is not None else None
    if wish is None:
        return "everybody"
    told = (wish.rhythm, wish.hour, wish.weekday and f"day {wish.weekday}", wish.zone, wish.sections, wish.language)
    return ", ".join(str(one) for one in told if one) or "the newsletter's own"
