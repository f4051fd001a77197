"""Corrections that readers are told of in their next issue: to whom, in which words, how often."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.errors import RateLimited, TemplateError
from distributor.model import Parcel, Receipt, RevisionClass, State
from tests.apps import CONFIG, told_app
from tests.support import NOON, HandClock, ToldBulk, ToldSource, article

POLICY = 'on_correction = "next-digest"\non_withdrawal = "next-digest"\n'
LINED = CONFIG.replace('sender = "News <news@example.org>"\n', f'sender = "News <news@example.org>"\n{POLICY}')
NOTE = "It was another minister."
DAY = timedelta(days=1)


class Answering(ToldBulk):
    """A relay by which mails answer mails."""

    def reply(self, parcel: Parcel) -> Receipt:
        return self.send(parcel)


class Post:
    """A newsroom with one digest at 13:00, whose corrections stand in the next issue."""

    def __init__(self, folder: Path, config: str = LINED) -> None:
        self.folder, self.config = folder, config
        self.clock, self.source, self.relay = HandClock(), ToldSource([]), Answering("mail")
        self._open()

    def _open(self) -> None:
        told: dict[str, Any] = {"source": self.source, "clock": self.clock, "config": self.config}
        self.app = told_app(self.folder, channels={"mail": self.relay}, **told)

    def restart(self) -> None:
        self.app.close()
        self._open()

    def subscribe(self, *names: str, topic: str = "morning") -> None:
        for name in names:
            self.app.store.subscribers.subscribe(f"{name}@example.org", [topic], now=NOON, source="test")

    def issue(self, *articles: Any) -> dict[str, Parcel]:
        """The feed brings these, and the next issue leaves; by reader, what each got."""
        self.source.documents = [list(articles)]
        self.app.ingesters["politics"].run_once(self.clock.now())
        self.clock.at = self.app.digesters["morning"].next_slot(self.clock.now()) or NOON
        self.app.digesters["morning"].run_due(self.clock.now())
        return self.drain()

    def drain(self) -> dict[str, Parcel]:
        self.relay.parcels.clear()
        while self.app.deliverers["mail"].run_once():
            continue
        found = [(one.recipient.address.partition("@")[0], one) for one in self.relay.parcels]
        assert len(found) == len(dict(found)), "nobody gets two mails"
        return dict(found)

    def call(self, name: str, number: int = 1, **args: Any) -> Any:
        told = {"who": "Anna", "through": "command line"} if name != "where" else {}
        return dispatch(self.app, name, {**told, "url": article(number).url, **args})

    def correct(self, **words: Any) -> Any:
        return self.call("correct", note=NOTE, **words)


@pytest.fixture
def post(tmp_path):
    found = Post(tmp_path)
    yield found
    found.app.close()


def told(mails: dict[str, Parcel]) -> list[str]:
    """Who is told of a correction in both parts of their mail."""
    html = [name for name, one in mails.items() if NOTE in one.message.html]
    assert html == [name for name, one in mails.items() if NOTE in one.message.text]
    return html


def test_those_who_were_mailed_the_error_are_told_once_in_their_next_issue_and_nobody_else(post):
    post.subscribe("anna", "boris")
    post.issue(article(1))
    found = post.correct(headline="Another minister resigns")
    assert (found["mailed"], found["lines"]) == (0, 2)
    post.subscribe("clara")
    assert post.drain() == {}  # nobody is mailed for it
    mails = post.issue(article(1), article(2))
    assert sorted(mails) == ["anna", "boris", "clara"]
    assert told(mails) == ["anna", "boris"]
    assert told(post.issue(article(1), article(2), article(3))) == []


def test_the_block_stands_at_the_top_and_says_what_was_said_and_what_is_right(post):
    post.subscribe("anna")
    post.issue(article(1))
    post.correct(headline="Another minister resigns")
    mail = post.issue(article(1), article(2))["anna"].message
    top = "Correction to our story of 24 November 2026: Another minister resigns"
    for part in (" ".join(mail.text.split()), mail.html):
        assert part.index("Correction to our story of") < part.index("Headline number 1") < part.index(NOTE)
        assert part.index(NOTE) < part.index("Headline number 2", part.index(NOTE))
        assert article(1).url in part
    assert top in " ".join(mail.text.split())
    assert "We wrote: “Headline number 1”" in mail.text


def test_without_another_headline_the_sentences_are_quoted_that_do_not_stand_any_more(post):
    post.subscribe("anna")
    post.issue(article(1, summary="The vote is on Thursday. Nobody objects."))
    post.correct(summary="The vote is on Friday. Nobody objects.")
    mail = post.issue(article(2))["anna"].message
    assert "We wrote: “The vote is on Thursday.”" in mail.text


def test_a_withdrawal_is_told_without_its_link(post):
    post.subscribe("anna")
    post.issue(article(1))
    found = post.call("withdraw", reason="The source took it back.")
    assert (found["mailed"], found["lines"]) == (0, 1)
    mail = post.issue(article(2))["anna"].message
    assert "Withdrawn: our story of 24 November 2026: Headline number 1" in " ".join(mail.text.split())
    for part in (mail.text, mail.html):
        assert "The source took it back." in part
        assert article(1).url not in part


def test_the_sums_hold_and_each_row_says_which_mail_it_was(post):
    post.subscribe("anna")
    post.issue(article(1))
    post.correct()
    post.subscribe("clara")
    post.issue(article(1), article(2))
    store = post.app.store
    rows = [one for one in store.deliveries.list(limit=10) if one["slot"] and one["slot"].startswith("2026-11-25")]
    assert [one["state"] for one in rows] == [4, 4]
    assert len({one["message_id"] for one in rows}) == 2
    (issue,) = {one["subject_id"] for one in rows}
    assert store.deliveries.subject_counts(issue) == {State.SENT: 2}
    (line,) = post.call("where")["lines"]["told"]
    assert (line["digest"], line["revision"], line["readers"]) == ("morning", 1, 1)
    assert post.call("where")["lines"]["waiting"] == 0


def test_nothing_new_but_a_correction_is_no_issue_and_it_is_told_in_the_next_one(post):
    post.subscribe("anna")
    post.issue(article(1))
    post.correct()
    assert post.issue(article(1)) == {}
    assert post.call("where")["lines"] == {"told": [], "waiting": 1}
    assert told(post.issue(article(1), article(2))) == ["anna"]


def test_a_reader_whose_issue_was_refused_is_told_in_the_one_after(post):
    post.subscribe("anna", "boris")
    post.issue(article(1))
    post.correct()
    post.source.documents = [[article(2)]]
    post.subscribe("dora")
    post.app.ingesters["politics"].run_once(post.clock.now())
    post.clock.advance(DAY.total_seconds())
    post.app.digesters["morning"].run_due(post.clock.now())
    post.app.store.subscribers.leave("boris@example.org", None, post.clock.now())
    assert told(post.drain()) == ["anna"]
    post.subscribe("boris")  # comes back
    assert told(post.issue(article(3))) == ["boris"]


def test_a_correction_corrected_again_is_told_again_with_what_was_said_last(post):
    post.subscribe("anna")
    post.issue(article(1))
    post.correct(headline="Another minister resigns")
    post.issue(article(2))
    post.call("correct", note="Nobody resigned.", headline="Minister stays")
    mail = post.issue(article(3))["anna"].message
    assert "We wrote: “Another minister resigns”" in mail.text
    assert "Nobody resigned." in mail.text
    assert NOTE not in mail.text


def test_what_was_corrected_and_then_put_back_or_taken_back_is_told_as_it_is_now(tmp_path):
    post = Post(tmp_path, LINED.replace('on_withdrawal = "next-digest"\n', ""))
    post.subscribe("anna")
    post.issue(article(1))
    post.correct()
    post.call("withdraw", reason="It was wrong.")  # on_withdrawal is nothing
    mail = post.issue(article(2))["anna"].message
    assert NOTE not in mail.text
    assert "It was wrong." not in mail.text
    post.app.close()


def test_an_update_after_the_correction_does_not_hold_the_mail_up(post):
    post.subscribe("anna")
    post.issue(article(1))
    post.correct()
    assert told(post.issue(article(1, body="It grew.\n\nAnd grew."), article(2))) == ["anna"]
    assert told(post.issue(article(3))) == []


def test_who_was_mailed_the_story_alone_is_answered_by_mail_for_no_issue_follows(tmp_path):
    config = LINED.replace('channels = ["x", "y"]', 'channels = ["mail"]')
    post = Post(tmp_path, config)
    post.subscribe("anna", topic="mail")
    post.subscribe("boris")
    post.source.documents = [[article(1)]]
    post.app.ingesters["politics"].run_once(post.clock.now())
    assert list(post.drain()) == ["anna"]
    assert told(post.issue(article(1))) == []
    found = post.correct()
    assert (found["mailed"], found["lines"]) == (1, 1)
    assert list(post.drain()) == ["anna"]
    post.subscribe("anna")
    post.app.store.subscribers.leave("anna@example.org", "mail", post.clock.now())
    assert told(post.issue(article(2))) == ["boris"]
    post.app.close()


def test_a_mail_that_had_to_wait_tells_its_line_when_it_leaves(post):
    post.subscribe("anna")
    post.issue(article(1))
    post.correct()
    post.relay.answers = [RateLimited("slow down", retry_after=timedelta(seconds=30))]
    first = post.issue(article(2))["anna"].message
    post.clock.advance(60)
    again = post.drain()["anna"].message
    assert again.text == first.text
    assert NOTE in again.text


def test_old_corrections_are_no_news_for_an_issue(post):
    post.subscribe("anna")
    post.issue(article(1))
    post.correct()
    post.clock.advance(31 * DAY.total_seconds())
    mails = post.issue(article(2, published=post.clock.now()))
    assert told(mails) == []


def test_a_template_that_shows_no_corrections_is_refused_where_they_shall_be_told(tmp_path):
    own = tmp_path / "own" / "email"
    own.mkdir(parents=True)
    for end in ("html", "txt", "subject.txt"):
        (own / f"short.{end}.j2").write_text("{{ stories[0].headline }} {{ digest.title }} {{ reader.leave }}", "utf-8")
    config = LINED.replace("[digests.morning]", '[digests.morning]\ntemplate = "short"')
    config = config.replace("[store]", '[desk]\ntemplates = "own"\n\n[store]')
    with pytest.raises(TemplateError, match=r"email/short.html.j2: it shows no corrections"):
        told_app(tmp_path, config=config)
    told_app(tmp_path, config=config.replace("next-digest", "nothing")).close()


def test_where_a_policy_asks_for_no_lines_no_issue_has_any(tmp_path):
    post = Post(tmp_path, CONFIG)
    post.subscribe("anna")
    post.issue(article(1))
    assert post.correct()["lines"] == 0
    assert list(post.drain()) == ["anna"]  # by mail, as on_correction of mail says by default
    assert told(post.issue(article(2))) == []
    post.app.close()


def test_the_words_of_the_chat_name_the_readers_of_the_next_issue(post):
    from distributor.chat.replies import _TOLD

    post.subscribe("anna")
    post.issue(article(1))
    found = post.correct()
    assert _TOLD["correct"]("Anna", {}, found) == "Corrected by Anna: 1 readers in their next issue."


def test_only_corrections_and_withdrawals_are_told_in_issues():
    from distributor.model import ChannelPolicy, FollowUp
    from distributor.rules.change.lines import told_in_issues

    assert told_in_issues(ChannelPolicy()) == []
    both = ChannelPolicy(on_correction=FollowUp.NEXT_DIGEST, on_withdrawal=FollowUp.NEXT_DIGEST)
    assert told_in_issues(both) == [RevisionClass.CORRECTION, RevisionClass.WITHDRAWAL]
