"""``distributor init`` and ``distributor check``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from distributor.cli.output import EXIT_CONFIG, EXIT_DONE, EXIT_NEGATIVE, json_option, load_settings, print_json


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default="config.toml")
@json_option
def init(path: Path, as_json: bool) -> None:
    """Write a commented starting configuration. An existing file is never overwritten.

    \b
    Example:
      distributor init config.toml
    """
    from distributor.config import starter

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter())
    except FileExistsError:
        click.echo(f"{path} exists already; move it away or name another file", err=True)
        sys.exit(EXIT_CONFIG)
    except OSError as error:
        click.echo(f"{path} cannot be written: {error.strerror}", err=True)
        sys.exit(EXIT_CONFIG)
    if as_json:
        print_json({"written": str(path)})
    else:
        click.echo(f"wrote {path}; edit it, then: distributor --config {path} check")


@click.command()
@json_option
@click.pass_obj
def check(config: Path | None, as_json: bool) -> None:
    """Prove a configuration without posting: templates, feeds, and each channel's credentials by a harmless call.

    \b
    Example:
      distributor check --json
    """
    from distributor.trying import PARTS, check_all

    found = check_all(load_settings(config))
    if as_json:
        print_json(found)
    else:
        for part in PARTS:
            for one in found[part]:
                mark = click.style("ok  ", fg="green") if one["ok"] else click.style("FAIL", fg="red")
                what = "operations chat," if part == "operations" else part.removesuffix("s")
                click.echo(f"{mark} {what} {one['name']}: {one['detail']}")
                if one.get("fix"):
                    click.echo(f"     {one['fix']}")
    sys.exit(EXIT_DONE if found["ok"] else EXIT_NEGATIVE)
