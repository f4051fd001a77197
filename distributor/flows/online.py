"""What the public reads of issues and news on the web: as they were mailed, without what was taken back, and with what
was corrected since. Must not send or write anything.

::

    mail or issue -> its frozen message, while all that it tells stands
                  -> otherwise rendered anew: texts as they read now, corrections above, what was taken back left out
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from distributor.model import (
    Carried,
    Digest,
    Issue,
    IssuePage,
    Line,
    Listed,
    Message,
    PubStatus,
    Recent,
    Revision,
    Story,
)

#: how many issues one page of an archive shows, and how many stories the recent news
ISSUES, STORIES = 30, 30
#: and how many corrections their page and feeds tell
CORRECTIONS = 100
#: an HTML part above this may have left stories to its page
_NEARLY_FULL = 80_000


class MailOfIssue(Protocol):
    """One mail of an issue, as it left."""

    @property
    def issue(self) -> int:
        """The issue's number."""
        ...

    @property
    def message(self) -> int:
        """The frozen message's number."""
        ...

    @property
    def left_at(self) -> datetime:
        """When it left."""
        ...

    @property
    def carried(self) -> frozenset[int]:
        """The stories that it tells."""
        ...

    @property
    def members(self) -> Sequence[int]:
        """All stories of its issue, in their order."""
        ...

    @property
    def news(self) -> frozenset[int]:
        """Those of them that were news in it; the others are there for readers who have not had them."""
        ...


class ArchiveBook(Protocol):
    """Where it stands what has left."""

    def issues(self, digest: str, most: int, *, before: int = 0) -> Sequence[tuple[int, datetime]]:
        """The latest issues of a digest, and when each left."""
        ...

    def first_mail(self, issue: int) -> MailOfIssue | None:
        """The first mail of an issue that left."""
        ...

    def mail(self, delivery: int) -> MailOfIssue | None:
        """One mail of an issue."""
        ...

    def message(self, delivery: int) -> int | None:
        """The number of the message that a mail of an issue carries."""
        ...

    def corrected(self, stories: Sequence[int], since: datetime) -> Sequence[Line]:
        """The last correction of each of some stories since an instant."""
        ...

    def recent(self, kinds: Sequence[str], digests: Sequence[str], most: int) -> Sequence[Story]:
        """The newest stories that the public has."""
        ...

    def corrections(self, stories: Sequence[int]) -> Mapping[int, Revision]:
        """By story: the last correction of what readers have."""
        ...

    def told(self, kinds: Sequence[str], digests: Sequence[str], most: int) -> Sequence[tuple[Story, Revision]]:
        """The newest corrections and withdrawals of what the public may have read."""
        ...


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


#: a frozen message and what it carries
Frozen = Callable[[int], tuple[Message, Carried]]
#: an issue with these stories and corrections, as large as it is
Render = Callable[[Digest, Issue, Sequence[Story], Sequence[Line]], Message]


class Online:
    """The newsroom's public pages of what has left."""

    def __init__(
        self,
        archive: ArchiveBook,
        stories: StoryBook,
        issues: IssueBook,
        digests: Mapping[str, Digest],
        *,
        frozen: Frozen,
        render: Render,
        kinds: Sequence[str],
    ) -> None:
        """``kinds`` are those of channels whose posts anybody may read."""
        self._archive = archive
        self._stories = stories
        self._issues = issues
        self._digests = digests
        self._frozen = frozen
        self._render = render
        self._kinds = kinds

    @property
    def digests(self) -> Mapping[str, Digest]:
        """Those whose issues anybody may read, by name."""
        return {name: one for name, one in self._digests.items() if one.archive}

    def message(self, delivery: int) -> int | None:
        """The number of what a mail of an issue carries, which mails to many readers do; None: it is none of ours."""
        return self._archive.message(delivery)

    def mail(self, delivery: int) -> IssuePage | None:
        """The page of a mail of an issue; None: it is none of ours, or nothing of it stands any more."""
        mail = self._archive.mail(delivery)
        return self._page(mail, whole=False) if mail else None

    def issue(self, number: int) -> IssuePage | None:
        """The page of an issue that has left; None: there is none that anybody may read."""
        mail = self._archive.first_mail(number)
        page = self._page(mail, whole=True) if mail else None
        return page if page and page.digest.archive else None

    def issues(self, digest: str, *, before: int = 0) -> Sequence[Listed]:
        """The latest issues of a public digest, newest first; one of which nothing stands any more is left out."""
        found = []
        for number, left_at in self._archive.issues(digest, ISSUES, before=before):
            issue, stories = self._issues.get(number), self._stories.of_issue(number)
            if issue is not None and stories:
                lines = self._archive.corrected([story.id for story in stories], left_at)
                changed = max([left_at, *(one.change.at for one in lines)])
                found.append(Listed(issue=issue, changed_at=changed, stories=stories, corrected=lines))
        return found

    def recent(self, now: datetime) -> Sequence[Recent]:
        """The newest stories that the public has, newest first."""
        stories = [
            story
            for story in self._archive.recent(self._kinds, list(self.digests), STORIES)
            if story.article.embargoed is None or story.article.embargoed <= now
        ]
        corrections = self._archive.corrections([story.id for story in stories])
        return [Recent(story=story, correction=corrections.get(story.id)) for story in stories]

    def corrections(self) -> Sequence[tuple[Story, Revision]]:
        """What was corrected and taken back of what the public may have read, newest first."""
        return self._archive.told(self._kinds, list(self.digests), CORRECTIONS)

    def _page(self, mail: MailOfIssue, *, whole: bool) -> IssuePage | None:
        issue = self._issues.get(mail.issue)
        digest = self._digests.get(issue.digest) if issue else None
        if issue is None or digest is None:
            return None
        message, _ = self._frozen(mail.message)
        is_cut = not mail.carried >= mail.news and len(message.html.encode()) > _NEARLY_FULL
        wanted_ones = mail.news if whole else mail.carried | mail.news if is_cut else mail.carried
        wanted = [story for story in mail.members if story in wanted_ones]
        stories = [story for story in map(self._stories.get, wanted) if story and _stands(story)]
        if not stories:
            return None
        lines = self._archive.corrected([story.id for story in stories], mail.left_at)
        is_less = len(stories) < len(wanted)
        stands = message.html and mail.carried.intersection(mail.members) == set(wanted) and not lines and not is_less
        shown = message if stands else self._render(digest, issue, stories, lines)
        return IssuePage(digest=digest, issue=issue, message=shown, is_less=is_less)


def _stands(story: Story) -> bool:
    return story.article.pubstatus is PubStatus.USABLE
