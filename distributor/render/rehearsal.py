"""Every template tried with built-in stories before anything leaves. Must not be used for a real story."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from distributor.errors import TemplateError
from distributor.model import Act, Letter, Limits, Occasion
from distributor.render import samples
from distributor.render.catalogues import languages
from distributor.render.environment import Templates
from distributor.rules.queue.budget import is_linked

if TYPE_CHECKING:
    from distributor.render.renderer import Renderer

_FREE = Limits(text=None)


def rehearse(renderer: Renderer, templates: Templates, kind: str, name: str) -> None:
    """One template with the samples, full and bare. Raises TemplateError."""
    match name:
        case Act.ROUNDUP.value:
            for stories in ((samples.FULL, samples.BARE), (samples.BARE,)):
                renderer.roundup(kind, _FREE, samples.ISSUE, stories, link=lambda story: story.article.url)
        case "own":
            for story in (samples.FULL, samples.BARE):
                renderer.own(kind, _FREE, story, samples.OWN, link=story.article.url)
        case "notice":
            for over in (False, True):
                renderer.notice(kind, _FREE, samples.ALERT, over=over)
        case _ if kind == "email" and name in samples.LETTERS:
            _letter(renderer, samples.LETTERS[name])
        case _ if _is_digest(templates, kind, name):
            _issues(renderer, f"{kind}/{name}", name)
        case _:
            _story(renderer, kind, name)


def has_link(renderer: Renderer, kind: str) -> bool:
    """Whether a round-up of the samples shows a link; so it is said, too, where none can be rendered."""
    try:
        message, _ = renderer.roundup(
            kind, _FREE, samples.ISSUE, (samples.FULL, samples.BARE), link=lambda story: story.article.url
        )
    except TemplateError:
        return True
    return is_linked(message)


def _story(renderer: Renderer, kind: str, name: str) -> None:
    """With every meaning that a change may have, where it tells of one."""
    for occasion in samples.ANSWERS if name == "correction" else (Occasion(),):
        for story in (samples.FULL, samples.BARE):
            renderer.story(kind, _FREE, story, link=story.article.url, template=name, occasion=occasion)


def _letter(renderer: Renderer, letter: Letter) -> None:
    """In every language that the program speaks."""
    for language in languages():
        renderer.letter(replace(letter, language=language), {samples.DIGEST.name: samples.DIGEST.title})


def _issues(renderer: Renderer, path: str, name: str) -> None:
    stories = (samples.FULL, samples.BARE)
    groups = [("", stories[:1]), ("A section", stories[1:])]
    first, _ = renderer.digest(samples.DIGEST, samples.ISSUE, stories, template=name, groups=groups)
    second, _ = renderer.digest(samples.DIGEST, samples.NEXT, (samples.BARE,), template=name, lines=samples.LINES)
    if first.subject == second.subject:
        raise TemplateError(
            f"{path}.subject.txt.j2: two issues have the same subject ({first.subject}), and mailboxes would show them "
            "as one and clip what repeats; put the lead headline or the date into it"
        )


def _is_digest(templates: Templates, kind: str, name: str) -> bool:
    """Whether a mail tells of an issue rather than of one story."""
    if templates.ending(kind, name) != "mail":
        return False
    used = (templates.uses(f"{kind}/{name}.{end}.j2") for end in ("subject.txt", "html", "txt"))
    return bool(frozenset[str]().union(*used) & {"digest", "issue", "stories"})
