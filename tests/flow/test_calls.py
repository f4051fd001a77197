"""Every call by name: the shape of its answer, and every way in which it refuses."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from distributor.calls import CALLS, dispatch
from distributor.engine.round import run_round
from distributor.errors import CallError, Rejected, Unauthorized
from distributor.model import Window, Wish
from tests.api.fitting import misfits
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article
from tests.test_docs import shape

LETTERS = 'channels = ["x", "y", "mail"]'


@pytest.fixture
def opened(short):
    apps = []

    def make(*articles, **options):
        apps.append(told_app(short, source=ToldSource(list(articles or [article()])), **options))
        return apps[-1]

    yield make
    for app in apps:
        app.close()


@pytest.fixture
def app(opened):
    """One story was sent to x and y."""
    found = opened()
    run_round(found)
    return found


def run(app, name, /, **args):
    """The answer, as it comes through JSON."""
    return json.loads(json.dumps(dispatch(app, name, args)))


def refusal(app, name, /, **args):
    with pytest.raises(CallError) as caught:
        dispatch(app, name, args)
    return caught.value.code, str(caught.value), caught.value.hint


def test_every_call_says_in_one_line_what_it_does():
    assert {name: bool(call.about) for name, call in CALLS.items()} == dict.fromkeys(
        (
            "status",
            "deliveries",
            "where",
            "why",
            "settle",
            "prove",
            "reconcile",
            "alerts",
            "alert_test",
            "channels",
            "preview",
            "digest_preview",
            "post",
            "reword",
            "handover",
            "digest_carry",
            "feeds",
            "why",
            "poll",
            "publish",
            "held",
            "receipt",
            "receipt_link",
            "hook_resume",
            "hook_test",
            "hooks",
            "hold",
            "release",
            "skip",
            "send_now",
            "approve",
            "upcoming",
            "plan",
            "schedules",
            "editorial_show",
            "editorial_check",
            "editorial_save",
            "editorial_history",
            "editorial_return",
            "rule",
            "rule_change",
            "correct",
            "corrections",
            "withdraw",
            "stop",
            "stops",
            "stopped",
            "calendar",
            "planned",
            "move",
            "resend",
            "resume_channel",
            "test_post",
            "resume",
            "subscribers",
            "subscribe",
            "unsubscribe",
            "shadow",
            "backup",
            "take_over",
            "now",
            "decide",
            "draft",
            "refile",
            "stories",
            "story",
            "update",
            "users",
            "user_add",
            "user_role",
            "user_password",
            "user_remove",
            "tokens",
            "token_add",
            "token_remove",
            "bounces",
            "bounces_seen",
            "resume_provider",
            "suppress",
            "unsuppress",
            "ask_reader",
            "import_readers",
            "export_readers",
            "digest_clicks",
            "digest_foresee",
            "digest_test",
            "digests",
            "reader",
            "reader_erase",
            "reader_export",
            "reader_number",
            "readers",
            "readers_growth",
            "issue_list",
            "issue_receipt",
            "issue_rest",
            "issue_resume",
            "issue_show",
            "issue_stop",
        ),
        True,
    )


def test_an_unknown_call_is_refused_with_the_known_ones(app):
    code, text, hint = refusal(app, "print")
    assert (code, text) == ("unknown_call", "there is no call 'print'")
    assert hint.startswith("known: alert_test, alerts, ")


@pytest.mark.parametrize(
    ("name", "args", "told"),
    [
        ("where", {}, "where: missing a required"),
        ("where", {"url": "https://x.test/", "app": 1}, "where: multiple values for argument 'app'"),
        ("status", {"verbose": True}, "status: got an unexpected keyword argument 'verbose'"),
        ("where", {"url": 5}, "where: url cannot be 5"),
        ("where", {"url": None}, "where: url cannot be None"),
        ("where", {"url": "a\udcff"}, "where: url cannot be 'a\\udcff'"),
        ("where", {"url": [1] * 1000}, "where: url cannot be [1, 1, 1"),
        ("deliveries", {"limit": -1}, "deliveries: limit cannot be -1"),
        ("deliveries", {"limit": 0}, "deliveries: limit cannot be 0"),
        ("deliveries", {"limit": True}, "deliveries: limit cannot be True"),
        ("deliveries", {"limit": 1 << 63}, "deliveries: limit cannot be 9223372036854775808"),
        ("deliveries", {"state": 3}, "deliveries: state cannot be 3"),
        ("preview", {"last": "many"}, "preview: last cannot be 'many'"),
        ("subscribe", {"address": "a@example.org", "topics": "morning"}, "subscribe: topics cannot be 'morning'"),
        ("subscribe", {"address": "a@example.org", "topics": [1]}, "subscribe: topics cannot be [1]"),
    ],
)
def test_arguments_that_do_not_fit_are_named(app, name, args, told):
    with pytest.raises(CallError) as caught:
        dispatch(app, name, args)
    assert caught.value.code == "bad_arguments"
    assert str(caught.value).startswith(told)
    assert len(str(caught.value)) < 150


# -- status and deliveries


def test_status_of_a_new_store_is_empty(opened):
    assert run(opened(), "status") == {
        "mode": "live",
        "fence": None,
        "counts": {},
        "channels": [
            {"name": name, "kind": kind, "configured": True, "paused": None, "paused_at": None}
            for name, kind in (("mail", "email"), ("x", "console"), ("y", "console"))
        ],
        "feeds": [{"name": "politics", "checked_at": None, "changed_at": None, "failures": 0, "error": None}],
    }


def test_status_counts_by_channel_and_names_what_is_paused(opened):
    app = opened(article(1), article(2), channels={"y": ToldChannel("y", Unauthorized("bad token"))})
    run_round(app)
    found = run(app, "status")
    assert found["counts"] == {"x": {"sent": 2}, "y": {"due": 2}}
    paused = {one["name"]: (one["paused"], one["paused_at"]) for one in found["channels"] if one["paused"]}
    assert paused == {"y": ("bad token", "2026-11-24T12:00:00Z")}
    assert found["feeds"][0]["checked_at"] == "2026-11-24T12:00:00Z"


def test_deliveries_are_rows_with_their_story_or_issue(opened):
    clock = HandClock()
    app = opened(clock=clock)
    run(app, "subscribe", address="a@example.org", topics=["morning"])
    run_round(app)
    clock.advance(3600)
    run_round(app)
    found = run(app, "deliveries")
    assert set(found) == {"deliveries", "mode", "fence", "counts", "channels", "feeds"}
    letter, *posts = found["deliveries"]
    assert letter == {
        "id": 3,
        "channel": "mail",
        "recipient": 1,
        "act": "post",
        "state": "sent",
        "reason": "digest morning",
        "held_by": None,
        "held_until": None,
        "released_by": None,
        "url": "https://x.test/1",
        "at": "2026-11-24T13:00:00Z",
        "look_at": None,
        "story": None,
        "headline": None,
        "issue": "morning 2026-11-24T13:00[UTC]",
        "lint": [],
    }
    assert {(one["story"], one["headline"], one["issue"]) for one in posts} == {
        (article().url, "Headline number 1", None)
    }


def test_deliveries_can_be_narrowed(opened):
    app = opened(article(1), article(2), channels={"y": ToldChannel("y", Rejected("too rude"))})
    run_round(app)
    (failed,) = run(app, "deliveries", state="failed")["deliveries"]
    assert (failed["channel"], failed["reason"], failed["url"]) == ("y", "too rude", None)
    assert len(run(app, "deliveries", channel="x")["deliveries"]) == 2
    assert len(run(app, "deliveries", limit=3)["deliveries"]) == 3
    code, text, hint = refusal(app, "deliveries", state="lost")
    assert (code, text) == ("unknown_state", "there is no state 'lost'")
    assert "sent" in hint
    assert refusal(app, "deliveries", channel="z") == (
        "unknown_channel",
        "there is no channel 'z'",
        "known: mail, x, y",
    )


def test_the_rows_of_a_channel_that_was_taken_away_are_still_shown(short, app):
    app.close()
    smaller = told_app(short, config=CONFIG.replace('[channels.y]\ntype = "console"\n', "").replace(', "y"]', "]"))
    assert len(run(smaller, "deliveries", channel="y")["deliveries"]) == 1
    assert {one["name"]: one["configured"] for one in run(smaller, "status")["channels"]}["y"] is False
    smaller.close()


# -- where


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example.org/politics/story-1/",
        "https://news.example.org/politics/story-1",
        "HTTPS://NEWS.example.org/politics/story-1/",
        "https://news.example.org/politics/story-1/?utm_id=abcdefghijklmnop",
        "guid-1",
    ],
)
def test_a_story_is_found_by_its_address_however_it_was_copied(app, address):
    found = run(app, "where", url=address)
    assert found["story"] == {
        "id": 1,
        "headline": "Headline number 1",
        "url": "https://news.example.org/politics/story-1/",
        "feed": "politics",
        "published": "2026-11-24T11:55:00Z",
        "first_seen": "2026-11-24T12:00:00Z",
        "revision": 0,
        "categories": ["Politics"],
    }
    assert found["issues"] == []
    assert {one["channel"]: (one["state"], one["url"]) for one in found["deliveries"]} == {
        "x": ("sent", "https://x.test/1"),
        "y": ("sent", "https://x.test/1"),
    }
    assert set(found["deliveries"][0]) == {
        "id",
        "channel",
        "recipient",
        "act",
        "state",
        "reason",
        "held_by",
        "held_until",
        "released_by",
        "url",
        "at",
        "look_at",
        "count",
        "about",
        "revision",
        "gone",
        "lint",
        "picture",
        "without_picture",
        "page_lacks",
    }


def test_a_story_that_nobody_knows_is_refused(app):
    code, text, hint = refusal(app, "where", url="https://news.example.org/none")
    assert code == "unknown_story"
    assert text == "no story is known by the address https://news.example.org/none"
    assert hint


def test_where_names_the_issues_in_which_a_story_stands(opened):
    clock = HandClock()
    app = opened(clock=clock, channels={"mail": ToldBulk("mail", Rejected("no such mailbox"))})
    for name in "ab":
        run(app, "subscribe", address=f"{name}@example.org", topics=["morning"])
    run_round(app)
    clock.advance(3600)
    run_round(app)
    (issue,) = run(app, "where", url=article().url)["issues"]
    assert issue == {
        "digest": "morning",
        "slot": "2026-11-24T13:00[UTC]",
        "state": "closed",
        "deliveries": {"sent": 1, "failed": 1},
    }


# -- previews


def test_preview_shows_the_latest_stories_on_each_channel(opened):
    app = opened(article(2), article(1, published=NOON - timedelta(hours=1)))
    run_round(app)
    found = run(app, "preview", last=1, channel="x")["previews"]
    (one,) = found
    assert misfits(found, shape("distributor preview")["previews"]) == []
    assert (one["channel"], one["headline"], one["limit"], one["subject"]) == ("x", "Headline number 2", None, None)
    assert one["length"] == len(one["text"])
    found = run(app, "preview")["previews"]
    assert [(one["channel"], one["headline"][-1]) for one in found if one["channel"] == "y"] == [("y", "2"), ("y", "1")]
    assert {one["subject"] for one in found if one["channel"] == "mail"} == {"Headline number 2", "Headline number 1"}
    assert refusal(app, "preview", channel="z")[0] == "unknown_channel"
    assert len(run(app, "deliveries")["deliveries"]) == 4  # looking changed nothing


def test_digest_preview_shows_the_next_issue(app):
    found = run(app, "digest_preview", name="morning")
    assert (found["digest"], found["slot"], found["at"], found["reason"]) == (
        "morning",
        "2026-11-24T13:00[UTC]",
        "2026-11-24T13:00:00Z",
        None,
    )
    assert [story["headline"] for story in found["stories"]] == ["Headline number 1"]
    assert "Headline number 1" in found["text"]
    assert found["html"].lower().startswith("<!doctype html>")
    assert found["subject"]
    later = run(app, "digest_preview", name="morning", at="2026-11-30T07:00+03:00")
    assert later["slot"] == "2026-11-30T04:00[UTC]"


def test_digest_preview_of_an_empty_issue_says_why(opened):
    found = run(opened(), "digest_preview", name="morning")
    assert found["reason"] == "not worth an issue: 0 of at least 1 stories"
    assert (found["stories"], found["subject"], found["text"], found["html"]) == ([], None, None, None)


def test_digest_preview_refuses_what_is_no_digest_and_no_instant(opened):
    app = opened(config=CONFIG + '\n[digests.never]\nchannel = "mail"\nslots = []\n')
    assert refusal(app, "digest_preview", name="weekly") == (
        "unknown_digest",
        "there is no digest 'weekly'",
        "known: morning, never",
    )
    assert refusal(app, "digest_preview", name="never")[:2] == ("no_slot", "the digest never has no slot")
    assert refusal(app, "digest_preview", name="morning", at="noon")[0] == "bad_instant"
    assert refusal(app, "digest_preview", name="morning", at="2026-11-30T07:00")[0] == "bad_instant"
    assert refusal(app, "digest_preview", name="morning", at="0001-01-01T00:00+14:00")[0] == "bad_instant"
    assert refusal(app, "digest_preview", name="morning", at="9999-12-31T23:59-14:00")[0] == "bad_instant"


# -- readers


def test_readers_come_and_go(opened):
    app = opened(config=CONFIG.replace('channels = ["x", "y"]', LETTERS))
    assert run(app, "subscribers") == {"subscribers": []}
    both = {"address": "a@example.org", "topics": ["morning", "mail"]}
    assert run(app, "subscribe", **both, name="Reader", language="en") == {**both, "asked": False}
    run(app, "subscribe", address="A@EXAMPLE.ORG", topics=["mail"])
    run(app, "subscribe", address="b@example.org", topics=["mail"])
    found = run(app, "subscribers")["subscribers"]
    assert len({one.pop("id") for one in found}) == 2
    assert found == [
        {
            "address": "a@example.org",
            "name": "Reader",
            "language": "en",
            "subscriptions": {"mail": "confirmed", "morning": "confirmed"},
        },
        {"address": "b@example.org", "name": None, "language": None, "subscriptions": {"mail": "confirmed"}},
    ]
    assert run(app, "unsubscribe", address="a@example.org", topic="mail") == {"address": "a@example.org", "ended": 1}
    assert refusal(app, "unsubscribe", address="a@example.org", topic="mail") == (
        "not_subscribed",
        "a@example.org has no such subscription",
        "",
    )
    run_round(app)
    assert run(app, "status")["counts"]["mail"] == {"sent": 1}
    assert run(app, "unsubscribe", address="a@example.org")["ended"] == 1
    assert run(app, "subscribers")["subscribers"][0]["subscriptions"] == {
        "mail": "unsubscribed",
        "morning": "unsubscribed",
    }


def test_a_reader_who_comes_back_is_confirmed_again(opened):
    app = opened()
    for _ in range(2):
        run(app, "subscribe", address="a@example.org", topics=["morning"])
        assert run(app, "unsubscribe", address="a@example.org")["ended"] == 1
    assert refusal(app, "unsubscribe", address="a@example.org")[0] == "not_subscribed"


def test_a_reader_without_any_subscription_is_listed(opened):
    app = opened()
    app.store.subscribers.subscribe("a@example.org", [], now=NOON, source="test")
    (reader,) = run(app, "subscribers")["subscribers"]
    assert reader["subscriptions"] == {}


def test_a_slot_has_one_issue_and_one_without_readers_says_so(opened):
    clock = HandClock()
    app = opened(clock=clock)
    run_round(app)
    clock.advance(3600)
    run_round(app)
    (issue,) = app.store.issues.list()
    assert issue.reason == "nobody is subscribed"
    again = app.store.issues.open(
        "morning", issue.slot, clock.now(), window=Window(after=0, upto=1), stories=[1], skipped="", now=clock.now()
    )
    assert again is None
    assert len(app.store.issues.list()) == 1


def test_a_reader_who_leaves_before_the_wire_gets_nothing(opened):
    app = opened(config=CONFIG.replace('channels = ["x", "y"]', LETTERS))
    run(app, "subscribe", address="a@example.org", topics=["mail"])
    app.ingesters["politics"].run_once(app.clock.now())
    run(app, "unsubscribe", address="a@example.org")
    run_round(app)
    (row,) = run(app, "deliveries", channel="mail")["deliveries"]
    assert (row["state"], row["reason"]) == ("skipped", "the reader has left")


def test_a_suppressed_address_is_no_audience(opened):
    app = opened()
    run(app, "subscribe", address="a@example.org", topics=["morning"])
    app.store.subscribers.suppress("A@example.org", kind="complaint", reason="spam", now=NOON)
    assert app.store.subscribers.audience("morning") == []


@pytest.mark.parametrize(
    "address",
    [
        *("", "a", "@", "a@", "@example.org", "a@b@c", "a b@example.org", "a@example.org b", " ", "a\n@example.org"),
        *(
            "a..b@example.org",
            "a" * 65 + "@example.org",
            "a@-example.org",
            "a\u200b@example.org",
            "a@example.org,b@example.org",
        ),
        *("A <a@example.org>", "<a@example.org>", " a@example.org"),
    ],
)
def test_what_no_mail_could_be_written_to_is_refused(app, address):
    assert refusal(app, "subscribe", address=address, topics=["morning"])[0] == "bad_address"


def test_what_cannot_be_subscribed_to_is_refused(app):
    code, text, hint = refusal(app, "subscribe", address="a@example.org", topics=["morning", "x", "weekly"])
    assert (code, text) == ("unknown_topic", "nothing to subscribe to under x, weekly")
    assert hint == "known: alerts, mail, morning"
    assert refusal(app, "subscribe", address="a@example.org", topics=[])[1] == "nothing to subscribe to under (none)"
    assert run(app, "subscribers") == {"subscribers": []}


def test_an_issue_cut_short_at_every_slice_is_finished_once(opened, monkeypatch):
    """Readers who join later are not in it, and the sum of its recipients stands."""
    monkeypatch.setattr("distributor.store.ledger.issues.SLICE", 2)
    clock = HandClock()
    app = opened(clock=clock)
    for number in range(5):
        run(app, "subscribe", address=f"reader{number}@example.org", topics=["morning"])
    run_round(app)
    clock.advance(3600)
    app.digesters["morning"].run_due(clock.now())
    run(app, "subscribe", address="late@example.org", topics=["morning"])
    assert app.store.issues.served("morning", [Wish()])[Wish()].upto == 1
    assert app.store.issues.unfinished() == []
    run_round(app)
    assert run(app, "status")["counts"]["mail"] == {"sent": 5}
    clock.advance(timedelta(days=1).total_seconds())
    run_round(app)
    assert [issue.reason for issue in app.store.issues.list()] == ["not worth an issue: 0 of at least 1 stories", ""]
