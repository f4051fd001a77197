"""The command that shows stories as each channel would: ``preview``. It changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from distributor.cli.output import act, json_option, load_settings, print_findings, print_json


@click.command()
@click.option(
    "--last", default=5, show_default=True, type=click.IntRange(1, 100), help="How many of the latest stories."
)
@click.option("--url", default=None, help="Only the story of this page.")
@click.option("--channel", default=None, help="Only this channel.")
@click.option("--template", default=None, help="Another template: its name, or a file such as telegram/short.html.j2.")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The stories of a saved feed document; no store is looked into.",
)
@click.option("--html", "html", type=click.Path(path_type=Path, dir_okay=False), help="Write one page to a file.")
@click.option("--pictures", is_flag=True, help="Fetch each picture, and say what the platform would be given.")
@json_option
@click.pass_obj
def preview(
    config: Path | None,
    last: int,
    url: str | None,
    channel: str | None,
    template: str | None,
    file: Path | None,
    html: Path | None,
    pictures: bool,
    as_json: bool,
) -> None:
    """Stories as each channel would show them now: what was dropped, what lint finds, the price. Nothing is sent.

    \b
    Examples:
      distributor preview --last 3 --channel x
      distributor preview --template drafts/telegram/short.html.j2 --last 10 --html preview.html
      distributor preview --file saved.xml --pictures
    """
    if file is not None and url is not None:
        raise click.UsageError("--url asks the store, and --file needs none: give one of the two")
    name, source = _template(template)
    if file is not None:
        from distributor.showing import Wanted
        from distributor.trying import preview_file

        wanted = Wanted(channel=channel, template=name, source=source)
        found = preview_file(load_settings(config), file, wanted, last=last, pictures=pictures)
    else:
        args = {"last": last, "channel": channel, "url": url, "template": name, "source": source, "pictures": pictures}
        found = act(config, "preview", args, patience=_PATIENCE * last if pictures else None)
    if html is not None:
        from distributor.render.gallery import gallery

        html.write_text(gallery((), "UTC", found["previews"]), encoding="utf-8")
    if as_json:
        print_json(found)
    elif html is None:
        _print(found["previews"])


#: seconds for the picture of one story
_PATIENCE = 20.0


def _template(name: str | None) -> tuple[str | None, str | None]:
    """The template's name, and its text where it is a file: the daemon may not read what this user can."""
    if name is None or not name.endswith(".j2"):
        return name, None
    path = Path(name)
    return "/".join(path.absolute().parts[-2:]), path.read_text(encoding="utf-8")


def _print(previews: list[dict[str, Any]]) -> None:
    for one in previews:
        limit = f" of {one['limit']}" if one["limit"] else ""
        click.secho(f"{one['channel']}  ({one['length']}{limit} characters{_price(one)})", bold=True)
        button = f"\n\n[ {one['button']} ]" if one["button"] else ""
        click.echo(f"{one['error'] or one['text']}{button}\n")
        for line in _told(one):
            click.echo(line)
        print_findings(one["lint"])
        if one["lint"] or one["why"]:
            click.echo()
    if not previews:
        click.echo("no story is known yet")


def _price(one: dict[str, Any]) -> str:
    """What it costs, and what it would with or without a link, where that differs."""
    if not one["price_with_link"] or one["price"] is None:
        return ""
    other, how = (one["price_without_link"], "without") if one["link"] else (one["price_with_link"], "with")
    beside = f", {how} a link {other:g}" if other != one["price"] else ""
    return f"; costs {one['price']:g}{beside}"


def _told(one: dict[str, Any]) -> list[str]:
    """What found no room, and why; what became of the picture."""
    lines = [f"dropped: {name}" for name in one["dropped"]]
    if one["picture"] and (one["picture"]["error"] or one["picture"]["bytes"]):
        from distributor.render.gallery import picture_line

        lines.append(picture_line(one["picture"]))
    for cut in one["cut"]:
        how = f"cut at a {cut['at']}" if cut["at"] else "left out"
        lines.append(f"{cut['of']} {how}, without: {cut['left_out']}")
    return [*lines, one["why"]] if one["why"] else lines
