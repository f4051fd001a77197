"""The editorial rules at the desk: told in words, tried before they are saved, never written over somebody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from distributor.calls import dispatch
from distributor.calls.ahead.editing import digest, notice
from distributor.errors import CallError, StoreError, TemplateError
from distributor.web.desk.acts import Acts
from tests.flow import test_desk
from tests.flow.test_desk import OWN, Desk, cheap  # noqa: F401 (a fixture)
from tests.flow.test_editorial import OPERATORS, RULES
from tests.support import article

CALMER = f'{RULES}\n[channels.x]\ngap = "5m"\nquiet = "23:00-06:00"\nmost_per_hour = 4\n'


@contextmanager
def editors_desk(folder: Path, monkeypatch: pytest.MonkeyPatch, rules: str) -> Iterator[Any]:
    """A desk whose rules stand in an editors' file."""
    monkeypatch.setattr(test_desk, "CONFIG", OPERATORS)
    (folder / "editorial.toml").write_text(rules, "utf-8")
    made: Any = Desk(folder)
    made.file = made.app.settings.desk.editorial
    yield made
    made.app.close()


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with editors_desk(tmp_path, monkeypatch, RULES) as made:
        yield made


def fields(page: Any) -> dict[str, str]:
    """What a browser would send of the form, hidden fields alone."""
    form = page.text.partition('<form method="post" action="/desk/schedules">')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def press(browser: Any, step: str, **form: str) -> Any:
    return browser.post("/desk/schedules", data={"step": step, **form}, headers=OWN)


def test_the_rules_are_told_in_words_in_both_languages(newsroom: Any) -> None:
    browser = newsroom.entered("Vera")
    page = browser.get("/desk/schedules").text
    assert "At any time, as fast as its platform takes it." in page
    assert "at most 20 stories" in page
    assert "<textarea" not in page  # a viewer looks
    newsroom.file.write_text(CALMER, "utf-8")
    assert "Расписание" in browser.get("/desk/schedules?lang=ru").text


def test_what_a_change_would_do_is_shown_before_it_is_saved(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    opened = fields(browser.get("/desk/schedules"))
    looked = press(browser, "look", text=CALMER.replace("\n", "\r\n"), **opened)
    assert looked.status_code == 200
    assert "What it would change" in looked.text
    assert "Nothing would be different." in looked.text  # no story came yet
    assert newsroom.file.read_text("utf-8") == RULES
    saved = press(browser, "save", text=CALMER, reason="calmer nights", **fields(looked))
    assert (saved.status_code, saved.headers["location"]) == (303, "/desk/schedules?did=editorial_save")
    assert newsroom.file.read_text("utf-8") == CALMER
    history = browser.get("/desk/schedules/history").text
    assert "calmer nights" in history
    assert "+gap = &#34;5m&#34;" in history
    assert "changed in the file by hand" in history


def test_what_was_written_after_the_look_is_looked_at_again(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    looked = press(browser, "look", text=CALMER, **fields(browser.get("/desk/schedules")))
    other = press(browser, "save", text=CALMER.replace("5m", "6m"), reason="calmer", **fields(looked))
    assert other.status_code == 200
    assert "What it would change" in other.text
    assert newsroom.file.read_text("utf-8") == RULES


def test_posts_that_would_move_are_named_with_their_instants(newsroom: Any) -> None:
    source = newsroom.app.sources["politics"]
    source.documents = [[article(number, published=newsroom.clock.now()) for number in (1, 2, 3)]]
    newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())
    newsroom.clock.advance(3600)
    browser = newsroom.entered("Olga")
    looked = press(browser, "look", text=CALMER, **fields(browser.get("/desk/schedules"))).text
    assert re.search(r"Each post that would be different: [1-9]", looked)
    assert "<td>" in looked


def test_without_a_reason_the_look_stands_and_nothing_is_saved(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    looked = press(browser, "look", text=CALMER, **fields(browser.get("/desk/schedules")))
    assert re.search(r'<input id="reason"[^>]* required', looked.text)
    assert re.search(r'<button [^>]*value="look"[^>]* formnovalidate', looked.text)
    without = press(browser, "save", text=CALMER, reason=" ", **fields(looked))
    assert without.status_code == 422
    assert "Nothing is saved without a reason." in without.text
    assert "What it would change" in without.text
    assert newsroom.file.read_text("utf-8") == RULES
    assert press(browser, "save", text=CALMER, reason="calmer", **fields(without)).status_code == 303


def row(page: str, day: str) -> list[str]:
    """What a day's row, or the sums below, say."""
    found = re.search(rf'<tr><th scope="row"[^>]*>(?:<bdi>\w+</bdi></th><td>)?{day}<.*?</tr>', page)
    assert found, page
    return re.findall(r"<td>(.*?)</td>", found[0])


def looked_at(newsroom: Any, more: str, seconds: int) -> str:
    """What the look says that other rules would have done with three stories that came some time ago."""
    source = newsroom.app.sources["politics"]
    source.documents = [[article(number, published=newsroom.clock.now()) for number in (1, 2, 3)]]
    newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())
    newsroom.clock.advance(seconds)
    browser = newsroom.entered("Olga")
    page: str = press(browser, "look", text=RULES + more, **fields(browser.get("/desk/schedules"))).text
    return page[: page.index("The next 7 days")]


def test_what_only_leaves_after_these_days_still_waits_and_is_not_dropped(newsroom: Any) -> None:
    page = looked_at(newsroom, '\n[channels.x]\nquiet = "14:00-17:00"\n', 3600)
    assert row(page, "2026-11-24") == ["2026-11-24", "3", "0", "0", "0", "3", "0", "0.00 → 0.00"]
    assert "Still waits, <bdi>x</bdi>" in page
    assert "no sooner than 24 November 2026, 17:00" in page
    assert "(<bdi>quiet hours 14:00-17:00: not before 17:00 (Europe/Minsk)</bdi>)" in page
    assert "Dropped, " not in page


def test_both_days_of_a_move_are_shown_with_their_sum(newsroom: Any) -> None:
    page = looked_at(newsroom, '\n[channels.x]\nquiet = "14:00-09:00"\n', 86_400)
    assert row(page, "2026-11-24")[1:3] == ["3", "0"]
    assert row(page, "2026-11-25")[1:5] == ["0", "3", "0", "3"]
    assert row(page, "Together")[:2] == ["3", "3"]


def test_a_file_that_changed_meanwhile_is_not_written_over(newsroom: Any) -> None:
    browser = newsroom.entered("Olga")
    looked = press(browser, "look", text=CALMER, **fields(browser.get("/desk/schedules")))
    newsroom.file.write_text(f"{RULES}# theirs\n", "utf-8")
    refused = press(browser, "save", text=CALMER, reason="calmer", **fields(looked))
    assert refused.status_code == 409
    assert "Somebody has changed the file" in refused.text
    assert "quiet = " in refused.text  # what was typed is kept
    assert newsroom.file.read_text("utf-8").endswith("# theirs\n")


@pytest.mark.parametrize(
    "text", ["[routes.all", '[channels.x]\ntoken = "x"\n', "[web]\n", '[routes.all]\nchannels=["<b>"]']
)
def test_what_cannot_stand_is_told_while_it_is_written_and_when_it_is_looked_at(newsroom: Any, text: str) -> None:
    browser = newsroom.entered("Olga")
    piece = browser.post("/desk/schedules/valid", data={"text": text}, headers=OWN)
    assert "note bad" in piece.text
    assert "<b>" not in piece.text.replace("<bdi>", "")
    looked = press(browser, "look", text=text, **fields(browser.get("/desk/schedules")))
    assert looked.status_code == 422
    assert "What it would change" not in looked.text
    good = browser.post("/desk/schedules/valid", data={"text": RULES}, headers=OWN)
    assert "This could stand." in good.text
    assert "<html" not in good.text


def test_an_earlier_version_comes_back_by_one_button(newsroom: Any) -> None:
    newsroom.file.write_text(CALMER, "utf-8")
    browser = newsroom.entered("Olga")
    looked = press(browser, "look", text=RULES, **fields(browser.get("/desk/schedules")))
    press(browser, "save", text=RULES, reason="back", **fields(looked))
    page = browser.get("/desk/schedules/history").text
    form = page.partition('action="/desk/act/editorial_return"')[2].partition("</form>")[0]
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    done = browser.post("/desk/act/editorial_return", data={**sent, "reason": "calmer after all"}, headers=OWN)
    assert done.headers["location"] == "/desk/schedules/history?did=editorial_return"
    assert newsroom.file.read_text("utf-8") == CALMER
    history = browser.get("/desk/schedules/history?lang=ru").text
    assert "возврат к версии 1: <bdi>calmer after all</bdi>" in history
    assert "как было найдено впервые" in history
    assert [int(one) for one in re.findall(r"<h2>Версия (\d+), ", history)] == [3, 2, 1]


@pytest.mark.parametrize("text", [f"{RULES}[routes.", RULES.replace("[routes.all]", "[routes.other]\nfeeds = 5")])
def test_rules_in_force_are_the_editors_also_while_their_file_is_broken(newsroom: Any, text: str) -> None:
    notice(newsroom.app, newsroom.clock.now())
    newsroom.file.write_text(text, "utf-8")
    browser = newsroom.entered("Olga")
    page = browser.get("/desk/schedules").text
    assert "The file as it stands is not in force" in page
    assert "It stands in the operator" not in page
    is_toml = not text.endswith("[routes.")
    assert ('href="/desk/schedules/channels/x"' in page) is is_toml
    assert ("No rule can be changed in fields" in page) is not is_toml
    assert ("A new route" in page) is is_toml
    assert "Change its text" in page
    assert "No rule can be changed" not in newsroom.entered("Vera").get("/desk/schedules").text


def test_what_was_never_in_force_has_no_way_back_to_it(newsroom: Any) -> None:
    for text in (CALMER, f"{RULES}[routes.", RULES):
        newsroom.clock.advance(60)
        newsroom.file.write_text(text, "utf-8")
        notice(newsroom.app, newsroom.clock.now())
    history = newsroom.entered("Olga").get("/desk/schedules/history").text
    assert history.count("Never in force") == 1
    assert re.findall(r'id="return-(\d+)"', history) == ["1"]
    told = {"version": 2, "reason": "so", "who": "Anna", "through": "desk"}
    with pytest.raises(CallError) as refused:
        dispatch(newsroom.app, "editorial_return", {**told, "based_on": digest(RULES)})
    assert (refused.value.code, refused.value.hint) == ("bad_rules", "mend the text of the file first")


def test_who_may_not_or_comes_from_elsewhere_changes_nothing(newsroom: Any) -> None:
    editor = newsroom.entered("Edda")
    shown = dispatch(newsroom.app, "editorial_show", {})
    form = {"text": CALMER, "based_on": shown["digest"], "reason": "x"}
    page = editor.get("/desk/schedules")
    assert "<textarea" not in page.text
    form["looked"] = digest(CALMER)
    refused = press(editor, "save", **form)
    assert refused.status_code == 403
    assert "<textarea" not in refused.text
    foreign = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    chief = newsroom.entered("Olga")
    assert chief.post("/desk/schedules", data={"step": "save", **form}, headers=foreign).status_code == 403
    assert newsroom.file.read_text("utf-8") == RULES


@pytest.mark.parametrize(("error", "status"), [(StoreError("the disk is full"), 503), (TemplateError("a brace"), 422)])
def test_trouble_is_told_and_what_was_typed_is_kept(
    newsroom: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    browser = newsroom.entered("Olga")
    opened, run = fields(browser.get("/desk/schedules")), Acts.run

    def fail(self: Acts, caller: Any, name: str, args: Any) -> Any:
        if name == "editorial_check":
            raise error
        return run(self, caller, name, args)

    monkeypatch.setattr(Acts, "run", fail)
    looked = press(browser, "look", text=CALMER, **opened)
    assert looked.status_code == status
    # of the store's own trouble nothing from inside is told
    assert ("a brace" if status == 422 else "try again") in looked.text
    assert "the disk is full" not in looked.text
    assert "quiet = " in looked.text
