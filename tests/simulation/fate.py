"""What became of every story, in the end: each is where readers see it, or the script says why it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from distributor.model import Doubt, PubStatus, Stale, State
from distributor.rules.fate.doubt import MAYBE_THERE, NOT_FOUND
from distributor.rules.fate.lifecycle import MOST_TRIES
from distributor.store.codes import STATES
from tests.simulation.ground import Ground
from tests.simulation.world import Broken

if TYPE_CHECKING:
    from tests.simulation.life import Life


def judge(life: Life, ground: Ground) -> None:
    """Raise Broken for a story that is lost, or whose fate has no reason."""
    rows = ground.raw.execute(
        "SELECT d.*, c.name AS channel FROM deliveries d JOIN channels c ON c.id = d.channel_id"
    ).fetchall()
    keys = {row["key"]: row["story_id"] for row in ground.raw.execute("SELECT key, story_id FROM story_keys")}
    for told in life.site.articles.values():
        story = keys.get(f"guid:{told.feed}:{told.guid}")
        if story is None:
            raise Broken(f"{told.guid} was published and is nowhere")
        for channel in life.platforms:
            if not any(row["subject_id"] == story and row["channel"] == channel for row in rows):
                raise Broken(f"{told.guid} has no row for {channel}")
    for row in rows:
        complaint = _complaint(life, row, ground)
        if complaint:
            raise Broken(f"delivery {row['id']} on {row['channel']} {complaint}: {dict(row)}")
    _sums(ground)


def _complaint(life: Life, row: Any, ground: Ground) -> str:
    """Why a row's end is not as it must be; empty when it is."""
    facts = life.world.facts[life.mark(row["id"])]
    match STATES[row["state"]]:
        case State.SENT:
            return "" if facts.copies or life.watch.stands(row["id"]) else "is called sent and is not there"
        case State.FAILED:
            if row["reason"].startswith("gave up after"):
                # each crash may have left one more mark than requests, for nobody knows whether one had left
                tried = facts.doubts + life.crashes
                return "" if row["doubts"] >= MOST_TRIES <= tried else "is given up too early"
            # where nobody can be asked, the refusal of a repetition says nothing of the first try
            is_there = facts.copies and not (row["doubts"] and _cannot_be_asked(life, row["channel"]))
            return "" if facts.rejected and not is_there else "failed without a refusal, or is there after all"
        case State.SKIPPED:
            if "never sent again" in row["reason"]:
                return "" if life.policies[row["channel"]].unknown is Doubt.NEVER else "is dropped against the policy"
            if facts.copies and not (row["doubts"] and _cannot_be_asked(life, row["channel"])):
                return "" if _may_show_later(life, row) else "is skipped and is there"
            return _skipped(life, row, ground)
        case state:
            return f"is still {state}"


def _cannot_be_asked(life: Life, channel: str) -> bool:
    return channel in ("mail", "hook") or life.platforms[channel].is_protected


def _may_show_later(life: Life, row: Any) -> bool:
    """Whether a withdrawn post in doubt was looked for in vain, and our clock, by which the looks are timed, was wrong.

    Nothing is sent again that could be refused as a repetition, so nothing else tells; the row says that it was looked
    for. Under a right clock the last look comes later than anything shows.
    """
    return life.has_jumped and row["reason"] == NOT_FOUND


def _skipped(life: Life, row: Any, ground: Ground) -> str:
    reason = row["reason"]
    if "withdrawn" in reason or "its status is" in reason:
        status = ground.raw.execute("SELECT pubstatus FROM stories WHERE id = ?", (row["subject_id"],)).fetchone()
        ended = status is None or status["pubstatus"] != PubStatus.USABLE.value or life.hits["story withdrawn"]
        return "" if ended else "is skipped as withdrawn and its story stands"
    if reason.removesuffix(f"; {MAYBE_THERE}") in ("the reader has left", "nobody is subscribed"):
        return "" if life.leaving else "is skipped for a reader who has not left"
    if reason in ("an editor dropped it", "skipped by an editor"):
        return ""
    if reason.startswith("folded into the round-up of"):
        return "" if _is_told(row, ground) else "is folded into a round-up that does not tell it"
    if reason.startswith("it was no news any more"):
        policy = life.policies[row["channel"]]
        is_stale = row["stale_at"] is not None and row["stale_at"] <= row["ended_at"]
        return "" if is_stale and policy.stale is Stale.SKIP else "is skipped as stale and is not"
    return "is skipped for no reason that the script knows"


def _is_told(row: Any, ground: Ground) -> bool:
    """Whether the story of a folded row stands in a round-up of its channel."""
    sql = """SELECT 1 FROM issue_stories s JOIN deliveries d ON d.subject_id = s.issue_id
        WHERE s.story_id = ? AND d.channel_id = ? AND d.act = 4"""
    return ground.raw.execute(sql, (row["subject_id"], row["channel_id"])).fetchone() is not None


def _sums(ground: Ground) -> None:
    """Planned = sent + failed + unknown + skipped + open, for every subject; an issue's frozen number is its rows."""
    rows = ground.raw.execute(
        "SELECT i.id, i.recipients, (SELECT count(*) FROM deliveries d WHERE d.subject_id = i.id) AS n, i.state"
        " FROM issues i"
    ).fetchall()
    for row in rows:
        if row["state"] in ("open", "closed") and row["recipients"] != row["n"]:
            raise Broken(f"issue {row['id']} has {row['n']} rows of {row['recipients']} recipients")
        if row["state"] == "open":
            raise Broken(f"issue {row['id']} is never closed")
