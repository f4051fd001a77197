"""Calls about people and programs at the desk: accounts, roles, passwords, tokens. None of them is had from outside."""

from __future__ import annotations

from distributor.app import App
from distributor.calls.registry import Json, by, call, known
from distributor.errors import CallError
from distributor.flows.enter import digest_of, new_token
from distributor.keys.passwords import lock_up
from distributor.looks import instant
from distributor.model.people import Role, Scope
from distributor.rules.people.accounts import key_of, name_of, password_of


@call
def users(app: App) -> Json:
    """Who has an account, and in which role."""
    return {
        "users": [
            {
                "name": one.name,
                "role": one.role.value,
                "since": instant(one.created_at),
                "password_at": instant(one.password_at),
            }
            for one in app.store.people.list()
        ]
    }


@call
def user_add(app: App, *, who: str, through: str, name: str, role: str, password: str) -> Json:
    """Open an account at the desk."""
    doer, named, wanted = by(app, who, through), _name(name), _role(role)
    if not app.store.people.add(named, key_of(named), wanted, _kept(password), doer):
        raise CallError("name_taken", f"{named} has an account", hint="distributor user role, or user password")
    return {"name": named, "role": wanted.value}


@call
def user_role(app: App, *, who: str, through: str, name: str, role: str) -> Json:
    """Give somebody another role, from their next click on."""
    doer, wanted = by(app, who, through), _role(role)
    if not app.store.people.set_role(key_of(name), wanted, doer):
        raise _nobody(app, name)
    return {"name": name, "role": wanted.value}


@call
def user_password(app: App, *, who: str, through: str, name: str, password: str) -> Json:
    """Give somebody another password; whatever they are logged in to ends."""
    if not app.store.people.set_password(key_of(name), _kept(password), by(app, who, through)):
        raise _nobody(app, name)
    return {"name": name}


@call
def user_remove(app: App, *, who: str, through: str, name: str) -> Json:
    """End an account; what was done under its name stays on record."""
    if not app.store.people.remove(key_of(name), by(app, who, through)):
        raise _nobody(app, name)
    return {"name": name}


@call
def tokens(app: App) -> Json:
    """Which programs may use the API, and for what; the tokens themselves are kept nowhere."""
    found = app.store.people.tokens()
    return {"tokens": [{"name": one.name, "scope": one.scope.value, "since": instant(one.created_at)} for one in found]}


@call
def token_add(app: App, *, who: str, through: str, name: str, scope: str) -> Json:
    """Make a token for a program; it is shown this once."""
    doer, named = by(app, who, through), _name(name)
    try:
        wanted = Scope(scope)
    except ValueError as error:
        raise CallError("unknown_scope", f"there is no scope {scope!r}", hint=known(Scope)) from error
    token = new_token()
    if not app.store.people.add_token(named, wanted, digest_of(token), doer):
        raise CallError("name_taken", f"{named} has a token", hint="distributor token remove, or another name")
    return {"name": named, "scope": wanted.value, "token": token}


@call
def token_remove(app: App, *, who: str, through: str, name: str) -> Json:
    """End a token; whoever uses it is refused from now on."""
    if not app.store.people.remove_token(name, by(app, who, through)):
        names = known(one.name for one in app.store.people.tokens())
        raise CallError("unknown_token", f"there is no token {name!r}", hint=names)
    return {"name": name}


def _name(text: str) -> str:
    try:
        return name_of(text)
    except ValueError as error:
        raise CallError("bad_name", f"{text!r:.80} is no name", hint=str(error)) from error


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise CallError("unknown_role", f"there is no role {text!r}", hint=known(Role)) from error


def _kept(password: str) -> str:
    try:
        return lock_up(password_of(password))
    except ValueError as error:
        raise CallError("bad_password", "this cannot be a password", hint=str(error)) from error


def _nobody(app: App, name: str) -> CallError:
    names = known(one.name for one in app.store.people.list())
    return CallError("unknown_user", f"nobody is called {name!r}", hint=names)
