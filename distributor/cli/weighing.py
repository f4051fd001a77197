"""``distributor why``: whether two stories are one, and why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from distributor.cli.output import EXIT_DONE, EXIT_NEGATIVE, act, json_option, print_json


@click.command()
@click.argument("one")
@click.argument("other")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Compare two items of a saved document instead, by their place (1 is the first) or address.",
)
@click.option("--base", default="", help="Address that relative links in the file belong to.")
@json_option
@click.pass_obj
def why(config: Path | None, one: str, other: str, file: Path | None, base: str, as_json: bool) -> None:
    """Say whether two stories are one, with each piece of evidence and its weight.

    ONE and OTHER are addresses or numbers of stories that the store knows.

    \b
    Examples:
      distributor why https://example.org/politics/talks-begin/ https://example.org/world/talks-open/
      distributor why --file saved.xml 1 2 --json
    """
    from distributor.calls.stories.weighing import weigh_file

    found = act(config, "why", {"one": one, "other": other}) if file is None else weigh_file(file, base, one, other)
    if as_json:
        print_json(found)
    else:
        _show(found)
    sys.exit(EXIT_DONE if found["same"] else EXIT_NEGATIVE)


def _show(found: dict[str, Any]) -> None:
    """The verdict and what it rests on."""
    for story in found["stories"]:
        number = f" (story {story['id']})" if story["id"] else ""
        click.echo(f"{story['headline']}{number}\n  {story['url']}")
    for piece in found["evidence"]:
        click.echo(f"  {piece['weight']:+.2f}  {piece['about']}: {piece['says']}")
    words = {
        "same": "one story",
        "edition": "one story in two languages: linked, and never posted for each other",
        "other": "two stories",
    }
    click.secho(f"{words[found['verdict']]} ({found['weight']:.2f} of {found['threshold']:.2f})", bold=True)
