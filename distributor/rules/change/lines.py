"""What an issue tells its readers of an earlier one: which corrections still hold, and what was said before. Must not
look at a store.
"""

from __future__ import annotations

from collections.abc import Sequence

from distributor.model import Article, ChannelPolicy, FollowUp, Line, PubStatus, RevisionClass
from distributor.text.sentences import sentences


def told_in_issues(policy: ChannelPolicy) -> Sequence[RevisionClass]:
    """The classes of revisions of which a channel's readers are told in their next issue."""
    wanted = {RevisionClass.CORRECTION: policy.on_correction, RevisionClass.WITHDRAWAL: policy.on_withdrawal}
    return [meaning for meaning, what in wanted.items() if what is FollowUp.NEXT_DIGEST]


def holds(line: Line) -> bool:
    """Whether it is still so: what was corrected is not taken back since, what was taken back is not put back."""
    is_gone = line.story.article.pubstatus is not PubStatus.USABLE
    return is_gone is (line.change.meaning is RevisionClass.WITHDRAWAL)


def what_was_said(before: Article, now: Article) -> str:
    """Of what a reader was mailed, what does not stand any more: the headline, else sentences of the summary."""
    if " ".join(before.headline.split()) != " ".join(now.headline.split()):
        return before.headline
    standing = set(sentences(now.summary, now.language or "en"))
    gone = [one for one in sentences(before.summary, before.language or "en") if one not in standing]
    return " ".join(gone)
