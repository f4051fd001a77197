"""The call that publishes what somebody brings: a story of a newsroom's own system, or a file or page by hand."""

from __future__ import annotations

from collections.abc import Sequence

from distributor.app import App
from distributor.calls.registry import Json, by, call, known
from distributor.errors import CallError, FetchError, SourceError
from distributor.interfaces import Fetched, Told, Validators
from distributor.looks import delivery_json
from distributor.model import Article, Change
from distributor.rules.story.identity import keys

#: What is said of a delivery.
FACE = ("id", "channel", "state", "reason", "held_by")
#: What a document may be, in the words of a refusal.
KINDS = "ninjs, our own JSON, a JSON Feed, RSS or Atom, an HTML page, or Markdown"


@call
def publish(
    app: App,
    *,
    who: str,
    through: str,
    document: str | None = None,
    url: str | None = None,
    feed: str | None = None,
    key: str | None = None,
) -> Json:
    """Publish the stories of a document that somebody brings, or of a page, now: by the same road as a feed's.

    ``key`` is the message's own id where a system pushes it: the same one is taken once. ``url`` beside a document is
    what its relative links start from, and alone the page to publish.
    """
    doer = by(app, who, through)
    name, source = _source(app, feed)
    if key is not None and app.store.hubs.was_pushed(name, key):
        return {"feed": name, "repeated": True, "stories": [], "warnings": []}
    try:
        articles = source.parse(_fetched(source, document, url))
    except FetchError as error:
        raise CallError("not_fetched", str(error), hint=f"distributor fetch {url}") from error
    except SourceError as error:
        raise CallError("not_read", str(error), hint=f"expected {KINDS}") from error
    if not articles:
        told = "; ".join(source.warnings) or "the document holds no story"
        raise CallError("not_read", told, hint="a story has a headline and the address of its page")
    done = app.ingesters[name].take(articles, doer.at)
    if key is not None:
        app.store.hubs.pushed(name, key, doer.at)
    stories = [_story(app, article, done.changes) for article in articles]
    return {"feed": name, "repeated": False, "stories": stories, "warnings": list(source.warnings)}


def _source(app: App, feed: str | None) -> tuple[str, Told]:
    """The feed that takes what is brought. Raises CallError."""
    takes = {name: source for name, source in app.sources.items() if isinstance(source, Told)}
    if feed is None and len(takes) == 1:
        return next(iter(takes.items()))
    if not takes:
        raise CallError("no_feed", "no feed takes what somebody brings", hint='add [feeds.desk] with type = "push"')
    if feed is None:
        raise CallError("no_feed", "more than one feed takes what somebody brings; name one", hint=known(takes))
    if feed not in takes:
        raise CallError("unknown_feed", f"no feed of type push is called {feed!r}", hint=known(takes))
    return feed, takes[feed]


def _fetched(source: Told, document: str | None, url: str | None) -> Fetched:
    """The document, as it was brought or from its page. Raises CallError, FetchError."""
    if document is not None:
        body = document.encode("utf-8")
        return Fetched(body=body, url=url or "", content_type="", validators=Validators())
    if not url:
        raise CallError("nothing_named", "there is neither a document nor an address", hint="name a file or an address")
    return source.get(url)


def _story(app: App, article: Article, changes: Sequence[Change]) -> Json:
    """What became of one story: new, updated, withdrawn, or known already, and its deliveries as they are now."""
    known_one = app.store.stories.find(list(reversed(keys(article))))
    change = next((one.kind.value for one in changes if one.article.guid == article.guid), None)
    rows = app.store.deliveries.of_subject(known_one.id) if known_one else []
    return {
        "id": known_one.id if known_one else None,
        "url": article.url,
        "headline": article.headline,
        "change": change,
        "deliveries": [{name: face[name] for name in FACE} for face in map(delivery_json, rows)],
    }
