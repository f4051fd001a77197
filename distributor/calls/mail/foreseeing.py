"""Calls that show what a digest would mail: to one reader at one moment, and as a test to the newsroom itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from zoneinfo import ZoneInfo

from distributor.app import App
from distributor.calls.registry import Json, by, call, known, parse_instant
from distributor.errors import CallError, ChannelError
from distributor.looks import instant, readable, story_json
from distributor.mime import mailbox
from distributor.model import (
    ROUTINE,
    Act,
    Delivery,
    Digest,
    Footing,
    Issue,
    IssueState,
    Message,
    Outlook,
    Parcel,
    ReaderLinks,
    Reading,
    Recipient,
    State,
    Story,
    SubjectKind,
    SubscriptionState,
)
from distributor.rules.mail.courtesy import Pause, courtesy
from distributor.rules.mail.links import Addressee, Links
from distributor.rules.mail.portions import Weighed, arranged, language_of, weigh
from distributor.rules.mail.rhythms import SINGLE, next_slot, rhythm_of, zone_of
from distributor.rules.queue.timing import slot_name
from distributor.text.links import tracked

#: How far back a reader's mails are looked through.
MAILED_SINCE = timedelta(days=40)
#: What a test says before its subject.
TEST = "[Test] "


@call
def digest_foresee(
    app: App,
    *,
    name: str,
    reader: str | None = None,
    number: int | None = None,
    at: str | None = None,
    zone: str | None = None,
) -> Json:
    """What one reader would get of a digest at one moment, whether it would leave, and why each story is in or out.

    The reader is known by the address, or by ``number``.
    """
    digest = _digest(app, name)
    reader = _address_of(app, reader, number)
    reading = _reader(app, digest, reader)
    where = _zone(zone) if zone else zone_of(digest, reading.footing.dials.zone if reading.footing else "")
    moment = _moment(app, digest, reading, at, where)
    outlook = app.digesters[name].outlook(reading.wish, moment)
    weighed = _weighed(digest, outlook, reading, moment)
    stories = [one.story for one in weighed if not one.why_out]
    why, until = _leaves(app, digest, reading, outlook, stories, reader, moment)
    slot = slot_name(moment, where)
    message = _message(app, digest, reading.footing, slot, moment, stories) if stories else None
    plain = bool(reading.footing and reading.footing.dials.text_only)
    return {
        "digest": name,
        "slot": slot,
        "at": instant(moment),
        "reason": why or None,
        "stories": [story_json(one) for one in stories],
        "subject": message.subject if message else None,
        "text": readable(message.text) if message else None,
        "html": readable(message.html) if message and not plain else None,
        "reader": {
            "address": reader,
            "zone": where.key,
            "rhythm": reading.wish.rhythm.value if reading.wish.rhythm else None,
            "is_slot": next_slot(digest, reading.wish, moment - timedelta(seconds=1)) == moment,
            "next_slot": instant(next_slot(digest, reading.wish, moment)),
            "until": instant(until),
            "weighed": [_face(one, reading) for one in weighed],
        },
    }


@call
def digest_test(app: App, *, name: str, to: str, who: str, through: str, reader: str | None = None) -> Json:
    """Send the mail of a digest, as it would be now, to an address of the newsroom's; no reader's ledger counts it."""
    doer, digest = by(app, who, through), _digest(app, name)
    box = _address(app, to)
    if app.mode != "live":
        raise CallError("shadow", "nothing is sent in shadow", hint='mode = "live", or distributor take-over')
    reading = _reader(app, digest, reader) if reader else None
    stories = _stories(app, digest, reading, doer.at)
    if not stories:
        raise CallError("nothing_to_send", f"there is no story for an issue of {name} now", hint="digest preview")
    footing = reading.footing if reading else None
    slot = slot_name(doer.at, ZoneInfo(digest.zone))
    message = _message(app, digest, footing, slot, doer.at, stories)
    if footing and footing.dials.text_only:
        message = replace(message, html="")
    marked = replace(message, subject=f"{TEST}{message.subject}")
    key = f"test-{token_hex(8)}"
    recipient = Recipient(address=box, language=marked.language, links=_links(app, name))
    try:
        app.channels[digest.channel].send(
            Parcel(message=marked, recipient=recipient, key=key, token=key, first_sent_at=doer.at)
        )
    except ChannelError as error:
        raise CallError("test_refused", f"the test was not sent: {error}", hint="distributor check --mail") from error
    app.store.control.note("test sent", f"{name} to {box}: {marked.subject}", doer)
    return {"digest": name, "to": box, "reader": reader, "subject": marked.subject, "stories": len(stories)}


def _digest(app: App, name: str) -> Digest:
    if name not in app.digesters:
        raise CallError("unknown_digest", f"there is no digest {name!r}", hint=known(app.digests))
    return app.digests[name]


def _reader(app: App, digest: Digest, address: str) -> Reading:
    since, several = app.clock.now() - MAILED_SINCE, len(digest.languages) > 1
    found = app.store.choices.reader(address, digest.name, since, multilingual=several)
    if found is None:
        raise CallError("unknown_reader", f"nobody has the address {address}", hint="distributor subscribers list")
    return found


def _address_of(app: App, address: str | None, number: int | None) -> str:
    """The address of the reader who is meant. Raises CallError."""
    if (address is None) == (number is None):
        raise CallError("nothing_named", "it is not clear which reader is meant", hint="reader or number")
    row = app.store.audience.row(number) if number is not None else None
    if number is not None and row is None:
        raise CallError("unknown_reader", f"there is no reader {number}", hint="distributor subscribers list")
    return row["address"] if row is not None else address or ""


def _address(app: App, to: str) -> str:
    try:
        box = mailbox(to).address
    except ValueError as error:
        raise CallError("bad_address", f"{to!r} is not a mail address", hint="such as name@example.org") from error
    if app.store.choices.is_suppressed(box):
        raise CallError("suppressed", f"{box} is suppressed: nobody may mail it", hint="another address")
    return box


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise CallError("bad_zone", f"there is no time zone {name!r}", hint="such as Europe/Minsk") from error


def _moment(app: App, digest: Digest, reading: Reading, at: str | None, where: ZoneInfo) -> datetime:
    """The instant that is meant: local where it has no offset of its own; without one the reader's next slot."""
    now = app.clock.now()
    if at is None:
        return next_slot(digest, reading.wish, now) or now
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return parse_instant(at)
    return parse_instant(at) if found.tzinfo else found.replace(tzinfo=where).astimezone(UTC)


def _weighed(digest: Digest, outlook: Outlook, reading: Reading, at: datetime) -> Sequence[Weighed]:
    """Every story that such an issue would look at, weighed by the rule of the wire."""
    footing = reading.footing
    weighed = weigh(
        digest,
        outlook.candidates,
        outlook.segment,
        chosen=footing.choice.sections if footing else (),
        language=language_of(digest, footing.dials.language if footing else ""),
        mailed=footing.had if footing else (),
        now=at,
    )
    return [*weighed, *(Weighed(story=story, why_out=why) for story, why in outlook.out)]


def _leaves(
    app: App,
    digest: Digest,
    reading: Reading,
    outlook: Outlook,
    stories: Sequence[Story],
    address: str,
    at: datetime,
) -> tuple[str, datetime | None]:
    """Why no mail would leave at that moment, and until when it would wait; no words: it would leave."""
    footing = reading.footing
    if footing is None or footing.choice.state is not SubscriptionState.CONFIRMED:
        return f"the reader is {footing.choice.state.value if footing else 'not subscribed'}", None
    if reading.is_suppressed:
        return "the address is suppressed", None
    if (rest := app.store.bounces.resting(at).get(address.lower())) is not None:
        return "the address rests after failures", rest
    rhythm = rhythm_of(digest, footing.choice.rhythm)
    if rhythm in SINGLE:
        return f"the reader gets stories by themselves ({rhythm})", None
    there = replace(footing, segment=outlook.segment)
    held = courtesy(_row(digest, at), there, at, digest=digest, home=digest.zone, article=None)
    if held is not None:
        return held.reason, held.until if isinstance(held, Pause) else None
    if outlook.reason:
        return outlook.reason, None
    return ("" if stories else "nothing in it is new to this reader"), None


def _row(digest: Digest, at: datetime) -> Delivery:
    """The row that such an issue would have for this reader."""
    return Delivery(
        id=0,
        subject_id=0,
        subject_kind=SubjectKind.ISSUE,
        channel=digest.channel,
        recipient=0,
        act=Act.POST,
        part=0,
        revision=0,
        state=State.DUE,
        reason="",
        due_at=at,
        priority=ROUTINE + 1,
        template=digest.template,
        attempts=0,
        message_id=None,
        first_sent_at=None,
        remote_id="",
        url="",
    )


def _stories(app: App, digest: Digest, reading: Reading | None, at: datetime) -> Sequence[Story]:
    if reading is None:
        return app.digesters[digest.name].preview(at).stories
    outlook = app.digesters[digest.name].outlook(reading.wish, at)
    return [one.story for one in _weighed(digest, outlook, reading, at) if not one.why_out]


def _message(
    app: App, digest: Digest, footing: Footing | None, slot: str, at: datetime, stories: Sequence[Story]
) -> Message:
    """The mail of those who get these stories, set as the lanes set it."""
    language = language_of(digest, footing.dials.language) if footing else ""
    spoken = replace(digest, languages=(language,)) if language else digest
    issue = Issue(id=0, digest=digest.name, slot=slot, state=IssueState.FREEZING, reason="", opened_at=at)
    utm = next(one.policy.utm for one in app.settings.channels if one.name == digest.channel)
    message, _ = app.renderer.digest(
        spoken,
        issue,
        stories,
        template=digest.template,
        groups=arranged(spoken, stories),
        link=lambda story: tracked(story.article.url, utm),
    )
    return message


def _links(app: App, topic: str) -> ReaderLinks:
    """Links that look like a reader's and are nobody's: whoever follows them changes nothing for anybody."""
    public = app.settings.web.pages
    return (
        Links(public, app.store.key).of(Addressee(subscriber=0, delivery=0, topic=topic)) if public else ReaderLinks()
    )


def _face(one: Weighed, reading: Reading) -> Json:
    mails = [mail for mail in reading.mailed if one.story.id in mail.stories]
    return {
        "id": one.story.id,
        "headline": one.story.article.headline,
        "url": one.story.article.url,
        "in": not one.why_out,
        "why": one.why_out or None,
        "mailed": [
            {"delivery": mail.id, "came_by": reading.came_by[mail.id], "at": instant(mail.at)} for mail in mails
        ],
    }
