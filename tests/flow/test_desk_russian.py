"""Russian pages of the desk say the program's own sentences in Russian: reasons, refusals, the history."""

from __future__ import annotations

import html
import inspect
import re
from dataclasses import replace

import pytest

from distributor.calls import CALLS, dispatch
from distributor.errors import CallError
from distributor.render.catalogues import speaker
from distributor.render.recalled import recalled
from distributor.store.desk.acts import By
from distributor.web.desk.refusals import told_of
from tests.flow.test_desk import cheap, desk  # noqa: F401 - fixtures
from tests.flow.test_desk_story import Wire, ask, leave, page_of, press, read
from tests.support import ToldChannel, ToldSource, article

RULES = """\
[channels.z]
type = "console"
[routes.asked]
channels = ["z"]
approval = "one"
[routes.none]
channels = ["w"]
categories = ["Sport"]
[channels.w]
type = "console"
"""


@pytest.fixture
def newsroom(desk):  # noqa: F811
    """One story posted and corrected, one that waits for approval, one that somebody holds."""
    first, more = article(1), article(2)
    later = replace(first, headline="Headline number one", body="First paragraph of story 1.\n\nAnother paragraph.")
    channels = {"x": ToldChannel("x"), "z": Wire("z"), "w": Wire("w")}
    source = ToldSource([first, more], [later, more])
    found = desk(RULES, source=source, channels=channels)
    found.source = source
    read(found)
    leave(found, "x", "y", "w")
    found.clock.advance(700)
    read(found)
    return found


def russian(browser, path):
    page = browser.get(f"{path}{'&' if '?' in path else '?'}lang=ru")
    assert page.status_code in (200, 404), path
    return html.unescape(re.sub(r"<[^>]+>", "", page.text))


def test_reasons_stand_in_russian_wherever_they_are_shown(newsroom):
    browser = newsroom.entered("Edda")
    asked = "ждёт одобрений: 1 из 1"
    number = next(one["id"] for one in ask(newsroom, "deliveries", state="held")["deliveries"])
    for path in ("/desk/decide", f"/desk/queue/{number}", "/desk/list/held", "/desk/handover", page_of()):
        assert asked in russian(browser, path), path
        assert "it waits for" not in russian(browser, path), path
    assert "рубрика не из нужных: Politics вместо Sport" in russian(browser, page_of())


def test_what_a_change_does_stands_in_plain_words_in_both_languages(newsroom):
    browser = newsroom.entered("Edda")
    assert "по правилам канала y посты остаются как есть" in russian(browser, "/desk/decide")
    english = browser.get("/desk/decide?lang=en").text
    assert "by its rules y leaves posts as they are" in english
    assert "on_correction" not in english


def test_the_history_and_the_hand_over_say_who_did_what_through_what(newsroom):
    newsroom.do("hold", url=article(2).url, reason="the minister called")
    newsroom.do("release", url=article(2).url, held_by="desk")
    browser = newsroom.entered("Edda")
    told = russian(browser, page_of(2))
    assert "отпущено, z, root (командная строка): было задержано: редакция" in " ".join(told.split())
    assert "задержано, z, root (командная строка): the minister called" in " ".join(told.split())
    assert "отправлено, x, программа" in " ".join(russian(browser, page_of()).split())
    sheet = russian(browser, "/desk/handover")
    assert "заведена учётная запись" in sheet
    assert "(через: командная строка)" in sheet
    for english in ("user added", "command line", "it was held"):
        assert english not in sheet


def test_pages_say_in_words_who_lets_go_and_the_command_line_keeps_its_commands(newsroom):
    newsroom.do("stop", everything=True, reason="look")
    newsroom.app.store.stops.sweep(newsroom.clock.now())
    held = ask(newsroom, "held")["held"]
    assert {one["released_by"] for one in held} <= {"distributor resume", "distributor approve"}
    browser = newsroom.entered("Vera")
    for one in held:
        page = russian(browser, f"/desk/queue/{one['id']}")
        assert "distributor" not in page.replace("distributor.", "")
    assert press(browser, "hold").status_code in (400, 403, 422)


STORY = article(2).url
#: What forms of the desk can be refused with; names are Russian: whatever stays in Latin letters was not said.
WRONG = [
    ("hold", {"url": "https://новости.рф/нет", "reason": "смотрим"}),
    ("hold", {"url": STORY, "reason": ""}),
    ("hold", {"url": STORY, "channel": "канал", "reason": "смотрим"}),
    ("hold", {"url": STORY, "reason": "смотрим", "until": "2020-01-01T00:00"}),
    ("hold", {"url": STORY, "reason": "смотрим", "until": "вчера"}),
    ("hold", {"reason": "смотрим"}),
    ("hold", {"url": article(1).url, "channel": "x", "reason": "смотрим"}),
    ("release", {"held_by": "embargo"}),
    ("release", {"url": STORY}),
    ("release", {"feed": "лента"}),
    ("skip", {"url": article(1).url, "channel": "x"}),
    ("send_now", {"url": STORY}),
    ("send_now", {}),
    ("move", {"to": "2026-12-01T07:00"}),
    ("move", {"url": STORY, "to": "2020-01-01T07:00"}),
    ("move", {"url": STORY, "to": "2026-12-01T07:00"}),
    ("approve", {"url": STORY, "channel": "x"}),
    ("reword", {"url": article(1).url, "channel": "x", "text": "слова"}),
    ("correct", {"url": STORY, "note": " "}),
    ("correct", {"url": STORY, "note": "ошибка", "headline": " "}),
    ("withdraw", {"url": STORY, "reason": " "}),
    ("update", {"url": STORY}),
    ("refile", {"url": STORY}),
    ("post", {"text": " ", "channels": ["x"]}),
    ("post", {"text": "слова", "channels": []}),
    ("post", {"text": "слова", "channels": ["канал"]}),
    ("post", {"text": "слова", "channels": ["x"], "link": "адрес"}),
    ("post", {"text": "слова", "channels": ["x"], "urgency": 12}),
    ("post", {"text": "слова", "channels": ["x"], "at": "2020-01-01T00:00"}),
    ("stop", {"everything": True, "reason": " "}),
    ("stop", {"reason": "смотрим"}),
    ("stop", {"channel": "канал", "reason": "смотрим"}),
    ("stop", {"everything": True, "reason": "смотрим", "until": "2020-01-01T00:00:00Z"}),
    ("stop", {"everything": True, "reason": "смотрим", "minutes": 999999999}),
    ("resume", {"decision": "send"}),
    ("resume", {"decision": "send", "stop": 5}),
    ("resume", {"decision": "решение"}),
    ("settle", {"ids": [999], "there": True}),
    ("settle", {"ids": [1]}),
    ("resume_channel", {"channel": "x"}),
    ("test_post", {"channel": "x"}),
    ("digest_preview", {"name": "рассылка"}),
    ("issue_stop", {"issue": 99, "reason": "смотрим"}),
    ("planned", {"id": 99999}),
    ("calendar", {"day": "вчера"}),
    ("calendar", {"day": "1700-01-01"}),
    ("handover", {"hours": 99999}),
    ("reader_erase", {"reader": 9, "reason": ""}),
    ("reader_erase", {"reader": 9, "reason": "просил"}),
    ("readers", {"text": "а"}),
]


@pytest.mark.parametrize(("call", "args"), WRONG)
def test_refusals_that_forms_can_meet_are_said_in_russian_and_name_no_command(newsroom, call, args):
    wanted = inspect.signature(CALLS[call].run).parameters
    by = {name: said for name, said in {"who": "Анна", "by": "Анна", "through": "desk"}.items() if name in wanted}
    with pytest.raises(CallError) as found:
        dispatch(newsroom.app, call, args | by)
    refused = told_of(found.value)
    assert str(refused.why) == str(found.value)
    assert refused.hint == found.value.hint
    said = speaker("ru")(refused.said)
    known = r"известны: .*|https?://\S+|Europe/Minsk|20\d\d-\S+|\b[xyzw]\b"
    assert not re.search(r"[A-Za-z]{2,}", re.sub(known, "", said)), said
    assert "distributor" not in str(refused.said)


def test_whatever_this_newsroom_wrote_of_its_own_is_known_again(newsroom):
    internal, kill = article(8, headline="PREP: Former president dies"), article(9, headline="KILL: Headline number 77")
    newsroom.source.documents = [[internal, kill]]
    newsroom.clock.advance(700)
    read(newsroom)
    newsroom.do("skip", url=internal.url)
    newsroom.do("withdraw", url=article(1).url, reason="its source took it back")
    reasons = {one["reason"] for one in ask(newsroom, "deliveries", limit=200)["deliveries"] if one["reason"]}
    alerts = {one["text"] for one in ask(newsroom, "alerts")["alerts"]}
    assert len(reasons) > 6
    for text in (*reasons, *alerts):
        found = recalled(text)
        assert found == text
        assert found.pattern != "%(text)s", text


def test_what_was_wrong_with_a_version_of_the_rules_is_said_in_russian(newsroom):
    by = By(who="Анна", through="the file", at=newsroom.clock.now())
    wrong = "editorial.toml:3: digests.morning.most: found a list; expected a whole number"
    newsroom.app.store.editorials.add("found", "routes = 5", by, reason="edited by hand", problem=wrong)
    told = russian(newsroom.entered("Edda"), "/desk/schedules/history")
    assert "editorial.toml:3: digests.morning.most: стоит список; нужно целое число" in told
    assert "found a list" not in told
