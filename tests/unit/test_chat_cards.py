"""Buttons, cards and answers of the operations chat as pure functions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.chat import deeds, replies
from distributor.chat.cards import IF_WITHDRAW, WHAT_STOP, WHERE_NOT, Frame, card_of, title_of
from distributor.chat.facts import (
    AlertFacts,
    DoubtFacts,
    Draft,
    Facts,
    Halt,
    Place,
    Proof,
    StopFacts,
    StoryFacts,
)
from distributor.chat.pace import WINDOWS, wait
from distributor.chat.sheets import HELP, sheet
from distributor.chat.signing import Press, sealed, signing_key, stamp, unsealed
from distributor.chat.words import LONGEST, Words, moment, shortened, write_place
from distributor.model import Shown
from distributor.text.measure import utf16_length
from tests.support import NOON

KEY = signing_key(b"store")
MINSK = ZoneInfo("Europe/Minsk")
FRAME = Frame(key=KEY, zone=MINSK, now=NOON, channels={"x": 1, "telegram": 2, "mail": 3})
NUMBERS = {number: name for name, number in FRAME.channels.items()}


def shown(kind: str = "story", word: str = "") -> Shown:
    return Shown(
        id=7,
        kind=kind,
        about=1,
        detail="",
        shows="",
        topic=0,
        message_id=1,
        word=word,
        ending="",
        at=NOON,
        is_open=True,
    )


def place(channel: str = "x", state: str = "sent", **fields: Any) -> Place:
    told: dict[str, Any] = {
        "channel": channel,
        "number": FRAME.channels[channel],
        "act": "post",
        "state": state,
        "at": NOON,
    }
    return Place(**(told | fields))


def story(*places: Place, **fields: Any) -> StoryFacts:
    told: dict[str, Any] = {
        "id": 1,
        "headline": "Talks begin",
        "url": "https://news.example.org/a/",
        "revision": 0,
        "places": places,
    }
    return StoryFacts(**(told | fields))


STOP = StopFacts(
    id=3, channel="x", category="Sport", reason="wrong", who="Anna", since=NOON, until=NOON + timedelta(hours=1), held=1
)
DOUBT = DoubtFacts(subject=1, title="Talks begin", doubts=(("x", 1, (8,)), ("mail", 3, (9, 10))))
SURGE = AlertFacts(id=4, key="surge:politics", text="60 at once", hint="look", since=NOON)
DRAFT = Draft(channels=("x",), text="Briefing")


def press(verb: str, facts: Facts, arg: int = 0, word: str = "") -> deeds.Deed:
    return deeds.pressed(Press(card=7, verb=verb, arg=arg, stamp=facts.stamp), facts, word, "Anna", NUMBERS)


# -- signing


@given(st.integers(0, 10**10 - 1), st.text("abcdefghijkl", min_size=1, max_size=12), st.integers(0, 10**8 - 1))
def test_a_button_says_what_was_sealed_and_fits_the_platform(card, verb, arg):
    wanted = Press(card=card, verb=verb, arg=arg, stamp=stamp(card, verb))
    data = sealed(KEY, wanted)
    assert unsealed(KEY, data) == wanted
    assert len(data.encode()) <= 64


@given(st.data())
def test_a_button_with_any_character_changed_says_nothing(data):
    good = sealed(KEY, Press(card=17, verb="approve", arg=2, stamp="abcdef"))
    index = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda one: one != good[index]))
    assert unsealed(KEY, good[:index] + other + good[index + 1 :]) is None


def test_a_button_of_another_store_and_rubbish_say_nothing():
    good = sealed(KEY, Press(card=17, verb="approve", stamp="abcdef"))
    assert unsealed(signing_key(b"another"), good) is None
    for rubbish in ("", "a", good + "A", good.replace(".approve.", ".pull."), "1.a.1.aaaaaa." + "A" * 16):
        assert unsealed(KEY, rubbish) is None


# -- words


@given(st.text(), st.integers(0, 50))
def test_a_shortened_text_fits_and_is_the_beginning(text, most):
    found = shortened(text, most)
    assert utf16_length(found) <= most or most == 0
    assert text.startswith(found.removesuffix("…").rstrip()) or found == text


@given(st.lists(st.tuples(st.text(max_size=3000), st.booleans()), max_size=5))
def test_no_card_is_longer_than_the_platform_takes_and_marks_stay_inside(parts):
    words = Words()
    for text, bold in parts:
        words.add(text, "bold" if bold else "")
    length = utf16_length(words.text)
    assert length <= LONGEST
    assert all(one.offset + one.length <= length and one.length > 0 for one in words.entities)


def test_times_are_told_in_the_desks_zone_with_the_day_where_it_is_another():
    assert moment(NOON, MINSK, NOON) == "15:00 +03"
    assert moment(NOON, MINSK, NOON + timedelta(days=1)) == "24 Nov 15:00 +03"


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (place(), "x: sent 15:00 +03\n"),
        (place("mail", count=3000), "mail: sent to 3000 readers 15:00 +03\n"),
        (place(act="edit"), "x: edit sent 15:00 +03\n"),
        (place(state="due", at=NOON + timedelta(hours=1)), "x: leaves next 16:00 +03\n"),
        (place(state="planned"), "x: waits\n"),
        (place(state="held", held_by="pacing", until=NOON), "x: held until 15:00 +03 (pacing)\n"),
        (place(state="held", held_by="desk"), "x: held (desk)\n"),
        (place(state="sending"), "x: leaving now\n"),
        (place(state="unknown"), "x: nobody knows whether it is there\n"),
        (place(state="failed", reason="too long"), "x: failed: too long\n"),
        (place(state="skipped", reason=""), "x: not sent\n"),
    ],
)
def test_a_channels_answer_is_one_line(where, line):
    words = Words()
    write_place(words, where, MINSK, NOON)
    assert words.text == line


# -- cards


@pytest.mark.parametrize(
    ("facts", "kind", "text", "buttons"),
    [
        (story(), "story", "Talks begin\nhttps://news.example.org/a/\n\nNo channel has it.", ["Stop…"]),
        (
            story(place(state="held", held_by="embargo"), url="post:ab", notes=("another take: B",)),
            "story",
            "Talks begin\n\nx: held (embargo)\nanother take: B",
            ["Hold", "Edit", "Not here", "Stop…"],
        ),
        (
            story(place(state="held", held_by="desk", reason="held by Anna")),
            "approval",
            "This waits.\nTalks begin\nhttps://news.example.org/a/\n\nx: held (desk): held by Anna",
            ["Release", "Edit", "Not here", "Stop…"],
        ),
        (
            DOUBT,
            "unknown",
            "Is it there?\nTalks begin\nNobody knows whether it arrived: x, mail (2).",
            ["It is there (x)", "Send again (x)", "It is there (mail)", "Send again (mail)", "Drop", "Stop…"],
        ),
        (
            STOP,
            "stop",
            "Stopped: x, section Sport\nBy Anna at 15:00 +03, until 16:00 +03: wrong\n1 waits behind it.",
            ["Resume…"],
        ),
        (Halt(), "halt", "What is to be stopped?", [
            "Stop everything", "Stop x", "Stop telegram", "Stop mail", "Never mind"
        ]),
        (DRAFT, "post", "Post this?\nOn x, at once.\n\nBriefing", ["Post", "Never mind"]),
        (
            story(place(state="held", held_by="approval", reason="route all; it waits for 1 of 2 approvals"),
                  proofs=(Proof(channels=("x", "telegram"), text="Talks", length=5, limit=280),)),
            "approval",
            "May this leave?\nTalks begin\nhttps://news.example.org/a/\n\nx, telegram, 5 of 280 characters\nTalks\n\n"
            "x: held (approval)\nIt waits for 1 of 2 approvals",
            ["Approve", "Hold", "Edit", "Not here", "Stop…"],
        ),
        (story(place(state="due"), place("mail", state="sent")), "story",
         "Talks begin\nhttps://news.example.org/a/\n\nx: leaves next\nmail: sent 15:00 +03",
         ["Send now", "Hold", "Edit", "Not here", "Correct…", "Withdraw…", "Stop…"]),
        (SURGE, "alert", "60 at once\nlook\nSince 15:00 +03", ["Let all go", "Drop all", "Stop…"]),
    ],
)  # fmt: skip
def test_a_card_says_what_is_to_be_decided_and_offers_what_can_be(facts, kind, text, buttons):
    card = card_of(facts, shown(kind), FRAME)
    assert card.text == text
    assert [one.words for row in card.buttons for one in row] == buttons


def test_a_card_tells_what_was_decided_last():
    assert card_of(STOP, shown("stop", word="Anna resumes."), FRAME).text.endswith("\n\nAnna resumes.")


def test_a_menu_always_leads_back():
    for menu in (WHERE_NOT, WHAT_STOP, IF_WITHDRAW):
        card = card_of(story(place(state="due"), place("mail", state="due")), shown(), FRAME, menu=menu)
        assert card.buttons[-1][0].words == "Back"
    single = card_of(story(place(state="due")), shown(), FRAME, menu=WHERE_NOT)
    assert [one.words for row in single.buttons for one in row] == ["Not on x", "Back"]


def test_every_card_has_a_title():
    titles = [title_of(one) for one in (story(), DOUBT, SURGE, STOP, DRAFT, Halt())]
    assert titles[:4] == ["Talks begin", "Talks begin", "60 at once", "Stopped: x, section Sport"]
    assert titles[4:] == ["A post by hand", "What is to be stopped?"]
    assert replace(STOP, channel="", category="").scope == "everything"


# -- deeds


def test_what_is_pressed_is_a_call_with_the_name_of_whoever_pressed():
    by = {"who": "Anna", "through": "operations chat"}
    here = by | {"url": "https://news.example.org/a/"}
    waiting = story(place(state="held", held_by="approval"))
    assert press("approve", waiting) == deeds.Do("approve", here)
    assert press("hold", waiting, 1) == deeds.Do("hold", here | {"channel": "x", "reason": deeds.REASON})
    put_aside = story(place(state="held", held_by="lint"), place("mail", state="held", held_by="desk"))
    assert press("release", put_aside) == deeds.Do("release", here | {"held_by": "desk"})
    linted = story(place(state="held", held_by="lint"))
    assert press("release", linted) == deeds.Do("release", here | {"held_by": "lint"})
    assert isinstance(press("release", waiting), deeds.Refuse)
    assert press("now", waiting) == deeds.Do("send_now", here)
    assert press("skip", waiting, 1) == deeds.Do("skip", here | {"channel": "x"})
    assert press("edit", waiting, 1) == deeds.Ask("edit", 1, "x")
    assert press("correct", waiting) == deeds.Ask("correct", 1)
    assert press("pull", waiting) == deeds.Do("withdraw", here | {"reason": deeds.REASON})
    assert press("free", SURGE) == deeds.Do("release", by | {"held_by": "surge", "feed": "politics"})
    assert press("void", SURGE) == deeds.Do("skip", by | {"held_by": "surge", "feed": "politics"})
    assert press("resume", STOP, 2) == deeds.Do("resume", by | {"decision": "fold", "stop": 3})
    assert press("yes", DRAFT) == deeds.Do("post", by | {"channels": ["x"], "text": "Briefing"})
    assert press("no", DRAFT) == deeds.Drop()
    assert press("menu", STOP, 5) == deeds.Menu(5)
    settled = deeds.Do("settle", {"by": "Anna", "through": "operations chat", "ids": [8], "there": True})
    assert press("there", DOUBT, 1) == settled
    dropped = {"by": "Anna", "through": "operations chat", "ids": [8, 9, 10], "drop": True}
    assert press("drop", DOUBT) == deeds.Do("settle", dropped)
    everything = by | {"reason": deeds.REASON, "everything": True}
    assert press("stop", Halt()) == deeds.Do("stop", everything)


@pytest.mark.parametrize(
    ("verb", "facts", "arg"),
    [
        ("edit", story(), 0),
        ("dance", story(), 0),
        ("dance", DOUBT, 1),
        ("there", DOUBT, 2),
        ("yes", Halt(), 0),
    ],
)
def test_what_no_button_means_is_refused(verb, facts, arg):
    assert isinstance(press(verb, facts, arg), deeds.Refuse)


def test_a_press_on_what_has_changed_is_refused_with_what_was_decided_and_a_stop_is_obeyed():
    old = Press(card=7, verb="approve", stamp="aaaaaa")
    assert deeds.pressed(old, story(), "", "Anna", NUMBERS) == deeds.Refuse(
        "This card is old; it shows now how things stand."
    )
    assert deeds.pressed(old, None, "Held by Boris.", "Anna", NUMBERS) == deeds.Refuse("Too late. Held by Boris.")
    stop = Press(card=7, verb="stop", arg=2, stamp="aaaaaa")
    done = deeds.pressed(stop, None, "", "Anna", NUMBERS)
    assert isinstance(done, deeds.Do)
    assert done.args["channel"] == "telegram"
    gone = Press(card=7, verb="stop", arg=9, stamp="aaaaaa")
    assert isinstance(deeds.pressed(gone, None, "", "Anna", NUMBERS), deeds.Refuse)


def test_two_states_of_affairs_have_two_names_and_those_who_said_yes_change_none():
    held = place(state="held", held_by="approval")
    one, two = story(held), story(place(state="held", held_by="approval", reason="another"))
    assert one.stamp == two.stamp
    others = [story(), story(place()), story(held, revision=1), story(held, id=2), story(place(state="held"))]
    assert len({one.stamp, *(other.stamp for other in others)}) == 6


# -- replies


def yes(*, people: list[str], needed: int = 2, counted: bool = True) -> dict[str, Any]:
    return {"channels": [{"channel": "x", "approved_by": people, "needed": needed, "counted": counted}]}


@pytest.mark.parametrize(
    ("name", "args", "result", "words"),
    [
        ("approve", {}, yes(people=["Anna"], needed=1), "Approved by Anna."),
        ("approve", {}, yes(people=["Anna"]), "Anna says yes; 1 more must."),
        ("approve", {}, yes(people=["Anna"], counted=False), "Anna has said yes already; it needs somebody else."),
        ("hold", {}, {"leaving": 2}, "Held by Anna; 2 had left already."),
        ("skip", {"channel": "x"}, {}, "Not sent on x: Anna decided so."),
        ("stop", {"channel": "x", "category": "Sport"}, {"leaving": 1},
         "Stopped by Anna: x, section Sport; 1 had left already."),
        ("stop", {"everything": True}, {}, "Stopped by Anna: everything."),
        ("resume", {}, {"sent": 1, "folded": 0, "dropped": 2}, "Anna resumes: 1 sent, 2 dropped."),
        ("resume", {}, {"sent": 0, "folded": 0, "dropped": 0}, "Anna resumes: nothing had piled up."),
        ("settle", {"there": True}, {}, "Settled by Anna: it is there."),
        ("settle", {"resend": True}, {}, "Settled by Anna: it goes out again."),
        ("settle", {"drop": True}, {}, "Settled by Anna: dropped."),
        ("withdraw", {}, {"is_new": False}, "It was withdrawn already."),
        ("withdraw", {}, {"is_new": True, "mailed": 3, "lines": 0, "deliveries": [
            {"channel": name, "state": state} for name, state in (("x", "due"), ("x", "sent"), ("y", "skipped"))
        ]},
         "Withdrawn by Anna: x, 3 mails."),
        ("correct", {}, {"is_new": True, "deliveries": [], "mailed": 0, "lines": 0}, "Corrected by Anna."),
    ],
)  # fmt: skip
def test_what_was_done_is_told_in_a_sentence(name, args, result, words):
    assert replies.told(name, {"who": "Anna"} | args, result) == words


def test_a_report_names_what_still_stands_and_what_belongs_to_it():
    other = {"is": "another language", "headline": "Гутаркі", "url": "https://news.example.org/b/"}
    found = replies.report({
        "stands": [{"channel": "x", "url": None, "why": "it cannot be taken away"}], "others": [other]
    })  # fmt: skip
    assert found == (
        "It still stands:\nx: it cannot be taken away\n"
        "The same in (their cards are below):\nanother language: Гутаркі https://news.example.org/b/"
    )
    assert replies.report({}) == ""


# -- pace


def test_a_group_is_written_to_no_faster_than_it_may_be():
    assert wait([], NOON) == timedelta(0)
    assert wait([NOON] * 4, NOON) == timedelta(0)
    assert wait([NOON] * 5, NOON) == timedelta(seconds=5)
    slow = [NOON + timedelta(seconds=2 * number) for number in range(15)]
    assert wait(slow, NOON + timedelta(seconds=30)) == timedelta(seconds=30)
    # a clock that was set back makes nobody wait for the hour that comes again
    assert wait([NOON] * 15, NOON - timedelta(hours=1)) == WINDOWS[0][0]


# -- sheets

CALLS: dict[str, dict[str, Any]] = {
    "status": {"mode": "live", "fence": None, "feeds": [
        {"name": "news", "failures": 3, "error": "404"}, {"name": "sport", "failures": 0, "error": None}
    ]},
    "channels": {"zone": "Europe/Minsk", "channels": [
        {"name": "x", "paused": None, "counts": {"planned": 1, "due": 2, "held": 1, "sent": 9},
         "next": "2026-11-24T12:05:00Z", "posts_left": 14, "posts_left_with_link": 2},
        {"name": "telegram", "paused": "Forbidden", "counts": {"unknown": 1}, "next": None, "posts_left": None,
         "posts_left_with_link": None},
        {"name": "mail", "paused": None, "counts": {}, "next": None, "posts_left": None, "posts_left_with_link": None},
    ]},
    "stops": {
        "stops": [{"channel": "x", "category": None, "who": "Anna", "reason": "wrong", "held": 2}],
        "waiting": [{"ids": [number], "channel": "x", "headline": f"Story {number}", "issue": None}
                    for number in range(14)],
    },
    "alerts": {"alerts": [{"text": "the disk is full"}]},
    "handover": {"zone": "Europe/Minsk", "since": "2026-11-24T04:00:00Z", "until": "2026-11-24T12:00:00Z",
                 "mode": "live", "sent": [], "posted": {}, "issues": [], "held": [], "embargoes": [], "failed": [],
                 "unknown": [], "decisions": [], "alerts": [], "stops": [], "paused": [], "money": []},
    "upcoming": {"upcoming": [
        {"at": "2026-11-24T12:05:00Z", "channel": "x", "headline": "Talks begin", "issue": None, "count": 1},
        {"at": "2026-11-25T04:00:00Z", "channel": "mail", "headline": None, "issue": "morning", "count": 9},
    ]},
}  # fmt: skip


def told(what: str, **changes: dict[str, Any]) -> str:
    return sheet(what, lambda name, _: (CALLS | changes)[name], NOON)


def test_the_status_says_what_stands_where():
    assert told("status") == (
        "Live.\n"
        "Stopped: x, by Anna (wrong); 2 wait\n"
        "\n"
        "x: 3 wait, 1 held, next 15:05 +03, money for 14 posts, 2 with a link\n"
        "telegram: paused: Forbidden, 1 unknown\n"
        "mail: nothing waits\n"
        "feed news: it cannot be read: 404\n"
        "\n"
        "! the disk is full"
    )
    shadow = told("status", status={"mode": "shadow", "fence": None, "feeds": []}, alerts={"alerts": []})
    assert shadow.startswith("Nothing is sent: shadow mode.")
    everything = {"channel": None, "category": None, "who": "Anna", "reason": "wrong", "held": 2}
    assert "Stopped: everything" in told("status", stops={"stops": [everything]})


def test_what_leaves_next_and_what_waits_behind_a_stop():
    assert told("next") == "15:05 +03 x: Talks begin\n25 Nov 07:00 +03 mail: morning, to 9 readers"
    assert told("next", upcoming={"upcoming": []}).startswith("Nothing leaves by itself.")
    waiting = told("stops")
    assert waiting.startswith("#0 x: Story 0\n")
    assert "and 2 more" in waiting
    assert told("stops", stops={"stops": []}) == "Nothing is stopped."
    assert told("stops", stops=CALLS["stops"] | {"waiting": []}) == "Nothing waits behind what is stopped."
    few = CALLS["stops"] | {"waiting": CALLS["stops"]["waiting"][:1]}
    assert "more" not in told("stops", stops=few)


def test_the_hand_over_sheet_is_the_one_of_the_command():
    asked = []

    def run(name, args):
        asked.append((name, dict(args)))
        return CALLS[name]

    assert sheet("handover", run, NOON, hours=8).startswith("Hand-over, 07:00 to 2026-11-24 15:00 (Europe/Minsk)")
    sheet("handover", run, NOON)
    assert asked == [("handover", {"hours": 8}), ("handover", {})]


def test_help_is_short_enough_to_be_read():
    assert told("help") == HELP
    assert len(HELP) < 1000
