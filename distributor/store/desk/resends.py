"""Posts that surely failed, sent once more on somebody's word: each a row of its own, for what has ended never moves.

Decides nothing: ``rules.queue.choices`` says whether one may go, in the transaction that plans it.
"""

from __future__ import annotations

from collections.abc import Sequence

from distributor.phrases import Phrase
from distributor.rules.queue.choices import not_again
from distributor.rules.queue.holds import DESK
from distributor.store.codes import STATES, to_ms
from distributor.store.connection import Connection, Row, queries
from distributor.store.desk.acts import By, record
from distributor.store.ledger.findings import look_anew
from distributor.store.news.articles import article_from_json
from distributor.store.news.conditions import Ended, pass_on, reworded
from distributor.store.news.wordings import put
from distributor.store.writer import Writer

#: Parts of such rows count from here: far above those of further posts, which are the numbers of revisions.
AGAIN = 1 << 15
_CHANGED = "its text is not the one that failed: approvals are asked anew"


class Resends:
    """What goes out again."""

    def __init__(self, writer: Writer) -> None:
        """Share the store's writer."""
        self._writer = writer
        self._sql = queries("resends")

    def send(self, story_id: int, channel: str, by: By, *, words: str = "") -> str:
        """Plan a failed post once more, in an editor's own ``words`` where there are some; why not (empty: it is).

        It waits for whatever its story must pass there, and then at its channel's gates like any other.
        """

        def work(connection: Connection) -> str:
            posts = connection.query(self._sql["posts"], {"story": story_id, "channel": channel})
            if why := _why_not(posts):
                return why
            self._plan(connection, posts[-1], len(posts), channel, words, by)
            return ""

        return self._writer.call(work)

    def _plan(self, connection: Connection, failed: Row, number: int, channel: str, words: str, by: By) -> None:
        reason = f"sent again by {by.who}"
        fields = {"id": failed["id"], "part": AGAIN + number, "reason": reason, "now": to_ms(by.at)}
        rows = connection.query(self._sql["plan"], fields)
        if words:
            put(connection, failed["subject_id"], channel, words, by)
            look_anew(connection, failed["subject_id"])
        self._ask(connection, failed, by, has_words=bool(words))
        pass_on(connection, Ended(ids=[row["id"] for row in rows], hold=DESK, reason=reason, fresh=True), by.at)
        record(connection, rows, "resent", f"delivery {failed['id']} failed: {failed['reason']}", by)

    def _ask(self, connection: Connection, failed: Row, by: By, *, has_words: bool) -> None:
        """What it must pass is that of the words with which it would leave now."""
        story, channel = failed["subject_id"], failed["channel_id"]
        if embargo := article_from_json(failed["article"]).embargoed:
            told = {"subject": story, "channel": channel, "internal": None, "embargo": to_ms(embargo)}
            connection.run(queries("conditions")["revise"], told)
        if has_words:
            reworded(connection, story, channel, by.at)
        elif failed["showed"] is not None and failed["showed"] != failed["revision"]:
            reworded(connection, story, channel, by.at, _CHANGED)


def _why_not(posts: Sequence[Row]) -> str:
    if posts and posts[-1]["pubstatus"] != "usable":
        return Phrase("the story is withdrawn")
    if posts and posts[-1]["is_before"]:
        return Phrase("the store was restored since it failed, and the one before may have sent it again")
    return not_again([(STATES[row["state"]], bool(row["doubts"])) for row in posts])
