"""Single words of the program's own, by the name of the value in which they stand."""

from __future__ import annotations

from collections.abc import Mapping

from distributor.phrases import Phrase

#: By the name of the value, the words that it may be.
WORDS: Mapping[str, tuple[Phrase, ...]] = {
    "hold": (
        Phrase("pacing"),
        Phrase("quiet hours"),
        Phrase("slots"),
        Phrase("budget"),
        Phrase("the post"),
        Phrase("dials"),
        Phrase("picture"),
        Phrase("preflight"),
        Phrase("surge"),
        Phrase("template"),
        Phrase("lint"),
        Phrase("take-over"),
        Phrase("internal"),
        Phrase("kill notice"),
        Phrase("approval"),
        Phrase("embargo"),
        Phrase("undo"),
        Phrase("desk"),
        Phrase("traffic"),
        Phrase("provider"),
        Phrase("stop"),
        Phrase("issue"),
        Phrase("canary"),
    ),
    "state": (
        Phrase("usable"),
        Phrase("withheld"),
        Phrase("canceled"),
        Phrase("planned"),
        Phrase("due"),
        Phrase("held"),
        Phrase("sending"),
        Phrase("sent"),
        Phrase("failed"),
        Phrase("unknown"),
        Phrase("skipped"),
        Phrase("freezing"),
        Phrase("open"),
        Phrase("closed"),
    ),
    "class": (
        Phrase("correction"),
        Phrase("update"),
        Phrase("refile"),
        Phrase("withdrawal"),
    ),
    "span": (
        Phrase("%(hours)s h %(minutes)s min %(seconds)s s"),
        Phrase("%(hours)s h %(minutes)s min"),
        Phrase("%(hours)s h %(seconds)s s"),
        Phrase("%(minutes)s min %(seconds)s s"),
        Phrase("%(hours)s h"),
        Phrase("%(minutes)s min"),
        Phrase("%(seconds)s s"),
    ),
    "slot": (Phrase("%(day)sT%(time)s[%(zone)s]"),),
    "face": (
        Phrase("command line"),
        Phrase("operations chat"),
        Phrase("desk"),
        Phrase("the file"),
        Phrase("the next start"),
        Phrase("the canary"),
        Phrase("page check"),
        Phrase("feed"),
    ),
    "where": (
        Phrase("the text"),
        Phrase("the subject"),
        Phrase("its headline"),
        Phrase("its summary"),
        Phrase("its text"),
        Phrase("the headline"),
    ),
    "level": (
        Phrase("block"),
        Phrase("warn"),
        Phrase("off"),
    ),
    "role": (
        Phrase("viewer"),
        Phrase("editor"),
        Phrase("chief"),
        Phrase("operator"),
    ),
}
