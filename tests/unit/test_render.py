"""Rendering: every shipped template against its golden file, fitting, mail structure, and templates that are wrong.

``GOLDEN_FILES=write`` writes the golden files anew; read the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import css_inline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, nodes

from distributor.errors import TemplateError
from distributor.mime import ADDRESS, CONFIRM, DIALS, LEAVE, LIST, TOKEN, VIEW, compose
from distributor.model import (
    Act,
    Alert,
    Article,
    Dateline,
    Digest,
    Entity,
    Image,
    Issue,
    IssueState,
    Letter,
    Limits,
    Message,
    Occasion,
    Recipient,
    Revision,
    RevisionClass,
    Story,
    Style,
)
from distributor.render import Desk, Renderer, shipped_folder
from distributor.render.changes import ChangeView, EventView
from distributor.render.environment import Templates
from distributor.render.fitting import shortened
from distributor.render.letters import LetterView
from distributor.render.mails import LARGEST_HTML, largest
from distributor.render.renderer import LONGEST_SUMMARY
from distributor.render.samples import LETTERS
from distributor.render.views import (
    DeskView,
    DigestView,
    IssueView,
    NoticeView,
    ReaderView,
    StoryView,
    direction,
    issue_view,
)
from distributor.render.words import Words, words
from distributor.rules.mail.barriers import barriers, hints
from distributor.text.measure import utf16_length, weighted_length

GOLDEN = Path(__file__).parent.parent / "golden"
PAGE = Path(__file__).parent.parent.parent / "docs" / "templates.md"
AT = datetime(2026, 11, 30, 3, 40, tzinfo=UTC)
X, TELEGRAM, FREE = (
    Limits(text=280, measure=weighted_length),
    Limits(text=4096, measure=utf16_length),
    Limits(text=None),
)
DESK = Desk(name="Northern Wire", zone="Europe/Minsk", language="en", imprint="Northern Wire\n1 Press Street, Minsk")
TAGGED = Style(hashtags=(("Politics", "home affairs"),), tags=("budget", "Parliament"))
LINK = "https://news.example.org/politics/budget/?utm_id=aaaabbbbccccdddd"

BUDGET = Article(
    feed="main",
    guid="budget-1",
    url="https://news.example.org/politics/budget/",
    headline="Parliament adopts the <2027> budget & goes home",
    summary="Spending on regional hospitals grows by a fifth. The law takes effect on 1 January.",
    body="The parliament adopted the budget on Sunday night.\n\nSpending grows by a fifth.",
    dateline=Dateline(place="MINSK", date="30 November", agency="NW"),
    byline="Anna Writer",
    published=AT,
    categories=("Politics", "Economy"),
    urgency=3,
    image=Image(
        url="https://news.example.org/vote.jpg",
        alt='Members "vote"',
        credit="A. Photographer",
        width=1200,
        height=675,
    ),
    language="en",
    revision=2,
)
METRO = Article(
    feed="main",
    guid="metro-1",
    url="https://news.example.org/metro/",
    headline="В Минске открылась станция «Слуцкий Гостинец» 🚇",
    summary="Движение началось в шесть утра. Первыми пассажирами стали строители.",
    published=AT,
    language="ru",
)
VISIT = Article(
    feed="main",
    guid="visit-1",
    url="https://news.example.org/visit/",
    headline="وزير الخارجية يصل إلى Minsk في زيارة رسمية",
    summary="وصل وزير الخارجية صباح اليوم إلى العاصمة.",
    categories=("سياسة",),
)
BARE = Article(feed="main", guid="bare-1", url="", headline="Only a headline")
ALERT = Alert(
    id=9,
    key="feed:politics",
    text="the feed <politics> could not be read 5 times in a row: answered 503 & nothing more",
    hint="is its address right? distributor fetch politics shows what it answers",
    raised_at=AT,
    recovered_at=AT + timedelta(hours=2),
    recovery="the feed <politics> can be read again",
)
SHEET = Alert(
    id=10,
    key="handover:2026-11-30T12:00:00Z",
    text="Hand-over, 07:00 to 2026-11-30 15:00 (Europe/Minsk)",
    hint="Held: 1\n  Budget <adopted> (telegram, 12) - approval: nobody has said yes\n\nSent\n  x: 14 posts",
    raised_at=AT,
    recovered_at=None,
    recovery="",
)
WORDS = "Briefing at 11:00: the <budget> & what follows\n\nBring your press card."
DIGEST = Digest(name="Morning_1", title="Morning news", channel="mail", slots=("@daily",), zone="Europe/Minsk")
ISSUE = Issue(
    id=12, digest="Morning_1", slot="2026-11-30T07:00[Europe/Minsk]", state=IssueState.OPEN, reason="", opened_at=AT
)


def story(article: Article = BUDGET, number: int = 1) -> Story:
    return Story(id=number, article=article, first_seen_at=AT)


STORIES = tuple(story(article, number) for number, article in enumerate((BUDGET, METRO, VISIT, BARE), 1))


SECTIONS = (("", STORIES[:1]), ("Transport", STORIES[1:2]), ("World", STORIES[2:]))
#: of a newsroom that has pages for its readers
PUBLIC = Renderer((), DESK, is_public=True)


CORRECTED = Revision(
    number=1,
    meaning=RevisionClass.CORRECTION,
    note="The budget is 9.5 billion, not <95> billion.",
    who="",
    at=AT + timedelta(hours=7, minutes=25),
)
MOVED = replace(CORRECTED, note="وصل الوزير إلى Minsk مساء، لا صباحا.")
FIXED = replace(CORRECTED, number=2, meaning=RevisionClass.REFILE, note="", at=AT + timedelta(days=1))
WITHDRAWN = replace(CORRECTED, meaning=RevisionClass.WITHDRAWAL, note="The vote was postponed.")


def answer(change: Revision) -> Occasion:
    return Occasion(act=Act.REPLY, about="aaaabbbbccccdddd", change=change)


def own_link(told: Story) -> str:
    return f"{told.article.url}?utm_id=aaaabbbbccccdddd" if told.article.url else ""


@pytest.fixture(scope="module")
def shipped() -> Renderer:
    return Renderer((), DESK)


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Renderer]:
    """A renderer with an operator's own templates."""

    def write(**files: str) -> Renderer:
        for name, content in files.items():
            kind, _, rest = name.partition("__")
            path = tmp_path / kind / rest.replace("__", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return Renderer((tmp_path,), DESK)

    return write


def shown(message: Message) -> dict[str, str]:
    """A message as golden files: one for each part."""
    parts = {"txt": message.text}
    if message.html:
        parts |= {"html": message.html, "subject.txt": message.subject}
    if message.entities:
        parts["entities.txt"] = "\n".join(f"{e.type} {e.offset} {e.length} {e.url}".strip() for e in message.entities)
    return {ending: content.rstrip("\n") + "\n" for ending, content in parts.items()}


def letter(renderer: Renderer, one: Letter) -> Message:
    """A letter about the digest and another newsletter."""
    return renderer.letter(one, {"sample": "Morning <news>"})


MADE: dict[str, Callable[[Renderer], Message]] = {
    "twitter-post": lambda r: r.story("twitter", X, story(), link=LINK),
    "twitter-post-bare": lambda r: r.story("twitter", X, story(BARE), link=""),
    "twitter-post-without-link": lambda r: r.story("twitter", X, story(), link=""),
    "twitter-post-tagged": lambda _: Renderer([], DESK, TAGGED).story("twitter", X, story(), link=LINK),
    "telegram-post": lambda r: r.story("telegram", TELEGRAM, story(), link=LINK),
    "telegram-post-button": lambda r: r.story("telegram", replace(TELEGRAM, button=True), story(), link=LINK),
    "telegram-post-russian": lambda r: r.story("telegram", TELEGRAM, story(METRO), link=LINK),
    "telegram-post-arabic": lambda r: r.story("telegram", TELEGRAM, story(VISIT), link=LINK, notes=(MOVED,)),
    "telegram-correction-arabic": lambda r: r.correction(
        "telegram", TELEGRAM, story(VISIT), link="", occasion=answer(MOVED)
    ),
    "twitter-correction-arabic": lambda r: r.correction("twitter", X, story(VISIT), link="", occasion=answer(MOVED)),
    "telegram-post-bare": lambda r: r.story("telegram", TELEGRAM, story(BARE), link=""),
    "webhook-post": lambda r: r.story("webhook", FREE, story(), link=LINK),
    "webhook-post-bare": lambda r: r.story("webhook", FREE, story(BARE), link=""),
    "console-post": lambda r: r.story("console", FREE, story(), link=LINK),
    "console-post-bare": lambda r: r.story("console", FREE, story(BARE), link=""),
    "email-alert": lambda r: r.story("email", FREE, story(), link=LINK),
    "email-alert-bare": lambda r: r.story("email", FREE, story(BARE), link=""),
    "twitter-roundup": lambda r: r.roundup("twitter", X, ISSUE, STORIES * 2, link=own_link)[0],
    "twitter-roundup-single": lambda r: r.roundup("twitter", X, ISSUE, STORIES[:1], link=own_link)[0],
    "telegram-roundup": lambda r: r.roundup("telegram", TELEGRAM, ISSUE, STORIES, link=own_link)[0],
    "telegram-roundup-single": lambda r: r.roundup("telegram", TELEGRAM, ISSUE, STORIES[1:2], link=own_link)[0],
    "console-roundup": lambda r: r.roundup("console", FREE, ISSUE, STORIES, link=own_link)[0],
    "webhook-roundup": lambda r: r.roundup("webhook", FREE, ISSUE, STORIES, link=own_link)[0],
    "telegram-notice": lambda r: r.notice("telegram", TELEGRAM, ALERT, over=False),
    "telegram-notice-over": lambda r: r.notice("telegram", TELEGRAM, ALERT, over=True),
    "webhook-notice": lambda r: r.notice("webhook", FREE, ALERT, over=False),
    "webhook-notice-over": lambda r: r.notice("webhook", FREE, ALERT, over=True),
    "console-notice": lambda r: r.notice("console", FREE, ALERT, over=False),
    "console-notice-over": lambda r: r.notice("console", FREE, ALERT, over=True),
    "email-notice": lambda r: r.notice("email", FREE, ALERT, over=False),
    "email-notice-over": lambda r: r.notice("email", FREE, ALERT, over=True),
    "email-notice-sheet": lambda r: r.notice("email", FREE, SHEET, over=False),
    "telegram-notice-sheet": lambda r: r.notice("telegram", TELEGRAM, SHEET, over=False),
    "twitter-own": lambda r: r.own("twitter", X, story(), WORDS, link=LINK),
    "telegram-own": lambda r: r.own("telegram", TELEGRAM, story(), WORDS, link=LINK),
    "telegram-own-bare": lambda r: r.own("telegram", TELEGRAM, story(BARE), WORDS, link=""),
    "webhook-own": lambda r: r.own("webhook", FREE, story(), WORDS, link=LINK),
    "console-own": lambda r: r.own("console", FREE, story(), WORDS, link=LINK),
    "email-own-public": lambda _: PUBLIC.own("email", FREE, story(), WORDS, link=LINK),
    "email-own": lambda r: r.own("email", FREE, story(), WORDS, link=LINK),
    "email-digest": lambda r: r.digest(DIGEST, ISSUE, STORIES)[0],
    "email-digest-sections": lambda _: PUBLIC.digest(DIGEST, replace(ISSUE, again=True), STORIES, groups=SECTIONS)[0],
    **{f"email-{name}": partial(letter, one=one) for name, one in LETTERS.items()},
    "email-letter-confirm-russian": lambda r: letter(r, replace(LETTERS["letter-confirm"], language="ru")),
    "telegram-post-corrected": lambda r: r.story("telegram", TELEGRAM, story(), link=LINK, notes=(CORRECTED, FIXED)),
    "telegram-correction": lambda r: r.correction("telegram", TELEGRAM, story(), link=LINK, occasion=answer(CORRECTED)),
    "telegram-correction-withdrawn": lambda r: r.correction(
        "telegram", TELEGRAM, story(), link="", occasion=replace(answer(WITHDRAWN), act=Act.EDIT)
    ),
    "twitter-correction": lambda r: r.correction("twitter", X, story(), link="", occasion=answer(CORRECTED)),
    "twitter-correction-bare": lambda r: r.correction("twitter", X, story(METRO), link=LINK, occasion=answer(FIXED)),
    "console-correction": lambda r: r.correction("console", FREE, story(), link=LINK, occasion=answer(CORRECTED)),
    "webhook-correction": lambda r: r.correction("webhook", FREE, story(), link=LINK, occasion=answer(CORRECTED)),
    "webhook-post-changed": lambda r: r.story(
        "webhook", FREE, story(BARE), link="", occasion=replace(answer(CORRECTED), act=Act.EDIT)
    ),
    "webhook-delete": lambda r: r.deletion("webhook", story(), occasion=replace(answer(WITHDRAWN), act=Act.DELETE)),
    "webhook-delete-bare": lambda r: r.deletion("webhook", story(BARE), occasion=Occasion(act=Act.DELETE)),
    "email-correction": lambda r: r.correction("email", FREE, story(), link=LINK, occasion=answer(CORRECTED)),
    "email-correction-withdrawn": lambda r: r.correction("email", FREE, story(), link=LINK, occasion=answer(WITHDRAWN)),
}


@pytest.mark.parametrize("name", MADE)
def test_a_shipped_template_renders_its_golden_file(name: str, shipped: Renderer) -> None:
    made = shown(MADE[name](shipped))
    if os.environ.get("GOLDEN_FILES") == "write":
        for ending, content in made.items():
            (GOLDEN / f"{name}.{ending}").write_text(content, encoding="utf-8")
    golden = {p.name.removeprefix(f"{name}."): p.read_text("utf-8") for p in GOLDEN.glob(f"{name}.*")}
    assert made == golden


def test_every_shipped_template_has_a_golden_file_and_every_golden_file_a_maker() -> None:
    folder = shipped_folder()
    files = {f"{path.parent.name}-{path.name.partition('.')[0]}" for path in folder.glob("*/*.j2")}
    kinds = {"twitter", "telegram", "webhook", "console", "email"}
    assert {name for name in files if name.split("-")[0] in kinds and "-_" not in name} <= set(MADE)
    assert {path.name.partition(".")[0] for path in GOLDEN.iterdir() if path.name.split("-")[0] in kinds} == set(MADE)


def test_what_is_compiled_already_is_compiled_again_only_when_its_text_has_changed(
    own: Callable[..., Renderer], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = []
    generate = Environment._generate

    def told(self: Environment, source: nodes.Template, name: str | None, *more: Any, **told: Any) -> str:
        compiled.append(name)
        return generate(self, source, name, *more, **told)

    def printed(**files: str) -> str:
        return own(**files).story("console", FREE, story(), link="").text

    monkeypatch.setattr(Environment, "_generate", told)
    assert [printed(console__post__txt__j2="first"), printed()] == ["first", "first"]
    assert [printed(console__post__txt__j2="second"), printed()] == ["second", "second"]
    assert compiled.count("console/post.txt.j2") == 2


def test_all_shipped_templates_pass_the_start_up_check(shipped: Renderer) -> None:
    shipped.compile_all()


def test_an_alert_longer_than_its_channel_allows_is_shortened_and_never_lost(shipped: Renderer) -> None:
    long = replace(ALERT, text="a very long trouble " * 400)
    message = shipped.notice("telegram", TELEGRAM, long, over=False)
    assert utf16_length(message.text) <= 4096
    assert message.text.startswith("Alert: a very long trouble")
    assert message.entities == ()


def test_the_notice_for_machines_has_the_same_keys_when_it_is_over(shipped: Renderer) -> None:
    raised = json.loads(shipped.notice("webhook", FREE, ALERT, over=False).text)
    over = json.loads(shipped.notice("webhook", FREE, ALERT, over=True).text)
    assert list(raised) == list(over)
    assert (raised["over"], raised["until"], raised["recovery"]) == (False, None, None)
    assert (over["over"], over["until"]) == (True, "2026-11-30T05:40:00Z")


def test_a_post_leads_to_its_link_and_speaks_its_storys_language(shipped: Renderer) -> None:
    message = shipped.story("telegram", TELEGRAM, story(METRO), link=LINK)
    assert (message.link, message.language) == (LINK, "ru")
    assert message.entities[-1] == Entity(type="text_link", offset=message.entities[-1].offset, length=16, url=LINK)
    assert shipped.story("twitter", X, story(BARE), link="").language == "en"


def test_the_same_story_makes_the_same_message(shipped: Renderer) -> None:
    again = Renderer((), DESK)
    for make in MADE.values():
        assert make(shipped) == make(again)


def test_the_webhook_document_is_json_with_every_key_there(shipped: Renderer) -> None:
    full = json.loads(shipped.story("webhook", FREE, story(), link=LINK).text)
    bare = json.loads(shipped.story("webhook", FREE, story(BARE), link="").text)
    assert list(full) == list(bare)
    assert (full["id"], full["revision"], full["link"], full["published"]) == (1, 2, LINK, "2026-11-30T03:40:00Z")
    assert (bare["link"], bare["url"], bare["image"], bare["published"], bare["categories"]) == (
        None,
        None,
        None,
        None,
        [],
    )
    for key in full:
        assert f"`{key}`" in PAGE.read_text("utf-8")


# ---- fitting


WORDS_OF_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
LONG = st.lists(WORDS_OF_TEXT, max_size=12).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(headline=LONG.filter(lambda text: len(text.strip()) > 1), summary=LONG, body=LONG)
def test_whatever_the_story_says_the_post_fits_and_ends_with_its_link(headline: str, summary: str, body: str) -> None:
    article = replace(BARE, headline=headline, summary=summary, body=body)
    renderer = RENDERER
    post = renderer.story("twitter", X, story(article), link=LINK)
    assert weighted_length(post.text) <= 280
    assert post.text.endswith(LINK)
    assert post.text == LINK or post.text.endswith("\n\n" + LINK)
    for limits in (TELEGRAM, Limits(text=60, measure=utf16_length)):
        message = renderer.story("telegram", limits, story(article), link=LINK)
        assert utf16_length(message.text) <= (limits.text or 0)
        assert all(entity.offset + entity.length <= utf16_length(message.text) for entity in message.entities)
        assert message.entities[-1].url == LINK


RENDERER = Renderer((), DESK)


def test_a_long_summary_gives_way_before_the_link(shipped: Renderer) -> None:
    long = "The parliament adopted the budget after a debate of eleven hours. " * 12
    post = shipped.story("twitter", X, story(replace(BUDGET, summary=long)), link=LINK)
    assert weighted_length(post.text) <= 280
    assert post.text.endswith("eleven hours.\n\n" + LINK)


def test_a_long_headline_alone_is_shortened_between_words(shipped: Renderer) -> None:
    headline = "The desk could not agree which of the facts came first " * 10
    post = shipped.story("twitter", X, story(replace(BARE, headline=headline)), link=LINK)
    text = post.text.removesuffix("\n\n" + LINK)
    assert text.endswith("…")
    assert headline.startswith(text.removesuffix("…").rstrip())
    assert 200 < weighted_length(post.text) <= 280


def test_a_headline_too_long_for_the_post_does_not_lose_the_summary(shipped: Renderer) -> None:
    post = shipped.story("twitter", X, story(replace(BUDGET, headline="Very long " * 60)), link=LINK)
    assert post.text == BUDGET.summary + "\n\n" + LINK


def test_a_headline_of_one_endless_word_is_cut_between_characters(shipped: Renderer) -> None:
    post = shipped.story("twitter", X, story(replace(BARE, headline="a" * 400)), link=LINK)
    assert weighted_length(post.text) == 280
    assert post.text == "a" * 253 + "…\n\n" + LINK


def test_a_family_of_joined_emoji_is_never_taken_apart() -> None:
    family = "👨‍👩‍👧‍👦"
    assert shortened(family * 10, 25, measure=len) == family * 3 + "…"
    assert shortened(family, 3, measure=len) == ""


def test_a_post_that_is_too_long_without_any_text_says_so(own: Callable[..., Renderer]) -> None:
    renderer = own(twitter__post__txt__j2="{{ story.headline }}" + "x" * 300)
    with pytest.raises(TemplateError, match=r"twitter/post\.txt\.j2: .*limit is 280"):
        renderer.story("twitter", X, story(), link=LINK)


def test_telegram_gets_two_to_four_sentences_at_most(shipped: Renderer) -> None:
    body = " ".join(f"Sentence number {n} tells something about the budget of the year." for n in range(40))
    message = shipped.story("telegram", TELEGRAM, story(replace(BUDGET, summary="", body=body)), link=LINK)
    summary = message.text.split("\n\n")[1]
    assert 0 < len(summary) <= LONGEST_SUMMARY


# ---- what a template sees


@given(
    headlines=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=300), min_size=1, max_size=130),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize(("kind", "limits"), [("twitter", X), ("telegram", TELEGRAM)])
def test_a_round_up_fits_however_many_stories_it_tells(kind: str, limits: Limits, headlines: list[str]) -> None:
    stories = [story(replace(BARE, headline=headline), number) for number, headline in enumerate(headlines, 1)]
    message, told = Renderer((), DESK).roundup(kind, limits, ISSUE, stories, link=own_link)
    assert limits.measure(message.text) <= (limits.text or 0)
    assert len(message.entities) <= 100
    assert told == stories[: len(told)]
    rest = len(stories) - len(told)
    assert message.text.endswith(f"and {rest} more") is bool(rest)


@given(words=st.lists(st.lists(st.sampled_from(["city", "council", "budget", "vote"]), min_size=3, max_size=90)))
@settings(max_examples=60, deadline=None)
def test_no_headline_of_a_round_up_is_cut_within_a_word(words: list[list[str]]) -> None:
    told = [" ".join(one) for one in words] or ["A headline"]
    stories = [story(replace(BARE, headline=headline), number) for number, headline in enumerate(told, 1)]
    lines = Renderer((), DESK).roundup("twitter", X, ISSUE, stories, link=own_link)[0].text.splitlines()[1:]
    shown = [line.removeprefix("• ") for line in lines if line.startswith("• ")]
    assert shown
    for whole, line in zip(told, shown, strict=False):
        assert line == whole or (len(shown) == 1 and whole.startswith(line.removesuffix("…") + " "))


def test_a_first_headline_that_does_not_fit_alone_is_cut_between_words(shipped: Renderer) -> None:
    long = story(replace(BARE, headline="The council votes on the budget " * 12))
    message, told = shipped.roundup("twitter", X, ISSUE, [long, story(BARE, 2)], link=own_link)
    assert told == [long]
    assert X.measure(message.text) <= 280
    assert re.search(r" (The|council|votes|on|the|budget)…\nand 1 more$", message.text)


def test_a_round_up_shows_its_link_only_where_it_says_it_does(shipped: Renderer) -> None:
    on_x, _ = shipped.roundup("twitter", X, ISSUE, STORIES, link=own_link)
    on_telegram, _ = shipped.roundup("telegram", TELEGRAM, ISSUE, STORIES, link=own_link)
    assert (on_x.link, on_telegram.link) == ("", own_link(STORIES[0]))


@pytest.mark.parametrize(("template", "is_linked"), [(None, False), ("{{ stories[0].link }}", True), ("{{", True)])
def test_whether_round_ups_have_links_is_asked_of_their_template(
    tmp_path: Path, template: str | None, is_linked: bool
) -> None:
    (tmp_path / "twitter").mkdir()
    if template is not None:
        (tmp_path / "twitter" / "roundup.txt.j2").write_text(template, "utf-8")
    renderer = Renderer([tmp_path], DESK)
    assert renderer.links_in_roundup("twitter") is is_linked
    assert renderer.links_in_roundup("telegram")
    assert renderer.links_in_roundup("a kind without one")


def test_a_round_up_whose_own_words_are_too_long_says_so(shipped: Renderer) -> None:
    with pytest.raises(TemplateError, match=r"twitter/roundup\.txt\.j2: "):
        shipped.roundup("twitter", Limits(text=5), ISSUE, STORIES, link=own_link)


def test_no_story_can_smuggle_a_token_a_control_character_or_a_script(shipped: Renderer) -> None:
    bad = replace(
        BUDGET,
        headline=f"A{LEAVE}B\x00C\nD",
        summary=f"x {ADDRESS} y. \x1b[31m Second sentence here.",
        url="javascript:alert(1)",
        image=Image(url="data:image/png;base64,AA"),
    )
    mail, _ = shipped.digest(DIGEST, ISSUE, [story(bad)])
    assert (mail.html.count(LEAVE), mail.html.count(ADDRESS)) == (2, 1)
    assert "javascript" not in mail.html
    assert "<img" not in mail.html
    assert mail.subject.startswith("AB C D")
    post = shipped.story("twitter", X, story(bad), link="javascript:alert(1)")
    assert "\x1b" not in post.text
    assert post.link == ""


def test_markup_in_a_story_stays_text_in_html(shipped: Renderer) -> None:
    mail = shipped.story("email", FREE, story(replace(BUDGET, headline='<script>alert("x")</script>')), link=LINK)
    assert Structure(mail.html).all("script") == []
    assert "<script>" in mail.text


@pytest.mark.parametrize(
    ("language", "sample", "expected"),
    [("ar", "x", "rtl"), ("he-IL", "x", "rtl"), ("az-Arab", "x", "rtl"), ("ru", "وزير", "ltr"), ("", "123 وزير", "rtl"),
     ("", "12 Minsk وزير", "ltr"), ("", "123", "ltr")],
)  # fmt: skip
def test_direction_follows_the_language_or_the_first_strong_letter(language: str, sample: str, expected: str) -> None:
    assert direction(language, sample) == expected


def test_direction_falls_back_to_the_desks_language() -> None:
    assert direction("", "123", otherwise="fa") == "rtl"


@pytest.mark.parametrize("slot", ["tomorrow", "2026-11-30T07:00[No/Where]", "2026-13-30T07:00[UTC]"])
def test_an_issue_without_a_readable_slot_is_dated_by_its_opening(slot: str) -> None:
    assert issue_view(replace(ISSUE, slot=slot)).date == AT
    assert issue_view(ISSUE).date.isoformat() == "2026-11-30T07:00:00+03:00"


def test_instants_are_shown_in_the_desks_zone_and_language(own: Callable[..., Renderer]) -> None:
    template = "{{ story.published | when }}|{{ story.published | when('date') }}|{{ story.published | when('time') }}|"
    renderer = own(console__post__txt__j2=template + "{{ story.published | when('iso') }}|{{ story.updated | when }}")
    shown = {
        code: renderer.story("console", FREE, story(replace(BUDGET, language=code)), link="")
        for code in ("en", "ru-BY", "be", "de")
    }
    assert shown["en"].text == "30 November 2026, 06:40 (Europe/Minsk)|30 November 2026|06:40|2026-11-30T03:40:00Z|"
    assert shown["ru-BY"].text.startswith("30 ноября 2026, 06:40")
    assert shown["be"].text.startswith("30 лістапада 2026, 06:40")
    assert shown["de"].text.startswith("2026-11-30, 06:40")


def test_the_other_filters(own: Callable[..., Renderer]) -> None:
    renderer = own(
        console__post__txt__j2="{{ 'https://www.example.org:8/a' | domain }}|{{ '' | domain }}|"
        "{{ story.body | paragraphs | join('/') }}|{{ 'one two three four five six' | shorten(20) }}|"
    )
    text = renderer.story("console", FREE, story(), link="").text
    assert text.startswith(
        "example.org||The parliament adopted the budget on Sunday night./Spending grows by a fifth.|one"
    )
    assert "…|" in text


def test_languages_without_words_get_english_ones() -> None:
    assert words("ru-BY").read_in_full == "Читать полностью"
    assert words("xx") is words("en")


# ---- mail


class Structure(HTMLParser):
    """What stands in a mail's HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize("name", [name for name in MADE if name.startswith("email")])
def test_a_mails_html_is_accessible_and_whole(name: str, shipped: Renderer) -> None:
    mail = MADE[name](shipped)
    html = Structure(mail.html)
    assert not html.open
    (root,) = html.all("html")
    assert (root["lang"], root["dir"]) == ("ru" if name.endswith("russian") else "en", "ltr")
    assert ("title", mail.subject) in html.texts
    assert all(table["role"] == "presentation" for table in html.all("table"))
    assert all("alt" in image for image in html.all("img"))
    assert len(html.all("h1")) == 1
    assert {meta.get("name") for meta in html.all("meta")} >= {"viewport", "color-scheme", "supported-color-schemes"}
    assert "prefers-color-scheme: dark" in mail.html
    assert html.all("link", "script") == []
    assert mail.html.index('<meta charset="utf-8">') < 1024
    assert all(int(size) >= 16 for size in re.findall(r"font-size: (\d+)px", mail.html) if size != "0")
    assert html.all("a")[-1]["href"] == LEAVE
    ours = ("https://", LEAVE, DIALS, VIEW, CONFIRM)
    assert all(link["href"] and link["href"].startswith(ours) for link in html.all("a"))
    assert not re.search(r"#(000|fff)\b|#(000000|ffffff)\b", mail.html)
    for part in (mail.html, mail.text):
        assert "1 Press Street" in part
        assert LEAVE in part
        assert ADDRESS in part


def test_each_story_of_a_digest_keeps_its_language_and_direction(shipped: Renderer) -> None:
    mail, _ = shipped.digest(DIGEST, ISSUE, STORIES)
    cells = [cell for cell in Structure(mail.html).all("td") if "lang" in cell and "cell" in (cell["class"] or "")]
    assert [(cell["lang"], cell["dir"], cell["align"]) for cell in cells] == [
        ("en", "ltr", "left"),
        ("ru", "ltr", "left"),
        ("en", "rtl", "right"),
        ("en", "ltr", "left"),
    ]


def test_a_digest_in_one_language_speaks_it(shipped: Renderer) -> None:
    mail, _ = shipped.digest(replace(DIGEST, languages=("ru",), title="Утро"), ISSUE, STORIES[1:2])
    assert mail.language == "ru"
    assert mail.subject == "В Минске открылась станция «Слуцкий Гостинец» 🚇 · Утро, 30 ноября 2026"
    assert "Отписаться" in mail.html
    assert "Отписаться" in mail.text


def test_a_digest_carries_its_own_list_id_through_the_wire(shipped: Renderer) -> None:
    mail, _ = shipped.digest(DIGEST, ISSUE, STORIES)
    assert mail.headers[0] == ("List-Id", f"Morning news <morning-1.{LIST}>")
    raw = compose(
        mail,
        sender="news@example.org",
        recipient=Recipient(address="anna@example.com"),
        key="k",
        date=AT,
        domain="example.org",
        unsubscribe=("mailto:leave@example.org",),
        sender_id="exampleorg",
    )
    got = message_from_bytes(raw, policy=policy.default)
    assert got["List-Id"] == '"Morning news" <morning-1.example.org>'
    assert got["Feedback-ID"] == "20261130-0700:morning-1:en:exampleorg"
    body = got.get_body(("html",))
    assert body is not None
    assert 'href="mailto:leave@example.org"' in body.get_content()
    assert "anna@example.com" in body.get_content()


def test_a_digest_too_large_for_a_mailbox_gets_shorter_summaries(shipped: Renderer) -> None:
    long = "Spending on regional hospitals grows by a fifth, said the ministry. " * 6
    stories = [story(replace(METRO, summary=long, headline=f"Headline {n}"), n) for n in range(70)]
    mail, _ = shipped.digest(DIGEST, ISSUE, stories)
    assert len(mail.html.encode()) < LARGEST_HTML
    assert "Headline 69" in mail.html
    assert len(shipped.digest(DIGEST, ISSUE, stories[:2])[0].text) / 2 > len(mail.text) / 70


def test_a_digest_too_large_even_without_summaries_is_refused(shipped: Renderer) -> None:
    stories = [story(replace(METRO, headline=f"Headline {n} " + "и" * 200), n) for n in range(120)]
    with pytest.raises(TemplateError, match=r"clip it above 95,000; let .* fewer stories \(most\), or set web\.public"):
        shipped.digest(DIGEST, ISSUE, stories)


@pytest.mark.parametrize("name", [name for name in MADE if name.startswith("email")])
@pytest.mark.parametrize("language", ["en", "ru", "be", "ar"])
@pytest.mark.parametrize("is_public", [True, False])
def test_no_shipped_mail_keeps_anybody_from_reading_it(name: str, language: str, *, is_public: bool) -> None:
    renderer = Renderer((), replace(DESK, language=language), is_public=is_public)
    markup = MADE[name](renderer).html
    assert barriers(markup) == ()
    assert hints(markup) == ()


def test_a_mail_of_a_newsroom_with_pages_leads_to_them_at_both_ends() -> None:
    mail = MADE["email-digest"](PUBLIC)
    before, _, after = mail.html.partition("<h1")
    assert [before.count(token) for token in (VIEW, LEAVE)] == [1, 1]
    assert [after.count(token) for token in (VIEW, LEAVE, DIALS)] == [1, 1, 1]
    assert all(mail.text.count(token) == 1 for token in (VIEW, LEAVE, DIALS, ADDRESS))
    assert not {DIALS, VIEW} & set(TOKEN.findall(MADE["email-digest"](Renderer((), DESK)).html))
    assert DIALS not in MADE["email-notice"](PUBLIC).html


def test_sections_are_headings_and_the_lead_story_comes_first() -> None:
    mail = MADE["email-digest-sections"](PUBLIC)
    headings = [tag for tag, _ in Structure(mail.html).tags if tag in ("h1", "h2", "h3")]
    assert headings == ["h1", "h2", "h2", "h3", "h2", "h3", "h3"]
    assert re.findall(r"^(?:TRANSPORT|WORLD|\d\..*)", mail.text, re.MULTILINE)[0].startswith("1. Parliament")
    assert mail.text.index("TRANSPORT") < mail.text.index("2. В Минске") < mail.text.index("WORLD")


def test_the_second_issue_of_a_day_has_its_hour_in_the_subject(shipped: Renderer) -> None:
    first = shipped.digest(DIGEST, ISSUE, STORIES)[0].subject
    again = shipped.digest(DIGEST, replace(ISSUE, again=True), STORIES)[0].subject
    assert (first.endswith("30 November 2026"), again) == (True, f"{first}, 07:00")


def test_the_line_beside_the_subject_is_not_the_headline_again_and_ends_before_the_links(shipped: Renderer) -> None:
    mail = shipped.digest(DIGEST, ISSUE, STORIES)[0]
    hidden = next(text for tag, text in Structure(mail.html).texts if text.startswith("Spending"))
    assert BUDGET.headline not in hidden
    assert hidden.rstrip("\u034f\u200c\u00a0").endswith(f"Also: {METRO.headline}")
    assert len(hidden) > 200


def test_what_finds_no_room_in_a_mail_is_counted_and_stands_on_the_page() -> None:
    stories = [story(replace(METRO, headline=f"Headline {n} " + "и" * 200), n) for n in range(120)]
    mail, shown = PUBLIC.digest(DIGEST, ISSUE, stories, groups=[("", stories[:1]), ("All", stories[1:])])
    rest = 120 - len(shown)
    assert shown == stories[: len(shown)]
    assert 90_000 < largest(mail.html) <= LARGEST_HTML
    assert f">and {rest} more</a>" in mail.html
    assert f"and {rest} more:\n{VIEW}" in mail.text
    assert f"Headline {len(shown) - 1} " in mail.html
    assert f"Headline {len(shown)} " not in mail.html


def test_a_mail_whose_one_story_is_too_large_is_refused_with_what_to_do() -> None:
    huge = story(replace(METRO, headline="и" * 50_000))
    with pytest.raises(TemplateError, match=r"clip it above 95,000; let the digest have fewer stories \(most\)$"):
        PUBLIC.digest(DIGEST, ISSUE, [huge, story(BARE, 2)])


# ---- templates that are wrong


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("twitter__post__txt__j2", "a\n{% if %}", r"twitter/post\.txt\.j2:2: "),
        ("twitter__post__txt__j2", "a\nb\n{{ story.headlin }}", r"twitter/post\.txt\.j2:3: .*headlin"),
        ("twitter__post__txt__j2", "{{ story.headline | nofilter }}", r"twitter/post\.txt\.j2:1: .*nofilter"),
        ("twitter__post__txt__j2", "{% include 'nowhere.j2' %}", r"nowhere\.j2"),
        ("twitter__post__txt__j2", "\n{{ story.image.url }}", r"twitter/post\.txt\.j2:2: "),
        ("twitter__post__txt__j2", "{{ ''.__class__.__mro__ }}", r"unsafe|undefined"),
        ("twitter__post__txt__j2", "{{ story.published | when('soon') }}", r"no style 'soon'"),
        ("twitter__post__txt__j2", "{{ 1 // 0 }}", r"twitter/post\.txt\.j2:1: .*zero"),
        ("twitter__post__txt__j2", "{# nothing #}", r"nothing was rendered"),
        ("telegram__post__html__j2", "<h1>{{ story.headline }}</h1>", r"unsupported tag"),
        ("webhook__post__json__j2", "{{ story.headline }}", r"webhook/post\.json\.j2: not JSON"),
        ("email__alert__html__j2", "<p>{{ story.headline }}</p>", r"email/alert\.html\.j2: .*reader\.leave"),
        ("email__alert__txt__j2", "{{ story.headline }}", r"email/alert\.txt\.j2: .*reader\.leave"),
        ("email__alert__subject__txt__j2", "{{ '' }}", r"email/alert\.subject\.txt\.j2: a mail needs a subject"),
        ("email__digest__txt__j2", "{{ stories[1].headline }}{{ reader.leave }}", r"email/digest\.txt\.j2:1: "),
        ("email__digest__subject__txt__j2", "Morning news", r"two issues have the same subject \(Morning news\)"),
        ("email___partial__html__j2", "{% if %}", r"email/_partial\.html\.j2:1: "),
        ("web__page__html__j2", "{% if %}", r"web/page\.html\.j2:1: "),
        ("twitter__breaking__j2", "{{ story.headline }}", r"twitter/breaking\.j2: a name must end in"),
        ("email__extra__subject__txt__j2", "x", r"email/extra\.html\.j2"),
    ],
)
def test_a_wrong_template_is_named_with_its_line_before_anything_starts(
    own: Callable[..., Renderer], name: str, content: str, reason: str
) -> None:
    with pytest.raises(TemplateError, match=reason):
        own(**{name: content}).compile_all()


def test_all_wrong_templates_are_named_at_once(own: Callable[..., Renderer]) -> None:
    with pytest.raises(TemplateError) as caught:
        own(twitter__post__txt__j2="{{ x }}", console__post__txt__j2="{{ y }}").compile_all()
    assert len(str(caught.value).splitlines()) == 2


def test_a_template_that_the_configuration_names_and_nobody_wrote_is_a_problem(own: Callable[..., Renderer]) -> None:
    with pytest.raises(TemplateError) as caught:
        own().compile_all([("twitter", "post"), ("twitter", "flash"), ("email", "weekly"), ("console", "../post")])
    names = [line.split(":")[0] for line in str(caught.value).splitlines()]
    assert names == ["console/../post", "email/weekly", "twitter/flash"]


def test_an_operators_template_goes_before_the_shipped_one(own: Callable[..., Renderer]) -> None:
    renderer = own(
        twitter__post__txt__j2="OWN {{ story.headline }}", telegram__flash__txt__j2="{{ story.headline | upper }}"
    )
    renderer.compile_all()
    assert renderer.story("twitter", X, story(METRO), link=LINK).text.startswith("OWN В Минске")
    flash = renderer.story("telegram", TELEGRAM, story(METRO), link=LINK, template="flash")
    assert (flash.text, flash.entities) == (METRO.headline.upper(), ())
    assert renderer.story("console", FREE, story(METRO), link=LINK).text.startswith("В Минске")


def test_an_operators_ending_goes_before_the_shipped_ending(own: Callable[..., Renderer]) -> None:
    renderer = own(telegram__post__txt__j2="plain <b>{{ story.headline }}</b>")
    assert renderer.story("telegram", TELEGRAM, story(METRO), link=LINK).text == f"plain <b>{METRO.headline}</b>"


def test_one_file_of_a_mail_can_be_replaced_alone(own: Callable[..., Renderer]) -> None:
    renderer = own(email__digest__subject__txt__j2="Issue {{ issue.id }}")
    renderer.compile_all()
    mail, _ = renderer.digest(DIGEST, ISSUE, STORIES)
    assert mail.subject == "Issue 12"
    assert "<title>Issue 12</title>" in mail.html


@pytest.mark.parametrize(("kind", "template"), [("twitter", "../email/alert"), ("..", "post"), ("twitter", "nowhere")])
def test_a_template_that_is_not_there_is_an_error_in_words(shipped: Renderer, kind: str, template: str) -> None:
    with pytest.raises(TemplateError, match=r"not a name|no such template"):
        shipped.story(kind, X, story(), link=LINK, template=template)


def test_styles_are_never_fetched(own: Callable[..., Renderer]) -> None:
    sheet = '<head><link rel="stylesheet" href="http://127.0.0.1:9/x.css"></head><body>{{ reader.leave }}</body>'
    mail = own(email__alert__html__j2=sheet).story("email", FREE, story(), link=LINK)
    assert LEAVE in mail.html


# ---- the page that says it

VIEWS = {
    "desk": DeskView,
    "story": StoryView,
    "digest": DigestView,
    "issue": IssueView,
    "notice": NoticeView,
    "event": EventView,
    "reader": ReaderView,
    "letter": LetterView,
}


def test_the_page_of_templates_names_every_variable_filter_and_word() -> None:
    page = PAGE.read_text("utf-8")
    views = VIEWS
    for name, view in views.items():
        for field in fields(view):
            assert f"`{name}.{field.name}`" in page
    for field in fields(ChangeView):
        assert f"`.{field.name}`" in page
    for field in fields(Words):
        assert f"`words.{field.name}`" in page
    environment = Templates((), "UTC")._environment
    own = {name for name, used in environment.filters.items() if used.__module__.startswith("distributor")}
    told = {"shorten", "when", "domain", "paragraphs", "sentences", "isolate", "hours", "city", "slot"}
    assert own == told | {"recalled", "heard", "in_words", "judged", "plainly", "lets_go"}
    for name in own:
        assert f"`{name}`" in page


def test_every_variable_named_on_the_page_exists() -> None:
    page = PAGE.read_text("utf-8")
    views = VIEWS
    for name, field in re.findall(r"`(desk|story|digest|issue|notice|event|reader|letter|words)\.([a-z_]+)", page):
        known = {each.name for each in fields(views.get(name, Words))}
        assert field in known


def test_styles_that_cannot_be_put_in_place_are_an_error_of_the_template() -> None:
    class Refusing:
        def inline(self, _: str) -> str:
            raise css_inline.InlineError("no such rule")

    renderer = Renderer((), DESK)
    renderer._mails._inliner = Refusing()  # type: ignore[assignment]
    with pytest.raises(TemplateError, match=r"email/alert\.html\.j2: styles: no such rule"):
        renderer.story("email", FREE, story(), link=LINK)


def test_a_broken_template_of_a_kind_without_a_channel_is_the_matter_of_a_check_alone(own):
    renderer = own(twitter__post__txt__j2="{{ x }}")
    renderer.compile_all(kinds=("console", "email"))
    with pytest.raises(TemplateError, match="twitter/post"):
        renderer.compile_all(kinds=("twitter",))
