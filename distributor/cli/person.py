"""The option that says who decides: every act of a person is on record under a name."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: What goes on record as the way by which somebody acted here.
THROUGH = "command line"


def who_option(function: F) -> F:
    """``--by NAME``; the login name where nobody says another."""
    about = "Who decides; default the login name. It is put on record."
    return click.option("--by", "who", default=None, help=about)(function)


def named(who: str | None) -> dict[str, str]:
    """The arguments of a call that say who acts, and through what. Raises UsageError where nobody is named."""
    return {"who": who or _login(), "through": THROUGH}


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:  # a user without a name (a container); OSError from Python 3.13 on
        raise click.UsageError("this user has no login name; say --by NAME") from error
