"""A disk in memory that keeps what was synced apart from what was not, fails on demand, and can lose its power.

What a power cut may leave follows ext4 without the comfort of its journal: of each folder any prefix of the unsynced
changes to its names survives, folders apart from one another; of each file the size is the old one, the new one, or one
on a sector border between; every unsynced sector is there, or holds what it held before (zeros, beyond the old end).
A failed sync leaves its pages clean and lost, as Linux does: only writing them again makes them count.
"""

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archiver.custody.lock import Lock

SECTOR = 512
PAGE = 4096


class Died(BaseException):
    """The process was killed before the call."""


@dataclass
class Inode:
    """A file: what programs read, what the platter holds, and which pages differ because they were written."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    dirty: set[int] = field(default_factory=set)

    def touch(self, start: int, end: int) -> None:
        self.dirty.update(range(start // PAGE, (max(end, start + 1) - 1) // PAGE + 1))

    def sync(self) -> None:
        size = len(self.data)
        kept = bytearray(self.durable[:size].ljust(size, b"\0"))
        for page in self.dirty:
            kept[page * PAGE : (page + 1) * PAGE] = self.data[page * PAGE : (page + 1) * PAGE]
        self.durable = kept[:size]
        self.dirty.clear()

    def after_power_loss(self, chance: random.Random) -> bytes:
        old, new = len(self.durable), len(self.data)
        block = chance.choice([SECTOR, PAGE])
        borders = [at for at in range(0, max(old, new) + 1, block) if min(old, new) < at < max(old, new)]
        size = chance.choice([old, new, new, *(chance.sample(borders, min(2, len(borders))))])
        kept = bytearray(self.durable[:size].ljust(size, b"\0"))
        likely = chance.choice([0.0, 0.5, 1.0])
        for page in self.dirty:
            for start in range(page * PAGE, min((page + 1) * PAGE, size, new), block):
                if chance.random() < likely:
                    piece = self.data[start : min(start + block, size)]
                    kept[start : start + len(piece)] = piece
        return bytes(kept[:size])


FOLDER = Inode()


class SimulatedDisk:
    """Implements `archiver.custody.disk.Disk`. `calls` counts what changes or syncs something; `on_call` may raise."""

    def __init__(self) -> None:
        self.entries: dict[str, Inode] = {}
        self.durable: dict[str, Inode] = {}
        self.pending: list[tuple[str, str, Inode | None]] = []  # (folder, name, what it names from then on)
        self.calls = 0
        self.reads = 0  # bytes
        self.sizes = 0  # how often a name was looked up
        self.on_call: Callable[[int, str, str], None] = lambda number, call, name: None
        self.holder: bytes | None = None
        self.left = b""  # what stands in the lock file
        self.left_durable = b""

    def lock(self, holder: bytes) -> Lock:
        if self.holder is not None:
            return Lock(False, self.holder)
        self.holder, left = holder, self.left
        self.left = self.left_durable = holder
        return Lock(True, left)

    def held(self) -> None:
        return None

    def close(self, *, clean: bool = True) -> None:
        if clean:
            self.left = b""
        self.holder = None

    def publish(self) -> None:
        self._call("publish", "")

    def path(self, name: str) -> Path:
        return Path("/simulated") / name

    def free(self) -> int:
        return 4096

    def size(self, name: str) -> int | None:
        self.sizes += 1
        inode = self.entries.get(name)
        return None if inode is None else len(inode.data)

    def names(self, folder: str) -> tuple[str, ...]:
        prefix = f"{folder}/"
        return tuple(
            sorted(n[len(prefix) :] for n in self.entries if n.startswith(prefix) and "/" not in n[len(prefix) :])
        )

    def read(self, name: str, offset: int, length: int) -> bytes:
        assert length >= 0
        data = bytes(self._inode(name).data[offset : offset + length])
        self.reads += len(data)
        return data

    def make_folder(self, name: str) -> bool:
        self._call("make_folder", name)
        if name in self.entries:
            return False
        self._name(name, FOLDER)
        return True

    def create(self, name: str) -> None:
        self._call("create", name)
        if name in self.entries:
            raise FileExistsError(errno.EEXIST, name)
        self._name(name, Inode())

    def append(self, name: str, data: bytes) -> None:
        inode = self._inode(name)
        try:
            self._call("append", name)
        except OSError:
            self._add(inode, data[: len(data) // 2])
            raise
        self._add(inode, data)

    def rewrite(self, name: str, offset: int, data: bytes) -> None:
        inode = self._inode(name)
        assert offset + len(data) <= len(inode.data)
        inode.data[offset : offset + len(data)] = data
        inode.touch(offset, offset + len(data))
        self._synced("rewrite", name, inode)

    def truncate(self, name: str, size: int) -> None:
        self._call("truncate", name)
        inode = self._inode(name)
        del inode.data[size:]
        inode.touch(size, size)

    def sync(self, name: str) -> None:
        self._synced("sync", name, self._inode(name))

    def sync_folder(self, name: str) -> None:
        self._call("sync_folder", name)
        for folder, path, inode in self.pending:
            if folder == name:
                self._apply(self.durable, path, inode)
        self.pending = [change for change in self.pending if change[0] != name]

    def link(self, name: str, target: str) -> None:
        self._call("link", target)
        if target in self.entries:
            raise FileExistsError(errno.EEXIST, target)
        self._name(target, self._inode(name))

    def replace(self, name: str, target: str) -> None:
        self._call("replace", target)
        self._name(f"{name}\0{target}", self._inode(name))

    def unlink(self, name: str) -> None:
        self._call("unlink", name)
        self._inode(name)
        self._name(name, None)

    def after_kill(self) -> "SimulatedDisk":
        """Return the disk as the next process finds it when only the process died."""
        self.holder = None
        self.on_call = lambda number, call, name: None
        self.calls = 0
        return self

    def after_power_loss(self, seed: int) -> "SimulatedDisk":
        """Return one of the disks that a power cut at this moment can leave."""
        chance = random.Random(seed)  # noqa: S311  # replayable, not secret
        entries = dict(self.durable)
        folders = sorted({folder for folder, _, _ in self.pending})
        for folder in folders:
            changes = [change for change in self.pending if change[0] == folder]
            for _, path, inode in changes[: chance.choice([0, len(changes), chance.randint(0, len(changes))])]:
                self._apply(entries, path, inode)
        new = SimulatedDisk()
        copies: dict[int, Inode] = {}
        for path, inode in entries.items():
            above = path.rpartition("/")[0]
            if above and above not in entries:
                continue
            if inode is not FOLDER and id(inode) not in copies:
                data = inode.after_power_loss(chance)
                copies[id(inode)] = Inode(bytearray(data), bytearray(data))
            new.entries[path] = FOLDER if inode is FOLDER else copies[id(inode)]
        new.durable = dict(new.entries)
        new.left = new.left_durable = chance.choice([self.left, self.left_durable])
        return new

    def copied(self) -> "SimulatedDisk":
        """Return a disk of its own in the same state."""
        copies: dict[int, Inode] = {id(FOLDER): FOLDER}
        for inode in [
            *self.entries.values(),
            *self.durable.values(),
            *(i for _, _, i in self.pending if i is not None),
        ]:
            if id(inode) not in copies:
                copies[id(inode)] = Inode(bytearray(inode.data), bytearray(inode.durable), set(inode.dirty))
        new = SimulatedDisk()
        new.left, new.left_durable = self.left, self.left_durable
        new.entries = {name: copies[id(inode)] for name, inode in self.entries.items()}
        new.durable = {name: copies[id(inode)] for name, inode in self.durable.items()}
        new.pending = [(f, n, None if i is None else copies[id(i)]) for f, n, i in self.pending]
        return new

    def _call(self, call: str, name: str) -> None:
        self.calls += 1
        self.on_call(self.calls, call, name)

    def _synced(self, call: str, name: str, inode: Inode) -> None:
        try:
            self._call(call, name)
        except OSError:
            inode.dirty.clear()
            raise
        inode.sync()

    def _inode(self, name: str) -> Inode:
        inode = self.entries.get(name)
        if inode is None or inode is FOLDER:
            raise FileNotFoundError(errno.ENOENT, name)
        return inode

    @staticmethod
    def _add(inode: Inode, data: bytes) -> None:
        start = len(inode.data)
        inode.data += data
        inode.touch(start, len(inode.data))

    def _name(self, path: str, inode: Inode | None) -> None:
        self._apply(self.entries, path, inode)
        self.pending.append((path.rpartition("/")[0], path, inode))

    @staticmethod
    def _apply(entries: dict[str, Inode], path: str, inode: Inode | None) -> None:
        if "\0" in path:  # a name that took the place of another, in one step
            before, _, path = path.partition("\0")
            entries.pop(before, None)
        if inode is None:
            entries.pop(path, None)
        else:
            entries[path] = inode
