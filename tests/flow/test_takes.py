"""Stories told over several readings: takes, classed revisions, kills; which rows each policy plans for the posts that
readers have. On the real database, with channels that answer as told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.errors import StoreError
from distributor.flows.ingest import Ingester
from distributor.model import (
    Act,
    Change,
    ChangeKind,
    ChannelPolicy,
    FollowUp,
    Message,
    PubStatus,
    Receipt,
    Rendered,
    RevisionClass,
    Route,
    Sent,
    State,
    Takes,
    Window,
)
from distributor.rules.change.following import Outlet
from distributor.rules.change.kills import HELD_BY_NOTICE
from distributor.rules.change.planning import Editing
from distributor.rules.fate.lifecycle import Verdict
from distributor.text.marks import MarkKind
from tests.support import NOON, HandClock, ToldSource, article, store_with

CHANNELS = ("x", "telegram")
ABLE = Outlet(policy=ChannelPolicy(), can_edit=True, can_reply=True, can_erase=True)


class Desk:
    """A store, a feed and two channels that can do everything; what is planned for them is asserted."""

    def __init__(self, folder, *, mail=False, **policy):
        self.clock = HandClock()
        self.store = store_with(folder, *CHANNELS, "mail")
        self.outlets = {name: replace(ABLE, policy=ChannelPolicy(**policy)) for name in CHANNELS}
        self.outlets["mail"] = Outlet(policy=ChannelPolicy(on_correction=FollowUp.REPLY), can_reply=True, mails=True)
        self.routes = (Route(name="all", channels=(*CHANNELS, *(("mail",) if mail else ()))),)
        self.marks = {}

    def close(self):
        self.store.close()

    def reads(self, *articles, feed="politics", publish_first=True):
        """One reading; the changes that it made."""
        editing = Editing(outlets=self.outlets, feeds=("politics", "sport"), marks=self.marks)
        ingester = Ingester(
            feed,
            ToldSource(articles),
            self.store.stories,
            routes=self.routes,
            audiences=lambda: {"mail": self.store.subscribers.audience("mail")},
            publish_first=publish_first,
            editing=editing,
        )
        self.clock.advance(60)
        return ingester.run_once(self.clock.now()).changes

    def sends(self, *, but=()):
        """Everything that is due leaves as told, but for some channels; F's rule of turns is not asked here."""
        for name in (*CHANNELS, "mail"):
            if name in but:
                continue
            for row in self.store.deliveries.claim_due(
                name, now=self.clock.now(), limit=500, lease=timedelta(minutes=5)
            ):
                self._sent(name, row)

    def _sent(self, name, row):
        story = self.store.stories.get(row.subject_id)
        carried = ((story.id, story.article.revision),) if story else ()
        rendered = Rendered(delivery_id=row.id, message=Message(text=f"{row.id}"), carried=carried)
        self.store.deliveries.start([rendered], now=self.clock.now(), lease=timedelta(minutes=5))
        receipt = Receipt(remote_id=f"{name}-{row.id}", url=f"https://{name}.test/{row.id}")
        self.store.deliveries.record(name, [(row, Verdict(outcome=Sent(receipt=receipt)))], now=self.clock.now())

    def story(self, number=1):
        return self.store.stories.find([f"guid:politics:guid-{number}"])

    def rows(self, number=1, channel="x"):
        return [one for one in self.store.deliveries.of_subject(self.story(number).id) if one.channel == channel]

    def shape(self, number=1, channel="x"):
        """The rows of a story on a channel: act, part, revision, state."""
        return [(one.act, one.part, one.revision, one.state) for one in self.rows(number, channel)]

    def alerts(self):
        return [row["text"] for row in self.store.deliveries._readers.query("SELECT text FROM alerts ORDER BY id")]


@pytest.fixture
def desk(tmp_path):
    made: list[Desk] = []

    def make(**policy):
        made.append(Desk(tmp_path, **policy))
        return made[-1]

    yield make
    for one in made:
        one.close()


POSTED = (Act.POST, 0, 0, State.SENT)


def body(number=1, **fields):
    return article(number, body="The minister resigned.\n\nHe gave no reason for it.", **fields)


def grown(text="The minister resigned on Tuesday.\n\nHe gave no reason for it.", number=1, **fields):
    return article(number, body=text, **fields)


# -- an ordinary edit -------------------------------------------------------------------------------------------------


def test_an_ordinary_edit_never_becomes_a_second_post_and_mails_nobody(desk):
    room = desk(mail=True)
    room.store.subscribers.subscribe("anna@example.org", ["mail"], now=NOON, source="test")
    room.reads(body())
    room.sends()
    for number in range(5):
        room.reads(grown(f"The minister resigned at {number} o'clock.\n\nIt is said that more will follow."))
        room.sends()
    assert room.shape() == [POSTED]
    assert room.shape(channel="mail") == [POSTED]
    assert room.story().article.revision == 5


@pytest.mark.parametrize("wanted", list(FollowUp))
def test_no_policy_lets_an_update_mail_anybody(desk, wanted):
    room = desk(mail=True, on_update=wanted)
    room.outlets["mail"] = replace(room.outlets["mail"], policy=ChannelPolicy(on_update=wanted, on_refile=wanted))
    room.store.subscribers.subscribe("anna@example.org", ["mail"], now=NOON, source="test")
    room.reads(body())
    room.sends()
    room.reads(grown())
    room.reads(grown("The minister resigned on Tuesday!\n\nHe gave no reason for it."))
    assert room.shape(channel="mail") == [POSTED]


@pytest.mark.parametrize(
    ("wanted", "planned"),
    [
        (FollowUp.NOTHING, []),
        (FollowUp.EDIT, [(Act.EDIT, 0, 1, State.PLANNED)]),
        (FollowUp.EDIT_VISIBLE, [(Act.EDIT, 0, 1, State.PLANNED)]),
        (FollowUp.REPLY, [(Act.REPLY, 0, 1, State.PLANNED)]),
        (FollowUp.DELETE, [(Act.DELETE, 0, 1, State.PLANNED)]),
        (FollowUp.REPLACE, [(Act.DELETE, 0, 1, State.PLANNED), (Act.POST, 1, 0, State.PLANNED)]),
        (FollowUp.POST, [(Act.POST, 1, 0, State.PLANNED)]),
    ],
)
def test_an_update_plans_what_the_channel_s_policy_says(desk, wanted, planned):
    room = desk(on_update=wanted)
    room.reads(body())
    room.sends()
    (change,) = room.reads(grown())
    assert change.meaning is RevisionClass.UPDATE
    assert room.shape() == [POSTED, *planned]
    first = room.rows()[0]
    assert {one.parent_id for one in room.rows()[1:]} <= {first.id, None}


def test_a_post_that_still_waits_needs_no_follow_up(desk):
    room = desk(on_update=FollowUp.EDIT, on_correction=FollowUp.REPLY)
    room.reads(body())
    room.reads(grown())
    room.reads(grown("The minister did not resign.\n\nIt was another.", correction="It was another minister."))
    assert room.shape() == [(Act.POST, 0, 0, State.PLANNED)]


# -- the classes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "meaning", "note"),
    [
        (grown(), RevisionClass.UPDATE, ""),
        (body(byline="Anna"), RevisionClass.REFILE, ""),
        (grown("The minister resigend.\n\nHe gave no reason for it."), RevisionClass.REFILE, ""),
        (body(headline="REFILE-Headline number 1"), RevisionClass.REFILE, ""),
        (body(headline="CORRECTED-Headline number 1"), RevisionClass.CORRECTION, ""),
        (body(correction="He gave a reason."), RevisionClass.CORRECTION, "He gave a reason."),
        (grown(ednote="Corrects the day in paragraph 1"), RevisionClass.CORRECTION, ""),
        (
            grown("(Corrects the day)\n\nThe minister resigned on Monday.\n\nHe gave no reason."),
            RevisionClass.CORRECTION,
            "Corrects the day",
        ),
        (body(pubstatus=PubStatus.CANCELED), RevisionClass.WITHDRAWAL, ""),
        (body(headline="KILL: Headline number 1"), RevisionClass.WITHDRAWAL, ""),
        (grown(ednote="KILL. Do not use."), RevisionClass.WITHDRAWAL, ""),
    ],
)
def test_a_new_text_has_its_class_on_record(desk, after, meaning, note):
    room = desk()
    room.reads(body())
    (change,) = room.reads(after)
    assert (change.meaning, change.note, change.who) == (meaning, note, "")
    (row,) = room.store.deliveries._readers.query("SELECT class, note, who FROM revisions WHERE revision = 1")
    assert (row["class"], row["note"], row["who"]) == (meaning.value, note, "")
    assert room.reads(after) == []


def test_a_correction_reaches_those_who_were_mailed_the_error_and_nobody_else(desk):
    room = desk(mail=True, on_correction=FollowUp.EDIT_VISIBLE)
    subscribers = room.store.subscribers
    for address in ("anna@example.org", "boris@example.org"):
        subscribers.subscribe(address, ["mail"], now=NOON, source="test")
    room.reads(body())
    room.sends()
    subscribers.subscribe("late@example.org", ["mail"], now=NOON, source="test")
    corrected = grown(
        "CORRECTED: it was another minister.\n\nHe gave no reason.", correction="It was another minister."
    )
    room.reads(corrected)
    mails = room.rows(channel="mail")
    assert [(one.act, one.recipient, one.revision) for one in mails if one.revision] == [
        (Act.REPLY, 1, 1),
        (Act.REPLY, 2, 1),
    ]
    parents = {one.recipient: one.id for one in mails if not one.revision}
    assert {one.recipient: one.parent_id for one in mails if one.revision} == parents
    assert room.shape()[1:] == [(Act.EDIT, 0, 1, State.PLANNED)]
    # the next reading tells the same; nothing more is planned
    room.reads(corrected)
    assert len(room.rows(channel="mail")) == 4


def test_a_reader_of_two_issues_and_a_mail_gets_one_correction(desk):
    room = desk(mail=True)
    room.store.subscribers.subscribe("anna@example.org", ["mail", "morning"], now=NOON, source="test")
    room.reads(body())
    room.sends()
    story = room.story().id
    room.store.issues.know_digest("morning", NOON)
    for slot in ("07:00", "08:00"):
        issue = room.store.issues.open(
            "morning",
            slot,
            NOON,
            window=Window(after=0, upto=9),
            stories=[story],
            skipped="",
            now=room.clock.now(),
        )
        room.store.issues.freeze(issue, topic="morning", channel="mail", template="", priority=5, now=room.clock.now())
        for row in room.store.deliveries.claim_due("mail", now=room.clock.now(), limit=9, lease=timedelta(minutes=5)):
            rendered = Rendered(delivery_id=row.id, message=Message(text=slot), carried=((story, 0),))
            room.store.deliveries.start([rendered], now=room.clock.now(), lease=timedelta(minutes=5))
            verdict = Verdict(outcome=Sent(receipt=Receipt()))
            room.store.deliveries.record("mail", [(row, verdict)], now=room.clock.now())
    last = max(row["id"] for row in room.store.deliveries.list(state=State.SENT, channel="mail"))
    room.reads(body(correction="It was another minister."))
    replies = [one for one in room.rows(channel="mail") if one.act is Act.REPLY]
    assert [(one.recipient, one.parent_id) for one in replies] == [(1, last)]


def test_a_correction_that_a_channel_cannot_show_is_on_record_there(desk):
    room = desk(on_correction=FollowUp.EDIT)
    room.outlets["x"] = replace(room.outlets["x"], can_edit=False)
    del room.outlets["telegram"]
    room.reads(body())
    room.sends()
    room.reads(body(correction="It was another minister."))
    assert room.shape()[1:] == [(Act.EDIT, 0, 1, State.SKIPPED)]
    assert room.rows()[1].reason == "x cannot change a post"
    assert room.rows(channel="telegram")[1].reason == "the channel telegram is no longer configured"


# -- takes ------------------------------------------------------------------------------------------------------------


FLASH = article(1, headline="FLASH - MINISTER RESIGNS OVER BRIDGE SCANDAL", summary="", body="", urgency=1)
URGENT = article(
    2,
    headline="URGENT: Minister resigns over bridge scandal",
    summary="",
    body="The minister resigned over the bridge scandal, the government said. " * 4,
    urgency=2,
)
FULL = article(
    3,
    headline="Minister resigns over bridge scandal in Minsk",
    summary="",
    body="The minister resigned over the bridge scandal, the government said on Tuesday. " * 20,
)


@pytest.mark.parametrize(
    ("takes", "acts"),
    [
        (Takes.FOLLOW, [[Act.POST], [Act.POST], [Act.POST]]),
        (Takes.REPLY, [[Act.POST], [Act.REPLY], [Act.REPLY]]),
        (Takes.REPLACE, [[Act.POST], [Act.POST, Act.DELETE], [Act.POST, Act.DELETE]]),
    ],
)
def test_a_snap_its_urgent_and_its_full_story_stand_beside_each_other_as_the_channel_wants(desk, takes, acts):
    room = desk(takes=takes)
    for take in (FLASH, URGENT, FULL):
        room.reads(take)
        room.sends()
    assert [sorted((one.act for one in room.rows(number)), reverse=True) for number in (1, 2, 3)] == acts
    assert [[take.id for take in room.store.following.takes(room.story(number).id)] for number in (1, 2, 3)] == [
        [room.story(1).id, room.story(2).id, room.story(3).id]
    ] * 3
    if takes is not Takes.FOLLOW:
        for number in (2, 3):
            (before,) = [one for one in room.rows(number - 1) if one.act in (Act.POST, Act.REPLY)]
            assert {one.parent_id for one in room.rows(number)} == {before.id}


def test_a_take_whose_post_cannot_be_taken_away_any_more_follows(desk):
    room = desk(takes=Takes.REPLACE)
    room.outlets["x"] = replace(room.outlets["x"], erasable_for=timedelta(seconds=30))
    room.reads(FLASH)
    room.sends()
    room.reads(URGENT)
    assert room.shape(2) == [(Act.POST, 0, 0, State.PLANNED)]


def test_a_source_that_names_the_earlier_story_is_believed(desk):
    room = desk(takes=Takes.REPLY)
    room.reads(FLASH)
    room.sends()
    room.reads(replace(FULL, headline="Quite another headline", evolved_from="guid-1"))
    assert [one.act for one in room.rows(3)] == [Act.REPLY]


def test_a_story_with_nothing_in_common_stands_alone(desk):
    room = desk(takes=Takes.REPLY)
    room.reads(FLASH)
    room.sends()
    room.reads(replace(FULL, headline="Storm leaves ten thousand without power", body="A storm. " * 200))
    assert [one.act for one in room.rows(3)] == [Act.POST]


def test_an_update_that_comes_as_a_new_item_is_no_second_post(desk):
    room = desk(on_update=FollowUp.EDIT, takes=Takes.FOLLOW)
    room.reads(FULL)
    room.sends()
    again = replace(
        FULL, guid="guid-9", url="https://news.example.org/9/", headline=f"UPDATE 1-{FULL.headline}", body=FULL.body * 2
    )
    (change,) = room.reads(again)
    assert (change.kind, change.meaning) == (ChangeKind.UPDATED, RevisionClass.UPDATE)
    assert room.shape(3) == [POSTED, (Act.EDIT, 0, 1, State.PLANNED)]
    assert room.reads(FULL, again) == []
    assert room.story(9).id == room.story(3).id


def test_a_correction_that_comes_as_a_new_item_corrects_the_old_one(desk):
    room = desk(on_correction=FollowUp.REPLY)
    room.reads(FULL)
    room.sends()
    again = replace(FULL, guid="guid-9", url="https://news.example.org/9/", headline=f"CORRECTED-{FULL.headline}")
    (change,) = room.reads(again)
    assert change.meaning is RevisionClass.CORRECTION
    assert room.shape(3) == [POSTED, (Act.REPLY, 0, 1, State.PLANNED)]
    assert room.reads(again) == []


def test_one_growing_address_is_one_story_and_one_post(desk):
    room = desk(on_update=FollowUp.EDIT, takes=Takes.FOLLOW)
    room.reads(FLASH)
    room.sends()
    room.reads(replace(FLASH, headline=FULL.headline, body=FULL.body))
    room.sends()
    room.reads(replace(FLASH, headline=FULL.headline, body=FULL.body * 2))
    assert room.shape() == [POSTED, (Act.EDIT, 0, 1, State.SENT), (Act.EDIT, 0, 2, State.PLANNED)]


# -- kills ------------------------------------------------------------------------------------------------------------


def notice(**fields):
    told = {"headline": "KILL: Headline number 1", "summary": "", "body": "Please withdraw the story."}
    return article(7, **{**told, **fields})


@pytest.mark.parametrize(
    "killed",
    [
        notice(headline="KILL: an urgent notice", body=f"Kill {article(1).url} at once."),
        notice(headline="KILL: an urgent notice", body="Kill the story with the id guid-1, please."),
        notice(headline="KILL: an urgent notice", evolved_from="guid-1"),
        notice(headline="A notice", pubstatus=PubStatus.CANCELED, evolved_from=article(1).url),
        notice(headline="[KILL] Headline number 1"),
        notice(headline="KILL KILL KILL", body='Editors, kill the story "Headline number 1" at once.'),
        notice(headline="A notice to editors: Headline number 1", ednote="KILL", evolved_from="guid-1"),
    ],
    ids=["address", "id in the text", "evolved from", "canceled", "headline", "quoted", "ednote"],
)
def test_a_kill_notice_takes_back_what_it_names_and_is_never_a_post(desk, killed):
    room = desk(on_withdrawal=FollowUp.DELETE)
    room.reads(body(1), body(2))
    room.sends(but=("telegram",))
    changes = room.reads(body(1), body(2), killed)
    assert [(one.kind, one.who) for one in changes] == [
        (ChangeKind.NEW, ""),
        (ChangeKind.WITHDRAWN, "a kill notice"),
    ]
    assert room.shape() == [POSTED, (Act.DELETE, 0, 1, State.PLANNED)]
    assert room.shape(channel="telegram") == [(Act.POST, 0, 0, State.SKIPPED)]
    assert {one.state for one in room.store.deliveries.of_subject(room.story(7).id)} == {State.SKIPPED}
    assert room.shape(2) == [POSTED]
    assert room.story().article.pubstatus is PubStatus.CANCELED
    assert "was withdrawn by a kill notice; posts being taken away: 1" in room.alerts()[0]
    assert not room.store.alerts.open_alerts()
    # the feed goes on telling the old text, and then another: what was taken back stays taken back
    assert room.reads(body(1), body(2), killed) == []
    room.reads(grown(), body(2), killed)
    assert room.story().article.pubstatus is PubStatus.CANCELED
    assert room.shape() == [POSTED, (Act.DELETE, 0, 1, State.PLANNED)]


def test_a_kill_notice_of_another_feed_is_obeyed(desk):
    room = desk(on_withdrawal=FollowUp.DELETE)
    room.reads(body())
    room.sends()
    room.reads(replace(notice(headline="[KILL] Headline number 1"), feed="sport"), feed="sport")
    assert room.shape() == [POSTED, (Act.DELETE, 0, 1, State.PLANNED)]


def test_a_story_that_comes_with_its_kill_is_never_posted(desk):
    room = desk()
    room.reads(body(2), body(1), notice())
    assert {one.state for one in room.store.deliveries.of_subject(room.story(1).id)} == {State.SKIPPED}
    assert {one.state for one in room.store.deliveries.of_subject(room.story(7).id)} == {State.SKIPPED}
    assert room.shape(2) == [(Act.POST, 0, 0, State.PLANNED)]
    assert room.reads(body(2), body(1), notice()) == []


@pytest.mark.parametrize(
    ("before", "headline"),
    [
        ([body(1)], "KILL: the story that nobody knows"),
        ([body(1), body(2, headline="Headline number 1")], "KILL: Headline number 1"),
    ],
    ids=["unknown", "two of them"],
)
def test_a_kill_notice_that_names_no_single_story_is_held_and_somebody_is_told(desk, before, headline):
    room = desk(on_withdrawal=FollowUp.DELETE)
    room.reads(*before)
    room.sends()
    room.reads(*before, notice(headline=headline))
    held = room.store.deliveries.of_subject(room.story(7).id)
    assert {(one.state, one.held_by) for one in held} == {(State.HELD, HELD_BY_NOTICE)}
    assert room.shape() == [POSTED]
    (alert,) = room.store.alerts.open_alerts()
    assert alert.key == "notice:politics:guid-7"
    assert "looks like a kill notice" in alert.text


def test_two_notices_of_one_story_take_it_back_once(desk):
    room = desk(on_withdrawal=FollowUp.DELETE)
    room.reads(body())
    room.sends()
    again = replace(notice(evolved_from="guid-1"), feed="sport", url="https://news.example.org/again/")
    room.reads(notice(evolved_from="guid-1"))
    room.reads(again, feed="sport")
    assert room.shape() == [POSTED, (Act.DELETE, 0, 1, State.PLANNED)]


def test_a_notice_that_was_there_at_the_first_reading_calls_nobody(desk):
    room = desk()
    room.reads(body(2), notice(headline="KILL: the story that nobody knows"), publish_first=False)
    assert room.shape(7) == [(Act.POST, 0, 0, State.SKIPPED)]
    assert room.alerts() == []


def test_a_revision_that_is_not_the_next_one_is_refused(desk):
    room = desk()
    room.reads(body())
    late = Change(kind=ChangeKind.UPDATED, article=replace(body(), revision=7), story_id=room.story().id)
    with pytest.raises(StoreError, match="another revision than the one before 7"):
        room.store.following.revise(lambda _: (late, ()), through="test", now=NOON)


def test_a_kill_of_one_headline_takes_back_every_take_that_has_it(desk):
    room = desk(on_withdrawal=FollowUp.DELETE)
    for take in (FLASH, replace(URGENT, headline="URGENT - MINISTER RESIGNS OVER BRIDGE SCANDAL")):
        room.reads(take)
        room.sends()
    room.reads(notice(headline="KILL: Minister resigns over bridge scandal"))
    for number in (1, 2):
        assert room.shape(number)[-1] == (Act.DELETE, 0, 1, State.PLANNED)


def test_a_feed_s_own_word_for_a_kill_is_known(desk):
    room = desk(on_withdrawal=FollowUp.DELETE)
    room.marks = {MarkKind.KILL: ("Снимаем",)}
    room.reads(body())
    room.sends()
    room.reads(notice(headline="Снимаем: Headline number 1"))
    assert room.shape()[-1] == (Act.DELETE, 0, 1, State.PLANNED)


def test_a_withdrawal_skips_what_waits_at_once_but_not_what_takes_a_post_away(desk):
    room = desk(on_update=FollowUp.REPLACE, on_withdrawal=FollowUp.DELETE)
    room.reads(body())
    room.sends()
    room.reads(grown())
    room.reads(body(pubstatus=PubStatus.CANCELED))
    assert room.shape() == [
        POSTED,
        (Act.DELETE, 0, 1, State.PLANNED),
        (Act.POST, 1, 0, State.SKIPPED),
    ]


def test_a_withdrawal_takes_away_corrections_too(desk):
    room = desk(on_correction=FollowUp.REPLY, on_withdrawal=FollowUp.DELETE)
    room.reads(body())
    room.sends()
    room.reads(body(correction="It was another minister."))
    room.sends()
    room.reads(body(pubstatus=PubStatus.CANCELED))
    first, reply = room.rows()[:2]
    assert reply.act is Act.REPLY
    assert room.shape()[2:] == [
        (Act.DELETE, 0, 2, State.PLANNED),
        (Act.DELETE, reply.id, 2, State.PLANNED),
    ]
    assert [one.parent_id for one in room.rows()[2:]] == [first.id, reply.id]


def test_what_its_own_feed_took_back_its_feed_may_put_back_without_a_post(desk):
    room = desk(on_update=FollowUp.EDIT, on_withdrawal=FollowUp.DELETE)
    room.reads(body())
    room.sends()
    room.reads(body(pubstatus=PubStatus.CANCELED))
    room.sends()
    room.reads(grown())
    assert room.story().article.pubstatus is PubStatus.USABLE
    assert room.shape() == [POSTED, (Act.DELETE, 0, 1, State.SENT)]


# -- a story told in nine steps, in every policy --------------------------------------------------------------------


def told_in_nine(room):
    """Snap, urgent, full, two updates, refile, correction, second language, kill; everything leaves after each step."""
    full = FULL
    told = [FLASH, URGENT, full]
    for step in (FLASH, URGENT, full):
        room.reads(step)
        room.sends()
    steps = [
        replace(full, body=f"{full.body}\n\nThe president spoke."),
        replace(full, body=f"{full.body}\n\nThe president spoke, and the opposition answered at length."),
        replace(full, body=f"{full.body}\n\nThe president spoke; and the opposition answered at length!"),
        replace(
            full, body=f"{full.body}\n\nThe prime minister spoke.", correction="It was the prime minister who spoke."
        ),
    ]
    for step in steps:
        room.reads(*told[:2], step)
        room.sends()
    second = article(4, headline="Министр ушел в отставку", body="Министр ушел." * 90, language="ru")
    room.reads(*told[:2], steps[-1], second)
    room.sends()
    room.reads(*told[:2], steps[-1], second, notice(headline="KILL", body=f"Kill {full.url} at once."))
    room.sends()


NINE = {
    FollowUp.NOTHING: ["post", "skipped edit 4", "skipped delete 5"],
    FollowUp.NEXT_DIGEST: ["post", "skipped edit 4", "skipped delete 5"],
    FollowUp.EDIT: ["post", "edit 1", "edit 2", "edit 3", "edit 4", "edit 5"],
    FollowUp.EDIT_VISIBLE: ["post", "edit 1", "edit 2", "edit 3", "edit 4", "edit 5"],
    FollowUp.REPLY: ["post", "reply 1", "reply 2", "reply 3", "reply 4", "reply 5"],
    FollowUp.DELETE: ["post", "delete 1"],
    FollowUp.REPLACE: [
        "post",
        *(f"{act}" for n in (1, 2, 3, 4) for act in (f"delete {n}", f"post part {n}")),
        "delete 5",
    ],
    FollowUp.POST: ["post", "post part 1", "post part 2", "post part 3", "post part 4", *["skipped delete 5"] * 5],
}


@pytest.mark.parametrize("wanted", list(FollowUp))
def test_a_story_told_in_nine_steps_in_every_policy(desk, wanted):
    room = desk(on_update=wanted, on_refile=wanted, on_correction=wanted, on_withdrawal=wanted, takes=Takes.REPLY)
    told_in_nine(room)

    def word(one):
        skipped = "skipped " if one.state is State.SKIPPED else ""
        act = "post" if one.revision == 0 else f"{one.act.value} {one.revision}"
        return skipped + (f"post part {one.part}" if one.act is Act.POST and one.part else act)

    assert [word(one) for one in room.rows(3)] == NINE[wanted]
    assert [one.act for one in room.rows(4)] == [Act.POST]
    assert [one.act for one in room.rows(1)] == [Act.POST]
    classes = [
        row["class"]
        for row in room.store.deliveries._readers.query(
            "SELECT class FROM revisions WHERE story_id = ? ORDER BY revision", (room.story(3).id,)
        )
    ]
    assert classes == ["update", "update", "update", "refile", "correction", "withdrawal"]
