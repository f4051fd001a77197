"""The command ``fetch``: a feed, a document, a site or the guard's word on an address, as distributor sees it. It
stores nothing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from distributor.cli.instants import Instants, desk_instants
from distributor.cli.output import EXIT_NEGATIVE, json_option, load_settings, print_json, print_table

if TYPE_CHECKING:
    from distributor.config import NetSettings


@click.command()
@click.argument("what", metavar="[FEED|URL]", required=False)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read a saved document instead.",
)
@click.option("--base", default="", help="Address that the saved document came from.")
@click.option("--guard", is_flag=True, help="Only say whether the address would be contacted, and why not.")
@json_option
@click.pass_obj
def fetch(config: Path | None, what: str | None, file: Path | None, base: str, guard: bool, as_json: bool) -> None:
    """Read a feed of the configuration, a document at an address or a saved one, and show its articles as distributor
    understands them; of a site, what it offers, with a proposal for the configuration. Nothing is stored.

    \b
    Examples:
      distributor fetch politics
      distributor fetch https://example.org/
      distributor fetch --guard http://192.168.0.1/
      distributor fetch --file saved.xml --base https://example.org/ --json
    """
    from distributor.fetching import look_at, read_feed, read_file, verdict

    if (what is None) == (file is None) or (guard and what is None):
        raise click.UsageError("name a feed of the configuration, an address, or --file PATH")
    if guard:
        _judge(verdict(_net(config), what or ""), as_json)
        return
    if file is not None:
        found = read_file(file, base)
    elif what is not None and "://" in what:
        found = look_at(_net(config), what)
    else:
        found = read_feed(load_settings(config), what or "")
    if as_json:
        print_json(found)
    else:
        _show(found, Instants(zone=ZoneInfo("UTC")) if file or "found" in found else desk_instants(config))
    if "found" in found and not (found["found"] or found["articles"]):
        raise SystemExit(EXIT_NEGATIVE)


def _net(config: Path | None) -> NetSettings:
    """As configured; the defaults where there is no configuration yet, for this is how one begins."""
    from distributor.config import has_file, usual_net

    return load_settings(config).net if has_file(config, environ=os.environ, cwd=Path.cwd()) else usual_net()


def _judge(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif found["allowed"]:
        at = f" at {', '.join(found['addresses'])}" if found["addresses"] else ""
        click.echo(f"{found['url']} would be contacted{at}")
    else:
        click.echo(f"{found['url']}: {found['reason']}")
    if not found["allowed"]:
        raise SystemExit(EXIT_NEGATIVE)


def _show(found: dict[str, Any], times: Instants) -> None:
    rows = [(times.cell(one["published"]) or "no date", one["headline"], one["url"]) for one in found["articles"]]
    is_nothing = found.get("found") == [] and not rows
    if rows or not (found.get("found") or is_nothing):
        print_table((times.column("published"), "headline", "address"), rows)
    for warning in found["warnings"]:
        click.echo(f"warning: {warning}", err=True)
    if is_nothing:
        click.echo("nothing here can be read as news; name the page that lists the stories, or a feed's own address")
    elif rows or not found.get("found"):
        click.echo(f"{found['kind']}: {len(rows)} {'article' if len(rows) == 1 else 'articles'}")
    if found.get("found"):
        lines = [(one["type"], one["kind"], one["stories"], one["how"], one["url"]) for one in found["found"]]
        print_table(("type", "kind", "stories", "found by", "address"), lines)
    for line in found.get("tried", ()):
        click.echo(f"tried: {line}", err=True)
    if found.get("config"):
        click.echo(f"\nTo read it, put into the configuration:\n\n{found['config']}", nl=False)
