"""A message that lint blocks: held with its reason, let go once by somebody, mended by other words; never lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from distributor.calls.delivery.holding import watch_holds
from distributor.model import State
from tests.flow.desk import CONFIG, Desk, url

HELD = ("lint", "entity-left: “&amp;” in the text; write &")
STYLED = CONFIG + '\n[style]\nblocked_words = ["secret"]\n'


@pytest.fixture
def desk(short: Path) -> Iterator[Desk]:
    found = Desk(short)
    yield found
    found.app.close()


def lint_of(desk: Desk, number: int = 1) -> list[tuple[str, str, str | None]]:
    told = desk.call("where", url=url(number))["deliveries"]
    return [(one["channel"], f["rule"], f["passed_by"]) for one in told for f in one["lint"]]


def test_what_lint_blocks_is_held_with_the_rule_and_the_fix_and_somebody_is_told(desk: Desk) -> None:
    desk.publish(1, headline="Ministers &amp; members meet")
    desk.drain()
    assert desk.held() == [HELD, HELD]
    assert not desk.x.parcels
    assert [one["released_by"] for one in desk.call("held")["held"]] == [
        "distributor release, or other words (reword, correct)"
    ] * 2
    assert lint_of(desk) == [("x", "entity-left", None), ("y", "entity-left", None)]
    assert desk.events("linted")[0] == ("linted", "lint", "block entity-left: “&amp;” in the text")
    for _ in range(2):
        watch_holds(desk.app)
    assert [one.text for one in desk.app.store.alerts.open_alerts()] == ["lint holds 2 deliveries"]


def test_somebody_lets_it_go_once_and_by_name(desk: Desk) -> None:
    desk.publish(1, headline="Ministers &amp; members meet")
    desk.drain()
    watch_holds(desk.app)
    desk.call("release", url=url(1), channel="x")
    desk.drain()
    assert [parcel.message.text[:28] for parcel in desk.x.parcels] == ["Ministers &amp; members meet"]
    assert desk.held() == [HELD]
    assert lint_of(desk) == [("x", "entity-left", "Ann"), ("y", "entity-left", None)]
    assert [(who, what[:19]) for _, who, what in desk.events("released")] == [("Ann", "it was held by lint")]
    watch_holds(desk.app)
    assert [one.text for one in desk.app.store.alerts.open_alerts()] == ["lint holds 1 delivery"]
    desk.call("skip", url=url(1))
    watch_holds(desk.app)
    assert desk.app.store.alerts.open_alerts() == []


def test_what_was_let_go_is_let_go_for_these_words_alone(desk: Desk) -> None:
    desk.publish(1, headline="Ministers &amp; members meet")
    desk.drain("x")
    desk.call("release", url=url(1), channel="x")
    desk.publish(1, headline="Ministers &lt; members meet")
    desk.drain("x")
    assert not desk.x.parcels
    assert desk.held("x") == [("lint", "entity-left: “&lt;” in the text; write <")]


def test_a_new_text_that_mends_it_leaves_by_itself(desk: Desk) -> None:
    desk.publish(1, headline="Ministers &amp; members meet")
    desk.drain()
    desk.publish(1, headline="Ministers and members meet")
    desk.drain()
    assert desk.fates() == {State.SENT: 1}
    assert desk.x.parcels[0].message.text.startswith("Ministers and members meet")
    assert lint_of(desk) == []
    assert desk.events("linted")[-1] == ("linted", "lint", "nothing any more")


def test_a_rewording_mends_it_where_it_is_reworded_and_is_looked_at_like_any_text(desk: Desk) -> None:
    desk.publish(1, headline="Ministers &amp; members meet")
    desk.drain()
    desk.call("reword", url=url(1), channel="x", text="They meet <b>today</b>")
    desk.drain()
    assert desk.held("x") == [("lint", "markup-left: “<b>” in the text; take the markup out; "
                               "markup-left: “</b>” in the text; take the markup out")]  # fmt: skip
    desk.call("reword", url=url(1), channel="x", text="They meet today")
    desk.drain()
    assert [parcel.message.text.partition("\n")[0] for parcel in desk.x.parcels] == ["They meet today"]
    assert desk.held() == [HELD]


def test_a_correction_of_what_stands_is_looked_at_too(short: Path) -> None:
    desk = Desk(short, x='on_correction = "post"')
    desk.publish(1)
    desk.drain()
    desk.publish(1, headline="CORRECTED: Fish &amp; chips")
    desk.drain("x")
    assert desk.fates() == {State.SENT: 1, State.HELD: 1}
    assert desk.held("x") == [HELD]
    desk.publish(1, headline="CORRECTED: Fish and chips")
    desk.drain("x")
    assert desk.held("x") == []
    assert "Fish and chips" in desk.x.parcels[-1].message.text
    desk.app.close()


def test_a_warning_leaves_and_is_on_record(desk: Desk) -> None:
    desk.publish(1, headline="TALKS BEGIN IN THE CAPITAL")
    desk.drain()
    assert desk.fates() == {State.SENT: 1}
    assert lint_of(desk) == [("x", "all-capitals", None), ("y", "all-capitals", None)]
    assert [kind for kind, _, _ in desk.events("linted")] == ["linted", "linted"]


def test_a_route_turns_a_rule_off(short: Path) -> None:
    desk = Desk(short, route='lint = ["entity-left off"]')
    desk.publish(1, headline="Ministers &amp; members meet")
    desk.drain()
    assert desk.fates() == {State.SENT: 1}
    assert lint_of(desk) == []
    desk.app.close()


def test_a_blocked_word_keeps_a_post_by_hand(short: Path) -> None:
    desk = Desk(short, config=STYLED)
    desk.call("post", channels=["x"], text="It is a secret")
    desk.drain()
    assert desk.held() == [("lint", "blocked-word: “secret” in the text; use another word")]
    desk.app.close()


def test_all_readers_of_a_mail_share_what_was_found_and_each_is_held(short: Path) -> None:
    desk = Desk(short, config=CONFIG.replace('channels = ["x", "y"]', 'channels = ["mail"]'))
    for name in ("a", "b"):
        desk.app.store.subscribers.subscribe(f"{name}@example.org", ["mail"], now=desk.clock.now(), source="test")
    desk.publish(1, headline="Ministers &amp; members meet")
    desk.drain("mail")
    assert [by for by, _ in desk.held("mail")] == ["lint", "lint"]
    assert len(desk.events("linted")) == 1
    desk.call("release", url=url(1))
    desk.drain("mail")
    assert desk.fates("mail") == {State.SENT: 2}
    desk.app.close()


def test_alerts_for_the_desk_are_not_looked_at(short: Path) -> None:
    desk = Desk(short, config=CONFIG + '\n[alerts]\nchannels = ["y"]\n')
    desk.app.store.alerts.tell([("y", 0)])
    desk.app.store.alerts.raise_alert("feed:politics", "the feed said &amp; nothing", hint="", now=desk.clock.now())
    desk.drain("y")
    assert desk.fates("y") == {State.SENT: 1}
    assert desk.events("linted") == []
    desk.app.close()
