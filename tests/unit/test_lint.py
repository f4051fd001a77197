"""Lint: what each rule finds and what it leaves alone, and what it does to a message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.model import Article, Dateline, Finding, Image, Level, Limits, Message, Route, Style
from distributor.rules.story.identity import BY_HAND
from distributor.rules.words.lint import RULES, Draft, Linter, lint, reason, settled
from tests.support import article

ROOT = Path(__file__).parents[2]
LINK = "https://news.example.org/politics/story-1/?utm_id=aaaaaaaaaaaaaaaa"
STYLE = Style(blocked_words=("state secret", "террорист*"), hosts=("example.org",))


def draft(text: str, *, kind: str = "twitter", link: str = LINK, told: Article | None = None, **fields: Any) -> Draft:
    message = Message(text=text, link=link, **fields)
    return Draft(message=message, article=told or article(), kind=kind, limits=Limits(text=280))


def found(one: Draft, style: Style = STYLE) -> dict[str, str]:
    """What was found, by the rule's name."""
    return {finding.rule: finding.found for finding in lint(one, style, {})}


def story(**fields: Any) -> Article:
    return replace(article(), **fields)


BAD = {
    "an entity": ("entity-left", draft("Ministers &amp; members met"), "“&amp;” in the text"),
    "a numbered entity": ("entity-left", draft("Ministers &#8211; members"), "“&#8211;” in the text"),
    "an entity in a subject": ("entity-left", draft("x y", subject="A &quot;deal&quot;"), "“&quot;” in the subject"),
    "an entity in a document": (
        "entity-left",
        draft('{"headline": "Fish &#x26; chips", "id": 1}', kind="webhook"),
        "“&#x26;” in its headline",
    ),
    "a tag": ("markup-left", draft("Talks <b>began</b> on Monday"), "“<b>” in the text"),
    "a tag that was cut": ("markup-left", draft('Talks began <a href="https://x.org'), '“<a href="https://x.org” in'),
    "a comment": ("markup-left", draft("Talks <!-- more --> began"), "“<!--” in the text"),
    "a lone sign": ("broken-tag", draft("Talks began # politics"), "“#” in the text is no hashtag"),
    "a doubled sign": ("broken-tag", draft("Talks began ##politics"), "“##politics” in the text is no hashtag"),
    "dots alone": (
        "only-dots",
        draft("Talks begin in the capital\n\n[...]"),
        "nothing but dots in a paragraph of the text",
    ),
    "an empty bracket": ("empty-part", draft("Talks began () on Monday"), "“()” in the text holds nothing"),
    "a bare point": ("empty-part", draft("In brief\n•\nTalks began"), "a point without words in the text"),
    "a mail that says no language": (
        "mail-barrier",
        draft("x y", kind="email", html="<html><head><title>x</title></head><body><h1>x</h1></body></html>"),
        "<html> says no language",
    ),
    "a mail that says nothing of the dark": (
        "mail-hint",
        draft("x y", kind="email", html="<p>x"),
        "no meta color-scheme",
    ),
    "a mail that is nearly clipped": (
        "mail-large",
        draft("x y", kind="email", html="и" * 40_001),
        "80,002 bytes of HTML",
    ),
    "an open colon": ("empty-part", draft("Correction:", link=""), "the text ends with a colon"),
    "no words": ("empty-part", draft(f"!\n\n{LINK}"), "there are no words in it"),
    "a blocked phrase": ("blocked-word", draft("It is a State\nsecret, they said"), "“State secret” in the text"),
    "a blocked beginning": ("blocked-word", draft("Названы террористами"), "“террористами” in the text"),
    "too long": ("too-long", draft("word " * 60), "300 units, and 280 fit"),
    "a headline above its card": (
        "headline-twice",
        draft("Talks begin in Minsk. Two sides met.", told=story(headline="Talks begin in Minsk")),
        "the headline in the text, and on the card below it",
    ),
    "a headline twice": (
        "headline-twice",
        draft(
            "Talks begin in Minsk\n\nTalks begin in Minsk.", kind="console", told=story(headline="Talks begin in Minsk")
        ),
        "the headline twice in the text",
    ),
    "a shout": ("all-capitals", draft("x", told=story(headline="TALKS BEGIN IN MINSK")), "the headline is in capitals"),
    "a shouting text": ("all-capitals", draft(f"TALKS BEGIN IN MINSK\n\n{LINK}"), "the text is in capitals throughout"),
    "four tags": ("too-many-tags", draft("Talks #One #Two #Three #Four"), "4 hashtags in the text"),
    "an open quotation": (
        "cut-quotation",
        draft("He said: “We agreed to it"),
        "““We agreed to it” in the text is never",
    ),
    "an open nested quotation": (
        "cut-quotation",
        draft("Он сказал: «Роман „Идиот“ готов"),
        "in the text is never closed",
    ),
    "an open German quotation": ("cut-quotation", draft("Er sagte: »Wir kommen"), "“»Wir kommen” in the text is never"),
    "a mailed picture without words": (
        "missing-alt",
        draft("x y", html='<img src="https://i.org/a.jpg" alt="">', told=story(image=Image(url="https://i.org/a.jpg"))),
        "the picture has no alternative text",
    ),
    "a posted picture without words": (
        "missing-alt",
        draft("x y", image=Image(url="https://i.org/a.jpg")),
        "the picture has no alternative text",
    ),
    "a lost space": (
        "accidental-link",
        draft("They read the text.Next came the vote"),
        "“text.Next” in the text becomes",
    ),
    "a name that is a host": (
        "accidental-link",
        draft("Booking.com was fined"),
        "“Booking.com” in the text becomes a link",
    ),
    "an old dateline": (
        "dateline-far",
        draft("x y", told=story(dateline=Dateline(date="3 November"), published=datetime(2026, 11, 24, tzinfo=UTC))),
        "the dateline says “3 November”, the story is of 2026-11-24",
    ),
    "letters of two scripts": (
        "look-alikes",
        draft("Talks with Моsсow began"),
        "“Моsсow” in the text has letters of two",
    ),
    "a Latin letter in Cyrillic": (
        "look-alikes",
        draft("Переговоры в Mинске"),
        "“Mинске” in the text has letters of two",
    ),
    "another's page": ("foreign-link", draft("x y", link="https://other.org/a"), "the post leads to other.org"),
}

GOOD = {
    "a name with an ampersand": draft("AT&T; and Marks & Spencer met"),
    "an ampersand before an unknown name": draft("Ministers of R&Dlab; and others"),
    "an address with parameters": draft("See https://news.example.org/?a=1&copy;=2"),
    "brackets that are no tag": draft("It holds if a < b and b > c, <angle brackets>"),
    "a number": draft("The # 1 seed met the #1 team"),
    "a tag": draft("Talks began #Politics #COP31 C# #МИД"),
    "a text with dots in it": draft("Talks... began in the capital…"),
    "a function": draft("The call print() fails"),
    "a colon before a link": draft(f"Here is what we know:\n\n{LINK}"),
    "a word within another": draft("An interstate secretary spoke"),
    "the headline alone": draft(f"Talks begin in Minsk\n\n{LINK}", told=story(headline="Talks begin in Minsk")),
    "a headline once": draft(
        "Talks begin in Minsk\n\nThey met.", kind="console", told=story(headline="Talks begin in Minsk")
    ),
    "a short headline": draft("War and war", kind="console", told=story(headline="War")),
    "an editor's own words": draft("Talks begin in Minsk", told=story(feed=BY_HAND, headline="Talks begin in Minsk")),
    "a flash": draft("TALKS BEGIN IN MINSK", told=story(headline="TALKS BEGIN IN MINSK", urgency=1)),
    "names in capitals": draft("NATO, EU", told=story(headline="NATO, EU")),
    "quotations that close": draft("“We,” he said, “agreed.” «Роман „Идиот“» – »Wort« – 「言う『は』」"),
    "a quotation of two paragraphs": draft("“We agreed.\n\n“And we left,” he said", kind="console"),
    "a picture with words": draft("x y", image=Image(url="https://i.org/a.jpg", alt="A bridge")),
    "a picture that is not shown": draft("x y", told=story(image=Image(url="https://i.org/a.jpg"))),
    "a picture that is refused": draft(
        "x y", told=story(image=Image(url="https://i.org/a.jpg", refused="no social use"))
    ),
    "our own host": draft("More on news.example.org today"),
    "a host in a mail": draft("Booking.com was fined", kind="email"),
    "a dateline of the night": draft(
        "x y", told=story(dateline=Dateline(date="23 November"), published=datetime(2026, 11, 24, tzinfo=UTC))
    ),
    "a dateline that says no day": draft("x y", told=story(dateline=Dateline(place="MINSK"))),
    "scripts side by side": draft("IT-компания и кВт, µF, iPhone"),
    "words of two scripts that do not look alike": draft("COVIDом и 5Gшный"),
    "no link": draft("x y", link=""),
    "no address": draft("x y", link="https://[broken"),
    "words like a document": draft("{sic} he said", link=LINK),
    "a list that is one": draft('{"headline": ["x"], "text": "Words"}', kind="webhook"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_found_with_its_place_and_the_fix(name: str) -> None:
    rule, one, words = BAD[name]
    told = [finding for finding in lint(one, STYLE, {}) if finding.rule == rule]
    assert words in told[0].found
    assert all(finding.fix for finding in lint(one, STYLE, {}))


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_is_left_alone(name: str) -> None:
    assert found(GOOD[name]) == {}


def test_every_rule_has_a_case_of_what_it_finds() -> None:
    assert {rule for rule, _, _ in BAD.values()} == set(RULES)


def test_without_lists_of_the_newsroom_no_word_is_blocked_and_no_link_foreign() -> None:
    one = draft("A state secret", link="https://other.org/a")
    assert found(one, Style()) == {}


def test_rules_block_only_what_a_person_always_agrees_with() -> None:
    blocking = [name for name, rule in RULES.items() if rule.level is Level.BLOCK]
    assert blocking == [
        *("entity-left", "markup-left", "broken-tag", "only-dots", "empty-part", "blocked-word", "too-long"),
        "mail-barrier",
    ]


@pytest.mark.parametrize(
    ("entity", "fix"),
    [("&amp;", "write &"), ("&nbsp;", "write a space, or nothing"), ("&#160;", "write a space, or nothing"),
     ("&#8211;", "write –"), ("&#x2013;", "write –"), ("&#0;", "write a space, or nothing"),
     ("&#xD800;", "write a space, or nothing")],
)  # fmt: skip
def test_the_fix_of_an_entity_is_its_character(entity: str, fix: str) -> None:
    (one,) = lint(draft(f"Ministers {entity} members"), STYLE, {})
    assert one.fix == fix


def test_a_route_says_what_a_rule_does_and_the_first_that_takes_the_story_decides() -> None:
    loud = Route(name="a", channels=("x",), categories=("Sport",), lint=(("entity-left", Level.OFF),))
    calm = Route(name="b", channels=("x", "y"), lint=(("entity-left", Level.WARN), ("all-capitals", Level.BLOCK)))
    bad = draft("THREE &#38; MORE GOALS TODAY", told=story(headline="x", categories=("Sport",)))
    assert [one.level for one in Linter(Style(), (loud, calm), "x").lint(bad)] == [Level.WARN]
    assert [(one.rule, one.level) for one in Linter(Style(), (loud, calm), "y").lint(bad)] == [
        ("entity-left", Level.WARN),
        ("all-capitals", Level.BLOCK),
    ]
    assert [one.level for one in Linter(Style(), (loud, calm), "z").lint(bad)] == [Level.BLOCK, Level.WARN]


def test_what_tells_several_stories_is_held_for_nothing_but_a_blocked_word() -> None:
    several = replace(draft("A &amp; B, a state secret"), article=None)
    levels = {one.rule: one.level for one in Linter(STYLE).lint(several)}
    assert levels == {"entity-left": Level.WARN, "blocked-word": Level.BLOCK}


def test_what_somebody_let_go_blocks_no_more_and_anything_else_does() -> None:
    findings = lint(draft("A &amp; B &lt; C"), STYLE, {})
    passed = settled(findings, {("entity-left", "“&amp;” in the text"): "Ann"})
    assert [(one.passed_by, one.blocks) for one in passed] == [("Ann", False), ("", True)]
    assert reason(passed) == "entity-left: “&lt;” in the text; write <"
    assert reason(settled(findings[:1], {("entity-left", "“&amp;” in the text"): "Ann"})) == ""


def test_what_was_found_is_shown_on_one_line_and_not_at_length() -> None:
    (one,) = lint(draft("He said: “" + "We agreed\nto it " * 10), STYLE, {})
    assert "\n" not in one.found
    assert len(one.found) < 100


def test_the_page_names_every_rule_with_its_level_and_no_other() -> None:
    page = (ROOT / "docs" / "lint.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `([a-z-]+)` \| (block|warn) \|", page, flags=re.MULTILINE))
    assert told == {name: rule.level.value for name, rule in RULES.items()}


@settings(max_examples=200, deadline=None)
@given(
    text=st.text(alphabet='aA #&;<>b./:“”«»„()[]…\n-жЖ.com{}"', max_size=60), kind=st.sampled_from(("twitter", "email"))
)
def test_no_text_confuses_a_rule_and_the_same_text_gives_the_same_findings(text: str, kind: str) -> None:
    one = draft(text, kind=kind)
    first = lint(one, STYLE, {})
    assert first == lint(one, STYLE, {})
    assert all(isinstance(finding, Finding) and finding.found and finding.fix for finding in first)


@settings(max_examples=100, deadline=None)
@given(words=st.lists(st.from_regex(r"[a-z]{2,8}", fullmatch=True), min_size=3, max_size=20))
def test_plain_words_are_never_held(words: list[str]) -> None:
    assert not [one for one in lint(draft(" ".join(words).capitalize() + "."), Style(), {}) if one.blocks]


def test_what_is_wrong_with_a_mail_as_a_whole_blocks_an_issue_too() -> None:
    mail = Draft(message=Message(text="x y", html="<h1>x</h1>"), article=None, kind="email", limits=Limits(text=None))
    assert [one.rule for one in Linter().lint(mail) if one.blocks] == ["mail-barrier"] * 5
