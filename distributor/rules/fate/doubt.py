"""Settling what nobody knows: which post on a channel is the one, and what follows a look. Must not look itself.

::

    look -> found                     -> sent, with its receipt
         -> not there, looks left     -> look again: what a platform accepted needs a moment to be seen
         -> not there, finally        -> due, word for word the same; skipped where its story was withdrawn
         -> not now (limit, outage)   -> look later
         -> cannot be asked           -> the operator's policy: ask | accept | never
    a change, a deletion              -> due at once: it does no harm a second time
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from distributor.errors import ChannelError, OutOfCredit, RateLimited, Unauthorized, Unavailable
from distributor.model import (
    Act,
    AskSomebody,
    Doubt,
    Doubtful,
    Drop,
    Found,
    GiveUp,
    LookAgain,
    Message,
    Seen,
    SendAgain,
    Settlement,
)
from distributor.rules.change.turn import REPEATABLE
from distributor.rules.fate.lifecycle import FIRST_LOOK, MOST_TRIES, UNSAID_WAIT, backoff
from distributor.text.links import canonical, urls

#: When a platform is asked, counted from the doubt (platforms.md 1.7: two or three times in about two minutes).
LOOKS = (FIRST_LOOK, timedelta(seconds=30), timedelta(minutes=2))

#: What is withdrawn is not sent again, so no refused repetition will prove that it came: it is looked for once more.
LAST_LOOK = timedelta(minutes=15)

#: How the reason of a withdrawn story's row begins ...
WITHDRAWN = "its story was withdrawn"
#: ... and what a row says that is not sent again, of a try whose fate nobody knows.
MAYBE_THERE = "an earlier try was in doubt and may have arrived"
#: What the row of a withdrawn story says when the channel was asked to the end.
NOT_FOUND = f"{WITHDRAWN}; what may have been sent before is not to be found on the channel"

#: A platform's clock and ours may differ by this much; only texts, which may be said twice, are held against the time.
SKEW = timedelta(minutes=5)

#: Between two looks while the platform refuses our credentials or has no credit of ours ...
REFUSED_WAIT = timedelta(minutes=5)
#: ... and how long that may last before a platform counts as one that cannot be asked.
PATIENCE = timedelta(hours=1)

#: Times that the same words are sent by themselves; a platform that takes them and never shows them is for a person.
MOST_DOUBTS = 10

_MARKER = "utm_id"


def find(doubt: Doubtful, key: str, posts: Sequence[Seen]) -> Seen | None:
    """The post that a delivery became; ``key`` is the name that its link carries.

    Where a frozen link carries it, by it and by the page it leads to: after a restore another story may bear the
    number, and with it the name. Where links are off or signed, by the very words. Without a message, by the page.
    """
    return next((post for post in posts if _is_it(doubt, key, post)), None)


def _is_it(doubt: Doubtful, key: str, post: Seen) -> bool:
    message = doubt.message
    if message is None:
        return any(_same_page(link, doubt.story) for link in post.links)
    ours = [link for link in _links(message) if _marker(link) == key]
    if any(_marker(link) == key and _same_page(link, own) for link in post.links for own in ours):
        return True
    if ours and not message.button:  # a button may be missing where the post is seen: its words count, too
        return False
    return _is_later(doubt, post) and words(post.text) == words(message.text) != ""


def _is_later(doubt: Doubtful, post: Seen) -> bool:
    """Whether a post came after the row first touched the wire: by the platform's own order of posts where one was
    known then, because our clock may be wrong by a day; by the clocks where none was.
    """
    after = doubt.delivery.after_id
    if after:
        return (len(post.remote_id), post.remote_id) > (len(after), after)
    return post.at >= (doubt.delivery.first_sent_at or doubt.since) - SKEW


def _links(message: Message) -> Sequence[str]:
    """Every address in a message; a round-up has many."""
    behind_words = [entity.url for entity in message.entities if entity.url]
    return [message.link, *behind_words, *(span.url for span in urls(message.text))]


def _marker(url: str) -> str:
    """The delivery's name in an address; empty without one."""
    try:
        query = urlsplit(url).query
    except ValueError:  # not an address at all
        return ""
    return dict(parse_qsl(query)).get(_MARKER, "")


def _same_page(one: str, other: str) -> bool:
    return bool(other) and canonical(one) == canonical(other)


def words(text: str) -> str:
    """A text by which it is recognised: NFC, without addresses (X shows its own in their place), white space folded."""
    text = unicodedata.normalize("NFC", text)
    pieces, done = [], 0
    for span in urls(text):
        pieces.append(text[done : span.start])
        done = span.end
    return " ".join("".join((*pieces, text[done:])).split())


def is_recognisable(doubt: Doubtful) -> bool:
    """Whether anything is known by which it could be found."""
    return doubt.message is not None or bool(doubt.story)


def may_be_hidden(doubt: Doubtful, posts: Sequence[Seen]) -> bool:
    """Whether one of the posts may be it and nothing tells: its words are not known, and a post has no link."""
    return doubt.message is None and any(not post.links for post in posts)


def after_look(
    doubt: Doubtful, found: Seen | None, *, now: datetime, schedule: Sequence[timedelta] = LOOKS
) -> Settlement:
    """What follows an answer of the platform; ``delivery.looks`` counts those before this one.

    ``schedule`` says when it is asked, counted from the doubt; the last answer that does not show it is final. What is
    withdrawn is asked for once more, and then dropped.
    """
    if found is not None:
        return Found(post=found)
    looks = doubt.delivery.looks + 1
    times = (*schedule, LAST_LOOK) if doubt.is_withdrawn else schedule
    if looks < len(times):
        return LookAgain(at=max(doubt.since + times[looks], now + FIRST_LOOK), counts=True)
    if doubt.is_withdrawn:
        return Drop(reason=NOT_FOUND, is_absent=True)
    if doubt.delivery.doubts >= MOST_DOUBTS:
        return AskSomebody(reason=f"{doubt.delivery.doubts} times sent, and never to be found there")
    reason = "it is not to be found on the channel; the same words once more"
    return SendAgain(at=now, reason=reason, is_absent=True)


def after_refusal(doubt: Doubtful, refusal: ChannelError, policy: Doubt, *, now: datetime) -> Settlement:
    """What follows a platform's refusal to tell."""
    match refusal:
        case RateLimited():
            return LookAgain(at=now + (refusal.retry_after or UNSAID_WAIT), counts=False)
        case Unavailable():
            return LookAgain(at=now + UNSAID_WAIT, counts=False)
        case Unauthorized() | OutOfCredit() if now < doubt.since + PATIENCE:
            return LookAgain(at=now + REFUSED_WAIT, counts=False)
        case _:
            return unasked(doubt, policy, why=str(refusal), now=now)


def repeated(doubt: Doubtful, *, now: datetime) -> Settlement:
    """What follows where the receiver tells a repetition from a new parcel, or a repetition changes nothing: send it
    again, ever more slowly.
    """
    doubts = doubt.delivery.doubts
    if doubt.is_withdrawn:
        return Drop(reason=f"{WITHDRAWN}; {MAYBE_THERE}")
    if doubts >= MOST_TRIES:
        return GiveUp(reason=f"gave up after {doubts} tries without a believable answer; the receiver may have it")
    wait = backoff(doubts - 1) if doubts > 1 else timedelta(0)
    why = "a repetition changes nothing" if may_repeat(doubt) else "the receiver knows a repetition"
    return SendAgain(at=now + wait, reason=f"{why}; the same parcel once more")


def may_repeat(doubt: Doubtful) -> bool:
    """Whether a platform takes it a second time without harm, so that nobody need look."""
    return doubt.delivery.act in REPEATABLE


def unasked(doubt: Doubtful, policy: Doubt, *, why: str, now: datetime) -> Settlement:
    """What follows where the platform cannot be asked: the operator's policy.

    An alert is sent once more and then dropped, since nobody should be asked about having been asked. What this store
    never started (``first_sent_at`` is None) is a person's matter: nobody knows whether another store sent it.
    """
    if doubt.delivery.act is Act.ALERT:
        return _accepted(doubt, now) or Drop(reason=f"an alert is not sent a third time; {why}")
    if doubt.delivery.first_sent_at is None:
        return AskSomebody(reason=f"another store may have sent it; {why}")
    match policy:
        case Doubt.NEVER:
            return Drop(reason=f"it may stand there or not, and is never sent again; {why}")
        case Doubt.ACCEPT if doubt.is_withdrawn:
            return Drop(reason=f"{WITHDRAWN}; {MAYBE_THERE}; {why}")
        case Doubt.ACCEPT:
            return _accepted(doubt, now) or AskSomebody(reason=f"in doubt for the second time; {why}")
        case _:
            return AskSomebody(reason=f"{WITHDRAWN}; {why}" if doubt.is_withdrawn else why)


def _accepted(doubt: Doubtful, now: datetime) -> SendAgain | None:
    """Once more at the risk of a double, but only once."""
    if doubt.delivery.doubts > 1:
        return None
    return SendAgain(at=now, reason="it may be there already; the same once more, as configured")
