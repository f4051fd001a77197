"""``distributor run`` and ``distributor demo``."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from distributor.cli.looking import print_trouble
from distributor.cli.output import EXIT_DONE, EXIT_NEGATIVE, LiveTable, json_option, load_settings, print_json


@click.command()
@click.option("--once", is_flag=True, help="One full round, then end: read every feed, send what is due.")
@click.option(
    "--log-level",
    default="info",
    show_default=True,
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="The least urgent lines that are logged.",
)
@click.option("--log-json", is_flag=True, help="Log as JSON lines.")
@json_option
@click.pass_obj
def run(config: Path | None, once: bool, log_level: str, log_json: bool, as_json: bool) -> None:
    """Run the daemon: read feeds, send what is due, answer commands, until stopped.

    \b
    Examples:
      distributor run
      distributor run --once --json
    """
    from distributor import daemon
    from distributor.log import log_uncaught, setup

    settings = load_settings(config)
    setup("warning" if once and log_level == "info" else log_level, json=log_json, stream=sys.stderr)
    if as_json and not once:
        raise click.UsageError("--json goes with --once; the daemon itself prints nothing")
    if not once:
        log_uncaught()
        daemon.run(settings)
        return
    with redirect_stdout(sys.stderr if as_json else sys.stdout):  # a console channel must not spoil the document
        found = dict(daemon.run_once(settings))
    if as_json:
        print_json(found)
    else:
        for feed in found["read"]:
            click.echo(f"feed {feed['name']}: {feed['articles']} articles, {feed['changes']} new or changed")
        for channel, handled in found["handled"].items():
            click.echo(f"channel {channel}: {handled} handled")
        print_trouble(found)
    sys.exit(EXIT_NEGATIVE if any(feed["error"] for feed in found["read"]) else EXIT_DONE)


@click.command()
@click.option("--once", is_flag=True, help="One full round without the live table.")
@click.option(
    "--stories",
    type=click.Path(path_type=Path, exists=True),
    help="A feed file or a folder of feed files instead of the built-in stories.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Where to write the page of what readers saw."
)
@json_option
def demo(once: bool, stories: Path | None, out: Path | None, as_json: bool) -> None:
    """Show the whole road on this machine alone: loopback X, Telegram, mail and newsroom, no credentials.

    \b
    Examples:
      distributor demo
      distributor demo --once --json --stories saved-feed.xml
    """
    from distributor.drills.demo import run_demo
    from distributor.drills.process import unwinding

    with unwinding():
        if once or as_json:
            result = run_demo(stories=stories, out=out)
        else:
            with LiveTable() as table:
                result = run_demo(stories=stories, out=out or Path("demo-out"), show=table.show)
    if as_json:
        print_json(result.json())
    else:
        click.echo(_words(result.json()))
    sys.exit(EXIT_DONE if result.ok else EXIT_NEGATIVE)


def _words(found: dict[str, Any]) -> str:
    """The result of a demo for people."""
    lines = [f"{found['stories']} stories published, {found['planned']} deliveries planned"]
    lines += [f"  visible on {platform}: {count}" for platform, count in found["visible"].items()]
    lines.append(f"  doubled {found['doubled']}, missing {found['missing']}, unknown {found['unknown']}")
    lines.append(f"  (the platforms' rate limits were multiplied by {found['limit_factor']})")
    lines.append(
        "every story reached every reader exactly once" if found["ok"] else "NOT every story arrived exactly once"
    )
    if found["page"]:
        lines.append(f"see what readers saw: {found['page']}")
    return "\n".join(lines)
