"""``distributor init``, ``distributor check`` and ``distributor keys``."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from distributor.cli.output import EXIT_CONFIG, EXIT_DONE, EXIT_NEGATIVE, json_option, load_settings, print_json

if TYPE_CHECKING:
    from distributor.net.names import Names


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
@click.option("--mail", is_flag=True, help="Look at each sender of mail as mailbox providers do: DNS, relay, pages.")
@click.option(
    "--resolver", default="", metavar="ADDRESS[:PORT]", help="The name server to ask; default this machine's."
)
@json_option
@click.pass_obj
def check(config: Path | None, mail: bool, resolver: str, as_json: bool) -> None:
    """Prove a configuration without posting: templates, feeds, and each channel's credentials by a harmless call.

    \b
    Example:
      distributor check --mail --json
    """
    from distributor.trying import PARTS, check_all

    found = check_all(load_settings(config), _names(resolver) if mail else None)
    if as_json:
        print_json(found)
    else:
        for part in PARTS:
            for one in found[part]:
                _print_finding(part, one)
    sys.exit(EXIT_DONE if found["ok"] else EXIT_NEGATIVE)


def _names(resolver: str) -> Names:
    from distributor.net.names import Names

    try:
        return Names(resolver)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--resolver") from error


#: How a finding's part is called in words, where that is not the part's own name.
_PARTS: Mapping[str, str] = {"operations": "operations chat,", "login": "login by"}


def _print_finding(part: str, one: Mapping[str, Any]) -> None:
    mark = click.style("ok  ", fg="green") if one["ok"] else click.style("FAIL", fg="red")
    what = _PARTS.get(part, part.removesuffix("s"))
    what = f"{what} of {one['channel']}," if "channel" in one else what
    click.echo(f"{mark} {what} {one['name']}: {one['detail']}")
    if one.get("fix"):
        click.echo(f"     {one['fix']}")


@click.group()
def keys() -> None:
    """Make the keys that sign mail.

    \b
    Example:
      distributor keys dkim --domain example.org --selector s2026a --out dkim_s2026a
    """


@keys.command()
@click.option("--domain", required=True, help="Whose mail it signs: the domain of the sender.")
@click.option("--selector", required=True, help="The key's name in DNS; a new one for every new key, such as s2026b.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file of the private key; made readable for you alone. One that exists is kept, and its record shown.",
)
@click.option(
    "--kind",
    type=click.Choice(["rsa", "ed25519"]),
    default="rsa",
    show_default=True,
    help="What it is; ed25519 only signs beside a key of RSA.",
)
@click.option("--bits", type=click.IntRange(2048, 4096), default=2048, show_default=True, help="Of an RSA key.")
@json_option
def dkim(domain: str, selector: str, out: Path, kind: str, bits: int, as_json: bool) -> None:
    """Make a key that signs mail (DKIM), and show the record that DNS needs.

    \b
    Example:
      distributor keys dkim --domain example.org --selector s2026a --out dkim_s2026a
    """
    from distributor.keys import make_key, read_key

    is_new = not out.exists()
    try:
        pem = (
            make_key("rsa-sha256" if kind == "rsa" else "ed25519-sha256", bits=bits)
            if is_new
            else out.read_text("ascii")
        )
        key = read_key(pem)
        if is_new:
            _write(out, pem)
    except ValueError as error:
        click.echo(f"{out}: {error}", err=True)
        sys.exit(EXIT_CONFIG)
    name = f"{selector}._domainkey.{domain.lower().rstrip('.')}"
    if as_json:
        print_json({"file": str(out), "made": is_new, "algorithm": key.algorithm, "bits": key.bits}
                   | {"name": name, "record": key.record})  # fmt: skip
        return
    click.echo(f"{'wrote' if is_new else 'kept'} {out} ({key.algorithm}, {key.bits} bits)")
    click.echo(
        f"DNS needs this record; it must be there before the key signs:\n{name}. IN TXT ( {_strings(key.record)} )"
    )


def _write(path: Path, pem: str) -> None:
    """A new file that only its owner may read. Raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(pem)


def _strings(record: str) -> str:
    """The record in strings of at most 255 octets (RFC 1035 section 3.3), as a zone's file has them."""
    return " ".join(f'"{part}"' for part in re.findall(".{1,255}", record))
