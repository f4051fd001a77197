"""Why a reader does not get a mail, and why there is no issue."""

from __future__ import annotations

from distributor.phrases import Phrase

#: A pattern that says more stands before one that says less.
SENTENCES = (
    Phrase("not worth an issue: %(count)s of at least %(of)s stories"),
    Phrase("the slot passed while the program was down"),
    Phrase("the rest of issue %(number)s"),
    Phrase("the reader pauses"),
    Phrase("the reader's quiet hours %(hours)s (%(zone)s)"),
    Phrase("the reader has had %(count)s mails today, and wants no more"),
    Phrase("the reader has chosen another rhythm since (that of the newsletter)"),
    Phrase("the reader has chosen another rhythm since (%(rhythm)s)"),
    Phrase("the reader wants flashes alone"),
    Phrase("the reader is unknown"),
    Phrase("the reader has left"),
    Phrase("the digest %(name)s is no longer configured"),
    Phrase("nothing in it is new to this reader"),
    Phrase("it is beyond the %(count)s stories of one issue"),
    Phrase("it came before what is news for this reader"),
    Phrase("it is in no known language, and the reader reads %(language)s"),
    Phrase("it is in %(name)s, and the reader reads %(language)s"),
    Phrase("%(domain)s refuses our mail, not its readers: %(why)s"),
    Phrase("%(count)s of %(of)s subscribed more than two years ago"),
    Phrase("%(count)s of %(of)s have no date of subscription"),
    Phrase("%(count)s of %(of)s are addresses of an office, such as info@"),
    Phrase("%(count)s of %(of)s stand there more than once"),
    Phrase("%(count)s of %(of)s are no addresses"),
    Phrase("ended by %(who)s: %(said)s"),
    Phrase("letter %(text)s"),
    Phrase("alert %(text)s"),
    Phrase("round-up %(channel)s"),
    Phrase("the address failed too often and rests until %(when)s"),
    Phrase("the next issue of %(name)s carries what stood in the store before the restore"),
)
