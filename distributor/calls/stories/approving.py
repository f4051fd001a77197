"""The call that says yes to a story."""

from __future__ import annotations

from distributor.app import App
from distributor.calls.registry import Json, by, call, find_story, know_channel
from distributor.errors import CallError
from distributor.store.desk.approvals import Approved


@call
def approve(app: App, *, who: str, through: str, url: str, channel: str | None = None) -> Json:
    """Say yes to a story, on one channel or on all where it waits for that; the same person twice is one."""
    doer = by(app, who, through)
    know_channel(app, channel)
    story = find_story(app, url)
    found = app.store.approvals.approve(story.id, doer, channel=channel)
    if not found:
        hint = "distributor where URL shows what it waits for"
        raise CallError("nothing_to_approve", "the story waits for no approval there", hint=hint)
    return {"story": story.article.url, "headline": story.article.headline, "channels": [_face(one) for one in found]}


def _face(one: Approved) -> Json:
    return {
        "channel": one.channel,
        "approved_by": list(one.people),
        "needed": one.needed,
        "counted": one.counted,
        "released": one.free,
        "still_held": one.waiting,
    }
