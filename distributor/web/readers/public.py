"""``/r/issue``, ``/r/archive``, ``/r/news``, ``/r/corrections``: what has left, as pages and feeds for anybody. Knows
nobody who reads it.

Whatever is shown is kept for a minute, so that no number of readers costs more than one rendering a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from distributor.flows.online import ISSUES, Online
from distributor.model import IssuePage, Listed, Recent
from distributor.render.catalogues import accepted, spoken
from distributor.render.corrections import corrections_feed, corrections_json, corrections_title
from distributor.render.feeds import Place, issues_feed, news_feed, news_json
from distributor.render.online import sheet
from distributor.render.views import DeskView, issue_view, line, story_view
from distributor.rules.mail.tokens import Purpose, read
from distributor.web.readers.frame import Frame
from distributor.web.readers.shelf import KEPT, Shelf

_ATOM, _JSON = "application/atom+xml; charset=utf-8", "application/feed+json; charset=utf-8"
#: pictures stand where the newsroom has them
_PICTURES = "img-src https: http: data:"


class PublicDoor:
    """The pages that anybody may read."""

    def __init__(
        self, online: Online, frame: Frame, key: bytes, public: str, now: Callable[[], datetime], *, zone: str
    ) -> None:
        """``key`` is the store's own, ``public`` where the world reaches the pages, ``zone`` the desk's."""
        self._online = online
        self._frame = frame
        self._key = key
        self._public = public
        self._now = now
        house = frame.house
        self._desk = DeskView(name=line(house.name), zone=zone, language=house.language, imprint=house.imprint)
        self._shelf = Shelf(now)

    def routes(self, *, news: bool, corrections: bool, embed: Sequence[str]) -> Sequence[Route]:
        """Where the pages stand; ``embed`` are the sites that may show the list of news within their own pages."""
        found = [Route("/r/issue/{name}", self.issue), Route("/r/archive/{name}", self.archive)]
        if news:
            found += [
                Route("/r/news", self.news),
                Route("/r/news.atom", self.news_atom),
                Route("/r/news.json", self.news_json),
                Route("/r/news/embed", self._embedded(embed)),
            ]
        if corrections:
            found += [
                Route("/r/corrections", self.corrections),
                Route("/r/corrections.atom", self.corrections_atom),
                Route("/r/corrections.json", self.corrections_json),
            ]
        return found

    async def issue(self, request: Request) -> Response:
        """One issue, by its number or by the link in a mail; 404 for none that has left or may be read."""
        name = request.path_params["name"]
        if name.isascii() and name.isdigit():
            return await self._answer(request, lambda: self._issue(request, int(name[:15])))
        return await run_in_threadpool(self._mail, request)

    async def archive(self, request: Request) -> Response:
        """The issues of a digest, newest first, as a page or (``NAME.atom``) as a feed; 404 for none that is public."""
        name = request.path_params["name"]
        digest = self._online.digests.get(name.removesuffix(".atom"))
        if digest is None:
            return self._frame.lost(request)
        if name.endswith(".atom"):
            return await self._answer(request, lambda: self._archive_feed(digest.name))
        return await self._answer(request, lambda: self._archive(request, digest.name))

    async def news(self, request: Request) -> Response:
        """The recent news."""
        return await self._answer(request, lambda: self._news(request, "public-news"))

    async def news_atom(self, request: Request) -> Response:
        """The same as a feed."""
        return await self._answer(request, lambda: self._told(news_feed(*self._recent_place("news.atom")), _ATOM))

    async def news_json(self, request: Request) -> Response:
        """The same as JSON, which other sites' pages may ask for, too."""
        answer = await self._answer(request, lambda: self._told(news_json(*self._recent_place("news.json")), _JSON))
        answer.headers["access-control-allow-origin"] = "*"
        return answer

    async def corrections(self, request: Request) -> Response:
        """What was corrected and taken back."""
        return await self._answer(request, lambda: self._corrections(request))

    async def corrections_atom(self, request: Request) -> Response:
        """The same as a feed."""
        place = self._correction_place("corrections.atom")
        return await self._answer(
            request, lambda: self._told(corrections_feed(self._desk, self._online.corrections(), place), _ATOM)
        )

    async def corrections_json(self, request: Request) -> Response:
        """The same as JSON, which other sites' pages may ask for, too."""
        place = self._correction_place("corrections.json")
        answer = await self._answer(
            request, lambda: self._told(corrections_json(self._desk, self._online.corrections(), place), _JSON)
        )
        answer.headers["access-control-allow-origin"] = "*"
        return answer

    def _embedded(self, sites: Sequence[str]) -> Callable[[Request], Any]:
        async def embed(request: Request) -> Response:
            answer = await self._answer(request, lambda: self._news(request, "public-embed"))
            policy = answer.headers["content-security-policy"]
            allowed = " ".join(sites) or "'none'"
            answer.headers["content-security-policy"] = (
                f"{policy.partition('frame-ancestors')[0]}frame-ancestors {allowed}"
            )
            return answer

        return embed

    async def _answer(self, request: Request, make: Callable[[], Response]) -> Response:
        # nothing else makes two answers differ, so that nobody can have a page rendered anew by asking oddly
        place = f"{request.url.path} {self._language(request)} {_number(request.query_params)}"
        kept = self._shelf.peek(place)
        return await run_in_threadpool(self._shelf.take, place, make) if kept is None else kept

    def _language(self, request: Request) -> str:
        asked = request.query_params.get("lang", "")
        return spoken(asked, *accepted(request.headers.get("accept-language", "")), self._frame.house.language)

    def _issue(self, request: Request, number: int) -> Response:
        return self._shown(request, self._online.issue(number), is_open=True)

    def _mail(self, request: Request) -> Response:
        """The page of a reader's mail; all whose mails carry the same have the same page."""
        ticket = read(self._key, Purpose.VIEW, request.path_params["name"])
        told = self._online.message(ticket.number) if ticket else None
        if ticket is None or told is None:
            return self._frame.lost(request)
        number, place = ticket.number, f"mail {told} {self._language(request)}"
        return self._shelf.take(place, lambda: self._shown(request, self._online.mail(number), is_open=False))

    def _shown(self, request: Request, page: IssuePage | None, *, is_open: bool) -> Response:
        if page is None:
            return self._frame.lost(request)
        shown, is_public = sheet(page.message.html), page.digest.archive
        more: dict[str, Any] = {"sheet": shown, "digest": page.digest if is_public else None, "is_less": page.is_less}
        answer = self._frame.page(request, "public-issue", reader=shown.language, **more)
        policy = answer.headers["content-security-policy"]
        answer.headers["content-security-policy"] = f"{policy}; {_PICTURES}"
        return self._open(answer) if is_public and is_open else answer

    def _archive(self, request: Request, name: str) -> Response:
        listed = self._online.issues(name, before=_number(request.query_params))
        views = [self._listed(one) for one in listed]
        older = listed[-1].issue.id if len(listed) == ISSUES else 0
        digest = self._online.digests[name]
        return self._open(self._frame.page(request, "public-archive", digest=digest, issues=views, older=older))

    def _listed(self, one: Listed) -> Mapping[str, object]:
        stories = [self._story_view(story) for story in one.stories]
        return {"issue": issue_view(one.issue), "stories": stories, "corrected": len(one.corrected)}

    def _archive_feed(self, name: str) -> Response:
        digest, page = self._online.digests[name], f"{self._public}/r/archive/{name}"
        place = Place(title=f"{self._desk.name}: {line(digest.title)}", feed=f"{page}.atom", page=page)
        listed = [(one, f"{self._public}/r/issue/{one.issue.id}") for one in self._online.issues(name)]
        return self._told(issues_feed(self._desk, place, digest, listed), _ATOM)

    def _news(self, request: Request, name: str) -> Response:
        told = [
            {"story": self._story_view(one.story), "correction": one.correction, "note": self._note(one)}
            for one in self._online.recent(self._now())
        ]
        return self._open(self._frame.page(request, name, told=told, digests=list(self._online.digests.values())))

    def _corrections(self, request: Request) -> Response:
        told = [
            {"story": self._story_view(story), "change": change, "note": line(change.note)}
            for story, change in self._online.corrections()
        ]
        return self._open(self._frame.page(request, "public-corrections", told=told))

    def _correction_place(self, name: str) -> Place:
        page = f"{self._public}/r/corrections"
        return Place(title=corrections_title(self._desk), feed=f"{self._public}/r/{name}", page=page)

    def _story_view(self, story: Any) -> Any:
        article = story.article
        return story_view(story, link=article.url, summary=article.summary, language=self._desk.language)

    def _note(self, one: Recent) -> str:
        return line(one.correction.note) if one.correction else ""

    def _recent_place(self, name: str) -> tuple[DeskView, Place, Sequence[Recent]]:
        place = Place(title=self._desk.name, feed=f"{self._public}/r/{name}", page=f"{self._public}/r/news")
        return self._desk, place, self._online.recent(self._now())

    def _told(self, text: str, kind: str) -> Response:
        return self._open(Response(text, headers={"content-type": kind}))

    def _open(self, answer: Response) -> Response:
        """What anybody may keep, find and lead to."""
        answer.headers["cache-control"] = f"public, max-age={int(KEPT.total_seconds())}"
        answer.headers["vary"] = "accept-language"
        if "x-robots-tag" in answer.headers:
            del answer.headers["x-robots-tag"]
        return answer


def _number(asked: Mapping[str, str]) -> int:
    """The issue before which a list begins; 0: it begins with the newest."""
    before = asked.get("before", "")
    return int(before[:15]) if before.isascii() and before.isdigit() else 0
