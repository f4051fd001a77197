"""The loopback Telegram's parsers, cleaner and finders, on cases of our own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.sandbox.telegram.cleaning import clean, looks_empty
from distributor.sandbox.telegram.detect import (
    find_bank_cards,
    find_bot_commands,
    find_entities,
    find_hashtags,
    find_media_timestamps,
    find_mentions,
    with_found,
)
from distributor.sandbox.telegram.entities import (
    Entity,
    EntityError,
    as_json,
    date_flags,
    date_format,
    fix_entities,
    in_order,
    merge_found,
    utf16_length,
)
from distributor.sandbox.telegram.html import parse_html
from distributor.sandbox.telegram.links import check_link, checked_link, link_emoji_or_time, link_user
from distributor.sandbox.telegram.markdown import parse_markdown, parse_markdown_v2
from distributor.sandbox.telegram.request import ApiError
from distributor.sandbox.telegram.text import format_text, given_entities
from distributor.sandbox.telegram.urls import find_urls, is_email_address

Flat = list[tuple[str, int, int]]
ALPHABET = "ab 😀Я\n\r_*[]()~`>#+-=|{}.!\\<>/&;\"'@$:1"
LISTS = st.lists(
    st.builds(
        Entity,
        type=st.sampled_from(["bold", "italic", "spoiler", "code", "pre", "blockquote", "text_link", "mention"]),
        offset=st.integers(0, 12),
        length=st.integers(1, 8),
        url=st.just("https://example.org/"),
    ),
    max_size=6,
)


def flat(entities: list[Entity]) -> Flat:
    return [(entity.type, entity.offset, entity.length) for entity in entities]


def entity(kind: str, offset: int, length: int, **more: object) -> Entity:
    return Entity(type=kind, offset=offset, length=length, **more)  # type: ignore[arg-type]


# -- HTML


def test_html_tags_become_entities_in_utf16_units() -> None:
    text, found = parse_html("😀 <b>Flood</b> <i>in <u>Brest</u></i>")
    assert text == "😀 Flood in Brest"
    assert flat(found) == [("bold", 3, 5), ("italic", 9, 8), ("underline", 12, 5)]


def test_html_links_get_their_slash_and_a_bad_link_marks_nothing() -> None:
    _, found = parse_html('<a href="example.org">x</a><a href="mailto:a">y</a><a href="tg://user?id=7">z</a>')
    assert [(one.type, one.url, one.user_id) for one in found] == [
        ("text_link", "http://example.org/", 0),
        ("text_mention", "", 7),
    ]


def test_html_code_with_a_language_is_one_block_in_either_nesting() -> None:
    for markup in (
        '<pre><code class="language-python">x</code></pre>',
        '<code class="language-python"><pre>x</pre></code>',
    ):
        _, found = parse_html(markup)
        assert [(one.type, one.language) for one in found] == [("pre", "python")]


def test_html_code_alone_forgets_its_language() -> None:
    _, found = parse_html('<code class="language-python">x</code>')
    assert found == [entity("code", 0, 1)]


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ("Я<foo>", 'Unsupported start tag "foo" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href=x|y>x</a>", "Unexpected end of name token at byte offset 8"),
        ("<a =x>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ('<tg-emoji emoji-id="x">x</tg-emoji>', "Invalid custom emoji identifier specified"),
        ('<tg-time unix="0">x</tg-time>', "Invalid Unix time specified"),
    ],
)
def test_broken_html_is_refused_with_the_byte_offset(markup: str, message: str) -> None:
    with pytest.raises(EntityError) as caught:
        parse_html(markup)
    assert str(caught.value) == message


def test_html_references_are_the_four_named_ones_and_numbers() -> None:
    assert parse_html("&lt;&gt;&amp;&quot;&#65;&#x42;&nbsp;&#0;")[0] == '<>&"AB&nbsp;&#0;'
    assert parse_html('<a href="https://e.org/?a&amp;b">x</a>')[1][0].url == "https://e.org/?a&b"


def test_an_empty_tag_marks_nothing() -> None:
    assert parse_html("a<b></b>c") == ("ac", [])


# -- Markdown


def test_legacy_markdown_knows_four_marks_and_escapes_before_them() -> None:
    text, found = parse_markdown("*a* _b_ `c` [d](example.org) \\*e\\_ \\.")
    assert text == "a b c d *e_ \\."
    assert flat(found) == [("bold", 0, 1), ("italic", 2, 1), ("code", 4, 1), ("text_link", 6, 1)]


def test_legacy_markdown_blocks_keep_their_language_and_lose_the_first_line_break() -> None:
    text, found = parse_markdown("```python\nx = 1```")
    assert (text, found) == ("x = 1", [entity("pre", 0, 5, language="python")])
    assert parse_markdown("```\r\nx```")[0] == "x"


def test_legacy_markdown_uses_the_words_as_the_address_when_none_follows() -> None:
    assert parse_markdown("[example.org]")[1][0].url == "http://example.org/"
    assert parse_markdown("[]")[1] == []


def test_legacy_markdown_says_where_an_open_mark_stands() -> None:
    with pytest.raises(EntityError, match="Can't find end of the entity starting at byte offset 3"):
        parse_markdown("Я *a")


def test_markdown_v2_nests_and_unescapes() -> None:
    text, found = parse_markdown_v2("*a _b __c__ d_ e*\\.")
    assert text == "a b c d e."
    assert flat(found) == [("bold", 0, 9), ("italic", 2, 5), ("underline", 4, 1)]


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ("a.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a|b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("Я*b", "Can't find end of Bold entity at byte offset 2"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("![a]", "The entity must contain a tg://emoji or tg://time URL"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        (">*||\nb", "Can't find end of Bold entity at byte offset 1"),
    ],
)
def test_broken_markdown_v2_is_refused(markup: str, message: str) -> None:
    with pytest.raises(EntityError) as caught:
        parse_markdown_v2(markup)
    assert str(caught.value) == message


def test_markdown_v2_quotes_end_with_their_lines() -> None:
    text, found = parse_markdown_v2(">a\n>b\nc\n>d||")
    assert text == "a\nb\nc\nd"
    assert flat(found) == [("blockquote", 0, 4), ("expandable_blockquote", 6, 1)]


@settings(max_examples=300, deadline=None)
@given(st.text(ALPHABET, max_size=40))
def test_every_parser_answers_or_refuses_and_keeps_entities_inside_the_text(raw: str) -> None:
    for parse in (parse_html, parse_markdown, parse_markdown_v2):
        try:
            text, found = parse(raw)
        except EntityError:
            continue
        size = utf16_length(text)
        assert all(one.offset >= 0 and one.length > 0 and one.end <= size for one in found)


# -- links


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("HTTPS://Example.ORG", "https://example.org/"),
        ("example.org?a b", "http://example.org/?a%20b"),
        ("https://u:p@example.org:8080/x", "https://u:p@example.org:8080/x"),
        ("http://[::1]/", "http://[::1]/"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("TG:resolve", "tg://resolve/"),
        ("tonsite://a.ton/b", "tonsite://a.ton/b"),
        ("https://пример.бел/ж", "https://пример.бел/ж"),
    ],
)
def test_a_link_that_is_taken_gets_its_one_form(link: str, kept: str) -> None:
    assert check_link(link) == kept


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("example", "Wrong HTTP URL"),
        ("gopher://example.org", "Unsupported URL protocol"),
        ("http://", "URL host is empty"),
        ("http://.", "Host is invalid"),
        ("http://a.b:99999", "Wrong port number specified in the URL"),
        ("http://a<b.c", "Disallowed character in URL host"),
        ("http://a%zz.c", "Wrong percent-encoded symbol in URL host"),
        ("http://[:::1]/", "Wrong IPv6 address specified in the URL"),
        ("tg://a.b", "Unallowed characters in URL host"),
        ("tg:http://a", "Wrong tg URL"),
    ],
)
def test_a_link_that_is_not_taken_says_why(link: str, reason: str) -> None:
    assert checked_link(link) == ""
    with pytest.raises(EntityError) as caught:
        check_link(link)
    assert str(caught.value) == f"URL '{link}' is invalid: {reason}"


def test_links_to_people_emoji_and_instants_are_read() -> None:
    assert link_user("TG://user/?x=1&id=5#f") == 5
    assert link_user("tg://user?id=05") == 0
    assert link_user("https://example.org/?id=5") == 0
    assert link_emoji_or_time("tg://emoji?id=9") == ("9", 0, 0)
    assert link_emoji_or_time("tg:time?unix=60&format=dT") == ("", 60, 12)
    with pytest.raises(EntityError, match="Invalid tg://emoji"):
        link_emoji_or_time("tg://time?unix=0")


def test_date_formats_keep_their_meaning() -> None:
    assert [date_format(date_flags(text)) for text in ("r", "wDt", "dT", "")] == ["r", "wDt", "dT", ""]
    with pytest.raises(EntityError, match="Invalid date format used"):
        date_flags("rt")


# -- finders


def spans(text: str, found: list[tuple[int, int]]) -> list[str]:
    return [text[begin:end] for begin, end in found]


def test_names_tags_and_commands_are_found() -> None:
    text = "@belta_news a@b #Минск #123 /start@news_bot x/y @ab"
    assert spans(text, find_mentions(text)) == ["@belta_news"]
    assert spans(text, find_hashtags(text)) == ["#Минск"]
    assert spans(text, find_bot_commands(text)) == ["/start@news_bot"]


def test_addresses_are_found_and_a_missing_space_is_one_only_with_a_known_domain() -> None:
    def urls(text: str) -> list[str]:
        return [text[begin:end] for begin, end, kind in find_urls(text) if kind == "url"]

    assert urls("See https://belta.by/a_(b). Next") == ["https://belta.by/a_(b)"]
    assert urls("End.Next one and BelTA.by too") == ["BelTA.by"]
    assert urls("ends.nonsense 10.0.0.1 10.0.0.256 1.5") == ["10.0.0.1"]
    assert urls("(example.org)") == ["example.org"]
    assert is_email_address("desk@example.org")
    assert not is_email_address("desk@example")


def test_cards_and_timestamps_are_found_for_their_place_alone() -> None:
    assert spans("4111 1111 1111 1111", find_bank_cards("4111 1111 1111 1111")) == ["4111 1111 1111 1111"]
    assert find_bank_cards("4111 1111 1111 1112") == []
    assert spans("at 1:02:03 and 99:99", find_media_timestamps("at 1:02:03 and 99:99")) == ["1:02:03"]
    shown = format_text("4111 1111 1111 1111", "", None, allow_empty=False)
    assert shown.entities == ()


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab.@/#$:1 -_()Яж😀?&=tghp"), max_size=60))
def test_what_is_found_never_overlaps_and_stays_inside(text: str) -> None:
    found = find_entities(text, media_timestamps=True)
    place = 0
    for one in found:
        assert one.offset >= place
        assert one.length > 0
        place = one.end
    assert place <= utf16_length(text)


# -- repair of stated entities


def test_the_text_is_trimmed_and_its_entities_with_it() -> None:
    assert clean("  ab \n", [entity("bold", 2, 4)], allow_empty=False, trim=True) == ("ab", [entity("bold", 0, 2)])
    assert clean(" a", [entity("bold", 0, 2)], allow_empty=False, trim=True) == (" a", [entity("bold", 0, 2)])


def test_characters_the_platform_drops_move_what_follows() -> None:
    assert clean("a\r\x07b", [entity("bold", 3, 1)], allow_empty=False, trim=True) == ("a b", [entity("bold", 2, 1)])


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (entity("bold", -1, 1), "Receive an entity with incorrect offset -1"),
        (entity("bold", 0, -1), "Receive an entity with incorrect length -1"),
        (entity("bold", 1, 2), "Entity begins in a middle of a UTF-16 symbol at byte offset 4"),
        (
            entity("bold", 0, 1),
            "Entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4",
        ),
        (entity("bold", 9, 1), "Entity begins after the end of the text at UTF-16 offset 9"),
        (
            entity("bold", 2, 9),
            "Entity beginning at UTF-16 offset 2 ends after the end of the text at UTF-16 offset 11",
        ),
    ],
)
def test_impossible_places_are_refused(one: Entity, message: str) -> None:
    with pytest.raises(EntityError) as caught:
        clean("😀abc", [one], allow_empty=False, trim=True)
    assert str(caught.value) == message


def test_a_text_with_nothing_to_see_is_refused_unless_it_may_be_empty() -> None:
    assert looks_empty(" \u200b\u2800\n")
    assert clean(" \u200b", [], allow_empty=True, trim=True) == ("", [])
    with pytest.raises(EntityError, match="Text must be non-empty"):
        clean(" \u200b", [], allow_empty=False, trim=True)
    with pytest.raises(EntityError, match="UTF-8"):
        clean("\ud800", [], allow_empty=False, trim=True)


def test_a_text_beyond_the_servers_bytes_is_cut_with_its_entities() -> None:
    text, found = clean("я" * 20_000, [entity("bold", 19_990, 5)], allow_empty=False, trim=True)
    assert (len(text), found) == (17_500, [])


def test_crossing_entities_are_cut_and_equal_neighbours_joined() -> None:
    crossing = fix_entities([entity("italic", 0, 2), entity("bold", 1, 2)])
    assert flat(crossing) == [("italic", 0, 1), ("bold", 1, 2), ("italic", 1, 1)]
    assert flat(fix_entities([entity("bold", 0, 1), entity("bold", 1, 1)])) == [("bold", 0, 2)]
    assert flat(fix_entities([entity("code", 0, 3), entity("bold", 1, 1)])) == [("code", 0, 3)]


def test_stated_entities_win_over_found_ones() -> None:
    stated = [entity("code", 0, 3)]
    assert flat(with_found("example.org", stated)) == [("code", 0, 3)]
    assert flat(merge_found([entity("blockquote", 0, 3)], [entity("url", 0, 11)])) == [("blockquote", 0, 3)]


@settings(max_examples=300, deadline=None)
@given(LISTS)
def test_repaired_entities_are_in_order_never_cross_and_repair_to_themselves(given_list: list[Entity]) -> None:
    fixed = fix_entities(given_list)
    assert fixed == in_order(fixed)
    for first in fixed:
        for second in fixed:
            crosses = first.offset < second.offset < first.end < second.end
            assert not crosses, (first, second)
    assert fix_entities(fixed) == fixed


# -- parameters


def test_more_than_a_hundred_entities_are_dropped_without_a_word() -> None:
    stated = [{"type": "code", "offset": 2 * n, "length": 1} for n in range(130)]
    shown = format_text("x " * 130, "", stated, allow_empty=False)
    assert len(shown.entities) == 100


def test_a_parse_mode_wins_over_stated_entities_and_an_unknown_one_is_refused() -> None:
    shown = format_text("<b>a</b>", "html", [{"type": "italic", "offset": 0, "length": 1}], allow_empty=False)
    assert flat(list(shown.entities)) == [("bold", 0, 1)]
    with pytest.raises(ApiError, match="unsupported parse_mode"):
        format_text("a", "bbcode", None, allow_empty=False)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [1],
        [{"type": "bold"}],
        [{"type": "bold", "offset": 0}],
        [{"type": "bold", "offset": "x", "length": 1}],
        [{"type": "text_link", "offset": 0, "length": 1}],
        [{"type": "pre", "offset": 0, "length": 1, "language": 5}],
    ],
)
def test_misshapen_entities_are_refused(value: object) -> None:
    with pytest.raises(ApiError, match="Bad Request"):
        given_entities(value)


def test_stated_entities_of_every_kind_come_back_as_they_were_given() -> None:
    stated = [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://example.org/"},
        {"type": "text_mention", "offset": 1, "length": 1, "user": {"id": 5, "is_bot": False, "first_name": ""}},
        {"type": "pre", "offset": 2, "length": 1, "language": "sql"},
        {"type": "custom_emoji", "offset": 3, "length": 1, "custom_emoji_id": "77"},
        {"type": "date_time", "offset": 4, "length": 1, "unix_time": 60, "date_time_format": "wDt"},
        {"type": "mention", "offset": 0, "length": 1},
    ]
    shown = [as_json(one, {}) for one in given_entities(stated)]
    assert shown == stated[:-1]
