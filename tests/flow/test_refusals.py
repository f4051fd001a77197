"""Every door of the desk and its API, and every call, for those who may not: found from the routes and the registry
themselves, so that a page that is added tomorrow is walked, too.
"""

from __future__ import annotations

import re
import sqlite3

import pytest
from starlette.routing import Route

from distributor.calls import CALLS, dispatch
from distributor.engine.round import run_round
from distributor.errors import DistributorError
from distributor.model.people import Role
from distributor.rules.people.access import BY_ROLE, ON_THE_MACHINE, least
from distributor.store.opening import FILE
from distributor.web.desk.frame import HOME, LOGIN
from distributor.web.opening import desk_routes
from tests.flow.test_desk import HERE, OWN, PASSWORD, Desk, cheap  # noqa: F401 - a fixture
from tests.support import article

#: What stands for the parameters of paths: something that is there, where a page needs it. A route whose parameter is
#: missing here fails the walk.
SAMPLES: dict[str, str] = {
    "rest": "none/at/all",
    "name": "unknown",
    "call": "hold",
    "token": "forged",
    "issue": "1",
    "id": "1",
    "reader": "1",
    "story": "1",
}
#: What pages are asked for beside that, by their path.
QUERIES: dict[str, dict[str, str]] = {"/desk/story": {"url": article().url}, "/api/v1/receipt": {"url": article().url}}
#: Doors for everybody: who somebody is must be told by somebody who is not known yet, and style is no secret.
OPEN = {LOGIN, f"{HOME}/", f"{LOGIN}/openid", f"{LOGIN}/openid/back"}
#: A provider that nobody can ask: its doors are walked, too.
OIDC = f"""
[web]
listen = "127.0.0.1:8464"
public = "{HERE}"

[oidc]
issuer = "http://127.0.0.1:9"
client_id = "desk"
"""
#: Doors that a signed link opens, and nothing else does.
BY_LINK = {"/receipt/{token}"}
FOREIGN: tuple[dict[str, str], ...] = (
    {"origin": "https://evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": HERE},
    {"sec-fetch-site": "same-origin", "origin": "null"},
    {},
)
ROLES = tuple(Role)


@pytest.fixture
def desk(tmp_path):
    found = Desk(tmp_path, OIDC)
    found.do("user_add", name="Carl", role="chief", password=PASSWORD)
    run_round(found.app)
    yield found
    found.app.close()


NAMES = {Role.VIEWER: "Vera", Role.EDITOR: "Edda", Role.CHIEF: "Carl", Role.OPERATOR: "Olga"}


def doors(desk):
    """Every route with its methods, and its path with samples in the place of its parameters."""
    for route in desk_routes(desk.app, lambda name, args: dispatch(desk.app, name, args)):
        assert isinstance(route, Route), f"{route} is no plain route: teach the walk to walk it"
        missing = sorted(route.param_convertors.keys() - SAMPLES.keys())
        assert not missing, f"{route.path} has the parameter {missing[0]!r}: give it a sample in SAMPLES"
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: SAMPLES[found[1]], route.path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield route.path, method, path


def is_asset(path):
    return path.startswith((f"{HOME}/style-", f"{HOME}/script-", f"{HOME}/icon"))


def is_closed(path):
    return path not in OPEN | BY_LINK and not is_asset(path) and path != "/favicon.ico"


def ask(browser, method, path, **fields):
    query = QUERIES.get(path, {})
    if method == "GET":
        return browser.get(path, params=query, headers=fields)
    if path.startswith("/api/"):
        return browser.request(method, path, json={}, headers=fields)
    return browser.request(method, path, params=query, data={"a": "b"}, headers=fields)


def is_refused(response):
    to_login = response.status_code == 303 and response.headers["location"].startswith(LOGIN)
    return to_login or response.status_code in (401, 403)


def everything(desk):
    """All that the store holds but sessions, whose last use is none of the ledger's matter."""
    with sqlite3.connect(f"file:{desk.app.store.folder / FILE}?mode=ro", uri=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()
            for name in tables
            if name not in ("sessions", "logins") and not name.startswith("sqlite_")
        }
    connection.close()
    return found


def test_nobody_who_is_not_known_gets_through_any_door(desk):
    browser, before = desk.browser(), everything(desk)
    walked = [(method, path) for pattern, method, path in doors(desk) if is_closed(pattern)]
    assert len(walked) > 10
    assert [door for door in walked if not is_refused(ask(browser, *door, **OWN))] == []
    assert everything(desk) == before


def test_the_open_doors_let_nobody_in_by_themselves(desk):
    browser, before = desk.browser(), everything(desk)
    walked = [(method, path) for pattern, method, path in doors(desk) if pattern in OPEN]
    assert {path for _, path in walked} == OPEN
    for method, path in walked:
        answer = ask(browser, method, path, **OWN)
        assert answer.status_code < 500
        assert not {"distributor", "__Host-distributor"} & set(answer.cookies)
    assert browser.get(HOME).status_code == 303
    assert everything(desk) == before


def test_no_door_takes_anything_from_another_sites_page(desk):
    browser = desk.entered("Olga")
    before = everything(desk)
    changing = [(method, path) for pattern, method, path in doors(desk) if method != "GET"]
    assert changing
    for told in FOREIGN:
        assert [door for door in changing if ask(browser, *door, **told).status_code != 403] == [], told
    assert everything(desk) == before


def test_what_only_shows_changes_nothing_and_never_fails(desk):
    for name in NAMES.values():
        browser = desk.entered(name)
        before = everything(desk)
        shown = [path for pattern, method, path in doors(desk) if method == "GET"]
        broken = {path: code for path in shown if (code := ask(browser, "GET", path).status_code) >= 500}
        assert broken == {}
        assert everything(desk) == before


@pytest.mark.parametrize("role", ROLES)
def test_no_call_is_had_by_a_lower_role_neither_as_a_call_nor_as_a_button(desk, role):
    browser = desk.entered(NAMES[role])
    before = everything(desk)
    above = [name for name in CALLS if (needed := least(name)) is None or needed.rank > role.rank]
    assert set(above) >= ON_THE_MACHINE
    for name in above:
        answer = browser.post(f"/api/v1/calls/{name}", json={}, headers=OWN)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed"), name
        assert browser.post(f"{HOME}/act/{name}", data={"back": HOME}, headers=OWN).status_code == 403, name
    assert everything(desk) == before


def test_every_call_that_only_looks_leaves_the_store_as_it_was(desk):
    args = {"url": article().url, "name": "morning", "one": article().url, "other": article().url, "issue": 1, "id": 1}
    before = everything(desk)
    for name in sorted(BY_ROLE[Role.VIEWER]):
        given = {key: value for key, value in args.items() if key in CALLS[name].run.__annotations__}
        try:
            dispatch(desk.app, name, given)
        except DistributorError:
            continue
        finally:
            assert everything(desk) == before, f"{name} is a look, and changed something"


def test_a_token_reaches_as_far_as_its_scope_and_no_token_reaches_nothing(desk):
    browser, token = desk.browser(), desk.token("read")
    for name in sorted(CALLS.keys() - BY_ROLE[Role.VIEWER]):
        answer = browser.post(f"/api/v1/calls/{name}", json={}, headers=token)
        assert answer.status_code == 403, name
    for name in CALLS:
        wrong = browser.post(f"/api/v1/calls/{name}", json={}, headers={"authorization": "Bearer wrong"})
        assert wrong.status_code == 401, name


def test_a_door_without_a_sample_is_found(desk, monkeypatch):
    monkeypatch.delitem(SAMPLES, "token")
    with pytest.raises(AssertionError, match="give it a sample in SAMPLES"):
        list(doors(desk))
