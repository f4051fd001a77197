"""The call that sends a story again where its post surely failed."""

from __future__ import annotations

from distributor.app import App
from distributor.calls.registry import Json, by, call, find_story, known
from distributor.calls.stories.posting import answer, look
from distributor.errors import CallError
from distributor.model import PubStatus
from distributor.phrases import Phrase


@call
def resend(app: App, *, who: str, through: str, url: str, channel: str, text: str | None = None) -> Json:
    """Send a story again where its post was refused for good: as a row of its own, through the same gates, once.

    ``text`` are other words for it there.
    """
    doer, story = by(app, who, through), find_story(app, url)
    if channel not in app.channels:
        raise CallError("unknown_channel", f"there is no channel {channel!r}", hint=known(app.channels))
    if story.article.pubstatus is PubStatus.CANCELED:
        raise CallError("withdrawn", Phrase("the story is withdrawn"), hint=f"distributor where {url}")
    lint = look(app, story, [channel], text) if text and text.strip() else []
    if why := app.store.resends.send(story.id, channel, doer, words=(text or "").strip()):
        raise CallError("not_failed", why, hint=Phrase("look at the channel; a post by hand is always possible"))
    return answer(app, story.id) | {"lint": lint}
