"""What a new text means, and what of an editor's words stands when a feed tells it anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distributor.model import Article, PubStatus, RevisionClass
from distributor.rules.change.revisions import Past, classify, told_anew
from distributor.rules.story.identity import fingerprint
from distributor.text.marks import MarkKind, note_kind
from tests.support import article

BEFORE = article(body="The minister resigned on Tuesday.\n\nHe gave no reason for his decision.")
UPDATE, REFILE = RevisionClass.UPDATE, RevisionClass.REFILE
CORRECTION, WITHDRAWAL = RevisionClass.CORRECTION, RevisionClass.WITHDRAWAL


def body(text: str) -> Article:
    return replace(BEFORE, body=text)


@pytest.mark.parametrize(
    ("after", "meaning"),
    [
        (body("The minister resigned on Tuesday.\n\nHe gave no reason."), UPDATE),
        (body("The minister resigned on Monday.\n\nHe gave no reason for his decision."), UPDATE),
        (body("The minister resigned on Tuesday.\n\nHe gave 2 reason for his decision."), UPDATE),
        (body("The minister resigned on Tuesday.\n\nShe gave one clue for our question."), UPDATE),
        (body("The ministr resigned on Tuesday!\n\nHe gave no reason for his decison."), REFILE),
        (body("The Minister resigned on Tuesday. He gave no reason for his decision."), REFILE),
        (replace(BEFORE, byline="Anna"), REFILE),
        (replace(BEFORE, ednote="Refiles to fix a link"), REFILE),
        (replace(BEFORE, headline=f"REFILE-{BEFORE.headline}"), REFILE),
        (replace(BEFORE, ednote="Adds quotes"), REFILE),
        (replace(BEFORE, ednote="CORRECTS spelling"), CORRECTION),
        (replace(BEFORE, headline=f"{BEFORE.headline} (corrected)"), CORRECTION),
        (replace(BEFORE, correction="It was Monday."), CORRECTION),
        (replace(BEFORE, headline=f"WITHDRAWN: {BEFORE.headline}"), WITHDRAWAL),
        (replace(BEFORE, pubstatus=PubStatus.CANCELED, correction="It was Monday."), WITHDRAWAL),
        (replace(BEFORE, ednote="Kill this story", headline=f"CORRECTED: {BEFORE.headline}"), WITHDRAWAL),
    ],
)
def test_each_class_has_its_signals(after: Article, meaning: RevisionClass) -> None:
    assert classify(BEFORE, after).meaning is meaning


def test_a_signal_that_was_there_before_says_nothing_new() -> None:
    marked = replace(BEFORE, headline=f"CORRECTED: {BEFORE.headline}", ednote="Corrects the day", correction="Monday.")
    again = replace(marked, body="(Corrects the day)\n\nIt grew by a paragraph.")
    assert classify(marked, again).meaning is CORRECTION
    assert classify(again, replace(again, body=f"{again.body}\n\nAnd another.")).meaning is UPDATE


def test_what_is_said_of_a_correction_to_editors_is_not_told_to_readers() -> None:
    assert classify(BEFORE, replace(BEFORE, ednote="Corrects what the lawyer told us")).note == ""
    assert classify(BEFORE, body("(Corrects the day)\n\nHe resigned.")).note == "Corrects the day"
    assert classify(BEFORE, replace(BEFORE, body="", summary="[Korrigiert: der Tag] Er ging.")).note == (
        "Korrigiert: der Tag"
    )
    assert classify(BEFORE, replace(BEFORE, correction="It was Monday.")).note == "It was Monday."


def test_a_site_s_own_mark_is_a_signal_on_its_feed_alone() -> None:
    after = replace(BEFORE, headline=f"Берём свои слова назад: {BEFORE.headline}", body="Quite another text.")
    assert classify(BEFORE, after).meaning is UPDATE
    assert classify(BEFORE, after, {MarkKind.CORRECTION: ["Берём свои слова назад"]}).meaning is CORRECTION


@pytest.mark.parametrize(
    ("note", "kind"),
    [
        ("CORRECTION: the day", MarkKind.CORRECTION),
        ("(Corrects the day)", MarkKind.CORRECTION),
        ("Исправлено имя в третьем абзаце", MarkKind.CORRECTION),
        ("[REFILE] for format", MarkKind.REFILE),
        ("Wiederholung: Überschrift", MarkKind.REFILE),
        ("KILL. Do not use this story", MarkKind.KILL),
        ("Annulée, merci de ne pas utiliser", MarkKind.KILL),
        ("Killing in the name of", None),
        ("A rival paper corrects itself", None),
        ("Adds quotes from the minister", None),
        ("", None),
    ],
)
def test_only_a_note_s_first_words_count(note: str, kind: MarkKind | None) -> None:
    assert note_kind(note) is kind


TEXT = st.text(alphabet="abc ABC.!1", max_size=30)
ARTICLES = st.builds(
    lambda headline, text: replace(BEFORE, headline=headline or "x", body=text, summary=""), TEXT, TEXT
)


@given(ARTICLES, ARTICLES)
def test_without_a_signal_nothing_is_ever_a_correction_or_a_withdrawal(before: Article, after: Article) -> None:
    assert classify(before, after).meaning in (UPDATE, REFILE)


@given(ARTICLES, ARTICLES)
def test_an_explicit_correction_always_is_one(before: Article, after: Article) -> None:
    assert classify(before, replace(after, correction="It was Monday.")).meaning is CORRECTION


# -- told anew ----------------------------------------------------------------------------------------------------


def test_a_feed_that_no_editor_contradicted_is_heard_as_it_speaks() -> None:
    after = body("Another text.")
    assert told_anew(Past(article=BEFORE, told=BEFORE), after) is after
    assert told_anew(Past(article=BEFORE, by_hand=True), after) is after


def test_an_editor_s_words_stand_where_the_feed_repeats_its_own() -> None:
    edited = replace(BEFORE, headline="The right headline", correction="It was Monday.")
    after = replace(body("Another text."), fingerprint="of the feed's text")
    told = told_anew(Past(article=edited, told=BEFORE, by_hand=True), after)
    assert (told.headline, told.body, told.correction) == ("The right headline", "Another text.", "It was Monday.")
    assert told.fingerprint == fingerprint(told)
    new = told_anew(Past(article=edited, told=BEFORE, by_hand=True), replace(after, headline="The feed's own"))
    assert new.headline == "The feed's own"


def test_only_the_feed_that_took_a_story_back_puts_it_back() -> None:
    gone = replace(BEFORE, pubstatus=PubStatus.CANCELED)
    assert told_anew(Past(article=gone, told=BEFORE), body("x")).pubstatus is PubStatus.CANCELED
    assert told_anew(Past(article=gone, told=gone), body("x")).pubstatus is PubStatus.USABLE
