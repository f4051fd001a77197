"""Single stories at the desk: the page of one, the search, decisions with the red pen, posts by hand, the sheet."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from distributor.calls import dispatch
from distributor.calls.stories import deciding
from distributor.calls.stories.telling import said
from distributor.errors import CallError, Rejected, StoreError, TemplateError, UnknownOutcome
from distributor.model import Limits, Receipt
from distributor.web.desk.acts import Acts, local
from tests.api.fitting import misfits
from tests.flow.test_desk import OWN, cheap, desk  # noqa: F401 - fixtures
from tests.support import ToldBulk, ToldChannel, ToldSource, article

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "stories.md"
ASKED = """
[channels.z]
type = "console"
on_refile = "edit"
[routes.asked]
channels = ["z"]
categories = ["Asked"]
approval = "two"
"""
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


class Wire(ToldChannel):
    """A channel whose posts can be changed, answered and taken away."""

    erasable_for: timedelta | None = None

    def edit(self, parcel):
        return self.send(parcel)

    def reply(self, parcel):
        return self.send(parcel)

    def erase(self, parcel):
        return self.send(parcel)


class Post(ToldBulk):
    """Mail that can be answered."""

    def reply(self, parcel):
        return self.send(parcel)


def shape(heading):
    """The documented JSON under a heading."""
    _, _, rest = DOCS.read_text("utf-8").partition(f"### {heading}\n")
    return json.loads(re.findall(r"^```json\n(.+?)^```", rest, flags=re.MULTILINE | re.DOTALL)[0])


def page_of(number=1, name=None):
    return f"/desk/story?url={quote(name or article(number).url, safe='')}"


def read(newsroom):
    return newsroom.app.ingesters["politics"].run_once(newsroom.clock.now()).changes


def leave(newsroom, *channels):
    for channel in channels or ("x", "y"):
        while newsroom.app.deliverers[channel].run_once():
            continue


def press(browser, call, **fields):
    return browser.post(f"/desk/act/{call}", data=fields, headers=OWN)


def ask(newsroom, call, **args):
    return json.loads(json.dumps(dispatch(newsroom.app, call, args)))


@pytest.fixture
def changed(desk):  # noqa: F811
    """A story whose page changed after it was posted, on a channel that answers posts and one that can do nothing."""
    first, more = article(1), article(2)
    later = replace(first, headline="Headline number one", body="First paragraph of story 1.\n\nAnother paragraph.")
    newsroom = desk(
        '[channels.z]\ntype = "console"\non_refile = "edit"\n[routes.z]\nchannels = ["z"]\n',
        source=ToldSource([first, more], [later, more]),
        channels={"x": ToldChannel("x"), "z": Wire("z")},
    )
    read(newsroom)
    leave(newsroom, "x", "y", "z")
    newsroom.clock.advance(700)
    read(newsroom)
    return newsroom


def test_the_page_of_a_story_tells_what_each_channel_has_and_who_did_what(changed):
    page = changed.entered("Vera").get(page_of())
    assert page.status_code == 200
    assert "<del><span" in page.text
    assert "number </span>" not in page.text
    assert re.search(r"<del>.*?1.*?</del><ins>.*?one.*?</ins>", page.text)
    assert "shows text 1 of 2" in page.text
    assert 'href="https://x.test/2"' in page.text
    assert "<b>sent</b>, <bdi>x</bdi>, <bdi>the program</bdi>" in page.text
    assert "Another paragraph." in page.text
    assert 'action="/desk/act/' not in page.text, "a viewer has no buttons"
    assert misfits(ask(changed, "story", url=article(1).url), shape("`story`")) == []


def test_acts_stand_where_they_fit_and_do_what_they_say(desk):  # noqa: F811
    newsroom = desk(ASKED, source=ToldSource([article(1, categories=("Asked",))]), channels={"z": Wire("z")})
    read(newsroom)
    browser = newsroom.entered()
    page = browser.get(page_of()).text
    assert set(re.findall(r'action="/desk/act/(\w+)"', page)) == {
        "approve", "hold", "reword", "send_now", "skip", "withdraw"
    }  # fmt: skip
    done = press(browser, "approve", url=article(1).url, back=page_of())
    assert done.headers["location"] == f"{page_of()}&did=approve"
    page = browser.get(done.headers["location"]).text
    assert "Done, and on record." in page
    assert "<b>approved</b>, <bdi>Edda</bdi> (desk): <bdi>z: 1 of 2</bdi>" in page
    press(browser, "hold", url=article(1).url, channel="y", reason="wait", until="2026-11-25T09:30", back=page_of())
    page = browser.get(page_of()).text
    assert "held by Edda: wait" in page
    assert "25 November 2026, 09:30 (Europe/Minsk)" in page
    assert "release" in re.findall(r'action="/desk/act/(\w+)"', page)
    press(browser, "release", url=article(1).url, channel="y", held_by="desk", back=page_of())
    assert "<b>released</b>, <bdi>y</bdi>, <bdi>Edda</bdi> (desk)" in browser.get(page_of()).text
    press(browser, "skip", url=article(1).url, channel="y", back=page_of())
    assert "skipped by Edda" in browser.get(page_of()).text
    press(browser, "withdraw", url=article(1).url, reason="its source took it back", back=page_of())
    page = browser.get(page_of()).text
    assert "It was withdrawn." in page
    assert "Nothing of it stands any more." in page


def test_a_time_of_a_form_is_the_desks_and_one_that_is_none_is_refused():
    assert local({"until": "2026-11-25T09:30", "reason": "2026-11-25T09:30"}, "Europe/Minsk") == {
        "until": "2026-11-25T09:30:00+03:00",
        "reason": "2026-11-25T09:30",
    }
    assert local({"at": "2026-11-25T09:30Z"}, "Europe/Minsk") == {"at": "2026-11-25T09:30Z"}
    with pytest.raises(CallError, match="is not an instant"):
        local({"at": "2026-13-25T09:30"}, "Europe/Minsk")


def test_words_are_shown_with_length_and_lint_while_they_are_written_and_without_scripts_too(desk):  # noqa: F811
    newsroom = desk()
    read(newsroom)
    browser = newsroom.entered()
    told = {"url": article(1).url, "channel": "x", "text": f"Talks resume &amp; {EVIL}", "back": page_of()}
    part = browser.post("/desk/story/draft", data=told, headers=OWN | {"hx-request": "true"})
    assert (part.status_code, "<html" in part.text) == (200, False)
    assert "characters" in part.text
    assert "blocks:" in part.text
    assert "<script>" not in part.text
    assert "<img" not in part.text
    whole = browser.post("/desk/story/draft", data=told, headers=OWN)
    assert 'action="/desk/act/reword"' in whole.text
    assert "<script>alert" not in whole.text
    assert press(browser, "reword", **{**told, "text": "Talks resume"}).status_code == 303
    assert "<b>worded by hand</b>, <bdi>Edda</bdi> (desk): <bdi>x: Talks resume</bdi>" in browser.get(page_of()).text
    assert browser.post("/desk/story/draft", data=told).status_code == 403
    wrong = browser.post("/desk/story/draft", data={**told, "channel": "none"}, headers=OWN | {"hx-request": "true"})
    assert "there is no channel" in wrong.text


def test_a_mail_is_drawn_in_a_frame_that_runs_nothing(desk):  # noqa: F811
    newsroom = desk()
    read(newsroom)
    browser = newsroom.entered("Vera")
    path = f"/desk/story/mail?url={quote(article(1).url, safe='')}&channel=mail"
    day, night = browser.get(path), browser.get(f"{path}&night=1")
    assert "Headline number 1" in day.text
    assert ("@media not all" in day.text, "@media all" in night.text) == (True, True)
    assert "; sandbox;" in day.headers["content-security-policy"]
    assert day.headers["x-frame-options"] == "SAMEORIGIN"
    assert "href=" not in day.text
    assert browser.get(path.replace("channel=mail", "channel=x")).status_code == 404
    assert browser.get(path.replace("story-1", "story-9")).status_code == 404
    assert "sandbox" in browser.get(page_of()).text


def test_any_story_is_found_by_words_or_by_its_address(desk):  # noqa: F811
    newsroom = desk(
        source=ToldSource([article(1), article(2, headline="Минск готовит бюджет"), article(3, headline=EVIL)])
    )
    read(newsroom)
    newsroom.do("post", text="Briefing at 11:00", channels=["x"])
    browser = newsroom.entered("Vera")

    def found(words):
        return re.findall(r"<h2><a href=\"/desk/story\?url=[^\"]+\"><bdi>(.*?)</bdi>", browser.get(
            f"/desk/story?words={quote(words)}").text)  # fmt: skip

    assert len(found("")) == 4
    assert found("минск БЮДЖЕТ") == ["Минск готовит бюджет"]
    assert found("story-1") == ["Headline number 1"]
    assert found(f"{article(2).url}?utm_source=x") == ["Минск готовит бюджет"]
    assert found("nothing of that") == []
    by_hand = next(one for one in ask(newsroom, "stories")["stories"] if one["feed"] == "by hand")
    assert "Briefing at 11:00" in browser.get(page_of(name=by_hand["story"])).text
    assert "<script>alert" not in browser.get("/desk/story").text
    assert misfits(ask(newsroom, "stories", limit=1), shape("`stories`")) == []
    lost = browser.get("/desk/story?url=https://news.example.org/none")
    assert (lost.status_code, "no story is known" in lost.text) == (404, True)


def test_who_must_log_in_first_is_led_back_to_the_story(desk):  # noqa: F811
    asked = desk().browser().get(page_of())
    assert asked.headers["location"] == f"/desk/login?next={quote(page_of())}"


def test_what_waits_is_decided_in_the_order_of_urgency(desk):  # noqa: F811
    x = ToldChannel("x", Receipt(remote_id="1"), UnknownOutcome("no answer"))
    news = [
        article(1, categories=("Asked",)),
        article(2),
        article(3),
        article(4, headline="An urgent one", urgency=2, categories=("Asked",)),
    ]
    newsroom = desk(ASKED, source=ToldSource(news), channels={"x": x, "z": Wire("z")})
    read(newsroom)
    newsroom.do("hold", reason=EVIL, url=article(1).url, channel="y", until="2026-11-24T19:00+03:00")
    leave(newsroom, "x")
    browser = newsroom.entered("Olga")
    page = browser.get("/desk/decide").text
    assert misfits_of_decide(newsroom) == []
    waiting = page[page.index('id="waiting"') :]
    assert waiting.index("An urgent one") < waiting.index("Headline number 1")
    assert "the clock decides at 19:00" in page
    assert "<script>alert" not in page
    (ids,) = set(re.findall(r'name="ids" value="(\d+)"', page))
    assert press(browser, "settle", ids=ids, resend="on", back="/desk/decide").status_code == 303
    assert "Is it there?" not in browser.get("/desk/decide").text
    press(browser, "skip", url=news[3].url, back="/desk/decide")
    assert "An urgent one" not in browser.get("/desk/decide").text
    editor = newsroom.entered().get("/desk/decide").text
    assert "/desk/act/settle" not in editor


def test_what_waits_stands_on_pages_and_every_page_leads_back_to_itself(desk, monkeypatch):  # noqa: F811
    monkeypatch.setattr(deciding, "MOST", 2)
    newsroom = desk(source=ToldSource([article(number) for number in range(1, 6)]), channels={"z": Wire("z")})
    read(newsroom)
    newsroom.do("hold", reason="look", channel="x")
    found = [ask(newsroom, "decide", page=page) for page in (1, 2, 3, 4, (1 << 63) - 1)]
    urls = [[one["story"]["url"] for one in page["waiting"]] for page in found]
    assert [len(page) for page in urls] == [2, 2, 1, 0, 0]
    assert len({url for page in urls for url in page}) == 5
    assert [(page["page"], page["is_cut"]) for page in found] == [
        *((1, True), (2, True), (3, False), (4, False), (1000, False))
    ]
    browser = newsroom.entered("Olga")
    pages = [browser.get(f"/desk/decide{asked}").text for asked in ("", "?page=2", "?page=4", "?page=x")]
    assert [re.findall(r'<a class="button quiet" href="(/desk/decide[^"]+)"', page) for page in pages] == [
        ["/desk/decide?page=2"],
        ["/desk/decide?page=1", "/desk/decide?page=3"],
        ["/desk/decide?page=3"],
        ["/desk/decide?page=2"],
    ]
    assert 'name="back" value="/desk/decide?page=2"' in pages[1]
    assert 'hx-get="/desk/decide?page=2"' in pages[1]
    assert ("Nothing waits for anybody" in pages[2], pages[2].count("None on this page.")) == (False, 2)


def misfits_of_decide(newsroom):
    return misfits(ask(newsroom, "decide"), shape("`decide`"))


def test_the_red_pen_shows_what_readers_saw_and_what_each_class_would_do(changed):
    found = ask(changed, "decide")["changed"]
    assert misfits_of_decide(changed) == []
    (one,) = found
    assert [post["channel"] for post in one["posts"]] == ["x", "y", "z"]
    assert {
        "channel": "y",
        "act": "edit",
        "is_mail": False,
        "why_not": "by its rules y leaves posts as they are",
    } in one["acts"]["correct"]
    page = changed.entered().get("/desk/decide").text
    assert "The posts stay as they are." in page
    assert "by its rules y leaves posts as they are" in page
    assert set(re.findall(r'action="/desk/act/(\w+)"', page)) == {"refile", "update", "correct", "withdraw"}


def test_saying_what_a_change_was_is_on_record_once_and_ends_the_question(changed):
    browser = changed.entered()
    assert press(browser, "update", url=article(1).url, back="/desk/decide").status_code == 303
    page = browser.get("/desk/decide").text
    assert "Readers have the words of every page" in page
    assert "<b>said to be an update</b>, <bdi>Edda</bdi> (desk)" in browser.get(page_of()).text
    again = dispatch(changed.app, "refile", {"url": article(1).url, "who": "Edda", "through": "api"})
    assert (again["is_new"], misfits(json.loads(json.dumps(again)), shape("`refile`, `update`"))) == (False, [])
    assert ask(changed, "prove", url=article(1).url)["ok"] is True
    for url, code in ((article(2).url, "not_changed"), ("https://news.example.org/none", "unknown_story")):
        with pytest.raises(CallError) as refused:
            changed.do("update", url=url)
        assert refused.value.code == code
    changed.do("withdraw", url=article(1).url, reason="wrong")
    with pytest.raises(CallError, match="withdrawn"):
        changed.do("refile", url=article(1).url)


def test_a_class_that_somebody_names_changes_the_posts_that_show_earlier_words_by_the_channels_policy(changed):
    (one,) = ask(changed, "decide")["changed"]
    effect = {"channel": "z", "act": "edit", "is_mail": False, "why_not": None}
    assert (one["acts"]["refile"], one["acts"]["update"]) == ([effect], [])
    assert "the post is changed" in changed.entered().get("/desk/decide").text
    press(changed.entered(), "refile", url=article(1).url, back="/desk/decide")
    leave(changed, "x", "y", "z")
    told = {one["channel"]: one["revision"] for one in ask(changed, "story", url=article(1).url)["deliveries"]}
    assert told == {"x": 0, "y": 0, "z": 2}
    assert ask(changed, "decide")["changed"] == []


def test_a_post_by_hand_is_looked_at_before_it_is_sent(desk):  # noqa: F811
    newsroom = desk()
    browser = newsroom.entered()
    assert "Post it" not in browser.get("/desk/compose").text
    form = {"text": f"Briefing at 11:00\r\n{EVIL}", "link": "https://news.example.org/live", "channels": ["x", "y"]}
    form |= {"at": "2026-11-24T19:00", "urgency": "2"}
    looked = browser.post("/desk/compose", data={**form, "step": "look"}, headers=OWN)
    assert looked.status_code == 200
    assert 'value="post">Post it' in looked.text
    assert looked.text.count(" characters") == 2
    assert "<script>alert" not in looked.text
    assert "<img" not in looked.text
    assert ask(newsroom, "stories")["stories"] == []
    done = browser.post("/desk/compose", data={**form, "step": "post"}, headers=OWN)
    assert done.status_code == 303
    page = browser.get(done.headers["location"]).text
    assert "posted by Edda" in page
    assert "19:00" in page
    assert "urgency 2" in page


@pytest.mark.parametrize(
    ("language", "told", "refusal"),
    [("en", "24 of 20 characters", "24 units long; 20 fit"), ("ru", "24 из 20 знаков", "длина — 24, помещается 20")],
)
def test_words_that_are_too_long_are_told_with_their_length_in_the_pages_own_language(desk, language, told, refusal):  # noqa: F811
    x = Wire("x")
    x.limits = Limits(text=20)
    newsroom = desk(channels={"x": x, "y": Wire("y")})
    browser = newsroom.entered()
    form = {"text": "Briefing at noon, or one", "channels": ["x"]}
    whole = browser.post(f"/desk/compose?lang={language}", data={**form, "step": "look"}, headers=OWN).text
    typed = browser.post(f"/desk/story/draft?lang={language}", data=form, headers=OWN | {"hx-request": "true"}).text
    for page in (whole, typed):
        assert re.search(rf'<li class="bad-line">{told}', page)
        assert "<h4><bdi>x</bdi></h4>" in page
        assert "own.txt.j2" not in page
        assert 'value="post"' not in page
    refused = browser.post(f"/desk/compose?lang={language}", data={**form, "step": "post"}, headers=OWN)
    assert (refused.status_code, refusal in refused.text, "own.txt.j2" in refused.text) == (422, True, False)
    (draft,) = ask(newsroom, "draft", channels=["x"], text=form["text"])["drafts"]
    assert (draft["length"], draft["limit"], draft["text"]) == (24, 20, "")


@pytest.mark.parametrize(("language", "told"), [("en", "is past, or more"), ("ru", "в прошлом или дальше")])
def test_a_post_by_hand_for_a_time_that_is_over_is_refused_at_the_look(desk, language, told):  # noqa: F811
    newsroom = desk()
    browser = newsroom.entered()
    form = {"text": "Briefing", "channels": "x", "at": "2025-11-24T19:00"}
    for path in ("/desk/compose", "/desk/story/draft"):
        looked = browser.post(f"{path}?lang={language}", data={**form, "step": "look"}, headers=OWN)
        assert told in looked.text
        assert 'value="post"' not in looked.text
    refused = browser.post(f"/desk/compose?lang={language}", data={**form, "step": "post"}, headers=OWN)
    assert (refused.status_code, told in refused.text) == (422, True)
    assert ask(newsroom, "stories")["stories"] == []


@pytest.mark.parametrize(
    ("who", "form", "fields", "status", "told"),
    [
        ("Vera", {"text": "x", "channels": "x"}, OWN, 403, "needs the role editor"),
        ("Edda", {"text": " ", "channels": "x"}, OWN, 422, "nothing to post"),
        ("Edda", {"text": "x"}, OWN, 422, "no channel is named"),
        ("Edda", {"text": "x", "channels": "x", "urgency": "soon"}, OWN, 422, "urgency cannot be"),
        ("Edda", {"text": "x", "channels": "x", "link": "javascript:alert(1)"}, OWN, 422, "is no address"),
        ("Edda", {"text": "x", "channels": "x"}, {"origin": "https://evil.example"}, 403, "another site"),
    ],
)
def test_a_post_that_may_not_or_cannot_be_keeps_its_form(desk, who, form, fields, status, told):  # noqa: F811
    newsroom = desk()
    refused = newsroom.entered(who).post("/desk/compose", data={**form, "step": "post"}, headers=fields)
    assert (refused.status_code, told in refused.text) == (status, True)
    assert ask(newsroom, "stories")["stories"] == []


@pytest.mark.parametrize(("error", "status"), [(StoreError("disk full"), 503), (TemplateError("a brace"), 422)])
def test_a_post_that_meets_trouble_says_so(desk, monkeypatch, error, status):  # noqa: F811
    newsroom = desk()
    browser = newsroom.entered()

    def fail(*_args, **_more):
        raise error

    monkeypatch.setattr(Acts, "run", fail)
    form = {"text": "kept words", "channels": "x", "step": "post"}
    refused = browser.post("/desk/compose", data=form, headers=OWN)
    assert (refused.status_code, "kept words" in refused.text) == (status, True)


def test_the_headline_of_a_post_by_hand_leads_to_its_own_page_and_not_to_the_story_that_it_links(desk):  # noqa: F811
    newsroom = desk(channels={"x": Wire("x"), "y": Wire("y", *[Rejected("the account may not post")] * 2)})
    read(newsroom)
    told = {"channels": ["x", "y"], "text": "Briefing at noon", "link": article(1).url}
    name = newsroom.do("post", **told)["story"]["url"]
    newsroom.do("post", **told | {"channels": ["x"], "at": (newsroom.clock.now() + timedelta(hours=2)).isoformat()})
    leave(newsroom)
    browser = newsroom.entered()
    lead = f'<a href="/desk/story?url={quote(name)}"><bdi>Briefing at noon</bdi></a>'
    for path in ("/desk", "/desk/list/failed", "/desk/handover", "/desk/queue"):
        page = browser.get(path).text
        assert lead in page, path
        assert f'{quote(article(1).url, safe="/")}"><bdi>Briefing at noon' not in page, path
    (waits,) = [one for one in ask(newsroom, "deliveries", limit=9)["deliveries"] if one["state"] == "planned"]
    assert "url=post%3A" in browser.get(f"/desk/queue/{waits['id']}").text
    assert browser.get(f"/desk/story?url={quote(name)}").status_code == 200


@pytest.mark.parametrize(("hours", "status"), [("", 200), ("24", 200), ("x", 200), ("0", 200), ("999", 422)])
def test_the_sheet_of_a_shift_is_a_page(changed, hours, status):
    changed.do("stop", reason=EVIL, channel="y")
    page = changed.entered("Vera").get(f"/desk/handover?hours={hours}")
    assert page.status_code == status
    if status == 200:
        assert "Hand-over sheet" in page.text
        assert "Stopped:" in page.text
        assert "posts: 2" in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_feeds_and_editors_write_is_inert_on_every_page_of_a_story(desk, language):  # noqa: F811
    first = article(1, headline=EVIL, body=EVIL, summary=EVIL, byline=EVIL, ednote=EVIL, categories=(EVIL,))
    later = replace(first, body=f"{EVIL} and more", correction=EVIL)
    newsroom = desk(source=ToldSource([first, article(2)], [later, article(2)]), channels={"x": Wire("x")})
    read(newsroom)
    leave(newsroom)
    newsroom.clock.advance(700)
    read(newsroom)
    newsroom.do("correct", url=first.url, note=EVIL)
    newsroom.do("withdraw", url=first.url, reason=EVIL)
    browser = newsroom.entered()
    paths = (page_of(), "/desk/story", "/desk/decide", "/desk/handover", f"/desk/story?words={quote(EVIL)}")
    for path in paths:
        page = browser.get(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.status_code == 200
        assert page.text.count("<script") == 1
        assert "<img" not in page.text
        assert "unsafe" not in page.headers["content-security-policy"]


def test_what_an_event_says_is_told_in_words():
    assert said("held: wait (through desk)") == ("held: wait", "desk")
    assert said('{"revision": 2, "note": "It was Friday.", "through": "api"}') == ("It was Friday.", "api")
    assert said('{"hash": "00"}') == ("", "")
    assert said("{no json") == ("{no json", "")


def test_the_red_pen_tells_how_many_were_mailed_other_words_and_what_they_would_get(desk):  # noqa: F811
    first = article(1)
    told = [[first], [replace(first, byline="By somebody else")], [replace(first, summary="Other words.")]]
    newsroom = desk(source=ToldSource(*told), channels={"mail": Post("mail")})
    for number in range(3):
        newsroom.app.store.subscribers.subscribe(f"r{number}@example.org", ["morning"], now=newsroom.clock.now())
    read(newsroom)
    newsroom.clock.at = newsroom.app.digesters["morning"].next_slot(newsroom.clock.now())
    newsroom.app.digesters["morning"].run_due(newsroom.clock.now())
    leave(newsroom, "mail")
    newsroom.clock.advance(700)
    read(newsroom)
    assert ask(newsroom, "decide")["changed"] == [], "a byline is no words"
    newsroom.clock.advance(700)
    read(newsroom)
    (one,) = ask(newsroom, "decide")["changed"]
    assert misfits_of_decide(newsroom) == []
    assert [(mail["digest"], mail["readers"], mail["revision"]) for mail in one["mails"]] == [("morning", 3, 0)]
    assert {"channel": "mail", "act": "reply", "is_mail": True, "why_not": None} in one["acts"]["correct"]
    page = newsroom.entered().get("/desk/decide").text
    assert "3 readers" in page
    assert "a mail to those who were mailed it" in page
