"""What was corrected and taken back in public: the list, and the feed of it that readers can follow."""

from __future__ import annotations

import logging

from distributor.app import App
from distributor.calls.registry import Json, call
from distributor.looks import instant
from distributor.model import Revision, Story
from distributor.store.file.whole import write_whole

log = logging.getLogger(__name__)

#: How many the feed tells, and how far a list may go back.
MOST, LONGEST = 100, 1000
_ALERT = "corrections feed"
#: Whoever serves the file must be able to read it.
_PUBLIC = 0o644


@call
def corrections(app: App, *, limit: int = 50) -> Json:
    """What was corrected and taken back of what readers may have read, newest first, and what was done about it."""
    path = app.settings.desk.corrections_feed
    told = app.store.posts.told(min(limit, LONGEST))
    return {"feed": str(path) if path else None, "corrections": [_told(app, story, change) for story, change in told]}


def publish_corrections(app: App) -> bool:
    """Write the public feed where it is not what it should be; whether it was written.

    A store that is not the live one tells nothing: it may be older than the feed.
    """
    path, now = app.settings.desk.corrections_feed, app.clock.now()
    if path is None or app.mode != "live":
        return False
    text = app.renderer.corrections(app.store.posts.told(MOST))
    try:
        if path.exists() and path.read_bytes() == text.encode():
            return False
        write_whole(path, text, mode=_PUBLIC)
    except OSError as error:
        why = f"the feed of corrections cannot be written to {path}: {error.strerror}"
        if app.store.alerts.raise_alert(_ALERT, why, hint="desk.corrections_feed", now=now):
            log.error(why)
        return False
    app.store.alerts.recover(_ALERT, f"the feed of corrections stands in {path}", now=now)
    return True


def _told(app: App, story: Story, change: Revision) -> Json:
    return {
        "at": instant(change.at),
        "class": change.meaning.value,
        "headline": story.article.headline,
        "url": story.article.url,
        "revision": change.number,
        "note": change.note or None,
        "who": change.who or None,
        "done": [
            {"channel": channel, "act": act.value, "state": state.value, "count": count}
            for channel, act, state, count in app.store.posts.follow_ups(story.id, change.number)
        ],
    }
