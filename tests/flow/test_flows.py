"""The road of a story, flow by flow, on the real database with channels that answer as told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from distributor.errors import (
    FetchError,
    ParseError,
    RateLimited,
    Rejected,
    StoreError,
    TemplateError,
    Unauthorized,
    UnknownOutcome,
)
from distributor.flows.deliver import Deliverer
from distributor.flows.digest import Digester
from distributor.flows.ingest import Ingester
from distributor.flows.typeset import Typesetter
from distributor.model import Digest, IssueState, Message, PubStatus, Route, State
from tests.support import NOON, HandClock, ToldBulk, ToldChannel, ToldSource, article, store_with

ROUTES = (Route(name="all", channels=("x",)),)


class PlainRenderer:
    """Says what it was given; raises what it is told."""

    error: TemplateError | None = None
    rendered = 0

    def story(self, kind, limits, story, *, link, template="", occasion=None, notes=()):
        said = "".join(f" [{note.note}]" for note in notes)
        return self._message(f"{story.article.headline} {link}{said}", link)

    def correction(self, kind, limits, story, *, link, occasion):
        return self._message(f"{occasion.change.meaning}: {occasion.change.note} {link}".strip(), link)

    def deletion(self, kind, story, *, occasion):
        return Message(text="")

    def own(self, kind, limits, story, own, *, link):
        return self._message(f"{own} {link}", link)

    def digest(self, digest, issue, stories, *, template="", lines=(), groups=(), link=None):
        return self._message(" | ".join(story.article.headline for story in stories), ""), stories

    def roundup(self, kind, limits, issue, stories, *, link):
        return self._message(" | ".join(story.article.headline for story in stories), ""), stories

    def notice(self, kind, limits, alert, *, over, template=""):
        return self._message(alert.recovery if over else alert.text, "")

    def _message(self, text, link):
        self.rendered += 1
        if self.error:
            raise self.error
        return Message(text=text, link=link)


class Newsroom:
    """A store, a clock and one channel."""

    def __init__(self, folder, channel=None, routes=ROUTES, live=True):
        self.clock = HandClock()
        self.channel = channel or ToldChannel()
        self.store = store_with(folder, self.channel.name)
        self.routes = routes
        self.renderer = PlainRenderer()
        self.digest = Digest(
            name="morning", title="Morning", channel=self.channel.name, slots=("0 13 * * *",), zone="UTC"
        )
        self.deliverer = Deliverer(
            self.channel,
            self.store.deliveries,
            typesetter=Typesetter(
                self.channel,
                stories=self.store.stories,
                issues=self.store.issues,
                alerts=self.store.alerts,
                renderer=self.renderer,
                digests={"morning": self.digest},
                mark=self.store.mark,
                frozen=self.store.doubts,
                wordings=self.store.wordings,
                posts=self.store.posts,
                lines=self.store.lines,
            ),
            readership=self.store.subscribers,
            posts=self.store.posts,
            mark=self.store.mark,
            clock=self.clock,
            live=live,
        )

    def ingester(self, source, *, publish_first=True, feed="politics"):
        return Ingester(
            feed,
            source,
            self.store.stories,
            routes=self.routes,
            audiences=lambda: {"mail": self.store.subscribers.audience("mail")} if self.channel.name == "mail" else {},
            publish_first=publish_first,
        )

    def read(self, *documents, publish_first=True):
        return self.ingester(ToldSource(*documents), publish_first=publish_first).run_once(self.clock.now())

    def drain(self):
        return sum(iter(self.deliverer.run_once, 0))

    def states(self):
        return [row["state"] for row in self.store.deliveries.list()]

    def digester(self, **fields):
        digest = replace(self.digest, **fields)
        since = self.store.issues.know_digest(digest.name, self.clock.now())
        return Digester(digest, self.store.issues, self.store.stories, since=since)

    def subscribe(self, *addresses, topic="morning"):
        for address in addresses:
            self.store.subscribers.subscribe(address, [topic], now=self.clock.now(), source="test")


@pytest.fixture
def room(tmp_path):
    found = Newsroom(tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def mailroom(tmp_path):
    found = Newsroom(tmp_path, ToldBulk("mail"), (Route(name="alerts", channels=("mail",)),))
    yield found
    found.store.close()


def test_a_published_story_is_posted_once_with_its_marker(room):
    room.read([article()])
    assert room.drain() == 1
    (parcel,) = room.channel.parcels
    assert parcel.message.link == f"{article().url}?utm_id={parcel.key}"
    assert room.read([article()]).changes == []
    assert room.drain() == 0


def test_a_new_feed_never_floods(room):
    room.read([article(1), article(2)], publish_first=False)
    assert room.drain() == 0
    rows = room.store.deliveries.list()
    assert {row["reason"] for row in rows} == {"baseline: it was in the feed when the feed was first read"}
    room.ingester(ToldSource([article(3), article(1)])).run_once(room.clock.now())
    assert room.drain() == 1


def test_a_failed_reading_is_recorded_loses_nothing_and_the_feed_recovers(room):
    source = ToldSource(FetchError("timed out after 20 s"), ParseError("an HTML page, not a feed"), [article()])
    ingester = room.ingester(source)
    assert ingester.run_once(NOON).error == "timed out after 20 s"
    source.documents.pop(0)
    assert ingester.run_once(NOON).error == "an HTML page, not a feed"
    memory = room.store.stories.feed("politics")
    assert (memory.failures, memory.last_error, memory.baseline_at) == (2, "an HTML page, not a feed", None)
    source.documents.pop(0)
    assert len(ingester.run_once(NOON).changes) == 1
    assert room.store.stories.feed("politics").failures == 0


def test_validators_move_only_with_the_stories_and_an_unchanged_feed_is_no_failure(room):
    source = ToldSource([article()], None, [article(), article(2)])
    ingester = room.ingester(source)
    ingester.run_once(NOON)
    room.store.stories.feed_failed("politics", "a blip", NOON)
    ingester.run_once(NOON)
    assert room.store.stories.feed("politics").failures == 0
    ingester.run_once(NOON)
    assert [asked.etag for asked in source.asked] == ["", '"1"', '"1"']


def test_a_headline_corrected_while_the_story_waits_goes_out_corrected(room):
    room.read([article()])
    room.read([replace(article(), headline="The right headline")])
    room.drain()
    assert room.channel.parcels[0].message.text.startswith("The right headline")


def test_an_ordinary_edit_never_becomes_a_second_post(room):
    room.read([article()])
    room.drain()
    (change,) = room.read([replace(article(), headline="Edited")]).changes
    assert change.article.revision == 1
    assert room.drain() == 0
    assert room.store.stories.find(["guid:politics:guid-1"]).article.headline == "Edited"


def test_a_story_withdrawn_while_it_waits_is_not_sent(room):
    room.read([article()])
    room.read([replace(article(), pubstatus=PubStatus.CANCELED)])
    assert room.drain() == 0
    assert room.store.deliveries.list()[0]["reason"] == "withdrawn by its source"


def test_a_story_that_is_withheld_after_planning_is_skipped_at_the_wire(room):
    room.read([article()])
    room.read([replace(article(), pubstatus=PubStatus.WITHHELD)])
    room.drain()
    assert not room.channel.parcels
    assert room.store.deliveries.list()[0]["reason"] == "its story was withdrawn"


def test_the_same_story_in_two_feeds_is_posted_once(room):
    room.read([article()])
    room.ingester(ToldSource([article(feed="front", guid="f1")]), feed="front").run_once(NOON)
    assert room.drain() == 1


def test_two_feeds_that_tell_one_story_in_their_own_words_make_no_revisions_by_turns(room):
    ours, theirs = article(), article(feed="front", guid="f1", summary="The front page's own words.")
    room.read([ours])
    front = room.ingester(ToldSource([theirs]), feed="front")
    assert [front.run_once(NOON).changes, room.read([ours]).changes, front.run_once(NOON).changes] == [[], [], []]
    (change,) = room.read([replace(ours, headline="Corrected")]).changes
    assert change.article.revision == 1
    corrected = room.ingester(ToldSource([replace(theirs, headline="Corrected twice")]), feed="front")
    assert len(corrected.run_once(NOON).changes) == 1
    assert room.read([replace(ours, headline="Corrected")]).changes == []
    room.drain()
    assert room.channel.parcels[0].message.text.startswith("Corrected twice")


def test_a_story_under_a_new_slug_is_not_new_to_a_feed_that_knows_only_the_slug(room):
    moved = replace(article(), url="https://news.example.org/politics/a-better-slug/")
    room.read([article()])
    assert room.read([moved]).changes == []
    other = room.ingester(ToldSource([replace(moved, feed="front", guid="f1")]), feed="front")
    assert other.run_once(NOON).changes == []
    assert room.drain() == 1


def test_a_flood_wait_sends_nothing_before_its_end_and_then_sends(room):
    room.channel.answers = [RateLimited("flood", retry_after=timedelta(minutes=10))]
    room.read([article(1), article(2)])
    room.drain()
    assert len(room.channel.parcels) == 1
    room.clock.advance(599)
    assert room.drain() == 0
    room.clock.advance(1)
    assert room.drain() == 2
    assert len({parcel.key for parcel in room.channel.parcels}) == 2


def test_an_unknown_outcome_is_never_sent_again(room):
    room.channel.answers = [UnknownOutcome("no answer in 20 s")]
    room.read([article()])
    room.drain()
    room.clock.advance(10**6)
    assert room.drain() == 0
    assert room.store.deliveries.list(state=State.UNKNOWN)[0]["reason"] == "no answer in 20 s"


def test_a_refused_login_makes_no_storm_of_calls(room):
    room.channel.answers = [Unauthorized("bad token")]
    room.read([article(number) for number in range(20)])
    room.drain()
    room.clock.advance(3600)
    assert room.drain() == 0
    assert len(room.channel.parcels) == 1


def test_a_bug_in_a_channel_escapes_and_leaves_the_row_to_the_lease(room):
    room.channel.answers = [RuntimeError("a bug")]
    room.read([article()])
    with pytest.raises(RuntimeError, match="a bug"):
        room.drain()
    assert room.store.deliveries.list(state=State.SENDING)
    assert room.store.deliveries.expire(NOON + timedelta(hours=1)) == 1
    assert room.drain() == 0


def test_the_log_tells_what_somebody_has_to_know_in_one_line_each(room, caplog):
    room.channel.answers = [
        UnknownOutcome("no answer in 20 s"),
        Rejected("too long"),
        RateLimited("flood", retry_after=timedelta(minutes=10)),
    ]
    room.read(*[[article(number) for number in range(1, 5)]])
    room.drain()
    room.clock.advance(600)
    room.channel.answers = [Unauthorized("bad token")]
    room.drain()
    assert [record.getMessage() for record in caplog.records if record.name == "distributor.flows.deliver"] == [
        "channel x: delivery 1 may have arrived or not: no answer in 20 s",
        "channel x: delivery 2 failed: too long",
        "channel x sends nothing before 2026-11-24T12:10:00Z: flood",
        "channel x pauses: bad token",
    ]


def test_a_whole_batch_that_meets_wrong_credentials_is_one_alert(mailroom, caplog):
    mailroom.subscribe("a@example.org", "b@example.org", "c@example.org", topic="mail")
    mailroom.channel.answers = [Unauthorized("bad password")] * 3
    mailroom.read([article()])
    mailroom.drain()
    assert [record.getMessage() for record in caplog.records].count("channel mail pauses: bad password") == 1


def test_a_template_that_does_not_render_holds_the_story_with_the_place(room):
    room.renderer.error = TemplateError("twitter/post.txt.j2:3: no such filter")
    room.read([article()])
    room.drain()
    (row,) = room.store.deliveries.list(state=State.HELD)
    assert (row["reason"], row["held_by"]) == ("twitter/post.txt.j2:3: no such filter", "template")


def test_a_text_that_cannot_be_set_is_tried_once_and_held_for_all_its_readers(mailroom):
    mailroom.subscribe("a@example.org", "b@example.org", "c@example.org", topic="mail")
    mailroom.renderer.error = TemplateError("email/alert.html.j2:3: no such filter")
    mailroom.read([article()])
    mailroom.drain()
    rows = mailroom.store.deliveries.list(state=State.HELD)
    assert [row["reason"] for row in rows] == ["email/alert.html.j2:3: no such filter"] * 3
    assert (mailroom.renderer.rendered, mailroom.channel.parcels) == (1, [])


def test_a_text_that_our_own_code_stumbles_over_is_held_and_its_neighbours_leave(mailroom, monkeypatch):
    mailroom.subscribe("a@example.org", topic="mail")
    plain = mailroom.renderer.story

    def story(kind, limits, story, **rest):
        if story.article.guid == "guid-1":
            raise IndexError("a bug")
        return plain(kind, limits, story, **rest)

    monkeypatch.setattr(mailroom.renderer, "story", story)
    mailroom.read([article(1), article(2)])
    mailroom.drain()
    assert len(mailroom.channel.parcels) == 1
    (row,) = mailroom.store.deliveries.list(state=State.HELD)
    assert row["reason"] == "an unexpected error while rendering: IndexError: a bug"


def test_a_store_that_fails_while_a_text_is_set_is_no_fault_of_the_text(room, monkeypatch):
    def get(_):
        raise StoreError("the store cannot be read")

    room.read([article()])
    monkeypatch.setattr(room.store.stories, "get", get)
    with pytest.raises(StoreError):
        room.drain()
    assert room.store.deliveries.list(state=State.DUE)


def test_an_issue_of_a_digest_that_is_no_longer_configured_is_skipped_with_that_reason(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester()
    mailroom.subscribe("a@example.org")
    mailroom.read([article()])
    mailroom.clock.advance(3600)
    digester.run_due(mailroom.clock.now())
    mailroom.deliverer._typesetter._digests = {}
    mailroom.drain()
    assert not mailroom.channel.parcels
    assert mailroom.store.deliveries.list()[0]["reason"] == "the digest morning is no longer configured"


def test_a_post_that_left_at_last_does_not_keep_the_reason_of_an_earlier_refusal(room):
    room.channel.answers = [RateLimited("flood", retry_after=timedelta(minutes=1))]
    room.read([article()])
    room.drain()
    room.clock.advance(60)
    room.drain()
    (row,) = room.store.deliveries.list(state=State.SENT)
    assert row["reason"] == ""


def test_in_shadow_everything_happens_but_the_wire(tmp_path):
    room = Newsroom(tmp_path, live=False)
    room.read([article()])
    assert room.drain() == 1
    assert not room.channel.parcels
    (row,) = room.store.deliveries.list()
    assert row["reason"] == "shadow: it would have been sent now"
    assert room.store.deliveries.message(row["message_id"]).text.startswith("Headline number 1")
    room.store.close()


def test_a_single_story_reaches_each_subscriber_once_from_one_rendering(mailroom):
    mailroom.subscribe("a@example.org", "b@example.org", "c@example.org", "d@example.org", topic="mail")
    mailroom.read([article()])
    assert mailroom.drain() == 4
    assert sorted(parcel.recipient.address for parcel in mailroom.channel.parcels) == [
        f"{name}@example.org" for name in "abcd"
    ]
    assert {parcel.message.link for parcel in mailroom.channel.parcels} == {article().url}
    assert mailroom.renderer.rendered == 2  # two batches of three
    assert len({parcel.key for parcel in mailroom.channel.parcels}) == 4


def test_a_reader_who_leaves_or_is_suppressed_before_the_wire_gets_nothing(mailroom):
    mailroom.subscribe("a@example.org", "b@example.org", "c@example.org", topic="mail")
    mailroom.read([article()])
    mailroom.store.subscribers.leave("a@example.org", "mail", NOON)
    mailroom.store.subscribers.suppress("B@example.org", kind="bounce", reason="5.1.1", now=NOON)
    mailroom.drain()
    assert [parcel.recipient.address for parcel in mailroom.channel.parcels] == ["c@example.org"]
    reasons = {row["recipient"]: row["reason"] for row in mailroom.store.deliveries.list(state=State.SKIPPED)}
    assert reasons == {1: "the reader has left", 2: "the address is suppressed"}


def test_a_digest_reaches_every_reader_once_per_slot(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester()
    mailroom.subscribe("a@example.org", "b@example.org")
    mailroom.read([article(1), article(2)])
    assert digester.next_slot(mailroom.clock.now()) == NOON + timedelta(hours=1)
    assert not digester.run_due(mailroom.clock.now())
    mailroom.clock.advance(3600)
    (issue,) = digester.run_due(mailroom.clock.now())
    assert not digester.run_due(mailroom.clock.now())
    assert mailroom.drain() == 2
    (text,) = {parcel.message.text for parcel in mailroom.channel.parcels}
    assert set(text.split(" | ")) == {"Headline number 1", "Headline number 2"}
    assert mailroom.store.issues.close_done(mailroom.clock.now()) == [issue]
    assert mailroom.store.issues.get(issue).state is IssueState.CLOSED
    assert mailroom.store.issues.get(issue).slot == "2026-11-24T13:00[UTC]"


def test_no_story_stands_in_two_issues_and_none_falls_between(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester(slots=("0 * * * *",))
    mailroom.subscribe("a@example.org")
    for hour in range(1, 5):
        mailroom.clock.advance(3600)
        # a story of the very second of the slot, read before the issue is opened
        mailroom.read([article(hour * 10), article(hour * 10 + 1)])
        digester.run_due(mailroom.clock.now())
        mailroom.read([article(hour * 10 + 2)])
        mailroom.drain()
    told = [name for parcel in mailroom.channel.parcels for name in parcel.message.text.split(" | ")]
    assert len(told) == len(set(told)) == 11


def test_an_empty_issue_is_not_sent_and_its_reason_is_on_record(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester()
    mailroom.subscribe("a@example.org")
    mailroom.clock.advance(3600)
    assert not digester.run_due(mailroom.clock.now())
    (issue,) = mailroom.store.issues.list()
    assert (issue.state, issue.reason) == (IssueState.SKIPPED, "not worth an issue: 0 of at least 1 stories")


def test_an_issue_without_readers_is_skipped(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester()
    mailroom.read([article()])
    mailroom.clock.advance(3600)
    digester.run_due(mailroom.clock.now())
    assert mailroom.store.issues.list()[0].reason == "nobody is subscribed"


def test_too_few_stories_wait_for_the_next_issue(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester(least=2)
    mailroom.subscribe("a@example.org")
    mailroom.read([article(1)])
    mailroom.clock.advance(3600)
    digester.run_due(mailroom.clock.now())
    mailroom.read([article(2)])
    mailroom.clock.advance(24 * 3600)
    assert len(digester.run_due(mailroom.clock.now())) == 1
    mailroom.drain()
    assert len(mailroom.channel.parcels[0].message.text.split(" | ")) == 2


def test_a_slot_missed_by_hours_is_caught_up_and_by_a_day_put_on_record(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester()
    mailroom.subscribe("a@example.org")
    mailroom.read([article(1)])
    mailroom.clock.advance(3 * 3600)
    assert len(digester.run_due(mailroom.clock.now())) == 1
    mailroom.read([article(2)])
    mailroom.clock.advance(29 * 3600)
    assert not digester.run_due(mailroom.clock.now())
    assert mailroom.store.issues.list()[0].reason == "the slot passed while the program was down"
    mailroom.clock.advance(17 * 3600)
    assert len(digester.run_due(mailroom.clock.now())) == 1
    mailroom.drain()
    assert mailroom.channel.parcels[-1].message.text == "Headline number 2"


def test_slots_before_the_digests_first_day_are_none_of_ours(mailroom):
    mailroom.clock.advance(2 * 3600)
    digester = mailroom.digester()
    mailroom.read([article()])
    assert not digester.run_due(mailroom.clock.now())
    assert not mailroom.store.issues.list()


def test_a_freezing_cut_short_is_finished_without_doubles(mailroom, monkeypatch):
    import distributor.store.ledger.issues as issues

    mailroom.routes = ()
    monkeypatch.setattr(issues, "SLICE", 2)
    digester = mailroom.digester()
    mailroom.subscribe(*(f"reader{number}@example.org" for number in range(7)))
    mailroom.read([article()])
    real = mailroom.store.issues._writer.call
    calls = []

    def cut_short(work, **options):
        if options.get("priority") == 9:
            calls.append(work)
            if len(calls) == 3:
                raise KeyboardInterrupt
        return real(work, **options)

    monkeypatch.setattr(mailroom.store.issues._writer, "call", cut_short)
    mailroom.clock.advance(3600)
    with pytest.raises(KeyboardInterrupt):
        digester.run_due(mailroom.clock.now())
    assert mailroom.store.issues.list()[0].state is IssueState.FREEZING
    mailroom.subscribe("late@example.org")
    assert len(digester.run_due(mailroom.clock.now())) == 1
    assert mailroom.drain() == 7
    assert len({parcel.recipient.address for parcel in mailroom.channel.parcels}) == 7


def test_an_issue_whose_stories_were_all_withdrawn_is_not_sent(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester()
    mailroom.subscribe("a@example.org")
    mailroom.read([article()])
    mailroom.clock.advance(3600)
    digester.run_due(mailroom.clock.now())
    mailroom.read([replace(article(), pubstatus=PubStatus.CANCELED)])
    mailroom.drain()
    assert not mailroom.channel.parcels
    assert mailroom.store.deliveries.list()[0]["reason"] == "its story was withdrawn"


def test_a_corrected_story_stands_corrected_in_an_issue_that_is_already_open(mailroom):
    mailroom.routes = ()
    digester = mailroom.digester()
    mailroom.subscribe("a@example.org")
    mailroom.read([article()])
    mailroom.clock.advance(3600)
    digester.run_due(mailroom.clock.now())
    mailroom.read([replace(article(), headline="Corrected")])
    mailroom.drain()
    assert mailroom.channel.parcels[0].message.text == "Corrected"
    carried = mailroom.store.stories._readers.query("SELECT story_id, revision FROM message_stories")
    assert [(row["story_id"], row["revision"]) for row in carried] == [(1, 1)]


def test_a_digest_can_be_previewed_before_its_slot(mailroom):
    mailroom.read([article(1), article(2)])
    digester = mailroom.digester(most=1)
    selection = digester.preview(mailroom.clock.now())
    assert len(selection.stories) == 1


def test_a_row_for_an_unknown_reader_is_skipped(mailroom):
    mailroom.subscribe("a@example.org", topic="mail")
    mailroom.read([article()])
    mailroom.store.stories._writer.call(lambda c: c.run("UPDATE deliveries SET recipient = 99"))
    mailroom.drain()
    assert mailroom.store.deliveries.list()[0]["reason"] == "the reader is unknown"


def test_two_claims_never_share_a_row(room):
    room.read([article(number) for number in range(1, 6)])
    first = room.store.deliveries.claim_due("x", now=NOON, limit=3, lease=timedelta(minutes=1))
    second = room.store.deliveries.claim_due("x", now=NOON, limit=3, lease=timedelta(minutes=1))
    assert len(first) == 3
    assert len(second) == 2
    assert not {one.id for one in first} & {one.id for one in second}
