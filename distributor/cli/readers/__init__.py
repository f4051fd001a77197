"""``distributor subscribers``: the small list of readers kept in the store."""

from __future__ import annotations

from pathlib import Path

import click

from distributor.cli.output import act, json_option, print_json, print_table
from distributor.cli.readers.importing import export, import_
from distributor.cli.readers.suppressing import suppress, unsuppress

_WHY_NOT = "it had a letter today, it is suppressed, or too many were asked this hour"


@click.group()
def subscribers() -> None:
    """List, add and end mail subscriptions.

    \b
    Example:
      distributor subscribers add reader@example.org --to morning
    """


@subscribers.command("list")
@json_option
@click.pass_obj
def list_(config: Path | None, as_json: bool) -> None:
    """Every reader and what they get.

    \b
    Example:
      distributor subscribers list --json
    """
    found = act(config, "subscribers", {})
    if as_json:
        print_json(found)
        return
    rows = [
        (one["address"], topic, state) for one in found["subscribers"] for topic, state in one["subscriptions"].items()
    ]
    print_table(("address", "gets", "state"), rows)


@subscribers.command("add")
@click.argument("address")
@click.option(
    "--to", "topics", multiple=True, required=True, help="Digest, or email channel for single stories; repeatable."
)
@click.option("--name", default="", help="The reader's name.")
@click.option("--language", default="", help="The reader's language, such as en.")
@click.option("--ask", is_flag=True, help="Ask by a letter; nothing is sent before the reader says yes.")
@json_option
@click.pass_obj
def add(
    config: Path | None, address: str, topics: tuple[str, ...], name: str, language: str, ask: bool, as_json: bool
) -> None:
    """Subscribe a reader who has asked for it; you vouch for their consent, or --ask.

    \b
    Example:
      distributor subscribers add reader@example.org --to morning --to mail
    """
    args = {"address": address, "topics": list(topics), "name": name, "language": language}
    found = act(config, "ask_reader" if ask else "subscribe", args)
    if as_json:
        print_json(found)
    elif ask:
        click.echo(f"{address} is asked by a letter" if found["asked"] else f"{address} is not asked: {_WHY_NOT}")
    else:
        click.echo(f"{address} now gets {', '.join(topics)}")


@subscribers.command("remove")
@click.argument("address")
@click.option("--from", "topic", default=None, help="Only this digest or channel; default all.")
@json_option
@click.pass_obj
def remove(config: Path | None, address: str, topic: str | None, as_json: bool) -> None:
    """End a reader's subscriptions; mail that has not left is not sent.

    \b
    Example:
      distributor subscribers remove reader@example.org
    """
    found = act(config, "unsubscribe", {"address": address, "topic": topic})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{address}: {found['ended']} subscriptions ended")


subscribers.add_command(import_)
subscribers.add_command(export)
subscribers.add_command(suppress)
subscribers.add_command(unsuppress)
