"""The call that shows an editor's words on channels before anything is done with them."""

from __future__ import annotations

from collections.abc import Sequence

from distributor.app import App
from distributor.calls.registry import Json, call, find_story, known
from distributor.calls.stories.posting import MARK, may_leave
from distributor.errors import CallError
from distributor.model import ROUTINE, Article, Story
from distributor.rules.story.identity import BY_HAND
from distributor.showing import Showcase
from distributor.text.links import canonical


@call
def draft(
    app: App,
    *,
    channels: Sequence[str],
    text: str,
    url: str | None = None,
    link: str | None = None,
    at: str | None = None,
) -> Json:
    """An editor's own words as channels would show them, with length, lint and price; nothing is kept or sent.

    They are those for a story (``url``), or for a post by hand that leads to ``link`` and is set for ``at``.
    """
    may_leave(app, at)
    story = find_story(app, url) if url is not None else _by_hand(app, text, link)
    if unknown := [name for name in channels if name not in app.channels]:
        raise CallError("unknown_channel", f"there is no channel {unknown[0]!r}", hint=known(app.channels))
    show = Showcase(app.settings, app.channels, app.renderer).shown
    return {"drafts": [show(story, name, own=text) for name in channels] if text.strip() else []}


def _by_hand(app: App, text: str, link: str | None) -> Story:
    """The story that a post by hand would be."""
    now = app.clock.now()
    leads = link is not None and link.startswith(("http://", "https://"))
    article = Article(
        feed=BY_HAND,
        guid=MARK,
        url=canonical(link) if link and leads else "",
        headline=" ".join(text.split())[:200],
        body=text.strip(),
        urgency=ROUTINE,
        published=now,
        language=app.settings.desk.language,
    )
    return Story(id=0, article=article, first_seen_at=now)
