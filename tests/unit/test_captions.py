"""The words beside a picture: its author's line, and whether there is room for both."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.errors import TemplateError
from distributor.model import ChannelPolicy, Credit, Entity, Frame, Handed, Image, Limits, Media, Message, Photo, Story
from distributor.rules.story.captions import (
    demands_credit,
    illustrated,
    less,
    may_show,
    names_author,
    with_line,
    without_picture,
)
from distributor.rules.story.easel import Easel
from distributor.text.measure import utf16_length
from tests.support import NOON, ToldChannel, article

LINK = "https://news.example.org/1?utm_id=k2"
PICTURE = Image(url="https://news.example.org/1.jpg", credit="Anna / Desk")
LINE = "Photo: Anna / Desk"
CAPTION, WHOLE = Limits(text=60, measure=utf16_length), Limits(text=200, measure=utf16_length)


def test_a_line_stands_before_a_link_that_stands_last() -> None:
    message = with_line(Message(text=f"Rain 🌧\n\n{LINK}", link=LINK), LINE)
    assert message.text == f"Rain 🌧\n\n{LINE}\n\n{LINK}"
    assert message.credit == LINE


def test_a_line_stands_before_a_link_behind_words_and_marks_move_with_their_words() -> None:
    bold, link = Entity(type="bold", offset=0, length=4), Entity(type="text_link", offset=9, length=4, url=LINK)
    message = with_line(Message(text="Rain 🌧\n\nRead", entities=(bold, link), link=LINK), LINE)
    assert message.text == f"Rain 🌧\n\n{LINE}\n\nRead"
    moved = message.entities[1]
    units = message.text.encode("utf-16-le")
    assert units[2 * moved.offset : 2 * (moved.offset + moved.length)].decode("utf-16-le") == "Read"
    assert message.entities[0] == bold


@pytest.mark.parametrize("text", ["Rain", f"Rain {LINK}", f"Rain\n\nMore {LINK}"])
def test_elsewhere_a_line_stands_at_the_end(text: str) -> None:
    assert with_line(Message(text=text, link=LINK), LINE).text == f"{text}\n\n{LINE}"


def test_without_a_line_nothing_changes() -> None:
    message = Message(text="Rain", image=PICTURE)
    assert with_line(message, "") is message
    assert without_picture(message) == Message(text="Rain")


@settings(max_examples=150)
@given(
    head=st.text(max_size=20), last=st.text(max_size=20), line=st.text(min_size=1, max_size=10), linked=st.booleans()
)
def test_taking_the_picture_away_takes_its_line_away(head: str, last: str, line: str, linked: bool) -> None:
    text = f"{head}\n\n{LINK if linked else last}"
    marks = (Entity(type="bold", offset=utf16_length(head) + 2, length=1),)
    message = Message(text=text, link=LINK, entities=marks)
    shown = with_line(message, line)
    bare = without_picture(shown)
    assert bare.image is None
    assert not bare.credit
    if shown.text.count(line) == 1 and line.strip():
        assert bare == message


def test_a_frozen_text_that_lost_its_line_stays_as_it_is() -> None:
    assert without_picture(Message(text="Rain", credit=LINE, image=PICTURE)) == Message(text="Rain")


def test_words_that_fit_beside_a_picture_go_with_it() -> None:
    shown = illustrated(lambda _: Message(text="Rain", link=LINK), PICTURE, LINE, limits=WHOLE, caption=CAPTION)
    assert shown == Message(text=f"Rain\n\n{LINE}", link=LINK, image=PICTURE, credit=LINE)


def test_words_of_a_longer_text_are_not_cut_for_a_picture() -> None:
    shown = illustrated(lambda _: Message(text="R" * 61), PICTURE, "", limits=WHOLE, caption=CAPTION)
    assert shown == Message(text="R" * 61)


def filled(limits: Limits) -> Message:
    return Message(text="R" * (limits.text or 0))


def test_where_there_is_one_limit_for_both_the_words_make_room_for_the_line() -> None:
    shown = illustrated(filled, PICTURE, LINE, limits=CAPTION, caption=CAPTION)
    assert len(shown.text) == 60
    assert shown.text.endswith(f"\n\n{LINE}")
    assert shown.image == PICTURE


def own(_: Limits) -> Message:
    if _.text is not None and _.text < 60:
        raise TemplateError("they do not fit")
    return Message(text="R" * 60)


def stubborn(_: Limits) -> Message:
    return Message(text="R" * 60)


@pytest.mark.parametrize("words", [own, stubborn])
def test_an_editor_s_words_are_not_cut_for_a_line(words: Callable[[Limits], Message]) -> None:
    shown = illustrated(words, PICTURE, LINE, limits=CAPTION, caption=CAPTION)
    assert shown == Message(text="R" * 60)


def test_a_platform_without_a_limit_has_room_for_everything() -> None:
    assert less(Limits(text=None), LINE) == Limits(text=None)
    assert less(CAPTION, "") == CAPTION
    shown = illustrated(filled, PICTURE, LINE, limits=Limits(text=None), caption=Limits(text=None))
    assert shown.image == PICTURE


@pytest.mark.parametrize(
    ("rights", "demands"),
    [
        ("Mandatory credit: Desk", True),
        ("Credit required", True),
        ("Must credit the photographer", True),
        ("Обязательна ссылка на источник: обязательное указание автора", True),
        ("© Desk 2026. All rights reserved", False),
        ("", False),
    ],
)
def test_whoever_demands_to_be_named_is_named_or_the_picture_is_not_shown(rights: str, demands: bool) -> None:
    image = Image(url="https://news.example.org/1.jpg", rights=rights)
    named = Image(url=image.url, rights=rights, credit="Anna")
    assert demands_credit(image) is demands
    assert may_show(image) is not demands
    assert may_show(named)
    assert names_author(named, Credit.REQUIRED) is demands
    assert names_author(named, Credit.GIVEN)
    assert not names_author(image, Credit.GIVEN)


def test_a_picture_that_may_not_be_shown_is_not() -> None:
    assert not may_show(None)
    assert not may_show(Image(url="https://news.example.org/1.jpg", refused='its owner says "no social use"'))


class Wall(ToldChannel):
    """A channel whose platform shows pictures."""

    caption = CAPTION
    frame = Frame(most_bytes=1)
    limits = WHOLE

    def shelf(self, key: str) -> str:
        return key

    def hand_over(self, photo: Photo) -> Handed | None:
        raise NotImplementedError


PHOTOS = ChannelPolicy(media=Media.PHOTO, credit=Credit.GIVEN)


def told(image: Image | None = PICTURE) -> Story:
    return Story(id=1, article=article(image=image), first_seen_at=NOON)


def line(_: Story, image: Image) -> str:
    return f"Photo: {image.credit}"


@pytest.mark.parametrize(
    ("channel", "policy", "image"),
    [
        (ToldChannel("x"), PHOTOS, PICTURE),
        (Wall("x"), ChannelPolicy(), PICTURE),
        (Wall("x"), PHOTOS, None),
        (Wall("x"), PHOTOS, Image(url=PICTURE.url, refused="no")),
    ],
)
def test_where_no_picture_is_shown_words_are_words(
    channel: ToldChannel, policy: ChannelPolicy, image: Image | None
) -> None:
    message = Easel(channel, policy, line).post(told(image), lambda _: Message(text="Rain"))
    assert message == Message(text="Rain")


def test_a_picture_is_shown_with_its_author_s_line_where_that_is_wanted() -> None:
    shown = Easel(Wall("x"), PHOTOS, line).post(told(), lambda _: Message(text="Rain"))
    assert shown == Message(text=f"Rain\n\n{LINE}", image=PICTURE, credit=LINE)
    shy = Easel(Wall("x"), ChannelPolicy(media=Media.PHOTO), line).post(told(), lambda _: Message(text="Rain"))
    assert shy == Message(text="Rain", image=PICTURE)


def test_other_words_for_a_picture_fit_under_it_and_those_of_a_text_have_their_room() -> None:
    easel = Easel(Wall("x"), PHOTOS, line)
    stands = Message(text=f"Rain\n\n{LINE}", image=PICTURE, credit=LINE)
    changed = easel.change(stands, filled)
    assert len(changed.text) == 60
    assert (changed.image, changed.credit) == (PICTURE, LINE)
    assert len(easel.change(Message(text="Rain"), filled).text) == len(easel.change(None, filled).text) == 200
    assert len(Easel(ToldChannel("x"), PHOTOS, line).change(None, lambda _: Message(text="Rain")).text) == 4
