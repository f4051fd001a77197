"""Text of one direction inside a line of another (Unicode annex 9). Must not guess a language, nor turn a text."""

from __future__ import annotations

import re

#: first strong isolate, pop directional isolate (annex 9, section 2.4)
FSI, PDI = "\u2068", "\u2069"
#: embeddings, overrides and isolates: a text must not bring its own, for it may not close them
_BRACKETS = re.compile("[\u202a-\u202e\u2066-\u2069]")
#: Hebrew, Arabic, Syriac, Thaana, N'Ko and their like, and the presentation forms (DerivedBidiClass R and AL)
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def isolated(text: str, around: str = "ltr") -> str:
    """The text so that it keeps its own order, and the line around it keeps its own, too.

    ``around`` is the direction of that line, ``ltr`` or ``rtl``. A left-to-right text in a left-to-right line needs no
    marks and gets none, so nothing is longer for it. Embeddings of its own go.
    """
    bare = _BRACKETS.sub("", text)
    if not bare.strip() or (around != "rtl" and not _RIGHT_TO_LEFT.search(bare)):
        return bare
    return f"{FSI}{bare}{PDI}"
