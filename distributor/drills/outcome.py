"""What a crash drill proved, and the shape in which it is told. Must not judge anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from distributor.drills.ledger import Moment
from distributor.drills.loopback import FACTOR
from distributor.drills.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a crash drill proved."""

    deliveries: int
    stories: int
    #: stories that were flashes, and left by the lanes that carry nothing else
    flashes: int
    #: what each kill met
    kills: Sequence[Moment]
    verdict: Verdict
    #: how often each scripted fault came true
    faults: Mapping[str, int]
    seed: int
    #: how long it all took, in seconds
    seconds: float
    #: stories that were corrected, and withdrawn, while it ran
    corrected: int = 0
    withdrawn: int = 0

    @property
    def phases(self) -> Mapping[str, int]:
        """Kills by how far the program had come."""
        counts = Counter(moment.phase for moment in self.kills)
        return {phase: counts[phase] for phase in ("sending", "claimed", "none")}

    @property
    def ok(self) -> bool:
        """The verdict is clean, and at least half of the kills met a delivery at the wire."""
        return self.verdict.ok and 2 * self.phases["sending"] >= len(self.kills)

    def json(self) -> dict[str, Any]:
        """The documented shape of ``drill kill --json``."""
        verdict = self.verdict
        return {
            "ok": self.ok,
            "deliveries": self.deliveries,
            "stories": self.stories,
            "flashes": self.flashes,
            "kills": len(self.kills),
            "kills_at_the_wire": self.phases["sending"],
            "kills_by_phase": dict(self.phases),
            "lost": verdict.lost,
            "false_sent": verdict.false_sent,
            "doubled": verdict.doubled,
            "doubled_mail": verdict.doubled_mail,
            "mailed_again": [{"reader": reader, "message_id": mail} for reader, mail in verdict.mailed_again],
            "strange": verdict.strange,
            "corrected": self.corrected,
            "withdrawn": self.withdrawn,
            "followed": verdict.followed,
            "unheeded": verdict.unheeded,
            "given_up": verdict.given_up,
            "unknown_left": sum(sum(found.values()) for found in verdict.unknown.values()),
            "unknown_by_cause": {cause: dict(found) for cause, found in verdict.unknown.items()},
            "unexplained": verdict.beyond,
            "faults": dict(self.faults),
            "findings": list(verdict.findings),
            "limit_factor": FACTOR,
            "seed": self.seed,
            "seconds": round(self.seconds),
        }
