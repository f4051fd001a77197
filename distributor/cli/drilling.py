"""``distributor drill ...``: runs against the loopback platforms that put a guarantee to the test."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from secrets import randbelow
from typing import Any

import click

from distributor.cli.output import EXIT_DONE, EXIT_NEGATIVE, ProgressBar, json_option, print_json


@click.group()
def drill() -> None:
    """Put a guarantee to the test on this machine alone.

    \b
    Example:
      distributor drill kill --deliveries 400 --kills 20
    """


@drill.command()
@click.option(
    "--deliveries",
    default=400,
    show_default=True,
    type=click.IntRange(20, 100_000),
    help="About how many deliveries, over all channels and readers.",
)
@click.option(
    "--kills", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How often the daemon is killed."
)
@click.option("--seed", type=click.IntRange(0), help="What is drawn: instants, faults, stories; default any.")
@json_option
def kill(deliveries: int, kills: int, seed: int | None, as_json: bool) -> None:
    """Kill the daemon again and again while it sends, then count what readers saw.

    \b
    Example:
      distributor drill kill --deliveries 400 --kills 20 --seed 7 --json
    """
    from distributor.drills.kill import run_kill
    from distributor.drills.process import unwinding

    # what the last rounds, run in this process, have to say of their own faults is no news to whoever runs a drill
    logging.getLogger("distributor").addHandler(logging.NullHandler())
    chosen = randbelow(1 << 31) if seed is None else seed
    with unwinding(), ProgressBar("kills", kills) as bar:
        result = run_kill(deliveries=deliveries, kills=kills, seed=chosen, show=bar.show)
    if as_json:
        print_json(result.json())
    else:
        click.echo(_words(result.json()))
    sys.exit(EXIT_DONE if result.ok else EXIT_NEGATIVE)


@drill.command()
@click.option("--policy", "policies", multiple=True, help="Only under this policy, such as replace; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder for the page.")
@json_option
def takes(policies: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Tell one story in nine steps (snap to kill) under every policy, and show what readers saw after each.

    \b
    Example:
      distributor drill takes --out takes-out
    """
    from distributor.drills.process import unwinding
    from distributor.drills.takes import POLICIES, run_takes

    if unknown := [name for name in policies if name not in POLICIES]:
        raise click.UsageError(f"there is no policy {unknown[0]!r}; known: {', '.join(POLICIES)}")
    with unwinding(), ProgressBar("policies", len(policies or POLICIES)) as bar:
        result = run_takes(policies=policies, out=out, show=bar.show)
    if as_json:
        print_json(result)
    else:
        click.echo(_takes_in_words(result))
    sys.exit(EXIT_DONE if result["ok"] else EXIT_NEGATIVE)


def _takes_in_words(found: dict[str, Any]) -> str:
    lines = []
    for policy in found["policies"]:
        lines.append(f"policy {policy['name']}")
        for step in policy["steps"]:
            acts = [
                f"{name}: {', '.join(f'{count} {act}' for act, count in sorted(one['acts'].items())) or '-'}"
                for name, one in step["platforms"].items()
            ]
            lines.append(f"  {step['name']:<28}{'; '.join(acts)}")
    lines += [f"  {finding}" for finding in found["findings"]]
    if found["page"]:
        lines.append(f"what readers saw: {found['page']}")
    lines.append("every post did what its policy says" if found["ok"] else "the drill FAILED")
    return "\n".join(lines)


def _words(found: dict[str, Any]) -> str:
    """The result for people."""
    lines = [
        "{stories} stories ({flashes} flashes), {deliveries} deliveries, {kills} kills in {seconds} s (seed {seed})",
        "  kills that met a delivery at the wire {sending}, one that was only claimed {claimed}, none {none}",
        "  lost {lost}, said to be sent and not seen {false_sent}, doubled {doubled}, mailed again {doubled_mail}",
        "  strange {strange}, given up {given_up}, unknown {unknown_left}, of these unexplained {unexplained}",
    ]
    for cause, platforms in found["unknown_by_cause"].items():
        lines += [f"    unknown by a {cause} on {platform}: {count}" for platform, count in platforms.items()]
    lines.append("  faults: " + (", ".join(f"{name} {n}" for name, n in found["faults"].items()) or "none came true"))
    lines.append("  (the platforms' rate limits were multiplied by {limit_factor})")
    told = [line.format(**found, **found["kills_by_phase"]) for line in lines]
    told += [f"  {text}" for text in found["findings"][:20]]
    if 2 * found["kills_at_the_wire"] < found["kills"]:
        told.append("  too few kills met a delivery at the wire: the drill proves too little")
    told.append("no kill lost or doubled anything" if found["ok"] else "the drill FAILED")
    return "\n".join(told)
