"""``distributor user`` and ``distributor token``: who may use the desk, and which programs its API."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import IO, Any

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import act, json_option, print_json, print_table
from distributor.cli.person import named, who_option

_ROLES = click.Choice(["viewer", "editor", "chief", "operator"])
_FILE = click.option(
    "--password-file",
    type=click.File("r", encoding="utf-8"),
    default=None,
    help="Read the password from the first line of a file (- for standard input) instead of asking for it.",
)


@click.group()
def user() -> None:
    """Who may use the desk, and in which role.

    \b
    Example:
      distributor user add Anna --role editor
    """


@user.command("list")
@json_option
@click.pass_obj
def user_list(config: Path | None, as_json: bool) -> None:
    """Every account.

    \b
    Example:
      distributor user list
    """
    found = act(config, "users", {})
    times = desk_instants(config)
    rows = [(one["name"], one["role"], times.said(one["since"])) for one in found["users"]]
    _tell(found, rows, ("name", "role", "since"), as_json=as_json)


@user.command("add")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="viewer looks, editor decides about stories, chief for all.")
@_FILE
@click.option("--no-password", is_flag=True, help="They log in by the OpenID provider alone ([oidc]).")
@who_option
@json_option
@click.pass_obj
def user_add(
    config: Path | None,
    name: str,
    role: str,
    password_file: IO[str] | None,
    no_password: bool,
    who: str | None,
    as_json: bool,
) -> None:
    """Open an account; the password is asked for.

    \b
    Examples:
      distributor user add Anna --role editor
      distributor user add Anna --role editor --password-file anna.txt
      distributor user add anna@example.org --role editor --no-password
    """
    if no_password and password_file is not None:
        raise click.UsageError("--no-password and --password-file exclude each other")
    # chance that nobody has seen fits nothing that anybody could type
    password = secrets.token_urlsafe(48) if no_password else _password(password_file)
    args = {"name": name, "role": role, "password": password}
    found = act(config, "user_add", args | named(who))
    _say(found, f"{found['name']} may use the desk as {role}", as_json=as_json)


@user.command("role")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="The new role.")
@who_option
@json_option
@click.pass_obj
def user_role(config: Path | None, name: str, role: str, who: str | None, as_json: bool) -> None:
    """Give somebody another role.

    \b
    Example:
      distributor user role Anna --role chief
    """
    found = act(config, "user_role", {"name": name, "role": role} | named(who))
    _say(found, f"{name} is {role} now", as_json=as_json)


@user.command("password")
@click.argument("name")
@_FILE
@who_option
@json_option
@click.pass_obj
def user_password(
    config: Path | None, name: str, password_file: IO[str] | None, who: str | None, as_json: bool
) -> None:
    """Give somebody another password, which is asked for; they are logged out everywhere.

    \b
    Example:
      distributor user password Anna
    """
    found = act(config, "user_password", {"name": name, "password": _password(password_file)} | named(who))
    _say(found, f"{name} has a new password, and is logged out everywhere", as_json=as_json)


@user.command("remove")
@click.argument("name")
@who_option
@json_option
@click.pass_obj
def user_remove(config: Path | None, name: str, who: str | None, as_json: bool) -> None:
    """End an account; what was done under its name stays on record.

    \b
    Example:
      distributor user remove Anna
    """
    found = act(config, "user_remove", {"name": name} | named(who))
    _say(found, f"{name} may not use the desk any more", as_json=as_json)


@click.group()
def token() -> None:
    """Which programs may use the API, and for what.

    \b
    Example:
      distributor token add cms --scope read
    """


@token.command("list")
@json_option
@click.pass_obj
def token_list(config: Path | None, as_json: bool) -> None:
    """Every token by its name; what it is, nobody can see any more.

    \b
    Example:
      distributor token list
    """
    found = act(config, "tokens", {})
    times = desk_instants(config)
    rows = [(one["name"], one["scope"], times.said(one["since"])) for one in found["tokens"]]
    _tell(found, rows, ("name", "scope", "since"), as_json=as_json)


@token.command("add")
@click.argument("name")
@click.option(
    "--scope",
    type=click.Choice(["read", "act", "operate"]),
    required=True,
    help="read looks, act decides as an editor does, operate may all that the API has.",
)
@who_option
@json_option
@click.pass_obj
def token_add(config: Path | None, name: str, scope: str, who: str | None, as_json: bool) -> None:
    """Make a token and print it, this once.

    \b
    Example:
      distributor token add cms --scope read
    """
    found = act(config, "token_add", {"name": name, "scope": scope} | named(who))
    _say(found, found["token"], as_json=as_json)


@token.command("remove")
@click.argument("name")
@who_option
@json_option
@click.pass_obj
def token_remove(config: Path | None, name: str, who: str | None, as_json: bool) -> None:
    """End a token.

    \b
    Example:
      distributor token remove cms
    """
    found = act(config, "token_remove", {"name": name} | named(who))
    _say(found, f"the token {name} counts no more", as_json=as_json)


def _password(file: IO[str] | None) -> str:
    """From the first line of a file, or asked for twice; never an argument, which every user of the machine can see."""
    if file is None:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        return file.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise click.UsageError("the password's file is not UTF-8") from error


def _say(found: dict[str, Any], words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        click.echo(words)


def _tell(found: dict[str, Any], rows: list[tuple[Any, ...]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_table(columns, rows)
