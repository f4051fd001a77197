"""The call that finds stories by what somebody remembers of them."""

from __future__ import annotations

from distributor.app import App
from distributor.calls.registry import Json, call, story_names
from distributor.looks import instant, story_json
from distributor.model import PubStatus, Story
from distributor.rules.story.identity import BY_HAND, address_of
from distributor.store.connection import Row
from distributor.text.needles import needles

#: The most stories that one search tells, and how many where nobody says.
MOST, USUAL = 1000, 50


@call
def stories(app: App, *, words: str = "", limit: int = USUAL) -> Json:
    """The latest stories whose headline or address says all of some words; an address finds its own under any name."""
    most = min(limit, MOST)
    known = _behind(app, words.strip())
    found = [_face(known)] if known else [_row(row) for row in app.store.dossier.found(needles(words), most)]
    return {"zone": app.settings.desk.zone, "stories": found}


def _behind(app: App, link: str) -> Story | None:
    """The story of an address, also of one that it had before."""
    return app.store.stories.find(story_names(app, link)) if link and " " not in link else None


def _face(story: Story) -> Json:
    told = story_json(story)
    keys = ("id", "headline", "feed", "published", "first_seen", "revision")
    is_gone = story.article.pubstatus is PubStatus.CANCELED
    return {"story": address_of(story.article), **{key: told[key] for key in keys}, "is_withdrawn": is_gone}


def _row(row: Row) -> Json:
    return {
        "story": row["guid"] if row["feed"] == BY_HAND else row["url"],
        "id": row["id"],
        "headline": row["headline"],
        "feed": row["feed"],
        "published": instant(row["published_at"]),
        "first_seen": instant(row["first_seen_at"]),
        "revision": row["revision"],
        "is_withdrawn": row["pubstatus"] == PubStatus.CANCELED.value,
    }
