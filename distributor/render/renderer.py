"""Stories and issues rendered and fitted. Must not know any platform's arithmetic: that is ``Limits``.

::

    story -> summary (text.summary) -> template -> text + entities -> too long? -> cut the summary -> template -> ...
    change of a story -> correction: an answer, a mail; the post once more with a line for each change
    issue -> summaries -> render.mails
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distributor.errors import TemplateError, TooLong
from distributor.model import Act, Alert, Digest, Image, Issue, Limits, Line, Message, Occasion, Revision, Story, Style
from distributor.model.letters import Letter
from distributor.phrases import Phrase, words_of
from distributor.render.changes import Changes
from distributor.render.corrections import corrections_feed
from distributor.render.environment import Desk, Templates
from distributor.render.fitting import Fitted, fitted, shortened
from distributor.render.heads import issue_headers
from distributor.render.issues import issue_context
from distributor.render.letters import letter_parts
from distributor.render.lines import untold
from distributor.render.mails import LONGEST_IN_ISSUE, Mails
from distributor.render.posts import Read, TemplatePost, check_json, read
from distributor.render.rehearsal import has_link, rehearse
from distributor.render.roundups import headlines_that_fit
from distributor.render.samples import LETTERS
from distributor.render.views import (
    DeskView,
    StoryView,
    direction,
    issue_view,
    line,
    notice_view,
    story_view,
    text,
)
from distributor.render.words import words
from distributor.rules.mail.portions import arranged
from distributor.rules.words.tags import hashtags
from distributor.text.isolation import isolated
from distributor.text.summary import Gist, gist

#: two to four sentences; more is a story, not a summary
LONGEST_SUMMARY = 600
#: name of the template of what is told together
ROUNDUP = Act.ROUNDUP.value
#: Telegram shows the first 100 entities of a message: no more links than this with formatting
MOST_FORMATTED = 90
#: name of the template of an editor's own words
OWN = "own"

#: the template of alerts, and the language of their words
NOTICE, _OWN, _ALERT = "notice", "en", "alert"
#: the templates of a digest that names none, of what a revision means, and of a post that is taken away; the part that
#: tells of changes within a post
DIGEST = "digest"
CORRECTION, DELETION, _CHANGES = "correction", "delete", "_changes"
_NOWHERE = Limits(text=None)

Context = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A post and how it came to fit."""

    message: Message
    fitted: Fitted


class Renderer:
    """Messages from stories and issues; the same input gives the same message."""

    def __init__(
        self,
        folders: Sequence[Path],
        desk: Desk,
        style: Style = Style(),  # noqa: B008 - frozen
        *,
        is_public: bool = False,
        counted: Callable[[int, int, str], str] | None = None,
    ) -> None:
        """``folders`` are the operators' own, before the shipped one; ``style`` says what becomes a hashtag.

        ``is_public``: readers have pages on the web, to which mails lead. ``counted`` makes of an issue's number, a
        story's and an address the one at which it is counted that the link was followed; None: it is not.
        Raises ZoneInfoNotFoundError for no zone.
        """
        self._templates = Templates(folders, desk.zone)
        self._style = style
        self._counted = counted
        self._desk = DeskView(
            name=line(desk.name), zone=desk.zone, language=desk.language or "en", imprint=text(desk.imprint)
        )
        #: kinds of channels that are told in words that a post is taken away
        self._told = self._templates.kinds(DELETION)
        #: by kind of channel, what ``links_in_roundup`` found
        self._linked: dict[str, bool] = {}
        self._mails = Mails(
            self._templates, lambda language, more: self._context(language, "", more), is_public=is_public
        )

    def compile_all(
        self,
        wanted: Iterable[tuple[str, str]] = (),
        lined: Sequence[str] = (),
        *,
        kinds: Collection[str] | None = None,
    ) -> None:
        """Compile every template and render it with built-in samples. Raises TemplateError with one line for each.

        ``wanted`` are the kinds and names that the configuration asks for: one without a file is a problem, too.
        ``lined`` are the templates of digests that shall tell corrections of earlier issues (empty: the usual one).
        ``kinds`` are those of the channels that there are: nothing ever renders the templates of others (None: all).
        """
        problems: list[str] = []
        for kind, name in sorted({*self._templates.names(kinds), *wanted}):
            try:
                rehearse(self, self._templates, kind, name)
            except TemplateError as error:
                problems.append(words_of(error))
        problems += [problem for name in {one or DIGEST for one in lined} for problem in untold(self._templates, name)]
        if problems:
            raise TemplateError(Phrase.joined("\n", problems))

    def choices(self, kinds: Collection[str]) -> list[str]:
        """The templates that a route or digest may name for these kinds of channels, without the program's own uses."""
        return sorted(self._templates.named(kinds) - {ROUNDUP, OWN, NOTICE, CORRECTION, DELETION, _ALERT, *LETTERS})

    def links_in_roundup(self, kind: str) -> bool:
        """Whether the template of round-ups for a kind of channel shows links."""
        if kind not in self._linked:
            self._linked[kind] = has_link(self, kind)
        return self._linked[kind]

    def story(
        self,
        kind: str,
        limits: Limits,
        story: Story,
        *,
        link: str,
        template: str = "",
        occasion: Occasion = Occasion(),  # noqa: B008 - frozen
        notes: Sequence[Revision] = (),
    ) -> Message:
        """One story for one channel: a post, a document, or a mail of its own. Raises TemplateError.

        ``link`` carries the marker of its delivery; the text fits ``limits``. ``notes`` are told in it, each in a line.
        """
        return self.rendered(kind, limits, story, link=link, template=template, occasion=occasion, notes=notes).message

    def rendered(
        self,
        kind: str,
        limits: Limits,
        story: Story,
        *,
        link: str,
        template: str = "",
        occasion: Occasion = Occasion(),  # noqa: B008 - frozen
        notes: Sequence[Revision] = (),
    ) -> Rendered:
        """As :meth:`story`, with what was dropped and what was cut for want of room. Raises TemplateError."""
        name = template or ("alert" if kind == "email" else "post")
        ending = self._templates.ending(kind, name)
        told = self._gist(story)
        view = self._view(story, link=link)
        changes = Changes(story, words(view.language), limits, self._desk.zone)
        more: Context = {"event": changes.event(occasion)}
        if ending == "mail":
            view = replace(view, summary=text(told.within(LONGEST_SUMMARY)))
            message = self._mails.mail(name, {"story": view, **more}, language=view.language, link=view.link, kind=kind)
            return Rendered(message=message, fitted=_whole(view, language=view.language))
        path = f"{kind}/{name}.{ending}.j2"
        tail = f"{kind}/{_CHANGES}.{ending}.j2" if notes and ending != "json" else ""
        more |= {"notes": changes.notes(notes), "button": limits.button and bool(view.link)}
        context = self._context(view.language, view.headline, more)
        post = TemplatePost(templates=self._templates, path=path, tail=tail, view=view, context=context)
        shown = _fitted(post, told, limits)
        shown_post = post.read(shown.headline, shown.summary, len(shown.dropped))
        message = self._message(path, shown_post, limits, link=view.link, language=view.language)
        return Rendered(message=message, fitted=shown)

    def correction(self, kind: str, limits: Limits, story: Story, *, link: str, occasion: Occasion) -> Message:
        """What a revision means to those who read the one before: an answer to a post, a mail. Raises TemplateError."""
        return self.story(kind, limits, story, link=link, template=CORRECTION, occasion=occasion)

    def deletion(self, kind: str, story: Story, *, occasion: Occasion) -> Message:
        """What a platform is told where a post is taken away: only a receiver of documents gets one.

        Raises TemplateError.
        """
        if kind not in self._told:
            return Message(text="", language=story.article.language)
        return self.story(kind, _NOWHERE, story, link="", template=DELETION, occasion=occasion)

    def corrections(self, told: Sequence[tuple[Story, Revision]]) -> str:
        """The public feed of corrections (Atom), newest first."""
        return corrections_feed(self._desk, told)

    def credit(self, story: Story, image: Image) -> str:
        """The line that names a picture's author, in the story's language."""
        return f"{words(story.article.language or self._desk.language).photo}: {isolated(line(image.credit))}"

    def own(self, kind: str, limits: Limits, story: Story, own: str, *, link: str) -> Message:
        """An editor's own words for a story on one channel, whole. Raises TemplateError, also where they do not fit.

        What a person wrote is never cut, only optional parts go: whoever takes the words measures them first.
        """
        ending = self._templates.ending(kind, OWN)
        view = self._view(story, link=link)
        context: Context = {"story": view, "own": text(own), "button": limits.button and bool(view.link)}
        if ending == "mail":
            return self._mails.mail(OWN, context, language=view.language, link=view.link, kind=kind)
        path = f"{kind}/{OWN}.{ending}.j2"
        context = self._context(view.language, own, context)
        post = TemplatePost(templates=self._templates, path=path, tail="", view=view, context=context)
        for one in post.shrinking(view.headline, ""):
            message = self._message(path, one, limits, link=view.link, language=view.language)
            length = limits.measure(message.text)
            most = length if limits.text is None else limits.text
            if length <= most:
                return message
        raise TooLong(length, most)

    def digest(
        self,
        digest: Digest,
        issue: Issue,
        stories: Sequence[Story],
        *,
        template: str = "",
        lines: Sequence[Line] = (),
        groups: Sequence[tuple[str, Sequence[Story]]] = (),
        link: Callable[[Story], str] = lambda story: story.article.url,
    ) -> tuple[Message, Sequence[Story]]:
        """One issue as a mail for all its readers, or for those to whom ``lines`` tell what an earlier one got wrong;
        and the stories that it shows, which are fewer where a mailbox would not show them all.

        ``groups`` are the stories under their headings (an empty one has none); none: all in one. Raises TemplateError,
        also where it stays above the size limit.
        """
        name = template or DIGEST
        self._templates.ending("email", name)
        language = digest.languages[0] if len(digest.languages) == 1 else self._desk.language
        parts = groups or (("", stories),)
        ordered = [story for _, some in parts for story in some]

        def counted(story: Story) -> str:
            return self._counted(issue.id, story.id, link(story)) if self._counted and link(story) else link(story)

        def context(most: int, count: int) -> Context:
            views = [self._view(story, link=counted(story), most=most) for story in ordered[:count]]
            return issue_context(digest, issue, parts, views, lines, self._desk.language)

        message, count = self._mails.issue(name, context, len(ordered), language=language)
        return replace(message, headers=issue_headers(digest, issue, language)), ordered[:count]

    def issue_page(self, digest: Digest, issue: Issue, stories: Sequence[Story], lines: Sequence[Line]) -> Message:
        """One issue as a page shows it, as large as it is. Raises TemplateError."""
        language = digest.languages[0] if len(digest.languages) == 1 else self._desk.language
        parts = arranged(digest, stories)
        told = [story for _, some in parts for story in some]
        views = [self._view(story, link=story.article.url, most=LONGEST_IN_ISSUE) for story in told]
        context = issue_context(digest, issue, parts, views, lines, self._desk.language)
        return self._mails.mail(digest.template or DIGEST, context, language=language, is_limited=False)

    def roundup(
        self, kind: str, limits: Limits, issue: Issue, stories: Sequence[Story], *, link: Callable[[Story], str]
    ) -> tuple[Message, Sequence[Story]]:
        """Several stories in one post: as many headlines as fit, and how many more there are. Raises TemplateError.

        ``link`` gives a story's link with the marker of the round-up's delivery. Also gives the stories it shows.
        """
        ending = self._templates.ending(kind, ROUNDUP)
        path = f"{kind}/{ROUNDUP}.{ending}.j2"
        views = [self._view(story, link=link(story)) for story in stories]
        spoken = {view.language for view in views}
        language = spoken.pop() if len(spoken) == 1 else self._desk.language

        def render(shown: Sequence[StoryView]) -> str:
            more = {"issue": issue_view(issue), "stories": shown, "more": len(views) - len(shown)}
            return self._templates.render(path, self._context(language, views[0].headline, more))

        most = MOST_FORMATTED if ending == "html" else None
        try:
            shown = headlines_that_fit(
                lambda some: read(path, render(some))[0], views, limits=limits, most=most, language=language
            )
        except ValueError as error:
            raise TemplateError(f"{path}: {error}") from error
        message = self._message(path, read(path, render(shown)), limits, link=shown[0].link, language=language)
        linked = {message.text.count(message.link) > 0, *(entity.url == message.link for entity in message.entities)}
        message = replace(message, button="", link=message.link if True in linked else "")
        return message, stories[: len(shown)]

    def _message(self, path: str, post: Read, limits: Limits, *, link: str, language: str) -> Message:
        """What was rendered as a message; checked. Raises TemplateError."""
        content, entities = post
        if path.endswith(".json.j2"):
            check_json(path, content)
        content = content if path.endswith(".html.j2") else limits.tidy(content)
        if not content.strip():
            raise TemplateError(f"{path}: nothing was rendered")
        button = words(language).read_in_full if limits.button and link else ""
        return Message(text=content, entities=entities, link=link, language=language, button=button)

    def notice(self, kind: str, limits: Limits, alert: Alert, *, over: bool, template: str = "") -> Message:
        """An alert for the desk, as it was raised or (``over``) as it ended. Raises TemplateError.

        Alerts are told in English, whatever the newsroom writes in: they are the program's own words.
        """
        name = template or NOTICE
        ending = self._templates.ending(kind, name)
        context: Context = {"notice": notice_view(alert, over=over)}
        if ending == "mail":
            return self._mails.mail(name, context, language=_OWN, kind=kind)
        path = f"{kind}/{name}.{ending}.j2"
        rendered = self._templates.render(path, self._context(_OWN, "", context))
        message = self._message(path, read(path, rendered), limits, link="", language=_OWN)
        if limits.text is not None and limits.measure(message.text) > limits.text:
            return replace(message, text=shortened(message.text, limits.text, measure=limits.measure), entities=())
        return message

    def letter(self, letter: Letter, titles: Mapping[str, str]) -> Message:
        """A letter to one reader; ``titles`` are those of the newsletters by name. Raises TemplateError."""
        name, language, context = letter_parts(letter, titles, self._desk.language)
        return self._mails.mail(name, context, language=language)

    def _gist(self, story: Story) -> Gist:
        """What there is to say under the story's headline."""
        article = story.article
        return gist(
            headline=line(article.headline),
            summary=text(article.summary),
            body=text(article.body),
            language=article.language or self._desk.language,
        )

    def _view(self, story: Story, *, link: str, most: int = 0) -> StoryView:
        """The story for its template, with a summary of at most so many characters."""
        summary = self._gist(story).within(most) if most else ""
        tags = hashtags(story.article, self._style)
        return story_view(story, link=link, summary=summary, language=self._desk.language, hashtags=tags)

    def _context(self, language: str, sample: str, more: Context) -> Context:
        """What every template sees, and its own."""
        return {
            "desk": self._desk,
            "words": words(language),
            "language": language,
            "direction": direction(language, sample),
            "button": False,
            **more,
        }


def _fitted(post: TemplatePost, told: Gist, limits: Limits) -> Fitted:
    """How the post stays within its limits. Raises TemplateError if what it adds is already too long."""
    view = post.view
    if limits.text is None:
        return _whole(replace(view, summary=text(told.within(LONGEST_SUMMARY, limits.measure))), language=view.language)
    try:
        return fitted(
            post,
            headline=view.headline,
            summary=lambda room: text(told.within(room, limits.measure)),
            most=LONGEST_SUMMARY,
            limit=limits.text,
            measure=limits.measure,
            language=view.language,
        )
    except ValueError as error:
        raise TemplateError(f"{post.path}: {error}") from error


def _whole(view: StoryView, *, language: str) -> Fitted:
    """Nothing to fit: no limit."""
    return Fitted(
        headline=view.headline,
        summary=view.summary,
        whole_headline=view.headline,
        whole_summary=view.summary,
        language=language,
    )
