"""flufl.bounce (its only home): who is named in layouts that nothing of ours knows. Its judgement is not asked.

It calls a status of the 4 family permanent, so it tells whom a letter is about and never what that means.
"""

from __future__ import annotations

from collections.abc import Sequence

from distributor.text.mail.letter import Letter


def guessed(letter: Letter, text: str) -> Sequence[str]:
    """The addresses that it finds in a letter, of which ``text`` is what stands before the copy of the mail."""
    from email.message import Message

    from flufl.bounce import all_failures

    message = Message()
    for name in ("from", "subject", "x-mailer", "content-type"):
        if value := letter.first(name):
            message[name] = value
    message.set_payload(text)
    try:
        passing, lasting = all_failures(message)
    except Exception:  # noqa: BLE001 (a stranger's letter may break any of its detectors, and is then one that names nobody)
        return []
    return sorted(one.decode("utf-8", "replace") for one in {*passing, *lasting} if b"@" in one)
