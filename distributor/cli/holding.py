"""Commands about what waits: ``hold``, ``move``, ``release``, ``skip``, ``send-now``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from distributor.cli.instants import desk_instants
from distributor.cli.output import act, json_option, print_json
from distributor.cli.person import named, who_option

F = TypeVar("F", bound=Callable[..., Any])


def _scoped(function: F) -> F:
    """The options that choose among what waits."""
    for option in (
        json_option,
        who_option,
        click.option("--all", "everything", is_flag=True, help="All that waits."),
        click.option("--category", default=None, help="What stands in this section."),
        click.option("--channel", default=None, help="What is bound for this channel."),
        click.argument("url", required=False),
    ):
        function = option(function)
    return function


def _among_held(function: F) -> F:
    """The same, and those that choose among what is held."""
    for option in (
        click.option("--id", "ids", multiple=True, type=click.IntRange(min=1), help="This delivery; may be repeated."),
        click.option("--held-by", default=None, help="What is held under this name: template, internal, embargo ..."),
        click.option("--surge", "feed", default=None, help="What a surge of this feed brought."),
    ):
        function = option(function)
    return _scoped(function)


@click.command()
@_scoped
@click.option("--reason", required=True, help="Why; everybody who looks at the delivery sees it.")
@click.option("--until", default=None, help="Let it go by itself then: ISO 8601 with offset.")
@click.pass_obj
def hold(config: Path | None, /, who: str | None, as_json: bool, **scope: Any) -> None:
    """Put what waits aside until somebody releases it: a story, or what waits for a channel, of a section, or all.

    What comes later is not held; distributor stop holds that too.

    \b
    Examples:
      distributor hold https://example.org/politics/view/talks-begin-1-2026/ --reason "a call to the ministry"
      distributor hold --channel x --reason "the minister speaks first" --until 2026-11-30T12:00+03:00
    """
    found = act(config, "hold", {**scope, **named(who)})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['held']} held{_leaving(found)}")


@click.command()
@_among_held
@click.pass_obj
def release(config: Path | None, /, who: str | None, as_json: bool, **scope: Any) -> None:
    """Let held deliveries go: to what they must pass next, and to their channels' gates, which keep their distances.

    \b
    Examples:
      distributor release --surge politics
      distributor release https://example.org/politics/view/talks-begin-1-2026/ --held-by internal
    """
    found = act(config, "release", _arguments(scope, who))
    if as_json:
        print_json(found)
        return
    still = f"; something else holds {found['still_held']} of them now" if found["still_held"] else ""
    click.echo(f"{found['released']} released{still}")


@click.command()
@_among_held
@click.pass_obj
def skip(config: Path | None, /, who: str | None, as_json: bool, **scope: Any) -> None:
    """End what waits unsent, whether anything holds it or not.

    \b
    Examples:
      distributor skip --surge politics --by "the night editor"
      distributor skip https://example.org/politics/view/talks-begin-1-2026/ --channel x
    """
    found = act(config, "skip", _arguments(scope, who))
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['skipped']} skipped{_leaving(found)}")


@click.command()
@click.argument("url")
@click.option("--to", required=True, help="Not before: ISO 8601; without an offset a time of the desk's zone.")
@click.option("--channel", default=None, help="Only on this channel.")
@who_option
@json_option
@click.pass_obj
def move(config: Path | None, url: str, to: str, channel: str | None, who: str | None, as_json: bool) -> None:
    """Have what waits of a story leave at another time, and not before; within its shelf life, by its channel's gates.

    \b
    Example:
      distributor move https://example.org/politics/view/talks-begin-1-2026/ --to 2026-11-30T12:00+03:00
    """
    found = act(config, "move", {"url": url, "to": to, "channel": channel, **named(who)})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['moved']} moved: not before {desk_instants(config).said(found['to'])}")


@click.command("send-now")
@click.argument("url")
@click.option("--channel", default=None, help="Only on this channel.")
@who_option
@json_option
@click.pass_obj
def send_now(config: Path | None, url: str, channel: str | None, who: str | None, as_json: bool) -> None:
    """Send a story at once: past pacing, quiet hours, slots, delay and undo window. Embargo, approval, a stop and the
    budget still hold it.

    \b
    Example:
      distributor send-now https://example.org/politics/view/talks-begin-1-2026/ --channel x
    """
    found = act(config, "send_now", {"url": url, "channel": channel, **named(who)})
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['sent_now']} sent at once")
    for one in found["still_held"]:
        click.echo(f"{one['channel']}: still held by {one['held_by']}")


def _arguments(scope: dict[str, Any], who: str | None) -> dict[str, Any]:
    if not any(scope.values()):
        raise click.UsageError(
            "say which: a story's address, --surge FEED, --held-by NAME, --id, --channel ... or --all"
        )
    if scope["feed"] is not None and scope["held_by"] not in (None, "surge"):
        raise click.UsageError("--surge says what it is held by; leave out --held-by")
    if scope["feed"] is not None:
        scope["held_by"] = "surge"
    return {**scope, "ids": list(scope["ids"]), **named(who)}


def _leaving(found: dict[str, Any]) -> str:
    return f"; {found['leaving']} are leaving at this moment" if found["leaving"] else ""
