"""Every act by name: the typed registry behind the command line, the control socket and whatever face comes later.

Each call takes the open app and plain arguments and gives a JSON-ready object of one documented shape
(docs/commands.md). One file for each kind of act. Must not print, and must not know who asked.
"""

from distributor.calls import (
    alerting,
    approving,
    bounces,
    correcting,
    corrections,
    feeding,
    foreseeing,
    handover,
    holding,
    importing,
    issuing,
    keeping,
    looking,
    now,
    outside,
    people,
    posting,
    previewing,
    proving,
    publishing,
    readers,
    sending,
    settling,
    shadowing,
    stopping,
    stories,
    weighing,
)
from distributor.calls.ahead import editing, planning
from distributor.calls.desk import agenda
from distributor.calls.mail import audience, digests
from distributor.calls.registry import CALLS, WAKING, Call, dispatch

__all__ = [
    "CALLS",
    "WAKING",
    "Call",
    "agenda",
    "alerting",
    "approving",
    "audience",
    "bounces",
    "correcting",
    "corrections",
    "digests",
    "dispatch",
    "editing",
    "feeding",
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
    "sending",
    "settling",
    "shadowing",
    "stopping",
    "stories",
    "weighing",
]
