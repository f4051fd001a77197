"""A disk that loses its power: a SQLite file layer that knows what was synced. Knows nothing of the store.

::

    SQLite --xWrite--> Node: the file as it reads now, and per 512-byte sector every version since the last sync
           --xSync---> Node: what stands now is durable, the file's name too
    cut -------------> per sector one of its versions or the durable one; per size and name the same; the rest is gone

Locks and the WAL's shared memory are those of the real files below (a cut leaves no shared memory behind). Assumed of
the hardware: a sector of 512 bytes is written wholly or not at all, and a sync that returned has been done
(sqlite.org/atomiccommit.html, section 2). :class:`Disk` can be told to break the second rule.
"""

from __future__ import annotations

import itertools
from collections import Counter
from pathlib import Path
from random import Random

import apsw

SECTOR = 512
#: Told apart in the figures.
DATABASE, WAL = "database", "WAL"

_numbers = itertools.count(1)


class Node:
    """One file: what is durable, what reads now, and every version of a sector between the two."""

    def __init__(self, content: bytes = b"") -> None:
        self.synced = bytearray(content)
        self.now = bytearray(content)
        self.versions: dict[int, list[bytes]] = {}
        #: every size since the last sync
        self.sizes: list[int] = []

    def write(self, data: bytes, offset: int) -> None:
        """Write; a gap before the offset reads as zeros."""
        end = offset + len(data)
        if len(self.now) < offset:
            self.now.extend(bytes(offset - len(self.now)))
        if end > len(self.now):
            self.sizes.append(end)
        self.now[offset:end] = data
        for sector in range(offset // SECTOR, (end + SECTOR - 1) // SECTOR):
            self._remember(sector)

    def truncate(self, size: int) -> None:
        """Cut or grow."""
        del self.now[size:]
        self.now.extend(bytes(size - len(self.now)))
        self.sizes.append(size)
        if size % SECTOR:
            self._remember(size // SECTOR)

    def sync(self) -> None:
        """Make durable what reads now."""
        del self.synced[len(self.now) :]
        self.synced.extend(bytes(len(self.now) - len(self.synced)))
        for sector in self.versions:
            span = slice(sector * SECTOR, (sector + 1) * SECTOR)
            self.synced[span] = self.now[span]
        self.versions.clear()
        self.sizes.clear()

    def survivor(self, random: Random, odds: float, hits: Counter[str]) -> bytes:
        """What is found after a cut: each unsynced sector survives with these odds, in one of its versions."""
        size = random.choice(self.sizes) if self.sizes and random.random() < odds else len(self.synced)
        image = bytearray(self.synced[:size])
        if size > len(image):
            # blocks that were given to the file and never written hold whatever was there before
            image.extend(random.choice((bytes, random.randbytes))(size - len(image)))
        kept = 0
        for sector, versions in self.versions.items():
            start = sector * SECTOR
            if start < size and random.random() < odds:
                found = versions[-1] if random.random() < 0.8 else random.choice(versions)
                image[start : start + SECTOR] = found[: size - start]
                kept += 1
        hits["sectors kept"] += kept
        hits["sectors dropped"] += len(self.versions) - kept
        if 0 < kept < len(self.versions):
            hits["files torn"] += 1
        return bytes(image)

    def _remember(self, sector: int) -> None:
        start = sector * SECTOR
        self.versions.setdefault(sector, []).append(bytes(self.now[start : start + SECTOR]))


class Disk:
    """One folder on a disk, with a power switch."""

    def __init__(self, folder: Path, *, lies: bool = False) -> None:
        """``lies``: the disk says that it has synced and has not."""
        self.folder = folder
        self.vfs = f"power-{next(_numbers)}"
        self.lies = lies
        self.hits: Counter[str] = Counter()
        self._nodes: dict[str, Node] = {}
        self._entries: dict[str, Node] = {}
        self._random = Random(0)
        self._left: int | None = None
        self._only_syncs = False
        self._image: dict[str, bytes] | None = None
        self._quiet = False
        self._layer = _Layer(self)

    @property
    def is_off(self) -> bool:
        """Whether the power is gone."""
        return self._image is not None

    def load(self, image: dict[str, bytes]) -> None:
        """Power on, with these files and no others; nothing may be open."""
        for path in self.folder.iterdir():
            path.unlink()
        for name, content in image.items():
            (self.folder / name).write_bytes(content)
        self._nodes = {name: Node(content) for name, content in image.items()}
        self._entries = dict(self._nodes)
        self._left, self._image, self._quiet = None, None, False

    def arm(self, random: Random, steps: int | None, *, only_syncs: bool = False) -> None:
        """Cut the power in the given write, sync, truncation or deletion from now on (1 is the next; None: in none).

        ``only_syncs``: of the syncs alone the given one.
        """
        self._random, self._left, self._only_syncs = random, steps, only_syncs

    def cut(self, where: str) -> None:
        """Cut the power now."""
        self.hits[f"cut {where}"] += 1
        odds = self._random.choice((0.0, 1.0, 0.5, self._random.random()))
        image = {}
        for name in sorted({*self._nodes, *self._entries}):
            node = self._surviving_name(name)
            if node is not None:
                image[name] = node.survivor(self._random, odds, self.hits)
        self._image = image

    def wreck(self) -> dict[str, bytes]:
        """The files as they are found after the cut; what is still open can be closed."""
        assert self._image is not None
        self.rest()
        return self._image

    def rest(self) -> None:
        """From now on nothing counts and nothing is refused, so that all can be closed."""
        self._quiet = True

    def close(self) -> None:
        """Take the file layer out of SQLite."""
        self._layer.unregister()

    # what the layer calls

    def check(self) -> None:
        """Raise when the power is gone."""
        if self.is_off and not self._quiet:
            raise apsw.IOError("the power is gone")

    def node(self, name: str) -> Node:
        """The file of this name, made if there is none."""
        return self._nodes.setdefault(name, Node())

    def write(self, name: str, data: bytes, offset: int) -> None:
        """One write; the cut may come in it."""
        self.check()
        if not self._quiet:
            self.node(name).write(data, offset)
            self._step("in a write to the", name)

    def truncate(self, name: str, size: int) -> None:
        """One truncation; the cut may come in it."""
        self.check()
        if not self._quiet:
            self.node(name).truncate(size)
            self._step("in a truncation of the", name)

    def sync(self, name: str) -> None:
        """One sync; the cut may come before its end or after it, unknown to the caller."""
        self.check()
        if self._quiet:
            return
        early = self._random.random() < 0.5
        if early:
            self._step("before the end of a sync of the", name)
        if not self.lies:
            self.node(name).sync()
            self._entries[name] = self._nodes[name]
        if not early:
            self._step("after a sync of the", name)

    def delete(self, name: str, *, synced: bool) -> None:
        """One deletion; unless the folder is synced, the file may be back after a cut."""
        self.check()
        if self._quiet:
            return
        self._nodes.pop(name, None)
        if synced and not self.lies:
            self._entries.pop(name, None)
        self._step("in a deletion of the", name)

    def _step(self, where: str, name: str) -> None:
        if self._left is None or (self._only_syncs and "sync" not in where):
            return
        self._left -= 1
        if self._left <= 0:
            self.cut(f"{where} {WAL if name.endswith('-wal') else DATABASE}")
            self.check()

    def _surviving_name(self, name: str) -> Node | None:
        now, durable = self._nodes.get(name), self._entries.get(name)
        return now if now is durable else self._random.choice((now, durable))


class _Layer(apsw.VFS):
    """SQLite's own layer for real files, with every change told to the disk first."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(disk.vfs, "unix")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._disk.check()
        if path is None:
            return apsw.VFSFile("unix", None, flags)
        return _File(name, flags, self._disk, Path(path).name)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self._disk.delete(Path(filename).name, synced=syncdir)
        super().xDelete(filename, syncdir)


class _File(apsw.VFSFile):
    def __init__(self, path: str | apsw.URIFilename | None, flags: list[int], disk: Disk, name: str) -> None:
        super().__init__("unix", path, flags)
        self._disk, self._name = disk, name
        disk.node(name)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._disk.check()
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.write(self._name, bytes(data), offset)
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.truncate(self._name, newsize)
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.sync(self._name)
