"""The command ``publish``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.output import act, json_option, print_json
from distributor.cli.person import named, who_option


@click.command()
@click.argument("story")
@click.option("--feed", default=None, help="The feed of type push that takes it; needed where there are several.")
@click.option("--base", default=None, help="Address that relative links in a file belong to.")
@who_option
@json_option
@click.pass_obj
def publish(
    config: Path | None, story: str, feed: str | None, base: str | None, who: str | None, as_json: bool
) -> None:
    """Publish STORY now: a file (ninjs, our own JSON, HTML, Markdown) or the address of its page.

    It takes the same road as a feed's stories: routes, gates, approval, ledger. A known story is not posted again.

    \b
    Examples:
      distributor publish https://example.org/politics/view/talks-begin-1-2026/
      distributor publish story.json --feed desk
    """
    args: dict[str, Any] = {**named(who), **({"feed": feed} if feed else {})}
    if story.startswith(("http://", "https://")):
        args["url"] = story
    else:
        args |= {"document": _text(story), **({"url": base} if base else {})}
    found = act(config, "publish", args)
    if as_json:
        print_json(found)
        return
    for one in found["stories"]:
        rows = ", ".join(f"{row['channel']} {row['state']}" for row in one["deliveries"])
        known = one["change"] or "known, as it reads already"
        click.echo(f"{known}: {one['headline']}: {rows or 'goes nowhere by its routes'}")
    for warning in found["warnings"]:
        click.echo(f"warning: {warning}", err=True)


def _text(name: str) -> str:
    try:
        return Path(name).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{name} is not a text in UTF-8") from error
    except OSError as error:
        raise click.UsageError(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
