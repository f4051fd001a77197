"""Which stretches of a text the loopback X counts as one emoji: those that X's own library of 2019 knows (Emoji 11).

It must not know newer sequences: X's library weighs them piece by piece, and a sandbox that is milder than X hides
posts that are too long. Rules: Unicode Technical Standard 51, as twitter-text 3.1.0 applies it.
"""

from __future__ import annotations

import re

_TONE = "[\U0001f3fb-\U0001f3ff]"
_JOIN = "\u200d"
_WIDE = "\ufe0f"
#: two regional indicators make a flag only for a known region (ISO 3166-1 and the exceptionally reserved ones)
_REGIONS = (
    "AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW "
    "BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CP CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH ER ES "
    "ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU IC ID IE "
    "IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC "
    "MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
    "PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TA TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU WF WS "
    "XK YE YT ZA ZM ZW"
)
#: signs that are an emoji by themselves or with the variation selector
_SIGNS = (
    "\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab"
    "\u25b6\u25c0\u25fb-\u25fe\u2600-\u267d\u267f-\u26a6\u26a8-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d"
    "\u3297\u3299\U0001f004\U0001f0cf\U0001f170-\U0001f1e5\U0001f200-\U0001f251\U0001f300-\U0001faff"
)
#: those that take a skin tone
_TONED = (
    "\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc\U0001f442\U0001f443"
    "\U0001f446-\U0001f450\U0001f466-\U0001f469\U0001f46e\U0001f470-\U0001f478\U0001f47c\U0001f481-\U0001f483"
    "\U0001f485-\U0001f487\U0001f4aa\U0001f574\U0001f575\U0001f57a\U0001f590\U0001f595\U0001f596\U0001f645-\U0001f647"
    "\U0001f64b-\U0001f64f\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc\U0001f918-\U0001f91c\U0001f91e\U0001f91f"
    "\U0001f926\U0001f930-\U0001f939\U0001f93d\U0001f93e\U0001f9b5\U0001f9b6\U0001f9b8\U0001f9b9\U0001f9d1-\U0001f9dd"
)
#: those that are drawn as a woman or a man when the sign of Venus or Mars is joined on
_ROLES = (
    "\U0001f3c3\U0001f3c4\U0001f3ca\U0001f46e\U0001f471\U0001f473\U0001f477\U0001f481\U0001f482\U0001f486\U0001f487"
    "\U0001f645-\U0001f647\U0001f64b\U0001f64d\U0001f64e\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f926\U0001f935\U0001f937-\U0001f939"
    "\U0001f93d\U0001f93e\U0001f9b8\U0001f9b9\U0001f9d6-\U0001f9dd"
)
_GROUPS = "\U0001f46f\U0001f93c\U0001f9de\U0001f9df"
_NARROW_ROLES = "\u26f9\U0001f3cb\U0001f3cc\U0001f575"
_TOOLS = (
    "\U0001f33e\U0001f373\U0001f393\U0001f3a4\U0001f3a8\U0001f3eb\U0001f3ed\U0001f4bb\U0001f4bc\U0001f527\U0001f52c"
    "\U0001f680\U0001f692\U0001f9b0-\U0001f9b3"
)
_ADULT, _CHILD, _WOMAN, _MAN = "[\U0001f468\U0001f469]", "[\U0001f466\U0001f467]", "\U0001f469", "\U0001f468"


def _flag(region: str) -> str:
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in region)


def _subdivision(code: str) -> str:
    return "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in code) + "\U000e007f"


_HEART = f"\u2764{_WIDE}{_JOIN}(?:\U0001f48b{_JOIN})?"
_ALTERNATIVES = (
    # couples, families, professions
    f"{_WOMAN}{_JOIN}{_HEART}{_ADULT}",
    f"{_MAN}{_JOIN}{_HEART}{_MAN}",
    f"(?:{_MAN}{_JOIN})?{_ADULT}{_JOIN}\U0001f467{_JOIN}{_CHILD}",
    f"{_WOMAN}{_JOIN}{_WOMAN}{_JOIN}\U0001f467{_JOIN}{_CHILD}",
    f"(?:{_MAN}{_JOIN}{_ADULT}|{_WOMAN}{_JOIN}{_WOMAN}|{_ADULT}){_JOIN}(?:\U0001f466{_JOIN}\U0001f466|{_CHILD})",
    f"{_ADULT}{_TONE}?{_JOIN}(?:[\u2695\u2696\u2708]{_WIDE}|[{_TOOLS}])",
    # women and men
    f"[{_ROLES}]{_TONE}?{_JOIN}[\u2640\u2642]{_WIDE}",
    f"[{_GROUPS}]{_JOIN}[\u2640\u2642]{_WIDE}",
    f"[{_NARROW_ROLES}](?:{_TONE}|{_WIDE}){_JOIN}[\u2640\u2642]{_WIDE}",
    # flags, keys, the rest
    f"\U0001f3f3{_WIDE}{_JOIN}\U0001f308",
    f"\U0001f3f4{_JOIN}\u2620{_WIDE}",
    f"\U0001f441{_JOIN}\U0001f5e8",
    "|".join(map(_subdivision, ("gbeng", "gbsct", "gbwls"))),
    "|".join(map(_flag, _REGIONS.split())),
    f"[#*0-9]{_WIDE}?\u20e3",
    f"[\u00a9\u00ae]{_WIDE}",
    f"[{_TONED}]{_TONE}",
    f"[{_SIGNS}]{_WIDE}?",
)
_EMOJI = re.compile("|".join(_ALTERNATIVES))


def emoji_end(text: str, start: int) -> int | None:
    """Where the emoji that begins at ``start`` ends; None where none begins."""
    found = _EMOJI.match(text, start)
    return found.end() if found else None
