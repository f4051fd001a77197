"""A post's picture handed over before the post: on the real store, to a channel that answers as told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.errors import ChannelError, FetchError, PictureRefused, RateLimited
from distributor.flows.illustrate import Illustrator
from distributor.model import Delivery, Frame, Handed, Image, Limits, Message, Parcel, Photo, Rendered
from distributor.rules.queue.holds import Wait
from distributor.store.desk.acts import By
from distributor.store.opening import Store
from tests.support import NOON, HandClock, ToldChannel, article, intent, store_with

PICTURE = Image(url="https://news.example.org/1.jpg", alt="A bridge")
PHOTO = Photo(data=b"jpeg", mime="image/jpeg", width=640, height=360)


class Wall(ToldChannel):
    """A channel that is given pictures before its posts, and answers as told."""

    caption = Limits(text=280)
    frame = Frame(most_bytes=1)

    def __init__(self, *handed: Handed | ChannelError) -> None:
        super().__init__("x")
        self.handed = list(handed)

    def shelf(self, key: str) -> str:
        return key

    def hand_over(self, photo: Photo) -> Handed | None:
        answer = self.handed.pop(0)
        if isinstance(answer, ChannelError):
            raise answer
        return answer


class Room:
    """Develops every picture into the same one, or fails as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def develop(self, url: str, frame: Frame) -> Photo:
        if self.error:
            raise self.error
        return PHOTO


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(store_with(tmp_path, "x")) as found:
        yield found


def claimed(store: Store) -> tuple[Delivery, Rendered]:
    by = By(who="Ann", through="command line", at=NOON)
    store.wordings.post(article(image=PICTURE), {}, [intent()], by=by)
    (entry,) = store.deliveries.claim_due("x", now=NOON, limit=1, lease=timedelta(hours=1))
    return entry, Rendered(delivery_id=entry.id, message=Message(text="Rain", image=PICTURE), carried=())


def test_a_picture_that_the_platform_works_on_is_waited_for_and_not_handed_over_again(store: Store) -> None:
    clock, (entry, rendered) = HandClock(), claimed(store)
    wall = Wall(Handed(name="77", lasts=timedelta(hours=1), ready_in=timedelta(seconds=3)))
    flow = Illustrator(wall, Room(), store.showings, mark=str, clock=clock)
    wait = flow.ready(entry, rendered)
    assert isinstance(wait, Wait)
    assert wait.until == NOON + timedelta(seconds=3)
    clock.advance(3)
    found = flow.ready(entry, rendered)
    assert isinstance(found, Rendered)
    assert (found.media, found.photo and found.photo.alt) == ("77", "A bridge")


def test_while_the_platform_takes_no_pictures_none_is_handed_over(store: Store) -> None:
    clock, (entry, rendered) = HandClock(), claimed(store)
    wall = Wall(RateLimited("slowly", retry_after=timedelta(seconds=30)), Handed(name="77", rest=timedelta(minutes=1)))
    flow = Illustrator(wall, Room(), store.showings, mark=str, clock=clock)
    for seconds in (0, 20):
        clock.advance(seconds)
        assert isinstance(flow.ready(entry, rendered), Wait)
        assert len(wall.handed) == 1
    clock.advance(20)
    found = flow.ready(entry, rendered)
    assert isinstance(found, Rendered)
    assert found.media == "77"


def test_after_three_tries_it_leaves_without_and_nothing_is_asked_any_more(store: Store) -> None:
    clock, (entry, rendered) = HandClock(), claimed(store)
    room = Room(FetchError("answered 404", status=404))
    flow = Illustrator(Wall(), room, store.showings, mark=str, clock=clock)
    found = [flow.ready(entry, rendered) for _ in range(4)]
    assert [isinstance(one, Wait) for one in found] == [True, True, False, False]
    assert found[2] == found[3] == Rendered(delivery_id=entry.id, message=Message(text="Rain"), carried=())
    assert store.showings.of_many([entry.id])[entry.id].without == "answered 404"


def test_a_refused_file_is_the_end_of_it_and_a_refused_name_is_not(store: Store) -> None:
    clock, (entry, _) = HandClock(), claimed(store)
    flow = Illustrator(Wall(), Room(), store.showings, mark=str, clock=clock)
    parcel = Parcel(message=Message(text="Rain"), key="k", first_sent_at=NOON, photo=PHOTO, media="old")
    store.showings.keep("k", PHOTO.digest, "old", now=NOON, ready=NOON, ends=None)
    flow.answered(entry, parcel, PictureRefused("unknown"))
    assert store.showings.tries(entry.id) == 1
    assert store.showings.find("k", PHOTO.digest, NOON) is None
    flow.answered(entry, parcel, PictureRefused("no picture"))
    assert store.showings.tries(entry.id) == 3


def test_where_pictures_cannot_be_read_a_post_has_none(store: Store) -> None:
    entry, rendered = claimed(store)
    for flow in (
        Illustrator(Wall(), None, store.showings, mark=str, clock=HandClock()),
        Illustrator(ToldChannel("x"), Room(), store.showings, mark=str, clock=HandClock()),
    ):
        found = flow.ready(entry, rendered)
        assert isinstance(found, Rendered)
        assert found.message.image is None
        flow.answered(entry, Parcel(message=rendered.message, key="k", first_sent_at=NOON), ChannelError("x"))
