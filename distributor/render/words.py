"""The few words that the shipped templates say themselves, and dates in words. Must not hold a newsroom's own text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's words; a template sees them as ``words``."""

    #: BCP 47; English where the post's own language has no words here
    language: str
    #: text of the link to the whole story
    read_in_full: str
    #: before a picture's author
    photo: str
    #: why a reader gets a digest; its title follows
    why_digest: str
    #: why a reader gets a single story
    why_alert: str
    #: why a reader gets a correction
    why_correction: str
    #: why somebody of the desk gets an alert
    why_notice: str
    #: before the hour of a change, in a post that was changed
    corrected: str
    updated: str
    #: also before a story that is taken back
    withdrawn: str
    #: before what was corrected, or is new, in an answer
    correction: str
    update: str
    #: before the date of a story that an earlier issue got wrong, and of one that was taken back
    correction_line: str
    withdrawn_line: str
    #: before what was wrong in it
    said: str
    #: what the public feed of them is called
    corrections: str
    #: before what is wrong
    alert: str
    #: what a shift leaves to the next
    sheet: str
    #: before what was wrong
    over: str
    #: before the instant at which it began, and the one at which it ended
    since: str
    until: str
    #: before the address the mail went to
    sent_to: str
    #: text of the link that ends the subscription
    leave: str
    #: text of the link to what a reader may change, and of the one to the mail as a page
    dials: str
    view: str
    #: before the other headlines, in the line a mail program shows beside the subject
    also: str
    #: heads a round-up of several stories
    in_brief: str
    #: behind its last headline, with the number of those that found no room
    and_more: str
    #: names of the months as they stand after a day
    months: tuple[str, ...]


_ENGLISH = Words(
    language="en",
    read_in_full="Read in full",
    photo="Photo",
    why_digest="You receive this mail because you subscribed to",
    why_alert="You receive this mail because you subscribed to news from",
    why_correction="You receive this mail because you were mailed the story before it was changed, by",
    why_notice="You receive this mail because you get the alerts of",
    corrected="Corrected",
    updated="Updated",
    withdrawn="Withdrawn",
    correction="Correction",
    update="Update",
    correction_line="Correction to our story of",
    withdrawn_line="Withdrawn: our story of",
    said="We wrote",
    corrections="corrections",
    alert="Alert",
    sheet="Hand-over",
    over="Over",
    since="since",
    until="until",
    sent_to="It was sent to",
    leave="Unsubscribe",
    dials="Change what you get",
    view="View in a browser",
    also="Also",
    in_brief="In brief",
    and_more="and %d more",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
)
_RUSSIAN = Words(
    language="ru",
    read_in_full="Читать полностью",
    photo="Фото",
    why_digest="Вы получили это письмо, потому что подписались на рассылку",
    why_alert="Вы получили это письмо, потому что подписались на новости:",
    why_correction="Вы получили это письмо, потому что получили эту новость до изменения. Её прислала редакция:",
    corrected="Исправлено",
    updated="Обновлено",
    withdrawn="Отозвано",
    correction="Исправление",
    update="Дополнение",
    correction_line="Исправление к нашей новости от",
    withdrawn_line="Отозвана наша новость от",
    said="Было написано",
    corrections="исправления",
    why_notice="Вы получили это письмо, потому что получаете предупреждения редакции:",
    alert="Внимание",
    sheet="Передача смены",
    over="Устранено",
    since="с",
    until="до",
    sent_to="Оно отправлено на адрес",
    leave="Отписаться",
    dials="Изменить подписку",
    view="Открыть в браузере",
    also="Также в выпуске",
    in_brief="Коротко",
    and_more="и ещё %d",
    months=(
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
)
_BELARUSIAN = Words(
    language="be",
    read_in_full="Чытаць цалкам",
    photo="Фота",
    why_digest="Вы атрымалі гэты ліст, бо падпісаліся на рассылку",
    why_alert="Вы атрымалі гэты ліст, бо падпісаліся на навіны:",
    why_correction="Вы атрымалі гэты ліст, бо атрымалі гэту навіну да змены. Яе даслала рэдакцыя:",
    corrected="Выпраўлена",
    updated="Абноўлена",
    withdrawn="Адклікана",
    correction="Выпраўленне",
    update="Дапаўненне",
    correction_line="Выпраўленне да нашай навіны ад",
    withdrawn_line="Адклікана наша навіна ад",
    said="Было напісана",
    corrections="выпраўленні",
    why_notice="Вы атрымалі гэты ліст, бо атрымліваеце папярэджанні рэдакцыі:",
    alert="Увага",
    sheet="Перадача змены",
    over="Выпраўлена",
    since="з",
    until="да",
    sent_to="Ён адпраўлены на адрас",
    leave="Адпісацца",
    dials="Змяніць падпіску",
    view="Адкрыць у браўзеры",
    also="Таксама ў выпуску",
    in_brief="Коратка",
    and_more="і яшчэ %d",
    months=(
        *("студзеня", "лютага", "сакавіка", "красавіка", "мая", "чэрвеня"),
        *("ліпеня", "жніўня", "верасня", "кастрычніка", "лістапада", "снежня"),
    ),
)
_ALL = {"en": _ENGLISH, "ru": _RUSSIAN, "be": _BELARUSIAN}


def words(language: str) -> Words:
    """The words of a BCP 47 language; English where there are none."""
    return _ALL.get(_primary(language), _ENGLISH)


def date_in_words(instant: datetime, language: str) -> str:
    """``30 November 2026`` where the language is known, otherwise ``2026-11-30``, which everyone reads alike."""
    known = _ALL.get(_primary(language))
    if known is None:
        return instant.date().isoformat()
    return f"{instant.day} {known.months[instant.month - 1]} {instant.year}"


def _primary(language: str) -> str:
    """``ru`` of ``ru-BY``."""
    return language.replace("_", "-").partition("-")[0].lower()
