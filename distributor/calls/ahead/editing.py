"""Calls about the editors' file: what stands there, what another text would mean, saving it, every version of it. A
running program takes a new text over by itself (``distributor.daemon``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import datetime
from difflib import unified_diff
from hashlib import sha256

from distributor.app import App, proved_renderer
from distributor.calls.ahead.planning import plan
from distributor.calls.ahead.telling import told_digest, told_route, told_style, told_times
from distributor.calls.registry import Json, by, call
from distributor.config.settings import Settings
from distributor.errors import CallError, ConfigError, DistributorError
from distributor.looks import instant
from distributor.outlets import with_rules
from distributor.phrases import Phrase, words_of
from distributor.store.codes import from_ms
from distributor.store.connection import Row
from distributor.store.desk.acts import By
from distributor.store.file.whole import write_whole

#: The alert of a file that is not valid.
ALERT = "rules:file"
#: The longest text of the file, in characters.
LONGEST = 500_000


@call
def schedules(app: App) -> Json:
    """The editorial rules in force: routes, digests, the times of channels, and the style."""
    settings, text = app.settings, read_file(app)
    theirs = [_tables(text), _tables(app.store.editorials.in_force())]
    return {
        "at": instant(app.clock.now()),
        "zone": settings.desk.zone,
        "routes": [told_route(one) | _stands(theirs, "routes", one.name) for one in settings.routes],
        "digests": [told_digest(one) | _stands(theirs, "digests", one.name) for one in settings.digests],
        "channels": [told_times(one) | _stands(theirs, "channels", one.name) for one in settings.channels],
        "style": told_style(settings.style),
        "by_hand": theirs[0] is None,
    }


@call
def editorial_show(app: App) -> Json:
    """The editors' file as it stands, with the name of this very text and whether it is in force."""
    text = read_file(app)
    problem = judge(app, text) or _refused(app, text)
    return {"file": app.settings.desk.editorial.name, "text": text, "digest": digest(text), "problem": problem}


@call
def editorial_check(app: App, *, text: str, replay: int | None = None, forecast: int | None = None) -> Json:
    """Whether a text could stand as the editors' file, and what it would change; nothing is written."""
    problem = judge(app, text)
    if problem:
        return {"problem": problem, "plan": None}
    return {"problem": None, "plan": plan(app, replay=replay, forecast=forecast, rules=text)}


@call
def editorial_save(app: App, *, text: str, based_on: str, reason: str, who: str, through: str) -> Json:
    """Write the editors' file, if it still is the text that the change began with (its ``digest``)."""
    return _save(app, "saved", text, based_on, reason, by(app, who, through))


@call
def editorial_history(app: App, *, limit: int = 20) -> Json:
    """Every version of the editors' file, newest first, each with what it changed."""
    rows = app.store.editorials.latest(limit + 1)
    olds = [*(row["text"] for row in rows[1:]), ""]
    return {"versions": [_face(row, old) for row, old in zip(rows[:limit], olds, strict=False)]}


@call
def editorial_return(app: App, *, version: int, based_on: str, reason: str, who: str, through: str) -> Json:
    """Put an earlier version of the editors' file in its place again."""
    row = app.store.editorials.get(version)
    if row is None:
        told = Phrase("there is no version %(number)s", number=version)
        raise CallError("unknown_version", told, hint="editorial_history")
    return _save(app, "returned", row["text"], based_on, f"version {version}: {reason}", by(app, who, through))


def _tables(text: str) -> Json | None:
    """What a text says; None: it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _stands(theirs: Sequence[Json | None], table: str, name: str) -> Json:
    """In whose file a rule stands: the editors' may be broken by now, or take it out, and what it said is in force."""
    named = [some[table] for some in theirs if some and isinstance(some.get(table), dict)]
    return {"stands": "editors" if any(name in one for one in named) else "operator"}


def notice(app: App, now: datetime) -> str:
    """Put on record what somebody has changed by hand; the text that stands there now.

    One that is not valid changes nothing, and somebody is told.
    """
    text = read_file(app)
    known = app.store.editorials.latest()
    if known and known[0]["text"] == text:
        return text
    if not known and not text:
        return text
    problem = judge(app, text)
    who = By(who="somebody", through="the file", at=now)
    app.store.editorials.add("found", text, who, reason="edited by hand" if known else "as found", problem=str(problem))
    if problem:
        told = f"the editors' file is not valid, and the rules before it stay in force: {problem}"
        app.store.alerts.raise_alert(ALERT, told, hint="mend the file, or return to a version", now=now)
    else:
        app.store.alerts.recover(ALERT, "the editors' file is valid again", now=now)
    return text


def refuse(app: App, text: str, reason: str, now: datetime) -> None:
    """The running program could not take over a valid text, and went on with the rules before it: say so."""
    told = f"the new rules could not be taken over, and the rules before them stay in force: {reason}"
    _judged(app, text, told, now)
    hint = "change the file once more, or return to a version; a restart begins with what stands in the file"
    app.store.alerts.raise_alert(ALERT, told, hint=hint, now=now)


def accept(app: App, text: str, now: datetime) -> None:
    """What stands in the file is in force: nothing that was said against it holds any more."""
    if _refused(app, text):
        _judged(app, text, "", now)
        app.store.alerts.recover(ALERT, "what stands in the editors' file is in force", now=now)


def _judged(app: App, text: str, problem: str, now: datetime) -> None:
    known = app.store.editorials.latest()
    if known and known[0]["text"] == text:
        app.store.editorials.judge(known[0]["id"], problem, before=known[0]["problem"], now=now)


def _refused(app: App, text: str) -> str:
    """What is on record against a text, where it is the newest version."""
    known = app.store.editorials.latest()
    return str(known[0]["problem"]) if known and known[0]["text"] == text else ""


def judge(app: App, text: str) -> str:
    """Why a text cannot be taken over by the running program; empty: it can."""
    try:
        found = under(app, text)
        if found != app.settings:  # what is in force has its templates open already
            proved_renderer(found)
    except (ConfigError, DistributorError) as error:
        return words_of(error)
    return ""


def under(app: App, text: str) -> Settings:
    """The settings in force with a text's rules. Raises ConfigError."""
    return with_rules(app.settings, app.read(text))


def read_file(app: App) -> str:
    """What stands in the editors' file; nothing where there is none. Raises CallError."""
    try:
        return app.settings.desk.editorial.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise CallError(
            "not_readable", Phrase("the editors' file cannot be read: %(why)s", why=type(error).__name__)
        ) from error


def digest(text: str) -> str:
    """The name of a text: of another one it is another."""
    return sha256(text.encode("utf-8")).hexdigest()


def not_the_same() -> CallError:
    """What is raised where somebody else has changed the file meanwhile."""
    told = Phrase("the file has changed meanwhile; nothing is written")
    return CallError("not_the_same", told, hint=Phrase("look at it again"))


def _save(app: App, kind: str, text: str, based_on: str, reason: str, doer: By) -> Json:
    if not reason.strip():
        raise CallError("no_reason", Phrase("nobody says why"), hint=Phrase("a reason, for the history"))
    if len(text) > LONGEST:
        hint = Phrase("at most %(count)s characters", count=LONGEST)
        raise CallError("bad_rules", Phrase("the text is too long"), hint=hint)
    standing = notice(app, doer.at)
    if digest(standing) != based_on:
        raise not_the_same()
    problem = judge(app, text)
    if problem:
        raise CallError("bad_rules", problem, hint=Phrase("mend the text of the file first"))
    try:
        write_whole(app.settings.desk.editorial, text, mode=0o640)
    except OSError as error:
        told = Phrase("the editors' file cannot be written: %(why)s", why=error.strerror)
        raise CallError("not_written", told) from error
    version = app.store.editorials.add(kind, text, doer, reason=" ".join(reason.split()))
    app.store.alerts.recover(ALERT, "the editors' file is valid again", now=doer.at)
    return {"version": version, "digest": digest(text)}


def _face(row: Row, old: str) -> Json:
    lines = unified_diff(old.splitlines(), row["text"].splitlines(), "before", "after", lineterm="", n=1)
    return {
        "version": row["id"],
        "at": instant(from_ms(int(row["at"]))),
        "kind": row["kind"],
        "who": row["who"],
        "through": row["through"],
        "reason": row["reason"],
        "problem": row["problem"] or None,
        "changes": "\n".join(list(lines)[2:]),
    }
