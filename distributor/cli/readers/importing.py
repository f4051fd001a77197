"""``distributor subscribers import`` and ``export``: lists of readers, in and out."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from distributor.cli.output import EXIT_NEGATIVE, ProgressBar, act, json_option, print_json
from distributor.mime import mailbox
from distributor.rules.mail.readers.importing import Brought, Format, UnknownList
from distributor.rules.mail.readers.listing import Listing, listing, told

#: addresses of one call, which must fit into a line of the control socket
SLICE = 2_000
#: columns of a file that is given out
COLUMNS = ("address", "name", "language", "zone", "topic", "state", "since", "source")
#: what became of an address, in words
_WORDS = {
    "new": "new: subscribed from now on",
    "had": "here already, and left as they are",
    "noted": "noted as having left, or as never to be mailed",
    "left": "not brought: they have left here",
    "suppressed": "not brought: they must not be mailed",
    "erased": "not brought: they were erased here",
}


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--to", "topics", multiple=True, help="Digest or email channel that they get; repeatable.")
@click.option("--format", "made_by", type=click.Choice([one.value for one in Format]), help="Who made the files.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of whom.")
@click.option("--with-roles", is_flag=True, help="Bring addresses of an office, such as info@, too.")
@click.option("--force", metavar="REASON", default="", help="Bring a list that looks stale; why you may.")
@json_option
@click.pass_obj
def import_(
    config: Path | None,
    files: tuple[Path, ...],
    topics: tuple[str, ...],
    made_by: str | None,
    dry_run: bool,
    with_roles: bool,
    force: str,
    as_json: bool,
) -> None:
    """Bring readers from files of our own, of listmonk, Mailchimp or Ghost. Who left or is suppressed stays so.

    \b
    Example:
      distributor subscribers import subscribed.csv unsubscribed.csv --to morning --dry-run
    """
    found = _read(files, made_by, with_roles=with_roles)
    if not topics and found.needs_topics:
        raise click.UsageError("the files name no newsletter: say which they get with --to NAME")
    said = f"import {found.format.value} {', '.join(path.name for path in files)}"
    ready = {"topics": list(topics), "source": f"{said} (forced: {force})" if force else said}
    would = _bring(config, found.brought, {**ready, "dry_run": True}, "looking")
    is_meant = not dry_run and (not found.doubts or bool(force.strip()))
    became = _bring(config, found.brought, {**ready, "dry_run": False}, "bringing") if is_meant else would
    _tell(found, became, is_done=is_meant, as_json=as_json)
    if not is_meant and not dry_run:
        raise SystemExit(EXIT_NEGATIVE)


@click.command("export")
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), help="File; default standard output.")
@json_option
@click.pass_obj
def export(config: Path | None, file: Path | None, as_json: bool) -> None:
    """Every subscription as CSV, with who left and who must not be mailed; import takes it as it is.

    \b
    Example:
      distributor subscribers export --to readers.csv
    """
    rows = list(_pages(config))
    if as_json:
        print_json({"readers": rows})
    elif file is None:
        _write(rows, sys.stdout)
    else:
        with file.open("w", encoding="utf-8", newline="") as out:
            _write(rows, out)
        click.echo(f"{file}: {len(rows)} rows")


def _read(files: Sequence[Path], made_by: str | None, *, with_roles: bool) -> Listing:
    """The files as one list. Raises UsageError for what is none."""
    kind = Format(made_by) if made_by else None
    read = [(str(path), path.read_bytes()) for path in files]
    try:
        return listing(read, wanted=kind, with_roles=with_roles, is_address=_is_address, now=datetime.now(UTC))
    except UnknownList as error:
        raise click.UsageError(f"{error}; or say with --format who made it") from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _is_address(text: str) -> bool:
    try:
        mailbox(text)
    except ValueError:
        return False
    return "<" not in text


def _bring(config: Path | None, brought: Sequence[Brought], how: Mapping[str, Any], verb: str) -> Mapping[str, int]:
    """The list in slices; how many became what."""
    became: Counter[str] = Counter()
    with ProgressBar(verb, len(brought)) as bar:
        for begin in range(0, len(brought), SLICE):
            some = brought[begin : begin + SLICE]
            fields = {"readers": [told(one) for one in some], **how}
            became.update(act(config, "import_readers", fields, patience=60.0)["became"])
            bar.show(begin + len(some), f"{begin + len(some)} of {len(brought)}")
    return became


def _tell(found: Listing, became: Mapping[str, int], *, is_done: bool, as_json: bool) -> None:
    counts = {name: became.get(name, 0) for name in _WORDS}
    if as_json:
        read = {"addresses": len(found.brought), "doubles": found.doubles, "bad": found.bad}
        told_of = {"format": found.format.value, **read, "roles": found.roles, "doubts": list(found.doubts)}
        print_json({**told_of, "became": counts, "done": is_done})
        return
    click.echo(f"{len(found.brought)} addresses of {found.format.value}")
    for count, what in ((found.doubles, "stood there more than once"), (found.bad, "are no addresses")):
        if count:
            click.echo(f"  {count:>7} {what}")
    if found.roles:
        click.echo(f"  {found.roles:>7} are addresses of an office, such as info@ (--with-roles brings them)")
    for name, words in _WORDS.items():
        if counts[name]:
            click.echo(f"  {counts[name]:>7} {words}")
    for doubt in found.doubts:
        click.echo(f"doubtful: {doubt}", err=True)
    if not is_done and found.doubts:
        click.echo('nothing was brought; if you know that they want it: --force "REASON"', err=True)
    elif not is_done:
        click.echo("nothing was brought: this only looked")


def _pages(config: Path | None) -> Iterator[Mapping[str, Any]]:
    after: int | None = None
    while True:
        told = act(config, "export_readers", {"after": after}, patience=60.0)
        yield from told["readers"]
        after = told["next"]
        if after is None:
            return


def _write(rows: Sequence[Mapping[str, Any]], out: Any) -> None:
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
