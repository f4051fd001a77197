"""Reasons for people: foreign text made short, plain and free of secrets. Must not decide what an answer means."""

from __future__ import annotations

from distributor.errors import Rejected
from distributor.secret import redact

#: most characters of a platform's own words in one of our reasons
LONGEST = 200


def one_line(text: str, limit: int = LONGEST) -> str:
    """The text on one line, without known secrets and control characters, cut to ``limit`` characters.

    Secrets go first: a cut in the middle of one would leave a part that no filter knows.
    """
    printable = "".join(char if char.isprintable() else " " for char in redact(text))
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def because(start: str, detail: str) -> str:
    """``start: detail`` as one line, or the start alone where there is no detail."""
    line = one_line(detail)
    return f"{start}: {line}" if line else start


def require_unicode(text: str) -> None:
    """Raise Rejected for a text with lone surrogates, which UTF-8 cannot write (RFC 3629 section 3)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Rejected("the text holds half of a surrogate pair, which is not valid Unicode") from None
