"""Logging in at the desk by an OpenID provider: the loopback one, which lies in every way that is known."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from threading import Barrier, Thread
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

import pytest
from starlette.testclient import TestClient

from distributor.calls import dispatch
from distributor.errors import StoreError
from distributor.sandbox.accounts import OPENID_CLIENT, OPENID_SECRET
from distributor.sandbox.client import Running, start
from distributor.sandbox.openid import ANNA, ANSWERS, CLAIMS, OWN, SIGNATURES
from distributor.store.desk.logins import Logins
from distributor.trying import check_all
from distributor.web.opening import desk_routes
from distributor.web.site import make_site
from tests.flow.test_desk import HERE, PASSWORD, Desk, cheap, login  # noqa: F401 - a fixture
from tests.flow.test_desk import OWN as OURS

BEGIN, BACK = "/desk/login/openid", "/desk/login/openid/back"
EMAIL = ANNA["email"]


class Stay(HTTPRedirectHandler):
    """A browser that looks where it is led, and does not go."""

    def redirect_request(self, *_args, **_more):
        return None


opener = build_opener(ProxyHandler({}), Stay())


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Running]:
    with start(tmp_path_factory.mktemp("openid"), only=["openid"]) as running:
        yield running


@pytest.fixture
def provider(server):
    server.reset("openid")
    server.clear_faults("openid")
    return server


class Wired(Desk):
    """A newsroom whose desk knows the provider."""

    def __init__(self, folder, provider, *, more="", public=HERE, secret=f'client_secret = "{OPENID_SECRET}"\n'):
        self.provider, self.strangers = provider, 0
        url = provider.urls["openid"]
        oidc = f'[oidc]\nissuer = "{url}"\nclient_id = "{OPENID_CLIENT}"\nlabel = "Wire ID"\n{secret}{more}'
        web = f'[web]\nlisten = "127.0.0.1:8464"\npublic = "{public}"\n'
        super().__init__(folder, f'{web}[net]\nallow = ["{url.removeprefix("http://")}"]\n{oidc}')
        self.clock.at = datetime.fromisoformat(provider.control("openid", "clock")["now"])
        self.do("user_add", name=EMAIL, role="editor", password=PASSWORD)

    @cached_property
    def site(self):
        return make_site(desk_routes(self.app, lambda name, args: dispatch(self.app, name, args)))

    def browser(self, base=HERE, peer="203.0.113.9"):
        """One more browser at the same running desk."""
        return TestClient(self.site, follow_redirects=False, base_url=base, client=(peer, 5))

    def stranger(self):
        """Somebody of another network, at a desk that was started anew."""
        self.__dict__.pop("site", None)
        self.strangers += 1
        return self.browser(peer=f"198.51.{self.strangers}.1")

    def lie(self, *lies, **more):
        self.provider.control("openid", "config", {"lies": lies, **more})

    def tried(self, browser, onward="/desk", change=lambda answer: answer):
        """A whole login in a browser: the answer to its last step."""
        begun = browser.get(BEGIN, params={"next": onward})
        if begun.headers["location"].startswith("/"):
            return begun
        back = led(begun.headers["location"])
        answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        return browser.get(BACK, params=change(answer))


def led(url):
    """Where the provider leads the browser."""
    with pytest.raises(HTTPError) as found:
        opener.open(url)
    with found.value as answer:
        assert answer.code == 302
        return answer.headers["location"]


def why(response):
    """The reason of a login that let nobody in."""
    assert response.status_code == 303
    assert response.cookies.get("distributor") is None
    found = urlsplit(response.headers["location"])
    assert found.path == "/desk/login"
    return parse_qs(found.query)["failed"][0]


@pytest.fixture
def desk(tmp_path, provider):
    opened = []

    def make(**how):
        opened.append(Wired(tmp_path, provider, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.app.close()


def test_whom_the_provider_vouches_for_is_in_under_their_account_and_both_ends_are_on_record(desk):
    newsroom = desk()
    browser = newsroom.browser()
    page = browser.get("/desk/login?next=/desk/list/held").text
    assert f'href="{HERE}{BEGIN}?next=%2Fdesk%2Flist%2Fheld"' in page
    assert "Log in with Wire ID" in page
    entered = newsroom.tried(browser, "/desk/list/held")
    assert (entered.status_code, entered.headers["location"]) == (303, "/desk/list/held")
    (session,) = [one for one in entered.headers.get_list("set-cookie") if one.startswith("distributor=")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert f"{EMAIL}</bdi>, editor" in browser.get("/desk").text
    assert browser.post("/desk/logout", headers=OURS).headers["location"] == "/desk/login"
    assert browser.get("/desk").status_code == 303
    issuer = newsroom.provider.urls["openid"]
    assert newsroom.events()[:3] == [
        (EMAIL, "logged out", "(through desk)"),
        (EMAIL, "logged in", f"by {issuer} from 203.0.113.0/24 (through desk)"),
        (EMAIL, "user bound", f"to {issuer} (through desk)"),
    ]
    newsroom.tried(browser)
    assert [kind for _, kind, _ in newsroom.events()][:2] == ["logged in", "logged out"], "bound once"


def test_a_store_that_fails_on_the_way_back_is_told_so_and_lets_nobody_in(desk, monkeypatch):
    newsroom = desk()

    def fail(*_args, **_more):
        raise StoreError("disk full")

    monkeypatch.setattr(Logins, "knock", fail)
    found = newsroom.tried(newsroom.browser())
    assert (found.status_code, "The store cannot be written or read now" in found.text) == (503, True)
    assert 'href="/desk">Back' in found.text
    assert found.cookies.get("distributor") is None


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_it_is_the_client_as_the_provider_wants_it(desk, method):
    newsroom = desk(secret="") if method == "none" else desk()
    newsroom.lie(method=method)
    assert newsroom.tried(newsroom.browser()).headers["location"] == "/desk"


def test_what_leaves_is_a_code_flow_with_everything_that_binds_it(desk):
    newsroom = desk()
    begun = newsroom.browser("http://elsewhere.example").get(BEGIN)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert (asked["response_type"], asked["client_id"], asked["scope"]) == ("code", OPENID_CLIENT, "openid email")
    assert asked["redirect_uri"] == f"{HERE}{BACK}", "by what is configured, whatever host was asked"
    assert asked["code_challenge_method"] == "S256"
    assert {len(asked[name]) for name in ("state", "nonce", "code_challenge")} == {43}
    assert len({asked[name] for name in ("state", "nonce", "code_challenge")}) == 3
    cookie = begun.headers["set-cookie"]
    for told in ("distributor-login=", "HttpOnly", "Max-Age=600", "SameSite=lax", "Path=/"):
        assert told in cookie
    assert "Secure" not in cookie
    again = newsroom.browser().get(BEGIN).headers["location"]
    assert parse_qs(urlsplit(again).query)["state"][0] != asked["state"]


def test_by_https_the_ticket_is_held_by_https_alone(desk):
    newsroom = desk(public="https://desk.example.org")
    begun = newsroom.browser("https://desk.example.org").get(BEGIN)
    assert begun.headers["set-cookie"].startswith("__Host-distributor-login=")
    assert "Secure" in begun.headers["set-cookie"]
    assert f"redirect_uri={urlencode({'': f'https://desk.example.org{BACK}'})[1:]}" in begun.headers["location"]
    page = newsroom.browser("https://desk.example.org").get("/desk/login").text
    assert 'href="https://desk.example.org/desk/login/openid"' in page


def test_no_lie_of_a_provider_lets_anybody_in(desk):
    newsroom, found = desk(), {}
    for lie in (*CLAIMS, *SIGNATURES, *OWN, *ANSWERS):
        newsroom.lie(lie, *(["lone_userinfo"] if lie == "other_userinfo" else []))
        browser = newsroom.stranger()
        found[lie] = why(newsroom.tried(browser))
        assert browser.get("/desk").status_code == 303
    assert found == dict.fromkeys(found, "invalid") | {"state": "stale", "cancel": "cancelled"}
    assert {kind for _, kind, _ in newsroom.events()} == {"bound", "user added"}, "bound: the store to its place"


def test_a_name_that_stands_beside_the_token_counts(desk):
    newsroom = desk()
    newsroom.lie("lone_userinfo")
    assert newsroom.tried(newsroom.browser()).headers["location"] == "/desk"


FAULTS = (
    ({"action": "status", "status": 500}, "away"),
    ({"action": "status", "status": 302, "headers": {"Location": "https://elsewhere.example/?code=x"}}, "away"),
    ({"action": "status", "status": 200, "body": "[" * 2000}, "invalid"),
    ({"action": "status", "status": 200, "body": "[]"}, "invalid"),
    ({"action": "status", "status": 200, "body": "{" + " " * (1 << 20)}, "away"),
    ({"action": "reset_before"}, "away"),
)


@pytest.mark.parametrize("path", ["/.well-known", "/keys", "/token", "/userinfo"])
def test_a_provider_that_fails_or_leads_elsewhere_lets_nobody_in(desk, caplog, path):
    newsroom = desk()
    newsroom.lie("lone_userinfo")
    for rule, told in FAULTS:
        newsroom.provider.fault("openid", path=path, **rule)
        assert why(newsroom.tried(newsroom.stranger())) == told, rule
    assert "elsewhere.example" not in caplog.text
    assert caplog.text.count("login by OpenID: ") == len(FAULTS)


def test_tokens_that_are_missing_let_nobody_in(desk):
    newsroom = desk()
    for body in ("{}", '{"id_token": 7}', '{"id_token": "a.b.c"}'):
        newsroom.provider.fault("openid", path="/token", action="status", status=200, body=body)
        assert why(newsroom.tried(newsroom.stranger())) == "invalid", body


def test_userinfo_is_not_asked_without_a_token_for_it(desk):
    newsroom = desk()
    newsroom.lie("lone_userinfo", "no_access")
    assert why(newsroom.tried(newsroom.browser())) == "invalid"
    assert "/userinfo" not in [one["path"] for one in newsroom.provider.log("openid")]


def test_a_slow_provider_is_given_up(desk, monkeypatch):
    monkeypatch.setattr("distributor.net.openid.PATIENCE", 0.2)
    newsroom = desk()
    newsroom.provider.fault("openid", path="/token", action="delay_before", seconds=5)
    assert why(newsroom.tried(newsroom.browser())) == "away"


def test_after_a_failure_the_provider_is_left_alone_for_a_minute(desk):
    newsroom = desk()
    newsroom.provider.fault("openid", path="/.well-known", action="status", times=None)
    browser = newsroom.browser()
    assert [why(newsroom.tried(browser)) for _ in range(3)] == ["away"] * 3
    assert len(newsroom.provider.log("openid")) == 1
    newsroom.provider.clear_faults("openid")
    newsroom.clock.advance(61)
    assert newsroom.tried(browser).headers["location"] == "/desk"


def test_a_new_key_is_asked_for_once_and_no_more_than_once_a_minute(desk):
    newsroom = desk()
    newsroom.tried(newsroom.browser())
    newsroom.provider.control("openid", "rotate", {})
    assert why(newsroom.tried(newsroom.browser())) == "invalid", "the keys were asked for a moment ago"
    newsroom.clock.advance(61)
    newsroom.provider.advance(61)
    assert newsroom.tried(newsroom.browser()).headers["location"] == "/desk"
    newsroom.lie("unknown_kid")
    for _ in range(3):
        assert why(newsroom.tried(newsroom.browser())) == "invalid"
    asked = [one["path"] for one in newsroom.provider.log("openid")]
    assert (asked.count("/keys"), asked.count("/.well-known/openid-configuration")) == (2, 1)


def test_an_answer_counts_once_in_its_own_browser_and_for_ten_minutes(desk):
    newsroom = desk()
    browser, kept = newsroom.browser(), []

    def keep(answer):
        kept.append((answer, browser.cookies["distributor-login"]))
        return answer

    assert newsroom.tried(browser, change=keep).headers["location"] == "/desk"
    assert browser.cookies.get("distributor-login") is None
    (answer, ticket), stranger = kept[0], newsroom.browser()
    assert why(stranger.get(BACK, params=answer)) == "stale", "another browser"
    stranger.cookies.set("distributor-login", ticket)
    assert why(stranger.get(BACK, params=answer)) == "stale", "used before"
    assert why(newsroom.tried(stranger, change=lambda found: {**found, "state": answer["state"]})) == "stale"

    def late(answer):
        newsroom.clock.advance(601)
        return answer

    assert why(newsroom.tried(newsroom.browser(), change=late)) == "stale"


def test_of_two_at_the_same_time_with_one_answer_one_gets_in(desk):
    newsroom = desk()
    browser = newsroom.browser()
    back = led(browser.get(BEGIN).headers["location"])
    together, found = Barrier(2), []

    def come():
        own = newsroom.browser()
        own.cookies.set("distributor-login", browser.cookies["distributor-login"])
        together.wait()
        found.append(own.get(back).headers["location"])

    first, second = Thread(target=come), Thread(target=come)
    first.start()
    second.start()
    first.join()
    second.join()
    assert sorted(found) == ["/desk", "/desk/login?failed=stale"]


@pytest.mark.parametrize("change", [
    lambda answer: {**answer, "code": "forged"},
    lambda answer: {**answer, "code": "x" * 5000},
    lambda answer: {name: value for name, value in answer.items() if name != "iss"},
    lambda answer: {**answer, "iss": ""},
])  # fmt: skip
def test_a_forged_answer_lets_nobody_in(desk, change):
    newsroom = desk()
    assert why(newsroom.tried(newsroom.browser(), change=change)) == "invalid"


def test_what_stands_twice_in_an_answer_counts_for_nothing(desk):
    newsroom = desk()
    browser = newsroom.browser()
    back = led(browser.get(BEGIN).headers["location"])
    assert why(browser.get(f"{back}&state=x")) == "stale"


PROVED = {"sub": "1", "email_verified": True}
NOBODY = (
    ({"sub": "1", "email": EMAIL, "email_verified": False}, "unverified"),
    ({"sub": "1", "email": EMAIL, "email_verified": "true"}, "unverified"),
    ({"sub": "1", "email": EMAIL}, "unverified"),
    (PROVED, "unverified"),
    ({**PROVED, "email": "nobody@example.org"}, "stranger"),
    ({**PROVED, "email": "ａnna@example.org"}, "stranger"),
    ({**PROVED, "email": f"{EMAIL} "}, "stranger"),
)


def test_who_has_no_account_by_a_proved_name_stays_outside(desk):
    newsroom = desk()
    for person, told in NOBODY:
        newsroom.lie(person=person)
        assert why(newsroom.tried(newsroom.stranger())) == told, person


def test_capitals_make_no_other_name(desk):
    newsroom = desk()
    newsroom.lie(person={**ANNA, "email": "Anna@Example.org"})
    assert newsroom.tried(newsroom.browser()).headers["location"] == "/desk"


def test_a_name_that_is_given_to_somebody_else_opens_nothing_until_the_account_is_made_anew(desk):
    newsroom = desk()
    newsroom.tried(newsroom.browser())
    newsroom.lie(person={**ANNA, "sub": "another Anna"})
    assert why(newsroom.tried(newsroom.browser())) == "stranger"
    newsroom.do("user_remove", name=EMAIL)
    assert why(newsroom.tried(newsroom.browser())) == "stranger"
    newsroom.do("user_add", name=EMAIL, role="viewer", password=PASSWORD)
    assert newsroom.tried(newsroom.browser()).headers["location"] == "/desk"


def test_another_claim_can_be_the_name(desk):
    newsroom = desk(more='claim = "name"\nscopes = ["profile"]\n')
    newsroom.do("user_add", name="Anna", role="viewer", password=PASSWORD)
    newsroom.lie(person={"sub": "1", "name": "Anna"})
    browser = newsroom.browser()
    assert newsroom.tried(browser).headers["location"] == "/desk"
    assert "Anna</bdi>, viewer" in browser.get("/desk").text


def test_tries_are_slowed_down_like_passwords_but_hold_up_nobodys_password(desk):
    newsroom = desk()
    browser = newsroom.browser()
    newsroom.lie("nonce")
    assert [why(newsroom.tried(browser)) for _ in range(5)] == ["invalid"] * 5
    newsroom.lie()
    waiting = newsroom.tried(browser)
    assert waiting.headers["location"] == "/desk/login?failed=often&minutes=1"
    page = browser.get(waiting.headers["location"])
    assert page.status_code == 429
    assert "The next one counts in 1 min." in page.text
    assert login(newsroom.browser(), "Edda").status_code == 303
    assert newsroom.tried(newsroom.browser(peer="198.51.100.7")).headers["location"] == "/desk"
    newsroom.clock.advance(31)
    assert newsroom.tried(browser).headers["location"] == "/desk"


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/desk/..//evil", "/desk/login", BEGIN, f"{BACK}?code=x"]
)
def test_it_leads_nowhere_but_to_the_desk(desk, onward):
    newsroom = desk()
    assert newsroom.tried(newsroom.browser(), onward).headers["location"] == "/desk"


def test_a_session_that_was_there_ends_when_another_begins(desk):
    newsroom = desk()
    browser = newsroom.entered("Edda")
    session = browser.cookies["distributor"]
    assert newsroom.tried(browser).headers["location"] == "/desk"
    old = newsroom.browser()
    old.cookies.set("distributor", session)
    assert old.get("/desk").status_code == 303


def test_no_code_token_secret_or_ticket_is_told_to_anybody(desk, caplog):
    caplog.set_level(logging.DEBUG, "distributor")
    for name in ("httpx2", "httpcore2"):  # what this test's own browser says; the program's log is set up so, too
        caplog.set_level(logging.WARNING, name)
    newsroom = desk()
    browser, secrets, pages = newsroom.browser(), {OPENID_SECRET}, []

    def keep(answer):
        secrets.update((answer["code"], answer["state"], browser.cookies["distributor-login"]))
        return answer

    for lies in (["aud"], ["hs256"], ["lone_userinfo"], []):
        newsroom.lie(*lies)
        found = newsroom.tried(browser, change=keep)
        pages += [str(found.headers), browser.get(found.headers["location"]).text]
    sessions = {browser.cookies["distributor"]}
    store = b"".join(path.read_bytes() for path in newsroom.app.store.folder.glob("distributor.sqlite3*"))
    told = [caplog.text, repr(newsroom.app.settings), str(newsroom.provider.journal("openid")), *pages[1::2]]
    for secret in secrets | sessions:
        assert not [text for text in told if secret in text]
        assert secret.encode() not in store
    assert not [text for text in pages if any(secret in text for secret in secrets)]
    assert "eyJ" not in "".join(told + pages)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_reason_is_told_in_words_and_anything_else_in_none(desk, language):
    newsroom = desk()
    told = set()
    for one in ("stale", "cancelled", "invalid", "away", "unverified", "stranger", "<script>", "often&minutes=<b>"):
        page = newsroom.browser().get(f"/desk/login?failed={one}&lang={language}").text
        told.update(re.findall(r'role="alert">(.*?)</p>', page) or [""])
    assert len(told) == 7
    assert "<script>" not in " ".join(told)


def test_check_looks_at_the_provider(desk):
    newsroom = desk()
    newsroom.app.close()
    (found,) = check_all(newsroom.app.settings)["login"]
    assert (found["ok"], found["name"]) == (True, "Wire ID")
    newsroom.lie("other_issuer")
    (found,) = check_all(newsroom.app.settings)["login"]
    assert not found["ok"]
    assert "oidc.issuer must be the same to the letter" in found["detail"]
