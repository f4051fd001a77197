"""Bounces that are no report for machines: the layouts of Exim, qmail (QSBMF), Yahoo, GMX and all who imitate them.

What they say of each address is cut out here; what it means is not decided.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from distributor.model.returns import Told
from distributor.text.mail import addresses
from distributor.text.mail.foreign import guessed
from distributor.text.mail.letter import Letter
from distributor.text.mail.reports import paragraph, status_in
from distributor.text.mail.words import pattern, says

#: where the copy of what was sent begins, and all that follows it
_BEHIND = r"^[ \t]*{}[\s\S]*"
#: words of which a letter about a failure has some
_TROUBLE = ("failed", "full", "nobody")
#: whom nobody wrote to
_SERVANTS = re.compile(r"^(?:mailer-?daemon|postmaster|abuse|support|help)@", re.IGNORECASE)
_GENERATED = re.compile(r"\(generated from [^)\n]{1,200}\)")


def is_from_machine(letter: Letter) -> bool:
    """Whether a mail looks like one of a mail server about a mail."""
    if letter.first("x-failed-recipients"):
        return True
    senders = [*letter.all("from", "sender", "resent-from")]
    if any(says("servers", part) for one in senders for part in _faces(one)):
        return True
    return letter.first("return-path").strip() == "<>" and says("titles", letter.first("subject"))


def notice(letter: Letter) -> Sequence[Told] | None:
    """What a mail server's letter tells of each address; None where it is no such letter.

    An empty answer: it is one, and names nobody.
    """
    if not is_from_machine(letter):
        return None
    text = pattern("copy", _BEHIND).sub("", _GENERATED.sub("", letter.words))
    if not (says("titles", letter.first("subject")) or any(says(name, text) for name in _TROUBLE)):
        return None
    action = "delayed" if says("trying", text) else "failed"
    named = _addresses(letter, text) or guessed(letter, text)
    return [_told(one, action, text) for one in named]


def _addresses(letter: Letter, text: str) -> Sequence[str]:
    """Who is named: in Exim's header, or in the text before the copy; each once, in order."""
    own = {
        one[0].casefold()
        for value in letter.all("to", "delivered-to", "envelope-to", "from")
        for one in addresses.found(value)
    }
    header = ",".join(letter.all("x-failed-recipients"))
    named = [one[0] for one in addresses.found(header)] or [one[0] for one in addresses.found(text)]
    kept = {one.casefold(): one for one in reversed(named) if one.casefold() not in own and not _SERVANTS.search(one)}
    return list(reversed(kept.values()))


def _told(address: str, action: str, text: str) -> Told:
    said = paragraph(text, address) or " ".join(text.split())[:2000]
    return Told(address=address, action=action, status=status_in(said), said=said)


def _faces(sender: str) -> Sequence[str]:
    """A sender as its address and as its name."""
    found = [one[0] for one in addresses.found(sender)]
    return [*found, sender, *re.findall(r"<([^<>]{0,80})>", sender)]
