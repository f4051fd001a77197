"""Stories found by any part of a word: by their index, and the same as looking through every headline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distributor.engine.upkeep import Upkeep
from distributor.store.connection import SqliteConnection, open_reader, open_writer, queries
from distributor.store.desk import dossier
from distributor.store.desk.dossier import Dossier
from distributor.store.news import words as words_module
from distributor.store.news.words import StoryWords
from distributor.store.opening import FILE
from distributor.store.readers import Readers
from distributor.store.writer import InlineWriter
from distributor.text.needles import needles
from tests.apps import told_app
from tests.support import NOON, ToldSource, article, store_with

HEADLINES = (
    "Переговоры в Минске",
    "МИНСК: мост закрыт",
    'The "Bridge" opens',
    "Ёлка и е\u0301лка",
    "وزير الخارجية في مينسك",
)


class Shelf:
    """Stories in a store, and the two ways to look for them."""

    def __init__(self, folder: Path) -> None:
        store_with(folder, "x").close()
        self.writer = open_writer(folder / FILE)
        self.writer.run("PRAGMA synchronous = OFF")
        self.readers = Readers(lambda: open_reader(folder / FILE))
        self.dossier = Dossier(self.readers)
        self.words = StoryWords(InlineWriter(self.writer), self.readers)

    def add(self, *headlines: str) -> None:
        for headline in headlines:
            (row,) = self.writer.query("INSERT INTO subjects (kind) VALUES (1) RETURNING id")
            number = int(row["id"])
            put(self.writer, number, headline)
            self.writer.run(queries("words")["put"], (number, headline, url_of(number)))

    def before_the_index(self) -> None:
        """As in a store that is older than the index: nothing stands in it."""
        self.writer.run("DELETE FROM story_words")
        self.writer.run("UPDATE story_words_from SET story = (SELECT coalesce(max(id), 0) + 1 FROM stories)")

    def found(self, words: str, most: int = 50) -> list[int]:
        return [row["id"] for row in self.dossier.found(needles(words), most)]

    def looked_through(self, words: str) -> list[int]:
        said = [word.replace("\0", "").casefold() for word in words.split()]
        rows = self.writer.query("SELECT id, headline || ' ' || url AS text FROM stories ORDER BY id DESC")
        return [row["id"] for row in rows if all(word in row["text"].casefold() for word in said)]

    def close(self) -> None:
        self.readers.close()
        self.writer.close()


def url_of(number: int) -> str:
    return f"https://news.example.org/talks-{number}"


def put(writer: SqliteConnection, number: int, headline: str) -> None:
    fields = {"id": number, "headline": headline, "url": url_of(number)}
    writer.run(
        """INSERT INTO stories (id, feed, url, headline, fingerprint, pubstatus, baseline, first_seen_at)
           VALUES (:id, 'f', :url, :headline, '', 'usable', 0, 0)""",
        fields,
    )
    writer.run("INSERT INTO revisions (story_id, revision, seen_at, article) VALUES (?, 0, 0, '{}')", (number,))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with closing(Shelf(tmp_path)) as opened:
        opened.add(*HEADLINES)
        yield opened


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("минск", [2, 1]),
        ("ереговор", [1]),
        ("минск МОСТ", [2]),
        ("bridge", [3]),
        ('"Bridge"', [3]),
        ("talks-4", [4]),
        ("в мин", [1]),
        ("в", [1]),
        ("الخارجية", [5]),
        ("talks", [5, 4, 3, 2, 1]),
        ("никогда", []),
        ("mi\0nsk", []),
        ("* OR NEAR", []),
        ("", [5, 4, 3, 2, 1]),
    ],
)
@pytest.mark.parametrize("is_old", [False, True])
def test_any_part_of_a_word_finds_its_stories_newest_first(
    shelf: Shelf, words: str, numbers: Sequence[int], is_old: bool
) -> None:
    if is_old:
        shelf.before_the_index()
    assert shelf.found(words) == numbers
    assert shelf.found(words, 1) == numbers[:1]


def test_an_older_store_is_put_into_its_index_by_and_by_and_nothing_is_missed_meanwhile(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words_module, "SLICE", 2)
    shelf.before_the_index()
    shelf.writer.run("UPDATE stories SET headline = 'Snow in Minsk' WHERE id = 1")
    shelf.writer.run(queries("words")["put"], (1, "Snow in Minsk", url_of(1)))
    shelf.add("Сельдь в Минске")
    before = [shelf.found(words) for words in ("минск", "minsk", "talks")]
    rounds = 0
    while shelf.words.further():
        rounds += 1
        assert [shelf.found(words) for words in ("минск", "minsk", "talks")] == before
    assert (rounds, before) == (3, [[6, 2], [1], [6, 5, 4, 3, 2, 1]])
    (row,) = shelf.writer.query("SELECT count(*) AS n FROM story_words WHERE story_words MATCH 'talks'")
    assert row["n"] == 6


def test_a_story_is_found_by_the_words_that_it_has_now(tmp_path: Path) -> None:
    source = ToldSource([article(1, headline="Rain in Minsk")], [article(1, headline="Snow in Minsk")])
    with closing(told_app(tmp_path, source=source)) as app:
        found = []
        for _ in range(2):
            app.ingesters["politics"].run_once(NOON)
            found.append([len(app.store.dossier.found(needles(words), 9)) for words in ("rain", "SNOW", "insk")])
        assert found == [[1, 0, 1], [0, 1, 1]]
        assert app.store.words.further() == 0


def test_the_engine_puts_older_stories_in(tmp_path: Path) -> None:
    source = ToldSource([article(1, headline="Rain in Minsk")])
    with closing(told_app(tmp_path, source=source)) as app:
        app.ingesters["politics"].run_once(NOON)
        with closing(open_writer(tmp_path / "state" / FILE)) as writer:
            writer.run("DELETE FROM story_words")
            writer.run("UPDATE story_words_from SET story = 9")
        Upkeep(app, lambda: None).put_words()
        assert app.store.words.further() == 0
        assert [row["headline"] for row in app.store.dossier.found(needles("minsk"), 9)] == ["Rain in Minsk"]


def test_the_index_is_asked_for_every_word_of_three_characters(shelf: Shelf) -> None:
    words = queries("words")["worded"]
    fields = dict.fromkeys(("words", "short"), "[]") | dict.fromkeys(("as_is", "small", "capital", "capitals"), "a")
    plan = shelf.writer.query(f"EXPLAIN QUERY PLAN {words}", {**fields, "match": '"abc"', "most": 5})
    assert any("VIRTUAL TABLE INDEX" in row["detail"] for row in plan)
    assert not any(row["detail"].startswith("SCAN one") for row in plan)
    assert dossier.TRIGRAM == 3


LETTERS = st.text(alphabet='аАбБёЁaAB"-é ', max_size=12)


@settings(max_examples=60)
@given(st.lists(LETTERS.filter(str.strip), min_size=1, max_size=4), LETTERS, st.booleans())
def test_what_the_index_finds_is_what_looking_through_all_finds(
    tmp_path_factory: pytest.TempPathFactory, headlines: list[str], wanted: str, is_half: bool
) -> None:
    with closing(Shelf(tmp_path_factory.mktemp("shelf"))) as shelf:
        shelf.add(*headlines)
        if is_half:
            shelf.before_the_index()
            shelf.add(*headlines)
        ways = any(len(word) < 3 or is_half for word in wanted.split())
        found, every = shelf.found(wanted), shelf.looked_through(wanted)
        assert set(found) <= set(every)
        assert ways or found == every  # where words are looked through, they are met in four ways only
