"""Kinds of channel for the tests of the configuration, and a way to load texts. Contacts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from distributor import config
from distributor.channels import ChannelKind
from distributor.secret import Secret


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A kind with nothing but a default."""

    stream: Literal["stdout", "stderr"] = "stdout"
    #: no key of the table
    shown: int = field(default=0, init=False)


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A kind with a key of every sort."""

    token: Secret
    chat: str
    backup: Secret | None = None
    silent: bool = False
    topic: int | None = None
    patience: float = 1.5
    tags: tuple[str, ...] = ()
    #: what a model of pydantic's would shadow
    json: str = ""
    hook: str = field(default="", repr=False)
    level: Literal[1, 2] = 1

    def __post_init__(self) -> None:
        """Refuse what the tests need refused."""
        if " " in self.chat:
            raise ValueError("chat must be one word")
        if self.token.reveal() == "wrong-token":
            raise ValueError(f"token must not be {self.token.reveal()}")
        if self.patience == 13:
            raise ValueError("an unlucky combination")
        if self.silent and self.topic is None:
            raise ValueError("topic must be given for silent posts")


@dataclass(frozen=True, kw_only=True)
class Way:
    """A table below a table."""

    host: str
    password: Secret | None = None
    priority: int = 1

    def __post_init__(self) -> None:
        """Refuse what the tests need refused."""
        if self.priority == 13:
            raise ValueError("priority 13 is an unlucky one")


@dataclass(frozen=True, kw_only=True)
class Post:
    """A kind for digests, with tables of its own."""

    host: str = "localhost"
    ways: Mapping[str, Way] = field(default_factory=dict)


def _never(name: str, options: Any) -> Any:
    raise AssertionError(f"loading a configuration must not open {name} with {options}")


KINDS: Mapping[str, ChannelKind] = {
    "chat": ChannelKind(options=Chat, open=_never),
    "console": ChannelKind(options=Screen, open=_never),
    "email": ChannelKind(options=Post, open=_never),
}


def check_schedule(text: str) -> None:
    """Stands in for the schedule grammar."""
    if not text.startswith("at "):
        raise ValueError('expected "at HH:MM"')


def load(folder: Path, *, environ: Mapping[str, str] | None = None, **files: str) -> config.Settings:
    """Write ``config`` and ``editorial`` into the folder and load them from there."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return config.load(None, environ=environ or {}, cwd=folder, check_schedule=check_schedule)
