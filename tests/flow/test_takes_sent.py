"""Takes, revisions and a kill as they leave: from the feed to what a channel is asked to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from distributor.model import Act, Parcel, Receipt, State
from tests.apps import CONFIG, told_app
from tests.support import HandClock, ToldChannel, ToldSource, article


class Able(ToldChannel):
    """A channel that can do everything, and remembers what it was asked: verb, target, its own number."""

    erasable_for: timedelta | None = None

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.asked: list[tuple[str, str]] = []

    def send(self, parcel: Parcel) -> Receipt:
        self.asked.append(("post", ""))
        return super().send(parcel)

    def edit(self, parcel: Parcel) -> Receipt:
        self.asked.append(("edit", parcel.target))
        return super().send(parcel)

    def reply(self, parcel: Parcel) -> Receipt:
        self.asked.append(("reply", parcel.target))
        return super().send(parcel)

    def erase(self, parcel: Parcel) -> Receipt:
        self.asked.append(("erase", parcel.target))
        return super().send(parcel)


class Desk:
    """An app with one able channel under a policy."""

    def __init__(self, folder: Path, policy: str) -> None:
        self.channel, self.clock, self.source = Able("y"), HandClock(), ToldSource([article(99)])
        config = CONFIG.replace('[channels.y]\ntype = "console"\n', f'[channels.y]\ntype = "console"\n{policy}')
        self.app = told_app(folder, channels={"y": self.channel}, source=self.source, clock=self.clock, config=config)

    def tells(self, *articles) -> list[tuple[str, str]]:
        """One reading and what the channel was asked to do then, until nothing is left."""
        self.source.documents = [articles]
        self.channel.asked.clear()
        self.app.ingesters["politics"].run_once(self.clock.now())
        for _ in range(10):
            self.clock.advance(5)
            while self.app.deliverers["y"].run_once():
                continue
        return list(self.channel.asked)


SNAP = article(1, headline="FLASH - MINISTER RESIGNS OVER BRIDGE SCANDAL", summary="", body="", urgency=1)
LONG = "The minister resigned over the bridge scandal on Tuesday. " * 20
FULL = article(2, headline="Minister resigns over bridge scandal", summary="", body=LONG)
UPDATED = replace(FULL, body=LONG + "The president spoke at length.")
CORRECTED = replace(FULL, body=LONG + "The premier spoke.", correction="It was the premier who spoke.")
KILL = article(7, headline="KILL: the story of the minister", summary="", body=f"Kill {FULL.url} at once.")

EDITS = 'on_update = "edit"\non_correction = "edit-visible"\non_withdrawal = "delete"\ntakes = "reply"\n'
ANSWERS = 'on_correction = "reply"\non_withdrawal = "delete"\ntakes = "follow"\n'
REPLACES = 'on_update = "replace"\non_correction = "replace"\non_withdrawal = "delete"\ntakes = "replace"\n'


@pytest.mark.parametrize(
    ("policy", "steps"),
    [
        (EDITS, [[("post", "")], [("reply", "1")], [("edit", "2")], [("edit", "2")], [("erase", "2")]]),
        (ANSWERS, [[("post", "")], [("post", "")], [], [("reply", "2")], [("erase", "2"), ("erase", "3")]]),
        (
            REPLACES,
            [
                [("post", "")],
                [("erase", "1"), ("post", "")],
                [("erase", "3"), ("post", "")],
                [("erase", "5"), ("post", "")],
                [("erase", "7")],
            ],
        ),
    ],
    ids=["edits", "answers", "replaces"],
)
def test_each_step_asks_the_channel_for_what_its_policy_says(tmp_path, policy, steps):
    desk = Desk(tmp_path, policy)
    told = [desk.tells(*those) for those in ([SNAP], [SNAP, FULL], [SNAP, UPDATED], [SNAP, CORRECTED])]
    told.append(desk.tells(SNAP, CORRECTED, KILL))
    assert [sorted(step) for step in told] == [sorted(step) for step in steps]
    story = desk.app.store.stories.find(["guid:politics:guid-7"])
    assert story is not None
    notice = [one for one in desk.app.store.deliveries.of_subject(story.id) if one.act is Act.POST]
    assert {one.state for one in notice} == {State.SKIPPED}
    assert desk.tells(SNAP, CORRECTED, KILL) == []
    desk.app.close()
