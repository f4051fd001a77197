"""Calls that post what no feed brought, and that give a story an editor's own words."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.app import App
from distributor.calls.registry import Json, by, call, find_story, known, parse_instant
from distributor.errors import CallError, TemplateError
from distributor.looks import answer_json, finding_json, story_json
from distributor.model import ROUTINE, Article, DeliveryIntent, Story
from distributor.outlets import make_linter
from distributor.phrases import Phrase, words_of
from distributor.rules.queue.moving import set_for
from distributor.rules.story.identity import BY_HAND, address_of
from distributor.rules.words.lint import Draft
from distributor.text.links import canonical

#: A post by hand is known by this and eight characters, where it has no address of its own.
MARK = "post:"


@call
def post(
    app: App,
    *,
    who: str,
    through: str,
    channels: Sequence[str],
    text: str,
    link: str | None = None,
    at: str | None = None,
    urgency: int = ROUTINE,
) -> Json:
    """Post an editor's own words with no article behind them: through the same gates, ledger and proof as a story."""
    doer = by(app, who, through)
    now = doer.at
    article = _article(app, text, link, urgency, now)
    due = _due(at, now)
    story = Story(id=0, article=article, first_seen_at=now)
    lint = look(app, story, channels, text)
    intents = [intent for name in channels for intent in _intents(app, name, article, due, doer.who)]
    number = app.store.wordings.post(article, dict.fromkeys(channels, text), intents, by=doer)
    return answer(app, number) | {"lint": lint}


@call
def reword(app: App, *, who: str, through: str, url: str, channel: str, text: str) -> Json:
    """Give a story that still waits on a channel an editor's own words there."""
    doer = by(app, who, through)
    story = find_story(app, url)
    lint = look(app, story, [channel], text)
    count = app.store.wordings.reword(story.id, channel, text, by=doer)
    if not count:
        hint = f"distributor where {url}; what stands there already is corrected: distributor correct"
        raise CallError("not_waiting", f"nothing of this story waits on {channel}", hint=hint)
    return answer(app, story.id) | {"lint": lint}


def _article(app: App, text: str, link: str | None, urgency: int, now: datetime) -> Article:
    """The story that a post by hand is. Raises CallError for words or an address that cannot be right."""
    if not text.strip():
        raise CallError("no_text", "there is nothing to post", hint='--text "Briefing at 11:00"')
    if not 1 <= urgency <= 9:
        raise CallError("bad_urgency", f"{urgency} is no urgency", hint="1 is a flash, 9 the least urgent")
    if link is not None and not link.startswith(("http://", "https://")):
        raise CallError("bad_address", f"{link!r:.80} is no address", hint="such as https://www.example.org/live")
    return Article(
        feed=BY_HAND,
        guid=MARK + secrets.token_hex(4),
        url=canonical(link) if link else "",
        headline=" ".join(text.split())[:200],
        body=text.strip(),
        urgency=urgency,
        published=now,
        language=app.settings.desk.language,
    )


def _due(at: str | None, now: datetime) -> datetime:
    """When a post by hand leaves. Raises CallError for an instant that is no time to come."""
    if not at:
        return now
    due = set_for(parse_instant(at), now)
    if due is None:
        hint = Phrase("name an instant that is still to come, or none")
        raise CallError("bad_instant", Phrase("%(instant)s is past, or more than a year ahead", instant=at), hint=hint)
    return due


def _channels(app: App, names: Sequence[str]) -> Sequence[str]:
    """Raises CallError unless each name is a channel's, and there is one."""
    if not names:
        raise CallError("no_channel", "no channel is named", hint=known(app.channels))
    for name in names:
        if name not in app.channels:
            raise CallError("unknown_channel", f"there is no channel {name!r}", hint=known(app.channels))
    return names


def drafted(app: App, channels: Sequence[str], text: str, link: str | None, at: str | None = None) -> list[Json]:
    """What lint would find in a post by hand. Raises CallError where it would be refused; plans nothing."""
    now = app.clock.now()
    article = _article(app, text, link, ROUTINE, now)
    may_leave(app, at)
    return look(app, Story(id=0, article=article, first_seen_at=now), channels, text)


def may_leave(app: App, at: str | None) -> None:
    """Raises CallError where a post by hand could not be set for an instant; None: at once."""
    _due(at, app.clock.now())


def look(app: App, story: Story, channels: Sequence[str], text: str) -> list[Json]:
    """What lint finds in an editor's words on channels. Raises CallError where they cannot be right."""
    return [one for name in _channels(app, channels) for one in _looked_at(app, story, name, text)]


def _looked_at(app: App, story: Story, channel: str, text: str) -> list[Json]:
    """What lint finds in an editor's words. Raises CallError where the channel would refuse them."""
    opened = app.channels[channel]
    try:
        message = app.renderer.own(opened.kind, opened.limits, story, text, link=story.article.url)
    except TemplateError as error:
        said = Phrase("%(channel)s: %(why)s", channel=channel, why=words_of(error))
        raise CallError("does_not_fit", said, hint=Phrase("shorten it, or leave this channel out")) from error
    told = Draft(message=message, article=story.article, kind=opened.kind, limits=opened.limits)
    return [{"channel": channel, **finding_json(one)} for one in make_linter(app.settings, channel).lint(told)]


def _intents(app: App, channel: str, article: Article, due: datetime, who: str) -> Sequence[DeliveryIntent]:
    """One delivery for the channel, or one for each reader of a mail channel. Raises CallError where nobody reads."""
    is_mail = app.channels[channel].kind == "email"
    readers = app.store.subscribers.audience(channel) if is_mail else (0,)
    if not readers:
        hint = f"distributor subscribers add ADDRESS --digest {channel}"
        raise CallError("no_readers", f"nobody is subscribed to {channel}", hint=hint)
    reason = f"posted by {who}"
    return [
        DeliveryIntent(channel=channel, recipient=reader, due_at=due, reason=reason, priority=article.urgency)
        for reader in readers
    ]


def answer(app: App, number: int) -> Json:
    """A story and what became of it on each channel."""
    story = app.store.stories.get(number)
    assert story is not None
    face: Mapping[str, object] = story_json(story)
    return {
        "story": {**face, "url": address_of(story.article)},
        "deliveries": [answer_json(one, count) for one, count in app.store.deliveries.answers_of(number)],
    }
