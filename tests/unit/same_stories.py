"""Pairs of articles that are one story and pairs that are two, written by hand before anything was tuned to them."""
# ruff: noqa: E501  one pair to a line, so that what differs stands side by side

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from distributor.model import Article, Dateline
from tests.support import NOON

SITE = "https://news.example"


def told(headline: str, lead: str = "", body: str = "", **fields: Any) -> Article:
    """An article whose address is its id, as most feeds have it."""
    given = {"url": f"{SITE}/a/story", "language": "en", "published": NOON, "feed": "front", **fields}
    return Article(headline=headline, summary=lead, body=body, **{"guid": given["url"], **given})


#: section, slug, slug after the headline was edited, headline, edited headline, lead, edited lead, further text
STORIES = (
    (
        *("politics", "talks-on-border-open-in-geneva", "border-talks-begin-in-geneva-with-new-mediator"),
        *("Talks on border open in Geneva", "Border talks begin in Geneva with new mediator"),
        "Delegations of the two countries met in Geneva on Tuesday to discuss the demarcation of their common border.",
        "Delegations of the two countries met in Geneva on Tuesday to discuss where their common border runs.",
        "The mediator said that both sides had brought maps. A second round is planned for the spring, and observers "
        "from three neighbouring states have been invited to attend it as guests without a vote of their own.",
    ),
    (
        *("economy", "central-bank-keeps-key-rate", "central-bank-leaves-key-rate-unchanged-warns-of-inflation"),
        *("Central bank keeps key rate at 9.5%", "Central bank keeps key rate at 9.5%, warns of inflation"),
        "The board of the central bank decided to leave the refinancing rate unchanged for the third time in a row.",
        "The board of the central bank has left the refinancing rate unchanged for the third time in a row.",
        "Economists had expected a cut. The governor told reporters that prices of food were still growing faster "
        "than planned and that the board would return to the question when the harvest was brought in and counted.",
    ),
    (
        *("society", "old-library-reopens", "city-library-reopens-after-fire-and-long-repairs"),
        *("Old library reopens after fire", "City library reopens after fire and long repairs"),
        "Readers queued in the rain on Monday as the city library opened its doors for the first time since the blaze.",
        "Readers queued in the rain as the city library opened its doors for the first time since the blaze.",
        "Volunteers had dried and bound most of the damaged volumes by hand. The reading room keeps its old lamps, "
        "and the children's department has moved to the ground floor, where the windows look out on the river.",
    ),
    (
        *("sport", "home-side-wins-derby", "late-goal-gives-home-side-derby-win"),
        *("Late goal wins derby for home side", "Late goal wins derby for home side in stoppage time"),
        "A header in stoppage time gave the home side victory over its neighbours before a full stadium on Saturday.",
        "A header deep into stoppage time gave the home side victory over its neighbours before a full stadium.",
        "The visitors had led since the opening minutes. Their goalkeeper was booked for a protest, and the coach said "
        "afterwards that the referee had been right and that his own defenders had simply fallen asleep at the end.",
    ),
    (
        *("science", "probe-sends-first-images", "comet-probe-sends-first-images-home"),
        *("Comet probe sends first images", "Comet probe sends its first images home"),
        "The first photographs of the comet's night side reached the control centre early on Wednesday, engineers said.",
        "First photographs of the comet's night side have reached the control centre, engineers said on Wednesday.",
        "They show a plain of boulders and a cliff as high as a tower block. The probe will stay for half a year and "
        "then be put down gently on the surface, where its batteries are expected to last for two more days at most.",
    ),
    (
        *("incidents", "ferry-runs-aground", "ferry-with-tourists-runs-aground-off-island"),
        *("Ferry runs aground off island, nobody hurt", "Ferry with tourists runs aground off island, nobody hurt"),
        "A ferry with tourists on board ran aground in thick fog near the southern cape, the coast guard reported.",
        "A ferry with tourists on board ran aground in thick fog close to the southern cape, the coast guard reported.",
        "All passengers were taken off by fishing boats. Divers will look at the hull in the morning, and the owner "
        "has promised to pay for hotels until a second vessel arrives from the mainland to carry everybody home.",
    ),
    (
        *("culture", "festival-prize-for-debut", "debut-film-takes-main-prize-at-festival"),
        *("Debut film takes main prize at Warsaw festival", "Debut film takes main prize at Warsaw film festival"),
        "A debut about a night bus driver was named best picture at the festival in Warsaw by a unanimous jury.",
        "A debut about the driver of a night bus was named best picture at the festival in Warsaw by a unanimous jury.",
        "The director thanked her father, who drove such a bus for thirty winters. The picture opens in cinemas after "
        "the new year, and a television version with additional scenes has been agreed with two public broadcasters.",
    ),
    (
        *("region", "village-school-saved", "parents-save-village-school-from-closing"),
        *("Parents save village school from closing", "Parents save small village school from closing"),
        "The regional council withdrew its plan to close the school in Lipki after parents repaired the roof themselves.",
        "The regional council has withdrawn its plan to close the school in Lipki: parents repaired the roof themselves.",
        "Nine pupils began the year there. The headmistress teaches four subjects and stokes the boiler; from January "
        "a second teacher will come twice a week, and the council will pay for the wood that the school burns.",
    ),
    (
        *("politics", "parlament-billigt-haushalt", "parlament-billigt-haushalt-nach-langer-debatte"),
        *("Parlament billigt Haushalt für Bildung", "Parlament billigt Haushalt für Bildung nach langer Debatte"),
        "Die Abgeordneten stimmten am Dienstagabend mit großer Mehrheit für den Etat des Bildungsministeriums.",
        "Die Abgeordneten haben am Dienstagabend mit großer Mehrheit für den Etat des Bildungsministeriums gestimmt.",
        "Die Opposition kritisierte fehlende Mittel für Berufsschulen. Der Minister versprach einen Nachtrag, sobald "
        "die Steuerschätzung vorliegt, und kündigte an, die Lehrpläne für technische Fächer gründlich zu überarbeiten.",
    ),
    (
        *("economy", "sequia-reduce-cosecha", "sequia-reduce-cosecha-de-aceituna-en-andalucia"),
        *("La sequía reduce la cosecha de aceituna", "La sequía reduce la cosecha de aceituna en Andalucía"),
        "Los agricultores de Jaén calculan que recogerán la mitad de la aceituna de un año normal por la falta de agua.",
        "Los agricultores de Jaén calculan que recogerán la mitad de la aceituna de un año normal por falta de lluvia.",
        "Las cooperativas piden ayudas para regadío. El consejero visitará la comarca esta semana y ha prometido que "
        "los primeros pagos llegarán antes de Navidad a las explotaciones familiares que más han perdido este otoño.",
    ),
    (
        *("politics", "ministry-otkryl-centr", "v-grodno-otkryli-centr-podderzhki-ferm"),
        *(
            "В Гродно открыли центр поддержки фермеров",
            "В Гродно открыли центр поддержки фермеров и пчеловодов",
        ),
        "Центр поддержки фермерских хозяйств начал работу в Гродно во вторник, сообщили в областном управлении.",
        "Центр поддержки фермерских хозяйств начал работу в Гродно, сообщили во вторник в областном управлении.",
        "Здесь можно получить консультацию агронома и юриста. Первые посетители пришли с вопросами о кредитах, а на "
        "следующей неделе специалисты выедут в районы, чтобы посмотреть теплицы и помочь с оформлением документов.",
    ),
    (
        *("society", "u-minsku-adkryli-vystavu", "u-minsku-adkryli-vystavu-starych-map"),
        *("У Мінску адкрылі выставу старых мап", "У Мінску адкрылі выставу старых мап горада"),
        "Больш за сотню рукапісных планаў паказваюць наведвальнікам Нацыянальнага музея з нядзелі, кажуць арганізатары.",
        "Больш за сотню рукапісных планаў паказваюць наведвальнікам Нацыянальнага музея, паведамілі арганізатары.",
        "Самы даўні ліст намаляваны мясцовым каморнікам. Куратары параўналі яго са здымкамі са спадарожніка і знайшлі "
        "вуліцу, якая захавала свой выгін, хоць усе дамы на ёй былі перабудаваныя некалькі разоў за стагоддзі.",
    ),
)


def _same() -> list[tuple[str, Article, Article]]:
    found = []
    for number, (section, slug, new_slug, headline, edited, lead, new_lead, more) in enumerate(STORIES, 1):
        language = {9: "de", 10: "es", 11: "ru", 12: "be"}.get(number, "en")
        place = Dateline(place="MINSK", date="24 November", agency="")
        key = 184_230 + 7 * number

        def article(head: str, text: str, address: str, *, tongue: str = language, **fields: Any) -> Article:
            return told(head, text, url=SITE + address, language=tongue, **fields)

        numbered = article(headline, lead, f"/{section}/view/{slug}-{key}-2026/")
        plain = article(headline, lead, f"/{section}/{slug}", body=more)
        found += [
            (
                "a new slug, an edited headline and lead, the site's number stays",
                numbered,
                article(edited, new_lead, f"/{section}/view/{new_slug}-{key}-2026/"),
            ),
            (
                "another section and another feed, the site's number stays",
                numbered,
                article(headline, new_lead, f"/world/view/{slug}-{key}-2026/", feed="world"),
            ),
            (
                "no number: a new slug, the same words",
                plain,
                article(headline, lead, f"/{section}/{new_slug}", body=more),
            ),
            (
                "no number: a new slug, an edited headline",
                plain,
                article(edited, lead, f"/{section}/{new_slug}", body=more),
            ),
            (
                "no number: a new slug, an edited lead, ten minutes later",
                plain,
                article(
                    headline, new_lead, f"/{section}/{new_slug}", body=more, published=NOON + timedelta(minutes=10)
                ),
            ),
            (
                "an id of the feed's own, everything else edited",
                replace(plain, guid=f"tag:{number}"),
                replace(article(edited, new_lead, f"/{section}/{new_slug}"), guid=f"tag:{number}"),
            ),
            (
                "only a headline and a lead, at one instant, under one dateline",
                replace(article(headline, lead, f"/{section}/{slug}"), dateline=place),
                replace(article(headline, new_lead, f"/{section}/{new_slug}", feed="world"), dateline=place),
            ),
            (
                "a resurrected story: every word the same, weeks later",
                article(headline, lead, f"/{section}/{slug}", body=f"{more} {lead} {more}"),
                article(
                    headline,
                    lead,
                    f"/archive/{slug}",
                    body=f"{more} {lead} {more}",
                    published=NOON + timedelta(days=20),
                ),
            ),
        ]
    return found


def _days(
    headline: str, other: str, lead: str, other_lead: str, *, hours: float = 24, **fields: Any
) -> tuple[Any, ...]:
    """Two of a series: the next day's, unless said."""
    first = told(headline, lead, url=f"{SITE}/service/one", **fields)
    later = NOON + timedelta(hours=hours)
    second = told(other, other_lead, url=f"{SITE}/service/two", **{"published": later, **fields})
    return "of a series", first, second


_RATES = "The National Bank has set the official exchange rates of foreign currencies for the coming day."
_BOARD = "Traffic police warn drivers of slippery roads and ask them to keep their distance on all motorways."
_LETTER = "Here is everything that you need to know this morning, from our desk to your inbox."
SERIES = [
    _days("Weather for 24 November", "Weather for 25 November", "Snow is expected.", "Snow is expected."),
    _days("Weather in Minsk today", "Weather in Minsk today", "Light snow and 2 degrees.", "Light snow and 4 degrees."),
    _days("Weather in Minsk", "Weather in Brest", "Light snow and 2 degrees.", "Light snow and 2 degrees.", hours=0),
    _days("Exchange rates", "Exchange rates", _RATES, _RATES),
    _days("Exchange rates", "Exchange rates", _RATES, _RATES, hours=1),
    _days("Exchange rates for 24 November", "Exchange rates for 25 November", _RATES, _RATES),
    _days("Dollar at 3.21, euro at 3.52", "Dollar at 3.22, euro at 3.52", _RATES, _RATES),
    _days("Dollar gains against rouble at auction", "Euro gains against rouble at auction", _RATES, _RATES, hours=0),
    _days("Live: parliament debates budget", "Live: parliament debates budget", "Follow the debate with us here.", ""),
    _days("Live: storm reaches the coast", "Live: storm reaches the coast", _BOARD, _BOARD),
    _days("LIVE | Election night", "LIVE | Election night", "Follow the count with our reporters.", "", hours=3),
    _days("Morning briefing", "Morning briefing", _LETTER, _LETTER),
    _days("Morning briefing: what to know today", "Morning briefing: what to know today", _LETTER, _LETTER),
    _days("Evening news in five minutes", "Evening news in five minutes", _LETTER, _LETTER),
    _days("Slippery roads: police warn drivers of ice", "Slippery roads: police warn drivers of ice", _BOARD, _BOARD),
    _days("Horoscope for Tuesday", "Horoscope for Wednesday", "What the stars say.", "What the stars say."),
    _days("Crossword No. 1,204", "Crossword No. 1,205", "Solve it online or print it out.", "Solve it or print it."),
    _days("Quiz: how well do you know the week?", "Quiz: how well do you know the week?", _LETTER, _LETTER, hours=168),
    _days("Lottery results", "Lottery results", "The numbers are 3, 12, 27.", "The numbers are 3, 14, 27.", hours=0),
    _days(
        "Opinion: the budget is a gamble", "Opinion: the budget is a promise", "By our columnist.", "By our columnist."
    ),
    _days("Letters to the editor", "Letters to the editor", "What our readers write.", "What our readers write."),
    _days(
        "Photos of the day", "Photos of the day", "The best pictures of our agency.", "The best pictures of our agency."
    ),
    _days(
        "Stocks close higher in Tokyo", "Stocks close lower in Tokyo", "Shares moved in thin trade.", "Shares moved."
    ),
    _days(
        "Oil prices rise for third day",
        "Oil prices rise for fourth day",
        "Brent crude rose again.",
        "Brent rose again.",
    ),
    _days("Papers of the day", "Papers of the day", "What the press writes.", "What the press writes.", hours=12),
    _days("Погода на 24 ноября", "Погода на 25 ноября", "Ожидается снег.", "Ожидается снег.", language="ru"),
    _days("Курсы валют на сегодня", "Курсы валют на сегодня", "Нацбанк установил курсы.", "Нацбанк установил курсы."),
    _days("Главное за день", "Главное за день", "Коротко о событиях дня.", "Коротко о событиях дня.", language="ru"),
    _days("Надвор'е на аўторак", "Надвор'е на сераду", "Чакаецца снег.", "Чакаецца снег.", language="be"),
    _days("Прямая трансляция: заседание Совета", "Прямая трансляция: заседание Совета", "Смотрите у нас.", "Смотрите."),
    _days("Wettervorhersage für Dienstag", "Wettervorhersage für Mittwoch", "Es bleibt kalt.", "Es bleibt kalt."),
    _days("Part 1: the road to the mine", "Part 2: the road to the mine", "A series in parts.", "A series in parts."),
    _days(
        "The road to the mine, part one", "The road to the mine, part two", "A series in parts.", "A series in parts."
    ),
    _days(
        "Podcast: the week in Brussels", "Podcast: the week in Brussels", "Listen to our show.", "Listen.", hours=168
    ),
    _days("Match schedule of the premier league", "Match schedule of the premier league", "Round 12.", "Round 13."),
]


def _pair(kind: str, one: tuple[str, str], other: tuple[str, str], **fields: Any) -> tuple[str, Article, Article]:
    """Two stories of one hour, each under an address of its own."""
    first = told(*one, url=f"{SITE}/news/first", **fields)
    return kind, first, told(*other, url=f"{SITE}/news/second", **{"published": NOON, **fields})


FIGURES = [
    _pair("figures", (one, lead), (other, lead.replace(a, b)))
    for one, other, lead, a, b in (
        ("Quake of magnitude 5.1 shakes coast", "Quake of magnitude 6.1 shakes coast", "It was 10 km deep, they said.", "10", "12"),
        ("Avalanche kills 3 climbers in Alps", "Avalanche kills 4 climbers in Alps", "A slab broke loose above them at noon.", "", ""),
        ("Court fines bank 20 million euros", "Court fines bank 30 million euros", "The bank will appeal, its lawyers said.", "", ""),
        ("Team wins 2-1 away in Madrid", "Team wins 3-1 away in Madrid", "The captain scored early in the match.", "", ""),
        ("Bus with 40 pupils overturns near Brest", "Bus with 14 pupils overturns near Brest", "Doctors are there.", "", ""),
        ("Inflation slows to 5.2% in October", "Inflation slows to 5.1% in November", "Food prices fell a little.", "", ""),
        ("Train 101 delayed by snow at border", "Train 105 delayed by snow at border", "Passengers wait in the hall.", "", ""),
        ("Storm leaves 1,200 homes without power", "Storm leaves 12,000 homes without power", "Crews are at work.", "", ""),
        ("Petition gathers 50,000 names in week", "Petition gathers 80,000 names in week", "Organisers were pleased.", "", ""),
        ("Museum buys painting for 2 million", "Museum buys painting for 7 million", "It will hang in the main hall.", "", ""),
    )
]  # fmt: skip

_LEAD = "The decision was announced after a meeting that went on until late at night, officials told reporters there."
OTHERS = [
    _pair("another", (one, lead), (other, other_lead))
    for one, lead, other, other_lead in (
        ("Smith beats Jones in final", _LEAD, "Jones beats Smith in final", _LEAD),
        ("Minister confirms talks with Lithuania", _LEAD, "Minister denies talks with Lithuania", _LEAD),
        ("Court frees banker held since spring", _LEAD, "Court jails banker held since spring", _LEAD),
        ("Man arrested after stabbing in London", "Police were called to a pub in Camden on Monday night.",
         "Man arrested after stabbing in London", "A jogger was attacked in a park in Lewisham at dawn, officers said."),
        ("Fire destroys warehouse in Gomel", _LEAD, "Fire destroys warehouse in Vitebsk", _LEAD),
        ("President meets envoy of Serbia", _LEAD, "President meets envoy of Cuba", _LEAD),
        ("President receives credentials of ambassadors", _LEAD, "President leaves for summit in Astana", _LEAD),
        ("Two killed in crash on motorway", "A lorry hit a car near the exit.",
         "Three killed in crash on motorway", "A van left the road in fog."),
        ("Talks on border open in Geneva", "Delegations met on Tuesday to discuss the demarcation of the border.",
         "Talks on border end in Geneva without result", "Delegations left on Friday, and no new date has been set."),
        ("Ferry runs aground off island", "A ferry ran aground in thick fog near the southern cape.",
         "Ferry captain charged over grounding", "Prosecutors say that he slept on the bridge that night."),
        ("Parliament adopts budget", "Deputies voted for the budget of the coming year on Tuesday.",
         "Parliament adopts law on data", "Deputies voted for the law on personal data on Tuesday."),
        ("Obituary: the singer Ana Roda", "She sang in nine languages.", "Obituary: the actor Jan Lind", "He played kings."),
        ("Snow closes airport in Oslo", _LEAD, "Snow closes airport in Bergen", _LEAD),
        ("Union calls strike at car plant", _LEAD, "Union calls off strike at car plant", _LEAD),
        ("Company to build plant in Mogilev", _LEAD, "Company not to build plant in Mogilev", _LEAD),
        ("Ambassador of France visits Brest", _LEAD, "Ambassador of Germany visits Brest", _LEAD),
        ("Girl found alive after night in forest", "Rescuers with dogs found her by a brook.",
         "Boy found alive after night in forest", "A hunter heard him crying near his hut."),
    )
]  # fmt: skip


_ROBOT = (
    "The price of a typical house changed little over the quarter, according to the land registry, which counts every "
    "sale that was completed. Buyers with a first loan made up a third of them. Agents expect a quiet winter, because "
    "few owners put their homes on the market before the spring, and lenders have become more careful again."
)
ROBOT = [
    ("one text for many places", told(one, _ROBOT, url=f"{SITE}/homes/a"), told(other, _ROBOT, url=f"{SITE}/homes/b"))
    for one, other in (
        ("House prices in Kent hardly move over quarter", "House prices in Surrey hardly move over quarter"),
        ("House prices in Leeds hardly move over quarter", "Rents in Leeds hardly move over quarter"),
        ("House prices in Hull fall over quarter", "House prices in Hull rise over quarter"),
        ("House prices: Dover", "House prices: Ashford"),
    )
]


def _reused() -> list[tuple[str, Article, Article]]:
    """A name that comes with an entirely different story."""
    found = []
    pairs = zip(STORIES[:8], (*STORIES[1:8], STORIES[0]), strict=True)
    for number, (one, other) in enumerate(pairs, 1):
        first = told(one[3], one[5], url=f"{SITE}/{one[0]}/{one[1]}")
        second = told(other[3], other[5], url=f"{SITE}/{other[0]}/{other[1]}", published=NOON + timedelta(days=number))
        found.append(
            ("an id used again", replace(first, guid=f"node-{number}"), replace(second, guid=f"node-{number}"))
        )
        if number <= 4:
            found.append(
                (
                    "a figure in two slugs that is no site's number",
                    replace(first, url=f"{SITE}/{one[0]}/prize-of-{25_550 + number}"),
                    replace(second, url=f"{SITE}/{other[0]}/fine-of-{25_550 + number}"),
                )
            )
    return found


def _translations() -> list[tuple[str, Article, Article]]:
    """One story in two languages is two editions, whatever is linked."""
    russian = ("В Женеве открылись переговоры о границе", "Делегации двух стран встретились в Женеве во вторник.")
    english = ("Talks on border open in Geneva", "Delegations of the two countries met in Geneva on Tuesday.")
    one = told(*english, url=f"{SITE}/en/talks-184777-2026/", guid="node-184777")
    other = told(*russian, url=f"{SITE}/ru/peregovory-184777-2026/", guid="node-184777", language="ru")
    return [
        ("a translation under one number", one, other),
        ("a translation that the feed links", replace(one, guid="a", url=f"{SITE}/en/talks", translations=(f"{SITE}/ru/p",)), replace(other, guid="b", url=f"{SITE}/ru/p")),
        ("a translation under one id", replace(one, url=f"{SITE}/en/talks"), replace(other, url=f"{SITE}/ru/p")),
        ("one headline in two languages", replace(one, headline="Eurovision 2026: Zorka", guid="a", url=f"{SITE}/en/z"), replace(other, headline="Eurovision 2026: Zorka", guid="b", url=f"{SITE}/ru/z")),
        ("a translation that nothing links", replace(one, guid="a", url=f"{SITE}/en/t"), replace(other, guid="b", url=f"{SITE}/ru/t")),
    ]  # fmt: skip


#: kind, one, other
SAME = _same()
NOT_SAME = [*SERIES, *FIGURES, *OTHERS, *ROBOT, *_reused(), *_translations()]
