"""What became of a post: doubts, repetitions, fences."""

from __future__ import annotations

from distributor.phrases import Phrase

#: A pattern that says more stands before one that says less.
SENTENCES = (
    Phrase("an earlier try was in doubt and may have arrived"),
    Phrase("what may have been sent before is not to be found on the channel"),
    Phrase("%(count)s times sent, and never to be found there"),
    Phrase("it is not to be found on the channel"),
    Phrase("the same words once more"),
    Phrase("gave up after %(count)s tries without a believable answer"),
    Phrase("the receiver may have it"),
    Phrase("gave up after %(count)s tries: %(why)s"),
    Phrase("a repetition changes nothing"),
    Phrase("the receiver knows a repetition"),
    Phrase("the same parcel once more"),
    Phrase("an alert is not sent a third time"),
    Phrase("another store may have sent it"),
    Phrase("it may stand there or not, and is never sent again"),
    Phrase("it may stand there or not"),
    Phrase("and is never sent again"),
    Phrase("in doubt for the second time"),
    Phrase("it may be there already"),
    Phrase("the same once more, as configured"),
    Phrase("%(who)s lets it go out again"),
    Phrase("%(who)s dropped it"),
    Phrase("the program ended while it was being sent"),
    Phrase("no answer was recorded before its lease ran out"),
    Phrase("restore: the store that was replaced may have sent it (it would have been held by %(hold)s: %(why)s)"),
    Phrase("restore: the store that was replaced may have sent it"),
    Phrase("found: where is not said"),
    Phrase("found: %(url)s"),
    Phrase("no platform is asked about it"),
    Phrase("restore: the store that was replaced may have sent it (it was held by %(hold)s: %(why)s)"),
    Phrase("restore: nobody knows who of its readers got it"),
    Phrase("the channel cannot be asked"),
    Phrase("the chat protects its content"),
    Phrase("the channel has another account or chat now, where it cannot be looked for"),
    Phrase("the post is not there any more (%(why)s)"),
)
