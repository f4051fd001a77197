"""The judge of the crash drill: hand-made journals and ledgers, each with one kind of wrong in it, or with none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from distributor.drills.ledger import Row
from distributor.drills.verdict import Evidence, judge
from distributor.model import Act, State

FIRST, SECOND = "https://news.example.org/1", "https://news.example.org/2"
READER, DIGEST = "reader@example.org", "Digest@example.org"
KILLED = "the program ended while it was being sent"


def post(act, story, **more):
    return {
        "act": act,
        "id": story,
        "text": "Talks begin",
        "urls": [f"{story}?utm_id=abc", "https://x.example"],
        **more,
    }


def mail(reader, number, *stories):
    return {"act": "mail", "id": f"<{number}@example.org>", "text": "", "to": [reader], "urls": list(stories)}


def row(number, platform, *stories, reader="", state=State.SENT, reason=""):
    return Row(id=number, platform=platform, reader=reader, stories=stories, state=state, reason=reason)


def corrected(**lines):
    """The first story was corrected; on each platform as told."""
    told = replace(clean(), corrected={FIRST: "as amended"})
    for name, more in lines.items():
        told = replace(told, journals={**told.journals, name: [*told.journals[name], *more]})
    return told


def clean():
    """Two stories that everyone saw once: posts, a mail each for a reader, and one digest with both."""
    stories = (FIRST, SECOND)
    rows = [
        row(10 * n + k, kind, story)
        for n, kind in enumerate(("twitter", "telegram", "webhook"), 1)
        for k, story in enumerate(stories)
    ]
    rows += [row(41, "email", FIRST, reader=READER), row(42, "email", SECOND, reader=READER)]
    rows += [row(43, "email", FIRST, SECOND, reader=DIGEST.lower())]
    return Evidence(
        published=stories,
        journals={
            "x": [post("post", story) for story in stories],
            "telegram": [post("post", story) for story in stories],
            "hooks": [post("hook", story) for story in stories],
            "smtp": [mail(READER, 41, FIRST), mail(READER, 42, SECOND), mail(DIGEST, 43, FIRST, SECOND)],
        },
        rows=rows,
        readers=[READER],
        digest_readers=[DIGEST],
        kills=[{}, {}],
        faults={},
        in_flight={"twitter": 1, "telegram": 1, "webhook": 1, "email": 4},
    )


def journal(evidence, name, lines):
    return replace(evidence, journals={**evidence.journals, name: lines})


def moved(evidence, number, state, reason=""):
    rows = [replace(one, state=state, reason=reason) if one.id == number else one for one in evidence.rows]
    return replace(evidence, rows=rows)


def sums(verdict):
    names = ("lost", "false_sent", "doubled", "doubled_mail", "strange", "given_up", "beyond")
    return {name: count for name in names if (count := getattr(verdict, name))}


def test_what_everyone_saw_once_is_a_clean_verdict():
    verdict = judge(clean())
    assert (sums(verdict), verdict.findings, verdict.ok) == ({}, (), True)
    assert verdict.unknown == {"kill": {}, "fault": {}}


@pytest.mark.parametrize(("name", "number"), [("x", 10), ("telegram", 20), ("hooks", 30), ("smtp", 41)])
def test_a_story_that_is_neither_seen_nor_named_is_lost(name, number):
    whole = clean()
    bare = journal(whole, name, whole.journals[name][1:])
    verdict = judge(moved(bare, number, State.DUE))
    assert (sums(verdict), verdict.ok) == ({"lost": 1}, False)
    assert verdict.findings[0].startswith(f"lost: {FIRST} on ")


def test_a_story_for_which_there_is_not_even_a_row_is_lost_everywhere():
    whole = clean()
    assert sums(judge(replace(whole, published=[*whole.published, "https://news.example.org/3"]))) == {"lost": 5}


def test_a_digest_that_never_came_loses_each_of_its_stories():
    whole = clean()
    bare = journal(whole, "smtp", whole.journals["smtp"][:2])
    assert sums(judge(moved(bare, 43, State.SENDING))) == {"lost": 2}
    assert judge(moved(bare, 43, State.SENDING)).findings[0].endswith("on email for digest@example.org")


def test_an_unknown_names_what_was_not_seen_but_not_without_a_reason():
    whole = replace(clean(), kills=[{10: "twitter"}])
    bare = journal(whole, "x", whole.journals["x"][1:])
    assert judge(moved(bare, 10, State.UNKNOWN, KILLED)).ok
    assert sums(judge(moved(bare, 10, State.UNKNOWN))) == {"lost": 1}


@pytest.mark.parametrize(("name", "stories"), [("x", 1), ("telegram", 1), ("hooks", 1), ("smtp", 1)])
def test_a_row_that_claims_what_nobody_saw_is_a_false_sent(name, stories):
    whole = clean()
    verdict = judge(journal(whole, name, whole.journals[name][1:]))
    assert (verdict.false_sent, verdict.ok) == (stories, False)


def test_a_digest_said_to_be_sent_that_shows_a_story_less_is_a_false_sent():
    whole = clean()
    verdict = judge(journal(whole, "smtp", [*whole.journals["smtp"][:2], mail(DIGEST, 43, SECOND)]))
    assert verdict.false_sent == 1


@pytest.mark.parametrize("name", ["x", "telegram", "hooks"])
def test_a_post_that_is_seen_twice_is_doubled(name):
    whole = clean()
    verdict = judge(journal(whole, name, [*whole.journals[name], whole.journals[name][0]]))
    assert (sums(verdict), verdict.ok) == ({"doubled": 1}, False)


def test_the_same_mail_accepted_twice_is_a_doubled_mail_and_listed():
    whole = clean()
    verdict = judge(journal(whole, "smtp", [*whole.journals["smtp"], mail(READER.upper(), 42, SECOND)]))
    assert (sums(verdict), verdict.ok) == ({"doubled_mail": 1}, True)
    assert verdict.mailed_again == ((READER, "<42@example.org>"),)


def test_the_same_digest_accepted_twice_is_one_doubled_mail():
    whole = clean()
    assert sums(judge(journal(whole, "smtp", [*whole.journals["smtp"], whole.journals["smtp"][2]]))) == {
        "doubled_mail": 1
    }


@pytest.mark.parametrize(("kills", "faults", "ok"), [(0, 0, False), (1, 0, True), (0, 1, False), (0, 2, True)])
def test_more_mails_again_than_conversations_at_the_kills_and_faults_are_a_finding(kills, faults, ok):
    whole = clean()
    twice = journal(whole, "smtp", [*whole.journals["smtp"], *whole.journals["smtp"][:2]])
    verdict = judge(replace(twice, kills=[{}] * kills, faults={"email": faults}))
    assert (verdict.doubled_mail, verdict.ok) == (2, ok)
    told = () if ok else (f"2 mails came twice, and kills and faults explain {faults}",)
    assert verdict.findings == told


def test_no_unknown_may_be_left_where_the_platform_can_be_asked():
    whole = replace(clean(), kills=[{10: "twitter", 41: "email"}], asked=frozenset({"twitter"}))
    doubtful = moved(moved(whole, 10, State.UNKNOWN, KILLED), 41, State.UNKNOWN, KILLED)
    verdict = judge(doubtful)
    assert (sums(verdict), verdict.findings) == ({"beyond": 1}, ("1 unknown left on twitter, which can be asked",))


@pytest.mark.parametrize(("reader", "stories"), [(READER, (FIRST,)), (DIGEST, (FIRST,))])
def test_a_story_in_two_mails_of_different_names_is_doubled(reader, stories):
    whole = clean()
    assert sums(judge(journal(whole, "smtp", [*whole.journals["smtp"], mail(reader, 99, *stories)]))) == {"doubled": 1}


def test_a_post_of_nobodys_and_a_mail_to_a_stranger_are_strange():
    whole = clean()
    elsewhere = journal(whole, "x", [*whole.journals["x"], post("post", "https://elsewhere.example.org/")])
    assert sums(judge(elsewhere)) == {"strange": 1}
    stranger = journal(whole, "smtp", [*whole.journals["smtp"], mail("stranger@example.org", 99, FIRST)])
    assert sums(judge(stranger)) == {"strange": 1}


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED])
def test_what_was_given_up_without_a_fault_that_explains_it_is_a_finding(state):
    whole = clean()
    bare = journal(whole, "hooks", whole.journals["hooks"][1:])
    verdict = judge(moved(bare, 30, state, "the receiver refused it"))
    assert (sums(verdict), verdict.ok) == ({"given_up": 1}, False)
    assert "the receiver refused it" in verdict.findings[0]


def test_unknowns_are_told_apart_by_what_caused_them():
    whole = replace(clean(), kills=[{10: "twitter"}, {41: "email", 42: "email"}], faults={"email": 1, "telegram": 1})
    for number in (10, 20, 41, 42, 43):
        whole = moved(whole, number, State.UNKNOWN, "who knows")
    verdict = judge(whole)
    assert verdict.unknown == {"kill": {"email": 2, "twitter": 1}, "fault": {"email": 1, "telegram": 1}}
    assert verdict.ok


def test_an_unknown_that_neither_a_kill_nor_a_fault_explains_is_one_too_many():
    whole = replace(moved(clean(), 20, State.UNKNOWN, "who knows"), faults={"twitter": 9})
    verdict = judge(whole)
    assert (sums(verdict), verdict.ok) == ({"beyond": 1}, False)
    assert verdict.findings == ("1 unknown on telegram, and faults explain 0",)


def test_more_at_the_wire_than_can_be_in_flight_is_one_too_many():
    whole = replace(clean(), kills=[{10: "twitter", 11: "twitter"}])
    whole = moved(moved(whole, 10, State.UNKNOWN, KILLED), 11, State.UNKNOWN, KILLED)
    assert judge(whole).findings == (
        "kill 1 found 2 deliveries at the wire of twitter",
        "2 unknown on twitter, and kills explain 1",
    )


ANSWER = {"act": "post", "id": "9", "text": "Correction: as amended", "urls": [], "reply_to": FIRST}
EDIT = {"act": "edit", "id": FIRST, "text": "Talks begin, as amended", "urls": [f"{FIRST}?utm_id=abc"]}
EVENT = {"act": "edit", "id": "k9", "about": FIRST, "text": "as amended", "urls": [FIRST]}
MAIL = {**mail(READER, 49, FIRST), "reply_to": "<41@example.org>"}


def test_a_correction_that_readers_have_on_every_platform_is_clean():
    found = judge(corrected(x=[ANSWER], telegram=[EDIT], hooks=[EVENT], smtp=[MAIL]))
    assert found.ok
    assert (found.followed, found.unheeded) == (4, 0)


def test_a_correction_that_readers_never_had_is_told_platform_by_platform():
    found = judge(corrected(x=[ANSWER]))
    assert found.findings == (f"not corrected: {FIRST} on telegram", f"not corrected: {FIRST} on webhook")
    assert found.unheeded == 2


def test_a_correction_that_failed_with_its_reason_is_named():
    failed = [
        replace(row(90 + n, kind, FIRST, state=State.FAILED, reason="gone"), act=Act.EDIT)
        for n, kind in enumerate(("twitter", "telegram", "webhook"))
    ]
    evidence = corrected()
    assert judge(replace(evidence, rows=[*evidence.rows, *failed])).unheeded == 0


@pytest.mark.parametrize(("name", "line"), [("x", ANSWER), ("smtp", MAIL)])
def test_the_same_correction_twice_is_a_double(name, line):
    twice = [line, {**line, "id": "<50@example.org>"}]
    found = judge(corrected(**{"x": [ANSWER], "telegram": [EDIT], "hooks": [EVENT], name: twice}))
    assert found.doubled == 1
    assert found.findings[0].startswith("corrected twice")


def test_a_withdrawn_story_that_still_stands_is_told_unless_its_deletion_failed():
    evidence = replace(clean(), withdrawn=[FIRST])
    gone = [{"act": "delete", "id": FIRST}]
    hooks = [{"act": "delete", "id": "k9", "about": FIRST, "text": "", "urls": []}]
    assert judge(evidence).unheeded == 3
    taken = {name: [*evidence.journals[name], *gone] for name in ("x", "telegram")}
    taken["hooks"] = [*evidence.journals["hooks"], *hooks]
    assert judge(replace(evidence, journals={**evidence.journals, **taken})).ok
    failed = replace(row(90, "telegram", FIRST, state=State.FAILED, reason="older than 48 hours"), act=Act.DELETE)
    assert judge(replace(evidence, rows=[*evidence.rows, failed])).unheeded == 2


def test_a_post_in_the_place_of_one_that_was_taken_away_is_no_double():
    evidence = clean()
    again = [{"act": "delete", "id": FIRST}, post("post", FIRST, id="again")]
    told = {**evidence.journals, "telegram": [*evidence.journals["telegram"], *again]}
    assert judge(replace(evidence, journals=told)).ok


def test_what_follows_a_post_and_need_not_is_no_giving_up():
    needless = replace(
        row(90, "telegram", FIRST, state=State.SKIPPED, reason="its post shows this text already"), act=Act.EDIT
    )
    evidence = clean()
    assert judge(replace(evidence, rows=[*evidence.rows, needless])).ok
    other = replace(needless, reason="nobody knows why")
    assert judge(replace(evidence, rows=[*evidence.rows, other])).given_up == 1
