"""The call that shows stories as each channel would; it changes nothing."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from distributor.app import App, make_renderer
from distributor.calls.registry import Json, call, find_story
from distributor.channels import kinds
from distributor.developing import developed
from distributor.inlets import fetcher
from distributor.looks import page_json
from distributor.model import Story
from distributor.outlets import open_darkroom
from distributor.render import Renderer
from distributor.showing import Wanted, previews


@call
def preview(
    app: App,
    *,
    last: int = 5,
    channel: str | None = None,
    url: str | None = None,
    template: str | None = None,
    source: str | None = None,
    pictures: bool = False,
) -> Json:
    """The latest stories, or one, as each channel would show them now; nothing is sent.

    ``template`` is a name as routes say it; with ``source`` it is the name of a file, and that its text. ``pictures``
    are fetched and made fit, and nobody is given them.
    """

    def renderer(before: Path | None) -> Renderer:
        return app.renderer if before is None else make_renderer(app.settings, before)

    def own(story: Story, name: str) -> str:
        return app.store.wordings.of(story.id, name)

    stories = [find_story(app, url)] if url is not None else app.store.stories.latest(last)
    wanted = Wanted(channel=channel, template=template, source=source)
    pages = {story.article.url: app.store.preflights.of_story(story.id) for story in stories}

    def paged(face: Json) -> Json:
        return face | {"page": page_json(pages[face["story"]], face["story"], kinds()[face["kind"]].crawler)}

    found = previews(app.settings, app.channels, stories, wanted, renderer=renderer, own=own)
    with ExitStack() as stack:
        if pictures:
            found = developed(found, app.channels, open_darkroom(app.settings, stack, fetcher))
    return {"previews": [paged(face) for face in found]}
