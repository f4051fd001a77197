"""Built-in stories with which templates are tried before they are used. Must not look like real news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from distributor.model import (
    Act,
    Alert,
    Article,
    Dateline,
    Digest,
    Image,
    Issue,
    IssueState,
    Letter,
    LetterKind,
    Line,
    Occasion,
    Revision,
    RevisionClass,
    Story,
)

_PUBLISHED = datetime(2026, 11, 30, 4, 5, tzinfo=UTC)

#: every field filled
FULL = Story(
    id=1,
    first_seen_at=_PUBLISHED,
    article=Article(
        feed="sample",
        guid="sample-1",
        url="https://news.example.org/sample",
        headline="A sample headline with <angle brackets>, “quotes” & an ampersand",
        summary="A sample summary. It has two sentences.",
        body="The first paragraph of a sample story.\n\nThe second paragraph.",
        dateline=Dateline(place="MINSK", date="30 November", agency="Sample"),
        byline="A. Sample",
        published=_PUBLISHED,
        updated=_PUBLISHED,
        categories=("Sample", "Politics"),
        urgency=1,
        image=Image(url="https://news.example.org/sample.jpg", alt="A sample", credit="Sample", width=1200, height=675),
        language="en",
        revision=1,
    ),
)
#: only what every story has
BARE = Story(
    id=2,
    first_seen_at=_PUBLISHED,
    article=Article(feed="sample", guid="sample-2", url="", headline="A sample headline alone"),
)
#: what an editor may write: several paragraphs, and signs that are markup elsewhere
OWN = "A sample of an editor's own words: <angle brackets> & more\n\nA second paragraph."
#: one of each meaning, with and without a note
CHANGES = tuple(
    Revision(number=1, meaning=meaning, note=note, who="", at=_PUBLISHED)
    for meaning in RevisionClass
    for note in ("A sample note with <angle brackets> & an ampersand.", "")
)
ANSWERS = tuple(Occasion(act=Act.REPLY, about="sample", change=change) for change in CHANGES)
ALERT = Alert(
    id=3,
    key="feed:sample",
    text="the feed <sample> cannot be read",
    hint="A sample hint.",
    raised_at=_PUBLISHED,
    recovered_at=_PUBLISHED,
    recovery="it answers again",
)
DIGEST = Digest(name="sample", title="Sample digest", channel="mail", slots=("@daily",), zone="UTC")
ISSUE = Issue(
    id=1, digest="sample", slot="2026-11-30T07:00[UTC]", state=IssueState.OPEN, reason="", opened_at=_PUBLISHED
)
NEXT = replace(ISSUE, id=2, slot="2026-12-01T07:00[UTC]", opened_at=_PUBLISHED + timedelta(days=1))
LETTERS = {
    f"letter-{kind.value}": Letter(
        id=4, kind=kind, created_at=_PUBLISHED, language="en", topics=("sample", "other"), to="new@example.org"
    )
    for kind in LetterKind
}
#: what an earlier issue got wrong, and what it should not have told
LINES = tuple(
    Line(story=story, before=BARE.article, change=change)
    for story in (FULL, BARE)
    for change in CHANGES
    if change.meaning in (RevisionClass.CORRECTION, RevisionClass.WITHDRAWAL)
)
