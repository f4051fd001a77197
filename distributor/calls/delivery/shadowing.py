"""What shadow mode would have sent, and the report that holds it against what the newsroom's own channels carried.

The files are read by whoever asks, not by the daemon, which may not see them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.registry import Json, call, parse_instant
from distributor.errors import CallError, ParseError
from distributor.looks import instant
from distributor.model import Article, Seen
from distributor.rules.fate.archives import telegram_posts, tweets
from distributor.rules.fate.parallel import Comparison, Shadow, compare
from distributor.store.codes import from_ms
from distributor.store.ledger.messages import message_from_json
from distributor.store.news.articles import article_from_json

#: A longer file is no export of one channel (bytes).
LONGEST = 1 << 30


@call
def shadow(app: App) -> Json:
    """What shadow mode would have sent, by kind of channel, oldest first."""
    found: dict[str, list[Json]] = {}
    for row in app.store.deliveries.shadowed():
        article = article_from_json(row["article"])
        told = {"url": article.url, "headline": article.headline, "summary": article.summary}
        text = message_from_json(row["content"]).text
        found.setdefault(row["kind"], []).append({"at": instant(from_ms(row["at"])), "text": text, **told})
    return {"kinds": found}


def shadow_report(found: Json, *, telegram: Path | None, x: Path | None, since: str | None, zone: ZoneInfo) -> Json:
    """Each channel's own posts against what ``shadow`` found. Raises ParseError for a file, CallError for ``since``."""
    begin = parse_instant(since) if since else None
    sides: list[tuple[str, Sequence[Seen]]] = []
    if telegram is not None:
        sides.append(("telegram", telegram_posts(_text(telegram), telegram.name, zone)))
    if x is not None:
        sides.append(("twitter", _x_posts(x)))
    if not sides:
        raise CallError("no_file", "there is nothing to compare with", hint="--telegram FILE or --x FILE")
    return {"channels": [_side(kind, _ours(found["kinds"].get(kind, [])), posts, begin) for kind, posts in sides]}


def _side(kind: str, ours: Sequence[Shadow], posts: Sequence[Seen], since: datetime | None) -> Json:
    told = compare(ours, posts, since)
    return {
        "kind": kind,
        "since": instant(told.since),
        "until": instant(told.until),
        "matched": len(told.pairs),
        "doubles": [{"url": one.ours.article.url, "times": len(one.theirs)} for one in told.doubles],
        "only_theirs": [
            {"at": instant(post.at), "text": post.text, "url": post.url or next(iter(post.links), None)}
            for post in told.only_theirs
        ],
        "only_ours": [
            {"at": instant(one.at), "headline": one.article.headline, "url": one.article.url} for one in told.only_ours
        ],
        "minutes_gained": _minutes(told),
    }


def _minutes(told: Comparison) -> Json:
    middle, best, worst = (round(one, 1) for one in told.gained) if told.gained else (None, None, None)
    return {"median": middle, "best": best, "worst": worst}


def _ours(rows: Sequence[Json]) -> Sequence[Shadow]:
    """Each story once, at the first turn that it had on any channel of the kind."""
    first: dict[str, Shadow] = {}
    for row in rows:
        article = Article(feed="", guid=row["url"], url=row["url"], headline=row["headline"], summary=row["summary"])
        one = Shadow(at=datetime.fromisoformat(row["at"]), article=article, text=row["text"])
        first.setdefault(article.url, one)
    return list(first.values())


def _x_posts(path: Path) -> Sequence[Seen]:
    """The posts of ``tweets.js``, or of all such parts in an archive as X gives it."""
    if not zipfile.is_zipfile(path):
        return tweets(_text(path), path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [one for one in archive.infolist() if _is_part(one.filename)]
            if not parts:
                raise ParseError(f"{path.name}: no data/tweets.js in it; is it the archive that X gives?")
            if sum(one.file_size for one in parts) > LONGEST:
                raise ParseError(f"{path.name}: its posts are larger than 1 GiB")
            read = [tweets(_decoded(archive.read(one), one.filename), one.filename) for one in parts]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ParseError(f"{path.name}: the archive is damaged: {error}") from error
    return sorted((post for part in read for post in part), key=lambda post: post.at)


def _is_part(name: str) -> bool:
    place, _, file = name.rpartition("/")
    return place.endswith("data") and file.endswith(".js") and file.startswith(("tweets.", "tweets-part"))


def _text(path: Path) -> str:
    if not path.is_file():
        raise ParseError(f"{path}: there is no such file")
    if path.stat().st_size > LONGEST:
        raise ParseError(f"{path.name}: larger than 1 GiB")
    return _decoded(path.read_bytes(), path.name)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"{name}: no text in UTF-8 at byte {error.start}") from error
