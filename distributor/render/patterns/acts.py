"""What somebody did, as the history tells it."""

from __future__ import annotations

from distributor.phrases import Phrase

#: A pattern that says more stands before one that says less.
SENTENCES = (
    Phrase("%(what)s (through %(face)s)"),
    Phrase("(through %(face)s)"),
    Phrase("%(count)s mails: %(what)s"),
    Phrase("it was held by %(hold)s"),
    Phrase("it waited"),
    Phrase("at once"),
    Phrase("its text has changed: approvals are asked anew"),
    Phrase("an editor has other words for it: approvals are asked anew"),
    Phrase("it leaves without its picture: %(why)s"),
    Phrase("nothing any more"),
    Phrase("stop %(number)s: everything: %(said)s"),
    Phrase("stop %(number)s: send"),
    Phrase("stop %(number)s: fold"),
    Phrase("stop %(number)s: drop"),
    Phrase("stop %(number)s: %(name)s: %(said)s"),
    Phrase("version %(number)s of the editors' file: %(said)s"),
    Phrase("version %(number)s: %(said)s"),
    Phrase("reader %(number)s: %(said)s"),
    Phrase("for those whom issue %(number)s left out"),
    Phrase("in force"),
    Phrase("%(text)s as %(role)s"),
    Phrase("edited by hand"),
    Phrase("as found"),
    Phrase("sent: %(what)s"),
    Phrase("due: %(what)s"),
    Phrase("skipped: %(what)s"),
    Phrase("failed: %(what)s"),
    Phrase("%(count)s of %(of)s"),
    Phrase("by button in the operations chat"),
    Phrase("delivery %(number)s failed: %(why)s"),
    Phrase("its text is not the one that failed: approvals are asked anew"),
)
#: What stands around somebody's own words.
HEARD = (Phrase("%(said)s (through %(face)s)"),)
