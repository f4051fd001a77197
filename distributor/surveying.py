"""What ``distributor check`` says of the operations chat: every finding with its fix. Posts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from distributor.errors import ChannelError
from distributor.interfaces import Channel, Conversing, Surveying
from distributor.model import Survey

if TYPE_CHECKING:
    from distributor.config import Settings

Json = dict[str, Any]


def survey_chat(settings: Settings, channels: Mapping[str, Channel]) -> list[Json]:
    """The findings about the operations chat; none where there is no chat."""
    wanted = settings.operations
    if wanted.bot is None or wanted.chat is None:
        return []
    bot = channels[wanted.bot]
    if not isinstance(bot, Conversing):
        return []
    talk: object = bot.converse(wanted.chat)
    if not isinstance(talk, Surveying):
        return []
    try:
        found = talk.survey(topic=wanted.topic or 0, people=list(wanted.people))
    except ChannelError as error:
        fix = "add the bot to the group, and take the group's number from the log (docs/operations.md)"
        return [_finding("bot", str(error), fix)]
    return findings(settings, found)


def findings(settings: Settings, found: Survey) -> list[Json]:
    """What was found, in the order in which it is put right."""
    us = found.us
    told = [
        _finding("bot", f"@{us.username} is in {us.title} ({us.chat})"),
        _kind(found),
        _posts(found),
        _presses(found),
    ]
    if settings.operations.topic:
        told.append(_topic(found, settings.operations.topic))
    return [*told, _links(found), _people(settings, found), _readers(settings, found)]


def _kind(found: Survey) -> Json:
    if found.kind in ("group", "supergroup"):
        return _finding("kind", f"it is a {found.kind}")
    fix = "make a group, add the bot and the people who decide, and name its number as operations.chat"
    return _finding("kind", f"it is a {found.kind}, in which no two people can decide", fix)


def _posts(found: Survey) -> Json:
    if not found.refusal:
        return _finding("posts", "the bot may write there")
    fix = "let members send messages in the group's permissions, or make the bot an administrator"
    return _finding("posts", f"the bot may not write there: {found.refusal}", fix)


def _presses(found: Survey) -> Json:
    if not found.webhook:
        return _finding("presses", "no webhook takes what the bot is told")
    fix = "end the webhook (deleteWebhook), or give the operations chat a bot of its own"
    return _finding("presses", f"a webhook at {found.webhook} takes them, and no press is heard", fix)


def _topic(found: Survey, number: int) -> Json:
    if not found.topic_refusal:
        return _finding("topic", f"the topic {number} is there")
    fix = "take the topic's number from the link of a message in it (t.me/c/GROUP/TOPIC/MESSAGE), or leave topic out"
    return _finding("topic", f"nothing can be written in the topic {number}: {found.topic_refusal}", fix)


def _links(found: Survey) -> Json:
    if found.us.hears_all:
        return _finding("links", "the bot hears pasted links")
    advice = "make the bot an administrator of the group (no further right is needed), or turn its privacy mode off"
    told = "the bot hears commands, presses and answers alone; a pasted link is not heard"
    return _finding("links", told, advice, ok=True)


def _people(settings: Settings, found: Survey) -> Json:
    people = settings.operations.people
    if not people:
        return _finding("people", "nobody may act there", 'people = ["123456789 Anna"], each with their number')
    away = [f"{people[number]} ({number})" for number in found.absent]
    if not away:
        return _finding("people", f"{', '.join(people.values())} may act, and all are in the group")
    fix = "add them to the group, or put their numbers right: whoever writes /status there is named in the log"
    return _finding("people", f"not in the group: {', '.join(away)}", fix)


def _readers(settings: Settings, found: Survey) -> Json:
    here = {str(found.us.chat), f"@{found.public}".lower() if found.public else ""} - {""}
    read = [one.name for one in settings.channels if one.kind == "telegram" and str(one.options.chat).lower() in here]
    if not read:
        return _finding("readers", "no channel posts there")
    fix = "readers would see the cards, and cards the posts: name another group as operations.chat"
    return _finding("readers", f"the channel {', '.join(read)} posts to this chat", fix)


def _finding(name: str, detail: str, fix: str | None = None, *, ok: bool | None = None) -> Json:
    """One finding; it fails where it has a fix, unless that is advice alone."""
    return {"name": name, "ok": fix is None if ok is None else ok, "detail": detail, "fix": fix}
