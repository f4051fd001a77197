"""Who says what a sentence tells, where that stands behind a comma at its end. Must not decide what is cut."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

#: up to eight words without a comma or a quotation mark, none of which begins a clause of another kind
_WHO = (
    r"(?!(?:even|after|before|while|as|although|though|because|since|when|where|which|who|whose|but|and|or|with|if)\b)"
    r"[^\s,“”«»„\"]+(?: [^\s,“”«»„\"]+){0,7}"
)


@cache
def _pattern() -> re.Pattern[str]:
    source = (files("distributor.text") / "data" / "attributions.toml").read_text(encoding="utf-8")
    ways = "|".join(one.replace("WHO", _WHO) for one in tomllib.loads(source)["behind"])
    return re.compile(rf",(?: [–—-])? (?:{ways})[.!]?\Z", re.IGNORECASE)


def attribution(sentence: str) -> int | None:
    """Where the words begin that say who says so ("..., BelTA has learned."), their comma included; None: nowhere."""
    if _SAID_BEFORE.search(sentence):
        return None
    at = sentence.find(",", max(0, len(sentence) - _FARTHEST))
    while at >= 0:
        if _pattern().match(sentence, at):
            return at
        at = sentence.find(",", at + 1)
    return None


#: Makei said: “...”, he added
_SAID_BEFORE = re.compile(r"[:：]\s*[“«„»\"‘]")
#: no attribution is longer than this
_FARTHEST = 100
