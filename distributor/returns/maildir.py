"""A Maildir to which mail comes back: a folder with new, cur and tmp. Must not read what is in the mails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from distributor.errors import MailboxError
from distributor.returns import InboxKind

T = TypeVar("T")

#: Beside the others, as Maildir++ has it, so that a mail program shows it as a folder of its own.
ASIDE: Final = ".distributor-unknown"
#: No mail that comes back is longer; what is beyond it is not read.
MOST: Final = 32 << 20


@dataclass(frozen=True, kw_only=True)
class MaildirOptions:
    """The table ``[mailboxes.NAME]`` with ``type = "maildir"``."""

    #: of the mailbox: it has the folders new and cur
    folder: str

    def __post_init__(self) -> None:
        """Raise ValueError for a path that depends on where the program was started."""
        if not Path(self.folder).is_absolute():
            raise ValueError(f"folder {self.folder!r} is no absolute path; begin it with /")


class Maildir:
    """Reads one Maildir; see :class:`~distributor.interfaces.Inbox`."""

    def __init__(self, name: str, options: MaildirOptions) -> None:
        """Nothing is read yet."""
        self.name = name
        self._folder = Path(options.folder)

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """What lies in new and cur; a file that somebody takes away meanwhile is none."""
        for path in self._told(self._files):
            raw = self._told(lambda path=path: _bytes(path))  # type: ignore[misc]  # bound at once
            if raw is not None:
                yield str(path.relative_to(self._folder)), raw

    def remove(self, key: str) -> None:
        """Delete a mail."""
        self._told(lambda: (self._folder / key).unlink(missing_ok=True))

    def set_aside(self, key: str) -> None:
        """Move a mail into the folder :data:`ASIDE`."""
        self._told(lambda: self._move(key))

    def close(self) -> None:
        """Nothing stays open."""

    def _files(self) -> list[Path]:
        """The mails, the oldest first; no link is followed out of the mailbox."""
        if not (self._folder / "new").is_dir():
            raise MailboxError(f"mailbox {self.name}: {self._folder} is no Maildir: it has no folder new")
        found = [path for part in ("new", "cur") for path in (self._folder / part).glob("[!.]*")]
        # a Maildir's names begin with their instant
        return sorted((path for path in found if path.is_file() and not path.is_symlink()), key=lambda path: path.name)

    def _move(self, key: str) -> None:
        aside = self._folder / ASIDE
        for part in ("tmp", "new", "cur"):
            (aside / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        (aside / "maildirfolder").touch()
        path = self._folder / key
        try:
            path.rename(aside / "new" / path.name)
        except FileNotFoundError:
            return

    def _told(self, work: Callable[[], T]) -> T:
        """Do it; what the machine says against it becomes a MailboxError."""
        try:
            return work()
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise MailboxError(f"mailbox {self.name}: {error.filename or self._folder}: {reason}") from error


def _bytes(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(MOST)
    except FileNotFoundError:
        return None


MAILDIR: Final = InboxKind(options=MaildirOptions, open=Maildir)
