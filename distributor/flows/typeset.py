"""What a delivery shall say, rendered from the stories as they stand now. Must not send or record anything."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from distributor.errors import DistributorError, TemplateError
from distributor.interfaces import Channel
from distributor.model import (
    Act,
    Carried,
    ChannelPolicy,
    Delivery,
    Digest,
    Image,
    Issue,
    Limits,
    Line,
    Message,
    Occasion,
    Portion,
    PubStatus,
    Rendered,
    Revision,
    RevisionClass,
    Story,
    SubjectKind,
)
from distributor.rules.change.lines import holds, told_in_issues
from distributor.rules.change.turn import Post, revisions_since, tells_take, visible
from distributor.rules.fate.doubt import MAYBE_THERE, WITHDRAWN
from distributor.rules.mail.portions import arranged
from distributor.rules.queue.budget import takes_link
from distributor.rules.queue.freshness import in_round_up
from distributor.rules.story.easel import Easel
from distributor.seams import (
    AlertBook,
    Frozen,
    IssueBook,
    Judge,
    LineBook,
    PostBook,
    Renderer,
    StoryBook,
    Wordings,
)
from distributor.text.links import tracked

log = logging.getLogger(__name__)

#: Result of setting one subject: its message with what it carries, a template's failure, or why nothing is left to say.
Set = tuple[Message, Carried] | TemplateError | str

#: Issues that are kept as they were set, for all batches of their readers.
KEPT = 64
_WHOLE = Portion()


class Typesetter:
    """Renders the deliveries of one channel, and has what it rendered looked at."""

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
        posts: PostBook,
        lines: LineBook,
        policy: ChannelPolicy = ChannelPolicy(),  # noqa: B008 - frozen
        judge: Judge | None = None,
        letters: Callable[[Delivery], Set] = lambda _: "there is no such letter",
        credit: Callable[[Story, Image], str] = lambda _, image: image.credit,
    ) -> None:
        """``mark`` gives the delivery's name that its link carries (``utm_id``); ``policy`` says which have a link, and
        ``credit`` is the line that names a picture's author. Without a ``judge`` nothing is looked at.

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
        self._posts = posts
        self._lines = lines
        self._letters = letters
        self._judge = judge
        self._easel = Easel(channel, policy, credit)
        #: by what an issue says, how it was set
        self._kept: dict[Hashable, Rendered] = {}

    def set(
        self,
        entries: Sequence[Delivery],
        posts: Mapping[int, Post] = MappingProxyType({}),
        portions: Mapping[int, Portion] = MappingProxyType({}),
    ) -> Iterable[tuple[Delivery, Rendered | TemplateError | str]]:
        """For each delivery its message; one rendering serves all readers of a subject who get, and are owed, the same.

        ``posts`` are those that follow-ups are about, and ``portions`` what readers get, by the delivery's id.
        """
        shared: dict[Hashable, Rendered | TemplateError | str] = {}
        owed = self._lines.owed(entries) if told_in_issues(self._policy) else {}
        for entry in entries:
            if entry.doubts and entry.message_id is not None:
                yield entry, self._again(entry, entry.message_id)
                continue
            lines = [one for one in owed.get(entry.id, ()) if holds(one)]
            portion = portions.get(entry.id, _WHOLE)
            place = _place(entry, portion, lines)
            result = (shared.get(place) or self._kept.get(place)) if entry.recipient else None
            if result is None:
                result = self._judged(entry, self._one(entry, posts.get(entry.id), lines, portion))
                self._keep(place, portion, result)
            elif isinstance(result, Rendered):  # what was found is on record with the first of them
                result = replace(result, delivery_id=entry.id, is_news=False)
            shared[place] = result
            yield entry, _in_form(result, portion)

    def _keep(self, place: Hashable, portion: Portion, result: Rendered | TemplateError | str) -> None:
        """Keep how an issue was set; its place tells every revision, so that it is set anew when one changes."""
        if isinstance(result, Rendered) and portion.stories:
            self._kept = {**(self._kept if len(self._kept) < KEPT else {}), place: result}

    def _judged(self, entry: Delivery, result: Set) -> Rendered | TemplateError | str:
        """What was set, with what lint has found in it."""
        if not isinstance(result, tuple):
            return result
        rendered = Rendered(delivery_id=entry.id, message=result[0], carried=result[1], act=entry.act)
        if self._judge is None or entry.subject_kind is SubjectKind.LETTER:  # the words of a letter are our own
            return rendered
        is_one = entry.subject_kind is SubjectKind.STORY and entry.act is not Act.ROUNDUP
        story = self._stories.get(entry.subject_id) if is_one else None
        return self._judge.judge(entry, rendered, story.article if story else None)

    def _again(self, entry: Delivery, message_id: int) -> Rendered | str:
        """The words that left before; nothing where their story was withdrawn since, unless they tell of that."""
        is_story = entry.subject_kind is SubjectKind.STORY and not self._takes_back(entry)
        if is_story and self._usable(entry.subject_id) is None:
            return f"{WITHDRAWN}; {MAYBE_THERE}"
        message, carried = self._frozen.frozen(message_id)
        return Rendered(delivery_id=entry.id, message=message, carried=carried, act=entry.act)

    def _takes_back(self, entry: Delivery) -> bool:
        """Whether a row takes a story back: what withdrew the story does not withdraw it."""
        if entry.act not in (Act.EDIT, Act.REPLY):
            return entry.act is Act.DELETE
        change = self._change(entry)
        return change is not None and change.meaning is RevisionClass.WITHDRAWAL

    def _change(self, entry: Delivery) -> Revision | None:
        """The revision that a row was planned for."""
        return next((one for one in self._posts.revisions(entry.subject_id) if one.number == entry.revision), None)

    def _usable(self, story_id: int) -> Story | None:
        story = self._stories.get(story_id)
        return story if story is not None and story.article.pubstatus is PubStatus.USABLE else None

    def _one(self, entry: Delivery, post: Post | None, lines: Sequence[Line], portion: Portion) -> Set:
        try:
            if post is not None and not tells_take(entry, post):
                return self._follow_up(entry, post)
            return self._subject(entry, lines, portion)
        except TemplateError as error:
            return error
        except DistributorError:
            raise
        except Exception as bug:
            # a bug of ours on one text must not hold up those that were claimed with it, again and again
            log.exception("delivery %d cannot be rendered", entry.id)
            return TemplateError(f"an unexpected error while rendering: {type(bug).__name__}: {bug}")

    def _subject(self, entry: Delivery, lines: Sequence[Line], portion: Portion) -> Set:
        kinds = {SubjectKind.STORY: self._story, SubjectKind.ALERT: self._alert, SubjectKind.LETTER: self._letters}
        one = kinds.get(entry.subject_kind)
        return one(entry) if one else self._issue(entry, lines, portion)

    def _alert(self, entry: Delivery) -> Set:
        alert = self._alerts.get(entry.subject_id)
        if alert is None:
            return "there is no such alert"
        # its revision says which of the two it tells: 0 that it was raised, 1 that it is over
        return self._renderer.notice(self._channel.kind, self._channel.limits, alert, over=bool(entry.revision)), ()

    def _story(self, entry: Delivery) -> Set:
        story = self._usable(entry.subject_id)
        if story is None:
            return WITHDRAWN
        own = self._wordings.of(story.id, self._channel.name)
        words = self._words(story, own, link=self._link(entry, story), template=entry.template)
        return self._easel.post(story, words), ((story.id, story.article.revision),)

    def _words(self, story: Story, own: str, *, link: str, **how: Any) -> Callable[[Limits], Message]:
        """What a story's post says within limits: an editor's own words, where there are any."""
        kind, renderer = self._channel.kind, self._renderer
        if own:
            return lambda limits: renderer.own(kind, limits, story, own, link=link)
        return lambda limits: renderer.story(kind, limits, story, link=link, **how)

    def _follow_up(self, entry: Delivery, post: Post) -> Set:
        """What is said of a post that stands, because of a revision of its story."""
        story = self._stories.get(entry.subject_id) if self._takes_back(entry) else self._usable(entry.subject_id)
        if story is None:
            return WITHDRAWN
        occasion = Occasion(act=entry.act, about=self._mark(post.delivery.id), change=self._change(entry))
        if entry.act is Act.EDIT and post.delivery.act is Act.ROUNDUP:
            anew = self._issue(post.delivery)
            if not isinstance(anew, str):  # a round-up of which nothing is left says that
                return anew
        match entry.act:
            case Act.DELETE:
                return self._renderer.deletion(self._channel.kind, story, occasion=occasion), ()
            case Act.EDIT if not self._takes_back(entry):
                return self._changed(story, post, occasion)
            case Act.POST:
                return self._story(entry)
        is_edit, policy = entry.act is Act.EDIT, self._policy
        # an answer stands under a post that leads to the story, so it has a link only where that costs nothing
        link = "" if is_edit or policy.price_with_link > policy.price else self._link(entry, story)

        def words(limits: Limits) -> Message:
            return self._renderer.correction(self._channel.kind, limits, story, link=link, occasion=occasion)

        stands = self._stands(post) if is_edit else None
        return self._easel.change(stands, words), ((story.id, story.article.revision),)

    def _stands(self, post: Post) -> Message | None:
        """The message with which a post stands; None: its words were never frozen."""
        number = post.delivery.message_id
        return None if number is None else self._frozen.frozen(number)[0]

    def _changed(self, story: Story, post: Post, occasion: Occasion) -> Set:
        """The post as it reads now, with a line for each revision that its operator wants to be seen.

        An editor's own words stand through what corrects nothing; what is corrected may be in them.
        """
        link = self._link(post.delivery, story)
        since = revisions_since(self._posts.revisions(story.id), post)
        own = self._wordings.of(story.id, self._channel.name)
        is_own = own and not any(one.meaning is RevisionClass.CORRECTION for one in since)
        how = {"template": post.delivery.template, "occasion": occasion, "notes": visible(since, self._policy)}
        words = self._words(story, own if is_own else "", link=link, **how)
        return self._easel.change(self._stands(post), words), ((story.id, story.article.revision),)

    def _link(self, entry: Delivery, story: Story) -> str:
        """The address that a post leads to: one reader's mail is another's, so only a public post has its own marker.

        Where the operator saves the price of a link, a less urgent post has none; it is known by its exact text then.
        """
        if entry.recipient:
            return tracked(story.article.url, self._policy.utm)
        if not takes_link(self._policy, entry.priority):
            return ""
        return tracked(story.article.url, self._policy.utm, self._mark(entry.id))

    def _issue(self, entry: Delivery, lines: Sequence[Line] = (), portion: Portion = _WHOLE) -> Set:
        issue = self._issues.get(entry.subject_id)
        stories = portion.stories or self._stories.of_issue(entry.subject_id)
        if issue is None or not stories:
            return WITHDRAWN
        if entry.act is Act.ROUNDUP:
            return self._roundup(entry, issue, in_round_up(stories))
        if issue.digest not in self._digests:
            return f"the digest {issue.digest} is no longer configured"
        digest = self._digests[issue.digest]
        return self._digest(digest, issue, stories[: digest.most], lines, portion, entry.template)

    def _digest(
        self,
        digest: Digest,
        issue: Issue,
        stories: Sequence[Story],
        lines: Sequence[Line],
        portion: Portion,
        template: str,
    ) -> Set:
        """The issue of those who get these stories."""
        if portion.language:
            digest = replace(digest, languages=(portion.language,))
        message, shown = self._renderer.digest(
            digest,
            issue,
            stories,
            template=template,
            lines=lines,
            groups=arranged(digest, stories),
            link=lambda story: tracked(story.article.url, self._policy.utm),
        )
        # the revision of that moment: whoever corrects it again does so of what this mail tells
        told = [*shown, *(one.story for one in lines)]
        return message, tuple((story.id, story.article.revision) for story in told)

    def _roundup(self, entry: Delivery, issue: Issue, stories: Sequence[Story]) -> Set:
        mark = self._mark(entry.id)
        message, shown = self._renderer.roundup(
            self._channel.kind,
            self._channel.limits,
            issue,
            stories,
            link=lambda story: tracked(story.article.url, self._policy.utm, mark),
        )
        return message, tuple((story.id, story.article.revision) for story in shown)


def _place(entry: Delivery, portion: Portion, lines: Sequence[Line]) -> Hashable:
    """What a mail says: two rows of one place are set alike."""
    stories = tuple((story.id, story.article.revision) for story in portion.stories)
    what = (entry.subject_id, entry.act, entry.revision, entry.template, portion.language)
    return (*what, stories, tuple(one.key for one in lines))


def _in_form(result: Rendered | TemplateError | str, portion: Portion) -> Rendered | TemplateError | str:
    """A mail in the form that its reader wants."""
    if portion.text_only and isinstance(result, Rendered):
        return replace(result, message=replace(result.message, html=""))
    return result
