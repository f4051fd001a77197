"""Stories as each channel would show them: fitted, looked at and priced. Must not send or keep anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from distributor.developing import UNKNOWN
from distributor.errors import CallError, TemplateError, TooLong
from distributor.interfaces import Channel, Illustrated
from distributor.looks import finding_json, instant, page_json, readable
from distributor.model import ChannelPolicy, Image, Limits, Message, Route, Story
from distributor.outlets import make_linter
from distributor.phrases import words_of
from distributor.rules.queue.budget import Budget, takes_link
from distributor.rules.queue.routing import mismatch
from distributor.rules.story.easel import Easel
from distributor.rules.words.lint import Draft
from distributor.text.links import tracked

if TYPE_CHECKING:
    from distributor.config import Settings
    from distributor.render import Renderer
    from distributor.render.renderer import Rendered

Json = dict[str, Any]

#: In the place of a delivery's name, which a preview has not: as long as one.
NAME = "x" * 16
#: Kinds of channels that show a template by its ending, where its folder does not say which kind it is for.
_BY_ENDING = {"html": ("telegram",), "json": ("webhook",), "txt": ("twitter", "console")}
_ENDINGS = (".subject.txt.j2", ".html.j2", ".json.j2", ".txt.j2")


class Showcase:
    """The channels of a house, and how they show a story."""

    def __init__(self, settings: Settings, channels: Mapping[str, Channel], renderer: Renderer) -> None:
        """``channels`` by name; nobody is contacted."""
        self._settings = settings
        self._channels = channels
        self._renderer = renderer

    def shown(self, story: Story, name: str, *, template: str = "", own: str = "") -> Json:
        """A story on one channel, in an editor's ``own`` words where there are some; a template's failure is told."""
        route = self._route(story, name)
        face = self._face(story, name, route)
        try:
            rendered, message = self._rendered(story, name, template or (route.template if route else ""), own)
        except TooLong as error:
            return face | {"error": words_of(error), "length": error.length, "limit": error.limit}
        except TemplateError as error:
            return face | {"error": str(error)}
        return face | self._told(story, name, rendered, message)

    def _face(self, story: Story, name: str, route: Route | None) -> Json:
        article, image = story.article, story.article.image
        limits = self._channels[name].limits
        empty = dict.fromkeys(("subject", "html", "why", "link", "button", "price", "error"))
        return empty | {
            "channel": name,
            "kind": self._channels[name].kind,
            "route": route.name if route else None,
            "story": article.url,
            "headline": article.headline,
            "published": instant(article.published),
            "picture": _picture(image) if image and not image.refused else None,
            "page": page_json(None, article.url, ""),
            "text": "",
            "entities": [],
            "length": 0,
            "shows_picture": False,
            "limit": limits.text,
            "dropped": [],
            "cut": [],
            "lint": [],
            "price_without_link": self._policy(name).price / 1_000_000,
            "price_with_link": max(self._policy(name).price, self._policy(name).price_with_link) / 1_000_000,
        }

    def _rendered(self, story: Story, name: str, template: str, own: str) -> tuple[Rendered | None, Message]:
        """The post and how it came to fit; an editor's own words are never fitted. Raises TemplateError."""
        channel, link = self._channels[name], self._link(story, name)
        made: list[Rendered] = []

        def words(limits: Limits) -> Message:
            if own:
                return self._renderer.own(channel.kind, limits, story, own, link=link)
            made.append(self._renderer.rendered(channel.kind, limits, story, link=link, template=template))
            return made[-1].message

        message = Easel(channel, self._policy(name), self._renderer.credit).post(story, words)
        return next((one for one in made if one.message is message), made[-1] if made else None), message

    def _told(self, story: Story, name: str, rendered: Rendered | None, message: Message) -> Json:
        channel, fitted = self._channels[name], rendered.fitted if rendered else None
        draft = Draft(message=message, article=story.article, kind=channel.kind, limits=channel.limits)
        return {
            "subject": message.subject or None,
            "text": readable(message.text),
            "html": readable(message.html) or None,
            "entities": [asdict(one) for one in message.entities],
            "link": message.link or None,
            "button": message.button or None,
            "length": channel.limits.measure(message.text),
            "limit": _most(channel, message),
            "shows_picture": message.image is not None,
            "dropped": list(fitted.dropped) if fitted else [],
            "cut": [asdict(one) for one in fitted.cut] if fitted else [],
            "why": (fitted.why or None) if fitted else None,
            "lint": [finding_json(one) for one in make_linter(self._settings, name).lint(draft)],
            "price": Budget(self._policy(name)).price(message) / 1_000_000,
        }

    def _link(self, story: Story, name: str) -> str:
        policy, mark = self._policy(name), "" if self._channels[name].kind == "email" else NAME
        if mark and not takes_link(policy, story.article.urgency):
            return ""
        return tracked(story.article.url, policy.utm, mark)

    def _policy(self, name: str) -> ChannelPolicy:
        return next(one.policy for one in self._settings.channels if one.name == name)

    def _route(self, story: Story, name: str) -> Route | None:
        """The route that would send the story there; None where none does."""
        own = (route for route in self._settings.routes if name in route.channels)
        return next((route for route in own if not mismatch(story.article, route)), None)


def _picture(image: Image) -> Json:
    return {"url": image.url, "alt": image.alt or None, **UNKNOWN}


def _most(channel: Channel, message: Message) -> int | None:
    """The most units that a post may have; under a picture it may be less."""
    if message.image is not None and isinstance(channel, Illustrated):
        return channel.caption.text
    return channel.limits.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to see."""

    #: only this channel; None: all
    channel: str | None = None
    #: another template, by its name; with ``source`` the name of a file, and that its text
    template: str | None = None
    source: str | None = None


def previews(
    settings: Settings,
    channels: Mapping[str, Channel],
    stories: Sequence[Story],
    wanted: Wanted,
    *,
    renderer: Callable[[Path | None], Renderer],
    own: Callable[[Story, str], str] = lambda _story, _channel: "",
) -> list[Json]:
    """Each story on each channel; an editor's ``own`` words stand where no template is tried.

    ``renderer`` gives one that looks into a folder first. Raises CallError for a channel or a template that is none.
    """
    chosen = {name: opened for name, opened in channels.items() if wanted.channel in (None, name)}
    if not chosen and wanted.channel is not None:
        known = ", ".join(sorted(channels)) or "(none)"
        raise CallError("unknown_channel", f"there is no channel {wanted.channel!r}", hint=f"known: {known}")
    if wanted.source is None:
        template = wanted.template or ""
        show = Showcase(settings, chosen, renderer(None)).shown
        return [
            show(story, name, template=template, own="" if template else own(story, name))
            for story in stories
            for name in chosen
        ]
    try:
        with draft_template(wanted.template or "", wanted.source) as (folder, template, kinds):
            show = Showcase(settings, chosen, renderer(folder)).shown
            meant = [name for name, opened in chosen.items() if opened.kind in kinds]
            return [show(story, name, template=template) for story in stories for name in meant]
    except TemplateError as error:
        raise CallError("bad_template", str(error), hint="such as telegram/short.html.j2") from error


@contextmanager
def draft_template(name: str, source: str) -> Iterator[tuple[Path, str, Sequence[str]]]:
    """A folder of templates with one file in it, its name as routes say it, and the kinds of channels that it is for.

    ``name`` is ``KIND/NAME.html.j2``, or a file's name alone. Raises TemplateError for one that no template has.
    """
    path = PurePosixPath(name)
    ending = next((one for one in _ENDINGS if path.name.endswith(one)), "")
    stem = path.name.removesuffix(ending)
    known = {kind for kinds in _BY_ENDING.values() for kind in kinds} | {"email"}
    by_ending = _BY_ENDING.get(ending.removesuffix(".j2").removeprefix("."), ())
    kinds = (path.parent.name,) if path.parent.name in known and ending else by_ending
    if not (stem and kinds):
        raise TemplateError(f"{name}: no template is called so; expected KIND/NAME.txt.j2, .html.j2 or .json.j2")
    with TemporaryDirectory(prefix="distributor-") as folder:
        for kind in kinds:
            (Path(folder) / kind).mkdir()
            (Path(folder) / kind / path.name).write_text(source, "utf-8")
        yield Path(folder), stem, kinds
