"""``distributor bounce``: what came back of mails, read and judged. Holds no judgement of its own."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from distributor.cli.output import json_option
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
    from distributor.rules.mail.returns import classify

    for file in files:
        for raw in _mails(file):
            told = return_json(file, classify(raw))
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else _said(told))


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
