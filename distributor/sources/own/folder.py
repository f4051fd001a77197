"""A watched folder as a source: Markdown, HTML and text files with front matter, or ninjs files; ninjs over HTTP, too.
Must not parse here, and never leaves the folder.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from distributor.errors import FetchError
from distributor.interfaces import Fetched, Source, Validators
from distributor.model import Article
from distributor.secret import Secret
from distributor.sources import Opening, SourceKind
from distributor.sources.own.asking import Memory, parsed_many, told
from distributor.sources.own.documents import DocumentSource
from distributor.sources.own.options import ADDRESS, require, require_address, require_between, require_link

_log = logging.getLogger(__name__)
#: Endings of the files that are read, by kind of reader.
ENDINGS: Final = {"folder": (".md", ".markdown", ".html", ".htm", ".txt"), "ninjs": (".json", ".ninjs")}
#: A file that changed less long ago may be half written.
SETTLED: Final = timedelta(seconds=1)
#: How deep folders inside the folder are looked into, and how many names are looked at.
DEEPEST: Final = 4
MOST_NAMES: Final = 20_000


class FolderSource:
    """The files of a folder, each read when it is new or changed; hidden ones and links never are."""

    def __init__(self, opening: Opening, folder: Path, *, most: int, kind: str, options: dict[str, Any]) -> None:
        """Keep what is needed; nothing is opened. ``most`` files, those changed last, count."""
        self.name = opening.name
        #: what was left out or looked wrong at the last reading
        self.warnings: tuple[str, ...] = ()
        self._opening = replace(opening, reading=replace(opening.reading, kind=kind, options=options))
        self._folder = folder
        self._most = most
        self._memory = Memory()

    def fetch(self, validators: Validators) -> Fetched | None:
        """The files that are new or changed, the oldest first; None when none is. Raises FetchError."""
        read = self._memory.recall(validators)
        parts: list[Fetched] = []
        seen: dict[str, str] = {}
        for name, stamp in self._names():
            if read.get(name) == stamp:
                seen[name] = stamp
            elif (part := self._file(name)) is not None:
                seen[name] = stamp
                parts.append(part)
        if not parts and validators != Validators():
            return None
        found = self._memory.propose(seen)
        return Fetched(body=b"", url=self._folder.as_posix(), content_type="", validators=found, parts=tuple(parts))

    def parse(self, fetched: Fetched) -> Sequence[Article]:
        """The articles, one file after the other; a file that cannot be read is a warning. Raises ParseError."""
        if not fetched.parts:
            self.warnings = ()
            return ()
        reading = self._opening.reading

        def for_file(part: Fetched) -> Any:
            return replace(reading, options={**reading.options, "address": part.url.rpartition("//")[2]})

        parsed = parsed_many(self._opening.guard, fetched.parts, for_file)
        self.warnings = parsed.warnings
        return told(self.name, parsed)

    def _names(self) -> Sequence[tuple[str, str]]:
        """The files by their names inside the folder, each with what tells one version from another; the last changed
        ones, the oldest of them first. Raises FetchError.
        """
        found: list[tuple[int, str, str]] = []
        try:
            with os.scandir(self._folder):
                pass
        except OSError as error:
            raise FetchError(f"the folder cannot be read ({(error.strerror or 'unknown').lower()})") from None
        now = self._opening.clock.now().timestamp()
        for place, folders, files in os.walk(self._folder, followlinks=False):
            depth = len(Path(place).relative_to(self._folder).parts)
            folders[:] = [] if depth >= DEEPEST else sorted(one for one in folders if not one.startswith("."))
            for file in files:
                path = Path(place) / file
                if len(found) < MOST_NAMES and self._is_ours(file) and (facts := _facts(path)) is not None:
                    age = now - facts.st_mtime
                    if not 0 <= age < SETTLED.total_seconds():
                        stamp = f"{facts.st_mtime_ns}-{facts.st_size}-{facts.st_ino}"
                        found.append((facts.st_mtime_ns, path.relative_to(self._folder).as_posix(), stamp))
        return [(name, stamp) for _, name, stamp in sorted(found)[-self._most :]]

    def _is_ours(self, name: str) -> bool:
        return not name.startswith((".", "~")) and name.lower().endswith(ENDINGS[self._opening.reading.kind])

    def _file(self, name: str) -> Fetched | None:
        """One file; None where it is gone, is no plain file, or is too large."""
        try:
            # neither a link that appeared since it was looked at, nor a pipe that nobody writes to
            handle = os.open(self._folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            _log.warning("feed %s: %s cannot be read (%s)", self.name, name, error.strerror)
            return None
        with os.fdopen(handle, "rb") as file:
            is_plain = stat.S_ISREG(os.fstat(handle).st_mode)
            body = file.read(self._opening.most_bytes + 1) if is_plain else b""
        if not is_plain or len(body) > self._opening.most_bytes:
            _log.warning("feed %s: %s is %s", self.name, name, "too large" if is_plain else "no plain file")
            return None
        # no address of anything: only its name says which file it is
        return Fetched(body=body, url=f"file://{quote(name)}", content_type="", validators=Validators())


def _facts(path: Path) -> os.stat_result | None:
    """What is known of a plain file; None for anything else."""
    try:
        facts = path.lstat()
    except OSError:
        return None
    return facts if stat.S_ISREG(facts.st_mode) else None


@dataclass(frozen=True, kw_only=True)
class FolderOptions:
    """The keys of a watched folder."""

    #: its path; a relative one starts at the configuration's file
    folder: str
    #: address of a story whose file names none: "https://example.org/{slug}/"
    link: str = ""
    #: files that count, the last changed ones
    most: int = 500

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        require(holds=bool(self.folder.strip()), sentence="folder: expected the path of a folder")
        require_link(self.link)
        require_between(self.most, "most", 1, 10_000)


@dataclass(frozen=True, kw_only=True)
class NinjsOptions:
    """The keys of ninjs, in a folder or over HTTP: one of ``url`` and ``folder``."""

    #: of a document with one story or several; may hold a password
    url: str = field(default="", repr=False, metadata=ADDRESS)
    #: folder of files, each with one story or several
    folder: str = ""
    #: sent as "Authorization: Bearer"
    token: Secret | None = None
    #: address of a story that names none: "https://example.org/{id}/"
    link: str = ""
    #: files that count, the last changed ones
    most: int = 500

    def __post_init__(self) -> None:
        """Refuse what does not fit."""
        both = bool(self.url) and bool(self.folder)
        require(holds=not both, sentence="folder: expected either url or folder, not both")
        require(holds=bool(self.url or self.folder.strip()), sentence="url: expected an address, or a folder")
        if self.url:
            require_address(self.url)
        require_link(self.link)
        require_between(self.most, "most", 1, 10_000)


def _open_folder(opening: Opening, options: FolderOptions) -> Source:
    told = {"link": options.link}
    return FolderSource(opening, opening.base / options.folder, most=options.most, kind="folder", options=told)


def _open_ninjs(opening: Opening, options: NinjsOptions) -> Source:
    told = {"link": options.link}
    if options.folder:
        return FolderSource(opening, opening.base / options.folder, most=options.most, kind="ninjs", options=told)
    opening = replace(opening, reading=replace(opening.reading, kind="ninjs", options=told))
    return DocumentSource(opening, options.url, token=options.token)


FOLDER: Final = SourceKind(options=FolderOptions, open=_open_folder)
NINJS: Final = SourceKind(options=NinjsOptions, open=_open_ninjs)
