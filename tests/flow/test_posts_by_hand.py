"""An editor's own words: posts without a story, and stories worded anew; the sheet that tells of them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from distributor.calls import dispatch
from distributor.calls.desk.handover import announce_handover, length
from distributor.errors import CallError
from distributor.model import Limits
from distributor.sheet import lines, title
from tests.apps import CONFIG, told_app
from tests.support import NOON, ToldChannel, ToldSource, article

WHO = {"who": "Ann", "through": "command line"}
DESK = (
    CONFIG
    + """
[alerts]
channels = ["y"]

[operations]
handover = ["every day at 06:00, 14:00, 22:00"]
"""
)


@pytest.fixture
def opened(short):
    apps = []

    def make(**options):
        apps.append(told_app(short, **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


@pytest.fixture
def app(opened):
    found = opened(config=DESK)
    found.store.subscribers.subscribe("a@example.org", ["mail"], now=NOON, source="test")
    return found


def post(app, **args):
    return dispatch(app, "post", {**WHO, "channels": ["x"], "text": "Briefing at 11:00", **args})


def deliver(app, channel="x"):
    while app.deliverers[channel].run_once():
        pass
    return [parcel.message.text for parcel in app.channels[channel].parcels]


def refusal(app, call, **args):
    with pytest.raises(CallError) as caught:
        dispatch(app, call, {**WHO, **args})
    return caught.value.code


def test_words_without_a_story_leave_as_they_are_and_are_on_record(app):
    found = post(app, text="Briefing at 11:00\n\nBring your <card> & pen")
    assert deliver(app) == ["Briefing at 11:00\n\nBring your <card> & pen"]
    mark = found["story"]["url"]
    assert mark.startswith("post:")
    where = dispatch(app, "where", {"url": mark})
    assert [(one["channel"], one["state"]) for one in where["deliveries"]] == [("x", "sent")]
    assert dispatch(app, "prove", {"url": mark})["ok"]
    assert {row["actor"] for row in app.store.proof.events_about(found["story"]["id"])} >= {"Ann"}


def test_a_post_with_a_link_carries_its_marker_and_is_found_by_its_name(app):
    found = post(app, link="https://news.example.org/live")
    assert "https://news.example.org/live?utm_id=" in deliver(app)[0]
    assert dispatch(app, "where", {"url": found["story"]["url"]})["story"]["url"] == "https://news.example.org/live"


def test_a_link_to_a_known_story_makes_no_story_of_it(app):
    app.ingesters["politics"].run_once(NOON)
    url = app.store.stories.latest(1)[0].article.url
    first = app.store.stories.find([f"url:{url}"])
    post(app, link=url)
    assert app.store.stories.find([f"url:{url}"]) == first


def test_a_post_by_hand_that_leads_to_a_coming_story_does_not_take_its_place(app):
    post(app, text="FLASH: it happened", link=article().url)
    app.ingesters["politics"].run_once(NOON)
    assert len(deliver(app, "y")) == 1
    assert dispatch(app, "where", {"url": article().url})["story"]["feed"] == "politics"


def test_a_scheduled_post_waits_for_its_instant(app):
    post(app, at=(NOON + timedelta(hours=1)).isoformat())
    assert deliver(app) == []
    app.clock.advance(3600)
    assert deliver(app) == ["Briefing at 11:00"]


def test_a_minute_that_has_just_begun_when_somebody_presses_means_now(app):
    assert dispatch(app, "draft", {"channels": ["x"], "text": "Briefing", "at": NOON.isoformat()})["drafts"]
    app.clock.advance(90)
    post(app, at=NOON.isoformat())
    assert deliver(app) == ["Briefing at 11:00"]


def test_a_draft_for_a_time_that_is_over_is_refused_as_its_post_would_be(app):
    past = (NOON - timedelta(days=365)).isoformat()
    for call, args in (("post", WHO), ("draft", {})):
        with pytest.raises(CallError, match="is past, or more than a year ahead") as caught:
            dispatch(app, call, {**args, "channels": ["x"], "text": "Briefing", "at": past})
        assert caught.value.code == "bad_instant"
    assert deliver(app) == []


def test_a_post_by_mail_goes_to_whoever_is_subscribed_and_stands_in_no_digest(app):
    found = post(app, channels=["x", "mail"])
    assert [(one["channel"], one["recipient"] > 0) for one in found["deliveries"]] == [("mail", True), ("x", False)]
    assert app.digesters["morning"].preview(NOON + timedelta(hours=1)).stories == ()
    app.deliverers["mail"].run_once()
    assert app.channels["mail"].parcels[0].message.subject == "Briefing at 11:00"


def test_nobody_subscribed_is_said_before_anything_is_planned(opened):
    empty = opened()
    assert refusal(empty, "post", channels=["x", "mail"], text="Hello") == "no_readers"
    assert empty.store.stories.latest(5) == []


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"text": "  "}, "no_text"),
        ({"channels": []}, "no_channel"),
        ({"channels": ["x", "z"]}, "unknown_channel"),
        ({"link": "ftp://example.org"}, "bad_address"),
        ({"at": "tomorrow"}, "bad_instant"),
        ({"at": "2025-11-24T15:00:00+03:00"}, "bad_instant"),
        ({"at": (NOON - timedelta(minutes=2)).isoformat()}, "bad_instant"),
        ({"at": (NOON + timedelta(days=366)).isoformat()}, "bad_instant"),
        ({"urgency": 10}, "bad_urgency"),
        ({"who": " "}, "no_name"),
    ],
)
def test_what_cannot_be_right_is_refused(app, args, code):
    assert refusal(app, "post", **{"channels": ["x"], "text": "Hello", **args}) == code
    assert app.store.stories.latest(5) == []


def test_words_that_do_not_fit_are_refused_with_their_length_and_never_cut(opened):
    channel = ToldChannel("x")
    channel.limits = Limits(text=20)
    app = opened(channels={"x": channel})
    with pytest.raises(CallError, match="are 21 units long; 20 fit"):
        post(app, text="x" * 21)
    post(app, text="x" * 20)
    assert deliver(app) == ["x" * 20]


def test_a_story_that_waits_leaves_in_an_editors_words_there_and_in_its_own_elsewhere(app):
    app.ingesters["politics"].run_once(NOON)
    url = app.store.stories.latest(1)[0].article.url
    found = dispatch(app, "reword", {**WHO, "url": url, "channel": "x", "text": "First try"})
    assert {one["channel"] for one in found["deliveries"]} == {"x", "y"}
    dispatch(app, "reword", {**WHO, "url": url, "channel": "x", "text": "Talks resume"})
    assert deliver(app)[0].startswith("Talks resume\n\nhttps://")
    assert article().headline in deliver(app, "y")[0]


def test_what_stands_already_is_not_worded_anew(app):
    app.ingesters["politics"].run_once(NOON)
    url = app.store.stories.latest(1)[0].article.url
    deliver(app)
    assert refusal(app, "reword", url=url, channel="x", text="Talks") == "not_waiting"
    assert refusal(app, "reword", url="https://news.example.org/no", channel="x", text="Talks") == "unknown_story"
    assert refusal(app, "reword", url=url, channel="z", text="Talks") == "unknown_channel"
    assert refusal(app, "reword", url=url, channel="x", text="Talks", who="") == "no_name"


def test_the_sheet_tells_what_went_out_what_waits_and_who_decided(opened):
    app = opened(config=DESK, source=ToldSource([article()]))
    app.ingesters["politics"].run_once(NOON)
    url = app.store.stories.latest(1)[0].article.url
    dispatch(app, "reword", {**WHO, "url": url, "channel": "x", "text": "Talks resume"})
    deliver(app)
    (row,) = app.store.deliveries.claim_due("y", now=NOON, limit=1, lease=timedelta(minutes=1))
    app.store.deliveries.hold(row, by="embargo", reason="embargoed until noon", now=NOON)
    post(app, channels=["y"], text="Second")
    claimed = app.store.deliveries.claim_due("y", now=NOON, limit=5, lease=timedelta(minutes=1))
    app.store.deliveries.hold(claimed[0], by="approval", reason="nobody has said yes", now=NOON)
    app.store.alerts.raise_alert("silent:politics", "the feed politics is unusually silent", now=NOON)
    sheet = dispatch(app, "handover", {})
    assert [(one["channel"], one["headline"]) for one in sheet["sent"]] == [("x", article().headline)]
    assert [one["held_by"] for one in sheet["held"]] == ["approval"]
    assert [one["held_by"] for one in sheet["embargoes"]] == ["embargo"]
    assert [one["who"] for one in sheet["decisions"]] == ["Ann", "Ann"]
    told = "\n".join(lines(sheet))
    assert title(sheet).startswith("Hand-over, ")
    assert "the feed politics is unusually silent" in told
    assert "Held: 1" in told
    assert "x: 1 post" in told
    assert "Ann: worded" in told
    assert told.endswith("Nothing: unknown, failed, money left")


def test_the_sheet_tells_a_correction_in_words(app):
    app.ingesters["politics"].run_once(NOON)
    url = app.store.stories.latest(1)[0].article.url
    deliver(app)
    dispatch(app, "correct", {**WHO, "url": url, "note": "It was Tuesday."})
    told = "\n".join(lines(dispatch(app, "handover", {})))
    assert f"Ann: corrected {article().headline}: It was Tuesday." in told
    assert "{" not in told


def test_the_sheet_tells_a_stop_behind_which_nothing_has_piled_up(app):
    until = (NOON + timedelta(hours=1)).isoformat()
    dispatch(app, "stop", {**WHO, "reason": "wrong figures", "channel": "x", "category": "Sport", "until": until})
    dispatch(app, "stop", {**WHO, "reason": "hacked", "everything": True})
    told = list(lines(dispatch(app, "handover", {})))
    assert "  stopped: x Sport (0 held), by Ann: wrong figures, until 13:00" in told
    assert "  stopped: everything (0 held), by Ann: hacked" in told


def test_a_sheet_of_too_many_hours_is_refused(app):
    assert refusal_of_hours(app, 169) == "too_long"


def refusal_of_hours(app, hours):
    with pytest.raises(CallError) as caught:
        dispatch(app, "handover", {"hours": hours})
    return caught.value.code


def test_a_long_sheet_tells_the_first_and_counts_the_rest(app):
    for number in range(20):
        post(app, text=f"Number {number}", at=(NOON + timedelta(hours=1)).isoformat())
    told = list(lines(dispatch(app, "handover", {})))
    assert "  and 8 more" in told


def test_the_sheet_is_sent_by_the_clock_to_whoever_gets_alerts_and_leaves_no_alert_open(app):
    from distributor.app import tell_desk

    tell_desk(app.settings, app.store)
    post(app)
    deliver(app)
    announce_handover(app)
    announce_handover(app)
    told = deliver(app, "y")
    assert len(told) == 1
    assert told[0].startswith("Hand-over, ")
    assert "x: 1 post" in told[0]
    assert app.store.alerts.open_alerts() == []


def test_a_shift_lasts_since_the_slot_before():
    zone = ZoneInfo("UTC")
    slots = ("every day at 06:00, 14:00, 22:00",)
    at = NOON.replace(hour=14, minute=0, second=0, microsecond=0)
    assert length(slots, at, zone) == 8
    assert length(slots, at + timedelta(minutes=30), zone) == 1
    assert length((), at, zone) == 8


def test_a_sheet_in_shadow_says_so_and_an_issue_is_told_by_its_sums(app):
    app.store.subscribers.subscribe("b@example.org", ["morning"], now=NOON, source="test")
    app.ingesters["politics"].run_once(NOON)
    later = app.digesters["morning"].next_slot(NOON)
    app.digesters["morning"].run_slot(later, later)
    sheet = dispatch(app, "handover", {"hours": 48}) | {"mode": "shadow", "paused": ["x"]}
    told = "\n".join(lines(sheet))
    assert "nothing is sent: the program runs in shadow" in told
    assert "channel x is paused" in told
    assert "morning " in told
    assert "]: 1 planned" in told


def test_one_act_on_several_channels_is_one_line_of_the_sheet_and_so_is_what_waits_there(opened):
    config = DESK.replace('channels = ["x", "y"]', 'channels = ["x", "y"]\napproval = "two"')
    app = opened(config=config, source=ToldSource([article(), article(2, embargoed=NOON + timedelta(days=3))]))
    app.ingesters["politics"].run_once(NOON)
    dispatch(app, "approve", {**WHO, "url": article().url})
    told = list(lines(dispatch(app, "handover", {})))
    waits = "it waits for 1 of 2 approvals (Ann said yes)"
    assert f"  {article().headline} (x 3, y 4) - approval: {waits}" in told
    assert f"  12:00 Ann: approved {article().headline} on x, y: 1 of 2 (through {WHO['through']})" in told
    assert "Held: 2" in told


def test_an_end_on_another_day_is_told_with_its_day(opened):
    later = (NOON + timedelta(days=3)).isoformat()
    app = opened(config=DESK, source=ToldSource([article(embargoed=NOON + timedelta(days=3))]))
    app.ingesters["politics"].run_once(NOON)
    dispatch(app, "stop", {**WHO, "reason": "wrong", "channel": "x", "until": later})
    told = "\n".join(lines(dispatch(app, "handover", {})))
    assert "embargo, until 27 Nov 12:00: " in told
    assert "wrong, until 27 Nov 12:00" in told


def test_a_story_that_was_mailed_alone_is_one_answer_however_many_readers_it_has(opened):
    app = opened()
    for number in range(3):
        app.store.subscribers.subscribe(f"r{number}@example.org", ["mail"], now=NOON, source="test")
    found = post(app, channels=["x", "mail"])
    assert [(one["channel"], one["count"]) for one in found["deliveries"]] == [("mail", 3), ("x", 1)]
    app.deliverers["mail"].run_once()
    told = dispatch(app, "where", {"url": found["story"]["url"]})["deliveries"]
    assert [(one["channel"], one["state"], one["count"], one["revision"]) for one in told] == [
        ("mail", "sent", 3, 0),
        ("x", "planned", 1, None),
    ]
    dispatch(app, "hold", {**WHO, "reason": "wait", "url": found["story"]["url"]})
    again = post(app, channels=["mail"], text="Briefing at noon")
    dispatch(app, "hold", {**WHO, "reason": "wait", "url": again["story"]["url"]})
    sheet = dispatch(app, "handover", {})
    assert [(one["channel"], one["count"]) for one in sheet["held"]] == [("x", 1), ("mail", 3)]
    assert f"  Briefing at noon (mail {sheet['held'][1]['id']} to 3 readers) - desk: held by Ann: wait" in lines(sheet)
