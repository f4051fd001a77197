"""Headlines that stand over many stories: "Weather for 24 November", "Exchange rates", "Live: ...". Must not look at
anything but the headline.
"""

from __future__ import annotations

import re

#: Fewer words than this, beside dates and figures, name no story.
LEAST = 3

_WORD = re.compile(r"[^\W\d_]+")
#: What a headline begins with that stands over many: a live page, a column, a series.
_LABEL = re.compile(
    r"\s*(?:live(?: updates?| blog)?|liveblog|live-?ticker|newsticker|ticker|watch|video|photos?|gallery|"
    r"in pictures|podcast|opinion|column|editorial|letters?|quiz|crossword|horoscope|recipe|obituary|newsletter|"
    r"briefing|fact ?check|analysis|explainer|"
    r"онлайн|прямая трансляция|трансляция|видео|фото|мнение|колонка|гороскоп|подкаст|анонс|в эфире|анлайн|відэа|фота|"
    r"en direct|direct|en vivo|directo|vidéo|opinión)\s*(?:[:|–—]|\s-\s)",
    re.IGNORECASE,
)
#: Words of a date or an edition, which every day has, by their first letters.
_DAYS = re.compile(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|today|tonight|tomorrow|yesterday|"
    r"daily|weekly|monthly|morning|evening|night|noon|week(?:end)?|"
    r"январ\w*|феврал\w*|март\w?|апрел\w*|ма[йяе]|июн\w?|июл\w?|август\w?|сентябр\w*|октябр\w*|ноябр\w*|декабр\w*|"
    r"понедельник\w?|вторник\w?|сред[ауы]|четверг\w?|пятниц\w|суббот\w|воскресень\w|сегодня|завтра|вчера|"
    r"утр[оа]|вечер\w?|недел\w+|"
    r"студзен\w*|лют\w+|сакавік\w?|красавік\w?|траў?в?е?н\w*|чэрвен\w*|ліпен\w*|жніў?в?е?н\w*|верас\w*|кастрычнік\w?|"
    r"лістапад\w?|снежан\w*|сёння|заўтра)",
    re.IGNORECASE,
)
#: What headlines of services are made of, whatever the day.
_SERVICES = re.compile(
    r"(?:weather|forecast|exchange|currency|rates?|traffic|news|briefing|headlines?|digest|roundup|summary|updates?|"
    r"schedule|calendar|agenda|programme|program|guide|markets?|stocks?|results?|scores?|fixtures?|lottery|quiz|"
    r"crossword|horoscope|papers?|press|review|photos?|pictures?|best|things|know|need|what|your|with|from|this|that|"
    r"погод\w*|прогноз\w*|курс\w*|валют\w*|дорог\w*|новост\w*|главн\w*|итог\w*|афиш\w*|расписани\w*|гороскоп\w*|обзор\w*|"
    r"сводк\w*|надвор\w*|навін\w*|галоўн\w*)",
    re.IGNORECASE,
)


def is_template(headline: str) -> bool:
    """Whether the headline can stand over a new story every day."""
    if _LABEL.match(headline):
        return True
    words = {word.casefold() for word in _WORD.findall(headline) if len(word) > 3}
    return sum(not (_DAYS.fullmatch(word) or _SERVICES.fullmatch(word)) for word in words) < LEAST
