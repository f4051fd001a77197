"""What says whether two stories are one, and why: of the store, or of a saved document. Looks and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from distributor.app import App
from distributor.calls.registry import Json, call, find_story
from distributor.errors import CallError
from distributor.looks import sameness_json
from distributor.model import Article, Story
from distributor.rules.story.sameness import THRESHOLD, Evidence, Sameness, Verdict, sameness
from distributor.sources.guard import Guard
from distributor.sources.parsed import Reading
from distributor.text.links import canonical


@call
def why(app: App, *, one: str, other: str) -> Json:
    """Whether two stories of the store, by address or number, are one, with each piece of evidence and its weight."""
    first, second = _story(app, one), _story(app, other)
    if first.id == second.id:
        said = f"both are names of the story {first.id}: it came under either, or was known again under the second"
        known = Evidence(about="store", weight=THRESHOLD, says=said)
        found = Sameness(verdict=Verdict.SAME, evidence=(known,))
    else:
        found = sameness(first.article, second.article)
    return sameness_json(found, [(first.id, first.article), (second.id, second.article)])


def weigh_file(path: Path, base: str, one: str, other: str) -> Json:
    """Whether two items of a saved document are one story, by place or address. Raises ParseError, CallError."""
    with closing(Guard()) as guard:
        articles = guard.parse(path.read_bytes(), base or path.name, "", Reading(kind="auto")).articles
    first, second = _item(articles, one), _item(articles, other)
    return sameness_json(sameness(first, second), [(None, first), (None, second)])


def _item(articles: Sequence[Article], name: str) -> Article:
    """The article at a place, or of an address. Raises CallError."""
    if name.isascii() and name.isdigit():
        found = articles[int(name) - 1 : int(name)] if len(name) < 9 and int(name) else ()
    else:
        found = [article for article in articles if canonical(article.url) == canonical(name)]
    if not found:
        raise CallError("unknown_item", f"the file has no item {name}", hint=f"it has {len(articles)} items")
    return found[0]


def _story(app: App, name: str) -> Story:
    """The story of a number or an address. Raises CallError."""
    if not (name.isascii() and name.isdigit() and len(name) < 19):
        return find_story(app, name)
    story = app.store.stories.get(int(name))
    if story is None:
        raise CallError("unknown_story", f"there is no story {name}", hint="distributor where URL shows its number")
    return story
