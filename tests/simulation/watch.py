"""What must hold, looked at after every commit. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from distributor.flows.deliver import LEASE
from distributor.model import Parcel, State
from distributor.rules.fate.lifecycle import MOVES
from distributor.store.codes import STATES, to_ms
from distributor.store.connection import Row
from tests.simulation.ground import Ground
from tests.simulation.world import Broken, Platform, World

_LEASE = LEASE // timedelta(milliseconds=1)
#: phases in which only the holder of the lease may move a row
_OWN = ("start", "record", "putting aside")


class Watch:
    """The eye on one schedule."""

    def __init__(self, ground: Ground, world: World, ids: dict[str, int]) -> None:
        """``ids`` gives the delivery behind a name, as far as they are known."""
        self._ground, self._world, self._ids = ground, world, ids
        self.edges: Counter[tuple[str, str]] = Counter()
        self.states: dict[int, State] = {}
        #: whether somebody else's post stands for a row that this store never sent
        self.stands: Callable[[int], bool] = lambda _: False
        #: how often each row became unknown
        self.unknowns: Counter[int] = Counter()
        self._changes = -1

    def look(self, owner: int, phase: str) -> None:
        """Every move since the last look is legal and made by whom it may; every lease was free when it was taken."""
        if self._ground.raw.total_changes == self._changes:
            return
        self._changes = self._ground.raw.total_changes
        for row in self._ground.moves():
            number = row["id"]
            if row["is_now"] is None:
                raise Broken(f"delivery {number} was deleted")
            state = STATES[row["is_now"]]
            if row["was"] is None:
                self.states[number] = state
                continue
            was = STATES[row["was"]]
            if was is not state:
                self._moved(number, was, state)
                if phase in _OWN and was is not State.PLANNED and row["owner_was"] not in (None, owner):
                    raise Broken(f"delivery {number} was moved by {owner} in {phase} and is {row['owner_was']}'s")
            elif _is_taken(row, phase):
                raise Broken(f"delivery {number} was leased to another while its lease was running")

    def _moved(self, number: int, was: State, state: State) -> None:
        if state not in MOVES[was] or self.states.get(number) is not was:
            raise Broken(f"delivery {number} moved from {was} to {state}, last seen {self.states.get(number)}")
        self.edges[was, state] += 1
        self.states[number] = state
        if state is State.UNKNOWN and was in (State.SENDING, State.PLANNED):  # not what is only looked for once more
            self.unknowns[number] += 1

    def at_the_wire(self, platform: Platform, parcel: Parcel, owner: int, *, disturbed: bool) -> None:
        """Before the first byte: the mark is durable, the row is ours, the text is the one that may stand there.

        ``disturbed``: the clock was moved or the process hung, so that the lease may have run out meanwhile.
        """
        number = self._ids[parcel.key]
        raw = self._ground.raw
        if raw.in_transaction:
            raise Broken(f"delivery {number} is at the wire inside a transaction")
        row = raw.execute("SELECT * FROM deliveries WHERE id = ?", (number,)).fetchone()
        if not disturbed:
            if STATES[row["state"]] is not State.SENDING or row["lease_owner"] != owner:
                raise Broken(f"delivery {number} is at the wire and not marked as ours: {dict(row)}")
            if row["lease_until"] <= to_ms(self._world.clock.now()):
                raise Broken(f"delivery {number} is handed over after its lease ran out")
        if row["message_id"] is None or row["started_at"] is None:
            raise Broken(f"delivery {number} is at the wire without a mark: {dict(row)}")
        self._same_again(number, platform, parcel)

    def _same_again(self, number: int, platform: Platform, parcel: Parcel) -> None:
        facts = self._world.facts[parcel.key]
        if facts.last is None:
            return
        _, first, address = facts.last
        if parcel.first_sent_at != first or parcel.recipient.address != address:
            raise Broken(f"delivery {number} has another date or recipient than at its first try")
        if facts.words not in (None, parcel.message.text):
            raise Broken(f"delivery {number} on {platform.name} is sent again with other words")

    def all_is_whole(self) -> None:
        """The rows are what their moves have made of them, and none is called sent which the world has not."""
        rows = self._ground.raw.execute("SELECT id, state FROM deliveries").fetchall()
        found = {row["id"]: STATES[row["state"]] for row in rows}
        if found != self.states:
            raise Broken("the rows are not what their moves have made of them")
        for key, number in self._ids.items():
            if found.get(number) is State.SENT and not self._world.facts[key].copies and not self.stands(number):
                raise Broken(f"delivery {number} is called sent and is not there")


def _is_taken(row: Row, phase: str) -> bool:
    """Whether a row was claimed before a lease on it had run out; a new lease runs from the claim's instant."""
    if phase != "claim" or row["until_was"] is None or row["until_now"] is None:
        return False
    return bool(row["until_was"] > row["until_now"] - _LEASE)
