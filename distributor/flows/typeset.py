"""What a delivery shall say, rendered from the stories as they stand now. Must not send or record anything."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from distributor.errors import DistributorError, TemplateError
from distributor.interfaces import Channel
from distributor.model import (
    Act,
    Alert,
    Carried,
    ChannelPolicy,
    Delivery,
    Digest,
    Issue,
    Limits,
    Message,
    PubStatus,
    Rendered,
    Story,
    SubjectKind,
)
from distributor.rules.budget import takes_link
from distributor.rules.doubt import MAYBE_THERE, WITHDRAWN
from distributor.rules.freshness import in_round_up
from distributor.text.links import with_query

log = logging.getLogger(__name__)

#: Result of setting one subject: its message with what it carries, a template's failure, or why nothing is left to say.
Set = tuple[Message, Carried] | TemplateError | str


class StoryBook(Protocol):
    """Where stories are read."""

    def get(self, story_id: int) -> Story | None:
        """One story as it reads now."""
        ...

    def of_issue(self, issue_id: int) -> Sequence[Story]:
        """The stories of an issue as they read now, without withdrawn ones."""
        ...


class IssueBook(Protocol):
    """Where issues are read."""

    def get(self, issue: int) -> Issue | None:
        """One issue."""
        ...


class AlertBook(Protocol):
    """Where alerts are read."""

    def get(self, alert: int) -> Alert | None:
        """One alert."""
        ...


class Renderer(Protocol):
    """Turns stories into messages."""

    def story(self, kind: str, limits: Limits, story: Story, *, link: str, template: str = "") -> Message:
        """One story for one kind of channel."""
        ...

    def own(self, kind: str, limits: Limits, story: Story, own: str, *, link: str) -> Message:
        """An editor's own words for one kind of channel."""
        ...

    def digest(self, digest: Digest, issue: Issue, stories: Sequence[Story], *, template: str = "") -> Message:
        """One issue of a digest."""
        ...

    def roundup(
        self, kind: str, limits: Limits, issue: Issue, stories: Sequence[Story], *, link: Callable[[Story], str]
    ) -> tuple[Message, Sequence[Story]]:
        """Several stories in one post, and those that it shows."""
        ...

    def notice(self, kind: str, limits: Limits, alert: Alert, *, over: bool, template: str = "") -> Message:
        """One alert for one kind of channel, as it was raised or as it ended."""
        ...


class Frozen(Protocol):
    """Where messages stand that have left before."""

    def frozen(self, message_id: int) -> tuple[Message, Carried]:
        """A frozen message with the revisions it carries."""
        ...


class Wordings(Protocol):
    """Where editors' own words stand."""

    def of(self, story_id: int, channel: str) -> str:
        """The words for a story on a channel; empty where its template speaks."""
        ...


class Typesetter:
    """Renders the deliveries of one channel."""

    def __init__(
        self,
        channel: Channel,
        *,
        stories: StoryBook,
        issues: IssueBook,
        alerts: AlertBook,
        renderer: Renderer,
        digests: Mapping[str, Digest],
        mark: Callable[[int], str],
        frozen: Frozen,
        wordings: Wordings,
        policy: ChannelPolicy = ChannelPolicy(),  # noqa: B008 - frozen
    ) -> None:
        """``mark`` gives the delivery's name that its link carries (``utm_id``); ``policy`` says which have a link.

        What may be there already goes out again word for word, from ``frozen``: X takes the same words for the same
        post, and a corrected headline would be a second one.
        """
        self._channel = channel
        self._stories = stories
        self._issues = issues
        self._alerts = alerts
        self._renderer = renderer
        self._digests = digests
        self._mark = mark
        self._policy = policy
        self._frozen = frozen
        self._wordings = wordings

    def set(self, entries: Sequence[Delivery]) -> Iterable[tuple[Delivery, Rendered | TemplateError | str]]:
        """For each delivery its message; one rendering serves all readers of the same subject."""
        shared: dict[tuple[int, int, str], Set] = {}
        for entry in entries:
            place = (entry.subject_id, entry.revision, entry.template)
            if entry.doubts and entry.message_id is not None:
                yield entry, self._again(entry, entry.message_id)
                continue
            if place not in shared or not entry.recipient:
                shared[place] = self._one(entry)
            result = shared[place]
            if isinstance(result, tuple):
                yield entry, Rendered(delivery_id=entry.id, message=result[0], carried=result[1])
            else:
                yield entry, result

    def _again(self, entry: Delivery, message_id: int) -> Rendered | str:
        """The words that left before; nothing where their story was withdrawn since."""
        if entry.subject_kind is SubjectKind.STORY and self._usable(entry.subject_id) is None:
            return f"{WITHDRAWN}; {MAYBE_THERE}"
        message, carried = self._frozen.frozen(message_id)
        return Rendered(delivery_id=entry.id, message=message, carried=carried)

    def _usable(self, story_id: int) -> Story | None:
        story = self._stories.get(story_id)
        return story if story is not None and story.article.pubstatus is PubStatus.USABLE else None

    def _one(self, entry: Delivery) -> Set:
        try:
            return self._subject(entry)
        except TemplateError as error:
            return error
        except DistributorError:
            raise
        except Exception as bug:
            # a bug of ours on one text must not hold up those that were claimed with it, again and again
            log.exception("delivery %d cannot be rendered", entry.id)
            return TemplateError(f"an unexpected error while rendering: {type(bug).__name__}: {bug}")

    def _subject(self, entry: Delivery) -> Set:
        if entry.subject_kind is SubjectKind.STORY:
            return self._story(entry)
        return self._issue(entry) if entry.subject_kind is SubjectKind.ISSUE else self._alert(entry)

    def _alert(self, entry: Delivery) -> Set:
        alert = self._alerts.get(entry.subject_id)
        if alert is None:
            return "there is no such alert"
        # its revision says which of the two it tells: 0 that it was raised, 1 that it is over
        over = bool(entry.revision)
        return self._renderer.notice(self._channel.kind, self._channel.limits, alert, over=over), ()

    def _story(self, entry: Delivery) -> Set:
        story = self._usable(entry.subject_id)
        if story is None:
            return WITHDRAWN
        kind, limits, link = self._channel.kind, self._channel.limits, self._link(entry, story)
        own = self._wordings.of(story.id, self._channel.name)
        if own:
            message = self._renderer.own(kind, limits, story, own, link=link)
        else:
            message = self._renderer.story(kind, limits, story, link=link, template=entry.template)
        return message, ((story.id, story.article.revision),)

    def _link(self, entry: Delivery, story: Story) -> str:
        """The address that a post leads to: one reader's mail is another's, so only a public post has its own marker.

        Where the operator saves the price of a link, a less urgent post has none; it is known by its exact text then.
        """
        if entry.recipient or not story.article.url:
            return story.article.url
        if not takes_link(self._policy, entry.priority):
            return ""
        return with_query(story.article.url, utm_id=self._mark(entry.id))

    def _issue(self, entry: Delivery) -> Set:
        issue = self._issues.get(entry.subject_id)
        stories = self._stories.of_issue(entry.subject_id)
        if issue is None or not stories:
            return WITHDRAWN
        if entry.act is Act.ROUNDUP:
            return self._roundup(entry, issue, in_round_up(stories))
        if issue.digest not in self._digests:
            return f"the digest {issue.digest} is no longer configured"
        message = self._renderer.digest(self._digests[issue.digest], issue, stories, template=entry.template)
        return message, tuple((story.id, story.article.revision) for story in stories)

    def _roundup(self, entry: Delivery, issue: Issue, stories: Sequence[Story]) -> Set:
        mark = self._mark(entry.id)
        message, shown = self._renderer.roundup(
            self._channel.kind,
            self._channel.limits,
            issue,
            stories,
            link=lambda story: with_query(story.article.url, utm_id=mark),
        )
        return message, tuple((story.id, story.article.revision) for story in shown)
