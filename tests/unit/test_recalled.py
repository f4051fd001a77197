"""Sentences that the store keeps in English are known again and said in the page's language; no text is changed.

The sentences are made by the code that makes them; people, channels and feeds have Russian names, so that whatever is
left in Latin letters was not said.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.config.fields import FIELDS
from distributor.errors import FetchError, Rejected, Unavailable
from distributor.model import (
    Act,
    Approval,
    ChannelPolicy,
    Conditions,
    Delivery,
    Doubt,
    Doubtful,
    FollowUp,
    History,
    Looked,
    PageFacts,
    Preflight,
    PubStatus,
    RevisionClass,
    Route,
    Silence,
    Stale,
    Standing,
    State,
    Stop,
    SubjectKind,
    Takes,
    Waiting,
)
from distributor.phrases import Phrase, words_of
from distributor.render.catalogues import speaker
from distributor.render.patterns import acts, alerts, changes, fates, lint, mails, refusals, troubles, waits, words
from distributor.render.patterns.kinds import PLAINLY
from distributor.render.recalled import heard, in_words, judged, plainly, recalled
from distributor.rules.change.following import Outlet, follow, take_on
from distributor.rules.change.turn import Go, Post, turn
from distributor.rules.fate.doubt import after_look, repeated, unasked
from distributor.rules.fate.lifecycle import MOST_TRIES, decide
from distributor.rules.mail.barriers import barriers
from distributor.rules.mail.readers.listing import listing
from distributor.rules.queue import holds, preflight
from distributor.rules.queue.fence import in_doubt
from distributor.rules.queue.gates import Gates
from distributor.rules.queue.holds import HOLDS, hold_of, next_wait
from distributor.rules.queue.pictures import after
from distributor.rules.queue.routing import plan
from distributor.rules.queue.stopping import why
from distributor.rules.queue.surge import complaint, held
from distributor.rules.story.internal import why_internal
from distributor.rules.words.lint import lint as look
from distributor.rules.words.lint import reason as why_blocked
from distributor.store.ledger.findings import told as on_record
from tests.support import NOON, article, intent
from tests.unit.test_lint import BAD, STYLE
from tests.unit.test_mail_barriers import BARRIERS, GOOD
from tests.unit.test_phrases import WRONG, problems

say = speaker("ru")
#: What no Russian says otherwise: names of fields of pages, units, zones.
LATIN = re.compile(r"info@|og:title|og:image|robots\.txt|Europe/Minsk|https?://\S+|\b404\b")
TABLES = (waits, changes, fates, acts, mails, alerts, refusals, troubles, lint)
TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from([*(one.pattern for table in TABLES for one in table.SENTENCES), "x", " ", "1", ""]),
        max_size=4,
    ).map("; ".join),
)


def told(text: str) -> str:
    """A text in Russian; whoever left a word in English fails here."""
    assert str(recalled(text)) == text
    said = say(recalled(text))
    assert not re.search(r"[A-Za-z]{2,}", LATIN.sub("", said)), (text, said)
    assert "%(" not in said
    return said


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_text_is_changed_in_english(text):
    assert str(recalled(text)) == text
    assert speaker("en")(recalled(text)) == text
    assert str(judged(text)) == speaker("en")(judged(text)) == text
    assert str(heard(text)) == speaker("en")(heard(text)) == text


def test_what_nobody_knows_stays_as_it_is_beside_what_is_known():
    assert say(recalled("the moon is in the way")) == "the moon is in the way"
    assert say(recalled("route все; the moon is in the way")) == "маршрут все; the moon is in the way"
    assert recalled(None) == recalled("") == ""
    phrase = Phrase("found %(what)s", what="x")
    assert recalled(phrase) is phrase
    assert recalled("stopped by Анна: " + "x" * 20_000) == "stopped by Анна: " + "x" * 20_000


def changed(value: Any, **fields: Any) -> Any:
    return replace(value, **fields)


def of_routing():
    story = article(feed="лента", headline="Мост открыт", summary="", body="", categories=("Город",), language="ру")
    routes = [
        Route(name="спорт", channels=("х",), categories=("Спорт", "Хоккей")),
        Route(name="мир", channels=("х",), feeds=("мир",)),
        Route(name="язык", channels=("х",), languages=("бел",)),
        Route(name="слова", channels=("х",), keywords=("выборы",)),
        Route(name="срочно", channels=("х",), urgency=2),
    ]
    others = (replace(story, categories=()), replace(story, language=""), replace(story, pubstatus=PubStatus.WITHHELD))
    for one in (story, *others):
        yield from (answer.reason for answer in plan(one, routes, {}, NOON))
    every = [Route(name="все", channels=("х",))]
    yield from (answer.reason for answer in plan(story, every, {}, NOON, baseline=True))
    yield from (answer.reason for answer in plan(story, every, {"х": ()}, NOON))
    yield from (answer.reason for answer in plan(story, every, {}, NOON))
    asked = [Route(name="все", channels=("х",), approval=Approval.TWO)]
    yield from (answer.reason for answer in plan(story, asked, {}, NOON))
    for name, text in (("headline", "Тест 12"), ("headline", "Заголовок: в возрасте ХХ"), ("summary", "в возрасте ХХ")):
        yield f"it looks like internal material: {why_internal(changed(story, **{name: text}))}"
    for fields in ({"ednote": "не публиковать"}, {"body": "НЕ ДЛЯ ПЕЧАТИ"}, {"body": "lorem ipsum dolor sit amet"}):
        yield f"it looks like internal material: {why_internal(changed(story, **fields))}"


def of_conditions():
    hours = timedelta(hours=2)
    for asked in (
        Conditions(internal='its headline is "Тест"'),
        Conditions(approvals=1),
        Conditions(approvals=2, silence=Silence.SEND, silence_after=hours),
        Conditions(approvals=2, silence=Silence.SKIP, silence_after=hours),
        Conditions(embargo=NOON + hours),
        Conditions(undo=timedelta(seconds=90)),
    ):
        for people in ((), ("Анна",)):
            wait = next_wait(asked, people, urgent=False, now=NOON)
            if wait is not None:
                yield wait.reason
                yield holds.planned(replace(intent("х"), reason="route все", conditions=asked), NOON).reason


def waiting(number, **fields):
    usual = {
        "id": number,
        "act": Act.POST,
        "priority": 5,
        "due_at": NOON,
        "planned_at": NOON,
        "stale_at": None,
        "category": "",
    }
    return Waiting(**{**usual, **fields})


def of_gates():
    zone = "Europe/Minsk"
    for policy in (
        ChannelPolicy(zone=zone, quiet="12:00-17:00"),
        ChannelPolicy(zone=zone, slots=("every day at 03:00",)),
        ChannelPolicy(zone=zone, gap=timedelta(hours=1, minutes=30)),
        ChannelPolicy(zone=zone, gap=timedelta(hours=1)),
        ChannelPolicy(zone=zone, gap=timedelta(minutes=20)),
        ChannelPolicy(zone=zone, gap=timedelta(minutes=1, seconds=30)),
        ChannelPolicy(zone=zone, gap=timedelta(hours=1, seconds=5)),
        ChannelPolicy(zone=zone, gap=timedelta(hours=1, minutes=1, seconds=5)),
        ChannelPolicy(zone=zone, gap=timedelta(seconds=45)),
        ChannelPolicy(zone=zone, most_per_hour=1),
        ChannelPolicy(zone=zone, most_per_day=1),
        ChannelPolicy(zone=zone, price=200_000, budget_per_day=100_000),
        ChannelPolicy(zone=zone, price=200_000, budget_per_month=100_000),
    ):
        found = Gates(policy).decide([waiting(1)], History(started=(NOON,)), NOON)
        assert found.held
        yield from (one.reason for one in found.held)
    for policy in (ChannelPolicy(zone=zone, fold_above=1), ChannelPolicy(zone=zone, stale=Stale.FOLD)):
        rows = [waiting(1), waiting(2, stale_at=NOON)]
        for one in Gates(policy).decide(rows, History(), NOON).skipped:
            yield one.reason
            yield f"folded into the round-up of {one.slot}: {one.reason}"
    for norm in (None, 3):
        surge = complaint(40, norm, times=2, least=10)
        yield from (one.reason for one in held([intent("х")], surge))
    yield why(Stop(id=1, channel="", category="", who="Анна", reason="проверяем", through="", at=NOON, until=None))


def of_pages():
    url = "https://news.example.org/a"
    small = PageFacts(title="Мост", image=url, card="summary_large_image", width=20, height=10)
    for facts in (
        PageFacts(),
        PageFacts(title="Мост", canonical="https://news.example.org/b"),
        replace(small),
        replace(small, image_problem="лопнуло"),
        PageFacts(problem="лопнуло"),
    ):
        lacks = preflight.missing(facts, url)
        assert lacks
        known = Looked(facts=facts, first_at=NOON, at=NOON, looks=1)
        policy = ChannelPolicy(preflight=Preflight.HOLD, preflight_wait=timedelta(minutes=5))
        wait = preflight.verdict(lacks, known, policy, NOON)
        assert wait is not None
        yield wait.reason
        yield "; ".join(lacks)
    pictured = after(FetchError("лопнуло"), delivery(), 1, NOON)
    assert pictured is not None
    yield pictured.reason


@pytest.mark.parametrize("family", [of_routing, of_conditions, of_gates, of_pages])
def test_why_a_story_waits_or_does_not_go_is_said_in_russian(family):
    found = list(family())
    assert len(found) > 5
    for text in found:
        told(text)
    assert told("route все; it waits for 1 of 1 approval") == "маршрут все; ждёт одобрений: 1 из 1"


def delivery(**fields):
    usual = dict(id=7, subject_id=1, subject_kind=SubjectKind.STORY, channel="х", recipient=0, act=Act.POST, part=0)  # noqa: C408
    usual |= dict(revision=0, state=State.SENT, reason="", due_at=NOON, priority=5, template="", attempts=1)  # noqa: C408
    usual |= dict(message_id=3, first_sent_at=NOON, remote_id="77", url="https://x.test/77")  # noqa: C408
    return Delivery(**{**usual, **fields})


def of_following():
    far = NOON + timedelta(days=9)
    outlets = [
        Outlet(policy=changed(ChannelPolicy(), **{f"on_{one.value}": wish for one in RevisionClass}))
        for wish in FollowUp
    ]
    short = [replace(one, can_erase=True, erasable_for=timedelta(hours=48)) for one in outlets]
    able = [replace(one, can_edit=True, can_reply=True, can_erase=True) for one in outlets]
    for outlet in (*outlets, *short, *able, None):
        for meaning in RevisionClass:
            for revision in (0, None):
                posts = [Standing(delivery=delivery(), revision=revision)]
                named = {"х": outlet} if outlet else {"другой": outlets[0]}
                rows = follow(posts, named, meaning, revision=1, mailed=("х",), now=far)
                yield from (one.reason for one in rows)
    for takes in Takes:
        outlet = Outlet(policy=ChannelPolicy(takes=takes), can_reply=True, can_erase=True)
        told_of = replace(intent("х"), reason="route все")
        rows = take_on([told_of], [Standing(delivery=delivery(), revision=0)], {"х": outlet}, NOON)
        yield from (one.reason for one in rows)


def of_turns():
    post = Post(delivery=delivery(), first=0, shows=0, is_overtaken=False, is_busy=False, erasure=None)
    lost = replace(post, delivery=delivery(remote_id="", state=State.SENT))
    posts = [
        *(replace(post, delivery=delivery(state=one, reason="withdrawn by its source")) for one in State),
        *(replace(post, erasure=one, erasure_reason="х cannot take a post away") for one in State),
        replace(post, is_overtaken=True),
        replace(post, shows=9),
        replace(post, is_busy=True),
        lost,
    ]
    for act in (Act.EDIT, Act.REPLY, Act.DELETE, Act.POST):
        entry = delivery(id=9, act=act, revision=1, state=State.DUE, parent_id=7)
        for one in posts:
            for able in (True, False):
                for now in (NOON, NOON + timedelta(hours=9)):
                    found = turn(entry, one, now, able=able)
                    if not isinstance(found, Go):
                        yield found.reason


def of_fates():
    for doubts in (1, 2, MOST_TRIES):
        for withdrawn in (False, True):
            for act in (Act.POST, Act.EDIT, Act.ALERT):
                for started in (NOON, None):
                    row = delivery(state=State.UNKNOWN, act=act, doubts=doubts, looks=9, first_sent_at=started)
                    doubt = Doubtful(delivery=row, message=None, story="", since=NOON, is_withdrawn=withdrawn)
                    found = [after_look(doubt, None, now=NOON), repeated(doubt, now=NOON)]
                    found += [unasked(doubt, one, why="лопнуло", now=NOON) for one in Doubt]
                    yield from (one.reason for one in found if hasattr(one, "reason"))
    for error in (Unavailable("лопнуло"), Rejected("лопнуло")):
        outcome: Any = decide(error, tries=MOST_TRIES, now=NOON).outcome
        yield outcome.reason
    waits_for = replace(intent("х"), state=State.HELD, held_by=holds.APPROVAL, reason="it waits for 1 of 1 approval")
    yield from (one.reason for one in in_doubt([intent("х"), waits_for], ()))


@pytest.mark.parametrize("family", [of_following, of_turns, of_fates])
def test_what_becomes_of_a_post_is_said_in_russian(family):
    found = set(family())
    assert len(found) > 5
    for text in found:
        told(text)
    assert told("by its rules у leaves posts as they are") == "по правилам канала у посты остаются как есть"


def test_an_editors_own_reason_stays_in_their_words():
    assert say(recalled("stopped by Anna: the printer burns")) == "остановлено (Anna): the printer burns"
    assert say(recalled("held by Anna: look; again")) == "задержано (Anna): look; again"
    assert say(recalled("held by Anna: posted by mistake")) == "задержано (Anna): posted by mistake"
    assert say(recalled("stopped by Anna: by button in the operations chat")).endswith(": кнопкой в рабочем чате")
    for words_of_hers in (
        "it is wrong",
        "write the minister again",
        "posted by mistake",
        "found: an error; nobody knows",
    ):
        assert say(heard(words_of_hers)) == words_of_hers
        assert say(heard(f"{words_of_hers} (through desk)")) == f"{words_of_hers} (через: редакция)"
    assert say(recalled("it is wrong")) == "it is wrong"


def test_who_lets_go_is_said_without_a_command_in_both_languages():
    for one in (*HOLDS.values(), hold_of("somebody here")):
        assert "distributor" not in one.plainly
        assert "--" not in one.plainly
        assert say(one.plainly) != one.plainly
        assert told(f"it was held by {one.name}") if one.name in HOLDS else True
    assert {one.pattern for one in words.WORDS["hold"]} == set(HOLDS)


def test_words_of_the_store_are_said_plainly_and_a_name_stays_a_name():
    assert plainly("hurried", "kind") == "sent at once"
    assert say(plainly("lane", "actor")) == "программа"
    assert say(plainly("Anna", "actor")) == "Anna"
    for matter in PLAINLY.values():
        assert all(say(one) != one for one in matter.values())


def is_known(text):
    """Whether each sentence of a text is known, whatever stands in it of the text that it is about."""
    found = recalled(text)
    assert str(found) == text
    parts = [one for name, one in found.values.items() if name.startswith("part")] or [found]
    return all(isinstance(one, Phrase) and one.pattern != "%(text)s" and say(one) != str(one) for one in parts)


@pytest.mark.parametrize("name", BAD)
def test_what_lint_finds_is_said_in_russian_with_what_would_be_right(name):
    _, draft, _ = BAD[name]
    findings = look(draft, STYLE, {})
    for one in findings:
        assert is_known(one.found), one.found
        assert is_known(one.fix), one.fix
        assert say(recalled(on_record(one))).startswith(("задержит ", "предупредит "))
        assert say(recalled(on_record(replace(one, passed_by="Анна")))).endswith("(пропущено: Анна)")
    if blocked := why_blocked(findings):
        assert say(recalled(blocked)) != blocked


@pytest.mark.parametrize("name", BARRIERS)
def test_barriers_of_a_mail_are_said_in_russian(name):
    old, new, _ = BARRIERS[name]
    for found, fix in barriers(GOOD.replace(old, new, 1)):
        assert is_known(found), found
        assert is_known(fix), fix


def test_a_hint_of_a_page_names_no_command():
    assert say(in_words("--reason TEXT")) == "скажите почему"
    told_of = "; ".join(f"{name}: {HOLDS[name].released_by}" for name in ("embargo", "lint"))
    assert in_words(told_of) == "embargo: the clock, or whoever releases it; lint: whoever releases it, or other words"
    assert say(in_words(told_of)).startswith("эмбарго: время, или тот, кто отпустит; ")
    assert in_words("distributor somewhere --else") == ""
    assert in_words("name an instant that is still to come; distributor send-now sends at once") == (
        "name an instant that is still to come; to post it now, use Send now"
    )
    assert in_words("") == ""


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        (b"\x89PNG\r\n", "список.csv: это не список: список — текст в UTF-8, например CSV; сохраните его так"),
        (b"{broken", "список.csv: это не JSON, который можно прочесть"),
        (b"a,b\n1,2\n", "список.csv: неизвестно, чей это список: его столбцы — a, b; нужна выгрузка"),
        (b"", "список.csv: неизвестно, чей это список: его столбцы — (ничего)"),
        (b"address,topic,state\n,,\n", "список.csv: в нём нет адресов"),
        (None, "файла нет"),
    ],
)
def test_what_is_no_list_is_told_by_what_is_wrong_and_what_would_be_right(content, begins):
    files = [] if content is None else [("список.csv", content)]
    with pytest.raises(ValueError, match=r".+") as found:
        listing(files, with_roles=False, is_address=bool, now=NOON)
    assert say(words_of(found.value)).startswith(begins), say(words_of(found.value))
    assert "--" not in str(found.value)
    assert "codec" not in str(found.value)


def test_why_a_list_is_not_to_be_trusted_is_said_in_russian():
    rows = [f"info@a{number}.example,daily,confirmed,{'2001-01-01' if number % 2 else ''}" for number in range(20)]
    told_of = "address,topic,state,since\n" + "\n".join([*rows, *rows, *(f"x{n},daily,confirmed," for n in range(20))])
    found = listing([("a.csv", told_of.encode())], with_roles=True, is_address=lambda one: "@" in one, now=NOON)
    assert len(found.doubts) >= 4
    for doubt in found.doubts:
        told(doubt)


@pytest.mark.parametrize("table", FIELDS)
def test_what_was_wrong_with_rules_is_said_as_when_it_was_found(tmp_path, table):
    name = {"routes": ".all", "digests": ".morning", "channels": ".x", "style": ""}[table]
    keys = [*(one.key for one in FIELDS[table]), "mistyped"]
    for wrong in WRONG:
        for one in problems(tmp_path, f"[{table}{name}]\n" + "".join(f"{key} = {wrong}\n" for key in keys)):
            assert str(judged(str(one))) == str(one)
            assert say(judged(str(one))) == say(one.said)
    alert = "the editors' file is not valid, and the rules before it stay in force: "
    assert say(recalled(alert + str(one))).endswith(say(one.said))
