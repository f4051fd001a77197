"""The desk: who comes in and who does not, what the API gives to whom, and the first page."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from distributor.calls import CALLS, dispatch
from distributor.errors import CallError, FetchError, Rejected, StoreError, TemplateError, Unauthorized, UnknownOutcome
from distributor.flows.enter import IDLE, LONGEST, Entering
from distributor.keys import passwords
from distributor.model.people import Caller, Role
from distributor.rules.people.access import BY_ROLE
from distributor.store.desk.logins import Logins
from distributor.store.desk.people import People
from distributor.web.desk.acts import Acts, typed
from distributor.web.desk.api import Api
from distributor.web.desk.arguments import arguments
from distributor.web.desk.gate import Gate
from distributor.web.desk.origin import Origin
from distributor.web.opening import desk_routes
from distributor.web.site import make_site
from tests.apps import CONFIG, told_app
from tests.support import HandClock, ToldChannel, ToldSource, article

HERE = "http://127.0.0.1:8464"
PASSWORD = "a long and quiet river"
OWN = {"sec-fetch-site": "same-origin", "origin": HERE}
DESK = """\
[desk]
name = "Northern Wire"
zone = "Europe/Minsk"
"""


class Desk:
    """A newsroom whose desk a browser and a program ask."""

    def __init__(self, folder, more="", **how):
        self.clock = HandClock()
        self.app = told_app(folder, clock=self.clock, config=CONFIG + DESK + more, **how)
        for name, role in (("Vera", "viewer"), ("Edda", "editor"), ("Olga", "operator")):
            self.do("user_add", name=name, role=role, password=PASSWORD)

    def do(self, call, **args):
        return dispatch(self.app, call, {"who": "root", "through": "command line", **args})

    def browser(self, base=HERE, peer="203.0.113.9"):
        site = make_site(desk_routes(self.app, lambda name, args: dispatch(self.app, name, args)))
        return TestClient(site, follow_redirects=False, base_url=base, client=(peer, 5))

    def entered(self, name="Edda", **fields):
        browser = self.browser()
        assert login(browser, name, **fields).status_code == 303
        return browser

    def token(self, scope):
        return {"authorization": f"Bearer {self.do('token_add', name=f'cms {scope}', scope=scope)['token']}"}

    def events(self):
        return [(row["actor"], row["kind"], row["detail"]) for row in self.app.store.deliveries.events(50)]


def login(browser, name="Edda", password=PASSWORD, onward="/desk", **fields):
    told = {"name": name, "password": password, "next": onward}
    return browser.post("/desk/login", data=told, headers=OWN | fields)


def ask(browser, call, args=None, **fields):
    return browser.post(f"/api/v1/calls/{call}", json=args or {}, headers=fields)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Passwords at the least cost: what it costs is in them, so the shipped comparison reads it."""
    monkeypatch.setattr(passwords, "USUAL", cheapest := passwords.Cost(memory=8, passes=1))
    monkeypatch.setattr(passwords.lock_up, "__defaults__", (cheapest,))


@pytest.fixture
def desk(tmp_path):
    opened = []

    def make(more="", **how):
        opened.append(Desk(tmp_path, more, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()


def test_who_logs_in_is_in_until_they_log_out_and_both_are_on_record(desk):
    newsroom = desk()
    browser = newsroom.browser()
    asked = browser.get("/desk")
    assert (asked.status_code, asked.headers["location"]) == (303, "/desk/login?next=/desk")
    entered = login(browser, onward="/desk/list/held")
    assert (entered.status_code, entered.headers["location"]) == (303, "/desk/list/held")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert "Edda" in browser.get("/desk").text
    assert browser.get("/desk/login").headers["location"] == "/desk"
    session = browser.cookies["distributor"]
    assert browser.post("/desk/logout", headers=OWN).headers["location"] == "/desk/login"
    browser.cookies.set("distributor", session)
    assert browser.get("/desk").status_code == 303
    assert newsroom.events()[:2] == [
        ("Edda", "logged out", "(through desk)"),
        ("Edda", "logged in", "from 203.0.113.0/24 (through desk)"),
    ]


def test_the_store_holds_no_password_session_or_token(desk):
    newsroom = desk()
    token = newsroom.token("read")["authorization"].removeprefix("Bearer ")
    session = newsroom.entered().cookies["distributor"]
    everything = b"".join(path.read_bytes() for path in newsroom.app.store.folder.glob("distributor.sqlite3*"))
    assert b"$argon2id$" in everything
    for secret in (PASSWORD, session, token, token.removeprefix("distributor_")):
        assert secret.encode() not in everything


def test_a_stranger_and_a_wrong_password_get_the_same_answer_and_the_same_work(desk, monkeypatch):
    newsroom, compared = desk(), []
    fits = passwords.fits

    def noted(given, kept):
        compared.append(kept)
        return fits(given, kept)

    monkeypatch.setattr("distributor.flows.enter.fits", noted)
    answers = [login(newsroom.browser(), name, word) for name, word in (
        ("Edda", "wrong wrong wrong"), ("Nobody", "wrong wrong wrong"), ("Edda", "short"), ("\x00" * 9, PASSWORD),
    )]  # fmt: skip
    texts = {re.sub(r'name="name" value="[^"]*"', "", one.text) for one in answers}
    assert {one.status_code for one in answers} == {401}
    assert len(texts) == 1
    assert all("set-cookie" not in one.headers for one in answers)
    assert len(compared) == 4
    assert all(kept.startswith("$argon2id$v=19$m=8,t=1,p=1$") for kept in compared)


def test_a_name_is_slowed_down_after_five_failures_whether_it_has_an_account_or_not(desk):
    newsroom = desk()
    for name in ("Edda", "Nobody"):
        browser = newsroom.browser()
        assert [login(browser, name, "wrong wrong wrong").status_code for _ in range(6)] == [401] * 5 + [429]
        refused = login(browser, name, PASSWORD)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
        assert "The next one counts in 1 min" in refused.text
    elsewhere = newsroom.browser(peer="198.51.100.7")
    assert login(elsewhere, "Edda").status_code == 303
    newsroom.clock.advance(31)
    assert login(newsroom.browser(), "Edda").status_code == 303


def test_the_count_of_failures_outlives_a_restart(desk):
    newsroom = desk()
    for _ in range(5):
        login(newsroom.browser(), "Edda", "wrong wrong wrong")
    assert login(newsroom.browser(), "Edda").status_code == 429, "a new server knows what the one before counted"


def test_a_session_ends_when_idle_when_old_and_with_its_password(desk):
    newsroom = desk()
    browser = newsroom.entered()
    for _ in range(int(LONGEST / IDLE)):
        newsroom.clock.advance(IDLE.total_seconds() - 1)
        assert browser.get("/desk").status_code == 200
    newsroom.clock.advance(IDLE.total_seconds() - 1)
    assert browser.get("/desk").status_code == 303, "a week is the longest"
    browser = newsroom.entered()
    newsroom.clock.advance(IDLE.total_seconds())
    assert browser.get("/desk").status_code == 303
    browser = newsroom.entered()
    newsroom.do("user_password", name="edda", password="another long river")
    assert browser.get("/desk").status_code == 303
    assert login(newsroom.browser()).status_code == 401
    assert login(newsroom.browser(), password="another long river").status_code == 303


def test_a_role_counts_from_the_next_click_and_a_removed_account_is_out(desk):
    newsroom = desk()
    browser = newsroom.entered("Vera")
    stopping = {"reason": "wrong", "everything": True}
    assert ask(browser, "stop", stopping, **OWN).status_code == 403
    newsroom.do("user_role", name="Vera", role="editor")
    assert ask(browser, "stop", stopping, **OWN).json()["result"]["stop"]["who"] == "Vera"
    newsroom.do("user_remove", name="Vera")
    assert ask(browser, "status", **OWN).status_code == 401


@pytest.mark.parametrize(
    ("fields", "is_heard"),
    [
        (OWN, True),
        ({"origin": HERE}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({}, False),
        ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, False),
        ({"sec-fetch-site": "same-site", "origin": HERE}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://127.0.0.1:8465"}, False),
    ],
)
def test_only_our_own_pages_change_anything_in_somebodys_name(desk, fields, is_heard):
    newsroom = desk()
    browser = newsroom.entered()
    found = ask(browser, "stop", {"reason": "wrong", "everything": True}, **fields)
    assert found.status_code == (200 if is_heard else 403)
    assert len(newsroom.app.store.stops.in_force(newsroom.clock.now())) == int(is_heard)
    left = browser.post("/desk/logout", headers=fields)
    assert left.status_code == (303 if is_heard else 403)
    stranger = newsroom.browser().post("/desk/login", data={"name": "Edda", "password": PASSWORD}, headers=fields)
    assert stranger.status_code == (303 if is_heard else 403)


def test_a_token_acts_within_its_scope_under_its_own_name(desk):
    newsroom = desk()
    browser, stopping = newsroom.browser(), {"reason": "wrong", "everything": True}
    read, act, operate = (newsroom.token(scope) for scope in ("read", "act", "operate"))
    assert ask(browser, "status", **read).json()["ok"] is True
    assert ask(browser, "stop", stopping, **read).json()["error"]["code"] == "not_allowed"
    assert ask(browser, "stop", stopping, **act).json()["result"]["stop"]["through"] == "api"
    assert next(detail for actor, _, detail in newsroom.events() if actor == "cms act").endswith("(through api)")
    assert ask(browser, "subscribe", {"address": "r@example.org", "topics": ["morning"]}, **act).status_code == 403
    done = ask(browser, "subscribe", {"address": "r@example.org", "topics": ["morning"]}, **operate)
    assert done.status_code == 200
    assert newsroom.events()[0] == ("cms operate", "called", "subscribe (through api)")
    newsroom.do("token_remove", name="cms read")
    refused = ask(browser, "status", **read)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


def test_nobody_says_for_themselves_who_they_are(desk):
    newsroom = desk()
    browser = newsroom.entered()
    for name in ("who", "through"):
        found = ask(browser, "stop", {"reason": "x", "everything": True, name: "Olga"}, **OWN)
        assert (found.status_code, found.json()["error"]["code"]) == (422, "bad_arguments")


@pytest.mark.parametrize(
    ("call", "body", "fields", "status", "code"),
    [
        ("status", b"{", {}, 400, "bad_request"),
        ("status", b"[" * 100_000, {}, 400, "bad_request"),
        ("status", b"[]", {}, 400, "bad_request"),
        ("status", b"{}", {"content-type": "text/plain"}, 415, "not_json"),
        ("status", b"{}", {"content-length": str((1 << 20) + 1)}, 413, "body_too_long"),
        ("status", b"{}", {"authorization": "Bearer distributor_wrong"}, 401, "not_known"),
        ("status", b"{}", {"authorization": "Basic eDp5"}, 401, "not_known"),
        ("nothing", b"{}", {}, 404, "unknown_call"),
        ("user_add", b'{"name": "Eve", "role": "operator", "password": "x"}', {}, 403, "not_allowed"),
        ("take_over", b"{}", {}, 403, "not_allowed"),
        ("backup", b'{"to": "/tmp"}', {}, 403, "not_allowed"),
        ("where", b'{"url": "https://news.example.org/none"}', {}, 404, "unknown_story"),
        ("where", b'{"url": "\\ud800"}', {}, 422, "bad_arguments"),
        ("where", b"{}", {}, 422, "bad_arguments"),
        ("deliveries", b'{"limit": 1001}', {}, 422, "bad_arguments"),
        ("deliveries", b'{"limit": true}', {}, 422, "bad_arguments"),
        ("deliveries", b'{"nothing": 1}', {}, 422, "bad_arguments"),
        ("approve", b'{"url": "https://news.example.org/politics/story-1/"}', {}, 409, "nothing_to_approve"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(desk, call, body, fields, status, code):
    newsroom = desk()
    newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())
    fields = {"content-type": "application/json", **newsroom.token("operate"), **fields}
    found = newsroom.browser().post(f"/api/v1/calls/{call}", content=body, headers=fields)
    assert (found.status_code, found.json()["ok"], found.json()["error"]["code"]) == (status, False, code)


def test_a_body_that_does_not_come_is_refused_as_everything_is(desk, monkeypatch):
    async def late(request, most):
        raise HTTPException(408, "the body did not come in time")

    monkeypatch.setattr("distributor.web.desk.api.read_body", late)
    newsroom = desk()
    found = ask(newsroom.browser(), "status", **newsroom.token("read"))
    assert (found.status_code, found.json()["ok"], found.json()["error"]["code"]) == (408, False, "body_too_late")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (StoreError("the disk is full"), 503, "the store cannot be written or read now"),
        (TemplateError("a.txt.j2:1: no"), 422, "a.txt.j2:1: no"),
    ],
)
def test_a_failure_below_is_told_in_words_and_is_the_askers_only_where_it_is(desk, error, status, message):
    def broken(name, args):
        raise error

    newsroom = desk()
    browser = TestClient(make_site(desk_routes(newsroom.app, broken)), base_url=HERE)
    found = ask(browser, "status", **newsroom.token("read"))
    assert (found.status_code, found.json()["error"]["message"]) == (status, message)


TEXTS = st.one_of(
    st.sampled_from(
        ["x", "morning", "politics", "held", "2026-11-24", "2026-11-24T12:00+03:00", article(1).url, "9" * 400]
    ),
    st.text(max_size=12),
)
NUMBERS = st.one_of(st.sampled_from([1, 2, 50, 1000, 10**6, 2**62, 2**63 - 1]), st.integers(-2, 9))
VALUES = st.one_of(st.none(), st.booleans(), TEXTS, NUMBERS, st.floats(), st.lists(NUMBERS, max_size=2))


def test_no_argument_brings_a_call_that_looks_to_its_knees(desk):
    newsroom = desk()
    newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())
    entering = Entering(newsroom.app.store.people, newsroom.app.store.logins, newsroom.clock)
    people, clock = newsroom.app.store.people, newsroom.clock
    acts = Acts(lambda name, args: dispatch(newsroom.app, name, args), people, clock.now)
    api = Api(Gate(entering, Origin(None, ())), acts)
    viewer = Caller(name="Vera", role=Role.VIEWER, through="api")

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(BY_ROLE[Role.VIEWER])), st.data())
    def asked(name, data):
        names = sorted(arguments(CALLS[name]))
        args = {key: data.draw(VALUES, key) for key in names if data.draw(st.booleans(), f"with {key}")}
        body = json.dumps(args).encode()
        assert api._taken(viewer, name, body).status_code in (200, 403, 404, 409, 422), (name, args)

    asked()


def test_the_document_of_the_api_describes_what_is_there_and_needs_somebody_known(desk):
    newsroom = desk()
    browser = newsroom.browser()
    assert browser.get("/api/v1/openapi.json").status_code == 401
    told = browser.get("/api/v1/openapi.json", headers=newsroom.token("read")).json()
    assert told["openapi"] == "3.1.0"
    assert set(told["paths"]) == {f"/calls/{name}" for role in Role for name in BY_ROLE[role]} | {"/receipt"}
    stop, _backup = (
        told["paths"][f"/calls/{name}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        for name in ("stop", "backup")
    )
    assert stop["required"] == ["reason"]
    assert (stop["properties"]["channel"]["type"], stop["properties"]["channel"]["default"]) == (
        ["string", "null"],
        None,
    )
    assert "who" not in stop["properties"]
    assert (
        "to"
        not in told["paths"]["/calls/backup"]["post"]["requestBody"]["content"]["application/json"]["schema"][
            "properties"
        ]
    )


def test_proxies_are_believed_only_where_they_are_configured(desk):
    newsroom = desk('[web]\npublic = "http://desk.example.org"\nproxies = ["10.0.0.0/8"]\n')
    told = {"x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.7, 10.0.0.2"}
    own = {"origin": "https://desk.example.org"}
    behind = newsroom.browser("http://desk.example.org", peer="10.0.0.1")
    entered = login(behind, **told, **own)
    cookie = entered.headers["set-cookie"]
    assert entered.status_code == 303
    assert cookie.startswith("__Host-distributor=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert entered.headers["strict-transport-security"] == "max-age=31536000"
    assert newsroom.events()[0][2] == "from 198.51.100.0/24 (through desk)"
    stranger = newsroom.browser("http://desk.example.org")
    assert login(stranger, **told, **own).status_code == 403, "a stranger's word about the scheme is nothing"
    assert login(stranger, **told, origin="http://desk.example.org").status_code == 303
    assert newsroom.events()[0][2] == "from 203.0.113.0/24 (through desk)"


def test_sessions_are_secure_where_the_world_comes_by_https(desk):
    newsroom = desk('[web]\npublic = "https://desk.example.org/"\n')
    entered = login(newsroom.browser(), origin="https://desk.example.org")
    assert "Secure" in entered.headers["set-cookie"]


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example/", "//evil.example", "/desk/..//evil", "/r/subscribe", "/desk\\x", "/desk/login"],
)
def test_a_login_leads_nowhere_but_to_the_desk(desk, onward):
    assert login(desk().browser(), onward=onward).headers["location"] == "/desk"


def test_the_first_page_tells_what_went_out_what_will_and_what_needs_somebody(desk):
    newsroom = desk(source=ToldSource([article(1), article(2)]))
    newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())
    while newsroom.app.deliverers["x"].run_once():
        continue
    newsroom.do("hold", reason="wait for the minister", url=article(2).url, channel="y")
    page = newsroom.entered("Vera").get("/desk")
    assert page.status_code == 200
    assert "24 November 2026, 15:00 (Europe/Minsk)" in page.text
    assert page.text.count("Headline number 1") == 2, "sent on x, and due on y"
    assert re.search(r'href="/desk/list/held" class="waits"><b>1</b>', page.text)
    assert "<section" in page.text
    assert "morning" in page.text
    held = newsroom.entered("Vera").get("/desk/list/held")
    assert "Headline number 2" in held.text
    assert "wait for the minister" in held.text


@pytest.mark.parametrize("name", ["unknown", "failed", "held", "alerts"])
def test_each_number_leads_to_its_list_in_both_languages(desk, name):
    x = ToldChannel("x", Rejected("too long"), UnknownOutcome("no answer"))
    y = ToldChannel("y", Unauthorized("the token is wrong"))
    feed = ToldSource([article(n) for n in range(1, 12)], FetchError("the server is gone"))
    newsroom = desk(channels={"x": x, "y": y}, source=feed)
    for _ in range(2):
        newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())
    for channel in ("x", "y"):
        while newsroom.app.deliverers[channel].run_once():
            continue
    newsroom.app.store.alerts.raise_alert("disk", "the disk is full", hint="make room", now=newsroom.clock.now())
    newsroom.do("stop", reason="wait", channel="y", until="2026-11-25T12:00+03:00")
    assert 'class="calls"' in newsroom.entered("Vera").get("/desk").text
    browser = newsroom.entered("Vera")
    english, russian = browser.get(f"/desk/list/{name}"), browser.get(f"/desk/list/{name}?lang=ru")
    assert (english.status_code, russian.headers["content-language"]) == (200, "ru")
    assert "Europe/Minsk" in english.text
    assert "Сейчас" in russian.text
    assert "Сейчас" in browser.get("/desk").text, "the language that was chosen stays"
    assert browser.get("/desk/list/none").status_code == 404


@pytest.mark.parametrize("path", ["nothing", "list/held/more", "act/hold", "story/none", "<script>alert(1)</script>"])
def test_an_address_below_the_desk_where_nothing_stands_has_a_page_that_says_so(desk, path):
    newsroom = desk()
    asked = newsroom.browser().get(f"/desk/{path}")
    assert (asked.status_code, asked.headers["location"][:12]) == (303, "/desk/login?")
    browser = newsroom.entered()
    lost = browser.get(f"/desk/{path}")
    assert (lost.status_code, "There is no such page" in lost.text, "<script>alert" in lost.text) == (404, True, False)
    assert "default-src 'none'" in lost.headers["content-security-policy"]
    assert "Такой страницы нет" in browser.get(f"/desk/{path}?lang=ru").text


@pytest.mark.parametrize(
    ("path", "onward"),
    [("/desk/queue/?day=2026-11-24", "/desk/queue?day=2026-11-24"), ("/desk//evil.example/", "/desk")],
)
def test_a_stroke_at_the_end_of_an_address_leads_to_the_page_without_it(desk, path, onward):
    led = desk().entered().get(path)
    assert (led.status_code, led.headers["location"]) == (303, onward)


def test_what_feeds_and_editors_write_is_inert_on_every_page(desk):
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    newsroom = desk(
        source=ToldSource([article(1, headline=evil, url="https://news.example.org/politics/'\"><script>/")])
    )
    newsroom.app.ingesters["politics"].run_once(newsroom.clock.now())
    newsroom.do("user_add", name="Eve <script>", role="viewer", password=PASSWORD)
    newsroom.do("hold", reason=evil, channel="y")
    newsroom.app.store.alerts.raise_alert("disk", evil, hint=evil, now=newsroom.clock.now())
    browser = newsroom.entered("Eve <script>")
    for path in ("/desk", "/desk/list/held", "/desk/list/alerts"):
        page = browser.get(path)
        assert re.findall("<script[^>]*>", page.text) == [f'<script src="{script_of(page)}" defer>']
        assert "<img" not in page.text
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; ")
        assert "unsafe" not in policy
    wrong = login(newsroom.browser(), evil)
    assert wrong.text.count("<script") == 1


def script_of(page):
    (found,) = re.findall(r'<script src="(/desk/script-[0-9a-f]{16}\.js)" defer>', page.text)
    return found


def test_pages_are_guarded_light_and_kept_by_nobody(desk):
    newsroom = desk()
    browser = newsroom.entered()
    page = browser.get("/desk")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "same-origin"
    (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
    style = browser.get(sheet)
    assert style.headers["content-type"].startswith("text/css")
    assert "immutable" in style.headers["cache-control"]
    script = browser.get(script_of(page))
    assert script.headers["content-type"].startswith("text/javascript")
    assert len(page.content) + len(style.content) + len(script.content) < 150_000
    assert re.findall(r'(?:src|href)="(?!/|https://news\.example\.org/)[^#]', page.text) == []
    assert browser.get("/desk/").headers["location"] == "/desk"


def test_a_button_acts_in_the_name_of_who_presses_it_and_leads_back(desk):
    newsroom = desk()
    browser = newsroom.entered()
    pressed = {"reason": "an election", "channel": "", "everything": "on", "back": "/desk/stop?lang=en"}
    done = browser.post("/desk/act/stop", data=pressed, headers=OWN)
    assert (done.status_code, done.headers["location"]) == (303, "/desk/stop?lang=en&did=stop")
    page = browser.get("/desk/stop?did=stop").text
    assert "an election" in page
    assert "Edda" in page
    assert "Done, and on record." in page
    plain = browser.post("/desk/act/stop", data={**pressed, "back": "https://elsewhere.example/"}, headers=OWN)
    assert plain.headers["location"] == "/desk?did=stop"


@pytest.mark.parametrize(
    ("who", "call", "form", "fields", "status", "told"),
    [
        ("Vera", "stop", {"reason": "x"}, OWN, 403, "needs the role editor"),
        ("Edda", "user_add", {"name": "x"}, OWN, 403, "own command line"),
        ("Edda", "settle", {"ids": "1", "drop": "on"}, OWN, 403, "needs the role chief"),
        ("Edda", "deliveries", {"limit": "<b>"}, OWN, 422, "limit cannot be &#39;&lt;b&gt;&#39;"),
        ("Edda", "send_now", {"url": f"{HERE}/<i>"}, OWN, 404, "no story is known by the address"),
        ("Edda", "nothing", {}, OWN, 404, "there is no call"),
        ("Edda", "stop", {"reason": "x", "by": "Olga"}, OWN, 422, "takes no"),
        ("Edda", "stop", {"reason": "x"}, {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, 403, ""),
    ],
)
def test_a_button_that_may_not_or_cannot_says_why(desk, who, call, form, fields, status, told):
    newsroom = desk()
    refused = newsroom.entered(who).post(f"/desk/act/{call}", data={**form, "back": "/desk"}, headers=fields)
    assert refused.status_code == status
    assert told in refused.text
    assert dispatch(newsroom.app, "stops", {})["stops"] == []


def test_a_button_of_nobody_known_leads_to_the_login(desk):
    asked = desk().browser().post("/desk/act/stop", data={"reason": "x"}, headers=OWN)
    assert (asked.status_code, asked.headers["location"]) == (303, "/desk/login?next=/desk/act/stop")


@pytest.mark.parametrize(("error", "status"), [(StoreError("disk full"), 503), (TemplateError("a brace"), 422)])
def test_a_button_that_meets_trouble_says_so(desk, monkeypatch, error, status):
    newsroom = desk()
    browser = newsroom.entered()

    def fail(*_args, **_more):
        raise error

    monkeypatch.setattr(Acts, "run", fail)
    assert browser.post("/desk/act/stop", data={"reason": "x"}, headers=OWN).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "back"),
    [
        ("GET", "/desk/login?next=/desk/queue", "/desk"),
        ("POST", "/desk/login", "/desk"),
        ("POST", "/desk/logout", "/desk"),
        ("GET", "/desk/queue?day=2026-11-25", "/desk/queue?day=2026-11-25"),
        ("POST", "/desk/act/stop", "/desk"),
    ],
)
def test_a_page_that_meets_a_store_that_fails_says_so_and_leads_back(desk, monkeypatch, method, path, back, caplog):
    newsroom = desk()
    browser = newsroom.entered()

    def fail(*_args, **_more):
        raise StoreError("the disk is full")

    monkeypatch.setattr(People, "whose", fail)
    monkeypatch.setattr(Logins, "knock", fail)
    data = {"name": "Edda", "password": PASSWORD, "reason": "x"} if method == "POST" else None
    found = browser.request(method, path, data=data, headers=OWN)
    assert found.status_code == 503
    assert "The store cannot be written or read now" in found.text
    assert f'href="{back}">Back' in found.text
    assert "disk" not in found.text
    assert "the disk is full" in caplog.text


def test_a_call_that_meets_a_store_that_fails_is_a_page_that_says_so(desk):
    newsroom = desk()
    browser = newsroom.entered()

    def broken(name, args):
        raise StoreError("the disk is full")

    other = TestClient(make_site(desk_routes(newsroom.app, broken)), base_url=HERE, cookies=browser.cookies)
    found = other.get("/desk/decide")
    assert (found.status_code, "The store cannot be written or read now" in found.text) == (503, True)


def test_the_fields_of_a_form_become_the_arguments_of_the_call():
    assert typed("deliveries", {"limit": ["7"], "state": ["sent", "x"], "odd": ["1"]}) == {
        "limit": 7,
        "state": "sent",
        "odd": "1",
    }
    assert typed("post", {"channels": ["a", "", "b"], "text": ["x"]}) == {"channels": ["a", "b"], "text": "x"}
    assert typed("preview", {"pictures": ["on"]}) == {"pictures": True}


def test_without_the_desk_there_is_no_door(desk):
    assert desk_routes(desk("[web]\ndesk = false\n").app, lambda name, args: {}) == ()


def test_accounts_and_tokens_are_refused_in_words_that_show_no_secret(desk):
    newsroom = desk()
    for call, args, code in (
        ("user_add", {"name": "EDDA", "role": "viewer", "password": PASSWORD}, "name_taken"),
        ("user_add", {"name": " ", "role": "viewer", "password": PASSWORD}, "bad_name"),
        ("user_add", {"name": "New", "role": "king", "password": PASSWORD}, "unknown_role"),
        ("user_add", {"name": "New", "role": "viewer", "password": "short"}, "bad_password"),
        ("user_role", {"name": "Nobody", "role": "viewer"}, "unknown_user"),
        ("user_password", {"name": "Nobody", "password": PASSWORD}, "unknown_user"),
        ("user_password", {"name": "Edda", "password": 12345678901}, "bad_arguments"),
        ("user_remove", {"name": "Nobody"}, "unknown_user"),
        ("token_add", {"name": "a", "scope": "all"}, "unknown_scope"),
        ("token_remove", {"name": "a"}, "unknown_token"),
    ):
        with pytest.raises(CallError) as refused:
            newsroom.do(call, **args)
        assert refused.value.code == code
        told = f"{refused.value} {refused.value.hint}"
        assert PASSWORD not in told
        assert "12345678901" not in told
        assert "short" not in told
    newsroom.do("token_add", name="a", scope="read")
    with pytest.raises(CallError, match="a has a token"):
        newsroom.do("token_add", name="a", scope="read")
    assert [one["name"] for one in dispatch(newsroom.app, "users", {})["users"]] == ["Edda", "Olga", "Vera"]
    assert [one["scope"] for one in dispatch(newsroom.app, "tokens", {})["tokens"]] == ["read"]
