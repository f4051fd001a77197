"""What readers get of a digest by what they chose: hour and zone, sections, nothing twice, no mail for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.engine.round import run_round
from distributor.errors import Unavailable
from distributor.model import PubStatus, State, SubjectKind
from distributor.rules.mail import sections
from distributor.store.mail import choices
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldSource, article

READERS = CONFIG.replace('slots = ["0 13 * * *"]', 'slots = ["0 13 * * *"]\nmost = 5')
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAILED = READERS.replace('channels = ["x", "y"]', 'channels = ["x", "y", "mail"]')


class Kiosk:
    """A newsroom with one digest, whose readers have dials."""

    def __init__(self, folder: Path, config: str = READERS, at: datetime = NOON) -> None:
        self.clock, self.source, self.relay = HandClock(at), ToldSource([]), ToldBulk("mail")
        told: dict[str, Any] = {"source": self.source, "clock": self.clock, "config": config}
        self.app = told_app(folder, channels={"mail": self.relay}, **told)
        self.round()

    def reader(self, name: str, *, topic: str = "morning", **dials: Any) -> int:
        """A confirmed reader with these choices."""
        store = self.app.store
        number = store.subscribers.subscribe(f"{name}@example.org", [topic], now=self.clock.now(), source="test")
        for key, value in dials.items():
            self.turn(number, key, sections.kept(value) if key == "sections" else value)
        return number

    def turn(self, number: int, key: str, value: Any) -> None:
        """A reader turns one dial."""
        of_topic = key in ("rhythm", "hour", "weekday", "sections")
        where = "subscriptions SET {} = ? WHERE subscriber_id" if of_topic else "subscribers SET {} = ? WHERE id"

        def work(connection: Any) -> None:
            connection.run(f"UPDATE {where.format(key)} = ?", (value, number))

        self.app.store._writer.call(work)

    def publish(self, *numbers: int, **fields: Any) -> None:
        """The feed brings stories."""
        self.source.documents = [[article(number, **{"published": self.clock.now(), **fields}) for number in numbers]]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def tells(self, *articles: Any) -> None:
        """The feed brings these."""
        self.source.documents = [list(articles)]
        self.app.ingesters["politics"].run_once(self.clock.now())

    def round(self) -> dict[str, str]:
        """All there is to do now; by reader, what their mail says."""
        self.relay.parcels.clear()
        self.source.documents = [[]]
        run_round(self.app)
        found: dict[str, list[str]] = {}
        for one in self.relay.parcels:
            found.setdefault(one.recipient.address.partition("@")[0], []).append(one.message.text)
        return {name: ", ".join(" ".join(sorted(set(told(text)))) for text in texts) for name, texts in found.items()}

    def until(self, at: datetime) -> dict[str, list[tuple[str, str]]]:
        """A round every quarter of an hour up to an instant; by reader, what came when (UTC)."""
        found: dict[str, list[tuple[str, str]]] = {}
        while self.clock.at < at:
            self.clock.at = min(self.clock.at + HOUR / 4, at)
            for name, text in self.round().items():
                found.setdefault(name, []).append((f"{self.clock.at:%d %H:%M}", text))
        return found

    def reasons(self, state: State = State.SKIPPED) -> list[str]:
        return [row["reason"] for row in self.app.store.deliveries.list(state=state, channel="mail")]


def told(text: str) -> list[str]:
    """The numbers of the stories that a mail tells."""
    return [word for line in text.splitlines() if "Headline number" in line for word in line.split() if word.isdigit()]


@pytest.fixture
def kiosk(tmp_path):
    found = Kiosk(tmp_path)
    yield found
    found.app.close()


def test_each_reader_gets_the_issue_at_their_own_hour_in_their_own_zone(kiosk):
    kiosk.reader("own")
    kiosk.reader("minsk", rhythm="daily", hour="17:30", zone="Europe/Minsk")
    kiosk.reader("york", rhythm="evening", zone="America/New_York")
    kiosk.publish(1)
    found = kiosk.until(NOON + DAY)
    assert found == {"own": [("24 13:00", "1")], "minsk": [("24 14:30", "1")], "york": [("24 23:00", "1")]}
    slots = {issue.slot for issue in kiosk.app.store.issues.list() if not issue.reason}
    assert slots == {
        "2026-11-24T13:00[UTC]",
        "2026-11-24T17:30[Europe/Minsk]",
        "2026-11-24T18:00[America/New_York]",
    }


def test_readers_of_one_slot_with_other_sections_get_other_stories_and_none_is_mailed_for_nothing(kiosk):
    kiosk.reader("all")
    kiosk.reader("sport", sections=["Sport"])
    kiosk.reader("chess", sections=["Chess"])
    kiosk.publish(1)
    kiosk.publish(2, categories=("Sport",))
    kiosk.clock.at = NOON + HOUR
    assert kiosk.round() == {"all": "1 2", "sport": "2"}
    (issue,) = kiosk.app.store.issues.list()
    rows = kiosk.app.store._readers.query(
        "SELECT segment, count(*) AS n FROM deliveries WHERE subject_id = ? GROUP BY 1", (issue.id,)
    )
    assert sorted(row["n"] for row in rows) == [1, 1]
    assert len({row["segment"] for row in rows}) == 2


@pytest.mark.parametrize("remembered", [choices.REMEMBERED, 1])
def test_no_reader_gets_a_story_twice_by_mails_of_its_own_issues_and_weeklies(tmp_path, monkeypatch, remembered):
    monkeypatch.setattr(choices, "REMEMBERED", remembered)  # what was forgotten is asked again
    weekly = MAILED + '\n[digests.weekly]\nchannel = "mail"\nslots = ["wed at 09:00"]\n'
    kiosk = Kiosk(tmp_path, weekly)
    kiosk.reader("all")
    for topic in ("mail", "weekly"):
        kiosk.reader("all", topic=topic)
    kiosk.reader("late", topic="weekly")
    kiosk.publish(1)
    assert kiosk.round() == {"all": "1"}  # by itself
    kiosk.publish(2, feed="politics")
    kiosk.round()
    found = kiosk.until(NOON + DAY)
    assert found == {"late": [("25 09:00", "1 2")]}
    assert "nothing in it is new to this reader" in kiosk.reasons()
    kiosk.app.close()


def test_who_moves_to_another_zone_or_rhythm_gets_no_story_again_and_loses_none(kiosk):
    number = kiosk.reader("anna", rhythm="daily", hour="14:00", zone="Europe/Minsk")
    kiosk.publish(1)
    assert kiosk.until(NOON + HOUR) == {}
    assert kiosk.until(NOON + 2 * HOUR) == {}  # it is 17:00 in Minsk
    assert kiosk.until(NOON + DAY - HOUR) == {"anna": [("25 11:00", "1")]}
    kiosk.publish(2)
    kiosk.turn(number, "zone", "Europe/Lisbon")
    assert kiosk.until(NOON + DAY + 3 * HOUR) == {"anna": [("25 14:00", "2")]}
    kiosk.turn(number, "rhythm", "hourly")
    kiosk.publish(3)
    assert kiosk.until(NOON + DAY + 5 * HOUR) == {"anna": [("25 16:00", "3")]}


@pytest.mark.parametrize(
    ("noon", "expected"),
    [
        # in Berlin 02:30 comes twice on 25 October 2026, and not at all on 28 March 2027
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), ["25 00:30", "26 01:30"]),
        (datetime(2027, 3, 27, 12, 0, tzinfo=UTC), ["28 01:00", "29 00:30"]),
    ],
)
def test_on_the_nights_when_clocks_change_each_local_day_has_one_issue(tmp_path, noon, expected):
    kiosk = Kiosk(tmp_path, at=noon)
    kiosk.reader("anna", rhythm="daily", hour="02:30", zone="Europe/Berlin")
    kiosk.publish(1)
    found = kiosk.until(noon + DAY)["anna"]
    kiosk.publish(2)
    found += kiosk.until(noon + 2 * DAY)["anna"]
    assert found == [(at, number) for at, number in zip(expected, "12", strict=True)]
    kiosk.app.close()


def test_a_story_taken_back_or_corrected_in_mid_run_is_bound_for_those_still_to_be_served(kiosk):
    for name in "abcdef":
        kiosk.reader(name)
    kiosk.publish(1, 2)
    kiosk.clock.at = NOON + HOUR
    kiosk.app.digesters["morning"].run_due(kiosk.clock.now())
    kiosk.app.deliverers["mail"].run_once()
    kiosk.tells(
        article(1, published=NOON, headline="Headline number 9"),
        article(2, published=NOON, pubstatus=PubStatus.CANCELED),
    )
    kiosk.app.deliverers["mail"].run_once()
    assert [sorted(told(one.message.text)) for one in kiosk.relay.parcels] == [["1", "2"]] * 3 + [["9"]] * 3
    sql = """SELECT d.recipient, s.headline, m.revision FROM deliveries d JOIN message_stories m USING (message_id)
             JOIN stories s ON s.id = m.story_id ORDER BY 1, 2"""
    rows = [tuple(row) for row in kiosk.app.store._readers.query(sql)]
    two, nine = "Headline number 2", "Headline number 9"
    assert rows == [
        *((number, told, 0) for number in (1, 2, 3) for told in (two, nine)),
        *((n, nine, 1) for n in (4, 5, 6)),
    ]


def test_at_once_flash_only_and_text_only(kiosk):
    kiosk.reader("once", rhythm="at-once")
    kiosk.reader("flash", rhythm="flash")
    kiosk.reader("sport", rhythm="at-once", sections=["Sport"])
    kiosk.reader("plain", text_only=1)
    kiosk.publish(1)
    assert kiosk.round() == {"once": "1"}
    kiosk.publish(2, urgency=1)
    assert kiosk.round() == {"once": "2", "flash": "2"}
    kiosk.publish(3, categories=("Sport",))
    assert kiosk.round() == {"once": "3", "sport": "3"}
    assert {bool(one.message.html) for one in kiosk.relay.parcels} == {True}
    kiosk.clock.at = NOON + HOUR
    assert kiosk.round() == {"plain": "1 2 3"}
    assert [one.message.html for one in kiosk.relay.parcels] == [""]


def test_quiet_hours_are_one_mail_in_the_morning_and_a_flash_passes_for_those_who_want_flashes(kiosk):
    kiosk.reader("hourly", rhythm="hourly", zone="Europe/Minsk", quiet_from="18:00", quiet_to="07:00")
    kiosk.reader("flash", rhythm="flash", zone="Europe/Minsk", quiet_from="18:00", quiet_to="07:00")
    kiosk.reader("once", rhythm="at-once", zone="Europe/Minsk", quiet_from="18:00", quiet_to="07:00")
    found: dict[str, list[tuple[str, str]]] = {}
    for number in range(1, 6):  # from 15:00 in Minsk on
        kiosk.publish(number, urgency=1 if number == 5 else 5)
        for name, mails in kiosk.until(kiosk.clock.at + HOUR).items():
            found.setdefault(name, []).extend(mails)
    for name, mails in kiosk.until(NOON + DAY).items():
        found.setdefault(name, []).extend(mails)
    assert found["hourly"] == [("24 13:00", "1"), ("24 14:00", "2"), ("25 04:00", "3 4 5")]
    assert found["flash"] == [("24 16:15", "5")]
    assert found["once"] == [("24 12:15", "1"), ("24 13:15", "2"), ("24 14:15", "3"), ("25 04:00", "5, 4")]
    assert sum("tells it" in reason for reason in kiosk.reasons()) == 2


def test_no_more_mails_a_day_than_the_reader_wants_and_the_rest_comes_with_the_next_day(kiosk):
    kiosk.reader("anna", rhythm="hourly", zone="Europe/Minsk", most_per_day=2)
    found: list[tuple[str, str]] = []
    for number in range(1, 5):
        kiosk.publish(number)
        found += kiosk.until(kiosk.clock.at + HOUR).get("anna", [])
    assert found == [("24 13:00", "1"), ("24 14:00", "2")]
    assert kiosk.reasons() == ["the reader has had 2 mails today, and wants no more"] * 2
    kiosk.clock.at = NOON + 9.5 * HOUR  # half past midnight there
    kiosk.publish(5)
    assert kiosk.until(NOON + 11 * HOUR) == {"anna": [("24 21:45", "3 4 5")]}


def test_letters_are_none_of_the_mails_that_a_reader_limits(kiosk):
    kiosk.reader("anna", rhythm="hourly", zone="Europe/Minsk", most_per_day=1)
    kiosk.publish(1)
    assert kiosk.until(NOON + HOUR) == {"anna": [("24 13:00", "1")]}
    letter = "UPDATE subjects SET kind = ? WHERE id IN (SELECT subject_id FROM deliveries WHERE recipient > 0)"
    kiosk.app.store._writer.call(lambda c: c.run(letter, (int(SubjectKind.LETTER),)))
    kiosk.publish(2)
    assert kiosk.until(NOON + 2 * HOUR) == {"anna": [("24 14:00", "2")]}


def test_who_pauses_gets_nothing_and_after_it_what_is_news_still(kiosk):
    until = NOON + 2 * DAY
    kiosk.reader("anna", paused_until=int(until.timestamp() * 1000))
    kiosk.publish(1)
    assert kiosk.until(NOON + DAY + 2 * HOUR) == {}
    assert set(kiosk.reasons()) == {"the reader pauses"}
    kiosk.publish(2)
    kiosk.clock.at = NOON + 2 * DAY + 30 * HOUR / 60
    kiosk.publish(3)
    assert kiosk.until(NOON + 2 * DAY + 2 * HOUR) == {"anna": [("26 13:00", "2 3")]}


def test_what_a_reader_changes_between_the_decision_and_the_wire_holds(kiosk):
    kiosk.reader("anna")
    kiosk.publish(1)
    kiosk.clock.at = NOON + HOUR
    kiosk.app.digesters["morning"].run_due(kiosk.clock.now())
    deliverer = kiosk.app.deliverers["mail"]
    real = deliverer._courtesy.serve

    def left_meanwhile(entries, now):
        served = real(entries, now)
        kiosk.app.store.subscribers.leave("anna@example.org", "morning", now)
        return served

    deliverer._courtesy.serve = left_meanwhile
    deliverer.run_once()
    deliverer._courtesy.serve = real
    while deliverer.run_once():
        continue
    assert kiosk.relay.parcels == []
    assert kiosk.reasons() == ["the reader has left"]


def test_the_rhythm_and_the_sections_are_looked_at_once_more_at_the_wire(kiosk):
    for name in ("anna", "boris"):
        kiosk.reader(name)
    kiosk.publish(1)
    kiosk.clock.at = NOON + HOUR
    kiosk.app.digesters["morning"].run_due(kiosk.clock.now())
    kiosk.reader("anna", rhythm="weekly")
    kiosk.reader("boris", sections=["Chess"])
    while kiosk.app.deliverers["mail"].run_once():
        continue
    assert kiosk.relay.parcels == []
    assert sorted(kiosk.reasons()) == [
        "nothing in it is new to this reader",
        "the reader has chosen another rhythm since (weekly)",
    ]


def test_after_an_outage_each_story_comes_once_and_older_issues_give_way_to_newer_ones(kiosk):
    kiosk.reader("anna", rhythm="hourly")
    kiosk.relay.answers = [Unavailable("connection refused")] * 1000
    for number in (1, 2, 3):
        kiosk.publish(number)
        kiosk.until(kiosk.clock.at + HOUR)
    kiosk.relay.answers = []
    found = kiosk.until(kiosk.clock.at + 2 * HOUR)
    assert [text for _, text in found["anna"]] == ["1 2 3"]


def test_one_rendering_serves_every_batch_of_an_issue_and_a_correction_makes_a_new_one(kiosk, monkeypatch):
    for name in "abcdefghij":
        kiosk.reader(name)
    kiosk.publish(1)
    kiosk.clock.at = NOON + HOUR
    calls = []
    real = kiosk.app.renderer.digest

    def counted(*args: Any, **more: Any) -> Any:
        calls.append(1)
        return real(*args, **more)

    monkeypatch.setattr(kiosk.app.renderer, "digest", counted)
    kiosk.app.digesters["morning"].run_due(kiosk.clock.now())
    kiosk.app.deliverers["mail"].run_once()
    kiosk.app.deliverers["mail"].run_once()
    assert len(calls) == 1
    kiosk.tells(replace(article(1), headline="Headline number 7", published=NOON))
    while kiosk.app.deliverers["mail"].run_once():
        continue
    assert len(calls) == 2
    assert len(kiosk.relay.parcels) == 10


def test_what_is_held_or_under_embargo_comes_at_once_when_it_is_free(kiosk):
    kiosk.reader("once", rhythm="at-once")
    kiosk.publish(1, embargoed=NOON + 30 * HOUR)
    kiosk.publish(2, headline="TEST - headline number 2, please ignore")
    assert kiosk.until(NOON + 29 * HOUR) == {}
    assert kiosk.until(NOON + 31 * HOUR) == {"once": [("25 18:00", "1")]}


def test_what_waited_longer_than_it_is_news_comes_to_nobody_at_once(kiosk):
    kiosk.reader("once", rhythm="at-once")
    kiosk.publish(1, embargoed=NOON + 3 * HOUR)
    kiosk.round()
    kiosk.clock.at = NOON + 3 * DAY  # the program was down
    assert kiosk.round() == {}


def test_stories_at_once_whose_rows_were_cut_short_are_finished_once_by_their_own_digest(tmp_path, monkeypatch):
    kiosk = Kiosk(tmp_path, f'{READERS}\n[digests.other]\nchannel = "mail"\nslots = ["0 20 * * *"]\n')
    monkeypatch.setattr("distributor.store.mail.at_once.SLICE", 2)
    for name in "abcde":
        kiosk.reader(name, rhythm="at-once")
    kiosk.publish(1)
    real, calls = kiosk.app.store._writer.call, []

    def cut_short(work: Any, **options: Any) -> Any:
        if options.get("priority") == 9:
            calls.append(work)
            if len(calls) == 2:
                raise KeyboardInterrupt
        return real(work, **options)

    monkeypatch.setattr(kiosk.app.store.at_once._slices._writer, "call", cut_short)
    with pytest.raises(KeyboardInterrupt):
        kiosk.app.heralds["morning"].run_once(kiosk.clock.now())
    assert kiosk.app.heralds["other"].run_once(kiosk.clock.now()) == 0
    assert kiosk.round() == dict.fromkeys("abcde", "1")
    kiosk.app.close()


def test_a_digest_in_several_languages_gives_each_reader_theirs(tmp_path):
    kiosk = Kiosk(tmp_path, READERS.replace("most = 5", 'languages = ["en", "ru"]'))
    for name, language, rhythm in (
        ("anna", "ru", None),
        ("boris", "en", None),
        ("clara", "", None),
        ("once", "ru", "at-once"),
    ):
        kiosk.reader(name, language=language, rhythm=rhythm)
    kiosk.publish(1)
    assert kiosk.round() == {}
    kiosk.publish(2, language="ru")
    assert kiosk.round() == {"once": "2"}
    kiosk.clock.at = NOON + HOUR
    assert kiosk.round() == {"anna": "2", "boris": "1", "clara": "1 2"}
    kiosk.app.close()


def test_a_restored_digest_sends_nothing_at_once_that_the_replaced_store_may_have_sent(kiosk):
    kiosk.reader("once", rhythm="at-once")
    kiosk.app.store._writer.call(
        lambda c: c.run("UPDATE digests SET fence_subject = 1, since = ?", (int(NOON.timestamp() * 1000),))
    )
    kiosk.publish(1, published=NOON - HOUR)
    kiosk.publish(2, published=NOON + HOUR / 60)
    kiosk.publish(3, published=NOON + HOUR / 60)
    kiosk.publish(4, published=NOON - HOUR)  # it comes now, but was there before
    assert kiosk.round() == {"once": "2, 3"}


def test_two_mails_for_one_reader_in_a_batch_leave_one_after_the_other(kiosk):
    kiosk.reader("once", rhythm="at-once", most_per_day=1)
    kiosk.publish(1, 2)
    assert kiosk.round() in ({"once": "1"}, {"once": "2"})
    assert kiosk.reasons() == ["the reader has had 1 mails today, and wants no more"]


def test_a_story_that_an_issue_brought_first_is_not_mailed_by_itself(tmp_path):
    kiosk = Kiosk(tmp_path, MAILED)
    kiosk.reader("anna")
    kiosk.reader("anna", topic="mail")
    kiosk.clock.at = NOON + HOUR
    kiosk.publish(1, urgency=9)  # less urgent than an issue
    assert kiosk.round() == {"anna": "1"}
    assert kiosk.reasons() == ["this reader has been mailed it"]
    kiosk.app.close()


def test_who_leaves_while_a_batch_is_looked_at_gets_nothing(kiosk):
    kiosk.reader("anna")
    kiosk.publish(1)
    kiosk.clock.at = NOON + HOUR
    kiosk.app.digesters["morning"].run_due(kiosk.clock.now())
    deliverer = kiosk.app.deliverers["mail"]
    readership = deliverer._readership

    class Leaving:
        def readers(self, entries: Any) -> Any:
            found = readership.readers(entries)
            kiosk.app.store.subscribers.leave("anna@example.org", "morning", kiosk.clock.now())
            return found

    deliverer._readership = Leaving()
    deliverer.run_once()
    assert kiosk.relay.parcels == []
    assert kiosk.reasons() == ["the reader has left"]


def test_the_issue_of_a_digest_that_is_no_longer_configured_is_left_out(kiosk):
    kiosk.reader("anna")
    kiosk.publish(1)
    kiosk.clock.at = NOON + HOUR
    kiosk.app.digesters["morning"].run_due(kiosk.clock.now())
    kiosk.app.deliverers["mail"]._courtesy._digests = {}
    kiosk.app.deliverers["mail"].run_once()
    assert kiosk.reasons() == ["the digest morning is no longer configured"]


def test_an_issue_that_waited_leaves_with_what_a_newer_one_does_not_tell(kiosk):
    kiosk.reader("anna")
    kiosk.relay.answers = [Unavailable("connection refused")] * 1000
    kiosk.publish(1)
    kiosk.until(NOON + HOUR)
    kiosk.publish(2)
    kiosk.clock.at = NOON + 25 * HOUR
    kiosk.app.digesters["morning"].run_due(kiosk.clock.now())
    kiosk.relay.answers = []
    kiosk.clock.at = NOON + 26 * HOUR
    assert kiosk.round() == {"anna": "1, 2"}
