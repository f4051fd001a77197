"""All that is on record about one story, and the stories that somebody at the desk must decide. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from distributor.store.codes import to_ms
from distributor.store.connection import Row, queries
from distributor.store.readers import Readers

#: Characters of the shortest word that the index knows.
TRIGRAM = 3


class Dossier:
    """Looks at stories one by one."""

    def __init__(self, readers: Readers) -> None:
        """Share the store's readers."""
        self._readers = readers
        self._sql = queries("dossier")

    def events(self, story: int, most: int) -> Sequence[Row]:
        """What happened to a story and its posts, newest first."""
        return self._rows("events", story=story, most=most)

    def articles(self, story: int) -> Sequence[Row]:
        """Every text of a story, the first first."""
        return self._readers.query(self._sql["articles"], (story,))

    def stands(self, story: int) -> Sequence[Row]:
        """The posts of a story with the words that readers see in them now (``content``) and their ``revision``."""
        return self._rows("stands", story=story)

    def mailed(self, story: int) -> Sequence[Row]:
        """By what readers were mailed a story, how many, and which ``revision``."""
        return self._rows("mailed", story=story)

    def texts(self, ids: Sequence[int]) -> Mapping[int, Row]:
        """By delivery: what leaves with it (``content``), and what was ``paid`` for it."""
        return {row["id"]: row for row in self._readers.query(self._sql["texts"], (json.dumps(list(ids)),))}

    def found(self, words: Sequence[Sequence[str]], most: int) -> Sequence[Row]:
        """The stories whose headline or address says each of some words in one of its four ways, newest first."""
        longest = max(words, key=lambda ways: len(ways[0]), default=("",) * 4)
        ways = dict(zip(("as_is", "small", "capital", "capitals"), longest, strict=True))
        told = {"words": json.dumps(words), "most": most, **ways}
        match = " ".join(_phrase(one[0]) for one in words if _is_long(one[0]))
        if not match:
            return self._rows("found", **told)
        short = json.dumps([one for one in words if not _is_long(one[0])])
        return self._readers.query(queries("words")["worded"], {"match": match, "short": short, **told})

    def waiting(self, most: int, skip: int) -> Sequence[Row]:
        """The stories of which something waits for somebody, the most urgent first; behind the first ``skip``."""
        return self._rows("waiting", most=most, skip=skip)

    def unknown(self, most: int, skip: int) -> Sequence[Row]:
        """What nobody knows of, by what it carries and channel."""
        return self._rows("unknown", most=most, skip=skip)

    def changed(self, since: datetime, most: int, skip: int) -> Sequence[Row]:
        """The stories that their feeds told otherwise after readers had them, and that nobody has decided since."""
        return self._rows("changed", since=to_ms(since), most=most, skip=skip)

    def _rows(self, name: str, **fields: object) -> Sequence[Row]:
        return self._readers.query(self._sql[name], fields)


def _phrase(word: str) -> str:
    """A word for FTS5, which reads up to a NUL."""
    return '"' + word.replace("\0", "").replace('"', '""') + '"'


def _is_long(word: str) -> bool:
    """Whether the index of three characters in a row knows it."""
    return len(word.replace("\0", "")) >= TRIGRAM
