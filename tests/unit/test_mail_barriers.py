"""What keeps some readers from a mail: each barrier is found in a mail that has it, and in no other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.rules.mail.barriers import barriers, hints
from distributor.rules.mail.styles import colour, contrast, declarations, inverted, pixels, rules, sides

GOOD = """<!DOCTYPE html><html lang="en" dir="ltr"><head><meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark"><title>News</title><style>
@media (prefers-color-scheme: dark) { div { background-color: #121417 !important; color: #eceae6 !important }
 a, img { color: #8fbcf2 !important } .button { background-color: #8fbcf2 !important; color: #121417 !important } }
@media (max-width: 480px) { p { font-size: 17px } .gone { font-size: 0 } }
</style></head><body style="color: #1b1c1e; background: #fdfdfb">
<div lang="en" dir="ltr" style="background-color: #fdfdfb">
<div style="display: none; font-size: 1px">Hidden</div>
<table role="presentation"><tr><td style="font-size: 17px; line-height: 26px">
<h1>News</h1><img src="https://n.example/a.jpg" alt="A bridge" width="544" style="color: #1b1c1e">
<h2><a href="https://n.example/1" style="display: block; padding: 9px 0; color: #0b4f94">A headline</a></h2>
<p>Words with <a href="https://n.example/2" style="color: #0b4f94">a link of their own</a> in them.</p>
<p><a href="https://n.example/3"><img src="https://n.example/b.jpg" alt="All pictures" style="color: #0b4f94"></a></p>
<a class="button" href="https://n.example/4" style="display: inline-block; padding: 9px; line-height: 26px;
 text-decoration: none; background-color: #0b4f94; color: #fdfdfb">Read in full</a>
</td></tr></table></div></body></html>"""

BARRIERS = {
    "no language": ('<html lang="en"', "<html", "<html> says no language"),
    "a language that is none": ('<div lang="en"', '<div lang="en_US"', "the element within <body> says no language"),
    "no direction": ('<html lang="en" dir="ltr"', '<html lang="en" dir="auto"', "<html> says no direction"),
    "no title": ("<title>News</title>", "<title> </title>", "there is no <title>"),
    "no title at all": ("<title>News</title>", "", "there is no <title>"),
    "a table of data": (' role="presentation"', "", "a table of the layout says that it is one of data"),
    "no alt": (' alt="A bridge"', "", "the picture “a.jpg” has no alt"),
    "a pixel": ('width="544"', 'width="1" height="1"', "the picture “a.jpg” is a pixel that counts readers"),
    "two titles": ("<h2>", "<h1>Another</h1><h2>", "2 headings of the first rank"),
    "a rank left out": ("<h2>", "<h3>", "<h3> stands under <h1>"),
    "no first heading": ("<h1>News</h1>", "", "the first heading is <h2>"),
    "a link without words": ("Read in full", " ", "a link to “https://n.example/4” has no words"),
    "a link by its colour alone": (
        'style="color: #0b4f94">a link',
        'style="color: #0b4f94; text-decoration: none">a link',
        "the link “a link of their own” differs from text by its colour alone",
    ),
    "a low link": ("padding: 9px 0", "padding: 8px 0", "the link “A headline” is 42 pixels high"),
    "a link alone in its line": ("Words with <a", "<a", None),
    "small letters": ("<p>Words", '<p style="font-size: 14px">Words', "“Words with in them.” in letters of 14 pixels"),
    "small letters in parts": ("<p>Words", '<p style="font-size: 0.9em">Words', "in letters of 15.3 pixels"),
    "small letters in percent": ("<p>Words", '<p style="font-size: 90%">Words', "in letters of 15.3 pixels"),
    "small letters of the root": ("<p>Words", '<p style="font: 0.9rem Arial">Words', None),
    "a small element": ("Words with", "<small>Words</small> with", "“Words” in letters of 14.11 pixels"),
    "small letters on telephones": ("{ font-size: 17px }", "{ font-size: 12px }", "p in small letters"),
    "pale letters": ("<p>Words", '<p style="color: #888">Words', "“Words with in them.” has a contrast of 3.5"),
    "pale letters by an old attribute": ("<td style", '<td bgcolor="#777777" style', "“News” has a contrast of 3.8"),
    "letters lost in the dark": ("color: #eceae6 !important }", "}", "“News” has a contrast of 1.1 in dark"),
    "letters lost when turned round": (
        "<p>Words",
        '<p style="color: #8a8a8a; background-color: #121417">Words',
        "“Words with in them.” has a contrast of 3.9 inverted",
    ),
    "a picture's words": ('width="544" style="color: #1b1c1e"', 'style="color: rgb(240, 240, 240)"', "“A bridge”"),
    "drawn elsewhere": ("<h2>", '<h2 style="float: right">', "<h2> is drawn elsewhere (float: right)"),
    "a form": ("<h2>", "<form></form><h2>", "<form> in a mail"),
}  # fmt: skip


def test_a_mail_that_everybody_can_read_has_no_barriers():
    assert barriers(GOOD) == ()
    assert hints(GOOD) == ()


@pytest.mark.parametrize("name", BARRIERS)
def test_a_barrier_is_found_where_it_stands(name):
    old, new, words = BARRIERS[name]
    assert old in GOOD
    found = barriers(GOOD.replace(old, new, 1))
    if words is not None:
        assert any(told.startswith(words) or words in told for told, _ in found), found
    assert all(fix for _, fix in found)


def test_a_link_among_words_may_be_as_high_as_its_line_and_one_alone_may_not():
    alone = GOOD.replace("<p>Words with <a", "<p><a").replace("</a> in them.", "</a>.")
    assert [told for told, _ in barriers(alone)] == ["the link “a link of their own” is 26 pixels high"]
    framed = alone.replace(
        '"color: #0b4f94">a link', '"color: #0b4f94; border: 9px solid; text-decoration: none">a link'
    )
    assert barriers(framed) == ()


def test_lines_count_in_every_unit():
    for said, height in (("line-height: 1.5; font-size: 20px", 30), ("font-size: 20px", 24), ("line-height: 30px", 30)):
        mail = GOOD.replace("padding: 9px 0;", f"padding: 3px 0 4px; {said};").replace("; line-height: 26px", "", 1)
        assert f"is {height + 7} pixels high" in barriers(mail)[0][0]


def test_what_is_wrong_everywhere_is_told_a_few_times():
    found = barriers(GOOD.replace("<h2>", "".join(f"<p style='color: #999'>{n}</p>" for n in range(9)) + "<h2>"))
    assert len(found) == 5


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('<meta name="color-scheme" content="light dark">', "", "no meta color-scheme"),
        ("color: #1b1c1e; background: #fdfdfb", "color: #000", "“News” in pure black or on pure white"),
        ("a link of their own", "Here", "the link “Here” does not say where it leads"),
        ("a link of their own", "https://n.example/2", "the link “https://n.example/2” does not say where it leads"),
        ("a link of their own", "A headline", "two links “A headline” lead to different places"),
        ("a link of their own", "подробнее…", "the link “подробнее…” does not say where it leads"),
    ],
)
def test_a_hint_is_given_where_somebody_would_be_better_served(old, new, words):
    assert words in [told for told, _ in hints(GOOD.replace(old, new, 1))]


def test_a_mail_nested_beyond_reading_is_a_barrier_itself():
    assert barriers("<div>" * 3000)[0][0] == "the mail is nested more than 2000 elements deep"


def test_an_element_without_a_body_around_it_has_a_look():
    assert any("says no language" in told for told, _ in barriers("<p>x</p>"))


# ---- CSS


def test_a_declaration_ends_at_a_semicolon_that_stands_alone():
    said = declarations('a: "x;y"; B : url(d;e) !important; /* c: d; */ a: z; broken')
    assert dict(said) == {"a": "z", "b": "url(d;e)"}


def test_rules_are_read_with_what_stands_around_them():
    found = list(rules("/* x { } */ a, b > c { color: red } @media  (max-width: 1px) { d { e: f } } @page { }"))
    assert [(one.media, one.selector, dict(one.said)) for one in found] == [
        ("", "a", {"color": "red"}),
        ("", "b > c", {"color": "red"}),
        ("(max-width: 1px)", "d", {"e": "f"}),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("#fff", (255, 255, 255)), ("1px solid #0B4f94", (11, 79, 148)), ("rgb(1, 2,3)", (1, 2, 3)), ("Black", (0, 0, 0)),
     ("url(x) white", (255, 255, 255)), ("currentcolor", None), ("#12", None), ("", None)],
)  # fmt: skip
def test_a_colour_is_read_in_each_way_that_mails_write_it(text, expected):
    assert colour(text) == expected


def test_contrast_is_that_of_the_standard():
    assert contrast((0, 0, 0), (255, 255, 255)) == 21
    assert round(contrast((118, 118, 118), (255, 255, 255)), 2) == 4.54
    assert contrast((9, 9, 9), (9, 9, 9)) == 1
    assert inverted((0, 128, 255)) == (255, 127, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("padding: 1px", (1, 1)), ("padding: 1px 2px", (1, 1)), ("padding: 1px 2px 3px", (1, 3)),
     ("padding-top: 4px", (4, 0)), ("padding: 1px; padding-bottom: 9px", (1, 9)), ("", (0, 0)),
     ("padding: 1px 2px 3px 4px", (1, 3))],
)  # fmt: skip
def test_the_sides_of_an_element_are_read_as_browsers_read_them(text, expected):
    assert sides(declarations(text), "padding") == expected


def test_lengths_are_pixels_and_nothing_else():
    assert pixels("1px 2.5px 3em 4% 5 auto") == (1, 2.5, 5)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("<>/=\"' abdhipstyle{}:;()#@-1\n"), max_size=120))
def test_no_markup_is_too_odd_to_be_judged(markup):
    assert barriers(markup)
