"""What a mailbox provider counts complaints by: the header Feedback-ID (Gmail's feedback loop). Looks at nothing.

``issue:topic:edition:SenderId``: Gmail tells, for each of the first three, how many complained where many did; the last
names the sender, is the same in all mails and has 5 to 15 characters. No value may stand in two fields.
"""

from __future__ import annotations

import re

#: of the fields a sender chooses; longer ones are cut
_LONGEST = 40
#: the sender's own: at least and at most
LEAST, MOST = 5, 15


def feedback_id(issue: str, topic: str, edition: str, sender: str) -> str:
    """The header's value; fields hold letters, digits and dashes, and each is told apart from the others."""
    told = [_word(sender, MOST)]
    fields = []
    for letter, text in (("i", issue), ("t", topic), ("e", edition)):
        word = _word(text, _LONGEST) or "none"
        fields.append(word if word not in told else f"{letter}-{word}"[:_LONGEST])
        told.append(fields[-1])
    return ":".join((*fields, told[0]))


def sender_id(domain: str) -> str:
    """A SenderId made of a domain: ``news.example.org`` gives ``newsexampleorg``."""
    word = re.sub(r"[^a-z0-9]", "", domain.lower())[:MOST]
    return word if len(word) >= LEAST else f"{word}sender"[:MOST]


def is_sender_id(text: str) -> bool:
    """Whether a SenderId that somebody chose will do."""
    return LEAST <= len(text) <= MOST and text.isascii() and text.isalnum()


def issue_name(slot: str) -> str:
    """``20261130-0700`` of the slot ``2026-11-30T07:00[Europe/Minsk]``."""
    day, _, time = slot.partition("[")[0].partition("T")
    return f"{day.replace('-', '')}-{time.replace(':', '')}"


def _word(text: str, most: int) -> str:
    """What may stand between two colons."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:most]
