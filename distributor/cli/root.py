"""The command group: shared options, and errors turned into plain lines and exit codes. Knows no act."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from distributor import __version__
from distributor.cli.output import EXIT_BUSY, EXIT_CONFIG, EXIT_NEGATIVE, EXIT_NETWORK, in_words
from distributor.errors import CallError, ConfigError, DistributorError, FetchError, StoreLocked
from distributor.secret import redact

#: Each command and where it lives, in the order of ``--help``.
COMMANDS = {
    "init": "setup",
    "check": "setup",
    "run": "running",
    "demo": "running",
    "drill": "drilling",
    "fetch": "fetching",
    "preview": "previewing",
    "deliveries": "looking",
    "where": "looking",
    "why": "weighing",
    "settle": "settling",
    "prove": "proving",
    "reconcile": "proving",
    "alerts": "alerting",
    "channels": "sending",
    "feeds": "feeding",
    "poll": "feeding",
    "publish": "publishing",
    "digest": "looking",
    "issue": "mail.issues",
    "post": "posting",
    "reword": "posting",
    "correct": "correcting",
    "withdraw": "correcting",
    "corrections": "corrections",
    "handover": "shift",
    "hooks": "hooks",
    "hold": "holding",
    "release": "holding",
    "skip": "holding",
    "send-now": "holding",
    "approve": "approving",
    "stop": "stopping",
    "move": "holding",
    "stops": "stopping",
    "resume": "stopping",
    "schedule": "times",
    "upcoming": "times",
    "plan": "desk.planning",
    "subscribers": "readers",
    "bounce": "mail.bounces",
    "user": "desk.people",
    "token": "desk.people",
    "keys": "setup",
    "backup": "keeping",
    "restore": "keeping",
    "take-over": "keeping",
    "shadow": "shadowing",
    "text": "texts",
}

#: For scripts: documented, and not in ``--help``.
HIDDEN = frozenset({"text"})


class Commands(click.Group):
    """Loads a command's module when it is asked for, and ends every expected error in one plain line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's shape)
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's shape)
        """The command's own module, loaded now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"distributor.cli.{COMMANDS[cmd_name]}")
        found: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run; an expected error becomes a line on standard error and an exit code (docs/commands.md)."""
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            _fail(str(error), EXIT_CONFIG)
        except StoreLocked as error:
            _fail(f"{error}", EXIT_BUSY)
        except FetchError as error:
            _fail(in_words(str(error)), EXIT_NETWORK)
        except CallError as error:
            _fail(f"{error}; {error.hint}" if error.hint else str(error), EXIT_NEGATIVE)
        except DistributorError as error:
            _fail(str(error), EXIT_NEGATIVE)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(EXIT_NEGATIVE)
        except OSError as error:
            # a folder that cannot be written, a disk that is full: the machine's words, not a traceback
            place = f"{error.filename}: " if error.filename else ""
            _fail(f"{place}{error.strerror or error}", EXIT_NEGATIVE)


def _fail(text: str, code: int) -> None:
    click.echo(redact(text), err=True)
    sys.exit(code)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="distributor")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="DISTRIBUTOR_CONFIG",
    help="Configuration file; default ./config.toml, then /etc/distributor/config.toml.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Send every story a newsroom publishes to X, Telegram, mail and webhooks, exactly once.

    \b
    Example:
      distributor init && distributor check && distributor run
    """
    ctx.obj = config
    if os.environ.get("NO_COLOR"):
        ctx.color = False  # https://no-color.org; click itself does not ask
