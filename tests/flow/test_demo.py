"""The demo: whatever is published is seen exactly once, and what is not is said so."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import escape
from html.parser import HTMLParser
from random import Random
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from distributor.cli.root import cli
from distributor.drills import demo, truth
from distributor.drills.demo import run_demo
from distributor.drills.loopback import READERS
from distributor.drills.page import reader_tags
from distributor.drills.stories import STORIES
from distributor.errors import DistributorError
from distributor.render.gallery import formatted
from distributor.sandbox.client import Running, SandboxError

PLATFORMS = ("twitter", "telegram", "webhook", "email")
RSS = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>'
    "<link>https://news.example.org/</link>{items}</channel></rss>"
)
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<id>urn:feed</id><updated>2026-11-24T12:00:00Z</updated><entry><title>An Atom story</title><id>urn:1</id>
<link rel="alternate" href="https://news.example.org/atom/1"/><link rel="self" href="https://news.example.org/self"/>
<updated>2026-11-24T12:00:00Z</updated><summary>A summary of it.</summary></entry></feed>"""


def item(headline, link, *, body="", summary=""):
    return (
        f"<item><title>{escape(headline)}</title><link>{escape(link)}</link><guid>{escape(link)}</guid>"
        f"<description>{escape(summary)}</description><content:encoded>{escape(body)}</content:encoded></item>"
    )


def feed(*items):
    return RSS.format(items="".join(items))


def everything(count):
    return dict.fromkeys(PLATFORMS, count)


# -- the built-in stories, and the page


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """One demo of the built-in stories, with its page."""
    folder = tmp_path_factory.mktemp("page")
    return run_demo(stories=None, out=folder / "new" / "out"), folder / "new" / "out" / "index.html"


def test_the_built_in_stories_are_seen_exactly_once_everywhere(shown):
    result, page = shown
    assert result.ok
    assert result.json() == {
        "ok": True,
        "stories": len(STORIES),
        "planned": 3 * len(STORIES) + 3,
        "visible": everything(len(STORIES)),
        "doubled": 0,
        "missing": 0,
        "unknown": 0,
        "strange": 0,
        "limit_factor": 1000,
        "page": str(page),
    }


def test_the_page_holds_every_post_and_mail(shown):
    _, page = shown
    text = page.read_text("utf-8")
    for story in STORIES:
        # once as a Telegram message, once in each mail and on the card of each post
        assert text.count(escape(story["headline"][:60])) >= 2
    assert text.count("utm_id=") >= 3 * len(STORIES)
    for reader in READERS:
        assert reader in text
    assert text.count("data:image/png;base64,") >= 2


class Loads(HTMLParser):
    """What a browser would load or run for a document, the documents inside it too."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        told = {name: value or "" for name, value in attrs}
        if tag in ("script", "link", "base", "object", "embed"):
            self.found.append(tag)
        self.found += [told[name] for name in ("src", "srcset", "poster", "background") if name in told]
        if "srcdoc" in told:
            self.found += Loads(told["srcdoc"]).found


def test_the_page_needs_no_network_and_no_script(shown):
    _, page = shown
    text = page.read_text("utf-8")
    found = Loads(text).found
    assert found
    assert [one for one in found if not one.startswith("data:image/png;base64,")] == []
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", text, re.IGNORECASE)
    assert Loads('<iframe srcdoc="&lt;img src=&quot;http://e.org/x&quot;&gt;"></iframe>').found == ["http://e.org/x"]


def test_the_command_says_the_same_to_people_and_to_scripts(tmp_path):
    saved = tmp_path / "feed.xml"
    saved.write_text(feed(item("One story", "https://news.example.org/1")), "utf-8")
    arguments = ["demo", "--once", "--stories", str(saved)]
    said = CliRunner().invoke(cli, [*arguments, "--out", str(tmp_path / "out")])
    assert said.exit_code == 0, said.output
    assert "1 stories published, 6 deliveries planned" in said.stdout
    assert "every story reached every reader exactly once" in said.stdout
    assert f"see what readers saw: {tmp_path}/out/index.html" in said.stdout
    document = CliRunner().invoke(cli, [*arguments, "--json"])
    assert document.exit_code == 0
    assert json.loads(document.stdout)["visible"] == everything(1)


# -- one's own feed files


def test_a_folder_of_feed_files_is_served_as_one_newsroom(tmp_path):
    (tmp_path / "one.xml").write_text(
        feed(item("First", "https://news.example.org/1?a=1&b=2"), item("Second", "https://news.example.org/2")), "utf-8"
    )
    (tmp_path / "two.xml").write_text(feed(item("Second", "https://news.example.org/2")), "utf-8")
    (tmp_path / "three.atom").write_text(ATOM, "utf-8")
    (tmp_path / "a folder").mkdir()
    result = run_demo(stories=tmp_path, out=None)
    assert result.ok, result
    assert (result.stories, result.page) == (3, None)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be judged: not well-formed: no element found"),
        (b"<rss><channel>", "cannot be judged: not well-formed: no element found"),
        (b"hello", "cannot be judged: not well-formed: syntax error"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "cannot be judged: not well-formed"),
        (b"\x00\xff\xfe" * 40, "cannot be judged: not well-formed"),
    ],
)
def test_a_malformed_file_is_one_plain_line(tmp_path, content, told):
    saved = tmp_path / "feed.xml"
    saved.write_bytes(content)
    said = CliRunner().invoke(cli, ["demo", "--once", "--stories", str(saved)])
    assert (said.exit_code, said.stdout) == (1, "")
    (line,) = said.stderr.splitlines()
    assert told in line


def test_a_folder_without_files_and_a_file_that_is_not_there_are_plain_errors(tmp_path):
    with pytest.raises(DistributorError, match="holds no feed file"):
        run_demo(stories=tmp_path, out=None)
    assert CliRunner().invoke(cli, ["demo", "--once", "--stories", str(tmp_path / "none.xml")]).exit_code == 2


def test_a_page_that_cannot_be_written_is_a_plain_error(tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    saved = tmp_path / "feed.xml"
    saved.write_text(feed(item("One story", "https://news.example.org/1")), "utf-8")
    out = tmp_path / "file" / "out"
    said = CliRunner().invoke(cli, ["demo", "--once", "--stories", str(saved), "--out", str(out)])
    assert (said.exit_code, said.stderr) == (1, f"{out}: Not a directory\n")


def test_platforms_that_do_not_start_are_a_plain_error(monkeypatch):
    def refuse(state):
        raise SandboxError("the loopback platforms did not start: no port is free")

    monkeypatch.setattr(demo, "start", refuse)
    said = CliRunner().invoke(cli, ["demo", "--once"])
    assert (said.exit_code, said.stderr) == (1, "the loopback platforms did not start: no port is free\n")


# -- stories that nobody thought of

#: what breaks cutters: right-to-left, joined emoji, flags, combining marks, entities, markup, addresses, odd spaces
SHARDS = (
    "Центральный банк сохранил ставку на уровне 9,5%.",
    "البرلمان يقر قانون البيانات المفتوحة.",
    "הכנסת אישרה את החוק",
    "👩‍👩‍👧‍👦 🇧🇾🇺🇦 👍🏽",
    "e\u0301a\u0300o\u0302 Zalgo\u0336\u0335",
    "&amp;amp; &lt;b&gt; &nbsp; &#128518; & < > \" '",
    "<b>bold</b> <script>alert(1)</script> <a href='https://example.com/x'>here</a>",
    "https://example.com/other?q=1&r=2#f http://example.net",
    "{{ story.headline }} {% raw %} {# no #}",
    "東京で新しい法律が成立した。国会は月曜日に採決した。",
    "a\u200bb\u00adc\u2028d\u202ee\u00a0f",
    "Word " * 120,
    "W" * 500,
    "*bold* _it_ `code` [a](b) #tag @name 10.5 bn. U.S. Dr. No.",
)


def random_story(draw, number):
    """A story with text from all over Unicode; its link has a query and letters that need quoting."""
    rest = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=60)
    pieces = st.lists(st.one_of(st.sampled_from(SHARDS), rest), min_size=1, max_size=4).map(" ".join)
    headline = draw(pieces)
    path = quote(draw(st.text("абвxyz-é", min_size=1, max_size=12)))
    query = draw(st.sampled_from(("", "?id=7&lang=en", "?q=a%20b&q=c", "?utm_source=rss&x=1", "?a=&b")))
    body = draw(st.lists(pieces, max_size=3))
    link = f"https://news.example.org/{number}/{path}{query}"
    return item(
        headline if headline.strip() else f"Story {number}",
        link,
        summary=draw(st.one_of(st.just(""), pieces)),
        body="".join(f"<p>{text}</p>" for text in body),
    )


@settings(
    max_examples=4, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_random_stories_are_seen_exactly_once_everywhere(tmp_path_factory, data):
    stories = [random_story(data.draw, number) for number in range(data.draw(st.integers(4, 10)))]
    order = Random(len(stories))
    again = [*stories, *order.choices(stories, k=3)]  # the same links more than once in one feed
    order.shuffle(again)
    saved = tmp_path_factory.mktemp("random") / "feed.xml"
    saved.write_text(feed(*again), "utf-8")
    result = run_demo(stories=saved, out=saved.parent / "out")
    assert result.ok, (result, saved.read_text("utf-8"))
    assert result.stories == len(stories)


def test_every_shard_alone_is_seen_exactly_once_everywhere(tmp_path):
    stories = [
        item(shard, f"https://news.example.org/{number}/?n={number}&s=%D0%BC", summary=shard, body=f"<p>{shard}</p>")
        for number, shard in enumerate(SHARDS)
    ]
    saved = tmp_path / "feed.xml"
    saved.write_text(feed(*stories), "utf-8")
    result = run_demo(stories=saved, out=tmp_path / "out")
    assert result.ok, result
    assert result.stories == len(SHARDS)


def test_a_story_with_two_cashtags_is_seen_on_x_too(tmp_path):
    saved = tmp_path / "feed.xml"
    summary = "Shares of $ABC and $XYZ fell on Monday after both had reported."
    saved.write_text(feed(item("Shares fall", "https://news.example.org/1", summary=summary)), "utf-8")
    assert dict(run_demo(stories=saved, out=None).truth.visible) == everything(1)


# -- a demo that did not go well says so


@pytest.fixture
def one_story(tmp_path):
    saved = tmp_path / "feed.xml"
    saved.write_text(
        feed(item("First", "https://news.example.org/1"), item("Second", "https://news.example.org/2")), "utf-8"
    )
    return saved


def spoiled(monkeypatch, platform, **rule):
    real = demo.prepare

    def prepare(platforms):
        real(platforms)
        platforms.fault(platform, **rule)

    monkeypatch.setattr(demo, "prepare", prepare)


def test_a_lost_answer_is_settled_by_asking_the_platform(monkeypatch, one_story):
    spoiled(monkeypatch, "x", action="lost_response", method="POST", path="/2/tweets")
    result = run_demo(stories=one_story, out=None)
    assert (result.unknown, result.truth.doubled, result.truth.missing, result.ok) == (0, 0, 0, True)
    assert result.truth.visible == everything(2)


def test_an_answer_that_nobody_can_tell_is_one_unknown_and_not_ok(monkeypatch, one_story):
    spoiled(monkeypatch, "x", action="lost_response", method="POST", path="/2/tweets")
    monkeypatch.setattr("distributor.flows.verify.Verifier.run_once", lambda _: 0)  # nobody looks
    result = run_demo(stories=one_story, out=None)
    assert (result.unknown, result.truth.doubled, result.truth.missing, result.ok) == (1, 0, 0, False)
    assert result.truth.visible == everything(2)


def test_a_post_that_was_refused_is_one_missing_and_exit_code_1(monkeypatch, one_story):
    refusal = '{"title": "Forbidden", "detail": "You are not allowed to create a Tweet with this text.", "status": 403}'
    spoiled(monkeypatch, "x", action="status", status=403, method="POST", path="/2/tweets", body=refusal)
    said = CliRunner().invoke(cli, ["demo", "--once", "--stories", str(one_story)])
    assert said.exit_code == 1
    assert "doubled 0, missing 1, unknown 0" in said.stdout
    assert "NOT every story arrived exactly once" in said.stdout


@pytest.mark.parametrize(
    ("platform", "change", "sums"),
    [
        ("telegram", lambda lines: [*lines, lines[-1]], (1, 0, 0)),
        ("smtp", lambda lines: [*lines, lines[0]], (1, 0, 0)),
        ("hooks", lambda lines: lines[1:], (0, 1, 0)),
        ("smtp", lambda lines: lines[1:], (0, 2, 0)),
        ("x", lambda lines: [*lines, {**lines[0], "urls": ["https://elsewhere.example.org/"]}], (0, 0, 1)),
    ],
)
def test_a_journal_with_a_double_a_gap_or_a_stranger_is_not_ok(monkeypatch, one_story, platform, change, sums):
    real = Running.journal

    def journal(self, name, **options):
        lines = real(self, name, **options)
        return change(lines) if name == platform else lines

    monkeypatch.setattr(Running, "journal", journal)
    result = run_demo(stories=one_story, out=None)
    assert (result.truth.doubled, result.truth.missing, result.truth.strange) == sums
    assert not result.ok


# -- with the real daemon, while one looks on


def test_a_live_demo_shows_what_arrives_and_names_what_has_not_yet(monkeypatch, tmp_path):
    """The digest's slot is an hour away; whoever is less patient is told that its mails are missing."""
    count, real = len(STORIES), truth.judge

    def judge(*told, **more):
        found = real(*told, **more)
        if [found.visible[name] for name in PLATFORMS] == [count, count, count, 0]:
            monkeypatch.setattr(demo, "PATIENCE", 0.0)
        return found

    monkeypatch.setattr(demo, "LEAD", timedelta(hours=1))
    monkeypatch.setattr(demo, "judge", judge)
    said = CliRunner().invoke(cli, ["demo", "--out", str(tmp_path / "out")])
    assert said.exit_code == 1, said.output
    shows = [line for line in said.stdout.splitlines() if "(the digest leaves at " in line]
    assert shows[-1].startswith(f"twitter {count}/{count}  telegram {count}/{count}  webhook {count}/{count}  email 0/")
    assert f"doubled 0, missing {3 * count}, unknown 0" in said.stdout
    assert (tmp_path / "out" / "index.html").exists()


def test_nobody_waits_for_what_is_complete(loop):
    shows = []
    demo._wait(loop.platforms, [], lambda *shown: shows.append(shown), "a note")
    assert shows == [({**everything(0)}, 0, "a note")]


def test_a_daemon_that_does_not_start_is_named_with_its_own_words(tmp_path):
    config = tmp_path / "config.toml"
    config.write_text("nonsense", "utf-8")
    with (
        pytest.raises(DistributorError, match=r"did not answer: .*config\.toml"),
        demo._daemon(config, tmp_path / "log"),
    ):
        pass


# -- how the page marks up a message


@pytest.mark.parametrize(
    ("text", "entities", "markup"),
    [
        ("a < b & c", [], "a &lt; b &amp; c"),
        ("🚆 train", [{"type": "bold", "offset": 3, "length": 5}], "🚆 <b>train</b>"),
        (
            "abc",
            [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 1, "length": 1}],
            "<b>a<i>b</i>c</b>",
        ),
        (
            "ab",
            [{"type": "italic", "offset": 0, "length": 2}, {"type": "bold", "offset": 0, "length": 2}],
            "<i><b>ab</b></i>",
        ),
        (
            "go",
            [{"type": "text_link", "offset": 0, "length": 2, "url": 'https://e.org/"&'}],
            '<a href="https://e.org/&quot;&amp;">go</a>',
        ),
        ("#tag", [{"type": "hashtag", "offset": 0, "length": 4}], "#tag"),
        ("", [], ""),
    ],
)
def test_a_messages_entities_become_nested_markup(text, entities, markup):
    assert formatted(text, entities, reader_tags) == markup
