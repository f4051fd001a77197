"""Whether a picture may be shown, by what its owner says. Must not look at the picture."""

from __future__ import annotations

import re

from distributor.model import Image

#: What forbids a post on a platform, or any use at all, in the words that desks and agencies put beside pictures.
_FORBIDS = re.compile(
    r"\b(?:no|not for|not to be used (?:on|in|for)|without|kein(?:e|en)?|nicht für|pas de|interdit sur|sin|не для) "
    r"(?:use (?:on|in) )?(?:the )?(?:social(?:[ -]media)?|socials|online|internet|web|digital|third[ -]part(?:y|ies)|"
    r"soziale[nr]? (?:medien|netzwerke)|réseaux sociaux|redes sociales|соцсетей|социальных сетей)\b(?: use\b)?"
    r"|\bprint(?: use)? only\b|\bnur (?:für )?print\b|\b(?:do not use|not for publication|no use|no reuse)\b",
    re.IGNORECASE,
)


def why_not_shown(image: Image, *, required: bool) -> str:
    """Why a picture is left out, in words; empty: it may be shown.

    ``required``: only what says whose it is, or what it allows, may be shown; otherwise whatever forbids nothing.
    """
    for text in (image.rights, image.credit, image.alt):
        if found := _FORBIDS.search(text):
            return f'its owner says "{found[0]}"'
    if required and not (image.rights or image.credit):
        return "nothing says whose it is"
    return ""
