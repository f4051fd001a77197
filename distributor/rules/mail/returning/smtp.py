"""What a relay's answer at once says about a reader, in the same words as a report that comes later. Pure.

The channel's errors hold the relay's answer in one sentence: ``the relay answered 550 to RCPT: 5.1.1 User unknown``.
"""

from __future__ import annotations

import re

from distributor.model.returns import Cause, Effect, Judged, Kind, Return, Told
from distributor.rules.mail.returning.returns import judge
from distributor.text.mail.reports import status_in

_ANSWER = re.compile(r"the relay answered (([45])\d\d) to (MAIL|RCPT|DATA|the message): (.*)", re.DOTALL)


def answered(sentence: str, address: str) -> Return | None:
    """What a refusal says; None where it says nothing about the reader or about us.

    What was refused before the reader was named is not about the reader; a passing refusal is tried again and is no
    failure yet, but may already be about us.
    """
    found = _ANSWER.search(sentence)
    if found is None:
        return None
    code, family, where, text = found.groups()
    said = f"{code} {text} (in reply to {where})"
    told = Told(address=address, action="failed" if family == "5" else "delayed", status=status_in(text), said=said)
    judged = judge(told)
    if where == "MAIL" and judged.cause is not Cause.SENDER_FAULT:
        return None
    return None if judged.effect is Effect.NONE else _as_return(judged, family)


def _as_return(judged: Judged, family: str) -> Return:
    return Return(kind=Kind.BOUNCE if family == "5" else Kind.DELAYED, recipients=(judged,))
