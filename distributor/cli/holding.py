"""Commands about what is held: ``release``, ``skip``."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from distributor.cli.output import act, json_option, print_json

F = TypeVar("F", bound=Callable[..., Any])


def _chosen(function: F) -> F:
    """The options that choose among what is held."""
    for option in (
        json_option,
        click.option("--by", "who", default=None, help="Who decides; default the login name. It is put on record."),
        click.option("--channel", default=None, help="Only on this channel."),
        click.option("--held-by", default=None, help="What is held under this name: template, take-over ..."),
        click.option("--surge", "feed", default=None, help="What a surge of this feed brought."),
    ):
        function = option(function)
    return function


@click.command()
@_chosen
@click.pass_obj
def release(
    config: Path | None, feed: str | None, held_by: str | None, channel: str | None, who: str | None, as_json: bool
) -> None:
    """Let held deliveries go: to their channels' gates, which still keep their distances.

    \b
    Example:
      distributor release --surge politics
    """
    found = act(config, "release", _arguments(feed, held_by, channel, who))
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['released']} released")


@click.command()
@_chosen
@click.pass_obj
def skip(
    config: Path | None, feed: str | None, held_by: str | None, channel: str | None, who: str | None, as_json: bool
) -> None:
    """End held deliveries unsent.

    \b
    Example:
      distributor skip --surge politics --by "the night editor"
    """
    found = act(config, "skip", _arguments(feed, held_by, channel, who))
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['skipped']} skipped")


def _arguments(feed: str | None, held_by: str | None, channel: str | None, who: str | None) -> dict[str, Any]:
    if (feed is None) == (held_by is None):
        raise click.UsageError("say which: --surge FEED or --held-by NAME")
    return {"held_by": held_by or "surge", "feed": feed, "channel": channel, "who": who or login()}


def login() -> str:
    """The name under which this user decides; a usage error without one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a user without a name (a container); OSError from Python 3.13 on
        raise click.UsageError("this user has no login name; say --by NAME") from error
