"""One story in nine steps, as a newsroom tells it: the documents of its feeds. Must not know what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from distributor.drills.loopback import SITE

#: Between two steps.
PACE = timedelta(minutes=20)
#: The feeds, by the path at which each stands on the loopback newsroom, with their languages.
FEEDS = {"news": "en", "novosti": "ru"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One story as its feed has it at one step."""

    feed: str
    slug: str
    headline: str
    text: str
    urgency: int = 5

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"{SITE}/{self.feed}/{self.slug}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its name for people, and what all feeds hold then."""

    name: str
    told: Sequence[Told]


_SNAP = Told(
    feed="news",
    slug="budget-flash",
    headline="FLASH: PARLIAMENT ADOPTS BUDGET FOR 2027",
    text="MINSK, 30 November (Demo News) - Parliament adopts budget for 2027.",
    urgency=1,
)
_URGENT = Told(
    feed="news",
    slug="budget-urgent",
    headline="URGENT: Parliament adopts budget for 2027",
    text="MINSK, 30 November (Demo News) - Parliament adopted the budget for 2027 on Monday.",
    urgency=2,
)
_FULL = Told(
    feed="news",
    slug="budget",
    headline="Parliament adopts budget for 2027 with more money for hospitals",
    text="MINSK, 30 November (Demo News) - Parliament adopted the budget for 2027 on Monday. Spending on hospitals "
    "grows by a fifth. The law takes effect on 1 January, and the government has to report on it every three months.",
)
_RUSSIAN = Told(
    feed="novosti",
    slug="budget",
    headline="Парламент принял бюджет на 2027 год",
    text="МИНСК, 30 ноября. Парламент принял в понедельник бюджет на 2027 год. "
    "Расходы на больницы вырастут на пятую часть.",
)
_KILL = Told(
    feed="news",
    slug="budget-kill",
    headline=f"KILL: {_FULL.headline}",
    text=f"Editors: please withdraw the story {_FULL.url}; the vote is to be repeated.",
)
_GROWN = replace(_FULL, text=f"{_FULL.text} The opposition voted against it.")
_TITLED = replace(_GROWN, headline="Parliament adopts budget for 2027: hospitals get a fifth more")
_MISSPELT = replace(_TITLED, text=_TITLED.text.replace("the government", "the goverment"))
_CORRECTED = replace(
    _TITLED,
    headline="CORRECTED: Parliament adopts budget for 2027: hospitals get a quarter more",
    text="(Corrects the share of hospitals to a quarter)\n\n" + _TITLED.text.replace("a fifth", "a quarter"),
)


def steps() -> Sequence[Step]:
    """The nine steps; a feed keeps what it held before, as feeds do."""
    first: tuple[Told, ...] = (_SNAP,)
    wire = (*first, _URGENT)
    return (
        Step(name="snap", told=first),
        Step(name="urgent", told=wire),
        Step(name="full story", told=(*wire, _FULL)),
        Step(name="update: the text grew", told=(*wire, replace(_MISSPELT, headline=_FULL.headline))),
        Step(name="update: another headline", told=(*wire, _MISSPELT)),
        Step(name="refile: a misspelt word", told=(*wire, _TITLED)),
        Step(name="correction", told=(*wire, _CORRECTED)),
        Step(name="second language", told=(*wire, _CORRECTED, _RUSSIAN)),
        Step(name="kill", told=(*wire, _CORRECTED, _RUSSIAN, _KILL)),
    )


def document(feed: str, told: Sequence[Told], begun: datetime) -> str:
    """The feed (RSS 2.0) with those of the stories that are its own, the newest first."""
    entries = [_entry(one, begun) for one in reversed(told) if one.feed == feed]
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{feed}</title><link>{SITE}/</link>'
        f"<language>{FEEDS[feed]}</language>{''.join(entries)}</channel></rss>"
    )


def _entry(one: Told, begun: datetime) -> str:
    at = begun.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return (
        f"<item><guid isPermaLink='false'>{one.feed}-{one.slug}</guid><link>{one.url}</link>"
        f"<title>{escape(one.headline)}</title><description>{escape(one.text)}</description><pubDate>{at}</pubDate>"
        f'<category domain="http://cv.iptc.org/newscodes/urgency/">{one.urgency}</category></item>'
    )
