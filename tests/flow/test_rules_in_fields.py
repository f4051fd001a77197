"""One editorial rule at the desk in fields: judged while it is filled in, looked at, saved, never over another's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.errors import CallError, ConfigError, StoreError
from distributor.web.desk.acts import Acts
from distributor.web.desk.drawn import parted
from distributor.web.desk.filled import values_of
from tests.apps import told_app
from tests.flow import test_schedules_page
from tests.flow.test_desk import OWN, Desk, cheap  # noqa: F401 (a fixture)
from tests.flow.test_editorial import OPERATORS, refused
from tests.flow.test_schedules_page import editors_desk

RULES = """\
# ours
[routes.all]
channels = ["x", "y"]
delay = "5m"  # calm

# the first of the day
[digests.morning]
channel = "mail"
slots = ["0 13 * * *"]
categories = ["Politics", "Economy"]
most = 12
template = ""

[digests.rare]
channel = "mail"
slots = ["0 8 31 * *", "mon at 09:00"]

[channels.x]
gap = "5m"
"""
PAGE = "/desk/schedules/digests/morning"


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with editors_desk(tmp_path, monkeypatch, RULES) as made:
        yield made


def filled(page: Any) -> dict[str, Any]:
    """What a browser would send of the first form of a page, but for its buttons."""
    form = page.text.partition('class="rule"')[2].partition("</form>")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") != "checkbox" or " checked" in tag:
            found.setdefault(given["name"], []).append(unescape(given.get("value", "")))
    for name, body in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = [unescape(body)]
    for name, body in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected', body) or re.findall(r'<option value="([^"]*)"', body)
        found[name] = chosen[:1]
    return found


def press(browser: Any, path: str, form: dict[str, Any], **more: Any) -> Any:
    return browser.post(path, data={**form, **more}, headers=OWN)


def fault(page: Any, key: str) -> str:
    found = re.search(rf'id="fault-{key}"[^>]*>(?:<bdi>(.*?)</bdi>)?</p>', page.text)
    assert found is not None
    return unescape(found[1] or "")


def sentence(page: Any) -> str:
    """What a rule says in words."""
    found = re.search(r'<p class="sentence">(.*?)</p>', page.text, re.DOTALL)
    assert found is not None, page.text
    return " ".join(unescape(re.sub("<[^>]+>", "", found[1])).split())


def rule_change(newsroom: Any, table: str, name: str, values: dict[str, Any], **more: Any) -> Any:
    based_on = dispatch(newsroom.app, "editorial_show", {})["digest"]
    return dispatch(
        newsroom.app, "rule_change", {"table": table, "name": name, "values": values, "based_on": based_on, **more}
    )


def test_every_rule_is_a_card_with_its_sentence_and_leads_to_its_fields(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    page = browser.get("/desk/schedules").text
    assert "Every day at 13:00 in Minsk" in page
    assert f'href="{PAGE}"' in page
    assert 'href="/desk/schedules/channels/y"' in page
    viewer = newsroom.entered("Vera")
    assert PAGE not in viewer.get("/desk/schedules").text
    assert '<form method="post" action="/desk/schedules/' not in viewer.get(PAGE).text


def test_a_form_as_it_is_opened_changes_nothing(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    for path in (PAGE, "/desk/schedules/digests/rare", "/desk/schedules/routes/all", "/desk/schedules/channels/x"):
        page = browser.get(path)
        looked = press(browser, path, filled(page), step="look")
        assert looked.status_code == 200, looked.text
        assert "Nothing is changed." in looked.text, re.findall("<pre.*?</pre>", looked.text, re.DOTALL)


def test_a_digests_hour_is_changed_in_its_field_and_nothing_else_of_the_file(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    form = filled(browser.get(PAGE))
    assert form["slots.0.times"] == ["13:00", ""]
    form["slots.0.times"] = ["07:30", ""]
    form["slots.0.days"] = ["1", "2", "3", "4", "5"]
    looked = press(browser, PAGE, form, step="look")
    assert "Weekdays at 07:30 in Minsk" in looked.text
    assert "What it would change" in looked.text
    assert "+slots = [&#34;30 7 * * 1-5&#34;]" in looked.text
    assert newsroom.file.read_text("utf-8") == RULES
    saved = press(browser, PAGE, filled(looked), step="save", reason="earlier")
    assert saved.headers["location"] == "/desk/schedules?did=editorial_save"
    assert newsroom.file.read_text("utf-8") == RULES.replace("0 13 * * *", "30 7 * * 1-5")
    assert "earlier" in browser.get("/desk/schedules/history").text
    back = filled(browser.get(PAGE)) | {"slots.0.times": ["13:00"], "slots.0.days": list("1234567")}
    again = press(browser, PAGE, back, step="look")
    press(browser, PAGE, filled(again), step="save", reason="as before")
    assert newsroom.file.read_text("utf-8") == RULES


def test_what_is_wrong_is_said_at_its_field_while_it_is_filled_in_and_when_it_is_looked_at(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    form = filled(browser.get(PAGE)) | {"most": "many", "zone": "Europe/Minks", "slots.0.days": []}
    piece = press(browser, PAGE, form)
    assert "<html" not in piece.text
    assert fault(piece, "most") == 'found "many": expected a whole number'
    assert 'did you mean "Europe/Minsk"?' in fault(piece, "zone")
    assert "day: one is missing" in fault(piece, "slots")
    assert fault(piece, "least") == ""
    looked = press(browser, PAGE, form, step="look")
    assert looked.status_code == 422
    assert fault(looked, "most") == 'found "many": expected a whole number'
    assert 'value="many"' in looked.text
    assert "What it would change" not in looked.text
    good = press(browser, PAGE, form | {"most": "9", "zone": "Europe/Minsk", "slots.0.days": ["6", "7"]})
    assert "Weekends at 13:00 in Minsk" in good.text
    assert fault(good, "most") == ""


def test_what_is_wrong_is_said_in_the_language_of_the_page(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    form = filled(browser.get(f"{PAGE}?lang=ru")) | {"most": "many", "zone": "Europe/Minks", "slots.0.days": []}
    looked = press(browser, PAGE, form, step="look")
    assert fault(looked, "most") == 'стоит "many": нужно целое число'
    assert fault(looked, "zone").endswith('нужен часовой пояс IANA, например "Europe/Minsk"; возможно, «Europe/Minsk»?')
    assert fault(looked, "slots") == 'стоит "at 13:00": день: не указан'
    text = RULES.replace('["x", "y"]', '["nowhere"]').replace("most = 12", "most = [")
    piece = browser.post("/desk/schedules/valid", data={"text": text}, headers=OWN)
    assert "неверный TOML (значение непонятно)" in piece.text
    piece = browser.post("/desk/schedules/valid", data={"text": text.replace("[\n", "1\n")}, headers=OWN)
    assert "неизвестный канал &#34;nowhere&#34;; нужно одно из: " in piece.text
    good = filled(press(browser, PAGE, filled(browser.get(PAGE)) | {"most": "9"}, step="look"))
    assert "Без причины ничего не сохраняется." in press(browser, PAGE, good, step="save").text
    form = filled(browser.get("/desk/schedules/routes")) | {"name": "a b", "channels": ["x"]}
    assert "не годится как имя (нужны буквы" in fault(press(browser, "/desk/schedules/routes", form), "name")


def test_a_rule_is_added_and_taken_out_again(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    path = "/desk/schedules/routes"
    form = filled(browser.get(path)) | {"name": "sport", "categories.more": "Sport, Football", "channels": ["x"]}
    form |= {"delay": "1.5", "delay.unit": "h", "urgency": "3", "keywords": "cup\r\nleague"}
    looked = press(browser, path, form, step="look")
    assert looked.status_code == 200, looked.text
    saved = press(browser, path, filled(looked), step="save", reason="sport comes")
    assert saved.status_code == 303, re.findall("<pre.*?</pre>", saved.text, re.DOTALL)
    added = '\n[routes.sport]\ncategories = ["Sport", "Football"]\nchannels = ["x"]\n'
    added += 'keywords = ["cup", "league"]\nurgency = 3\ndelay = "90m"\n'
    found = newsroom.file.read_text("utf-8")
    assert found.startswith(RULES)
    assert set(found.removeprefix(RULES).splitlines()) == set(added.splitlines())
    gone = "/desk/schedules/routes/sport"
    based_on = filled(browser.get(gone))["based_on"]
    looked = press(browser, gone, {"based_on": based_on}, way="remove", step="look")
    assert "-[routes.sport]" in looked.text
    press(browser, gone, filled(looked), step="save", reason="sport goes")
    assert newsroom.file.read_text("utf-8") == RULES


@pytest.mark.parametrize(("name", "said"), [("a b", "is no name"), ("all", "already"), ("", "is no name")])
def test_a_name_that_cannot_be_is_said_at_its_field(newsroom: Any, name: str, said: str) -> None:
    browser = newsroom.entered("Olga")
    form = filled(browser.get("/desk/schedules/routes")) | {"name": name, "channels": ["x"]}
    assert said in fault(press(browser, "/desk/schedules/routes", form, step="look"), "name")


def test_the_times_of_a_channel_are_the_editors_or_again_the_operators(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    path = "/desk/schedules/channels/y"
    form = filled(browser.get(path)) | {"quiet.from": "23:00", "quiet.until": "06:00", "budget_per_day": "1,5"}
    form |= {"slots.0.days": ["6", "7"], "slots.0.times": ["10:00", "12:00"]}
    looked = press(browser, path, form, step="look")
    press(browser, path, filled(looked), step="save", reason="calm nights")
    written = newsroom.file.read_text("utf-8").removeprefix(RULES)
    assert 'quiet = "23:00-06:00"\n' in written
    assert 'slots = ["weekends at 10:00, 12:00"]\nbudget_per_day = 1.5\n' in written
    form = filled(browser.get(path)) | {"quiet.from": "", "quiet.until": "", "slots.0.times": [], "budget_per_day": ""}
    looked = press(browser, path, form, step="look")
    press(browser, path, filled(looked), step="save", reason="as ever")
    assert dispatch(newsroom.app, "rule", {"table": "channels", "name": "y"})["fields"][3]["value"] == ""


def test_what_a_hand_has_changed_meanwhile_is_not_written_over(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    looked = press(browser, PAGE, filled(browser.get(PAGE)) | {"most": "9"}, step="look")
    newsroom.file.write_text(RULES.replace("# ours", "# theirs"), "utf-8")
    saved = press(browser, PAGE, filled(looked), step="save", reason="short")
    assert saved.status_code == 409
    assert "Somebody has changed the file" in saved.text
    assert 'name="most" value="9"' in saved.text
    assert newsroom.file.read_text("utf-8") == RULES.replace("# ours", "# theirs")


def test_what_was_filled_in_after_the_look_is_looked_at_again_and_nothing_is_saved_without_a_reason(
    newsroom: Any,
) -> None:
    browser = newsroom.entered("Olga")
    looked = press(browser, PAGE, filled(browser.get(PAGE)) | {"most": "9"}, step="look")
    other = press(browser, PAGE, filled(looked) | {"most": "8"}, step="save", reason="short")
    assert "What it would change" in other.text
    without = press(browser, PAGE, filled(looked), step="save", reason=" ")
    assert without.status_code == 422
    assert "Nothing is saved without a reason." in without.text
    assert newsroom.file.read_text("utf-8") == RULES
    assert "What it would change" in without.text  # the look stands, and with it the way to save
    assert "at most 9 stories" in sentence(without)
    assert press(browser, PAGE, filled(without), step="save", reason="shorter").status_code == 303
    assert "most = 9" in newsroom.file.read_text("utf-8")


def test_who_may_not_saves_nothing(newsroom: Any) -> None:
    chief, editor = newsroom.entered("Olga"), newsroom.entered("Edda")
    looked = filled(press(chief, PAGE, filled(chief.get(PAGE)) | {"most": "9"}, step="look"))
    assert press(editor, PAGE, looked, step="save", reason="short").status_code == 403
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert chief.post(PAGE, data={**looked, "step": "save"}, headers=foreign).status_code == 403
    assert newsroom.file.read_text("utf-8") == RULES


def test_what_is_not_there_is_said(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    assert browser.get("/desk/schedules/routes/none").status_code == 404
    assert press(browser, "/desk/schedules/routes/none", {}, step="look").status_code == 404
    assert browser.get("/desk/schedules/channels").status_code == 404


def test_a_reason_is_required_of_saving_alone(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    looked = press(browser, PAGE, filled(browser.get(PAGE)) | {"most": "9"}, step="look").text
    assert re.search(r'<input id="reason"[^>]* required', looked)
    assert re.search(r'<button [^>]*value="look"[^>]* formnovalidate', looked)
    form = looked.partition('class="rule"')[2].partition(">")[0]
    assert "hx-post" not in form  # the fields ask for their sentence without it: a form would have it first


def test_above_what_a_refused_save_leaves_stands_no_other_sentence(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    looked = press(browser, PAGE, filled(browser.get(PAGE)) | {"most": "9"}, step="look")
    newsroom.file.write_text(f"{RULES}# theirs\n", "utf-8")
    refused = press(browser, PAGE, filled(looked), step="save", reason="shorter")
    assert refused.status_code == 409
    assert 'class="sentence"' not in refused.text


def test_trouble_is_told_and_what_was_filled_in_is_kept(newsroom: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, run = newsroom.entered("Olga"), Acts.run
    form = filled(browser.get(PAGE)) | {"most": "9"}

    def fail(self: Acts, caller: Any, name: str, args: Any) -> Any:
        if name == "editorial_check":
            raise StoreError("the disk is full")
        return run(self, caller, name, args)

    monkeypatch.setattr(Acts, "run", fail)
    looked = press(browser, PAGE, form, step="look")
    assert looked.status_code == 503
    assert 'name="most" value="9"' in looked.text


def test_what_else_is_wrong_with_the_file_is_said_above_the_fields(newsroom: Any) -> None:
    newsroom.file.write_text(RULES.replace('["x", "y"]', '["nowhere"]'), "utf-8")
    browser = newsroom.entered("Olga")
    looked = press(browser, PAGE, filled(browser.get(PAGE)) | {"most": "9"}, step="look")
    assert looked.status_code == 422
    assert "unknown channel" in looked.text
    assert refused(newsroom.app, "rule", {"table": "channels", "name": "x"}) == "bad_rules"


OPERATIONS = """
[channels.tg]
type = "telegram"
token = "1:a"
chat = "@northern"

[operations]
bot = "tg"
chat = "-1001"
people = ["1 Anna"]
"""


def test_a_wrong_field_of_the_channel_of_the_operations_bot_is_its_only_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_schedules_page, "OPERATORS", OPERATORS + OPERATIONS)
    with editors_desk(tmp_path, monkeypatch, RULES) as newsroom:
        found = rule_change(newsroom, "channels", "tg", {"most_per_hour": "many"})
    assert [(one["key"], one["found"]) for one in found["problems"]] == [("most_per_hour", 'found "many"')]
    assert found["problem"] is None


@pytest.mark.parametrize("bot", ["x", "nobody"])
def test_a_bot_that_is_no_channel_of_telegrams_is_a_fault(tmp_path: Path, bot: str) -> None:
    config = OPERATORS + OPERATIONS.replace('bot = "tg"', f'bot = "{bot}"')
    with pytest.raises(ConfigError) as found:
        told_app(tmp_path, config=config)
    (problem,) = [one for one in found.value.problems if one.key == "operations.bot"]
    assert (problem.found, problem.hint) == (f'unknown channel of type telegram "{bot}"', 'expected one of "tg"')


def test_a_template_that_does_not_render_is_said(newsroom: Any) -> None:
    newsroom.file.write_text(RULES.replace('template = ""', 'template = "none"'), "utf-8")
    found = rule_change(newsroom, "digests", "morning", {"most": 9})
    assert "no such template" in found["problem"]
    assert found["rule"] is None


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"table": "style"}, "bad_arguments"),
        ({"table": "style", "name": "", "way": "remove"}, "bad_arguments"),
        ({"table": "hooks"}, "bad_arguments"),
        ({"name": "none"}, "not_theirs"),
        ({"way": "paint"}, "bad_arguments"),
        ({"way": "add"}, "not_new"),
        ({"way": "add", "table": "channels", "name": "x"}, "bad_arguments"),
        ({"way": "add", "name": "x" * 65}, "bad_name"),
        ({"way": "remove", "table": "channels", "name": "y"}, "not_theirs"),
        ({"table": "channels", "name": "none"}, "unknown_rule"),
        ({"based_on": "x"}, "not_the_same"),
        ({"values": {"title": "x"}}, "bad_arguments"),
        ({"values": {"delay": [[]]}}, "bad_arguments"),
        ({"values": {"delay": {}}}, "bad_arguments"),
        ({"values": {"delay": "\ud800"}}, "bad_arguments"),
        ({"values": {"delay": float("nan")}}, "bad_arguments"),
        ({"values": {"delay": 1 << 64}}, "bad_arguments"),
    ],
)
def test_what_no_rule_takes_is_refused(newsroom: Any, args: dict[str, Any], code: str) -> None:
    with pytest.raises(CallError) as found:
        rule_change(newsroom, **{"table": "routes", "name": "all", "values": {}, **args})
    assert found.value.code == code


@pytest.mark.parametrize("text", ["[routes", "routes = 1\n", "[[routes.all]]\nchannels = ['x']\n"])
def test_a_file_that_no_field_can_change_is_for_the_hand(newsroom: Any, text: str) -> None:
    newsroom.file.write_text(text, "utf-8")
    assert refused(newsroom.app, "rule", {"table": "routes", "name": "all"}) == "by_hand"
    dispatch(newsroom.app, "schedules", {})
    newsroom.file.write_text("[routes]\nall.channels = ['x']\nb.channels = ['y']\nall.delay = '5m'\n", "utf-8")
    with pytest.raises(CallError) as found:
        rule_change(newsroom, "routes", "all", {}, way="remove")
    assert found.value.code == "by_hand"


def saved(newsroom: Any, browser: Any, path: str, **values: Any) -> tuple[str, str]:
    """The file after values were filled in, looked at and saved; the page that was looked at."""
    looked = press(browser, path, filled(browser.get(path)) | values, step="look")
    assert looked.status_code == 200, looked.text
    done = press(browser, path, filled(looked), step="save", reason="another way")
    assert done.status_code == 303, re.findall("<pre.*?</pre>", looked.text, re.DOTALL)
    return newsroom.file.read_text("utf-8"), unescape(looked.text)


def test_a_digests_first_readers_sections_and_sentence_are_fields_and_told(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    values = {"canary": "2,5", "canary.unit": "%", "canary_wait": "30", "description": "The day in five minutes"}
    values |= {"sections": "Economy\r\nPolitics"}
    assert '<option value="" selected>the usual one</option><option value="digest">' in browser.get(PAGE).text
    text, page = saved(newsroom, browser, PAGE, **values)
    assert 'canary = "2.5%"\n' in text
    assert 'sections = ["Economy", "Politics"]\n' in text
    assert "2.5 % of the readers get it first, the others no sooner than 30 min later" in page
    assert "Readers may choose from: <bdi>Economy</bdi>, <bdi>Politics</bdi>." in page
    assert "Readers are told: <bdi>The day in five minutes</bdi>" in page
    text, page = saved(newsroom, browser, PAGE, **{"canary": "50", "canary.unit": ""})
    assert "canary = 50\n" in text
    assert "readers who get it first: 50" in page
    back = {"canary": "", "canary_wait": "20", "description": "", "sections": ""}
    assert saved(newsroom, browser, PAGE, **back)[0] == RULES
    odd = press(browser, PAGE, filled(browser.get(PAGE)) | {"canary": "some", "canary.unit": ""})
    assert fault(odd, "canary").startswith('found "some": expected a share')


def test_a_routes_template_and_checks_are_fields_and_told(newsroom: Any) -> None:
    browser, path = newsroom.entered("Olga"), "/desk/schedules/routes/all"
    page = browser.get(path).text
    assert '<option value="" selected>the usual one</option><option value="post">post</option></select>' in page
    text, page = saved(
        newsroom, browser, path, **{"lint.all-capitals": "block", "lint.too-long": "off", "template": "post"}
    )
    assert 'template = "post"\nlint = ["too-long off", "all-capitals block"]\n' in text
    assert "capitals throughout – held back" in page
    text, page = saved(newsroom, browser, path, **{"lint.too-long": "warn", "lint.missing-alt": "off"})
    assert 'lint = ["too-long warn", "all-capitals block", "missing-alt off"]\n' in text
    back = dict.fromkeys(("lint.too-long", "lint.all-capitals", "lint.missing-alt", "template"), "")
    assert saved(newsroom, browser, path, **back)[0] == RULES


def test_a_check_that_nobody_knows_is_said_and_can_be_unticked(newsroom: Any) -> None:
    wrong = RULES.replace('delay = "5m"  # calm\n', 'delay = "5m"  # calm\nlint = ["capitals off", "too-long of"]\n')
    newsroom.file.write_text(wrong, "utf-8")
    browser, path = newsroom.entered("Olga"), "/desk/schedules/routes/all"
    form = filled(browser.get(path))
    assert form["lint"] == ["too-long of", "capitals off"]
    assert form["lint.too-long"] == ["of"]
    assert 'found "capitals off"' in fault(press(browser, path, form), "lint")
    form |= {"lint": ["too-long of"], "lint.too-long": ""}
    looked = press(browser, path, form, step="look")
    assert "-lint = [&#34;capitals off&#34;, &#34;too-long of&#34;]" in looked.text


def test_the_style_is_one_rule_in_fields(newsroom: Any) -> None:
    browser, path = newsroom.entered("Olga"), "/desk/schedules/style"
    assert "No word is blocked, and none becomes a hashtag." in browser.get("/desk/schedules").text
    assert "Nothing is changed." in press(browser, path, filled(browser.get(path)), step="look").text
    values = {"blocked_words": "state secret\r\nterroris*", "hosts": "example.org", "most_tags": "9"}
    values |= {"hashtags": "Foreign policy = Diplomacy\r\nSport", "tags": "NATO"}
    piece = press(browser, path, filled(browser.get(path)) | values)
    assert fault(piece, "most_tags") == "found 9: expected 5 or less"
    text, page = saved(newsroom, browser, path, **values | {"most_tags": "3"})
    assert tomllib.loads(text)["style"] == {
        "blocked_words": ["state secret", "terroris*"],
        "hosts": ["example.org"],
        "hashtags": ["Foreign policy = Diplomacy", "Sport"],
        "tags": ["NATO"],
        "most_tags": 3,
    }
    assert "Blocked words: <bdi>state secret</bdi>, <bdi>terroris*</bdi>." in page
    assert "<bdi>Foreign policy</bdi> (<bdi>Diplomacy</bdi>), <bdi>Sport</bdi>." in page
    back = {"blocked_words": "", "hosts": "", "hashtags": "", "tags": "", "most_tags": "2"}
    assert saved(newsroom, browser, path, **back)[0] == RULES
    assert browser.get(f"{path}/x").status_code == 404
    assert refused(newsroom.app, "rule", {"table": "style", "name": "x"}) == "unknown_rule"


def test_what_the_operator_says_of_style_is_shown_and_not_asked(tmp_path: Path) -> None:
    newsroom: Any = Desk(tmp_path, '[style]\nhosts = ["example.org"]\nhashtags = ["Sport", "A = B"]\nmost_tags = 2\n')
    browser = newsroom.entered("Olga")
    page = browser.get("/desk/schedules/style")
    form = filled(page)
    assert "hosts" not in form
    assert "<p><bdi>Sport</bdi>, <bdi>A = B</bdi></p>" in page.text
    twice = press(browser, "/desk/schedules/style", form | {"most_tags": "3"})
    assert "defined twice" in fault(twice, "most_tags")
    newsroom.app.close()


def test_values_that_are_none_of_their_sort_are_shown_as_they_are(newsroom: Any) -> None:
    newsroom.file.write_text("[routes.all]\nchannels = 5\ndelay = 2026-11-30\nurgency = true\n", "utf-8")
    found = {
        one["key"]: one["value"] for one in dispatch(newsroom.app, "rule", {"table": "routes", "name": "all"})["fields"]
    }
    assert (found["channels"], found["delay"], found["urgency"]) == ([], "2026-11-30", True)
    assert newsroom.entered("Olga").get("/desk/schedules/routes/all").status_code == 200


def test_a_rule_of_the_operators_file_is_told_and_not_changed(tmp_path: Any) -> None:
    newsroom = Desk(tmp_path)
    page = newsroom.entered("Olga").get("/desk/schedules/routes/all").text
    assert "stands in the operator" in page
    assert 'name="based_on"' not in page
    newsroom.app.close()


@pytest.mark.parametrize(
    ("value", "found"),
    [
        *(("5m", ("5", "m")), ("1h30m", ("90", "m")), ("2 d", ("2", "d")), ("0s", ("0", "m")), ("1w", ("7", "d"))),
        *(("1234567s", ("1234567", "s")), ("0.01ms", ("0.00001", "s"))),
        *(("90s", ("90", "s")), ("500ms", ("0.5", "s")), ("soon", ("soon", "m")), (None, ("", "m"))),
    ],
)
def test_a_length_is_shown_as_a_number_and_its_unit(value: object, found: tuple[str, str]) -> None:
    assert parted(value) == found


@pytest.mark.parametrize(
    ("number", "unit", "found"),
    [
        *[("30s", "m", "30s"), ("1h30m", "m", "90m"), ("2d", "h", "2d"), ("1,5", "h", "90m"), ("5 m", "s", "5m")],
        *[
            ("5", "", "5"),
            ("", "h", None),
            ("abc", "h", "abc h"),
            ("-5", "m", "-5 m"),
            ("5", "w", "5"),
            ("pm", "s", "pm s"),
        ],
    ],
)
def test_a_length_is_a_number_with_its_unit_or_says_its_own(number: str, unit: str, found: str | None) -> None:
    form = {"gap": [number], "gap.unit": [unit]}
    assert values_of([{"key": "gap", "sort": "length"}], form) == {"gap": found}


def test_the_hint_of_a_length_can_be_followed_and_its_unit_stays_chosen(newsroom: Any) -> None:
    browser, path = newsroom.entered("Olga"), "/desk/schedules/channels/x"
    wrong = filled(browser.get(path)) | {"gap": "abc", "gap.unit": "h"}
    looked = press(browser, path, wrong, step="look")
    assert fault(looked, "gap") == 'found "abc h": expected a duration such as "30s", "5m", "1h30m" or "2d"'
    assert (filled(looked)["gap"], filled(looked)["gap.unit"]) == (["abc"], ["h"])
    for told, said in (("30s", "30 s"), ("5m", "5 min"), ("1h30m", "90 min"), ("2d", "2 d")):
        assert f"A post every {said} at most".lower() in sentence(press(browser, path, wrong | {"gap": told}))


def test_what_is_left_empty_is_the_usual_and_what_is_no_number_is_written_as_it_is() -> None:
    fields = [{"key": key, "sort": key} for key in ("length", "number", "amount", "text", "clock", "flag", "hours")]
    assert values_of(fields, {}) == {
        **dict.fromkeys(("length", "number", "amount", "text", "clock")),
        "flag": False,
        "hours": "",
    }
    form = {"length": ["soon"], "number": ["-1"], "amount": ["much"], "hours.from": ["23:00"]}
    found = values_of(fields, form)
    assert (found["length"], found["number"], found["amount"], found["hours"]) == ("soon", -1, "much", "23:00-")
