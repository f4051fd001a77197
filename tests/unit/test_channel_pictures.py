"""How pictures travel: to X before a post, to Telegram with it, and what the platforms' answers mean."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from distributor.channels._answer import Answer
from distributor.channels._timeline import page
from distributor.errors import (
    ChannelError,
    OutOfCredit,
    PictureRefused,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
)
from distributor.interfaces import Illustrated
from distributor.model import Handed, Image, Message, Parcel, Photo
from tests.raw_http import Script, Seen, answer, closed_port, reset
from tests.unit import test_channel_telegram as tg
from tests.unit import test_channel_twitter as x

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
PHOTO = Photo(data=b"\xff\xd8\xff picture", mime="image/jpeg", width=640, height=360)
PICTURE = Image(url="https://news.example.org/1.jpg")


def parcel(media: str = "", photo: Photo | None = PHOTO, **more: Any) -> Parcel:
    message = Message(text="Rain", image=PICTURE)
    return Parcel(message=message, key="k2", first_sent_at=NOW, photo=photo, media=media, **more)


def uploaded(**data: Any) -> Script:
    return answer(200, {"data": {"id": "77", "media_key": "3_77", "size": 11, "expires_after_secs": 86400, **data}})


# -- X -----------------------------------------------------------------------------------------------------------------


def test_x_is_given_a_picture_in_one_signed_request_and_is_told_what_it_shows() -> None:
    with x.platform(uploaded()) as (server, account):
        assert isinstance(account, Illustrated)
        handed = account.hand_over(Photo(data=PHOTO.data, mime="image/jpeg", width=640, height=360, alt="A bridge"))
    assert handed == Handed(name="77", lasts=timedelta(hours=23))
    upload, metadata = server.seen
    assert (upload.method, upload.path) == ("POST", "/2/media/upload")
    assert upload.headers["authorization"].startswith("OAuth ")
    assert upload.headers["content-type"].startswith("multipart/form-data")
    assert PHOTO.data in upload.body
    assert b'name="media_category"\r\n\r\ntweet_image' in upload.body
    assert metadata.path == "/2/media/metadata"
    assert json.loads(metadata.body) == {"id": "77", "metadata": {"alt_text": {"text": "A bridge"}}}


def test_a_picture_that_nobody_has_described_is_one_request() -> None:
    with x.platform(uploaded()) as (server, account):
        account.hand_over(PHOTO)
    assert len(server.seen) == 1


def test_x_may_need_a_moment_and_may_take_no_more_for_a_while() -> None:
    stamp = int(x.NOW.timestamp())
    spent = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(stamp + 90)}
    working = {"processing_info": {"state": "pending", "check_after_secs": 3}}
    with x.platform(answer(200, {"data": {"id": "77", **working}}, headers=spent)) as (_, account):
        handed = account.hand_over(PHOTO)
    assert handed.ready_in == timedelta(seconds=3)
    assert handed.rest == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (answer(400, {"detail": "media type unrecognized"}), Rejected),
        (uploaded(processing_info={"state": "failed"}), PictureRefused),
        (answer(200, {"data": {}}), Unavailable),
        (answer(503, {}), Unavailable),
        (reset, Unavailable),
        (answer(429, {"title": "Too Many Requests"}), RateLimited),
        (answer(401, {"title": "Unauthorized"}), Unauthorized),
        (answer(402, {"title": "CreditsDepleted"}), OutOfCredit),
    ],
)
def test_whatever_becomes_of_an_upload_no_outcome_is_unknown(script: Script, error: type[ChannelError]) -> None:
    with x.platform(script) as (_, account), pytest.raises(ChannelError) as caught:
        account.hand_over(PHOTO)
    assert type(caught.value) is error


def test_a_post_on_x_shows_what_was_handed_over() -> None:
    with x.platform(x.created("1861")) as (server, account):
        account.send(parcel("77"))
        account.send(parcel("", photo=None))
    assert json.loads(server.seen[0].body) == {"text": "Rain", "media": {"media_ids": ["77"]}}
    assert json.loads(server.seen[1].body) == {"text": "Rain"}
    assert account.shelf("k2") != account.shelf("k3")


def test_a_picture_that_x_does_not_know_any_more_is_told_from_a_refused_text() -> None:
    invalid = answer(400, {"detail": "Your media IDs are invalid."})
    with x.platform(invalid) as (_, account):
        with pytest.raises(PictureRefused):
            account.send(parcel("77"))
        with pytest.raises(Rejected) as caught:
            account.send(parcel("", photo=None))
    assert not isinstance(caught.value, PictureRefused)
    with x.platform(answer(400, {"detail": "Too long"})) as (_, account), pytest.raises(Rejected) as caught:
        account.send(parcel("77"))
    assert not isinstance(caught.value, PictureRefused)


def test_the_link_that_x_puts_behind_a_text_for_its_picture_is_not_the_author_s() -> None:
    entities = {
        "urls": [
            {"url": "https://t.co/a", "expanded_url": "https://news.example.org/1"},
            {"url": "https://t.co/b", "expanded_url": "https://x.com/desk/status/5/photo/1", "media_key": "3_77"},
        ]
    }
    post = {"id": "5", "created_at": "2026-11-30T07:00:00Z", "text": "Rain https://t.co/a https://t.co/b"}
    body = json.dumps({"data": [{**post, "entities": entities}], "meta": {}}).encode()
    (seen,) = page(Answer(status=200, headers={}, body=body), "desk").posts
    assert (seen.text, seen.links) == ("Rain https://t.co/a", ("https://news.example.org/1",))


# -- Telegram ----------------------------------------------------------------------------------------------------------


def shown(number: int = 7) -> Script:
    sizes = [{"file_id": f"id-{letter}", "file_unique_id": letter, "width": 90, "height": 50} for letter in "sy"]
    message = {"message_id": number, "date": 1796022000, "chat": tg.NAMED, "caption": "Rain", "photo": sizes}
    return answer(200, {"ok": True, "result": message})


def test_telegram_is_given_a_picture_with_its_post_and_its_name_from_then_on() -> None:
    with tg.platform(shown()) as (server, bot):
        assert isinstance(bot, Illustrated)
        bot.hand_over(PHOTO)
        assert not server.seen
        receipt = bot.send(parcel())
        bot.send(parcel("id-y"))
    assert receipt.media == "id-y"
    assert bot.shelf("k2") == bot.shelf("k3") == "telegram:123456"
    first, second = server.seen
    assert first.path.endswith("/sendPhoto")
    assert PHOTO.data in first.body
    assert tg.fields(second)["photo"] == "id-y"
    assert tg.fields(second)["caption"] == "Rain"


@pytest.mark.parametrize(
    "words",
    [
        "PHOTO_INVALID_DIMENSIONS",
        "IMAGE_PROCESS_FAILED",
        "not enough rights to send photos to the chat",
        "wrong file identifier/HTTP URL specified",
        "message caption is too long",
    ],
)
def test_a_refusal_of_the_picture_is_none_of_the_words(words: str) -> None:
    with tg.platform(tg.refused(400, f"Bad Request: {words}")) as (_, bot), pytest.raises(PictureRefused):
        bot.send(parcel())
    with tg.platform(tg.refused(400, f"Bad Request: {words}")) as (_, bot), pytest.raises(ChannelError) as caught:
        bot.send(parcel(photo=None))
    assert not isinstance(caught.value, PictureRefused)


def test_a_refusal_of_the_chat_stays_one() -> None:
    with tg.platform(tg.refused(400, "Bad Request: chat not found")) as (_, bot), pytest.raises(Unauthorized):
        bot.send(parcel())


def test_what_stands_there_decides_whether_a_text_or_a_caption_is_changed() -> None:
    asked: list[str] = []

    def otherwise(connection: socket.socket, seen: Seen) -> None:
        asked.append(seen.path.rpartition("/")[2])
        is_caption = asked[-1] == "editMessageCaption"
        refusal = tg.refused(400, "Bad Request: there is no caption in the message to edit")
        (refusal if is_caption else tg.sent())(connection, seen)

    with tg.platform(otherwise) as (_, bot):
        bot.edit(parcel(photo=None, target="7"))
    assert asked == ["editMessageCaption", "editMessageText"]
    with tg.platform(tg.refused(400, "Bad Request: message to edit not found")) as (server, bot):
        with pytest.raises(Rejected):
            bot.edit(parcel(photo=None, target="7"))
        assert len(server.seen) == 1


def test_a_picture_without_a_connection_has_not_left() -> None:
    with tg.platform(shown(), base_url=f"http://127.0.0.1:{closed_port()}") as (_, bot), pytest.raises(Unavailable):
        bot.send(parcel())
