"""Posts that a platform refused for good, sent again on somebody's word: once, each a row of its own, by all gates."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.calls import dispatch
from distributor.errors import CallError, Rejected, UnknownOutcome
from distributor.store.codes import to_ms
from distributor.store.connection import queries
from distributor.store.desk.acts import By
from distributor.store.file.fence import FENCED_AT
from tests.api.fitting import misfits
from tests.flow.test_desk import OWN, cheap, desk  # noqa: F401 - fixtures
from tests.flow.test_desk_story import Wire, leave, page_of, press, read, shape
from tests.support import ToldSource, article

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
REFUSED = Rejected("the account may not post")
ASKED = """
[channels.z]
type = "console"
[routes.asked]
channels = ["z"]
approval = "one"
"""


FOLLOWED = """
[channels.z]
type = "console"
on_correction = "edit"
on_withdrawal = "delete"
[routes.more]
channels = ["z"]
"""


@pytest.fixture
def refused(desk):  # noqa: F811
    """A story that stands on x and was refused on y."""
    newsroom = desk(channels={"x": Wire("x"), "y": Wire("y", REFUSED)})
    read(newsroom)
    leave(newsroom)
    return newsroom


def fates(newsroom, channel, number=1):
    told = dispatch(newsroom.app, "story", {"url": article(number).url})["deliveries"]
    return [(one["act"], one["state"], one["acts"]) for one in told if one["channel"] == channel]


def resend(newsroom, channel="y", **more):
    return newsroom.do("resend", url=article(1).url, channel=channel, **more)


def refusal(newsroom, **more):
    with pytest.raises(CallError) as caught:
        resend(newsroom, **more)
    return caught.value.code


def words(newsroom, channel, refused=1):
    """What was sent after so many tries were refused."""
    return [parcel.message.text for parcel in newsroom.app.channels[channel].parcels[refused:]]


def test_a_refused_post_goes_out_again_once_and_what_failed_stays_failed(refused):
    assert fates(refused, "y") == [("post", "failed", ["resend"])]
    found = json.loads(json.dumps(resend(refused)))
    assert misfits(found, shape("`resend`")) == []
    assert [one[1] for one in fates(refused, "y")] == ["failed", "due"]
    assert refusal(refused) == "not_failed", "a second press is no second post"
    leave(refused)
    assert fates(refused, "y") == [("post", "failed", []), ("post", "sent", [])]
    assert refusal(refused) == "not_failed"
    assert len(words(refused, "y")) == 1
    told = {(row["actor"], row["kind"]): row["detail"] for row in refused.app.store.deliveries.events(50)}
    assert told["root", "resent"] == "delivery 2 failed: the account may not post (through command line)"
    assert dispatch(refused.app, "prove", {"url": article(1).url})["ok"] is True
    assert dispatch(refused.app, "prove", {})["ok"] is True


def test_what_is_refused_again_can_go_out_a_third_time(desk):  # noqa: F811
    newsroom = desk(channels={"x": Wire("x"), "y": Wire("y", REFUSED, REFUSED)})
    read(newsroom)
    leave(newsroom)
    for state in ("failed", "sent"):
        resend(newsroom)
        leave(newsroom)
        assert fates(newsroom, "y")[-1][1] == state
    assert fates(newsroom, "y")[:2] == [("post", "failed", []), ("post", "failed", [])]
    assert len(words(newsroom, "y", refused=2)) == 1


def test_it_goes_out_in_other_words_that_are_measured_first(refused):
    refused.app.channels["y"].limits = replace(refused.app.channels["y"].limits, text=120)
    assert refusal(refused, text="x" * 121) == "does_not_fit"
    assert [one[1] for one in fates(refused, "y")] == ["failed"]
    resend(refused, text="Talks begin, says the ministry")
    leave(refused)
    (text,) = words(refused, "y")
    assert text.startswith("Talks begin, says the ministry")


@pytest.mark.parametrize("channel", ["x", "mail"])
def test_nothing_goes_out_again_where_nothing_failed(refused, channel):
    assert refusal(refused, channel=channel) == "not_failed"
    assert refusal(refused, channel="none") == "unknown_channel"


def test_what_may_stand_there_does_not_go_out_again(desk):  # noqa: F811
    newsroom = desk(channels={"x": Wire("x"), "y": Wire("y", UnknownOutcome("no answer"), REFUSED)})
    read(newsroom)
    leave(newsroom)
    assert refusal(newsroom) == "not_failed"
    (row,) = newsroom.app.store.deliveries.list(channel="y", limit=5)
    dispatch(newsroom.app, "settle", {"by": "root", "ids": [row["id"]], "resend": True})
    leave(newsroom)
    assert fates(newsroom, "y") == [("post", "failed", [])], "its first try may have arrived"
    assert refusal(newsroom) == "not_failed"


def test_what_follows_a_story_reaches_the_post_that_went_out_again(desk):  # noqa: F811
    newsroom = desk(FOLLOWED, channels={"x": Wire("x"), "y": Wire("y"), "z": Wire("z", REFUSED)})
    read(newsroom)
    leave(newsroom, "z")
    resend(newsroom, "z")
    leave(newsroom, "z")
    newsroom.do("correct", url=article(1).url, note="It was Friday.")
    leave(newsroom, "z")
    newsroom.do("withdraw", url=article(1).url, reason="wrong")
    leave(newsroom, "z")
    told = [("post", "failed"), ("post", "sent"), ("edit", "sent"), ("delete", "sent")]
    assert [one[:2] for one in fates(newsroom, "z")] == told


def test_a_story_that_was_withdrawn_after_it_failed_is_refused(refused):
    refused.do("withdraw", url=article(1).url, reason="wrong")
    assert refusal(refused) == "withdrawn"
    assert fates(refused, "y")[0] == ("post", "failed", [])
    assert refused.app.store.resends.send(1, "y", By(who="Ann", through="desk", at=refused.clock.now())) != ""


def test_a_restore_in_between_leaves_it_to_a_person_who_looks(refused):
    fields = (FENCED_AT, str(to_ms(refused.clock.now())))
    refused.app.store.resends._writer.call(lambda connection: connection.run(queries("binding")["set_meta"], fields))
    assert refusal(refused) == "not_failed"


def test_a_stop_holds_what_goes_out_again(refused):
    refused.do("stop", channel="y", reason="wait")
    resend(refused)
    leave(refused)
    assert fates(refused, "y")[-1][1] == "held"
    assert words(refused, "y") == []


@pytest.mark.parametrize("text", [None, "Other words"])
def test_another_text_than_the_one_that_failed_is_approved_anew(desk, text):  # noqa: F811
    first = article(1)
    changed = replace(first, summary="It was Friday, not Thursday.", body="It was Friday.")
    source = ToldSource([first], [changed] if text is None else [first])
    newsroom = desk(ASKED, source=source, channels={"x": Wire("x"), "y": Wire("y"), "z": Wire("z", REFUSED)})
    read(newsroom)
    newsroom.do("approve", url=first.url)
    leave(newsroom, "z")
    newsroom.clock.advance(700)
    read(newsroom)
    newsroom.do("resend", url=first.url, channel="z", **({} if text is None else {"text": text}))
    leave(newsroom, "z")
    assert fates(newsroom, "z")[-1][1:] == ("held", ["approve", "hold", "reword", "skip"])
    newsroom.do("approve", url=first.url)
    leave(newsroom, "z")
    assert fates(newsroom, "z")[-1][1] == "sent"


def test_the_same_text_needs_no_second_yes(desk):  # noqa: F811
    newsroom = desk(ASKED, channels={"x": Wire("x"), "y": Wire("y"), "z": Wire("z", REFUSED)})
    read(newsroom)
    newsroom.do("approve", url=article(1).url)
    leave(newsroom, "z")
    newsroom.do("resend", url=article(1).url, channel="z")
    leave(newsroom, "z")
    assert fates(newsroom, "z")[-1][1] == "sent"


def test_an_embargo_that_came_since_holds_it(desk):  # noqa: F811
    first = article(1)
    later = replace(first, body="Under embargo now.")
    newsroom = desk(source=ToldSource([first], [later]), channels={"x": Wire("x"), "y": Wire("y", REFUSED)})
    later = replace(later, embargoed=newsroom.clock.now() + timedelta(hours=3))
    newsroom.app.sources["politics"].documents[1:] = [[later]]
    read(newsroom)
    leave(newsroom)
    newsroom.clock.advance(700)
    read(newsroom)
    resend(newsroom)
    leave(newsroom, "y")
    assert fates(newsroom, "y")[-1][1] == "held"
    newsroom.clock.advance(3 * 3600)
    leave(newsroom, "y")
    assert fates(newsroom, "y")[-1][1] == "sent"


def test_a_failed_post_by_hand_goes_out_again(desk):  # noqa: F811
    newsroom = desk(channels={"x": Wire("x", REFUSED), "y": Wire("y")})
    name = newsroom.do("post", channels=["x"], text="Briefing at 11:00")["story"]["url"]
    leave(newsroom)
    newsroom.do("resend", url=name, channel="x")
    leave(newsroom)
    assert words(newsroom, "x") == ["Briefing at 11:00"]


def test_the_page_of_a_story_has_the_button_where_a_post_failed(refused):
    browser = refused.entered()
    page = browser.get(page_of()).text
    assert len(re.findall('action="/desk/act/resend"', page)) == 2
    assert 'action="/desk/act/resend"' not in refused.entered("Vera").get(page_of()).text
    assert "Отправить снова другими словами…" in browser.get(f"{page_of()}&lang=ru").text
    assert "с тех пор" not in browser.get("/desk/list/failed").text
    told = {"url": article(1).url, "channel": "y", "back": page_of()}
    assert press(browser, "resend", **told).status_code == 303
    assert press(browser, "resend", **told).status_code == 409
    assert "с тех пор отправлено снова" in browser.get("/desk/list/failed").text
    assert "с тех пор отправлено снова" in browser.get("/desk/handover").text
    page = browser.get(page_of()).text
    assert "<b>отправлено снова</b>" in page
    assert "отправлено снова (Edda)" in page
    assert "доставка 2 не удалась: the account may not post" in page
    assert press(refused.entered("Vera"), "resend", **told).status_code == 403
    assert browser.post("/desk/act/resend", data=told).status_code == 403, OWN
