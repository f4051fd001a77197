"""A small newsroom site: stories are published, corrected and withdrawn on command, and read by feed and page.
Must not show what is embargoed or withdrawn.
"""

from __future__ import annotations

import gzip
import hashlib
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from distributor.sandbox.clock import Clock
from distributor.sandbox.http import Request, Response, json_response
from distributor.sandbox.journal import Journal
from distributor.sandbox.site.feeds import FeedStyle, rss
from distributor.sandbox.site.formats import PATHS, document
from distributor.sandbox.site.images import gradient
from distributor.sandbox.site.pages import SECTIONS, article, listing, section_title
from distributor.sandbox.site.raw import raw_response
from distributor.sandbox.site.stories import GONE, Story, corrected, from_json, moment, published, to_json

_ARTICLE = re.compile(r"/(?P<section>[^/]+)/view/(?P<slug>.*)-(?P<number>\d{1,9})-(?P<year>\d{4})/?")
_IMAGE = re.compile(r"/img/(?P<name>[^/]+)\.png")
_LISTING = re.compile(r"/(?:(?P<section>[^/.]+)/)?(?P<feed>rss\.xml)?")
_HTML, _RSS = "text/html; charset=utf-8", "application/rss+xml; charset=utf-8"
#: stories named below each article
RECENT = 5


@dataclass(kw_only=True)
class Knobs:
    """What the control plane can change about the site."""

    #: seed of a shuffled feed; None is newest first
    shuffle: int | None = None
    #: ``permalink``, ``id``, or a text to put before the id: changing it changes every guid
    guid: str = "permalink"
    #: added to every slug: changing it moves every address (the old ones redirect)
    slug_suffix: str = ""
    #: the WebSub hub that the feeds name; empty for none
    hub: str = ""
    #: stories in a feed and on a listing page
    items: int = 20
    #: whether feeds carry the full text
    full_text: bool = False
    #: no feed of any kind, and no word of one: pages alone
    feedless: bool = False
    #: compress every answer to a client that accepts it (RFC 9110 section 8.4)
    gzip: bool = False
    #: whether feeds and pages have validators and answer 304
    validators: bool = True
    zone: str = "Europe/Minsk"
    #: address of the site as the world knows it; empty is where it listens
    base: str = ""
    #: documents served as they are, by path; see :func:`.site.raw.raw_response`
    raw: dict[str, dict[str, Any]] = field(default_factory=dict)


class Site:
    """The newsroom's stories and their pages."""

    def __init__(self, clock: Clock, journal: Journal) -> None:
        """Rebuild the stories from what was published before."""
        self.knobs = Knobs()
        self._clock = clock
        self._journal = journal
        self._address = ""
        self._stories: dict[str, Story] = {}
        #: when a story was last published, corrected or withdrawn; empty before the first
        self._touched: tuple[datetime, ...] = ()
        for line in journal.lines():
            self._remember(from_json(line["story"]), line["at"])

    def listens_at(self, url: str) -> None:
        """Learn the address under which the site is served."""
        self._address = url

    @property
    def base(self) -> str:
        """The beginning of every address, without a final slash."""
        return (self.knobs.base or self._address).rstrip("/")

    # -- the editor's side

    def operate(self, verb: str, payload: Any) -> Any:
        """``publish``, ``correct``, ``withdraw``: one story, or a list (all or none). Raises KeyError, ValueError."""
        change = {"publish": self._publish, "correct": self._correct, "withdraw": self._withdraw}[verb]
        if not isinstance(payload, list):
            return self._save(*change(payload))
        before = dict(self._stories)
        changes = []
        try:
            for one in payload:
                act, story = change(one)
                self._stories[story.id] = story
                changes.append((act, story))
        except (ValueError, TypeError):
            self._stories = before
            raise
        return [self._save(act, story) for act, story in changes]

    def _publish(self, payload: Mapping[str, Any]) -> tuple[str, Story]:
        number = max((story.number for story in self._stories.values()), default=100_000) + 1
        story = published(payload, number, self._clock.now())
        if story.id in self._stories:
            raise ValueError(f"story {story.id} is published already")
        return "post", story

    def _known(self, payload: Mapping[str, Any]) -> Story:
        story = self._stories.get(str(payload.get("id")))
        if story is None:
            raise ValueError(f"no story {payload.get('id')}")
        return story

    def _correct(self, payload: Mapping[str, Any]) -> tuple[str, Story]:
        return "edit", corrected(self._known(payload), payload, self._clock.now())

    def _withdraw(self, payload: Mapping[str, Any]) -> tuple[str, Story]:
        status = int(payload.get("status", 410))
        if status not in GONE:
            raise ValueError("a withdrawn page answers 404 or 410")
        return "delete", replace(self._known(payload), gone=status, updated=self._clock.now())

    def _save(self, act: str, story: Story) -> dict[str, Any]:
        url = self.base + self._shown(story).path
        line = self._journal.append(
            act=act, account=story.section, id=story.id, text=story.headline, urls=[url], story=to_json(story)
        )
        self._remember(story, line["at"])
        return {"id": story.id, "number": story.number, "url": url, "revision": story.revision}

    def _remember(self, story: Story, at: str) -> None:
        self._stories[story.id] = story
        self._touched = (moment(at),)

    def state(self) -> dict[str, Any]:
        """All stories, the withdrawn ones too, and how many are visible."""
        stories = [to_json(story) | {"url": self.base + self._shown(story).path} for story in self._stories.values()]
        return {"stories": stories, "visible": len(self._visible()), "base": self.base}

    def configure(self, options: Mapping[str, Any]) -> None:
        """Any field of :class:`Knobs`. Raises ValueError."""
        unknown = set(options) - {knob.name for knob in fields(Knobs)}
        if unknown:
            raise ValueError(f"unknown knobs {sorted(unknown)}")
        if options.get("zone", "UTC") not in available_timezones():
            raise ValueError(f"unknown zone {options['zone']}")
        for raw in options.get("raw", {}).values():
            raw_response(raw)
        for name, value in options.items():
            setattr(self.knobs, name, value)

    def reset(self) -> None:
        """No story, no knob turned."""
        self._stories.clear()
        self._touched = ()
        self.knobs = Knobs()

    # -- the readers' side

    def _shown(self, story: Story) -> Story:
        return replace(story, slug=story.slug + self.knobs.slug_suffix) if self.knobs.slug_suffix else story

    def _visible(self, section: str | None = None) -> list[Story]:
        """What readers may see, newest first."""
        now = self._clock.now()
        found = [story for story in self._stories.values() if story.visible(now) and section in (None, story.section)]
        found.sort(key=lambda story: (story.published, story.number), reverse=True)
        return [self._shown(story) for story in found]

    async def handle(self, request: Request) -> Response:
        """Answer a reader: pages, feeds, pictures, ``/healthz``, raw documents; conditional and compressed."""
        path = unquote(request.path)
        if path in self.knobs.raw:
            response = raw_response(self.knobs.raw[path])
            return self._conditional(request, response) if self.knobs.raw[path].get("validators") else response
        if request.method not in ("GET", "HEAD"):
            return json_response(405, {"error": "GET or HEAD"}, {"Allow": "GET, HEAD"})
        query = {name: values[-1] for name, values in request.query.items()}
        return self._compressed(request, self._conditional(request, self._page(path, query)))

    def _page(self, path: str, query: Mapping[str, str]) -> Response:
        if path in PATHS and not self.knobs.feedless:
            visible = self._visible()
            body, kind = document(path, visible[: self.knobs.items], self.base, query)
            return self._document(body, kind)
        if path == "/healthz":
            return json_response(200, {"ok": True, "stories": len(self._stories)})
        image = _IMAGE.fullmatch(path)
        if image is not None:
            return Response(body=gradient(image["name"]), headers={"Content-Type": "image/png"})
        story = _ARTICLE.fullmatch(path)
        if story is not None:
            return self._article(int(story["number"]), path)
        match = _LISTING.fullmatch(path)
        is_there = match is not None and not (match["feed"] and self.knobs.feedless)
        if match is None or not is_there or not self._is_section(match["section"]):
            return _lost(404)
        return self._listing(match["section"], feed=bool(match["feed"]))

    def _is_section(self, section: str | None) -> bool:
        return section is None or section in SECTIONS or any(s.section == section for s in self._stories.values())

    def _article(self, number: int, path: str) -> Response:
        story = next((one for one in self._stories.values() if one.number == number), None)
        if story is None or not story.visible(self._clock.now()):
            return _lost(404 if story is None else story.gone or 404)
        story = self._shown(story)
        if path != story.path:
            return Response(status=301, headers={"Location": self.base + story.path})
        recent = [other for other in self._visible() if other.id != story.id][:RECENT]
        body = article(story, recent, base=self.base, zone=ZoneInfo(self.knobs.zone))
        return self._document(body, _HTML)

    def _listing(self, section: str | None, *, feed: bool) -> Response:
        stories = self._visible(section)[: self.knobs.items]
        title = "All news" if section is None else section_title(section)
        path = "/" if section is None else f"/{section}/"
        zone = ZoneInfo(self.knobs.zone)
        if not feed:
            return self._document(self._listed(stories, title, path, zone), _HTML)
        if self.knobs.shuffle is not None:
            random.Random(self.knobs.shuffle).shuffle(stories)  # noqa: S311 - a repeatable order, not a secret
        style = FeedStyle(
            guid=self.knobs.guid, full_text=self.knobs.full_text, zone=zone, base=self.base, hub=self.knobs.hub
        )
        built = self._changed() or self._clock.now()
        return self._document(rss(stories, title=title, path=path, built=built, style=style), _RSS)

    def _listed(self, stories: list[Story], title: str, path: str, zone: ZoneInfo) -> bytes:
        return listing(stories, title=title, path=path, base=self.base, zone=zone, feed=not self.knobs.feedless)

    def _changed(self) -> datetime | None:
        """The last instant at which anything on the site changed: a correction, a withdrawal, the end of an embargo."""
        now = self._clock.now()
        ended = (story.embargoed for story in self._stories.values() if story.embargoed and story.embargoed <= now)
        return max([*ended, *self._touched], default=None)

    def _document(self, body: bytes, kind: str) -> Response:
        changed = self._changed()
        modified = {} if changed is None else {"Last-Modified": format_datetime(changed, usegmt=True)}
        return Response(body=body, headers={"Content-Type": kind} | modified)

    def _conditional(self, request: Request, response: Response) -> Response:
        """The answer with an ETag, or 304 when the client has it (RFC 9110 section 13.2.2)."""
        if response.status != 200 or not self.knobs.validators:
            return response
        etag = '"' + hashlib.sha256(response.body).hexdigest()[:32] + '"'
        validators = {"ETag": etag} | {k: v for k, v in response.headers.items() if k == "Last-Modified"}
        asked = request.headers.get("if-none-match")
        if asked is not None:
            fresh = any(tag.strip().removeprefix("W/") in (etag, "*") for tag in asked.split(","))
        else:
            fresh = _unmodified(request.headers.get("if-modified-since"), validators.get("Last-Modified"))
        if fresh:
            return Response(status=304, headers=validators)
        return replace(response, headers={**response.headers, **validators})

    def _compressed(self, request: Request, response: Response) -> Response:
        accepts = "gzip" in request.headers.get("accept-encoding", "")
        if not (self.knobs.gzip and accepts and response.body):
            return response
        extra = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return replace(response, body=gzip.compress(response.body, mtime=0), headers={**response.headers, **extra})


def _lost(status: int) -> Response:
    text = f"{status} {'Gone' if status == 410 else 'Not Found'}"
    page = f'<!DOCTYPE html>\n<html lang="en"><head><title>{text}</title></head><body><h1>{text}</h1></body></html>\n'
    return Response(status=status, body=page.encode("ascii"), headers={"Content-Type": _HTML})


def _unmodified(since: str | None, modified: str | None) -> bool:
    if since is None or modified is None:
        return False
    try:
        asked: datetime = parsedate_to_datetime(since)
        return asked.tzinfo is not None and parsedate_to_datetime(modified) <= asked
    except ValueError:
        return False


def create(state_dir: Path, clock: Clock, journal: Journal) -> Site:  # noqa: ARG001 - the common signature
    """The site, with the stories that the journal tells of."""
    return Site(clock, journal)
