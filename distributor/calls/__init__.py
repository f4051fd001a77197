"""Every act by name: the typed registry behind the command line, the control socket and whatever face comes later.

Each call takes the open app and plain arguments and gives a JSON-ready object of one documented shape
(docs/commands.md). One file for each kind of act. Must not print, and must not know who asked.
"""

from distributor.calls.ahead import editing, planning, ruling
from distributor.calls.delivery import holding, looking, sending, settling, shadowing, stopping
from distributor.calls.desk import agenda, alerting, feeding, handover, keeping, now, outside, people
from distributor.calls.mail import audience, bounces, digests, foreseeing, importing, issuing, readers, relaying
from distributor.calls.registry import CALLS, WAKING, Call, dispatch
from distributor.calls.stories import (
    amending,
    approving,
    correcting,
    corrections,
    deciding,
    drafting,
    finding,
    posting,
    previewing,
    proving,
    publishing,
    resending,
    telling,
    weighing,
)

__all__ = [
    "CALLS",
    "WAKING",
    "Call",
    "agenda",
    "alerting",
    "amending",
    "approving",
    "audience",
    "bounces",
    "correcting",
    "corrections",
    "deciding",
    "digests",
    "dispatch",
    "drafting",
    "editing",
    "feeding",
    "finding",
    "foreseeing",
    "handover",
    "holding",
    "importing",
    "issuing",
    "keeping",
    "looking",
    "now",
    "outside",
    "people",
    "planning",
    "posting",
    "previewing",
    "proving",
    "publishing",
    "readers",
    "relaying",
    "resending",
    "ruling",
    "sending",
    "settling",
    "shadowing",
    "stopping",
    "telling",
    "weighing",
]
