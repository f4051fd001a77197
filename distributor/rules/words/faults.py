"""What can be wrong with a message, each fault looked for by one function. Must not decide what follows from it.

Every function takes a draft and the newsroom's style and yields what it found, where, and what would be right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, lru_cache
from html.entities import html5
from urllib.parse import urlsplit

from distributor.model import FLASH, Article, Limits, Message, Style
from distributor.rules.story.identity import BY_HAND
from distributor.text.links import urls
from distributor.text.moments import read_moment

#: what was found and where, and what would be right
Fault = tuple[str, str]

#: platforms that make a link of whatever looks like an address
_LINKING = frozenset({"twitter", "telegram"})
#: where a card with the headline stands below a post that leads somewhere
_CARDED = frozenset({"twitter"})
#: keys of a document that readers may see; its body is the source's own
_TOLD = ("headline", "summary", "text")
#: bytes; above 95,000 a mail is not built
LARGE_MAIL = 80_000
#: more tags than this read like an advertisement
MOST_TAGS = 3
#: a dateline's day may differ from the day of publication by a night shift and a weekend
FURTHEST = timedelta(days=4)
#: headlines shorter than this may stand twice by accident, and may be nothing but an abbreviation
_LEAST_HEADLINE, _LEAST_CAPITALS, _LEAST_WORDS = 12, 12, 3
#: longest stretch that is shown of what was found
_SHOWN = 60

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));")
_MARKUP = re.compile(
    r"</?(?:p|br|a|b|i|u|s|em|strong|div|span|img|ul|ol|li|h[1-6]|blockquote|figure|figcaption|table|tr|td|script|style"
    r"|font|sup|sub|iframe|code|pre|hr)(?:\s[^<>]*)?(?:/?>|\Z)|<!--|-->|<!\[CDATA\[|\]\]>",
    re.IGNORECASE,
)
#: a sign of a tag that makes none; before a figure it stands for "number"
_BROKEN_TAG = re.compile(r"(?<!\S)#(?!\s*\d)(?:#+|(?=[\s\W]|\Z))\S*")
_TAG = re.compile(r"(?<![\w&/])#\w*[^\W\d_]\w*")
_DOTS = re.compile(r"[\s\[\](){}]*(?:\.{2,}|…)[\s.…\[\](){}]*")
_EMPTY = re.compile(
    r"(?<!\w)(?:\(\s*\)|\[\s*\]|\{\s*\}|“\s*”|«\s*»|„\s*[“”]|「\s*」|『\s*』|【\s*】|（\s*）|\"\")(?!\w)"
)
_BARE_LINE = re.compile(r"[•·▪►●*–—-]")
_CLOSERS = {"“": "”", "«": "»", "„": "“”", "‹": "›", "「": "」", "『": "』"}
_QUOTE = re.compile("[“”«»„‹›「」『』]")
_WORD = re.compile(r"[^\W\d_]+")
_MIXED = re.compile(r"[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")
_LOOK_ALIKES = frozenset("aceiopxysjABCEHIKMOPTXYSJ" + "асеіорхуѕјАВСЕНІКМОРТХУЅЈ" + "οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ")
_LATIN = re.compile("[A-Za-z]")
_FULL_STOP = re.compile(r"[^\W\d_]{2,}\.[^\W\d_]{2,}")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message as it would leave."""

    message: Message
    #: the story that it tells; None: it tells several, or none
    article: Article | None = None
    #: kind of its channel
    kind: str
    limits: Limits

    @cached_property
    def parts(self) -> Sequence[tuple[str, str]]:
        """What readers read, each with where it stands."""
        text = self.message.text
        if self.message.subject:
            return [("the subject", self.message.subject), ("the text", text)]
        return [("the text", text)] if not text.startswith("{") else _told(text)


def _told(document: str) -> Sequence[tuple[str, str]]:
    """The texts of a document that a receiver may show."""
    try:
        values = json.loads(document)
    except ValueError:  # words that only begin like one
        return [("the text", document)]
    return [(f"its {key}", values[key]) for key in _TOLD if isinstance(values.get(key), str)]


@lru_cache(maxsize=32)
def _words(text: str) -> str:
    """A text without its addresses."""
    spans = urls(text)
    if not spans:
        return text
    pieces, done = [], 0
    for span in spans:
        pieces.append(text[done : span.start])
        done = span.end
    return "\n".join((*pieces, text[done:]))


def _folded(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def _shown(text: str) -> str:
    """A stretch as it stands in a finding, on one line."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"


def headline_twice(draft: Draft, _style: Style) -> Iterator[Fault]:
    """The headline again where readers see it already: in the text, or on the card below a post."""
    article = draft.article
    if article is None or article.feed == BY_HAND:
        return
    title = _folded(article.headline)
    text = _folded(_words(draft.parts[-1][1])) if draft.parts else ""
    if len(title) < _LEAST_HEADLINE or title not in text:
        return
    if draft.kind in _CARDED and draft.message.link:
        if text != title:
            yield "the headline in the text, and on the card below it", "leave it out: the card shows it"
    elif text.count(title) > 1:
        yield "the headline twice in the text", "let the text go on where the headline ends"


def all_capitals(draft: Draft, _style: Style) -> Iterator[Fault]:
    """Words in capitals throughout; a flash may shout."""
    if draft.article is not None and draft.article.urgency <= FLASH:
        return
    headline = draft.article.headline if draft.article else ""
    places = [("the headline", headline), *((where, _words(text)) for where, text in draft.parts)]
    where = next((where for where, text in places if _shouts(text)), "")
    if where:
        yield f"{where} is in capitals throughout", "write it in ordinary letters"


def _shouts(text: str) -> bool:
    if not text.isupper():  # at least one letter that has a case, and none of them small
        return False
    return sum(char.isupper() for char in text) >= _LEAST_CAPITALS and len(text.split()) >= _LEAST_WORDS


def entity_left(draft: Draft, _style: Style) -> Iterator[Fault]:
    """An HTML entity that readers would see as it stands."""
    for where, text in draft.parts:
        for match in _ENTITY.finditer(text if "://" not in text else _words(text)):
            if match["name"] is None or f"{match['name']};" in html5:
                yield f"{_shown(match[0])} in {where}", f"write {_meant(match)}"


def _meant(match: re.Match[str]) -> str:
    """The character behind an entity, in words where it cannot be seen."""
    if match["name"]:
        meant = html5[f"{match['name']};"]
    else:
        digits = match[0][2:-1]
        number = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
        meant = chr(number) if 32 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
    return meant if meant.strip() else "a space, or nothing"


def markup_left(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A tag of HTML, whole or cut, that readers would see as it stands."""
    for where, text in draft.parts:
        for match in _MARKUP.finditer(text):
            yield f"{_shown(match[0])} in {where}", "take the markup out"


def broken_tag(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A # that makes no hashtag."""
    for where, text in draft.parts:
        for match in _BROKEN_TAG.finditer(text):
            yield f"{_shown(match[0])} in {where} is no hashtag", "write # and a word, without a space, or neither"


def too_many_tags(draft: Draft, _style: Style) -> Iterator[Fault]:
    """More hashtags than a reader takes."""
    for where, text in draft.parts:
        count = len(_TAG.findall(_words(text))) if "#" in text else 0
        if count > MOST_TAGS:
            yield f"{count} hashtags in {where}", f"leave {MOST_TAGS} at most"


def cut_quotation(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A quotation that opens and never closes."""
    for where, text in draft.parts:
        for start, closers in _unclosed(text):
            rest = text[start : start + _SHOWN]
            yield f"{_shown(rest)} in {where} is never closed", f"close it with {closers[-1]}"


def _unclosed(text: str) -> Sequence[tuple[int, str]]:
    """Where quotations open that never close, each with what would close it."""
    opened: list[tuple[int, str]] = []
    for match in _QUOTE.finditer(text):
        start, mark = match.start(), match[0]
        if opened and mark in opened[-1][1]:
            opened.pop()
        elif mark == "»" and (not start or text[start - 1].isspace()):
            opened.append((start, "«"))
        elif mark in _CLOSERS and not (opened and text[opened[-1][0]] == mark and _begins(text, start)):
            opened.append((start, _CLOSERS[mark]))
    return opened


def _begins(text: str, start: int) -> bool:
    """Whether a paragraph begins here: a quotation of several opens anew with each, and closes once."""
    return not start or text[start - 1] == "\n"


def missing_alt(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A picture of which those who cannot see it learn nothing."""
    image = draft.message.image or (draft.article.image if draft.article else None)
    if image is None or image.alt or image.refused:
        return
    if draft.message.image is not None or image.url in draft.message.html:
        yield "the picture has no alternative text", "say in the source what it shows (alt)"


def accidental_link(draft: Draft, style: Style) -> Iterator[Fault]:
    """What a platform makes a link of although nobody meant one."""
    if draft.kind not in _LINKING:
        return
    ours = {_host(draft.message.link), *style.hosts}
    for span in urls(draft.message.text):
        if span.has_scheme or _host(f"http://{span.url}") in ours:
            continue
        is_stop = _FULL_STOP.fullmatch(span.url) and span.url.partition(".")[2][:1].isupper()
        name = "write the name without its ending, if no link is meant"
        fix = "put a space behind the full stop" if is_stop else name
        yield f"{_shown(span.url)} in the text becomes a link", fix


def only_dots(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A paragraph that is nothing but dots: a description that its source has cut away."""
    for where, text in draft.parts:
        if any(_DOTS.fullmatch(part) for part in re.split(r"\n\s*\n", text)):
            yield f"nothing but dots in a paragraph of {where}", "give the story a summary, or leave the part out"


def dateline_far(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A dateline of another day than the publication's."""
    article = draft.article
    if article is None or article.dateline is None or article.published is None:
        return
    told = read_moment(article.dateline.date, article.published)
    if told is not None and abs(told - article.published) > FURTHEST:
        day = f"{article.published:%Y-%m-%d}"
        yield (
            f"the dateline says {_shown(article.dateline.date)}, the story is of {day}",
            "correct the one or the other",
        )


def empty_part(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A part of the message with nothing in it."""
    for where, text in draft.parts:
        if match := _EMPTY.search(text):
            yield f"{_shown(match[0])} in {where} holds nothing", "fill it, or leave it out"
        if any(_BARE_LINE.fullmatch(line.strip()) for line in text.splitlines()):
            yield f"a point without words in {where}", "fill it, or leave it out"
        if text.rstrip().endswith(":") and not draft.message.link:
            yield f"{where} ends with a colon", "say what should follow, or leave the part out"
    if not any(char.isalnum() for _, text in draft.parts for char in _words(text)):
        yield "there are no words in it", "give it some"


def blocked_word(draft: Draft, style: Style) -> Iterator[Fault]:
    """A word that the newsroom has said shall not leave."""
    if not style.blocked_words:
        return
    pattern = _blocked(style.blocked_words)
    for where, text in draft.parts:
        for said in dict.fromkeys(match[0] for match in pattern.finditer(" ".join(text.split()))):
            yield f"{_shown(said)} in {where}", "use another word"


@lru_cache(maxsize=16)
def _blocked(words: tuple[str, ...]) -> re.Pattern[str]:
    ends = [(re.escape(" ".join(one.rstrip("*").split())), r"\w*" if one.endswith("*") else r"(?!\w)") for one in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(word + end for word, end in ends)})", re.IGNORECASE)


def look_alikes(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A word of two scripts whose letters look alike: it cannot be searched for, and may be meant to deceive."""
    for where, text in draft.parts:
        for word in _WORD.findall(text) if _MIXED.search(text) else ():
            if _MIXED.search(word) and _deceives(word):
                yield f"{_shown(word)} in {where} has letters of two scripts that look alike", "write it in one script"


def _deceives(word: str) -> bool:
    latin = set(_LATIN.findall(word))
    return latin <= _LOOK_ALIKES or set(word) - latin <= _LOOK_ALIKES


def foreign_link(draft: Draft, style: Style) -> Iterator[Fault]:
    """A link that leads to nobody of ours."""
    host = _host(draft.message.link)
    if host and style.hosts and not any(host == one or host.endswith(f".{one}") for one in style.hosts):
        yield (
            f"the post leads to {host}",
            f"lead it to one of ours ({', '.join(style.hosts)}), or name the host as ours",
        )


def _host(url: str) -> str:
    """The host of an address as a reader knows it; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def mail_barrier(draft: Draft, _style: Style) -> Iterator[Fault]:
    """What keeps some readers from reading a mail."""
    if draft.message.html:
        from distributor.rules.mail.barriers import barriers

        yield from barriers(draft.message.html)


def mail_hint(draft: Draft, _style: Style) -> Iterator[Fault]:
    """What makes a mail worse for some readers."""
    if draft.message.html:
        from distributor.rules.mail.barriers import hints

        yield from hints(draft.message.html)


def mail_large(draft: Draft, _style: Style) -> Iterator[Fault]:
    """A mail that is near the size above which mailboxes clip it."""
    size = len(draft.message.html.encode())
    if size > LARGE_MAIL:
        fix = "let the digest have fewer stories, or shorter summaries in its template"
        yield f"{size:,} bytes of HTML; mailboxes clip a little above 100,000", fix


def too_long(draft: Draft, _style: Style) -> Iterator[Fault]:
    """More than the platform takes."""
    most = draft.limits.text
    length = draft.limits.measure(draft.message.text) if most is not None else 0
    if most is not None and length > most:
        yield f"{length} units, and {most} fit", "shorten it, or its template"
