"""Pictures on the loopback platforms: each post with its picture once, whatever is lost; by their journals."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from distributor.app import App, open_app
from distributor.calls import dispatch
from distributor.cli.root import cli
from distributor.config import load
from distributor.model import State
from distributor.render.gallery import picture_line
from tests.platforms import Loop, until
from tests.support import HandClock
from tests.unit.test_pictures import bomb, drawn

#: A short silence counts as a lost answer, so that tests need not wait.
CHANGES = [(f'type = "{kind}"', f'type = "{kind}"\nmedia = "photo"\ntimeout = 0.5') for kind in ("twitter", "telegram")]
SEND = {"x": "/2/tweets", "telegram": "/sendPhoto"}


@pytest.fixture
def newsroom(loop: Loop) -> Loop:
    loop.configure(*CHANGES, ('channels = ["x", "telegram", "hook"]', 'channels = ["x", "telegram"]'))
    return loop


@contextmanager
def opened(loop: Loop) -> Iterator[tuple[App, HandClock]]:
    """The whole app in this process, on a clock of its own."""
    clock = HandClock(datetime.now(UTC))
    with closing(open_app(load(loop.config, environ={}, cwd=loop.folder), clock=clock, threaded=False)) as app:
        yield app, clock


def work(app: App, clock: HandClock, seconds: int = 200) -> None:
    """The feed is read; time passes until nothing waits and nothing is in doubt any more."""
    for ingester in app.ingesters.values():
        until(lambda one=ingester: not one.run_once(clock.now()).error)  # type: ignore[misc]
    for _ in range(seconds // 5):
        for name, deliverer in app.deliverers.items():
            while deliverer.run_once():
                pass
            app.verifiers[name].run_once()
        states = {state for counts in app.store.deliveries.counts().values() for state in counts}
        if not states & {State.UNKNOWN, State.DUE, State.PLANNED, State.HELD}:
            return
        clock.advance(5)
    pytest.fail(f"still open: {app.store.deliveries.counts()}")


def served(loop: Loop, *documents: tuple[str, bytes | int]) -> None:
    """Pictures that the site serves as they are; a number is a status."""
    raw: dict[str, Any] = {}
    for path, body in documents:
        if isinstance(body, int):
            raw[path] = {"status": body, "body": "no"}
        else:
            raw[path] = {"body_base64": base64.b64encode(body).decode(), "content_type": "image/jpeg"}
    loop.platforms.control("site", "config", {"raw": raw})


def bridge(loop: Loop) -> dict[str, str]:
    """A picture that the site draws."""
    address = f"{loop.platforms.urls['site']}/img/bridge.png"
    return {"url": address, "alt": "A bridge over a river", "credit": "Photo desk"}


def media_of(loop: Loop, platform: str) -> list[bool]:
    return [bool(line["media"]) for line in loop.lines(platform)]


def test_a_post_shows_its_picture_with_its_description_and_its_text(newsroom: Loop) -> None:
    (url,) = newsroom.publish(
        "The bridge is open", image=bridge(newsroom), summary="The bridge opened to traffic on Monday."
    )
    with opened(newsroom) as (app, clock):
        work(app, clock)
        story = app.store.stories.latest(1)[0]
        shown = app.store.showings.of_many([row["id"] for row in app.store.deliveries.list()])
        assert {one.picture for one in shown.values()} == {story.article.image.url}  # type: ignore[union-attr]
    (post,) = newsroom.lines("x")
    assert post["alt"] == ["A bridge over a river"]
    assert url in post["urls"][0]
    (message,) = newsroom.lines("telegram")
    assert message["media"] == "photo"
    assert message["text"].startswith("The bridge is open\n\n")


@pytest.mark.parametrize("action", ["lost_response", "reset_before", "html_503"])
def test_a_lost_answer_to_a_post_with_a_picture_ends_in_one_post(newsroom: Loop, action: str) -> None:
    newsroom.publish("The bridge is open", image=bridge(newsroom))
    for platform, path in SEND.items():
        newsroom.platforms.fault(platform, path=path, method="POST", action=action)
    with opened(newsroom) as (app, clock):
        work(app, clock, 600)
        assert {row["doubts"] for row in app.store.deliveries.list()} == {1}
    assert media_of(newsroom, "x") == media_of(newsroom, "telegram") == [True]


@pytest.mark.parametrize("action", ["lost_response", "reset_before", "html_503"])
@pytest.mark.parametrize("path", ["/2/media/upload", "/2/media/metadata"])
def test_a_lost_answer_to_an_upload_puts_no_post_in_doubt(newsroom: Loop, path: str, action: str) -> None:
    newsroom.publish("The bridge is open", image=bridge(newsroom))
    newsroom.platforms.fault("x", path=path, method="POST", action=action)
    with opened(newsroom) as (app, clock):
        work(app, clock)
        assert {row["doubts"] for row in app.store.deliveries.list()} == {0}
    (post,) = newsroom.lines("x")
    assert post["alt"] == ["A bridge over a river"]


def test_a_kill_between_upload_and_post_leaves_one_post_and_no_second_upload(newsroom: Loop) -> None:
    newsroom.publish("The bridge is open", image=bridge(newsroom))

    class KilledError(Exception):
        pass

    with opened(newsroom) as (app, clock), pytest.MonkeyPatch.context() as patch:

        def killed(*_: Any, **__: Any) -> Any:
            raise KilledError

        patch.setattr(app.store.deliveries, "start", killed)
        with pytest.raises(KilledError):
            work(app, clock)
    with opened(newsroom) as (app, clock):
        work(app, clock)
        assert {row["doubts"] for row in app.store.deliveries.list()} == {0}
    assert media_of(newsroom, "x") == [True]
    assert len(newsroom.platforms.control("x", "state")["media"]) == 1


def test_a_picture_that_telegram_has_is_not_sent_to_it_again(newsroom: Loop) -> None:
    newsroom.publish("The bridge is open", image=bridge(newsroom))
    with opened(newsroom) as (app, clock):
        work(app, clock)
        newsroom.publish("The bridge is closed again", image=bridge(newsroom))
        work(app, clock)
    first, second = newsroom.lines("telegram")
    assert (first["photo"], second["photo"]) == (first["photo"], first["photo"])
    assert media_of(newsroom, "telegram") == [True, True]
    assert len(newsroom.platforms.control("telegram", "state")["files"]) == 1


def test_a_name_that_telegram_does_not_know_any_more_is_replaced_by_the_file(newsroom: Loop) -> None:
    newsroom.publish("The bridge is open", image=bridge(newsroom))
    with opened(newsroom) as (app, clock):
        work(app, clock)
        app.store._writer.call(lambda c: c.run("UPDATE shelves SET name = 'photo-77-old'"))
        newsroom.publish("The bridge is closed again", image=bridge(newsroom))
        work(app, clock)
    assert media_of(newsroom, "telegram") == [True, True]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (bomb(), "million pixels"),
        (404, "404"),
        (drawn(60, 40), "too small"),
        (b"<svg/>", "SVG"),
        (drawn(4000, 150), "narrow"),
    ],
    ids=["bomb", "missing", "small", "svg", "narrow"],
)
def test_a_picture_that_cannot_be_shown_is_left_out_on_record(
    newsroom: Loop, body: bytes | int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    served(newsroom, ("/picture.jpg", body))
    address = f"{newsroom.platforms.urls['site']}/picture.jpg"
    newsroom.publish("The bridge is open", image={"url": address, "credit": "Mandatory credit: Photo desk"})
    with opened(newsroom) as (app, clock), caplog.at_level(logging.WARNING):
        work(app, clock)
        rows = app.store.deliveries.list()
        shown = app.store.showings.of_many([row["id"] for row in rows])
        assert shown
        assert all(words in one.without and not one.picture for one in shown.values())
        assert all(row["state"] == 4 for row in rows)
    assert "leaves without its picture" in caplog.text
    for platform in ("x", "telegram"):
        (line,) = newsroom.lines(platform)
        assert not line["media"]
        assert "Photo desk" not in line["text"], "a line that names the author of a picture that is not there"


def test_a_great_picture_is_made_small_enough_and_its_author_named(newsroom: Loop) -> None:
    served(newsroom, ("/picture.jpg", drawn(6000, 4000)))
    address = f"{newsroom.platforms.urls['site']}/picture.jpg"
    newsroom.publish("The bridge is open", image={"url": address, "credit": "Mandatory credit: Photo desk"})
    with opened(newsroom) as (app, clock):
        work(app, clock)
    (media,) = newsroom.platforms.control("x", "state")["media"]
    assert (media["width"], media["height"]) == (2048, 1365)
    (post,), (message,) = newsroom.lines("x"), newsroom.lines("telegram")
    assert "\n\nPhoto: Mandatory credit: Photo desk\n\nhttp" in post["text"]
    assert "\n\nPhoto: Mandatory credit: Photo desk\n\n" in message["text"]


def test_a_correction_changes_the_words_under_a_picture_whichever_way_it_is_wanted(newsroom: Loop) -> None:
    (url,) = newsroom.publish("The bridge is open", image=bridge(newsroom))
    number = newsroom.platforms.control("site", "state")["stories"][0]["id"]
    with opened(newsroom) as (app, clock):
        work(app, clock)
        newsroom.platforms.control(
            "site", "correct", {"id": number, "headline": "CORRECTED: The bridge opens on Monday"}
        )
        work(app, clock)
        assert not [row for row in app.store.deliveries.list() if row["state"] != 4 and row["channel"] == "telegram"]
    edits = [line for line in newsroom.platforms.journal("telegram") if line["act"] == "edit"]
    assert [line["media"] for line in edits] == ["photo"]
    assert "The bridge opens on Monday" in edits[0]["text"]
    assert url.partition("?")[0] in " ".join(edits[0]["urls"])


def test_a_preview_fetches_pictures_where_that_is_asked_and_says_what_would_be_given(newsroom: Loop) -> None:
    served(newsroom, ("/img/large.jpg", drawn(4000, 2000)), ("/img/gone.jpg", 404))
    site = newsroom.platforms.urls["site"]
    for name in ("large", "gone"):
        newsroom.publish(f"The {name} bridge is open", image={"url": f"{site}/img/{name}.jpg", "alt": "A bridge"})
    with opened(newsroom) as (app, clock):
        (ingester,) = app.ingesters.values()
        until(lambda: not ingester.run_once(clock.now()).error)
        assert {one["picture"]["bytes"] for one in dispatch(app, "preview", {})["previews"]} == {None}
    page = newsroom.folder / "page.html"
    arguments = ["--config", str(newsroom.config), "preview", "--pictures", "--channel", "telegram"]
    told = CliRunner().invoke(cli, [*arguments, "--json", "--html", str(page)])
    found = {one["headline"]: one["picture"] for one in json.loads(told.stdout)["previews"]}
    large, gone = found["The large bridge is open"], found["The gone bridge is open"]
    assert (large["width"], large["height"], large["error"]) == (4000, 2000, None)
    assert (large["sent_width"], large["sent_height"], large["sent_mime"]) == (2048, 1024, "image/jpeg")
    assert 0 < large["sent_bytes"] < large["bytes"]
    assert gone["bytes"] is None
    assert "404" in gone["error"]
    line = picture_line(large)
    assert line.startswith("picture: 4000 x 2000 pixels, ")
    assert "; as it leaves: 2048 x 1024 pixels, " in line
    assert line in page.read_text("utf-8")
    assert line in CliRunner().invoke(cli, arguments).stdout
    assert not any(media_of(newsroom, "telegram"))
