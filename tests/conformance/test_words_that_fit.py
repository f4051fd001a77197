"""Every item of the captured feeds through every shipped template, and news-like posts held to the packaged counter."""

from __future__ import annotations

import random
import re

import pytest

from distributor.model import Limits, Story
from distributor.render import Desk, Renderer
from distributor.text.measure import V3, utf16_length, weighted_length
from tests.conformance.test_samples import COUNTS, parsed
from tests.support import NOON

pytestmark = pytest.mark.conformance

LIMITS = {
    "twitter": Limits(text=280, measure=weighted_length),
    "telegram": Limits(text=4096, measure=utf16_length),
    "console": Limits(text=None),
    "webhook": Limits(text=None),
    "email": Limits(text=None),
}
#: narrow rooms, so that everything has to be cut
NARROW = (80, 140, 200)
TOKEN = re.compile(r"[^\W_]+(?:['’.,:/-][^\W_]+)*")
NAMES = re.compile(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+")


def torn(shown: str, whole: str, headline: str = "") -> list[str]:
    """What was cut within: words, figures and names that the post tears; a checker of its own, without ``text.cut``.

    ``headline`` is that of which nothing but a beginning is shown.
    """
    words = set(TOKEN.findall(whole))
    found = [word for word in TOKEN.findall(shown) if word not in words]
    # In A Heading With Capitals Everywhere They Tell No Names
    for match in re.finditer(r"([\w’'-]+)…", "" if _is_heading(headline or shown) else shown):
        names = [name for name in NAMES.findall(whole) if f"{match[1]} " in name]
        begun = [name for name in names if shown[: match.end(1)].endswith(name[: name.index(match[1]) + len(match[1])])]
        found += [name for name in begun if name.split()[-1] != match[1] and not _also_alone(whole, match[1])]
    return found


def _is_heading(shown: str) -> bool:
    words: list[str] = re.findall(r"[^\W\d_]{4,}", shown.partition("\n")[0])
    return len(words) >= 5 and sum(word[0].isupper() for word in words) >= 0.8 * len(words)


def _also_alone(whole: str, word: str) -> bool:
    """Whether a word also stands without what would continue it."""
    return re.search(rf"{re.escape(word)}(?! [A-Z])", whole) is not None


def test_the_checker_itself_finds_a_torn_word_figure_and_name() -> None:
    assert torn("The mini…", "The minister spoke") == ["mini"]
    assert torn("It cost 1.2…", "It cost 1.25 euros") == ["1.2"]
    assert torn("He met Anna…", "He met Anna Kovalenko") == ["Anna Kovalenko"]
    assert torn("He met Anna Kovalenko…", "He met Anna Kovalenko today") == []


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_no_item_is_over_length_and_no_word_figure_or_name_is_cut(name: str) -> None:
    renderer = Renderer((), Desk(name="Wire", zone="UTC"))
    tears = []
    for article in parsed(name).articles:
        story = Story(id=1, article=article, first_seen_at=NOON)
        whole = f"{article.headline} {article.summary} {article.body}"
        rooms = [*LIMITS.items(), *(("twitter", Limits(text=room, measure=weighted_length)) for room in NARROW)]
        for kind, limits in rooms:
            told = renderer.rendered(kind, limits, story, link=article.url)
            assert limits.text is None or limits.measure(told.message.text) <= limits.text
            if limits.text is not None:
                shown = f"{told.fitted.headline}\n{told.fitted.summary}"
                alone = "" if told.fitted.summary else article.headline
                tears += [(kind, limits.text, shown, one) for one in torn(shown, whole, alone)]
    assert tears == []


WORDS = (
    *(
        "Parliament",
        "budget",
        "Минск",
        "закон",
        "Präsident",
        "«",
        "»",
        "“",
        "”",
        "—",
        "…",
        "3,5 %",
        "№ 5",
        "€1.2bn",
        "@press",
    ),
    *("#news", "$ABC", "example.org", "https://example.org/a?b=c#d", "www.bbc.co.uk/news", "text.Next", "Booking.com"),
    *(
        "🇧🇾",
        "👍🏽",
        "👨‍👩‍👧‍👧",
        "❤️",
        "1️⃣",
        "北京",
        "東京",
        "서울",
        "שלום",
        "مرحبا",
        "हिन्दी",
        "e\u0301",
        "\u200f",
        "\u200d",
        "ﬁ",
    ),
    *(
        "\u200f",
        "\u200d",
        "a@b.by",
        "http://пример.рф/а",
        "U.S.",
        "10.30",
        "1.5.2026",
        "A/B",
        "co.uk",
        "t.co/abc",
        "https://t.co/abc123",
    ),
)


def test_twenty_thousand_posts_are_never_counted_lower_than_the_packaged_counter_counts_them() -> None:
    from twitter_text import parse_tweet  # type: ignore[import-untyped]

    draw = random.Random(5)
    lower = []
    for _ in range(20_000):
        pieces = draw.choices(WORDS, k=draw.randint(1, 14))
        text = "".join(piece + draw.choice((" ", " ", " ", "", ", ", ". ", "\n")) for piece in pieces)
        if weighted_length(text, V3) < parse_tweet(text).weightedLength:
            lower.append(text)
    assert lower == []
