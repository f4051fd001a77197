"""``distributor bounce``: what came back of mails, read and judged. Holds no judgement of its own."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from distributor.cli.output import act, json_option, print_json, print_table
from distributor.looks import return_json

#: one mail after another in an mbox file (RFC 4155): an empty line, then a line that no mail begins with
_NEXT = re.compile(rb"(?<=\n)\r?\n(?=From \S+ [^\r\n]*\d{4}\r?\n)")


@click.group()
def bounce() -> None:
    """What came back of mails: bounces, complaints, answers by machines.

    \b
    Example:
      distributor bounce read /var/mail/bounces/new/*
    """


@bounce.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
@json_option
def read(files: tuple[str, ...], as_json: bool) -> None:
    """What each mail is taken for, and what would follow for whom; nothing is written and no store is needed.

    A FILE is one mail, or an mbox with many; - is standard input. --json prints one object for each mail, a line each.

    \b
    Example:
      distributor bounce read bounce.eml --json
    """
    from distributor.rules.mail.returning.returns import classify

    for file in files:
        for raw in _mails(file):
            told = return_json(file, classify(raw))
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else _said(told))


@bounce.command("list")
@click.option("--unknown", is_flag=True, help="Only what nobody understood and nobody has looked at.")
@click.option("--address", default="", help="Only what is about this address.")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="Most lines of each list; default 50.")
@json_option
@click.pass_obj
def list_(config: Path | None, unknown: bool, address: str, limit: int, as_json: bool) -> None:
    """What came back and what followed, the latest first; failing addresses, and providers that refuse us.

    \b
    Examples:
      distributor bounce list --unknown
      distributor bounce list --address reader@example.org --json
    """
    found = act(config, "bounces", {"unknown": unknown, "address": address, "limit": limit})
    if as_json:
        print_json(found)
        return
    columns = ("id", "at", "source", "kind", "address", "class", "status", "action", "reason")
    print_table(columns, [[one[key] for key in columns] for one in found["returns"]])
    for title, key, names in (
        ("failing softly", "scores", ("address", "points", "last_day", "rests", "rests_until")),
        ("refusing us", "providers", ("domain", "channel", "status", "until", "reason")),
    ):
        if found[key] and not (unknown or address):
            click.echo(f"\n{title}:")
            print_table(names, [[one[name] for name in names] for one in found[key]])
    if found["unknown"]:
        click.echo(f"\n{found['unknown']} not understood; distributor bounce seen when somebody has looked")


@bounce.command()
@json_option
@click.pass_obj
def seen(config: Path | None, as_json: bool) -> None:
    """Say that somebody has looked at what nobody understood; the alert ends.

    \b
    Example:
      distributor bounce seen
    """
    found = act(config, "bounces_seen", {})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['seen']} looked at")


@bounce.command()
@click.argument("domain")
@json_option
@click.pass_obj
def resume(config: Path | None, domain: str, as_json: bool) -> None:
    """Mail the readers of a provider again now, whatever it has answered.

    \b
    Example:
      distributor bounce resume example.com
    """
    found = act(config, "resume_provider", {"domain": domain})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{found['domain']} is mailed again")


def _mails(file: str) -> Iterator[bytes]:
    raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    yield from _NEXT.split(raw) if raw.startswith(b"From ") else (raw,)


def _said(told: dict[str, object]) -> str:
    """One mail in plain lines."""
    lines = [f"{told['file']}: {told['kind']}"]
    recipients = told["recipients"]
    assert isinstance(recipients, list)
    for one in recipients:
        status = f" {one['status']}" if one["status"] else ""
        lines.append(f"  {one['address'] or '(nobody named)'}: {one['class']}{status}, {one['action']}")
    return "\n".join(lines)
