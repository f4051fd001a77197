"""Secrets: from ``{credential = ...}``, ``{env = ...}`` or a plain value to a Secret. Must never put a value in
a message.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributor.config.report import Place, Report, found
from distributor.config.scanner import KeyPath
from distributor.phrases import Phrase
from distributor.secret import Secret

HINT = 'expected {credential = "NAME"}, {env = "NAME"} or a text in quotes'
#: variables that name a folder of secret files, the strongest first; systemd sets the first (systemd.exec(5))
FOLDERS = ("CREDENTIALS_DIRECTORY", "DISTRIBUTOR_SECRETS")
#: a key file with its chain is far smaller (systemd's own limit for a credential is 1 MiB)
_LARGEST = 1 << 20
#: longer names are rarely given, and access keys are longer
_LONGEST_SHOWN = 40
_FILE_NAME = re.compile(r"(?!\.)[A-Za-z0-9._@+-]{1,255}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of secret files, and the variable that named it."""

    variable: str
    path: Path


class Unusable(Exception):
    """A secret that cannot be had; the two texts hold no value."""

    def __init__(self, found: str, hint: str) -> None:
        """Keep what was found and what would be right."""
        super().__init__(found)
        self.found = found
        self.hint = hint


def secret_folders(environ: Mapping[str, str], cwd: Path) -> tuple[Folder, ...]:
    """The folders that the environment names, the strongest first."""
    return tuple(Folder(variable=name, path=cwd / environ[name]) for name in FOLDERS if environ.get(name))


class Vault:
    """Finds secrets for the keys of one configuration."""

    def __init__(self, environ: Mapping[str, str], folders: tuple[Folder, ...], report: Report) -> None:
        """``environ`` is read, never changed."""
        self.environ = environ
        self.folders = folders
        self._report = report

    def resolve(self, path: KeyPath, value: Any) -> Secret | None:
        """The secret that the value at this key stands for; None after a problem, which has been reported."""
        try:
            return self._resolve(path, value)
        except Unusable as error:
            self._report.problem(path, Phrase.as_it_is(error.found), Phrase.as_it_is(error.hint))
            return None

    def _resolve(self, path: KeyPath, value: Any) -> Secret:
        match value:
            case Secret():
                return value
            case str() if value:
                if self._report.place(path).is_file:
                    self._report.warning(
                        path, 'the secret stands in the file itself; better {credential = "NAME"} or {env = "NAME"}'
                    )
                return Secret(value)
            case {"credential": str(name), **rest} if not rest:
                return self._credential(name)
            case {"env": str(name), **rest} if not rest:
                return self._variable(name)
            case str():
                raise Unusable("an empty text", HINT)
            case _:
                raise Unusable(found(value), HINT)

    def _variable(self, name: str) -> Secret:
        if _VARIABLE.fullmatch(name) is None:
            raise Unusable("what stands after env is no name of a variable", "give the name, not the secret itself")
        if not self.environ.get(name):
            raise Unusable(f"the environment variable {_shown(name)} is not set", "set it, or name another one")
        return Secret(self.environ[name])

    def _credential(self, name: str) -> Secret:
        if _FILE_NAME.fullmatch(name) is None:
            raise Unusable("what stands after credential is no file name", "give the name, not the secret or a path")
        for folder in self.folders:
            if _is_there(folder.path / name):
                return Secret(read_secret(folder.path / name, self._report))
        looked = ", ".join(f"{folder.path} (${folder.variable})" for folder in self.folders)
        where = f"looked in {looked}" if looked else "neither $CREDENTIALS_DIRECTORY nor $DISTRIBUTOR_SECRETS is set"
        raise Unusable(f"there is no credential {_shown(name)}", where)


def _shown(name: str) -> str:
    """A name as messages may show it: what looks like a key that was put in the place of its name is not shown."""
    mixed = all(any(test(char) for char in name) for test in (str.isupper, str.islower, str.isdigit))
    return "of this name" if mixed or len(name) > _LONGEST_SHOWN else name


def read_secret(file: Path, report: Report) -> str:
    """The text of a secret file without white space around it; warns when every user may read it. Raises Unusable."""
    try:
        mode = file.stat().st_mode
        raw = file.read_bytes()[: _LARGEST + 1]
    except OSError as error:
        raise Unusable(f"{file} cannot be read ({(error.strerror or 'error').lower()})", "make it readable") from None
    if mode & stat.S_IROTH:
        report.remark(f"{file}: every user of this machine can read this secret; chmod 600 it")
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Unusable(f"{file} is not a text in UTF-8", "expected the secret as text") from None
    if not text or len(raw) > _LARGEST:
        raise Unusable(f"{file} is {'too large' if text else 'empty'}", "expected the secret as text")
    return text


def _is_there(file: Path) -> bool:
    """Whether there is something of that name; also when this user may not look (reading it then says so)."""
    try:
        return file.exists()
    except OSError:
        return True


def file_names(folders: tuple[Folder, ...], report: Report) -> Iterator[tuple[str, Path]]:
    """Name and path of every file in the folders; of two with one name, the one in the stronger folder.

    A folder that the environment names but that cannot be read is reported.
    """
    seen: set[str] = set()
    for folder in folders:
        try:
            files = [file for file in sorted(folder.path.iterdir()) if file.is_file() and file.name not in seen]
        except OSError as error:
            told = f"the folder {folder.path} cannot be read ({(error.strerror or 'error').lower()})"
            hint = Phrase.as_it_is("expected a readable folder")
            report.problem_at(Place(where="environment"), folder.variable, Phrase.as_it_is(told), hint)
            continue
        seen.update(file.name for file in files)
        yield from ((file.name, file) for file in files)
